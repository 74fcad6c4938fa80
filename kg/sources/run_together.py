"""Table rows of a page saved as text, whose cells ran together: where one cell ends and the next begins.

A browser that saves a page as text writes the cells of a row without a blank between them. An
outcome's row is cut where a time frame begins without a blank before it; an arm's row where
the name of a known intervention stands between other cells. On 16,065 outcomes of real
records written so, 88 of 100 rows are cut where they should be, less than 1 elsewhere; the
rest is taken for a paragraph, and no word is lost (`tests/pages/test_pages_of_real_records.py`).
"""

import re
from collections.abc import Sequence
from typing import Final

_BEGINS: Final = (
    r"Up to|Through|From|At|Within|Until|Baseline|Days?|Weeks?|Months?|Years?|Cycle|Study|During|Every|Before|After|"
    r"Immediately|Throughout|Approximately|Time|Since|Screening|Enrollment|Over|For|End of|One|Two|Three|Six|Twelve|"
    r"Hours?|Pre|Post|Average|An average|Maximum|Once|Assessed|Measured|First|Last|In the|On|Phase \d:"
)
"""Words with which time frames begin."""
_BEGINS_SMALL: Final = (
    r"at (?:\d|day|week|month|baseline|inclusion|the |first|least)|(?:up to|within|from|every|time from|during|through|"
    r"throughout|until|after|before|first|mean|average|baseline|week|day|month|hourly|daily|weekly|monthly|"
    r"pre-?operative\w*|post-?operative\w*|immediately|assessed|measured)[ ,]"
)
_UNITS: Final = r"(?i:minute|hour|day|week|month|year|cycle|course)s?\b"
_COUNT: Final = rf"\d[\d.,\s–-]*(?:(?:and|to|or)\s+\d+\s*)?{_UNITS}|\d+(?:st|nd|rd|th)\b"
_RUN_TOGETHER: Final = (
    re.compile(rf"(?<=[a-z)\].%;])(?<!\d\.)(?=(?:{_COUNT})|(?:{_BEGINS})\b)|(?<=[A-Z)])(?=\d+\s+{_UNITS})"),
    re.compile(rf"(?<=[A-Z0-9])(?=(?:{_BEGINS})\b)"),
    re.compile(rf"(?<=[A-Z0-9)][)\]])(?=[a-z]{{2}})|(?<=[a-zA-Z0-9)\]%])(?={_BEGINS_SMALL})"),
    re.compile(r"(?<=[a-z)\]])(?=[A-Z][a-z])"),
)
"""Where a time frame begins without a blank before it, from the surest sign to the weakest."""
_WHOLE_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        "group subgroup setup followup checkup backup workup that what treat repeat heat great format somewhat wheat "
        "thereafter hereafter everyday midweek weekday birthday therefrom wherefrom lifetime sometime biweekly "
        "bimonthly breakthrough",
    )
)
"""Words that end as a time frame begins."""
_LONGEST_AFTER_SENTENCE: Final = 80


def time_frame_begins(row: str) -> int | None:
    """Return where the time frame begins in a row without cell borders, or None for a paragraph."""
    for strength, sign in enumerate(_RUN_TOGETHER):
        for match in sign.finditer(row):
            at, frame = match.start(), row[match.start() :]
            if at == 0 or (row[at - 1] == "." and len(frame) > _LONGEST_AFTER_SENTENCE):
                continue
            if strength > 1 and (row.endswith(".") or _is_one_word(row, at)):
                continue
            if strength == 0 or _is_time(frame, digits=strength < len(_RUN_TOGETHER) - 1):
                return at
    return None


def _is_one_word(row: str, at: int) -> bool:
    """Whether the letters around a place make up a word of the language."""
    before, after = re.search(r"[A-Za-z]*\Z", row[:at]), re.match(r"[A-Za-z]*", row[at:])
    word = (before[0] if before else "") + (after[0] if after else "")
    return word.casefold() in _WHOLE_WORDS


def _is_time(text: str, *, digits: bool) -> bool:
    units = r"\b(?:minute|day|week|month|year|hour|baseline|completion|cycle|visit|study|treatment|surgery)s?\b"
    return re.search(rf"{units}|\d" if digits else units, text[:120], re.IGNORECASE) is not None


def arm_cells(row: str, interventions: Sequence[str]) -> tuple[str, str, str | None] | None:
    """Return group, intervention and description of a row, cells apart or run together."""
    names = sorted(interventions, key=len, reverse=True)
    if "\t" in row:
        cells = [cell.strip() for cell in row.split("\t")]
        group, name, description = cells[0], cells[1] if len(cells) > 1 else "", " ".join(cells[2:])
        known = next((n for n in names if n.casefold() == name.casefold()), None)
        return (group, known or name, description or None) if group and name else None
    places = [
        (match.start(), name) for name in names for match in re.finditer(re.escape(name), row) if _joins(row, match)
    ]
    if not places:
        return None
    at, name = min(places, key=lambda place: (place[0], -len(place[1])))
    return row[:at].strip(), name, row[at + len(name) :].strip() or None


def _joins(row: str, match: re.Match[str]) -> bool:
    """Whether cells run together at both ends of a name: neither blank nor punctuation that belongs to a text."""
    label, rest = row[: match.start()], row[match.end() :]
    if not label or label[-1] in " (+/-,&:[" or label.count("(") > label.count(")"):
        return False
    return not rest or rest[0] not in " ,;.)/+:]"
