"""The rules: every shape of `shapes/` with its id, severity, message and reason.

A rule is a named property shape with one constraint, or a named node shape with one
SPARQL constraint. Its id is the last segment of its IRI and its `dcterms:identifier`.
Severity follows RFC 2119: MUST is a violation, SHOULD a warning, MAY an information.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from rdflib import DCTERMS, RDF, RDFS, SH, Graph, URIRef

from kg.errors import UsageError
from kg.files import data_folder

SHAPES_IRI = "https://w3id.org/cellkg/shapes/"


class Severity(StrEnum):
    """How grave a finding is, gravest first."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


_SEVERITIES = {SH.Violation: Severity.VIOLATION, SH.Warning: Severity.WARNING, SH.Info: Severity.INFO}


@dataclass(frozen=True, order=True)
class Rule:
    """A named shape: what it asks of which class, and why."""

    id: str
    severity: Severity
    message: str
    """What is wrong and how to fix it."""
    reason: str
    """Why the rule exists."""
    target: str
    """IRI of the class whose nodes it looks at, or of the property whose subjects."""
    path: str | None
    """IRI of the property it constrains; None for a rule across fields."""
    iri: str


def shapes_graph(folder: Path | None = None) -> Graph:
    """Return all shapes of a folder (the installed `shapes/` by default) as one graph.

    Raises UsageError when the folder holds no Turtle file.
    """
    folder = folder or data_folder("shapes")
    files = sorted(folder.glob("*.ttl"))
    if not files:
        raise UsageError(f"The folder {folder} holds no shapes (*.ttl); name a folder of SHACL files in Turtle.")
    graph = Graph()
    for file in files:
        graph.parse(file, format="turtle")
    return graph


def rules_of(graph: Graph) -> dict[str, Rule]:
    """Return the rules of a shapes graph by the IRI of their shape, in order of id."""
    targets: dict[URIRef, str] = {}
    for node_shape, target in [*graph.subject_objects(SH.targetClass), *graph.subject_objects(SH.targetSubjectsOf)]:
        targets[URIRef(str(node_shape))] = str(target)
        for property_shape in graph.objects(node_shape, SH.property):
            targets.setdefault(URIRef(str(property_shape)), str(target))
    found = []
    for shape, identifier in graph.subject_objects(DCTERMS.identifier):
        iri = URIRef(str(shape))
        path = graph.value(iri, SH.path)
        found.append(
            Rule(
                id=str(identifier),
                severity=_SEVERITIES[URIRef(str(graph.value(iri, SH.severity, default=SH.Violation)))],
                message=str(graph.value(iri, SH.message) or graph.value(graph.value(iri, SH.sparql), SH.message) or ""),
                reason=str(graph.value(iri, RDFS.comment) or ""),
                target=targets.get(iri, ""),
                path=None if path is None else str(path),
                iri=str(iri),
            )
        )
    return {rule.iri: rule for rule in sorted(found)}


@cache
def catalogue() -> dict[str, Rule]:
    """Return the rules of the installed shapes by the IRI of their shape, in order of id."""
    return rules_of(shapes_graph())


def node_shapes(graph: Graph) -> list[URIRef]:
    """Return the node shapes of a graph, sorted."""
    return sorted(URIRef(str(s)) for s in graph.subjects(RDF.type, SH.NodeShape))
