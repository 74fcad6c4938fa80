"""ClinicalTrials.gov API v2: one study, a page of studies, a list, or a study on each line.

Specification: the registry's OpenAPI file (`ctg-oas-v2.yaml`), whose names the study record
takes, so that decoding is the whole reader.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import IO, Final

from kg.errors import RecordError
from kg.record import Document, Position, RawDocument, Reject, Study
from kg.sources.json_stream import opens_page, records
from kg.sources.reader import Reader
from kg.sources.strict_json import StrictDecoder

KIND: Final = "ctgov-v2"
VERSION: Final = "1"
LICENCE: Final = "https://clinicaltrials.gov/about-site/terms-conditions"

_NCT: Final = re.compile(r"NCT[0-9]{8}\Z")
_STUDY: Final = re.compile(rb'"(?:protocolSection|derivedSection|resultsSection|hasResults)"\s*:')
_DECODER: Final = StrictDecoder(Study)


def recognises(name: str, head: bytes) -> bool:
    """Whether a file is JSON of API v2: it names a section of a study, or it is a page of studies."""
    return bool(_STUDY.search(head)) or opens_page(head, "studies")


def split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut a file into its studies."""
    return records(stream, position, KIND, page="studies", first_key="protocolSection")


def decode(raw: RawDocument) -> Document:
    """Decode one study; raises RecordError with the JSON path when it does not fit."""
    study, unknown = _DECODER.decode(raw.data)
    number = study.protocol_section.identification_module.nct_id
    if number is None or not _NCT.match(number):
        found = "it has none" if number is None else f"{number[:40]!r} is no such number"
        raise RecordError(
            f"A study needs its registry number (NCT and eight digits); {found}.",
            "$.protocolSection.identificationModule.nctId",
        )
    return Document(
        source="ctgov",
        id=number,
        kind=KIND,
        reader_version=VERSION,
        study=study,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=version_date(study) or raw.fetched,
        licence=LICENCE,
        unknown_paths=unknown,
    )


def version_date(study: Study) -> str | None:
    """Return the date of a ClinicalTrials.gov record's version: when its last update was posted, else submitted."""
    status = study.protocol_section.status_module
    posted = status.last_update_post_date_struct
    return (posted.date if posted else None) or status.last_update_submit_date


READER: Final = Reader(
    kind=KIND,
    version=VERSION,
    licence=LICENCE,
    recognises=recognises,
    split=split,
    decode=decode,
    preference=10,
)
