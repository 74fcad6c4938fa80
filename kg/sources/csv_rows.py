"""Rows of a delimited table as raw documents: one JSON object of column to value for each row.

A quoted cell may hold line ends. A row that cannot be read (an open quote, cells that do not
match the columns, bytes that are no UTF-8) is a reject of its own, and reading goes on with
the next line, so that one damaged row does not swallow those after it.
"""

import csv
from collections.abc import Callable, Iterator
from typing import IO, Final

import msgspec

from kg.record import Position, RawDocument, Reject

MAX_ROW_BYTES: Final = 4 * 1024 * 1024
"""Bytes of one row; the registry's longest has about 100 kB."""
MAX_COLUMNS: Final = 1_000

csv.field_size_limit(MAX_ROW_BYTES)


def rows(
    stream: IO[bytes],
    position: Position,
    kind: str,
    *,
    delimiter: str = ",",
    is_header: Callable[[tuple[str, ...]], bool] = lambda names: True,
) -> Iterator[RawDocument | Reject]:
    """Yield the rows below the header; a position's line is that of the row's first line."""
    lines = _Lines(stream)
    header: tuple[str, ...] | None = None
    count = 0
    while (start := lines.row()) is not None:
        number, data, problem = start
        at = Position(position.path, position.member, number)
        cells: tuple[str, ...] = ()
        if problem is None:
            cells, problem = _cells(data, delimiter)
        if header is None:
            if problem is None and (not is_header(cells) or len(set(cells)) != len(cells)):
                problem = "The first row does not name the columns of this export, each once."
            if problem is not None:
                yield Reject(at, problem, None, kind)
                return
            header = cells
            continue
        count += 1
        if problem is None and len(cells) != len(header):
            problem = f"The row has {len(cells)} cells and the table {len(header)} columns; a quote may be missing."
        if problem is None:
            lines.accept()
            yield RawDocument(msgspec.json.encode(dict(zip(header, cells, strict=True))), kind, at)
        else:
            lines.skip()
            yield Reject(at, problem, None, kind)
    if header is None:
        yield Reject(position, "The file is empty.", None, kind)
    elif not count:
        yield Reject(position, "The table has a header and no rows.", None, kind)


def _cells(data: bytes, delimiter: str) -> tuple[tuple[str, ...], str | None]:
    """Return the cells of a row, or why it cannot be read."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        return (), f"Byte 0x{byte:02x} at {error.start} of the row is not UTF-8; save the table as UTF-8."
    try:
        found = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return (), f"The row cannot be read as delimited text: {error}."
    if len(found) != 1 or len(found[0]) > MAX_COLUMNS:
        return (), "The row cannot be read as one row of delimited text."
    return tuple(found[0]), None


class _Lines:
    """Lines joined to rows as long as a quote is open; a bad row can be given up for its first line only."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._number = 0
        self._waiting: list[tuple[int, bytes]] = []
        self._rest: list[tuple[int, bytes]] = []

    def row(self) -> tuple[int, bytes, str | None] | None:
        """Return the first line number, the bytes of the next row, and a problem; None at the end."""
        self._rest = []
        first = self._next()
        while first is not None and not first[1].strip():
            first = self._next()
        if first is None:
            return None
        number, data = first
        parts, size, quotes = [data], len(data), data.count(b'"')
        while quotes % 2 and size <= MAX_ROW_BYTES and (line := self._next()) is not None:
            self._rest.append(line)
            parts.append(line[1])
            size += len(line[1])
            quotes += line[1].count(b'"')
        if size > MAX_ROW_BYTES:
            return number, b"", f"The row is longer than {MAX_ROW_BYTES:,} bytes; a closing quote may be missing."
        if quotes % 2:
            return number, b"", "The row has a quote that is never closed; the table may be truncated."
        return number, b"".join(parts).rstrip(b"\r\n"), None

    def accept(self) -> None:
        """Keep the row: its lines are used up."""
        self._rest = []

    def skip(self) -> None:
        """Give up the row's first line; its other lines are read again."""
        self._waiting = self._rest + self._waiting
        self._rest = []

    def _next(self) -> tuple[int, bytes] | None:
        if self._waiting:
            return self._waiting.pop(0)
        line = self._stream.readline(MAX_ROW_BYTES + 1)
        if not line:
            return None
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > MAX_ROW_BYTES and not line.endswith(b"\n"):
            while (rest := self._stream.readline(MAX_ROW_BYTES)) and not rest.endswith(b"\n"):
                pass
        return self._number, line
