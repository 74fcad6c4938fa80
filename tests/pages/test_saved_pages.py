"""Saved pages: everything stated is in the record, furniture is not, and HTML reads like text."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kg.errors import RecordError
from kg.record import Document, Position, RawDocument
from kg.record.study import Author
from kg.sources import decode, read
from kg.sources.html_text import text_of_html
from kg.sources.recognise import recognise

FIXTURES = Path(__file__).with_name("fixtures")
KINDS = ("medpath", "meddatax", "clinconnect", "registry-text", "pubmed")


def document(path: Path) -> Document:
    (raw,) = read([path])
    assert isinstance(raw, RawDocument)
    found = decode(raw)
    assert found.unknown_paths == ()
    return found


def page(name: str) -> Document:
    return document(FIXTURES / name)


def everything(found: Document) -> str:
    return msgspec.json.encode((found.study, found.additions)).decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["txt", "html"])
def test_a_page_is_recognised_by_its_content_alone(kind: str, ending: str) -> None:
    head = (FIXTURES / f"{kind}.{ending}").read_bytes()
    reader = recognise(f"a.{ending}", head)
    assert reader is not None
    assert reader.kind == ("pubmed-page" if kind == "pubmed" else kind)


@pytest.mark.parametrize("kind", ["medpath", "meddatax", "clinconnect", "registry-text"])
def test_saved_html_and_saved_text_of_a_page_are_one_record(kind: str) -> None:
    text, html = page(f"{kind}.txt"), page(f"{kind}.html")
    assert html.study == text.study
    assert html.id == text.id or kind == "clinconnect"
    assert html.additions.identifiers == text.additions.identifiers
    assert html.additions.outcomes == text.additions.outcomes


@pytest.mark.parametrize("kind", ["medpath", "meddatax", "clinconnect", "registry-text"])
def test_menus_above_the_title_and_the_foot_of_a_page_are_furniture(kind: str) -> None:
    """A site's menu may hold the very words that head the sections of its pages."""
    plain = (FIXTURES / f"{kind}.html").read_text(encoding="utf-8")
    title = page(f"{kind}.txt").study.protocol_section.identification_module.brief_title or ""
    menu = (
        "<div><div>Trials</div><div>Conditions</div><div>Interventions</div><div>Sponsors</div><div>Status</div></div>"
    )
    body = plain.replace("<body>", f"<body>{menu}", 1).replace("</body>", "<footer><p>Imprint</p></footer></body>")
    for tag in ("p", "div"):
        body = body.replace(f"<{tag}>{title}</{tag}>", f"<h1>{title}</h1>", 1)
    found = decode(RawDocument(body.encode(), kind, Position("x")))
    assert found.study == page(f"{kind}.html").study
    assert found.unknown_paths == ()


def test_a_button_that_opens_a_section_is_its_heading() -> None:
    plain = (FIXTURES / "medpath.html").read_text(encoding="utf-8")
    body = plain.replace("<h3>Exclusion Criteria</h3>", '<button aria-expanded="true">Exclusion Criteria</button>')
    body = body.replace("<h2>Brief Summary</h2>", "<h2><button>Brief Summary</button></h2><button>Translate</button>")
    assert body != plain
    found = decode(RawDocument(body.encode(), "medpath", Position("x")))
    assert found.study == page("medpath.html").study


@pytest.mark.parametrize("kind", ["medpath", "meddatax", "clinconnect", "registry-text"])
def test_text_with_tabs_between_cells_reads_like_the_page(kind: str) -> None:
    """Some browsers save the cells of a table row apart by tabs."""
    text = text_of_html((FIXTURES / f"{kind}.html").read_bytes())
    assert ("\t" in text) == (kind == "medpath")
    assert decode(RawDocument(text.encode(), kind, Position("x"))).study == page(f"{kind}.html").study


def test_medpath_states_all_of_it() -> None:
    protocol = page("medpath.txt").study.protocol_section
    assert protocol.identification_module.nct_id == "NCT90000011"
    assert protocol.design_module.phases == ("PHASE1", "PHASE2")
    assert protocol.status_module.overall_status == "NOT_YET_RECRUITING"
    assert protocol.conditions_module.conditions == ("Glioblastoma", "Anaplastic Glioma")
    assert protocol.design_module.enrollment_info is not None
    assert protocol.design_module.enrollment_info.count == 1024
    assert protocol.design_module.design_info is not None
    assert protocol.design_module.design_info.intervention_model == "PARALLEL"
    assert protocol.description_module.brief_summary == (
        "Cells of a healthy donor are given into the cavity that surgery leaves.\n\n"
        "The trial asks how many of them are safe."
    )
    assert protocol.description_module.detailed_description is None
    places = [(s.facility, s.city, s.state, s.country) for s in protocol.contacts_locations_module.locations]
    assert places == [
        ("Hill Street Hospital", "Odense", None, "Denmark"),
        ("Lake Clinic", "Madison", "Wisconsin", "United States"),
    ]


def test_medpath_rows_whose_cells_ran_together_are_told_apart() -> None:
    protocol = page("medpath.txt").study.protocol_section
    arms = protocol.arms_interventions_module
    assert [(a.label, a.description, a.intervention_names) for a in arms.arm_groups] == [
        (
            "Cells and drug",
            "Both are given on the same day.",
            ("Biological: gamma delta T cells", "Drug: Temozolomide"),
        ),
        ("Drug alone", None, ("Drug: Temozolomide",)),
    ]
    assert [(i.type, i.name, i.arm_group_labels) for i in arms.interventions] == [
        ("BIOLOGICAL", "gamma delta T cells", ("Cells and drug",)),
        ("DRUG", "Temozolomide", ("Cells and drug", "Drug alone")),
    ]
    primary = [(o.measure, o.time_frame, o.description) for o in protocol.outcomes_module.primary_outcomes]
    assert primary == [
        ("Dose limiting toxicity", "Up to 28 days", "Counted as grade 3 or worse, by day28 of each course."),
        ("Survival at one year (OS)", "12 months", None),
    ]
    assert protocol.outcomes_module.secondary_outcomes[0].time_frame == "Day 7, 14 and 28"


def test_medpath_criteria_keep_who_they_are_about() -> None:
    criteria = page("medpath.txt").study.protocol_section.eligibility_module.eligibility_criteria
    assert criteria == (
        "Inclusion Criteria:\n\nRecipients:\n\n* surgery within 28 days\n* age 18 years or more\n\n"
        "Donors:\n\n* healthy adult\n\nExclusion Criteria:\n\n* steroids above 4 mg a day"
    )


def test_hidden_parts_of_a_page_are_not_read() -> None:
    assert "Completed" not in everything(page("medpath.html"))
    assert "Phase 4" not in everything(page("medpath.html"))


def test_meddatax_states_all_of_it() -> None:
    found = page("meddatax.txt")
    protocol = found.study.protocol_section
    assert found.version_date == "2024-03-09"
    assert found.study.has_results is False
    assert found.additions.countries == ("France", "Norway")
    status = protocol.status_module
    assert status.start_date_struct is not None
    assert status.start_date_struct.date == "2022-05"
    assert status.completion_date_struct is not None
    assert status.completion_date_struct.date == "2027-11-30"
    assert protocol.design_module.phases == ("PHASE1", "PHASE2")
    module = protocol.identification_module
    assert module.org_study_id_info is not None
    assert module.org_study_id_info.id == "NH-77"
    assert [(s.id, s.type) for s in module.secondary_id_infos] == [("2021-003333-12", "EUDRACT_NUMBER")]
    sponsors = protocol.sponsor_collaborators_module
    assert sponsors.lead_sponsor is not None
    assert (sponsors.lead_sponsor.name, sponsors.lead_sponsor.agency_class) == ("North Hospital", "OTHER")
    assert [(s.name, s.agency_class) for s in sponsors.collaborators] == [("Cell Company", "INDUSTRY")]
    assert sponsors.responsible_party is not None
    assert sponsors.responsible_party.investigator_full_name == "Ada Lund"
    eligibility = protocol.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age, eligibility.sex) == ("16 Years", None, "FEMALE")
    assert eligibility.healthy_volunteers is False
    officials = protocol.contacts_locations_module.overall_officials
    assert [(o.name, o.role, o.affiliation) for o in officials] == [
        ("Ada Lund, MD", "PRINCIPAL_INVESTIGATOR", "North Hospital"),
        ("Bo Berg", "STUDY_DIRECTOR", "Cell Company"),
    ]
    sites = protocol.contacts_locations_module.locations
    assert [(s.facility, s.city, s.state, s.country, s.status) for s in sites] == [
        ("North Hospital", "Bergen", None, "Norway", "RECRUITING"),
        ("South Clinic", "Lyon", "Rhône", "France", None),
    ]


def test_meddatax_arms_hold_their_own_interventions() -> None:
    arms = page("meddatax.txt").study.protocol_section.arms_interventions_module
    assert [(a.label, a.type, a.description, a.intervention_names) for a in arms.arm_groups] == [
        (
            "Cells",
            "EXPERIMENTAL",
            "Donor lymphocytes in three portions\n\nGiven over half a year.",
            ("Biological: donor lymphocytes", "Drug: tacrolimus"),
        ),
        ("Watching", "NO_INTERVENTION", None, ()),
    ]
    assert [(i.name, i.type, i.description, i.other_names) for i in arms.interventions] == [
        ("donor lymphocytes", "BIOLOGICAL", "Taken from the donor by apheresis.\n\nKept frozen.", ()),
        ("tacrolimus", "DRUG", "Stopped before the first portion.", ("FK506", "Prograf")),
    ]


def test_meddatax_taglines_and_related_trials_are_furniture() -> None:
    text = everything(page("meddatax.txt"))
    for furniture in ("Get a short view", "Dive into", "in the sponsor's words", "NCT90000099", "Something Else"):
        assert furniture not in text


def test_clinconnect_states_all_of_it() -> None:
    found = page("clinconnect.txt")
    protocol = found.study.protocol_section
    assert found.additions.launch_date == "2021-02-03"
    assert found.version_date == "2024-03-01"
    assert protocol.status_module.overall_status == "ACTIVE_NOT_RECRUITING"
    assert protocol.status_module.study_first_submit_date == "2021-01-20"
    assert protocol.status_module.completion_date_struct is not None
    assert protocol.status_module.completion_date_struct.date == "2026-12-31"
    assert protocol.conditions_module.keywords == ("Islets", "Encapsulated Cells")
    assert protocol.eligibility_module.sex == "FEMALE"
    assert protocol.eligibility_module.eligibility_criteria == (
        "Inclusion Criteria:\n\n* diabetes of type 1 for five years\n* one of these:\n  * frequent lows\n"
        "  * lows without warning\n\nFurther conditions:\n\n* signed consent\n\n"
        "Exclusion Criteria:\n\n* a graft before"
    )
    sites = protocol.contacts_locations_module.locations
    assert [(s.city, s.state, s.country) for s in sites] == [
        ("Porto", None, "Portugal"),
        ("Austin", "Texas", "United States"),
    ]
    (official,) = protocol.contacts_locations_module.overall_officials
    assert (official.name, official.affiliation) == ("R. Alves", "Department of Endocrinology")


def test_clinconnect_contacts_praise_and_similar_trials_are_furniture() -> None:
    text = everything(page("clinconnect.txt"))
    for furniture in ("Somebody", "Dermatology", "praised", "Another Trial"):
        assert furniture not in text


@pytest.mark.parametrize("between", [" • ", " | ", "\n", "\n\n"])
def test_clinconnect_launch_date_may_stand_in_a_line_of_its_own(between: str) -> None:
    text = (FIXTURES / "clinconnect.txt").read_text(encoding="utf-8").replace(" · ", between, 1)
    found = decode(RawDocument(text.encode(), "clinconnect", Position("x")))
    assert found.additions.launch_date == "2021-02-03"
    assert found.study == page("clinconnect.txt").study
    assert found.unknown_paths == ()


def test_registry_text_is_told_apart_without_headings() -> None:
    found = page("registry-text.txt")
    protocol = found.study.protocol_section
    assert protocol.conditions_module.conditions == ("Cirrhosis", "Fibrosis of the Liver")
    interventions = protocol.arms_interventions_module.interventions
    assert [(i.type, i.name) for i in interventions] == [("BIOLOGICAL", "own macrophages"), ("OTHER", "usual care")]
    assert [(o.measure, o.description, o.time_frame) for o in found.additions.outcomes] == [
        ("Stiffness of the liver", "measured with elastography (kPa, mean)", "Day 0, 30, 90"),
        ("Deaths", "counted from all causes", "up to 1 year"),
        ("Quality of life", None, "90 days"),
    ]
    assert protocol.description_module.detailed_description is None
    summary = protocol.description_module.brief_summary or ""
    assert summary.startswith("Macrophages grown")
    assert summary.endswith("after 90 days.")


def test_pubmed_page_is_an_article_that_reports_a_trial() -> None:
    found = page("pubmed.txt")
    article = found.additions.article
    assert article is not None
    assert found.describes_trial
    assert (article.journal, article.issue, article.date) == ("Ann Invented Joints", "7(2):101-9", "2019-03")
    assert article.doi == "10.5555/fixture.77"
    assert [part.label for part in article.abstract] == ["Background", "Methods", "Results", "Trial registration"]
    assert article.keywords == ("knee", "stromal cells")
    assert article.publication_types == ("Randomized Controlled Trial", "Multicenter Study")
    assert article.mesh_terms == ("Adult", "Knee Joint")
    assert [(i.value, i.role) for i in found.additions.identifiers] == [("NCT90000013", "databank")]
    design = found.study.protocol_section.design_module
    assert design.phases == ("PHASE2",)
    assert "Another article" not in everything(found)


def test_pubmed_html_gives_authors_pmid_and_powers() -> None:
    article = page("pubmed.html").additions.article
    assert article is not None
    assert article.pmid == "90000001"
    assert article.authors == (Author("Ines Duarte", ("Joint Institute, Coimbra.",)), Author("Paul Meyer"))
    assert article.abstract[1].text == "Forty adults received 10^7 cells or saline."


PUBMED_MARKUP = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Cells - PubMed</title>
<meta name="citation_journal_title" content="J Inv Cells"><meta name="citation_pmid" content="90000004"></head><body>
<div class="article-citation"><div class="publication-type">Clinical Trial, Phase I</div><div class="article-source">
<div class="dropdown"><button aria-haspopup="true">J Inv Cells</button><div class="title">Actions</div></div>
<span class="period">. </span><span class="cit">2022 May;3(2):40-8.</span></div>
<span class="citation-doi"> doi: 10.5555/cells.4.</span></div>
<h1 class="heading-title">Cells for the retina</h1>
<div class="authors-list"><span><a>Ada Lund</a><sup><a>1</a></sup><span>,&nbsp;</span></span>
<span><a>Bo Berg</a><sup><a>1</a><span>&nbsp;</span><a>2</a></sup></span></div>
<h3>Affiliations</h3><ul><li><sup>1</sup> North Hospital, Bergen.</li><li><sup>2</sup> South Clinic, Lyon.</li></ul>
<ul class="identifiers"><li><span><span>PMID:</span> <strong>90000004</strong></span></li>
<li><span><span>DOI:</span> <a>10.5555/cells.4</a></span></li></ul>
<div id="abstract"><h2>Abstract</h2><p><strong>Results: </strong>Of 8 eyes, 5 saw more.</p>
<p><strong>Keywords: </strong>retina.</p><p class="copyright">© 2022. Somebody.</p></div>
<h2>Publication types</h2><ul><li><div><button aria-haspopup="true">Clinical Trial, Phase I</button>
<div>Actions</div><ul><li><a>Search in PubMed</a></li><li><a>Add to Search</a></li></ul></div></li></ul>
<h2>MeSH terms</h2><ul><li><div><button aria-haspopup="true">Retina* / cytology</button>
<div>Actions</div></div></li></ul>
</body></html>"""


def test_pubmed_markup_with_menus_on_words_gives_authors_places_and_headings() -> None:
    found = decode(RawDocument(PUBMED_MARKUP.encode(), "pubmed-page", Position("x")))
    article = found.additions.article
    assert article is not None
    assert (found.id, article.title, article.journal) == ("90000004", "Cells for the retina", "J Inv Cells")
    assert (article.date, article.issue, article.doi) == ("2022-05", "3(2):40-8", "10.5555/cells.4")
    assert article.authors == (
        Author("Ada Lund", ("North Hospital, Bergen.",)),
        Author("Bo Berg", ("North Hospital, Bergen.", "South Clinic, Lyon.")),
    )
    assert [part.text for part in article.abstract] == ["Of 8 eyes, 5 saw more."]
    assert article.publication_types == ("Clinical Trial, Phase I",)
    assert article.mesh_terms == ("Retina",)
    assert found.unknown_paths == ()


def test_a_line_that_no_field_takes_is_reported() -> None:
    data = (FIXTURES / "medpath.txt").read_bytes().replace(b"MedPath\n\nStored", b"MedPath\n\nA slogan\n\nStored", 1)
    found = decode(RawDocument(data + b"\nA strange line\n", "medpath", Position("x")))
    assert found.unknown_paths
    assert all(path.startswith("line ") for path in found.unknown_paths)


@pytest.mark.parametrize("kind", [*KINDS[:4], "pubmed-page"])
@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"\xff\xfe\x00", b"\x80abc", b"<html><body></body></html>", b"<html", b"\0\0\0", b"no page at all"],
)
def test_what_is_no_page_is_refused_with_a_sentence(kind: str, data: bytes) -> None:
    with pytest.raises(RecordError, match=r"^[A-Z].+\w"):
        decode(RawDocument(data, kind, Position("x")))


def test_control_characters_of_a_foreign_encoding_are_refused() -> None:
    data = (FIXTURES / "medpath.txt").read_text(encoding="utf-8").replace("Odense", "Od\x8fnse")
    with pytest.raises(RecordError, match=r"U\+008F"):
        decode(RawDocument(data.encode(), "medpath", Position("x")))


def test_a_page_that_declares_another_encoding_is_read_in_it() -> None:
    data = (FIXTURES / "medpath.html").read_text(encoding="utf-8").replace("utf-8", "iso-8859-1")
    data = data.replace("\U0001f1e9\U0001f1f0", "").replace("\U0001f1fa\U0001f1f8", "").replace("Hill", "Höll")
    found = decode(RawDocument(data.encode("iso-8859-1"), "medpath", Position("x")))
    sponsor = found.study.protocol_section.sponsor_collaborators_module.lead_sponsor
    assert sponsor is not None
    assert sponsor.name == "Höll Street Hospital"


@pytest.mark.parametrize(
    ("kind", "name", "present", "absent"),
    [
        (
            "medpath",
            "medpath-NCT05272293.txt",
            ("NCT05272293", "30 days after every a course of NK immunotherapy", "haploidentical family donor", "Minsk"),
            ("Copyright", "MedPath"),
        ),
        (
            "meddatax",
            "meddatax-NCT03597321.txt",
            ("ELIT-AML01-IPC 2017-006", "2028-05-31", "Raynier Devillier", "Bouches Du Rhône", "NO_INTERVENTION"),
            ("NCT05506956", "Flotetuzumab", "Review the", "Dive into", "Learn about", "Explore where"),
        ),
        (
            "clinconnect",
            "clinconnect-nk-aml-radboud.txt",
            ("2020-04-14", "RADBOUD UNIVERSITY MEDICAL CENTER", "N.P.M. Schaap", "Nijmegen", "Hydrea"),
            ("Jennifer", "Cobb", "NIAID", "leading academic"),
        ),
        (
            "registry-text",
            "registry-text-lenalidomide-nk.txt",
            ("Realization of 3 Blood samples", "Time from inclusion (Day 0) until Day 28", "Myelodysplasic"),
            (),
        ),
        (
            "pubmed-page",
            "pubmed-allogeneic-nk-aml.txt",
            (
                "10.1186/s12885-023-11610-x",
                "23(1):1090",
                "2023-11-10",
                "BMC Cancer",
                "Of 9 evaluable patients",
                "PHASE1",
            ),
            ("Federal government", "Juliusson", "Döhner"),
        ),
    ],
)
def test_the_founding_documents(
    shared: Path, kind: str, name: str, present: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    found = document(shared / "data" / "pages" / name)
    assert found.kind == kind
    text = everything(found)
    for words in present:
        assert words in text
    for words in absent:
        assert words not in text


def words_of(text: str) -> list[str]:
    return [word for word in text.replace("\t", " ").split() if any(c.isalnum() for c in word)]


@pytest.mark.parametrize(
    "name", ["medpath-NCT05272293.txt", "meddatax-NCT03597321.txt", "registry-text-lenalidomide-nk.txt"]
)
def test_no_sentence_of_a_founding_document_is_lost(shared: Path, name: str) -> None:
    """Every long line of the page is in the record, but for the site's own sentences."""
    path = shared / "data" / "pages" / name
    found = document(path)
    record = "".join(everything(found).replace("\\n", "").split())
    furniture = ("Get a", "Review ", "Dive ", "See the", "Understand", "Learn", "Check the", "Meet the", "Identify",
                 "Explore", "Additional", "The study team", "GroupIntervention", "NameTime")  # fmt: skip
    lost: list[Any] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip().lstrip("•* ").strip()
        if (
            len(text) > 60
            and not text.startswith(furniture)
            and "".join(text.split()).replace('"', '\\"') not in record
        ):
            lost.append(text)
    table_rows = [
        text
        for text in lost
        if not text.startswith(("Objective", "Number of", "Duration of", "expanded", "Evaluation", "cyto", "PROCEDURE"))
    ]
    assert table_rows == []
