"""Conditions of a trial: stated conditions, registry MeSH headings and titles to concepts.

The curated core is `ontology/conditions.tsv`. Beyond it, `refresh` makes a table from a MONDO
release that the user downloaded; `ontology/lexicon/conditions-mondo.tsv` is read when present.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from msgspec import Struct

from kg.errors import UnreadableInputError
from kg.files import data_folder, replacing
from kg.iri import slug
from kg.linking import context
from kg.linking.agents import spellings
from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Entry, Lexicon, Match, read_rows
from kg.record.links import ConditionLink, Evidence

MONDO_TABLE: Final = "conditions-mondo.tsv"
_COLUMNS: Final = ("id", "label", "alt_labels", "broader", "matches")
_POSSESSIVE: Final = re.compile(r"'s\b|s'(?= )")
_NOT_A_CONDITION: Final = re.compile(
    r"^(?:.*\b(?:transplantation|transplant|surgery|therapy|treatment|vaccin\w+|chemotherapy|prevention|"
    r"immunotherapy|anesthesia)|"
    r"children|adult|quality of life|safety|biomarkers?)$"
)
_HEADING_ONLY: Final = frozenset(
    {
        "disease",
        "syndrome",
        "recurrence",
        "infection",
        "infections",
        "neoplasms",
        "disease progression",
        "pathologic processes",
        "chronic disease",
    }
)
_TITLE_ROLES: Final = ("title", "official-title", "article-title")
_INTENT: Final = re.compile(
    r"\b(?:patients?|subjects?|participants?|adults?|children|recipients|people|men|women|individuals|treat\w*|"
    r"therapy (?:of|for)|against|with|"
    r"for|in|of|have|has|diagnos\w*|suffering)\b[^.;:\n]{0,80}$"
)
_PEOPLE: Final = re.compile(r"\b(?:patients?|subjects?|participants?|adults?|children|recipients|people|treating)\b")
_PREVENTED: Final = re.compile(
    r"\b(?:prevent\w*|prophyla\w*|risk of|reduc\w+ (?:the )?(?:incidence|risk|rate)|complications?|to avoid|"
    r"develop\w* of|occurrence of|suppress\w* of|incidence of|without)\b[^.;:\n]{0,60}$"
)
_VAGUE: Final = frozenset({"cancer", "disease", "healthy", "neoplasm", "pain", "scar", "wound"})
_FEW: Final = 12
_WIDE: Final = frozenset(
    {
        "adenocarcinoma",
        "autoimmune disease",
        "b-cell lymphoma",
        "brain tumor",
        "carcinoma",
        "cardiovascular disease",
        "disease",
        "genetic disease",
        "infectious disease",
        "joint disease",
        "kidney disease",
        "leukemia",
        "liver disease",
        "lung cancer",
        "lung disease",
        "lymphocytic leukemia",
        "lymphoma",
        "metastatic neoplasm",
        "myeloid leukemia",
        "neoplasm",
        "nervous system disorder",
        "plasma cell neoplasm",
        "skin disease",
        "squamous cell carcinoma",
        "t-cell lymphoma",
    }
)
"""Classes so wide that a narrower condition of the same trial says what is meant."""
_BROAD: Final = frozenset(
    {
        "acute leukemia",
        "cancer",
        "hematologic disorder",
        "hematologic malignancy",
        "leukemia",
        "lymphoid neoplasm",
        "lymphoma",
        "neoplasm",
        "solid tumor",
    }
)
"""Stated conditions under which inclusion criteria name the diseases that are meant."""
_IS_CELLS: Final = re.compile(
    r"^[- ]*(?:associated|related|negative|driven|induced|like|free|naive|specific|targeted|reactive|cells?\b|"
    r"antigen|vaccin|ctls?|t[- ]?cell|virus\b|antibod|lysate|line\b|"
    r"center|institute|society|foundation|registry|network|program|hospital|research|group)"
)


class Concept(Struct, frozen=True):
    """A row of the conditions table."""

    id: str
    label: str
    broader: tuple[str, ...]


@cache
def _tables() -> tuple[dict[str, Concept], Lexicon, dict[str, str]]:
    """Return concepts by id, the lexicon of their names, and the id of every exact folded name."""
    concepts: dict[str, Concept] = {}
    entries: list[Entry] = []
    exact: dict[str, str] = {}
    folder = data_folder("ontology")
    tables = [(folder / "conditions.tsv", True)]
    if (folder / "lexicon" / MONDO_TABLE).is_file():
        tables.append((folder / "lexicon" / MONDO_TABLE, False))
    for path, curated in tables:
        for row in read_rows(path):
            if row["id"] in concepts:
                continue
            names = (row["label"], *filter(None, row["alt_labels"].split("|")))
            broader = tuple(filter(None, row["broader"].split("|")))
            concepts[row["id"]] = Concept(row["id"], row["label"], broader)
            for name in names:
                exact.setdefault(fold(name), row["id"])
                if curated and row["label"] != "disease":
                    entries += [Entry(row["id"], form, "", f"condition-{row['id']}") for form in _forms(name)]
    return concepts, Lexicon(entries), exact


def _forms(name: str) -> tuple[str, ...]:
    """Return the spellings of a name as the lexicon matches them: long names in any case."""
    if " " in name or len(name) > 6:
        return (name.lower(),)
    return spellings(name)


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """Return a name as it is compared: lower case, single spaces, no possessive, no full stop."""
    plain = _POSSESSIVE.sub("", name.lower().replace("\u2019", "'")).replace("-", " ").replace("_", " ")
    return " ".join(plain.rstrip(". ").split())


@cache
def ancestors(identifier: str) -> frozenset[str]:
    """Return the ids of all broader conditions of a concept."""
    concepts = _tables()[0]
    found: set[str] = set()
    todo = [identifier]
    while todo:
        for wider in concepts[todo.pop()].broader if concepts else ():
            if wider not in found and wider in concepts:
                found.add(wider)
                todo.append(wider)
    return frozenset(found)


def lookup(name: str) -> Concept | None:
    """Return the concept whose label or other name is exactly this, in any case; None without one."""
    concepts, _, exact = _tables()
    found = exact.get(fold(name))
    return concepts[found] if found is not None else None


def _label(identifier: str) -> str:
    concept = _tables()[0].get(identifier)
    return concept.label if concept is not None else ""


class _Found:
    """Conditions in the order in which they are found, each with its words."""

    def __init__(self) -> None:
        self.links: dict[str, tuple[str, list[str], list[Evidence]]] = {}

    def add(self, identifier: str, label: str, stated: str | None, evidence: Evidence | None) -> None:
        """Add words and evidence to a condition."""
        _, words, quotes = self.links.setdefault(identifier, (label, [], []))
        if stated is not None and stated not in words:
            words.append(stated)
        if evidence is not None and len(quotes) < 3:
            quotes.append(evidence)

    def drop(self, identifiers: Iterable[str]) -> None:
        """Take conditions out again."""
        for identifier in identifiers:
            self.links.pop(identifier, None)

    def fold(self) -> None:
        """Give the words of a broader condition to the narrower ones that are found too, and drop it."""
        concepts = _tables()[0]
        for identifier in [i for i in self.links if _label(i) in _WIDE]:
            narrower = [i for i in self.links if i in concepts and identifier in ancestors(i)]
            if narrower:
                _, words, quotes = self.links.pop(identifier)
                for other in narrower[:1]:
                    for word in words:
                        self.add(other, self.links[other][0], word, None)
                    for quote in quotes:
                        self.add(other, self.links[other][0], None, quote)

    def result(self) -> tuple[ConditionLink, ...]:
        """Return the links."""
        return tuple(
            ConditionLink(id=identifier, label=label, stated_as=tuple(words), evidence=tuple(quotes))
            for identifier, (label, words, quotes) in self.links.items()
        )


def link_conditions(reading: Reading) -> tuple[ConditionLink, ...]:
    """Return the conditions that a trial studies.

    Stated conditions first; then those that titles name; then registry headings that are
    neither broader than these nor the same. A stated condition without a concept keeps its words.
    """
    found = _Found()
    for field in reading.roles("condition"):
        _add_stated(found, field)
    for field in reading.roles(*_TITLE_ROLES):
        _add_named(found, field)
    keywords = reading.roles("keyword")
    if all(_label(i) in _VAGUE for i in found.links) and len(keywords) <= _FEW:
        for field in keywords:
            _add_named(found, field)
    if found.links and all(_label(i) in _BROAD for i in found.links):
        for field in reading.roles("criteria"):
            _add_included(found, field)
    _add_headings(found, reading)
    found.fold()
    return found.result()


def _add_included(found: _Found, field: TextField) -> None:
    """Add the diseases that inclusion criteria name, where the stated condition is only a wide class of them."""
    wide = set(found.links)
    for match in _matches(field):
        if _label(match.term) in _BROAD or not wide & ancestors(match.term) or match.term in found.links:
            continue
        around = context.around(field, match.begin, match.end)
        if around.asserted and not around.donor and not _IS_CELLS.match(field.lower[match.end : match.end + 14]):
            concept = _tables()[0][match.term]
            found.add(concept.id, concept.label, None, field.evidence(match.begin, match.end, match.rule))


def _matches(field: TextField) -> list[Match]:
    return _tables()[1].find(field)


def _add_stated(found: _Found, field: TextField) -> None:
    """Add a stated condition: the concept of the whole words, else those that the words contain."""
    whole = field.evidence(0, len(field.plain), "condition-stated")
    concept = lookup(field.plain)
    if concept is not None:
        found.add(concept.id, concept.label, field.text, whole)
        return
    inside = _most_specific(_matches(field))
    for match in inside:
        found.add(
            match.term, _tables()[0][match.term].label, field.text, field.evidence(match.begin, match.end, match.rule)
        )
    if not inside and not _NOT_A_CONDITION.match(field.lower.strip()):
        found.add(slug(field.text), field.text.strip(), field.text, whole)


def _most_specific(matches: list[Match]) -> list[Match]:
    """Drop matches whose concept is broader than another's."""
    terms = {match.term for match in matches}
    wider: set[str] = set()
    for term in terms:
        wider |= ancestors(term)
    return [match for match in matches if match.term not in wider]


def _add_named(found: _Found, field: TextField) -> None:
    """Add the conditions that a title or keyword names as what participants have."""
    for match in _most_specific(_matches(field)):
        text = field.lower
        if _label(match.term) in _VAGUE or _IS_CELLS.match(text[match.end : match.end + 14]):
            continue
        before = text[max(0, match.begin - 90) : match.begin]
        told = _PEOPLE.split(before)[-1]
        if field.role != "keyword" and (_INTENT.search(before) is None or _PREVENTED.search(told)):
            continue
        around = context.around(field, match.begin, match.end)
        if (
            around.negated
            or match.term in found.links
            or any(match.term in ancestors(known) for known in _known(found))
        ):
            continue
        found.add(match.term, _tables()[0][match.term].label, None, field.evidence(match.begin, match.end, match.rule))


def _known(found: _Found) -> list[str]:
    return [identifier for identifier in found.links if identifier in _tables()[0]]


def _add_headings(found: _Found, reading: Reading) -> None:
    """Add the registry's MeSH headings that say something new."""
    derived = reading.document.study.derived_section
    if derived is None:
        return
    browse = derived.condition_browse_module
    broad = {heading.id for heading in browse.ancestors if heading.id}
    for heading in browse.meshes:
        if heading.term is None or heading.id in broad or heading.term.lower() in _HEADING_ONLY:
            continue
        concept = lookup(heading.term)
        if concept is None and heading.id is not None:
            concept = _tables()[0].get(f"mesh-{heading.id}")
        known = _known(found)
        if concept is not None:
            if concept.id in found.links or any(concept.id in ancestors(other) for other in known):
                continue
            if found.links and (concept.label in _VAGUE or heading.id is None):
                continue
            if found.links and not any(other in ancestors(concept.id) for other in known) and known:
                continue
            found.add(concept.id, concept.label, None, None)
        elif heading.id is not None and not known:
            found.add(f"mesh-{heading.id}", heading.term, None, None)


def refresh(mondo: Path, out: Path | None = None, core: Path | None = None) -> list[dict[str, str]]:
    """Return the table of conditions beyond the curated core, read from a MONDO release.

    `mondo` is `mondo.obo`, or one of MONDO's SSSOM files of exact matches. With `out` the table is
    written there too (`ontology/lexicon/conditions-mondo.tsv` is the place that linking reads).
    Concepts of the core are left out by their MONDO id. Raises UnreadableInputError for a file
    that is neither.
    """
    head = mondo.read_text(encoding="utf-8", errors="replace")[:4096] if mondo.is_file() else ""
    if "format-version:" in head:
        rows = list(_read_obo(mondo))
    elif "subject_id\t" in head or "curie_map" in head:
        rows = list(_read_sssom(mondo))
    else:
        raise UnreadableInputError(
            f"{mondo} is neither mondo.obo nor an SSSOM table of MONDO; download one from MONDO's release page."
        )
    known = _core_mondo(core or data_folder("ontology") / "conditions.tsv")
    ids = {row["mondo"]: row["id"] for row in rows} | known
    table = [
        {
            "id": row["id"],
            "label": row["label"],
            "alt_labels": row["alt_labels"],
            "broader": "|".join(ids[wider] for wider in row["broader"].split("|") if wider in ids),
            "matches": row["matches"],
        }
        for row in sorted(rows, key=lambda row: row["id"])
        if row["mondo"] not in known
    ]
    if out is not None:
        with replacing(out) as stream:
            lines = ["\t".join(_COLUMNS), *("\t".join(row[c] for c in _COLUMNS) for row in table)]
            stream.write(("\n".join(lines) + "\n").encode())
    return table


def _core_mondo(path: Path) -> dict[str, str]:
    """Return the id of every curated condition by its MONDO identifier."""
    known = {}
    for row in read_rows(path):
        for match in filter(None, row["matches"].split("|")):
            predicate, _, curie = match.partition(":")
            if predicate == "exact" and curie.startswith("MONDO:"):
                known[curie] = row["id"]
    return known


def _segment(mesh: list[str], label: str) -> str:
    """Return the id of a condition: its MeSH heading where there is exactly one, else its slug."""
    return f"mesh-{mesh[0]}" if len(mesh) == 1 else slug(label)


def _read_obo(path: Path) -> Iterator[dict[str, str]]:
    """Yield the diseases of an OBO file (format 1.4): name, exact synonyms, is_a, equivalent xrefs."""
    stanza: dict[str, list[str]] = {}
    in_term = False
    with open(path, encoding="utf-8") as stream:
        for line in (*stream, "[End]"):
            text = line.rstrip("\n")
            if text.startswith("["):
                if in_term and (row := _obo_row(stanza)) is not None:
                    yield row
                stanza, in_term = {}, text == "[Term]"
            elif in_term and ": " in text:
                tag, _, value = text.partition(": ")
                stanza.setdefault(tag, []).append(value)


_SYNONYM: Final = re.compile(r'"((?:[^"\\]|\\.)*)" EXACT')


def _obo_row(stanza: dict[str, list[str]]) -> dict[str, str] | None:
    mondo = stanza.get("id", [""])[0]
    if not mondo.startswith("MONDO:") or "name" not in stanza or stanza.get("is_obsolete") == ["true"]:
        return None
    label = stanza["name"][0]
    same = [xref.split(" ", 1)[0] for xref in stanza.get("xref", []) if "MONDO:equivalentTo" in xref]
    mesh = [x.partition(":")[2] for x in same if x.upper().startswith("MESH:")]
    synonyms = [m.group(1).replace('\\"', '"') for s in stanza.get("synonym", []) if (m := _SYNONYM.match(s))]
    wider = [value.split(" ", 1)[0] for value in stanza.get("is_a", [])]
    kept = [x for x in same if x.upper().startswith(("MESH:", "NCIT:", "DOID:", "EFO:"))]
    return _row(mondo, label, synonyms, wider, mesh, kept)


def _row(
    mondo: str, label: str, synonyms: list[str], wider: list[str], mesh: list[str], same: list[str]
) -> dict[str, str]:
    names = [name for name in dict.fromkeys(synonyms) if "|" not in name and "\t" not in name]
    return {
        "mondo": mondo,
        "id": _segment(mesh, label),
        "label": label,
        "alt_labels": "|".join(names),
        "broader": "|".join(wider),
        "matches": "|".join(f"exact:{curie}" for curie in (mondo, *same)),
    }


def _read_sssom(path: Path) -> Iterator[dict[str, str]]:
    """Yield the diseases of an SSSOM table (subject MONDO, predicate skos:exactMatch)."""
    rows: dict[str, tuple[str, list[str]]] = {}
    with open(path, encoding="utf-8", newline="") as stream:
        body = (line for line in stream if not line.startswith("#"))
        for line in csv.DictReader(body, delimiter="\t"):
            if line["predicate_id"] == "skos:exactMatch" and line["subject_id"].startswith("MONDO:"):
                rows.setdefault(line["subject_id"], (line["subject_label"], []))[1].append(line["object_id"])
    for mondo, (label, objects) in rows.items():
        same = [curie.replace("mesh:", "MESH:") for curie in objects]
        mesh = [curie.partition(":")[2] for curie in same if curie.startswith("MESH:")]
        yield _row(mondo, label, [], [], mesh, same)
