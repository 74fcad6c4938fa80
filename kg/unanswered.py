"""Why an answer is empty, where that can be told: a term or a trial that nobody knows, an endpoint set up otherwise.

An empty answer is right most of the time; what stands here is asked only then.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from kg import results
from kg.errors import CellkgError, UsageError

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.query import Question, Value

_TERMS: Final = frozenset(("term", "condition", "substance", "antigen", "iri"))
_TRIAL: Final = "trial"
_IDENTIFIER: Final = "<http://purl.org/dc/terms/identifier>"


class EmptyAnswerWarning(UserWarning):
    """An answer without rows has a reason that the asker may not have in mind."""


class UnknownTrialWarning(EmptyAnswerWarning):
    """The graph holds no document with the registry number asked for."""


def is_empty(answer: results.Answer) -> bool:
    """Whether a table has no rows or a graph no triples; a truth value is never empty."""
    if isinstance(answer, results.Truth):
        return False
    return not (answer.rows if isinstance(answer, results.Table) else answer.triples)


def reasons(
    graph: "Graph", question: "Question", values: "Mapping[str, Value | Sequence[Value]]"
) -> Iterator[EmptyAnswerWarning]:
    """Yield why the graph answers a question of the catalogue with nothing.

    Raises UsageError for a value that is a term neither of the ontology nor of the graph. A graph that does not
    answer these questions of ours is taken to know everything.
    """
    if not question.trusted:
        return
    for parameter in question.parameters:
        several = values.get(parameter.name, ())
        for value in several if isinstance(several, (list, tuple)) else (several,):
            term = parameter.term(value)
            if parameter.type in _TERMS and isinstance(term, ox.NamedNode):
                if term.value not in _ontology() and not _holds(graph, f"{{ {term} ?p ?o }} UNION {{ ?s ?p {term} }}"):
                    raise UsageError(
                        f"{results.shown(term)} is a term neither of the ontology nor of this graph. The parameter "
                        f"{parameter.name} of {question.name}: {parameter.description} docs/terms.md lists terms."
                    )
            elif parameter.name == _TRIAL and not _holds(graph, f"?trial {_IDENTIFIER} {term}"):
                yield UnknownTrialWarning(f"The graph knows no trial {term.value!r}.")


@contextmanager
def unknown_trial_told_otherwise() -> Iterator[None]:
    """Leave out the warning of an unknown trial where the caller raises an error for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownTrialWarning)
        yield


def hides_named_graphs(graph: "Graph") -> bool:
    """Whether the default graph that an endpoint asks is empty while it holds named graphs."""
    return not _holds(graph, "?s ?p ?o") and _holds(graph, "GRAPH ?g { ?s ?p ?o }", otherwise=False)


def _holds(graph: "Graph", pattern: str, *, otherwise: bool = True) -> bool:
    with suppress(CellkgError):
        answer = graph.ask(f"ASK {{ {pattern} }}")
        if isinstance(answer, results.Truth):
            return answer.value
    return otherwise


@cache
def _ontology() -> frozenset[str]:
    """Return the IRIs that the ontology which comes with cellkg says something about."""
    from kg.ontology.modules import texts

    subjects = (quad.subject for text in texts() for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))
    return frozenset(subject.value for subject in subjects if isinstance(subject, ox.NamedNode))
