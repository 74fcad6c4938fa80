"""Kinds of cell products and what each name entails: the table `lexicon/product-parts.tsv`."""

from functools import cache

from msgspec import Struct

from kg.files import data_folder
from kg.linking.matcher import read_rows


class Concept(Struct, frozen=True):
    """A kind of cell product that a text can name, with the parts that the name entails."""

    name: str
    broader: str
    """The next broader concept, empty for `Cell`."""
    cell_types: tuple[str, ...]
    product_kinds: tuple[str, ...]
    modifications: tuple[str, ...]
    donors: tuple[str, ...]
    source_tissues: tuple[str, ...]
    label: str


@cache
def concepts() -> dict[str, Concept]:
    """Return every concept of the table by its name."""
    path = data_folder("ontology") / "lexicon" / "product-parts.tsv"
    found = {}
    for row in read_rows(path):
        lists = {key: tuple(filter(None, (row[key] or "").split("|"))) for key in _LISTS}
        found[row["concept"]] = Concept(name=row["concept"], broader=row["broader"], label=row["label"], **lists)
    return found


_LISTS = ("cell_types", "product_kinds", "modifications", "donors", "source_tissues")


@cache
def ancestors(name: str) -> tuple[str, ...]:
    """Return the broader concepts of a concept, nearest first."""
    found: list[str] = []
    parent = concepts()[name].broader
    while parent:
        found.append(parent)
        parent = concepts()[parent].broader
    return tuple(found)


def is_narrower(name: str, other: str) -> bool:
    """Whether a concept is narrower than another."""
    return other in ancestors(name)


def is_related(name: str, other: str) -> bool:
    """Whether two concepts are the same or one is narrower than the other."""
    return name == other or is_narrower(name, other) or is_narrower(other, name)


GENERIC = frozenset({"Cell", "Lymphocyte", "StemCell", "TCell", "Ctl"})
"""Concepts that a text often uses for a narrower product that it names elsewhere."""
