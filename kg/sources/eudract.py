"""EudraCT: the EU register's protocol of one member state, with the results of the trial where posted.

Records are JSON objects whose names are the numbered headings of the register's protocol
(`a2_eudract_number`, `e3_principal_inclusion_criteria`) and, for results, the element names of
its results XML. One trial has a protocol for each member state: each is a document of its own.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from typing import IO, Final

from kg.errors import RecordError
from kg.iri import slug
from kg.record import Additions, Document, Position, RawDocument, Reject, Study
from kg.record.protocol import (
    ConditionsModule,
    DescriptionModule,
    EnrollmentInfo,
    IdentificationModule,
    OutcomesModule,
    OversightModule,
    PartialDateStruct,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.record.study import StatedIdentifier
from kg.sources import codes, wording
from kg.sources.eudract_protocol import arms_interventions, design, eligibility, text_sections
from kg.sources.eudract_results import results
from kg.sources.ignored import ignored
from kg.sources.json_stream import records
from kg.sources.json_tree import parse_json
from kg.sources.reader import Reader
from kg.sources.tree import Node, unknown_paths

KIND: Final = "eudract"
VERSION: Final = "1"
LICENCE: Final = "https://www.ema.europa.eu/en/about-us/about-website/legal-notice"

_NUMBER: Final = re.compile(r"(\d{4}-\d{6}-\d{2})(?:-[A-Z0-9]{2,3})?\Z")
_MARK: Final = re.compile(rb'"a2_eudract_number"\s*:\s*"\d{4}-\d{6}-\d{2}')
_TRANSLATED: Final = re.compile(r"_(?:bg|cs|da|de|el|es|et|fi|fr|hr|hu|is|it|lt|lv|nl|no|pl|pt|ro|sk|sl|sv)\Z")
_STATUSES: Final = {
    "COMPLETED": "COMPLETED",
    "PREMATURELY_ENDED": "TERMINATED",
    "TEMPORARILY_HALTED": "SUSPENDED",
    "SUSPENDED_BY_CA": "SUSPENDED",
    "NOT_AUTHORISED": "WITHDRAWN",
    "PROHIBITED_BY_CA": "WITHDRAWN",
}
"""`Ongoing` is left out: the register says so of trials before, during and after recruitment."""
_STATES: Final = {
    "Austria": "AT",
    "Belgium": "BE",
    "Bulgaria": "BG",
    "Croatia": "HR",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Czechia": "CZ",
    "Denmark": "DK",
    "Estonia": "EE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hungary": "HU",
    "Iceland": "IS",
    "Ireland": "IE",
    "Italy": "IT",
    "Latvia": "LV",
    "Liechtenstein": "LI",
    "Lithuania": "LT",
    "Luxembourg": "LU",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Outside EU/EEA": "3RD",
    "Poland": "PL",
    "Portugal": "PT",
    "Romania": "RO",
    "Slovakia": "SK",
    "Slovenia": "SI",
    "Spain": "ES",
    "Sweden": "SE",
    "UK": "GB",
    "United Kingdom": "GB",
}


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is JSON that begins with a protocol of the register."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n[").startswith(b"{") and bool(_MARK.search(head))


def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut a file into its protocols: a record on each line, a list, or one object."""
    return records(stream, position, KIND, page="trials", first_key="x4_clinical_trial_type")


def decode(raw: RawDocument) -> Document:
    """Return the record of one protocol; raises RecordError when it is no JSON or has no EudraCT number."""
    root = parse_json(raw.data)
    number = _NUMBER.match(root.text("a2_eudract_number") or "")
    if number is None:
        raise RecordError(
            "The record needs its EudraCT number (2016-004489-24), which is missing.", "$.a2_eudract_number"
        )
    member = (root.text("a1_member_state_concerned") or "").split(" - ")[0].strip() or None
    _unescape(root)
    _drop_translations(root)
    entered = codes.iso_date(root.text("x6_date_on_which_this_record_was_first_entered_in_the_eudract_database"))
    imported = codes.iso_date(root.text("record_last_import"))
    study, additions = _study(root, number[1], member, entered)
    return Document(
        source="eudract",
        id=number[1] if member is None else f"{number[1]}-{_STATES.get(member) or slug(member).upper()}",
        kind=KIND,
        reader_version=VERSION,
        study=study,
        additions=additions,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=imported or entered or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown_paths(root, ignored("eudract")),
    )


def _unescape(root: Node) -> None:
    """Undo the character references that the register's results carry inside their text (`&apos;`)."""
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node.value, str) and "&" in node.value:
            node.value = html.unescape(node.value)
        pending.extend(child for _, child in node.in_order())


def _drop_translations(root: Node) -> None:
    """Mark texts read that repeat an English one in the member state's language; others stay."""
    for name, node in list(root.in_order()):
        original = _TRANSLATED.sub("", name)
        if original != name and root.peek(original) is not None:
            node.take()


def _study(root: Node, number: str, member: str | None, entered: str | None) -> tuple[Study, Additions]:
    information = root.node("trialInformation")
    full = root.text("a3_full_title_of_the_trial")
    lay = root.text("a31_title_of_the_trial_for_lay_people_in_easily_understood_ie_nontechnical_language")
    status_words = root.text("x5_trial_status") or root.peek("p_end_of_trial_status")
    reported, arms = results(root)
    recruited = [
        int(n) for n in information.texts("countrySubjectCounts", "countrySubjectCount", "subjects") if n.isdigit()
    ]
    protocol = ProtocolSection(
        identification_module=IdentificationModule(
            brief_title=lay or full,
            official_title=full,
            acronym=root.text("a32_name_or_abbreviated_title_of_the_trial_where_available"),
        ),
        status_module=_status(root, information, status_words, entered),
        sponsor_collaborators_module=_sponsors(root),
        oversight_module=OversightModule(oversight_has_dmc=_committee(root, information)),
        description_module=_description(root),
        conditions_module=_conditions(root),
        design_module=design(root, _enrollment(root, recruited)),
        arms_interventions_module=arms_interventions(root.nodes("dimp"), arms),
        outcomes_module=OutcomesModule(
            primary_outcomes=wording.timed_outcomes(
                root.text("e51_primary_end_points"), root.text("e511_timepoints_of_evaluation_of_this_end_point")
            ),
            secondary_outcomes=wording.timed_outcomes(
                root.text("e52_secondary_end_points"), root.text("e521_timepoints_of_evaluation_of_this_end_point")
            ),
        ),
        eligibility_module=eligibility(root),
    )
    additions = Additions(
        identifiers=_identifiers(root, information, number),
        countries=(member,) if member and member != "Outside EU/EEA" else (),
        url=f"https://www.clinicaltrialsregister.eu/ctr-search/search?query={number}",
        text_sections=text_sections(root, information, status_words),
    )
    study = Study(protocol_section=protocol, results_section=reported, has_results=reported is not None)
    return study, additions


def _status(root: Node, information: Node, words: str | None, entered: str | None) -> StatusModule:
    ended = information.text("globalEndOfTrialDate") or root.text("p_date_of_the_global_end_of_the_trial")
    started, end = codes.iso_date(information.text("recruitmentStartDate")), codes.iso_date(ended)
    return StatusModule(
        overall_status=_STATUSES.get(codes.code(words) or ""),
        start_date_struct=PartialDateStruct(date=started, type="ACTUAL") if started else None,
        completion_date_struct=PartialDateStruct(date=end, type="ACTUAL") if end else None,
        study_first_submit_date=entered,
    )


def _committee(root: Node, information: Node) -> bool | None:
    """Return whether there is a data monitoring committee; the results, if any, say so last."""
    planned, reported = root.flag("e87_trial_has_a_data_monitoring_committee"), information.flag("idmcInvolvement")
    return planned if reported is None else reported


def _sponsors(root: Node) -> SponsorCollaboratorsModule:
    found = []
    for node in root.nodes("b1_sponsor"):
        name, status = node.text("b11_name_of_sponsor"), node.text("b31_and_b32_status_of_the_sponsor")
        if name:
            found.append(Sponsor(name=name, agency_class="INDUSTRY" if status == "Commercial" else None))
    return SponsorCollaboratorsModule(lead_sponsor=found[0] if found else None, collaborators=tuple(found[1:]))


def _description(root: Node) -> DescriptionModule:
    objectives = (
        ("Main objective:", root.text("e21_main_objective_of_the_trial")),
        ("Secondary objectives:", root.text("e22_secondary_objectives_of_the_trial")),
    )
    parts = [f"{heading}\n\n{wording.broken_lines(text)}" for heading, text in objectives if wording.stated(text)]
    return DescriptionModule(detailed_description="\n\n".join(parts) or None)


def _conditions(root: Node) -> ConditionsModule:
    condition = root.text("e11_medical_conditions_being_investigated")
    lay = root.text("e111_medical_condition_in_easily_understood_language")
    terms = root.texts("e12_meddra_classification", "e12_term")
    terms += root.texts("e12_meddra_classification", "e12_medical_condition_or_disease_under_investigation")
    return ConditionsModule(
        conditions=(condition,) if condition else (),
        keywords=tuple(dict.fromkeys(text for text in (lay, *terms) if text and text != condition)),
    )


def _enrollment(root: Node, recruited: list[int]) -> EnrollmentInfo | None:
    planned = root.number("f422_in_the_whole_clinical_trial")
    if recruited:
        return EnrollmentInfo(count=sum(recruited), type="ACTUAL")
    return None if planned is None else EnrollmentInfo(count=planned, type="ESTIMATED")


def _identifiers(root: Node, information: Node, number: str) -> tuple[StatedIdentifier, ...]:
    return wording.identifiers(
        StatedIdentifier("EudraCT", number),
        (
            (None, root.text("a41_sponsors_protocol_code_number")),
            ("ISRCTN", root.text("a51_isrctn_international_standard_randomised_controlled_trial_number")),
            ("ClinicalTrials.gov", root.text("a52_us_nct_clinicaltrialsgov_registry_number")),
            ("UTN", root.text("a53_who_universal_trial_reference_number_utrn")),
            ("other", root.text("a54_other_identifiers")),
            (None, information.text("sponsorProtocolCode")),
            ("ISRCTN", information.text("isrctnIdentifier")),
            ("ClinicalTrials.gov", information.text("usctnIdentifier")),
            ("UTN", information.text("whoIdentifier")),
        ),
    )


READER: Final = Reader(kind=KIND, version=VERSION, licence=LICENCE, recognises=recognises, split=split, decode=decode)
