"""Agents that a record names: drugs, cytokines, radiation, alone or as a regimen's letters.

`ontology/substances.tsv` names the agents, `ontology/lexicon/agents.tsv` adds spellings and
says which names need care, `ontology/lexicon/regimens.tsv` spells out regimens
(`fludarabine+cytarabine+filgrastim` for FLAG).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import Final

from msgspec import Struct

from kg.files import data_folder
from kg.linking import context
from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Entry, Lexicon, Match, read_rows, read_table
from kg.record.links import Finding

_RADIATION: Final = "radiation/"
_GIVEN_IN: Final = ("arm-label", "arm-description", "intervention-name", "intervention-other-name")
NARRATIVE: Final = (
    "title",
    "official-title",
    "summary",
    "description",
    "design",
    "article-title",
    "abstract",
    "section",
)
_NOT_THE_AGENT: Final = re.compile(
    r"^(?: ?\((?!anti)[\w -]{1,15}\))?(?:/\w+)?[- )]*"
    r"(?:recovery|receptors?|levels?|concentrations?|inhibitors?|resistan\w+|refractory|sensitivity|"
    r"antibod\w+|antagonists?|"
    r"producing|secret\w+|expressing|specific|deficien\w+|intoleran\w+|allerg\w+|free\b|naive|na\u00efve|mobili[sz]ed|"
    r"primed|stimulated|activated|pathway|gene\b|production|knock\w*|responsive|dependent|independent|based assay|"
    r"spots?\b|"
    r"titers?|clearance|toxicity|induced|treated (?:cells|dc)|conjugated)"
)
_PART_OF_ANOTHER: Final = re.compile(
    r"(?:\banti[- ]|\bpost[- ]|mb|membrane[- ]bound |soluble |secret\w+ |expressing |transgenic )$"
)
_CULTURE: Final = re.compile(
    r"\b(?:in vitro|ex[- ]vivo|cultured?|culturing|incubat\w+|expanded|medium|media|cocultur\w+|co-cultur\w+|"
    r"generated|manufactur\w+|"
    r"stimulated with|activated with|transduced|cryopreserv\w+|elispot|elisa|secretion|serum levels?|measured|"
    r"mobili[sz]\w+|"
    r"leukapheres\w+|apheres\w+|production of)\b"
)

_CULTURED_WITH: Final = re.compile(
    r"\b(?:(?:cultur|incubat|expand|stimulat|activat|generat)\w*|"
    r"treat\w* (?:[\w'-]+ ){0,3}(?:cells|lymphocytes|marrow|pbscs?)) "
    r"(?:[\w-]+ ){0,3}?(?:with|in|using|by)\b(?:(?!\b(?:then|receive|followed|plus infusions?)\b)[^.;]){0,80}$"
)


class AgentMention(Struct, frozen=True):
    """An agent, or a regimen of several, named at a place of a field."""

    field: TextField
    match: Match
    slugs: tuple[str, ...]
    """Local ids of `substances.tsv`; radiation without its folder."""
    letters: bool = False
    """Named by letters that mean the agent only among others (`Flu`, `Cy`)."""

    @property
    def begin(self) -> int:
        """Start in the folded text."""
        return self.match.begin

    @property
    def end(self) -> int:
        """End in the folded text."""
        return self.match.end

    def finding(self, slug: str, rule: str | None = None, strength: str = "Stated") -> Finding:
        """Return one agent of the mention with its evidence."""
        evidence = self.field.evidence(self.begin, self.end, rule or self.match.rule, strength)
        return Finding(agent_id(slug), (evidence,))


def _begin(mention: AgentMention) -> int:
    return mention.match.begin


@cache
def kinds() -> dict[str, str]:
    """Return the kind (`Substance`, `Cytokine`, `Radiation`) of every slug of `substances.tsv`."""
    return {row["slug"]: row["kind"] for row in _rows()}


@cache
def labels() -> dict[str, str]:
    """Return the label (INN) of every slug of `substances.tsv`."""
    return {row["slug"]: row["label"] for row in _rows()}


def _rows() -> list[dict[str, str]]:
    return read_rows(data_folder("ontology") / "substances.tsv")


def agent_id(slug: str) -> str:
    """Return the last segments of an agent's IRI: `lenalidomide`, `radiation/total-body-irradiation`."""
    return _RADIATION + slug if kinds().get(slug) == "Radiation" else slug


@cache
def roles() -> dict[str, str]:
    """Return how usual an agent is in conditioning (`conditioning.tsv`).

    `strong`, `usual`, `beside` (only in the company of those two) or `never`.
    """
    return {entry.term: entry.context for entry in read_table("conditioning")}


_LONG_WORD: Final = re.compile(r"\b[A-Z]?[a-z]{5,}")


def spellings(synonym: str) -> tuple[str, ...]:
    """Return the spellings of a synonym as the matcher takes them.

    A name of several words with an ordinary long word (`Oswestry disability index`, `amphotericin B`)
    is found in any case; other mixed names also at the start of a sentence.
    """
    if " " in synonym and _LONG_WORD.search(synonym):
        return (synonym.lower(),)
    if synonym != synonym.lower() and synonym[0].islower():
        return synonym, synonym[0].upper() + synonym[1:]
    return (synonym,)


@cache
def _lexicon() -> Lexicon:
    """Compile substances, their extra spellings and regimens into one automaton."""
    extra = read_table("agents")
    overridden = {(entry.term, entry.synonym) for entry in extra}
    entries = []
    for row in _rows():
        for name in (row["label"], *filter(None, row["alt_labels"].split("|"))):
            if (row["slug"], name) not in overridden:
                entries += [Entry(row["slug"], form, "", f"substance-{row['slug']}") for form in spellings(name)]
    for entry in (*extra, *read_table("regimens")):
        entries += [Entry(entry.term, form, entry.context, entry.rule) for form in spellings(entry.synonym)]
    return Lexicon(entries)


def is_usual(slug: str) -> bool:
    """Whether an agent is one that commonly prepares for cells (`strong` or `usual` in `conditioning.tsv`)."""
    return roles().get(slug) in ("strong", "usual")


class AgentReading:
    """Where a record names agents: found once, asked by regimens, cytokines and interventions."""

    def __init__(self, reading: Reading) -> None:
        """Keep the reading; fields are searched when first asked for."""
        self.reading = reading
        self._found: dict[str, tuple[AgentMention, ...]] = {}
        stated = reading.roles("title", "official-title", "condition", "keyword")
        self._about = " ".join(field.lower for field in stated)

    def mentions(self, field: TextField) -> tuple[AgentMention, ...]:
        """Return the agents that a field names, in order of their place."""
        found = self._found.get(field.path)
        if found is None:
            found = tuple(self._read(field))
            self._found[field.path] = found
        return found

    def between(self, field: TextField, begin: int, end: int) -> tuple[AgentMention, ...]:
        """Return the agents whose names begin at `begin` or later and before `end`."""
        found = self.mentions(field)
        first = bisect_left(found, begin, key=_begin)
        return found[first : bisect_left(found, end, lo=first, key=_begin)]

    def _read(self, field: TextField) -> Iterator[AgentMention]:
        in_name = field.role in ("intervention-name", "intervention-other-name", "arm-label")
        for match in _lexicon().find(field):
            keyword = match.entry.context
            if keyword == "name" and not in_name:
                continue
            _, _, elsewhere = keyword.partition("unless:")
            if elsewhere and elsewhere in self._about:
                continue
            text = field.lower
            if _PART_OF_ANOTHER.search(text, max(0, match.begin - 20), match.begin) and not _is_post(text, match.begin):
                continue
            if _NOT_THE_AGENT.match(text[match.end : match.end + 40]):
                continue
            yield AgentMention(field, match, tuple(match.term.split("+")), keyword == "letters")

    def narrative(self) -> Iterator[AgentMention]:
        """Yield the agents named in titles, summary, description and articles."""
        for field in self.reading.roles(*NARRATIVE):
            yield from self.mentions(field)

    def of_arm(self, arm: int) -> Iterator[AgentMention]:
        """Yield the agents named in label and description of an arm."""
        for field in self.reading.of_arm(arm):
            yield from self.mentions(field)

    def of_intervention(self, number: int) -> Iterator[AgentMention]:
        """Yield the agents named in name, other names and description of an intervention."""
        for field in self.reading.of_intervention(number):
            yield from self.mentions(field)


def _is_post(text: str, begin: int) -> bool:
    return text[max(0, begin - 6) : begin].startswith(("post", " post", "-post"))


def is_used_in_vitro(mention: AgentMention) -> bool:
    """Whether the agent serves to make or measure cells and is not given to anyone."""
    first, last = context.sentence(mention.field, mention.begin)
    begin, end = max(first, mention.begin - 90), min(last, mention.end + 50)
    return _CULTURE.search(mention.field.lower, begin, end) is not None


def makes_cells(agents: AgentReading, slug: str) -> bool:
    """Whether text names an agent only as what cells are cultured with: a record may list it as an intervention."""
    named = [
        mention
        for field in agents.reading.roles("arm-description", "intervention-description", *NARRATIVE)
        for mention in agents.mentions(field)
        if slug in mention.slugs
    ]
    return bool(named) and all(is_of_culture(mention) for mention in named)


def is_of_culture(mention: AgentMention) -> bool:
    """Whether the words before name the agent as what cells are cultured or treated with."""
    first, _ = context.sentence(mention.field, mention.begin)
    return _CULTURED_WITH.search(mention.field.lower, first, mention.begin) is not None
