"""EudraCT: design, products, eligibility and remaining text of a protocol."""

from typing import Final

from kg.record.protocol import (
    ArmGroup,
    ArmsInterventionsModule,
    DesignInfo,
    DesignModule,
    EligibilityModule,
    EnrollmentInfo,
    Intervention,
    MaskingBlock,
)
from kg.record.study import Abstract
from kg.sources import codes, wording
from kg.sources.tree import Node

_PHASES: Final = (
    ("e71_human_pharmacology_phase_i", "PHASE1"),
    ("e72_therapeutic_exploratory_phase_ii", "PHASE2"),
    ("e73_therapeutic_confirmatory_phase_iii", "PHASE3"),
    ("e74_therapeutic_use_phase_iv", "PHASE4"),
)
_PURPOSES: Final = (("e61_diagnosis", "DIAGNOSTIC"), ("e62_prophylaxis", "PREVENTION"), ("e63_therapy", "TREATMENT"))
_SCOPES: Final = (
    ("e64_safety", "safety"),
    ("e65_efficacy", "efficacy"),
    ("e66_pharmacokinetic", "pharmacokinetics"),
    ("e67_pharmacodynamic", "pharmacodynamics"),
    ("e68_bioequivalence", "bioequivalence"),
    ("e69_dose_response", "dose response"),
    ("e610_pharmacogenetic", "pharmacogenetics"),
    ("e611_pharmacogenomic", "pharmacogenomics"),
    ("e612_pharmacoeconomic", "pharmacoeconomics"),
    ("e613_others", "others"),
    ("e711_first_administration_to_humans", "first administration to humans"),
    ("e712_bioequivalence_study", "bioequivalence study"),
    ("e713_other", "other human pharmacology"),
)
_MASKINGS: Final = (("e812_open", "NONE"), ("e813_single_blind", "SINGLE"), ("e814_double_blind", "DOUBLE"))
_COMPARATORS: Final = (
    ("e821_other_medicinal_products", "other medicinal products"),
    ("e822_placebo", "placebo"),
    ("e823_other", "other"),
)
_KINDS: Final = (
    ("d3111_active_substance_of_chemical_origin", "active substance of chemical origin", False),
    (
        "d3112_active_substance_of_biological_biotechnological_origin_other_than_advanced_therapy_imp_atimp",
        "active substance of biological or biotechnological origin",
        True,
    ),
    ("d3113_advanced_therapy_imp_atimp", "advanced therapy medicinal product", True),
    ("d31131_somatic_cell_therapy_medicinal_product", "somatic cell therapy medicinal product", True),
    ("d31132_gene_therapy_medical_product", "gene therapy medicinal product", True),
    ("d31133_tissue_engineered_product", "tissue engineered product", True),
    ("d31134_combination_atimp_ie_one_involving_a_medical_device", "combined advanced therapy product", True),
    (
        "d3114_combination_product_that_includes_a_device_but_does_not_involve_an_advanced_therapy",
        "combination product that includes a device",
        False,
    ),
    ("d3115_radiopharmaceutical_medicinal_product", "radiopharmaceutical", False),
    ("d3116_immunological_medicinal_product_such_as_vaccine_allergen_immune_serum", "immunological product", True),
    ("d3117_plasma_derived_medicinal_product", "plasma-derived product", True),
    ("d3118_extractive_medicinal_product", "extractive product", False),
    ("d3119_recombinant_medicinal_product", "recombinant product", True),
    (
        "d31110_medicinal_product_containing_genetically_modified_organisms",
        "product containing genetically modified organisms",
        True,
    ),
    ("d31111_herbal_medicinal_product", "herbal product", False),
    ("d31112_homeopathic_medicinal_product", "homeopathic product", False),
    ("d31113_another_type_of_medicinal_product", "another type of product", False),
)
"""Flag of the protocol, what it says, and whether it makes the product a biological one."""
_AGES: Final = (
    ("f111_in_utero", "f1111_number_of_subjects_for_this_age_range", "in utero"),
    (
        "f112_preterm_newborn_infants_up_to_gestational_age__37_weeks",
        "f1121_number_of_subjects_for_this_age_range",
        "preterm newborn infants",
    ),
    ("f113_newborns_027_days", "f1131_number_of_subjects_for_this_age_range", "newborns (0-27 days)"),
    (
        "f114_infants_and_toddlers_28_days23_months",
        "f1141_number_of_subjects_for_this_age_range",
        "infants and toddlers (28 days-23 months)",
    ),
    ("f115_children_211years", "f1151_number_of_subjects_for_this_age_range", "children (2-11 years)"),
    ("f116_adolescents_1217_years", "f1161_number_of_subjects_for_this_age_range", "adolescents (12-17 years)"),
    ("f12_adults_1864_years", "f121_number_of_subjects_for_this_age_range", "adults (18-64 years)"),
    ("f13_elderly_65_years", "f131_number_of_subjects_for_this_age_range", "elderly (65 years and over)"),
)
_VULNERABLE: Final = (
    (
        "f331_women_of_childbearing_potential_not_using_contraception_",
        "women of childbearing potential not using contraception",
    ),
    (
        "f332_women_of_childbearing_potential_using_contraception",
        "women of childbearing potential using contraception",
    ),
    ("f333_pregnant_women", "pregnant women"),
    ("f334_nursing_women", "nursing women"),
    ("f335_emergency_situation", "emergency situation"),
    ("f336_subjects_incapable_of_giving_consent_personally", "subjects incapable of giving consent personally"),
    ("f337_others", "others"),
)


def design(root: Node, enrollment: EnrollmentInfo | None) -> DesignModule:
    """Return phases and design from the protocol's yes/no questions."""
    purposes = [purpose for name, purpose in _PURPOSES if root.flag(name)]
    maskings = [masking for name, masking in _MASKINGS if root.flag(name)]
    parallel, crossover = root.flag("e815_parallel_group"), root.flag("e816_cross_over")
    randomised = root.flag("e811_randomised")
    info = DesignInfo(
        allocation="RANDOMIZED" if randomised else None,
        intervention_model="PARALLEL" if parallel and not crossover else "CROSSOVER" if crossover else None,
        intervention_model_description=root.text("e8171_other_trial_design_description"),
        primary_purpose=purposes[0] if len(purposes) == 1 else None,
        masking_info=MaskingBlock(masking=maskings[0]) if len(maskings) == 1 else None,
    )
    return DesignModule(
        study_type="INTERVENTIONAL",
        phases=tuple(phase for name, phase in _PHASES if root.flag(name)),
        design_info=None if info == DesignInfo() else info,
        enrollment_info=enrollment,
    )


def arms_interventions(products: list[Node], arms: tuple[ArmGroup, ...]) -> ArmsInterventionsModule:
    """Return the investigational products as interventions, with the arms that posted results name."""
    return ArmsInterventionsModule(arm_groups=arms, interventions=tuple(_product(node) for node in products))


def _product(node: Node) -> Intervention:
    trade, name, code = node.text("d2111_trade_name"), node.text("d31_product_name"), node.text("d32_product_code")
    substances, strengths = [], []
    for detail in node.nodes("d38_imp_identification_details"):
        inn, other = detail.text("d38_inn__proposed_inn"), detail.text("d393_other_descriptive_name")
        sponsor_code = detail.text("d392_current_sponsor_code")
        substances += [text for text in (inn, other, sponsor_code) if wording.stated(text)]
        number, unit = detail.text("d3103_concentration_number"), detail.text("d3101_concentration_unit")
        if number:
            strengths.append(f"{number} {unit or ''}".strip())
    names = [text for text in (name, trade, *substances, code) if text]
    unique = list({text.casefold(): text for text in reversed(names)}.values())[::-1]
    kinds = [(words, biological) for flag, words, biological in _KINDS if node.flag(flag)]
    lines = (
        ("Role", node.text("d12_and_d13_imp_role")),
        ("Kind", ", ".join(words for words, _ in kinds) or None),
        ("Other kind", node.text("d311131_other_medicinal_product_type")),
        ("Pharmaceutical form", node.text("d34_pharmaceutical_form")),
        ("Route", node.text("d37_routes_of_administration_for_this_imp")),
        ("Concentration", ", ".join(dict.fromkeys(strengths)) or None),
    )
    return Intervention(
        type="BIOLOGICAL" if any(biological for _, biological in kinds) else "DRUG" if kinds else None,
        name=unique[0] if unique else None,
        description="\n".join(f"{label}: {text}" for label, text in lines if text) or None,
        other_names=tuple(unique[1:]),
    )


def eligibility(root: Node) -> EligibilityModule:
    """Return criteria, sexes, ages and whether healthy volunteers take part."""
    child, adult, elderly = (
        root.flag("f11_trial_has_subjects_under_18"),
        root.peek("f12_adults_1864_years") == "Yes",
        root.peek("f13_elderly_65_years") == "Yes",
    )
    ages = ((child, "CHILD"), (adult, "ADULT"), (elderly, "OLDER_ADULT"))
    return EligibilityModule(
        eligibility_criteria=wording.criteria(
            wording.broken_lines(root.text("e3_principal_inclusion_criteria")),
            wording.broken_lines(root.text("e4_principal_exclusion_criteria")),
        ),
        healthy_volunteers=root.flag("f31_healthy_volunteers"),
        sex=wording.sex(root.flag("f21_female"), root.flag("f22_male")),
        std_ages=tuple(code for stated, code in ages if stated),
    )


def text_sections(root: Node, information: Node, status: str | None) -> tuple[Abstract, ...]:
    """Return what the protocol says beyond the data model, each with its heading."""
    return wording.sections(
        ("Trial status", status),
        ("Scope of the trial", _chosen(root, _SCOPES)),
        ("Other trial type", root.text("e7131_other_trial_type_description")),
        ("Comparator", _chosen(root, _COMPARATORS)),
        ("Comparator description", root.text("e8231_comparator_description")),
        ("Number of treatment arms", root.text("e824_number_of_treatment_arms_in_the_trial")),
        ("Therapeutic area", root.text("e112_therapeutic_area")),
        ("Sources of support", "; ".join(_support(root)) or None),
        ("Age groups", _age_groups(root)),
        ("Vulnerable populations", _chosen(root, _VULNERABLE)),
        ("Subjects incapable of giving consent", root.text("f3361_details_of_subjects_incapable_of_giving_consent")),
        ("Number of subjects in the member state", root.text("f41_in_the_member_state")),
        ("Number of subjects in the EEA", root.text("f421_in_the_eea")),
        ("Number of subjects under 18", root.text("f11_number_of_subjects_for_this_age_range")),
        ("Countries with planned sites", root.text("e863_trial_sites_planned_in")),
        (
            "Number of sites in the member state",
            root.text("e841_number_of_sites_anticipated_in_member_state_concerned"),
        ),
        ("Number of sites in the EEA", root.text("e851_number_of_sites_anticipated_in_the_eea")),
        (
            "Definition of the end of the trial",
            root.text(
                "e88_definition_of_the_end_of_the_trial_and_justification_where_it_is_not_the_last_visit_of_the_last_"
                "subject_undergoing_the_trial"
            ),
        ),
        ("Duration in the member state", _duration(root, "e891_in_the_member_state_concerned")),
        ("Duration in all countries", _duration(root, "e892_in_all_countries_concerned_by_the_trial")),
        (
            "Care after the trial",
            root.text(
                "f5_plans_for_treatment_or_care_after_the_subject_has_ended_the_participation_in_the_trial_if_it_is_"
                "different_from_the_expected_normal_treatment_of_that_condition"
            ),
        ),
        ("Protection of subjects", information.text("subjectsProtection")),
        ("Background therapy", information.text("backgroundTherapy")),
        ("Evidence for comparator", information.text("evidenceForComparator")),
        ("Amendments", _changes(root, "globalAmendments", "globalAmendment")),
        ("Interruptions", _changes(root, "globalInterruptions", "globalInterruption")),
        ("Limitations", root.text("trialChanges", "limitationsAndCaveats")),
    )


def _chosen(root: Node, questions: tuple[tuple[str, str], ...]) -> str | None:
    return ", ".join([words for name, words in questions if root.flag(name)]) or None


def _age_groups(root: Node) -> str | None:
    found = []
    for name, count_name, words in _AGES:
        count = root.text(count_name)
        if root.flag(name):
            found.append(f"{words}: {count}" if count else words)
    return ", ".join(found) or None


def _support(root: Node) -> tuple[str, ...]:
    names = root.texts(
        "b1_sponsor", "b4_sources_of_monetary_or_material_support", "b41_name_of_organisation_providing_support"
    )
    return tuple(dict.fromkeys(names))


def _changes(root: Node, folder: str, name: str) -> str | None:
    """Return amendments or interruptions, one on a line, each with its date."""
    found = []
    for node in root.nodes("trialChanges", folder, name):
        date, restart = codes.iso_date(node.text("date")), codes.iso_date(node.text("restartDate"))
        stated = (f"{date} to {restart}" if date and restart else date, node.text("description"))
        found.append(": ".join(text for text in stated if text))
    return "\n".join(found) or None


def _duration(root: Node, name: str) -> str | None:
    parts = [(root.text(f"{name}_{unit}"), unit) for unit in ("years", "months", "days")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number and number != "0") or None
