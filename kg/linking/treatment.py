"""What each arm gives besides cells: regimens, cytokine support, other agents.

Puts together what `regimens`, `cytokines` and `agents` find: every agent is said of the arms
whose fields, interventions or text give it, and what only prepares the recipient or supports
the cells is not what its intervention administers.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import structs

from kg.iri import slug as slug_of
from kg.linking import context
from kg.linking.agents import NARRATIVE, AgentMention, AgentReading, agent_id, is_used_in_vitro, kinds, labels
from kg.linking.cytokines import find_support
from kg.linking.doses import read_days, read_dose
from kg.linking.fields import Reading, TextField
from kg.linking.regimens import Cells, Use, find_uses
from kg.linking.states import arm_states, states_between
from kg.record.links import (
    ArmLinks,
    Evidence,
    Finding,
    InterventionLinks,
    LinkedAdministration,
    LinkedDose,
    LinkedRegimen,
    Links,
    RegimenComponent,
    TextIntervention,
)

IMPLICIT: Final = "implicit"
_CODE: Final = re.compile(
    r"(?<![\w-])[A-Z]{2,6}[- ]?\d{2,7}[A-Z]?(?![\w-])|(?<![\w-])[A-Z]{2,4}-[A-Z]{1,2}\d{2,5}(?![\w-])|"
    r"(?<![\w-])[A-Z]{1,5}-\d{1,4}(?:-\d{1,4})?(?![\w-])"
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
    r"pril)(?![\w-])"
)
_WORD: Final = re.compile(
    r"^(?!(?i:placebos?|chemotherapy|radiotherapy|control|vehicle|exercise|questionnaire|surgery|observation|standard|"
    r"immunotherapy|treatment|vaccines?|injections?|tablets?|capsules?|supplements?|antibiotics?|steroids?|"
    r"corticosteroids?|medication|drug|conditioning|lymphodepletion|leukapheresis|anesthesia|acupuncture|probiotics?|"
    r"experimental|intervention|analgesics?|opioids?|bisphosphonates?|statins?|peanut|wheat|sucrose|lactose|milk)$)"
    r"[A-Za-z]{6,}(?=\s*(?:\(|$))"
)
_DEPLETING: Final = frozenset(
    {
        "fludarabine",
        "cyclophosphamide",
        "bendamustine",
        "pentostatin",
        "total-body-irradiation",
        "alemtuzumab",
        "anti-thymocyte-globulin",
        "cladribine",
        "mesna",
    }
)
_JOINS: Final = re.compile(r"[\s,/+&-]*(?:and|plus|with)?[\s,/+&-]*")
_SAID_OF_ARM: Final = frozenset({"regimen-cue-before", "regimen-cue-after", "regimen-days-before"})
"""Words of an arm that make it one with conditioning, even where its cells are not named there."""
_DOSE_WITHIN: Final = 200
_TITLES: Final = ("title", "official-title")
_PLAIN: Final = tuple(role for role in NARRATIVE if role != "article-title")
_REMARK: Final = re.compile(
    r"\b(?:have shown|has been shown|previous(?:ly)? (?:stud|report|show|trial)\w*|studies have|animal models?|"
    r"in mice|in vitro|pre-?clinical|"
    r"standard (?:of care|treatment|therapy)|approved|fda|literature|known to|reported|is an? (?:drug|antibod|"
    r"agent|type|medicine|kind)|who (?:have|had))\b"
)
_Grouped = dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, list[Use]]]
_ARM_MARK: Final = re.compile(r"^(?:arm|group|cohort|stratum|regimen|part|treatment)\s+(?:[a-z]|[ivx]+|\d+)\b")


def link_treatment(reading: Reading, links: Links) -> Links:
    """Return the links with regimens, cytokine support and agents added.

    `links` already holds products, the products of interventions, and the administrations of arms.
    """
    agents = AgentReading(reading)
    arms = _Arms(reading, links)
    cells = Cells.of(links)
    uses = find_uses(agents, cells)
    regimens, conditioning = _regimens(uses, arms, agents, cells)
    support = _support(agents, cells, links, arms)
    apart = {slug for use in uses for slug in use.mention.slugs} | {
        slug for found in support.values() for slug in found
    }
    interventions = _interventions(agents, links, apart)
    named = {agent.value for link in interventions for agent in link.agents}
    texts = _text_agents(agents, arms, apart | named, told=bool(links.products) or not named)
    given = _administrations(interventions, texts, len(links.text_interventions), arms, agents)
    merged = []
    for arm, known in arms.linked():
        found = support.get(arm, {})
        merged.append(
            structs.replace(
                known,
                administrations=known.administrations + tuple(given.get(arm, ())),
                conditioning=known.conditioning + tuple(conditioning.get(arm, ())),
                cytokine_support=known.cytokine_support + tuple(found[slug] for slug in sorted(found)),
                population_states=known.population_states or (arm_states(reading, int(arm)) if arm.isdigit() else ()),
            )
        )
    return structs.replace(
        links,
        regimens=links.regimens + tuple(regimens),
        interventions=interventions,
        text_interventions=links.text_interventions + tuple(text for text, _ in texts),
        arms=tuple(arm for arm in merged if arm != ArmLinks(arm=arm.arm)),
    )


class _Arms:
    """The arms of a document: which give cells, which use an intervention, what text speaks of."""

    def __init__(self, reading: Reading, links: Links) -> None:
        self.reading = reading
        self.known = {arm.arm: arm for arm in links.arms}
        count = len(reading.protocol.arms_interventions_module.arm_groups)
        self.names = tuple(str(i) for i in range(1, count + 1)) or (IMPLICIT,)
        giving = {arm.arm for arm in links.arms if any(given.product is not None for given in arm.administrations)}
        self.cells = frozenset(giving or self.names)
        self.using: dict[int, frozenset[str]] = {}
        for arm, numbers in reading.arm_interventions.items():
            for number in numbers:
                self.using[number] = self.using.get(number, frozenset()) | {str(arm)}
        self._labels = {
            str(field.arm): field.lower.strip() for field in reading.roles("arm-label") if len(field.lower.strip()) > 2
        }

    def linked(self) -> list[tuple[str, ArmLinks]]:
        """Return every arm with what is known of it, in the record's order."""
        names = self.names if self.names != (IMPLICIT,) or not self.known else tuple(self.known)
        return [(name, self.known.get(name, ArmLinks(arm=name))) for name in names]

    def of_field(self, field: TextField, place: int) -> frozenset[str]:
        """Return the arms that a place in a field speaks of."""
        if field.arm is not None:
            return frozenset({str(field.arm)})
        if field.intervention is not None:
            return self.using.get(field.intervention, frozenset(self.names))
        return self._of_heading(field, place)

    def _of_heading(self, field: TextField, place: int) -> frozenset[str]:
        """Return the arm under whose name a narrative place stands, else every arm."""
        if len(self._labels) < 2 or field.role not in NARRATIVE:
            return frozenset(self.names)
        text, best = field.lower, (-1, "")
        for arm, label in self._labels.items():
            mark = _ARM_MARK.match(label)
            for name in {label, mark.group() if mark else label}:
                at = text.rfind(name, 0, place)
                if at >= 0 and re.match(r"[a-z0-9]", text[at + len(name) : at + len(name) + 1]) is None:
                    tail = text[at + len(name) : at + len(name) + 60]
                    if re.match(r"\W*(?:\([^)]*\)\W*)?[:.\n-]|\s*\(", tail):
                        best = max(best, (at, arm))
        return frozenset({best[1]}) if best[0] >= 0 else frozenset(self.names)

    def naming(self, agents: AgentReading, slug: str) -> frozenset[str]:
        """Return the arms that use interventions named after an agent; empty without any."""
        found: set[str] = set()
        for field in self.reading.roles("intervention-name", "intervention-other-name"):
            if any(slug in mention.slugs for mention in agents.mentions(field)):
                found |= self.using.get(field.intervention or 0, frozenset())
        return frozenset(found)


def _arms_of(use: Use, slug: str, arms: _Arms, agents: AgentReading) -> frozenset[str]:
    """Return the arms of which a conditioning agent is said: those that give cells and get it."""
    field = use.mention.field
    said = arms.of_field(field, use.mention.begin)
    if field.arm is not None and use.rule in _SAID_OF_ARM:
        return said
    said &= arms.cells
    if field.role in NARRATIVE or field.role == "intervention-description":
        named = arms.naming(agents, slug) & arms.cells
        return (said & named) or said if named else said
    return said


def _regimens(
    uses: list[Use], arms: _Arms, agents: AgentReading, cells: Cells
) -> tuple[list[LinkedRegimen], dict[str, list[int]]]:
    """Group uses into regimens: one per set of arms and state of disease; and the numbers for each arm.

    An arm whose own label or description states its regimen takes nothing from summary and description.
    """
    grouped: _Grouped = {}
    states: dict[tuple[str, ...], tuple[Finding, ...]] = {}
    own = frozenset(str(use.mention.field.arm) for use in uses if use.mention.field.arm is not None)
    for use in uses:
        found = _states(use)
        key = tuple(finding.value for finding in found)
        states.setdefault(key, found)
        for slug in use.mention.slugs:
            said = _arms_of(use, slug, arms, agents)
            if use.mention.field.role in NARRATIVE:
                said -= own
            if said:
                order = tuple(sorted(said, key=lambda arm: (len(arm), arm)))
                grouped.setdefault((order, key), {}).setdefault(slug, []).append(use)
    regimens: list[LinkedRegimen] = []
    conditioning: dict[str, list[int]] = {}
    for (names, key), members in _without_repeats(grouped).items():
        regimens.append(_regimen(members, states[key], agents, cells))
        for arm in names:
            conditioning.setdefault(arm, []).append(len(regimens))
    return regimens, conditioning


def _without_repeats(grouped: _Grouped) -> _Grouped:
    """Drop from wider groups what narrower ones already say: a summary repeats for all what each arm's fields say."""
    kept: _Grouped = {}
    for (names, key), members in grouped.items():
        for slug, found in members.items():
            covered: set[str] = set()
            for (other, state), slugs in grouped.items():
                if slug in slugs and (other, state) != (names, key):
                    narrower = set(other) < set(names) or (set(other) == set(names) and not key)
                    covered |= set(other) if narrower else set()
            left = tuple(name for name in names if name not in covered)
            if left:
                kept.setdefault((left, key), {}).setdefault(slug, []).extend(found)
    return kept


def _states(use: Use) -> tuple[Finding, ...]:
    """Return the states of disease for which the sentence gives the regimen."""
    field = use.mention.field
    first, _ = context.sentence(field, use.mention.begin)
    if first and field.lower[:first].rstrip(" ").endswith(":"):
        first, _ = context.sentence(field, len(field.lower[:first].rstrip(" ")) - 1)
    return states_between(field, first, use.mention.begin)


def _regimen(
    members: dict[str, list[Use]], states: tuple[Finding, ...], agents: AgentReading, cells: Cells
) -> LinkedRegimen:
    """Return a regimen with its components, doses, purposes and the words for each."""
    components = []
    evidence: dict[Evidence, None] = {}
    purposes: dict[str, Evidence] = {}
    for slug, found in members.items():
        words = tuple(dict.fromkeys(e for use in found[:3] for e in use.mention.finding(slug).evidence))
        components.append(RegimenComponent(agent=Finding(agent_id(slug), words), doses=_doses(found, agents)))
        for use in found:
            if use.purpose is not None:
                purposes.setdefault(use.purpose, use.evidence)
        for use in found[:2]:
            evidence.setdefault(use.evidence)
    if cells.graft and "Cytoreduction" not in purposes:
        purposes = {"TransplantConditioning": next(iter(evidence))}
    elif not purposes:
        depletes = set(members) <= _DEPLETING
        purposes = {"Lymphodepletion" if depletes else "Cytoreduction": next(iter(evidence))}
    return LinkedRegimen(
        label=" + ".join(labels().get(slug, slug) for slug in members),
        purposes=tuple(Finding(name, (purposes[name],)) for name in sorted(purposes)),
        components=tuple(components),
        population_states=states,
        evidence=tuple(evidence)[:6],
    )


def _doses(uses: list[Use], agents: AgentReading) -> tuple[LinkedDose, ...]:
    """Return the dose of an agent from the place that says most: an amount, then days."""
    best: tuple[int, LinkedDose] | None = None
    for use in uses:
        if len(use.mention.slugs) > 1:
            continue
        for dose in _stated_doses(use.mention, agents):
            said = (dose.amount_text is not None) * 2 + (dose.relative_day is not None)
            if best is None or said > best[0]:
                best = (said, dose)
    return (best[1],) if best is not None else ()


def _stated_doses(mention: AgentMention, agents: AgentReading) -> Iterator[LinkedDose]:
    """Yield the doses stated after a mention, or in the description of the intervention that it names."""
    field = mention.field
    _, last = context.sentence(field, mention.begin)
    later = [other for other in agents.mentions(field) if mention.end <= other.begin < last]
    ends = [*(other.begin for other in later), last]
    dose = read_dose(field, mention.end, min(ends[0], mention.end + _DOSE_WITHIN))
    if dose is not None:
        yield dose
    elif later and _JOINS.fullmatch(field.lower, mention.end, later[0].begin):
        shared = read_days(field, later[0].end, min(ends[1], later[0].end + _DOSE_WITHIN))
        if shared is not None:
            yield shared
    if field.role == "intervention-name" and field.intervention is not None:
        for described in agents.reading.of_intervention(field.intervention):
            if described.role == "intervention-description":
                foreign = [m.begin for m in agents.mentions(described) if m.slugs != mention.slugs]
                dose = read_dose(described, 0, min(foreign, default=len(described.plain)))
                if dose is not None:
                    yield dose


def _support(agents: AgentReading, cells: Cells, links: Links, arms: _Arms) -> dict[str, dict[str, Finding]]:
    """Return for every arm that gives cells the cytokines that support them."""
    support: dict[str, dict[str, Finding]] = {}
    for slug, mention in find_support(agents, cells, links):
        said = arms.of_field(mention.field, mention.begin) & arms.cells
        named = arms.naming(agents, slug) & arms.cells
        if mention.field.arm is None and mention.field.intervention is None and named:
            said = said & named
        for arm in said:
            support.setdefault(arm, {}).setdefault(slug, mention.finding(slug, "cytokine-support"))
    return support


def _interventions(agents: AgentReading, links: Links, apart: set[str]) -> tuple[InterventionLinks, ...]:
    """Return what each intervention of the record administers, agents added to the known products."""
    known = {link.intervention: link for link in links.interventions}
    stated = agents.reading.protocol.arms_interventions_module.interventions
    result = []
    for number, item in enumerate(stated, 1):
        link = known.get(number, InterventionLinks(intervention=number))
        found = _agents_of(agents, number, item.type, bool(link.products))
        left = {
            slug: finding
            for slug, finding in found.items()
            if not _is_apart(slug, apart) or _also_later(agents, number, slug)
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
        if role == "intervention-description" and (has_products or kind not in _DRUG_TYPES or kind == "PROCEDURE"):
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


def _also_later(agents: AgentReading, number: int, slug: str) -> bool:
    """Whether an agent that prepares is given by this intervention after the cells as well."""
    return any(_POST_CELLS.search(field.lower) for field in agents.reading.of_intervention(number)) and not any(
        _BEFORE_CELLS.search(field.lower) for field in agents.reading.of_intervention(number)
    )


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


def _text_agents(
    agents: AgentReading, arms: _Arms, known: set[str], told: bool
) -> list[tuple[TextIntervention, frozenset[str]]]:
    """Return the agents that only text gives, each with the arms of which it is said.

    `told` says whether summary and description are read too: for cells, and where the record
    lists no agent as an intervention.
    """
    found: dict[tuple[str, bool], tuple[Finding, set[str]]] = {}
    fields = agents.reading.roles(
        "arm-label",
        "arm-description",
        *(_PLAIN if told else _TITLES),
        "intervention-name",
        "intervention-description",
    )
    for field in fields:
        for mention in agents.mentions(field):
            new = [slug for slug in mention.slugs if slug not in known and agent_id(slug) not in known]
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


def _is_background(mention: AgentMention) -> bool:
    """Whether participants receive the agent anyway: `in patients treated with X`, in a title or a name."""
    if mention.letters or mention.field.role not in ("title", "official-title", "intervention-name"):
        return False
    return _DURING.search(mention.field.lower, 0, mention.begin) is not None


def _is_in_schema(mention: AgentMention) -> bool:
    """Whether the text gives the agent to participants as a part of the treatment."""
    field, text = mention.field, mention.field.lower
    if mention.letters or field.role in ("title", "official-title", "article-title") or is_used_in_vitro(mention):
        return False
    around = context.around(field, mention.begin, mention.end)
    if not around.asserted or around.donor or around.mobilisation:
        return False
    sentence = text[around.begin : around.end]
    if _STATUS.search(sentence) or _REMARK.search(sentence):
        return False
    if field.role == "arm-label":
        return True
    return _GIVES.search(text, max(around.begin, mention.begin - 200), mention.begin) is not None


def _administrations(
    interventions: tuple[InterventionLinks, ...],
    texts: list[tuple[TextIntervention, frozenset[str]]],
    before: int,
    arms: _Arms,
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
                for dose in _stated_doses(mention, agents):
                    return (dose,)
    return ()
