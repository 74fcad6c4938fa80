"""Conditions to concepts, their hierarchy, the refreshable table, states of disease."""

from typing import Any

import pytest

from kg.files import data_folder
from kg.linking import conditions
from kg.linking.matcher import read_rows
from kg.linking.states import link_states


def found(make_reading: Any, *stated: str, title: str | None = None, criteria: str | None = None) -> list[str]:
    reading = make_reading(
        conditionsModule={"conditions": list(stated)},
        identificationModule={"briefTitle": title} if title else {},
        eligibilityModule={"eligibilityCriteria": criteria} if criteria else {},
    )
    return [link.label for link in conditions.link_conditions(reading)]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("AML", "acute myeloid leukemia"),
        ("Leukemia, Myeloid, Acute", "acute myeloid leukemia"),
        ("Recurrent Adult Acute Myeloid Leukemia", "acute myeloid leukemia"),
        ("Non-Hodgkin's Lymphoma", "non-hodgkin lymphoma"),
        ("Stage IV Mantle Cell Lymphoma", "mantle cell lymphoma"),
        ("Breast Neoplasms", "breast cancer"),
        ("Non-squamous NSCLC", "non-small cell lung carcinoma"),
    ],
)
def test_a_stated_condition_becomes_its_concept(make_reading: Any, stated: str, expected: str) -> None:
    assert found(make_reading, stated) == [expected]


def test_a_condition_without_a_concept_keeps_its_words(make_reading: Any) -> None:
    assert found(make_reading, "Florbitis Major") == ["Florbitis Major"]


def test_stage_state_and_age_are_no_part_of_a_condition_without_a_concept(make_reading: Any) -> None:
    stated = ("Stage I Adult Florbitis AJCC v7", "Recurrent Florbitis")
    reading = make_reading(conditionsModule={"conditions": list(stated)})
    (link,) = conditions.link_conditions(reading)
    assert (link.label, link.stated_as) == ("Florbitis", stated)


@pytest.mark.parametrize("stated", ["Relapsed and Refractory", "28 Day Mortality", "Mesenchymal Stem Cells", "CAR"])
def test_what_is_no_disease_is_no_condition(make_reading: Any, stated: str) -> None:
    assert found(make_reading, stated, "Asthma") == ["asthma"]


def test_a_wide_class_gives_way_to_the_narrower_condition_and_its_words_stay(make_reading: Any) -> None:
    reading = make_reading(conditionsModule={"conditions": ["Leukemia", "Acute Myeloid Leukemia"]})
    (link,) = conditions.link_conditions(reading)
    assert (link.label, sorted(link.stated_as)) == ("acute myeloid leukemia", ["Acute Myeloid Leukemia", "Leukemia"])


def test_inclusion_criteria_name_the_diseases_of_a_wide_class(make_reading: Any) -> None:
    criteria = (
        "Inclusion Criteria:\n\n* Acute myeloid leukemia\n\nExclusion Criteria:\n\n* Acute lymphoblastic leukemia"
    )
    assert found(make_reading, "Hematologic Malignancies", criteria=criteria) == [
        "hematologic malignancy",
        "acute myeloid leukemia",
    ]


def test_criteria_fill_only_the_class_that_nothing_else_fills(make_reading: Any) -> None:
    criteria = "Inclusion Criteria:\n\n* Acute myeloid leukemia\n* Hodgkin lymphoma\n* Follicular lymphoma"
    assert found(make_reading, "Leukemia", "Hodgkin Lymphoma", criteria=criteria) == [
        "leukemia",
        "hodgkin lymphoma",
        "acute myeloid leukemia",
    ]


def test_a_class_that_the_title_names_stands_beside_its_diseases(make_reading: Any) -> None:
    title = "Donor transplant in patients with hematologic malignancies"
    assert found(make_reading, "Acute Myeloid Leukemia", title=title) == [
        "acute myeloid leukemia",
        "hematologic malignancy",
    ]


@pytest.mark.parametrize("title", ["MM-121 in women with asthma", "ALL-TRANS RETINOIC ACID FOR ASTHMA"])
def test_letters_of_a_drug_are_no_condition(make_reading: Any, title: str) -> None:
    assert found(make_reading, "Asthma", title=title) == ["asthma"]


def test_a_title_names_what_is_treated_and_not_what_is_prevented(make_reading: Any) -> None:
    title = "Donor cells for prevention of graft-versus-host disease in patients with chronic myeloid leukemia"
    assert found(make_reading, title=title) == ["chronic myeloid leukemia"]


def test_the_hierarchy_answers_all_myeloid_neoplasms() -> None:
    concepts = {row["label"]: row["id"] for row in read_rows(data_folder("ontology") / "conditions.tsv")}
    for label in (
        "acute myeloid leukemia",
        "acute promyelocytic leukemia",
        "chronic myeloid leukemia",
        "myelodysplastic syndrome",
        "myelofibrosis",
        "chronic myelomonocytic leukemia",
    ):
        assert concepts["myeloid neoplasm"] in conditions.ancestors(concepts[label]), label
    assert concepts["myeloid neoplasm"] not in conditions.ancestors(concepts["acute lymphoblastic leukemia"])


def test_every_broader_condition_exists_and_none_is_its_own_ancestor() -> None:
    rows = read_rows(data_folder("ontology") / "conditions.tsv")
    ids = {row["id"] for row in rows}
    for row in rows:
        assert set(filter(None, row["broader"].split("|"))) <= ids, row["id"]
        assert row["id"] not in conditions.ancestors(row["id"])


def test_every_name_of_the_conditions_table_names_one_condition() -> None:
    seen: dict[str, str] = {}
    for row in read_rows(data_folder("ontology") / "conditions.tsv"):
        for name in (row["label"], *filter(None, row["alt_labels"].split("|"))):
            assert seen.setdefault(conditions.fold(name), row["id"]) == row["id"], name


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        ({"identificationModule": {"briefTitle": "Cells for relapsed or refractory AML"}}, ["Refractory", "Relapsed"]),
        ({"conditionsModule": {"conditions": ["Recurrent Glioblastoma"]}}, ["Relapsed"]),
        ({"identificationModule": {"briefTitle": "Previously untreated DLBCL"}}, ["NewlyDiagnosed"]),
        (
            {"eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* AML in complete remission"}},
            ["InRemission"],
        ),
        ({"identificationModule": {"briefTitle": "Second-line therapy of lymphoma"}}, ["SecondLine"]),
        ({"eligibilityModule": {"eligibilityCriteria": "Exclusion Criteria:\n\n* Refractory leukemia"}}, []),
        ({"conditionsModule": {"conditions": ["Refractory Anemia"]}}, []),
        ({"identificationModule": {"briefTitle": "Steroid-refractory GVHD"}}, []),
        ({"descriptionModule": {"briefSummary": "The primary endpoint is the risk of recurrent disease."}}, []),
        ({"descriptionModule": {"briefSummary": "Patients with relapsed AML have a poor prognosis."}}, []),
        ({"descriptionModule": {"briefSummary": "Patients with relapsed AML will receive cells."}}, ["Relapsed"]),
        ({"identificationModule": {"briefTitle": "Cells for Patients With Relapse Lymphoma"}}, ["Relapsed"]),
        ({"descriptionModule": {"briefSummary": "Patients have recurrent and severe infections."}}, []),
        ({"descriptionModule": {"briefSummary": "Patients have a low incidence of late or relapsed disease."}}, []),
        ({"descriptionModule": {"briefSummary": "Samples of patients detect early or recurrent cancer."}}, []),
    ],
)
def test_a_state_counts_where_the_record_says_who_takes_part(
    make_reading: Any, modules: dict[str, Any], expected: list[str]
) -> None:
    assert [state.value for state in link_states(make_reading(**modules))] == expected


def test_criteria_about_earlier_lines_or_another_cancer_say_no_state(make_reading: Any) -> None:
    criteria = (
        "Inclusion Criteria:\n\n* At least 8 weeks after completion of front-line radiation\n\n"
        "* Other cancer from which the patient is in complete remission"
    )
    assert link_states(make_reading(eligibilityModule={"eligibilityCriteria": criteria})) == ()
