"""The published `ontology.ttl`."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import owlready2
import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, Graph, Literal, URIRef

from kg import ontology
from kg.errors import UnreadableInputError
from kg.namespaces import CKG, KG, ONTOLOGY
from kg.ontology import modules, publishing, tables
from kg.ontology.changes import Changes, changes


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return Graph().parse(ontology.build(tmp_path_factory.mktemp("out")), format="turtle")


def test_header_says_what_an_importer_needs(published: Graph) -> None:
    """One ontology, with title, licence, version IRI and prefix, and nothing to fetch."""
    root = URIRef(ONTOLOGY)
    assert list(published.subjects(RDF.type, OWL.Ontology)) == [root]
    assert published.value(root, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert published.value(root, OWL.versionIRI) is not None
    prefix = published.value(root, URIRef("http://purl.org/vocab/vann/preferredNamespacePrefix"))
    assert prefix == Literal("ckg")
    assert list(published.subject_objects(OWL.imports)) == []


@pytest.mark.parametrize(
    ("narrow", "broad"),
    [
        ("CARNKCellProduct", "NKCellProduct"),
        ("HaploidenticalNKCellInfusion", "AllogeneicNKCellInfusion"),
        ("DonorLymphocyteProduct", "AllogeneicProduct"),
        ("AllogeneicCellTherapyTrial", "CellTherapyTrial"),
    ],
)
def test_classified_hierarchy_is_plain_subclass_statements(published: Graph, narrow: str, broad: str) -> None:
    """A store without a reasoner sees what HermiT found."""
    assert (URIRef(CKG + narrow), RDFS.subClassOf, URIRef(CKG + broad)) in published


def test_individuals_have_all_their_types(published: Graph) -> None:
    """A cytokine is a substance and an agent for whoever asks without reasoning."""
    kinds = set(published.objects(URIRef(f"{KG}substance/aldesleukin"), RDF.type))
    assert {URIRef(CKG + name) for name in ("Cytokine", "Substance", "Agent")} <= kinds


def test_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    """Two processes with other seeds write the same file."""
    script = "import sys, pathlib; from kg import ontology; ontology.build(pathlib.Path(sys.argv[1]))"
    texts = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.ttl"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, str(path)], check=True, env=environment)
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]


def test_stale_hierarchy_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new axiom that was not classified shows without starting Java."""
    assert ontology.hierarchy_is_current()
    more = (
        "<urn:A> a <http://www.w3.org/2002/07/owl#Class> ; <http://www.w3.org/2000/01/rdf-schema#subClassOf> <urn:B> ."
    )
    original = publishing.texts
    monkeypatch.setattr(publishing, "texts", lambda hierarchy=True: [*original(hierarchy), more])
    assert not ontology.hierarchy_is_current()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\n1\t2\t3\n", "t.tsv:2: 3 cells"),
        ("a\n1\n", "lacks b"),
        ("a\tb\n1\t2\n1\t3\n", "t.tsv:3: '1'"),
    ],
)
def test_table_faults_name_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    """Whoever edits a table learns where the fault is."""
    path = tmp_path / "t.tsv"
    path.write_text(text)
    with pytest.raises(UnreadableInputError, match=message):
        tables.read_path(path, ("a", "b"))


def test_version_is_the_packages(published: Graph, root: Path) -> None:
    """Ontology and software are released together."""
    version = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    assert published.value(URIRef(ONTOLOGY), OWL.versionInfo) == Literal(version)
    assert str(published.value(URIRef(ONTOLOGY), OWL.versionIRI)).endswith(f"/version/{version}")


def test_committed_text_is_what_the_sources_give() -> None:
    """A build copies the committed file; it must be what would be made anew."""
    assert publishing.published_path().read_bytes() == publishing.fresh_text()


def test_changed_source_is_published_although_the_committed_text_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit shows in the next build, without anybody refreshing the committed text."""
    more = f'<{CKG}Fresh> a <{OWL.Class}> ; <{RDFS.label}> "fresh" .'
    for module in (publishing, modules):
        original = module.texts
        monkeypatch.setattr(module, "texts", lambda hierarchy=True, original=original: [*original(hierarchy), more])
    publishing.published_text.cache_clear()
    assert b"ckg:Fresh" in publishing.published_text()
    publishing.published_text.cache_clear()


def test_no_term_is_of_two_kinds(published: Graph) -> None:
    """OWL 2 DL: a property is an object, a data or an annotation property, and no class besides."""
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    found = [term for kind in kinds for term in set(published.subjects(RDF.type, kind))]
    assert [term for term in set(found) if found.count(term) > 1] == []


def test_another_tool_reads_every_class(published: Graph, tmp_path: Path) -> None:
    """owlready2 finds the classes that we declare: it says nothing when it reads none."""
    path = tmp_path / "ontology.nt"
    path.write_text(published.serialize(format="nt"), encoding="utf-8")
    world = owlready2.World()
    world.get_ontology(path.as_uri()).load(only_local=True)
    assert {c.iri for c in world.classes()} == {str(c) for c in published.subjects(RDF.type, OWL.Class) if "http" in c}


def test_changes_between_two_versions_are_told(tmp_path: Path) -> None:
    """Added, removed, deprecated, relabelled and redefined terms, each under its kind."""
    head = "@prefix c: <https://w3id.org/cellkg/ontology/> . @prefix owl: <http://www.w3.org/2002/07/owl#> . "
    head += (
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    )
    old, new = tmp_path / "old.ttl", tmp_path / "new.ttl"
    old.write_text(
        head + 'c:A a owl:Class ; rdfs:label "a" . c:B a owl:Class . c:C a owl:Class ; skos:definition "X." .'
    )
    new.write_text(
        head
        + 'c:A a owl:Class ; rdfs:label "b" . c:C a owl:Class ; skos:definition "Y." ; owl:deprecated true . '
        + "c:D a owl:ObjectProperty . <http://example.org/E> a owl:Class ."
    )
    found = changes(old, new)
    assert found == Changes(added=["D"], removed=["B"], deprecated=["C"], relabelled=["A"], redefined=["C"])
    assert found.lines()[0] == "added (1): D"
    assert changes(new, new).lines() == []
