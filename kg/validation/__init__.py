"""Shapes to findings: `validate` a release, a file or a graph against `shapes/`."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import active_children, get_context
from pathlib import Path

from rdflib import Graph

from kg.errors import UnreadableInputError
from kg.validation.engine import LINKS_GRAPH, DocumentGraph, Finding, document_findings
from kg.validation.report import Report
from kg.validation.rules import Rule, Severity, catalogue, rules_of, shapes_graph
from kg.validation.targets import documents, release_parts, vocabulary

__all__ = ["Finding", "Report", "Rule", "Severity", "catalogue", "rules_of", "shapes_graph", "validate"]


def validate(
    target: Path | Graph,
    *,
    ontology: Graph | None = None,
    shapes: Path | None = None,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Return the report on a release folder, an RDF file or an rdflib graph.

    Each document is judged by its own statements, asserted and inferred, with the vocabulary
    of the ontology (the release's own `ontology.ttl`, else the installed one). `shapes` is
    another folder of SHACL files; `jobs` processes share the parts of a release; `progress` is
    told how many documents are done.

    Raises UnreadableInputError for an input that is no release and no RDF, UsageError for a
    folder without shapes. Source: SHACL (W3C Recommendation 2017), sections 3.4 and 3.6.
    """
    known = ontology if ontology is not None else _ontology_of(target)
    shapes_graph(shapes)
    if jobs > 1 and isinstance(target, Path) and target.is_dir():
        return Report.joined(_reports(release_parts(target), known, shapes, jobs, progress))
    return _report(documents(target), known, shapes, progress)


def _reports(
    parts: list[Path], ontology: Graph, shapes: Path | None, jobs: int, progress: Callable[[int], None] | None
) -> Iterator[Report]:
    """Yield the report on each part, in their order, from processes of their own."""
    done = 0
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            for report in pool.map(partial(_part_report, ontology=ontology, shapes=shapes), parts):
                done += report.documents
                if progress:
                    progress(done)
                yield report
        except BaseException:
            for worker in active_children():
                worker.kill()
            raise


def _part_report(part: Path, ontology: Graph, shapes: Path | None) -> Report:
    return _report(documents(part), ontology, shapes, None)


def _report(
    found: Iterable[DocumentGraph], ontology: Graph, shapes: Path | None, progress: Callable[[int], None] | None
) -> Report:
    """Return the report on a stream of documents."""
    report = Report()

    def counted() -> Iterator[DocumentGraph]:
        for document in found:
            report.documents += not document.graph.endswith(LINKS_GRAPH)
            yield document

    report.add(document_findings(counted(), shapes_graph(shapes), vocabulary(ontology), progress))
    return report


def _ontology_of(target: Path | Graph) -> Graph:
    """Return the release's own ontology, else the installed one."""
    graph = Graph()
    if isinstance(target, Path) and (file := target / "ontology.ttl").is_file():
        try:
            return graph.parse(file, format="turtle")
        except Exception as error:
            raise UnreadableInputError(f"{file} cannot be read as Turtle: {error}. Build the release again.") from error
    return _installed_ontology()


@cache
def _installed_ontology() -> Graph:
    from kg.ontology import load

    return load()
