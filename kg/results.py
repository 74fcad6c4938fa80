"""What a query answers, the same for the embedded store and a remote endpoint.

Terms are those of pyoxigraph inside; a caller gets a pandas DataFrame, an rdflib Graph, a
truth value, or one of the W3C result formats. pandas and rdflib are imported when asked for.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import pyoxigraph as ox

from kg.errors import UsageError
from kg.namespaces import PREFIXES, XSD, curie

if TYPE_CHECKING:
    import pandas
    import rdflib

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = tuple[Term | None, ...]

_INTEGERS: Final = frozenset(
    XSD + name
    for name in ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt")
)
_NUMBERS: Final = frozenset(XSD + name for name in ("decimal", "double", "float"))


@dataclass(frozen=True)
class Table:
    """The answer of a SELECT: columns, and rows of terms with None where unbound."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def frame(self) -> "pandas.DataFrame":
        """Return a DataFrame: numbers and booleans as such, dates, IRIs and text as strings."""
        import pandas

        cells = [[value(term) for term in row] for row in self.rows]
        return pandas.DataFrame(cells, columns=list(self.columns)).convert_dtypes()

    def narrowed(self, columns: Sequence[str]) -> "Table":
        """Return the table with some of its columns, each row once; raises UsageError for a column that it lacks."""
        for column in columns:
            if column not in self.columns:
                raise UsageError(f"The answer has no column {column!r}; it has {', '.join(self.columns)}.")
        places = [self.columns.index(column) for column in columns]
        rows = dict.fromkeys(tuple(row[place] for place in places) for row in self.rows)
        return Table(tuple(columns), tuple(rows))

    def serialised(self, form: ox.QueryResultsFormat) -> bytes:
        """Return the table in a W3C result format."""
        # pyoxigraph serialises what its own parser has read.
        solutions = ox.parse_query_results(self._json(), format=ox.QueryResultsFormat.JSON)
        assert isinstance(solutions, ox.QuerySolutions)
        return solutions.serialize(format=form) or b""

    def _json(self) -> bytes:
        bindings = [
            {column: _json_term(term) for column, term in zip(self.columns, row, strict=True) if term is not None}
            for row in self.rows
        ]
        document = {"head": {"vars": self.columns}, "results": {"bindings": bindings}}
        return json.dumps(document, ensure_ascii=False).encode("utf-8")


@dataclass(frozen=True)
class Triples:
    """The answer of a CONSTRUCT or DESCRIBE."""

    triples: tuple[ox.Triple, ...]

    def graph(self) -> "rdflib.Graph":
        """Return an rdflib Graph with the project's prefixes."""
        import rdflib

        graph = rdflib.Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            graph.bind(prefix, namespace)
        lines = ox.serialize(self.triples, format=ox.RdfFormat.N_TRIPLES)
        graph.parse(data=lines or b"", format="nt")
        return graph

    def narrowed(self, columns: Sequence[str]) -> Table:
        """Return the triples as a table with some of its columns."""
        return self.table().narrowed(columns)

    def turtle(self) -> bytes:
        """Return Turtle; equal graphs give equal bytes."""
        return self.graph().serialize(format="turtle", encoding="utf-8")

    def table(self) -> Table:
        """Return the triples as a table of subject, predicate and object."""
        rows: list[Row] = [(triple.subject, triple.predicate, triple.object) for triple in self.triples]
        return Table(("subject", "predicate", "object"), tuple(rows))


@dataclass(frozen=True)
class Truth:
    """The answer of an ASK."""

    value: bool

    def narrowed(self, columns: Sequence[str]) -> Table:
        """Raise UsageError: a truth value has no columns."""
        raise UsageError(f"An ASK query answers yes or no; it has no column {columns[0]!r}.")


Answer: TypeAlias = Table | Triples | Truth


def evaluate(store: ox.Store, text: str) -> Answer:
    """Return the answer of a query on the union of a store's graphs; raises UsageError for a text that is no query."""
    try:
        return collect(store.query(text, use_default_graph_as_union=True))
    except SyntaxError as error:
        raise not_sparql(str(error)) from error


def not_sparql(complaint: str) -> UsageError:
    """Return the error for a text that the engine does not understand."""
    return UsageError(f"The query is no SPARQL that this engine understands: {complaint}")


def collect(found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Answer:
    """Return what an engine answers as an Answer, all rows read."""
    if isinstance(found, ox.QueryBoolean):
        return Truth(bool(found))
    if isinstance(found, ox.QueryTriples):
        return triples(found)
    columns = tuple(variable.value for variable in found.variables)
    rows = tuple(tuple(solution[column] for column in columns) for solution in found)
    return Table(columns, rows)


def parsed(document: bytes) -> Answer:
    """Return the Answer in a SPARQL JSON results document; raises SyntaxError when it is none."""
    return collect(ox.parse_query_results(document, format=ox.QueryResultsFormat.JSON))


def triples(found: Iterable[ox.Triple]) -> Triples:
    """Return triples in a stable order, each once."""
    return Triples(tuple(sorted(set(found), key=str)))


def frame_or_graph(answer: Answer) -> "pandas.DataFrame | rdflib.Graph | bool":
    """Return what the Python API hands out: a DataFrame, a Graph or a truth value."""
    if isinstance(answer, Table):
        return answer.frame()
    return answer.graph() if isinstance(answer, Triples) else answer.value


def value(term: Term | None) -> Cell:
    """Return a term as a Python value; a number that its datatype does not allow stays text."""
    if not isinstance(term, ox.Literal):
        return None if term is None else shown_in_full(term)
    datatype = term.datatype.value
    try:
        if datatype in _INTEGERS:
            return int(term.value)
        if datatype in _NUMBERS:
            return float(term.value)
    except ValueError:
        return term.value
    if datatype == XSD + "boolean" and term.value in ("true", "false", "1", "0"):
        return term.value in ("true", "1")
    return term.value


def shown_in_full(term: Term) -> str:
    """Return the IRI, the words of a literal, or N-Triples of anything else."""
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)


def shown(term: Term | None) -> str:
    """Return a term as people read it: prefixed names, the bare words of literals, nothing for None."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return curie(term.value)
    return shown_in_full(term)


def _json_term(term: Term) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if not isinstance(term, ox.Literal):
        raise UsageError("The answer holds a quoted triple, which the result formats here do not carry.")
    literal = {"type": "literal", "value": term.value}
    if term.language:
        return {**literal, "xml:lang": term.language}
    return literal if term.datatype.value == XSD + "string" else {**literal, "datatype": term.datatype.value}
