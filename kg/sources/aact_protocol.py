"""AACT: protocol of a study from its tables."""

from typing import Final

from kg.record.derived import (
    AnnotationModule,
    AnnotationSection,
    BrowseModule,
    DerivedSection,
    DocumentSection,
    LargeDoc,
    LargeDocumentModule,
    Mesh,
    MiscInfoModule,
    UnpostedAnnotation,
    UnpostedEvent,
)
from kg.record.protocol import (
    AvailIpd,
    BioSpec,
    ConditionsModule,
    DateStruct,
    DescriptionModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    ExpandedAccessInfo,
    ExpandedAccessTypes,
    IdentificationModule,
    IpdSharingStatementModule,
    MaskingBlock,
    Organization,
    OrgStudyIdInfo,
    Outcome,
    OutcomesModule,
    OversightModule,
    PartialDateStruct,
    ProtocolSection,
    Reference,
    ReferencesModule,
    ResponsibleParty,
    Retraction,
    SecondaryIdInfo,
    SeeAlsoLink,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.sources import codes
from kg.sources.aact_arms import arms_interventions, contacts_locations
from kg.sources.ctgov_xml_design import coded, masking_and_roles, model, sex
from kg.sources.text_blocks import unwrap
from kg.sources.tree import Node

_REGISTRY_SUFFIX: Final = " [Patient Registry]"
_MASKED: Final = (
    ("subject_masked", "PARTICIPANT"),
    ("caregiver_masked", "CARE_PROVIDER"),
    ("investigator_masked", "INVESTIGATOR"),
    ("outcomes_assessor_masked", "OUTCOMES_ASSESSOR"),
)
_INFO_TYPES: Final = {
    "Study Protocol": "STUDY_PROTOCOL",
    "Statistical Analysis Plan (SAP)": "SAP",
    "Informed Consent Form (ICF)": "ICF",
    "Clinical Study Report (CSR)": "CSR",
    "Analytic Code": "ANALYTIC_CODE",
}
_PENDING: Final = {"SUBMITTED": "RELEASE", "RETURNED": "RESET", "SUBMISSION_CANCELED": "UNRELEASE"}


def protocol(root: Node, nct_id: str) -> ProtocolSection:
    """Return the protocol section of a study."""
    row = root.node("studies")
    return ProtocolSection(
        identification_module=_identification(root, row, nct_id),
        status_module=_status(row),
        sponsor_collaborators_module=_sponsors(root),
        oversight_module=OversightModule(
            oversight_has_dmc=row.flag("has_dmc"),
            is_fda_regulated_drug=row.flag("is_fda_regulated_drug"),
            is_fda_regulated_device=row.flag("is_fda_regulated_device"),
            is_unapproved_device=row.flag("is_unapproved_device"),
            is_ppsd=row.flag("is_ppsd"),
            is_us_export=row.flag("is_us_export"),
            fdaaa801_violation=row.flag("fdaaa801_violation"),
        ),
        description_module=DescriptionModule(
            brief_summary=_block(root, "brief_summaries", "description"),
            detailed_description=_block(root, "detailed_descriptions", "description"),
        ),
        conditions_module=ConditionsModule(
            conditions=root.texts("conditions", "name"), keywords=root.texts("keywords", "name")
        ),
        design_module=_design(root, row),
        arms_interventions_module=arms_interventions(root),
        outcomes_module=_outcomes(root),
        eligibility_module=_eligibility(root),
        contacts_locations_module=contacts_locations(root),
        references_module=_references(root),
        ipd_sharing_statement_module=IpdSharingStatementModule(
            ipd_sharing=codes.code(row.text("plan_to_share_ipd")),
            description=row.text("plan_to_share_ipd_description"),
            info_types=tuple(
                _INFO_TYPES.get(t, codes.code(t) or t) for t in root.texts("ipd_information_types", "name")
            ),
            time_frame=row.text("ipd_time_frame"),
            access_criteria=row.text("ipd_access_criteria"),
            url=row.text("ipd_url"),
        ),
    )


def _block(root: Node, *path: str) -> str | None:
    """Return a long text; older files keep the layout of the registry's text blocks, which is undone."""
    text = root.node(*path).peek()
    layout = root.block(*path)
    laid_out = layout is not None and all(line.startswith("    ") for line in layout.splitlines() if line.strip())
    return unwrap(layout) if laid_out else text


def _identification(root: Node, row: Node, nct_id: str) -> IdentificationModule:
    own: OrgStudyIdInfo | None = None
    secondary, aliases = [], []
    for node in root.nodes("id_information"):
        source = node.text("id_source") or node.text("id_type")
        value, kind, link = node.text("id_value"), codes.code(node.text("id_type")), node.text("id_link")
        if source == "nct_alias" and value:
            aliases.append(value)
        elif source in {"org_study_id", "org_study_id_info"} and own is None:
            own = OrgStudyIdInfo(id=value, type=kind, link=link)
        else:
            described = node.text("id_type_description")
            secondary.append(SecondaryIdInfo(id=value, type=kind, domain=described, link=link))
    name, agency_class = row.text("source"), codes.code(row.text("source_class"))
    return IdentificationModule(
        nct_id=nct_id,
        nct_id_aliases=tuple(aliases),
        org_study_id_info=own,
        secondary_id_infos=tuple(secondary),
        brief_title=row.text("brief_title"),
        official_title=row.text("official_title"),
        acronym=row.text("acronym"),
        organization=Organization(full_name=name, agency_class=agency_class) if name else None,
    )


def _status(row: Node) -> StatusModule:
    expanded = ExpandedAccessInfo(
        has_expanded_access=row.flag("has_expanded_access"),
        nct_id=row.text("expanded_access_nctid"),
        status_for_nct_id=codes.code(row.text("expanded_access_status_for_nctid")),
    )
    return StatusModule(
        status_verified_date=_stated(row, "verification"),
        overall_status=_status_code(row.text("overall_status")),
        last_known_status=_status_code(row.text("last_known_status")),
        delayed_posting=row.flag("delayed_posting"),
        why_stopped=row.text("why_stopped"),
        expanded_access_info=None if expanded == ExpandedAccessInfo() else expanded,
        start_date_struct=_partial(row, "start"),
        primary_completion_date_struct=_partial(row, "primary_completion"),
        completion_date_struct=_partial(row, "completion"),
        study_first_submit_date=codes.iso_date(row.text("study_first_submitted_date")),
        study_first_submit_qc_date=codes.iso_date(row.text("study_first_submitted_qc_date")),
        study_first_post_date_struct=_posted(row, "study_first_posted_date"),
        results_first_submit_date=codes.iso_date(row.text("results_first_submitted_date")),
        results_first_submit_qc_date=codes.iso_date(row.text("results_first_submitted_qc_date")),
        results_first_post_date_struct=_posted(row, "results_first_posted_date"),
        disp_first_submit_date=codes.iso_date(row.text("disposition_first_submitted_date")),
        disp_first_submit_qc_date=codes.iso_date(row.text("disposition_first_submitted_qc_date")),
        disp_first_post_date_struct=_posted(row, "disposition_first_posted_date"),
        last_update_submit_date=codes.iso_date(row.text("last_update_submitted_date")),
        last_update_post_date_struct=_posted(row, "last_update_posted_date"),
    )


def _status_code(text: str | None) -> str | None:
    found = codes.code(text)
    return "UNKNOWN" if found == "UNKNOWN_STATUS" else found


def _stated(row: Node, name: str) -> str | None:
    """Return a date as the sponsor stated it: AACT pads the date column, and keeps the words in `_month_year`."""
    words, padded = row.text(f"{name}_month_year"), row.text(f"{name}_date")
    return codes.iso_date(words or padded)


def _partial(row: Node, name: str) -> PartialDateStruct | None:
    date, kind = _stated(row, name), codes.date_type(row.text(f"{name}_date_type"))
    return PartialDateStruct(date=date, type=kind) if date else None


def _posted(row: Node, name: str) -> DateStruct | None:
    date, kind = codes.iso_date(row.text(name)), codes.date_type(row.text(f"{name}_type"))
    return DateStruct(date=date, type=kind) if date else None


def _sponsors(root: Node) -> SponsorCollaboratorsModule:
    lead: Sponsor | None = None
    others = []
    for node in root.nodes("sponsors"):
        agency_class = codes.code(node.text("agency_class"))
        sponsor = Sponsor(name=node.text("name"), agency_class="FED" if agency_class == "U_S_FED" else agency_class)
        if (node.text("lead_or_collaborator") or "").casefold() == "lead" and lead is None:
            lead = sponsor
        else:
            others.append(sponsor)
    party = root.node("responsible_parties")
    old = party.text("old_name_title")
    name, organization = party.text("name"), party.text("organization")
    responsible = ResponsibleParty(
        type=codes.code(party.text("responsible_party_type")),
        investigator_full_name=name,
        investigator_title=party.text("title"),
        investigator_affiliation=party.text("affiliation"),
        old_name_title=old,
        old_organization=organization,
    )
    return SponsorCollaboratorsModule(
        responsible_party=None if responsible == ResponsibleParty() else responsible,
        lead_sponsor=lead,
        collaborators=tuple(others),
    )


def _design(root: Node, row: Node) -> DesignModule:
    kind, registry = row.text("study_type"), row.flag("patient_registry")
    if kind and kind.endswith(_REGISTRY_SUFFIX):
        kind, registry = kind.removesuffix(_REGISTRY_SUFFIX), True
    count, count_type = row.number("enrollment"), codes.date_type(row.text("enrollment_type"))
    retention, specimens = codes.code(row.text("biospec_retention")), row.text("biospec_description")
    types = ExpandedAccessTypes(
        individual=row.flag("expanded_access_type_individual"),
        intermediate=row.flag("expanded_access_type_intermediate"),
        treatment=row.flag("expanded_access_type_treatment"),
    )
    return DesignModule(
        study_type=codes.code(kind),
        expanded_access_types=None if types == ExpandedAccessTypes() else types,
        patient_registry=registry,
        target_duration=row.text("target_duration"),
        phases=codes.phases(row.text("phase")),
        design_info=_design_info(root.node("designs")),
        bio_spec=BioSpec(retention=retention, description=specimens) if retention or specimens else None,
        enrollment_info=None if count is None else EnrollmentInfo(count=count, type=count_type),
    )


def _design_info(node: Node) -> DesignInfo | None:
    masking, who = masking_and_roles(node.text("masking"))
    flagged = tuple(role for name, role in _MASKED if node.flag(name))
    block = MaskingBlock(
        masking=masking, masking_description=node.text("masking_description"), who_masked=flagged or who
    )
    info = DesignInfo(
        allocation=coded(node.text("allocation")),
        intervention_model=model(node.text("intervention_model")),
        intervention_model_description=node.text("intervention_model_description"),
        primary_purpose=coded(node.text("primary_purpose")),
        observational_model=coded(node.text("observational_model")),
        time_perspective=coded(node.text("time_perspective")),
        masking_info=None if block == MaskingBlock() else block,
    )
    return None if info == DesignInfo() else info


def _outcomes(root: Node) -> OutcomesModule:
    by_role: dict[str, list[Outcome]] = {"primary": [], "secondary": [], "other": []}
    for node in root.nodes("design_outcomes"):
        role = (node.peek("outcome_type") or "").casefold()
        if role in by_role:
            node.text("outcome_type")
        by_role.get(role, by_role["other"]).append(
            Outcome(
                measure=node.text("measure"), description=node.text("description"), time_frame=node.text("time_frame")
            )
        )
    return OutcomesModule(
        primary_outcomes=tuple(by_role["primary"]),
        secondary_outcomes=tuple(by_role["secondary"]),
        other_outcomes=tuple(by_role["other"]),
    )


def _eligibility(root: Node) -> EligibilityModule:
    node = root.node("eligibilities")
    healthy = node.flag("healthy_volunteers")
    if healthy is None and node.peek("healthy_volunteers") == "Accepts Healthy Volunteers":
        node.text("healthy_volunteers")
        healthy = True
    ages = (("child", "CHILD"), ("adult", "ADULT"), ("older_adult", "OLDER_ADULT"))
    return EligibilityModule(
        eligibility_criteria=_block(root, "eligibilities", "criteria"),
        healthy_volunteers=healthy,
        sex=sex(node.text("gender")),
        gender_based=node.flag("gender_based"),
        gender_description=node.text("gender_description"),
        minimum_age=codes.age(node.text("minimum_age")),
        maximum_age=codes.age(node.text("maximum_age")),
        std_ages=tuple(code for name, code in ages if node.flag(name)),
        study_population=node.text("population"),
        sampling_method=codes.code(node.text("sampling_method")),
    )


def _references(root: Node) -> ReferencesModule:
    retracted: dict[str | None, list[Retraction]] = {}
    for node in root.nodes("retractions"):
        retracted.setdefault(node.text("reference_id"), []).append(
            Retraction(pmid=node.text("pmid"), source=node.text("source"))
        )
    cited = []
    for node in root.nodes("study_references"):
        kind = codes.code(node.text("reference_type"))
        cited.append(
            Reference(
                pmid=node.text("pmid"),
                type={"REFERENCE": "BACKGROUND", "RESULTS_REFERENCE": "RESULT"}.get(kind or "", kind),
                citation=node.text("citation"),
                retractions=tuple(retracted.pop(node.peek("id"), ())),
            )
        )
    return ReferencesModule(
        references=tuple(cited),
        see_also_links=tuple(
            SeeAlsoLink(label=node.text("description"), url=node.text("url")) for node in root.nodes("links")
        ),
        avail_ipds=tuple(
            AvailIpd(
                id=node.text("document_id"),
                type=node.text("document_type"),
                url=node.text("url"),
                comment=node.text("comment"),
            )
            for node in root.nodes("documents")
        ),
    )


def annotations(root: Node) -> AnnotationSection | None:
    """Return the results that were submitted, returned or withdrawn and not posted."""
    events = []
    for node in root.nodes("pending_results"):
        kind = codes.code(node.text("event"))
        words, padded = node.text("event_date_description"), node.text("event_date")
        events.append(UnpostedEvent(type=_PENDING.get(kind or "", kind), date=codes.iso_date(words or padded)))
    if not events:
        return None
    return AnnotationSection(AnnotationModule(unposted_annotation=UnpostedAnnotation(unposted_events=tuple(events))))


def documents(root: Node) -> DocumentSection | None:
    """Return the uploaded documents."""
    found = tuple(
        LargeDoc(
            label=node.text("document_type"),
            has_protocol=node.flag("has_protocol"),
            has_sap=node.flag("has_sap"),
            has_icf=node.flag("has_icf"),
            date=codes.iso_date(node.text("document_date")),
            filename=(node.text("url") or "").rpartition("/")[2] or None,
        )
        for node in root.nodes("provided_documents")
    )
    return DocumentSection(LargeDocumentModule(large_docs=found)) if found else None


def derived(root: Node) -> DerivedSection | None:
    """Return the MeSH terms that the registry derived, and the countries that were removed."""
    removed = tuple(
        name for node in root.nodes("countries") if node.flag("removed") and (name := node.text("name")) is not None
    )
    section = DerivedSection(
        misc_info_module=MiscInfoModule(removed_countries=removed),
        condition_browse_module=_browse(root, "browse_conditions"),
        intervention_browse_module=_browse(root, "browse_interventions"),
    )
    return None if section == DerivedSection() else section


def _browse(root: Node, table: str) -> BrowseModule:
    meshes: list[Mesh] = []
    ancestors: list[Mesh] = []
    for node in root.nodes(table):
        kind, term = node.text("mesh_type"), Mesh(term=node.text("mesh_term"))
        (ancestors if kind == "mesh-ancestor" else meshes).append(term)
    return BrowseModule(meshes=tuple(meshes), ancestors=tuple(ancestors))
