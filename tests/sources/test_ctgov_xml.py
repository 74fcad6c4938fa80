"""Legacy XML: every element has its place, in the words of the API, and one trial gives one set of statements."""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from kg.errors import RecordError
from kg.linking import link
from kg.mapping.mapper import Mapper
from kg.record import Document, Position, RawDocument, Study
from kg.sources import ctgov_v2, ctgov_xml, read

Decoded = Callable[..., list[Document]]


def decode_xml(data: bytes) -> Document:
    return ctgov_xml.decode(RawDocument(data, "ctgov-xml", Position("record.xml")))


@pytest.fixture(scope="module")
def document(samples: dict[str, Path]) -> Document:
    return decode_xml(samples["ctgov-xml"].read_bytes())


@pytest.fixture(scope="module")
def study(document: Document) -> Study:
    return document.study


def test_identity_and_version_come_from_the_record(document: Document) -> None:
    """The NCT number, and the day on which the last update was posted."""
    assert document.key == "ctgov/NCT90000001"
    assert document.owns_registry_iri
    assert document.version_date == "2021-02-23"
    identification = document.study.protocol_section.identification_module
    assert identification.nct_id_aliases == ("NCT90000009",)
    assert identification.org_study_id_info is not None
    assert identification.org_study_id_info.id == "OWN-1"
    assert [info.id for info in identification.secondary_id_infos] == ["2019-000001-11"]


def test_coded_values_are_the_codes_of_the_api(study: Study) -> None:
    """`Phase 1/Phase 2`, `Active, not recruiting`, `Both` and the like."""
    section = study.protocol_section
    design = section.design_module.design_info
    assert design is not None
    assert section.design_module.phases == ("PHASE1", "PHASE2")
    assert section.design_module.study_type == "INTERVENTIONAL"
    assert section.status_module.overall_status == "ACTIVE_NOT_RECRUITING"
    assert (design.allocation, design.intervention_model) == ("NON_RANDOMIZED", "SINGLE_GROUP")
    assert design.primary_purpose == "SUPPORTIVE_CARE"
    assert design.masking_info is not None
    assert design.masking_info.masking == "DOUBLE"
    assert design.masking_info.who_masked == ("PARTICIPANT", "OUTCOMES_ASSESSOR")
    assert section.eligibility_module.sex == "ALL"
    assert section.eligibility_module.healthy_volunteers is False
    classes = [sponsor.agency_class for sponsor in section.sponsor_collaborators_module.collaborators]
    assert classes == ["NIH", "INDUSTRY", "FED"]


def test_dates_are_as_precise_as_given(study: Study) -> None:
    """A month stays a month."""
    status = study.protocol_section.status_module
    assert status.start_date_struct is not None
    assert status.completion_date_struct is not None
    assert status.study_first_post_date_struct is not None
    assert (status.start_date_struct.date, status.start_date_struct.type) == ("2018-01", "ACTUAL")
    assert (status.completion_date_struct.date, status.completion_date_struct.type) == ("2024-12-31", "ESTIMATED")
    assert status.study_first_post_date_struct.type == "ESTIMATED"
    assert status.status_verified_date == "2021-02"
    assert status.why_stopped == "The product could not be made"


def test_no_age_limit_is_not_an_age(study: Study) -> None:
    """`N/A` states no limit."""
    eligibility = study.protocol_section.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("18 Years", None)


def test_criteria_have_the_api_s_layout(study: Study) -> None:
    """One line for each item, items inside items two blanks deeper."""
    assert study.protocol_section.eligibility_module.eligibility_criteria == (
        "Inclusion Criteria:\n\n"
        "* Acute myeloid leukaemia that came back, proven by a sample of the bone marrow that was taken in the last "
        "four weeks:\n\n"
        "  * more than 5 % blasts, or\n"
        "  * measurable residual disease\n"
        "* Age over 18 years\n\n"
        "Exclusion Criteria:\n\n"
        "1. Pregnancy\n"
        "2. Graft-versus-host disease > grade 1"
    )


def test_arms_list_their_interventions(study: Study) -> None:
    """From the interventions' references to arm labels."""
    module = study.protocol_section.arms_interventions_module
    assert [(arm.label, arm.type, arm.intervention_names) for arm in module.arm_groups] == [
        ("Cells", "EXPERIMENTAL", ("Biological: Haploidentical NK cells", "Dietary Supplement: Vitamin D")),
        ("No cells", "NO_INTERVENTION", ("Dietary Supplement: Vitamin D",)),
    ]
    assert module.interventions[1].arm_group_labels == ("Cells", "No cells")
    assert module.interventions[0].other_names == ("natural killer cells",)


def test_a_country_without_a_site_is_kept(document: Document) -> None:
    """The list of countries says more than the sites."""
    assert document.additions.countries == ("Belgium",)
    derived = document.study.derived_section
    assert derived is not None
    assert derived.misc_info_module.removed_countries == ("France",)


def test_results_have_the_api_s_groups_and_codes(study: Study) -> None:
    """Group ids, parameters, totals and agreements."""
    results = study.results_section
    assert results is not None
    assert results.participant_flow_module is not None
    assert results.participant_flow_module.groups[0].id == "FG000"
    started = results.participant_flow_module.periods[0].milestones[0].achievements[0]
    assert (started.group_id, started.num_subjects, started.comment) == ("FG000", "10", "one withdrew")
    assert results.outcome_measures_module is not None
    first, second = results.outcome_measures_module.outcome_measures
    assert (first.type, first.param_type, first.reporting_status) == ("PRIMARY", "COUNT_OF_PARTICIPANTS", "POSTED")
    assert [group.id for group in first.groups] == ["OG000", "OG001"]
    assert [m.value for m in first.classes[0].categories[0].measurements] == ["0", "1"]
    assert first.analyses[0].group_ids == ("OG000", "OG001")
    assert first.analyses[0].non_inferiority_type == "SUPERIORITY_OR_OTHER_LEGACY"
    assert (second.type, second.reporting_status) == ("OTHER_PRE_SPECIFIED", "NOT_POSTED")
    assert second.anticipated_posting_date == "2024-12"
    events = results.adverse_events_module
    assert events is not None
    assert [event.term for event in events.serious_events] == ["Sepsis"]
    group = events.event_groups[0]
    assert (group.serious_num_affected, group.deaths_num_affected, group.other_num_affected) == (1, 2, None)
    assert events.serious_events[0].source_vocabulary == "MedDRA 24"
    assert results.more_info_module is not None
    agreement = results.more_info_module.certain_agreement
    assert agreement is not None
    assert (agreement.pi_sponsor_employee, agreement.restriction_type) == (False, "LTE60")


def test_a_new_element_is_reported_with_its_path(samples: dict[str, Path]) -> None:
    """What the registry adds tomorrow is not lost in silence, wherever it stands."""
    data = samples["ctgov-xml"].read_bytes()
    data = data.replace(b"<keyword>", b"<new_field kind='x'>1</new_field><keyword>")
    data = data.replace(b"<arm_group_type>", b"<arm_weight>2</arm_weight><arm_group_type>", 1)
    assert decode_xml(data).unknown_paths == ("arm_group/arm_weight", "new_field", "new_field/@kind")


def test_an_element_in_any_place_is_noticed(samples: dict[str, Path]) -> None:
    """A child that the schema does not know is reported once, whichever element it is put into."""
    data = samples["ctgov-xml"].read_bytes()
    containers = list(re.finditer(rb"<(?!required_header)\w+(?: [^<>]*)?>(?=\s*<\w)", data))
    assert len(containers) > 80
    for match in containers:
        changed = data[: match.end()] + b"<novel>1</novel>" + data[match.end() :]
        unknown = decode_xml(changed).unknown_paths
        assert len(unknown) == 1, match[0]
        assert unknown[0].endswith("novel")


def test_a_value_that_is_no_number_is_reported(samples: dict[str, Path]) -> None:
    """An enrolment of `about 24` is no number; the words are not lost in silence."""
    data = samples["ctgov-xml"].read_bytes().replace(b">24</enrollment>", b">about 24</enrollment>")
    document = decode_xml(data)
    assert document.study.protocol_section.design_module.enrollment_info is None
    assert document.unknown_paths == ("enrollment",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<clinical_study><id_info><nct_id>NCT1</nct_id></id_info></clinical_study>", "not NCT and eight digits"),
        (b"<clinical_study/>", "not NCT and eight digits"),
        (b"<study/>", "not <clinical_study>"),
        (b"<clinical_study><a></clinical_study>", "not well-formed"),
        (b"clinical_study", "does not begin with a tag"),
        (b"<clinical_study " + b" ".join(b'a%d="1"' % n for n in range(3_000)) + b"/>", "tag of more than 10,000"),
        (b"<!DOCTYPE a [" + b"<!ATTLIST a b CDATA 'x'>" * 9 + b"]><a/>", "declarations of its own"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"), "declarations of its own"),
        (b"<clinical_study>" + b"<a/>" * 1_600_000 + b"</clinical_study>", "more than 750,000 XML elements"),
        (b"<clinical_study>" + b"<a>" * 300 + b"</a>" * 300 + b"</clinical_study>", "not well-formed"),
        (b"<clinical_study>" + b"x" * 11_000_000 + b"</clinical_study>", "not well-formed"),
        (
            b"<!DOCTYPE clinical_study [<!ENTITY x 'y'>]><clinical_study>&x;</clinical_study>",
            "declarations of its own",
        ),
    ],
)
def test_a_record_that_does_not_fit_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    """A sentence that says what is wrong."""
    with pytest.raises(RecordError, match=re.escape(reason)):
        decode_xml(data)


def test_a_doctype_without_entities_is_harmless(samples: dict[str, Path]) -> None:
    """Records from before 2011 name a DTD, which is not fetched."""
    data = samples["ctgov-xml"].read_bytes()
    doctype = b'<!DOCTYPE clinical_study SYSTEM "http://clinicaltrials.gov/public.dtd">\n<clinical_study'
    assert decode_xml(data.replace(b"<clinical_study", doctype, 1)).study == decode_xml(data).study


OLD = b"""<clinical_study><id_info><nct_id>NCT90000001</nct_id></id_info>
<study_type>Observational [Patient Registry]</study_type>
<study_design>Allocation: Randomized, Endpoint Classification: Safety Study, Intervention Model: Parallel Assignment,
 Masking: Double Blind (Subject, Caregiver), Primary Purpose: Treatment</study_design>
<phase>Phase 0</phase>
<firstreceived_date>October 3, 2003</firstreceived_date><lastchanged_date>February 12, 2014</lastchanged_date>
<responsible_party><name_title>Dr. Example</name_title><organization>Example Hospital</organization></responsible_party>
<clinical_results><outcome_list><outcome><type>Primary</type><title>Response</title><time_frame>1 year</time_frame>
<safety_issue>No</safety_issue>
<measure_list>
<measure><title>Number of Participants</title><units>participants</units><param>Number</param><category_list><category>
<measurement_list><measurement group_id="O1" value="9"/></measurement_list></category></category_list></measure>
<measure><title>Response</title><units>participants</units><param>Number</param><category_list>
<category><sub_title>Complete</sub_title><measurement_list><measurement group_id="O1" value="2"/></measurement_list>
</category><category><sub_title>None</sub_title><measurement_list><measurement group_id="O1" value="7"/>
</measurement_list></category></category_list></measure></measure_list></outcome></outcome_list></clinical_results>
</clinical_study>"""


def test_records_from_before_2017_are_read() -> None:
    """The design in one line, measures without classes, dates under older names."""
    document = decode_xml(OLD)
    section = document.study.protocol_section
    assert document.unknown_paths == ()
    assert document.version_date == "2014-02-12"
    assert section.status_module.study_first_submit_date == "2003-10-03"
    assert section.design_module.patient_registry is True
    assert section.design_module.phases == ("EARLY_PHASE1",)
    design = section.design_module.design_info
    assert design is not None
    assert (design.allocation, design.intervention_model, design.primary_purpose) == (
        "RANDOMIZED",
        "PARALLEL",
        "TREATMENT",
    )
    assert design.masking_info is not None
    assert (design.masking_info.masking, design.masking_info.who_masked) == ("DOUBLE", ("PARTICIPANT", "CARE_PROVIDER"))
    results = document.study.results_section
    assert results is not None
    assert results.outcome_measures_module is not None
    outcome = results.outcome_measures_module.outcome_measures[0]
    assert [(c.group_id, c.value) for c in outcome.denoms[0].counts] == [("OG000", "9")]
    assert [category.title for category in outcome.classes[0].categories] == ["Complete", "None"]


def test_every_record_of_the_bulk_archive_is_read_with_nothing_unknown(shared: Path, decoded: Decoded) -> None:
    """1,829 records of the registry and the one beside them: none rejected, no value without a place."""
    documents = decoded(shared / "data" / "ctgov-xml")
    assert len(documents) == 1830
    assert {path for document in documents for path in document.unknown_paths} == set()
    assert sum(document.study.results_section is not None for document in documents) == 191


# One trial, two formats


def v2_documents(shared: Path) -> Iterator[Document]:
    for raw in read([shared / "data" / "ctgov-v2" / "studies.jsonl.gz"]):
        assert isinstance(raw, RawDocument)
        yield ctgov_v2.decode(raw)


def test_api_records_rewritten_as_legacy_xml_give_the_same_core(shared: Path, legacy: ModuleType) -> None:
    """Every tenth of 2,090 API records, written in the old words and layout and read again."""
    compared = 0
    for number, document in enumerate(v2_documents(shared)):
        if number % 10:
            continue
        again = decode_xml(legacy.legacy_xml(document.study))
        assert legacy.core(again.study) == legacy.core(document.study), document.id
        assert again.unknown_paths == ()
        compared += 1
    assert compared == 209


def test_trials_in_both_corpora_agree_on_what_did_not_change(shared: Path, legacy: ModuleType) -> None:
    """Four trials are in both; the registry changed three of them in between, and only there they differ."""
    with zipfile.ZipFile(shared / "data" / "ctgov-xml" / "studies.zip") as archive:
        names = {Path(name).stem: name for name in archive.namelist()}
        pairs = [(d, decode_xml(archive.read(names[d.id]))) for d in v2_documents(shared) if d.id in names]
    differing = {}
    for api, xml in pairs:
        left, right = legacy.core(api.study), legacy.core(xml.study)
        differing[api.id] = {name for name in left if left[name] != right[name]}
    assert sorted(differing) == ["NCT00001909", "NCT00499083", "NCT02349698", "NCT02513394"]
    assert differing["NCT00001909"] == set(), "the same version"
    assert "dates" in differing["NCT00499083"], "updated in 2023"
    assert differing["NCT02349698"] == {"dates"}, "updated in 2019"
    for changed in differing.values():
        assert not changed & {"phases", "type", "sex"}


CORE_PROPERTIES = (
    "hasPhase",
    "hasStatus",
    "startDate",
    "startDateType",
    "startYear",
    "primaryCompletionDate",
    "primaryCompletionDateType",
    "completionDate",
    "completionDateType",
    "firstPostedDate",
    "lastUpdateDate",
    "enrollment",
    "enrollmentType",
    "leadSponsor",
    "collaborator",
    "hasArm",
    "armType",
    "hasIntervention",
    "interventionType",
    "uses",
    "hasPrimaryOutcome",
    "hasSecondaryOutcome",
    "hasOtherOutcome",
    "hasOutcome",
    "measure",
    "timeFrame",
    "hasCriterion",
    "order",
    "partOfCriterion",
    "allocation",
    "interventionModel",
    "primaryPurpose",
    "masking",
    "sex",
    "minimumAge",
    "maximumAge",
    "minimumAgeYears",
    "hasSite",
    "city",
    "country",
    "hasConditioning",
    "hasComponent",
    "agent",
    "administers",
    "hasCellType",
    "hasDonor",
    "measuresEndpoint",
    "hasValue",
    "numerator",
)


def test_the_graph_of_both_formats_makes_the_same_core_statements(shared: Path, legacy: ModuleType) -> None:
    """100 API records and their rewritten XML, linked and mapped: the same quads of the core properties."""
    mapper = Mapper()
    wanted = {f"<https://w3id.org/cellkg/ontology/{name}>" for name in CORE_PROPERTIES}
    compared = statements = 0
    for number, document in enumerate(v2_documents(shared)):
        if number % 15 or compared == 100 or document.study.results_section is not None:
            continue
        again = decode_xml(legacy.legacy_xml(document.study))
        graphs = [
            {
                legacy.unescaped(line.replace("\\\\", "\\"))
                for line in mapper.map(d, link(d)).lines.splitlines()
                if line.split(" ", 2)[1] in wanted
            }
            for d in (document, again)
        ]
        assert graphs[0] == graphs[1], document.id
        statements += len(graphs[0])
        compared += 1
    assert compared == 100
    assert statements > 8_000
