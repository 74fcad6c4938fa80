"""WHO ICTRP search portal: its XML export (`<Trial>` elements) and its CSV export.

Both have the same fields, named with underscores in XML and with blanks in CSV. The portal
passes on what a primary registry sent, so that wordings and dates differ by registry.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import IO, Final

from kg.errors import RecordError
from kg.record import Additions, Document, Position, RawDocument, Reject, Study
from kg.record.protocol import (
    ConditionsModule,
    DescriptionModule,
    DesignModule,
    IdentificationModule,
    OutcomesModule,
    PartialDateStruct,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.record.study import StatedIdentifier
from kg.registries import registry_number
from kg.sources import codes, wording
from kg.sources.csv_rows import rows
from kg.sources.ictrp_parts import arms_interventions, clean, design, eligibility, enrollment, items
from kg.sources.ignored import ignored
from kg.sources.json_tree import parse_json
from kg.sources.reader import Reader
from kg.sources.tree import Node, unknown_paths
from kg.sources.xml_cut import elements
from kg.sources.xml_tree import parse_xml

KIND: Final = "ictrp"
VERSION: Final = "1"
LICENCE: Final = "https://www.who.int/tools/clinical-trials-registry-platform/terms-and-conditions"

_ROOT: Final = re.compile(rb"<(?:Trials_downloaded_from_ICTRP|Trials|Trial)[\s>]")
_COLUMNS: Final = {"trialid", "public_title", "source_register"}
_STATUSES: Final = {
    "RECRUITING": "RECRUITING",
    "NOT_YET_RECRUITING": "NOT_YET_RECRUITING",
    "PENDING": "NOT_YET_RECRUITING",
    "COMPLETED": "COMPLETED",
    "COMPLETE": "COMPLETED",
    "SUSPENDED": "SUSPENDED",
    "TEMPORARY_HALT": "SUSPENDED",
    "TERMINATED": "TERMINATED",
    "WITHDRAWN": "WITHDRAWN",
    "ACTIVE_NOT_RECRUITING": "ACTIVE_NOT_RECRUITING",
    "ENROLLING_BY_INVITATION": "ENROLLING_BY_INVITATION",
}
"""`Not recruiting` is left out: the portal says so of trials before, during and after recruitment."""


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is an export of the portal: XML with its elements, or a table with its columns."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _ROOT.search(head) is not None and b"<TrialID>" in head
    return _is_header(tuple(head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip().split(",")))


def _is_header(names: tuple[str, ...]) -> bool:
    return {_name(name.strip('"')).casefold() for name in names} >= _COLUMNS


def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut an export into its trials."""
    head = stream.peek(64)  # type: ignore[attr-defined]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return elements(stream, position, KIND, "Trial")
    return rows(stream, position, KIND, is_header=_is_header)


def decode(raw: RawDocument) -> Document:
    """Return the record of one trial; raises RecordError when it is malformed or has no TrialID."""
    root = _root(raw.data)
    number = root.text("TrialID")
    if number is None or len(number) > 100:
        raise RecordError("The record needs its TrialID, the number in the registry that sent it.", "TrialID")
    study, additions = _study(root, number)
    refreshed, exported = codes.iso_date(root.text("Last_Refreshed_on")), codes.iso_date(root.text("Export_date"))
    return Document(
        source="ictrp",
        id=number,
        kind=KIND,
        reader_version=VERSION,
        study=study,
        additions=additions,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=next((date for date in (refreshed, exported) if codes.is_iso_date(date)), None) or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown_paths(root, ignored("ictrp")),
    )


def _root(data: bytes) -> Node:
    """Return the fields of a trial, named as in the XML export whichever of the two was read."""
    if data.lstrip().startswith(b"{"):
        row = parse_json(data)
        root = Node()
        for name, node in row.in_order():
            root.add(_name(name), node)
        return root
    name, root = parse_xml(data)
    if name != "Trial":
        raise RecordError(f"The root element is <{name}>, not <Trial>.")
    return root


def _name(column: str) -> str:
    return column.strip().replace(" ", "_")


def _study(root: Node, number: str) -> tuple[Study, Additions]:
    register = root.text("Source_Register")
    phase, status = root.text("Phase"), root.text("Recruitment_Status")
    study_type, design_words = root.text("Study_type"), clean(root.text("Study_design"))
    own_type, info = design(study_type, design_words)
    sizes = clean(root.text("Target_size"))
    protocol = ProtocolSection(
        identification_module=IdentificationModule(
            brief_title=clean(root.text("Public_title")),
            official_title=clean(root.text("Scientific_title")),
            acronym=root.text("Acronym"),
        ),
        status_module=_status(root, status),
        sponsor_collaborators_module=_sponsors(root),
        description_module=DescriptionModule(brief_summary=clean(root.text("Brief_summary"))),
        conditions_module=ConditionsModule(conditions=items(root.text("Condition"))),
        design_module=DesignModule(
            study_type=own_type,
            patient_registry=True if study_type and "Patient Registry" in study_type else None,
            phases=_phases(phase),
            design_info=info,
            enrollment_info=enrollment(sizes),
        ),
        arms_interventions_module=arms_interventions(clean(root.text("Intervention")), sizes),
        outcomes_module=OutcomesModule(
            primary_outcomes=tuple(o for text in items(root.text("Primary_outcome")) for o in wording.outcomes(text)),
            secondary_outcomes=tuple(
                o for text in items(root.text("Secondary_outcome")) for o in wording.outcomes(text)
            ),
        ),
        eligibility_module=eligibility(root, register),
    )
    additions = Additions(
        identifiers=_identifiers(root, number, register),
        countries=tuple(dict.fromkeys(items(root.text("Countries")))),
        url=root.text("web_address"),
        text_sections=wording.sections(
            ("Recruitment status", status if _STATUSES.get(codes.code(status) or "") is None else None),
            ("Study type", study_type if own_type is None else None),
            ("Study design", design_words),
            ("Target size", sizes if enrollment(sizes) is None or not (sizes or "").isdigit() else None),
            ("Retrospective registration", root.text("Retrospective_flag")),
            ("Results", root.text("results_url_link")),
        ),
        phases_as_stated=(phase,) if phase else (),
    )
    return Study(protocol_section=protocol), additions


def _phases(text: str | None) -> tuple[str, ...]:
    """Return the phases; registries send `Phase 2`, `2`, `1-2`, `II`. `0` alone is left as stated."""
    if text is None:
        return ()
    if re.fullmatch(r"[1-4](?:\s*[-/]\s*[1-4])?", text):
        return tuple(f"PHASE{digit}" for digit in dict.fromkeys(re.findall(r"[1-4]", text)))
    return codes.phases(text)


def _status(root: Node, status: str | None) -> StatusModule:
    registered = root.text("Date_registration3")
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", registered or "")
    stated = codes.iso_date(root.text("Date_registration"))
    date = codes.iso_date("-".join(compact.groups())) if compact else stated
    start = codes.iso_date(root.text("Date_enrollement"))
    return StatusModule(
        overall_status=_STATUSES.get(codes.code(status) or ""),
        start_date_struct=PartialDateStruct(date=start) if start else None,
        study_first_submit_date=date,
        results_first_submit_date=codes.iso_date(root.text("results_date_posted")),
    )


def _sponsors(root: Node) -> SponsorCollaboratorsModule:
    lead, others = clean(root.text("Primary_sponsor")), items(root.text("Secondary_sponsor"))
    return SponsorCollaboratorsModule(
        lead_sponsor=Sponsor(name=lead) if lead else None, collaborators=tuple(Sponsor(name=name) for name in others)
    )


def _identifiers(root: Node, number: str, register: str | None) -> tuple[StatedIdentifier, ...]:
    known = registry_number(number)
    own = StatedIdentifier(known.scheme if known else register or "ICTRP", number)
    others = [value for name in ("Secondary_ID", "SecondaryIDs", "Secondary_IDs") for value in items(root.text(name))]
    return wording.identifiers(own, ((None, value) for value in others))


READER: Final = Reader(kind=KIND, version=VERSION, licence=LICENCE, recognises=recognises, split=split, decode=decode)
