"""The terms of the ontology that the mapping writes: value sets by the registry's code, labels of vocabularies.

Read once from the files under `ontology/`, so that the ontology stays the one place where a value
set is defined.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import pyoxigraph as ox

from kg import iri
from kg.files import data_folder
from kg.namespaces import CKG, KG, OWL, RDF_TYPE, RDFS, SKOS
from kg.nquads import literal

_LABEL: Final = RDFS + "label"
_NOTATION: Final = SKOS + "notation"
_SUBCLASS: Final = RDFS + "subClassOf"
_INDIVIDUAL: Final = OWL + "NamedIndividual"


@dataclass
class Vocabulary:
    """What the ontology says of its individuals and coded classes, by IRI."""

    labels: dict[str, str] = field(default_factory=dict)
    classes: dict[str, list[str]] = field(default_factory=dict)
    """Individual to the classes it is stated to have."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Local name of a class to {code: individual}."""
    subclass_codes: dict[str, str] = field(default_factory=dict)
    """Code to class, for kinds of trial."""
    _descriptions: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def description(self, subject: str) -> tuple[str, ...]:
        """Return subject, predicate and value of the classes and label of an individual, as N-Quads writes them.

        Empty for what is no individual of the vocabulary.
        """
        found = self._descriptions.get(subject)
        if found is None:
            classes = self.classes.get(subject, ())
            lines = [f"<{subject}> <{RDF_TYPE}> <{cls}>" for cls in classes]
            if classes and subject in self.labels:
                lines.append(f"<{subject}> <{_LABEL}> {literal(self.labels[subject])}")
            found = self._descriptions[subject] = tuple(lines)
        return found


def _read_turtle(vocabulary: Vocabulary) -> None:
    notations: dict[str, str] = {}
    named: dict[str, None] = {}
    for path in sorted(data_folder("ontology").glob("*.ttl")):
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            if not isinstance(quad.subject, ox.NamedNode) or isinstance(quad.object, ox.BlankNode | ox.Triple):
                continue
            subject, predicate, value = quad.subject.value, quad.predicate.value, quad.object.value
            if predicate == _LABEL:
                vocabulary.labels[subject] = value
            elif predicate == _NOTATION:
                notations[subject] = value
            elif predicate == RDF_TYPE and value == _INDIVIDUAL:
                named[subject] = None
            elif predicate == RDF_TYPE and value.startswith(CKG):
                vocabulary.classes.setdefault(subject, []).append(value)
    for subject, code in notations.items():
        if subject not in vocabulary.classes:
            vocabulary.subclass_codes[code] = subject
        for cls in vocabulary.classes.get(subject, ()):
            vocabulary.codes.setdefault(cls.removeprefix(CKG), {})[code] = subject


def _read_table(vocabulary: Vocabulary, name: str, cls: str, mint: Callable[[dict[str, str]], str]) -> None:
    path = data_folder("ontology") / name
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            subject = mint(row)
            vocabulary.labels.setdefault(subject, row["label"])
            vocabulary.classes.setdefault(subject, [CKG + (row.get("kind") or cls)])


def agent_iri(name: str) -> str:
    """Return the IRI of an agent: a substance by its slug, or `radiation/total-body-irradiation`."""
    kind, slash, rest = name.partition("/")
    return f"{KG}{iri.slug(kind)}/{iri.slug(rest)}" if slash else iri.substance(name)


def _substance(row: dict[str, str]) -> str:
    return agent_iri(f"radiation/{row['slug']}" if row["kind"] == "Radiation" else row["slug"])


@cache
def load() -> Vocabulary:
    """Return the vocabulary of the installed ontology."""
    vocabulary = Vocabulary()
    _read_turtle(vocabulary)
    _read_table(vocabulary, "substances.tsv", "Substance", _substance)
    _read_table(vocabulary, "antigens.tsv", "Antigen", lambda row: iri.antigen(row["symbol"]))
    _read_table(vocabulary, "conditions.tsv", "Condition", lambda row: iri.condition(row["id"]))
    _read_table(vocabulary, "cell-types.tsv", "CellType", lambda row: CKG + row["name"])
    _read_table(vocabulary, "endpoints.tsv", "Endpoint", lambda row: CKG + row["name"])
    return vocabulary
