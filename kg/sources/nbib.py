"""MEDLINE/nbib: PubMed's tagged text, `TAG - value` with continuation lines indented by six blanks.

Follows NLM's description of the MEDLINE/PubMed data elements. Registry numbers stand in
`SI` (secondary source id). What is not read is listed with its reason in `ignored/nbib.tsv`.
"""

import re
from collections.abc import Iterator
from typing import IO, Final

from kg.errors import RecordError
from kg.record import Document, Position, RawDocument, Reject
from kg.record.study import Abstract, Article, Author, StatedIdentifier
from kg.registries import registry_number
from kg.sources.article import TERMS, article_document, issue
from kg.sources.codes import iso_date
from kg.sources.ignored import ignored
from kg.sources.page import plain_text
from kg.sources.reader import Reader
from kg.sources.splitting import MAX_RECORD_BYTES, too_large

KIND: Final = "nbib"
_FIELD: Final = re.compile(r"(?P<tag>[A-Z]{2,4}) *- ?(?P<value>.*)\Z")
_START: Final = re.compile(rb"PMID *- ?\d")
_LABEL: Final = re.compile(r"(?:^|(?<=[.?!)\]%] ))(?P<label>[A-Z][A-Z /&,()-]{2,70}[A-Z)]):\s+(?=\S)")
_DATE: Final = re.compile(r"(?P<year>\d{4})(?:\s+(?P<month>[A-Z][a-z]{2})(?:\s+(?P<day>\d{1,2}))?)?\Z")


class _Fields:
    """The fields of a record; taking one marks it as read."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._taken: set[str] = set()

    def all(self, tag: str) -> tuple[str, ...]:
        self._taken.add(tag)
        return tuple(value for name, value in self.pairs if name == tag and value)

    def first(self, tag: str) -> str | None:
        return next(iter(self.all(tag)), None)

    def unknown(self, skip: dict[str, str]) -> tuple[str, ...]:
        left = (tag for tag, _ in self.pairs if tag not in self._taken and tag not in skip)
        return tuple(dict.fromkeys(left))


def decode(raw: RawDocument) -> Document:
    """Lift a MEDLINE record into a document; raises RecordError when it has no PMID or broken lines."""
    fields = _Fields(_pairs(plain_text(raw.data)))
    pmid = fields.first("PMID")
    if pmid is None or re.fullmatch(r"[1-9]\d{0,8}", pmid) is None:
        raise RecordError("The record needs its PMID, a number of up to nine digits.", "PMID")
    journal, short = fields.first("JT"), fields.first("TA")
    article = Article(
        title=fields.first("TI"),
        journal=journal or short,
        issue=issue(fields.first("VI"), fields.first("IP"), fields.first("PG")),
        date=_date(fields.first("DP")),
        doi=_doi((*fields.all("LID"), *fields.all("AID"))),
        pmid=pmid,
        authors=tuple(_authors(fields)),
        abstract=tuple(_abstract(fields.first("AB"))),
        keywords=_unique(tuple(text.lstrip("*") for text in fields.all("OT"))),
        mesh_terms=tuple(_mesh(fields.all("MH"))),
        publication_types=_unique(fields.all("PT")),
        language=", ".join(fields.all("LA")) or None,
    )
    revised = fields.first("LR")
    sections = [Abstract(text=text, label="Conflict of interest statement") for text in fields.all("COIS")]
    sections += [Abstract(text=text, label="Vernacular title") for text in fields.all("TT")]
    sections += [Abstract(text=text, label="Abstract (other language)") for text in fields.all("OAB")]
    return article_document(
        raw,
        READER,
        article,
        identifier=pmid,
        identifiers=tuple(_databanks(fields.all("SI"))),
        sections=tuple(sections),
        version_date=f"{revised[:4]}-{revised[4:6]}-{revised[6:8]}"
        if revised and revised.isdigit() and len(revised) == 8
        else None,
        unknown=fields.unknown(ignored("nbib")),
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if line.startswith("   ") and pairs:
            tag, value = pairs[-1]
            pairs[-1] = (tag, f"{value} {line.strip()}")
        elif match := _FIELD.match(line):
            pairs.append((match["tag"], match["value"].strip()))
        else:
            raise RecordError(f"Line {number} of the record is no 'TAG - value' and continues nothing: {line[:60]!r}.")
    return pairs


def _date(text: str | None) -> str | None:
    """Return `2023 Nov 10` as `2023-11-10`; of seasons and spans the year."""
    match = _DATE.match(text or "")
    if match is None:
        year = re.match(r"\d{4}", text or "")
        return year[0] if year else None
    if match["month"] is None:
        return match["year"]
    return iso_date(
        f"{match['month']} {match['day']}, {match['year']}" if match["day"] else f"{match['month']} {match['year']}"
    )


def _doi(locations: tuple[str, ...]) -> str | None:
    return next((text.removesuffix("[doi]").strip() for text in locations if text.endswith("[doi]")), None)


def _authors(fields: _Fields) -> Iterator[Author]:
    """Yield authors in order, full names (`FAU`) with the affiliations (`AD`) below them; groups (`CN`)."""
    full = any(tag == "FAU" for tag, _ in fields.pairs)
    for tag in ("FAU", "AU", "AD", "CN"):
        fields.all(tag)
    name: str | None = None
    places: list[str] = []
    for tag, value in fields.pairs:
        if tag in ("FAU", "CN") or (tag == "AU" and not full):
            if name:
                yield Author(name=name, affiliations=_unique(tuple(places)))
            name, places = (" ".join(reversed(value.split(", ", 1))) if tag == "FAU" else value), []
        elif tag == "AD":
            places.append(value)
    if name:
        yield Author(name=name, affiliations=_unique(tuple(places)))


def _abstract(text: str | None) -> Iterator[Abstract]:
    """Yield the parts of an abstract, cut at the labels that PubMed writes in capitals."""
    if not text:
        return
    cuts = list(_LABEL.finditer(text))
    if not cuts:
        yield Abstract(text=text)
        return
    if head := text[: cuts[0].start()].strip():
        yield Abstract(text=head)
    for cut, after in zip(cuts, [*cuts[1:], None], strict=True):
        if body := text[cut.end() : after.start() if after else len(text)].strip():
            yield Abstract(text=body, label=cut["label"])


def _mesh(headings: tuple[str, ...]) -> Iterator[str]:
    """Yield each heading, and for each of its qualifiers `heading/qualifier`."""
    seen: dict[str, None] = {}
    for heading in headings:
        name, *qualifiers = (part.lstrip("*") for part in heading.split("/"))
        seen.update(dict.fromkeys((name, *(f"{name}/{qualifier}" for qualifier in qualifiers))))
    yield from seen


def _databanks(values: tuple[str, ...]) -> Iterator[StatedIdentifier]:
    """Yield the numbers of `ClinicalTrials.gov/NCT00000000`; a data bank without number says nothing."""
    for value in values:
        bank, slash, number = value.partition("/")
        if slash and number:
            found = registry_number(number)
            yield StatedIdentifier(found.scheme if found else bank, found.value if found else number, "databank")


def _unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut a file at each `PMID-`; positions carry the line where the record begins."""
    lines: list[bytes] = []
    size, begin, found = 0, 1, False
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if _START.match(line.removeprefix(b"\xef\xbb\xbf")) and b"".join(lines).strip():
            yield _piece(lines, size, position, begin)
            found = True
            lines, size = [], 0
        if not lines:
            begin = number
        size += len(line)
        if size <= MAX_RECORD_BYTES:
            lines.append(line)
    if b"".join(lines).strip():
        yield _piece(lines, size, position, begin)
    elif not found:
        yield Reject(position, "The file is empty.", None, KIND)


def _piece(lines: list[bytes], size: int, position: Position, begin: int) -> RawDocument | Reject:
    at = Position(position.path, position.member, begin)
    return too_large(at, KIND) if size > MAX_RECORD_BYTES else RawDocument(b"".join(lines), KIND, at)


def _recognises(name: str, head: bytes) -> bool:
    lines = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 2)
    return _START.match(lines[0]) is not None and len(lines) > 1 and re.match(rb"[A-Z]{2,4} *-", lines[1]) is not None


READER: Final = Reader(kind=KIND, version="1", licence=TERMS, recognises=_recognises, split=_split, decode=decode)
