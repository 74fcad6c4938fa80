"""Whose cells a product is made of, from what tissue, and whether they were grown (our own words)."""

from collections.abc import Callable
from typing import Any

import pytest

from kg.linking.cells import link_cells
from kg.linking.fields import Reading
from kg.record.links import LinkedProduct

Make = Callable[..., Reading]


@pytest.fixture
def products(make_reading: Make) -> Callable[..., list[LinkedProduct]]:
    """Return the products of a record with a title, interventions, prose and criteria."""

    def read(title: str, *names: str, description: str = "", criteria: str = "") -> list[LinkedProduct]:
        modules: dict[str, Any] = {
            "identificationModule": {"nctId": "NCT00000000", "briefTitle": title},
            "descriptionModule": {"briefSummary": title, "detailedDescription": description},
            "armsInterventionsModule": {"interventions": [{"type": "BIOLOGICAL", "name": name} for name in names]},
            "eligibilityModule": {"eligibilityCriteria": criteria},
        }
        return list(link_cells(make_reading(**modules)).products)

    return read


def values(product: LinkedProduct, part: str) -> list[tuple[str, str]]:
    return [(finding.value, finding.evidence[0].strength) for finding in getattr(product, part)]


@pytest.mark.parametrize(
    ("name", "criteria", "donors", "tissues"),
    [
        (
            "CD19 CAR-T cells",
            "Exclusion Criteria:\n\n* Steroids within 5 days before leukapheresis",
            [],
            [("PeripheralBlood", "Probable")],
        ),
        (
            "Autologous CD19 CAR-T cells",
            "* Adequate venous access for apheresis",
            [("Autologous", "Stated")],
            [("PeripheralBlood", "Probable")],
        ),
        (
            "NK cells",
            "* Eligible for leukapheresis",
            [("Autologous", "Probable")],
            [("PeripheralBlood", "Probable")],
        ),
        (
            "CD19 CAR-T cells",
            "* Veins fit for the collection of mononuclear cells",
            [("Autologous", "Probable")],
            [("PeripheralBlood", "Probable")],
        ),
        ("CD19 CAR-T cells", "* The donor is fit for leukapheresis", [], []),
        ("CD19 CAR-T cells", "* LDL apheresis within 5 days", [], []),
        ("Allogeneic CD19 CAR-T cells", "* No leukapheresis within 5 days", [("Allogeneic", "Stated")], []),
        ("Mesenchymal stromal cells", "* Eligible for leukapheresis", [], []),
    ],
)
def test_an_apheresis_of_participants_makes_the_cells_probably_theirs_and_of_blood(
    products: Callable[..., list[LinkedProduct]],
    name: str,
    criteria: str,
    donors: list[tuple[str, str]],
    tissues: list[tuple[str, str]],
) -> None:
    (product,) = products("A trial of cells", name, criteria=criteria)
    assert values(product, "donors") == donors
    assert values(product, "source_tissues") == tissues


def test_criteria_do_not_contradict_what_the_prose_says_of_the_donor(
    products: Callable[..., list[LinkedProduct]],
) -> None:
    (product,) = products(
        "Peripheral blood stem cell transplantation",
        "peripheral blood stem cell transplantation",
        description="Peripheral blood stem cells are collected from the patients.",
        criteria="* Under 55 years, or without an offer of an unrelated donor",
    )
    assert [value for value, _ in values(product, "donors")] == ["Autologous"]


@pytest.mark.parametrize(
    "description",
    [
        "Collect blood from the patients, isolate mononuclear cells and transduce them.",
        "The cells are grown and given back to the patients.",
        "Vaccines are made from a person's white blood cells.",
    ],
)
def test_cells_from_the_participant_are_autologous(
    products: Callable[..., list[LinkedProduct]], description: str
) -> None:
    (product,) = products("CD19 CAR-T cells", "CD19 CAR-T cells", description=description)
    assert [value for value, _ in values(product, "donors")] == ["Autologous"]


@pytest.mark.parametrize(
    ("name", "description", "criteria", "donors"),
    [
        (
            "allogeneic bone marrow transplantation",
            "Patients who are eligible for allo-BMT, have an unrelated donor and are under 45 proceed to regimen B.",
            "",
            ["Allogeneic", "Unrelated"],
        ),
        (
            "allogeneic bone marrow transplantation",
            "",
            "* Ineligible for marrow transplantation from an unrelated donor",
            ["Allogeneic"],
        ),
        (
            "haploidentical stem cell transplantation",
            "Survival is set against historical data of transplants from unrelated donors.",
            "",
            ["Allogeneic", "Haploidentical"],
        ),
        (
            "bone marrow transplantation",
            "Related-donor, HLA (human leukocyte antigen)-matched marrow is given.",
            "",
            ["Allogeneic", "MatchedRelated"],
        ),
        (
            "peripheral blood stem cell transplantation",
            "Before the harvest, patients receive two courses of mobilizing chemotherapy.",
            "",
            ["Autologous"],
        ),
        (
            "in vitro-treated peripheral blood stem cell transplantation",
            "Autologous peripheral blood mononuclear cells are harvested and grown.",
            "",
            ["Autologous"],
        ),
        (
            "peripheral blood stem cell transplantation",
            "No later than two weeks after induction, patients receive mobilization chemotherapy.",
            "",
            ["Autologous"],
        ),
        (
            "peripheral blood stem cell transplantation",
            "Patients receive filgrastim on days 1-6 and undergo leukapheresis.",
            "",
            ["Autologous"],
        ),
        (
            "peripheral blood stem cell transplantation",
            "Peripheral blood stem cells (PBSC) are then collected. Busulfan follows.",
            "",
            ["Autologous"],
        ),
        (
            "peripheral blood stem cell transplantation",
            "Peripheral blood stem cells (PBSC) are then collected. Busulfan follows.",
            "* The sibling is fit",
            [],
        ),
        ("dendritic cell vaccine", "An autologous tumor lysate is given before the dendritic cells.", "", []),
    ],
)
def test_donor_words_belong_to_the_graft_they_speak_of(
    products: Callable[..., list[LinkedProduct]], name: str, description: str, criteria: str, donors: list[str]
) -> None:
    (product,) = products(name, name, description=description, criteria=criteria)
    assert [value for value, _ in values(product, "donors")] == donors


def test_another_name_does_not_contradict_the_name_of_an_intervention(make_reading: Make) -> None:
    transplant = {"type": "PROCEDURE", "name": "Allogeneic stem cell transplantation", "otherNames": ["ASCT"]}
    reading = make_reading(armsInterventionsModule={"interventions": [transplant]})
    (product,) = link_cells(reading).products
    assert [value for value, _ in values(product, "donors")] == ["Allogeneic"]


def test_two_grafts_of_a_record_share_the_donor_of_its_criteria(products: Callable[..., list[LinkedProduct]]) -> None:
    found = products(
        "Stem cell transplantation with donor lymphocytes",
        "peripheral blood stem cell transplantation",
        "donor lymphocyte infusion",
        criteria="* A related donor who is HLA identical",
    )
    assert [{value for value, _ in values(product, "donors")} for product in found] == [
        {"Allogeneic", "Related"},
        {"Allogeneic", "Related"},
    ]


def test_identical_at_least_at_one_haplotype_is_not_haploidentical(
    products: Callable[..., list[LinkedProduct]],
) -> None:
    (product,) = products(
        "Allogeneic stem cell transplantation",
        "allogeneic stem cell transplantation",
        criteria="* DONOR: Related donor identical at least at one haplotype",
    )
    assert [value for value, _ in values(product, "donors")] == ["Allogeneic", "Related"]


def test_donor_cells_after_a_transplant_come_from_its_donor(products: Callable[..., list[LinkedProduct]]) -> None:
    (product,) = products("Donor NK cells after haploidentical stem cell transplantation", "Donor NK cell infusion")
    assert values(product, "donors") == [("Allogeneic", "Stated"), ("Haploidentical", "Probable")]


def test_donor_lymphocytes_come_from_the_donor_of_the_graft(products: Callable[..., list[LinkedProduct]]) -> None:
    lymphocytes, graft = products(
        "Stem cell transplantation and donor lymphocytes",
        "donor lymphocyte infusion",
        "stem cell transplantation from a matched sibling donor",
    )
    assert [value for value, _ in values(graft, "donors")] == ["Allogeneic", "MatchedRelated"]
    assert ("MatchedRelated", "Probable") in values(lymphocytes, "donors")


def test_cord_blood_is_probably_another_persons(products: Callable[..., list[LinkedProduct]]) -> None:
    (product,) = products("NK cells", "CB-NK cells")
    assert values(product, "donors") == [("Allogeneic", "Probable"), ("CordBloodDonor", "Stated")]
    (own,) = products("Cord blood", "Autologous cord blood infusion")
    assert [value for value, _ in values(own, "donors")] == ["Autologous", "CordBloodDonor"]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Dendritic cells are obtained from the blood and matured.", True),
        ("Dendritic cells are isolated from collected blood.", True),
        ("Blood samples are collected to count dendritic cells.", False),
    ],
)
def test_cells_obtained_from_blood(
    products: Callable[..., list[LinkedProduct]], description: str, expected: bool
) -> None:
    (product,) = products("A dendritic cell vaccine", "dendritic cell vaccine", description=description)
    assert bool(product.source_tissues) is expected


def test_a_donors_tissue_may_follow_the_cells(products: Callable[..., list[LinkedProduct]]) -> None:
    (product,) = products(
        "Stem cell transplantation",
        "stem cell transplantation",
        description="Patients undergo transplantation of stem cells from a family donor's peripheral blood.",
    )
    assert values(product, "source_tissues") == [("PeripheralBlood", "Stated")]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Ex vivo-expanded T cells are given in patients with lymphoma.", True),
        ("T cells are transduced; the total culture time of the T cells is 7 days.", True),
        ("Amplify the transduced T cells as needed.", True),
        ("Phase II of the CAR T cells will be expanded by 10 cases.", False),
        ("T cells expanded in peripheral blood are counted.", False),
    ],
)
def test_expansion_is_outside_the_body(
    products: Callable[..., list[LinkedProduct]], description: str, expected: bool
) -> None:
    (product,) = products("CD19 CAR-T cells", "CD19 CAR-T cells", description=description)
    assert bool(product.expanded_ex_vivo) is expected


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ("* A donor willing to donate peripheral blood stem cells or bone marrow", ["BoneMarrow", "PeripheralBlood"]),
        ("* Donor able to undergo apheresis", ["PeripheralBlood"]),
        ("* Fewer than 5% blasts in the bone marrow", []),
        ("* Patients whose bone marrow was collected earlier", []),
    ],
)
def test_the_collection_of_a_graft_among_criteria_makes_its_tissue_probable(
    products: Callable[..., list[LinkedProduct]], criteria: str, expected: list[str]
) -> None:
    (product,) = products(
        "Allogeneic stem cell transplantation", "allogeneic stem cell transplantation", criteria=criteria
    )
    assert [value for value, _ in values(product, "source_tissues")] == expected


def test_a_vaccine_of_the_participants_tumour_cells_comes_from_the_tumour(
    products: Callable[..., list[LinkedProduct]],
) -> None:
    (product,) = products("A vaccine", "irradiated autologous leukemia cell vaccine")
    assert values(product, "source_tissues") == [("Tumor", "Entailed")]


def test_a_vaccine_of_a_cell_line_comes_from_the_line(products: Callable[..., list[LinkedProduct]]) -> None:
    (product,) = products("A vaccine", "tumor cell vaccine", description="Irradiated LNCaP cells are injected.")
    assert values(product, "donors") == [("CellLine", "Stated")]
    assert values(product, "source_tissues") == [("ImmortalizedCellLine", "Entailed")]


@pytest.mark.parametrize(
    ("names", "description", "tissues"),
    [
        (
            ["autologous bone marrow transplantation"],
            "Patients undergo autologous bone marrow or peripheral blood stem cell transplantation.",
            [["BoneMarrow", "PeripheralBlood"]],
        ),
        (
            ["autologous bone marrow transplantation"],
            "Patients undergo autologous transplantation of bone marrow. Peripheral blood stem cells are a reserve.",
            [["BoneMarrow"]],
        ),
        (
            ["autologous bone marrow transplantation", "peripheral blood stem cell transplantation"],
            "Patients undergo autologous bone marrow or peripheral blood stem cell transplantation.",
            [["BoneMarrow"], ["PeripheralBlood"]],
        ),
    ],
)
def test_a_tissue_that_is_offered_beside_the_named_one_counts(
    products: Callable[..., list[LinkedProduct]], names: list[str], description: str, tissues: list[list[str]]
) -> None:
    found = products("High-dose chemotherapy", *names, description=description)
    assert [[value for value, _ in values(product, "source_tissues")] for product in found] == tissues


@pytest.mark.parametrize(
    ("description", "criteria"),
    [
        ("BACKGROUND:\n\nFew patients have a matched sibling.\n\nDESIGN:\n\nRandomized.", ""),
        ("", "* A donor is available; haploidentical donors are excluded"),
    ],
)
def test_donors_of_the_background_and_excluded_ones_are_not_those_of_the_trial(
    products: Callable[..., list[LinkedProduct]], description: str, criteria: str
) -> None:
    (product,) = products(
        "Transplantation", "allogeneic stem cell transplantation", description=description, criteria=criteria
    )
    assert [value for value, _ in values(product, "donors")] == ["Allogeneic"]
