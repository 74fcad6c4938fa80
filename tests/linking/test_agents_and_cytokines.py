"""Agents of interventions and text, background therapy, cytokines in support of cells."""

from typing import Any

import pytest

from kg.linking.treatment import link_treatment
from kg.record.links import Finding, InterventionLinks, LinkedProduct, Links

NK = LinkedProduct(label="NK cells", cell_types=(Finding("NaturalKillerCell"),))
GRAFT = LinkedProduct(label="HSCT", product_kinds=(Finding("StemCellGraft"),))


def of_interventions(make_reading: Any, *items: dict[str, Any]) -> dict[int, list[str]]:
    links = link_treatment(make_reading(armsInterventionsModule={"interventions": list(items)}), Links())
    return {link.intervention: [agent.value for agent in link.agents] for link in links.interventions}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"type": "DRUG", "name": "Revlimid"}, ["lenalidomide"]),
        ({"type": "DRUG", "name": "CC-5013"}, ["lenalidomide"]),
        (
            {"type": "DRUG", "name": "R-CHOP"},
            ["rituximab", "cyclophosphamide", "doxorubicin", "vincristine", "prednisone"],
        ),
        ({"type": "DRUG", "name": "ABX-1234"}, ["abx-1234"]),
        ({"type": "DRUG", "name": "Zorbitinib"}, ["zorbitinib"]),
        ({"type": "DRUG", "name": "7-zorboxystatin"}, ["7-zorboxystatin"]),
        ({"type": "DRUG", "name": "recombinant interferon gamma"}, ["interferon-gamma"]),
        ({"type": "DRUG", "name": "90Y-ibritumomab tiuxetan"}, ["ibritumomab-tiuxetan"]),
        (
            {"type": "DRUG", "name": "GVHD prophylaxis", "description": "Tacrolimus and MMF are given."},
            ["tacrolimus", "mycophenolate-mofetil"],
        ),
        ({"type": "RADIATION", "name": "TBI"}, ["radiation/total-body-irradiation"]),
        ({"type": "DRUG", "name": "Placebo"}, None),
        ({"type": "DRUG", "name": "Placebo to lenalidomide"}, None),
        ({"type": "PROCEDURE", "name": "Blood sampling during treatment with lenalidomide"}, None),
        ({"type": "BEHAVIORAL", "name": "Exercise"}, None),
    ],
)
def test_an_intervention_administers_the_agents_that_it_names(
    make_reading: Any, item: dict[str, Any], expected: list[str] | None
) -> None:
    assert of_interventions(make_reading, item).get(1) == expected


def test_what_participants_receive_anyway_is_background_therapy(make_reading: Any) -> None:
    reading = make_reading(
        identificationModule={"briefTitle": "NK cells in patients with myeloid malignancies treated with lenalidomide"}
    )
    text = link_treatment(reading, Links()).text_interventions
    assert [(t.label, t.background, [a.value for a in t.agents]) for t in text] == [
        ("lenalidomide", True, ["lenalidomide"])
    ]


def test_an_agent_that_only_an_arm_s_text_gives_is_an_intervention_of_that_arm(make_reading: Any) -> None:
    reading = make_reading(
        armsInterventionsModule={
            "armGroups": [
                {"label": "A", "description": "Participants receive tacrolimus."},
                {"label": "B", "description": "No tacrolimus is given."},
            ]
        }
    )
    links = link_treatment(reading, Links())
    assert [t.label for t in links.text_interventions] == ["tacrolimus"]
    assert [(a.arm, [g.intervention for g in a.administrations]) for a in links.arms] == [("1", ["text-1"])]


@pytest.mark.parametrize(
    ("product", "text", "expected"),
    [
        (NK, "After the NK cells, patients receive IL-2 subcutaneously to support the cells.", ["aldesleukin"]),
        (NK, "NK cells are cultured with IL-2 and then infused.", []),
        (GRAFT, "G-CSF is given from day +5 after transplantation until neutrophil recovery.", ["filgrastim"]),
        (GRAFT, "Donors receive G-CSF for mobilisation of stem cells.", []),
        (GRAFT, "G-CSF-mobilized cells are infused on day 0.", []),
        (GRAFT, "Patients receive cytarabine. G-CSF is given until blood counts recover.", []),
        (GRAFT, "PBSC are reinfused on day 0. Patients receive G-CSF twice daily beginning on day 1.", ["filgrastim"]),
        (GRAFT, "PBSC are reinfused on day 0. Group B receives G-CSF on days 1-8. Cells are collected.", []),
        (GRAFT, "G-CSF begins after the infusion and continues for days after harvest of PBSC.", []),
        (GRAFT, "Marrow is reinfused on day 0. G-CSF is given until blood counts recover.", ["filgrastim"]),
        (GRAFT, "PBSC are reinfused on day 0. G-CSF is administered on days 0-21.", ["filgrastim"]),
        (GRAFT, "IL-2-activated PBSC are infused. After the cells, patients receive IL-2 for 5 days.", ["aldesleukin"]),
        (GRAFT, "PBSC are infused. After recovery of the cells, patients receive IL-2 for 5 days.", []),
        (
            GRAFT,
            "Patients undergo PBSC reinfusion no earlier than day 17 and receive G-CSF until blood counts recover.",
            ["filgrastim"],
        ),
    ],
)
def test_cytokine_support_is_what_the_recipient_gets_with_the_cells(
    make_reading: Any, product: LinkedProduct, text: str, expected: list[str]
) -> None:
    links = link_treatment(make_reading(descriptionModule={"detailedDescription": text}), Links(products=(product,)))
    assert [f.value for arm in links.arms for f in arm.cytokine_support] == expected


def test_letters_of_a_regimen_mean_another_drug_in_another_disease(make_reading: Any) -> None:
    def given(title: str) -> list[str]:
        reading = make_reading(
            identificationModule={"briefTitle": title},
            armsInterventionsModule={"interventions": [{"type": "DRUG", "name": "DHAP"}]},
        )
        return [agent.value for link in link_treatment(reading, Links()).interventions for agent in link.agents]

    assert given("Treatment of lymphoma") == ["dexamethasone", "cytarabine", "cisplatin"]
    assert "cisplatin" not in given("Treatment of uncomplicated malaria")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patients receive CHOP.", ["cyclophosphamide", "doxorubicin", "prednisone", "vincristine"]),
        (
            "Patients receive CHOP, which consists of cyclophosphamide, doxorubicin, vincristine and prednisolone.",
            ["cyclophosphamide", "doxorubicin", "prednisolone", "vincristine"],
        ),
    ],
)
def test_letters_mean_what_the_record_spells_out(make_reading: Any, text: str, expected: list[str]) -> None:
    links = link_treatment(make_reading(descriptionModule={"detailedDescription": text}), Links())
    assert sorted(agent.value for given in links.text_interventions for agent in given.agents) == expected


def test_a_cytokine_that_made_the_cells_is_not_given(make_reading: Any) -> None:
    text = "Patients undergo filgrastim (G-CSF)-mobilized transplantation."
    links = link_treatment(make_reading(descriptionModule={"detailedDescription": text}), Links())
    assert links.text_interventions == ()


@pytest.mark.parametrize(
    ("text", "support", "given"),
    [
        ("NK cells are cultured with interleukin-2 and muromonab-CD3.", [], []),
        (
            "NK cells are activated with muromonab-CD3. After the NK cells, patients receive interleukin-2.",
            ["aldesleukin"],
            [],
        ),
        ("Patients receive NK cells and muromonab-CD3.", ["aldesleukin"], ["muromonab-cd3"]),
    ],
)
def test_what_cells_are_cultured_with_is_not_given_though_the_record_lists_it(
    make_reading: Any, text: str, support: list[str], given: list[str]
) -> None:
    names = [{"type": "BIOLOGICAL", "name": name} for name in ("aldesleukin", "muromonab-CD3")]
    reading = make_reading(
        armsInterventionsModule={"interventions": names}, descriptionModule={"detailedDescription": text}
    )
    links = link_treatment(reading, Links(products=(NK,)))
    assert [f.value for arm in links.arms for f in arm.cytokine_support] == support
    assert [agent.value for link in links.interventions for agent in link.agents] == given


def test_a_name_that_means_something_else_in_this_trial_is_no_agent(make_reading: Any) -> None:
    reading = make_reading(
        identificationModule={"briefTitle": "Stem cells after brain injury"},
        armsInterventionsModule={"interventions": [{"type": "OTHER", "name": "TBI patients"}]},
    )
    assert link_treatment(reading, Links()).interventions == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("T cells + IL-2", ["aldesleukin"]), ("IL-15-transduced NK cells", []), ("Interleukin-2", ["aldesleukin"])],
)
def test_a_cytokine_in_the_name_of_cells_is_support_only_beside_them(
    make_reading: Any, name: str, expected: list[str]
) -> None:
    reading = make_reading(armsInterventionsModule={"interventions": [{"type": "BIOLOGICAL", "name": name}]})
    known = Links(products=(NK,), interventions=(InterventionLinks(intervention=1, products=(1,)),))
    links = link_treatment(reading, known if "cells" in name else Links(products=(NK,)))
    assert [f.value for arm in links.arms for f in arm.cytokine_support] == expected


@pytest.mark.parametrize(
    ("intervention", "expected"),
    [
        ({"type": "DRUG", "name": "XQ4711", "description": "A fusion of an antibody and IL-2."}, ["xq4711"]),
        ({"type": "DRUG", "name": "ZQ20-0815", "description": "An antibody."}, ["zq20-0815"]),
        ({"type": "DRUG", "name": "Exemplatuzumab vedotin"}, ["exemplatuzumab-vedotin"]),
    ],
)
def test_a_code_or_a_whole_inn_names_an_agent_that_no_table_has(
    make_reading: Any, intervention: dict[str, str], expected: list[str]
) -> None:
    reading = make_reading(armsInterventionsModule={"interventions": [intervention]})
    links = link_treatment(reading, Links())
    assert [agent.value for link in links.interventions for agent in link.agents] == expected


def test_what_mobilises_the_patient_s_cells_treats_the_patient_too(make_reading: Any) -> None:
    text = "Patients receive paclitaxel IV for mobilization. Melphalan is given on day -2. PBSC are infused on day 0."
    links = link_treatment(make_reading(descriptionModule={"detailedDescription": text}), Links(products=(GRAFT,)))
    assert [agent.value for given in links.text_interventions for agent in given.agents] == ["paclitaxel"]


def test_cyclophosphamide_before_and_after_the_cells_is_administered_besides(make_reading: Any) -> None:
    drug = {
        "type": "DRUG",
        "name": "Cyclophosphamide",
        "description": "Days -6 and -5: 14 mg; days 3 and 4: 50 mg",
    }
    reading = make_reading(armsInterventionsModule={"interventions": [drug]})
    links = link_treatment(reading, Links(products=(GRAFT,)))
    assert [agent.value for link in links.interventions for agent in link.agents] == ["cyclophosphamide"]
    assert len(links.regimens) == 1
