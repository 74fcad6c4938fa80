"""Eligibility as single criteria, cut out of the record's text word for word."""

from msgspec import Struct


class Criterion(Struct, kw_only=True, gc=False):
    """A single eligibility criterion, verbatim."""

    number: str
    """Last segments of its IRI: `inclusion/3`."""
    text: str
    exclusion: bool
    applies_to: str = "Patient"
    """`Patient` or `Donor`."""
    part_of: str | None = None
    """Number of the criterion that introduces this one."""
    group_operator: str | None = None
    """`AllOf` or `AnyOf`, for one that introduces others and says so."""
    begin: int = 0
    """Code points into the criteria text."""


class Eligibility(Struct, kw_only=True, gc=False):
    """The single criteria of a document, in the order of its text."""

    criteria: tuple[Criterion, ...] = ()
