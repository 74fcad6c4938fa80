"""Converters: a value of the record to an RDF term as N-Quads writes it, or None where it is none.

They are pure and small; the ones that see the same values again and again are cached.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from kg.namespaces import XSD
from kg.nquads import literal

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)
_DATETIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?Z?\Z", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,3}(?:,\d{3})+\Z|\d+\Z", re.ASCII)
_NUMBER: Final = re.compile(r"([-+]?)(?:(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?|\.(\d+))\Z", re.ASCII)
_AGE: Final = re.compile(r"(\d+(?:\.\d+)?) (Year|Month|Week|Day|Hour|Minute)s?\Z", re.ASCII)
_PER_YEAR: Final = {"Year": 1.0, "Month": 12.0, "Week": 52.1775, "Day": 365.2425, "Hour": 8765.82, "Minute": 525949.2}
_URL: Final = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x1f]+\Z", re.IGNORECASE)

INTEGER: Final = f'"^^<{XSD}integer>'
DECIMAL: Final = f'"^^<{XSD}decimal>'
BOOLEAN: Final = {True: f'"true"^^<{XSD}boolean>', False: f'"false"^^<{XSD}boolean>'}


@lru_cache(1 << 15)
def date_term(text: str) -> str | None:
    """Return `xsd:date`, `xsd:gYearMonth` or `xsd:gYear`, as precise as the text; None for no such date."""
    match = _DATE.match(text)
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    kind = "date" if day else "gYearMonth" if month else "gYear"
    return f'"{text}"^^<{XSD}{kind}>'


@lru_cache(1 << 15)
def datetime_term(text: str) -> str | None:
    """Return `xsd:dateTime` for `YYYY-MM-DDThh:mm`, with the seconds that the lexical form needs."""
    match = _DATETIME.match(text)
    if match is None or date_term(match[1]) is None:
        return None
    return f'"{match[1]}T{match[2]}:{match[3]}:{match[4] or "00"}"^^<{XSD}dateTime>'


@lru_cache(1 << 12)
def year_term(text: str) -> str | None:
    """Return the year of a date as `xsd:integer`; None for no date."""
    return None if date_term(text) is None else f'"{int(text[:4])}{INTEGER}'


@lru_cache(1 << 12)
def count_term(text: str) -> str | None:
    """Return a text of digits as `xsd:integer`, without leading zeros; None for anything else."""
    if not _COUNT.match(text):
        return None
    digits = text.replace(",", "").lstrip("0")
    return f'"{digits or "0"}{INTEGER}'


@lru_cache(1 << 14)
def number_term(text: str) -> str | None:
    """Return a text as canonical `xsd:decimal`; None for `NA`, `<0.001`, `1e-05`, `12 (3)`."""
    match = _NUMBER.match(text.strip())
    if match is None:
        return None
    sign, whole, part, bare = match.groups()
    whole = (whole or "").replace(",", "").lstrip("0") or "0"
    part = (part or bare or "").rstrip("0")
    number = f"{whole}.{part}" if part else whole
    return f'"{"-" if sign == "-" and number != "0" else ""}{number}{DECIMAL}'


@lru_cache(1 << 15)
def decimal_term(number: float) -> str | None:
    """Return a number as canonical `xsd:decimal`; None for NaN and the infinities."""
    text = repr(number)
    if "e" in text or "n" in text:
        if number != number or number in (float("inf"), float("-inf")):
            return None
        text = f"{number:.20f}" if abs(number) < 1 else f"{number:.0f}"
    return number_term(text)


@lru_cache(1 << 10)
def years_term(text: str) -> str | None:
    """Return an age such as `6 Months` in years as `xsd:decimal`, to four places; None for `N/A` and other text."""
    match = _AGE.match(text.strip())
    if match is None:
        return None
    return decimal_term(round(float(match[1]) / _PER_YEAR[match[2]], 4))


def url_term(text: str) -> str | None:
    """Return an http(s) address as `xsd:anyURI`; None for any other text, `javascript:` included."""
    return literal(text, XSD + "anyURI") if _URL.match(text) else None
