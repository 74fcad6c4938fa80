"""Inference over one document: the ontology's own axioms, applied to the statements of one graph.

The axioms are read from the ontology and compiled into tables: for each class what follows from
it, for each object property what follows from a statement with it. A document is then worked off
statement by statement; nodes that no axiom touches cost one look-up. The rules are the completion
rules of EL (Baader, Brandt and Lutz, "Pushing the EL envelope", 2005) restricted to named
individuals, with the class hierarchy classified beforehand.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Final

from kg.namespaces import OWL, RDF_TYPE
from kg.ontology import modules
from kg.ontology.axioms import And, Axioms, Expression, Some, Value, closure, read

Triple = tuple[str, str, str]
"""Subject, predicate and object as IRIs without angle brackets."""

_NONE: Final[frozenset[str]] = frozenset()


class Reasoner:
    """Applies an ontology's axioms to documents; made once, used for every document."""

    def __init__(self, axioms: Axioms) -> None:
        """Compile the axioms."""
        compiler = _Compiler(axioms)
        self._types = compiler.types
        self._edges = compiler.edges
        self.predicates: frozenset[str] = frozenset(compiler.edges)
        """The object properties that matter for inference; statements with others may be left out."""
        self.classes: frozenset[str] = frozenset(c for c in axioms.classes if c in compiler.types)
        """The classes that matter: a type of another class entails nothing."""
        self._known: set[Triple] = set()
        self._vocabulary: frozenset[str] = frozenset()
        self._static_types: dict[str, frozenset[str]] = {}
        self._entailed_types: dict[str, list[Triple]] = {}
        self._static_objects: dict[tuple[str, str], list[str]] = {}
        self._close_vocabulary(axioms.facts)

    @staticmethod
    @cache
    def default() -> "Reasoner":
        """Return the reasoner of the packaged ontology, compiled at the first call of the process."""
        return Reasoner(read(modules.texts()))

    def infer(self, triples: Iterable[Triple]) -> list[Triple]:
        """Return what follows from a document's types and object-property statements and is not among them, sorted.

        What the ontology says of its own individuals (substances, value sets) is used and not repeated,
        but for their types: a document that types such a node gets all types of it.
        """
        found = _Run(self, triples).results
        found.sort()
        return found

    def justify(self, triples: Iterable[Triple], statement: Triple) -> list[Triple]:
        """Return statements of a document that entail an inferred one and of which none can be spared, sorted.

        Empty when the statement does not follow. Where it follows in several ways, this is one of
        them, always the same one.
        """
        kept = sorted(set(triples) - {statement})
        if statement not in self.infer(kept):
            return []
        size = len(kept)
        while size:
            start = 0
            while start < len(kept):
                fewer = kept[:start] + kept[start + size :]
                if statement in self.infer(fewer):
                    kept = fewer
                else:
                    start += size
            size //= 2
        return kept

    def _close_vocabulary(self, facts: list[Triple]) -> None:
        run = _Run(self, facts)
        self._known = run.seen.union(facts)
        self._vocabulary = frozenset(subject for subject, _, _ in facts)
        self._static_types = {node: frozenset(marks) for node, marks in run.types.items()}
        self._static_objects = {key: sorted(values) for key, values in run.objects.items()}
        entailed: dict[str, list[Triple]] = defaultdict(list)
        for triple in sorted(self._known):
            if triple[1] == RDF_TYPE:
                entailed[triple[0]].append(triple)
        self._entailed_types = dict(entailed)


class _OnType:
    """What follows when a node gets a class (or the mark of a class expression)."""

    __slots__ = ("plain", "rules", "somes", "supers", "values")

    def __init__(self) -> None:
        self.plain = False
        """Nothing follows but superclasses, and nothing from them."""
        self.supers: tuple[str, ...] = ()
        """Named superclasses, all of them."""
        self.values: tuple[tuple[str, str], ...] = ()
        """Statements that follow: property and individual."""
        self.rules: tuple[tuple[frozenset[str], str], ...] = ()
        """Intersections with this class: all parts, and what follows from them together."""
        self.somes: tuple[tuple[str, str], ...] = ()
        """Existentials over this class: property, and the mark of a node that has it."""


class _OnEdge:
    """What follows when a node has a statement with a property."""

    __slots__ = ("first", "marks", "plain", "second", "somes", "supers")

    def __init__(self) -> None:
        self.plain = False
        """Nothing follows but super-properties, and nothing from them."""
        self.supers: tuple[str, ...] = ()
        self.first: tuple[tuple[str, str], ...] = ()
        """Chains that begin with this property: second property, and the one that follows."""
        self.second: tuple[tuple[str, str], ...] = ()
        """Chains that end with this property: first property, and the one that follows."""
        self.marks: dict[str, str] = {}
        """The mark that a node gets for a value."""
        self.somes: tuple[tuple[str, str], ...] = ()
        """Existentials over this property: class of the value, and mark of the node."""


class _Compiler:
    """Normalises class expressions to marks and collects what follows from what."""

    def __init__(self, axioms: Axioms) -> None:
        self.types: dict[str, _OnType] = defaultdict(_OnType)
        self.edges: dict[str, _OnEdge] = {}
        self.marks: dict[Expression, str] = {}
        self.above: list[tuple[str, str]] = []
        for left, right in axioms.subclasses:
            self._subclass(left, right)
        self._supers()
        self._properties(axioms)
        self.types = dict(self.types)
        lonely = {name for name, row in self.types.items() if not (row.values or row.rules or row.somes)}
        for name in lonely:
            self.types[name].plain = lonely.issuperset(self.types[name].supers)
        single = {n for n, row in self.edges.items() if not (row.first or row.second or row.marks or row.somes)}
        for name in single:
            self.edges[name].plain = single.issuperset(self.edges[name].supers)

    def _edge(self, name: str) -> _OnEdge:
        """Return the row of a property; a property with a row is one that matters."""
        return self.edges.setdefault(name, _OnEdge())

    def _subclass(self, left: Expression, right: Expression) -> None:
        mark = self._condition(left)
        for part in right.parts if isinstance(right, And) else (right,):
            if isinstance(part, str):
                if part not in (mark, OWL + "Thing"):
                    self.above.append((mark, part))
            elif isinstance(part, Value):
                row = self.types[mark]
                row.values = (*row.values, (part.property, part.individual))
                self._edge(part.property)
            elif isinstance(part, And):
                self._subclass(left, part)
            # `left some filler` on the right makes no statement about a named node: what it
            # entails for named classes is in the classified hierarchy.

    def _condition(self, expression: Expression) -> str:
        """Return the class or mark that stands for an expression on the left of an axiom."""
        if isinstance(expression, str):
            return expression
        if expression not in self.marks:
            mark = f"_:{len(self.marks)}"
            self.marks[expression] = mark
            if isinstance(expression, Value):
                self._edge(expression.property).marks[expression.individual] = mark
            elif isinstance(expression, Some):
                filler = self._condition(expression.filler)
                edge, row = self._edge(expression.property), self.types[filler]
                edge.somes = (*edge.somes, (filler, mark))
                row.somes = (*row.somes, (expression.property, mark))
            else:
                parts = frozenset(self._condition(part) for part in expression.parts)
                for part in parts:
                    row = self.types[part]
                    row.rules = (*row.rules, (parts, mark))
        return self.marks[expression]

    def _supers(self) -> None:
        for name, above in closure(self.above).items():
            self.types[name].supers = tuple(sorted(above - {name}))
            for broad in above:
                self.types[broad]

    def _properties(self, axioms: Axioms) -> None:
        for name, above in closure(axioms.subproperties).items():
            self._edge(name).supers = tuple(sorted(above - {name}))
            for broad in above:
                self._edge(broad)
        for first, second, follows in axioms.chains:
            one, two = self._edge(first), self._edge(second)
            one.first = (*one.first, (second, follows))
            two.second = (*two.second, (first, follows))
            self._edge(follows)


class _Run:
    """The work on one document."""

    __slots__ = ("objects", "queue", "reasoner", "results", "seen", "subjects", "types")

    def __init__(self, reasoner: Reasoner, triples: Iterable[Triple]) -> None:
        self.reasoner = reasoner
        self.types: dict[str, set[str]] = {}
        self.objects: dict[tuple[str, str], list[str]] = {}
        self.subjects: dict[tuple[str, str], list[str]] = {}
        self.results: list[Triple] = []
        plain: list[tuple[Triple, tuple[str, ...]]] = []
        known: list[Triple] = []
        self.queue: list[Triple] = []
        classes, edges, vocabulary = reasoner._types, reasoner._edges, reasoner._vocabulary
        for triple in triples:
            subject, predicate, value = triple
            row = classes.get(value) if predicate == RDF_TYPE else edges.get(predicate)
            if subject in vocabulary and triple in reasoner._known:
                known.append(triple)
            elif row is not None:
                if row.plain:
                    plain.append((triple, row.supers))
                else:
                    self.queue.append(triple)
        self.seen = {*self.queue, *known, *(triple for triple, _ in plain)}
        self._generalise(plain)
        for node in {subject: None for subject, predicate, _ in known if predicate == RDF_TYPE}:
            self._state(reasoner._entailed_types[node])
        while self.queue:
            subject, predicate, value = self.queue.pop()
            if predicate == RDF_TYPE:
                self._typed(subject, value)
            else:
                self._stated(subject, predicate, value)

    def _generalise(self, plain: list[tuple[Triple, tuple[str, ...]]]) -> None:
        """State what is above statements from which nothing else follows."""
        for (subject, predicate, value), supers in plain:
            for above in supers:
                self._state(((subject, RDF_TYPE, above) if predicate == RDF_TYPE else (subject, above, value),))

    def _state(self, triples: Iterable[Triple]) -> None:
        """Add statements to the results without following them up."""
        for triple in triples:
            if triple not in self.seen:
                self.seen.add(triple)
                self.results.append(triple)

    def _derive(self, triple: Triple) -> None:
        if triple not in self.seen and triple not in self.reasoner._known:
            self.seen.add(triple)
            self.results.append(triple)
            self.queue.append(triple)

    def _mark(self, node: str, mark: str) -> None:
        """Give a node a class or a mark; only classes are statements."""
        if mark.startswith("_:"):
            if mark not in self.types.get(node, ()):
                self._typed(node, mark)
        else:
            self._derive((node, RDF_TYPE, mark))

    def _typed(self, node: str, name: str) -> None:
        own = self.types.get(node)
        if own is None:
            own = self.types[node] = set(self.reasoner._static_types.get(node, ()))
        if name in own:
            return
        own.add(name)
        follows = self.reasoner._types.get(name)
        if follows is None:
            return
        for above in follows.supers:
            self._mark(node, above)
        for predicate, value in follows.values:
            self._derive((node, predicate, value))
        for parts, mark in follows.rules:
            if parts <= own:
                self._mark(node, mark)
        for predicate, mark in follows.somes:
            for subject in self.subjects.get((node, predicate), ()):
                self._mark(subject, mark)

    def _stated(self, subject: str, predicate: str, value: str) -> None:
        follows = self.reasoner._edges[predicate]
        if follows.second:
            self.objects.setdefault((subject, predicate), []).append(value)
        if follows.first or follows.somes:
            self.subjects.setdefault((value, predicate), []).append(subject)
        for above in follows.supers:
            self._derive((subject, above, value))
        for second, head in follows.first:
            for end in (
                *self.objects.get((value, second), ()),
                *self.reasoner._static_objects.get((value, second), ()),
            ):
                self._derive((subject, head, end))
        for first, head in follows.second:
            for start in self.subjects.get((subject, first), ()):
                self._derive((start, head, value))
        mark = follows.marks.get(value)
        if mark is not None:
            self._mark(subject, mark)
        if follows.somes:
            marks = self.types.get(value) or self.reasoner._static_types.get(value) or _NONE
            for filler, mark in follows.somes:
                if filler in marks:
                    self._mark(subject, mark)
