"""Time frames of outcomes: `Up to 24 months after infusion` to the value 24 and the unit `Month`."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from kg.linking.fields import TextField
from kg.record.links import Evidence

_WORDS: Final = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "eighteen": "18",
    "twenty": "20",
    "twenty-four": "24",
}
_UNITS: Final = {
    "hour": ("Hour", Decimal("0.0416667")),
    "hr": ("Hour", Decimal("0.0416667")),
    "day": ("Day", Decimal(1)),
    "d": ("Day", Decimal(1)),
    "week": ("Week", Decimal(7)),
    "wk": ("Week", Decimal(7)),
    "w": ("Week", Decimal(7)),
    "month": ("Month", Decimal("30.4")),
    "mo": ("Month", Decimal("30.4")),
    "m": ("Month", Decimal("30.4")),
    "year": ("Year", Decimal(365)),
    "yr": ("Year", Decimal(365)),
    "y": ("Year", Decimal(365)),
    "cycle": ("Cycle", Decimal(21)),
}
_NUMBER: Final = r"\d+(?:\.\d+)?|" + "|".join(sorted(_WORDS, key=len, reverse=True))
_SPOKEN: Final = r"(?P<{0}>hour|hr|day|week|wk|month|mo|year|yr|cycle)s?"
_TOLERANCE: Final = r"(?:\s*\(?\s*(?:±|\+/-)\s*\d+\s*\)?)?"
_VALUE_UNIT: Final = re.compile(
    rf"(?<![\d.])\b(?P<number>{_NUMBER})(?:st|nd|rd|th)?{_TOLERANCE}(?:\s|-|\+|\()*{_SPOKEN.format('unit')}\b"
)
_UNIT_VALUE: Final = re.compile(
    rf"\b{_SPOKEN.format('unit')}\b[\s+:#-]*(?P<first>\d+(?:\.\d+)?)"
    r"(?P<more>(?:(?:\s*,\s*(?:and\s+)?|\s+(?:and|to|through|until|or)\s+|\s*-\s*|\s*/\s*|\s*&\s*)"
    r"(?:(?P=unit)s?\s*)?[+]?\d+(?:\.\d+)?(?!\d)(?!\s*-?\s*(?:hour|day|week|month|year)))*)"
)
_LETTER: Final = re.compile(r"\b(?P<unit>[dwmy])[+ ]?(?P<first>\d+)\b")
_DIGITS: Final = re.compile(r"\d+(?:\.\d+)?")


def canonical(number: str) -> str:
    """Return a decimal in canonical lexical form: `2.50` as `2.5`, `1,000` as `1000`, `five` as `5`."""
    plain = _WORDS.get(number, number).replace(",", "")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.lstrip("0") or "0" if "." not in plain else plain


def read_time_frame(field: TextField) -> tuple[str, str, Evidence] | None:
    """Return value, unit and evidence of the longest time that a time frame names; None without one.

    Units are `Hour`, `Day`, `Week`, `Month`, `Year` and `Cycle`. A frame that lists several times
    (`at 1, 3 and 6 months`) is as long as its last one.
    """
    found = _parse(field.lower)
    if found is None:
        return None
    value, unit, begin, end = found
    return value, unit, field.evidence(begin, end, "time-frame")


@lru_cache(maxsize=8192)
def _parse(text: str) -> tuple[str, str, int, int] | None:
    """Return value, unit and place; a record repeats its time frames, so that they are remembered."""
    best: tuple[Decimal, int, str, str, int, int] | None = None
    for match in _VALUE_UNIT.finditer(text):
        value = canonical(match.group("number"))
        best = _longer(best, value, match.group("unit"), match.start(), match.end())
    for pattern in (_UNIT_VALUE, _LETTER):
        for match in pattern.finditer(text):
            numbers = _DIGITS.findall(match.group(), len(match.group("unit")) if pattern is _LETTER else 0)
            value = canonical(max(numbers, key=Decimal))
            best = _longer(best, value, match.group("unit"), match.start(), match.end())
    return best[2:] if best is not None else None


def _longer(
    best: tuple[Decimal, int, str, str, int, int] | None, value: str, word: str, begin: int, end: int
) -> tuple[Decimal, int, str, str, int, int]:
    unit, days = _UNITS[word]
    found = (Decimal(value) * days, -begin, value, unit, begin, end)
    return found if best is None or found[:2] > best[:2] else best
