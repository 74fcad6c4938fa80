"""The ontology in words: names, definitions and class expressions as people read them."""

from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kg.namespaces import PREFIXES, curie
from kg.ontology.turtle import EXTRA_PREFIXES

_PREFIXES = PREFIXES | EXTRA_PREFIXES


def name(iri: Node | str) -> str:
    """Return an IRI as a prefixed name, where a prefix fits."""
    text = curie(str(iri), _PREFIXES)
    return f"<{iri}>" if text == str(iri) else text


def short(iri: Node | str) -> str:
    """Return the prefixed name without the prefix of the ontology's own terms."""
    return name(iri).removeprefix("ckg:")


def label(graph: Graph, term: Node) -> str:
    """Return the label of a term, or its name without one."""
    return str(graph.value(term, RDFS.label) or short(term))


def definition(graph: Graph, term: Node) -> str:
    """Return what a term means: its definition, or the note on its use."""
    return str(graph.value(term, SKOS.definition) or graph.value(term, SKOS.scopeNote) or "")


def expression(graph: Graph, node: Node) -> str:
    """Return a class expression in the Manchester syntax."""
    if not isinstance(node, BNode):
        return short(node)
    parts = graph.value(node, OWL.intersectionOf)
    if parts is not None:
        return " and ".join(_inner(graph, part) for part in Collection(graph, parts))
    prop = short(graph.value(node, OWL.onProperty) or node)
    value = graph.value(node, OWL.hasValue)
    if value is not None:
        return f"{prop} value {short(value)}"
    filler = graph.value(node, OWL.someValuesFrom)
    return f"{prop} some {_inner(graph, filler) if filler is not None else '?'}"


def chain(graph: Graph, prop: Node) -> list[str]:
    """Return the chains from which statements with a property follow, as `first o second`."""
    return sorted(
        " o ".join(short(step) for step in Collection(graph, steps))
        for steps in graph.objects(prop, OWL.propertyChainAxiom)
    )


def value_sets(graph: Graph) -> dict[URIRef, list[URIRef]]:
    """Return every class that has individuals in the ontology, with them, by name."""
    found: dict[URIRef, list[URIRef]] = {}
    for member in graph.subjects(RDF.type, OWL.NamedIndividual):
        for kind in graph.objects(member, RDF.type):
            if isinstance(member, URIRef) and isinstance(kind, URIRef) and kind != OWL.NamedIndividual:
                found.setdefault(kind, []).append(member)
    return {kind: sorted(set(members)) for kind, members in sorted(found.items())}


def _inner(graph: Graph, node: Node) -> str:
    text = expression(graph, node)
    return f"({text})" if isinstance(node, BNode) and " and " in text else text
