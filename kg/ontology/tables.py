"""The tables that an expert edits: tab separated, a header line, lists inside a cell joined by `|`."""

from collections.abc import Iterable
from pathlib import Path

from kg.errors import UnreadableInputError
from kg.files import data_folder


def read(name: str, columns: Iterable[str]) -> list[dict[str, str]]:
    """Return the rows of `ontology/<name>` as dictionaries with at least the given columns.

    A missing file has no rows. Raises UnreadableInputError with file and line for a row with
    another number of cells, for a missing column, and for a first cell that occurs twice.
    """
    path = data_folder("ontology") / name
    return read_path(path, columns) if path.exists() else []


def read_path(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """Return the rows of any table file; see `read`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    header = lines[0].split("\t") if lines else []
    missing = [column for column in columns if column not in header]
    if missing:
        raise UnreadableInputError(f"{path}:1: the header lacks {', '.join(missing)}. Add the column.")
    rows, seen = [], set()
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise UnreadableInputError(f"{path}:{number}: {len(cells)} cells where the header has {len(header)}.")
        if cells[0] in seen:
            raise UnreadableInputError(f"{path}:{number}: {cells[0]!r} stands in an earlier row. Merge the two.")
        seen.add(cells[0])
        rows.append(dict(zip(header, (cell.strip() for cell in cells), strict=True)))
    return rows


def items(cell: str) -> list[str]:
    """Return the items of a cell that holds a list."""
    return [item.strip() for item in cell.split("|") if item.strip()]
