"""PubMed's page of an article, saved as text or HTML: bibliographic data, abstract, indexing.

The list of references names other people's work and is not read; banners and menus above
the citation are furniture.
"""

import re
from collections.abc import Iterator
from typing import Final

from kg.errors import RecordError
from kg.iri import key_digest
from kg.record import Document, RawDocument
from kg.record.study import Abstract, Article, Author, StatedIdentifier
from kg.registries import find_registry_numbers
from kg.sources.article import TERMS, article_document
from kg.sources.codes import iso_date
from kg.sources.html_text import is_html, meta_values
from kg.sources.page import Line, Page, has_html_marker, head_text, items, joined, read_text
from kg.sources.reader import Reader
from kg.sources.splitting import whole

KIND: Final = "pubmed-page"
_HEADINGS: Final[tuple[str, ...]] = (
    "Abstract", "Affiliations", "PubMed Disclaimer", "Conflict of interest statement", "Figures", "References",
    "Publication types", "MeSH terms", "Substances", "Associated data", "Supplementary concepts", "Similar articles",
    "Cited by", "Grants and funding", "Related information", "LinkOut - more resources", "Full Text Sources", "Medical",
    "Miscellaneous", "Update in", "Comment in", "Erratum in", "Retraction in", "Research Materials",
)  # fmt: skip
_CITATION: Final = re.compile(
    r"(?:(?P<journal>[^.;]+)\s*)?\.\s*(?P<date>\d{4}(?:\s+[A-Z][a-z]{2}(?:\s+\d{1,2})?)?)[^;]*;(?P<issue>[^.]+)\.(?P<rest>.*)\Z"
)
_DOI: Final = re.compile(r"\bdoi:\s*(?P<doi>10\.\d{4,9}/\S+?)\.?(?=\s|\Z)", re.IGNORECASE)
_PMID: Final = re.compile(r"\bPMID:\s*(?P<pmid>\d{1,9})\b")
_BYLINE: Final = re.compile(r"(?P<author>[^.]{2,80}?)\s+et al\.\s+(?P<journal>[^.]+)\.\s*(?P<date>[^.]*)\.?\s*\Z")
_LABEL: Final = re.compile(r"(?P<label>[A-Z][A-Za-z][A-Za-z /&,()-]{1,60}):\s+(?P<text>\S.*)\Z")
_KEYWORDS: Final = re.compile(r"Keywords?:\s*(?P<words>\S.*)\Z", re.IGNORECASE)
_TYPE: Final = re.compile(
    r"(?:(?:Randomized Controlled|Controlled Clinical|Clinical|Pragmatic Clinical|Equivalence) Trial(?:, Phase [IV]+)?|"
    r"Clinical Trial Protocol|Clinical Study|Observational Study|Multicenter Study|Comparative Study|Review|"
    r"Systematic Review|Meta-Analysis|Case Reports|Letter|Editorial|Comment|Practice Guideline|News)\Z"
)
_MENU: Final = frozenset(
    ("Actions", "Search in PubMed", "Search in MeSH", "Search in NLM Catalog", "Add to Search", "Expand", "Collapse")
)
"""What the menus on words say in saved HTML."""
_IGNORED_BLOCKS: Final = (
    "PubMed Disclaimer", "References", "Similar articles", "Cited by", "Related information",
    "LinkOut - more resources", "Full Text Sources", "Medical", "Miscellaneous", "Grants and funding", "Update in",
    "Comment in", "Erratum in", "Research Materials", "Substances", "Supplementary concepts",
)  # fmt: skip
"""Blocks about the page, the authors' funding or other people's articles."""


def decode(raw: RawDocument) -> Document:
    """Lift a PubMed page into an article; raises RecordError when it holds no citation."""
    page = Page(read_text(raw), dict.fromkeys(_HEADINGS, ()))
    at = next((n for n, line in enumerate(page.lines) if _CITATION.match(line.text)), None)
    if at is None:
        raise RecordError("The page has no citation such as '. 2023 Nov 10;23(1):1090.', which every PubMed page has.")
    article = Article()
    title_at = _citation(page, at, article)
    article.publication_types = _types_above(page, at)
    _title_and_authors(page, title_at, article)
    _from_meta(raw.data, article)
    sections = _below(page, article)
    identifiers = tuple(
        StatedIdentifier(number.scheme, number.value, "databank")
        for line in page.block("Associated data")
        for number in find_registry_numbers(line.text)
    )
    article.publication_types = tuple(dict.fromkeys((*article.publication_types, *_terms(page, "Publication types"))))
    article.mesh_terms = tuple(dict.fromkeys(text.split(" / ")[0].rstrip("* ") for text in _terms(page, "MeSH terms")))
    for heading in _IGNORED_BLOCKS:
        page.block(heading)
    identifier = article.pmid or key_digest((article.doi or page.text).lower())
    return article_document(
        raw,
        READER,
        article,
        identifier=identifier,
        identifiers=identifiers,
        sections=sections,
        unknown=page.unread(),
    )


def _terms(page: Page, heading: str) -> Iterator[str]:
    """Yield the words of a list, without the menus on them."""
    for text in items(page.block(heading)):
        if text not in _MENU:
            yield text


def _citation(page: Page, at: int, article: Article) -> int:
    """Read date, issue, DOI and PMID around the citation; return the index of the line behind them."""
    match = _CITATION.match(page.lines[at].text)
    if match is None:
        raise AssertionError("the citation line was found before")
    article.date = iso_date(match["date"]) if len(match["date"]) == 4 else iso_date(_month_first(match["date"]))
    article.issue = match["issue"].strip()
    article.journal = (match["journal"] or "").strip() or None
    end = at + 1
    texts = [match["rest"]]
    while end < len(page.lines) and re.match(
        r"(?:doi|PMID|PMCID|Epub|Print|eCollection|Online)\b", page.lines[end].text
    ):
        texts.append(page.lines[end].text)
        end += 1
    words = " ".join(texts)
    if doi := _DOI.search(words):
        article.doi = doi["doi"]
    if pmid := _PMID.search(page.text):
        article.pmid = pmid["pmid"]
    page.mark(0, end)
    page.ignore(lambda text: re.match(r"(?:PMID|PMCID|DOI):", text) is not None)
    return end


def _month_first(date: str) -> str:
    """Turn `2023 Nov 10` into `Nov 10 2023`."""
    year, *rest = date.split()
    return " ".join((*rest, year))


def _types_above(page: Page, at: int) -> tuple[str, ...]:
    """Return the publication types in the lines directly above the citation."""
    return tuple(line.text for line in page.lines[max(0, at - 3) : at] if _TYPE.match(line.text))


def _title_and_authors(page: Page, at: int, article: Article) -> None:
    """Read the title behind the citation, and the authors or the byline below it."""
    end = page.index("Abstract") or len(page.lines)
    if at >= len(page.lines):
        return
    article.title = page.lines[at].text
    page.mark(at, at + 1)
    n = at + 1
    names: dict[str, tuple[str, ...]] = {}
    while n < end and not page.is_heading(n) and _looks_like_names(page.lines[n].text, end - n):
        names.update(_names(page.lines[n].text))
        page.mark(n, n + 1)
        n += 1
    for k in range(n, end):
        text = page.lines[k].text
        byline = _BYLINE.match(text)
        if byline:
            article.journal = article.journal or byline["journal"].strip()
            names = names or {byline["author"].strip(): ()}
        elif not (text == article.title or _TYPE.match(text) or page.index("Affiliations") is not None):
            continue
        page.mark(k, k + 1)
    places = dict(_places(page.block("Affiliations")))
    article.authors = tuple(
        Author(name=name, affiliations=tuple(places[mark] for mark in marks if mark in places))
        for name, marks in names.items()
    )


def _looks_like_names(text: str, lines_left: int) -> bool:
    """Whether a line holds authors: names apart by commas, or one name of a list that goes on."""
    if text.endswith(".") or _TYPE.match(text) or _BYLINE.match(text) or lines_left < 2:
        return False
    return (
        ", " in text
        or text.endswith(",")
        or re.fullmatch(r"(?:[^\W\d_][\w.'’-]* ){1,4}[\w.'’-]+\s*[\d\s]*", text) is not None
    )


def _names(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name of a list of authors with the numbers of its affiliations, `Ada Lund1 2`."""
    for part in re.sub(r"(?<=\d)\s*,\s*(?=\d)", " ", text).split(","):
        name = " ".join(re.sub(r"[\d*#†‡§¶⁰-⁹¹²³]+", " ", part).split())
        if name:
            yield name, tuple(re.findall(r"\d+", part))


def _places(lines: list[Line]) -> Iterator[tuple[str, str]]:
    """Yield number and text of each affiliation, `1 North Hospital, Bergen.`."""
    for text in items(lines):
        if match := re.match(r"(\d+)[.)]?\s*(\S.*)", text):
            yield match[1], match[2]


def _from_meta(data: bytes, article: Article) -> None:
    """Fill what the visible page lacks from the citation that the page's head states."""
    if not is_html(data):
        return
    article.pmid = article.pmid or next((v for v in meta_values(data, "citation_pmid") if v.isdigit()), None)
    article.doi = article.doi or next(iter(meta_values(data, "citation_doi")), None)
    article.journal = article.journal or next(iter(meta_values(data, "citation_journal_title")), None)
    if not article.authors:
        names = [name.strip() for value in meta_values(data, "citation_authors") for name in value.split(";")]
        article.authors = tuple(Author(name=name) for name in names if name)


def _below(page: Page, article: Article) -> tuple[Abstract, ...]:
    """Read the abstract with its labels and keywords; return what else is said in sections."""
    paragraphs: list[Abstract] = []
    for line in page.block("Abstract"):
        if keywords := _KEYWORDS.match(line.text):
            article.keywords = tuple(word.strip() for word in keywords["words"].rstrip(".").split(";") if word.strip())
        elif re.match(r"(?:Copyright )?©", line.text):
            continue
        elif label := _LABEL.match(line.text):
            paragraphs.append(Abstract(text=label["text"], label=label["label"]))
        else:
            paragraphs.append(Abstract(text=line.text))
    article.abstract = tuple(paragraphs)
    sections = []
    if statement := joined(page.block("Conflict of interest statement")):
        sections.append(Abstract(text=statement, label="Conflict of interest statement"))
    if retraction := joined(page.block("Retraction in")):
        sections.append(Abstract(text=retraction, label="Retraction in"))
    sections.extend(_figures(page.block("Figures")))
    return tuple(sections)


def _figures(lines: list[Line]) -> list[Abstract]:
    """Return the legends: `Fig. 1` (printed twice by the site), then the text."""
    found: list[Abstract] = []
    label: str | None = None
    for line in lines:
        if re.fullmatch(r"(?:Fig(?:ure)?\.?|Table|Scheme)\s*\d+\.?", line.text, re.IGNORECASE):
            label = line.text
        elif line.text not in {part.text for part in found}:
            found.append(Abstract(text=line.text, label=label))
    return found


def _recognises(name: str, head: bytes) -> bool:
    lines = [line.strip() for line in head_text(head).splitlines()]
    folded = {line.casefold() for line in lines}
    cited = any(_CITATION.match(line) and len(line) < 400 for line in lines)
    return (
        cited
        and "abstract" in folded
        and (
            "pubmed disclaimer" in folded
            or "mesh terms" in folded
            or any(_PMID.match(line) for line in lines)
            or has_html_marker(head, rb"pubmed")
        )
    )


READER: Final = Reader(kind=KIND, version="1", licence=TERMS, recognises=_recognises, split=whole(KIND), decode=decode)
