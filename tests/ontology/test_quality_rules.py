"""Every quality rule: one smallest ontology that breaks it, and the packaged ontology that does not."""

import pytest
from rdflib import Graph

from kg.errors import UnreadableInputError
from kg.ontology import checks

PREFIXES = """
@prefix ckg: <https://w3id.org/cellkg/ontology/> . @prefix kg: <https://w3id.org/cellkg/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix ex: <http://example.org/> .
"""
BROKEN = {
    "broader-cycle": "ckg:A ckg:broaderCellType ckg:B . ckg:B ckg:broaderCellType ckg:A .",
    "class-name-form": "ckg:cellProduct a owl:Class .",
    "definition-form": 'ckg:A skos:definition "no sentence" .',
    "definition-repeats-label": 'ckg:A rdfs:label "some cell" ; skos:definition "Some cell." .',
    "deprecated-in-use": "ckg:Old owl:deprecated true . ckg:A rdfs:subClassOf ckg:Old .",
    "deprecated-without-replacement": "ckg:Old owl:deprecated true ; dcterms:isReplacedBy ckg:New .",
    "domain-or-range-axiom": "ckg:p rdfs:range ckg:A .",
    "duplicate-definition": 'ckg:A skos:definition "One thing." . ckg:B skos:definition "One thing." .',
    "duplicate-label": 'ckg:A a owl:Class ; rdfs:label "arm" . ckg:B a owl:Class ; rdfs:label "arm" .',
    "duplicate-label-in-value-set": """ckg:A a owl:NamedIndividual , ckg:Sex ; rdfs:label "female" .
        ckg:B a owl:NamedIndividual , ckg:Sex ; rdfs:label "female" .""",
    "duplicate-notation": 'ckg:A a ckg:Sex ; skos:notation "ALL" . ckg:B a ckg:Sex ; skos:notation "ALL" .',
    "equivalent-named-classes": "ckg:A rdfs:subClassOf ckg:B . ckg:B rdfs:subClassOf ckg:A .",
    "incomplete-header": "<https://w3id.org/cellkg/ontology> dcterms:title 'cellkg' .",
    "individual-without-class": "ckg:A a owl:NamedIndividual .",
    "match-to-own-term": "ckg:A skos:closeMatch ckg:B .",
    "missing-definition": "ckg:A a owl:Class .",
    "missing-domain-or-range": "ckg:p a owl:ObjectProperty .",
    "missing-is-defined-by": "ckg:A a owl:Class .",
    "missing-label": "ckg:A a owl:Class .",
    "multiple-labels": 'ckg:A rdfs:label "one" , "two" .',
    "property-name-form": "ckg:HasPart a owl:ObjectProperty .",
    "shared-exact-match": "ckg:A skos:exactMatch ex:X . ckg:B skos:exactMatch ex:X .",
    "subclass-of-itself": "ckg:A rdfs:subClassOf ckg:A .",
    "text-form": 'ckg:A rdfs:label "two  blanks" .',
    "undeclared-class": "ckg:A a owl:Class ; rdfs:subClassOf ckg:Missing .",
    "undeclared-property": "ckg:A ckg:missing ckg:B .",
    "undeclared-restriction-property": "[] owl:onProperty ckg:missing .",
    "undeclared-value": "[] owl:hasValue ckg:Missing .",
}


def findings(turtle: str) -> set[str]:
    """Ids of the rules that a Turtle text breaks."""
    triples = Graph().parse(data=PREFIXES + turtle, format="turtle").serialize(format="nt")
    return {finding.rule for finding in checks.run_rules(checks.store_of(triples))}


@pytest.mark.parametrize("rule", [rule.id for rule in checks.rules()])
def test_rule_finds_the_smallest_ontology_that_breaks_it(rule: str) -> None:
    """Each rule has its example here, and finds it."""
    assert rule in findings(BROKEN[rule])


@pytest.mark.parametrize("rule", checks.rules(), ids=lambda rule: rule.id)
def test_rule_says_what_to_do(rule: checks.Rule) -> None:
    """Problem and solution are sentences, the severity is one of two."""
    assert rule.problem.endswith(".")
    assert rule.solution.endswith(".")
    assert rule.severity in ("error", "warning")


def test_rule_leaves_a_sound_term_alone() -> None:
    """A complete class breaks no rule but those about the whole file."""
    sound = """ckg:A a owl:Class ; rdfs:label "a cell" ; skos:definition "What is meant." ;
        rdfs:isDefinedBy <https://w3id.org/cellkg/ontology> .
        skos:definition a owl:AnnotationProperty ; rdfs:label "definition" ."""
    assert findings(sound) == {"incomplete-header"}


def test_packaged_ontology_has_no_finding() -> None:
    """Rules, profile, expected subsumptions, identifiers and generated files: nothing to say."""
    assert [str(finding) for finding in checks.check()] == []


def test_construct_outside_el_is_found() -> None:
    """A union is legal OWL and outside the profile that every store can run."""
    store = checks.store_of(
        Graph().parse(data=PREFIXES + "[] owl:unionOf () .", format="turtle").serialize(format="nt")
    )
    assert [finding.rule for finding in checks.outside_el(store)] == ["owl-el-profile"]


def test_missing_and_forbidden_subsumptions_are_found() -> None:
    """With an empty hierarchy every expected line fails; with a wrong one the forbidden does."""
    declared = "".join(f"ckg:{n} a owl:Class . " for n in ("NKCellProduct", "CARNKCellProduct", "CARTCellProduct"))
    wrong = declared + "ckg:CARNKCellProduct rdfs:subClassOf ckg:CARTCellProduct ."
    triples = Graph().parse(data=PREFIXES + wrong, format="turtle").serialize(format="nt")
    texts = [str(finding) for finding in checks.expected_subsumptions(checks.store_of(triples))]
    assert any("CARNKCellProduct: should be below NKCellProduct" in text for text in texts)
    assert any("CARNKCellProduct: must not be below CARTCellProduct" in text for text in texts)
    assert any("is in subsumptions.tsv and is no class" in text for text in texts)


def test_rule_without_header_is_refused(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A rule that does not say its problem cannot be added."""
    (tmp_path / "qc").mkdir()
    (tmp_path / "qc" / "x.rq").write_text("SELECT ?term ?value WHERE { ?term ?p ?value }")
    (tmp_path / "qc" / "severity.tsv").write_text("rule\tseverity\nx\terror\n")
    monkeypatch.setattr(checks, "data_folder", lambda name: tmp_path)
    with pytest.raises(UnreadableInputError, match=r"x\.rq"):
        checks.rules()
