"""Cytokines given to the recipient in support of the cells, apart from those that mobilise a donor."""

import re
from collections.abc import Iterator
from typing import Final

from kg.linking import context
from kg.linking.agents import (
    NARRATIVE,
    AgentMention,
    AgentReading,
    is_of_culture,
    is_used_in_vitro,
    is_usual,
    makes_cells,
)
from kg.linking.preparing import CELLS, Cells
from kg.record.links import Links

SUPPORTING: Final = frozenset(
    {
        "aldesleukin",
        "interleukin-15",
        "interleukin-7",
        "nogapendekin-alfa-inbakicept",
        "nktr-255",
        "bempegaldesleukin",
        "efineptakin-alfa",
        "filgrastim",
        "pegfilgrastim",
        "lenograstim",
        "sargramostim",
        "molgramostim",
        "interferon-alfa",
    }
)
_GROWTH_FACTORS: Final = frozenset({"filgrastim", "pegfilgrastim", "lenograstim", "sargramostim", "molgramostim"})
_MOBILISES: Final = re.compile(
    r"\b(?:mobili[sz]\w*|collect\w*|apheres\w*|leukapheres\w*|harvest\w*|donors?|primed|stimulated|prim(?:e|ing)|"
    r"target number|donation)\b"
)
_RECOVERS: Final = re.compile(
    r"\b(?:until|recover\w*|engraft\w*|anc|neutrophil\w*|blood counts?|nadir|neutropeni\w*|accelerat\w*|"
    r"reconstitut\w*|granulocyte support)\b"
)
_AFTER_OTHERS: Final = re.compile(
    r"\b(?:after|following|post)\b(?!(?:\W+[\w-]+){0,5}?\W+(?:chemo\w*|surgery|radiotherapy|leukapheresis)\b)"
)
"""After something that is no other treatment."""
_CELLS_GIVEN: Final = re.compile(
    r"\b(?:transplant\w*|re-?infus\w*|rescue|(?:en)?graft\w*|asct|hsct|hct|a?bmt|pbsct|"
    r"(?:cells?|marrow|pbscs?|pbpcs?|blood|dli|product) (?:(?:is|are|will be) )?(?:infus\w*|given|administ\w*|support)|"
    r"infus\w* (?:of )?(?:(?!and |until )[\w-]+ ){0,4}?(?:cells?|marrow|pbscs?|pbpcs?|blood|lymphocytes)|"
    r"(?:receive|with) pbscs?|day (?:0|-\d))\b"
)
_CHEMOTHERAPY: Final = re.compile(r"\bchemo\w*|\binduction\b")
_STEPS_BACK: Final = 200
_NEXT_STEP: Final = 100
_AFTER_CELLS: Final = re.compile(
    r"\b(?:after|following|post|then|followed by|subsequent\w*|days? (?:\+ ?)?[0-9]|beginning|starting|with|and|"
    r"plus|in combination|"
    r"support\w*|to (?:help|enhance|sustain|promote|improve|maintain)|together with|along with|same day)\b"
)
_GIVEN: Final = re.compile(
    r"\b(?:receiv\w*|given|administ\w*|inject\w*|infus\w*|subcutaneous\w*|sc\b|sq\b|s\.c|iv\b|dose[sd]?|treat\w*|"
    r"support\w*|will be|begin\w*|start\w*|day)\b"
)
_JOINED: Final = re.compile(r"(?:\+|\band|\bwith|\bplus|,|&) *$")
"""Before a cytokine in the name of cells: `T cells + IL-2`, and not `IL-15-transduced cells`."""
_ACTIVATED: Final = re.compile(
    r"\b(?:il-?2|interleukin-2|aldesleukin)[ -](?:treated|activated|incubated|stimulated|cultured|pulsed)\b|"
    r"\b(?:activated|incubated|stimulated|cultured|pulsed) (?:[\w-]+ ){0,4}(?:with|in) (?:il-?2|interleukin-2)\b"
)
_NOT_SUPPORT: Final = re.compile(
    r"\b(?:previous(?:ly)?|prior (?:treatment|therapy)|within \d+ (?:days|weeks|months)|not be|"
    r"no (?!earlier|later|sooner|more|less)|without|"
    r"hypersensitiv\w*|allerg\w*|side effects of il|studies|"
    r"have shown|has been shown|vaccine|adjuvant|flag\b|alternat\w+ to)\b"
)


def find_support(agents: AgentReading, cells: Cells, links: Links) -> Iterator[tuple[str, AgentMention]]:
    """Yield (slug, mention) for every cytokine that the record gives in support of cells."""
    if not cells.any:
        return
    cell_interventions = {link.intervention for link in links.interventions if link.products}
    for field in agents.reading.roles("intervention-name", "intervention-other-name"):
        for mention in agents.mentions(field):
            if field.intervention in cell_interventions and not _JOINED.search(field.lower, 0, mention.begin):
                continue
            for slug in mention.slugs:
                if slug in SUPPORTING and len(mention.slugs) == 1 and _is_support(mention, slug, agents, cells):
                    yield slug, mention
    for field in agents.reading.roles("arm-label", "arm-description", "intervention-description", *NARRATIVE):
        for mention in agents.mentions(field):
            for slug in mention.slugs:
                if slug in SUPPORTING and len(mention.slugs) == 1 and _says_support(mention, slug, agents, cells):
                    yield slug, mention


def _is_support(mention: AgentMention, slug: str, agents: AgentReading, cells: Cells) -> bool:
    """Whether a cytokine that the record lists as an intervention supports cells."""
    number = mention.field.intervention or 0
    text = mention.field.lower
    if text[mention.begin - 1 : mention.begin] in ("/", "-", ".") or text[mention.end : mention.end + 1] in (
        "/",
        "-",
        ".",
    ):
        return False
    described = [field for field in agents.reading.of_intervention(number) if field.role == "intervention-description"]
    if is_used_in_vitro(mention):
        return False
    if slug not in _GROWTH_FACTORS:
        return cells.effector and not makes_cells(agents, slug)
    for field in described:
        if _MOBILISES.search(field.lower) and not _RECOVERS.search(field.lower):
            return False
    if any(_RECOVERS.search(field.lower) or _AFTER_OTHERS.search(field.lower) for field in described):
        return True
    return any(slug in m.slugs and _says_support(m, slug, agents, cells) for m in agents.narrative())


def _follows_drugs(mention: AgentMention, agents: AgentReading) -> bool:
    """Whether the words around a growth factor give drugs and no cells: it supports recovery from the drugs."""
    field, text = mention.field, mention.field.lower
    first, last = context.sentence(field, mention.begin)
    begin = max(0, first - _STEPS_BACK)
    if _CELLS_GIVEN.search(text, begin, last + _NEXT_STEP):
        return False
    drugs = any(is_usual(slug) for other in agents.between(field, begin, mention.begin) for slug in other.slugs)
    return drugs or _CHEMOTHERAPY.search(text, begin, mention.begin) is not None


def _follows_cells(mention: AgentMention, first: int) -> bool:
    """Whether `PBSC are infused on day 0` or the like is the sentence before, in the same paragraph."""
    field, text = mention.field, mention.field.lower
    if not first or text[first - 1] == "\n" or _MOBILISES.search(text, mention.end, mention.end + _STEPS_BACK):
        return False
    begin, end = context.sentence(field, first - 1)
    return _CELLS_GIVEN.search(text, begin, end) is not None and CELLS.search(text, begin, end) is not None


def _activates(agents: AgentReading) -> bool:
    """Whether the record's cells were activated with interleukin-2, which then goes on in the recipient."""
    return any(_ACTIVATED.search(field.lower) for field in agents.reading.roles("arm-description", *NARRATIVE))


def _says_support(mention: AgentMention, slug: str, agents: AgentReading, cells: Cells) -> bool:
    """Whether a sentence gives the cytokine to the recipient of cells, after them or for them."""
    field, text = mention.field, mention.field.lower
    first, last = context.sentence(field, mention.begin)
    around = context.around(field, mention.begin, mention.end)
    if around.negated or around.background or around.donor or around.exclusion:
        return False
    if is_used_in_vitro(mention) or is_of_culture(mention):
        return False
    sentence = text[first:last]
    if _NOT_SUPPORT.search(sentence) or _GIVEN.search(sentence) is None:
        return False
    before, after = text[first : mention.begin], text[mention.end : last]
    if slug in _GROWTH_FACTORS:
        near = text[max(first, mention.begin - 60) : min(last, mention.end + 200)]
        if _MOBILISES.search(near):
            return False
        return (_RECOVERS.search(after) is not None and not _follows_drugs(mention, agents)) or (
            re.search(r"\bdays? \+?\d|\bdays? after|\bafter (?:the )?(?:transplant|infusion)|following", before + after)
            is not None
            and (CELLS.search(sentence) is not None or _follows_cells(mention, first))
        )
    if cells.graft and not cells.effector and not (slug == "aldesleukin" and _activates(agents)):
        return False
    return CELLS.search(sentence) is not None and _AFTER_CELLS.search(before + " " + after) is not None
