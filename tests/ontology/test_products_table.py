"""The table of product classes: what it generates, and how it refuses what it cannot read."""

from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, URIRef
from rdflib.compare import to_canonical_graph, to_isomorphic

from kg.errors import UnreadableInputError
from kg.namespaces import CKG
from kg.ontology import products

HERE = Path(__file__).parent


def promised() -> list[str]:
    """Classes that the contract promises from the table (contract.tsv)."""
    rows = [line.split("\t") for line in (HERE / "contract.tsv").read_text().splitlines()]
    suffix = {"product": "Product", "named": ""}
    return [name + suffix[kind] for kind, name in rows if kind in suffix]


@pytest.fixture(scope="module")
def generated() -> Graph:
    return Graph().parse(data=products.turtle(), format="turtle")


def logical_part(graph: Graph, name: URIRef) -> Graph:
    """The equivalence and superclass axioms of one class, with the expressions below them."""
    part = Graph()
    waiting: list[URIRef | BNode] = [name]
    while waiting:
        subject = waiting.pop()
        for predicate, value in graph.predicate_objects(subject):
            keep = predicate in (OWL.equivalentClass, RDFS.subClassOf) if subject == name else True
            if keep:
                part.add((subject, predicate, value))
                if isinstance(value, BNode):
                    waiting.append(value)
    return part


@pytest.mark.parametrize("name", ["NKCellInfusion", "DonorLymphocyteProduct", "LenalidomideTherapy"])
def test_generated_definition_equals_the_one_written_by_hand(generated: Graph, name: str) -> None:
    """Three definitions come out of the table exactly as an ontologist writes them."""
    by_hand = Graph().parse(HERE / "handwritten.ttl")
    term = URIRef(CKG + name)
    assert to_isomorphic(logical_part(generated, term)) == to_isomorphic(logical_part(by_hand, term))


@pytest.mark.parametrize("name", promised())
def test_every_class_of_the_contract_is_defined(generated: Graph, name: str) -> None:
    """Each promised class exists, has a definition in OWL and one in words."""
    term = URIRef(CKG + name)
    assert (term, RDF.type, OWL.Class) in generated
    assert generated.value(term, OWL.equivalentClass) is not None
    assert generated.value(term, SKOS.definition) is not None


def test_no_two_classes_have_the_same_definition(generated: Graph) -> None:
    """Each class has a positive part that its relatives lack."""
    seen: dict[bytes, str] = {}
    for term in generated.subjects(OWL.equivalentClass):
        expression = logical_part(generated, term)
        renamed = Graph()
        for s, p, o in expression:
            if p != RDFS.subClassOf:
                renamed.add((URIRef("urn:x") if s == term else s, p, o))
        key = b"\n".join(sorted(to_canonical_graph(renamed).serialize(format="nt").encode().splitlines()))
        assert seen.setdefault(key, str(term)) == str(term)


def test_alternative_becomes_a_further_sufficient_condition(generated: Graph) -> None:
    """Antigen-selected T cells that target a virus are virus-specific, whatever kind the text names."""
    sufficient = list(generated.subjects(RDFS.subClassOf, URIRef(CKG + "VirusSpecificTCellProduct")))
    assert len(sufficient) == 1
    assert isinstance(sufficient[0], BNode)


@pytest.mark.parametrize("text", ["hasCellType with TCell", "a-b", "hasCellType value"])
def test_unreadable_part_is_refused_with_its_words(text: str) -> None:
    """A typing error in the table stops the build and names the words."""
    with pytest.raises(UnreadableInputError, match=text):
        products._atom(text)
