"""The graph `kg:graph/identity` as N-Quads: links between documents, and the words they rest on."""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from kg.identity.card import Card, Number, Words
from kg.identity.resemblance import Resemblance
from kg.iri import Minter, term
from kg.namespaces import PROV, RDF_TYPE, RDFS, XSD
from kg.nquads import iri, literal, quad

_INTEGER: Final = XSD + "integer"
_DECIMAL: Final = XSD + "decimal"
_OWN: Final = frozenset({"own", "alias"})


class Link(Struct, frozen=True):
    """Why a document speaks of the trial of another one: a rule, its strength, and words of this document."""

    trial: str
    rule: str
    strength: str
    words: tuple[Words, ...]
    score: str | None = None


def number_link(there: Card, mine: Number, yours: Number) -> Link:
    """Return the link that a registry number makes, told from the side of the document that states `mine`."""
    rule, strength = _rule(mine.role, yours.role)
    return Link(there.trial, rule, strength, (mine.words,))


def _rule(mine: str, yours: str) -> tuple[str, str]:
    """Return the rule and strength for two roles of one number; the same from both sides."""
    roles = {mine, yours}
    if roles <= {"article", "document"}:
        return ("same-article" if "article" in roles else "same-document"), "Stated"
    if roles == {"own"}:
        return "same-registry-number", "Stated"
    if roles <= _OWN:
        return "earlier-registry-number", "Stated"
    if not roles & _OWN:
        return "both-cite-registry-number", "Entailed"
    return ("cited-in-data-bank" if "databank" in roles else "cited-as-secondary-id"), "Entailed"


def weak_link(there: Card, found: Resemblance) -> Link:
    """Return the link that resemblance makes, with its score."""
    return Link(there.trial, found.rule, "Probable", tuple(a.here for a in found.agreements), found.score)


def quad_canonical(trial: str, canonical: str, graph: str) -> str:
    """Return the line that says which document stands for the trial."""
    return quad(trial, term("canonicalTrial"), iri(canonical), graph)


def quad_order(trial: str, order: int, graph: str) -> str:
    """Return the line that gives a document's place among those of its trial, from 1."""
    return quad(trial, term("preferenceOrder"), literal(str(order), _INTEGER), graph)


def link_lines(here: Card, links: Iterable[Link], graph: str) -> Iterator[str]:
    """Yield `ckg:sameTrialAs` once for each linked trial, and a `ckg:Evidence` for each quote."""
    linked: set[str] = set()
    number = 0
    for link in links:
        if link.trial not in linked:
            linked.add(link.trial)
            yield quad(here.trial, term("sameTrialAs"), iri(link.trial), graph)
        for words in link.words:
            number += 1
            node = f"{here.trial}/evidence/same-trial/{number}"
            yield from _evidence(node, here, "sameTrialAs", link.trial, link.rule, link.strength, words, graph)
            if link.score is not None:
                yield quad(node, term("score"), literal(link.score, _DECIMAL), graph)


def publication_lines(article: Card, nth: int, cited: Number, trial: str, minter: Minter) -> Iterator[str]:
    """Yield `ckg:hasPublication` from a trial to the article that cites its number, with evidence."""
    publication = minter.publication(article.pmid, article.doi)
    if publication is None:
        return
    graph = minter.identity_graph
    rule = "cited-in-data-bank" if cited.role == "databank" else "cited-as-secondary-id"
    node = f"{publication}/evidence/cites/{nth + 1}"
    yield quad(trial, term("hasPublication"), iri(publication), graph)
    yield quad(node, RDF_TYPE, iri(term("Evidence")), graph)
    yield quad(node, term("aboutSubject"), iri(trial), graph)
    yield from _body(node, "hasPublication", publication, rule, "Stated", cited.words, article.graph, graph)


def _evidence(
    node: str, here: Card, name: str, value: str, rule: str, strength: str, words: Words, graph: str
) -> Iterator[str]:
    yield quad(node, RDF_TYPE, iri(term("Evidence")), graph)
    yield quad(node, term("aboutSubject"), iri(here.trial), graph)
    yield from _body(node, name, value, rule, strength, words, here.graph, graph)


def _body(
    node: str, name: str, value: str, rule: str, strength: str, words: Words, source: str, graph: str
) -> Iterator[str]:
    yield quad(node, RDFS + "label", literal(f"{rule}: {words.quote}"), graph)
    yield quad(node, term("aboutProperty"), iri(term(name)), graph)
    yield quad(node, term("aboutValue"), iri(value), graph)
    yield quad(node, term("rule"), literal(rule), graph)
    yield quad(node, term("strength"), iri(term(strength)), graph)
    yield quad(node, term("field"), literal(words.field), graph)
    yield quad(node, term("quote"), literal(words.quote), graph)
    yield quad(node, term("begin"), literal(str(words.begin), _INTEGER), graph)
    yield quad(node, term("end"), literal(str(words.end), _INTEGER), graph)
    yield quad(node, PROV + "wasDerivedFrom", iri(source), graph)
