"""Regimens put together: the uses of agents grouped by arms and state of disease, with doses and purpose."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import structs

from kg.linking import context
from kg.linking.agents import NARRATIVE, AgentMention, AgentReading, agent_id, labels
from kg.linking.arm_scope import ArmScope
from kg.linking.doses import read_days, read_dose
from kg.linking.preparing import Cells, Use
from kg.linking.states import states_between
from kg.record.links import Evidence, Finding, LinkedDose, LinkedRegimen, RegimenComponent

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
_POPULATION: Final = re.compile(
    r"(?:(?<=[.;:] )|(?<=\n)|(?<=^)|(?<=[-*\u2022] )|(?<=, and )|(?<=while )|(?<=whereas ))"
    r"(?P<who>(?:patients|participants|subjects|recipients|children|adults|those|you|if you) "
    r"(?:with|who (?:are|have)|aged?|are|have|older|younger|over|under|in whom) [^.;]{2,160}?),? "
    r"(?:you will |will |are to )?(?:receive|undergo|are given|be given|are conditioned|be conditioned|"
    r"are prepared|are treated|be treated)\b"
)
"""Whom a sentence gives what follows, at its head."""
_Grouped = dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, list[Use]]]


def _arms_of(use: Use, slug: str, arms: ArmScope, agents: AgentReading) -> frozenset[str]:
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


def build_regimens(
    uses: list[Use], arms: ArmScope, agents: AgentReading, cells: Cells
) -> tuple[list[LinkedRegimen], dict[str, list[int]]]:
    """Group uses into regimens: one per set of arms and state of disease; and the numbers for each arm.

    An arm whose own label or description states its regimen takes nothing from summary, description and criteria.
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
            if use.mention.field.role in (*NARRATIVE, "criteria"):
                said -= own
            if said:
                order = tuple(sorted(said, key=lambda arm: (len(arm), arm)))
                grouped.setdefault((order, key), {}).setdefault(slug, []).append(use)
    regimens: list[LinkedRegimen] = []
    conditioning: dict[str, list[int]] = {}
    for (names, key), members in _without_repeats(grouped).items():
        for population, part in _by_population(members):
            regimen = _regimen(part, states[key], agents, cells)
            label = f"{regimen.label} ({population})" if population else regimen.label
            regimens.append(structs.replace(regimen, label=label))
            for arm in names:
                conditioning.setdefault(arm, []).append(len(regimens))
    return regimens, conditioning


def _by_population(members: dict[str, list[Use]]) -> list[tuple[str | None, dict[str, list[Use]]]]:
    """Return the regimens that a text gives to two or more populations, each with its words; else all as one.

    Agents said of no population in particular stay a regimen without one.
    """
    parts: dict[str | None, dict[str, list[Use]]] = {}
    for slug, uses in members.items():
        for use in uses:
            parts.setdefault(_population(use), {}).setdefault(slug, []).append(use)
    stated = [population for population in parts if population is not None]
    if len(stated) < 2:
        return [(None, members)]
    told = {slug for population in stated for slug in parts[population]}
    rest = {slug: uses for slug, uses in parts.get(None, {}).items() if slug not in told}
    return [*((population, parts[population]) for population in stated), *([(None, rest)] if rest else [])]


def _population(use: Use) -> str | None:
    """Return the words for whom the sentence gives the agent: `Patients with myeloma receive`; None for all."""
    field = use.mention.field
    first, _ = context.sentence(field, use.mention.begin)
    found = list(_POPULATION.finditer(field.lower, first, use.mention.begin))
    if not found:
        return None
    return " ".join(field.plain[found[-1].start("who") : found[-1].end("who")].split())


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
    above = first - field.lower.endswith(" ", 0, first) - 1
    if above >= 0 and field.lower[above] == ":":
        first, _ = context.sentence(field, above)
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
        for dose in stated_doses(use.mention, agents):
            said = (dose.amount_text is not None) * 2 + (dose.relative_day is not None)
            if best is None or said > best[0]:
                best = (said, dose)
    return (best[1],) if best is not None else ()


def stated_doses(mention: AgentMention, agents: AgentReading) -> Iterator[LinkedDose]:
    """Yield the doses stated after a mention, or in the description of the intervention that it names."""
    field = mention.field
    _, last = context.sentence(field, mention.begin)
    later = agents.between(field, mention.end, last)
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
