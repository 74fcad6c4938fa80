"""A remote endpoint answers like a release on disk, and its failures are told in its own words."""

import socket
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pandas
import pytest
import rdflib

import kg
from kg import query
from kg.endpoint import Endpoint
from kg.errors import RemoteError, UsageError
from kg.unanswered import EmptyAnswerWarning

FIXTURE = Path(__file__).parent.parent / "queries" / "fixtures" / "trials.trig"
EMPTY = b'{"head":{"vars":["n"]},"results":{"bindings":[]}}'
ONE = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}]}}'
Start = Callable[..., Any]


def patient(url: str, **options: Any) -> tuple[Endpoint, list[float]]:
    """An endpoint that notes its pauses instead of sleeping."""
    pauses: list[float] = []
    return Endpoint(url, sleep=pauses.append, **options), pauses


@pytest.mark.parametrize("name", list(query.catalogue()))
def test_endpoint_answers_every_question_like_the_release(name: str, oxigraph: str) -> None:
    assert kg.connect(oxigraph).answer(name, {}) == kg.open(FIXTURE).answer(name, {})


def test_endpoint_takes_parameters_and_gives_a_data_frame(oxigraph: str) -> None:
    frame = kg.connect(oxigraph).query("recruiting-nk-trials", country="Belgium")
    assert isinstance(frame, pandas.DataFrame)
    assert frame["country"].tolist() == ["Belgium"]


def test_endpoint_gives_a_graph_and_a_truth_value(oxigraph: str) -> None:
    graph = kg.connect(oxigraph).query("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c }")
    assert isinstance(graph, rdflib.Graph)
    assert len(graph) > 10
    assert kg.connect(oxigraph).query("ASK { ?s ?p ?o }") is True


def test_endpoint_knows_a_trial(oxigraph: str) -> None:
    assert set(kg.connect(oxigraph).trial("NCT90000003")) == set(kg.open(FIXTURE).trial("NCT90000003"))
    with pytest.raises(UsageError, match="no trial"):
        kg.connect(oxigraph).trial("NCT00000000")


def test_endpoint_whose_default_graph_is_empty_is_told(oxigraph_without_union: str) -> None:
    with pytest.warns(EmptyAnswerWarning, match="--union-default-graph"):
        kg.connect(oxigraph_without_union).query("sites-by-country")


def test_empty_answer_of_a_sound_endpoint_is_no_reproach(oxigraph: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kg.connect(oxigraph).query("SELECT * { ?s a <http://example.org/Nothing> }")
    with pytest.warns(EmptyAnswerWarning, match="no trial"):
        kg.connect(oxigraph).query("documents-about-trial", trial="NCT00000000")
    with pytest.raises(UsageError, match="neither of the ontology"):
        kg.connect(oxigraph).query("donor-lymphocytes-after-transplant", intent="Nope")


def test_endpoint_is_validated_by_what_it_holds(oxigraph: str) -> None:
    report = kg.connect(oxigraph).validate()
    assert report.findings, "the fixture leaves out much that the shapes ask for"


def test_servers_own_words_are_kept(oxigraph: str) -> None:
    """Oxigraph says where the query is wrong; the error says so too."""
    with pytest.raises(RemoteError, match=r"400 Bad Request.*error at 1:\d+"):
        kg.connect(oxigraph).query("SELECT * { this is wrong")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 414, 500, 501])
def test_refusal_is_told_with_status_and_words_and_not_repeated(status: int, faulty: Start) -> None:
    server = faulty((status, "Zeitüberschreitung\n in line 3".encode()))
    endpoint, pauses = patient(server.url)
    with pytest.raises(RemoteError, match=f"{status} .*Zeitüberschreitung in line 3"):
        endpoint.query("ASK { ?s ?p ?o }")
    assert len(server.requests) == 1
    assert pauses == []


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_server_is_asked_again(status: int, faulty: Start) -> None:
    server = faulty((status, b"busy"), (status, b"busy"), (200, ONE))
    endpoint, pauses = patient(server.url)
    frame = endpoint.query("SELECT ?n { }")
    assert isinstance(frame, pandas.DataFrame)
    assert frame["n"].tolist() == ["1"]
    assert pauses == [1.0, 2.0]


def test_pause_is_the_one_that_the_server_names(faulty: Start) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server = faulty(
        (429, b"", (("Retry-After", "7"),)),
        (503, b"", (("Retry-After", later),)),
        (503, b"", (("Retry-After", "soon"),)),
        (200, EMPTY),
    )
    endpoint, pauses = patient(server.url)
    endpoint.query("SELECT ?n { }")
    assert pauses[0] == 7.0
    assert 20 < pauses[1] <= 30
    assert pauses[2] == 4.0


def test_server_that_stays_busy_is_given_up_with_its_words(faulty: Start) -> None:
    server = faulty((503, b"maintenance until noon"))
    endpoint, pauses = patient(server.url, retries=2)
    with pytest.raises(RemoteError, match=r"asked 3 times.*maintenance until noon"):
        endpoint.query("SELECT ?n { }")
    assert len(server.requests) == 3
    assert len(pauses) == 2


def test_pause_that_is_too_long_is_not_waited_for(faulty: Start) -> None:
    server = faulty((429, b"quota used up", (("Retry-After", "86400"),)))
    endpoint, pauses = patient(server.url)
    with pytest.raises(RemoteError, match=r"pause of 86400 seconds.*quota used up"):
        endpoint.query("SELECT ?n { }")
    assert pauses == []


@pytest.mark.parametrize(
    ("reply", "why"),
    [((200, EMPTY, (), 30.0), "silent"), ((200, EMPTY, (), 0.0, 0.4), "a byte at a time")],
)
def test_slow_server_is_left_when_the_time_is_over(reply: tuple[object, ...], why: str, faulty: Start) -> None:
    """The bound holds for the whole answer, not for each read."""
    endpoint = kg.connect(faulty(reply).url, timeout=1)
    started = time.monotonic()
    with pytest.raises(RemoteError, match="did not answer within 1 seconds"):
        endpoint.query("SELECT ?n { }")
    assert time.monotonic() - started < 5, why


@pytest.mark.parametrize("body", [b"<html>Welcome to the proxy</html>", EMPTY[:-20], b"", b"Error: query cancelled"])
def test_answer_that_is_no_result_is_shown(body: bytes, faulty: Start) -> None:
    """A proxy's page, a cut answer or an error under status 200 never passes for an empty result."""
    with pytest.raises(RemoteError, match="not a SPARQL result"):
        kg.connect(faulty((200, body)).url).query("SELECT ?n { }")


def test_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/sparql"
    with pytest.raises(RemoteError, match="cannot be reached"):
        kg.connect(url).query("ASK { ?s ?p ?o }")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "example.org/sparql", "http://", "http://[bad/"]
)
def test_address_that_is_no_endpoint(url: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        kg.connect(url)
