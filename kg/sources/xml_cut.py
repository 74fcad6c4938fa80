"""Cutting a large XML file into the elements that are its records, without holding the file.

Works on bytes, for encodings in which tags are ASCII (UTF-8, ISO 8859, Windows code pages).
Each piece carries the file's XML declaration, so that it decodes by itself.
"""

import re
from collections.abc import Iterator
from typing import IO, Final

from kg.record import Position, RawDocument, Reject
from kg.sources.splitting import MAX_RECORD_BYTES, too_large

_BLOCK: Final = 1 << 18
_DECLARATION: Final = re.compile(rb"\s*<\?xml[^>]{0,200}\?>")


def elements(stream: IO[bytes], position: Position, kind: str, name: str) -> Iterator[RawDocument | Reject]:
    """Yield each `<name>` element of a stream; positions carry the record's number from 1.

    A record without its end tag is a reject, and cutting goes on at the next start tag; a file
    in UTF-16 or UTF-32, or one that declares entities, is a reject as a whole.
    """
    head = stream.peek(_BLOCK)[:_BLOCK] if hasattr(stream, "peek") else b""
    refusal = _refusal(head)
    if refusal is not None:
        yield Reject(position, refusal, None, kind)
        return
    declaration = _DECLARATION.match(head.removeprefix(b"\xef\xbb\xbf"))
    prefix = declaration[0].strip() if declaration else b""
    number = 0
    for piece in _pieces(stream, name.encode()):
        number += 1
        at = Position(position.path, position.member, number)
        if piece is None:
            yield too_large(at, kind)
        elif not piece.endswith(b">") or not re.search(rb"</" + name.encode() + rb"\s*>\Z", piece):
            yield Reject(at, f"The <{name}> element has no end: the record is truncated.", name, kind)
        else:
            yield RawDocument(prefix + piece, kind, at)
    if not number:
        what = f"The file has no <{name}> element." if head.strip() else "The file is empty."
        yield Reject(position, what, None, kind)


def _refusal(head: bytes) -> str | None:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:64]:
        return "The file is in UTF-16 or UTF-32; save it as UTF-8."
    if b"<!ENTITY" in head:
        return "The file declares XML entities, which are not read; save it without a DOCTYPE."
    return None


def _pieces(stream: IO[bytes], name: bytes) -> Iterator[bytes | None]:
    """Yield each element with its tags; one that never ends up to the next start; None for one over the limit."""
    start = re.compile(rb"<" + name + rb"(?=[\s>])")
    mark = re.compile(rb"<" + name + rb"(?=[\s>])|</" + name + rb"\s*>")
    margin = len(name) + 64
    buffer = b""
    inside = False
    searched = 0
    while True:
        block = stream.read(_BLOCK)
        buffer += block
        while True:
            if not inside:
                found = start.search(buffer)
                if found is None:
                    buffer = b"" if not block else buffer[-margin:]
                    break
                buffer, inside, searched = buffer[found.start() :], True, len(name) + 1
            end = mark.search(buffer, searched)
            if end is None:
                searched = max(len(name) + 1, len(buffer) - margin)
                break
            cut = end.start() if end[0].startswith(b"<" + name) else end.end()
            yield buffer[:cut] if cut <= MAX_RECORD_BYTES else None
            buffer, inside, searched = buffer[cut:], False, 0
        if inside and len(buffer) > MAX_RECORD_BYTES:
            yield None
            buffer, inside, searched = b"", False, 0
        if not block:
            if inside:
                yield buffer
            return
