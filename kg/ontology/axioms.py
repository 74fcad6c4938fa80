"""The logical axioms of the ontology, read from its RDF into a form that a reasoner can compile.

Class expressions are `str` (a named class), `Some`, `Value` or `And`; everything else of OWL
is refused, so that no axiom is ever left out in silence. References: OWL 2 Mapping to RDF
Graphs, section 3; OWL 2 Profiles, section 2 (EL).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from kg.errors import UsageError
from kg.namespaces import OWL, RDF, RDF_TYPE, RDFS


@dataclass(frozen=True)
class Some:
    """`property some expression`."""

    property: str
    filler: "Expression"


@dataclass(frozen=True)
class Value:
    """`property value individual`."""

    property: str
    individual: str


@dataclass(frozen=True)
class And:
    """An intersection."""

    parts: "tuple[Expression, ...]"


Expression = str | Some | Value | And


@dataclass
class Axioms:
    """What the ontology says, sorted."""

    classes: set[str] = field(default_factory=set)
    object_properties: set[str] = field(default_factory=set)
    individuals: set[str] = field(default_factory=set)
    subclasses: list[tuple[Expression, Expression]] = field(default_factory=list)
    """Subclass axioms; an equivalence is two of them."""
    subproperties: list[tuple[str, str]] = field(default_factory=list)
    chains: list[tuple[str, str, str]] = field(default_factory=list)
    """First and second property of a chain, and the property that follows."""
    facts: list[tuple[str, str, str]] = field(default_factory=list)
    """Types and object-property statements of the ontology's individuals."""
    disjoint: list[tuple[str, ...]] = field(default_factory=list)
    """Classes without common members: kept for the checks, for nothing follows from them for a node."""


_NOT_LOGICAL: Final = frozenset(
    OWL + name for name in ("versionIRI", "versionInfo", "imports", "deprecated", "priorVersion")
)
_DECLARATIONS: Final = frozenset(
    {OWL + n for n in ("Ontology", "Class", "Restriction", "DatatypeProperty", "AnnotationProperty", "NamedIndividual")}
    | {RDFS + "Datatype", RDF + "Property"}
)


def closure(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return, for each name that stands on the left, everything above it by any number of steps."""
    direct: dict[str, set[str]] = defaultdict(set)
    for narrow, broad in pairs:
        direct[narrow].add(broad)
    above: dict[str, set[str]] = {}
    for name in direct:
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            new = direct.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        above[name] = reached
    return above


def read(texts: Iterable[str]) -> Axioms:
    """Return the axioms of Turtle texts; raises UsageError for a construct that is not supported."""
    return _Reader(texts).axioms()


class _Reader:
    def __init__(self, texts: Iterable[str]) -> None:
        self.by_subject: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for number, text in enumerate(texts):
            for triple in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE):
                if not isinstance(triple.object, ox.Literal):
                    subject, value = _name(triple.subject, number), _name(triple.object, number)
                    self.by_subject[subject][triple.predicate.value].append(value)

    def axioms(self) -> Axioms:
        found = Axioms()
        for subject, row in self.by_subject.items():
            for kind in row.get(RDF_TYPE, ()):
                self._declaration(found, subject, kind)
        for subject, row in self.by_subject.items():
            for predicate, values in row.items():
                for value in values:
                    self._statement(found, subject, predicate, value)
        return found

    def _declaration(self, found: Axioms, subject: str, kind: str) -> None:
        if kind == OWL + "Class" and not subject.startswith("_:"):
            found.classes.add(subject)
        elif kind == OWL + "ObjectProperty":
            found.object_properties.add(subject)
        elif kind == OWL + "NamedIndividual":
            found.individuals.add(subject)
        elif kind == OWL + "AllDisjointClasses":
            found.disjoint.append(tuple(self._list(self.by_subject[subject][OWL + "members"][0])))
        elif kind == OWL + "TransitiveProperty":
            found.chains.append((subject, subject, subject))
        elif kind.startswith(OWL) and kind not in _DECLARATIONS:
            raise UsageError(f"The ontology says {subject} a {kind}, which inference does not support.")

    def _statement(self, found: Axioms, subject: str, predicate: str, value: str) -> None:
        if predicate == RDFS + "subClassOf":
            found.subclasses.append((self._expression(subject), self._expression(value)))
        elif predicate == OWL + "equivalentClass":
            left, right = self._expression(subject), self._expression(value)
            found.subclasses += [(left, right), (right, left)]
        elif predicate == RDFS + "subPropertyOf":
            if subject in found.object_properties:
                found.subproperties.append((subject, value))
        elif predicate == OWL + "propertyChainAxiom":
            chain = self._list(value)
            if len(chain) != 2:
                raise UsageError(f"The chain of {subject} has {len(chain)} properties; inference supports two.")
            found.chains.append((chain[0], chain[1], subject))
        elif subject in found.individuals:
            if predicate in found.object_properties or (predicate == RDF_TYPE and value in found.classes):
                found.facts.append((subject, predicate, value))
        elif predicate in (RDFS + "domain", RDFS + "range") or (
            predicate.startswith(OWL) and predicate not in _NOT_LOGICAL and not subject.startswith("_:")
        ):
            raise UsageError(f"The ontology states {predicate} of {subject}, which inference does not support.")

    def _expression(self, node: str) -> Expression:
        if not node.startswith("_:"):
            return node
        row = self.by_subject[node]
        logical = {p for p in row if p.startswith(OWL)}
        if logical == {OWL + "intersectionOf"}:
            return And(tuple(self._expression(part) for part in self._list(row[OWL + "intersectionOf"][0])))
        if logical == {OWL + "onProperty", OWL + "someValuesFrom"}:
            return Some(row[OWL + "onProperty"][0], self._expression(row[OWL + "someValuesFrom"][0]))
        if logical == {OWL + "onProperty", OWL + "hasValue"}:
            return Value(row[OWL + "onProperty"][0], row[OWL + "hasValue"][0])
        names = ", ".join(sorted(logical)) or "an empty expression"
        raise UsageError(f"A class expression uses {names}, which inference does not support.")

    def _list(self, node: str) -> list[str]:
        found = []
        while node != RDF + "nil":
            row = self.by_subject[node]
            found.append(row[RDF + "first"][0])
            node = row[RDF + "rest"][0]
        return found


def _name(node: ox.NamedNode | ox.BlankNode | ox.Triple | ox.Literal, number: int) -> str:
    return f"_:{number}.{node.value}" if isinstance(node, ox.BlankNode) else str(getattr(node, "value", node))
