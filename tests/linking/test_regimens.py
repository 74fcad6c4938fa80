"""What prepares the recipient: conditioning, lymphodepletion, cytoreduction, arm by arm."""

from typing import Any

import pytest

from kg.linking.treatment import link_treatment
from kg.record.links import ArmLinks, Finding, LinkedAdministration, LinkedProduct, Links

NK = LinkedProduct(label="NK cells", cell_types=(Finding("NaturalKillerCell"),))
CAR_T = LinkedProduct(
    label="CAR-T", cell_types=(Finding("TCell"),), modifications=(Finding("ChimericAntigenReceptor"),)
)
GRAFT = LinkedProduct(
    label="HSCT", cell_types=(Finding("HematopoieticStemCell"),), product_kinds=(Finding("StemCellGraft"),)
)
STROMAL = LinkedProduct(label="MSC", cell_types=(Finding("MesenchymalStromalCell"),))


def linked(make_reading: Any, product: LinkedProduct, text: str, **modules: Any) -> Links:
    reading = make_reading(descriptionModule={"detailedDescription": text}, **modules)
    return link_treatment(reading, Links(products=(product,)))


def agents(links: Links) -> list[str]:
    return sorted({part.agent.value for regimen in links.regimens for part in regimen.components})


@pytest.mark.parametrize(
    ("product", "text", "expected"),
    [
        (
            CAR_T,
            "Lymphodepletion with fludarabine and cyclophosphamide precedes the cells.",
            ["cyclophosphamide", "fludarabine"],
        ),
        (CAR_T, "Patients receive Flu/Cy lymphodepletion.", ["cyclophosphamide", "fludarabine"]),
        (
            GRAFT,
            "Conditioning: BEAM, then autologous transplant.",
            ["carmustine", "cytarabine", "etoposide", "melphalan"],
        ),
        (
            GRAFT,
            "Patients receive oral busulfan on days -7 to -4 and cyclophosphamide on days -3 and -2.",
            ["busulfan", "cyclophosphamide"],
        ),
        (
            GRAFT,
            "Conditioning regimen:\n\n* Endoxan 60 mg/kg\n\n* TBI 12 Gy",
            ["cyclophosphamide", "radiation/total-body-irradiation"],
        ),
        (GRAFT, "High-dose melphalan followed by autologous stem cell rescue.", ["melphalan"]),
        (
            GRAFT,
            "Patients receive carboplatin. Two days later, patients undergo stem cell reinfusion.",
            ["carboplatin"],
        ),
        (
            NK,
            "A cycle includes chemotherapy (FLAG) followed by three infusions of NK cells.",
            ["cytarabine", "filgrastim", "fludarabine"],
        ),
        (
            GRAFT,
            "Within 4 weeks of mobilization, patients receive thiotepa IV and busulfan IV on days -6 to -4.",
            ["busulfan", "thiotepa"],
        ),
        (GRAFT, "If irradiation is not possible, busulfan is given on days -7 to -4.", ["busulfan"]),
        (
            GRAFT,
            "Patients receive fludarabine before the transplant. They also receive ATG to prevent rejection. "
            "When this treatment is completed, the stem cells are infused.",
            ["anti-thymocyte-globulin", "fludarabine"],
        ),
        (
            GRAFT,
            "Patients receive yttrium Y 90 monoclonal antibody MN-14 IV on day 0. "
            "PBSC or bone marrow is reinfused on days 6 to 14.",
            ["yttrium-90-monoclonal-antibody-mn-14"],
        ),
        (
            GRAFT,
            "Following stem cell collection, patients proceed to transplantation with a carmustine, "
            "etoposide preparative regimen.",
            ["carmustine", "etoposide"],
        ),
        (GRAFT, "Myeloablation consists of thiotepa followed by melphalan.", ["melphalan", "thiotepa"]),
        (GRAFT, "Intensive consolidation with melphalan followed by autologous transplantation.", ["melphalan"]),
        (GRAFT, "Minus day 3 melphalan 140 mg/m2, day 0 transplant.", ["melphalan"]),
        (CAR_T, "Pretreatment regimen: cyclophosphamide and fludarabine.", ["cyclophosphamide", "fludarabine"]),
        (
            GRAFT,
            "Patients receive melphalan and methylprednisolone IV on days -3 to -1.",
            ["melphalan", "methylprednisolone"],
        ),
        (
            GRAFT,
            "A portion of the cells are reinfused after topotecan/etoposide phosphate chemotherapy.",
            ["etoposide", "topotecan"],
        ),
    ],
)
def test_an_agent_that_prepares_the_recipient_is_part_of_a_regimen(
    make_reading: Any, product: LinkedProduct, text: str, expected: list[str]
) -> None:
    assert agents(linked(make_reading, product, text)) == expected


@pytest.mark.parametrize(
    ("product", "text"),
    [
        (GRAFT, "Cyclophosphamide is given on days +3 and +4 after transplant to prevent GVHD."),
        (GRAFT, "Post-transplant cyclophosphamide is given."),
        (GRAFT, "Cyclosporine starts on day -3 before transplantation."),
        (GRAFT, "Patients receive cyclophosphamide and G-CSF, followed by collection of stem cells."),
        (GRAFT, "Patients previously treated with fludarabine before transplantation are included."),
        (CAR_T, "No lymphodepletion with fludarabine is given."),
        (CAR_T, "Previous studies used conditioning with fludarabine."),
        (STROMAL, "Patients receive doxorubicin followed by stromal cells."),
        (NK, "NK cells are expanded with IL-15 before infusion."),
        (GRAFT, "Induction: R-CHOP followed by autologous transplantation."),
        (GRAFT, "Cytarabine and idarubicin, followed by continuous infusion of etoposide."),
        (GRAFT, "Indium In 111 monoclonal antibody MN-14 is given for imaging on day -7."),
        (GRAFT, "Etoposide for several days and then mobilization of cells prior to transplantation."),
        (GRAFT, "After initiation of mitoxantrone infusion, a stem cell count is made."),
        (NK, "Patients receive etoposide. After completion of another drug, its infusion is repeated."),
        (GRAFT, "Methylprednisolone IV is given on days -2 and -1."),
        (GRAFT, "Cytoreduction with etoposide is followed by mobilization of stem cells."),
        (NK, "Patients receive temozolomide for 5 days. 3 infusions of NK cells are given between cycles."),
        (GRAFT, "After transplantation, patients receive thiotepa to mobilize cells before a second transplant."),
    ],
)
def test_what_is_given_after_or_for_something_else_is_no_conditioning(
    make_reading: Any, product: LinkedProduct, text: str
) -> None:
    assert agents(linked(make_reading, product, text)) == []


def test_without_cells_nothing_is_conditioning(make_reading: Any) -> None:
    reading = make_reading(descriptionModule={"briefSummary": "Conditioning with busulfan before transplant."})
    assert link_treatment(reading, Links()).regimens == ()


def test_regimens_for_two_populations_stay_apart(make_reading: Any) -> None:
    links = linked(
        make_reading,
        NK,
        "For patients with high-risk primary AML a cycle includes chemotherapy (HD-ARA-C+IDA) "
        "followed by NK cell infusions."
        "\n\nFor patients with refractory/relapsed AML a cycle includes chemotherapy "
        "(FLAG - fludarabine, cytarabine, G-CSF) "
        "followed by NK cell infusions.",
    )
    told = [
        (
            [state.value for state in regimen.population_states],
            [part.agent.value for part in regimen.components],
            [purpose.value for purpose in regimen.purposes],
        )
        for regimen in links.regimens
    ]
    assert told == [
        (["NewlyDiagnosed"], ["cytarabine", "idarubicin"], ["Cytoreduction"]),
        (["Refractory", "Relapsed"], ["fludarabine", "cytarabine", "filgrastim"], ["Cytoreduction"]),
    ]


def test_the_purpose_follows_the_cue_and_the_cells(make_reading: Any) -> None:
    text = "Conditioning with fludarabine is given."
    assert [p.value for p in linked(make_reading, GRAFT, text).regimens[0].purposes] == ["TransplantConditioning"]
    assert [p.value for p in linked(make_reading, NK, text).regimens[0].purposes] == ["Lymphodepletion"]


def test_doses_and_days_stand_with_their_agent(make_reading: Any) -> None:
    text = "Lymphodepletion: fludarabine 30 mg/m2 on days -5 to -3 and cyclophosphamide 60 mg/kg on day -6."
    parts = {part.agent.value: part.doses[0] for part in linked(make_reading, CAR_T, text).regimens[0].components}
    flu, cy = parts["fludarabine"], parts["cyclophosphamide"]
    assert (flu.amount, flu.unit, flu.per_kilogram, flu.relative_day) == ("30", "mg/m2", False, "-5 to -3")
    assert (cy.amount, cy.unit, cy.per_kilogram, cy.relative_day) == ("60", "mg/kg", True, "-6")


def test_agents_that_share_days_share_them_and_not_the_amount(make_reading: Any) -> None:
    text = "Lymphodepletion with fludarabine and cyclophosphamide 500 mg/m2 on days -5 to -3."
    parts = {part.agent.value: part.doses[0] for part in linked(make_reading, CAR_T, text).regimens[0].components}
    assert (parts["fludarabine"].amount, parts["fludarabine"].relative_day) == (None, "-5 to -3")
    assert parts["cyclophosphamide"].amount == "500"


ARMS = {
    "armGroups": [
        {"label": "With lymphodepletion", "interventionNames": ["Biological: CAR-T cells", "Drug: Fludarabine"]},
        {"label": "Cells only", "interventionNames": ["Biological: CAR-T cells"]},
        {"label": "Observation"},
    ],
    "interventions": [
        {"type": "BIOLOGICAL", "name": "CAR-T cells", "armGroupLabels": ["With lymphodepletion", "Cells only"]},
        {
            "type": "DRUG",
            "name": "Fludarabine",
            "description": "30 mg/m2 on days -5 to -3",
            "armGroupLabels": ["With lymphodepletion"],
        },
        {"type": "DRUG", "name": "Lenalidomide", "description": "10 mg daily", "armGroupLabels": ["Cells only"]},
    ],
}


def test_conditioning_is_said_only_of_the_arm_that_gets_it(make_reading: Any) -> None:
    cells = LinkedAdministration(intervention="1", product=1)
    known = Links(
        products=(CAR_T,),
        arms=(ArmLinks(arm="1", administrations=(cells,)), ArmLinks(arm="2", administrations=(cells,))),
    )
    reading = make_reading(
        armsInterventionsModule=ARMS,
        descriptionModule={"briefSummary": "Patients receive fludarabine before the infusion of CAR-T cells."},
    )
    arms = {arm.arm: arm for arm in link_treatment(reading, known).arms}
    assert arms["1"].conditioning == (1,)
    assert arms["2"].conditioning == ()
    assert "3" not in arms


def test_an_intervention_that_only_prepares_administers_nothing_under_study(make_reading: Any) -> None:
    cells = LinkedAdministration(intervention="1", product=1)
    known = Links(products=(CAR_T,), arms=(ArmLinks(arm="1", administrations=(cells,)),))
    links = link_treatment(make_reading(armsInterventionsModule=ARMS), known)
    assert {link.intervention: [agent.value for agent in link.agents] for link in links.interventions} == {
        3: ["lenalidomide"]
    }


def test_an_agent_given_before_and_after_the_cells_prepares_and_is_administered(make_reading: Any) -> None:
    reading = make_reading(
        armsInterventionsModule={"interventions": [{"type": "DRUG", "name": "cyclophosphamide"}]},
        descriptionModule={
            "detailedDescription": "Patients receive cyclophosphamide IV on days -6 and -5. "
            "Patients receive cyclophosphamide IV over 1 hour on days 3 and 4."
        },
    )
    links = link_treatment(reading, Links(products=(GRAFT,)))
    assert agents(links) == ["cyclophosphamide"]
    assert [agent.value for link in links.interventions for agent in link.agents] == ["cyclophosphamide"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patients receive melphalan and methylprednisolone IV on days -2 to 0 and 5-18.", ["methylprednisolone"]),
        ("Patients receive melphalan and methylprednisolone IV on days -5 and -4.", []),
        ("* Induction therapy: Patients receive melphalan IV.\n* Conditioning with melphalan.", ["melphalan"]),
        ("* Mobilization: Patients receive melphalan.\n* Melphalan is given on day -1.", ["melphalan"]),
        ("After induction, patients receive melphalan on day -1.", []),
    ],
)
def test_an_agent_of_another_step_is_administered_besides(make_reading: Any, text: str, expected: list[str]) -> None:
    names = [{"type": "DRUG", "name": name} for name in ("melphalan", "methylprednisolone") if name in text]
    reading = make_reading(
        armsInterventionsModule={"interventions": names}, descriptionModule={"detailedDescription": text}
    )
    links = link_treatment(reading, Links(products=(GRAFT,)))
    assert "melphalan" in agents(links)
    assert [agent.value for link in links.interventions for agent in link.agents] == expected


def test_what_the_text_gives_for_induction_outweighs_the_order_in_a_title(make_reading: Any) -> None:
    title = {"briefTitle": "Fludarabine and alemtuzumab followed by stem cell transplantation"}
    induction = "* Induction therapy: Patients receive alemtuzumab IV.\n"
    assert agents(linked(make_reading, GRAFT, "", identificationModule=title)) == ["alemtuzumab", "fludarabine"]
    assert agents(linked(make_reading, GRAFT, induction, identificationModule=title)) == ["fludarabine"]


@pytest.mark.parametrize(
    ("product", "criteria", "expected"),
    [
        (GRAFT, "* Use of a conditioning regimen with busulfan", ["busulfan"]),
        (GRAFT, "* At least 6 months since conditioning with busulfan", []),
        (GRAFT, "Exclusion Criteria:\n* Conditioning regimen with busulfan", []),
        (NK, "* Use of a conditioning regimen with busulfan", []),
    ],
)
def test_a_criterion_of_a_transplant_may_state_the_regimen(
    make_reading: Any, product: LinkedProduct, criteria: str, expected: list[str]
) -> None:
    assert agents(linked(make_reading, product, "", eligibilityModule={"eligibilityCriteria": criteria})) == expected


def test_a_summary_that_repeats_the_arm_s_regimen_adds_none(make_reading: Any) -> None:
    reading = make_reading(
        armsInterventionsModule={
            "armGroups": [{"label": "A", "description": "Fludarabine on days -5 to -3, then CAR-T cells on day 0."}]
        },
        descriptionModule={"briefSummary": "Lymphodepletion with fludarabine is followed by CAR-T cells."},
    )
    links = link_treatment(reading, Links(products=(CAR_T,)))
    assert len(links.regimens) == 1
    assert links.arms[0].conditioning == (1,)


def test_a_heading_names_the_population_of_the_regimen_below_it(make_reading: Any) -> None:
    text = "One cycle for patients with refractory AML: FLAG chemotherapy, then NK cells in three doses."
    (regimen,) = linked(make_reading, NK, text).regimens
    assert [state.value for state in regimen.population_states] == ["Refractory"]
    assert agents(linked(make_reading, NK, text)) == ["cytarabine", "filgrastim", "fludarabine"]


def test_each_population_of_a_text_has_a_regimen_of_its_own(make_reading: Any) -> None:
    text = (
        "Patients with aplastic anaemia receive cyclophosphamide on days -6 to -3. "
        "Patients with inborn errors receive busulfan on days -9 to -6 and cyclophosphamide on days -5 to -2."
    )
    links = linked(make_reading, GRAFT, text)
    assert sorted(regimen.label for regimen in links.regimens) == [
        "cyclophosphamide (Patients with aplastic anaemia)",
        "cyclophosphamide + busulfan (Patients with inborn errors)",
    ]
    assert links.arms[0].conditioning == (1, 2)


def test_one_population_makes_no_second_regimen(make_reading: Any) -> None:
    text = "Patients with myeloma receive busulfan on days -9 to -6. Thiotepa is given on days -5 and -4."
    (regimen,) = linked(make_reading, GRAFT, text).regimens
    assert [part.agent.value for part in regimen.components] == ["busulfan", "thiotepa"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patients receive thiotepa on days 0 and 1 and carboplatin on day 2. PBSC are reinfused on day 6.",
         ["carboplatin", "thiotepa"]),
        ("Patients receive cytarabine on days 1-7. PBSC are harvested on day 20 and reinfused on day 30.", []),
        ("Patients receive doxorubicin on day 1. Courses repeat every 21 days. PBSC are infused on day 30.", []),
        ("Patients receive cisplatin on day 1; cytarabine in a 3-hour infusion is given on day 2.", []),
        ("Patients undergo TBI on day 0. Donor stem cells are infused later that day.",
         ["radiation/total-body-irradiation"]),
        ("Patients undergo leukapheresis on day -9, ifosfamide on days -7 to -4. PBSC are reinfused on day 0.",
         ["ifosfamide"]),
        ("Patients receive melphalan on day -2 and anti-thymocyte globulin on days 1-3.", ["melphalan"]),
    ],
)  # fmt: skip
def test_what_is_given_before_the_day_of_the_cells_prepares(make_reading: Any, text: str, expected: list[str]) -> None:
    assert agents(linked(make_reading, GRAFT, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patients who have received radiotherapy receive busulfan on days -7 to -4.", ["busulfan"]),
        ("Patients not eligible to receive irradiation receive busulfan on days -7 to -4.", ["busulfan"]),
        ("Patients who have received busulfan may enrol before transplantation.", []),
        ("For patients unable to receive etoposide, melphalan is given on day -3.", ["melphalan"]),
        ("Cyclophosphamide IV over 1 hour, followed 24 hours later by TBI, followed by reinfusion of marrow.",
         ["cyclophosphamide", "radiation/total-body-irradiation"]),
        ("High-dose epirubicin x 3 supported by peripheral blood progenitor cells.", ["epirubicin"]),
        ("Treatment with chemotherapy (and irradiation: TBI) followed by reinfusion of the PBSC harvest.",
         ["radiation/total-body-irradiation"]),
        ("Patients are given antithymocyte globulin for graft rejection prophylaxis before transplantation.",
         ["anti-thymocyte-globulin"]),
    ],
)  # fmt: skip
def test_words_about_another_treatment_end_before_what_is_given(
    make_reading: Any, text: str, expected: list[str]
) -> None:
    assert agents(linked(make_reading, GRAFT, text)) == expected


@pytest.mark.parametrize(("days", "expected"), [("on day -9", ["rituximab"]), ("D-2/D1", [])])
def test_a_description_with_days_before_cells_only_says_what_the_drug_is_for(
    make_reading: Any, days: str, expected: list[str]
) -> None:
    drug = {"type": "DRUG", "name": "Rituximab", "description": f"375 mg/m2 {days}"}
    modules = {"armsInterventionsModule": {"interventions": [drug]}}
    assert agents(linked(make_reading, GRAFT, "Patients undergo transplantation.", **modules)) == expected


def test_a_day_of_too_many_digits_is_no_day(make_reading: Any) -> None:
    digits = "9" * 5000
    text = f"Patients receive thiotepa on day {digits}. PBSC are reinfused on day {digits}1."
    assert agents(linked(make_reading, GRAFT, text)) == []
