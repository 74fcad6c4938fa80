"""The layout of a table as text: widths of columns, and where a cell goes on in the next line."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_GAP: Final = 2
_LONGEST_WORD: Final = 20
"""Longer words of free text may be broken; below that a column is unreadable."""
_ATOM: Final = re.compile(r"[:/\d]")
"""What tells an IRI, a prefixed name, a registry number or a quantity, never broken, from a word."""


def laid_out(
    columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console, width: int | None
) -> Iterator[Text] | None:
    """Return the lines of a table, the heading in bold, without trailing blanks.

    `width` is that of the terminal in cells, None for a pipe, whose lines are as long as they must be. Returns None
    where the columns do not fit without breaking an IRI or a number.
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in (columns, *rows)]
    sizes = [max(cell_len(row[place]) for row in cells) for place in range(len(columns))]
    if width is not None:
        least = [max(_unbreakable(row[place]) for row in cells) for place in range(len(columns))]
        room = width - _GAP * (len(columns) - 1)
        if sum(least) > room:
            return None
        sizes = _narrowed(sizes, least, room)
    return _lines(cells, sizes, console)


def _unbreakable(cell: str) -> int:
    """Return the cells that the longest piece of a text takes which must stay in one line."""
    words = ((cell_len(word), _ATOM.search(word)) for word in cell.split())
    return max((size if atom else min(size, _LONGEST_WORD) for size, atom in words), default=1)


def _narrowed(sizes: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return widths that fit: the widest columns give way first, none below its least."""
    level = max(sizes)
    fitted = list(sizes)
    while sum(fitted) > room:
        level -= 1
        fitted = [max(low, min(size, level)) for size, low in zip(sizes, least, strict=True)]
    return fitted


def _lines(cells: Sequence[Sequence[str]], sizes: Sequence[int], console: Console) -> Iterator[Text]:
    for number, row in enumerate(cells):
        style = "" if number else "bold"
        pieces = [
            [line.plain.rstrip() for line in Text(cell).wrap(console, size, overflow="fold")]
            for cell, size in zip(row, sizes, strict=True)
        ]
        for at in range(max(1, *map(len, pieces))):
            line = (" " * _GAP).join(
                piece[at] + " " * (size - cell_len(piece[at])) if at < len(piece) else " " * size
                for piece, size in zip(pieces, sizes, strict=True)
            )
            yield Text(line.rstrip(), style=style)
