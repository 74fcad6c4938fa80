"""PubMed XML and MEDLINE: nothing lost, trials told from other articles, hostile input refused."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from kg.errors import RecordError
from kg.record import Document, Position, RawDocument, Reject
from kg.record.study import Abstract, Article, StatedIdentifier
from kg.sources import decode, read
from kg.sources.article import registrations, reports_trial
from kg.sources.recognise import recognise

FIXTURES = Path(__file__).with_name("fixtures")


def documents(*paths: Path) -> list[Document]:
    found = []
    for raw in read(paths):
        assert isinstance(raw, RawDocument), raw
        found.append(decode(raw))
    return found


def article(**fields: object) -> Article:
    return Article(title="A title", **fields)  # type: ignore[arg-type]


def test_xml_and_medline_of_the_same_articles_are_the_same_records() -> None:
    xml, nbib = documents(FIXTURES / "articles.xml"), documents(FIXTURES / "articles.nbib")
    assert [d.id for d in xml] == ["90000002", "90000003"]
    assert [(d.study, d.additions, d.version_date) for d in nbib] == [
        (d.study, d.additions, d.version_date) for d in xml
    ]


def test_every_value_of_an_article_is_in_its_place() -> None:
    found = documents(FIXTURES / "articles.xml")[0]
    expected = Article(
        title="NK cells with ex vivo growth: a phase 1/2 trial.",
        journal="Journal of Invented Cells",
        issue="12(3):20-9",
        date="2020-06-05",
        doi="10.5555/cells.2",
        pmid="90000002",
        authors=found.additions.article.authors if found.additions.article else (),
        abstract=(
            Abstract("Nine adults were treated with 5 × 10^6 CD56+ cells/kg.", "METHODS"),
            Abstract("Of 9 adults, 4 had a complete remission.", "RESULTS"),
        ),
        keywords=("growth",),
        mesh_terms=("Humans", "Killer Cells, Natural", "Killer Cells, Natural/transplantation"),
        publication_types=("Journal Article", "Clinical Trial, Phase I"),
        language="eng",
        reports_trial=True,
    )
    assert found.additions.article == expected
    assert [(a.name, a.affiliations) for a in expected.authors] == [
        ("Ada Lund", ("North Hospital, Bergen.",)),
        ("Cell Study Group", ()),
    ]
    assert found.version_date == "2024-02-07"
    assert found.study.protocol_section.design_module.phases == ("PHASE1", "PHASE2")


def test_a_review_is_a_publication_and_no_trial() -> None:
    review = documents(FIXTURES / "articles.xml")[1]
    assert not review.describes_trial
    assert review.study.protocol_section.identification_module.brief_title is None
    assert [i.value for i in review.additions.identifiers] == ["NCT90000015", "NCT90000016"]
    assert review.additions.article is not None
    assert review.additions.article.title == "What is known of trials with islets."
    assert review.additions.article.date == "1998"


TOLD = (Abstract("Forty patients were enrolled and treated with cells; 12 of 40 responded."),)


@pytest.mark.parametrize(
    ("fields", "numbers", "expected"),
    [
        ({"publication_types": ("Randomized Controlled Trial",), "abstract": TOLD}, 0, True),
        ({"publication_types": ("Clinical Trial, Phase II",), "abstract": TOLD}, 0, True),
        ({"publication_types": ("Clinical Trial",), "abstract": ()}, 0, False),
        ({"publication_types": ("Clinical Trial Protocol", "Randomized Controlled Trial"), "abstract": TOLD}, 0, False),
        ({"publication_types": ("Clinical Trial", "Review"), "abstract": TOLD}, 1, False),
        ({"publication_types": ("Journal Article",), "abstract": TOLD}, 0, False),
        ({"publication_types": ("Journal Article",), "abstract": TOLD}, 1, True),
        ({"publication_types": ("Journal Article",), "abstract": TOLD}, 2, False),
        ({"publication_types": ("Editorial",), "abstract": TOLD}, 1, False),
        ({"abstract": (Abstract(f"In this phase I trial, {TOLD[0].text}"),)}, 0, True),
        ({"abstract": (Abstract("In this randomized trial patients will be enrolled; 40 patients."),)}, 1, False),
        ({"abstract": (Abstract(f"This retrospective look at a phase I trial: {TOLD[0].text}"),)}, 1, False),
        ({"publication_types": ("Clinical Trial",), "mesh_terms": ("Animals",), "abstract": TOLD}, 0, False),
    ],
)
def test_an_article_reports_a_trial_only_with_results_of_its_own(
    fields: dict[str, object], numbers: int, expected: bool
) -> None:
    cited = tuple(StatedIdentifier("ClinicalTrials.gov", f"NCT9000000{n}", "databank") for n in range(numbers))
    assert reports_trial(article(**fields), cited) is expected


def test_a_registration_in_the_abstract_is_read_and_a_mention_is_not() -> None:
    abstract = (
        Abstract("NCT90000001", "Trial registration"),
        Abstract("This trial is registered at ClinicalTrials.gov (NCT90000002). It follows NCT90000003."),
        Abstract("In contrast to what others had seen in the earlier cohort of patients with AML, NCT90000004 failed."),
    )
    known = (StatedIdentifier("ClinicalTrials.gov", "NCT90000001", "databank"),)
    found = registrations(abstract, known)
    assert [(i.value, i.role) for i in found[:2]] == [("NCT90000001", "databank"), ("NCT90000002", "secondary")]
    assert "NCT90000004" not in {i.value for i in found}


def test_a_book_chapter_in_a_set_is_a_reject_and_the_articles_are_read(tmp_path: Path) -> None:
    text = (FIXTURES / "articles.xml").read_text(encoding="utf-8")
    book = "<PubmedBookArticle><BookDocument><PMID>1</PMID></BookDocument></PubmedBookArticle></PubmedArticleSet>"
    (tmp_path / "a.xml").write_text(text.replace("</PubmedArticleSet>", book), encoding="utf-8")
    items = list(read([tmp_path]))
    assert [isinstance(item, Reject) for item in items] == [False, False, True]
    assert isinstance(items[-1], Reject)
    assert "Book chapters" in items[-1].reason


def test_a_truncated_set_loses_only_the_article_that_is_cut(tmp_path: Path) -> None:
    data = (FIXTURES / "articles.xml").read_bytes()
    (tmp_path / "a.xml").write_bytes(data[: data.rindex(b"<Abstract>")])
    items = list(read([tmp_path]))
    assert [type(item).__name__ for item in items] == ["RawDocument", "Reject"]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE PubmedArticleSet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>&b;</ArticleTitle></Article>
</MedlineCitation></PubmedArticle></PubmedArticleSet>"""


def test_entities_are_refused_and_a_doctype_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(BOMB)
    (item,) = read([tmp_path])
    assert isinstance(item, Reject)
    assert "entities" in item.reason
    with pytest.raises(RecordError):
        decode(RawDocument(BOMB, "pubmed-xml", Position("x")))
    assert len(documents(FIXTURES / "articles.xml")) == 2


@pytest.mark.parametrize("kind", ["pubmed-xml", "nbib"])
@pytest.mark.parametrize(
    "data", [b"", b"<", b"<PubmedArticle/>", b"PMID- x\nTI  - y", b"\xff\xff", b"PMID- 1\n??\n", b"{}", b"PMID- 1\0"]
)
def test_what_is_no_article_is_refused_with_a_sentence(kind: str, data: bytes) -> None:
    with pytest.raises(RecordError, match=r"^[A-Z].+\w"):
        decode(RawDocument(data, kind, Position("x")))


def test_a_tag_and_an_element_that_nobody_reads_are_reported() -> None:
    xml = (FIXTURES / "articles.xml").read_bytes()
    begin, end = xml.index(b"<PubmedArticle>"), xml.index(b"</PubmedArticle>") + len(b"</PubmedArticle>")
    record = xml[begin:end].replace(b"<Language>", b"<Mood>good</Mood><Language>", 1)
    found = decode(RawDocument(record, "pubmed-xml", Position("x")))
    assert found.unknown_paths == ("MedlineCitation/Article/Mood",)
    found = decode(RawDocument(b"PMID- 1\nTI  - a\nQQ  - b\n", "nbib", Position("x")))
    assert found.unknown_paths == ("QQ",)


def test_both_are_recognised_by_content() -> None:
    kinds = [recognise("a", (FIXTURES / name).read_bytes()) for name in ("articles.xml", "articles.nbib")]
    assert [reader.kind for reader in kinds if reader] == ["pubmed-xml", "nbib"]


def test_all_real_articles_are_read_without_loss(shared: Path) -> None:
    found = documents(shared / "data" / "pubmed" / "articles.zip")
    assert len(found) == 390
    assert Counter(path for d in found for path in d.unknown_paths) == Counter()
    assert all(d.additions.article and d.additions.article.title and d.additions.article.date for d in found)
    trials = [d for d in found if d.describes_trial]
    assert 100 <= len(trials) <= 150
    with_numbers = [d for d in found if any(i.role == "databank" for i in d.additions.identifiers)]
    assert len(with_numbers) == 96


def test_every_word_of_every_real_abstract_is_kept(shared: Path) -> None:
    """The letters of title and abstract are those of the XML, markup taken off."""
    from lxml import etree

    for raw in read([shared / "data" / "pubmed" / "articles.zip"]):
        assert isinstance(raw, RawDocument)
        root = etree.fromstring(raw.data)
        stated = "".join("".join(e.itertext()) for e in root.iterfind(".//Abstract/AbstractText"))
        found = decode(raw).additions.article
        assert found is not None
        read_back = "".join(part.text for part in found.abstract)
        assert "".join(read_back.split()).replace("^", "") == "".join(stated.split()).replace("^", "")


def test_the_record_can_be_written_and_read_back() -> None:
    for found in documents(FIXTURES / "articles.xml"):
        assert msgspec.json.decode(msgspec.json.encode(found.study), type=type(found.study)) == found.study
