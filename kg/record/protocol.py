"""The protocol section: what a sponsor registers.

Names are those of the ClinicalTrials.gov API v2 data model (OpenAPI file of the
registry, version 2), in snake case; every reader lifts its source into them.
Enumerations stay text here: the mapping turns them into terms and reports the
ones it does not know, so that a new value in a future record loses nothing.
"""

from msgspec import field

from kg.record.part import Part, Whole


class OrgStudyIdInfo(Part):
    """The sponsor's own number for the study."""

    id: str | None = None
    type: str | None = None
    link: str | None = None


class SecondaryIdInfo(Part):
    """Another number of the study: a grant, another registry, EudraCT."""

    id: str | None = None
    type: str | None = None
    domain: str | None = None
    link: str | None = None


class Organization(Part):
    """The organisation that submitted the record."""

    full_name: str | None = None
    agency_class: str | None = field(default=None, name="class")


class IdentificationModule(Part):
    """Numbers, titles and acronym."""

    nct_id: str | None = None
    nct_id_aliases: tuple[str, ...] = ()
    org_study_id_info: OrgStudyIdInfo | None = None
    secondary_id_infos: tuple[SecondaryIdInfo, ...] = ()
    brief_title: str | None = None
    official_title: str | None = None
    acronym: str | None = None
    organization: Organization | None = None


class ExpandedAccessInfo(Part):
    """Whether the product is available outside the study, and under which record."""

    has_expanded_access: bool | None = None
    nct_id: str | None = None
    status_for_nct_id: str | None = None


class PartialDateStruct(Part):
    """A date as precise as the sponsor gave it (`2023-05`, `2023-05-17`), actual or estimated."""

    date: str | None = None
    type: str | None = None


class DateStruct(Part):
    """A full date of the registry's own bookkeeping."""

    date: str | None = None
    type: str | None = None


class StatusModule(Part):
    """Recruitment status and every date of the record."""

    status_verified_date: str | None = None
    overall_status: str | None = None
    last_known_status: str | None = None
    delayed_posting: bool | None = None
    why_stopped: str | None = None
    expanded_access_info: ExpandedAccessInfo | None = None
    start_date_struct: PartialDateStruct | None = None
    primary_completion_date_struct: PartialDateStruct | None = None
    completion_date_struct: PartialDateStruct | None = None
    study_first_submit_date: str | None = None
    study_first_submit_qc_date: str | None = None
    study_first_post_date_struct: DateStruct | None = None
    results_first_submit_date: str | None = None
    results_first_submit_qc_date: str | None = None
    results_first_post_date_struct: DateStruct | None = None
    disp_first_submit_date: str | None = None
    disp_first_submit_qc_date: str | None = None
    disp_first_post_date_struct: DateStruct | None = None
    last_update_submit_date: str | None = None
    last_update_post_date_struct: DateStruct | None = None


class ResponsibleParty(Part):
    """Who answers for the record."""

    type: str | None = None
    investigator_full_name: str | None = None
    investigator_title: str | None = None
    investigator_affiliation: str | None = None
    old_name_title: str | None = None
    old_organization: str | None = None


class Sponsor(Part):
    """A sponsor or collaborator with the registry's class of agency."""

    name: str | None = None
    agency_class: str | None = field(default=None, name="class")


class SponsorCollaboratorsModule(Part):
    """Lead sponsor, collaborators, responsible party."""

    responsible_party: ResponsibleParty | None = None
    lead_sponsor: Sponsor | None = None
    collaborators: tuple[Sponsor, ...] = ()


class OversightModule(Part):
    """Regulatory oversight."""

    oversight_has_dmc: bool | None = None
    is_fda_regulated_drug: bool | None = None
    is_fda_regulated_device: bool | None = None
    is_unapproved_device: bool | None = None
    is_ppsd: bool | None = None
    is_us_export: bool | None = None
    fdaaa801_violation: bool | None = None


class DescriptionModule(Part):
    """Brief summary and detailed description, as Markdown text."""

    brief_summary: str | None = None
    detailed_description: str | None = None


class ConditionsModule(Part):
    """Conditions and keywords as stated."""

    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class ExpandedAccessTypes(Part):
    """Kinds of expanded access offered."""

    individual: bool | None = None
    intermediate: bool | None = None
    treatment: bool | None = None


class MaskingBlock(Part):
    """Who does not know the allocation."""

    masking: str | None = None
    masking_description: str | None = None
    who_masked: tuple[str, ...] = ()


class DesignInfo(Part):
    """Allocation, model, purpose and masking."""

    allocation: str | None = None
    intervention_model: str | None = None
    intervention_model_description: str | None = None
    primary_purpose: str | None = None
    observational_model: str | None = None
    time_perspective: str | None = None
    masking_info: MaskingBlock | None = None


class BioSpec(Part):
    """Biospecimens retained by an observational study."""

    retention: str | None = None
    description: str | None = None


class EnrollmentInfo(Part):
    """Number of participants, actual or estimated."""

    count: Whole | None = None
    type: str | None = None


class DesignModule(Part):
    """Study type, phases and design."""

    study_type: str | None = None
    n_ptrs_to_this_exp_acc_nct_id: float | None = None
    expanded_access_types: ExpandedAccessTypes | None = None
    patient_registry: bool | None = None
    target_duration: str | None = None
    phases: tuple[str, ...] = ()
    design_info: DesignInfo | None = None
    bio_spec: BioSpec | None = None
    enrollment_info: EnrollmentInfo | None = None


class ArmGroup(Part):
    """An arm with its own list of interventions (`Type: name`)."""

    label: str | None = None
    type: str | None = None
    description: str | None = None
    intervention_names: tuple[str, ...] = ()


class Intervention(Part):
    """An intervention with the labels of the arms that use it."""

    type: str | None = None
    name: str | None = None
    description: str | None = None
    arm_group_labels: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    intervention_mapped_name: tuple[str, ...] = ()
    """Not in the registry's OpenAPI file; always empty in the records seen."""


class ArmsInterventionsModule(Part):
    """Arms and interventions."""

    arm_groups: tuple[ArmGroup, ...] = ()
    interventions: tuple[Intervention, ...] = ()


class Outcome(Part):
    """A planned outcome measure."""

    measure: str | None = None
    description: str | None = None
    time_frame: str | None = None


class OutcomesModule(Part):
    """Planned outcome measures by role."""

    primary_outcomes: tuple[Outcome, ...] = ()
    secondary_outcomes: tuple[Outcome, ...] = ()
    other_outcomes: tuple[Outcome, ...] = ()


class EligibilityModule(Part):
    """Criteria text, ages, sex, population."""

    eligibility_criteria: str | None = None
    healthy_volunteers: bool | None = None
    sex: str | None = None
    gender_based: bool | None = None
    gender_description: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    std_ages: tuple[str, ...] = ()
    study_population: str | None = None
    sampling_method: str | None = None


class Contact(Part):
    """A contact person: personal data, read only to be accounted for."""

    name: str | None = None
    role: str | None = None
    phone: str | None = None
    phone_ext: str | None = None
    email: str | None = None


class Official(Part):
    """A named official of the study."""

    name: str | None = None
    affiliation: str | None = None
    role: str | None = None


class GeoPoint(Part):
    """WGS 84 coordinates in degrees."""

    lat: float
    lon: float


class Location(Part):
    """A site."""

    facility: str | None = None
    status: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    contacts: tuple[Contact, ...] = ()
    geo_point: GeoPoint | None = None


class ContactsLocationsModule(Part):
    """Contacts, officials, sites."""

    central_contacts: tuple[Contact, ...] = ()
    overall_officials: tuple[Official, ...] = ()
    locations: tuple[Location, ...] = ()
    locations_nested: tuple[Location, ...] = field(default=(), name="locations_nested")


class Retraction(Part):
    """A retraction of a cited article."""

    pmid: str | None = None
    source: str | None = None


class Reference(Part):
    """A cited article."""

    pmid: str | None = None
    type: str | None = None
    citation: str | None = None
    retractions: tuple[Retraction, ...] = ()


class SeeAlsoLink(Part):
    """A related web page."""

    label: str | None = None
    url: str | None = None


class AvailIpd(Part):
    """A data set or document that is available."""

    id: str | None = None
    type: str | None = None
    url: str | None = None
    comment: str | None = None


class ReferencesModule(Part):
    """Citations, links, available data."""

    references: tuple[Reference, ...] = ()
    see_also_links: tuple[SeeAlsoLink, ...] = ()
    avail_ipds: tuple[AvailIpd, ...] = ()


class IpdSharingStatementModule(Part):
    """The plan to share individual participant data."""

    ipd_sharing: str | None = None
    description: str | None = None
    info_types: tuple[str, ...] = ()
    time_frame: str | None = None
    access_criteria: str | None = None
    url: str | None = None


class ProtocolSection(Part):
    """What the sponsor registered before results."""

    identification_module: IdentificationModule = field(default_factory=IdentificationModule)
    status_module: StatusModule = field(default_factory=StatusModule)
    sponsor_collaborators_module: SponsorCollaboratorsModule = field(default_factory=SponsorCollaboratorsModule)
    oversight_module: OversightModule = field(default_factory=OversightModule)
    description_module: DescriptionModule = field(default_factory=DescriptionModule)
    conditions_module: ConditionsModule = field(default_factory=ConditionsModule)
    design_module: DesignModule = field(default_factory=DesignModule)
    arms_interventions_module: ArmsInterventionsModule = field(default_factory=ArmsInterventionsModule)
    outcomes_module: OutcomesModule = field(default_factory=OutcomesModule)
    eligibility_module: EligibilityModule = field(default_factory=EligibilityModule)
    contacts_locations_module: ContactsLocationsModule = field(default_factory=ContactsLocationsModule)
    references_module: ReferencesModule = field(default_factory=ReferencesModule)
    ipd_sharing_statement_module: IpdSharingStatementModule = field(default_factory=IpdSharingStatementModule)
