"""Small steps that readers share: dates, phases, text blocks, lists, numbers, outcome cells."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.record.study import StatedIdentifier
from kg.sources import codes, wording
from kg.sources.ignored import ignored, sources
from kg.sources.outcome_cells import outcome, outcomes
from kg.sources.text_blocks import unwrap
from kg.sources.tree import Node, unknown_paths


@pytest.mark.parametrize(
    ("stated", "iso"),
    [
        ("January 2008", "2008-01"),
        ("October 1, 2020", "2020-10-01"),
        ("17 February 2020", "2020-02-17"),
        ("27-Jan-2020", "2020-01-27"),
        ("2023", "2023"),
        ("2023-05", "2023-05"),
        ("2019-01-18T00:00:00+01:00", "2019-01-18"),
        ("2026-03-08 17:24:50", "2026-03-08"),
        ("29/01/2021", "2021-01-29"),
        ("12/2018", "2018-12"),
        ("February 30, 2020", "February 30, 2020"),
        ("2023-02-29", "2023-02-29"),
        ("13/2018", "13/2018"),
        ("soon", "soon"),
        (None, None),
        ("  ", None),
    ],
)
def test_dates_become_iso_as_precise_as_given(stated: str | None, iso: str | None) -> None:
    """What is no date stays as it is, for the mapping to report."""
    assert codes.iso_date(stated) == iso


def test_a_day_that_does_not_exist_is_no_iso_date_of_ours() -> None:
    """The words are kept, and are not taken for a version date of today's month."""
    assert not codes.is_iso_date(codes.iso_date("February 30, 2020"))


@given(st.dates())
def test_every_day_survives_the_registry_s_spelling(day) -> None:  # type: ignore[no-untyped-def]
    """`Month day, year` and ISO are one date, from year 1 to 9999."""
    assert codes.iso_date(f"{day:%B} {day.day}, {day.year:04d}") == day.isoformat()


@given(st.text(max_size=60))
def test_codes_and_dates_take_any_text(text: str) -> None:
    """No text makes them raise."""
    codes.iso_date(text)
    codes.code(text)
    codes.phases(text)
    codes.age(text)


@pytest.mark.parametrize(
    ("stated", "phases"),
    [
        ("Phase 1/Phase 2", ("PHASE1", "PHASE2")),
        ("PHASE1/PHASE2", ("PHASE1", "PHASE2")),
        ("Phase 1|Phase 2", ("PHASE1", "PHASE2")),
        ("Phase 0", ("EARLY_PHASE1",)),
        ("Early Phase 1", ("EARLY_PHASE1",)),
        ("EARLY_PHASE1", ("EARLY_PHASE1",)),
        ("N/A", ("NA",)),
        ("NA", ("NA",)),
        ("Phase III", ("PHASE3",)),
        ("Phase I/II", ("PHASE1", "PHASE2")),
        ("Therapeutic exploratory (Phase II)", ("PHASE2",)),
        ("Therapeutic exploratory (Phase II) and Therapeutic confirmatory (Phase III)", ("PHASE2", "PHASE3")),
        ("Human pharmacology (Phase I) - First administration to humans", ("PHASE1",)),
        ("Phase IV", ("PHASE4",)),
        ("Retrospective study", ()),
        (None, ()),
    ],
)
def test_phases_are_read_in_every_registry_s_words(stated: str | None, phases: tuple[str, ...]) -> None:
    """Phase 1/2 has two."""
    assert codes.phases(stated) == phases


def test_a_wrapped_block_becomes_lines() -> None:
    """Paragraphs, items, items inside, counted items."""
    block = """
        Included are people:

          -  who can
             walk:

               -  alone

               -  with help

          -  over 18

        Then:

         10. ten

               -  below ten
    """
    assert unwrap(block) == (
        "Included are people:\n\n* who can walk:\n\n  * alone\n  * with help\n* over 18\n\nThen:\n\n"
        "10. ten\n\n    * below ten"
    )


@pytest.mark.parametrize("blank", [None, "", "  \n \n"])
def test_a_blank_block_is_none(blank: str | None) -> None:
    """Nothing is nothing."""
    assert unwrap(blank) is None


@given(st.lists(st.text(alphabet="ab -.1)\n*", max_size=30), max_size=12))
def test_unwrapping_keeps_every_word(lines: list[str]) -> None:
    """Layout changes, letters and digits stay in their order."""
    text = "\n".join(lines)
    kept = [c for c in text if c.isalnum()]
    assert [c for c in unwrap(text) or "" if c.isalnum()] == kept


def test_lists_inside_a_text_are_cut_only_when_they_count() -> None:
    """`1.`, `2.` in order are items; a year at the start of a line is not."""
    assert wording.numbered_items("1. Pain\n2.\tFunction\n3) Sport") == ("Pain", "Function", "Sport")
    assert wording.numbered_items("Before:\n1. Pain\n2. Function") == ("Before:", "Pain", "Function")
    assert wording.numbered_items("20. Pain") == ("20. Pain",)
    assert wording.numbered_items("1. Only one") == ("1. Only one",)
    assert wording.numbered_items(None) == ()


def test_a_closing_line_says_when_all_outcomes_are_measured() -> None:
    """It is the time frame of each."""
    found = wording.outcomes("1. Pain\n2. Function\n\nMeasured at 24 months.")
    assert [(o.measure, o.time_frame) for o in found] == [
        ("Pain", "Measured at 24 months."),
        ("Function", "Measured at 24 months."),
    ]


def test_outcomes_and_times_are_paired_when_both_count_alike() -> None:
    """Otherwise the times are kept as words, and not taken for one outcome's."""
    paired = wording.timed_outcomes("1. Toxicity 2. Relapse", "1. 28 days 2. 1 year")
    assert [(o.measure, o.time_frame) for o in paired] == [("Toxicity", "28 days"), ("Relapse", "1 year")]
    loose = wording.timed_outcomes("1. Toxicity 2. Relapse", "28 days to 1 year")
    assert [(o.measure, o.time_frame) for o in loose] == [("Toxicity", None), ("Relapse", None)]
    assert {o.description for o in loose} == {"Time points of the outcomes: 28 days to 1 year"}


def test_criteria_get_one_heading_each() -> None:
    """A heading that the source already has is not repeated."""
    assert wording.criteria("Inclusion criteria: 1. Adults", "Pregnancy") == (
        "Inclusion Criteria:\n\n1. Adults\n\nExclusion Criteria:\n\nPregnancy"
    )
    assert wording.criteria(None, "Pregnancy") == "Exclusion Criteria:\n\nPregnancy"
    assert wording.criteria(None, None) is None


def test_numbers_go_to_the_registry_whose_form_they_have() -> None:
    """A sponsor's own number stays the sponsor's; `Nil known` is no number."""
    own = StatedIdentifier("ISRCTN", "ISRCTN99990001")
    found = wording.identifiers(
        own,
        [
            (None, "NCT90000006"),
            ("EudraCT", "2018-000001-22"),
            (None, "CH-1"),
            ("ClinicalTrials.gov", "Nil known"),
            (None, "ISRCTN99990001"),
            (None, None),
        ],
    )
    assert [(i.scheme, i.value, i.role) for i in found] == [
        ("ISRCTN", "ISRCTN99990001", "registry"),
        ("ClinicalTrials.gov", "NCT90000006", "secondary"),
        ("EudraCT", "2018-000001-22", "secondary"),
        ("sponsor", "CH-1", "sponsor"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Both", "ALL"),
        ("Male, Female", "ALL"),
        ("Female", "FEMALE"),
        ("Male", "MALE"),
        ("", None),
        ("Not stated", None),
    ],
)
def test_sexes_are_read_in_every_registry_s_words(text: str, code: str | None) -> None:
    """`Female` is not `Male`."""
    assert wording.sex_code(text) == code


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("Overall survival", ("Overall survival", None, None)),
        ("Relapse, 1 year", ("Relapse", None, "1 year")),
        ("Response, By criteria of 2017, 3 months", ("Response", "By criteria of 2017", "3 months")),
        (
            "Survival (overall, any cause), Time from infusion to death, From infusion until death, up to 2 years",
            (
                "Survival (overall, any cause)",
                "Time from infusion to death",
                "From infusion until death, up to 2 years",
            ),
        ),
        (
            "Blood counts, By machine, Baseline, Day 7, 14, and 28",
            ("Blood counts", "By machine", "Baseline, Day 7, 14, and 28"),
        ),
    ],
)
def test_an_outcome_cell_is_cut_into_three(cell: str, parts: tuple[str | None, ...]) -> None:
    """Commas in brackets and between time points do not separate."""
    found = outcome(cell)
    assert (found.measure, found.description, found.time_frame) == parts


@given(st.text(max_size=80))
def test_cutting_a_cell_loses_nothing(cell: str) -> None:
    """The parts, joined as the export joins them, are the cell again."""
    found = outcome(cell)
    joined = ", ".join(part for part in (found.measure, found.description, found.time_frame) if part)
    assert "".join(joined.replace(",", "").split()) == "".join(cell.replace(",", "").split())


def test_a_column_of_outcomes_is_cut_at_its_bars() -> None:
    """Blank ones are none."""
    assert [o.measure for o in outcomes("Pain, 1 year||Function, 2 years")] == ["Pain", "Function"]
    assert outcomes(None) == ()


def test_outcome_cells_of_the_registry_are_cut_as_measured(shared: Path) -> None:
    """Outcomes of 2,090 API records, joined as the export joins them: 84 in 100 come back exactly."""
    exact = measure = frame = total = 0
    with gzip.open(shared / "data" / "ctgov-v2" / "studies.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            module = json.loads(line)["protocolSection"].get("outcomesModule", {})
            for stated in (o for found in module.values() for o in found):
                parts = tuple((stated.get(name) or "").strip() for name in ("measure", "description", "timeFrame"))
                found = outcome(", ".join(part for part in parts if part))
                cut = (found.measure or "", found.description or "", found.time_frame or "")
                total += 1
                exact += cut == parts
                measure += cut[0] == parts[0]
                frame += cut[2] == parts[2]
    assert total == 17_060
    assert exact / total > 0.84
    assert measure / total > 0.94
    assert frame / total > 0.89


def test_a_value_is_read_once_and_what_nobody_read_is_reported() -> None:
    """Paths once each, in the order of the source; ignored ones cover what is below them."""
    root = Node()
    inner = Node()
    for name, value in (("a", "1"), ("a", "2"), ("b", "3"), ("id", "9")):
        inner.add(name, Node(value))
    root.add("inner", inner)
    root.add("inner", Node())
    root.add("skip", inner)
    assert root.text("inner", "a") == "1"
    assert root.texts("inner", "a") == ("2",)
    assert root.text("inner", "a") is None
    assert unknown_paths(root, {"skip": "why", "**/id": "key"}) == ("inner/b",)
    assert root.flag("inner", "b") is None
    assert root.number("inner", "b") == 3
    assert unknown_paths(root, {"skip": "why", "**/id": "key"}) == ()


def test_every_ignored_path_has_a_reason() -> None:
    """One table per source; a row without a reason, or a second row of one path, is refused on loading."""
    assert set(sources()) >= {"aact", "ctgov_csv", "ctgov_xml", "ctis", "eudract", "ictrp", "isrctn"}
    for source in sources():
        table = ignored(source)
        assert table
        assert all(len(reason) > 8 for reason in table.values())
