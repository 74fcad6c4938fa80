"""The Python interface on a release of the example records: build, open, query, trial, validate."""

from pathlib import Path

import pandas
import pytest
import rdflib

import kg
from kg.errors import UnreadableInputError, UsageError
from kg.files import data_folder
from kg.graph import Release
from kg.namespaces import CKG, KG

TRIAL = rdflib.URIRef(f"{KG}trial/NCT05272293")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    out = tmp_path_factory.mktemp("examples") / "release"
    report = kg.build(data_folder("examples"), out)
    assert (report.documents, report.rejects) == (4, 0)
    return kg.open(out)


def test_public_interface_is_three_functions() -> None:
    assert kg.__all__ == ["build", "connect", "open"]
    assert all(getattr(kg, name).__doc__ for name in kg.__all__)


def test_select_gives_a_data_frame_with_numbers(release: Release) -> None:
    frame = release.query("nk-products-by-donor-and-tissue")
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["donor", "tissue", "trials", "products"]
    assert pandas.api.types.is_integer_dtype(frame["trials"])
    assert f"{CKG}Haploidentical" in frame["donor"].tolist()


def test_own_text_takes_parameters_in_its_values_blocks(release: Release) -> None:
    text = f"""
        PREFIX ckg: <{CKG}> PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT DISTINCT ?t {{ VALUES ?number {{ UNDEF }} ?t dcterms:identifier ?number ; ckg:leadSponsor ?s }}
    """
    frame = release.query(text, number="NCT05272293")
    assert isinstance(frame, pandas.DataFrame)
    assert frame["t"].tolist() == [str(TRIAL)]
    several = release.query(text, number=["NCT05272293", "NCT03597321"])
    assert isinstance(several, pandas.DataFrame)
    assert len(several) == 2
    with pytest.raises(UsageError, match="it takes number"):
        release.query(text, other=1)


def test_construct_gives_a_graph(release: Release) -> None:
    graph = release.query("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c }")
    assert isinstance(graph, rdflib.Graph)
    assert (TRIAL, rdflib.RDF.type, rdflib.URIRef(f"{CKG}NKCellTrial")) in graph


def test_trial_holds_stated_and_inferred_statements(release: Release) -> None:
    graph = release.trial("NCT05272293")
    product = rdflib.URIRef(f"{TRIAL}/product/1")
    donors = set(graph.objects(product, rdflib.URIRef(f"{CKG}hasDonor")))
    assert {rdflib.URIRef(f"{CKG}Haploidentical"), rdflib.URIRef(f"{CKG}Allogeneic")} <= donors
    assert not list(graph.predicate_objects(rdflib.URIRef(f"{KG}trial/NCT03597321")))


def test_unknown_trial_is_said(release: Release) -> None:
    with pytest.raises(UsageError, match="no trial 'NCT00000000'"):
        release.trial("NCT00000000")


def test_examples_hold_no_violation(release: Release) -> None:
    report = release.validate()
    assert report.documents >= 4
    assert report.conforms, "\n".join(report.lines())


def test_release_without_a_store_answers_the_same(release: Release, tmp_path: Path) -> None:
    kg.build(data_folder("examples"), tmp_path / "bare", store=False)
    name = "nk-products-by-donor-and-tissue"
    assert kg.open(tmp_path / "bare").answer(name, {}) == release.answer(name, {})


def test_file_of_rdf_can_be_asked(release: Release, tmp_path: Path) -> None:
    file = tmp_path / "trial.ttl"
    release.trial("NCT05272293").serialize(file, format="turtle")
    assert kg.open(file).query(f"ASK {{ <{TRIAL}> ?p ?o }}") is True


def test_broken_file_of_rdf_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ttl").write_text("<a> <b> ")
    with pytest.raises(UnreadableInputError, match=r"broken\.ttl cannot be read"):
        kg.open(tmp_path / "broken.ttl")


def test_other_base_moves_trials_and_keeps_vocabularies(tmp_path: Path) -> None:
    """The questions name vocabularies only, so that they hold wherever trials live."""
    kg.build(data_folder("examples"), tmp_path / "moved", base_iri="https://example.org/kg/")
    moved = kg.open(tmp_path / "moved")
    frame = moved.query("donor-lymphocytes-after-transplant")
    assert isinstance(frame, pandas.DataFrame)
    assert frame["trial"].tolist() == ["https://example.org/kg/trial/NCT03597321"]
    assert len(moved.trial("NCT05272293")) > 50


def test_release_that_a_crash_left_aside_is_found(tmp_path: Path) -> None:
    """Killed between two renames, a build leaves the old release under another name."""
    kg.build(data_folder("examples") / "NCT05272293.json", tmp_path / "release")
    (tmp_path / "release").rename(tmp_path / "release.replaced-x")
    assert kg.open(tmp_path / "release").query("ASK { ?s ?p ?o }") is True
