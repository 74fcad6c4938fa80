"""The registry's CSV exports: every column has its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kg.record import Document, RawDocument, Reject
from kg.record.protocol import Location

Decoded = Callable[..., list[Document]]


def test_today_s_export_is_lifted(samples: dict[str, Path], decoded: Decoded) -> None:
    """A quoted cell may hold a line end, a name may hold a bar."""
    study = decoded(samples["ctgov-csv"])[0].study
    section = study.protocol_section
    assert section.description_module.brief_summary == 'Two lines,\none cell with "quotes"'
    assert [(i.type, i.name) for i in section.arms_interventions_module.interventions] == [
        ("BIOLOGICAL", "Donor lymphocytes"),
        ("DRUG", "Azacitidine|75 mg"),
    ]
    assert [(o.measure, o.time_frame) for o in section.outcomes_module.primary_outcomes] == [
        ("Overall survival (OS, all causes)", "From infusion until death, up to 2 years"),
        ("Relapse", "1 year"),
    ]
    assert section.outcomes_module.secondary_outcomes[0].measure == "Chimerism"
    assert section.design_module.phases == ("PHASE1", "PHASE2")
    design = section.design_module.design_info
    assert design is not None
    assert design.masking_info is not None
    assert design.masking_info.who_masked == ("PARTICIPANT", "INVESTIGATOR")
    assert [s.name for s in section.sponsor_collaborators_module.collaborators] == [
        "Example Institute",
        "Example Pharma",
    ]
    assert section.eligibility_module.std_ages == ("CHILD", "ADULT")
    dates = section.status_module
    assert dates.completion_date_struct is not None
    assert dates.completion_date_struct.date == "2024"
    assert study.has_results is True


def test_the_classic_export_is_lifted(samples: dict[str, Path], decoded: Decoded) -> None:
    """Words become codes, outcomes have no role, sponsors share a cell with their classes."""
    (document,) = decoded(samples["ctgov-csv"].with_name("ctgov-csv-classic.csv"))
    assert document.unknown_paths == ()
    assert document.version_date == "2022-06-01"
    section = document.study.protocol_section
    assert section.status_module.overall_status == "ACTIVE_NOT_RECRUITING"
    assert section.design_module.enrollment_info is not None
    assert section.design_module.enrollment_info.count == 1020
    assert [o.measure for o in document.additions.outcomes] == ["Pain, by scale", "Walking"]
    sponsors = section.sponsor_collaborators_module
    assert sponsors.lead_sponsor is not None
    assert [(s.name, s.agency_class) for s in (sponsors.lead_sponsor, *sponsors.collaborators)] == [
        ("Example Hospital", "OTHER"),
        ("Example Pharma", "INDUSTRY"),
    ]
    eligibility = section.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("18 Years", "65 Years")
    assert eligibility.std_ages == ("ADULT",)
    identification = section.identification_module
    assert identification.org_study_id_info is not None
    assert identification.org_study_id_info.id == "OWN-4"
    assert [info.id for info in identification.secondary_id_infos] == ["2020-000004-44"]
    assert section.contacts_locations_module.locations == (
        Location(
            facility="Example Clinic, Orthopaedics", city="Boston", state="Massachusetts", country="United States"
        ),
        Location(facility="Seoul Example", city="Seoul", country="Korea, Republic of"),
    )
    assert document.study.document_section is not None
    assert document.study.document_section.large_document_module is not None
    (file,) = document.study.document_section.large_document_module.large_docs
    assert (file.label, file.filename) == ("Study Protocol", "Prot_000.pdf")


@pytest.mark.parametrize(
    ("age", "limits", "groups"),
    [
        ("18 Years and older \xa0 (Adult, Older Adult)", ("18 Years", None), ("ADULT", "OLDER_ADULT")),
        ("up to 17 Years \xa0 (Child)", (None, "17 Years"), ("CHILD",)),
        ("Child, Adult, Older Adult", (None, None), ("CHILD", "ADULT", "OLDER_ADULT")),
        ("6 Months to 2 Years \xa0 (Child)", ("6 Months", "2 Years"), ("CHILD",)),
    ],
)
def test_ages_of_the_classic_export(
    age: str,
    limits: tuple[str | None, str | None],
    groups: tuple[str, ...],
    cut: Callable[[str, bytes], list[RawDocument | Reject]],
) -> None:
    """Limits with the classes that follow from them."""
    from kg.sources import decode

    (row,) = cut("ctgov-csv", f'NCT Number,Title,Status,Age\nNCT90000001,a,Completed,"{age}"\n'.encode())
    assert isinstance(row, RawDocument)
    eligibility = decode(row).study.protocol_section.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age) == limits
    assert eligibility.std_ages == groups


def test_a_damaged_row_does_not_take_the_next_with_it(cut: Callable[[str, bytes], list[RawDocument | Reject]]) -> None:
    """An open quote, a cell too many, a byte that is no UTF-8: one reject each, with its line."""
    data = (
        b"NCT Number,Title,Status\n"
        b"NCT90000001,fine,Completed\n"
        b"NCT90000002,one,two,three\n"
        b"NCT90000003,\xff,Completed\n"
        b'NCT90000004,"never closed,Completed\n'
        b"NCT90000005,fine too,Completed\n"
    )
    found = cut("ctgov-csv", data)
    assert [(item.position.line, isinstance(item, Reject)) for item in found] == [
        (2, False),
        (3, True),
        (4, True),
        (5, True),
        (6, False),
    ]
    reasons = [item.reason for item in found if isinstance(item, Reject)]
    assert "4 cells and the table 3 columns" in reasons[0]
    assert "not UTF-8" in reasons[1]
    assert "never closed" in reasons[2]


def test_a_new_column_is_reported(cut: Callable[[str, bytes], list[RawDocument | Reject]]) -> None:
    """What the export adds tomorrow is not lost in silence."""
    from kg.sources import decode

    (row,) = cut("ctgov-csv", b"NCT Number,Title,Status,Colour\nNCT90000001,a,Completed,green\n")
    assert isinstance(row, RawDocument)
    assert decode(row).unknown_paths == ("Colour",)


def test_every_row_of_both_exports_is_read_with_nothing_unknown(shared: Path, decoded: Decoded) -> None:
    """245 rows of today's export and 285 of the classic one."""
    today = decoded(shared / "data" / "ctgov-csv" / "ctg-studies.csv")
    classic = decoded(shared / "data" / "ctgov-csv" / "classic-search-results.csv")
    assert (len(today), len(classic)) == (245, 285)
    assert {path for document in today + classic for path in document.unknown_paths} == set()
    assert all(document.study.protocol_section.outcomes_module.primary_outcomes for document in today)
