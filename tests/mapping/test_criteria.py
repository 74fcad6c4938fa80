"""Eligibility text to single criteria: headings, bullets, nesting, whose, and never one kind from the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.criteria import split_criteria
from kg.criteria.headings import heading_of
from kg.criteria.markers import marker_of


def short(text: str) -> list[str]:
    """Return `number text` of every criterion, `<parent`, `(Donor)` and the operator where there are any."""
    found = []
    for c in split_criteria(text):
        assert text[c.begin : c.begin + len(c.text)] == c.text, "a criterion is a slice of the text"
        extra = (f" <{c.part_of}" if c.part_of else "") + (" (Donor)" if c.applies_to == "Donor" else "")
        found.append(f"{c.number} {c.text}{extra}" + (f" {c.group_operator}" if c.group_operator else ""))
    return found


def test_bullets_below_two_headings() -> None:
    text = "Inclusion Criteria:\n\n* Age 18\n* AML\n\nExclusion Criteria:\n\n* Pregnancy"
    assert short(text) == ["inclusion/1 Age 18", "inclusion/2 AML", "exclusion/1 Pregnancy"]


@pytest.mark.parametrize(
    "bullet", ["*", "-", "•", "–", "·", "▪", "1.", "1)", "(1)", "a.", "a)", "\\-", "* \\-", "* 1.", "1\\.", "i)", "o"]
)
def test_a_bullet_or_number_is_no_part_of_the_words(bullet: str) -> None:
    assert short(f"Exclusion Criteria:\n\n{bullet} Pregnancy") == ["exclusion/1 Pregnancy"]


@pytest.mark.parametrize(
    "line", ["E. coli infection", "18 - 65 years", "5 mg/kg", "C. difficile colitis", "2.5 years", "-5 degrees"]
)
def test_words_that_look_like_a_number_are_kept(line: str) -> None:
    assert short(f"Inclusion Criteria:\n\n{line}") == [f"inclusion/1 {line}"]


def test_nested_bullets_hang_below_the_line_that_introduces_them() -> None:
    text = "Inclusion Criteria:\n\n* One of the following:\n\n  * AML\n  * MDS\n* Age 18\n"
    assert short(text) == [
        "inclusion/1 One of the following: AnyOf",
        "inclusion/2 AML <inclusion/1",
        "inclusion/3 MDS <inclusion/1",
        "inclusion/4 Age 18",
    ]


def test_a_paragraph_that_ends_in_a_colon_introduces_the_list_below_it() -> None:
    text = "Inclusion:\n\nAdequate function, all of the following:\n\n- Bilirubin < 2\n- LVEF > 40\n\nConsent signed."
    assert short(text) == [
        "inclusion/1 Adequate function, all of the following: AllOf",
        "inclusion/2 Bilirubin < 2 <inclusion/1",
        "inclusion/3 LVEF > 40 <inclusion/1",
        "inclusion/4 Consent signed.",
    ]


def test_another_marker_at_the_same_depth_nests_after_a_colon() -> None:
    text = "Exclusion:\n1. Infection with:\na. HIV\nb. HBV\n2. Pregnancy"
    assert short(text) == [
        "exclusion/1 Infection with:",
        "exclusion/2 HIV <exclusion/1",
        "exclusion/3 HBV <exclusion/1",
        "exclusion/4 Pregnancy",
    ]


@pytest.mark.parametrize(
    ("intro", "operator"),
    [
        ("Any of the following:", "AnyOf"),
        ("At least one of the following:", "AnyOf"),
        ("Either:", "AnyOf"),
        ("1 of the following:", "AnyOf"),
        ("All of the following:", "AllOf"),
        ("Both of:", "AllOf"),
        ("At least two of the following:", None),
        ("Two of the following:", None),
        ("Defined as:", None),
    ],
)
def test_how_a_list_combines_is_said_by_the_line_that_introduces_it(intro: str, operator: str | None) -> None:
    first, *_ = split_criteria(f"Inclusion Criteria:\n\n* {intro}\n  * A x\n  * B y")
    assert first.group_operator == operator


def test_lines_joined_by_or_are_alternatives() -> None:
    first, *_ = split_criteria("Inclusion Criteria:\n\n* Disease:\n  * AML, or\n  * MDS or\n  * CML")
    assert first.group_operator == "AnyOf"


def test_labels_say_whose_criteria_follow() -> None:
    text = (
        "Inclusion Criteria\n\nPatients:\n\n  • primary AML\n\nDonors:\n\n  • haploidentical\n  • consent\n"
        "Exclusion Criteria\n\nPatients:\n\n  • infection\n\nDonors:\n\n  • pregnancy"
    )
    assert short(text) == [
        "inclusion/1 primary AML",
        "inclusion/2 haploidentical (Donor)",
        "inclusion/3 consent (Donor)",
        "exclusion/1 infection",
        "exclusion/2 pregnancy (Donor)",
    ]


@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("Donor must be healthy", "Donor"),
        ("HLA-matched sibling donors must weigh 10 kg", "Donor"),
        ("Must have a related donor who is haploidentical", "Patient"),
        ("Donor available: sibling", "Patient"),
        ("Patients with an HLA-identical donor", "Patient"),
        ("No donor", "Patient"),
    ],
)
def test_a_sentence_about_what_donors_must_be_is_about_donors(line: str, person: str) -> None:
    (criterion,) = split_criteria(f"Inclusion Criteria:\n\n* {line}")
    assert criterion.applies_to == person


def test_a_heading_of_donors_holds_until_the_next_heading() -> None:
    text = "Donor Inclusion Criteria:\n\n* Age 18\n\nRecipient Inclusion Criteria:\n\n* AML"
    assert short(text) == ["inclusion/1 Age 18 (Donor)", "inclusion/2 AML"]


@pytest.mark.parametrize(
    "heading",
    [
        "Exclusion Criteria:",
        "EXCLUSION CRITERIA",
        "Key exclusion criteria",
        "**Exclusion Criteria**",
        "Exclusion Criteria (Part 2):",
        "Exclusion:",
        "Excluded:",
        "Non-inclusion criteria:",
        "Ineligibility Criteria:",
        "* EXCLUSION CRITERIA:",
        "Exclusion criteria：",
        "Patients will be excluded from the study if they meet any of the following criteria:",
        "Exclusion Criteria for Cohort 3:",
        "A subject will not be eligible to participate if any of the following apply:",
        "Other exclusions",
        "III.6 EXCLUSION CRITERIA",
        "Subjects must not have any of the following:",
        "The presence of any of the following will exclude a subject from enrollment:",
    ],
)
def test_headings_of_exclusion(heading: str) -> None:
    assert short(f"{heading}\n\n* Pregnancy") == ["exclusion/1 Pregnancy"]


@pytest.mark.parametrize(
    "heading",
    [
        "Inclusion Criteria:",
        "Inclusion criteria",
        "Eligibility Criteria:",
        "Patient Inclusion Criteria",
        "- Inclusion Criteria:",
        "Inclusion Criteria - Cohort Expansion Phase:",
        "Patients must meet all of the following criteria to be eligible for the study:",
        "General inclusion criteria (to consent):",
        "# Inclusion Criteria",
        "Participants are eligible if all of the following criteria apply:",
    ],
)
def test_headings_of_inclusion(heading: str) -> None:
    assert short(f"Exclusion Criteria:\n\n{heading}\n\n* Age 18")[-1] == "inclusion/1 Age 18"


@pytest.mark.parametrize(
    "line",
    [
        "* Not fulfilling inclusion criteria",
        "* Does not meet the Inclusion Criteria",
        "* Patient meets the inclusion criteria for trial entry",
        "Patients with brain metastases are eligible provided they meet the following:",
        "* Children are excluded.",
        "1. Ineligible to receive intensive chemotherapy (at least one of the following):",
        "* Inclusion in another trial",
        "Other protocol-defined inclusion/exclusion criteria may apply.",
        "Pregnancy is not a criterion for exclusion.",
    ],
)
def test_sentences_that_speak_of_criteria_are_no_headings(line: str) -> None:
    assert heading_of(line) is None


def test_exclusion_is_never_filled_from_inclusion() -> None:
    text = "Inclusion Criteria:\n\n* Patients not meeting the exclusion list\n* Age 18"
    assert [c.exclusion for c in split_criteria(text)] == [False, False]


def test_a_heading_that_names_both_kinds_yields_no_criteria() -> None:
    assert short("Inclusion/Exclusion Criteria:\n\n* Pregnancy\n\nExclusion Criteria:\n\n* HIV") == ["exclusion/1 HIV"]


def test_a_heading_at_the_end_of_a_line_begins_its_kind() -> None:
    text = "Inclusion Criteria:\n\n* Age 18\n* At least 4 weeks since immunotherapy. Exclusion Criteria\n\n* HIV"
    assert short(text) == ["inclusion/1 Age 18", "inclusion/2 At least 4 weeks since immunotherapy.", "exclusion/1 HIV"]


def test_text_before_any_heading_is_what_participants_must_meet() -> None:
    text = "Age 18 to 70.\n\nPatients with HIV are excluded.\n\nNo prior therapy."
    assert short(text) == [
        "inclusion/1 Age 18 to 70.",
        "exclusion/1 Patients with HIV are excluded.",
        "inclusion/2 No prior therapy.",
    ]


def test_a_numbered_list_inside_a_paragraph_is_cut() -> None:
    text = "Inclusion Criteria: 1) Age 18 or older. 2) AML in remission. 3) Consent.\n\nExclusion Criteria: none"
    assert short(text) == ["inclusion/1 Age 18 or older.", "inclusion/2 AML in remission.", "inclusion/3 Consent."]


def test_an_indented_paragraph_continues_its_item() -> None:
    text = "Inclusion Criteria:\n\n1. Children of 2 years\n\n   and must be\n2. Negative"
    assert short(text) == ["inclusion/1 Children of 2 years\n\n   and must be", "inclusion/2 Negative"]


@pytest.mark.parametrize(
    "line",
    ["None", "N/A", "Not specified", "OR", "Age:", "NOTE: Other protocol defined Inclusion/Exclusion criteria apply"],
)
def test_lines_that_state_nothing_are_no_criteria(line: str) -> None:
    assert short(f"Inclusion Criteria:\n\n{line}\n\nConsent.") == ["inclusion/1 Consent."]


def test_nothing_comes_of_nothing() -> None:
    assert split_criteria("") == split_criteria("Inclusion Criteria:") == split_criteria(" \n\n ") == ()


PIECES = [
    "Inclusion Criteria:",
    "Exclusion Criteria:",
    "Donors:",
    "* a",
    "  - b c",
    "1) d",
    "e:",
    "\n",
    "\n\n",
    " ",
    "\r\n",
    "or",
    "É\ud800x",
    "Text.",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("\n".join) | st.text(max_size=300))
def test_every_criterion_is_a_slice_and_points_to_an_earlier_one(text: str) -> None:
    seen: set[str] = set()
    for c in split_criteria(text):
        assert text[c.begin : c.begin + len(c.text)] == c.text
        assert c.text == c.text.strip()
        assert c.part_of is None or c.part_of in seen
        assert c.number not in seen
        seen.add(c.number)


@pytest.mark.parametrize(
    "unit", [" ", "\n", "* ", "a", "1) ", "(", "Exclusion Criteria ", "donor ", "-", "the ", "Inclusion: ", "a: ", "\t"]
)
def test_no_text_makes_it_slow(unit: str) -> None:
    split_criteria("Inclusion Criteria:\n" + unit * 20_000)


def test_a_letter_counts_as_a_number_only_in_a_list() -> None:
    first = marker_of("a. One")
    assert first is not None
    assert marker_of("b. Two", first) is not None
    assert marker_of("c. Three", first) is None


def test_a_label_without_a_number_passes_none_on() -> None:
    """What stands below `Donors:` is part of no criterion, however many stretches were read before it."""
    flat = "".join(f"* Condition {n} is met\n" for n in range(40))
    labels = "".join(f"* Donors:\n    * Donor {n} is healthy\n" for n in range(40))
    text = "".join(f"{kind} Criteria:\n\n{flat}\n" for kind in ("Inclusion", "Exclusion") * 2)
    found = split_criteria(f"{text}Inclusion Criteria:\n\n{labels}")
    assert sum(criterion.text.endswith("is healthy") for criterion in found) == 40
    assert [criterion.part_of for criterion in found if criterion.part_of] == []
