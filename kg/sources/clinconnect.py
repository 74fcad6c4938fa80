"""Pages of ClinConnect: a trial without its registry number, in the site's own words.

The contacts of a page are the site's own guess and have nothing to do with the trial; the
text about the sponsor is the site's, too. Both are furniture, and so are similar trials.
"""

import re
from typing import Final, NamedTuple

from kg.errors import RecordError
from kg.record import Additions, Document, RawDocument, Study
from kg.record.protocol import (
    ConditionsModule,
    ContactsLocationsModule,
    DateStruct,
    DescriptionModule,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    IdentificationModule,
    Location,
    Official,
    PartialDateStruct,
    ProtocolSection,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from kg.record.study import StatedIdentifier
from kg.registries import RegistryNumber, registry_number
from kg.sources.codes import age, code, is_iso_date, iso_date, phases
from kg.sources.page import (
    Line,
    Page,
    address,
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
from kg.sources.splitting import whole

KIND: Final = "clinconnect"
_LAYOUT: Final[dict[str, tuple[str, ...]]] = dict.fromkeys(
    (
        "Trial Information", "Keywords", "ClinConnect Summary", "Gender", "Age", "Minimum age", "Maximum age",
        "Conditions", "Eligibility criteria", "Contacts", "Locations", "Patients applied", "Trial Officials",
        "Similar Trials", "Enrollment", "Phase", "NCT number",
    ),
    (),
)  # fmt: skip
_LAYOUT["Timeline"] = ("First submit", "Trial launched", "Trial updated", "Estimated completion")
_LAUNCHED: Final = re.compile(r"Launched by (?P<sponsor>.+?)(?:\s+[·•|]\s+(?P<date>\S.*))?\Z", re.IGNORECASE)
_CURRENT: Final = re.compile(r"Current as of (?P<date>\S.*)\Z", re.IGNORECASE)
_ABOUT: Final = re.compile(r"About \S")
_HEADING_OF_CRITERIA: Final = re.compile(r"(?:-\s+)?(?:key\s+)?(inclusion|exclusion) criteria\s*:?\Z", re.IGNORECASE)
_MARK: Final = re.compile(r"[-•]\s+")
_TWO_MARKS: Final = re.compile(r"[-•]\s+[•*-]\s")
_ROLES: Final = frozenset({"principal investigator", "study director", "study chair", "sub-investigator"})
_PHASE: Final = re.compile(r"(?:Early )?Phase\s?[\w/ ]+\Z|N/A\Z", re.IGNORECASE)
_STATUS: Final = re.compile(
    r"(?:not yet |active,? not |no longer )?recruiting|completed|terminated|suspended|withdrawn|unknown(?: status)?|"
    r"enrolling by invitation|(?:no longer )?available|approved for marketing",
    re.IGNORECASE,
)


def decode(raw: RawDocument) -> Document:
    """Lift a ClinConnect page into the study record; raises RecordError when it is none."""
    page = Page(read_text(raw), _LAYOUT)
    title, sponsor, launched = _top(page)
    current, status_text, phase, number = _trial_information(page)
    keywords = page.block("Keywords")
    summary = page.block("ClinConnect Summary")
    criteria = _eligibility(page)
    locations = _locations(_without_about(page.block("Locations")))
    officials = _officials(page.block("Trial Officials"))
    identifiers: tuple[StatedIdentifier, ...] = ()
    identification = IdentificationModule(brief_title=title)
    if number is not None and number.scheme == "ClinicalTrials.gov":
        identification.nct_id = number.value
    elif number is not None:
        identifiers = (StatedIdentifier(number.scheme, number.value),)
    _ignore_furniture(page)
    submitted, updated, completion = (
        iso_date(_date(page, label)) for label in ("First submit", "Trial updated", "Estimated completion")
    )
    launched = launched or iso_date(_date(page, "Trial launched"))
    _date(page, "Trial launched")
    total = re.match(r"[\d,]+", page.value("Enrollment") or "")
    page.value("Timeline")
    protocol = ProtocolSection(
        identification_module=identification,
        status_module=StatusModule(
            overall_status=code(status_text),
            study_first_submit_date=submitted,
            completion_date_struct=PartialDateStruct(date=completion, type="ESTIMATED") if completion else None,
            last_update_post_date_struct=DateStruct(date=updated or current) if updated or current else None,
        ),
        sponsor_collaborators_module=SponsorCollaboratorsModule(
            lead_sponsor=Sponsor(name=sponsor) if sponsor else None
        ),
        description_module=DescriptionModule(brief_summary=joined(summary)),
        conditions_module=ConditionsModule(
            conditions=items(page.block("Conditions")),
            keywords=items(keywords),
        ),
        design_module=DesignModule(
            phases=phases(phase or page.value("Phase")),
            enrollment_info=EnrollmentInfo(count=int(total[0].replace(",", ""))) if total else None,
        ),
        eligibility_module=criteria,
        contacts_locations_module=ContactsLocationsModule(overall_officials=officials, locations=locations),
    )
    return page_document(
        raw,
        READER,
        source="clinconnect",
        identifier=number.value if number else document_id(doi=None, url=address(raw), title=title, sponsor=sponsor),
        study=Study(protocol_section=protocol),
        additions=Additions(identifiers=identifiers, launch_date=launched, url=address(raw)),
        page=page,
        version_date=current,
    )


def _top(page: Page) -> tuple[str, str | None, str | None]:
    """Return title, sponsor and launch date: the line `Launched by … · …` and the one above it."""
    for n, line in enumerate(page.lines):
        match = _LAUNCHED.match(line.text)
        if match and n > 0:
            page.begin = n - 1
            page.mark(0, n + 1)
            date = iso_date(match["date"])
            if date is None and n + 1 < len(page.lines) and is_iso_date(iso_date(page.lines[n + 1].text)):
                date = iso_date(page.lines[n + 1].text)
                page.mark(n + 1, n + 2)
            return page.lines[n - 1].text, match["sponsor"].strip(), date
    raise RecordError("The page has no line 'Launched by …', which every ClinConnect trial page has.")


class _Information(NamedTuple):
    current: str | None = None
    status: str | None = None
    phase: str | None = None
    number: RegistryNumber | None = None


def _trial_information(page: Page) -> _Information:
    """Return what the lines below `Trial Information` state; a line of another kind stays unread."""
    found = _Information()
    lines = page.block("Trial Information")
    first = page.index("Trial Information") or 0
    for n, line in enumerate(lines, start=first + 1):
        if match := _CURRENT.match(line.text):
            found = found._replace(current=iso_date(match["date"]))
        elif _STATUS.fullmatch(line.text):
            found = found._replace(status=line.text)
        elif _PHASE.match(line.text):
            found = found._replace(phase=line.text)
        elif number := registry_number(line.text):
            found = found._replace(number=number)
        else:
            page.unmark(n)
    return found


def _eligibility(page: Page) -> EligibilityModule:
    """Return the criteria, which the page lists in one block with headings of their own."""
    inclusion: list[Line] = []
    exclusion: list[Line] = []
    current = inclusion
    for line in _unlisted(_without_about(page.block("Eligibility criteria"))):
        heading = _HEADING_OF_CRITERIA.match(line.text)
        if heading:
            current = inclusion if heading[1].casefold() == "inclusion" else exclusion
        else:
            current.append(line)
    low, high = page.value("Minimum age"), page.value("Maximum age")
    if (ages := page.value("Age")) is not None:
        low, high = _ages(ages)
    return EligibilityModule(
        sex=code(page.value("Gender")),
        minimum_age=age(low),
        maximum_age=age(high),
        eligibility_criteria=criteria_text(inclusion, exclusion),
    )


def _unlisted(lines: list[Line]) -> list[Line]:
    """Take the outer list mark off every line, where the items carry a mark of their own inside it."""
    if not any(_TWO_MARKS.match(line.text) for line in lines):
        return lines
    return [line._replace(text=_MARK.sub("", line.text, count=1), indent=0) for line in lines]


def _ages(text: str) -> tuple[str | None, str | None]:
    """Return the limits of `18 - 70 years` or `18 years and older`."""
    numbers = re.findall(r"\d+", text)
    unit = re.search(r"year|month|week|day", text, re.IGNORECASE)
    words = [f"{number} {(unit[0] if unit else 'year').capitalize()}s" for number in numbers[:2]]
    if len(words) == 2:
        return words[0], words[1]
    if not words:
        return None, None
    return (None, words[0]) if re.search(r"up to|younger|<|≤|max", text, re.IGNORECASE) else (words[0], None)


def _without_about(lines: list[Line]) -> list[Line]:
    """Return the lines up to the site's text about the sponsor."""
    end = next((n for n, line in enumerate(lines) if _is_about(lines, n)), len(lines))
    return lines[:end]


def _is_about(lines: list[Line], n: int) -> bool:
    return _ABOUT.match(lines[n].text) is not None and not lines[n].text.endswith(".") and len(lines[n].text) < 200


def _locations(lines: list[Line]) -> tuple[Location, ...]:
    """Return the sites: `city, state, country`, the state often empty."""
    found = []
    for text in items(lines):
        parts = [part.strip() for part in text.split(",")]
        found.append(
            Location(
                city=parts[0] or None,
                state=", ".join(part for part in parts[1:-1] if part) or None,
                country=(parts[-1] or None) if len(parts) > 1 else None,
            )
        )
    return tuple(found)


def _officials(lines: list[Line]) -> tuple[Official, ...]:
    """Return the officials: name, role, affiliation."""
    found: list[Official] = []
    for n, line in enumerate(lines):
        if line.text.casefold() in _ROLES and n > 0:
            after = lines[n + 1].text if n + 1 < len(lines) else None
            next_is_name = n + 2 < len(lines) and lines[n + 2].text.casefold() in _ROLES
            found.append(
                Official(name=lines[n - 1].text, role=code(line.text), affiliation=None if next_is_name else after)
            )
    return tuple(found)


def _date(page: Page, label: str) -> str | None:
    """Return the date below a label of the timeline; the label may stand without one."""
    at = page.index(label)
    if at is None:
        return None
    page.mark(at, at + 1)
    if at + 1 < len(page.lines) and not page.is_heading(at + 1):
        text = page.lines[at + 1].text
        if is_iso_date(iso_date(text)) or text.casefold() == "not reported":
            page.mark(at + 1, at + 2)
            return text if text.casefold() != "not reported" else None
    return None


def _ignore_furniture(page: Page) -> None:
    page.block("Contacts")
    page.value("Patients applied")
    page.ignore_from("Similar Trials")
    page.ignore(re.compile(r"ClinConnect\Z|©|Sign (?:in|up)\Z|Apply\b.*|Share\Z", re.IGNORECASE).match)


READER: Final = Reader(
    kind=KIND,
    version="1",
    licence=None,
    recognises=lambda name, head: (
        has_lines(head, "ClinConnect Summary", "Trial Information") or has_html_marker(head, rb"clinconnect")
    ),
    split=whole(KIND),
    decode=decode,
)
