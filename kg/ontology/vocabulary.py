"""Individuals of the ontology that come from tables: substances, antigens, conditions, cell types, endpoints."""

from collections.abc import Callable, Iterable
from typing import Final

from kg.errors import UnreadableInputError
from kg.iri import antigen, condition, term
from kg.namespaces import CKG, KG, ONTOLOGY, OWL, RDF_TYPE, RDFS, SKOS
from kg.nquads import iri, literal
from kg.ontology.curies import expand
from kg.ontology.tables import items, read

MATCHES: Final = {name: f"{SKOS}{name}Match" for name in ("exact", "close", "broad", "narrow", "related")}
"""The word before a CURIE in a `matches` cell, and the property it stands for."""


def substance_iri(slug: str, kind: str = "Substance") -> str:
    """Return the IRI of a row of `substances.tsv`."""
    return f"{KG}{slug}" if "/" in slug else f"{KG}{'radiation' if kind == 'Radiation' else 'substance'}/{slug}"


def turtle() -> str:
    """Return every vocabulary table as Turtle (one statement per line), in the order of the tables."""
    lines: list[str] = []
    for row in read("substances.tsv", ("slug", "label", "kind", "alt_labels", "matches")):
        lines += _individual(substance_iri(row["slug"], row["kind"]), row["kind"] or "Substance", row)
    for row in read("antigens.tsv", ("symbol", "label", "alt_labels", "matches")):
        lines += _individual(antigen(row["symbol"]), row.get("kind") or "Antigen", row)
    lines += conditions(read("conditions.tsv", ("id", "label", "alt_labels", "broader", "matches")))
    for row in read("cell-types.tsv", ("name", "label", "definition", "broader", "alt_labels", "matches")):
        lines += _individual(term(row["name"]), "CellType", row, (f"{CKG}broaderCellType", term))
    for row in read("endpoints.tsv", ("name", "label", "definition", "broader", "alt_labels", "matches")):
        lines += _individual(term(row["name"]), "Endpoint", row, (f"{SKOS}broader", term))
    return "".join(lines)


def conditions(rows: Iterable[dict[str, str]]) -> list[str]:
    """Return rows of a table of conditions as statements, one on a line."""
    return [
        line
        for row in rows
        for line in _individual(condition(row["id"]), "Condition", row, (f"{SKOS}broader", condition))
    ]


def matches(cell: str) -> list[tuple[str, str]]:
    """Return predicate and object IRIs of a `matches` cell: `exact:CHEBI:63791|close:NCIT:C2668`."""
    pairs = []
    for item in items(cell):
        kind, _, curie = item.partition(":")
        if kind not in MATCHES:
            raise UnreadableInputError(f"The match {item!r} must begin with one of {', '.join(MATCHES)} and a colon.")
        pairs.append((MATCHES[kind], expand(curie)))
    return pairs


def _individual(
    subject: str, kind: str, row: dict[str, str], broader: tuple[str, Callable[[str], str]] | None = None
) -> list[str]:
    statements = [
        (RDF_TYPE, iri(f"{OWL}NamedIndividual")),
        (RDF_TYPE, iri(term(kind))),
        (f"{RDFS}label", literal(row["label"])),
        (f"{RDFS}isDefinedBy", iri(ONTOLOGY)),
    ]
    if row.get("definition"):
        statements.append((f"{SKOS}definition", literal(row["definition"])))
    statements += [(f"{SKOS}altLabel", literal(name)) for name in items(row["alt_labels"])]
    statements += [(predicate, iri(value)) for predicate, value in matches(row["matches"])]
    if broader:
        statements += [(broader[0], iri(broader[1](name))) for name in items(row["broader"])]
    return [f"{iri(subject)} {iri(predicate)} {value} .\n" for predicate, value in statements]
