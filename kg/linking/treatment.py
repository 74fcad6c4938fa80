"""What each arm gives besides cells: regimens, cytokine support, other agents.

Every agent is said of the arms whose fields, interventions or text give it, and what only
prepares the recipient or supports the cells is not what its intervention administers.
"""

from msgspec import structs

from kg.linking.agents import AgentReading
from kg.linking.arm_scope import ArmScope
from kg.linking.cytokines import find_support
from kg.linking.fields import Reading
from kg.linking.given_agents import administrations, link_interventions, text_agents
from kg.linking.preparing import Cells
from kg.linking.regimen_building import build_regimens
from kg.linking.regimens import find_uses
from kg.linking.states import arm_states
from kg.record.links import ArmLinks, Finding, Links


def link_treatment(reading: Reading, links: Links) -> Links:
    """Return the links with regimens, cytokine support and agents added.

    `links` already holds products, the products of interventions, and the administrations of arms.
    """
    agents = AgentReading(reading)
    arms = ArmScope(reading, links)
    cells = Cells.of(links)
    uses = find_uses(agents, cells)
    regimens, conditioning = build_regimens(uses, arms, agents, cells)
    support = _support(agents, cells, links, arms)
    preparing = {slug for use in uses for slug in use.mention.slugs}
    supporting = {slug for found in support.values() for slug in found}
    interventions = link_interventions(agents, links, preparing, supporting)
    named = {agent.value for link in interventions for agent in link.agents}
    texts = text_agents(agents, arms, preparing | supporting | named, told=bool(links.products) or not named)
    given = administrations(interventions, texts, len(links.text_interventions), arms, agents)
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


def _support(agents: AgentReading, cells: Cells, links: Links, arms: ArmScope) -> dict[str, dict[str, Finding]]:
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
