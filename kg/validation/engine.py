"""From a graph to findings, through pySHACL.

A document is validated apart from every other: its graph, its inferred graph and the
vocabulary of the ontology. So validation streams over a release with flat memory, in
batches that spread pySHACL's set-up over many documents.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import pyshacl
from rdflib import RDF, SH, Graph, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

from kg.errors import UsageError
from kg.validation.rules import Rule, Severity, rules_of

BATCH = 20
"""Documents in one call of pySHACL: set-up is spread over few, since its work grows faster than its graph."""
LINKS_GRAPH = "graph/identity"
"""End of the graph of links between documents: judged like a document, and none."""


@dataclass(frozen=True)
class Finding:
    """A rule that a node of the graph breaks."""

    rule: str
    severity: Severity
    focus: str
    """IRI of the focus node."""
    path: str | None
    value: str | None
    """The value node's lexical form or IRI, where the rule concerns one value."""
    message: str
    document: str | None = None
    """IRI of the document's named graph, where known."""

    @property
    def sort_key(self) -> tuple[str, str, str, str, str]:
        """Gravest rules are sorted by the report; inside a rule by node and value."""
        return self.rule, self.focus, self.path or "", self.value or "", self.message


@dataclass(frozen=True)
class DocumentGraph:
    """The statements of one document, asserted and inferred."""

    graph: str
    triples: tuple[tuple[Node, Node, Node], ...]


class PreparedGraph(Graph):
    """A graph that parses a SPARQL text once, however often it is asked with other bindings.

    pySHACL asks each SPARQL constraint anew for every focus node, with `$this` pre-bound;
    parsing was nine tenths of that time.
    """

    def query(self, query_object: str | Query, *args: Any, **kwargs: Any) -> Result:
        """Return what `Graph.query` returns."""
        prepared = _prepared(query_object) if isinstance(query_object, str) else query_object
        return super().query(prepared, *args, **kwargs)


@lru_cache(maxsize=1024)
def _prepared(text: str) -> Query:
    return prepareQuery(text)


def findings(
    data: Graph, shapes: Graph, rules: dict[str, Rule], owner: Callable[[str], str | None] | None = None
) -> list[Finding]:
    """Return what pySHACL finds in one graph, sorted.

    `owner` names the document of a focus node. Raises UsageError for shapes that pySHACL
    cannot apply.
    """
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False, inplace=True)
    if not isinstance(report, Graph):
        raise UsageError(f"pySHACL cannot apply these shapes: {report}. Correct the shapes and try again.")
    found = []
    for result in report.subjects(RDF.type, SH.ValidationResult):
        shape = str(report.value(result, SH.sourceShape))
        rule = rules.get(shape)
        if rule is None:
            continue
        focus = report.value(result, SH.focusNode)
        value = report.value(result, SH.value)
        path = report.value(result, SH.resultPath)
        message = report.value(result, SH.resultMessage)
        found.append(
            Finding(
                rule=rule.id,
                severity=rule.severity,
                focus=str(focus),
                path=str(path) if path is not None else rule.path,
                value=None if value is None or value == focus else str(value),
                message=str(message) if isinstance(message, Literal) else rule.message,
                document=owner(str(focus)) if owner else None,
            )
        )
    return sorted(found, key=lambda finding: finding.sort_key)


def batched(documents: Iterable[DocumentGraph], size: int) -> Iterator[list[DocumentGraph]]:
    """Yield lists of at most `size` documents, in order."""
    iterator = iter(documents)
    while batch := list(islice(iterator, size)):
        yield batch


def document_findings(
    documents: Iterable[DocumentGraph],
    shapes: Graph,
    vocabulary: Iterable[tuple[Node, Node, Node]],
    progress: Callable[[int], None] | None = None,
    size: int = BATCH,
) -> Iterator[Finding]:
    """Yield the findings of a stream of documents, batch by batch.

    `vocabulary` are the ontology's statements that value-set rules need; `progress` is told
    how many documents are done.
    """
    rules = rules_of(shapes)
    known = list(vocabulary)
    done = 0
    for batch in batched(documents, size):
        data = PreparedGraph()
        owners: dict[str, str] = {}
        for statement in known:
            data.add(statement)
        for document in batch:
            for subject, predicate, value in document.triples:
                data.add((subject, predicate, value))
                if isinstance(subject, URIRef) and owners.get(str(subject), LINKS_GRAPH).endswith(LINKS_GRAPH):
                    owners[str(subject)] = document.graph
        yield from findings(data, shapes, rules, owners.get)
        done += len(batch)
        if progress:
            progress(done)
