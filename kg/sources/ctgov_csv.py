"""ClinicalTrials.gov CSV exports: today's (one row a study, API codes) and the classic one (until 2024).

A row carries fewer fields than a record; every column is lifted into the same places. Today's
export keeps outcomes by role, the classic one has one column without roles.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import IO, Final

from kg.errors import RecordError
from kg.record import Additions, Document, Position, RawDocument, Reject, Study
from kg.record.derived import DocumentSection, LargeDoc, LargeDocumentModule
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
    Intervention,
    Location,
    MaskingBlock,
    OrgStudyIdInfo,
    Outcome,
    OutcomesModule,
    PartialDateStruct,
    ProtocolSection,
    SecondaryIdInfo,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.sources import codes, wording
from kg.sources.csv_rows import rows
from kg.sources.ctgov_xml_design import coded, masking_and_roles, model, old_design
from kg.sources.ignored import ignored
from kg.sources.json_tree import parse_json
from kg.sources.outcome_cells import outcomes
from kg.sources.reader import Reader
from kg.sources.tree import Node, unknown_paths

KIND: Final = "ctgov-csv"
VERSION: Final = "1"
LICENCE: Final = "https://clinicaltrials.gov/about-site/terms-conditions"

_NCT: Final = re.compile(r"NCT\d{8}\Z")
_TODAY: Final = {"NCT Number", "Study Title", "Study Status"}
_CLASSIC: Final = {"NCT Number", "Title", "Status"}
_TYPED: Final = re.compile(
    r"(BEHAVIORAL|BIOLOGICAL|COMBINATION[_ ]PRODUCT|DEVICE|DIAGNOSTIC[_ ]TEST|DIETARY[_ ]SUPPLEMENT|DRUG|GENETIC|"
    r"PROCEDURE|RADIATION|OTHER):\s*",
    re.IGNORECASE,
)
_AGES: Final = re.compile(r"(?P<limits>.*?)\s*(?:\((?P<groups>[^)]*)\))?\Z", re.DOTALL)
_LIMITS: Final = re.compile(
    r"(?:(?P<min>\d+ \w+) to (?P<max>\d+ \w+)|(?P<older>\d+ \w+) and older|up to (?P<upto>\d+ \w+))\Z"
)
_FUNDERS: Final = {"U.S. Fed": "FED", "NIH": "NIH", "Industry": "INDUSTRY", "Other": "OTHER", "Network": "NETWORK"}
_DOCUMENT: Final = re.compile(r'"([^"]*)",\s*(\S+)')


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is one of the two exports, by the columns of its first line."""
    return _is_header(tuple(_first_line(head)))


def _first_line(head: bytes) -> list[str]:
    line = head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
    return [cell.strip().strip('"') for cell in line.split(",")]


def _is_header(names: tuple[str, ...]) -> bool:
    return set(names) >= _TODAY or set(names) >= _CLASSIC


def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut an export into its rows."""
    return rows(stream, position, KIND, is_header=_is_header)


def decode(raw: RawDocument) -> Document:
    """Return the record of one row; raises RecordError when it has no NCT number."""
    row = parse_json(raw.data)
    nct_id = row.text("NCT Number") or ""
    if not _NCT.match(nct_id):
        raise RecordError(f"The NCT number is {nct_id[:40]!r}, not NCT and eight digits.", "NCT Number")
    study, additions = _study(row, nct_id)
    updated = study.protocol_section.status_module.last_update_post_date_struct
    return Document(
        source="ctgov",
        id=nct_id,
        kind=KIND,
        reader_version=VERSION,
        study=study,
        additions=additions,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=(updated.date if updated else None) or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown_paths(row, ignored("ctgov_csv")),
    )


def _study(row: Node, nct_id: str) -> tuple[Study, Additions]:
    results = row.text("Study Results")
    protocol = ProtocolSection(
        identification_module=_identification(row, nct_id),
        status_module=_status(row),
        sponsor_collaborators_module=_sponsors(row),
        description_module=DescriptionModule(brief_summary=row.text("Brief Summary")),
        conditions_module=ConditionsModule(conditions=_parts(row.text("Conditions"))),
        design_module=_design(row),
        arms_interventions_module=ArmsInterventionsModule(interventions=_interventions(row.text("Interventions"))),
        outcomes_module=OutcomesModule(
            primary_outcomes=outcomes(row.text("Primary Outcome Measures")),
            secondary_outcomes=outcomes(row.text("Secondary Outcome Measures")),
            other_outcomes=outcomes(row.text("Other Outcome Measures")),
        ),
        eligibility_module=_eligibility(row),
        contacts_locations_module=ContactsLocationsModule(
            locations=tuple(_location(text) for text in _parts(row.text("Locations")))
        ),
    )
    sponsors = protocol.sponsor_collaborators_module
    funders = row.text("Funded Bys") or row.text("Funder Type")
    told = len(_parts(funders)) in {0, len(sponsors.collaborators) + (sponsors.lead_sponsor is not None)}
    study = Study(
        protocol_section=protocol,
        document_section=_documents(row.text("Study Documents")),
        has_results={"YES": True, "NO": False, "HAS_RESULTS": True, "NO_RESULTS_AVAILABLE": False}.get(
            codes.code(results) or ""
        ),
    )
    untold = tuple(Outcome(measure=text) for text in _parts(row.text("Outcome Measures")))
    return study, Additions(outcomes=untold, text_sections=() if told else wording.sections(("Funder types", funders)))


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split("|") if part.strip())


def _identification(row: Node, nct_id: str) -> IdentificationModule:
    numbers = _parts(row.text("Other IDs"))
    return IdentificationModule(
        nct_id=nct_id,
        org_study_id_info=OrgStudyIdInfo(id=numbers[0]) if numbers else None,
        secondary_id_infos=tuple(SecondaryIdInfo(id=number) for number in numbers[1:]),
        brief_title=row.text("Study Title") or row.text("Title"),
        acronym=row.text("Acronym"),
    )


def _status(row: Node) -> StatusModule:
    status = codes.code(row.text("Study Status") or row.text("Status"))
    results = codes.iso_date(row.text("Results First Posted"))
    return StatusModule(
        overall_status="UNKNOWN" if status == "UNKNOWN_STATUS" else status,
        start_date_struct=_partial(row, "Start Date"),
        primary_completion_date_struct=_partial(row, "Primary Completion Date"),
        completion_date_struct=_partial(row, "Completion Date"),
        study_first_post_date_struct=_posted(row, "First Posted"),
        results_first_post_date_struct=DateStruct(date=results) if results else None,
        last_update_post_date_struct=_posted(row, "Last Update Posted"),
    )


def _partial(row: Node, column: str) -> PartialDateStruct | None:
    date = codes.iso_date(row.text(column))
    return PartialDateStruct(date=date) if date else None


def _posted(row: Node, column: str) -> DateStruct | None:
    date = codes.iso_date(row.text(column))
    return DateStruct(date=date) if date else None


def _sponsors(row: Node) -> SponsorCollaboratorsModule:
    """Return sponsor and collaborators; the classic export names all in one cell, the sponsor first."""
    names = _parts(row.text("Sponsor/Collaborators"))
    sponsor = row.text("Sponsor")
    names = names or ((sponsor,) if sponsor else ()) + _parts(row.text("Collaborators"))
    classes = [
        _FUNDERS.get(text, codes.code(text)) for text in _parts(row.peek("Funded Bys") or row.peek("Funder Type"))
    ]
    lead = classes[0] if classes else None
    by_place = classes if len(classes) == len(names) else [lead, *[None] * len(names)]
    found = [Sponsor(name=name, agency_class=kind) for name, kind in zip(names, by_place, strict=False)]
    return SponsorCollaboratorsModule(lead_sponsor=found[0] if found else None, collaborators=tuple(found[1:]))


def _design(row: Node) -> DesignModule:
    parts = old_design(row.text("Study Design") or row.text("Study Designs"))
    masking, who = masking_and_roles(parts.get("Masking"))
    block = MaskingBlock(masking=masking, who_masked=who)
    info = DesignInfo(
        allocation=coded(parts.get("Allocation")),
        intervention_model=model(parts.get("Intervention Model")),
        primary_purpose=coded(parts.get("Primary Purpose")),
        observational_model=coded(parts.get("Observational Model")),
        time_perspective=coded(parts.get("Time Perspective")),
        masking_info=None if block == MaskingBlock() else block,
    )
    kind, count = row.text("Study Type"), row.number("Enrollment")
    registry = kind is not None and kind.endswith("[Patient Registry]")
    return DesignModule(
        study_type=codes.code((kind or "").removesuffix("[Patient Registry]")),
        patient_registry=True if registry else None,
        phases=_phases(row.text("Phases")),
        design_info=None if info == DesignInfo() else info,
        enrollment_info=None if count is None else EnrollmentInfo(count=count),
    )


def _phases(text: str | None) -> tuple[str, ...]:
    """Return the phases: API codes in today's export (`PHASE1|PHASE2`), words in the classic one."""
    found: list[str] = []
    for part in _parts(text):
        code = codes.code(part) or ""
        found += [code] if re.fullmatch(r"(?:EARLY_)?PHASE\d|NA", code) else codes.phases(part)
    return tuple(dict.fromkeys(found))


def _interventions(text: str | None) -> tuple[Intervention, ...]:
    """Return the interventions; a `|` inside a name does not begin another, for none has a type."""
    found: list[Intervention] = []
    for part in _parts(text):
        match = _TYPED.match(part)
        if match:
            found.append(Intervention(type=codes.code(match[1]), name=part[match.end() :] or None))
        elif found:
            found[-1].name = f"{found[-1].name or ''}|{part}"
        else:
            found.append(Intervention(name=part))
    return tuple(found)


def _eligibility(row: Node) -> EligibilityModule:
    """Return sex and ages: age classes in today's export, limits with the classes in the classic one."""
    text = " ".join((row.text("Age") or "").split())
    match = _AGES.match(text) if len(text) < 200 else None
    limits, groups = (match["limits"], match["groups"]) if match else (text, None)
    bounds = _LIMITS.match(limits)
    classes = groups if groups is not None or bounds else limits
    sex = codes.code(row.text("Sex") or row.text("Gender"))
    return EligibilityModule(
        sex=sex,
        minimum_age=(bounds["min"] or bounds["older"]) if bounds else None,
        maximum_age=(bounds["max"] or bounds["upto"]) if bounds else None,
        std_ages=tuple(code for part in (classes or "").split(",") if (code := codes.code(part))),
    )


def _location(text: str) -> Location:
    """Return a site: `facility, city, state, zip, country`, of which only city and country are sure to stand."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 3:
        return Location(city=parts[0] if len(parts) == 2 else None, country=parts[-1])
    country, before = parts[-1], parts[:-1]
    for size in (2, 3):
        joined = ", ".join(parts[-size:])
        if joined in _COUNTRIES_WITH_COMMA:
            country, before = joined, parts[:-size]
    code = before.pop() if len(before) > 2 and re.search(r"\d", before[-1]) else None
    state = before.pop() if country in _WITH_STATES and len(before) > 2 else None
    return Location(
        facility=", ".join(before[:-1]) or None,
        city=before[-1] if before else None,
        state=state,
        zip=code,
        country=country,
    )


_COUNTRIES_WITH_COMMA: Final = frozenset(
    {
        "Korea, Republic of",
        "Korea, Democratic People's Republic of",
        "Iran, Islamic Republic of",
        "Moldova, Republic of",
        "Macedonia, The Former Yugoslav Republic of",
        "Tanzania, United Republic of",
        "Congo, The Democratic Republic of the",
        "Palestinian Territory, occupied",
        "Palestinian Territories, Occupied",
        "Virgin Islands (U.S.)",
        "Micronesia, Federated States of",
        "Taiwan, Province of China",
    }
)
_WITH_STATES: Final = frozenset({"United States", "Canada", "Australia", "China", "India", "Mexico", "Brazil"})


def _documents(text: str | None) -> DocumentSection | None:
    """Return the uploaded documents: `"label", address` joined by `|`."""
    files = []
    for part in _parts(text):
        match = _DOCUMENT.match(part)
        label, address = (match[1], match[2]) if match else (None, part)
        files.append(LargeDoc(label=label, filename=address.rpartition("/")[2] or None))
    return DocumentSection(LargeDocumentModule(large_docs=tuple(files))) if files else None


READER: Final = Reader(
    kind=KIND, version=VERSION, licence=LICENCE, recognises=recognises, split=split, decode=decode, preference=30
)
