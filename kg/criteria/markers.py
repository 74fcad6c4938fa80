"""Bullets and numbers at the start of a line."""

import re
from typing import Final

from msgspec import Struct

_BULLET: Final = re.compile(r"(?:\\?[*\-+•·▪◦●○■□►▸➢➤✓✔‣–—⁃∙]+|o(?=\s+[A-Z]))(?:\s+|(?<=[-•·▪●–—‣∙])(?=[^\W\d_]))")
_SECTION: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2})+)(?:\\?[.)])?\s+(?=[A-Z])")
_NUMBER: Final = re.compile(r"\(?(\d{1,2})(?:\s?\\?[.)](?:\s+|(?<=\))(?=\S)|(?<=\.)(?=[A-Z]))|[-:]\s+(?=[^\W\d_]))")
_LETTER: Final = re.compile(r"\(?([A-Za-z])\\?[.)](?:\s+|(?<=\))(?=\S))")
_ROMAN: Final = re.compile(r"\(?([ivx]{1,5}|[IVX]{1,5})\\?[.)](?:\s+|(?<=\))(?=\S))")
_ROMANS: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")


class Marker(Struct, frozen=True, gc=False):
    """A bullet or number."""

    kind: str
    """`*`, `-`, `1.`, `1)`, `a`, `i`: lines of one list share it."""
    width: int
    """Code points up to the text, blanks included."""
    value: str = ""


def _letter(line: str, previous: Marker | None) -> Marker | None:
    match = _LETTER.match(line)
    if match is None:
        return None
    letter = match[1]
    kind = "a" if letter.islower() else "A"
    follows = previous is not None and previous.kind == kind and ord(previous.value) + 1 == ord(letter)
    # `E. coli` and `C. difficile` begin with no number: a list begins at its first letter
    return Marker(kind, match.end(), letter) if follows or letter in "aA" else None


def _one(line: str, previous: Marker | None) -> Marker | None:
    if line[:2].isalpha() and line[0] not in "ivxIVX" and len(line) > 1:
        return None
    if match := _BULLET.match(line):
        return Marker(line[1] if line[0] == "\\" else line[0], match.end())
    if match := _SECTION.match(line):
        return Marker(f"1.{match[1].count('.')}", match.end(), match[1])
    if match := _NUMBER.match(line):
        return Marker("1" + match[0].strip("( \\0123456789\t"), match.end(), match[1])
    if letter := _letter(line, previous):
        return letter
    match = _ROMAN.match(line)
    if match and match[1].lower() in _ROMANS:
        return Marker("i" if match[1].islower() else "I", match.end(), match[1])
    return None


def marker_of(line: str, previous: Marker | None = None) -> Marker | None:
    r"""Return the bullet or number of a line without its indentation; None for plain text.

    `* \- text` and `* 1. text` bear two: the first decides to which list the line belongs.
    """
    first = _one(line, previous)
    if first is None:
        return None
    second = _one(line[first.width :], None) if first.kind in "*-•·" else None
    if second is None or second.kind in ("A", "a", "I", "i"):
        return first
    return Marker(first.kind, first.width + second.width, second.value)
