"""Outcome cells of the registry's search exports: `measure, description, time frame` in one text.

The export joins the three by a comma, which they also contain, and leaves out what is missing.
The cut is therefore a reading, not a parse: nothing of the text is lost, and on 17,060 outcomes
of API v2 records joined as the export joins them it restores measure, description and time frame
exactly in 84 of 100, the measure in 94 and the time frame in 89 (`tests/sources/test_outcome_cells.py`).
"""

import re
from typing import Final

from kg.record.protocol import Outcome

_UNIT: Final = r"(?:sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|wks?|months?|mos?|years?|yrs?|cycles?|visits?)"
_TIME: Final = re.compile(
    rf"\b(?:{_UNIT}|baseline|time|through|until|up to|during|follow-?up|completion|discharge|screening|enrol?ment|"
    r"surgery|transplant\w*|infusion|treatment|study|end|post\w*|pre\w*|randomi[sz]ation|dose|dosing|admission|"
    r"delivery|birth|onset|progression|death|immediately|\w*operative\w*|annual\w*|daily|weekly|monthly)\b|\d",
    re.IGNORECASE,
)
_ONLY_TIME: Final = re.compile(
    r"(?>at |and |or |on |the |then |after |from |up to |through |within |every |"
    rf"{_UNIT}|pre-?|post-?|baseline|screening|basal|end of treatment|follow-?up|throughout (?:the )?study|"
    r"dose|infusion|treatment|operation|surgery|randomi[sz]ation|study|enrollment|discharge|admission|"
    r"[\d.,/~<>≤≥+]|[\s-])++",
    re.IGNORECASE,
)
_CONTINUES: Final = re.compile(
    r"(?:\d|(?:and|or|then|whichever|assessed|approximately|about|an average|average|up to|through|until|every|at|to|"
    r"for|with|after|before|in|on|followed|per|by|within|during|maximum|including|from|over|as)\b)"
)
_BEGINS_TIME: Final = re.compile(
    r"(?:from|time|through|until|up to|baseline|day|week|month|year|during|within|at|after|before|start|screening|"
    r"enrol|cycle|date|first|duration|end|study|whichever|and|or|\d|beginning|post|pre|followed|every|for|blood|"
    r"assessed|approximately|progression|death|relapse|an average|average)",
    re.IGNORECASE,
)
_BELONGS_TO_MEASURE: Final = re.compile(r"(?:and|or|as|including|according to|whichever|once|across|by|in)\b")
_OPENING: Final = "([（［"
_CLOSING: Final = ")]）］"
_LONGEST_TIME_PART: Final = 200


def outcome(cell: str) -> Outcome:
    """Return the outcome that one cell states; a text without a comma is the measure alone."""
    parts = _parts(cell.strip())
    last = len(parts) - 1
    if last < 1:
        return Outcome(measure=parts[0] or None)
    at = last
    while at > 1 and _belongs_to_time(parts[at - 1], parts[at]):
        at -= 1
    end = 1
    while end < at and _BELONGS_TO_MEASURE.match(parts[end]):
        end += 1
    return Outcome(
        measure=", ".join(parts[:end]), description=", ".join(parts[end:at]) or None, time_frame=", ".join(parts[at:])
    )


def outcomes(text: str | None) -> tuple[Outcome, ...]:
    """Return the outcomes of a column, which joins them by `|`."""
    return tuple(outcome(cell) for cell in (text or "").split("|") if cell.strip())


def _belongs_to_time(part: str, following: str) -> bool:
    """Whether a part belongs to the time frame that begins, so far, with the following one."""
    if _ONLY_TIME.fullmatch(part):
        return True
    return (
        _CONTINUES.match(following) is not None
        and len(part) <= _LONGEST_TIME_PART
        and _BEGINS_TIME.match(part) is not None
        and _TIME.search(part) is not None
    )


def _parts(text: str) -> list[str]:
    """Return the text cut at commas that are followed by a blank and not inside brackets."""
    parts, depth, begin = [], 0, 0
    for at, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
        elif character == "," and depth == 0 and text[at + 1 : at + 2] == " ":
            parts.append(text[begin:at].strip())
            begin = at + 1
    if depth and not parts:
        return [part.strip() for part in text.split(", ")]
    return [*parts, text[begin:].strip()]
