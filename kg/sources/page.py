"""A page as lines under headings: every line is read once, and what nobody read is reported."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from kg.errors import RecordError
from kg.iri import key_digest
from kg.record import RawDocument
from kg.sources.html_text import is_html, main_heading, page_address, require_no_controls, text_of_html

_BULLET: Final = re.compile(r"^(?:-\s+)?[•*·‣▪●◦–-]\s+(?=\S)")
_MAX_LINES: Final = 200_000


class Line(NamedTuple):
    """A line that is not blank."""

    number: int
    text: str
    indent: int
    gap: bool
    """Whether a blank line stands before it."""


Layout = Mapping[str, Sequence[str]]
"""Section heading to the labels that stand in it; the labels above the first section under the empty name."""


class Page:
    """The lines of a page; taking a block marks its lines as read.

    A line is a heading only where the layout has one: the first line that is a section's name,
    and the first inside a section that is one of its labels. The same words in a text are text.
    """

    def __init__(
        self, text: str, layout: Layout | None = None, confirms: Callable[[str, str], bool] = lambda name, below: True
    ) -> None:
        """Split a text; `confirms(name, line below)` says whether a section's name really opens it."""
        self.text = text
        self._layout = layout or {}
        self._confirms = confirms
        self.lines: list[Line] = []
        gap = False
        for number, raw in enumerate(text.splitlines(), start=1):
            stripped = raw.strip()
            if not stripped:
                gap = True
                continue
            self.lines.append(Line(number, stripped, len(raw) - len(raw.lstrip()), gap))
            gap = False
        if len(self.lines) > _MAX_LINES:
            raise RecordError(f"The page has {len(self.lines):,} lines; at most {_MAX_LINES:,} are read.")
        self._read = [False] * len(self.lines)
        self._begin = 0
        self._place: dict[str, int] = {}
        self._heads: frozenset[int] = frozenset()
        self._find_headings()

    @property
    def begin(self) -> int:
        """Index of the first line that counts; what stands above it is the site's."""
        return self._begin

    @begin.setter
    def begin(self, index: int) -> None:
        self._begin = index
        self._find_headings()

    def _find_headings(self) -> None:
        """Find where the sections begin, and the labels inside each."""
        folded = [line.text.casefold() for line in self.lines]
        names = {name.casefold() for name in self._layout if name}
        below = zip(folded[self._begin :], self.lines[self._begin + 1 :], strict=False)
        self._confirms_none = not any(name in names and self._confirms(name, line.text) for name, line in below)
        sections = {name: at for name in self._layout if name and (at := self._section(folded, name)) is not None}
        starts = sorted(sections.values())
        self._place = {name.casefold(): at for name, at in sections.items()}
        for name, labels in self._layout.items():
            begin = sections[name] + 1 if name in sections else self._begin
            if name and name not in sections:
                continue
            end = next((at for at in starts if at >= begin), len(folded))
            wanted = {label.casefold() for label in labels}
            for n in range(begin, end):
                if folded[n] in wanted:
                    self._place.setdefault(folded[n], n)
        self._heads = frozenset(self._place.values())

    def _section(self, folded: list[str], name: str) -> int | None:
        """Return where a section begins: the first confirmed line; the first line on a page that confirms none."""
        wanted = name.casefold()
        found = [n for n in range(self._begin, len(folded)) if folded[n] == wanted]
        below = [*(line.text for line in self.lines[1:]), ""]
        sure = [n for n in found if self._confirms(wanted, below[n])]
        return next(iter(sure or (found if self._confirms_none else ())), None)

    def index(self, heading: str) -> int | None:
        """Return the index of the line that is this heading (any case), None when the page lacks it."""
        return self._place.get(heading.casefold())

    def is_heading(self, n: int) -> bool:
        """Whether line `n` is one of the page's headings."""
        return n in self._heads

    def block(self, heading: str) -> list[Line]:
        """Return the lines below a heading up to the next one, and mark them read; empty without the heading."""
        at = self.index(heading)
        if at is None:
            return []
        end = at + 1
        while end < len(self.lines) and not self.is_heading(end):
            end += 1
        self.mark(at, end)
        return self.lines[at + 1 : end]

    def value(self, label: str) -> str | None:
        """Return the text of the single line below a label and mark both read; None when none is stated."""
        at = self.index(label)
        if at is None:
            return None
        self.mark(at, at + 1)
        if at + 1 >= len(self.lines) or self.is_heading(at + 1):
            return None
        self.mark(at + 1, at + 2)
        return _BULLET.sub("", self.lines[at + 1].text, count=1)

    def mark(self, begin: int, end: int) -> None:
        """Mark lines as read, by index."""
        for n in range(begin, min(end, len(self.lines))):
            self._read[n] = True

    def unmark(self, n: int) -> None:
        """Mark line `n` as unread again: a block held it and its reader could not place it."""
        self._read[n] = False

    def mark_text(self, text: str, end: int) -> None:
        """Mark the lines before index `end` that are exactly this text as read."""
        for n in range(min(end, len(self.lines))):
            if self.lines[n].text == text:
                self._read[n] = True

    def ignore(self, test: Callable[[str], object]) -> None:
        """Mark every unread line that passes the test as furniture of the site."""
        for n, line in enumerate(self.lines):
            if not self._read[n] and test(line.text):
                self._read[n] = True

    def ignore_from(self, heading: str) -> None:
        """Mark everything from a heading on as furniture of the site."""
        at = self.index(heading)
        if at is not None:
            self.mark(at, len(self.lines))

    def unread(self) -> tuple[str, ...]:
        """Return `line 12: first words` for each line that nobody read."""
        return tuple(f"line {line.number}: {line.text[:60]}" for n, line in enumerate(self.lines) if not self._read[n])


def joined(lines: Sequence[Line]) -> str | None:
    """Return lines as text, paragraphs apart by a blank line and list items not; None when there are none."""
    text = ""
    before = False
    for line in lines:
        item = _BULLET.match(line.text) is not None
        text += ("\n" if item and before else "\n\n") + line.text
        before = item
    return text.strip("\n") or None


def items(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the texts of a list of short values, without the marks of list items."""
    return tuple(_BULLET.sub("", line.text, count=1) for line in lines)


def criteria_text(inclusion: Sequence[Line], exclusion: Sequence[Line]) -> str | None:
    """Return eligibility criteria in the registry's layout: headings, and `* ` before each item."""
    parts = []
    for heading, lines in (("Inclusion Criteria:", inclusion), ("Exclusion Criteria:", exclusion)):
        if lines:
            parts.append(f"{heading}\n\n{_listed(lines)}")
    return "\n\n".join(parts) or None


def _listed(lines: Sequence[Line]) -> str:
    """Items below a line that ends in a colon are nested, if it is an item itself."""
    out = ""
    base = min((line.indent for line in lines if _BULLET.match(line.text)), default=0)
    under = False
    previous_item = False
    for line in lines:
        bullet = _BULLET.match(line.text)
        words = line.text[bullet.end() :] if bullet else line.text.removeprefix("- ")
        level = max(0, line.indent - base) // 2 if bullet else 0
        if bullet:
            nested = level or (1 if under and not words.endswith(":") else 0)
            out += ("\n" if previous_item else "\n\n") + "  " * nested + f"* {words}"
            under = words.endswith(":") or under
        else:
            out += f"\n\n{words}"
            under = False
        previous_item = bullet is not None
    return out.strip("\n")


def read_text(raw: RawDocument) -> str:
    """Return the text of a saved page, text or HTML; raises RecordError when it is no readable text."""
    if is_html(raw.data):
        return text_of_html(raw.data)
    return plain_text(raw.data)


def plain_text(data: bytes) -> str:
    """Return UTF-8 text (a byte-order mark of UTF-16 is obeyed); raises RecordError for other bytes."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise RecordError(f"Byte {error.start} of the file is no {encoding[:6].upper()}; save it as UTF-8.") from error
    require_no_controls(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(maxsize=4)
def head_text(head: bytes) -> str:
    """Return the text of the first bytes of a file for recognition; empty for what is no text."""
    if is_html(head):
        try:
            return text_of_html(head.decode("utf-8", "ignore").encode())
        except RecordError:
            return ""
    text = head.decode("utf-8", "ignore").removeprefix("\ufeff")
    return "" if "\0" in text or text.lstrip()[:1] in ("<", "{", "[") else text


def has_lines(head: bytes, *wanted: str) -> bool:
    """Whether the first bytes of a page hold each of these lines (any case)."""
    found = {line.strip().casefold() for line in head_text(head).splitlines()}
    return all(line.casefold() in found for line in wanted)


def has_html_marker(head: bytes, site: bytes) -> bool:
    """Whether an HTML page names its site in its title, address or site name."""
    if not is_html(head):
        return False
    pattern = rb"<title[^>]*>[^<]*" + site + rb"|<(?:link|meta)[^>]+(?:canonical|og:url|og:site_name)[^>]*" + site
    return re.search(pattern, head, re.I) is not None


def begin_at_title(page: Page, raw: RawDocument) -> int:
    """Return the index of the line with the page's title, everything above it marked as furniture.

    The title of an HTML page is its first `h1`; a saved text begins with it.
    """
    heading = main_heading(raw.data) if is_html(raw.data) else None
    if heading is None:
        return 0
    wanted = "".join(heading.split()).casefold()
    found = (n for n, line in enumerate(page.lines) if "".join(line.text.split()).casefold() == wanted)
    page.begin = next(found, 0)
    page.mark(0, page.begin)
    return page.begin


def address(raw: RawDocument) -> str | None:
    """Return the page's address: where it was fetched, else what it says itself."""
    return raw.url or (page_address(raw.data) if is_html(raw.data) else None)


def document_id(*, doi: str | None, url: str | None, title: str | None, sponsor: str | None) -> str:
    """Return the identifier of a page without number: a digest of its DOI, else URL, else title and sponsor."""
    if doi or url:
        return key_digest(doi.lower() if doi else str(url))
    words = " ".join(re.findall(r"\w+", f"{title or ''} | {sponsor or ''}".casefold()))
    return key_digest(words)
