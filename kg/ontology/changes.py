"""What changed between two published ontologies: for release notes, and to see that no term was lost."""

from dataclasses import dataclass
from pathlib import Path

from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from kg.namespaces import CKG
from kg.ontology.turtle import parse
from kg.ontology.words import short

_DECLARATIONS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.NamedIndividual)


@dataclass(frozen=True)
class Changes:
    """Local names of the ontology's own terms, sorted."""

    added: list[str]
    removed: list[str]
    """Published terms are never removed: a name here is a mistake."""
    deprecated: list[str]
    relabelled: list[str]
    redefined: list[str]

    def lines(self) -> list[str]:
        """Return one line for each kind of change that there is."""
        rows = vars(self).items()
        return [f"{kind} ({len(names)}): {', '.join(names)}" for kind, names in rows if names]


def changes(old: Path, new: Path) -> Changes:
    """Compare two `ontology.ttl`; raises UnreadableInputError for a file that is no Turtle."""
    before, after = parse(old), parse(new)
    was, now = _terms(before), _terms(after)
    kept = was & now
    return Changes(
        added=_names(now - was),
        removed=_names(was - now),
        deprecated=_names({t for t in now if _is_deprecated(after, t) and not _is_deprecated(before, t)}),
        relabelled=_names({t for t in kept if before.value(t, RDFS.label) != after.value(t, RDFS.label)}),
        redefined=_names({t for t in kept if before.value(t, SKOS.definition) != after.value(t, SKOS.definition)}),
    )


def _terms(graph: Graph) -> set[URIRef]:
    found = {subject for kind in _DECLARATIONS for subject in graph.subjects(RDF.type, kind)}
    return {term for term in found if isinstance(term, URIRef) and term.startswith(CKG)}


def _is_deprecated(graph: Graph, term: URIRef) -> bool:
    return (term, OWL.deprecated, Literal(True)) in graph


def _names(terms: set[URIRef]) -> list[str]:
    return sorted(short(term) for term in terms)
