"""EU Clinical Trials Information System (CTIS): the public portal's JSON of one trial.

Both shapes are read: the portal's of today (`authorizedApplication/authorizedPartI`), and the
one until June 2024 (`authorizedPartI`). What the Regulation calls part I is the trial; the
rest of a record is the procedure of its assessment, which is not read.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import IO, Final

from kg.errors import RecordError
from kg.record import Additions, Document, Position, RawDocument, Reject, Study
from kg.record.protocol import (
    ConditionsModule,
    ContactsLocationsModule,
    DesignModule,
    EnrollmentInfo,
    IdentificationModule,
    PartialDateStruct,
    ProtocolSection,
    StatusModule,
)
from kg.record.study import StatedIdentifier
from kg.sources import codes, wording
from kg.sources.ctis_parts import (
    arms_interventions,
    description,
    eligibility,
    locations,
    outcomes,
    references,
    sponsors,
)
from kg.sources.ignored import ignored
from kg.sources.json_stream import records
from kg.sources.json_tree import parse_json
from kg.sources.reader import Reader
from kg.sources.tree import Node, unknown_paths

KIND: Final = "ctis"
VERSION: Final = "1"
LICENCE: Final = "https://www.ema.europa.eu/en/about-us/about-website/legal-notice"

_NUMBER: Final = re.compile(r"20\d\d-5\d{5}-\d\d(?:-\d\d)?\Z")
_MARK: Final = re.compile(rb'"ctNumber"\s*:\s*"20\d\d-5\d{5}-\d\d')
_STATUS_OF_CODE: Final = {
    "2": "NOT_YET_RECRUITING",
    "3": "RECRUITING",
    "4": "RECRUITING",
    "5": "ACTIVE_NOT_RECRUITING",
    "6": "SUSPENDED",
    "7": "SUSPENDED",
}
"""The portal's status code; 1 (under evaluation) and 8 to 12 (ended, expired, revoked, ...) have no equal."""
_STATUS_OF_WORDS: Final = {
    "authorised, not started": "NOT_YET_RECRUITING",
    "authorised, recruitment pending": "NOT_YET_RECRUITING",
    "authorised, recruiting": "RECRUITING",
    "ongoing, recruiting": "RECRUITING",
    "ongoing, recruitment ended": "ACTIVE_NOT_RECRUITING",
    "temporarily halted": "SUSPENDED",
    "halted": "SUSPENDED",
    "suspended": "SUSPENDED",
}


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is JSON that begins with a CTIS record."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n[").startswith(b"{") and bool(_MARK.search(head))


def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut a file into its trials: a record on each line, a list, or one object."""
    return records(stream, position, KIND, page="data", first_key="ctNumber")


def decode(raw: RawDocument) -> Document:
    """Return the record of one trial; raises RecordError when it is no JSON, has no EU CT number or no part I."""
    root = parse_json(raw.data)
    number = root.text("ctNumber") or ""
    if not _NUMBER.match(number):
        raise RecordError(f"The record needs its EU CT number (2023-508143-51-01), not {number[:40]!r}.", "$.ctNumber")
    application = root.node("authorizedApplication")
    part = application.node("authorizedPartI") if application.children else root.node("authorizedPartI")
    if not part.children:
        raise RecordError("The record has no part I, in which the trial is described.", "$.authorizedApplication")
    imported = codes.iso_date(root.text("record_last_import"))
    updated = [codes.iso_date(root.text(name)) for name in ("lastPublicationUpdate", "lastUpdated", "publishDate")]
    study, additions = _study(root, application if application.children else root, part, number)
    return Document(
        source="ctis",
        id=number,
        kind=KIND,
        reader_version=VERSION,
        study=study,
        additions=additions,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=next((date for date in (*updated, imported) if codes.is_iso_date(date)), None) or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown_paths(root, ignored("ctis")),
    )


def _study(root: Node, application: Node, part: Node, number: str) -> tuple[Study, Additions]:
    details = part.node("trialDetails")
    numbers, information = details.node("clinicalTrialIdentifiers"), details.node("trialInformation")
    phase_words = root.text("trialPhase")
    status, status_words = _status(root, application, information.node("trialDuration"))
    sites = locations(application)
    protocol = ProtocolSection(
        identification_module=IdentificationModule(
            brief_title=numbers.text("publicTitle") or root.text("title"),
            official_title=numbers.text("fullTitle"),
            acronym=numbers.text("shortTitle") or root.text("shortTitle"),
        ),
        status_module=status,
        sponsor_collaborators_module=sponsors(root, part),
        description_module=description(information.node("trialObjective")),
        conditions_module=_conditions(information.node("medicalCondition")),
        design_module=DesignModule(
            study_type="INTERVENTIONAL",
            phases=codes.phases(phase_words),
            enrollment_info=_enrollment(root),
        ),
        arms_interventions_module=arms_interventions(part),
        outcomes_module=outcomes(information.node("endPoint")),
        eligibility_module=eligibility(information, root),
        contacts_locations_module=ContactsLocationsModule(locations=sites),
        references_module=references(details),
    )
    additions = Additions(
        identifiers=_identifiers(root, application, numbers, details, number),
        countries=wording.countries_without_sites(_countries(application, part), (site.country for site in sites)),
        url=f"https://euclinicaltrials.eu/ctis-public/view/{number}",
        text_sections=wording.sections(
            ("Trial status", status_words),
            ("Therapeutic area", "; ".join(part.texts("partOneTherapeuticAreas", "therapeuticArea", "name")) or None),
            ("Trial category", information.text("trialCategory", "justificationForTrialCategory")),
            ("Source of monetary support", _support(information)),
            ("Age groups", root.text("ageGroup")),
        ),
        phases_as_stated=(phase_words,) if phase_words else (),
    )
    return Study(protocol_section=protocol), additions


def _support(information: Node) -> str | None:
    return "; ".join(information.texts("sourceOfMonetarySupport", "organisationName")) or None


def _conditions(node: Node) -> ConditionsModule:
    terms = node.texts("meddraConditionTerms", "termName")
    return ConditionsModule(
        conditions=node.texts("partIMedicalConditions", "medicalCondition"), keywords=tuple(dict.fromkeys(terms))
    )


def _enrollment(root: Node) -> EnrollmentInfo | None:
    count = root.number("totalNumberEnrolled")
    return None if count is None else EnrollmentInfo(count=count)


def _status(root: Node, application: Node, duration: Node) -> tuple[StatusModule, str | None]:
    """Return status and dates, and the status in words or as the code that the record gives."""
    stated, code = root.text("ctStatus"), root.text("ctPublicStatusCode")
    code = code or (stated if stated and stated.isdigit() else None)
    words = None if stated is None or stated.isdigit() else stated
    status = _STATUS_OF_CODE.get(code or "") or _STATUS_OF_WORDS.get((words or "").casefold())
    start, started = root.text("startDateEU"), True
    planned = duration.text("estimatedRecruitmentStartDate")
    if start is None:
        start, started = planned, False
    end, ended = root.text("endDateEU"), True
    planned_end = [duration.text(name) for name in ("estimatedGlobalEndDate", "estimatedEndDate")]
    if end is None:
        end, ended = planned_end[0] or planned_end[1], False
    module = StatusModule(
        overall_status=status,
        start_date_struct=_date(start, started),
        completion_date_struct=_date(end, ended),
    )
    return module, words or (f"code {code}" if code else None)


def _date(text: str | None, actual: bool) -> PartialDateStruct | None:
    date = codes.iso_date(text)
    return PartialDateStruct(date=date, type="ACTUAL" if actual else "ESTIMATED") if date else None


def _countries(application: Node, part: Node) -> tuple[str, ...]:
    concerned = application.texts("memberStatesConcerned", "mscName")
    return concerned + part.texts("rowCountriesInfo", "name")


def _identifiers(
    root: Node, application: Node, numbers: Node, details: Node, number: str
) -> tuple[StatedIdentifier, ...]:
    secondary = numbers.node("secondaryIdentifyingNumbers")
    other = [
        (node.text("otherRegistryName") or node.text("registryName"), node.text("number"))
        for node in secondary.nodes("additionalRegistries")
    ]
    eudract = application.text("eudraCt", "eudraCtCode") or root.text("eudraCtInfo", "eudraCtCode")
    return wording.identifiers(
        StatedIdentifier("CTIS", number),
        (
            ("EudraCT", eudract),
            ("ClinicalTrials.gov", secondary.text("nctNumber", "number")),
            ("ISRCTN", secondary.text("isrctnNumber", "number")),
            ("UTN", secondary.text("whoUniversalTrialNumber", "number")),
            *other,
        ),
    )


READER: Final = Reader(kind=KIND, version=VERSION, licence=LICENCE, recognises=recognises, split=split, decode=decode)
