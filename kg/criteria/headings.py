"""Headings of eligibility text: which lines say that inclusion or exclusion criteria follow, and whose.

Every pattern is tried on a line of bounded length, so that no text can make it slow.
"""

import re
from typing import Final

from msgspec import Struct

from kg.criteria.markers import marker_of

_MARKS: Final = " \t\r\n\u00a0*#_\\"
_KEYS: Final = ("clu", "ligib", "enrol", "not enter", "participate", "any of the following")
"""What every heading has somewhere, one of them; most lines have none."""
_TITLE_KEY: Final = "crit"
"""What every title has among them."""
_LONGEST: Final = 260
"""Code points of a line that can be a heading."""

_TITLE: Final = re.compile(
    r"(?:\b|(?<=\d))(?P<word>(?:non-? ?)?inclusion(?:ary)?|exclusion(?:ary)?|eligibility|ineligibility)s?"
    r"(?: ?(?:/|and|&|or|,) ?(?P<other>non-?inclusion|inclusion|exclusion))?"
    r" ?crit(?:er|ier|eri)i?(?:a|on|um|ar|as|ia)?\b",
    re.IGNORECASE,
)
_AFTER_TITLE: Final = re.compile(
    r"\W*\Z|\s*[(\-–\[]|\s*(?:for|in|prior|to|at|of|on|by|specific|disease|after|before|determined|during|pre|post|includes?"
    r"|phase|part|cohort|group|arm|only|umbrella|\d)",
    re.IGNORECASE,
)
_NO_TITLE: Final = re.compile(
    r"\b(?:not|no|does|do|did|fail\w*|meets?|meeting|met|fulfil\w*|satisf\w+|violat\w+|according|per|within|than|see|obtain"
    r"|refer|listed|specified|any|comply|considered|criteri\w+)\b|[:;：]|[.] ",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(
    r"(?:[\w-]+ ){0,3}(?P<word>inclusions?|exclusions?|included|excluded|ineligible|eligible|not eligible)"
    r"(?: (?:within|from|for|prior to|before) [^:：]{0,50})?\s*[:：]\s*\Z"
    r"|(?:other|further|additional) (?P<bare>exclusions|inclusions)\Z",
    re.IGNORECASE,
)
_LIST_FOLLOWS: Final = re.compile(r"\b(?:criteri\w+|following|below|these|if|they|apply|who)\b", re.IGNORECASE)
_EXCEPTION: Final = re.compile(
    r"\b(?:except\w*|unless|provided)\b|\bineligible (?:to receive|for (?!th|stud|enrol|part|incl|rand))", re.IGNORECASE
)
_BARS: Final = re.compile(
    r"\b(?:are|is|be|were|was|considered)(?: to be| also)? "
    r"(?:excluded|ineligible|not (?:considered )?eligible|not to be enrolled)\b"
    r"|\bnot (?:be )?(?:included|enrolled|eligible|enter|participate)\b|\bexclusion criteria\b|\bineligible\s*(?:if|:)"
    r"|\b(?:will|would) exclude (?:a|the|any)\b|\bmake (?:the|a) \w+ ineligible"
    r"|\bnot (?:have|meet|fulfil\w*) any of the following(?: exclusion)?(?: criteria)?\s*[:：]",
    re.IGNORECASE,
)
_ADMITS: Final = re.compile(r"\b(?:eligib\w+|inclusion|included)\b", re.IGNORECASE)
_MUST_MEET: Final = re.compile(
    r"\b(?:must|should|have to|had to|need to|shall|meets?|meeting|met|fulfil\w*|satisfy|respond|apply|who|if they)\b",
    re.IGNORECASE,
)
_STUDY: Final = re.compile(
    r"\b(?:stud(?:y|ies)|trial|enrol\w*|participat\w+|protocol|entry|inclusion|randomi\w+|excluded|included|criteria)\b",
    re.IGNORECASE,
)
_GENERAL: Final = re.compile(
    r"\b(?:any|all|each|one|more|both) (?:one )?(?:of )?(?:the |these )?(?:following|below)?"
    r".*\b(?:criteria|apply|exclude|study|trial)\b"
    r"|\b(?:study|trial|criteria)\b.*\b(?:any|all|one) of the following",
    re.IGNORECASE,
)
_ABOUT_PEOPLE: Final = re.compile(
    r"(?:(?:only|any|the|each|all|an|a|if|of|one|pregnant|healthy|biological) )*(?:patient|subject|participant"
    r"|individual|women|men|infant|child|candidate|donor|volunteer|person|people|who\b|presence|following|to be"
    r"|in order|for inclusion|father|mother)",
    re.IGNORECASE,
)
_INSIDE: Final = re.compile(
    r"(?:Inclusion|Exclusion|INCLUSION|EXCLUSION) (?:[Cc]riteria|CRITERIA)\s*(?:[:：]|$)", re.MULTILINE
)
_BEFORE_INSIDE: Final = re.compile(r"[\w.;,)%>][ \t]+((?:Key|Main|Major|Other|General|Additional)[ \t]+)?\Z")
_PERSON: Final = re.compile(
    r"(?:for )?(?:the )?(?:all )?(?:eligible )?(?:(?P<donor>(?:[\w-]+ ){0,3}donors?)|patients?|recipients?"
    r"|participants?|subjects?|(?:transplant|stem cell) recipients?)"
    r"(?: (?:inclusion|exclusion|eligibility|selection|requirements?))?(?: criteria)?(?: only)?\s*[:：]\Z",
    re.IGNORECASE,
)
_PATIENT: Final = re.compile(r"\b(?:patient|recipient|participant|subject)s?\b", re.IGNORECASE)
_DONOR: Final = re.compile(r"\bdonors?\b", re.IGNORECASE)


class Heading(Struct, frozen=True, gc=False):
    """A heading and what stands below it."""

    begin: int
    end: int
    """Where the text below begins."""
    exclusion: bool | None
    """None for a heading that names inclusion and exclusion together."""
    person: str
    """`Patient` or `Donor`."""


def person_of(line: str) -> str | None:
    """Return `Donor` or `Patient` for a label such as `Donors:` or `For patients:`; None for any other line."""
    if len(line) >= 80:
        return None
    label = line.strip(_MARKS)
    match = _PERSON.match(label) if label.endswith((":", "：")) else None
    if match is None:
        return None
    return "Donor" if match["donor"] else "Patient"


def _title(line: str, marked: bool) -> tuple[bool | None, int] | None:
    """Return (exclusion, where the text after it begins) for a title such as `Key Exclusion Criteria (Part 1):`."""
    match = _TITLE.search(line, 0, 160)
    if match is None:
        return None
    before, rest = line[: match.start()], line[match.end() :]
    if len(before.split()) > 9 or _NO_TITLE.search(before):
        return None
    colon = min((at for at in (rest.find(mark, 0, 100) for mark in ":：") if at >= 0), default=-1)
    after = rest[:colon] if colon >= 0 else rest[:_LONGEST]
    whole = not rest[:_LONGEST].strip(" .:：-–)")
    if not whole and not _AFTER_TITLE.match(after):
        return None
    if colon < 0 and (len(line) > 110 or (marked and (not whole or (before and line.endswith("."))))):
        return None
    if colon < 0 and re.search(r"\b(?:may|will|could|appl(?:y|ies|ied)|are|is)\b", after):
        return None
    word, other = match["word"].casefold(), (match["other"] or "").casefold()
    exclusion = word.startswith(("exclusion", "non", "ineligib"))
    both = bool(other) and (word.startswith("eligib") or other.startswith(("exclusion", "non")) != exclusion)
    return None if both else exclusion, match.end() + colon + 1 if colon >= 0 else len(line)


def _sentence(line: str, marked: bool) -> bool | None:
    """Return whether a sentence that ends in a colon bars (True) or admits (False) who meets the list below it."""
    if not line.endswith((":", "：")) or _EXCEPTION.search(line) or not _LIST_FOLLOWS.search(line):
        return None
    if marked and not (_ABOUT_PEOPLE.match(line) and _GENERAL.search(line) and ". " not in line):
        return None
    if _BARS.search(line):
        return True
    return False if _ADMITS.search(line) and _MUST_MEET.search(line) and _STUDY.search(line) else None


def heading_of(line: str) -> tuple[bool | None, int] | None:
    """Return (exclusion, code points up to the text below) for a line that is a heading; None otherwise.

    `exclusion` is None for a heading that names both kinds.
    """
    lowered = line[: 2 * _LONGEST].lower()
    for key in _KEYS:
        if key in lowered:
            break
    else:
        return None
    bare = line.strip()
    start = len(line) - len(line.lstrip())
    marker = marker_of(bare)
    if marker:
        start += marker.width
        bare = bare[marker.width :]
    start += len(bare) - len(bare.lstrip(_MARKS))
    bare = bare.strip(_MARKS)
    title = _title(bare, marker is not None) if _TITLE_KEY in lowered else None
    if title is not None:
        exclusion, width = title
        return exclusion, len(line) if width >= len(bare) else start + width
    if len(bare) > _LONGEST:
        return None
    short = _SHORT.match(bare)
    if short and not _NO_TITLE.search(bare[: short.start("word")] if short["word"] else ""):
        word = (short["word"] or short["bare"]).casefold()
        return not word.startswith(("inclu", "elig")), len(line)
    if marker.value if marker else start > 1:
        return None
    bars = _sentence(bare, marker is not None)
    return None if bars is None else (bars, len(line))


def _pieces(text: str) -> list[tuple[int, int]]:
    """Cut the text into lines, and lines where a heading begins in their midst."""
    cuts = {0}
    cuts.update(match.end() for match in re.finditer(r"\n", text))
    cuts.update(at for match in _INSIDE.finditer(text) if (at := _inside(text, match.start())))
    ordered = sorted(cuts)
    return [(begin, end) for begin, end in zip(ordered, [*ordered[1:], len(text)], strict=True) if end > begin]


def _inside(text: str, at: int) -> int | None:
    """Return where a title begins that ends a line of other text; None where the words before are part of it.

    `Key Inclusion Criteria` and `Cohort 2 Exclusion Criteria` are titles as a whole.
    """
    before = text[max(text.rfind("\n", 0, at) + 1, at - 80) : at]
    match = _BEFORE_INSIDE.search(before)
    if match is None:
        return None
    start = match.start(1) if match[1] else len(before)
    words = before[:start].strip(_MARKS + "-•")
    if len(words.split()) <= 6 and not words.endswith((".", ";", ",", "%", ">", ")")):
        return None
    return at - len(before) + start


def _of_whom(line: str) -> str:
    return "Donor" if _DONOR.search(line) and not _PATIENT.search(line) else "Patient"


def split_headings(text: str) -> list[Heading]:
    """Return the headings of an eligibility text, in its order."""
    found: list[Heading] = []
    for begin, end in _pieces(text):
        line = text[begin:end].rstrip("\r\n")
        heading = heading_of(line)
        if heading is not None:
            exclusion, width = heading
            found.append(Heading(begin, begin + width, exclusion, _of_whom(line[:width])))
    return found
