"""The base of every part of a study record."""

from typing import Annotated

from msgspec import Meta, Struct

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A whole number of 64 bits; a larger one would lose digits on its way through a float, and is refused."""


class Part(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A piece of a record, decoded from the registry's camel-case JSON.

    An absent field takes its default. A field that the model lacks, or a value of another type, raises
    `msgspec.ValidationError` with its JSON path.
    """
