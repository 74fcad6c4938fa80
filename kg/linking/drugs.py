"""Names of substances: what an intervention gives when it gives no cells, and where words about cells end."""

import re
from functools import cache, lru_cache
from typing import Final

from kg.files import data_folder
from kg.linking.fields import TextField
from kg.linking.matcher import Entry, Lexicon, read_rows
from kg.linking.named import name_entries


@cache
def lexicon() -> Lexicon:
    """Every name of every substance of `ontology/substances.tsv`; short names match in exactly their case."""
    rows = read_rows(data_folder("ontology") / "substances.tsv")
    names = (
        (row["slug"], name)
        for row in rows
        for name in (row["label"], *filter(None, (row["alt_labels"] or "").split("|")))
    )
    cells = {entry.synonym.lower() for entry in name_entries()}
    return Lexicon(
        Entry(slug, name.lower() if len(name) > 4 else name, "", f"substances:{slug}")
        for slug, name in dict.fromkeys(names)
        if name.lower() not in cells
    )


def names_drug(name: str) -> bool:
    """Whether a name of an intervention names a substance."""
    return bool(lexicon().find_text(name))


@lru_cache(maxsize=16)
def _cuts(field: TextField) -> tuple[tuple[int, int], ...]:
    """Return where a field names a substance, placebo or chemotherapy."""
    named = [(match.begin, match.end) for match in lexicon().find(field)]
    return (*named, *(found.span() for found in _PLACEBO.finditer(field.lower)))


def clause(field: TextField, begin: int, end: int, focus: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the places after and before a focus that no substance or placebo cuts off.

    An empty focus at the start of the text stands for a whole field: all up to the first substance.
    """
    cuts = _cuts(field)
    after = min((first for first, _ in cuts if focus[1] <= first < end), default=end)
    before = max((last for _, last in cuts if begin <= last <= focus[0]), default=begin)
    if focus == (0, 0):
        return (0, after), (0, 0)
    start = max(before, focus[0] - _BEFORE) if before == begin else focus[0] - min(focus[0] - before, _COUNT)
    return (focus[1], min(after, focus[1] + _AFTER)), (start, focus[0])


_AFTER: Final = 140
_BEFORE: Final = 80
_COUNT: Final = 15
_PLACEBO: Final = re.compile(r"\b(?:placebo|saline|chemotherapy|conditioning)\b")
