"""ClinicalTrials.gov legacy XML (`<clinical_study>`), as the registry published it until 2024.

Specification: the registry's `public.xsd`; elements that older records still carry
(`study_design`, `lastchanged_date`, `category_list` without classes) are read as well.
The record is lifted into the words of the API v2: coded values become its codes, dates
become ISO 8601 as precise as given, wrapped text blocks become its Markdown-like text.
"""

import hashlib
import re
from typing import Final

from kg.errors import RecordError
from kg.record import Additions, Document, RawDocument, Study
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
    ConditionsModule,
    DescriptionModule,
    ExpandedAccessInfo,
    IdentificationModule,
    Organization,
    OrgStudyIdInfo,
    OversightModule,
    PartialDateStruct,
    ProtocolSection,
    ResponsibleParty,
    SecondaryIdInfo,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.record.protocol import DateStruct as ProtocolDate
from kg.sources import codes
from kg.sources.ctgov_xml_design import (
    arms_interventions,
    contacts_locations,
    design,
    eligibility,
    ipd_sharing,
    outcomes,
    references,
)
from kg.sources.ctgov_xml_results import results
from kg.sources.ignored import ignored
from kg.sources.reader import Reader
from kg.sources.splitting import whole
from kg.sources.text_blocks import unwrap
from kg.sources.tree import Node, unknown_paths
from kg.sources.xml_tree import parse_xml

KIND: Final = "ctgov-xml"
VERSION: Final = "1"
LICENCE: Final = "https://clinicaltrials.gov/about-site/terms-conditions"
NCT: Final = re.compile(r"NCT\d{8}")


def recognises(name: str, head: bytes) -> bool:
    """Whether the file begins as a legacy record: its root element is `clinical_study`."""
    text = head.replace(b"\x00", b"")
    start = text.find(b"<clinical_study")
    return start >= 0 and re.search(rb"<[A-Za-z]", text[:start]) is None


def decode(raw: RawDocument) -> Document:
    """Return the record of one legacy XML file.

    Raises RecordError for what is not well-formed, is no `clinical_study`, or has no NCT number.
    """
    name, root = parse_xml(raw.data)
    if name != "clinical_study":
        raise RecordError(f"The root element is <{name}>, not <clinical_study>; give the record of a single study.")
    nct_id = root.text("id_info", "nct_id")
    if nct_id is None or not NCT.fullmatch(nct_id):
        raise RecordError(f"The NCT number is {nct_id!r}, not NCT and eight digits.", "id_info/nct_id")
    study, countries = _study(root, nct_id)
    status = study.protocol_section.status_module
    return Document(
        source="ctgov",
        id=nct_id,
        kind=KIND,
        reader_version=VERSION,
        study=study,
        additions=Additions(countries=countries),
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=_version_date(status) or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown_paths(root, ignored("ctgov_xml")),
    )


def _version_date(status: StatusModule) -> str | None:
    posted = status.last_update_post_date_struct
    dates = (posted.date if posted else None, status.last_update_submit_date, status.status_verified_date)
    return next((date for date in dates if codes.is_iso_date(date)), None)


def _study(root: Node, nct_id: str) -> tuple[Study, tuple[str, ...]]:
    """Return the study, and the countries that the record states without a site."""
    arms = arms_interventions(root)
    places = contacts_locations(root)
    sited = {location.country for location in places.locations}
    countries = tuple(c for c in root.texts("location_countries", "country") if c not in sited)
    reported = results(root.node("clinical_results"))
    protocol = ProtocolSection(
        identification_module=_identification(root, nct_id),
        status_module=_status(root),
        sponsor_collaborators_module=_sponsors(root),
        oversight_module=_oversight(root.node("oversight_info")),
        description_module=DescriptionModule(
            brief_summary=unwrap(_block(root.node("brief_summary"))),
            detailed_description=unwrap(_block(root.node("detailed_description"))),
        ),
        conditions_module=ConditionsModule(conditions=root.texts("condition"), keywords=root.texts("keyword")),
        design_module=design(root),
        arms_interventions_module=arms,
        outcomes_module=outcomes(root),
        eligibility_module=eligibility(root.node("eligibility")),
        contacts_locations_module=places,
        references_module=references(root),
        ipd_sharing_statement_module=ipd_sharing(root.node("patient_data")),
    )
    study = Study(
        protocol_section=protocol,
        results_section=reported,
        annotation_section=_annotations(root),
        document_section=_documents(root),
        derived_section=_derived(root),
        has_results=reported is not None,
    )
    return study, countries


def _block(node: Node) -> str | None:
    """Return the text of a `<textblock>` with its layout."""
    return node.block("textblock")


def _identification(root: Node, nct_id: str) -> IdentificationModule:
    org_study_id = root.text("id_info", "org_study_id")
    source = root.text("source")
    return IdentificationModule(
        nct_id=nct_id,
        nct_id_aliases=root.texts("id_info", "nct_alias"),
        org_study_id_info=OrgStudyIdInfo(id=org_study_id) if org_study_id else None,
        secondary_id_infos=tuple(SecondaryIdInfo(id=value) for value in root.texts("id_info", "secondary_id")),
        brief_title=root.text("brief_title"),
        official_title=root.text("official_title"),
        acronym=root.text("acronym"),
        organization=Organization(full_name=source) if source else None,
    )


def _status(root: Node) -> StatusModule:
    expanded = root.flag("has_expanded_access")
    return StatusModule(
        status_verified_date=codes.iso_date(root.text("verification_date")),
        overall_status=_status_code(root.text("overall_status")),
        last_known_status=_status_code(root.text("last_known_status")),
        why_stopped=unwrap(root.text("why_stopped")),
        expanded_access_info=None if expanded is None else ExpandedAccessInfo(has_expanded_access=expanded),
        start_date_struct=_partial_date(root, "start_date"),
        primary_completion_date_struct=_partial_date(root, "primary_completion_date"),
        completion_date_struct=_partial_date(root, "completion_date"),
        study_first_submit_date=_date(root, "study_first_submitted", "firstreceived_date"),
        study_first_submit_qc_date=_date(root, "study_first_submitted_qc"),
        study_first_post_date_struct=_posted(root, "study_first_posted"),
        results_first_submit_date=_date(root, "results_first_submitted", "firstreceived_results_date"),
        results_first_submit_qc_date=_date(root, "results_first_submitted_qc"),
        results_first_post_date_struct=_posted(root, "results_first_posted"),
        disp_first_submit_date=_date(root, "disposition_first_submitted", "firstreceived_results_disposition_date"),
        disp_first_submit_qc_date=_date(root, "disposition_first_submitted_qc"),
        disp_first_post_date_struct=_posted(root, "disposition_first_posted"),
        last_update_submit_date=_date(root, "last_update_submitted", "lastchanged_date"),
        last_update_post_date_struct=_posted(root, "last_update_posted"),
    )


def _status_code(text: str | None) -> str | None:
    return "UNKNOWN" if text == "Unknown status" else codes.code(text)


def _date(root: Node, *names: str) -> str | None:
    """Return the first date under these names; the older name is read as well, so that it is not left over."""
    return next((codes.iso_date(text) for text in [root.text(name) for name in names] if text), None)


def _partial_date(root: Node, name: str) -> PartialDateStruct | None:
    date, kind = codes.iso_date(root.text(name)), codes.date_type(root.text(name, "@type"))
    return PartialDateStruct(date=date, type=kind) if date else None


def _posted(root: Node, name: str) -> ProtocolDate | None:
    date, kind = codes.iso_date(root.text(name)), codes.date_type(root.text(name, "@type"))
    return ProtocolDate(date=date, type=kind) if date else None


def _sponsors(root: Node) -> SponsorCollaboratorsModule:
    party = root.node("responsible_party")
    responsible = ResponsibleParty(
        type=codes.code(party.text("responsible_party_type")),
        investigator_full_name=party.text("investigator_full_name"),
        investigator_title=party.text("investigator_title"),
        investigator_affiliation=party.text("investigator_affiliation"),
        old_name_title=party.text("name_title"),
        old_organization=party.text("organization"),
    )
    return SponsorCollaboratorsModule(
        responsible_party=None if responsible == ResponsibleParty() else responsible,
        lead_sponsor=_sponsor(root.node("sponsors", "lead_sponsor")),
        collaborators=tuple(s for node in root.nodes("sponsors", "collaborator") if (s := _sponsor(node))),
    )


def _sponsor(node: Node) -> Sponsor | None:
    name, agency_class = node.text("agency"), codes.code(node.text("agency_class"))
    if name is None and agency_class is None:
        return None
    return Sponsor(name=name, agency_class="FED" if agency_class == "U_S_FED" else agency_class)


def _oversight(node: Node) -> OversightModule:
    return OversightModule(
        oversight_has_dmc=node.flag("has_dmc"),
        is_fda_regulated_drug=node.flag("is_fda_regulated_drug"),
        is_fda_regulated_device=node.flag("is_fda_regulated_device"),
        is_unapproved_device=node.flag("is_unapproved_device"),
        is_ppsd=node.flag("is_ppsd"),
        is_us_export=node.flag("is_us_export"),
    )


_PENDING: Final = {"submitted": "RELEASE", "returned": "RESET", "submission_canceled": "UNRELEASE"}


def _annotations(root: Node) -> AnnotationSection | None:
    """Return the results that were submitted, returned or withdrawn and not posted, in order of the record."""
    events = tuple(
        UnpostedEvent(type=_PENDING[name], date=codes.iso_date(node.take()))
        for name, node in root.node("pending_results").in_order()
        if name in _PENDING
    )
    if not events:
        return None
    return AnnotationSection(AnnotationModule(unposted_annotation=UnpostedAnnotation(unposted_events=events)))


def _documents(root: Node) -> DocumentSection | None:
    documents = tuple(
        LargeDoc(
            label=node.text("document_type"),
            has_protocol=node.flag("document_has_protocol"),
            has_sap=node.flag("document_has_sap"),
            has_icf=node.flag("document_has_icf"),
            date=codes.iso_date(node.text("document_date")),
            filename=(node.text("document_url") or "").rpartition("/")[2] or None,
        )
        for node in root.nodes("provided_document_section", "provided_document")
    )
    return DocumentSection(LargeDocumentModule(large_docs=documents)) if documents else None


def _derived(root: Node) -> DerivedSection | None:
    section = DerivedSection(
        misc_info_module=MiscInfoModule(removed_countries=root.texts("removed_countries", "country")),
        condition_browse_module=_browse(root, "condition_browse"),
        intervention_browse_module=_browse(root, "intervention_browse"),
    )
    return None if section == DerivedSection() else section


def _browse(root: Node, name: str) -> BrowseModule:
    return BrowseModule(meshes=tuple(Mesh(term=term) for term in root.texts(name, "mesh_term")))


READER: Final = Reader(
    kind=KIND,
    version=VERSION,
    licence=LICENCE,
    recognises=recognises,
    split=whole(KIND),
    decode=decode,
    preference=15,
)
