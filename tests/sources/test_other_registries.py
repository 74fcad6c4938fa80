"""WHO ICTRP, EU CTIS, EudraCT, ISRCTN: lifted into the same record, with their own numbers and documents."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kg.errors import RecordError
from kg.record import Document, Position, RawDocument, Reject
from kg.sources import ctis, decode, ictrp
from kg.sources.ictrp_parts import arms_interventions, enrollment

Decoded = Callable[..., list[Document]]
Cut = Callable[[str, bytes], list[RawDocument | Reject]]


def test_ictrp_groups_become_arms(samples: dict[str, Path], decoded: Decoded) -> None:
    """The sizes name the groups, and the interventions say what each receives; texts are unescaped."""
    document = decoded(samples["ictrp"])[0]
    assert document.key == "ictrp/ChiCTR2000099901"
    assert document.version_date == "2020-02-17"
    section = document.study.protocol_section
    arms = section.arms_interventions_module
    assert [(arm.label, arm.description) for arm in arms.arm_groups] == [
        ("treatment group", "stromal cells, 1×10^6/kg; twice"),
        ("control group", "usual care"),
    ]
    assert [(i.name, i.arm_group_labels) for i in arms.interventions] == [
        ("stromal cells, 1×10^6/kg; twice", ("treatment group",)),
        ("usual care", ("control group",)),
    ]
    assert section.design_module.enrollment_info is not None
    assert section.design_module.enrollment_info.count == 50
    assert section.design_module.phases == ("PHASE1", "PHASE2")
    assert section.eligibility_module.minimum_age == "18 Years", "the registry asks for years"
    assert section.eligibility_module.eligibility_criteria == "Inclusion Criteria:\n\n1. Adults;\n2. Pneumonia."
    assert [o.measure for o in section.outcomes_module.primary_outcomes] == ["survival", "days in hospital"]
    assert document.additions.countries == ("China", "Japan")
    assert document.additions.identifiers[0].scheme == "ChiCTR"
    assert section.status_module.overall_status is None, "not recruiting may be before, during or after"


def test_ictrp_passes_on_what_clinicaltrials_gov_sent(samples: dict[str, Path], decoded: Decoded) -> None:
    """Typed interventions, the old layout of criteria, days before months."""
    document = decoded(samples["ictrp"])[1]
    section = document.study.protocol_section
    assert document.key == "ictrp/NCT90000005"
    assert not document.owns_registry_iri
    assert [(i.type, i.name) for i in section.arms_interventions_module.interventions] == [
        ("BIOLOGICAL", "Cells"),
        ("DRUG", "arbidol,200mg,tid"),
    ]
    assert section.eligibility_module.eligibility_criteria == (
        "Inclusion Criteria:\n\n* Adults with a long line\n\nExclusion Criteria:\n\n* Children"
    )
    assert section.status_module.study_first_submit_date == "2020-02-05"
    assert section.design_module.phases == ("PHASE2", "PHASE3")
    design = section.design_module.design_info
    assert design is not None
    assert (design.allocation, design.intervention_model) == ("RANDOMIZED", "PARALLEL")
    assert document.additions.identifiers[0].scheme == "ClinicalTrials.gov"


def test_ictrp_csv_has_the_same_fields(samples: dict[str, Path], cut: Cut) -> None:
    """Column names with blanks instead of underscores."""
    header = "TrialID,Last Refreshed on,Public title,Source Register,Recruitment Status,Condition,Colour\n"
    (row,) = cut("ictrp", (header + "DRKS00000001,2 March 2020,Cells,DRKS,Recruiting,Pain;Fever,blue\n").encode())
    assert isinstance(row, RawDocument)
    document = decode(row)
    assert document.key == "ictrp/DRKS00000001"
    assert document.study.protocol_section.conditions_module.conditions == ("Pain", "Fever")
    assert document.study.protocol_section.status_module.overall_status == "RECRUITING"
    assert document.unknown_paths == ("Colour",)


@pytest.mark.parametrize(
    ("text", "count"),
    [("100", 100), ("a:10;b:20;", 30), ("a:10;a:20;", None), ("about 20", None), ("", None), ("a:ten;", None)],
)
def test_a_target_size_is_counted_only_when_it_is_one(text: str, count: int | None) -> None:
    """Two groups of one name, or words, make no sum."""
    found = enrollment(text or None)
    assert (found.count if found else None) == count


def test_groups_that_the_text_does_not_name_make_no_arms() -> None:
    """The whole text is one intervention then; a group without treatment receives none."""
    loose = arms_interventions("cells;placebo", "a:10;b:10;")
    assert (loose.arm_groups, [i.name for i in loose.interventions]) == ((), ["cells;placebo"])
    none = arms_interventions("Case series:Nil;", "Case series:100;")
    assert ([arm.label for arm in none.arm_groups], none.interventions) == (["Case series"], ())


def test_a_trial_without_its_end_does_not_take_the_next_with_it(cut: Cut) -> None:
    """The record number says which one."""
    data = (
        b"<?xml version='1.0' encoding='UTF-8'?><Trials_downloaded_from_ICTRP>"
        b"<Trial><TrialID>A</TrialID></Trial><Trial><TrialID>B</TrialID>"
        b"<Trial><TrialID>C</TrialID></Trial><Trial><TrialID>D"
    )
    found = cut("ictrp", data)
    assert [(item.position.line, isinstance(item, Reject)) for item in found] == [
        (1, False),
        (2, True),
        (3, False),
        (4, True),
    ]
    assert decode(found[2]).id == "C"  # type: ignore[arg-type]


def test_an_encoding_that_the_export_declares_is_honoured(cut: Cut) -> None:
    """Each piece carries the declaration of the file."""
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><Trials><Trial><TrialID>é1</TrialID></Trial></Trials>'
    (raw,) = cut("ictrp", text.encode("latin-1"))
    assert isinstance(raw, RawDocument)
    assert ictrp.decode(raw).id == "é1"


def test_ctis_part_one_is_the_trial(samples: dict[str, Path], decoded: Decoded) -> None:
    """Products are interventions, endpoints outcomes, objectives the description; persons are not read."""
    (document,) = decoded(samples["ctis"])
    assert document.key == "ctis/2023-599999-11-00"
    assert document.version_date == "2025-09-16"
    section = document.study.protocol_section
    assert section.status_module.overall_status == "RECRUITING"
    assert section.status_module.start_date_struct is not None
    assert (section.status_module.start_date_struct.date, section.status_module.start_date_struct.type) == (
        "2021-01-29",
        "ACTUAL",
    )
    (product,) = section.arms_interventions_module.interventions
    assert (product.type, product.name, product.other_names) == ("BIOLOGICAL", "Examplecel", ("EXAMPLECABTAGENE",))
    assert product.description is not None
    assert "Route: INTRAVENOUS USE" in product.description
    assert [o.measure for o in section.outcomes_module.primary_outcomes] == ["Objective response rate at 3 months"]
    assert [o.measure for o in section.outcomes_module.secondary_outcomes] == ["Overall survival"]
    assert section.eligibility_module.eligibility_criteria == (
        "Inclusion Criteria:\n\n* Adults with lymphoma\n* Relapse after two lines\n\n"
        "Exclusion Criteria:\n\n* Active infection"
    )
    assert section.sponsor_collaborators_module.lead_sponsor is not None
    assert section.sponsor_collaborators_module.lead_sponsor.name == "Example Pharma"
    assert [s.name for s in section.sponsor_collaborators_module.collaborators] == ["Example Hospital"]
    (site,) = section.contacts_locations_module.locations
    assert (site.facility, site.city, site.country) == ("Example Hospital, Haematology", "Madrid", "Spain")
    assert document.additions.countries == ("Italy", "Japan")
    assert [(i.scheme, i.value, i.role) for i in document.additions.identifiers] == [
        ("CTIS", "2023-599999-11-00", "registry"),
        ("EudraCT", "2019-000003-33", "secondary"),
        ("ClinicalTrials.gov", "NCT90000007", "secondary"),
        ("IND", "75,061", "secondary"),
    ]


def test_ctis_without_part_one_is_refused() -> None:
    """There is no trial in it."""
    raw = RawDocument(b'{"ctNumber":"2023-599999-11-00"}', "ctis", Position("x"))
    with pytest.raises(RecordError, match="no part I"):
        ctis.decode(raw)


def test_eudract_is_lifted_with_its_results(samples: dict[str, Path], decoded: Decoded) -> None:
    """A document for each member state; arms, counts and events of the posted results."""
    (document,) = decoded(samples["eudract"])
    assert document.key == "eudract/2017-000009-99-DE"
    section = document.study.protocol_section
    assert section.status_module.overall_status == "TERMINATED"
    assert section.design_module.phases == ("PHASE1", "PHASE2")
    assert section.design_module.enrollment_info is not None
    assert (section.design_module.enrollment_info.count, section.design_module.enrollment_info.type) == (9, "ACTUAL")
    (product,) = section.arms_interventions_module.interventions
    assert (product.type, product.name, product.other_names) == (
        "BIOLOGICAL",
        "Donor NK cells",
        ("natural killer cells", "NK-9"),
    )
    assert product.description is not None
    assert "somatic cell therapy medicinal product" in product.description
    (arm,) = section.arms_interventions_module.arm_groups
    assert (arm.label, arm.type, arm.intervention_names) == ("Cells", "EXPERIMENTAL", ("Donor NK cells",))
    assert [(o.measure, o.time_frame) for o in section.outcomes_module.primary_outcomes] == [
        ("Toxicity", "28 days"),
        ("Relapse", "1 year"),
    ]
    assert section.eligibility_module.eligibility_criteria == (
        "Inclusion Criteria:\n\n1. Adults\n2. Remission after transplantation\n\n"
        "Exclusion Criteria:\n\n- Graft-versus-host disease\n- Infection"
    )
    results = document.study.results_section
    assert results is not None
    assert results.outcome_measures_module is not None
    (endpoint,) = results.outcome_measures_module.outcome_measures
    assert (endpoint.type, endpoint.param_type) == ("PRIMARY", "COUNT_OF_PARTICIPANTS")
    assert endpoint.classes[0].categories[0].measurements[0].value == "1"
    assert [(c.group_id, c.value) for c in endpoint.denoms[0].counts] == [("OG000", "9")]
    flow = results.participant_flow_module
    assert flow is not None
    assert flow.recruitment_details == "Two 'hospitals'"
    assert [m.type for m in flow.periods[0].milestones] == ["STARTED", "COMPLETED"]
    assert [(d.type, d.reasons[0].num_subjects) for d in flow.periods[0].drop_withdraws] == [("Death", "2")]
    events = results.adverse_events_module
    assert events is not None
    assert events.event_groups[0].deaths_num_affected == 2
    assert (events.serious_events[0].term, events.serious_events[0].stats[0].num_at_risk) == ("Sepsis", 9)


def test_isrctn_is_lifted(samples: dict[str, Path], decoded: Decoded) -> None:
    """A stopped trial is terminated; the final number of participants is the actual one."""
    (document,) = decoded(samples["isrctn"])
    assert document.key == "isrctn/ISRCTN99990001"
    section = document.study.protocol_section
    assert (section.status_module.overall_status, section.status_module.why_stopped) == ("TERMINATED", "Funding ended")
    enrolled = section.design_module.enrollment_info
    assert enrolled is not None
    assert (enrolled.count, enrolled.type) == (60, "ACTUAL")
    design = section.design_module.design_info
    assert design is not None
    assert design.masking_info is not None
    assert (design.allocation, design.masking_info.masking) == ("RANDOMIZED", "NONE")
    (intervention,) = section.arms_interventions_module.interventions
    assert (intervention.type, intervention.name) == ("BIOLOGICAL", "Cultured autologous chondrocytes")
    assert [(o.measure, o.time_frame) for o in section.outcomes_module.secondary_outcomes] == [
        ("Function", "Measured at 24 months."),
        ("Return to sport", "Measured at 24 months."),
    ]
    assert document.additions.countries == ("Norway",)
    assert [(r.pmid, r.type) for r in section.references_module.references] == [
        ("90000002", "RESULT"),
        (None, "BACKGROUND"),
    ]
    assert {(i.scheme, i.value) for i in document.additions.identifiers} == {
        ("ISRCTN", "ISRCTN99990001"),
        ("DOI", "10.1186/ISRCTN99990001"),
        ("EudraCT", "2018-000001-22"),
        ("sponsor", "CH-1"),
        ("ClinicalTrials.gov", "NCT90000006"),
    }


@pytest.mark.parametrize(
    ("name", "count"),
    [("ictrp-2020-03-18.xml.gz", 578), ("ctis.jsonl", 4), ("eudract.jsonl", 4), ("isrctn.jsonl", 9)],
)
def test_every_record_of_the_other_registries_is_read_with_nothing_unknown(
    name: str, count: int, shared: Path, decoded: Decoded
) -> None:
    """None rejected, no value without a place, no two of one key."""
    documents = decoded(shared / "data" / "other-registries" / name)
    assert len(documents) == count
    assert {path for document in documents for path in document.unknown_paths} == set()
    assert len({document.key for document in documents}) == count
