"""HermiT as the judge: consistency, the committed hierarchy, and inference compared with realisation."""

import itertools
import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, BNode, Graph, URIRef
from rdflib.collection import Collection

from kg import ontology
from kg.iri import Minter
from kg.linking import link
from kg.mapping import Mapper
from kg.namespaces import CKG, KG, RDF_TYPE
from kg.ontology import hermit
from kg.reasoning import Reasoner, Triple
from kg.sources import decode
from kg.sources import read as read_sources


@pytest.fixture(scope="module")
def asserted() -> Graph:
    """The ontology without what HermiT found before."""
    return ontology.load(hierarchy=False)


@pytest.fixture(scope="module")
def answer(asserted: Graph) -> hermit.Answer:
    """What HermiT says of the ontology as it stands."""
    return hermit.run(asserted)


def test_ontology_is_consistent_and_the_committed_hierarchy_is_hermits(answer: hermit.Answer) -> None:
    """No contradiction, no class without possible members, and the file in the repository is what HermiT says now."""
    found = {pair for pair in answer.subclasses if f"{OWL}Thing" not in pair}
    assert len(found) > 100
    assert answer.unsatisfiable == set()
    assert answer.equivalents == set()
    shipped = ontology.load()
    direct = {(str(a), str(b)) for a, b in shipped.subject_objects(RDFS.subClassOf) if not isinstance(a, BNode)}
    assert found - direct == set()
    assert ontology.hierarchy_is_current()


def test_shipped_hierarchy_holds_nothing_that_hermit_does_not_find(answer: hermit.Answer) -> None:
    """Every subclass statement of the release is entailed."""
    above = answer.superclasses()
    for narrow, broad in ontology.load().subject_objects(RDFS.subClassOf):
        if isinstance(narrow, URIRef) and isinstance(broad, URIRef):
            assert str(broad) in above[str(narrow)]


def test_contradiction_is_reported(asserted: Graph) -> None:
    """A node in two disjoint classes makes the whole inconsistent, and the error says so."""
    clash = [("urn:x", RDF_TYPE, f"{CKG}Trial"), ("urn:x", RDF_TYPE, f"{CKG}Arm")]
    with pytest.raises(hermit.ReasonerError, match="contradicts itself"):
        hermit.run(asserted, clash)


def test_class_without_possible_members_is_reported(asserted: Graph) -> None:
    """A class below two disjoint ones is named."""
    graph = Graph() + asserted
    impossible = URIRef(f"{CKG}Impossible")
    graph.add((impossible, RDF.type, OWL.Class))
    for name in ("Trial", "Arm"):
        graph.add((impossible, RDFS.subClassOf, URIRef(CKG + name)))
    with pytest.raises(hermit.ReasonerError, match="Impossible"):
        hermit.hierarchy(graph)


def test_unread_ontology_is_no_success() -> None:
    """An answer without a single class relation is an error, not an empty hierarchy."""
    with pytest.raises(hermit.ReasonerError, match="cannot have read"):
        hermit.hierarchy(Graph())


def test_every_part_of_a_definition_matters(asserted: Graph) -> None:
    """With its part taken out, a definition swallows its relatives: the check on subsumptions would see it."""
    graph = Graph() + asserted
    name = URIRef(f"{CKG}DonorLymphocyteProduct")
    expression = graph.value(name, OWL.equivalentClass)
    parts = Collection(graph, graph.value(expression, OWL.intersectionOf))
    del parts[1]
    above = hermit.run(graph).superclasses()
    assert f"{CKG}DonorLymphocyteProduct" in above[f"{CKG}NKCellProduct"]


def differences(asserted: Graph, documents: Iterable[list[Triple]]) -> tuple[int, list[str]]:
    """How many nodes were compared, and where inferred types and HermiT's realisation differ."""
    reasoner = Reasoner.default()
    classes = {str(name) for name in asserted.subjects(RDF.type, OWL.Class)}
    stated: set[Triple] = set()
    ours: dict[str, set[str]] = {}
    for document in documents:
        stated.update(document)
        for subject, predicate, value in itertools.chain(document, reasoner.infer(document)):
            if predicate == RDF_TYPE and value in classes:
                ours.setdefault(subject, set()).add(value)
    theirs = hermit.run(asserted, stated).all_types()
    wrong = [
        f"{node}: only inferred {sorted(found - theirs.get(node, set()))}, only HermiT {sorted(theirs[node] - found)}"
        for node, found in sorted(ours.items())
        if found != theirs.get(node, set())
    ]
    return len(ours), wrong


def test_inferred_statements_equal_hermits(asserted: Graph) -> None:
    """Super-properties, chains and implied values: what follows is what HermiT knows, no more and no less."""
    draw = random.Random(11)
    stated: set[Triple] = set()
    ours: set[Triple] = set()
    for number in range(20):
        trial = f"{KG}trial/T{number}"
        product, arm, regimen = f"{trial}/product/1", f"{trial}/arm/1", f"{trial}/regimen/1"
        document = [
            (trial, f"{CKG}hasIntervention", f"{trial}/intervention/1"),
            (trial, f"{CKG}hasPrimaryOutcome", f"{trial}/outcome/primary/1"),
            (trial, f"{CKG}hasArm", arm),
            (arm, f"{CKG}hasAdministration", f"{trial}/administration/1"),
            (arm, f"{CKG}hasConditioning", regimen),
            (f"{trial}/administration/1", f"{CKG}ofIntervention", f"{trial}/intervention/1"),
            (regimen, f"{CKG}hasComponent", f"{regimen}/component/1"),
            (f"{regimen}/component/1", f"{CKG}agent", f"{KG}substance/fludarabine"),
            (f"{trial}/intervention/1", f"{CKG}administers", product),
            (product, RDF_TYPE, f"{CKG}CellProduct"),
            (product, f"{CKG}hasCellType", CKG + draw.choice(("NaturalKillerCell", "RegulatoryTCell", "TCell"))),
            (product, f"{CKG}hasDonor", CKG + draw.choice(("Haploidentical", "MatchedRelated", "Autologous"))),
            (
                product,
                f"{CKG}hasProductKind",
                CKG + draw.choice(("DonorLymphocytes", "CordBloodGraft", "StemCellGraft")),
            ),
            (product, f"{CKG}hasModification", CKG + draw.choice(("SuicideGene", "GeneEdited"))),
        ]
        stated.update(document)
        ours.update(document, Reasoner.default().infer(document))
    theirs = hermit.run(asserted, stated, properties=True).all_statements()
    expected = {triple for triple in theirs if triple[0].startswith(f"{KG}trial/T")}
    assert {triple for triple in ours if triple[1] != RDF_TYPE} == expected


def test_inferred_types_equal_hermits_on_products_of_every_kind(asserted: Graph) -> None:
    """60 products with parts drawn at random, meaningful or not."""
    values = {
        "hasCellType": "CellType",
        "hasDonor": "DonorType",
        "hasModification": "Modification",
        "hasProductKind": "ProductKind",
        "hasSourceTissue": "SourceTissue",
        "targets": "Antigen ViralAntigen TumorAntigen",
    }
    choices = {
        prop: sorted(str(v) for kind in kinds.split() for v in asserted.subjects(RDF.type, URIRef(CKG + kind)))
        for prop, kinds in values.items()
    }
    draw = random.Random(7)
    documents = []
    for number in range(60):
        trial = f"{KG}trial/T{number}"
        intervention, node, arm = f"{trial}/intervention/1", f"{trial}/product/1", f"{trial}/arm/1"
        document = [
            (trial, RDF_TYPE, f"{CKG}InterventionalTrial"),
            (trial, f"{CKG}hasIntervention", intervention),
            (trial, f"{CKG}hasArm", arm),
            (arm, RDF_TYPE, f"{CKG}ImplicitArm"),
            (intervention, RDF_TYPE, f"{CKG}Intervention"),
            (intervention, f"{CKG}administers", node),
            (intervention, f"{CKG}administers", f"{KG}substance/lenalidomide"),
            (node, RDF_TYPE, f"{CKG}CellProduct"),
        ]
        for prop, options in choices.items():
            chosen = draw.sample(options, draw.choice((0, 1, 1, 2)))
            document += [(node, CKG + prop, value) for value in chosen]
        documents.append(document)
    compared, wrong = differences(asserted, documents)
    assert wrong == []
    assert compared >= 4 * 60


def test_inferred_types_equal_hermits_on_fifty_real_records(asserted: Graph, shared: Path) -> None:
    """50 real records with cell products, exactly."""
    mapper = Mapper(Minter(), Reasoner.default().predicates)
    documents = []
    for raw in read_sources([shared / "gold" / "records"]):
        document = decode(raw)
        links = link(document)
        if links.products:
            documents.append(mapper.map(document, links, None).triples)
        if len(documents) == 50:
            break
    assert len(documents) == 50
    compared, wrong = differences(asserted, documents)
    assert wrong == []
    assert compared > 500
