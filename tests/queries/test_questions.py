"""Every question of the catalogue: described, declared, and answered the same by both engines."""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from kg import ontology, query, results, sparql
from kg.namespaces import CKG, KG

EXPECTED = Path(__file__).parent / "expected"
NAMES = list(query.catalogue())
ENGINES = ("oxigraph", "rdflib")
EXTERNAL = ("http://purl.org/", "http://www.w3.org/", "http://xmlns.com/")
Ask = Callable[[str, str], list[list[str]]]


@pytest.fixture(scope="session")
def terms() -> set[str]:
    """The IRIs that the ontology describes."""
    return {str(subject) for subject in ontology.load().subjects() if isinstance(subject, rdflib.URIRef)}


def iris(text: str) -> set[str]:
    """The IRIs that a query names, prefixed names resolved."""
    prefixes: dict[str, str] = {}
    found: set[str] = set()
    code = [token for token in sparql.tokens(text) if token.kind not in ("space", "comment")]
    for index, token in enumerate(code):
        if token.text.upper() == "PREFIX":
            prefixes[code[index + 1].text] = code[index + 2].text[1:-1]
        elif token.kind == "name" and code[index - 1].text.upper() != "PREFIX":
            prefix, colon, local = token.text.partition(":")
            found.add(prefixes[prefix + colon] + local.replace("\\", ""))
        elif token.kind == "iri" and code[index - 2].text.upper() != "PREFIX":
            found.add(token.text[1:-1])
    return found


def expected(name: str) -> tuple[list[str], list[list[str]]]:
    """The header and rows of an expected answer; columns are separated by tabs."""
    lines = (EXPECTED / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return lines[0].split("\t"), [line.split("\t") for line in lines[1:]]


@pytest.mark.parametrize("name", NAMES)
def test_question_is_described(name: str) -> None:
    """Summary is a sentence, tags and every parameter and column are described."""
    one = query.find(name)
    assert one.summary[0].isupper()
    assert one.description
    assert one.tags
    assert all(parameter.description and parameter.type != "any" for parameter in one.parameters)
    assert all(column.description for column in one.columns)


@pytest.mark.parametrize("name", NAMES)
def test_every_values_block_of_a_parameter_is_declared(name: str) -> None:
    one = query.find(name)
    blocks = {variable for variable in sparql.parameter_blocks(one.text) if variable.startswith("_")}
    assert blocks == {parameter.variable for parameter in one.parameters}


@pytest.mark.parametrize("name", NAMES)
def test_question_names_only_terms_of_the_ontology(name: str, terms: set[str]) -> None:
    """A misspelt term would make a question silently empty."""
    own = {iri for iri in iris(query.find(name).text) if not iri.startswith(EXTERNAL)}
    assert own, "a question names at least one term"
    assert {iri for iri in own if iri.startswith((CKG, KG))} == own
    assert own - terms == set()


@pytest.mark.parametrize("name", NAMES)
def test_question_stands_alone_on_both_parsers(name: str) -> None:
    """The file is plain SPARQL: no prefix or parameter has to be added."""
    text = query.find(name).text
    ox.Store().query(text)
    prepareQuery(text, initNs={})
    assert not any(token.text.upper() == "SERVICE" for token in sparql.tokens(text))


@pytest.mark.parametrize("name", [name for name in NAMES if query.find(name).columns])
def test_columns_are_those_of_the_answer(name: str, store: ox.Store) -> None:
    one = query.find(name)
    answer = results.evaluate(store, one.text)
    assert isinstance(answer, results.Table)
    assert [column.name for column in one.columns] == list(answer.columns)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", [path.stem for path in sorted(EXPECTED.glob("*.tsv"))])
def test_answer_on_the_fixture(name: str, engine: str, rows_of: Ask) -> None:
    """The rows are exactly the expected ones, in their order; a name after @ is a trial to ask about."""
    question, _, trial = name.partition("@")
    header, rows = expected(name)
    one = query.find(question)
    text = one.bound({"trial": trial} if trial else {})
    assert rows_of(engine, text) == rows
    assert header == [column.name for column in one.columns] or not one.columns


def test_every_question_has_an_expected_answer() -> None:
    assert {path.stem.partition("@")[0] for path in EXPECTED.glob("*.tsv")} == set(NAMES)


@pytest.mark.parametrize("name", [path.stem for path in sorted(EXPECTED.glob("*.tsv"))])
def test_expected_answer_is_not_empty(name: str) -> None:
    assert expected(name)[1]


PARAMETERS = [
    ("recruiting-nk-trials", {"country": "Belgium"}, ["Belgium"]),
    ("recruiting-nk-trials", {"country": ["Belgium", "France"]}, ["Belgium", "France"]),
    ("recruiting-nk-trials", {"country": "Italy"}, []),
    ("recruiting-nk-trials", {"condition": "myeloid-neoplasm"}, ["Belgium", "France"]),
    ("recruiting-nk-trials", {"condition": "myelodysplastic-syndrome"}, []),
    ("recruiting-nk-trials", {"product": "CARNKCellProduct"}, []),
    ("donor-lymphocytes-after-transplant", {"intent": "Prophylactic"}, ["ckg:Prophylactic"]),
    ("donor-lymphocytes-after-transplant", {"intent": "Therapeutic"}, []),
    ("lenalidomide-with-cells", {"agent": "aldesleukin"}, ["kg:trial/NCT90000001", "kg:trial/NCT90000001"]),
    ("car-trials-by-target-and-condition", {"target": "CD22"}, ["kg:antigen/CD22"]),
    ("car-trials-by-target-and-condition", {"condition": "mesh-D015470"}, []),
    ("car-trials-by-target-and-condition", {"product": "CARNKCellProduct"}, []),
    ("sponsors-by-phase-and-year", {"since": 2020}, ["Alpha Hospital", "Alpha Hospital", "Beta Foundation"]),
    ("sponsors-by-phase-and-year", {"kind": "CARTCellTrial"}, ["Alpha Hospital"]),
    ("sponsors-by-phase-and-year", {"sponsor": "Gamma Institute"}, ["Gamma Institute"]),
    ("sponsors-by-phase-and-year", {"sponsor": "Alpha University Hospital"}, ["Alpha Hospital"]),
    ("sponsor-collaborations", {"kind": "DonorLymphocyteTrial"}, ["Beta Foundation"]),
    ("arms-by-lymphodepletion", {"agent": "substance/fludarabine"}, ["cyclophosphamide, fludarabine"]),
    ("arms-by-lymphodepletion", {"agent": "substance/melphalan"}, []),
    ("arms-by-lymphodepletion", {"purpose": "TransplantConditioning"}, []),
    ("arms-by-lymphodepletion", {"product": "CARTCellProduct"}, []),
    ("cell-dose-by-arm", {"product": "CARTCellProduct"}, []),
    ("primary-endpoints-by-therapy", {"therapy": "CARTCellInfusion"}, ["ckg:CARTCellInfusion"]),
    ("reported-survival-by-arm", {"endpoint": "ProgressionFreeSurvival"}, []),
    ("reported-survival-by-arm", {"kind": "CARTCellTrial"}, []),
    ("reported-response-by-arm", {"response": "ProgressiveDisease"}, ["kg:trial/NCT90000001"]),
    ("reported-response-by-arm", {"kind": "CARTCellTrial"}, []),
    ("adverse-events-by-group", {"trial": "NCT90000002"}, []),
    ("adverse-events-by-group", {"trial": "NCT90000001", "term": "SEPSIS"}, ["kg:trial/NCT90000001"]),
    ("adverse-events-by-group", {"seriousness": "OtherEvent"}, ["kg:trial/NCT90000001"]),
    ("adverse-events-by-group", {"kind": "CARTCellTrial"}, []),
    ("completed-without-results", {"until": 2018}, []),
    ("completed-without-results", {"kind": "CARTCellTrial", "until": 2019}, ["2019-03"]),
    ("terminated-and-why", {"status": "Withdrawn"}, ["ckg:Withdrawn"]),
    ("terminated-and-why", {"kind": "CARTCellTrial"}, []),
    ("sites-by-country", {"status": "Recruiting"}, ["France", "Belgium"]),
    ("sites-by-country", {"kind": "CARTCellTrial"}, ["Germany"]),
    ("myeloid-neoplasm-trials", {"condition": "myelodysplastic-syndrome"}, ["myelodysplastic syndrome"]),
    ("myeloid-neoplasm-trials", {"kind": "CARTCellTrial"}, []),
    ("nk-products-by-donor-and-tissue", {"product": "CARNKCellProduct"}, []),
    ("documents-about-trial", {"trial": "NCT90000002"}, ["kg:trial/NCT90000002"]),
    ("where-sources-disagree", {"trial": "NCT90000002"}, []),
    ("what-is-known-about-trial", {"trial": "NCT0"}, []),
    ("statements-about-trial", {"trial": "NCT0"}, []),
    (
        "allogeneic-nk-aml-arms",
        {"response": "ProgressiveDisease"},
        ["kg:trial/NCT90000001"] * 2 + ["kg:trial/pubmed-111"],
    ),
    ("allogeneic-nk-aml-arms", {"product": "CARNKCellProduct"}, []),
    ("allogeneic-nk-aml-arms", {"condition": "myelodysplastic-syndrome"}, []),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "values", "first_column"), PARAMETERS)
def test_parameter_changes_the_answer(
    name: str,
    values: dict[str, query.Value],
    first_column: list[str],
    engine: str,
    rows_of: Ask,
) -> None:
    rows = rows_of(engine, query.find(name).bound(values))
    assert [row[0] for row in rows] == first_column


def test_every_parameter_is_tried() -> None:
    tried = {(name, parameter) for name, values, _ in PARAMETERS for parameter in values}
    declared = {(name, parameter.name) for name in NAMES for parameter in query.find(name).parameters}
    assert declared == tried
