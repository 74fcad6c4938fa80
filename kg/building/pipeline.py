"""What happens to one record: decoded, linked, mapped, inferred, described, compressed.

A `Pipeline` lives in each worker. It holds nothing that grows with the corpus.
"""

import zlib
from typing import Final

import msgspec
from isal import igzip_lib
from msgspec import Struct

from kg.building.counting import count_statements
from kg.errors import RecordError
from kg.identity import Card, card
from kg.iri import Minter
from kg.linking import link
from kg.mapping import Mapped, Mapper
from kg.provenance import describe_document
from kg.reasoning import Reasoner
from kg.record import Document, RawDocument, Reject
from kg.sources import decode, reader

PARTS: Final = 16
"""Parts of a release; fixed, because the number decides the bytes of each."""
_LEVEL: Final = 2


class Settings(Struct, frozen=True):
    """What every worker of a build must know."""

    base_iri: str


class Ledger(Struct, array_like=True):
    """What a release counts of a document, kept beside its statements until the end of the build."""

    kind: str
    trial: str
    graph: str
    quads: int
    inferred: int
    properties: dict[str, int]
    """Statements by property."""
    classes: dict[str, int]
    """Members by class, of nodes that only this document describes."""
    instances: list[tuple[str, str]]
    """(class, node) of nodes that other documents may describe too."""
    unknown: tuple[str, ...]
    """Paths that the record has no field for."""
    unread: tuple[str, ...]
    """Paths of values that could not be written as their fields ask; they are kept as text (`ckg:UnreadValue`)."""
    card: Card


class Processed(Struct):
    """A record that went through: its statements, compressed, and what is counted of it."""

    key: str
    sha256: str
    version_date: str
    preference: int
    part: int
    member: bytes
    ledger: bytes


def part_of(key: str) -> int:
    """Return the part of a document, by a hash of its key."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) % PARTS


def compress(data: bytes) -> bytes:
    """Return a gzip member (RFC 1952) without name and time: its bytes depend on the data alone."""
    return bytes(igzip_lib.compress(data, _LEVEL, igzip_lib.COMP_GZIP))


class Pipeline:
    """Everything that is loaded once for a worker."""

    def __init__(self, settings: Settings) -> None:
        """Load lexicons, tables and the ontology's rules."""
        self._minter = Minter(settings.base_iri)
        self._reasoner = Reasoner.default()
        self._mapper = Mapper(self._minter, self._reasoner.predicates)
        self._encoder = msgspec.msgpack.Encoder()

    def process(self, raw: RawDocument, version: str | None = None) -> Processed | Reject:
        """Take one record through; a record that does not fit comes back as a reject.

        An unexpected error is our own fault and does not cost the other records: it becomes
        a reject that says so.
        """
        try:
            document = decode(raw)
        except RecordError as error:
            return Reject(raw.position, error.reason, error.path, raw.kind)
        except Exception as error:
            return _our_fault(raw, error)
        try:
            return self._finish(document, raw, version)
        except Exception as error:
            return _our_fault(raw, error)

    def _finish(self, document: Document, raw: RawDocument, version: str | None) -> Processed:
        mapped = self._mapper.map(document, link(document), version)
        inferred = self._reasoner.infer(mapped.triples)
        graph = self._minter.inferred_graph(mapped.graph)
        entailed = "".join([f"<{s}> <{p}> <{o}> <{graph}> .\n" for s, p, o in inferred])
        described = describe_document(document, raw, mapped.trial, mapped.graph, graph if inferred else None)
        data = b"".join((mapped.data, described.encode(), entailed.encode()))
        ledger = self._ledger(document, mapped, len(inferred), data)
        return Processed(
            key=document.key,
            sha256=document.sha256,
            version_date=document.version_date or "",
            preference=reader(document.kind).preference,
            part=part_of(document.key),
            member=compress(data),
            ledger=self._encoder.encode(ledger),
        )

    def _ledger(self, document: Document, mapped: Mapped, inferred: int, data: bytes) -> Ledger:
        counted = count_statements(data, mapped.trial)
        return Ledger(
            kind=document.kind,
            trial=mapped.trial,
            graph=mapped.graph,
            quads=counted.properties.total(),
            inferred=inferred,
            properties=dict(counted.properties),
            classes=dict(counted.classes),
            instances=counted.instances,
            unknown=document.unknown_paths,
            unread=tuple(problem.path for problem in mapped.problems),
            card=card(document, mapped.trial, mapped.graph),
        )


def _our_fault(raw: RawDocument, error: Exception) -> Reject:
    reason = f"cellkg itself failed on this record ({type(error).__name__}: {error}); please report it with the record."
    return Reject(raw.position, reason, None, raw.kind)
