"""From text to terms: what a record says, always with the words it rests on."""

from msgspec import structs

from kg.linking.cells import link_cells
from kg.linking.conditions import link_conditions
from kg.linking.endpoints import link_outcomes
from kg.linking.fields import Reading
from kg.linking.organizations import link_organizations
from kg.linking.reported import link_groups, link_reported
from kg.linking.sequence import link_sequence
from kg.linking.stated_results import link_stated_results
from kg.linking.states import link_states
from kg.linking.treatment import link_treatment
from kg.record.document import Document
from kg.record.links import Links

__all__ = ["link"]


def link(document: Document) -> Links:
    """Return everything that linking found in one document."""
    reading = Reading(document)
    links: Links = link_cells(reading)
    links = link_sequence(link_treatment(reading, links))
    return structs.replace(
        links,
        organizations=link_organizations(document),
        conditions=link_conditions(reading),
        population_states=link_states(reading),
        outcomes=link_outcomes(reading),
        reported=link_reported(reading),
        groups=link_groups(reading),
        stated_results=link_stated_results(reading),
    )
