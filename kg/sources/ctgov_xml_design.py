"""Legacy XML: design, arms, outcomes, eligibility, people, places and references of a study."""

import re
from typing import Final

from kg.errors import RecordError
from kg.record.protocol import (
    ArmGroup,
    ArmsInterventionsModule,
    AvailIpd,
    BioSpec,
    Contact,
    ContactsLocationsModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    ExpandedAccessTypes,
    Intervention,
    IpdSharingStatementModule,
    Location,
    MaskingBlock,
    Official,
    Outcome,
    OutcomesModule,
    Reference,
    ReferencesModule,
    SeeAlsoLink,
)
from kg.sources import codes
from kg.sources.text_blocks import unwrap
from kg.sources.tree import Node

_MAX_USES: Final = 10_000
"""Arms of one label multiply with the interventions that name it."""
_REGISTRY_SUFFIX: Final = " [Patient Registry]"
_MASKING: Final = {
    "NONE_OPEN_LABEL": "NONE",
    "OPEN_LABEL": "NONE",
    "NO_MASKING": "NONE",
    "SINGLE_BLIND": "SINGLE",
    "DOUBLE_BLIND": "DOUBLE",
}
_ROLES_MASKED: Final = {
    "PARTICIPANT": "PARTICIPANT",
    "SUBJECT": "PARTICIPANT",
    "CARE_PROVIDER": "CARE_PROVIDER",
    "CAREGIVER": "CARE_PROVIDER",
    "INVESTIGATOR": "INVESTIGATOR",
    "OUTCOMES_ASSESSOR": "OUTCOMES_ASSESSOR",
}
_INFO_TYPES: Final = {
    "Study Protocol": "STUDY_PROTOCOL",
    "Statistical Analysis Plan (SAP)": "SAP",
    "Informed Consent Form (ICF)": "ICF",
    "Clinical Study Report (CSR)": "CSR",
    "Analytic Code": "ANALYTIC_CODE",
}
_OLD_DESIGN: Final = re.compile(
    r"(Allocation|Endpoint Classification|Intervention Model|Masking|Primary Purpose|Observational Model|"
    r"Time Perspective):"
)


def design(root: Node) -> DesignModule:
    """Return study type, phases, design, biospecimens and enrolment."""
    study_type = root.text("study_type")
    registry = study_type is not None and study_type.endswith(_REGISTRY_SUFFIX)
    kind = codes.code((study_type or "").removesuffix(_REGISTRY_SUFFIX))
    retention = codes.code(root.text("biospec_retention"))
    specimens = unwrap(root.node("biospec_descr").block("textblock"))
    count, count_type = root.number("enrollment"), codes.date_type(root.text("enrollment", "@type"))
    return DesignModule(
        study_type=None if kind == "N_A" else kind,
        expanded_access_types=_expanded_access(root.node("expanded_access_info")),
        patient_registry=True if registry else None,
        target_duration=root.text("target_duration"),
        phases=codes.phases(root.text("phase")),
        design_info=_design_info(root),
        bio_spec=BioSpec(retention=retention, description=specimens) if retention or specimens else None,
        enrollment_info=None if count is None else EnrollmentInfo(count=count, type=count_type),
    )


def _expanded_access(node: Node) -> ExpandedAccessTypes | None:
    types = ExpandedAccessTypes(
        individual=node.flag("expanded_access_type_individual"),
        intermediate=node.flag("expanded_access_type_intermediate"),
        treatment=node.flag("expanded_access_type_treatment"),
    )
    return None if types == ExpandedAccessTypes() else types


def _design_info(root: Node) -> DesignInfo | None:
    node = root.node("study_design_info")
    old = old_design(root.text("study_design"))
    masking, who = masking_and_roles(node.text("masking") or old.get("Masking"))
    description = node.text("masking_description")
    block = MaskingBlock(masking=masking, masking_description=description, who_masked=who)
    info = DesignInfo(
        allocation=coded(node.text("allocation") or old.get("Allocation")),
        intervention_model=model(node.text("intervention_model") or old.get("Intervention Model")),
        intervention_model_description=node.text("intervention_model_description"),
        primary_purpose=coded(node.text("primary_purpose") or old.get("Primary Purpose")),
        observational_model=coded(node.text("observational_model") or old.get("Observational Model")),
        time_perspective=coded(node.text("time_perspective") or old.get("Time Perspective")),
        masking_info=None if block == MaskingBlock() else block,
    )
    return None if info == DesignInfo() else info


def old_design(text: str | None) -> dict[str, str]:
    """Return the parts of a design in one line, as records before 2017 and the classic CSV state it."""
    if text is None:
        return {}
    parts = _OLD_DESIGN.split(text)
    return {name: value.strip(" ,|\n") for name, value in zip(parts[1::2], parts[2::2], strict=True)}


def coded(text: str | None) -> str | None:
    """Return the code of a design value; `N/A` is the code `NA`."""
    found = codes.code(text)
    return "NA" if found == "N_A" else found


def model(text: str | None) -> str | None:
    """Return the code of an intervention model: `Single Group Assignment` → `SINGLE_GROUP`."""
    found = codes.code(text)
    return found.removesuffix("_ASSIGNMENT") if found else None


def masking_and_roles(text: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the masking's code and who is masked: `Double (Participant, Investigator)`."""
    if text is None:
        return None, ()
    depth, _, roles = text.partition("(")
    whole = codes.code(text)
    if whole in _MASKING:
        return _MASKING[whole], ()
    found = (_ROLES_MASKED.get(codes.code(role) or "", codes.code(role)) for role in roles.rstrip(") ").split(","))
    kind = codes.code(depth)
    return _MASKING.get(kind or "", kind), tuple(role for role in found if role)


def outcomes(root: Node) -> OutcomesModule:
    """Return the planned outcome measures by role."""
    return OutcomesModule(
        primary_outcomes=_outcomes(root, "primary_outcome"),
        secondary_outcomes=_outcomes(root, "secondary_outcome"),
        other_outcomes=_outcomes(root, "other_outcome"),
    )


def _outcomes(root: Node, name: str) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(measure=node.text("measure"), description=node.text("description"), time_frame=node.text("time_frame"))
        for node in root.nodes(name)
    )


def arms_interventions(root: Node) -> ArmsInterventionsModule:
    """Return arms and interventions; each arm lists the interventions that name it, as `Type: name`.

    As in the API, an arm lists names that differ only in case once.
    """
    used: dict[str, dict[str, str]] = {}
    interventions = []
    for node in root.nodes("intervention"):
        kind, name = node.text("intervention_type"), node.text("intervention_name")
        labels = node.texts("arm_group_label")
        if name:
            listed = f"{kind}: {name}" if kind else name
            for label in labels:
                used.setdefault(label, {}).setdefault(listed.casefold(), listed)
        interventions.append(
            Intervention(
                type=codes.code(kind),
                name=name,
                description=node.text("description"),
                arm_group_labels=labels,
                other_names=node.texts("other_name"),
            )
        )
    names = {label: tuple(listed.values()) for label, listed in used.items()}
    arms = []
    for node in root.nodes("arm_group"):
        own_label = node.text("arm_group_label")
        arms.append(
            ArmGroup(
                label=own_label,
                type=codes.code(node.text("arm_group_type")),
                description=node.text("description"),
                intervention_names=names.get(own_label or "", ()),
            )
        )
    if sum(len(arm.intervention_names) for arm in arms) > _MAX_USES:
        raise RecordError(f"The arms use interventions more than {_MAX_USES:,} times, more than in any real record.")
    return ArmsInterventionsModule(arm_groups=tuple(arms), interventions=tuple(interventions))


def eligibility(node: Node) -> EligibilityModule:
    """Return criteria, ages, sex and population."""
    return EligibilityModule(
        eligibility_criteria=unwrap(node.node("criteria").block("textblock")),
        healthy_volunteers=_healthy_volunteers(node),
        sex=sex(node.text("gender")),
        gender_based=node.flag("gender_based"),
        gender_description=node.text("gender_description"),
        minimum_age=codes.age(node.text("minimum_age")),
        maximum_age=codes.age(node.text("maximum_age")),
        study_population=unwrap(node.node("study_pop").block("textblock")),
        sampling_method=codes.code(node.text("sampling_method")),
    )


def _healthy_volunteers(node: Node) -> bool | None:
    answer = node.flag("healthy_volunteers")
    if answer is None and node.peek("healthy_volunteers") == "Accepts Healthy Volunteers":
        node.text("healthy_volunteers")
        return True
    return answer


def sex(text: str | None) -> str | None:
    """Return the code of the sexes that may take part; `Both` is the older word for `ALL`."""
    found = codes.code(text)
    return "ALL" if found == "BOTH" else found


def contacts_locations(root: Node) -> ContactsLocationsModule:
    """Return contacts, officials and sites."""
    return ContactsLocationsModule(
        central_contacts=tuple(
            contact
            for name in ("overall_contact", "overall_contact_backup")
            for node in root.nodes(name)
            if (contact := _contact(node, "CONTACT"))
        ),
        overall_officials=tuple(
            Official(name=_person(node), affiliation=node.text("affiliation"), role=codes.code(node.text("role")))
            for node in root.nodes("overall_official")
        ),
        locations=tuple(_location(node) for node in root.nodes("location")),
    )


def _person(node: Node) -> str | None:
    """Return a name in one string, as the API v2 has it: `James N. Weinstein, DO`."""
    parts = [node.text(part) for part in ("first_name", "middle_name", "last_name")]
    name = " ".join(part for part in parts if part)
    degrees = node.text("degrees")
    return (f"{name}, {degrees}" if name and degrees else name or degrees) or None


def _contact(node: Node, role: str) -> Contact | None:
    contact = Contact(
        name=_person(node),
        role=role,
        phone=node.text("phone"),
        phone_ext=node.text("phone_ext"),
        email=node.text("email"),
    )
    return None if contact == Contact(role=role) else contact


def _location(node: Node) -> Location:
    address = node.node("facility", "address")
    people = [
        _contact(contact, "CONTACT") for name in ("contact", "contact_backup") for contact in node.nodes(name)
    ] + [
        _contact(person, codes.code(person.text("role")) or "PRINCIPAL_INVESTIGATOR")
        for person in node.nodes("investigator")
    ]
    return Location(
        facility=node.text("facility", "name"),
        status=codes.code(node.text("status")),
        city=address.text("city"),
        state=address.text("state"),
        zip=address.text("zip"),
        country=address.text("country"),
        contacts=tuple(person for person in people if person),
    )


def references(root: Node) -> ReferencesModule:
    """Return cited articles, links and available data."""
    cited = [
        Reference(pmid=node.text("PMID"), type=kind, citation=node.text("citation"))
        for name, kind in (("reference", "BACKGROUND"), ("results_reference", "RESULT"))
        for node in root.nodes(name)
    ]
    return ReferencesModule(
        references=tuple(cited),
        see_also_links=tuple(
            SeeAlsoLink(label=node.text("description"), url=node.text("url")) for node in root.nodes("link")
        ),
        avail_ipds=tuple(
            AvailIpd(
                id=node.text("doc_id"),
                type=node.text("doc_type"),
                url=node.text("doc_url"),
                comment=node.text("doc_comment"),
            )
            for node in root.nodes("study_docs", "study_doc")
        ),
    )


def ipd_sharing(node: Node) -> IpdSharingStatementModule:
    """Return the plan to share individual participant data."""
    return IpdSharingStatementModule(
        ipd_sharing=codes.code(node.text("sharing_ipd")),
        description=node.text("ipd_description"),
        info_types=tuple(_INFO_TYPES.get(text, codes.code(text) or text) for text in node.texts("ipd_info_type")),
        time_frame=node.text("ipd_time_frame"),
        access_criteria=node.text("ipd_access_criteria"),
        url=node.text("ipd_url"),
    )
