"""Class definitions from `ontology/products.tsv`: products, what gives them, and the trials that study that.

A row is a class with its definition: named parents and parts, in the words of the Manchester syntax
(`hasCellType value TCell`, `hasModification some Modification`, joined by `and`). `alternatives` are
further sufficient conditions (`|` between them), `implies` what holds of every member besides. From
`administration` and `trial` follow `≡ Intervention and administers some <class>` and
`≡ Trial and hasIntervention some <administration>`.
"""

import re
from typing import Final

from kg.errors import UnreadableInputError
from kg.iri import term
from kg.namespaces import KG, ONTOLOGY, OWL, RDFS, SKOS
from kg.nquads import iri, literal
from kg.ontology.tables import items, read

COLUMNS: Final = (
    *("class", "label", "parent", "parts", "alternatives", "implies"),
    *("administration", "trial", "definition", "alt_labels", "matches", "administration_matches"),
)
_PART: Final = re.compile(r"(\w+) (value|some) (\S+)\Z")
_WORDS: Final = re.compile(r"[A-Z][a-z]+\Z")


def rows() -> list[dict[str, str]]:
    """Return the rows of `products.tsv`."""
    return read("products.tsv", COLUMNS)


def turtle() -> str:
    """Return every class that the table defines, as Turtle."""
    return "".join(block for row in rows() for block in _blocks(row))


def _blocks(row: dict[str, str]) -> list[str]:
    name, given_by, trial = row["class"], row["administration"], row["trial"]
    blocks = []
    if row["parent"]:
        definition = " and ".join(filter(None, (row["parent"], row["parts"])))
        blocks.append(_class(name, row["label"], row["definition"], definition, row["alt_labels"], row["implies"]))
    blocks += [f"{_expression(a)} {iri(RDFS + 'subClassOf')} {iri(term(name))} .\n" for a in items(row["alternatives"])]
    noun = row["label"].removesuffix(" product") or "cell"
    if given_by:
        kind = _WORDS.search(given_by)
        label = f"{noun} {kind.group().lower() if kind else ''}".strip()
        text = f"An intervention that gives a {noun} product." if row["parent"] else "An intervention that gives cells."
        blocks.append(_class(given_by, label, text, f"Intervention and administers some {name}"))
    if trial:
        label = f"{noun} therapy trial" if "therapy" not in noun else f"{noun} trial"
        text = f"A trial that studies an intervention with a {noun} product or compares with one."
        if row["parent"] == "Intervention":
            text = f"A trial that studies {noun} or compares with it."
        elif not row["parent"]:
            text = "A trial that studies an intervention with living cells or compares with one."
        blocks.append(_class(trial, label, text, f"Trial and hasIntervention some {given_by or name}"))
    return blocks


def _class(name: str, label: str, definition: str, equivalent: str, alt_labels: str = "", implies: str = "") -> str:
    rows = [
        f"a {iri(OWL + 'Class')}",
        f"{iri(RDFS + 'label')} {literal(label)}",
        f"{iri(SKOS + 'definition')} {literal(definition)}",
        f"{iri(RDFS + 'isDefinedBy')} {iri(ONTOLOGY)}",
        f"{iri(OWL + 'equivalentClass')} {_expression(equivalent)}",
        *(f"{iri(SKOS + 'altLabel')} {literal(other)}" for other in items(alt_labels)),
        *(f"{iri(RDFS + 'subClassOf')} {_atom(part)}" for part in implies.split(" and ") if part),
    ]
    return f"{iri(term(name))} " + " ; ".join(rows) + " .\n"


def _expression(text: str) -> str:
    """Return a class expression of the table as Turtle; a single atom stands without intersection."""
    atoms = [_atom(part) for part in text.split(" and ")]
    if len(atoms) == 1:
        return atoms[0]
    return f"[ a {iri(OWL + 'Class')} ; {iri(OWL + 'intersectionOf')} ( {' '.join(atoms)} ) ]"


def _atom(text: str) -> str:
    part = _PART.match(text)
    if part is None:
        if not text.isalnum():
            raise UnreadableInputError(f"products.tsv: {text!r} is neither a class nor `property value|some name`.")
        return iri(term(text))
    prop, kind, value = part.groups()
    filler = KG + value.removeprefix("kg:") if value.startswith("kg:") else term(value)
    restriction = iri(OWL + ("hasValue" if kind == "value" else "someValuesFrom"))
    return (
        f"[ a {iri(OWL + 'Restriction')} ; {iri(OWL + 'onProperty')} {iri(term(prop))} ; {restriction} {iri(filler)} ]"
    )
