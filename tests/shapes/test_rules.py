"""Every rule has its words and two fixtures, and each of its constraints is needed."""

import re
from pathlib import Path

import pytest
from rdflib import DCTERMS, RDF, SH, Graph, URIRef

from kg.namespaces import CKG
from kg.ontology import load
from kg.validation.engine import PreparedGraph, findings
from kg.validation.rules import Severity, catalogue, rules_of, shapes_graph
from kg.validation.targets import vocabulary

FIXTURES = Path(__file__).parent / "fixtures"
RULES = sorted(catalogue().values())
CONSTRAINTS = {
    SH.datatype,
    SH.minCount,
    SH.maxCount,
    SH.minInclusive,
    SH.maxInclusive,
    SH.pattern,
    SH.sparql,
    SH.lessThan,
} | {SH[name] for name in ("class", "in", "or", "lessThanOrEquals")}


@pytest.fixture(scope="session")
def shapes() -> Graph:
    return shapes_graph()


def judged(kind: str, shapes: Graph) -> dict[str, set[str]]:
    """Validate all fixtures of a kind at once, each under a base of its own; return the rules that each breaks."""
    data = PreparedGraph()
    for statement in vocabulary(load()):
        data.add(statement)
    for rule in RULES:
        data.parse(FIXTURES / f"{rule.id}.{kind}.ttl", format="turtle", publicID=f"https://example.org/{rule.id}/")
    broken: dict[str, set[str]] = {rule.id: set() for rule in RULES}
    for finding in findings(data, shapes, rules_of(shapes)):
        if finding.focus.startswith("https://example.org/"):
            broken[finding.focus.split("/")[3]].add(finding.rule)
    return broken


@pytest.fixture(scope="session")
def passing(shapes) -> dict[str, set[str]]:
    return judged("pass", shapes)


@pytest.fixture(scope="session")
def failing(shapes) -> dict[str, set[str]]:
    return judged("fail", shapes)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_passing_fixture_passes(rule, passing):
    """It holds a node that the rule looks at, and the rule has nothing to say about it."""
    data = Graph().parse(FIXTURES / f"{rule.id}.pass.ttl", format="turtle", publicID="https://example.org/")
    target = URIRef(rule.target)
    assert (None, RDF.type, target) in data or (None, target, None) in data
    assert rule.id not in passing[rule.id]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_failing_fixture_fails(rule, failing):
    """The rule finds what is wrong: so deleting its constraint turns this test red."""
    assert rule.id in failing[rule.id]


def test_no_fixture_without_rule():
    """A fixture of a rule that is gone would go unnoticed."""
    names = {re.sub(r"\.(pass|fail)\.ttl$", "", file.name) for file in FIXTURES.glob("*.ttl")}
    assert names == {rule.id for rule in RULES}


def test_a_shape_that_constrains_has_exactly_one_constraint(shapes):
    """One rule, one constraint: so deleting any constraint turns its failing fixture red."""
    for rule in RULES:
        predicates = [p for p in shapes.predicates(URIRef(rule.iri)) if p in CONSTRAINTS]
        assert len(predicates) == 1, f"{rule.id} has {len(predicates)} constraints"


def test_no_constraint_stands_outside_a_rule(shapes):
    """A constraint without an id could be deleted without a red test."""
    named = {URIRef(rule.iri) for rule in RULES}
    for subject in set(shapes.subjects(RDF.type, SH.PropertyShape)) | {
        s for s in shapes.subjects(RDF.type, SH.NodeShape) if (s, SH.sparql, None) in shapes
    }:
        assert subject in named, f"{subject} has no dcterms:identifier"


def test_rule_id_is_the_last_segment_of_its_shape(shapes):
    """Reports name the shape, people name the rule; they must be one."""
    for rule in RULES:
        assert rule.iri == f"https://w3id.org/cellkg/shapes/{rule.id}"
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_says_what_how_and_why(rule):
    """The message holds a sentence on what is wrong and one on how to fix it; the reason is not the message."""
    assert rule.message.count(". ") >= 1 or rule.message.count("; ") >= 1
    assert rule.message.endswith(".")
    assert len(rule.reason) > 20
    assert rule.reason != rule.message
    assert rule.severity in Severity


def test_every_term_of_the_shapes_is_in_the_ontology(root):
    """A shape on a term that does not exist finds nothing, for ever."""
    declared = {str(subject).removeprefix(CKG) for subject in load().subjects() if str(subject).startswith(CKG)}
    for file in sorted((root / "shapes").glob("*.ttl")):
        used = set(re.findall(r"ckg:([A-Za-z]\w*)", file.read_text(encoding="utf-8")))
        assert used <= declared, f"{file.name}: {sorted(used - declared)}"


def test_every_property_shape_hangs_on_a_node_shape_with_a_target(shapes):
    """A property shape that no node shape names is never applied."""
    for rule in RULES:
        assert rule.target.startswith(CKG), f"{rule.id} has no target"
    assert set(shapes.objects(None, DCTERMS.identifier))
