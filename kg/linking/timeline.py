"""Days of a treatment: what is given on days before the day on which cells are given prepares the recipient."""

import re
from typing import Final

from kg.linking.agents import AgentMention
from kg.linking.preparing import CELLS, OTHER_PURPOSE, Use, is_in_other_step

_DAYS: Final = re.compile(
    r"\bdays? (?P<days>-?\d{1,4}(?:(?:,? (?:to|through|and|or) |, ?| ?- ?)-?\d{1,4}(?!\d|-hour))*)\b"
)
_CELLS: Final = re.compile(rf"(?!\b(?:infusions?|products?)\b){CELLS.pattern}")
_NUMBER: Final = re.compile(r"(?<!\d)-?\d+")
_CELLS_ON_DAY: Final = re.compile(
    r"\b(?:re-?infus\w*|transplant\w*|rescue|infus\w*|given|administ\w*|receiv\w*|undergo\w*|returned)\b"
    r"(?:(?!\bdays?\b)[^.;:\n]){0,80}?\bon (?:day|days) (?P<day>\d{1,4})\b"
)
_ANOTHER_STEP: Final = re.compile(
    rf"{OTHER_PURPOSE.pattern}|\b(?:surgery|resection|recover\w*|courses?|cycles?|repeat\w*|every)\b"
)
_WHOLE_BODY: Final = frozenset({"total-body-irradiation", "total-lymphoid-irradiation", "total-marrow-irradiation"})
_WITHIN: Final = 700


def is_whole_body(mention: AgentMention) -> bool:
    """Whether radiation of the whole body or marrow is given, which prepares also on the day of the cells."""
    return _WHOLE_BODY.issuperset(mention.slugs)


def own_days(text: str, begin: int, end: int) -> list[int]:
    """Return the days that words state first, `IV on days 2 and 3`: their numbers as written."""
    found = _DAYS.search(text, begin, end)
    if found is None:
        return []
    numbers = re.sub(r"(?<=\d) ?- ?(?=\d)", " ", found["days"])
    return [int(number) for number in _NUMBER.findall(numbers)]


def by_timeline(mention: AgentMention, last: int) -> Use | None:
    """Read `X on days 0-4. PBSC are reinfused on day 6`: the days of an agent, then the later day of the cells."""
    text = mention.field.lower
    days = own_days(text, mention.end, last)
    if not days:
        return None
    end = text.find("\n", mention.end, mention.end + _WITHIN)
    end = min(len(text), mention.end + _WITHIN) if end < 0 else end
    for given in _CELLS_ON_DAY.finditer(text, mention.end, end):
        begin = max(text.rfind(mark, mention.end, given.start()) for mark in (". ", ";", ": ")) + 1
        if _CELLS.search(text, max(begin, mention.end), given.end()) is None:
            continue
        if max(days) >= int(given["day"]) or _ANOTHER_STEP.search(text, mention.end, given.start()):
            return None
        if is_in_other_step(mention):
            return None
        return Use(mention, "regimen-days-before", "Stated", mention.begin, given.end())
    return None
