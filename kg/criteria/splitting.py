"""Eligibility text to single criteria: verbatim, with their place in the text and in nested lists.

Registries keep eligibility as one text with headings, bullets and numbers, each in the author's own
way. Nothing is rewritten here: a criterion is a slice of the text. What stands under a heading of
exclusion is an exclusion criterion and nothing else is; text before any heading states what
participants must meet. A heading that names both kinds says of neither which it is, so what stands
below it yields no criteria.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from kg.criteria.headings import person_of, split_headings
from kg.criteria.markers import Marker, marker_of
from kg.record.eligibility import Criterion

_WHO_ACTS: Final = re.compile(
    r"(?:(?:the|all|any|each|potential|prospective|related|unrelated|haplo\w*|hla\S*|matched|mismatched|identical|sibling"
    r"|family|adult|bone|marrow|stem|cell|blood|cord|nk|t|lymphocyte|leukocyte|healthy|eligible|selected|female|male"
    r"|pediatric|minor|and|or|/)[ -])*"
    r"donors? (?:must|should|shall|will|is|are|has|have|may|can|cannot|needs?|weighs?|who|with|willing|able|not|meets?"
    r"|aged?)\b",
    re.IGNORECASE,
)
_ANY: Final = re.compile(
    r"\b(?:(?:at least|one or more|a minimum of)? ?(?:one|1)(?: or more)? of (?:the|these|those)"
    r"|one or more of|any (?:one )?(?:or more )?of (?:the|these)|any (?:one )?of:|either(?: of)?|any of)\b",
    re.IGNORECASE,
)
_ALL: Final = re.compile(
    r"\b(?:all (?:of )?(?:the|these|three|four|five|\d)|both(?: of)?|each of (?:the|these)|every one of)\b",
    re.IGNORECASE,
)
_SOME: Final = re.compile(
    r"\b(?:two|three|four|2|3|4)(?: or more)? of (?:the|these)\b|\bat least (?:two|three|2|3)\b", re.I
)
_ENDS_OR: Final = re.compile(r"\b(?:or|and/or)\W*\Z", re.IGNORECASE)
_ENDS_AND: Final = re.compile(r"\band\W*\Z", re.IGNORECASE)
_ALONE: Final = re.compile(r"(?:and|or|and/or|plus|und|oder)\W*\Z", re.IGNORECASE)
_EMPTY: Final = re.compile(
    r"(?:none|n/?a|not (?:applicable|specified|provided|stated)|no|nil|see (?:\w+ ){1,2}characteristics|see above"
    r"|[\W_]*)\W*\Z",
    re.IGNORECASE,
)
_BOILERPLATE: Final = re.compile(
    r"(?:please )?(?:note:? )?(?:\W*)(?:other|additional|further|more)?,? ?"
    r"(?:protocol[- ](?:defined|specified|specific) )?"
    r"(?:inclusion|exclusion|eligibility)?(?: ?(?:/|and|or|and/or) ?(?:exclusion|inclusion))? ?criteri\w+ "
    r"(?:\w+ ){0,2}(?:appl(?:y|ies|ied)|listed in the protocol)\W*\Z",
    re.IGNORECASE,
)
_EXCLUDED: Final = re.compile(
    r"\b(?:(?:is|are|were|be) (?:also )?excluded|(?:is|are|were) (?:not|in) ?eligible"
    r"|not be (?:included|eligible|enrolled))\b",
    re.I,
)
_ENUMERATOR: Final = re.compile(r"(?:(?<=\s)|(?<=[.;,:])|\A)\(?(\d{1,2})(?:\\?[.)])(?=\s+\S)")


class _Item(Struct, eq=False):
    """A slice of the text that stands as a line or paragraph of its own."""

    begin: int
    end: int
    marker: Marker | None
    indent: int
    exclusion: bool
    person: str
    parent: "_Item | None" = None
    children: list["_Item"] = field(default_factory=list)
    silent: bool = False
    """A label such as `Donors:`, which says of whom its list speaks and is no criterion."""
    number: str | None = None
    """Of the criterion that it is; None for one that is no criterion, or is not reached yet."""


class _Line(Struct, gc=False):
    begin: int
    end: int
    indent: int
    marker: Marker | None
    blank_before: bool


def _lines(text: str, begin: int, end: int) -> Iterator[_Line]:
    """Cut a stretch of the text into its lines that hold something."""
    blank = True
    previous: Marker | None = None
    position = begin
    while position < end:
        stop = text.find("\n", position, end)
        stop = end if stop < 0 else stop
        raw = text[position:stop]
        stripped = raw.strip()
        if not stripped:
            blank = True
        else:
            indent = len(raw) - len(raw.lstrip())
            marker = marker_of(stripped, previous)
            start = position + indent + (marker.width if marker else 0)
            previous = marker or previous
            finish = position + len(raw.rstrip())
            if start < finish:
                yield _Line(start, finish, indent, marker, blank)
            blank = False
        position = stop + 1


class _Section:
    """Builds the items of the text below one heading."""

    def __init__(self, text: str, exclusion: bool | None, person: str) -> None:
        self.text = text
        self.stated = exclusion
        self.exclusion = bool(exclusion)
        self.person = person
        self.items: list[_Item] = []
        self.stack: list[_Item] = []
        self.label: _Item | None = None

    def read(self, begin: int, end: int) -> list[_Item]:
        for line in _lines(self.text, begin, end):
            if line.marker is None:
                self._plain(line)
            else:
                self._marked(line)
        return self.items

    def _add(self, line: _Line, parent: _Item | None) -> _Item:
        words = self.text[line.begin : line.end]
        person = person_of(words)
        exclusion = parent.exclusion if parent else self.exclusion
        if self.stated is None and _EXCLUDED.search(words):
            exclusion = True
        item = _Item(
            line.begin, line.end, line.marker, line.indent, exclusion, person or (parent or self).person, parent
        )
        item.silent = person is not None
        if parent:
            parent.children.append(item)
        self.items.append(item)
        return item

    def _plain(self, line: _Line) -> None:
        last = self.items[-1] if self.items else None
        if last is not None and self._continues(line, last):
            last.end = line.end
            return
        words = self.text[line.begin : line.end]
        person = person_of(words)
        if person is not None:
            self.person, self.label, self.stack = person, None, []
            return
        item = self._add(line, None)
        self.stack = []
        self.label = item if words.endswith(":") or (len(words) < 60 and words[-1] not in ".;,") else None

    def _continues(self, line: _Line, last: _Item) -> bool:
        words = self.text[line.begin : line.end]
        before = self.text[last.begin : last.end]
        if last.marker is not None and line.indent > last.indent and not words.endswith(":"):
            return True
        if line.blank_before or before.endswith(":"):
            return False
        return words[0].islower() or before[-1] in ",-(/" or (last.marker is not None and before[-1] not in ".;!?")

    def _marked(self, line: _Line) -> None:
        marker = line.marker
        while self.stack:
            top = self.stack[-1]
            if top.indent < line.indent:
                break
            same = top.marker is not None and marker is not None and top.marker.kind == marker.kind
            if top.indent == line.indent and not same and self._introduces(top) and not self._is_above(marker):
                break
            self.stack.pop()
            if same and top.indent == line.indent:
                break
        parent = self.stack[-1] if self.stack else self.label
        self.stack.append(self._add(line, parent))

    def _introduces(self, item: _Item) -> bool:
        return self.text.endswith(":", item.begin, item.end)

    def _is_above(self, marker: Marker | None) -> bool:
        """Whether a list that is still open, other than the innermost, has such markers."""
        return any(i.marker and marker and i.marker.kind == marker.kind for i in self.stack[:-1])


def _enumerated(text: str, item: _Item) -> list[tuple[int, int]]:
    """Return where `1) ... 2) ... 3) ...` inside a paragraph begins and ends, numbers aside; empty without such.

    The first number may be the paragraph's own marker.
    """
    words = text[item.begin : item.end]
    if "\n" in words or ("2)" not in words and "2." not in words and "2\\" not in words):
        return []
    starts: list[tuple[int, int]] = [(0, 0)] if item.marker and item.marker.value == "1" else []
    for match in _ENUMERATOR.finditer(words):
        if int(match[1]) == len(starts) + 1:
            starts.append((match.start(), match.end()))
    if len(starts) < 2:
        return []
    intro = words[: starts[0][0]].strip()
    if intro and (item.marker is not None or not intro.endswith(":")):
        return []
    stops = [start for start, _ in starts[1:]] + [len(words)]
    spans = []
    for (_, begin), stop in zip(starts, stops, strict=True):
        piece = words[begin:stop]
        left = len(piece) - len(piece.lstrip())
        spans.append((item.begin + begin + left, item.begin + begin + len(piece.rstrip())))
    return spans


def _unrolled(text: str, items: list[_Item]) -> Iterator[_Item]:
    """Yield the items, a numbered list inside a paragraph as items of their own."""
    for item in items:
        spans = [] if item.children else _enumerated(text, item)
        if not spans:
            yield item
            continue
        intro = text[item.begin : spans[0][0]]
        first = _ENUMERATOR.search(intro)
        end = item.begin + len(intro[: first.start() if first else 0].rstrip())
        above = item.parent
        if end > item.begin:
            above = _Item(item.begin, end, item.marker, item.indent, item.exclusion, item.person, item.parent)
            yield above
        for begin, stop in spans:
            part = _Item(begin, stop, None, item.indent, item.exclusion, item.person, above)
            if above is not None:
                above.children.append(part)
            yield part


def _operator(text: str, item: _Item) -> str | None:
    """Return `AllOf` or `AnyOf` where the introducing line, or the way its list is joined, says so."""
    if not item.children:
        return None
    words = text[item.begin : item.end]
    if _SOME.search(words):
        return None
    if _ANY.search(words):
        return "AnyOf"
    if _ALL.search(words):
        return "AllOf"
    ends = [text[child.begin : child.end] for child in item.children[:-1]]
    if ends and all(_ENDS_OR.search(end) for end in ends):
        return "AnyOf"
    if ends and all(_ENDS_AND.search(end) for end in ends):
        return "AllOf"
    return None


def _above(text: str, item: _Item) -> str | None:
    """Return the number of the criterion that introduces an item.

    A label that introduces nothing itself stands before what follows it, whatever its indentation.
    """
    if item.parent is None or (text[item.begin : item.end].endswith(":") and not item.children):
        return None
    return item.parent.number or _above(text, item.parent)


def _only_label(words: str, item: _Item) -> bool:
    """Whether a line such as `Age:` introduces nothing."""
    return words.endswith(":") and not item.children and len(words.split()) < 6


def _says_nothing(words: str) -> bool:
    """Whether a line is a lone `OR`, `None`, or a remark that the protocol has more criteria."""
    if len(words) >= 200:
        return False
    if _ALONE.match(words) or _EMPTY.match(words):
        return True
    return "criteri" in words.lower() and _BOILERPLATE.match(words) is not None


def _person(text: str, item: _Item) -> str:
    if _WHO_ACTS.match(text, item.begin, item.end):
        return "Donor"
    above = item.parent
    while above is not None:
        if above.silent or _WHO_ACTS.match(text, above.begin, above.end):
            return above.person if above.silent else "Donor"
        above = above.parent
    return item.person


def _sections(text: str) -> Iterator[tuple[bool | None, str, int, int]]:
    """Yield (exclusion or None before any heading, person, begin, end) for the stretches that can be read."""
    headings = split_headings(text)
    first = headings[0].begin if headings else len(text)
    if first:
        yield None, "Patient", 0, first
    ends = [heading.begin for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=False):
        if heading.exclusion is not None:
            yield heading.exclusion, heading.person, heading.end, end


def split_criteria(text: str) -> tuple[Criterion, ...]:
    """Return the single criteria of an eligibility text, in its order.

    Every criterion's text is the slice of `text` at its `begin`. Numbers count the inclusion and
    the exclusion criteria apart.
    """
    counts = {True: 0, False: 0}
    donors = "donor" in text.lower()
    found: list[Criterion] = []
    for exclusion, person, begin, end in _sections(text):
        items = _Section(text, exclusion, person).read(begin, end)
        for item in _unrolled(text, items):
            words = text[item.begin : item.end]
            if item.silent or _says_nothing(words) or _only_label(words, item):
                continue
            counts[item.exclusion] += 1
            item.number = f"{'exclusion' if item.exclusion else 'inclusion'}/{counts[item.exclusion]}"
            found.append(
                Criterion(
                    number=item.number,
                    text=words,
                    exclusion=item.exclusion,
                    applies_to=_person(text, item) if donors else "Patient",
                    part_of=_above(text, item),
                    group_operator=_operator(text, item),
                    begin=item.begin,
                )
            )
    return tuple(found)
