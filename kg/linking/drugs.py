"""Names of substances: what an intervention gives when it gives no cells, and where words about cells end."""

from functools import cache

from kg.files import data_folder
from kg.linking.fields import TextField
from kg.linking.matcher import Entry, Lexicon, read_rows


@cache
def lexicon() -> Lexicon:
    """Every name of every substance of `ontology/substances.tsv`; short names match in exactly their case."""
    rows = read_rows(data_folder("ontology") / "substances.tsv")
    names = (
        (row["slug"], name)
        for row in rows
        for name in (row["label"], *filter(None, (row["alt_labels"] or "").split("|")))
    )
    return Lexicon(
        Entry(slug, name.lower() if len(name) > 4 else name, "", f"substances:{slug}")
        for slug, name in dict.fromkeys(names)
    )


def names_drug(name: str) -> bool:
    """Whether a name of an intervention names a substance."""
    return bool(lexicon().find_text(name))


def first_drug(field: TextField, begin: int, end: int) -> int:
    """Return where the first substance is named between two places of the folded text, else `end`."""
    return min((match.begin for match in lexicon().find(field) if begin <= match.begin < end), default=end)
