"""What each reader deliberately does not read: one table per source, path and reason.

A path is that of `kg.sources.tree`: names joined by `/`, `@` before an XML attribute. A row
covers everything below its path; `**/name` covers a name wherever it stands.
"""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


@cache
def ignored(source: str) -> dict[str, str]:
    """Return path to reason for a source; raises ValueError for a row that is not `path<TAB>reason`."""
    rows = (_FOLDER / f"{source}.tsv").read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for number, row in enumerate(rows[1:], start=2):
        path, tab, reason = row.partition("\t")
        if not (path and tab and reason) or path in found:
            raise ValueError(f"Line {number} of {source}.tsv is not a new path, a tab and a reason: {row!r}")
        found[path] = reason
    return found


def sources() -> tuple[str, ...]:
    """Return the sources that have a table."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.tsv")))
