"""The index of a build: where each mapped document lies in the spools, on disk so that memory stays flat."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from msgspec import Struct

from kg.record import Position, Reject

_SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE document (
    key TEXT NOT NULL, sha256 TEXT NOT NULL, version_date TEXT NOT NULL, preference INTEGER NOT NULL,
    path TEXT NOT NULL, member TEXT NOT NULL, line INTEGER NOT NULL,
    part INTEGER NOT NULL, spool INTEGER NOT NULL, begin INTEGER NOT NULL, size INTEGER NOT NULL,
    ledger INTEGER NOT NULL, version TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (key, sha256)
) WITHOUT ROWID;
CREATE TABLE reject (path TEXT, member TEXT, line INTEGER, place TEXT, reason TEXT, kind TEXT);
CREATE TABLE instance (class TEXT, iri TEXT, PRIMARY KEY (class, iri)) WITHOUT ROWID;
"""


class Entry(Struct, frozen=True):
    """A mapped document in a spool: its compressed statements, then its ledger."""

    key: str
    sha256: str
    version_date: str
    """Empty when the document has none: then it is the oldest."""
    preference: int
    position: Position
    part: int
    spool: int
    begin: int
    size: int
    """Compressed bytes of the statements."""
    ledger: int
    """Bytes of the ledger that follows."""
    version: str = ""
    """What follows `-v` in the trial's IRI, for a document that is not the newest of its number."""


class Index:
    """Documents, rejects and shared instances of one build."""

    def __init__(self, path: Path) -> None:
        """Create the index in a file that does not exist."""
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")
        self._seen: set[tuple[str, str]] = set()

    def __enter__(self) -> "Index":
        """Return the index."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._database.close()

    def add(self, entry: Entry) -> bool:
        """Add a document; return False when the same bytes are there already.

        Of equal documents the one at the first position is kept, whatever the order of arrival.
        """
        place = _place(entry.position)
        known = self._database.execute(
            "SELECT path, member, line FROM document WHERE key = ? AND sha256 = ?", (entry.key, entry.sha256)
        ).fetchone()
        if known is None or place < known:
            self._database.execute(
                "INSERT OR REPLACE INTO document VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    entry.key,
                    entry.sha256,
                    entry.version_date,
                    entry.preference,
                    *place,
                    entry.part,
                    entry.spool,
                    entry.begin,
                    entry.size,
                    entry.ledger,
                    entry.version,
                ),
            )
        return known is None

    def add_reject(self, reject: Reject) -> None:
        """Add a record that was set aside."""
        self._database.execute(
            "INSERT INTO reject VALUES (?,?,?,?,?,?)",
            (*_place(reject.position), reject.path or "", reject.reason, reject.kind or ""),
        )

    def add_instance(self, cls: str, iri: str) -> None:
        """Note a member of a class that several documents may describe."""
        pair = (cls, iri)
        if pair in self._seen:
            return
        if len(self._seen) >= 50_000:
            self._seen.clear()
        self._seen.add(pair)
        self._database.execute("INSERT OR IGNORE INTO instance VALUES (?,?)", pair)

    def name_versions(self) -> int:
        """Give every document but the newest of its key a version; return how many there are.

        Newer is the later version date, then the preferred reader, then the smaller SHA-256.
        The version is the date, with `-2`, `-3`, ... for more of one date.
        """
        older = self._database.execute(
            """SELECT key, sha256, version_date FROM (
                   SELECT *, row_number() OVER (
                       PARTITION BY key ORDER BY version_date DESC, preference, sha256) AS rank FROM document
                   WHERE key IN (SELECT key FROM document GROUP BY key HAVING count(*) > 1))
               WHERE rank > 1 ORDER BY key, rank"""
        )
        names: set[str] = set()
        last, count = None, 0
        update = self._database.cursor()
        for key, sha256, date in older:
            if key != last:
                last, names = key, set()
            base = name = date or "undated"
            number = 1
            while name in names:
                number += 1
                name = f"{base}-{number}"
            names.add(name)
            update.execute("UPDATE document SET version = ? WHERE key = ? AND sha256 = ?", (name, key, sha256))
            count += 1
        return count

    def version_at(self, position: Position) -> str | None:
        """Return the version of the older document at a position, or None."""
        found = self._database.execute(
            "SELECT version FROM document WHERE path = ? AND member = ? AND line = ? AND version <> ''",
            _place(position),
        ).fetchone()
        return found[0] if found else None

    def index_positions(self) -> None:
        """Prepare for `version_at`."""
        self._database.execute("CREATE INDEX place ON document (path, member, line)")

    def replace(self, entry: Entry) -> int:
        """Point an older document to its statements under the version's IRI; return how many there were (0 or 1)."""
        return self._database.execute(
            "UPDATE document SET spool = ?, begin = ?, size = ?, ledger = ? WHERE key = ? AND sha256 = ?",
            (entry.spool, entry.begin, entry.size, entry.ledger, entry.key, entry.sha256),
        ).rowcount

    def remove(self, position: Position) -> int:
        """Take out the document at a position; return how many there were (0 or 1)."""
        return self._database.execute(
            "DELETE FROM document WHERE path = ? AND member = ? AND line = ?", _place(position)
        ).rowcount

    def part(self, part: int) -> Iterator[Entry]:
        """Yield the documents of a part by key and version."""
        rows = self._database.execute(
            """SELECT key, sha256, version_date, preference, path, member, line, part, spool, begin, size, ledger,
                      version FROM document WHERE part = ? ORDER BY key, version""",
            (part,),
        )
        for row in rows:
            key, sha256, version_date, preference, path, member, line, number, spool, begin, size, ledger, version = row
            position = Position(path, member or None, line or None)
            yield Entry(key, sha256, version_date, preference, position, number, spool, begin, size, ledger, version)

    def rejects(self) -> Iterator[Reject]:
        """Yield the rejects in the order of their positions."""
        rows = self._database.execute("SELECT * FROM reject ORDER BY path, member, line, place, reason, kind")
        for path, member, line, place, reason, kind in rows:
            yield Reject(Position(path, member or None, line or None), reason, place or None, kind or None)

    def members(self, cls: str) -> list[str]:
        """Return the members of a class that were noted, in order."""
        rows = self._database.execute("SELECT iri FROM instance WHERE class = ? ORDER BY iri", (cls,))
        return [iri for (iri,) in rows]

    def instances(self) -> Iterator[tuple[str, int]]:
        """Yield (class, number of distinct members noted), by class."""
        yield from self._database.execute("SELECT class, count(*) FROM instance GROUP BY class ORDER BY class")


def _place(position: Position) -> tuple[str, str, int]:
    return position.path, position.member or "", position.line or 0
