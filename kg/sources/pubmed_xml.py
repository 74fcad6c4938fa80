"""PubMed's XML (efetch, `PubmedArticleSet`): one article after the other.

Follows NLM's PubMed DTD of 2025. The DOCTYPE that PubMed writes is allowed, entities are
not. Markup inside text is taken off, with powers kept (`10<sup>6</sup>` is `10^6`). What is
not read is listed with its reason in `ignored/pubmed_xml.tsv`; book chapters are rejects.
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
from kg.sources.reader import Reader
from kg.sources.tree import Node, unknown_paths
from kg.sources.xml_cut import elements
from kg.sources.xml_tree import parse_xml

KIND: Final = "pubmed-xml"
_POWER: Final = re.compile(rb"(?<=\d)\s?<sup>\s*((?:-|\xe2\x88\x92|\xe2\x80\x93)?\d{1,3})\s*</sup>")
_INLINE: Final = re.compile(rb"</?(?:i|b|u|sub|sup|DispFormula|mml:[A-Za-z]+)(?:\s[^<>]{0,1000})?/?>")
_IGNORED_LISTS: Final = (b"ReferenceList", b"InvestigatorList", b"ChemicalList", b"GrantList", b"History")
_BOOK: Final = b"<PubmedBookArticle"
_TITLE: Final = re.compile(r"\[(?P<title>.+)\](?P<end>\.?)\Z", re.DOTALL)


def decode(raw: RawDocument) -> Document:
    """Lift an article into a document; raises RecordError when it is malformed or has no PMID."""
    name, root = parse_xml(_INLINE.sub(b"", _POWER.sub(rb"^\1", _without_lists(raw.data))))
    if name == "PubmedArticleSet" and len(root.nodes("PubmedArticle")) == 1:
        root = root.node("PubmedArticle")
    elif name != "PubmedArticle":
        raise RecordError(f"The record is a <{name}> and no <PubmedArticle>.")
    citation = root.node("MedlineCitation")
    pmid = citation.text("PMID")
    if pmid is None or re.fullmatch(r"[1-9]\d{0,8}", pmid) is None:
        raise RecordError("The article needs its PMID, a number of up to nine digits.", "MedlineCitation/PMID")
    node = citation.node("Article")
    journal = node.node("Journal")
    article = Article(
        title=_title(node.text("ArticleTitle")),
        journal=journal.text("Title"),
        issue=issue(
            journal.text("JournalIssue", "Volume"),
            journal.text("JournalIssue", "Issue"),
            node.text("Pagination", "MedlinePgn"),
        ),
        date=_date(journal.node("JournalIssue", "PubDate")),
        doi=_doi(root),
        pmid=pmid,
        authors=tuple(_author(author) for author in node.nodes("AuthorList", "Author")),
        abstract=tuple(_abstract(node.nodes("Abstract", "AbstractText"))),
        keywords=_unique(citation.texts("KeywordList", "Keyword")),
        mesh_terms=_mesh(citation),
        publication_types=_unique(node.texts("PublicationTypeList", "PublicationType")),
        language=", ".join(node.texts("Language")) or None,
    )
    revised = _date(citation.node("DateRevised"))
    return article_document(
        raw,
        READER,
        article,
        identifier=pmid,
        identifiers=tuple(_databanks(node)),
        sections=tuple(_sections(citation, node)),
        version_date=revised,
        unknown=unknown_paths(root, ignored("pubmed_xml")),
    )


def _without_lists(data: bytes) -> bytes:
    """Take out the longest of the lists that are ignored (they stand in the table), for speed."""
    for name in _IGNORED_LISTS:
        begin, end = data.find(b"<%b" % name), data.rfind(b"</%b>" % name)
        if -1 < begin < end:
            data = data[:begin] + data[end + len(name) + 3 :]
    return data


def _title(text: str | None) -> str | None:
    """Return the title; brackets, which mark a translation into English, come off."""
    match = _TITLE.match(text) if text else None
    return match["title"] + match["end"] if match else text


def _date(node: Node) -> str | None:
    """Return a date as precise as it is stated; of `1998 Dec-1999 Jan` and of seasons the year."""
    year, month, day = node.text("Year"), node.text("Month"), node.text("Day")
    season, stated = node.text("Season"), node.text("MedlineDate")
    if year is None:
        found = re.match(r"\d{4}", stated or "")
        return found[0] if found else None
    if month is None or season is not None:
        return year
    if month.isdigit():
        month = f"{int(month):02d}"
        return f"{year}-{month}" + (f"-{int(day):02d}" if day and day.isdigit() else "")
    return iso_date(f"{month} {day}, {year}" if day else f"{month} {year}")


def _doi(root: Node) -> str | None:
    """Return the DOI of the article's location, else of the list of its keys."""
    found = None
    for node in root.nodes("MedlineCitation", "Article", "ELocationID"):
        kind, value = node.text("@EIdType"), node.take()
        if kind == "doi" and value and found is None:
            found = value
    for node in root.nodes("PubmedData", "ArticleIdList", "ArticleId"):
        if node.peek("@IdType") == "doi" and found is None:
            found = node.take()
    return found


def _author(node: Node) -> Author:
    parts = (node.text("ForeName"), node.text("LastName"), node.text("Suffix"))
    name = " ".join(part for part in parts if part) or node.text("CollectiveName") or ""
    return Author(name=name, affiliations=_unique(node.texts("AffiliationInfo", "Affiliation")))


def _abstract(nodes: list[Node]) -> Iterator[Abstract]:
    for node in nodes:
        label = node.text("@Label")
        if text := node.take():
            yield Abstract(text=" ".join(text.split()), label=None if label == "UNLABELLED" else label)


def _mesh(citation: Node) -> tuple[str, ...]:
    """Return each heading, and for each of its qualifiers `heading/qualifier`."""
    found: list[str] = []
    for heading in citation.nodes("MeshHeadingList", "MeshHeading"):
        name = heading.text("DescriptorName")
        qualifiers = heading.texts("QualifierName")
        if name:
            found += [name, *(f"{name}/{qualifier}" for qualifier in qualifiers)]
    return _unique((*found, *citation.texts("SupplMeshList", "SupplMeshName")))


def _databanks(node: Node) -> Iterator[StatedIdentifier]:
    """Yield the accession numbers of the data banks; a registry number in its canonical spelling."""
    for bank in node.nodes("DataBankList", "DataBank"):
        name = bank.text("DataBankName") or "data bank"
        for number in bank.texts("AccessionNumberList", "AccessionNumber"):
            found = registry_number(number)
            yield StatedIdentifier(found.scheme if found else name, found.value if found else number, "databank")


def _sections(citation: Node, node: Node) -> Iterator[Abstract]:
    """Yield what an article says beside its abstract: interests, title and abstract in other languages."""
    if vernacular := node.text("VernacularTitle"):
        yield Abstract(text=vernacular, label="Vernacular title")
    for statement in citation.texts("CoiStatement"):
        yield Abstract(text=statement, label="Conflict of interest statement")
    for other in citation.nodes("OtherAbstract"):
        kind, language = other.text("@Type"), other.text("@Language")
        other.text("CopyrightInformation")
        for part in _abstract(other.nodes("AbstractText")):
            name = " ".join(filter(None, ("Abstract", f"({language})" if language else None, kind, part.label)))
            yield Abstract(text=part.text, label=name)


def _unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(text.split()) for text in texts))


class _BookCounter:
    """A stream that counts the book chapters passing through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tail = b""
        self.found = 0

    def peek(self, size: int) -> bytes:
        head: bytes = self._stream.peek(size)  # type: ignore[attr-defined]
        return head

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        window = self._tail + block
        self.found += window.count(_BOOK)
        self._tail = window[-len(_BOOK) + 1 :]
        return block


def _split(stream: IO[bytes], position: Position) -> Iterator[RawDocument | Reject]:
    """Cut a set into its articles; book chapters are counted and refused."""
    counter = _BookCounter(stream)
    rejects: list[Reject] = []
    found = False
    for item in elements(counter, position, KIND, "PubmedArticle"):  # type: ignore[arg-type]
        if isinstance(item, RawDocument) or found:
            found = found or isinstance(item, RawDocument)
            yield item
        else:
            rejects.append(item)
    if counter.found:
        reason = f"Book chapters are not read as articles: the file has {counter.found}."
        yield Reject(position, reason, "PubmedBookArticle", KIND)
    else:
        yield from rejects


def _recognises(name: str, head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
    return start and re.search(rb"<Pubmed(?:Article(?:Set)?|BookArticle)[\s>]", head) is not None


READER: Final = Reader(kind=KIND, version="1", licence=TERMS, recognises=_recognises, split=_split, decode=decode)
