"""Why the graph says what it says: each statement with its document, its field, its words.

A coded statement is explained by the field that the mapping takes it from, a statement read
out of text by the quotation and the rule, an inferred one by the ontology.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby
from typing import TypeAlias

import pyoxigraph as ox

from kg import query, results, sparql, unanswered
from kg.errors import UsageError
from kg.graph import Graph
from kg.namespaces import PREFIXES, RDF_TYPE
from kg.origins import fields_of
from kg.reasoning import Reasoner

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+\Z")
_INFERRED = "/inferred"
_RESULTS = re.compile(r"/trial/[^/]+/(?:reported|event|flow|baseline)/(?!text-)")
_ABOUT_NODE = """
PREFIX ckg: <https://w3id.org/cellkg/ontology/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX prov: <http://www.w3.org/ns/prov#>
SELECT DISTINCT ?document ?subject ?property ?value ?field ?words ?rule ?record WHERE {
  VALUES ?_node { UNDEF }
  BIND(?_node AS ?subject)
  GRAPH ?document { ?subject ?property ?value }
  OPTIONAL {
    ?document prov:wasDerivedFrom? ?home .
    ?home foaf:primaryTopic ?record .
  }
  OPTIONAL {
    ?evidence ckg:aboutSubject ?subject ; ckg:aboutProperty ?property ; ckg:quote ?words .
    FILTER NOT EXISTS { ?evidence ckg:aboutValue ?other FILTER(?other != ?value) }
    OPTIONAL { ?evidence ckg:field ?field }
    OPTIONAL { ?evidence ckg:rule ?rule }
  }
}
ORDER BY ?document ?subject ?property ?value ?field ?words
"""
_FACTS = """
SELECT DISTINCT ?s ?p ?o WHERE {
  VALUES ?_document { UNDEF }
  GRAPH ?_document { ?s ?p ?o }
  FILTER(isIRI(?o))
}
"""
_FORMATS = """
PREFIX ckg: <https://w3id.org/cellkg/ontology/>
SELECT DISTINCT ?document ?format WHERE {
  VALUES ?_document { UNDEF }
  ?_document ckg:sourceFormat ?format .
  BIND(?_document AS ?document)
}
ORDER BY ?document ?format
"""
_OF_THE_MODEL = "ctgov-v2"
"""The format whose fields are those of the record's data model."""
Triple: TypeAlias = tuple[str, str, str]


class Reason(StrEnum):
    """Why a statement is in the graph."""

    FIELD = "field"
    TEXT = "text"
    INFERRED = "inferred"
    GIVEN = "given"
    """Neither: the record's own description, a label of the vocabulary, a node that linking made."""


@dataclass(frozen=True)
class Words:
    """A quotation on which a statement rests."""

    quote: str
    field: str
    rule: str


@dataclass(frozen=True)
class Statement:
    """A statement, the document that makes it and why."""

    document: str
    subject: str
    property: str
    value: results.Term
    reason: Reason
    fields: tuple[str, ...] = ()
    words: tuple[Words, ...] = ()
    follows_from: tuple[Triple, ...] = ()
    """The document's own statements that an inferred one rests on."""


@dataclass(frozen=True)
class Explanation:
    """What was asked about and every statement, document by document."""

    target: str
    statements: tuple[Statement, ...]
    formats: Mapping[str, str] = field(default_factory=dict)
    """The format of each document whose graph tells it, such as `pubmed-xml`."""

    def without_results(self) -> "Explanation":
        """Return the explanation without the parts of the results section, of which there can be thousands."""
        kept = (one for one in self.statements if not (_RESULTS.search(one.subject) or _RESULTS.search(str(one.value))))
        return replace(self, statements=tuple(kept))

    def lines(self) -> Iterator[str]:
        """Yield the explanation as text, node by node."""
        document = subject = None
        for (where, node), group in groupby(self.statements, key=lambda one: (one.document, one.subject)):
            if where != document:
                yield from ([] if document is None else [""])
                yield f"According to {_short(where)}"
                yield from _paths_explained(self.formats.get(where))
                document = where
            if node != subject:
                yield ""
                yield _short(node)
                subject = node
            yield from _described(list(group))


def explain(graph: Graph, target: str) -> Explanation:
    """Return every statement about a trial and its parts (by registry number), or about one node (by IRI).

    Raises UsageError when the graph knows neither.
    """
    node = _node(target)
    if node is None:
        question = query.find("what-is-known-about-trial")
        with unanswered.unknown_trial_told_otherwise():
            answer = graph.put(question, {"trial": target.strip().upper()})
    else:
        answer = graph.ask(sparql.bind(_ABOUT_NODE, {"_node": [str(node)]}))
    assert isinstance(answer, results.Table)
    if not answer.rows:
        what = "trial with the registry number" if node is None else "statement about"
        raise UsageError(f"The graph has no {what} {target!r}.")
    statements = sorted(_statements(answer), key=_place)
    return Explanation(target, tuple(_justified(graph, statements)), _formats(graph, statements))


def _formats(graph: Graph, statements: Sequence[Statement]) -> dict[str, str]:
    documents = [str(ox.NamedNode(document)) for document in dict.fromkeys(one.document for one in statements)]
    answer = graph.ask(sparql.bind(_FORMATS, {"_document": documents}))
    assert isinstance(answer, results.Table)
    return {_text(document): _text(form) for document, form in answer.rows}


def _paths_explained(form: str | None) -> Iterator[str]:
    if form is not None and form != _OF_THE_MODEL:
        yield f"(read as {form}; paths are those of the record's data model, not of the document itself)"


def _justified(graph: Graph, statements: Sequence[Statement]) -> Iterator[Statement]:
    """Yield the statements, inferred ones with what they follow from."""
    reasoner = Reasoner.default()
    documents = {one.document for one in statements if one.reason is Reason.INFERRED}
    facts = {document: _facts(graph, document, reasoner) for document in sorted(documents)}
    for one in statements:
        if one.reason is Reason.INFERRED and isinstance(one.value, ox.NamedNode):
            wanted = (one.subject, one.property, one.value.value)
            yield replace(one, follows_from=tuple(reasoner.justify(facts[one.document], wanted)))
        else:
            yield one


def _facts(graph: Graph, document: str, reasoner: Reasoner) -> list[Triple]:
    """Return the statements of a document that the reasoner reads."""
    answer = graph.ask(sparql.bind(_FACTS, {"_document": [str(ox.NamedNode(document))]}))
    assert isinstance(answer, results.Table)
    triples = [(_text(s), _text(p), _text(o)) for s, p, o in answer.rows]
    return [
        triple
        for triple in triples
        if triple[1] in reasoner.predicates or (triple[1] == RDF_TYPE and triple[2] in reasoner.classes)
    ]


def _place(one: Statement) -> tuple[str, list[str | int], bool]:
    """Return what statements are sorted by: document, node with numbers as numbers, stated before inferred."""
    pieces: list[str | int] = []
    for piece in re.split(r"(\d+)", one.subject):
        pieces.append(int(piece) if piece.isdigit() else piece)
    return one.document, pieces, one.reason is Reason.INFERRED


def _node(target: str) -> ox.NamedNode | None:
    """Return the node that a target names by IRI or prefixed name; None for a registry number."""
    text = target.strip().removeprefix("<").removesuffix(">")
    prefix, colon, local = text.partition(":")
    if colon and not local.startswith("//") and prefix in PREFIXES:
        text = PREFIXES[prefix] + local
    return ox.NamedNode(text) if _IRI.match(text) else None


def _statements(answer: results.Table) -> Iterator[Statement]:
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    for (document, subject, prop, value), group in groupby(
        rows, key=lambda row: (row["document"], row["subject"], row["property"], row["value"])
    ):
        quotations = list(group)
        record = _text(quotations[0]["record"])
        words = tuple(_words(row) for row in quotations if row["words"] is not None)
        fields = () if words else fields_of(_part(subject, record) or "", _text(prop), _part(value, record))
        yield Statement(
            document=_text(document).removesuffix(_INFERRED),
            subject=_text(subject),
            property=_text(prop),
            value=_some(value),
            reason=_reason(_text(document), words, fields),
            fields=fields,
            words=words,
        )


def _reason(document: str, words: Sequence[Words], fields: Sequence[str]) -> Reason:
    if document.endswith(_INFERRED):
        return Reason.INFERRED
    if words:
        return Reason.TEXT
    return Reason.FIELD if fields else Reason.GIVEN


def _words(row: dict[str, results.Term | None]) -> Words:
    return Words(_text(row["words"]), _text(row["field"]), _text(row["rule"]))


def _part(term: results.Term | None, record: str) -> str | None:
    """Return where a node hangs below its trial, empty for the trial itself; None for anything else."""
    if not isinstance(term, ox.NamedNode) or not record:
        return None
    if term.value == record:
        return ""
    return term.value.removeprefix(f"{record}/") if term.value.startswith(f"{record}/") else None


def _some(term: results.Term | None) -> results.Term:
    assert term is not None
    return term


def _text(term: results.Term | None) -> str:
    return "" if term is None else results.shown_in_full(term)


def _described(statements: Sequence[Statement]) -> Iterator[str]:
    """Yield the statements about one node, each with its reason; stated ones come first."""
    for one in statements:
        yield f"  {_short(one.property)}  {_flat(results.shown(one.value))}"
        yield from (f"      {line}" for line in _because(one))


def _because(statement: Statement) -> Iterator[str]:
    if statement.reason is Reason.INFERRED:
        yield f"inferred{' from ' if statement.follows_from else ''}" + "; ".join(
            _premise(statement.subject, premise) for premise in statement.follows_from
        )
    elif statement.reason is Reason.FIELD:
        yield f"from {' or '.join(statement.fields)}"
    elif statement.reason is Reason.GIVEN and _is_part(statement.value, statement.subject):
        yield "read out of text; the words stand with that node"
    for words in statement.words:
        yield f'"{_flat(words.quote)}"'
        yield f"  in {words.field}, by the rule {words.rule}"


def _is_part(value: results.Term, subject: str) -> bool:
    """Whether a value is a node of the same trial."""
    trial = re.match(r".*/trial/[^/]+/?", subject)
    return (
        isinstance(value, ox.NamedNode)
        and trial is not None
        and value.value.startswith(f"{trial.group().rstrip('/')}/")
    )


def _premise(subject: str, premise: Triple) -> str:
    """Return a premise in words; its subject is left out where it is the statement's own."""
    words = f"{_short(premise[1])} {_short(premise[2])}"
    return words if premise[0] == subject else f"{_short(premise[0])} {words}"


def _short(iri: str) -> str:
    return results.shown(ox.NamedNode(iri))


def _flat(text: str) -> str:
    return " ".join(text.split())
