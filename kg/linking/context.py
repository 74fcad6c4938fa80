"""What surrounds a match: its sentence, negation, background, whose cells, which criteria.

Every rule that reads text asks here before it believes a match.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final

from kg.linking.fields import TextField, once

_SENTENCE_END: Final = re.compile(
    r"[\n.!?;:](?:(?<=\n)\n*|(?<=[.!?;])\s+(?=[A-Z0-9(\[\"'*-])|(?<=[a-z)]:)\s+(?=[A-Z*-]))"
)
_ABBREVIATED: Final = re.compile(r"\b(?:e\.g|i\.e|vs|approx|Dr|Fig|No|St|ca|resp|etc|al|[A-Z])\.$")

NEGATION: Final = re.compile(
    r"\b(?:no(?! (?:earlier|later|sooner|more|less) than)|not|never|(?<!or )(?<!and )(?<!or/)without|"
    r"neither|nor|free of|absence of|lack(?:ing)? of|"
    r"instead of|in (?:place|lieu) of|in substitution (?:of|for|to)|rather than|unlike|"
    r"ineligible for|unsuitable for|not eligible for|not candidates? for|unable to (?:receive|undergo)|"
    r"contraindicat\w+|refus\w+|declin\w+)\b[^.;:\n]{0,60}$"
)
BACKGROUND: Final = re.compile(
    r"\b(?:prior|previous|previously|earlier|history of|past|pre-?existing|had (?:received|undergone|a|an)|"
    r"ha(?:s|ve) (?:already |previously |ever )?(?:received|undergone|had|been treated with|failed|relapsed after)|"
    r"having (?:received|undergone|had)|received (?:a |an )?(?:prior|previous)|"
    r"eligible for|eligibility for|candidates? (?:for|to)|planned for|scheduled (?:for|to)|awaiting|waiting for|"
    r"(?:relaps\w+|progress\w+|recurr\w+|disease|recipients?|failed|failure|failing)[^.;:\n]{0,20} "
    r"(?:after|following|from|of|post)|"
    r"(?:who|that) (?:underwent|received|have had|had|are undergoing|will undergo|undergo)|"
    r"(?:patients?|subjects?|adults?|children|recipients?|participants?|individuals?|people|those) "
    r"(?:undergoing|receiving|treated with|who are receiving|who receive)|"
    r"(?:patients?|children|adults|subjects?)(?: with [^.;:\n]{0,40})? given|"
    r"(?:since|time from|at least [\w-]+ (?:days?|weeks?|months?|years?) (?:after|from|since|post)))"
    r"\b(?:(?!(?<!\bto )(?<!\bwho )(?<!\bthat )(?:will )?(?:receives?|undergo|undergoes|be given|are given)\b)"
    r"[^.;:\n]){0,60}$"
)
"""What people had before or have anyway, up to a verb that gives them something else."""
BACKGROUND_AFTER: Final = re.compile(
    r"^[^.;:\n]{0,25}?\b(?:recipients?|survivors?|candidates?|was performed|has failed|failure"
    r"|within (?:the )?(?:last|past|previous)|part of [^.;:\n]{0,25}?(?:previous|prior) (?:therapy|treatment)"
    r"|(?:received|performed|done|given|completed) "
    r"(?:prior|before|previously|more than|at least|less than|within|in the past))\b"
)
_SUBJECT: Final = r"[^.;\n]{0,40}(?:criteria|eligibility|selection|characteristics|inclusion|exclusion|requirements)"
DONOR_HEADING: Final = re.compile(rf"\bdonors?\b{_SUBJECT}|^\W*(?:for )?(?:the )?donors?\W*$")
PATIENT_HEADING: Final = re.compile(
    rf"\b(?:patients?|recipients?|subjects?|participants?)\b{_SUBJECT}"
    r"|^\W*(?:for )?(?:the )?(?:patients?|recipients?)\W*$"
)
MOBILISATION: Final = re.compile(
    r"\b(?:mobili[sz]\w+|prim(?:ed|ing) donors?|harvest\w*|collect\w*|apheres\w+|leukapheres\w+)\b"
)
_ELIGIBILITY: Final = re.compile(r"\beligibility criteri|^eligible|^eligibility\W*$")
_LONGEST: Final = 800
_REACH: Final = 170
"""Code points before and after a match that may say something of it, inside its sentence."""
_HEADING_LENGTH: Final = 90


class Context:
    """What the words around a place say about it, each asked of the text when it is first looked at."""

    def __init__(self, field: TextField, begin: int, end: int) -> None:
        """Find the sentence of a place in the folded text of a field."""
        self.begin, self.end = sentence(field, begin)
        self._field = field
        self._place = (begin, end)

    @once
    def _before(self) -> str:
        place = self._place[0]
        return self._field.lower[max(self.begin, place - _REACH) : place]

    @once
    def negated(self) -> bool:
        """Whether the words before deny it."""
        return NEGATION.search(self._before) is not None

    @once
    def background(self) -> bool:
        """Whether participants had it, have it anyway or will have it."""
        if BACKGROUND.search(self._before):
            return True
        place = self._place[1]
        return BACKGROUND_AFTER.search(self._field.lower[place : min(self.end, place + _REACH)]) is not None

    @once
    def _section(self) -> tuple[str, str]:
        if self._field.role != "criteria":
            return "inclusion", "patient"
        return criteria_section(self._field, self._place[0])

    @property
    def exclusion(self) -> bool:
        """Whether it stands among the exclusion criteria."""
        return self._section[0] == "exclusion"

    @property
    def donor(self) -> bool:
        """Whether it stands among the criteria for donors."""
        return self._section[1] == "donor"

    @once
    def mobilisation(self) -> bool:
        """Whether the sentence speaks of mobilising or collecting cells."""
        return MOBILISATION.search(self._field.lower, self.begin, self.end) is not None

    @property
    def asserted(self) -> bool:
        """Whether it may be believed as something the trial gives or asks for."""
        return not (self.exclusion or self.negated or self.background)


@lru_cache(maxsize=512)
def _starts(text: str) -> tuple[int, ...]:
    starts = [0]
    for gap in _SENTENCE_END.finditer(text):
        at = gap.start()
        if text[at] != "." or not _ABBREVIATED.search(text, max(0, at - 8), at + 1):
            starts.append(gap.end())
    return tuple(starts)


def sentence_starts(field: TextField) -> tuple[int, ...]:
    """Return where the sentences and list items of a field begin, in its folded text."""
    return _starts(field.plain)


def sentence(field: TextField, place: int) -> tuple[int, int]:
    """Return begin and end, in the folded text, of the sentence that contains a place.

    Of a run of words without an end, only what stands within 800 code points is returned.
    """
    starts = sentence_starts(field)
    i = bisect_right(starts, place)
    last = starts[i] if i < len(starts) else len(field.plain)
    return max(starts[i - 1], place - _LONGEST), min(last, place + _LONGEST)


def sentences(field: TextField) -> list[tuple[int, int]]:
    """Return every sentence's begin and end in the folded text."""
    starts = sentence_starts(field)
    return list(zip(starts, (*starts[1:], len(field.plain)), strict=True))


def around(field: TextField, begin: int, end: int) -> Context:
    """Return what the words around a place in the folded text say about it."""
    return Context(field, begin, end)


@lru_cache(maxsize=64)
def _sections(text: str) -> tuple[tuple[int, str, str], ...]:
    """Return (begin, inclusion or exclusion, patient or donor) of each part of a criteria text."""
    parts: list[tuple[int, str, str]] = [(0, "inclusion", "patient")]
    kind, who = "inclusion", "patient"
    starts = _starts(text)
    for begin, end in zip(starts, (*starts[1:], len(text)), strict=True):
        line = text[begin:end].strip(" *-\n")
        if len(line) > _HEADING_LENGTH:
            continue
        low = line.lower()
        heading = low.endswith(":") or line.isupper() or low.rstrip(":").endswith(("criteria", "characteristics"))
        if not heading:
            continue
        if "exclusion" in low or "ineligib" in low or "not eligible" in low:
            kind = "exclusion"
        elif "inclusion" in low or _ELIGIBILITY.search(low):
            kind = "inclusion"
        if DONOR_HEADING.search(low.rstrip(":")):
            who = "donor"
        elif PATIENT_HEADING.search(low.rstrip(":")) or ("criteria" in low and "donor" not in low):
            who = "patient"
        if (kind, who) != parts[-1][1:]:
            parts.append((begin, kind, who))
    return tuple(parts)


def _begin(part: tuple[int, str, str]) -> int:
    return part[0]


def criteria_section(field: TextField, place: int) -> tuple[str, str]:
    """Return (`inclusion` or `exclusion`, `patient` or `donor`) for a place in a criteria text."""
    parts = _sections(field.plain)
    _, kind, who = parts[bisect_right(parts, place, key=_begin) - 1]
    return kind, who
