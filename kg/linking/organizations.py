"""Organisations: stated names that `ontology/organizations.tsv` joins to the Research Organization Registry (ROR).

A name is compared by the slug of its organisation's IRI, so that a node has one identity whatever
the case and punctuation of the record; no other likeness counts.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from kg.files import data_folder
from kg.iri import slug
from kg.linking.matcher import read_rows
from kg.record.document import Document
from kg.record.links import Evidence, Finding, OrganizationLink

_PROTOCOL: Final = "protocolSection."


@cache
def _table() -> dict[str, str]:
    """Return the ROR id of every name of the table, by the name's slug."""
    return {slug(row["name"]): row["ror"] for row in read_rows(data_folder("ontology") / "organizations.tsv")}


@lru_cache(maxsize=8192)
def ror_of(name: str) -> str | None:
    """Return the ROR id of an organisation by its stated name; None for a name that is not in the table."""
    return _table().get(slug(name))


def link_organizations(document: Document) -> tuple[OrganizationLink, ...]:
    """Return the organisations of a record that have a ROR id, each once, with the first place that names it."""
    found: dict[str, OrganizationLink] = {}
    for path, name in _stated(document):
        ror = ror_of(name) if name else None
        if name and ror and slug(name) not in found:
            quote = Evidence(_PROTOCOL + path, 0, len(name), name, f"organizations:{ror}")
            found[slug(name)] = OrganizationLink(name=name, ror=Finding(ror, (quote,)))
    return tuple(found.values())


def _stated(document: Document) -> Iterator[tuple[str, str | None]]:
    """Yield path below the protocol section and name, wherever the mapping makes an organisation of one."""
    protocol = document.study.protocol_section
    module, party = protocol.sponsor_collaborators_module, protocol.sponsor_collaborators_module.responsible_party
    if module.lead_sponsor is not None:
        yield "sponsorCollaboratorsModule.leadSponsor.name", module.lead_sponsor.name
    for i, sponsor in enumerate(module.collaborators):
        yield f"sponsorCollaboratorsModule.collaborators[{i}].name", sponsor.name
    submitter = protocol.identification_module.organization
    if submitter is not None:
        yield "identificationModule.organization.fullName", submitter.full_name
    if party is not None:
        yield "sponsorCollaboratorsModule.responsibleParty.investigatorAffiliation", party.investigator_affiliation
    for i, official in enumerate(protocol.contacts_locations_module.overall_officials):
        yield f"contactsLocationsModule.overallOfficials[{i}].affiliation", official.affiliation
