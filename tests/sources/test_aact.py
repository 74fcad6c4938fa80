"""AACT: tables joined by study, on disk, and put back into the registry's nesting."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from kg.record import Document, RawDocument, Reject
from kg.sources import decode, read
from kg.sources.intake import Intake

Decoded = Callable[..., list[Document]]


@pytest.fixture
def tables(samples: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the sample's tables, to be damaged."""
    return Path(shutil.copytree(samples["aact"], tmp_path / "tables"))


def test_a_zip_and_a_folder_give_the_same_records(samples: dict[str, Path], decoded: Decoded, tmp_path: Path) -> None:
    """Names of the tables decide, not the container, nor the order of its members."""
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted(samples["aact"].iterdir(), reverse=True):
            out.write(path, path.name)
        out.writestr("schema.png", b"\x89PNG")
    from_zip, from_folder = decoded(archive), decoded(samples["aact"])
    assert [d.study for d in from_zip] == [d.study for d in from_folder]
    assert [d.sha256 for d in from_zip] == [d.sha256 for d in from_folder]


def test_the_bytes_of_tables_count_when_their_last_study_has_come(tables: Path) -> None:
    """They are all read before the first study: their count would say that everything is done."""
    (tables / "mesh_terms.txt").unlink(missing_ok=True)
    intake = Intake()
    assert {intake.read for _ in read([tables], intake=intake)} == {0}
    assert intake.read == sum(path.stat().st_size for path in tables.iterdir())


def test_a_study_is_joined_from_its_tables(samples: dict[str, Path], decoded: Decoded) -> None:
    """Arms and interventions meet by the keys of their rows; padded dates are not taken for days."""
    document = decoded(samples["aact"])[0]
    section = document.study.protocol_section
    assert document.key == "ctgov/NCT90000010"
    assert document.version_date == "2021-05-09"
    assert section.identification_module.official_title == 'A title with a | bar and "quotes"'
    assert section.identification_module.nct_id_aliases == ("NCT90000099",)
    assert section.status_module.start_date_struct is not None
    assert section.status_module.start_date_struct.date == "2019-02", "the table pads it to 2019-02-28"
    assert section.status_module.completion_date_struct is not None
    assert section.status_module.completion_date_struct.date == "2023-12-31"
    assert section.design_module.phases == ("PHASE1", "PHASE2")
    assert section.description_module.detailed_description == "Line one.\n\nLine two."
    arms = section.arms_interventions_module
    assert [(arm.label, arm.type, arm.intervention_names) for arm in arms.arm_groups] == [
        ("Cells", "EXPERIMENTAL", ("Biological: Haploidentical NK cells", "Dietary Supplement: Vitamin D")),
        ("No cells", "NO_INTERVENTION", ("Dietary Supplement: Vitamin D",)),
    ]
    assert arms.interventions[0].other_names == ("natural killer cells",)
    assert arms.interventions[1].arm_group_labels == ("Cells", "No cells")
    outcomes = section.outcomes_module
    assert [len(x) for x in (outcomes.primary_outcomes, outcomes.secondary_outcomes, outcomes.other_outcomes)] == [
        1,
        1,
        1,
    ]
    assert section.eligibility_module.std_ages == ("ADULT", "OLDER_ADULT")
    (site,) = section.contacts_locations_module.locations
    assert site.geo_point is not None
    assert (site.city, site.geo_point.lat, [c.role for c in site.contacts]) == (
        "Utrecht",
        52.09,
        ["PRINCIPAL_INVESTIGATOR"],
    )
    derived = document.study.derived_section
    assert derived is not None
    assert derived.misc_info_module.removed_countries == ("France",)
    assert [m.term for m in derived.condition_browse_module.meshes] == ["Leukemia, Myeloid, Acute"]
    assert [m.term for m in derived.condition_browse_module.ancestors] == ["Leukemia"]


def test_results_are_put_back_into_their_nesting(samples: dict[str, Path], decoded: Decoded) -> None:
    """A row for each value and group becomes measures, classes, categories, events."""
    results = decoded(samples["aact"])[0].study.results_section
    assert results is not None
    flow = results.participant_flow_module
    assert flow is not None
    assert [(m.type, m.achievements[0].num_subjects) for m in flow.periods[0].milestones] == [
        ("STARTED", "10"),
        ("COMPLETED", "8"),
    ]
    assert [(d.type, d.reasons[0].num_subjects) for d in flow.periods[0].drop_withdraws] == [("Death", "2")]
    baseline = results.baseline_characteristics_module
    assert baseline is not None
    (sex,) = baseline.measures
    assert [(c.title, c.measurements[0].value) for c in sex.classes[0].categories] == [("Female", "4"), ("Male", "6")]
    assert results.outcome_measures_module is not None
    (outcome,) = results.outcome_measures_module.outcome_measures
    assert [group.title for group in outcome.groups] == ["Low dose", "High dose"]
    assert [m.value for m in outcome.classes[0].categories[0].measurements] == ["0", "1"]
    assert [c.value for c in outcome.denoms[0].counts] == ["5", "5"]
    (analysis,) = outcome.analyses
    assert (analysis.p_value, analysis.ci_num_sides, analysis.group_ids) == ("<0.31", "TWO_SIDED", ("OG000", "OG001"))
    events = results.adverse_events_module
    assert events is not None
    assert [(e.term, e.source_vocabulary) for e in events.serious_events] == [("Sepsis", "MedDRA 24")]
    assert (events.event_groups[0].serious_num_affected, events.event_groups[0].deaths_num_affected) == (1, 2)


def test_tables_in_the_registry_s_older_words_are_read(samples: dict[str, Path], decoded: Decoded) -> None:
    """Files from before November 2023."""
    section = decoded(samples["aact"])[1].study.protocol_section
    assert section.status_module.overall_status == "ACTIVE_NOT_RECRUITING"
    assert (section.design_module.study_type, section.design_module.patient_registry) == ("OBSERVATIONAL", True)
    assert section.design_module.phases == ("NA",)
    assert section.design_module.enrollment_info is not None
    assert section.design_module.enrollment_info.type == "ESTIMATED"
    design = section.design_module.design_info
    assert design is not None
    assert (design.observational_model, design.time_perspective) == ("COHORT", "PROSPECTIVE")
    assert section.eligibility_module.healthy_volunteers is True
    assert section.eligibility_module.sampling_method == "PROBABILITY_SAMPLE"


def test_rows_of_a_study_that_is_not_there_are_set_aside(tables: Path) -> None:
    """One reject for each such study, which names the tables."""
    with open(tables / "keywords.txt", "a", encoding="utf-8") as out:
        out.write("9|NCT90000055|lost|lost\n8|nobody|lost|lost\n")
    rejects = [item for item in read([tables]) if isinstance(item, Reject)]
    assert [(r.position.member, r.path) for r in rejects] == [("keywords.txt", "nct_id"), ("NCT90000055", "nct_id")]
    assert "not NCT and eight digits" in rejects[0].reason
    assert "missing from studies.txt" in rejects[1].reason
    assert "keywords" in rejects[1].reason


def test_a_study_that_stands_twice_is_set_aside(tables: Path) -> None:
    """Which of the two rows is right is not for us to guess."""
    rows = (tables / "studies.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    (tables / "studies.txt").write_text("".join([*rows, rows[1]]), encoding="utf-8")
    found = list(read([tables]))
    assert [isinstance(item, Reject) for item in found] == [True, False]
    assert "more than once" in found[0].reason  # type: ignore[union-attr]


def test_a_new_table_and_a_new_column_are_reported(tables: Path) -> None:
    """And a table that belongs to no study is set aside."""
    (tables / "colours.txt").write_text("id|nct_id|colour\n1|NCT90000010|green\n", encoding="utf-8")
    (tables / "shapes.txt").write_text("id|shape\n1|round\n", encoding="utf-8")
    (tables / "keywords.txt").write_text("id|nct_id|name|taste\n1|NCT90000010|NK|sweet\n", encoding="utf-8")
    found = list(read([tables]))
    assert [item.position.member for item in found if isinstance(item, Reject)] == ["shapes.txt"]
    documents = [decode(item) for item in found if isinstance(item, RawDocument)]
    assert documents[0].unknown_paths == ("colours/colour", "keywords/taste")


def test_an_arm_that_no_row_describes_is_reported(tables: Path) -> None:
    """A key without its row is not lost in silence."""
    with open(tables / "design_group_interventions.txt", "a", encoding="utf-8") as out:
        out.write("9|NCT90000010|99|11\n")
    documents = [decode(item) for item in read([tables]) if isinstance(item, RawDocument)]
    assert documents[0].unknown_paths == (
        "design_group_interventions/design_group_id",
        "design_group_interventions/intervention_id",
    )


def test_studies_alone_are_read_without_the_rest(samples: dict[str, Path], decoded: Decoded) -> None:
    """The table of studies by itself."""
    documents = decoded(samples["aact"] / "studies.txt")
    assert [document.id for document in documents] == ["NCT90000010", "NCT90000011"]
    assert documents[0].study.protocol_section.identification_module.acronym == "TABLES"


def test_the_join_leaves_nothing_behind(
    samples: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The temporary file goes, also when reading stops half way."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reading = iter(read([samples["aact"]]))
    assert isinstance(next(reading), RawDocument)
    assert list(tmp_path.iterdir())
    reading.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_api_records_rewritten_as_tables_give_the_same_core(
    shared: Path, tmp_path: Path, aact: ModuleType, legacy: ModuleType, decoded: Decoded
) -> None:
    """Every tenth of 2,090 API records, written as tables and read again: also arms, sites and reported values."""
    documents = decoded(shared / "data" / "ctgov-v2" / "studies.jsonl.gz")[::10]
    aact.write_tables([document.study for document in documents], tmp_path / "tables")
    again = {document.id: document for document in decoded(tmp_path / "tables")}
    assert len(again) == len(documents) == 209
    for document in documents:
        found = again[document.id]
        assert legacy.core(found.study) == legacy.core(document.study), document.id
        assert found.version_date == document.version_date
        assert found.unknown_paths == ()


def test_memory_does_not_grow_with_the_tables(tmp_path: Path) -> None:
    """60,000 rows of another table are joined in a few megabytes."""
    import tracemalloc

    folder = tmp_path / "tables"
    folder.mkdir()
    with open(folder / "studies.txt", "w", encoding="utf-8") as out:
        out.write("nct_id|brief_title|overall_status\n")
        out.writelines(f"NCT{n:08d}|title {n}|COMPLETED\n" for n in range(3_000))
    with open(folder / "conditions.txt", "w", encoding="utf-8") as out:
        out.write("id|nct_id|name\n")
        out.writelines(f"{n}|NCT{n % 3_000:08d}|{'long name ' * 20}{n}\n" for n in range(60_000))
    tracemalloc.start()
    try:
        count = sum(isinstance(item, RawDocument) for item in read([folder]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 3_000
    assert peak < 8 * 1024 * 1024
