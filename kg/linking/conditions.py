"""Conditions of a trial: stated conditions, registry MeSH headings and titles to concepts.

The curated core is `ontology/conditions.tsv`. Beyond it the table that `cellkg ontology mondo` makes
from a MONDO release, `ontology/conditions-mondo.tsv`, is read when present.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from msgspec import Struct

from kg.files import data_folder
from kg.iri import slug
from kg.linking import context
from kg.linking.agents import spellings
from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Entry, Lexicon, Match, read_rows
from kg.record.links import ConditionLink, Evidence

_CORE: Final = "conditions.tsv"
_BEYOND: Final = "conditions-mondo.tsv"
_POSSESSIVE: Final = re.compile(r"'s\b|s'(?= )")
_NOT_A_CONDITION: Final = re.compile(
    r"^(?:.*\b(?:transplantation|transplant|surgery|therapy|treatment|vaccin\w+|chemotherapy|prevention|"
    r"immunotherapy|anesthesia|mortality|stem cells)|transplantation, .*|"
    r"(?:safety|efficacy)(?: (?:and|surveillance)\b.*)?|children|adult|pediatrics?|quality of life|biomarkers?|"
    r"oncology|cohort study|t[- ]cells?|car|"
    r"(?:relapsed?|recurren(?:t|ce)|refractory|local|locoregional|advanced|previously treated|and|or|[ ,/])+)$"
)
"""Stated where a condition should stand: a treatment, a product, an endpoint, a state of the disease."""
_QUALIFIERS: Final = re.compile(
    r"^(?:(?:stage [0-4ivx]+[abc]?|recurrent|refractory|relapsed|adult|childhood)\s+)+|"
    r",? (?:adult|childhood|recurrent)$|\s+AJCC v\d.*$",
    re.IGNORECASE,
)
"""Stage, state and age in the registry's old names of diseases; they are no part of the disease."""
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
"""Conditions under which inclusion criteria name the diseases that are meant."""
_UMBRELLAS: Final = frozenset({"b-cell neoplasm", "hematologic malignancy", "solid tumor"})
"""Classes that a title names to hold several diseases together."""
_ACRONYM: Final = 3
"""Letters of the shortest name that counts in a title: `MM` and `OA` are also drugs and groups of age."""
_IS_CELLS: Final = re.compile(
    r"^[- ]*(?:associated|related|negative|driven|induced|like|free|naive|specific|targeted|reactive|cells?\b|"
    r"antigen|vaccin|ctls?|t[- ]?cell|virus\b|antibod|lysate|line\b|"
    r"trans\b|center|institute|society|foundation|registry|network|program|hospital|research|group)"
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
    for table in filter(lambda table: (folder / table).is_file(), (_CORE, _BEYOND)):
        for row in read_rows(folder / table):
            if row["id"] in concepts:
                continue
            names = (row["label"], *filter(None, row["alt_labels"].split("|")))
            broader = tuple(filter(None, row["broader"].split("|")))
            concepts[row["id"]] = Concept(row["id"], row["label"], broader)
            for name in names:
                exact.setdefault(fold(name), row["id"])
                if table == _CORE and row["label"] != "disease":
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

    Stated conditions first; then those that titles name; then registry headings that are neither
    broader than these nor the same; then the diseases that inclusion criteria name under a class.
    A stated condition without a concept keeps its words.
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
    _add_headings(found, reading)
    found.fold()
    _add_included(found, reading)
    return found.result()


def _add_included(found: _Found, reading: Reading) -> None:
    """Add the diseases that inclusion criteria name of a wide class of which none is found so far."""
    held = frozenset().union(*(ancestors(identifier) for identifier in _known(found)))
    wide = {identifier for identifier in found.links if _label(identifier) in _BROAD} - held
    if not wide:
        return
    for field in reading.roles("criteria"):
        for match in _matches(field):
            if _label(match.term) in _BROAD or match.term in found.links or not wide & ancestors(match.term):
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
        name = _QUALIFIERS.sub("", field.text.strip()) or field.text.strip()
        found.add(slug(name), name, field.text, whole)


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
        if match.end - match.begin < _ACRONYM:
            continue
        before = text[max(0, match.begin - 90) : match.begin]
        told = _PEOPLE.split(before)[-1]
        if field.role != "keyword" and (_INTENT.search(before) is None or _PREVENTED.search(told)):
            continue
        around = context.around(field, match.begin, match.end)
        if (
            around.negated
            or match.term in found.links
            or (_label(match.term) not in _UMBRELLAS and any(match.term in ancestors(known) for known in _known(found)))
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
