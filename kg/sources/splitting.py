"""Ways to cut a stream that readers share: the whole file is a record, or each line is one."""

from collections.abc import Iterator
from typing import IO

from kg.record import Position, RawDocument, Reject
from kg.sources.reader import Split

MAX_RECORD_BYTES = 32 * 1024 * 1024
"""A record larger than this is set aside; the largest real one known is about 10 MB."""


def too_large(position: Position, kind: str) -> Reject:
    """Return the reject of a record above `MAX_RECORD_BYTES`."""
    limit = MAX_RECORD_BYTES // (1024 * 1024)
    return Reject(position, f"The record is larger than {limit} MiB, the most that is read as one record.", None, kind)


def read_whole(stream: IO[bytes]) -> bytes | None:
    """Return all that is left of a stream, or None when it exceeds `MAX_RECORD_BYTES`."""
    data = stream.read(MAX_RECORD_BYTES + 1)
    return data if len(data) <= MAX_RECORD_BYTES else None


def whole(kind: str) -> Split:
    """Return a splitter for formats with one record in a file; an empty file is a reject."""

    def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
        data = read_whole(stream)
        if data is None:
            yield too_large(position, kind)
        elif not data.strip():
            yield Reject(position, "The file is empty.", None, kind)
        else:
            yield RawDocument(data, kind, position)

    return split


def lines(kind: str) -> Split:
    """Return a splitter for formats with one record on each line; blank lines are skipped."""

    def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
        found = False
        for number, line in numbered_lines(stream):
            at = Position(position.path, position.member, number)
            if line is None:
                yield too_large(at, kind)
            else:
                yield RawDocument(line, kind, at)
            found = True
        if not found:
            yield Reject(position, "The file is empty.", None, kind)

    return split


def numbered_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yield (line number from 1, line without its end); None stands for a line above the limit."""
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if len(line) > MAX_RECORD_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_RECORD_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line := line.strip():
            yield number, line
