"""Shapes to findings: `validate` a release, a file or a graph against `shapes/`."""

from collections.abc import Callable, Iterator
from pathlib import Path

from rdflib import Graph

from kg.errors import UnreadableInputError
from kg.validation.engine import DocumentGraph, Finding, document_findings
from kg.validation.report import Report
from kg.validation.rules import Rule, Severity, catalogue, rules_of, shapes_graph
from kg.validation.targets import LINKS_GRAPH, documents, vocabulary

__all__ = ["Finding", "Report", "Rule", "Severity", "catalogue", "rules_of", "shapes_graph", "validate"]


def validate(
    target: Path | Graph,
    *,
    ontology: Graph | None = None,
    shapes: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Return the report on a release folder, an RDF file or an rdflib graph.

    Each document is judged by its own statements, asserted and inferred, with the vocabulary
    of the ontology (the release's own `ontology.ttl`, else the installed one). `shapes` is
    another folder of SHACL files; `progress` is told how many documents are done.

    Raises UnreadableInputError for an input that is no release and no RDF, UsageError for a
    folder without shapes. Source: SHACL (W3C Recommendation 2017), sections 3.4 and 3.6.
    """
    known = vocabulary(ontology if ontology is not None else _ontology_of(target))
    report = Report()

    def counted() -> Iterator[DocumentGraph]:
        for document in documents(target):
            report.documents += not document.graph.endswith(LINKS_GRAPH)
            yield document

    found = document_findings(counted(), shapes_graph(shapes), known, progress)
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    report.findings = sorted(found, key=lambda finding: (ranks[finding.severity], *finding.sort_key))
    return report


def _ontology_of(target: Path | Graph) -> Graph:
    """Return the release's own ontology, else the installed one."""
    graph = Graph()
    if isinstance(target, Path) and (file := target / "ontology.ttl").is_file():
        try:
            return graph.parse(file, format="turtle")
        except Exception as error:
            raise UnreadableInputError(f"{file} cannot be read as Turtle: {error}. Build the release again.") from error
    from kg.ontology import load

    return load()
