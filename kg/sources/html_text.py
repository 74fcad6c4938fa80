"""Saved HTML into the lines that a browser's "save as text" gives: one line for each block.

Scripts, styles, templates and hidden parts are dropped; list items become `• item`, indented
by two blanks for each level below the first; the cells of a table row stand in one line,
apart by tabs. Nothing is fetched, and no entity beyond HTML's own exists.
"""

import re
from html import unescape
from typing import Final

from lxml import etree, html

from kg.errors import RecordError

_HTML_START: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*\?>\s*)*<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S
)
_CHARSET: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.I)
_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_HIDDEN_STYLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_DROPPED: Final = frozenset(
    re.findall(r"\w+", "script style noscript template head svg nav iframe object select textarea footer")
)
_INLINE: Final = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo cite code data del dfn em font i img input ins kbd label mark q s samp small span strong "
        "sub sup time u var wbr",
    )
)
_BLANKS: Final = re.compile(r"[ \t\n\r\f\xa0\x00-\x1f\x7f]+")
"""What HTML shows as one blank: its white space, and the blank that does not break."""
_BROWSERS_READ: Final = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
"""Encodings that browsers, by the WHATWG Encoding Standard, read as another one."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NUMBER: Final = re.compile(r"[-−–]?\d{1,3}")
_CELLS: Final = frozenset(("td", "th"))
_PARAGRAPHS: Final = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "section", "article", "dl")
)
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LABELLED: Final = frozenset(("div", "li", "dd", "dt", "header"))
"""Blocks in which a row of spans stands for label and value, each in a line of its own."""


def is_html(head: bytes) -> bool:
    """Whether a file begins as an HTML page does."""
    return _HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def text_of_html(data: bytes) -> str:
    """Return the visible text of a page, one line for each block; raises RecordError for what is no page."""
    source = _XML_DECLARATION.sub("", _decoded(data))
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise RecordError(f"The page cannot be read as HTML: {error}") from error
    writer = _Writer()
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if _is_hidden(element):
            if event == "start":
                walker.skip_subtree()
            else:
                writer.add(element.tail)
        elif event == "start":
            writer.start(element)
        else:
            writer.end(element)
    return writer.text()


def page_address(data: bytes) -> str | None:
    """Return the address that a page gives itself (`rel=canonical`, else `og:url`), if it is http(s)."""
    for pattern in (
        rb"<link[^>]+rel=[\"']canonical[\"'][^>]*href=[\"'](https?://[^\"'\s<>]+)",
        rb"<link[^>]+href=[\"'](https?://[^\"'\s<>]+)[\"'][^>]*rel=[\"']canonical[\"']",
        rb"<meta[^>]+property=[\"']og:url[\"'][^>]*content=[\"'](https?://[^\"'\s<>]+)",
    ):
        if match := re.search(pattern, data, re.I):
            return match[1].decode("utf-8", "replace")
    return None


def meta_values(data: bytes, name: str) -> tuple[str, ...]:
    """Return the contents of the page's `meta` elements of a name, in order, entities resolved."""
    pattern = rb"<meta[^>]+name=[\"']" + re.escape(name.encode()) + rb"[\"'][^>]*content=(?:\"([^\"]*)\"|'([^']*)')"
    found = (match[1] or match[2] or b"" for match in re.finditer(pattern, data[: 1 << 20], re.I))
    return tuple(text for value in found if (text := unescape(value.decode("utf-8", "replace")).strip()))


def main_heading(data: bytes) -> str | None:
    """Return the words of the page's first `h1`, None when it has none."""
    match = re.search(rb"<h1(?:\s[^>]*)?>(.*?)</h1\s*>", data, re.I | re.S)
    if match is None:
        return None
    words = re.sub(r"<[^<>]*>", " ", match[1].decode("utf-8", "replace"))
    return " ".join(unescape(words).split()) or None


def _decoded(data: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _as(data[len(mark) :], encoding)
    declared = _CHARSET.search(data[:4096])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    return _as(data, _BROWSERS_READ.get(name, name))


def _as(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except LookupError as error:
        raise RecordError(
            f"The page declares the encoding {encoding!r}, which does not exist; save it as UTF-8."
        ) from error
    except UnicodeDecodeError as error:
        raise RecordError(f"Byte {error.start} of the page is no {encoding}; save the page as UTF-8.") from error
    require_no_controls(text)
    return text


def require_no_controls(text: str) -> None:
    """Raise RecordError for a text with control characters (C0 but blanks and line ends, C1): it is none."""
    if match := _CONTROL.search(text):
        raise RecordError(
            f"The file holds the control character U+{ord(match[0]):04X} at character {match.start()}; it is no text, "
            "or in an encoding that was not recognised. Save it as UTF-8."
        )


def _is_hidden(element: html.HtmlElement) -> bool:
    """Whether a reader of the page does not see an element, or sees a control in it and no text.

    A button that opens a section is the section's heading, one that opens a menu on a word is the word.
    """
    if element.tag == "button":
        parent = element.getparent()
        opens = any(name in element.attrib for name in ("aria-controls", "aria-expanded", "aria-haspopup"))
        return not opens and (parent is None or parent.tag not in _HEADINGS)
    return (
        element.tag in _DROPPED
        or "hidden" in element.attrib
        or element.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(element.get("style", "")) is not None
    )


class _Writer:
    """Collects words into lines as the elements of a page begin and end."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._words: list[str] = []
        self._prefix = ""
        self._lists = 0
        self._preformatted = 0

    def start(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag == "br" or tag == "tr":
            self._break()
        elif tag in _CELLS:
            if element.getprevious() is not None:
                self._words.append("\t")
        elif tag not in _INLINE and not _inside_cell(element):
            self._break(gap=tag in _PARAGRAPHS)
        elif _is_labelled(element):
            self._break()
        if tag in ("ul", "ol"):
            self._lists += 1
        if tag == "pre":
            self._preformatted += 1
        if tag == "li":
            self._prefix = "  " * (self._lists - 1) + "• "
        if tag == "sup" and _NUMBER.fullmatch(element.text or "") and "".join(self._words)[-1:].isdigit():
            self._words.append("^")
        if tag == "img" and element.get("alt"):
            self._words.append(f" {element.get('alt')} ")
        self.add(element.text)

    def end(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag in ("ul", "ol"):
            self._lists -= 1
        if tag == "pre":
            self._preformatted -= 1
        if tag in _CELLS:
            pass
        elif tag == "tr" or (tag not in _INLINE and tag != "br" and not _inside_cell(element)):
            self._break(gap=tag in _PARAGRAPHS)
            self._prefix = ""
        elif tag not in _INLINE:
            self._words.append(" ")
        elif _is_labelled(element):
            self._break()
        self.add(element.tail)

    def text(self) -> str:
        self._break()
        return "\n".join(self._lines).strip("\n") + "\n"

    def add(self, text: str | None) -> None:
        if text:
            lines = text.splitlines() if self._preformatted else [text]
            for n, line in enumerate(lines):
                if n:
                    self._break(gap=not line.strip())
                self._words.append(_BLANKS.sub(" ", line))

    def _break(self, gap: bool = False) -> None:
        cells = [_BLANKS.sub(" ", cell).strip(" ") for cell in "".join(self._words).split("\t")]
        self._words = []
        line = "\t".join(cells)
        if line.strip():
            self._lines.append(self._prefix + line)
            self._prefix = "" if not self._prefix else " " * len(self._prefix)
        if gap and self._lines and self._lines[-1]:
            self._lines.append("")


def _inside_cell(element: html.HtmlElement) -> bool:
    return next(element.iterancestors("td", "th"), None) is not None


def _is_labelled(element: html.HtmlElement) -> bool:
    """Whether a span is one of several that make up a block without words of its own."""
    parent = element.getparent()
    if element.tag not in ("span", "strong", "b", "label") or parent is None or parent.tag not in _LABELLED:
        return False
    texts = [parent.text, *(child.tail for child in parent)]
    return len(parent) > 1 and all(child.tag in _INLINE for child in parent) and not any(t and t.strip() for t in texts)
