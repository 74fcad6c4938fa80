"""AACT: the pipe-delimited tables of the Clinical Trials Transformation Initiative, in a zip or folder.

The tables (`studies.txt`, `interventions.txt`, `design_groups.txt`, ...) are joined by
`nct_id` in a temporary SQLite file, so that memory does not grow with their size; the raw
document of a study is a JSON object of table to rows. Values are those of the registry, in
the codes of the API v2 or, in files before November 2023, in its older words.
"""

import hashlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

import msgspec

from kg.errors import RecordError
from kg.record import Document, Position, RawDocument, Reject, Study
from kg.sources import codes
from kg.sources.aact_protocol import annotations, derived, documents, protocol
from kg.sources.aact_results import results
from kg.sources.csv_rows import rows
from kg.sources.ignored import ignored
from kg.sources.json_tree import parse_json
from kg.sources.reader import Bundle, Reader
from kg.sources.splitting import MAX_RECORD_BYTES, too_large
from kg.sources.tree import unknown_paths

KIND: Final = "aact"
VERSION: Final = "1"
LICENCE: Final = "https://aact.ctti-clinicaltrials.org/points_to_consider"

_NCT: Final = re.compile(r"NCT\d{8}\Z")
_STUDIES: Final = "studies"
_PARTNERS: Final = frozenset({"interventions", "sponsors", "design_groups", "conditions", "eligibilities", "designs"})
_WITHOUT_STUDY: Final = frozenset({"mesh_headings", "mesh_terms", "data_definitions", "use_case_datasets"})
"""Tables of AACT that are vocabularies or documentation, with no row about a study."""
_DOCUMENTATION: Final = frozenset({".png", ".jpg", ".svg", ".html", ".pdf", ".xlsx", ".docx", ".md"})
"""Endings of the files that AACT's archives hold beside the tables."""
_BATCH: Final = 2_000


class _Key(msgspec.Struct):
    """The column by which tables are joined."""

    nct_id: str | None = None


_KEY: Final = msgspec.json.Decoder(_Key)


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is the table of studies by itself."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"nct_id|") and b"|overall_status|" in head


def recognises_bundle(names: tuple[str, ...]) -> bool:
    """Whether the files are tables of AACT: the studies with another of its tables, in one folder.

    A folder that holds other inputs as well is none, so that they are not passed over.
    """
    paths = [PurePosixPath(name) for name in names]
    tables = {path.stem for path in paths if path.suffix == ".txt"}
    alone = (
        all(path.suffix in {".txt", *_DOCUMENTATION} for path in paths) and len({path.parent for path in paths}) == 1
    )
    return alone and _STUDIES in tables and bool(tables & _PARTNERS)


def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut the table of studies, when it comes alone, into studies without their other tables."""
    for row in rows(stream, position, KIND, delimiter="|"):
        if isinstance(row, RawDocument):
            data = b'{"' + _STUDIES.encode() + b'":[' + row.data + b"]}"
            yield RawDocument(data, KIND, row.position)
        else:
            yield row


def split_bundle(bundle: Bundle) -> Iterator[RawDocument | Reject]:
    """Join the tables by study, in order of NCT numbers; rows that belong to no study are rejects."""
    tables = {PurePosixPath(name).stem: name for name in bundle.names if name.endswith(".txt")}
    with tempfile.TemporaryDirectory(prefix="cellkg-aact-") as folder:
        join = _Join(Path(folder) / "rows.sqlite")
        try:
            for number, (table, name) in enumerate(sorted(tables.items())):
                if table not in _WITHOUT_STUDY:
                    yield from _load(join, bundle, number, table, name)
            yield from join.studies(bundle.position)
        finally:
            join.close()


def _load(join: "_Join", bundle: Bundle, number: int, table: str, name: str) -> Iterator[Reject]:
    """Put the rows of a table into the join; yield those that cannot be read."""
    position = Position(bundle.position.path, name)
    with bundle.open(name) as stream:
        for row in rows(stream, position, KIND, delimiter="|", is_header=lambda names: "nct_id" in names):
            if isinstance(row, Reject):
                if "no rows" not in row.reason:
                    yield row
                continue
            nct_id = _KEY.decode(row.data).nct_id or ""
            if _NCT.match(nct_id):
                join.add(nct_id, number, table, row.data)
            else:
                yield Reject(
                    row.position, f"The row's nct_id is {nct_id[:40]!r}, not NCT and eight digits.", "nct_id", KIND
                )


class _Join:
    """Rows of all tables by study, on disk."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("CREATE TABLE line (nct_id TEXT, place INTEGER, name TEXT, data BLOB)")
        self._waiting: list[tuple[str, int, str, bytes]] = []

    def add(self, nct_id: str, place: int, table: str, data: bytes) -> None:
        """Add a row of a table; rows keep the order in which they are added."""
        self._waiting.append((nct_id, place, table, data))
        if len(self._waiting) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", self._waiting)
        self._db.execute("COMMIT")
        self._waiting.clear()

    def studies(self, position: Position) -> Iterator[RawDocument | Reject]:
        """Yield the joined rows of each study, and a reject for rows whose study is missing."""
        self._flush()
        self._db.execute("CREATE INDEX by_study ON line (nct_id, place)")
        numbers = self._db.execute("SELECT DISTINCT nct_id FROM line ORDER BY nct_id")
        for (nct_id,) in numbers:
            at = Position(position.path, nct_id)
            found: dict[str, list[msgspec.Raw]] = {}
            size = 0
            found_rows = self._db.execute(
                "SELECT name, data FROM line WHERE nct_id = ? ORDER BY place, rowid", (nct_id,)
            )
            for table, data in found_rows:
                size += len(data)
                if size > MAX_RECORD_BYTES:
                    break
                found.setdefault(table, []).append(msgspec.Raw(data))
            if size > MAX_RECORD_BYTES:
                yield too_large(at, KIND)
            elif len(found.get(_STUDIES, ())) != 1:
                what = "is missing from" if _STUDIES not in found else "stands more than once in"
                reason = f"The study {what} studies.txt; its rows in {', '.join(found)} were set aside."
                yield Reject(at, reason, "nct_id", KIND)
            else:
                yield RawDocument(msgspec.json.encode(found), KIND, at)

    def close(self) -> None:
        """Close the file, which goes with its folder."""
        self._db.close()


def decode(raw: RawDocument) -> Document:
    """Return the record of one study; raises RecordError when it has no NCT number."""
    root = parse_json(raw.data)
    row = root.node(_STUDIES)
    nct_id = row.text("nct_id") or ""
    if not _NCT.match(nct_id):
        raise RecordError(f"The NCT number is {nct_id[:40]!r}, not NCT and eight digits.", "studies/nct_id")
    reported = results(root)
    study = Study(
        protocol_section=protocol(root, nct_id),
        results_section=reported,
        annotation_section=annotations(root),
        document_section=documents(root),
        derived_section=derived(root),
        has_results=reported is not None,
    )
    status = study.protocol_section.status_module
    posted = status.last_update_post_date_struct
    dates = (posted.date if posted else None, status.last_update_submit_date, status.status_verified_date)
    return Document(
        source="ctgov",
        id=nct_id,
        kind=KIND,
        reader_version=VERSION,
        study=study,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=next((date for date in dates if codes.is_iso_date(date)), None) or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown_paths(root, ignored("aact")),
    )


READER: Final = Reader(
    kind=KIND,
    version=VERSION,
    licence=LICENCE,
    recognises=recognises,
    split=split,
    decode=decode,
    preference=20,
    recognises_bundle=recognises_bundle,
    split_bundle=split_bundle,
)
