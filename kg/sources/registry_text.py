r"""A registry's record as bare lines of text, without headings.

The order is that of the registry's search export: title, summary, conditions (one line),
interventions (`PROCEDURE: name`, several apart by `|`), outcomes (`measure, description,
time frame`, roles not stated), and perhaps the detailed description, which often repeats
the summary word by word.
"""

import re
from typing import Final

from kg.errors import RecordError
from kg.record import Additions, Document, RawDocument, Study
from kg.record.protocol import (
    ArmsInterventionsModule,
    ConditionsModule,
    DescriptionModule,
    IdentificationModule,
    Intervention,
    Outcome,
    ProtocolSection,
)
from kg.record.study import StatedIdentifier
from kg.registries import RegistryNumber, registry_number
from kg.sources.codes import code
from kg.sources.html_text import is_html
from kg.sources.outcome_cells import outcomes as cut_outcomes
from kg.sources.page import Line, Page, address, begin_at_title, document_id, head_text, joined, read_text
from kg.sources.page_document import page_document
from kg.sources.reader import Reader
from kg.sources.splitting import whole

KIND: Final = "registry-text"
_TYPES: Final = (
    "BEHAVIORAL|BIOLOGICAL|COMBINATION[_ ]PRODUCT|DEVICE|DIAGNOSTIC[_ ]TEST|DIETARY[_ ]SUPPLEMENT|DRUG|GENETIC|OTHER|"
    "PROCEDURE|RADIATION"
)
_INTERVENTION: Final = re.compile(rf"(?P<type>{_TYPES}):\s*(?P<name>\S.*)\Z")
_BETWEEN: Final = re.compile(rf"\s*\|\s*(?=(?:{_TYPES}):)")
_TIME: Final = re.compile(
    r"\b(?:days?|weeks?|months?|years?|hours?|minutes?|baseline|time|completion|visits?|cycles?|until|through|up to|"
    r"at least|follow-up|discharge|screening|enrol?lment|surgery|transplant(?:ation)?|infusion|day \d+)\b",
    re.IGNORECASE,
)
_MAX_TITLE: Final = 600


def decode(raw: RawDocument) -> Document:
    """Lift a registry text into the study record; raises RecordError when no intervention line is found."""
    page = Page(read_text(raw))
    number = _own_number(page)
    lines = [line for line in page.lines[begin_at_title(page, raw) :] if number is None or line.text != number[1]]
    first = next((n for n, line in enumerate(lines) if _INTERVENTION.match(line.text)), None)
    if first is None or first < 2:
        raise RecordError(
            "The text has no line such as 'BIOLOGICAL: name' below a title and a line of conditions, "
            "so that it cannot be told what is what."
        )
    last = first
    while last < len(lines) and _INTERVENTION.match(lines[last].text):
        last += 1
    title, summary, conditions = lines[0].text, lines[1 : first - 1], lines[first - 1].text
    end = _end_of_outcomes(lines, last, {line.text for line in summary})
    outcomes = _unique([found for line in lines[last:end] for found in cut_outcomes(line.text)])
    detailed = _without_repeats(lines[end:], summary, title)
    page.mark(0, len(page.lines))
    identification = IdentificationModule(brief_title=title)
    identifiers: tuple[StatedIdentifier, ...] = ()
    if number is not None and number[0].scheme == "ClinicalTrials.gov":
        identification.nct_id = number[0].value
    elif number is not None:
        identifiers = (StatedIdentifier(number[0].scheme, number[0].value),)
    protocol = ProtocolSection(
        identification_module=identification,
        description_module=DescriptionModule(brief_summary=joined(summary), detailed_description=joined(detailed)),
        conditions_module=ConditionsModule(
            conditions=tuple(part.strip() for part in conditions.split("|") if part.strip())
        ),
        arms_interventions_module=ArmsInterventionsModule(
            interventions=tuple(_interventions([line.text for line in lines[first:last]]))
        ),
    )
    return page_document(
        raw,
        READER,
        source="registry-text",
        identifier=number[0].value if number else document_id(doi=None, url=address(raw), title=title, sponsor=None),
        study=Study(protocol_section=protocol),
        additions=Additions(identifiers=identifiers, outcomes=tuple(outcomes), url=address(raw)),
        page=page,
    )


def _own_number(page: Page) -> tuple[RegistryNumber, str] | None:
    """Return the registry number that stands in a line of its own, with that line."""
    for line in page.lines:
        found = registry_number(line.text) if len(line.text) < 60 else None
        if found and len(line.text) - (found.end - found.begin) <= len("Registration number: "):
            return found, line.text
    return None


def _interventions(lines: list[str]) -> list[Intervention]:
    found = []
    for text in lines:
        for part in _BETWEEN.split(text):
            if match := _INTERVENTION.match(part.strip()):
                found.append(Intervention(type=code(match["type"]), name=match["name"].strip()))
    return list({(item.type, item.name): item for item in found}.values())


def _end_of_outcomes(lines: list[Line], begin: int, summary: set[str]) -> int:
    """Return where the outcomes end: where the summary is repeated, else at prose."""
    repeated = next((n for n in range(begin, len(lines)) if lines[n].text in summary), None)
    if repeated is not None:
        return repeated
    end = begin
    while end < len(lines) and _is_outcome(lines[end].text):
        end += 1
    return end


def _is_outcome(text: str) -> bool:
    frame = text.rpartition(", ")[2]
    return frame != text and not text.endswith(".") and len(text) < 4000 and _TIME.search(frame) is not None


def _unique(outcomes: list[Outcome]) -> list[Outcome]:
    return list({(o.measure, o.description, o.time_frame): o for o in outcomes}.values())


def _without_repeats(lines: list[Line], summary: list[Line], title: str) -> list[Line]:
    """Return the description below the outcomes; one that only repeats the summary is the summary."""
    said = {_squeezed(line.text) for line in summary} | {_squeezed(title)}
    return [] if all(_squeezed(line.text) in said for line in lines) else lines


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def _recognises(name: str, head: bytes) -> bool:
    """Return whether the lines hold `TYPE: name` in the registry's capitals, below at least two others."""
    if not is_html(head) and not name.casefold().endswith((".txt", ".text")) and "." in name:
        return False
    lines = [line.strip() for line in head_text(head).splitlines() if line.strip()]
    if not lines or len(lines[0]) > _MAX_TITLE or any("\t" in line for line in lines):
        return False
    first = next((n for n, line in enumerate(lines) if _INTERVENTION.match(line)), None)
    return first is not None and first >= 2


READER: Final = Reader(
    kind=KIND,
    version="1",
    licence="https://clinicaltrials.gov/about-site/terms-conditions",
    recognises=_recognises,
    split=whole(KIND),
    decode=decode,
)
