"""The fixture graph on both engines, and answers as rows of text."""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from kg import results

FIXTURE = Path(__file__).parent / "fixtures" / "trials.trig"
Rows = list[list[str]]


@pytest.fixture(scope="session")
def store() -> ox.Store:
    """The fixture in Oxigraph."""
    store = ox.Store()
    store.load(path=str(FIXTURE))
    return store


@pytest.fixture(scope="session")
def dataset() -> rdflib.Dataset:
    """The fixture in rdflib."""
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(FIXTURE, format="trig")
    return dataset


@pytest.fixture(scope="session")
def rows_of(store: ox.Store, dataset: rdflib.Dataset) -> Callable[[str, str], Rows]:
    """Ask an engine; the rows of a SELECT (or the sorted triples of a CONSTRUCT), cells as people read them."""

    def ask(engine: str, text: str) -> Rows:
        if engine == "oxigraph":
            return _rows(results.evaluate(store, text))
        # rdflib makes one empty group out of no solutions, where SPARQL has no group at all.
        return [row for row in _rows(_of_rdflib(dataset, text)) if set(row) - {"", "0"}]

    return ask


def _of_rdflib(dataset: rdflib.Dataset, text: str) -> results.Answer:
    answer = dataset.query(text)
    if answer.graph is not None:
        lines = answer.graph.serialize(format="nt").encode()
        return results.triples(quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    document = answer.serialize(format="json")
    assert document is not None
    return results.parsed(document)


def _rows(answer: results.Answer) -> Rows:
    table = answer.table() if isinstance(answer, results.Triples) else answer
    assert isinstance(table, results.Table)
    return [[results.shown(term) for term in row] for row in table.rows]
