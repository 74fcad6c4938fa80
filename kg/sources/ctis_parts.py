"""CTIS: sponsors, products, objectives, endpoints, criteria and sites of part I and part II."""

from typing import Final

from kg.record.protocol import (
    ArmsInterventionsModule,
    DescriptionModule,
    EligibilityModule,
    Intervention,
    Location,
    Outcome,
    OutcomesModule,
    Reference,
    ReferencesModule,
    Sponsor,
    SponsorCollaboratorsModule,
)
from kg.sources import wording
from kg.sources.tree import Node


def sponsors(root: Node, part: Node) -> SponsorCollaboratorsModule:
    """Return the first sponsor, and the others as collaborators."""
    found: list[Sponsor] = []
    for node in part.nodes("sponsors") or root.nodes("primarySponsor") + root.nodes("coSponsors"):
        name, organisation_type = node.text("organisation", "name"), node.peek("organisation", "type")
        commercial = node.peek("commercial")
        if name is None or any(name == sponsor.name for sponsor in found):
            continue
        industry = (commercial or "").casefold() in {
            "commercial",
            "true",
        } or organisation_type == "Pharmaceutical company"
        sponsor = Sponsor(name=name, agency_class="INDUSTRY" if industry else None)
        if node.peek("primary") == "true":
            found.insert(0, sponsor)
        else:
            found.append(sponsor)
    return SponsorCollaboratorsModule(lead_sponsor=found[0] if found else None, collaborators=tuple(found[1:]))


def description(node: Node) -> DescriptionModule:
    """Return the objectives as the description."""
    main, secondary = node.text("mainObjective"), node.texts("secondaryObjectives", "secondaryObjective")
    listed = "\n".join(f"* {objective}" for objective in secondary)
    parts = [f"Main objective:\n\n{main}" if main else "", f"Secondary objectives:\n\n{listed}" if listed else ""]
    return DescriptionModule(detailed_description="\n\n".join(part for part in parts if part) or None)


def outcomes(node: Node) -> OutcomesModule:
    """Return the endpoints as outcome measures."""
    return OutcomesModule(
        primary_outcomes=tuple(Outcome(measure=text) for text in node.texts("primaryEndPoints", "endPoint")),
        secondary_outcomes=tuple(Outcome(measure=text) for text in node.texts("secondaryEndPoints", "endPoint")),
    )


def eligibility(information: Node, root: Node) -> EligibilityModule:
    """Return criteria, sexes and the groups of participants."""
    node, people = information.node("eligibilityCriteria"), information.node("populationOfTrialSubjects")
    groups = people.texts("clinicalTrialGroups", "name") + people.texts("recruitmentPopulationGroups", "name")
    sexes = wording.sex(people.flag("isFemaleSubjects"), people.flag("isMaleSubjects"))
    return EligibilityModule(
        eligibility_criteria=wording.criteria(
            _list(node.texts("principalInclusionCriteria", "principalInclusionCriteria")),
            _list(node.texts("principalExclusionCriteria", "principalExclusionCriteria")),
        ),
        healthy_volunteers=True if any("healthy" in group.casefold() for group in groups) else None,
        sex=sexes or wording.sex_code(root.text("gender")),
        std_ages=_standard_ages(root.peek("ageGroup")),
        study_population=", ".join(groups) or None,
    )


def _list(items: tuple[str, ...]) -> str | None:
    return "\n".join(f"* {item}" for item in items) or None


_AGE_GROUPS: Final = {"0-17 years": "CHILD", "18-64 years": "ADULT", "65+ years": "OLDER_ADULT"}


def _standard_ages(text: str | None) -> tuple[str, ...]:
    stated = {part.strip() for part in (text or "").split(",")}
    return tuple(code for words, code in _AGE_GROUPS.items() if words in stated)


def arms_interventions(part: Node) -> ArmsInterventionsModule:
    """Return the products as interventions; CTIS states no arms in its structured data."""
    roles = {node.text("productRoleCode"): node.text("productRoleName") for node in part.nodes("productRoleGroupInfos")}
    return ArmsInterventionsModule(interventions=tuple(_product(node, roles) for node in part.nodes("products")))


def _product(node: Node, roles: dict[str | None, str | None]) -> Intervention:
    info = node.node("productDictionaryInfo")
    trade, listed = node.text("productName"), info.text("prodName")
    substance = info.text("activeSubstanceName")
    substances = tuple(dict.fromkeys(name for name in info.texts("productSubstances", "actSubstName")))
    code = info.text("sponsorProductCode")
    names = [
        name for name in (trade, listed, substance, *substances, code, *_other_names(info)) if wording.stated(name)
    ]
    unique = list({(name or "").casefold(): name for name in reversed(names)}.values())[::-1]
    advanced = node.flag("anAdvancedTherapyMedicinalProduct")
    chemical = node.flag("allSubstancesChemicals")
    return Intervention(
        type="BIOLOGICAL" if advanced or chemical is False else "DRUG",
        name=unique[0] if unique else None,
        description=_dosage(node, info, roles),
        other_names=tuple(name for name in unique[1:] if name),
    )


def _other_names(info: Node) -> tuple[str, ...]:
    names = ("activeSubstanceOtherDescriptiveName", "productOtherName", "sponsorSubstanceCode", "shortName")
    return tuple(text for name in names if (text := info.text(name)))


def _dosage(node: Node, info: Node, roles: dict[str | None, str | None]) -> str | None:
    """Return role, form, strength, routes and largest doses as lines of text, in the record's words."""
    daily, total = node.text("maxDailyDoseAmount"), node.text("maxTotalDoseAmount")
    role = node.text("mpRoleInTrial") or node.text("part1MpRoleTypeCode")
    lines = (
        ("Role", roles.get(role)),
        ("Pharmaceutical form", node.text("pharmaceuticalFormDisplay") or info.text("pharmForm")),
        ("Strength", info.text("strength")),
        ("Route", ", ".join(node.texts("routes")) or None),
        ("Maximum daily dose", f"{daily} {node.text('doseUom') or ''}".strip() if daily else None),
        ("Maximum total dose", f"{total} {node.text('doseUomTotal') or ''}".strip() if total else None),
        ("Other", node.text("otherMedicinalProduct")),
    )
    return "\n".join(f"{label}: {text}" for label, text in lines if text) or None


def locations(application: Node) -> tuple[Location, ...]:
    """Return the sites of part II, each with the country of its part."""
    found = []
    for part in application.nodes("authorizedPartsII"):
        state = part.text("mscInfo", "mscName")
        for site in part.nodes("trialSites"):
            address = site.node("organisationAddressInfo")
            organisation, department = address.text("organisation", "name"), site.text("departmentName")
            place = address.node("address")
            found.append(
                Location(
                    facility=", ".join(text for text in (organisation, department) if text) or None,
                    city=place.text("city"),
                    zip=place.text("postcode"),
                    country=place.text("countryName") or state,
                )
            )
    return tuple(found)


def references(details: Node) -> ReferencesModule:
    """Return the publications that the record cites by PMID or address."""
    cited = [Reference(pmid=text if text.isdigit() else None, citation=text) for text in details.texts("pubmedCode")]
    cited += [Reference(citation=text) for text in details.texts("pubmedUrl")]
    return ReferencesModule(references=tuple(cited))
