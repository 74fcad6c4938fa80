"""The rules for cell products, each on the smallest record that shows it (our own words)."""

import time

import pytest

from kg.linking import link
from kg.linking.cells import link_cells
from kg.linking.fields import Reading
from kg.record import Document, Position, Study
from kg.record.links import LinkedProduct, Links
from kg.record.protocol import (
    ArmGroup,
    ArmsInterventionsModule,
    DescriptionModule,
    EligibilityModule,
    IdentificationModule,
    Intervention,
    ProtocolSection,
)


def record(
    title: str = "",
    summary: str = "",
    *,
    official: str = "",
    interventions: tuple[Intervention, ...] = (),
    arms: tuple[ArmGroup, ...] = (),
    criteria: str = "",
    description: str = "",
) -> Document:
    protocol = ProtocolSection(
        identification_module=IdentificationModule(
            nct_id="NCT00000000", brief_title=title or None, official_title=official or None
        ),
        description_module=DescriptionModule(brief_summary=summary or None, detailed_description=description or None),
        arms_interventions_module=ArmsInterventionsModule(arm_groups=arms, interventions=interventions),
        eligibility_module=EligibilityModule(eligibility_criteria=criteria or None),
    )
    return Document(
        source="ctgov",
        id="NCT00000000",
        kind="ctgov-v2",
        reader_version="1",
        study=Study(protocol_section=protocol),
        position=Position("here"),
        sha256="0",
    )


def biological(name: str, description: str = "", *labels: str) -> Intervention:
    return Intervention(type="BIOLOGICAL", name=name, description=description or None, arm_group_labels=labels)


def only(links: Links) -> LinkedProduct:
    assert len(links.products) == 1, links.products
    return links.products[0]


def values(product: LinkedProduct, part: str) -> list[str]:
    return [finding.value for finding in getattr(product, part)]


@pytest.mark.parametrize(
    ("name", "cell_type", "kind", "modification"),
    [
        ("NK cell infusion", "NaturalKillerCell", None, None),
        ("CD19 CAR-NK cells", "NaturalKillerCell", None, "ChimericAntigenReceptor"),
        ("anti-BCMA CAR-T cells", "TCell", None, "ChimericAntigenReceptor"),
        ("NY-ESO-1 TCR-T cells", "TCell", None, "EngineeredTCR"),
        ("Donor lymphocyte infusion", None, "DonorLymphocytes", None),
        ("EBV-specific T cells", "TCell", "VirusSpecificLymphocytes", None),
        ("Tumor infiltrating lymphocytes", None, "TumorInfiltrate", None),
        ("Cytokine-induced killer cells", None, "CytokineInduced", None),
        ("Umbilical cord blood transplantation", None, "CordBloodGraft", None),
        ("Allogeneic hematopoietic stem cell transplantation", "HematopoieticStemCell", "StemCellGraft", None),
        ("Adipose-derived mesenchymal stem cells", "MesenchymalStromalCell", None, None),
        ("Autologous dendritic cell vaccine", "DendriticCell", None, None),
        ("Regulatory T cells", "RegulatoryTCell", None, None),
        ("Islet transplantation", "PancreaticIsletCell", None, None),
        ("Bone marrow mononuclear cells", "MononuclearCell", "MononuclearFraction", None),
    ],
)
def test_a_name_gives_the_parts_of_its_product(
    name: str, cell_type: str | None, kind: str | None, modification: str | None
) -> None:
    product = only(link(record("A trial", interventions=(biological(name),))))
    assert cell_type is None or cell_type in values(product, "cell_types")
    assert kind is None or kind in values(product, "product_kinds")
    assert values(product, "modifications") == ([modification] if modification else [])


@pytest.mark.parametrize(
    "name",
    [
        "Placebo (no cells)",
        "T-cell engager antibody",
        "Mesenchymal stem cell exosomes",
        "NK cell count",
        "Stem cell mobilization with plerixafor",
        "Granulocyte colony-stimulating factor",
        "Anti-thymocyte globulin",
        "Peripheral blood stem cell collection",
        "Fecal microbiota transplantation",
        "Platelet-rich plasma",
        "Red blood cell transfusion",
    ],
)
def test_what_is_not_cells_makes_no_product(name: str) -> None:
    assert link(record("A trial", interventions=(biological(name),))).products == ()


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Drug X in Patients With T-Cell Lymphoma", "The drug is given daily."),
        (
            "Drug X After Autologous Stem Cell Transplantation",
            "Patients who underwent ASCT receive the drug on day 30.",
        ),
        ("Antifungal Y in Recipients of Allogeneic Transplants", "Patients had received a stem cell transplant."),
        ("Drug Z", "Patients eligible for a stem cell transplant and patients after CAR-T cells are included."),
        ("Drug X", "Four weeks after high-dose chemotherapy and autologous transplantation, patients receive drug X."),
        (
            "Drug X",
            "Drug X is compared in patients with lymphoma treated with melphalan and stem cell transplantation.",
        ),
        ("Drug X", "Patients had received induction, reached remission, and underwent stem cell transplantation."),
        ("Drug X", "Patients receive drug X after neutrophil recovery from stem cell transplantation."),
        ("Drug X for Hematopoietic Stem Cell Supermobilization in Lymphoma", "Patients receive the drug for 4 days."),
    ],
)
def test_a_transplant_that_participants_merely_had_is_no_product(title: str, summary: str) -> None:
    drug = Intervention(type="DRUG", name="Drug X")
    assert link(record(title, summary, interventions=(drug,))).products == ()


def test_no_donor_and_no_tissue_is_a_default() -> None:
    """CAR-T cells are not autologous unless the record says so."""
    product = only(link(record("CD19 CAR-T Cells in Lymphoma", interventions=(biological("CD19 CAR-T cells"),))))
    assert product.donors == ()
    assert product.source_tissues == ()


@pytest.mark.parametrize(
    ("text", "donors"),
    [
        ("NK cells come from a haploidentical donor.", ["Allogeneic", "Haploidentical"]),
        ("NK cells are obtained from an HLA-matched sibling.", ["Allogeneic", "MatchedRelated"]),
        ("NK cells from an unrelated donor are infused.", ["Allogeneic", "Unrelated"]),
        ("NK cells are grown from the patient's own blood.", ["Autologous"]),
        ("NK cells are made from leukapheresis collected from the patient.", ["Autologous"]),
        ("NK cells are infused in patients without a matched sibling donor.", []),
        ("NK cells are infused after autologous stem cell transplantation.", []),
    ],
)
def test_donors_are_what_the_words_entail(text: str, donors: list[str]) -> None:
    product = only(link(record("A Trial of NK Cells", text, interventions=(biological("NK cells"),))))
    assert values(product, "donors") == donors


def test_an_adjective_belongs_to_the_nearest_cells() -> None:
    links = link(
        record(
            "A trial",
            interventions=(
                biological("Autologous CD19 CAR-T cells"),
                biological("Allogeneic stem cell transplantation"),
            ),
        )
    )
    assert [values(product, "donors") for product in links.products] == [["Autologous"], ["Allogeneic"]]


@pytest.mark.parametrize(
    ("name", "targets"),
    [
        ("CD19/CD22 bispecific CAR-T cells", ["CD19", "CD22"]),
        ("B7-H3, HER2 and EGFR CAR T cells", ["CD276", "EGFR", "ERBB2"]),
        ("CAR-T cells targeting claudin 18.2", ["CLDN18"]),
        ("CAR-NK cells", []),
        ("CD19/20/22 CAR-T cells", ["CD19", "CD22", "MS4A1"]),
        ("GD2CART cells", ["B4GALNT1"]),
        ("B7-H4 and TGFβ CAR-T cells", ["TGFB", "VTCN1"]),
        ("TGF-beta resistant CAR-T cells", []),
        ("ALK-specific CAR-T cells", ["ALK"]),
        ("XY012 CAR-T cells", []),
        ("CD123-directed CAR-T cells for CD33-positive leukemia", ["IL3RA"]),
    ],
)
def test_targets_are_antigens_and_never_the_modality(name: str, targets: list[str]) -> None:
    assert values(only(link(record("A trial", interventions=(biological(name),)))), "targets") == targets


def test_cells_that_only_the_label_of_an_arm_gives_are_a_product() -> None:
    arms = (ArmGroup(label="XY012 (CD19 chimeric antigen receptor T cell injection)", description=None),)
    links = link(record("XY012 in Lymphoma", interventions=(Intervention(type="DRUG", name="Fludarabine"),), arms=arms))
    assert values(only(links), "targets") == ["CD19"]


def test_a_procedure_on_a_titled_graft_gives_the_graft() -> None:
    depletion = Intervention(type="PROCEDURE", name="lymphocyte depletion")
    product = only(
        link(record("T-Cell Depletion in Unrelated Donor Marrow Transplantation", interventions=(depletion,)))
    )
    assert values(product, "donors") == ["Allogeneic", "Unrelated"]


def test_the_donor_of_a_product_without_cells_is_not_that_of_cells() -> None:
    cells = biological("Dendritic cells", "Autologous dendritic cells, then allogeneic dendritic cell secretome")
    assert values(only(link(record("A trial", interventions=(cells,)))), "donors") == ["Autologous"]


def test_a_named_product_brings_its_public_facts() -> None:
    product = only(link(record("A trial", interventions=(biological("Kymriah"),))))
    assert values(product, "product_names") == ["tisagenlecleucel"]
    assert (values(product, "donors"), values(product, "targets")) == (["Autologous"], ["CD19"])


def test_two_doses_are_one_product_and_stay_with_their_arms() -> None:
    arms = (
        ArmGroup(label="Low", description="1 x 10^6 NK cells/kg"),
        ArmGroup(label="High", description="1 x 10^7 NK cells/kg"),
    )
    links = link(record("NK Cells", interventions=(biological("NK cells", "", "Low", "High"),), arms=arms))
    assert len(links.products) == 1
    doses = {arm.arm: [d.amount for a in arm.administrations for d in a.doses] for arm in links.arms}
    assert doses == {"1": ["1000000"], "2": ["10000000"]}


def test_a_placebo_arm_gives_no_cells() -> None:
    arms = (ArmGroup(label="Cells"), ArmGroup(label="Control", type="PLACEBO_COMPARATOR"))
    given = (
        biological("Mesenchymal stem cells", "", "Cells"),
        biological("Placebo", "no mesenchymal cells", "Control"),
    )
    assert [arm.arm for arm in link(record("MSC", interventions=given, arms=arms)).arms] == ["1"]


def test_a_transplant_of_the_schema_is_an_intervention_of_the_text() -> None:
    drug = Intervention(type="DRUG", name="melphalan")
    links = link(
        record(
            "Melphalan in Myeloma",
            description="Patients undergo autologous stem cell transplantation on day 0.",
            interventions=(drug,),
        )
    )
    assert only(links).label
    assert links.text_interventions[0].products == (1,)
    assert links.interventions == () or all(not i.products for i in links.interventions)


def test_a_graft_that_the_title_combines_with_a_drug_is_given() -> None:
    drug = Intervention(type="DRUG", name="treosulfan")
    product = only(
        link(record("Treosulfan Combined With Allogeneic Stem Cell Transplantation in AML", interventions=(drug,)))
    )
    assert values(product, "cell_types") == ["HematopoieticStemCell"]


@pytest.mark.parametrize(
    "steps",
    [
        "Donor T cells will be infused if engraftment is unsatisfactory.",
        "Patients with progressive disease at any time after transplantation receive donor lymphocytes over 2 hours.",
        "The transplant is followed by T-cell add-back, which patients receive on day 45.",
    ],
)
def test_donor_lymphocytes_given_on_a_condition_are_a_product(steps: str) -> None:
    graft = Intervention(type="PROCEDURE", name="peripheral blood stem cell transplantation")
    links = link(record("Transplantation in CGD", description=steps, interventions=(graft,)))
    assert [values(product, "product_kinds") for product in links.products] == [["StemCellGraft"], ["DonorLymphocytes"]]


def test_donor_lymphocytes_in_the_description_of_a_transplant_are_a_product_of_their_own() -> None:
    graft = Intervention(
        type="PROCEDURE",
        name="allogeneic stem cell transplantation",
        description="Each patient will receive up to four infusions of donor T cells.",
    )
    assert len(link(record("Transplantation", interventions=(graft,))).products) == 2


def test_donor_lymphocytes_for_relapse_after_a_graft_do_not_give_the_graft() -> None:
    cells = biological("therapeutic allogeneic lymphocytes")
    official = (
        "Donor Lymphocyte Infusion for Relapse Following Matched Related Donor Hematopoietic Cell Transplantation"
    )
    product = only(link(record("Stem Cell Transplant in Leukemia", official=official, interventions=(cells,))))
    assert values(product, "product_kinds") == ["DonorLymphocytes"]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("allogeneic hematopoietic stem cell transplantation", ["CordBloodGraft"]),
        ("peripheral blood stem cell transplantation", ["CordBloodGraft", "StemCellGraft"]),
    ],
)
def test_a_bare_graft_beside_cord_blood_is_the_cord_blood(name: str, kinds: list[str]) -> None:
    given = (biological("umbilical cord blood transplantation"), biological(name))
    links = link(record("Transplantation", interventions=given))
    assert sorted(kind for product in links.products for kind in values(product, "product_kinds")) == kinds


def test_a_bare_graft_is_the_cord_blood_that_its_description_gives() -> None:
    given = (
        biological("allogeneic hematopoietic stem cell transplantation", "Undergo umbilical cord blood transplant"),
        biological("peripheral blood stem cell transplantation", "Undergo blood stem cell transplant"),
    )
    links = link(record("Transplantation", interventions=given))
    assert [values(product, "product_kinds") for product in links.products] == [["CordBloodGraft"], ["StemCellGraft"]]


def test_cells_derived_from_others_are_what_is_given() -> None:
    text = "XY cell injection is made of natural killer (NK) cells derived from human embryonic stem cells."
    product = only(link(record("XY Cell Injection", text, interventions=(biological("XY cell injection"),))))
    assert values(product, "cell_types") == ["NaturalKillerCell"]


def test_a_stock_name_of_lymphocytes_is_narrowed_to_t_cells() -> None:
    cells = biological("therapeutic autologous lymphocytes")
    title = "Consolidation With Activated T Cells Armed With a Bispecific Antibody"
    assert values(only(link(record(title, interventions=(cells,)))), "cell_types") == ["TCell"]


def test_an_intervention_named_by_its_receptor_gives_the_cells_of_the_title() -> None:
    links = link(
        record("T Cells Expressing an Anti-CD19 Chimeric Receptor", interventions=(biological("Anti-CD19-CAR"),))
    )
    assert values(only(links), "modifications") == ["ChimericAntigenReceptor"]
    assert links.interventions[0].products == (1,)


def test_cells_made_in_the_body_are_not_given() -> None:
    vector = biological("ABC-1", "ABC-1 is a vector that generates CAR-T cells in vivo.")
    assert link(record("A trial", interventions=(vector,))).products == ()


def test_a_donor_criterion_speaks_of_the_graft() -> None:
    product = only(
        link(
            record(
                "Stem Cell Transplantation for Leukemia",
                "Patients undergo stem cell transplantation on day 0.",
                interventions=(Intervention(type="PROCEDURE", name="stem cell transplantation"),),
                criteria="Inclusion Criteria:\n\n* HLA-identical sibling donor\n\nExclusion Criteria:\n\n* Lupus",
            )
        )
    )
    assert values(product, "donors") == ["Allogeneic", "MatchedRelated"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Prophylactic donor lymphocyte infusion", "Prophylactic"),
        ("Preemptive donor lymphocyte infusion", "Preemptive"),
        ("Donor lymphocyte infusion for relapsed leukaemia after allogeneic transplantation", "Therapeutic"),
        ("Donor lymphocyte infusion for mixed chimerism", "Preemptive"),
        ("Donor lymphocyte infusion to prevent relapse", "Prophylactic"),
    ],
)
def test_intent_is_read_from_the_words_before_the_cells(text: str, intent: str) -> None:
    links = link(record("A trial", interventions=(biological(text),)))
    assert [f.value for arm in links.arms for a in arm.administrations for f in a.intents] == [intent]


@pytest.mark.parametrize(
    "text",
    [
        "NK cell infusion for relapsed leukaemia after chemotherapy",
        "Donor lymphocyte infusion for relapsed leukaemia",
        "Donor lymphocyte infusion after transplantation in patients without mixed chimerism",
    ],
)
def test_what_does_not_say_the_end_gives_no_intent(text: str) -> None:
    links = link(record("A trial", interventions=(biological(text),)))
    given = [a for arm in links.arms for a in arm.administrations]
    assert given
    assert [a.intents for a in given] == [()] * len(given)


def test_rna_loads_cells_and_changes_no_gene() -> None:
    product = only(link(record("A trial", interventions=(biological("Dendritic cells transfected with tumor RNA"),))))
    assert product.modifications == ()


def test_gene_transfer_beside_a_graft_in_a_list_does_not_modify_the_graft() -> None:
    steps = "The steps are chemotherapy, a stem cell transplant, and gene transfer with T cells."
    given = (biological("Autologous stem cell transplant"), biological("Gene-modified T cells"))
    links = link(record("A trial", steps, interventions=given))
    assert [values(product, "modifications") for product in links.products] == [[], ["GeneTransferred"]]


def test_a_stock_name_yields_to_what_the_title_and_the_description_give() -> None:
    filed = Intervention(
        type="PROCEDURE",
        name="bone marrow transplantation",
        description="Patients receive a mesenchymal stem cell infusion.",
    )
    product = only(link(record("Mesenchymal Stem Cell Infusion for GVHD", interventions=(filed,))))
    assert values(product, "cell_types") == ["MesenchymalStromalCell"]


def test_a_vaccine_of_tumour_parts_holds_no_cells() -> None:
    filed = biological("tumor cell-based vaccine therapy")
    assert link(record("Idiotype Vaccine in Lymphoma", interventions=(filed,))).products == ()


def test_a_bare_code_is_what_the_title_puts_beside_it() -> None:
    product = only(link(record("CAR-NK Cells (XY-001) in Cancer", interventions=(biological("XY-001"),))))
    assert values(product, "cell_types") == ["NaturalKillerCell"]


def test_a_drug_is_never_what_its_description_mentions() -> None:
    drug = Intervention(type="DRUG", name="IL-2", description="Injected once a day from the day of NK cell infusion.")
    links = link(record("NK cells and IL-2", interventions=(biological("NK cells"), drug)))
    assert [found.intervention for found in links.interventions if found.products] == [1]


def test_routes_and_days_of_another_drug_are_not_the_cells() -> None:
    arms = (ArmGroup(label="Both", description="NK cells on day 0, and nivolumab intravenously on day 14"),)
    links = link(record("NK cells", interventions=(biological("NK cells", "", "Both"),), arms=arms))
    (given,) = links.arms[0].administrations[:1]
    assert [dose.relative_day for dose in given.doses] == ["0"]
    assert given.routes == ()


@pytest.mark.parametrize(
    ("text", "day", "schedule"),
    [
        ("Patients receive NK cells on day 0.", "0", None),
        ("On day 1, NK cells are infused.", "1", None),
        ("NK cells are given every 2 weeks.", None, "every 2 weeks"),
        ("NK cells are infused. You will be seen after you receive NK cells; every 3 months in year 1.", None, None),
        ("NK cells are infused. Donors of NK cells undergo leukapheresis on day -2.", None, None),
        ("Biopsy for the NK cells on day 1. NK cells are injected on days 40-50.", "40-50", None),
        ("Participants with NK cells in blood on day 56 and no relapse are given NK cells on day 65.", "65", None),
        ("NK cells are infused. Visits after NK cells take place every 3 months.", None, None),
    ],
)
def test_a_day_or_schedule_is_of_the_event_that_gives_the_cells(
    text: str, day: str | None, schedule: str | None
) -> None:
    arms = (ArmGroup(label="Only", description=text),)
    links = link(record("NK cells", interventions=(biological("NK cells", "", "Only"),), arms=arms))
    found = [(dose.relative_day, dose.schedule) for arm in links.arms for a in arm.administrations for dose in a.doses]
    assert found == ([(day, schedule)] if day or schedule else [])


def test_exclusion_criteria_name_no_donor_of_the_product() -> None:
    criteria = "Inclusion Criteria:\n\n* AML\n\nExclusion Criteria:\n\n* Unrelated donor available"
    product = only(link(record("NK cells", interventions=(biological("NK cells"),), criteria=criteria)))
    assert product.donors == ()


@pytest.mark.parametrize(
    "words",
    [
        "Patients undergo autologous stem cell transplantation with matched related donor NK cells on day 0. ",
        "patients stem cells ",
        "identical a b of or hla ",
    ],
)
def test_a_long_text_takes_time_in_proportion(words: str) -> None:
    """Text is untrusted: eight times the words may not take sixty times as long."""

    def seconds(length: int) -> float:
        text = words * (length // len(words))
        document = record("NK Cells", text, interventions=(biological("NK cells"),), description=text, criteria=text)
        begin = time.process_time()
        link_cells(Reading(document))
        return time.process_time() - begin

    seconds(1_000)
    assert seconds(64_000) < 32 * max(seconds(8_000), 0.01)


def test_a_graft_that_an_arm_tells_of_in_the_past_tense_is_given() -> None:
    arm = ArmGroup(label="Treated", description="Peripheral stem cells from HLA-matched siblings were reinfused.")
    drug = Intervention(type="DRUG", name="Blinatumomab", arm_group_labels=("Treated",))
    product = only(link(record("Blinatumomab before allo-HSCT", interventions=(drug,), arms=(arm,))))
    assert [finding.value for finding in product.donors] == ["Allogeneic", "MatchedRelated"]


def test_a_transplant_whose_name_tells_no_cells_is_read_by_its_description() -> None:
    own = Intervention(type="OTHER", name="Autologous stem cell transplantation")
    other = Intervention(type="OTHER", name="Allogeneic (allo) transplant", description="Donor PBSC are infused.")
    products = link(record("Tandem transplants", interventions=(own, other))).products
    assert [[finding.value for finding in product.donors] for product in products] == [["Autologous"], ["Allogeneic"]]
