"""Conditions beyond the curated core: a table that the user makes from a MONDO release.

MONDO (https://mondo.monarchinitiative.org, CC-BY 4.0) is published as OBO, and its exact matches
as SSSOM; both are read. Nothing of it is part of cellkg.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import Struct

from kg.errors import UnreadableInputError
from kg.files import data_folder, replacing
from kg.iri import slug
from kg.ontology import tables

TABLE: Final = "conditions-mondo.tsv"
"""Where linking looks for the table, beside `conditions.tsv`."""
COLUMNS: Final = ("id", "label", "alt_labels", "broader", "matches")
_SYNONYM: Final = re.compile(r'"((?:[^"\\]|\\.)*)" EXACT')
_VOCABULARIES: Final = ("MESH:", "NCIT:", "DOID:", "EFO:")


class Disease(Struct):
    """What MONDO says of a disease."""

    mondo: str
    label: str
    names: list[str]
    """Exact synonyms, and what other vocabularies call the same disease."""
    broader: list[str]
    same: list[str]
    """CURIEs of exact matches."""

    def add(self, other: "Disease") -> None:
        """Take in what another file says of the disease."""
        self.names += other.names
        self.broader += other.broader
        self.same += other.same


def table_path() -> Path:
    """Return the file of the table, which need not exist."""
    return data_folder("ontology") / TABLE


def refresh(files: Sequence[Path], out: Path) -> int:
    """Write the table of conditions beyond the core, and return how many it has.

    Each file is `mondo.obo`, or one of MONDO's SSSOM files of exact matches (which know names and
    matches, and no hierarchy); what several say of a disease is joined. Conditions whose MONDO id
    the core has are left out. Raises UnreadableInputError for a file that is neither.
    """
    found: dict[str, Disease] = {}
    for disease in chain.from_iterable(map(_read, files)):
        if disease.mondo in found:
            found[disease.mondo].add(disease)
        else:
            found[disease.mondo] = disease
    core = _core()
    beyond = [found[mondo] for mondo in sorted(found.keys() - core.keys())]
    ids = _ids(beyond, set(core.values())) | core
    lines = sorted("\t".join(_row(disease, ids)) for disease in beyond)
    with replacing(out) as stream:
        stream.write("".join(f"{line}\n" for line in ("\t".join(COLUMNS), *lines)).encode())
    return len(lines)


def needed(conditions: Iterable[str]) -> list[dict[str, str]]:
    """Return the table's rows of these conditions (`mesh-D001234`, slugs) and of all that is broader, by id."""
    rows = {row["id"]: row for row in tables.read(TABLE, COLUMNS)}
    found: set[str] = set()
    todo = [identifier for identifier in conditions if identifier in rows]
    while todo:
        identifier = todo.pop()
        if identifier not in found:
            found.add(identifier)
            todo += [wider for wider in tables.items(rows[identifier]["broader"]) if wider in rows]
    return [rows[identifier] for identifier in sorted(found)]


def _core() -> dict[str, str]:
    """Return the id of every curated condition by its MONDO identifier."""
    return {
        match.removeprefix("exact:"): row["id"]
        for row in tables.read("conditions.tsv", COLUMNS)
        for match in tables.items(row["matches"])
        if match.startswith("exact:MONDO:")
    }


def _ids(diseases: Iterable[Disease], taken: set[str]) -> dict[str, str]:
    """Return the id of each disease: its MeSH heading where it has one to itself, else its slug."""
    ids: dict[str, str] = {}
    for disease in diseases:
        mesh = {curie.partition(":")[2] for curie in disease.same if curie.startswith("MESH:")}
        choices = [f"mesh-{heading}" for heading in mesh if len(mesh) == 1]
        choices += [slug(disease.label), slug(disease.mondo)]
        ids[disease.mondo] = next(choice for choice in choices if choice not in taken)
        taken.add(ids[disease.mondo])
    return ids


def _row(disease: Disease, ids: Mapping[str, str]) -> tuple[str, ...]:
    """Return the cells of a disease."""
    names = {name.lower(): name for name in reversed(disease.names) if not {"|", "\t"} & set(name)}
    names.pop(disease.label.lower(), None)
    wider = dict.fromkeys(ids[mondo] for mondo in disease.broader if mondo in ids)
    matches = [f"exact:{curie}" for curie in dict.fromkeys((disease.mondo, *disease.same))]
    return ids[disease.mondo], disease.label, "|".join(sorted(names.values())), "|".join(wider), "|".join(matches)


def _read(file: Path) -> list[Disease]:
    if not file.is_file():
        raise UnreadableInputError(f"{file} is no file; give mondo.obo or an SSSOM table of MONDO.")
    try:
        with open(file, encoding="utf-8", newline="") as stream:
            head = stream.read(4096)
            stream.seek(0)
            if "format-version:" in head:
                return list(_read_obo(stream))
            if "subject_id\t" in head or "curie_map" in head:
                return list(_read_sssom(stream))
    except UnicodeDecodeError as error:
        raise UnreadableInputError(f"{file} is not UTF-8 at byte {error.start}.") from None
    except KeyError as error:
        raise UnreadableInputError(f"{file} has no column {error}; is it one of MONDO's SSSOM tables?") from None
    raise UnreadableInputError(
        f"{file} is neither mondo.obo nor an SSSOM table of MONDO; download one from MONDO's release page."
    )


def _read_obo(lines: Iterable[str]) -> Iterator[Disease]:
    """Yield the diseases of an OBO file (format 1.4): name, exact synonyms, is_a, equivalent xrefs."""
    stanza: dict[str, list[str]] = {}
    in_term = False
    for line in chain(lines, ["[End]"]):
        text = line.rstrip("\r\n")
        if text.startswith("["):
            if in_term and stanza.get("is_obsolete") != ["true"] and _is_disease(stanza):
                yield _disease(stanza)
            stanza, in_term = {}, text == "[Term]"
        elif in_term and ": " in text:
            tag, _, value = text.partition(": ")
            stanza.setdefault(tag, []).append(value)


def _is_disease(stanza: Mapping[str, list[str]]) -> bool:
    return stanza.get("id", [""])[0].startswith("MONDO:") and "name" in stanza


def _disease(stanza: Mapping[str, list[str]]) -> Disease:
    same = [xref.split(" ", 1)[0] for xref in stanza.get("xref", []) if "MONDO:equivalentTo" in xref]
    return Disease(
        stanza["id"][0],
        stanza["name"][0],
        [m[1].replace('\\"', '"') for text in stanza.get("synonym", []) if (m := _SYNONYM.match(text))],
        [value.split(" ", 1)[0] for value in stanza.get("is_a", [])],
        [curie for curie in same if curie.startswith(_VOCABULARIES)],
    )


def _read_sssom(lines: Iterable[str]) -> Iterator[Disease]:
    """Yield the exact matches of an SSSOM table whose subject is a disease of MONDO."""
    for line in csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"):
        same = line["object_id"].replace("mesh:", "MESH:")
        if line["predicate_id"] == "skos:exactMatch" and same.startswith(_VOCABULARIES):
            other = line.get("object_label")
            yield Disease(line["subject_id"], line["subject_label"], [other] if other else [], [], [same])
