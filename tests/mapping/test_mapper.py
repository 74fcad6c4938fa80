"""What a record becomes: nodes, links, values, and nothing that it does not say."""

from collections.abc import Callable

import pytest

from kg.iri import Minter
from kg.mapping import Mapped, Mapper
from kg.namespaces import SKOS
from kg.record import Additions, Document, Evidence, Finding, Links
from kg.record.links import (
    ArmLinks,
    CategoryLink,
    ConditionLink,
    GroupLink,
    InterventionLinks,
    LinkedAdministration,
    LinkedDose,
    LinkedProduct,
    LinkedRegimen,
    OrganizationLink,
    OutcomeLinks,
    RegimenComponent,
    ReportedLinks,
    StatedResult,
    TextIntervention,
)
from kg.record.protocol import Sponsor

Map = Callable[..., Mapped]
Values = Callable[..., list[str]]
Triples = Callable[[Mapped], list[tuple[str, str, str]]]


def protocol(**modules: object) -> dict[str, object]:
    return {"protocolSection": modules}


ARMS = {
    "armGroups": [
        {"label": "A", "type": "EXPERIMENTAL", "interventionNames": ["Biological: NK cells", "Drug: Placebo"]},
        {"label": "B", "interventionNames": []},
    ],
    "interventions": [
        {"type": "BIOLOGICAL", "name": "NK cells", "armGroupLabels": ["A"]},
        {"type": "DRUG", "name": "Placebo", "armGroupLabels": ["A", "B"]},
        {"type": "DRUG", "name": "Fludarabine", "armGroupLabels": ["B"]},
    ],
}


def test_every_trial_is_a_trial_also_without_a_kind(mapped: Map, values: Values) -> None:
    assert values(mapped(), "type") == ["Trial"]
    assert values(mapped(protocol(designModule={"studyType": "INTERVENTIONAL"})), "type") == [
        "Trial",
        "InterventionalTrial",
    ]


def test_phase_one_two_has_two_phases(mapped: Map, values: Values) -> None:
    result = mapped(protocol(designModule={"phases": ["PHASE1", "PHASE2"]}))
    assert values(result, "hasPhase") == ["Phase1", "Phase2"]


def test_a_value_set_is_repeated_with_its_class_and_label(mapped: Map, values: Values) -> None:
    result = mapped(protocol(designModule={"phases": ["EARLY_PHASE1"]}))
    assert values(result, "type", "EarlyPhase1") == ["Phase"]
    assert len(values(result, "label", "EarlyPhase1")) == 1


def test_a_month_is_no_day(mapped: Map, values: Values) -> None:
    result = mapped(protocol(statusModule={"startDateStruct": {"date": "2023-05", "type": "ACTUAL"}}))
    assert '"2023-05"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>' in result.lines
    assert values(result, "startYear") == ["2023"]
    assert values(result, "startDateType") == ["ActualDate"]


def test_a_day_that_does_not_exist_is_kept_as_text_and_reported(mapped: Map, values: Values) -> None:
    result = mapped(protocol(statusModule={"startDateStruct": {"date": "2023-02-31"}}))
    assert values(result, "startDate") == values(result, "startYear") == []
    assert values(result, "label", "/unread/1") == ["2023-02-31"]
    (problem,) = result.problems
    assert (problem.path, problem.value) == ("protocolSection.statusModule.startDateStruct.date", "2023-02-31")


def test_an_unknown_code_is_kept_as_text_and_reported(mapped: Map, values: Values) -> None:
    result = mapped(protocol(designModule={"phases": ["PHASE1", "PHASE9"]}))
    assert values(result, "hasPhase") == ["Phase1"]
    assert values(result, "label", "/unread/1") == ["PHASE9"]
    assert [p.value for p in result.problems] == ["PHASE9"]


def test_all_collaborators_and_countries_are_kept(mapped: Map, values: Values) -> None:
    result = mapped(
        protocol(
            sponsorCollaboratorsModule={"collaborators": [{"name": "One"}, {"name": "Two", "class": "NIH"}]},
            contactsLocationsModule={"locations": [{"country": "France"}, {"country": "South Korea", "city": "Seoul"}]},
        )
    )
    assert values(result, "collaborator") == ["organization/one", "organization/two"]
    assert values(result, "organizationClass", "organization/two") == ["NihOrganization"]
    assert values(result, "countryCode", "/site/1") + values(result, "countryCode", "/site/2") == ["FR", "KR"]


def test_contact_persons_are_not_in_the_graph_and_officials_are(mapped: Map, values: Values) -> None:
    person = {
        "name": "Ada Telephone",
        "phone": "555-1234",
        "phoneExt": "77",
        "email": "ada@example.org",
        "role": "CONTACT",
    }
    result = mapped(
        {
            **protocol(
                contactsLocationsModule={
                    "centralContacts": [person],
                    "overallOfficials": [
                        {"name": "Grace Official", "role": "PRINCIPAL_INVESTIGATOR", "affiliation": "Clinic"}
                    ],
                    "locations": [{"facility": "Clinic", "contacts": [person]}],
                    "locations_nested": [{"facility": "Clinic", "contacts": [person]}],
                }
            ),
            "resultsSection": {
                "moreInfoModule": {
                    "pointOfContact": {
                        **{k: v for k, v in person.items() if k in ("phone", "email")},
                        "title": "Ada Telephone",
                    }
                }
            },
        }
    )
    for private in ("Ada", "555-1234", "example.org", "77"):
        assert private not in result.lines
    assert values(result, "principalInvestigator") == ["/official/1"]
    assert values(result, "label", "/official/1") == ["Grace Official"]
    assert values(result, "hasOfficial") == []


def test_an_arm_uses_its_own_list_and_without_one_what_names_it(mapped: Map, values: Values) -> None:
    result = mapped(protocol(armsInterventionsModule=ARMS))
    assert values(result, "uses", "/arm/1") == ["/intervention/1", "/intervention/2"]
    assert values(result, "uses", "/arm/2") == ["/intervention/2", "/intervention/3"]
    assert values(result, "assignedToArm", "/intervention/2") == ["/arm/1", "/arm/2"]


def test_two_interventions_of_one_name_are_told_apart_by_the_arm_they_name(mapped: Map, values: Values) -> None:
    same = {"type": "DRUG", "name": "Placebo"}
    result = mapped(
        protocol(
            armsInterventionsModule={
                "armGroups": [
                    {"label": "A", "interventionNames": ["Drug: Placebo"]},
                    {"label": "B", "interventionNames": ["Drug: placebo "]},
                ],
                "interventions": [{**same, "armGroupLabels": ["A"]}, {**same, "armGroupLabels": ["B"]}],
            }
        )
    )
    assert values(result, "uses", "/arm/1") == ["/intervention/1"]
    assert values(result, "uses", "/arm/2") == ["/intervention/2"]


def test_a_name_in_an_arms_list_that_matches_nothing_is_reported_and_kept(mapped: Map, values: Values) -> None:
    result = mapped(protocol(armsInterventionsModule={"armGroups": [{"label": "A", "interventionNames": ["Drug: X"]}]}))
    assert values(result, "uses", "/arm/1") == []
    assert values(result, "label", "/unread/1") == ["Drug: X"]


def test_a_label_of_two_arms_points_to_neither(mapped: Map, values: Values) -> None:
    arms = {"armGroups": [{"label": "A"}, {"label": "A"}], "interventions": [{"name": "X", "armGroupLabels": ["A"]}]}
    result = mapped(protocol(armsInterventionsModule=arms))
    assert values(result, "assignedToArm", "/intervention/1") == []
    assert [p.value for p in result.problems] == ["A"]


def test_a_document_without_arms_has_an_implicit_arm_for_all(mapped: Map, values: Values) -> None:
    result = mapped(
        protocol(armsInterventionsModule={"interventions": [{"name": "X"}, {"name": "Y"}]}),
        Links(interventions=(InterventionLinks(intervention=2, background=True),)),
    )
    assert values(result, "type", "/arm/implicit") == ["ImplicitArm"]
    assert values(result, "uses", "/arm/implicit") == ["/intervention/1"]
    assert values(result, "hasArm") == ["/arm/implicit"]


def test_background_therapy_is_not_under_study(mapped: Map, values: Values) -> None:
    result = mapped(
        protocol(armsInterventionsModule={"interventions": [{"name": "X"}, {"name": "Transplant"}]}),
        Links(
            interventions=(InterventionLinks(intervention=2, background=True),),
            text_interventions=(TextIntervention(label="statin", background=True), TextIntervention(label="cells")),
        ),
    )
    assert values(result, "hasIntervention") == ["/intervention/1", "/intervention/text-2"]
    assert values(result, "hasBackgroundTherapy") == ["/intervention/2", "/intervention/text-1"]


QUOTE = Evidence(field="protocolSection.identificationModule.briefTitle", begin=3, end=9, quote="NK cel", rule="r1")


def test_a_finding_carries_its_evidence(mapped: Map, values: Values) -> None:
    product = LinkedProduct(
        label="NK cells", donors=(Finding("Haploidentical", (QUOTE,)),), expanded_ex_vivo=Finding("true", (QUOTE,))
    )
    result = mapped(links=Links(products=(product,)))
    assert values(result, "hasDonor", "/product/1") == ["Haploidentical"]
    assert values(result, "expandedExVivo", "/product/1") == ["true"]
    for number, value in ((1, "Haploidentical"), (2, "true")):
        node = f"/evidence/{number}"
        assert values(result, "aboutSubject", node) == ["/product/1"]
        assert values(result, "aboutValue", node) == [value]
        assert values(result, "quote", node) == ["NK cel"]
        assert values(result, "begin", node) + values(result, "end", node) == ["3", "9"]
        assert values(result, "strength", node) == ["Stated"]


def test_what_an_arm_gives_hangs_below_the_trial_and_counts_through_it(mapped: Map, values: Values) -> None:
    dose = LinkedDose(amount="1000000", amount_text="1x10^6", unit="cells/kg", per_kilogram=True, number_of_infusions=2)
    give = LinkedAdministration(
        intervention="1", product=1, doses=(dose,), given_after=(1,), intents=(Finding("Prophylactic"),)
    )
    links = Links(
        products=(LinkedProduct(label="NK"),),
        regimens=(
            LinkedRegimen(
                label="Flu/Cy",
                components=(RegimenComponent(agent=Finding("fludarabine")),),
                purposes=(Finding("Lymphodepletion"),),
            ),
        ),
        arms=(
            ArmLinks(arm="1", administrations=(give,), conditioning=(1,)),
            ArmLinks(arm="2", administrations=(give,), cytokine_support=(Finding("aldesleukin"),)),
        ),
    )
    result = mapped(protocol(armsInterventionsModule=ARMS), links)
    assert values(result, "hasAdministration", "/arm/1") == ["/administration/1"]
    assert values(result, "hasAdministration", "/arm/2") == ["/administration/2"]
    assert values(result, "ofIntervention", "/administration/2") == ["/intervention/1"]
    assert values(result, "label", "/administration/1") == ["NK cells"]
    assert values(result, "ofProduct", "/administration/1") == ["/product/1"]
    assert values(result, "givenAfter", "/administration/1") == ["/regimen/1"]
    assert values(result, "amount", "/administration/1/dose/1") == ["1000000"]
    assert values(result, "hasConditioning", "/arm/1") == ["/regimen/1"]
    assert values(result, "agent", "/regimen/1/component/1") == ["substance/fludarabine"]
    assert values(result, "label", "substance/fludarabine") == ["fludarabine"]
    assert values(result, "hasCytokineSupport", "/arm/2") == ["substance/aldesleukin"]


def test_a_substance_outside_the_vocabulary_bears_the_words_of_the_document(mapped: Map, values: Values) -> None:
    finding = Finding("xyz-123-unheard-of", (QUOTE,))
    result = mapped(links=Links(text_interventions=(TextIntervention(label="x", agents=(finding, finding)),)))
    assert values(result, "type", "substance/xyz-123-unheard-of") == ["Substance"]
    assert values(result, "label", "substance/xyz-123-unheard-of") == ["NK cel"]


def test_radiation_is_no_substance(mapped: Map, values: Values) -> None:
    finding = Finding("radiation/total-body-irradiation", (QUOTE,))
    result = mapped(links=Links(text_interventions=(TextIntervention(label="TBI", agents=(finding,)),)))
    assert values(result, "administers", "/intervention/text-1") == ["radiation/total-body-irradiation"]
    assert values(result, "type", "radiation/total-body-irradiation") == ["Radiation"]
    assert values(result, "label", "radiation/total-body-irradiation") == ["total body irradiation"]


def test_the_reasoner_gets_the_types_of_agents_and_antigens(document: Callable[..., Document]) -> None:
    product = LinkedProduct(label="x", targets=(Finding("CD19"),))
    text = TextIntervention(label="x", agents=(Finding("lenalidomide"), Finding("unheard-of")))
    result = Mapper().map(document(), Links(products=(product,), text_interventions=(text,)))
    types = {(s.removeprefix("https://w3id.org/cellkg/"), o.rpartition("/")[2]) for s, _, o in result.triples}
    assert {("substance/lenalidomide", "Substance"), ("substance/unheard-of", "Substance")} <= types
    assert any(s == "antigen/CD19" for s, _ in types)


def test_the_evidence_of_an_intervention_names_its_product(mapped: Map, values: Values) -> None:
    links = Links(interventions=(InterventionLinks(intervention=1, products=(1,), evidence=(QUOTE,)),))
    result = mapped(protocol(armsInterventionsModule=ARMS), links)
    assert values(result, "aboutValue", "/evidence/1") == ["/product/1"]


@pytest.mark.parametrize(
    ("number", "scheme", "registry"),
    [
        ({"id": "2019-001929-27", "type": "EUDRACT_NUMBER"}, ["EudraCT"], True),
        ({"id": "2019-001929-27"}, ["EudraCT"], True),
        ({"id": "R01 CA1", "type": "NIH"}, [], False),
        ({"id": "X-1", "type": "REGISTRY", "domain": "DRKS"}, ["DRKS"], True),
        ({"id": "X-1", "domain": "Some Body"}, ["Some Body"], False),
    ],
)
def test_secondary_numbers_have_the_scheme_that_type_or_form_tells(
    mapped: Map, values: Values, number: dict[str, str], scheme: list[str], registry: bool
) -> None:
    result = mapped(protocol(identificationModule={"secondaryIdInfos": [number]}))
    assert values(result, "scheme", "/identifier/secondary/1") == scheme
    assert (values(result, "http://purl.org/dc/terms/identifier") == [number["id"]]) == registry


def test_conditions_are_the_vocabularys_with_the_words_kept(mapped: Map, values: Values) -> None:
    link = ConditionLink(id="mesh-D015470", label="AML", stated_as=("AML (adult)",), evidence=(QUOTE,))
    result = mapped(protocol(conditionsModule={"conditions": ["AML (adult)"]}), Links(conditions=(link,)))
    assert values(result, "studiesCondition") == ["condition/mesh-D015470"]
    assert values(result, "statedCondition") == ["AML (adult)"]
    assert values(result, "statedAs", "condition/mesh-D015470") == ["AML (adult)"]
    assert len(values(result, "label", "condition/mesh-D015470")) == 1
    about = [values(result, f"about{part}", "/evidence/1") for part in ("Subject", "Property", "Value")]
    assert about == [[""], ["studiesCondition"], ["condition/mesh-D015470"]]


def test_an_organisation_is_identified_by_ror_with_the_words_it_rests_on(mapped: Map, values: Values) -> None:
    name, field = "National Cancer Institute (NCI)", "protocolSection.sponsorCollaboratorsModule.leadSponsor.name"
    quote = Evidence(field=field, begin=0, end=len(name), quote=name, rule="organizations:040gcmg81")
    link = OrganizationLink(name=name, ror=Finding("040gcmg81", (quote,)))
    result = mapped(protocol(sponsorCollaboratorsModule={"leadSponsor": {"name": name}}), Links(organizations=(link,)))
    node = "organization/national-cancer-institute-nci"
    assert values(result, "leadSponsor") == [node]
    assert values(result, SKOS + "exactMatch", node) == ["https://ror.org/040gcmg81"]
    about = [values(result, f"about{part}", "/evidence/1") for part in ("Subject", "Property", "Value")]
    assert about == [[node], [SKOS + "exactMatch"], ["https://ror.org/040gcmg81"]]
    assert values(result, "quote", "/evidence/1") == [name]
    assert values(result, "label", "https://ror.org/040gcmg81") == []


def test_criteria_are_nested_and_say_of_whom(mapped: Map, values: Values) -> None:
    text = "Inclusion Criteria:\n\n* Any of:\n  * Donor is a sibling\n\nExclusion Criteria:\n\n* Age \\> 70"
    result = mapped(protocol(eligibilityModule={"eligibilityCriteria": text}))
    assert values(result, "hasCriterion") == [
        "/criterion/inclusion/1",
        "/criterion/inclusion/2",
        "/criterion/exclusion/1",
    ]
    assert values(result, "type", "/criterion/exclusion/1") == ["ExclusionCriterion"]
    assert values(result, "partOfCriterion", "/criterion/inclusion/2") == ["/criterion/inclusion/1"]
    assert values(result, "appliesTo", "/criterion/inclusion/2") == ["Donor"]
    assert values(result, "groupOperator", "/criterion/inclusion/1") == ["AnyOf"]
    assert values(result, "text", "/criterion/exclusion/1") == [r"Age \> 70"]
    assert values(result, "label", "/criterion/exclusion/1") == ["Age > 70"]


def test_what_a_record_leaves_out_is_left_out(mapped: Map, values: Values) -> None:
    """A number may be absent where its kind is stated."""
    result = mapped(protocol(designModule={"enrollmentInfo": {"type": "ACTUAL"}}))
    assert values(result, "enrollment") == []
    assert values(result, "enrollmentType") == ["ActualEnrollment"]


OUTCOME = {
    "title": "Response", "type": "PRIMARY", "paramType": "COUNT_OF_PARTICIPANTS", "unitOfMeasure": "Participants",
    "groups": [{"id": "OG000", "title": "NK"}, {"id": "OG001", "title": "Placebo"}],
    "denoms": [{"units": "Participants",
                "counts": [{"groupId": "OG000", "value": "9"}, {"groupId": "OG001", "value": "7"}]}],
    "classes": [
        {"title": "Month 3", "categories": [
            {"title": "CR", "measurements": [{"groupId": "OG000", "value": "6"}, {"groupId": "OG001", "value": "0"}]}]},
        {"title": "Month 6", "denoms": [{"units": "Participants", "counts": [{"groupId": "OG000", "value": "8"}]}],
         "categories": [{"measurements": [{"groupId": "OG000", "value": "NA", "comment": "too early"}]}]},
    ],
    "analyses": [{"groupIds": ["OG000", "OG001"], "pValue": "<0.001", "ciLowerLimit": "0.50", "ciUpperLimit": "NA"}],
}  # fmt: skip


def results(*outcomes: dict[str, object]) -> dict[str, object]:
    return {"resultsSection": {"outcomeMeasuresModule": {"outcomeMeasures": list(outcomes)}}}


def test_counts_of_participants_have_numerator_and_denominator_of_their_group(mapped: Map, values: Values) -> None:
    result = mapped(results(OUTCOME))
    first, second, third = (f"/reported/1/result/{n}" for n in (1, 2, 3))
    assert [values(result, p, first) for p in ("numerator", "denominator", "numberAnalyzed")] == [["6"], ["9"], ["9"]]
    assert values(result, "denominator", second) == ["7"]
    assert values(result, "forGroup", second) == ["/reported/1/group/2"]
    assert [values(result, p, first) for p in ("resultClass", "category", "unit")] == [
        ["Month 3"],
        ["CR"],
        ["Participants"],
    ]
    assert values(result, "numerator", third) == values(result, "hasValue", third) == []
    assert values(result, "valueText", third) == ["NA"]
    assert values(result, "denominator", third) == ["8"], "the class's own denominator"


def test_a_mean_has_no_numerator(mapped: Map, values: Values) -> None:
    result = mapped(results({**OUTCOME, "paramType": "MEAN"}))
    assert (
        values(result, "numerator", "/reported/1/result/1")
        == values(result, "denominator", "/reported/1/result/1")
        == []
    )
    assert values(result, "numberAnalyzed", "/reported/1/result/1") == ["9"]
    assert values(result, "hasValue", "/reported/1/result/1") == ["6"]


def test_analyses_keep_what_is_no_number_as_text(mapped: Map, values: Values) -> None:
    result = mapped(results(OUTCOME))
    node = "/reported/1/analysis/1"
    assert values(result, "forGroup", node) == ["/reported/1/group/1", "/reported/1/group/2"]
    assert [values(result, p, node) for p in ("pValue", "pValueText", "lowerLimit", "upperLimitText")] == [
        [],
        ["<0.001"],
        ["0.5"],
        ["NA"],
    ]


def test_groups_of_one_code_in_two_outcomes_are_two_groups(mapped: Map, values: Values) -> None:
    result = mapped(results(OUTCOME, OUTCOME))
    assert values(result, "forGroup", "/reported/2/result/1") == ["/reported/2/group/1"]


def test_links_of_results_reach_groups_rows_and_planned_outcomes(mapped: Map, values: Values) -> None:
    links = Links(
        groups=(
            GroupLink(group="outcome/1/OG000", arm=Finding("1", (QUOTE,))),
            GroupLink(group="outcome/9/OG000", arm=Finding("1")),
        ),
        reported=(
            ReportedLinks(
                reported=1,
                answers=Finding("primary/1", (QUOTE,)),
                categories=(CategoryLink(class_index=0, category_index=0, response=Finding("CompleteRemission")),),
            ),
        ),
        outcomes=(
            OutcomeLinks(
                outcome="primary/1",
                endpoints=(Finding("ObjectiveResponseRate"),),
                time_frame_value="3",
                time_frame_unit="Month",
            ),
        ),
    )
    result = mapped(results(OUTCOME), links)
    assert values(result, "correspondsToArm", "/reported/1/group/1") == ["/arm/1"]
    assert result.lines.count("ontology/correspondsToArm> <https://w3id.org/cellkg/trial") == 1, (
        "a link to a group that is not there writes nothing"
    )
    assert values(result, "answers", "/reported/1") == ["/outcome/primary/1"]
    assert values(result, "responseCategory", "/reported/1/result/1") == ["CompleteRemission"]
    assert values(result, "responseCategory", "/reported/1/result/2") == ["CompleteRemission"]
    assert values(result, "responseCategory", "/reported/1/result/3") == []
    assert values(result, "timeFrameUnit", "/outcome/primary/1") == ["Month"]


def test_a_result_stated_in_text_is_a_reported_outcome(mapped: Map, values: Values) -> None:
    stated = StatedResult(
        label="6 of 9 had stable disease",
        response=Finding("StableDisease"),
        numerator=6,
        denominator=9,
        evidence=(QUOTE,),
    )
    result = mapped(links=Links(stated_results=(stated,)))
    node = "/reported/text-1/result/1"
    assert values(result, "hasResult", "/reported/text-1") == [node]
    assert [values(result, p, node) for p in ("numerator", "denominator", "responseCategory")] == [
        ["6"],
        ["9"],
        ["StableDisease"],
    ]


def test_adverse_events_are_counted_by_group(mapped: Map, values: Values) -> None:
    event = {
        "term": "Fever",
        "organSystem": "General",
        "stats": [{"groupId": "EG000", "numAffected": 3, "numAtRisk": 9, "numEvents": 5}],
    }
    result = mapped(
        {
            "resultsSection": {
                "adverseEventsModule": {
                    "eventGroups": [{"id": "EG000", "title": "NK"}],
                    "seriousEvents": [event],
                    "otherEvents": [event],
                }
            }
        }
    )
    node = "/event/serious/1"
    assert values(result, "hasAdverseEventCount") == [node, "/event/other/1"]
    found = [
        values(result, p, node)
        for p in ("eventTerm", "organSystem", "seriousness", "numerator", "denominator", "numberOfEvents", "forGroup")
    ]
    assert found == [["Fever"], ["General"], ["SeriousEvent"], ["3"], ["9"], ["5"], ["/event/group/1"]]


def test_a_group_that_the_record_does_not_have_is_reported(mapped: Map) -> None:
    event = {"term": "Fever", "stats": [{"groupId": "EG009", "numAffected": 3}]}
    result = mapped({"resultsSection": {"adverseEventsModule": {"seriousEvents": [event]}}})
    assert [p.value for p in result.problems] == ["EG009"]


def test_an_article_that_describes_no_trial_is_a_publication_alone(
    document: Callable[..., Document], additions: Callable[..., Additions], triples: Triples
) -> None:
    article = {
        "title": "NK cells",
        "pmid": "123",
        "authors": [{"name": "Ada"}],
        "abstract": [{"text": "Words."}],
        "date": "2022-03",
    }
    numbers = [
        {"scheme": "ClinicalTrials.gov", "value": "NCT00000002", "role": "databank"},
        {"scheme": "ISRCTN", "value": "ISRCTN1", "role": "databank"},
    ]
    paper = document(
        source="pubmed", id="123", describes_trial=False, additions=additions(article=article, identifiers=numbers)
    )
    result = Mapper().map(paper, Links())
    found = triples(result)
    assert ("publication/pmid-123", "type", "Publication") in found
    assert ("publication/pmid-123", "citesTrial", "trial/NCT00000002") in found
    assert not {name for _, _, name in found} & {"Trial", "Arm", "ImplicitArm"}
    assert not [p for _, p, _ in found if p == "hasPublication"]


def test_an_article_that_reports_a_trial_is_linked_from_it(
    document: Callable[..., Document], additions: Callable[..., Additions], triples: Triples
) -> None:
    paper = document(source="pubmed", id="123", additions=additions(article={"title": "NK cells", "pmid": "123"}))
    found = triples(Mapper().map(paper, Links()))
    assert ("trial/pubmed-123", "hasPublication", "publication/pmid-123") in found
    assert ("trial/pubmed-123", "type", "Trial") in found


def test_the_older_of_two_records_has_its_version_in_every_iri(document: Callable[..., Document]) -> None:
    result = Mapper().map(document(protocol(armsInterventionsModule=ARMS)), Links(), "2020-01-02")
    assert result.trial == "https://w3id.org/cellkg/trial/NCT00000001-v2020-01-02"
    assert "trial/NCT00000001/" not in result.lines
    assert result.graph in result.lines


def test_another_base_moves_documents_and_leaves_the_vocabulary(document: Callable[..., Document]) -> None:
    links = Links(
        conditions=(ConditionLink(id="mesh-D1", label="X"),),
        products=(LinkedProduct(label="P", targets=(Finding("CD19"),)),),
    )
    study = protocol(sponsorCollaboratorsModule={"leadSponsor": {"name": "One"}})
    result = Mapper(Minter("https://example.org/kg/")).map(document(study), links)
    assert "<https://example.org/kg/organization/one>" in result.lines
    assert "<https://example.org/kg/trial/NCT00000001/product/1>" in result.lines
    assert "<https://w3id.org/cellkg/condition/mesh-D1>" in result.lines
    assert "<https://w3id.org/cellkg/antigen/CD19>" in result.lines


def test_the_reasoner_gets_types_and_the_properties_it_asked_for(document: Callable[..., Document]) -> None:
    predicate = "https://w3id.org/cellkg/ontology/uses"
    result = Mapper(Minter(), frozenset({predicate})).map(document(protocol(armsInterventionsModule=ARMS)), Links())
    base = "https://w3id.org/cellkg/trial/NCT00000001"
    assert (f"{base}/arm/1", predicate, f"{base}/intervention/1") in result.triples
    assert {p for _, p, _ in result.triples} == {predicate, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"}
    assert Mapper().map(document(protocol(armsInterventionsModule=ARMS)), Links()).lines == result.lines


@pytest.mark.parametrize(
    "text",
    [
        'a "b" \\ c',
        "line\nline\r\n",
        "tab\tbell\x07nul\x00del\x7f",
        "\u2028 \ufffe \U0001f600",
        "> <http://x> .",
        "é" * 3,
    ],
)
def test_any_text_survives_the_way_to_quads(mapped: Map, values: Values, text: str) -> None:
    assert values(mapped(protocol(identificationModule={"officialTitle": text})), "officialTitle") == [text]


def test_half_a_surrogate_pair_becomes_the_replacement_character(
    document: Callable[..., Document], values: Values
) -> None:
    paper = document()
    paper.study.protocol_section.identification_module.official_title = "a\ud800b"
    assert values(Mapper().map(paper, Links()), "officialTitle") == ["a\ufffdb"]


@pytest.mark.parametrize("name", ["../../x", "a b", "<>", "a/b?c#d", "é", "\ud800", "'\"\\"])
def test_no_text_of_a_record_breaks_an_iri(document: Callable[..., Document], triples: Triples, name: str) -> None:
    paper = document(id=name)
    paper.study.protocol_section.sponsor_collaborators_module.lead_sponsor = Sponsor(name=name)
    assert triples(Mapper().map(paper, Links()))


def test_no_statement_stands_twice(mapped: Map) -> None:
    study = protocol(
        sponsorCollaboratorsModule={
            "leadSponsor": {"name": "One"},
            "collaborators": [{"name": "One"}, {"name": "One"}],
        },
        identificationModule={"nctId": "NCT00000001", "organization": {"fullName": "One"}},
        conditionsModule={"keywords": ["NK", "NK"]},
        armsInterventionsModule=ARMS,
    )
    lines = mapped(
        study, Links(population_states=(Finding("Relapsed"), Finding("Relapsed", (QUOTE,))))
    ).lines.splitlines()
    assert len(lines) == len(set(lines))
