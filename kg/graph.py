"""Graphs to ask: `Graph` is what a release on disk and a remote endpoint have in common.

`kg.open` returns a `Release`, `kg.connect` an `Endpoint`.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import bounded, results, sparql, unanswered
from kg.errors import UsageError
from kg.opening import damaged, is_damage, open_graph
from kg.query import Question, Value, resolve

if TYPE_CHECKING:
    import pandas
    import rdflib

    from kg.validation import Report


class Graph(ABC):
    """Something that answers SPARQL."""

    @abstractmethod
    def ask(self, text: str) -> results.Answer:
        """Return the answer of a SPARQL query, as it stands."""

    @abstractmethod
    def validate(self) -> "Report":
        """Return what the shapes find in the graph."""

    def query(
        self, question: str, /, **parameters: Value | Sequence[Value]
    ) -> "pandas.DataFrame | rdflib.Graph | bool":
        """Ask a question of the catalogue by name, or a SPARQL text, with parameters.

        Returns a DataFrame for SELECT, an rdflib Graph for CONSTRUCT and DESCRIBE, a truth
        value for ASK. Raises UsageError for an unknown name or parameter and for a text that
        is no query, PartialResultError when the time is over.
        """
        return results.frame_or_graph(self.answer(question, parameters))

    def answer(self, question: str, parameters: Mapping[str, Value | Sequence[Value]]) -> results.Answer:
        """Return the answer as terms, which keeps what a DataFrame flattens: datatypes, IRIs, languages."""
        return self.put(resolve(question), parameters)

    def put(self, question: Question, parameters: Mapping[str, Value | Sequence[Value]]) -> results.Answer:
        """Return the answer to a question with its parameters bound.

        An empty one comes with an EmptyAnswerWarning where the reason can be told: no such trial, or an endpoint
        whose default graph is empty. Raises UsageError where the question names a term that nobody knows.
        """
        answer = self.ask(question.bound(parameters))
        if unanswered.is_empty(answer):
            for reason in self._reasons(question, parameters):
                warnings.warn(reason, stacklevel=3)
        return answer

    def _reasons(
        self, question: Question, parameters: Mapping[str, Value | Sequence[Value]]
    ) -> Iterator[unanswered.EmptyAnswerWarning]:
        yield from unanswered.reasons(self, question, parameters)

    def trial(self, number: str) -> "rdflib.Graph":
        """Return every statement of every document about a trial, by any of its registry numbers.

        Raises UsageError when the graph knows no such trial.
        """
        with unanswered.unknown_trial_told_otherwise():
            answer = self.answer("statements-about-trial", {"trial": number})
        assert isinstance(answer, results.Triples)
        if not answer.triples:
            raise UsageError(f"The graph knows no trial {number!r}.")
        return answer.graph()


class Release(Graph):
    """A release on disk, or an RDF file; it is only read."""

    def __init__(self, path: str | Path, *, timeout: float | None = None, allow_remote: bool = False) -> None:
        """Take the folder; raises UnreadableInputError when there is no graph in it.

        With `timeout` (seconds) each query runs in a process that is killed when the time is
        over. `allow_remote` lets queries use SERVICE and FROM.
        """
        self.path = Path(path)
        self.timeout = timeout
        self.allow_remote = allow_remote
        if timeout is None:
            self._store  # noqa: B018  (a missing release is said at once)

    @cached_property
    def _store(self) -> ox.Store:
        return open_graph(self.path)

    def put(self, question: Question, parameters: Mapping[str, Value | Sequence[Value]]) -> results.Answer:
        """Return the answer; a user's own text with SERVICE, FROM or an update is refused without `allow_remote`."""
        if not (question.trusted or self.allow_remote):
            sparql.refuse_reaching_out(question.text)
        return super().put(question, parameters)

    def ask(self, text: str) -> results.Answer:
        """Return the answer of a SPARQL query on the union of all named graphs."""
        if self.timeout is not None:
            return bounded.ask(self.path, text, self.timeout)
        try:
            return results.evaluate(self._store, text)
        except RuntimeError as error:
            if not is_damage(error):
                raise
            raise damaged(self.path, error) from error

    def validate(self) -> "Report":
        """Return what the shapes find in the release."""
        from kg.validation import validate

        return validate(self.path)
