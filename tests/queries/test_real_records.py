"""The questions on real records: none is silently empty, and what the founding documents say comes back."""

import zipfile
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg
from kg import query, results
from kg.graph import Release


@pytest.fixture(scope="module")
def release(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The records that were read by hand, the founding documents, and one trial of lenalidomide with a graft."""
    folder = tmp_path_factory.mktemp("real")
    with zipfile.ZipFile(shared / "data" / "ctgov-xml" / "studies.zip") as archive:
        member = next(name for name in archive.namelist() if name.endswith("NCT02589145.xml"))
        (folder / "NCT02589145.xml").write_bytes(archive.read(member))
    inputs = [
        shared / "gold" / "records",
        shared / "data" / "pages",
        shared / "data" / "ctgov-xml" / "NCT04347616.xml",
        folder / "NCT02589145.xml",
    ]
    kg.build(inputs, folder / "release")
    return kg.open(folder / "release")


def rows(release: Release, name: str, **parameters: str) -> list[dict[str, str]]:
    answer = release.answer(name, parameters)
    assert isinstance(answer, results.Table)
    return [dict(zip(answer.columns, map(results.shown, row), strict=True)) for row in answer.rows]


@pytest.mark.parametrize("name", list(query.catalogue()))
def test_question_is_not_empty(name: str, release: Release) -> None:
    answer = release.answer(name, {})
    assert answer.triples if isinstance(answer, results.Triples) else answer.rows  # type: ignore[union-attr]


def test_il2_stands_with_the_arms_that_get_it(release: Release) -> None:
    """NCT04347616: cord-blood NK cells after Cy/Flu in three arms, IL-2 in two of them."""
    arms = {
        row["arm"]: row for row in rows(release, "allogeneic-nk-aml-arms") if row["trial"] == "kg:trial/NCT04347616"
    }
    assert {arm: row["cytokine"] for arm, row in arms.items()} == {
        "NK cells without IL-2": "",
        "NK cells with low dose IL-2": "aldesleukin",
        "NK cells with higher dose IL-2": "aldesleukin",
    }
    for row in arms.values():
        assert row["tissue"] == "UmbilicalCordBlood"
        assert row["conditioning"] == "cyclophosphamide, fludarabine"
        assert "umbilical cord blood" in row["tissue_words"]


def test_conditioning_differs_by_population(release: Release) -> None:
    """NCT05272293: FLAG for relapsed and refractory disease, HD-ARA-C+IDA for primary disease."""
    (row,) = [row for row in rows(release, "allogeneic-nk-aml-arms") if row["trial"].endswith("NCT05272293")]
    assert "Haploidentical" in row["donor"]
    regimens = {
        agents: population
        for agents, _, population in (one.partition(" (") for one in row["conditioning"].split(" | "))
    }
    assert regimens.keys() == {"cytarabine, filgrastim, fludarabine", "cytarabine, idarubicin"}
    assert regimens["cytarabine, filgrastim, fludarabine"] == "Refractory, Relapsed)"


def test_article_says_that_nobody_reached_remission(release: Release) -> None:
    """The article's abstract: unrelated donors, no complete remission, stable disease in 6 of 9."""
    found = [row for row in rows(release, "allogeneic-nk-aml-arms") if "/pubmed-" in row["trial"]]
    assert [(row["response"], row["n"]) for row in found] == [("ckg:CompleteRemission", "0")]
    assert "Unrelated" in found[0]["donor"]
    stable = rows(release, "allogeneic-nk-aml-arms", response="StableDisease")
    assert ("6", "9") in {(row["n"], row["N"]) for row in stable if "/pubmed-" in row["trial"]}


def test_donor_lymphocytes_are_given_as_prophylaxis(release: Release) -> None:
    found = rows(release, "donor-lymphocytes-after-transplant", intent="Prophylactic")
    assert any(row["trial"].endswith("NCT03597321") and row["arm"].startswith("Arm A") for row in found)


def test_every_quote_of_the_answer_is_in_the_graph_verbatim(release: Release) -> None:
    """The words beside an answer are those of the evidence, not a summary."""
    quotes = release.ask("SELECT DISTINCT ?q { ?e <https://w3id.org/cellkg/ontology/quote> ?q }")
    assert isinstance(quotes, results.Table)
    known = {row[0].value for row in quotes.rows if isinstance(row[0], ox.Literal)}
    for row in rows(release, "allogeneic-nk-aml-arms"):
        words = [
            one for column in ("donor_words", "tissue_words", "cytokine_words") for one in row[column].split(" | ")
        ]
        assert {one for one in words if one} <= known
