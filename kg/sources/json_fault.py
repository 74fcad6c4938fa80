"""Finding what is wrong with a JSON text, and where: the slow scanner behind a refusal.

Only run on a record that a fast parser refused, or that may hold duplicate keys. It follows
RFC 8259 and names the first fault with its JSON path, which parsers give as a byte at best.
"""

import json
import re
from dataclasses import dataclass, field
from math import isinf
from typing import Final

_BLANK: Final = re.compile(rb"[ \t\r\n]*")
_OPEN_STRING: Final = re.compile(rb'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*')
_STRING: Final = re.compile(_OPEN_STRING.pattern + b'"')
_SCALAR: Final = re.compile(rb"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.+-])")
_WORD: Final = re.compile(rb"[^\s,\]}\":\[{]{1,30}")
_SURROGATE: Final = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})(\\u[dD][c-fC-F][0-9a-fA-F]{2})?|u([dD][c-fC-F][0-9a-fA-F]{2})|.)"
)
"""A surrogate pair, half of one, or any other escape (so that `\\\\ud800` is not mistaken for one)."""
_MAX_DEPTH: Final = 500
_SHOWN_DEPTH: Final = 30
_ENDED: Final = "The text ends in the middle of a value: the record is truncated."


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong with a JSON text."""

    reason: str
    path: str
    offset: int
    """Bytes from the start of the text."""


@dataclass
class _Frame:
    """An object or array that is open."""

    is_object: bool
    seen: set[str] = field(default_factory=set)
    key: str = ""
    index: int = 0

    def step(self) -> str:
        """Return how a path goes on from here."""
        return f".{self.key}" if self.is_object else f"[{self.index}]"


class _FaultError(Exception):
    """Ends the scan."""


def first_fault(data: bytes) -> Fault | None:
    """Return the first fault of a JSON text, or None when it is well-formed without duplicate keys."""
    scanner = _Scanner(data)
    try:
        scanner.text()
    except _FaultError as fault:
        return Fault(str(fault), scanner.path(), scanner.at)
    return None


class _Scanner:
    """One pass over a text; `at` is the byte that is looked at, `stack` the open objects and arrays."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.stack: list[_Frame] = []

    def path(self) -> str:
        path = "$" + "".join(frame.step() for frame in self.stack[:_SHOWN_DEPTH])
        return path if len(self.stack) <= _SHOWN_DEPTH else f"{path}..."

    def text(self) -> None:
        """Scan one value and nothing after it."""
        self.value()
        while self.stack:
            self.inside(self.stack[-1])
        if self.peek():
            raise _FaultError("There is more text after the end of the record.")

    def peek(self) -> bytes:
        """Skip blanks and return the next byte; empty at the end."""
        match = _BLANK.match(self.data, self.at)
        if match:
            self.at = match.end()
        return self.data[self.at : self.at + 1]

    def inside(self, frame: _Frame) -> None:
        """Scan the rest of a member or element: a separator and the next, or the closing bracket."""
        close = b"}" if frame.is_object else b"]"
        byte = self.peek()
        if byte == close:
            self.at += 1
            self.stack.pop()
            return
        if byte != b",":
            raise _FaultError(_ENDED if not byte else f"A comma or {close.decode()!r} was expected here.")
        self.at += 1
        frame.index += 1
        if frame.is_object:
            self.member(frame)
        self.value()

    def member(self, frame: _Frame) -> None:
        """Scan a key and its colon."""
        byte = self.peek()
        if byte != b'"':
            raise _FaultError(_ENDED if not byte else "A key in double quotes was expected here.")
        begin = self.at
        self.string()
        frame.key = json.loads(self.data[begin : self.at])
        if frame.key in frame.seen:
            raise _FaultError(f"The key {frame.key!r} stands twice in one object; which value holds is undefined.")
        frame.seen.add(frame.key)
        if self.peek() != b":":
            raise _FaultError(_ENDED if not self.peek() else "A colon was expected after the key.")
        self.at += 1

    def value(self) -> None:
        """Scan a scalar, or enter an object or array (without recursion: `text` goes on)."""
        while True:
            byte = self.peek()
            if byte in (b"{", b"["):
                self.at += 1
                if self.enter(byte == b"{"):
                    continue
                return
            if byte == b'"':
                self.string()
            else:
                self.scalar(byte)
            return

    def enter(self, is_object: bool) -> bool:
        """Enter an object or array whose bracket was read; return whether a value follows at once."""
        if len(self.stack) >= _MAX_DEPTH:
            raise _FaultError(f"Values are nested more than {_MAX_DEPTH} deep.")
        if self.peek() == (b"}" if is_object else b"]"):
            self.at += 1
            return False
        frame = _Frame(is_object)
        self.stack.append(frame)
        if is_object:
            self.member(frame)
        return True

    def string(self) -> None:
        """Scan a string."""
        match = _STRING.match(self.data, self.at)
        if match is None:
            raise _FaultError(self.bad_string())
        raw = match.group()[1:-1]
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self.at += 1 + error.start
            raise _FaultError("The text is not valid UTF-8 here.") from None
        if b"\\" in raw:
            for escape in _SURROGATE.finditer(raw):
                high, low, alone = escape.groups()
                if alone or (high and not low):
                    self.at += 1 + escape.start()
                    code = (alone or high).decode()
                    raise _FaultError(f"The text holds half a surrogate pair (\\u{code}), which is no character.")
        self.at = match.end()

    def bad_string(self) -> str:
        """Return what is wrong with a string that does not match the grammar."""
        begin = _OPEN_STRING.match(self.data, self.at)
        end = begin.end() if begin else self.at
        rest = self.data[end : end + 1]
        self.at = end
        if not rest or (rest == b"\\" and len(self.data) - end < 6):
            return _ENDED
        if rest == b"\\":
            return "A backslash is followed by no known escape."
        return f"A control character (byte 0x{rest[0]:02x}) stands in a text; JSON wants it escaped."

    def scalar(self, byte: bytes) -> None:
        """Scan a number, true, false or null."""
        match = _SCALAR.match(self.data, self.at)
        if match is not None:
            if byte not in b"tfn" and isinf(float(match.group())):
                raise _FaultError(f"The number {match.group()[:20].decode()} is too large to be read.")
            self.at = match.end()
            return
        if not byte:
            raise _FaultError(_ENDED)
        word = _WORD.match(self.data, self.at)
        shown = (word.group() if word else byte).decode("utf-8", "replace")
        if self.at + len(shown) >= len(self.data) and len(shown) < 6:
            raise _FaultError(_ENDED)
        if shown.lstrip("+-").lower() in ("nan", "infinity", "inf"):
            raise _FaultError(f"{shown} is not a JSON value.")
        raise _FaultError(f"A value was expected here, not {shown!r}.")
