"""Pages of MedDataX: a ClinicalTrials.gov record as a page, saved as text or HTML.

Every section opens with a sentence about the section itself, which is furniture; so is
everything from "More Related Trials" on, which is about other trials.
"""

import re
from typing import Final

from kg.errors import RecordError
from kg.record import Additions, Document, RawDocument, Study
from kg.record.protocol import (
    ArmsInterventionsModule,
    ConditionsModule,
    ContactsLocationsModule,
    DateStruct,
    DescriptionModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    IdentificationModule,
    Location,
    MaskingBlock,
    Official,
    OrgStudyIdInfo,
    Outcome,
    OutcomesModule,
    PartialDateStruct,
    ProtocolSection,
    Reference,
    ReferencesModule,
    ResponsibleParty,
    SecondaryIdInfo,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.sources.codes import age, code, iso_date, phases
from kg.sources.meddatax_arms import TAGLINE, arms_of, interventions_of
from kg.sources.page import (
    Line,
    Page,
    address,
    begin_at_title,
    criteria_text,
    has_html_marker,
    has_lines,
    items,
    joined,
    read_text,
)
from kg.sources.page_document import page_document
from kg.sources.reader import Reader
from kg.sources.splitting import whole
from kg.sources.tree import whole_number

KIND: Final = "meddatax"
_LAYOUT: Final = {
    "": ("Study Results", "Official Title", "Acronym"),
    "Basic Information": ("Recruitment Status", "Clinical Phase", "Total Enrollment", "Study Classification",
                          "Study Start Date", "Primary Completion Date", "Study Completion Date", "Why Stopped"),
    "Brief Summary": (),
    "Detailed Description": (),
    "Conditions": (),
    "Keywords": (),
    "Study Design": ("Allocation Method", "Intervention Model", "Primary Study Purpose", "Blinding Strategy",
                     "Observational Model Type", "Study Time Perspective"),
    "Study Groups": (),
    "Interventions": (),
    "Primary Outcomes": (),
    "Secondary Outcomes": (),
    "Other Outcomes": (),
    "Eligibility Criteria": ("Inclusion Criteria", "Exclusion Criteria", "Minimum Eligible Age",
                             "Maximum Eligible Age", "Eligible Sex", "Accepts Healthy Volunteers"),
    "Sponsors": (),
    "Responsible Party": (),
    "Principal Investigators": (),
    "Central Contacts": (),
    "Locations": (),
    "Countries": (),
    "References": (),
    "Related Links": (),
    "Documents": (),
    "Provided Documents": (),
    "Other Identifiers": (),
    "More Related Trials": (),
}  # fmt: skip


def decode(raw: RawDocument) -> Document:
    """Lift a MedDataX page into the study record; raises RecordError when it is none."""
    page = Page(read_text(raw), _LAYOUT, lambda name, below: TAGLINE.match(below) is not None)
    title = _title(page, begin_at_title(page, raw))
    nct_id, updated = _labelled(page, "NCT ID:"), iso_date(_labelled(page, "Last Updated:"))
    if nct_id is None or re.fullmatch(r"NCT\d{8}", nct_id) is None:
        raise RecordError("The page has no line 'NCT ID: NCT…', which every MedDataX trial page has.")
    results = page.block("Study Results")
    interventions = interventions_of(_section(page, "Interventions"))
    arms = arms_of(_section(page, "Study Groups"), interventions)
    identification = IdentificationModule(
        nct_id=nct_id,
        brief_title=title,
        official_title=page.value("Official Title"),
        acronym=page.value("Acronym"),
    )
    identification.org_study_id_info, identification.secondary_id_infos = _identifiers(
        _section(page, "Other Identifiers")
    )
    protocol = ProtocolSection(
        identification_module=identification,
        status_module=StatusModule(
            overall_status=code(page.value("Recruitment Status")),
            why_stopped=page.value("Why Stopped"),
            start_date_struct=_partial(page, "Study Start Date"),
            primary_completion_date_struct=_partial(page, "Primary Completion Date"),
            completion_date_struct=_partial(page, "Study Completion Date"),
            last_update_post_date_struct=DateStruct(date=updated) if updated else None,
        ),
        sponsor_collaborators_module=_sponsors(page),
        description_module=DescriptionModule(
            brief_summary=joined(_section(page, "Brief Summary")),
            detailed_description=joined(_section(page, "Detailed Description")),
        ),
        conditions_module=ConditionsModule(
            conditions=items(_section(page, "Conditions")),
            keywords=items(_section(page, "Keywords")),
        ),
        design_module=_design(page),
        arms_interventions_module=ArmsInterventionsModule(arm_groups=arms, interventions=tuple(interventions)),
        outcomes_module=OutcomesModule(
            primary_outcomes=_outcomes(_section(page, "Primary Outcomes")),
            secondary_outcomes=_outcomes(_section(page, "Secondary Outcomes")),
            other_outcomes=_outcomes(_section(page, "Other Outcomes")),
        ),
        eligibility_module=_eligibility(page),
        contacts_locations_module=ContactsLocationsModule(
            overall_officials=_officials(_section(page, "Principal Investigators")),
            locations=_locations(_section(page, "Locations")),
        ),
        references_module=ReferencesModule(
            references=tuple(Reference(citation=text) for text in items(_section(page, "References")))
        ),
    )
    for heading in ("Basic Information", "Study Design", "Eligibility Criteria"):
        _section(page, heading)
    page.block("Central Contacts")
    page.ignore_from("More Related Trials")
    page.ignore(re.compile(r"MedDataX\Z|©|Copyright|Patient Locations?\b|View Full|Show More\Z", re.IGNORECASE).match)
    return page_document(
        raw,
        READER,
        source="meddatax",
        identifier=nct_id,
        study=Study(protocol_section=protocol, has_results=_has_results(results)),
        additions=Additions(
            countries=items(_section(page, "Countries")),
            url=address(raw),
        ),
        page=page,
        version_date=updated,
    )


def _labelled(page: Page, label: str) -> str | None:
    """Return what follows a label in its own line, `NCT ID: …`, and mark it read."""
    for n, line in enumerate(page.lines):
        if line.text.casefold().startswith(label.casefold()):
            page.mark(n, n + 1)
            return line.text[len(label) :].strip() or None
    return None


def _title(page: Page, begin: int) -> str | None:
    for n, line in enumerate(page.lines[begin:], start=begin):
        if page.is_heading(n) or line.text.startswith("NCT ID:"):
            return None
        if not re.fullmatch(r"MedDataX|Home|Back.*", line.text, re.IGNORECASE):
            page.mark(n, n + 1)
            return line.text
    return None


def _section(page: Page, heading: str) -> list[Line]:
    """Return the lines of a section without the sentence that describes it."""
    lines = page.block(heading)
    if lines and TAGLINE.match(lines[0].text):
        return lines[1:]
    return lines


def _has_results(lines: list[Line]) -> bool | None:
    text = " ".join(line.text for line in lines).casefold()
    if "pending" in text or "has not published" in text:
        return False
    return True if "results available" in text else None


def _partial(page: Page, label: str) -> PartialDateStruct | None:
    date = iso_date(page.value(label))
    return PartialDateStruct(date=date) if date else None


def _design(page: Page) -> DesignModule:
    count = re.match(r"([\d,]+)", page.value("Total Enrollment") or "")
    masking = code(page.value("Blinding Strategy"))
    info = DesignInfo(
        allocation=code(page.value("Allocation Method")),
        intervention_model=code(page.value("Intervention Model")),
        primary_purpose=code(page.value("Primary Study Purpose")),
        observational_model=code(page.value("Observational Model Type")),
        time_perspective=code(page.value("Study Time Perspective")),
        masking_info=MaskingBlock(masking=masking) if masking else None,
    )
    stated = any((info.allocation, info.intervention_model, info.primary_purpose, info.observational_model, masking))
    total = whole_number(count[1]) if count else None
    return DesignModule(
        study_type=code(page.value("Study Classification")),
        phases=phases(_phase_words(page.value("Clinical Phase"))),
        design_info=info if stated else None,
        enrollment_info=EnrollmentInfo(count=total) if total is not None else None,
    )


def _phase_words(text: str | None) -> str | None:
    """Return a phase code as words: `PHASE1, PHASE2` → `PHASE1/PHASE2`, `EARLY_PHASE1` → `EARLY PHASE1`."""
    if text is None:
        return None
    words = re.sub(r"\s*[,|;]\s*", "/", text.replace("_", " "))
    return "Early Phase 1" if re.fullmatch(r"early\s*phase\s*1", words, re.I) else words


def _outcomes(lines: list[Line]) -> tuple[Outcome, ...]:
    """Return outcomes: measure, description, and `Time Frame: …` as the last line."""
    found: list[Outcome] = []
    pending: list[Line] = []
    for line in lines:
        frame = re.fullmatch(r"Time\s?frame:?\s+(\S.*)", line.text, re.IGNORECASE)
        if frame and pending:
            found.append(Outcome(measure=pending[0].text, description=joined(pending[1:]), time_frame=frame[1]))
            pending = []
        else:
            pending.append(line)
    if pending:
        found.append(Outcome(measure=pending[0].text, description=joined(pending[1:])))
    return tuple(found)


def _eligibility(page: Page) -> EligibilityModule:
    healthy = code(page.value("Accepts Healthy Volunteers"))
    return EligibilityModule(
        eligibility_criteria=criteria_text(page.block("Inclusion Criteria"), page.block("Exclusion Criteria")),
        healthy_volunteers={"YES": True, "TRUE": True, "NO": False, "FALSE": False}.get(healthy or ""),
        sex=code(page.value("Eligible Sex")),
        minimum_age=age(page.value("Minimum Eligible Age")),
        maximum_age=age(page.value("Maximum Eligible Age")),
    )


def _sponsors(page: Page) -> SponsorCollaboratorsModule:
    """Return the sponsors: name, class, `Sponsor Role lead` or `collaborator`."""
    module = SponsorCollaboratorsModule()
    pending: list[str] = []
    for line in _section(page, "Sponsors"):
        role = re.fullmatch(r"Sponsor Role:?\s+(\S+)", line.text)
        if role is None:
            pending.append(line.text)
            continue
        sponsor = Sponsor(
            name=pending[0] if pending else None, agency_class=code(pending[1]) if len(pending) > 1 else None
        )
        if role[1].casefold() == "lead" and module.lead_sponsor is None:
            module.lead_sponsor = sponsor
        else:
            module.collaborators += (sponsor,)
        pending = []
    lines = [line.text for line in _section(page, "Responsible Party")]
    role_line = next((m for text in lines if (m := re.fullmatch(r"Responsibility Role:?\s+(\S+)", text))), None)
    if role_line:
        people = [text for text in lines if not text.startswith("Responsibility Role")]
        people += [""] * (3 - len(people))
        module.responsible_party = ResponsibleParty(
            type=code(role_line[1]),
            investigator_full_name=people[0] or None,
            investigator_title=people[1] or None,
            investigator_affiliation=people[2] or None,
        )
    return module


def _officials(lines: list[Line]) -> tuple[Official, ...]:
    """Return officials: name, `Role: X`, affiliation."""
    found: list[Official] = []
    for n, line in enumerate(lines):
        role = re.fullmatch(r"Role:?\s+(\S.*)", line.text)
        if role and n > 0:
            after = lines[n + 1].text if n + 1 < len(lines) else None
            next_is_name = n + 2 < len(lines) and re.match(r"Role:?\s", lines[n + 2].text)
            found.append(
                Official(name=lines[n - 1].text, role=code(role[1]), affiliation=None if next_is_name else after)
            )
    return tuple(found)


def _locations(lines: list[Line]) -> tuple[Location, ...]:
    """Return sites: facility, `city, state, country`, `Site Status` with a status or none."""
    found: list[Location] = []
    pending: list[str] = []
    for n, line in enumerate(lines):
        status = re.fullmatch(r"Site Status:?(?:\s+(\S.*))?", line.text)
        if status is None:
            pending.append(line.text)
        if pending and (status is not None or n + 1 == len(lines)):
            place = pending[-1].split(",") if len(pending) > 1 else []
            parts = [part.strip() for part in place]
            found.append(
                Location(
                    facility=pending[0],
                    status=code(status[1]) if status else None,
                    city=(parts[0] or None) if parts else None,
                    state=(", ".join(parts[1:-1]) or None) if parts else None,
                    country=(parts[-1] or None) if len(parts) > 1 else None,
                )
            )
            pending = []
    return tuple(found)


def _identifiers(lines: list[Line]) -> tuple[OrgStudyIdInfo | None, tuple[SecondaryIdInfo, ...]]:
    """Return the sponsor's number and the others: number, `Identifier Type: …`, `Identifier Source: …`."""
    org: OrgStudyIdInfo | None = None
    others: list[SecondaryIdInfo] = []
    value, kind = None, None
    for line in lines:
        field = re.fullmatch(r"Identifier (Type|Source):\s*(\S.*)?", line.text)
        if field is None:
            value, kind = line.text, None
        elif field[1] == "Type":
            kind = None if field[2] in (None, "-") else code(field[2])
        elif value is not None:
            if field[2] == "org_study_id" and org is None:
                org = OrgStudyIdInfo(id=value, type=kind)
            else:
                domain = None if field[2] in (None, "secondary_id", "org_study_id") else field[2]
                others.append(SecondaryIdInfo(id=value, type=kind, domain=domain))
            value = None
    if value is not None:
        others.append(SecondaryIdInfo(id=value, type=kind))
    return org, tuple(others)


READER: Final = Reader(
    kind=KIND,
    version="1",
    licence=None,
    recognises=lambda name, head: (
        has_lines(head, "Basic Information", "Recruitment Status", "Clinical Phase")
        or has_html_marker(head, rb"meddatax")
    ),
    split=whole(KIND),
    decode=decode,
)
