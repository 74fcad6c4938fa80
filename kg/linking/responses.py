"""Response categories and the criteria that define them: `CRi`, `stable disease`, `RECIST 1.1`."""

import re
from functools import cache, lru_cache
from typing import Final

from kg.linking.agents import spellings
from kg.linking.fields import TextField
from kg.linking.matcher import Entry, Lexicon, Match, read_table
from kg.record.links import Finding

_SHORT: Final = "short"
_LEFT_OVER: Final = re.compile(r"[a-z]{3,}")
_HARMLESS: Final = re.compile(
    r"\b(?:patients?|participants?|subjects?|number|of|the|with|who|had|achieved|best|overall|response|rate|"
    r"confirmed|unconfirmed|"
    r"disease|total|percentage|at|day|month|months|week|weeks|year|years|by|investigator|assessment|per|criteria|"
    r"phase|cohort|"
    r"from|and|after|cycle|cycles|to|within|death|or|status|in|for|any)\b"
)


@cache
def _lexicon() -> Lexicon:
    return _read("responses")


@cache
def _criteria() -> Lexicon:
    return _read("response-criteria")


def _read(name: str) -> Lexicon:
    return Lexicon(
        Entry(entry.term, form, entry.context, entry.rule)
        for entry in read_table(name)
        for form in spellings(entry.synonym)
    )


def find_responses(field: TextField) -> list[Match]:
    """Return the response categories that a text names, in order of their place."""
    return _lexicon().find(field)


def read_category(field: TextField) -> Finding | None:
    """Return the response category that the title of a row is: `CR`, `Complete Response (CR)`; None for others.

    A row that names two categories (`CR + PR`) or speaks of something else is none.
    """
    match = _category(field.text)
    return Finding(match.term, (field.evidence(match.begin, match.end, match.rule),)) if match is not None else None


@lru_cache(maxsize=8192)
def _category(text: str) -> Match | None:
    """Return the only response category that the title of a row names; rows repeat in every outcome."""
    field = TextField("", text, "")
    matches = _lexicon().find(field)
    if len({match.term for match in matches}) != 1:
        return None
    rest = field.lower
    for match in reversed(matches):
        rest = rest[: match.begin] + " " + rest[match.end :]
    return None if _LEFT_OVER.search(_HARMLESS.sub(" ", rest)) else matches[0]


def read_criteria(*fields: TextField) -> tuple[Finding, ...]:
    """Return the response criteria that texts name, each once; a version drops the same criteria without one."""
    found: dict[str, Finding] = {}
    for field in fields:
        for match in _criteria().find(field):
            evidence = field.evidence(match.begin, match.end, match.rule)
            found.setdefault(match.term, Finding(match.term, (evidence,)))
    for name in list(found):
        if any(other != name and re.fullmatch(rf"{name}\w*\d+", other) for other in found):
            del found[name]
    return tuple(found.values())
