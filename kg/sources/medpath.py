"""Pages of MedPath (trial.medpath.com): a registry's record as a page, saved as text or HTML.

A browser that saves the page as text runs the cells of a table row together; they are told
apart by the names of the interventions and by how a time frame begins.
"""

import re
from typing import Final

from kg.errors import RecordError
from kg.record import Additions, Document, RawDocument, Study
from kg.record.protocol import (
    ArmGroup,
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
    Intervention,
    Location,
    Outcome,
    OutcomesModule,
    PartialDateStruct,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.record.study import StatedIdentifier
from kg.registries import registry_number
from kg.sources.codes import age, code, iso_date, phases
from kg.sources.page import (
    Line,
    Page,
    address,
    begin_at_title,
    criteria_text,
    document_id,
    has_html_marker,
    has_lines,
    items,
    joined,
    read_text,
)
from kg.sources.page_document import page_document
from kg.sources.reader import Reader
from kg.sources.run_together import arm_cells, time_frame_begins
from kg.sources.splitting import whole

KIND: Final = "medpath"
_LAYOUT: Final = {
    "": ("Conditions", "Interventions", "Registration Number", "Lead Sponsor", "Collaborators", "Target Recruit Count",
         "First Posted Date", "Last Posted Date", "Last Updated Date", "Start Date", "Completion Date",
         "Primary Completion Date", "Keywords"),
    "Brief Summary": (),
    "Detailed Description": (),
    "Recruitment & Eligibility": ("Status", "Sex", "Target Recruitment", "Minimum Age", "Maximum Age",
                                  "Inclusion Criteria", "Exclusion Criteria"),
    "Study & Design": ("Study Type", "Study Design", "Arm && Interventions", "Arm & Interventions",
                       "Primary Outcome Measures", "Secondary Outcome Measures", "Other Outcome Measures"),
    "Trial Locations": (),
    "Related News": (),
    "Related Trials": (),
}  # fmt: skip
_FURNITURE: Final = re.compile(
    r"MedPath\Z|©|Copyright|\W*[\U0001F1E6-\U0001F1FF]{2}\W*\Z|Locations \(\d+\)\Z|Show more\Z|Sign (?:in|up)\Z|"
    r"(?:Not specified|Not provided|-)\Z",
    re.IGNORECASE,
)
_INTERVENTION: Final = re.compile(r"(?P<type>[A-Z][A-Za-z /-]{2,30}):\s+(?P<name>\S.*)\Z")
_TABLE_HEADS: Final = re.compile(r"(?:Group\s*Interventions?\s*Description|Name\s*Time\s*Method)\Z")


def decode(raw: RawDocument) -> Document:
    """Lift a MedPath page into the study record; raises RecordError when it is none."""
    page = Page(read_text(raw), _LAYOUT)
    begin = begin_at_title(page, raw)
    number = page.value("Registration Number")
    if number is None or len(number) > 100:
        raise RecordError("The page needs a 'Registration Number' of at most 100 characters, as MedPath's pages have.")
    title, phase, status = _top(page, begin)
    interventions = _interventions(page.block("Interventions"))
    sponsor = page.value("Lead Sponsor")
    found = registry_number(number)
    identification = IdentificationModule(brief_title=title)
    identifiers: tuple[StatedIdentifier, ...] = ()
    if found and found.scheme == "ClinicalTrials.gov":
        identification.nct_id = found.value
    else:
        scheme = found.scheme if found else "registry"
        identifiers = (StatedIdentifier(scheme, found.value if found else number),)
    stated_status = page.value("Status")
    protocol = ProtocolSection(
        identification_module=identification,
        status_module=_status(page, stated_status or status),
        sponsor_collaborators_module=SponsorCollaboratorsModule(
            lead_sponsor=Sponsor(name=sponsor) if sponsor else None,
            collaborators=tuple(Sponsor(name=name) for name in items(page.block("Collaborators"))),
        ),
        description_module=DescriptionModule(
            brief_summary=joined(page.block("Brief Summary")),
            detailed_description=_stated(joined(page.block("Detailed Description"))),
        ),
        conditions_module=ConditionsModule(
            conditions=items(page.block("Conditions")),
            keywords=items(page.block("Keywords")),
        ),
        eligibility_module=EligibilityModule(
            sex=code(page.value("Sex")),
            minimum_age=age(page.value("Minimum Age")),
            maximum_age=age(page.value("Maximum Age")),
            eligibility_criteria=criteria_text(
                _stated_lines(page.block("Inclusion Criteria")), _stated_lines(page.block("Exclusion Criteria"))
            ),
        ),
        design_module=_design(page, phase),
        outcomes_module=OutcomesModule(
            primary_outcomes=_outcomes(page.block("Primary Outcome Measures")),
            secondary_outcomes=_outcomes(page.block("Secondary Outcome Measures")),
            other_outcomes=_outcomes(page.block("Other Outcome Measures")),
        ),
        contacts_locations_module=ContactsLocationsModule(locations=_locations(page)),
    )
    arms, linked = _arms(page, interventions)
    protocol.arms_interventions_module = ArmsInterventionsModule(arm_groups=arms, interventions=linked)
    for heading in ("Recruitment & Eligibility", "Study & Design"):
        page.block(heading)
    for heading in ("Related News", "Related Trials"):
        page.ignore_from(heading)
    page.ignore(_FURNITURE.match)
    return page_document(
        raw,
        READER,
        source="medpath",
        identifier=(found.value if found else number)
        or document_id(doi=None, url=address(raw), title=title, sponsor=sponsor),
        study=Study(protocol_section=protocol),
        additions=Additions(identifiers=identifiers, url=address(raw)),
        page=page,
    )


def _top(page: Page, begin: int) -> tuple[str | None, str | None, str | None]:
    """Return title, phase and status: the lines above the first heading."""
    ends = (page.index(heading) for heading in ("Conditions", "Interventions", "Registration Number"))
    end = min((at for at in ends if at is not None), default=0)
    lines = [line.text for line in page.lines[begin:end] if not _FURNITURE.match(line.text)]
    title = phase = status = None
    for text in lines:
        if title is None and not _is_phase(text) and not _is_status(text):
            title = text
        elif phase is None and _is_phase(text):
            phase = text
        elif status is None and _is_status(text):
            status = text
        else:
            continue
        page.mark_text(text, end)
    return title, phase, status


_STATUS: Final = re.compile(
    r"(?:not yet |active,? not |no longer )?recruiting|completed|terminated|suspended|withdrawn|unknown(?: status)?|"
    r"enrolling by invitation|(?:no longer )?available|approved for marketing|temporarily not available|withheld"
)


def _is_status(text: str) -> bool:
    return _STATUS.fullmatch(text.casefold().replace("_", " ")) is not None


def _is_phase(text: str) -> bool:
    return re.fullmatch(r"(?:Early )?Phase\s?\S+(?:\s*/\s*Phase\s?\S+)?|Not Applicable|N/A|NA", text, re.I) is not None


def _stated(text: str | None) -> str | None:
    """Return a text unless it only says that nothing was stated."""
    return None if text is None or re.fullmatch(r"Not (?:specified|available|provided)|-", text, re.I) else text


def _stated_lines(lines: list[Line]) -> list[Line]:
    return [line for line in lines if _stated(line.text) is not None]


def _status(page: Page, stated: str | None) -> StatusModule:
    def posted(label: str) -> DateStruct | None:
        date = iso_date(page.value(label))
        return DateStruct(date=date) if date else None

    def partial(label: str) -> PartialDateStruct | None:
        date = iso_date(page.value(label))
        return PartialDateStruct(date=date) if date else None

    return StatusModule(
        overall_status=code(stated),
        start_date_struct=partial("Start Date"),
        primary_completion_date_struct=partial("Primary Completion Date"),
        completion_date_struct=partial("Completion Date"),
        study_first_post_date_struct=posted("First Posted Date"),
        last_update_post_date_struct=posted("Last Posted Date") or posted("Last Updated Date"),
    )


def _design(page: Page, phase: str | None) -> DesignModule:
    count = page.value("Target Recruitment") or page.value("Target Recruit Count")
    digits = re.sub(r"[,\s]", "", count or "")
    model = code(page.value("Study Design"))
    return DesignModule(
        study_type=code(page.value("Study Type")),
        phases=phases(phase),
        design_info=DesignInfo(intervention_model=model) if model else None,
        enrollment_info=EnrollmentInfo(count=int(digits))
        if digits.isascii() and digits.isdigit() and len(digits) < 10
        else None,
    )


def _interventions(lines: list[Line]) -> list[Intervention]:
    """Return the interventions of the list at the top, `Biological: NK cell infusions`."""
    found = []
    for text in items(lines):
        match = _INTERVENTION.match(text)
        found.append(Intervention(type=code(match["type"]), name=match["name"]) if match else Intervention(name=text))
    return found


def _arms(page: Page, interventions: list[Intervention]) -> tuple[tuple[ArmGroup, ...], tuple[Intervention, ...]]:
    """Return the arms of the table, each with the interventions that its row names.

    Rows of one group (one for each of its interventions) are one arm.
    """
    lines = page.block("Arm && Interventions") or page.block("Arm & Interventions")
    labels: dict[str, set[str]] = {}
    arms: dict[str, ArmGroup] = {}
    rows = [line.text for line in lines if not _TABLE_HEADS.match(line.text.replace("\t", ""))]
    current: ArmGroup | None = None
    for row in rows:
        cut = arm_cells(row, [str(item.name) for item in interventions if item.name])
        if cut is None:
            if current is None:
                current = arms.setdefault(row, ArmGroup(label=row))
            else:
                current.description = f"{current.description}\n\n{row}" if current.description else row
            continue
        label, name, description = cut[0], cut[1], _stated(cut[2])
        current = arms.setdefault(label, ArmGroup(label=label))
        if description and description != current.description:
            current.description = f"{current.description}\n\n{description}" if current.description else description
        labels.setdefault(name, set()).add(label)
    for label, arm in arms.items():
        arm.intervention_names = tuple(
            f"{_shown(i.type)}: {i.name}" if i.type else str(i.name)
            for i in interventions
            if label in labels.get(str(i.name), ())
        )
    for item in interventions:
        item.arm_group_labels = tuple(label for label in arms if label in labels.get(str(item.name), ()))
    return tuple(arms.values()), tuple(interventions)


def _shown(kind: str | None) -> str:
    return (kind or "").replace("_", " ").capitalize()


def _outcomes(lines: list[Line]) -> tuple[Outcome, ...]:
    """Return the outcomes of a table: a row with name and time, then the method in paragraphs."""
    found: list[Outcome] = []
    for line in lines:
        if _TABLE_HEADS.match(line.text.replace("\t", "")):
            continue
        if "\t" in line.text:
            cells = [cell.strip() for cell in line.text.split("\t")]
            method = _stated(" ".join(cells[2:]).strip())
            found.append(Outcome(measure=cells[0], time_frame=cells[1] or None, description=method or None))
        elif (cut := time_frame_begins(line.text)) is not None:
            found.append(Outcome(measure=line.text[:cut].strip(), time_frame=line.text[cut:].strip()))
        elif not found:
            found.append(Outcome(measure=line.text))
        elif _stated(line.text) is not None:
            last = found[-1]
            last.description = f"{last.description}\n\n{line.text}" if last.description else line.text
    return tuple(found)


def _locations(page: Page) -> tuple[Location, ...]:
    """Return the sites: a facility, and below it (after a flag) `city, region, country`."""
    found: list[Location] = []
    for text in items(page.block("Trial Locations")):
        if _FURNITURE.match(text):
            continue
        place = re.sub(r"^[\U0001F1E6-\U0001F1FF]{2}\s*", "", text)
        if found and found[-1].city is None and found[-1].country is None:
            parts = [part.strip() for part in place.split(",")]
            found[-1].city = parts[0] or None
            found[-1].country = parts[-1] if len(parts) > 1 else None
            found[-1].state = ", ".join(parts[1:-1]) or None
        else:
            found.append(Location(facility=place))
    return tuple(found)


READER: Final = Reader(
    kind=KIND,
    version="1",
    licence=None,
    recognises=lambda name, head: (
        has_lines(head, "Registration Number", "Lead Sponsor", "Recruitment & Eligibility")
        or has_html_marker(head, rb"medpath")
    ),
    split=whole(KIND),
    decode=decode,
)
