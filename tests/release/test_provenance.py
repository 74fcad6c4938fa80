"""What a graph rests on is said in the graph; what a release holds is said in VoID and DCAT."""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib

from kg import release
from kg.namespaces import CKG, DCAT, DCTERMS, FOAF, ONTOLOGY, PROV, RDF_TYPE, RDFS, VOID, XSD
from kg.provenance import bytes_iri

Study = dict[str, Any]
MakeStudy = Callable[..., Study]
WriteLines = Callable[..., Path]

_GRAPH = "https://w3id.org/cellkg/source/ctgov/NCT00000001"


@pytest.fixture
def out(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> Path:
    source = write_lines("in/a.jsonl", [study(1), study(1, update="2023-01-01"), *(study(n) for n in range(2, 30))])
    (source.parent / "a.jsonl.fetch.json").write_text(
        json.dumps({"url": "https://clinicaltrials.gov/api/v2/studies", "fetched": "2024-06-02T10:00:00Z"})
    )
    release.build([source.parent], tmp_path / "out", store=False)
    return tmp_path / "out"


def _quads(out: Path) -> list[ox.Quad]:
    return [
        quad
        for path in sorted((out / "data").iterdir())
        for quad in ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS)
    ]


def _about(out: Path, subject: str) -> dict[str, list[str]]:
    """What is said of a node, as N-Triples terms by property."""
    found: dict[str, list[str]] = {}
    for quad in _quads(out):
        if quad.subject == ox.NamedNode(subject):
            found.setdefault(quad.predicate.value, []).append(str(quad.object))
    return {prop: sorted(values) for prop, values in found.items()}


def test_a_document_graph_is_described_in_itself(out: Path, study: MakeStudy) -> None:
    digest = hashlib.sha256(json.dumps(study(1), ensure_ascii=False).encode()).hexdigest()
    assert _about(out, _GRAPH) == {
        RDF_TYPE: [f"<{PROV}Entity>", f"<{CKG}SourceDocument>"],
        RDFS + "label": ['"ctgov NCT00000001"'],
        DCTERMS + "identifier": ['"NCT00000001"'],
        DCTERMS + "license": ["<https://clinicaltrials.gov/about-site/terms-conditions>"],
        DCTERMS + "source": ["<https://clinicaltrials.gov/api/v2/studies>"],
        FOAF + "primaryTopic": ["<https://w3id.org/cellkg/trial/NCT00000001>"],
        CKG + "sha256": [f'"{digest}"'],
        CKG + "sourceFormat": ['"ctgov-v2"'],
        CKG + "readerVersion": ['"1"'],
        CKG + "versionDate": [f'"2024-03-02"^^<{XSD}date>'],
        CKG + "fetchedOn": [f'"2024-06-02T10:00:00Z"^^<{XSD}dateTime>'],
        PROV + "wasDerivedFrom": [f"<{bytes_iri(digest)}>"],
    }
    graphs = {q.graph_name for q in _quads(out) if q.subject == ox.NamedNode(_GRAPH)}
    assert graphs == {ox.NamedNode(_GRAPH)}


def test_the_inferred_graph_is_derived_from_the_document_and_the_ontology(out: Path) -> None:
    about = _about(out, f"{_GRAPH}/inferred")
    assert about[PROV + "wasDerivedFrom"] == [f"<{ONTOLOGY}>", f"<{_GRAPH}>"]
    inferred = [q for q in _quads(out) if q.graph_name == ox.NamedNode(f"{_GRAPH}/inferred")]
    assert inferred
    stated = {(q.subject, q.predicate, q.object) for q in _quads(out) if q.graph_name == ox.NamedNode(_GRAPH)}
    assert not [q for q in inferred if (q.subject, q.predicate, q.object) in stated]


def test_the_older_version_has_a_graph_of_its_own(out: Path) -> None:
    about = _about(out, f"{_GRAPH}-v2023-01-01")
    assert about[FOAF + "primaryTopic"] == ["<https://w3id.org/cellkg/trial/NCT00000001-v2023-01-01>"]
    assert about[CKG + "versionDate"] == [f'"2023-01-01"^^<{XSD}date>']


def test_every_graph_is_described_and_no_data_is_blank(out: Path) -> None:
    quads = _quads(out)
    assert not [q for q in quads if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)]
    described = {q.subject for q in quads if q.object == ox.NamedNode(PROV + "Entity")}
    graphs = {q.graph_name for q in quads if not q.graph_name.value.endswith("/graph/identity")}
    assert graphs == described


def test_void_counts_what_is_in_the_data(out: Path) -> None:
    void = rdflib.Graph().parse(out / "void.ttl")
    space = rdflib.Namespace(VOID)
    (dataset,) = void.subjects(rdflib.RDF.type, space.Dataset)
    quads = _quads(out)
    assert void.value(dataset, space.triples) == rdflib.Literal(len(quads))
    assert int(str(void.value(dataset, space.entities))) == 30
    properties = {
        str(void.value(p, space.property)): int(str(void.value(p, space.triples)))
        for p in void.objects(dataset, space.propertyPartition)
    }
    assert properties == Counter(q.predicate.value for q in quads)
    classes = {
        str(void.value(p, space["class"])): int(str(void.value(p, space.entities)))
        for p in void.objects(dataset, space.classPartition)
    }
    members: dict[str, set[str]] = {}
    for quad in quads:
        if quad.predicate.value == RDF_TYPE and isinstance(quad.object, ox.NamedNode):
            members.setdefault(quad.object.value, set()).add(str(quad.subject))
    assert classes == {cls: len(nodes) for cls, nodes in members.items()}


def test_dcat_lists_every_data_file_with_its_checksum(out: Path) -> None:
    void = rdflib.Graph().parse(out / "void.ttl")
    dcat, spdx = rdflib.Namespace(DCAT), rdflib.Namespace("http://spdx.org/rdf/terms#")
    stated = {}
    for distribution in void.subjects(rdflib.RDF.type, dcat.Distribution):
        checksum = void.value(distribution, spdx.checksum)
        name = str(void.value(distribution, dcat.downloadURL)).removeprefix("https://w3id.org/cellkg/release/")
        stated[name] = (
            str(void.value(checksum, spdx.checksumValue)),
            int(str(void.value(distribution, dcat.byteSize))),
        )
    actual = {
        f"data/{path.name}": (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        for path in (out / "data").iterdir()
    }
    assert {name: (value.lower(), size) for name, (value, size) in stated.items()} == actual


def test_bytes_are_named_as_rfc_6920_says() -> None:
    hello = hashlib.sha256(b"Hello World!").hexdigest()
    assert bytes_iri(hello) == "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
