"""Wording that registries share: criteria, numbered lists, identifiers, sexes, organisations.

ClinicalTrials.gov has one text for inclusion and exclusion criteria and one entry for each
outcome; most other registries have two texts, and lists inside a text.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from kg.record.protocol import Outcome
from kg.record.study import Abstract, StatedIdentifier
from kg.registries import registry_number

_NUMBERED: Final = re.compile(r"^[ \t]*(\d{1,2})[.)/]\s*(?=\S)", re.MULTILINE)
_HEADING: Final = re.compile(
    r"\s*(?:(?:key|main|principal)\s+)?(in|ex)clusion criteri(?:a|on)\s*[:.]?\s*", re.IGNORECASE
)
_MEASURED: Final = re.compile(
    r"\s*(?:all\b[\w ]{0,40}?|outcomes?\s+)?(?:(?:are|were|will be)\s+)?(?:measured|assessed|evaluated)\s+"
    r"(?:at|on|after|within)\b",
    re.IGNORECASE,
)
_NOTHING: Final = frozenset(
    {
        "",
        "nil known",
        "n/a",
        "na",
        "nil",
        "none",
        "not applicable",
        "not available",
        "not provided at time of registration",
    }
)


def stated(text: str | None) -> str | None:
    """Return the text, or None when it only says that there is nothing to say (`Nil known`, `N/A`)."""
    return None if text is None or text.casefold().strip(" .") in _NOTHING else text


def criteria(inclusion: str | None, exclusion: str | None) -> str | None:
    """Return one text with both headings, as ClinicalTrials.gov has it; a heading of the source is not repeated."""
    parts = []
    for heading, text in (("Inclusion Criteria:", inclusion), ("Exclusion Criteria:", exclusion)):
        body = stated(_HEADING.sub("", text, count=1).strip() if text and _HEADING.match(text) else text)
        if body:
            parts.append(f"{heading}\n\n{body.strip()}")
    return "\n\n".join(parts) or None


def numbered_items(text: str | None) -> tuple[str, ...]:
    """Return the items of a text that counts them from 1 at the start of its lines, else the whole text."""
    if text is None:
        return ()
    starts: list[re.Match[str]] = []
    for match in _NUMBERED.finditer(text):
        if int(match[1]) == len(starts) + 1:
            starts.append(match)
    if len(starts) < 2:
        return (text,)
    ends = [match.start() for match in starts[1:]] + [len(text)]
    items = [text[match.end() : end].strip() for match, end in zip(starts, ends, strict=True)]
    preamble = text[: starts[0].start()].strip()
    return tuple(item for item in ([preamble] if preamble else []) + items if item)


def outcomes(text: str | None) -> tuple[Outcome, ...]:
    """Return each item of a text as an outcome measure; a last paragraph may say when all are measured."""
    items = list(numbered_items(stated(text)))
    time_frame = None
    if len(items) > 1:
        last, _, closing = items[-1].rpartition("\n\n")
        if last and _MEASURED.match(closing):
            items[-1], time_frame = last.strip(), closing.strip()
    return tuple(Outcome(measure=item, time_frame=time_frame) for item in items)


def identifiers(own: StatedIdentifier, others: Iterable[tuple[str | None, str | None]]) -> tuple[StatedIdentifier, ...]:
    """Return the record's own number and the others, given as (scheme or None, value), each once.

    A value that has the form of a registry's number is filed under that registry; one without
    a scheme and without such a form is a number of the sponsor's.
    """
    found = {(own.scheme, own.value): own}
    for scheme, value in others:
        value = stated(value)
        if value is None:
            continue
        known = registry_number(value)
        if known is not None and scheme != "DOI" and known.begin <= 12 and len(value) - known.end <= 4:
            number = StatedIdentifier(known.scheme, known.value, "secondary")
        else:
            number = StatedIdentifier(scheme or "sponsor", value, "secondary" if scheme else "sponsor")
        found.setdefault((number.scheme, number.value), number)
    return tuple(found.values())


def sections(*labelled: tuple[str, str | None]) -> tuple[Abstract, ...]:
    """Return labelled texts that have no field in the data model; blank ones are left out."""
    return tuple(Abstract(text=text, label=label) for label, text in labelled if stated(text) and text)


def sex(female: bool | None, male: bool | None) -> str | None:
    """Return the code of the sexes that may take part."""
    if female and male:
        return "ALL"
    return "FEMALE" if female else "MALE" if male else None


def countries_without_sites(countries: Iterable[str], sited: Iterable[str | None]) -> tuple[str, ...]:
    """Return the countries that no site stands for, each once, in order."""
    seen = set(sited)
    return tuple(dict.fromkeys(country for country in countries if country not in seen))


def sex_code(text: str | None) -> str | None:
    """Return the code of the sexes that may take part, from a word (`Both`, `Male, Female`, `All`)."""
    words = set(re.findall(r"[a-z]+", (text or "").casefold()))
    if words & {"both", "all"}:
        return "ALL"
    return sex(bool(words & {"female", "f"}), bool(words & {"male", "m"}))


_MASKINGS: Final = (
    ("QUADRUPLE", r"quadruple[- ](?:blind|mask)"),
    ("TRIPLE", r"triple[- ](?:blind|mask)"),
    ("DOUBLE", r"double[- ](?:blind|mask)"),
    ("SINGLE", r"single[- ](?:blind|mask)"),
    ("NONE", r"open[- ]label|\bnon[- ]?blind|\bunblinded|\bno (?:masking|blinding)"),
)


def masking(words: str) -> str | None:
    """Return the code of the masking that a design's words state; None when they state none or several."""
    found = [name for name, form in _MASKINGS if re.search(form, words, re.IGNORECASE)]
    return found[0] if len(found) == 1 else None


def allocation(words: str) -> str | None:
    """Return the code of the allocation that a design's words state, or None."""
    if re.search(r"\bnon[- ]?randomi[sz]|\bnot randomi[sz]|\bunrandomi[sz]", words, re.IGNORECASE):
        return "NON_RANDOMIZED"
    return "RANDOMIZED" if re.search(r"\brandomi[sz]", words, re.IGNORECASE) else None


_INLINE_NUMBER: Final = re.compile(r"(?:(?<=\s)|\A)(\d{1,2})(?:[.)]|/)\s+(?=\S)")


def broken_lines(text: str | None) -> str | None:
    """Return a text that lost its line ends with each counted item, or each item after ` - `, on a line of its own.

    Items count when their numbers follow each other from 1; dashes count when the text begins with one.
    """
    if text is None or "\n" in text:
        return text
    starts: list[int] = []
    for match in _INLINE_NUMBER.finditer(text):
        if int(match[1]) == len(starts) + 1:
            starts.append(match.start())
    if len(starts) > 1:
        cuts = [0, *(start for start in starts if start), len(text)]
        return "\n".join(text[a:b].strip() for a, b in pairwise(cuts))
    if re.match(r"[-•]\s", text):
        return re.sub(r"(?<=\S)\s+[-•]\s+(?=[A-Z0-9≥≤<>])", "\n- ", text)
    return text


def timed_outcomes(measures: str | None, times: str | None) -> tuple[Outcome, ...]:
    """Return outcomes from a text of measures and a text of their times, paired where both count alike."""
    found = numbered_items(broken_lines(stated(measures)))
    when = numbered_items(broken_lines(stated(times)))
    if len(found) == len(when):
        return tuple(Outcome(measure=m, time_frame=t) for m, t in zip(found, when, strict=True))
    if len(found) == 1:
        return (Outcome(measure=found[0], time_frame=times),)
    note = f"Time points of the outcomes: {times}" if stated(times) else None
    return tuple(Outcome(measure=m, description=note) for m in found)
