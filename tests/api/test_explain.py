"""Why the graph says what it says: field, words, premises, and which document."""

from dataclasses import replace
from pathlib import Path

import pytest

import kg
from kg.errors import UsageError
from kg.explain import Explanation, Reason, Statement, explain
from kg.files import data_folder
from kg.namespaces import CKG, KG, RDF_TYPE
from kg.origins import fields_of

TRIAL = f"{KG}trial/NCT05272293"


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Explanation:
    out = tmp_path_factory.mktemp("explain") / "release"
    kg.build(data_folder("examples") / "NCT05272293.json", out)
    return explain(kg.open(out), "nct05272293")


def the(explained: Explanation, part: str, name: str, value: str) -> Statement:
    """The one statement with this subject, property and value."""
    wanted = (f"{TRIAL}{part}", name, value)
    found = [
        one for one in explained.statements if (one.subject, one.property, getattr(one.value, "value", "")) == wanted
    ]
    assert len(found) == 1, wanted
    return found[0]


def test_coded_statement_names_its_field(explained: Explanation) -> None:
    one = the(explained, "/arm/1", f"{CKG}armType", f"{CKG}ExperimentalArm")
    assert one.reason is Reason.FIELD
    assert one.fields == ("protocolSection.armsInterventionsModule.armGroups[0].type",)


def test_statement_out_of_text_has_verbatim_words(explained: Explanation) -> None:
    one = the(explained, "/product/1", f"{CKG}hasDonor", f"{CKG}Haploidentical")
    assert one.reason is Reason.TEXT
    text = (data_folder("examples") / "NCT05272293.json").read_text(encoding="utf-8")
    assert one.words
    assert all(words.quote in text and words.field and words.rule for words in one.words)


def test_inferred_statement_has_its_premises(explained: Explanation) -> None:
    one = the(explained, "/product/1", RDF_TYPE, f"{CKG}HaploidenticalNKCellProduct")
    assert one.reason is Reason.INFERRED
    product = f"{TRIAL}/product/1"
    assert (product, f"{CKG}hasDonor", f"{CKG}Haploidentical") in one.follows_from
    assert (product, f"{CKG}hasCellType", f"{CKG}NaturalKillerCell") in one.follows_from


def test_every_inferred_statement_follows_from_something(explained: Explanation) -> None:
    inferred = [one for one in explained.statements if one.reason is Reason.INFERRED]
    assert inferred
    assert all(one.follows_from for one in inferred)


def test_each_statement_names_its_document(explained: Explanation) -> None:
    assert {one.document for one in explained.statements} == {f"{KG}source/ctgov/NCT05272293"}


def test_most_statements_are_explained(explained: Explanation) -> None:
    """What is left are labels and links of nodes that were made for what the text says."""
    left = [one for one in explained.statements if one.reason is Reason.GIVEN]
    assert len(left) < len(explained.statements) / 4
    coded = [one for one in left if one.subject == TRIAL and one.property != f"{CKG}studiesCondition"]
    assert [one.property for one in coded if not str(one.value).startswith(f"<{TRIAL}/")] == []


def test_results_can_be_left_out(tmp_path: Path) -> None:
    """Thousands of reported values do not bury what a trial is about."""
    fixture = Path(__file__).parent.parent / "queries" / "fixtures" / "trials.trig"
    whole = explain(kg.open(fixture), "NCT90000001")
    short = whole.without_results()
    assert any("/reported/" in one.subject for one in whole.statements)
    assert not any("/reported/" in one.subject for one in short.statements)
    assert {one.document for one in whole.statements} >= {f"{KG}source/medpath/NCT90000001"}


def test_paths_of_another_format_are_said_to_be_those_of_the_model(explained: Explanation) -> None:
    """Only a record of the API v2 has the very fields that the paths name."""
    assert not any("data model" in line for line in explained.lines())
    other = replace(explained, formats=dict.fromkeys(explained.formats, "ctgov-xml"))
    lines = list(other.without_results().lines())
    assert lines[0].startswith("According to ")
    assert "ctgov-xml" in lines[1]
    assert "data model" in lines[1]


@pytest.mark.parametrize("target", ["NCT00000000", "kg:trial/NCT00000000", "", "<http://example.org/nothing>"])
def test_what_the_graph_does_not_know(target: str) -> None:
    fixture = Path(__file__).parent.parent / "queries" / "fixtures" / "trials.trig"
    with pytest.raises(UsageError, match="The graph has no"):
        explain(kg.open(fixture), target)


@pytest.mark.parametrize(
    ("part", "name", "target", "fields"),
    [
        ("", "hasPhase", None, ("protocolSection.designModule.phases[]",)),
        ("", "leadSponsor", None, ("protocolSection.sponsorCollaboratorsModule.leadSponsor",)),
        ("", "hasArm", "arm/2", ("protocolSection.armsInterventionsModule.armGroups[1]",)),
        ("site/3", "country", None, ("protocolSection.contactsLocationsModule.locations[2].country",)),
        ("outcome/primary/1", "timeFrame", None, ("protocolSection.outcomesModule.primaryOutcomes[0].timeFrame",)),
        ("event/serious/3", "eventTerm", None, ("resultsSection.adverseEventsModule.seriousEvents[].term",)),
        ("product/1", "hasDonor", None, ()),
    ],
)
def test_field_of_a_statement_is_read_off_the_mapping(
    part: str, name: str, target: str | None, fields: tuple[str, ...]
) -> None:
    assert fields_of(part, f"{CKG}{name}", target) == fields
