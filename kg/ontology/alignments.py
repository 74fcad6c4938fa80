"""Alignments with other vocabularies: what the tables' `matches` cells say, as SSSOM tables and as RDF.

An identifier may stand in a `matches` cell only if `ontology/identifiers.tsv` names the file in
which it was seen; an identifier from memory is a defect (`unverified`). The SSSOM tables under
`ontology/mappings/` are written from the tables and committed, for people who want no RDF.
Format: SSSOM, TSV with a YAML header in comments (https://mapping-commons.github.io/sssom/).
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.files import data_folder, replacing
from kg.iri import Minter, antigen, condition, term
from kg.namespaces import SKOS
from kg.nquads import iri
from kg.ontology import organizations
from kg.ontology.curies import NAMESPACES, expand
from kg.ontology.products import rows as product_rows
from kg.ontology.tables import items, read
from kg.ontology.vocabulary import MATCHES, substance_iri

COLUMNS: Final = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label"),
    *("mapping_justification", "comment"),
)
_CURATED: Final = "semapv:ManualMappingCuration"
_CHAINED: Final = "semapv:MappingChaining"
_MONDO: Final = "monarch-initiative/mondo:src/ontology/mappings/"
_FOLDER: Final = "mappings"
_MINTER: Final = Minter()


@dataclass(frozen=True, order=True)
class Mapping:
    """One row of an SSSOM table, CURIEs throughout."""

    subject: str
    predicate: str
    object: str
    subject_label: str


def mapping_sets(labels: dict[str, str]) -> dict[str, list[Mapping]]:
    """Return the mappings of every table by the name of the set; `labels` are those of ontology terms by name."""
    sets: dict[str, list[Mapping]] = {
        "terms": _rows(read("alignments.tsv", ("term", "matches")), "term", term, labels),
        "substances": [
            mapping
            for row in read("substances.tsv", ("slug", "label", "kind", "matches"))
            for mapping in _mappings(substance_iri(row["slug"], row["kind"]), row["label"], row["matches"])
        ],
        "antigens": _rows(read("antigens.tsv", ("symbol", "label", "matches")), "symbol", antigen),
        "conditions": _rows(read("conditions.tsv", ("id", "label", "matches")), "id", condition),
        "cell-types": _rows(read("cell-types.tsv", ("name", "label", "matches")), "name", term),
        "endpoints": _rows(read("endpoints.tsv", ("name", "label", "matches")), "name", term),
        "organizations": [
            mapping
            for row in organizations.rows()
            for mapping in _mappings(_MINTER.organization(row["name"]), row["name"], f"exact:ROR:{row['ror']}")
        ],
        "products": [
            mapping
            for row in product_rows()
            for name, cell in ((row["class"], row["matches"]), (row["administration"], row["administration_matches"]))
            if name
            for mapping in _mappings(term(name), labels.get(name, row["label"]), cell)
        ],
    }
    return {name: sorted(found) for name, found in sets.items()}


def turtle() -> str:
    """Return the mappings of terms and products as RDF; those of the vocabularies stand with their individuals."""
    sets = mapping_sets({})
    return "".join(
        f"{iri(expand(m.subject))} {iri(SKOS + m.predicate.removeprefix('skos:'))} {iri(expand(m.object))} .\n"
        for name in ("terms", "products")
        for m in sets[name]
    )


def identifiers() -> dict[str, tuple[str, str]]:
    """Return every verified identifier with its label and the file in which it was seen."""
    return _listed() | {f"ROR:{row['ror']}": (row["ror_name"], row["verified_from"]) for row in organizations.rows()}


def _listed() -> dict[str, tuple[str, str]]:
    found = read("identifiers.tsv", ("identifier", "label", "verified_from"))
    return {row["identifier"]: (row["label"], row["verified_from"]) for row in found}


def unverified() -> list[Mapping]:
    """Return the mappings whose object no file vouches for."""
    known = identifiers()
    return [m for found in mapping_sets({}).values() for m in found if m.object not in known]


def sssom(name: str, found: list[Mapping]) -> str:
    """Return one mapping set as an SSSOM table."""
    known = identifiers()
    prefixes = sorted({curie.partition(":")[0] for m in found for curie in (m.subject, m.object)})
    header = [
        f"mapping_set_id: https://w3id.org/cellkg/mappings/{name}",
        f"mapping_set_title: cellkg {name}",
        "license: https://creativecommons.org/licenses/by/4.0/",
        "curie_map:",
        *(f"  {prefix}: {NAMESPACES[prefix]}" for prefix in prefixes),
        "  semapv: https://w3id.org/semapv/vocab/",
        f"  skos: {SKOS}",
    ]
    lines = [f"#{line}" for line in header] + ["\t".join(COLUMNS)]
    for m in found:
        label, source = known.get(m.object, ("", ""))
        chained = source.startswith(_MONDO) and name == "conditions" and not m.object.startswith("MONDO:")
        justification = _CHAINED if chained else _CURATED
        comment = f"identifier seen in {source}" if source else ""
        cells = (m.subject, m.subject_label, m.predicate, m.object, label, justification, comment)
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def write(labels: dict[str, str], folder: Path | None = None, check: bool = False) -> list[Path]:
    """Write `ontology/mappings/*.sssom.tsv` and return the files that differed; with `check`, write nothing."""
    folder = folder or data_folder("ontology") / _FOLDER
    changed = []
    for name, found in mapping_sets(labels).items():
        path, text = folder / f"{name}.sssom.tsv", sssom(name, found)
        if not found or (path.exists() and path.read_text(encoding="utf-8") == text):
            continue
        changed.append(path)
        if not check:
            with replacing(path) as stream:
                stream.write(text.encode())
    return changed


def collect(reference: Path) -> str:
    """Return `identifiers.tsv` for the identifiers that the tables use, from a folder of verified ones.

    `reference` holds `alignments.tsv` (concept, curie, label, predicate, verified_from) and MONDO's
    exact matches as SSSOM; rows marked UNVERIFIED are left out, labels that nobody saw stay empty.
    Organisations are left out: their table names its sources itself.
    """
    known = _listed()
    seen: dict[str, tuple[str, str]] = {}
    for path in sorted(reference.glob("*.sssom.tsv")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            seen.setdefault(row["subject_id"], (row.get("subject_label") or "", f"{_MONDO}{path.name}"))
            label = row.get("object_label") or ""
            seen.setdefault(row["object_id"].replace("mesh:", "MESH:"), (label, f"{_MONDO}{path.name}"))
    with (reference / "alignments.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not row["verified_from"].startswith("UNVERIFIED"):
                label = "" if "not seen" in row["label"] or "[" in row["label"] else row["label"]
                seen[row["curie"]] = (label, row["verified_from"])
    used = {m.object for name, found in mapping_sets({}).items() for m in found if name != "organizations"}
    rows = [(name, *(seen.get(name) or known.get(name) or ("", ""))) for name in sorted(used)]
    return "identifier\tlabel\tverified_from\n" + "".join("\t".join(row) + "\n" for row in rows if row[2])


def _rows(
    rows: list[dict[str, str]], key: str, mint: Callable[[str], str], labels: dict[str, str] | None = None
) -> list[Mapping]:
    return [
        mapping
        for row in rows
        for mapping in _mappings(mint(row[key]), (labels or {}).get(row[key], row.get("label", "")), row["matches"])
    ]


def _mappings(subject: str, label: str, cell: str) -> list[Mapping]:
    prefix = "ckg" if subject.startswith(NAMESPACES["ckg"]) else "kg"
    curie = f"{prefix}:{subject.removeprefix(NAMESPACES[prefix])}"
    found = []
    for item in items(cell):
        kind, _, object_id = item.partition(":")
        found.append(Mapping(curie, f"skos:{MATCHES[kind].removeprefix(SKOS)}", object_id, label))
    return found
