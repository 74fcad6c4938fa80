"""The one way in which the project writes Turtle: sorted, one block per term, so that changes read as changes.

Order of a file: the ontology header, classes, object properties, data properties, annotation
properties, individuals, other subjects, general class axioms; inside a section by IRI; inside a
block `a`, label and definition first, then the other predicates by name. Comments are not kept:
what must be said about a term is an annotation of the term.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from kg.errors import UnreadableInputError
from kg.files import replacing
from kg.namespaces import PREFIXES

EXTRA_PREFIXES: Final = {
    "cc": "http://creativecommons.org/ns#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "vann": "http://purl.org/vocab/vann/",
}
"""Prefixes that only ontology files need."""

_SECTIONS: Final[tuple[tuple[str, URIRef | None], ...]] = (
    ("Ontology", OWL.Ontology),
    ("Classes", OWL.Class),
    ("Object properties", OWL.ObjectProperty),
    ("Data properties", OWL.DatatypeProperty),
    ("Annotation properties", OWL.AnnotationProperty),
    ("Individuals", OWL.NamedIndividual),
    ("Other subjects", None),
)
_FIRST: Final = (
    RDF.type,
    RDFS.label,
    SKOS.prefLabel,
    SKOS.definition,
    SKOS.altLabel,
    SKOS.notation,
    RDFS.subClassOf,
    OWL.equivalentClass,
    RDFS.subPropertyOf,
    OWL.propertyChainAxiom,
)
_LOCAL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?\Z")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def serialize(graph: Graph) -> str:
    """Return the graph as canonical Turtle, the same text whatever order it was filled in."""
    return _Writer(graph).text()


def parse(path: Path) -> Graph:
    """Return the graph of a Turtle file; raises UnreadableInputError with file and line."""
    graph = Graph()
    try:
        graph.parse(path, format="turtle")
    except Exception as error:
        raise UnreadableInputError(f"{path}: not valid Turtle: {error}. Mend the file and run again.") from error
    return graph


def format_files(paths: Iterable[Path], check: bool = False) -> list[Path]:
    """Rewrite Turtle files in canonical form and return those that differed; with `check`, write nothing."""
    changed = []
    for path in sorted(paths):
        text = serialize(parse(path))
        if text == path.read_text(encoding="utf-8"):
            continue
        changed.append(path)
        if not check:
            with replacing(path) as stream:
                stream.write(text.encode())
    return changed


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.prefixes = PREFIXES | EXTRA_PREFIXES
        self.used: set[str] = set()
        self.by_length = sorted(self.prefixes.items(), key=lambda item: -len(item[1]))

    def text(self) -> str:
        named = sorted({s for s in self.graph.subjects() if isinstance(s, URIRef)})
        sections: dict[str, list[str]] = {name: [] for name, _ in _SECTIONS}
        for subject in named:
            sections[self._section(subject)].append(self._block(subject))
        axioms = sorted(self._block(s) for s in self._root_blank_nodes())
        parts = []
        for title, blocks in [*sections.items(), ("General axioms", axioms)]:
            if blocks:
                parts.append(f"# {title}\n\n" + "\n\n".join(blocks))
        head = "\n".join(f"@prefix {p}: <{self.prefixes[p]}> ." for p in sorted(self.used))
        return "\n\n".join([head, *parts]) + "\n"

    def _section(self, subject: URIRef) -> str:
        types = set(self.graph.objects(subject, RDF.type))
        return next(name for name, kind in _SECTIONS if kind is None or kind in types)

    def _root_blank_nodes(self) -> list[BNode]:
        inside = {o for o in self.graph.objects() if isinstance(o, BNode)}
        return [s for s in set(self.graph.subjects()) if isinstance(s, BNode) and s not in inside]

    def _block(self, subject: Node) -> str:
        head = self._iri(subject) if isinstance(subject, URIRef) else "[]"
        return f"{head}\n    " + " ;\n    ".join(self._predicates(subject, 1)) + " ."

    def _predicates(self, subject: Node, depth: int) -> list[str]:
        rows = []
        for predicate in sorted(set(self.graph.predicates(subject)), key=_predicate_key(self)):
            name = "a" if predicate == RDF.type else self._term(predicate, depth)
            values = [self._term(o, depth + 1) for o in self.graph.objects(subject, predicate)]
            values = sorted(values) if predicate != RDF.type else sorted(values, key=lambda v: (v[:4] != "owl:", v))
            joiner = ", " if predicate == RDF.type else " ,\n" + "    " * (depth + 1)
            rows.append(f"{name} " + joiner.join(values))
        return rows

    def _term(self, node: Node, depth: int) -> str:
        if isinstance(node, URIRef):
            return self._iri(node)
        if isinstance(node, Literal):
            return self._literal(node)
        if (node, RDF.first, None) in self.graph:
            return "( " + " ".join(self._term(item, depth) for item in Collection(self.graph, node)) + " )"
        pad = "    " * depth
        return "[\n" + " ;\n".join(f"{pad}    {row}" for row in self._predicates(node, depth + 1)) + f"\n{pad}]"

    def _iri(self, iri: Node) -> str:
        text = str(iri)
        for prefix, namespace in self.by_length:
            local = text[len(namespace) :]
            if text.startswith(namespace) and _LOCAL.match(local):
                self.used.add(prefix)
                return f"{prefix}:{local}"
        return f"<{text}>"

    def _literal(self, literal: Literal) -> str:
        if literal.datatype in (XSD.boolean, XSD.integer):
            return str(literal)
        quoted = '"' + "".join(_ESCAPES.get(c, c) for c in str(literal)) + '"'
        if literal.language:
            return f"{quoted}@{literal.language}"
        if literal.datatype is None or literal.datatype == XSD.string:
            return quoted
        return f"{quoted}^^{self._iri(literal.datatype)}"


def _predicate_key(writer: _Writer) -> Callable[[Node], tuple[int, str]]:
    def key(predicate: Node) -> tuple[int, str]:
        rank = _FIRST.index(predicate) if predicate in _FIRST else len(_FIRST)
        return rank, str(predicate)

    return key
