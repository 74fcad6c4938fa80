"""A document: one source text about one study, and where it came from."""

from msgspec import Struct, field

from kg.record.study import Additions, Study


class Position(Struct, frozen=True):
    """Where a record stands: a file, and the line, archive member or record number in it."""

    path: str
    member: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Return `file`, `file:line` or `file!member:line`, as error messages show it."""
        name = self.path if self.member is None else f"{self.path}!{self.member}"
        return name if self.line is None else f"{name}:{self.line}"


class RawDocument(Struct, frozen=True):
    """The bytes of one record, cut out of its container and not yet decoded."""

    data: bytes
    kind: str
    """Name of the reader that must decode it: `ctgov-v2`, `ctgov-xml`, `medpath`, ..."""
    position: Position
    fetched: str | None = None
    """When the bytes were fetched (ISO 8601), if a sidecar says so."""
    url: str | None = None


class Document(Struct, kw_only=True):
    """One record lifted into the study shape, with its provenance."""

    source: str
    """Short name of the source in IRIs: `ctgov`, `medpath`, `clinconnect`, `pubmed`, `isrctn`, ..."""
    id: str
    """Identifier inside the source: `NCT05272293`, a PMID, or 16 hex digits of a key."""
    kind: str
    """Name of the reader."""
    reader_version: str
    study: Study
    additions: Additions = field(default_factory=Additions)
    position: Position
    sha256: str
    """Of the record's own bytes."""
    version_date: str | None = None
    """The record's own version date, else the fetch's; never the file's modification time."""
    licence: str | None = None
    text: str | None = None
    """The whole text, for sources that are read as text (pages, articles): quotes may point into it."""
    unknown_paths: tuple[str, ...] = ()
    """Paths of the source that no field of the record takes."""
    describes_trial: bool = True
    """False for an article that is only a publication linked to trials."""

    @property
    def key(self) -> str:
        """`source/id`: stable, and the order of documents in a release."""
        return f"{self.source}/{self.id}"

    @property
    def owns_registry_iri(self) -> bool:
        """Whether the trial's IRI is `kg:trial/<NCT number>` (ClinicalTrials.gov's own records)."""
        return self.source == "ctgov"


class Reject(Struct, frozen=True):
    """A record that was set aside, and why: a line of `rejects.jsonl`."""

    position: Position
    reason: str
    path: str | None = None
    """JSON path or XML element inside the record, where known."""
    kind: str | None = None

    def __str__(self) -> str:
        """Return `file:line at path: reason`, as messages show it."""
        return f"{self.position}{f' at {self.path}' if self.path else ''}: {self.reason}"
