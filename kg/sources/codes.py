"""Wordings of registries into the codes and dates of the ClinicalTrials.gov API v2."""

import re
from calendar import monthrange
from typing import Final

_NOT_CODE: Final = re.compile(r"[^A-Z0-9]+")
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_MONTH_FIRST: Final = re.compile(r"([A-Za-z]{3,9})\.?\s+(?:(\d{1,2}),?\s+)?(\d{4})\Z")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4})\Z")
_ISO: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\d{2}:\d{2}.*)?\Z")
_SLASHED: Final = re.compile(r"(?:(\d{1,2})/)?(\d{1,2})/(\d{4})(?:[T ]\d{2}:\d{2}.*)?\Z")

_PHASES: Final = {
    "n/a": ("NA",),
    "na": ("NA",),
    "not applicable": ("NA",),
    "phase 0": ("EARLY_PHASE1",),
    "early phase 1": ("EARLY_PHASE1",),
}
_PHASE_NUMBER: Final = re.compile(r"phase\s*(iv|iii|ii|i|[1-4])(?![a-z0-9])")
_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def code(text: str | None) -> str | None:
    """Return a wording as an enumeration code: `Active, not recruiting` → `ACTIVE_NOT_RECRUITING`."""
    if text is None:
        return None
    return _NOT_CODE.sub("_", text.upper()).strip("_") or None


def iso_date(text: str | None, *, day_first: bool = True) -> str | None:
    """Return a date as ISO 8601, as precise as the text: `January 2008` → `2008-01`.

    Reads `October 1, 2020`, `1 October 2020`, `2020-10-01`, `2020-10-01T00:00:00Z`, `10/2020` and
    `01/10/2020` (the day first unless `day_first` is false). A text that is no date is returned as it
    is: the record keeps it, and the mapping reports it.
    """
    if text is None:
        return None
    words = " ".join(text.split())
    year, month, day = _date_parts(words, day_first)
    if year is None:
        return words or None
    if month is None:
        return year
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= monthrange(int(year) or 4, month)[1]):
        return words
    return f"{year}-{month:02d}" if day is None else f"{year}-{month:02d}-{day:02d}"


def _date_parts(words: str, day_first: bool) -> tuple[str | None, int | None, int | None]:
    """Return year, month and day of a text, or None for what it does not state."""
    if match := _ISO.match(words):
        return match[1], _integer(match[2]), _integer(match[3])
    if (match := _MONTH_FIRST.match(words)) and match[1].lower() in _MONTHS:
        return match[3], _MONTHS[match[1].lower()], _integer(match[2])
    if (match := _DAY_FIRST.match(words)) and match[2].lower() in _MONTHS:
        return match[3], _MONTHS[match[2].lower()], int(match[1])
    if match := _SLASHED.match(words):
        first, second = _integer(match[1]), int(match[2])
        if first is None:
            return match[3], second, None
        return (match[3], second, first) if day_first else (match[3], first, second)
    return None, None, None


def _integer(text: str | None) -> int | None:
    return None if text is None else int(text)


def is_iso_date(text: str | None) -> bool:
    """Whether the text is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    return text is not None and re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text) is not None


def date_type(text: str | None) -> str | None:
    """Return `ACTUAL` or `ESTIMATED` for the registry's older words (`Anticipated`, `Estimate`)."""
    found = code(text)
    return "ESTIMATED" if found in {"ANTICIPATED", "ESTIMATE"} else found


def phases(text: str | None) -> tuple[str, ...]:
    """Return the phases that a text states: `Phase 1/Phase 2` → `PHASE1`, `PHASE2`; none when it states none."""
    if text is None:
        return ()
    words = " ".join(text.lower().replace("|", "/").replace("_", " ").split())
    if words in _PHASES:
        return _PHASES[words]
    numbered = re.sub(r"(?<=[0-9iv])\s*(?:/|-|and)\s*(?=[1-4iv])", "/phase ", words)
    found = (_ROMAN.get(number, number) for number in _PHASE_NUMBER.findall(numbered))
    codes = tuple(dict.fromkeys(f"PHASE{number}" for number in found))
    return ("EARLY_PHASE1",) if re.match(r"early phase ?1", words) else codes


def age(text: str | None) -> str | None:
    """Return an age limit as stated; None for `N/A`, which states no limit."""
    if text is None or text.casefold() in {"n/a", "na", "none", "no limit"}:
        return None
    return " ".join(text.split())
