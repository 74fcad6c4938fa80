"""Provenance: what a document's graph rests on (PROV), and what a release holds (VoID, DCAT).

No time of the build enters any of it: the same inputs give the same bytes.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from kg.iri import Minter
from kg.namespaces import CKG, DCAT, DCTERMS, FOAF, ONTOLOGY, PROV, RDF_TYPE, RDFS, VOID, XSD
from kg.nquads import iri, literal
from kg.record import Document, RawDocument

_DATES: Final = (
    (re.compile(r"\d{4}-\d{2}-\d{2}\Z"), XSD + "date"),
    (re.compile(r"\d{4}-\d{2}\Z"), XSD + "gYearMonth"),
    (re.compile(r"\d{4}\Z"), XSD + "gYear"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})\Z"), XSD + "dateTime"),
)
_REGISTRY_PAGE: Final = "https://clinicaltrials.gov/study/"


def describe_document(document: Document, raw: RawDocument, trial: str, graph: str, inferred: str | None) -> str:
    """Return the N-Quads that describe a document's graph, in that graph.

    `inferred` is the graph of what was inferred from it, if anything was. The document's
    bytes are named by their SHA-256 (RFC 6920), the place they came from by its address.
    """
    subject, here = iri(graph), f" {iri(graph)} .\n"
    statements = [
        (RDF_TYPE, iri(CKG + "SourceDocument")),
        (RDF_TYPE, iri(PROV + "Entity")),
        (RDFS + "label", literal(f"{document.source} {document.id}")),
        (DCTERMS + "identifier", literal(document.id)),
        (FOAF + "primaryTopic", iri(trial)),
        (CKG + "sha256", literal(document.sha256)),
        (CKG + "sourceFormat", literal(document.kind)),
        (CKG + "readerVersion", literal(document.reader_version)),
        (PROV + "wasDerivedFrom", iri(bytes_iri(document.sha256))),
    ]
    address = _address(document, raw)
    if address is not None:
        statements.append((DCTERMS + "source", address))
    if document.licence:
        statements.append((DCTERMS + "license", iri(document.licence)))
    if document.version_date:
        statements.append((CKG + "versionDate", _date(document.version_date)))
    if raw.fetched:
        statements.append((CKG + "fetchedOn", _date(raw.fetched)))
    lines = [f"{subject} <{predicate}> {value}{here}" for predicate, value in statements]
    if inferred is not None:
        name = iri(inferred)
        lines += [
            f"{name} <{RDF_TYPE}> {iri(PROV + 'Entity')}{here}",
            f"{name} <{PROV}wasDerivedFrom> {subject}{here}",
            f"{name} <{PROV}wasDerivedFrom> {iri(ONTOLOGY)}{here}",
        ]
    return "".join(lines)


def bytes_iri(sha256: str) -> str:
    """Return the IRI of the very bytes that have a SHA-256 (RFC 6920)."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()
    return f"ni:///sha-256;{digest}"


def _address(document: Document, raw: RawDocument) -> str | None:
    """Return where the document can be seen, as an N-Quads term, or None."""
    address = raw.url or document.additions.url
    if not address and document.owns_registry_iri:
        address = _REGISTRY_PAGE + document.id
    if not address or not address.startswith(("https://", "http://")):
        return None
    try:
        return iri(address)
    except ValueError:
        return None


def _date(text: str) -> str:
    """Return a date as a literal typed by its precision, a plain text where it is none."""
    for pattern, datatype in _DATES:
        if pattern.match(text):
            return literal(text, datatype)
    return literal(text)


class Part(Struct, frozen=True):
    """A data file of a release."""

    name: str
    """Path inside the release, `data/part-00.nq.gz`."""
    bytes: int
    sha256: str
    documents: int
    quads: int


class Totals(Struct):
    """What a release counts over all documents."""

    quads: int = 0
    trials: int = 0
    properties: dict[str, int] = {}
    classes: dict[str, int] = {}


def release_description(
    base_iri: str, version: str, modified: str | None, totals: Totals, parts: list[Part], licences: list[str]
) -> str:
    """Return `void.ttl`: the release as a VoID data set with its partitions, and as a DCAT data set with its files.

    `version` is the software's; `modified` is the newest version date of a document. Classes and
    properties are listed by IRI.
    """
    minter = Minter(base_iri)
    lines = [f"@base {iri(minter.base + 'release/')} .\n"]
    lines += [f"@prefix {prefix}: <{space}> .\n" for prefix, space in sorted(_SPACES.items())]
    lines.append("\n")
    about = {
        "a": ["void:Dataset", "dcat:Dataset"],
        "dcterms:title": [literal("cellkg: a knowledge graph of cell-therapy trials")],
        "dcterms:description": [
            literal("Trials by document, arm by arm, each statement with the document it is from.")
        ],
        "dcterms:license": [iri(licence) for licence in licences],
        "dcterms:modified": [_date(modified)] if modified else [],
        "dcat:version": [literal(version)],
        "void:uriSpace": [literal(minter.base)],
        "void:vocabulary": [iri(ONTOLOGY), iri(PROV)],
        "void:triples": [str(totals.quads)],
        "void:entities": [str(totals.trials)],
        "void:documents": [str(sum(part.documents for part in parts))],
        "void:classes": [str(len(totals.classes))],
        "void:properties": [str(len(totals.properties))],
        "void:rootResource": [iri(ONTOLOGY)],
        "void:dataDump": [f"<{part.name}>" for part in parts],
        "dcat:distribution": [f"<#{_fragment(part.name)}>" for part in parts],
    }
    lines += _block("<>", {key: values for key, values in about.items() if values})
    lines += _partitions("class", totals.classes, "entities")
    lines += _partitions("property", totals.properties, "triples")
    for part in parts:
        lines += _block(
            f"<#{_fragment(part.name)}>",
            {
                "a": ["dcat:Distribution"],
                "dcat:downloadURL": [f"<{part.name}>"],
                "dcat:mediaType": ["<https://www.iana.org/assignments/media-types/application/n-quads>"],
                "dcat:compressFormat": ["<https://www.iana.org/assignments/media-types/application/gzip>"],
                "dcat:byteSize": [str(part.bytes)],
                "spdx:checksum": [f"<#{_fragment(part.name)}-checksum>"],
            },
        )
        lines += _block(
            f"<#{_fragment(part.name)}-checksum>",
            {
                "a": ["spdx:Checksum"],
                "spdx:algorithm": ["spdx:checksumAlgorithm_sha256"],
                "spdx:checksumValue": [literal(part.sha256, XSD + "hexBinary")],
            },
        )
    return "".join(lines)


_SPACES: Final = {
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "spdx": "http://spdx.org/rdf/terms#",
    "void": VOID,
}


def _partitions(kind: str, counts: Mapping[str, int], unit: str) -> Iterator[str]:
    for number, (name, count) in enumerate(sorted(counts.items()), 1):
        node = f"<#{kind}-{number}>"
        yield f"<> void:{kind}Partition {node} .\n"
        yield f"{node} void:{kind} {iri(name)} ; void:{unit} {count} .\n"
    yield "\n"


def _block(subject: str, values: Mapping[str, list[str]]) -> Iterator[str]:
    yield subject
    yield " ;".join(f"\n    {key} {', '.join(items)}" for key, items in values.items())
    yield " .\n\n"


def _fragment(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name)
