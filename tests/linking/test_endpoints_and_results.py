"""Endpoints, time frames, reported outcomes, result groups, response categories, stated results."""

from typing import Any

import pytest

from kg.linking.endpoints import link_outcomes, read_endpoints
from kg.linking.fields import TextField
from kg.linking.reported import link_groups, link_reported
from kg.linking.responses import read_category, read_criteria
from kg.linking.stated_results import link_stated_results
from kg.linking.timeframes import read_time_frame


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("Overall survival (OS)", {"OverallSurvival"}),
        ("Objective Response Rate (ORR) (PR + CRi + CR)", {"ObjectiveResponseRate"}),
        ("Complete remission rate", {"CompleteRemissionRate"}),
        ("Partial or complete response", {"ObjectiveResponseRate"}),
        ("Incidence of grade II-IV acute GVHD", {"AcuteGraftVersusHostDisease", "GraftVersusHostDisease"}),
        ("GVHD-free relapse-free survival", {"GvhdFreeRelapseFreeSurvival"}),
        ("Maximum tolerated dose, graded according to CTCAE", {"MaximumToleratedDose"}),
        ("Duration of response", {"DurationOfResponse"}),
        ("Survival of infused T cells", {"CellPersistence"}),
        ("Survival time of anti-CD19 CAR T cells", {"CellPersistence"}),
        ("Survival of the islet graft", set()),
        ("Cmax of the CAR-T cells", {"Pharmacokinetics", "CellPersistence"}),
        ("Cmax of ibrutinib in T-cell lymphoma", {"Pharmacokinetics"}),
        ("Complete clinical remission at 60 days", {"CompleteRemissionRate"}),
        ("Persistence of CAR-T cells", {"CellPersistence"}),
        ("Persistence of the tumor", set()),
        ("Efficacy as defined by response rate", {"ObjectiveResponseRate"}),
        ("Cytokine release syndrome", {"CytokineReleaseSyndrome", "AdverseEvents"}),
        ("Grade of CRS", {"CytokineReleaseSyndrome", "AdverseEvents"}),
        ("Height of the plants", set()),
        ("Rate of progression-free survival", {"ProgressionFreeSurvival"}),
        ("Disease-free and overall survival", {"DiseaseFreeSurvival", "OverallSurvival"}),
        ("Patients alive and progression-free at 1 year", {"ProgressionFreeSurvival"}),
        ("Patients who survived 100 days", {"OverallSurvival"}),
        ("Number of deaths within 30 days", {"OverallSurvival"}),
        ("Death or late sepsis", set()),
        ("Non-relapse-related mortality", {"TransplantRelatedMortality"}),
        ("Complete response with partial count recovery", {"CompleteRemissionRate"}),
        ("Platelet count recovery", {"Engraftment"}),
        ("Number of complete responders", {"CompleteRemissionRate"}),
        ("Pathologic response (pCR)", {"PathologicCompleteResponse"}),
        ("Viral DNA by PCR", set()),
        ("Tolerance to peanut", set()),
        ("Ability to successfully manufacture the cells", {"Feasibility"}),
        ("Safety, defined by dose-limiting toxicities", {"AdverseEvents", "DoseLimitingToxicity"}),
    ],
)
def test_a_measure_names_its_endpoint(measure: str, expected: set[str]) -> None:
    assert {found.value for found in read_endpoints(TextField("m", measure, "outcome-measure"))} == expected


def test_relapse_free_survival_of_leukaemia_is_leukaemia_free_survival(make_reading: Any) -> None:
    reading = make_reading(
        conditionsModule={"conditions": ["Acute Myeloid Leukemia"]},
        outcomesModule={"primaryOutcomes": [{"measure": "Relapse-free survival", "timeFrame": "2 years"}]},
    )
    (link,) = link_outcomes(reading)
    assert [(f.value, f.evidence[0].strength) for f in link.endpoints] == [
        ("RelapseFreeSurvival", "Stated"),
        ("LeukemiaFreeSurvival", "Entailed"),
    ]
    assert (link.outcome, link.time_frame_value, link.time_frame_unit) == ("primary/1", "2", "Year")


def test_a_description_says_what_a_measure_of_safety_counts(make_reading: Any) -> None:
    outcomes = [
        {"measure": "Safety", "description": "Number of participants with dose-limiting toxicities"},
        {"measure": "Adverse events", "description": "Graded by CTCAE. Dose-limiting toxicity is any of grade 4."},
    ]
    links = link_outcomes(make_reading(outcomesModule={"primaryOutcomes": outcomes}))
    assert [[finding.value for finding in link.endpoints] for link in links] == [
        ["AdverseEvents", "DoseLimitingToxicity"],
        ["AdverseEvents"],
    ]


def test_a_description_says_that_kinetics_are_those_of_cells(make_reading: Any) -> None:
    outcomes = [
        {"measure": "Cmax", "description": "The highest concentration of CAR-T cells in blood"},
        {"measure": "Cmax", "description": "The highest concentration of ibrutinib in blood"},
    ]
    links = link_outcomes(make_reading(outcomesModule={"primaryOutcomes": outcomes}))
    assert [[finding.value for finding in link.endpoints] for link in links] == [
        ["Pharmacokinetics", "CellPersistence"],
        ["Pharmacokinetics"],
    ]


def test_free_of_disease_is_free_of_leukemia_in_erythroleukemia_too(make_reading: Any) -> None:
    conditions = {"conditions": ["Adult Erythroleukemia (M6a)"]}
    outcomes = {"primaryOutcomes": [{"measure": "Disease-free survival"}]}
    (link,) = link_outcomes(make_reading(conditionsModule=conditions, outcomesModule=outcomes))
    assert [finding.value for finding in link.endpoints] == ["DiseaseFreeSurvival", "LeukemiaFreeSurvival"]


def test_a_description_names_the_endpoint_of_efficacy(make_reading: Any) -> None:
    outcome = {"measure": "Efficacy of the cells", "description": "Assessed by progression-free survival and toxicity"}
    (link,) = link_outcomes(make_reading(outcomesModule={"primaryOutcomes": [outcome]}))
    assert [finding.value for finding in link.endpoints] == ["ProgressionFreeSurvival"]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("30 days after every course", ("30", "Day")),
        ("Up to 2.50 years", ("2.5", "Year")),
        ("at 1, 3, 6 and 12 months", ("12", "Month")),
        ("Day 0, 7 and 28", ("28", "Day")),
        ("Day +100", ("100", "Day")),
        ("7 days, 4 weeks, six months", ("6", "Month")),
        ("two years", ("2", "Year")),
        ("Day 0, Month 3, Month 12 and Month 18", ("18", "Month")),
        ("Week 16/Day 106", ("16", "Week")),
        ("1st, 3rd and 12th months", ("12", "Month")),
        ("Up to 7 (± 1) days after", ("7", "Day")),
        ("From enrolment until death", None),
        ("24 hours", ("24", "Hour")),
        ("Cycle 1 (each cycle is 28 days)", ("28", "Day")),
    ],
)
def test_a_time_frame_is_as_long_as_its_longest_time(frame: str, expected: tuple[str, str] | None) -> None:
    found = read_time_frame(TextField("t", frame, "outcome-time-frame"))
    assert (found[:2] if found else None) == expected


def test_reported_outcomes_answer_planned_ones_and_the_rule_says_how(make_reading: Any) -> None:
    planned = {
        "primaryOutcomes": [{"measure": "Overall response rate", "timeFrame": "1 year"}],
        "secondaryOutcomes": [
            {"measure": "Number of participants with adverse events", "timeFrame": "1 year"},
            {"measure": "Overall survival", "timeFrame": "2 years"},
        ],
    }
    reported = [
        {"type": "PRIMARY", "title": "Overall response rate", "timeFrame": "1 year"},
        {"type": "SECONDARY", "title": "Adverse Events", "timeFrame": "1 year"},
        {"type": "SECONDARY", "title": "Weight of the moon"},
    ]
    reading = make_reading(outcomesModule=planned, results={"outcomeMeasuresModule": {"outcomeMeasures": reported}})
    answers = {link.reported: link.answers for link in link_reported(reading) if link.answers}
    assert {n: (a.value, a.evidence[0].rule) for n, a in answers.items()} == {
        1: ("primary/1", "reported-same-title-and-frame"),
        2: ("secondary/1", "reported-same-words"),
    }


def test_rows_are_response_categories_with_the_criteria_that_the_outcome_names(make_reading: Any) -> None:
    rows = [{"title": t} for t in ("Complete Response", "CRi", "PR", "Stable Disease (SD)", "CR + PR", "Unknown")]
    measure = {"type": "PRIMARY", "title": "Best response by RECIST 1.1", "classes": [{"categories": rows}]}
    reading = make_reading(results={"outcomeMeasuresModule": {"outcomeMeasures": [measure]}})
    (link,) = link_reported(reading)
    assert [(c.category_index, c.response.value) for c in link.categories] == [
        (0, "CompleteRemission"),
        (1, "CompleteRemissionIncompleteRecovery"),
        (2, "PartialRemission"),
        (3, "StableDisease"),
    ]
    assert [c.value for c in link.response_criteria] == ["Recist11"]


def test_an_ambiguous_row_alone_is_no_response_category(make_reading: Any) -> None:
    measure = {
        "type": "PRIMARY",
        "title": "Straight leg raising test",
        "classes": [{"categories": [{"title": "No change"}]}],
    }
    reading = make_reading(results={"outcomeMeasuresModule": {"outcomeMeasures": [measure]}})
    assert all(not link.categories for link in link_reported(reading))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("according to the European LeukemiaNet 2017", ["EuropeanLeukemiaNet2017"]),
        ("by ELN criteria (ELN 2017)", ["EuropeanLeukemiaNet2017"]),
        ("Lugano 2014", ["Lugano2014"]),
        ("by ultrasound", []),
    ],
)
def test_criteria_are_named_with_their_version(text: str, expected: list[str]) -> None:
    assert [found.value for found in read_criteria(TextField("c", text, "x"))] == expected


def test_a_title_with_two_categories_is_none() -> None:
    assert read_category(TextField("c", "CR + PR", "x")) is None


ARMS = [
    {"label": "Arm A: NK cells", "description": "low"},
    {"label": "Arm B: NK cells and IL-2", "description": "high"},
]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Arm A: NK cells", ("1", "group-same-title")),
        ("Arm B", ("2", "group-same-mark")),
        ("NK Cells + IL-2", ("2", "group-similar-title")),
        ("Arm C", None),
        ("All participants", None),
        ("Controls", None),
    ],
)
def test_a_result_group_corresponds_to_an_arm_only_where_one_fits(
    make_reading: Any, title: str, expected: tuple[str, str] | None
) -> None:
    reading = make_reading(
        armsInterventionsModule={"armGroups": ARMS},
        results={"participantFlowModule": {"groups": [{"id": "FG000", "title": title}]}},
    )
    found = [(link.group, link.arm.value, link.arm.evidence[0].rule) for link in link_groups(reading)]
    assert found == ([("flow/FG000", *expected)] if expected else [])


def test_all_participants_of_the_only_arm_are_that_arm(make_reading: Any) -> None:
    reading = make_reading(
        armsInterventionsModule={"armGroups": [{"label": "NK cells"}]},
        results={"adverseEventsModule": {"eventGroups": [{"id": "EG000", "title": "All Participants"}]}},
    )
    assert [(g.group, g.arm.value, g.arm.evidence[0].strength) for g in link_groups(reading)] == [
        ("event/EG000", "1", "Entailed")
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Of 9 evaluable patients, 6 (66.6%) showed stable disease (SD) and 3 (33.3%) presented progressive disease.",
         [("StableDisease", 6, 9, "66.6"), ("ProgressiveDisease", 3, 9, "33.3")]),
        ("No patient achieved complete remission.", [("CompleteRemission", 0, None, None)]),
        ("Complete remission was achieved in 5 of 12 patients.", [("CompleteRemission", 5, 12, None)]),
        ("Four of nine patients achieved CRi.", [("CompleteRemissionIncompleteRecovery", 4, 9, None)]),
        ("Partial response was seen in 6/9 patients.", [("PartialRemission", 6, 9, None)]),
        ("Previously, 5 of 12 patients achieved CR.", []),
        ("Five of 12 samples were stored.", []),
    ],
)  # fmt: skip
def test_a_sentence_of_an_abstract_states_responses(
    make_reading: Any, sentence: str, expected: list[tuple[str, int, int | None, str | None]]
) -> None:
    reading = make_reading(article={"title": "t", "abstract": [{"text": sentence}]})
    results = [r for r in link_stated_results(reading) if r.response is not None]
    assert [(r.response.value, r.numerator, r.denominator, r.value) for r in results if r.response] == expected


def test_participants_rates_and_medians_are_results_too(make_reading: Any) -> None:
    text = "Ten patients were treated. The ORR was 66.6%. Median overall survival was 12.30 months."
    reading = make_reading(article={"title": "t", "abstract": [{"text": text}]})
    told = [(r.endpoint.value if r.endpoint else None, r.value, r.unit) for r in link_stated_results(reading)]
    assert told == [
        (None, "10", "participants"),
        ("ObjectiveResponseRate", "66.6", "%"),
        ("OverallSurvival", "12.3", "Month"),
    ]
