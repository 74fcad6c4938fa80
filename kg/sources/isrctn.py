"""ISRCTN records as JSON lines: the registry's XML export (`fullTrial/trial`) as objects.

Specification: the registry's XML schema of `allTrials`; the names are its element names.
The export names sponsors, funders and contacts by keys only, so that none is in the record.
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
    DescriptionModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    IdentificationModule,
    Intervention,
    IpdSharingStatementModule,
    Location,
    MaskingBlock,
    OutcomesModule,
    PartialDateStruct,
    ProtocolSection,
    Reference,
    ReferencesModule,
    StatusModule,
)
from kg.record.study import StatedIdentifier
from kg.sources import codes, wording
from kg.sources.ignored import ignored
from kg.sources.json_stream import records
from kg.sources.json_tree import parse_json
from kg.sources.reader import Reader
from kg.sources.tree import Node, unknown_paths

KIND: Final = "isrctn"
VERSION: Final = "1"
LICENCE: Final = "https://www.isrctn.com/page/terms"

_NUMBER: Final = re.compile(r"(?:ISRCTN)?(\d{8})\Z")
_MARK: Final = re.compile(rb'"isrctn"\s*:\s*"?(?:ISRCTN)?\d')
_PMID: Final = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)(\d{1,9})")
_PURPOSES: Final = {"TREATMENT", "PREVENTION", "DIAGNOSTIC", "SCREENING", "OTHER"}
_TYPES: Final = {
    "SUPPLEMENT": "DIETARY_SUPPLEMENT",
    "PROCEDURE_SURGERY": "PROCEDURE",
    "BIOLOGICAL_VACCINE": "BIOLOGICAL",
    "BEHAVIOURAL": "BEHAVIORAL",
    "MIXED": "OTHER",
    "NOT_SPECIFIED": None,
}
_AGES: Final = {
    "NEONATE": ("CHILD",),
    "CHILD": ("CHILD",),
    "ADULT": ("ADULT",),
    "SENIOR": ("OLDER_ADULT",),
    "ALL": ("CHILD", "ADULT", "OLDER_ADULT"),
}
_STATUSES: Final = {"STOPPED": "TERMINATED", "SUSPENDED": "SUSPENDED"}


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is JSON that begins with an ISRCTN record."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n[").startswith(b"{") and bool(_MARK.search(head))


def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut a file into its trials: a record on each line, a list, or one object."""
    return records(stream, position, KIND, page="trials", first_key="isrctn")


def decode(raw: RawDocument) -> Document:
    """Return the record of one trial; raises RecordError when it is no JSON or has no ISRCTN number."""
    root = parse_json(raw.data)
    match = _NUMBER.match(root.text("isrctn") or "")
    if match is None:
        raise RecordError("The record needs its ISRCTN number (eight digits), which is missing.", "$.isrctn")
    number = f"ISRCTN{match[1]}"
    fetched = codes.iso_date(root.text("record_last_import"))
    study, additions = _study(root, number)
    return Document(
        source="isrctn",
        id=number,
        kind=KIND,
        reader_version=VERSION,
        study=study,
        additions=additions,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=fetched or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown_paths(root, ignored("isrctn")),
    )


def _study(root: Node, number: str) -> tuple[Study, Additions]:
    trial, people = root.node("trialDescription"), root.node("participants")
    locations = tuple(_location(node) for node in people.nodes("trialCentres", "trialCentre"))
    design, design_text = _design(root.node("trialDesign"), root.nodes("interventions", "intervention"))
    target = people.number("targetEnrolment")
    final = people.number("totalFinalEnrolment")
    design.enrollment_info = _enrollment(target, final)
    protocol = ProtocolSection(
        identification_module=IdentificationModule(
            brief_title=trial.text("title"),
            official_title=trial.text("scientificTitle"),
            acronym=trial.text("acronym"),
        ),
        status_module=_status(root),
        description_module=DescriptionModule(
            brief_summary=wording.stated(trial.text("plainEnglishSummary")),
            detailed_description=wording.stated(trial.text("studyHypothesis")),
        ),
        conditions_module=ConditionsModule(
            conditions=root.texts("conditions", "condition", "description"),
            keywords=root.texts("conditions", "condition", "diseaseClass1")
            + root.texts("conditions", "condition", "diseaseClass2"),
        ),
        design_module=design,
        arms_interventions_module=ArmsInterventionsModule(
            interventions=tuple(_intervention(node) for node in root.nodes("interventions", "intervention"))
        ),
        outcomes_module=OutcomesModule(
            primary_outcomes=wording.outcomes(trial.text("primaryOutcome")),
            secondary_outcomes=wording.outcomes(trial.text("secondaryOutcome")),
        ),
        eligibility_module=_eligibility(people),
        contacts_locations_module=ContactsLocationsModule(locations=locations),
        references_module=_references(root),
        ipd_sharing_statement_module=_ipd_sharing(root),
    )
    additions = Additions(
        identifiers=_identifiers(root.node("externalRefs"), number),
        countries=wording.countries_without_sites(
            people.texts("recruitmentCountries", "country"), (site.country for site in locations)
        ),
        url=f"https://www.isrctn.com/{number}",
        text_sections=wording.sections(
            ("Study design", design_text),
            ("Setting", root.text("trialDesign", "trialSettings")),
            ("Target number of participants", str(target) if target is not None and final is not None else None),
            ("Target number of participants, as described", people.text("totalTarget")),
            ("Recruitment end", codes.iso_date(people.text("recruitmentEnd"))),
            ("Participant information sheet", people.text("patientInfoSheet")),
            ("Trial website", trial.text("trialWebsite")),
            ("Publication plan", root.text("results", "publicationPlan")),
            ("Basic report", root.text("results", "basicReport")),
            ("Plain English report", root.text("results", "plainEnglishReport")),
        ),
        phases_as_stated=root.texts("interventions", "intervention", "phase"),
    )
    study = Study(protocol_section=protocol, document_section=_documents(root.nodes("attachedFiles", "attachedFile")))
    return study, additions


def _status(root: Node) -> StatusModule:
    design, people = root.node("trialDesign"), root.node("participants")
    overrides = [
        codes.code(text)
        for text in (design.text("overallStatusOverride"), people.text("recruitmentStatusOverride"))
        if text
    ]
    start = codes.iso_date(people.text("recruitmentStart"))
    end = codes.iso_date(design.text("overallEndDate"))
    people.text("recruitmentStartStatusOverride")
    return StatusModule(
        overall_status=next((_STATUSES.get(found or "", found) for found in overrides), None),
        why_stopped=design.text("reasonAbandoned"),
        start_date_struct=PartialDateStruct(date=start) if start else None,
        completion_date_struct=PartialDateStruct(date=end) if end else None,
    )


def _design(node: Node, interventions: list[Node]) -> tuple[DesignModule, str | None]:
    """Return the design, and its description in the record's words."""
    kind = codes.code(node.text("primaryStudyDesign"))
    secondary, described = node.text("secondaryStudyDesign"), node.text("studyDesign")
    purpose = codes.code(node.text("trialTypes", "trialType"))
    words = f"{secondary or ''} {described or ''}".casefold()
    masking = wording.masking(words)
    info = DesignInfo(
        allocation=wording.allocation(words),
        primary_purpose=purpose if purpose in _PURPOSES else "OTHER" if purpose else None,
        masking_info=MaskingBlock(masking=masking) if masking else None,
    )
    phases = tuple(dict.fromkeys(p for each in interventions for p in codes.phases(each.peek("phase"))))
    design = DesignModule(study_type=kind, phases=phases, design_info=None if info == DesignInfo() else info)
    return design, "; ".join(text for text in (described, secondary) if text) or None


def _enrollment(target: int | None, final: int | None) -> EnrollmentInfo | None:
    if final is not None:
        return EnrollmentInfo(count=final, type="ACTUAL")
    return EnrollmentInfo(count=target, type="ESTIMATED") if target is not None else None


def _intervention(node: Node) -> Intervention:
    """Return an intervention, named by its drugs or, without any, by its type."""
    stated_type, drugs = node.text("interventionType"), node.text("drugNames")
    description, kind = node.text("description"), codes.code(stated_type)
    study_types = node.text("pharmaceuticalStudyTypes")
    if study_types:
        description = f"{description or ''}\n\nPharmaceutical study types: {study_types}".strip()
    return Intervention(type=_TYPES.get(kind or "", kind), name=drugs or stated_type, description=description)


def _eligibility(node: Node) -> EligibilityModule:
    ages, types = node.text("ageRange"), node.texts("participantTypes", "participantType")
    return EligibilityModule(
        eligibility_criteria=wording.criteria(node.text("inclusion"), node.text("exclusion")),
        healthy_volunteers=True if any("healthy" in kind.casefold() for kind in types) else None,
        sex=wording.sex_code(node.text("gender")),
        minimum_age=codes.age(node.text("lowerAgeLimit")),
        maximum_age=codes.age(node.text("upperAgeLimit")),
        std_ages=_AGES.get(codes.code(ages) or "", ()),
        study_population=", ".join(types) or None,
    )


def _location(node: Node) -> Location:
    return Location(
        facility=node.text("name"),
        city=node.text("city"),
        state=node.text("state"),
        zip=node.text("zip"),
        country=node.text("country"),
    )


def _references(root: Node) -> ReferencesModule:
    """Return the publications, which the record lists one on a line with their links."""
    lines = (wording.stated(root.text("results", "publicationDetails")) or "").splitlines()
    cited = []
    for line in filter(None, map(str.strip, lines)):
        pmid = _PMID.search(line)
        kind = "RESULT" if "results article" in line.casefold() else "BACKGROUND"
        cited.append(Reference(pmid=pmid[1] if pmid else None, type=kind, citation=line))
    return ReferencesModule(references=tuple(cited))


def _ipd_sharing(root: Node) -> IpdSharingStatementModule:
    plan = codes.code(wording.stated(root.text("miscellaneous", "ipdSharingPlan")))
    policies = root.texts("results", "dataPolicies", "dataPolicy")
    statement = wording.stated(root.text("results", "ipdSharingStatement"))
    return IpdSharingStatementModule(
        ipd_sharing=plan if plan in {"YES", "NO"} else None,
        description="\n".join(text for text in (statement, *map(wording.stated, policies)) if text) or None,
    )


def _documents(nodes: list[Node]) -> DocumentSection | None:
    files = tuple(
        LargeDoc(label=node.text("description"), filename=node.text("name"), size=node.number("length"))
        for node in nodes
        if node.children
    )
    return DocumentSection(LargeDocumentModule(large_docs=files)) if files else None


def _identifiers(node: Node, number: str) -> tuple[StatedIdentifier, ...]:
    return wording.identifiers(
        StatedIdentifier("ISRCTN", number),
        (
            ("DOI", node.text("doi")),
            ("EudraCT", node.text("eudraCTNumber")),
            ("ClinicalTrials.gov", node.text("clinicalTrialsGovNumber")),
            ("IRAS", node.text("irasNumber")),
            (None, node.text("protocolSerialNumber")),
            *((None, value) for value in node.texts("secondaryNumbers", "secondaryNumber")),
        ),
    )


READER: Final = Reader(kind=KIND, version=VERSION, licence=LICENCE, recognises=recognises, split=split, decode=decode)
