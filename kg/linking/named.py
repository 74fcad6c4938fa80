"""Named products: what a name such as tisagenlecleucel stands for, as a table of public facts."""

from functools import cache

from msgspec import Struct

from kg.files import data_folder
from kg.linking.matcher import Entry, Lexicon, read_rows


class NamedProduct(Struct, frozen=True):
    """A row of the table: what is publicly known of a named product."""

    name: str
    concept: str
    facts: dict[str, tuple[str, ...]]


@cache
def named_products() -> dict[str, NamedProduct]:
    """Return the named products by name."""
    rows = read_rows(data_folder("ontology") / "lexicon" / "named-products.tsv")
    parts = ("donors", "source_tissues", "modifications", "targets")
    return {
        row["name"]: NamedProduct(
            row["name"],
            row["concept"],
            {part: tuple(filter(None, (row[part] or "").split("|"))) for part in parts},
        )
        for row in rows
    }


@cache
def lexicon() -> Lexicon:
    """Every name of every named product."""
    return Lexicon(name_entries())


@cache
def name_entries() -> tuple[Entry, ...]:
    """Return the names of named products as rows of a lexicon."""
    rows = read_rows(data_folder("ontology") / "lexicon" / "named-products.tsv")
    return tuple(
        Entry(row["name"], _any_case(synonym), "", f"named-products:{row['name']}")
        for row in rows
        for synonym in (row["name"], *filter(None, (row["synonyms"] or "").split("|")))
    )


def _any_case(synonym: str) -> str:
    """Return a long name in lower case, so that it matches in any case; a short one must match exactly."""
    return synonym.lower() if sum(c.isalpha() for c in synonym) >= 5 or any(c.isdigit() for c in synonym) else synonym
