"""Agents that interventions of the record administer, and those that only text gives."""

import re
from typing import Final

from msgspec import structs

from kg.iri import slug as slug_of
from kg.linking import context
from kg.linking.agents import (
    NARRATIVE,
    AgentMention,
    AgentReading,
    agent_id,
    is_used_in_vitro,
    is_usual,
    kinds,
    labels,
    makes_cells,
)
from kg.linking.arm_scope import IMPLICIT, ArmScope
from kg.linking.fields import TextField
from kg.linking.preparing import is_in_other_step
from kg.linking.regimen_building import stated_doses
from kg.record.links import (
    Finding,
    InterventionLinks,
    LinkedAdministration,
    LinkedDose,
    Links,
    TextIntervention,
)

_CODE: Final = re.compile(
    r"(?<![\w-])[A-Z]{2,6}[- ]?\d{2,7}[A-Z]?(?![\w-])|(?<![\w-])[A-Z]{2,4}-[A-Z]{1,2}\d{2,5}(?![\w-])|"
    r"(?<![\w-])[A-Z]{1,5}-\d{1,4}(?:-\d{1,4}|,\d{3})?(?![\w-])|(?<![\w-])[A-Z]\d{4,6}(?![\w-])|"
    r"(?<![\w-])[A-Z]{2,5}\d{1,3}-\d{3,5}(?![\w-])"
)
_NOT_A_CODE: Final = re.compile(
    r"^(?:CD|CAR|NK|HLA|IL|CTL|T|HIV|HPV|EBV|CMV|COVID|SARS|PET|FDG|F|MRI|CT|QLQ|SF|EQ|NCT|UCB|HSCT|PBSC|DLI|GM|"
    r"BM|UC|MSC|AD|DC|TIL|TCR|WT|CART|CCR|PD|CIK|EGFR|BCMA)[- ]?\d"
)
_GIVES: Final = re.compile(
    r"\b(?:receiv\w*|giv(?:en|ing)|administ\w*|treat(?:ed|ment|ing)? with|therapy with|combin\w+ with|plus|"
    r"start\w* on|will be on|take\w*|undergo\w*|prophylaxis)\b"
)
_DRUG_TYPES: Final = frozenset(
    {
        "DRUG",
        "BIOLOGICAL",
        "RADIATION",
        "COMBINATION_PRODUCT",
        "GENETIC",
        "OTHER",
        "DIETARY_SUPPLEMENT",
        "PROCEDURE",
        None,
    }
)
_NAMES_NO_DRUG: Final = re.compile(
    r"\b(?:placebo|sham|questionnaire|survey|assay|biopsy|analysis|blood sampl\w+|blood draw|"
    r"pharmacological study|level)\b"
)
_STATUS: Final = re.compile(
    r"\b(?:premedicat\w*|pre-medicat\w*|if needed|as needed|in case of|in the event of|prior|previous\w*|such as|"
    r"e\.g|for example|may be given for|side effects?|manage\w*)\b"
)
_POST_CELLS: Final = re.compile(
    r"\b(?:days? \+ ?\d|days? 3 and 4|day \+?[34]\b|post[- ]?(?:transplant\w*|hct|hsct|bmt)|"
    r"after (?:the )?transplant\w*)"
)
_DAYS_AFTER: Final = re.compile(r"[^.;,]*?\bon days? \+?(?:3 (?:and|to|&) \+?[45]|3|4|5)\b")
_DAYS_ON_BOTH_SIDES: Final = re.compile(
    r"[^.;]{0,20}?\bon days? -\s?\d+(?:(?: to | and |, ?and |, ?|-)-?\d+)*?"
    r"(?: and |, ?and |, ?)[1-9]\d*\b(?! ?(?:days|hours))"
)
_SPELLS_OUT: Final = re.compile(r"[^.;:]{0,40}?(?:\(|\b(?:consist\w*|compris\w*|includ\w*|contain\w*|of|with)\b|[:=])")
_DAYS_3_AND_4: Final = re.compile(r"\bdays? \+? ?3(?: and |, ?|/|, and | & | to |-)(?:day )?\+? ?4\b|\+ ?3, ?\+ ?4\b")
"""Of cyclophosphamide after transplantation."""
_DAYS_WITHIN: Final = 60
_BEFORE_CELLS: Final = re.compile(r"\bdays? -\s?\d")
_DURING: Final = re.compile(
    r"\b(?:(?:patients?|subjects?|participants?|children|adults?|women|men|malignanc\w+|leuk[a]?emi\w+|myeloma|"
    r"lymphoma|disease|syndromes?) (?:\w+ ){0,4}?"
    r"(?:treated with|treated by|receiving|taking|under|on)|during (?:\w+ ){0,2}treatment with|"
    r"under treatment with|undergoing treatment with)\W+(?:\w+\W+){0,3}$"
)
_STEM: Final = re.compile(
    r"(?<![\w-])[A-Za-z]{2,}(?:mab|mig|bart|fusp|tinib|ciclib|parib|lisib|rafenib|metinib|degib|sertib|stat|cept|"
    r"ermin|kinra|"
    r"grastim|imus|platin|rubicin|taxel|trexed|citabine|"
    r"mustine|zomib|domide|lidomide|parin|gatran|xaban|vir|conazole|fungin|oxacin|mycin|cillin|prazole|sartan|"
    r"gliptin|gliflozin|glutide|statin|cetam|azepam|"
    r"leukin|stim|cog|vedotin|deruxtecan|mafodotin|toclax|denoson|dronate|setron|pitant|olone|sone|dipine|olol|"
    r"pril)(?: [a-z]*(?:dotin|tecan|tansine|tesirine|ozogamicin|tiuxetan))?(?![\w-])"
)
_WORD: Final = re.compile(
    r"^(?!(?i:placebos?|chemotherapy|radiotherapy|control|vehicle|exercise|questionnaire|surgery|observation|standard|"
    r"immunotherapy|treatment|vaccines?|injections?|tablets?|capsules?|supplements?|antibiotics?|steroids?|"
    r"corticosteroids?|medication|drug|conditioning|lymphodepletion|leukapheresis|anesthesia|acupuncture|probiotics?|"
    r"experimental|intervention|analgesics?|opioids?|bisphosphonates?|statins?|peanut|wheat|sucrose|lactose|milk)$)"
    r"(?:\d{1,2}-)?[A-Za-z]{6,}(?=\s*(?:\(|$))"
)
_TITLES: Final = ("title", "official-title")
_PLAIN: Final = tuple(role for role in NARRATIVE if role != "article-title")
_REMARK: Final = re.compile(
    r"\b(?:have shown|has been shown|previous(?:ly)? (?:stud|report|show|trial)\w*|studies have|animal models?|"
    r"in mice|in vitro|pre-?clinical|"
    r"standard (?:of care|treatment|therapy)|approved|fda|literature|known to|reported|is an? (?:drug|antibod|"
    r"agent|type|medicine|kind)|who (?:have|had))\b"
)


def link_interventions(
    agents: AgentReading, links: Links, preparing: set[str], supporting: set[str]
) -> tuple[InterventionLinks, ...]:
    """Return what each intervention of the record administers, agents added to the known products.

    Agents that only prepare the recipient or support the cells stay apart.
    """
    apart = preparing | supporting
    known = {link.intervention: link for link in links.interventions}
    stated = agents.reading.protocol.arms_interventions_module.interventions
    result = []
    for number, item in enumerate(stated, 1):
        link = known.get(number, InterventionLinks(intervention=number))
        found = _agents_of(agents, number, item.type, bool(link.products))
        left = {
            slug: finding
            for slug, finding in found.items()
            if (not _is_apart(slug, apart) and not (links.products and makes_cells(agents, slug)))
            or (slug in preparing and _also_elsewhere(agents, number, slug))
        }
        if not found and not link.products and item.type in _DRUG_TYPES:
            left = _unlisted(agents.reading.of_intervention(number), item.type)
        if left or link.products:
            result.append(structs.replace(link, agents=link.agents + tuple(left.values())))
    return tuple(result)


def _agents_of(agents: AgentReading, number: int, kind: str | None, has_products: bool) -> dict[str, Finding]:
    """Return the agents that an intervention's name, else its other names, else its description give."""
    fields = agents.reading.of_intervention(number)
    for role in ("intervention-name", "intervention-other-name", "intervention-description"):
        if role == "intervention-description" and (
            has_products or kind not in _DRUG_TYPES or kind == "PROCEDURE" or _code(fields) is not None
        ):
            break
        found: dict[str, Finding] = {}
        for field in fields:
            if field.role == role:
                for mention in agents.mentions(field):
                    if _is_given(mention, has_products):
                        for slug in mention.slugs:
                            found.setdefault(slug, mention.finding(slug))
        if found:
            return found
    return {}


def _code(fields: list[TextField]) -> re.Match[str] | None:
    """Return the development code that is the whole name of an intervention; its description speaks of others."""
    names = (field.plain.strip() for field in fields if field.role == "intervention-name")
    return next(
        (found for found in map(_CODE.fullmatch, names) if found and not _NOT_A_CODE.match(found.group())), None
    )


def _is_given(mention: AgentMention, has_products: bool) -> bool:
    """Whether an intervention's words give the agent, and do not name it as part of cells or as background."""
    text = mention.field.lower
    if mention.letters or _NAMES_NO_DRUG.search(
        text[mention.begin - 30 if mention.begin > 30 else 0 : mention.end + 20]
    ):
        return False
    if _DURING.search(text, 0, mention.begin):
        return False
    if has_products:
        joined = text[mention.begin - 1 : mention.begin] in "-./" if mention.begin else False
        return (
            not joined and text[mention.end : mention.end + 1] not in ("-", ".", "/") and not is_used_in_vitro(mention)
        )
    if mention.field.role == "intervention-description":
        around = context.around(mention.field, mention.begin, mention.end)
        return not (around.negated or around.background or _STATUS.search(text, around.begin, mention.begin))
    return True


def _is_apart(slug: str, apart: set[str]) -> bool:
    """Whether an agent only prepares or supports; `radiation therapy` beside total body irradiation is the same."""
    return slug in apart or (slug == "radiotherapy" and any(kinds().get(other) == "Radiation" for other in apart))


def _also_elsewhere(agents: AgentReading, number: int, slug: str) -> bool:
    """Whether what prepares is given after the cells or in another step too: its description says so, or text."""
    described = agents.reading.of_intervention(number)
    if any(_BEFORE_CELLS.search(field.lower) for field in described):
        return any(_DAYS_3_AND_4.search(field.lower) for field in described)
    if any(_POST_CELLS.search(field.lower) for field in described):
        return True
    return any(
        slug in mention.slugs and (_is_later(mention) or _is_in_other_step(mention))
        for field in agents.reading.roles(*NARRATIVE)
        for mention in agents.mentions(field)
    )


def _is_in_other_step(mention: AgentMention) -> bool:
    """Whether a sentence gives the agent for induction, mobilisation or another step besides the cells."""
    return is_in_other_step(mention) and _is_in_schema(mention)


def _is_later(mention: AgentMention) -> bool:
    """Whether a sentence gives the agent on days after the cells: `on days 3 and 4`, `on days -2 to 0 and 5-18`."""
    field = mention.field
    _, last = context.sentence(field, mention.begin)
    said = field.lower[mention.end : min(last, mention.end + _DAYS_WITHIN)]
    later = _DAYS_AFTER.match(said) or _DAYS_ON_BOTH_SIDES.match(said)
    return later is not None and context.around(field, mention.begin, mention.end).asserted


def _unlisted(fields: list[TextField], kind: str | None) -> dict[str, Finding]:
    """Return an agent that no table names but the name of an intervention shows to be one.

    A development code (`ABC-1234`), a word with the stem of an INN (`-mab`, `-tinib`), or the single
    word that is the whole name of a drug.
    """
    for field in fields:
        if field.role != "intervention-name" or _NAMES_NO_DRUG.search(field.lower):
            continue
        for pattern, rule in ((_CODE, "agent-development-code"), (_STEM, "agent-inn-stem"), (_WORD, "agent-drug-name")):
            if pattern is _WORD and kind != "DRUG":
                continue
            found = pattern.search(field.plain)
            if found is not None and not (pattern is _CODE and _NOT_A_CODE.match(found.group())):
                name = slug_of(found.group())
                return {name: Finding(name, (field.evidence(found.start(), found.end(), rule),))}
    return {}


def text_agents(
    agents: AgentReading, arms: ArmScope, known: set[str], told: bool
) -> list[tuple[TextIntervention, frozenset[str]]]:
    """Return the agents that only text gives, each with the arms of which it is said.

    `told` says whether summary and description are read too: for cells, and where the record
    lists no agent as an intervention.
    """
    found: dict[tuple[str, bool], tuple[Finding, set[str]]] = {}
    spelled = _spelled_out(agents)
    fields = agents.reading.roles(
        "arm-label",
        "arm-description",
        *(_PLAIN if told else _TITLES),
        "intervention-name",
        "intervention-description",
    )
    for field in fields:
        for mention in agents.mentions(field):
            meant = spelled.get(mention.match.term, mention.slugs)
            new = [slug for slug in mention.slugs if slug in meant and not known & {slug, agent_id(slug)}]
            if not new:
                continue
            background = _is_background(mention)
            if not background and (field.intervention is not None or not _is_in_schema(mention)):
                continue
            for slug in new:
                if background and (slug, False) in found:
                    continue
                _, said = found.setdefault((slug, background), (mention.finding(slug), set()))
                said |= arms.of_field(field, mention.begin)
    return [
        (
            TextIntervention(
                label=labels().get(slug, slug), evidence=finding.evidence, agents=(finding,), background=background
            ),
            frozenset(said),
        )
        for (slug, background), (finding, said) in found.items()
    ]


def _spelled_out(agents: AgentReading) -> dict[str, tuple[str, ...]]:
    """Return what the record itself says that the letters of a regimen mean: `CVP with A, B and C`.

    One set of letters means different agents to different people.
    """
    found: dict[str, tuple[str, ...]] = {}
    for field in agents.reading.roles(*_PLAIN, "arm-description"):
        for mention in agents.mentions(field):
            if len(mention.slugs) < 2 or mention.match.term in found:
                continue
            _, last = context.sentence(field, mention.begin)
            if _SPELLS_OUT.match(field.lower, mention.end, last):
                named = [other.slugs[0] for other in agents.between(field, mention.end, last) if len(other.slugs) == 1]
                meant = tuple(dict.fromkeys(named))
                if len(meant) >= len(mention.slugs) and set(meant) & set(mention.slugs):
                    found[mention.match.term] = meant
    return found


def _is_background(mention: AgentMention) -> bool:
    """Whether participants receive the agent anyway: `in patients treated with X`, in a title or a name."""
    if mention.letters or mention.field.role not in ("title", "official-title", "intervention-name"):
        return False
    return _DURING.search(mention.field.lower, 0, mention.begin) is not None


def _is_in_schema(mention: AgentMention) -> bool:
    """Whether the text gives the agent to participants as a part of the treatment."""
    field, text = mention.field, mention.field.lower
    treats = _is_cytotoxic(mention)
    if mention.letters or field.role in ("title", "official-title", "article-title"):
        return False
    if not treats and is_used_in_vitro(mention):
        return False
    around = context.around(field, mention.begin, mention.end)
    if not around.asserted or around.donor or (around.mobilisation and not treats):
        return False
    sentence = text[around.begin : around.end]
    if _STATUS.search(sentence) or _REMARK.search(sentence):
        return False
    if field.role == "arm-label":
        return True
    return _GIVES.search(text, max(around.begin, mention.begin - 200), mention.begin) is not None


def _is_cytotoxic(mention: AgentMention) -> bool:
    """Whether every agent is one that treats the disease, also where it mobilises cells."""
    return all(map(is_usual, mention.slugs))


def administrations(
    interventions: tuple[InterventionLinks, ...],
    texts: list[tuple[TextIntervention, frozenset[str]]],
    before: int,
    arms: ArmScope,
    agents: AgentReading,
) -> dict[str, list[LinkedAdministration]]:
    """Return for every arm the administrations of agents: of the record's interventions, then of text."""
    given: dict[str, list[LinkedAdministration]] = {}
    for link in interventions:
        users = arms.using.get(link.intervention, frozenset())
        if not link.agents or link.products:
            continue
        doses = _agent_doses(link, agents)
        evidence = tuple(e for agent in link.agents for e in agent.evidence[:1])
        for arm in arms.names if users == frozenset() and arms.names == (IMPLICIT,) else sorted(users):
            administration = LinkedAdministration(intervention=str(link.intervention), doses=doses, evidence=evidence)
            given.setdefault(arm, []).append(administration)
    for number, (text, said) in enumerate(texts, before + 1):
        if not text.background:
            for arm in sorted(said):
                given.setdefault(arm, []).append(
                    LinkedAdministration(intervention=f"text-{number}", evidence=text.evidence)
                )
    return given


def _agent_doses(link: InterventionLinks, agents: AgentReading) -> tuple[LinkedDose, ...]:
    """Return the dose that an intervention of a single agent states."""
    if len(link.agents) != 1:
        return ()
    for field in agents.reading.of_intervention(link.intervention):
        for mention in agents.mentions(field):
            if field.role == "intervention-name":
                for dose in stated_doses(mention, agents):
                    return (dose,)
    return ()
