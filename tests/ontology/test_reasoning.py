"""Inference over one document: each kind of axiom, and what must not follow."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import UsageError
from kg.namespaces import CKG, KG, RDF_TYPE
from kg.ontology.axioms import read
from kg.reasoning import Reasoner, Triple

PREFIXES = """
@prefix : <urn:x:> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:p a owl:ObjectProperty . :q a owl:ObjectProperty . :r a owl:ObjectProperty .
:A a owl:Class . :B a owl:Class . :C a owl:Class . :D a owl:Class .
"""


def infer(axioms: str, *statements: str) -> set[str]:
    """What follows from statements such as `x p y` and `x a A`, written in the same way."""
    reasoner = Reasoner(read([PREFIXES + axioms]))
    triples = [parsed(statement) for statement in statements]
    return {written(triple) for triple in reasoner.infer(triples)}


def parsed(statement: str) -> Triple:
    s, p, o = statement.split()
    return (f"urn:x:{s}", RDF_TYPE if p == "a" else f"urn:x:{p}", f"urn:x:{o}")


def written(triple: Triple) -> str:
    s, p, o = (term.removeprefix("urn:x:") for term in triple)
    return f"{s} {'a' if p == RDF_TYPE else p} {o}"


def test_superclasses_follow_through_every_level() -> None:
    """A member of a class is a member of all classes above."""
    assert infer(":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", "x a A") == {"x a B", "x a C"}


def test_superproperties_follow_through_every_level() -> None:
    """A statement holds with all properties above."""
    axioms = ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r ."
    assert infer(axioms, "x p y") == {"x q y", "x r y"}


def test_chain_joins_two_statements() -> None:
    """A chain follows in whichever order the statements come."""
    axioms = ":r owl:propertyChainAxiom ( :p :q ) ."
    assert infer(axioms, "x p y", "y q z") == {"x r z"}
    assert infer(axioms, "y q z", "x p y") == {"x r z"}


def test_chain_follows_from_a_superproperty() -> None:
    """What a sub-property says takes part in chains."""
    axioms = ":r owl:propertyChainAxiom ( :q :q ) . :p rdfs:subPropertyOf :q ."
    assert infer(axioms, "x p y", "y p z") == {"x q y", "y q z", "x r z"}


def test_chain_uses_what_the_ontology_says_of_its_values() -> None:
    """Broader values follow although the document does not repeat the vocabulary."""
    axioms = """:p owl:propertyChainAxiom ( :p :q ) .
        :nk a owl:NamedIndividual ; :q :lymphocyte . :lymphocyte a owl:NamedIndividual ; :q :leukocyte ."""
    assert infer(axioms, "x p nk") == {"x p lymphocyte", "x p leukocyte"}


def test_transitive_property_closes() -> None:
    """Transitivity is a chain of a property with itself."""
    assert infer(":p a owl:TransitiveProperty .", "a p b", "b p c", "c p d") == {"a p c", "b p d", "a p d"}


def test_value_makes_a_class_and_a_class_makes_a_value() -> None:
    """An equivalence with `hasValue` works both ways."""
    axioms = ":A owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] ."
    assert infer(axioms, "x p v") == {"x a A"}
    assert infer(axioms, "x a A") == {"x p v"}
    assert infer(axioms, "x p w") == set()


def test_existential_follows_whenever_the_filler_is_typed() -> None:
    """`someValuesFrom` holds for types that are stated and for types that follow."""
    axioms = """:A owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .
        :C rdfs:subClassOf :B ."""
    assert infer(axioms, "x p y", "y a B") == {"x a A"}
    assert infer(axioms, "y a C", "x p y") == {"x a A", "y a B"}
    assert infer(axioms, "x p y", "y a D") == set()


def test_existential_holds_for_values_that_the_ontology_types() -> None:
    """The types of vocabulary nodes count without being repeated."""
    axioms = """:A owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .
        :v a owl:NamedIndividual , :B ."""
    assert infer(axioms, "x p v") == {"x a A"}


def test_intersection_needs_every_part() -> None:
    """All parts together, and no fewer, make the class."""
    axioms = """:D owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :A :B
        [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] ) ] ."""
    assert infer(axioms, "x a A", "x a B") == set()
    assert infer(axioms, "x a A", "x a B", "x p v") == {"x a D"}
    assert infer(axioms, "x a D") == {"x a A", "x a B", "x p v"}


def test_nested_expression_is_seen_through() -> None:
    """An existential over an intersection needs both parts on one value."""
    axioms = """:D owl:equivalentClass [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom
        [ a owl:Class ; owl:intersectionOf ( :A :B ) ] ] ."""
    assert infer(axioms, "x p y", "y a A", "x p z", "z a B") == set()
    assert infer(axioms, "x p y", "y a A", "y a B") == {"x a D"}


def test_general_axiom_has_a_nameless_subject() -> None:
    """A sufficient condition need not be the definition."""
    axioms = """[ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :v ] rdfs:subClassOf :A .
        :A rdfs:subClassOf :B ."""
    assert infer(axioms, "x p v") == {"x a A", "x a B"}
    assert infer(axioms, "x a A") == {"x a B"}


def test_types_of_vocabulary_nodes_follow_only_where_they_are_stated() -> None:
    """A document that types a substance gets its other types; one that only uses it gets nothing about it."""
    axioms = ":A rdfs:subClassOf :B . :v a owl:NamedIndividual , :A ."
    assert infer(axioms, "v a A") == {"v a B"}
    assert infer(axioms, "x p v") == set()


@pytest.mark.parametrize(
    "axiom",
    [
        ":A rdfs:subClassOf [ a owl:Class ; owl:unionOf ( :B :C ) ] .",
        ":A owl:equivalentClass [ a owl:Class ; owl:complementOf :B ] .",
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :B ] .",
        ":p a owl:SymmetricProperty .",
        ":p owl:inverseOf :q .",
        ":p rdfs:range :A .",
        ":r owl:propertyChainAxiom ( :p :q :p ) .",
        ":A owl:disjointUnionOf ( :B :C ) .",
    ],
)
def test_axiom_that_inference_does_not_know_is_refused(axiom: str) -> None:
    """No axiom is left out in silence."""
    with pytest.raises(UsageError, match="support"):
        read([PREFIXES + axiom])


def product(*parts: str) -> list[Triple]:
    """A trial of one product with the given parts, in the words of the ontology."""
    trial, intervention, node = (f"{KG}trial/X{rest}" for rest in ("", "/intervention/1", "/product/1"))
    found = [
        (trial, RDF_TYPE, f"{CKG}InterventionalTrial"),
        (trial, f"{CKG}hasIntervention", intervention),
        (intervention, RDF_TYPE, f"{CKG}Intervention"),
        (intervention, f"{CKG}administers", node),
        (node, RDF_TYPE, f"{CKG}CellProduct"),
    ]
    for part in parts:
        name, value = part.split()
        found.append((node, CKG + name, KG + value if "/" in value else CKG + value))
    return found


def types(triples: list[Triple], end: str) -> set[str]:
    """Local names of the inferred types of the node whose IRI ends so."""
    found = Reasoner.default().infer(triples)
    return {o.removeprefix(CKG) for s, p, o in found if p == RDF_TYPE and s.endswith(end)}


def test_haploidentical_nk_product_is_allogeneic_and_no_donor_lymphocyte_product() -> None:
    """The case of the founding record."""
    found = types(product("hasCellType NaturalKillerCell", "hasDonor Haploidentical"), "/product/1")
    assert {"NKCellProduct", "AllogeneicProduct", "HaploidenticalNKCellProduct"} <= found
    assert not {"DonorLymphocyteProduct", "TCellProduct", "EngineeredCellProduct"} & found


def test_trial_and_intervention_get_their_names() -> None:
    """From the parts of the product to the kind of trial."""
    triples = product("hasCellType NaturalKillerCell", "hasDonor Haploidentical")
    assert {"NKCellInfusion", "HaploidenticalNKCellInfusion", "CellTherapy"} <= types(triples, "/intervention/1")
    assert {"CellTherapyTrial", "AllogeneicCellTherapyTrial", "Trial"} <= types(triples, "X")


def test_lenalidomide_is_no_cell_therapy() -> None:
    """An agent makes its own class."""
    node = f"{KG}trial/X/intervention/1"
    triples = [(node, RDF_TYPE, f"{CKG}Intervention"), (node, f"{CKG}administers", f"{KG}substance/lenalidomide")]
    assert types(triples, "/intervention/1") == {"LenalidomideTherapy"}


@pytest.mark.parametrize(
    ("parts", "forbidden"),
    [
        (
            ("hasCellType TCell", "hasModification ChimericAntigenReceptor", "targets antigen/CD19"),
            "TumorSpecificTCell",
        ),
        (("hasCellType TCell", "targets antigen/EBV"), "VirusSpecificTCell"),
        (("hasCellType NaturalKillerCell", "hasSourceTissue UmbilicalCordBlood"), "CordBlood"),
        (("hasCellType NaturalKillerCell", "hasSourceTissue PluripotentStemCellLine"), "PluripotentDerived"),
        (("hasCellType Lymphocyte", "hasDonor Allogeneic"), "DonorLymphocyte"),
        (("hasCellType TCell", "hasManipulation Cd8Depleted"), "EngineeredCell"),
    ],
)
def test_part_that_relatives_share_does_not_make_the_class(parts: tuple[str, ...], forbidden: str) -> None:
    """Target, tissue or donor alone make nothing a graft, a vaccine or a specific cell."""
    assert f"{forbidden}Product" not in types(product(*parts), "/product/1")


@pytest.mark.parametrize(
    ("parts", "leaf"),
    [
        (("hasCellType NaturalKillerCell", "hasModification ChimericAntigenReceptor"), "CARNKCell"),
        (("hasProductKind CordBloodGraft",), "CordBlood"),
        (("hasProductKind StemCellGraft",), "HematopoieticStemCell"),
        (("hasProductKind StemCellGraft", "hasModification GeneTransferred"), "GeneModifiedHematopoieticStemCell"),
        (("hasProductKind CytokineInduced",), "CytokineInducedKillerCell"),
        (("hasProductKind DonorLymphocytes",), "DonorLymphocyte"),
        (("hasProductKind TumorInfiltrate",), "TumorInfiltratingLymphocyte"),
        (("hasCellType TCell", "hasProductKind VirusSpecificLymphocytes"), "VirusSpecificTCell"),
        (("hasCellType TCell", "hasProductKind AntigenSelected", "targets antigen/EBV"), "VirusSpecificTCell"),
        (("hasCellType GammaDeltaTCell",), "GammaDeltaTCell"),
        (("hasCellType NaturalKillerTCell",), "NKTCell"),
        (("hasCellType CytotoxicTCell",), "TCell"),
        ((), "Cell"),
    ],
)
def test_most_specific_class_is_the_one_an_expert_names(parts: tuple[str, ...], leaf: str) -> None:
    """Read as outside users do: of the product's classes, those with no narrower one among them."""
    triples = product(*parts)
    found = {f"{CKG}{name}" for name in types(triples, "/product/1") if name.endswith("Product")} | {
        f"{CKG}CellProduct"
    }
    above = {pair for pair in read_hierarchy() if set(pair) <= found}
    combinations = ("Allogeneic", "Autologous", "Haploidentical", "Engineered")
    leaves = {
        name.removeprefix(CKG).removesuffix("Product")
        for name in found
        if not any(broad == name for _, broad in above) and not name.removeprefix(CKG).startswith(combinations)
    }
    assert leaves == {leaf}


def read_hierarchy() -> set[tuple[str, str]]:
    """Every pair of a class and one above it, in the hierarchy that the release ships."""
    from kg.ontology import modules

    pairs = {pair for pair in read(modules.texts()).subclasses if isinstance(pair[0], str) and isinstance(pair[1], str)}
    closed: set[tuple[str, str]] = {(str(a), str(b)) for a, b in pairs if a != b}
    while True:
        new = {(a, d) for a, b in closed for c, d in closed if b == c and a.endswith("Product")} - closed
        if not new:
            return closed
        closed |= new


def test_result_is_sorted_new_and_independent_of_order() -> None:
    """Same statements in any order, same result; nothing that was stated comes back."""
    triples = product(
        "hasCellType NaturalKillerCell", "hasDonor Haploidentical", "hasModification ChimericAntigenReceptor"
    )
    expected = Reasoner.default().infer(triples)
    assert expected == sorted(set(expected))
    assert not set(expected) & set(triples)
    for seed in range(10):
        shuffled = random.Random(seed).sample(triples, len(triples))
        assert Reasoner.default().infer(iter(shuffled)) == expected


PARTS = [
    f"{prop} {value}"
    for prop, values in {
        "hasCellType": ("NaturalKillerCell", "TCell", "RegulatoryTCell", "HematopoieticStemCell"),
        "hasDonor": ("Haploidentical", "MatchedRelated", "Autologous"),
        "hasModification": ("ChimericAntigenReceptor", "SuicideGene"),
        "hasProductKind": ("DonorLymphocytes", "CordBloodGraft", "VirusSpecificLymphocytes"),
    }.items()
    for value in values
]


@settings(max_examples=60)
@given(st.sets(st.sampled_from(PARTS)), st.sets(st.sampled_from(PARTS)))
def test_inference_is_monotone_and_closed(one: set[str], other: set[str]) -> None:
    """More parts never make less follow, and inferring again adds nothing."""
    reasoner = Reasoner.default()
    few, many = product(*sorted(one)), product(*sorted(one | other))
    small, large = set(few) | set(reasoner.infer(few)), set(many) | set(reasoner.infer(many))
    assert small <= large
    assert reasoner.infer(sorted(large)) == []


def test_statements_without_bearing_change_nothing() -> None:
    """Only `predicates` and `classes` matter, so that a caller may leave the rest out."""
    reasoner = Reasoner.default()
    triples = product("hasCellType NaturalKillerCell")
    noise = [(f"{KG}trial/X", f"{CKG}hasPhase", f"{CKG}Phase1"), (f"{KG}trial/X/site/1", RDF_TYPE, f"{CKG}Site")]
    assert f"{CKG}hasPhase" not in reasoner.predicates
    assert f"{CKG}Site" not in reasoner.classes
    for order in itertools.permutations([triples, noise]):
        assert reasoner.infer([t for part in order for t in part]) == reasoner.infer(triples)


def test_justification_is_what_the_conclusion_rests_on() -> None:
    """An NK cell infusion rests on what it gives and on the cell type; the donor can be spared."""
    triples = product("hasCellType NaturalKillerCell", "hasDonor Haploidentical", "hasSourceTissue PeripheralBlood")
    intervention, node = f"{KG}trial/X/intervention/1", f"{KG}trial/X/product/1"
    assert Reasoner.default().justify(triples, (intervention, RDF_TYPE, f"{CKG}NKCellInfusion")) == sorted(
        [
            (intervention, RDF_TYPE, f"{CKG}Intervention"),
            (intervention, f"{CKG}administers", node),
            (node, RDF_TYPE, f"{CKG}CellProduct"),
            (node, f"{CKG}hasCellType", f"{CKG}NaturalKillerCell"),
        ]
    )


@settings(max_examples=30)
@given(st.sets(st.sampled_from(PARTS), min_size=1), st.integers(0, 1000))
def test_justification_entails_and_has_nothing_to_spare(parts: set[str], choice: int) -> None:
    """From the justification the statement follows, from any part of it it does not."""
    reasoner = Reasoner.default()
    triples = product(*sorted(parts))
    inferred = reasoner.infer(triples)
    statement = inferred[choice % len(inferred)]
    reasons = reasoner.justify(triples, statement)
    assert statement in reasoner.infer(reasons)
    for reason in reasons:
        assert statement not in reasoner.infer([other for other in reasons if other != reason])


def test_what_does_not_follow_has_no_justification() -> None:
    """Nothing is said of a statement that the document does not entail."""
    triples = product("hasCellType TCell")
    nothing = (f"{KG}trial/X/product/1", RDF_TYPE, f"{CKG}NKCellProduct")
    assert Reasoner.default().justify(triples, nothing) == []


def test_stated_superclass_is_not_inferred_again() -> None:
    """What the document says itself is not among the results, also for classes from which nothing follows."""
    assert infer(":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .", "x a A", "x a C") == {"x a B"}
    assert infer(":p rdfs:subPropertyOf :q .", "x p y", "x q y") == set()
