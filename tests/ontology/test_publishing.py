"""The published `ontology.ttl`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, Graph, Literal, URIRef

from kg import ontology
from kg.errors import UnreadableInputError
from kg.namespaces import CKG, KG, ONTOLOGY
from kg.ontology import publishing, tables


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
