"""Cutting JSON files into records as a stream: lines, a list, a page that holds a list, or one value.

Only the ends of records are found here, leniently, so that a bad record costs itself and no
other; `kg.sources.strict_json` judges each record later. A page or list of any length is cut
with one record in memory.
"""

import json
import re
from collections.abc import Iterator
from typing import IO, Final

from kg.record import Position, RawDocument, Reject
from kg.sources.json_fault import Fault, first_fault
from kg.sources.splitting import MAX_RECORD_BYTES, lines, too_large

_BOM: Final = b"\xef\xbb\xbf"
_LINES: Final = re.compile(rb"\s*\{[^\n]*\}[ \t\r]*\n\s*\{")
_BLOCK: Final = 1 << 18
_NEAR_END: Final = 16
_WINDOW: Final = 1 << 16
_DECODER: Final = json.JSONDecoder(parse_int=str)  # int() refuses very long numbers, which the reader judges


def opens_page(head: bytes, page: str) -> bool:
    """Whether a file is an object whose member `page` is a list, with at most scalars before it."""
    return _page_pattern(page).match(head.removeprefix(_BOM)) is not None


def records(
    stream: IO[bytes], position: Position, kind: str, page: str, first_key: str
) -> Iterator[RawDocument | Reject]:
    """Yield the records of a JSON file, whichever of the four forms it has.

    Positions carry the line of a record in a file of lines, else its number from 1.
    `page` is the member of a page that holds the records; a record begins with
    `first_key`, which is where cutting goes on after one that is malformed.
    """
    head = _peek(stream)
    if head.startswith(_BOM):
        stream.read(len(_BOM))
        head = head[len(_BOM) :]
    name = (position.member or position.path).removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson")) or _LINES.match(head):
        yield from lines(kind)(stream, position)
        return
    if not head.strip():
        yield Reject(position, "The file is empty.", None, kind)
        return
    prefix = _page_pattern(page).match(head)
    if prefix is not None:
        stream.read(prefix.end())
        yield from _Cutter(stream, position, kind, first_key).many()
    elif head.lstrip().startswith(b"["):
        stream.read(head.index(b"[") + 1)
        yield from _Cutter(stream, position, kind, first_key).many()
    else:
        yield from _Cutter(stream, position, kind, first_key).single()


def _peek(stream: IO[bytes]) -> bytes:
    peek = getattr(stream, "peek", None)
    if peek is None:
        raise TypeError("A splitter of JSON needs a buffered stream.")
    return bytes(peek(_BLOCK)[:_BLOCK])


def _page_pattern(page: str) -> re.Pattern[bytes]:
    scalar = rb'"[^"]*"\s*:\s*(?:"[^"]*"|[-0-9.eE+]+|true|false|null)\s*,\s*'
    return re.compile(rb"\s*\{\s*(?:" + scalar + rb')*"' + page.encode() + rb'"\s*:\s*\[')


class _Cutter:
    """Finds where JSON values end in a stream, holding one value and a block."""

    def __init__(self, stream: IO[bytes], position: Position, kind: str, first_key: str) -> None:
        self._stream, self._position, self._kind = stream, position, kind
        self._start = re.compile(r'\{\s*"' + re.escape(first_key) + r'"\s*:')
        self._text = ""
        self._at = 0
        self._ended = False
        self._lost = False
        self._number = 0

    def single(self) -> Iterator[RawDocument | Reject]:
        """Yield the one value of the file, or several that follow each other."""
        while self._byte():
            yield self._next()

    def many(self) -> Iterator[RawDocument | Reject]:
        """Yield the values of a list whose bracket was read; what follows the list is bookkeeping of the page."""
        while (byte := self._byte()) != "]":
            if not byte and self._lost:
                return
            if not byte:
                reason = "The file ends in the middle of the list of records: it is truncated; fetch or copy it again."
                yield Reject(self._position, reason, None, self._kind)
                return
            if byte == ",":
                self._at += 1
                continue
            yield self._next()

    def _byte(self) -> str:
        """Skip blanks and return the next character; empty at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace():
                    return self._text[self._at]
                self._at += 1
            if not self._fill():
                return ""

    def _fill(self) -> bool:
        """Drop what was cut, read at least as much again as is held, and return whether anything came.

        Blocks may end inside a character: such bytes become escapes that encode to themselves.
        """
        if self._ended:
            return False
        self._text = self._text[self._at :]
        self._at = 0
        block = self._stream.read(max(_BLOCK, len(self._text)))
        self._ended = not block
        self._text += block.decode("utf-8", "surrogateescape")
        return bool(block)

    def _next(self) -> RawDocument | Reject:
        """Cut one value and return it, or the reject of what cannot be cut."""
        self._number += 1
        at = Position(self._position.path, self._position.member, self._number)
        while True:
            try:
                _, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                torn = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _NEAR_END
                if len(self._text) - self._at > MAX_RECORD_BYTES:
                    self._skip(self._at + 1)
                    return too_large(at, self._kind)
                if torn and self._fill():
                    continue
                return self._malformed(at, error.pos)
            except RecursionError:
                return self._malformed(at, self._at + 1)
            data = self._text[self._at : end].encode("utf-8", "surrogateescape")
            self._at = end
            return RawDocument(data, self._kind, at) if len(data) <= MAX_RECORD_BYTES else too_large(at, self._kind)

    def _malformed(self, at: Position, fault_at: int) -> Reject:
        fault, offset = self._fault()
        self._skip(max(fault_at, self._at + max(offset, 1)))
        if fault is None:
            return Reject(at, "The record is not well-formed JSON.", "$", self._kind)
        return Reject(at, f"{fault.reason} (byte {fault.offset})", fault.path, self._kind)

    def _fault(self) -> tuple[Fault | None, int]:
        """Return the first fault of what follows and how many characters on it stands.

        A fault at the end of a window may only be the window's end: then a wider one is looked through.
        """
        window = _WINDOW
        while True:
            text = self._text[self._at : self._at + window]
            data = text.encode("utf-8", "surrogateescape")
            fault = first_fault(data)
            complete = self._at + window >= len(self._text)
            if complete or (fault is not None and fault.offset < len(data) - _NEAR_END):
                offset = len(data[: fault.offset].decode("utf-8", "surrogateescape")) if fault else 0
                return fault, offset
            window *= 8

    def _skip(self, begin: int) -> None:
        """Go on at the next text from `begin` that looks like the start of a record, else at the end."""
        self._at = begin
        while (match := self._start.search(self._text, self._at)) is None:
            self._at = max(self._at, len(self._text) - 256)
            if not self._fill():
                self._lost = True
                self._at = len(self._text)
                return
        self._at = match.start()
