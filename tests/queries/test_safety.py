"""What a query on a local graph must not do, however it is spelt; and parameters that stay terms."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg import query, sparql
from kg.errors import PartialResultError, UnreadableInputError, UsageError

FIXTURE = Path(__file__).parent / "fixtures" / "trials.trig"

REACHING = [
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT*{SERVICE<URL>{?s ?p ?o}}",
    "select * { service silent <URL> { ?s ?p ?o } }",
    "PREFIX ex: <URL> SELECT*{SERVICEex:{?s ?p ?o}}",
    "PREFIX SERVICE: <URL> SELECT * { ?s SERVICE:p ?o }",
    r"SELECT * { \u0053ERVICE <URL> { ?s ?p ?o } }",
    r"SELECT * { \U00000053ERVICE <URL> { ?s ?p ?o } }",
    r'SELECT * { ?s ?p "\u0022 . SERVICE <URL> { ?s ?p ?o } #" }',
    "PREFIX ex: <URL> SELECT * { ?s ex:a\\#b ?o . SERVICE <URL> { ?s ?p ?o } }",
    "PREFIX ex: <URL> SELECT * { ?s ex:a\\'b ?o . SERVICE <URL> { ?s ?p ?o } # '\n}",
    "SELECT * { ?s ?p ?o # a comment ends with its line\n SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE<URL>{ ?s ?p ?o } }",
    "SELECT * FROM <URL> { ?s ?p ?o }",
    "SELECT * FROM NAMED <file:///etc/passwd> { GRAPH ?g { ?s ?p ?o } }",
    "LOAD <URL>",
]
HARMLESS = [
    'SELECT * { ?service ?from "SERVICE <x> FROM LOAD" }',
    "SELECT * { ?s <http://example.org/SERVICE> 'it''s' }",
    "PREFIX ex: <http://example.org/> SELECT * { ?s ex:SERVICE ?o } # SERVICE",
    'SELECT * { ?s ?p """a "quoted" SERVICE""" FILTER(?a<?b && ?c>?d) }',
    r'SELECT * { ?s ?p "caf\u00e9" }',
]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that notes who called."""
    calls: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append(self.path)
            self.send_response(500)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/x", calls
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("text", REACHING)
def test_query_that_reaches_out_is_refused(text: str, listener: tuple[str, list[str]]) -> None:
    """The error is raised before anything is sent."""
    url, calls = listener
    with pytest.raises(UsageError):
        kg.open(FIXTURE).query(text.replace("URL", url))
    assert calls == []


def test_reaching_out_is_allowed_when_asked_for(listener: tuple[str, list[str]]) -> None:
    """The same text does go out with allow_remote: the refusals above are not empty."""
    url, calls = listener
    with pytest.raises(OSError, match="500"):
        kg.open(FIXTURE, allow_remote=True).query(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")
    assert calls


@pytest.mark.parametrize("text", HARMLESS)
def test_keyword_in_a_string_a_variable_or_an_iri_is_no_keyword(text: str) -> None:
    sparql.refuse_reaching_out(text)


@pytest.mark.parametrize(
    "verb", ["INSERT DATA { <a:a> <a:a> 1 }", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL", "DROP ALL"]
)
def test_update_is_refused(verb: str) -> None:
    with pytest.raises(UsageError):
        kg.open(FIXTURE).query(verb)


@given(st.text(alphabet=st.sampled_from("a:?<>\"'\\#{}. \nSERVICE1_-"), max_size=60))
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(token.text for token in sparql.tokens(text)) == text


@given(st.text(max_size=40))
def test_bound_text_is_one_literal_whatever_it_holds(value: str) -> None:
    """No value can leave its VALUES block: the engine gives back exactly what went in."""
    value = value.encode("utf-8", "ignore").decode().strip()
    question = query.of_text('SELECT ?_x WHERE { VALUES ?_x { "default" } }')
    answer = ox.Store().query(question.bound({"x": rdflib.Literal(value)}))
    assert [solution["_x"].value for solution in answer] == [value]  # type: ignore[union-attr, index]


@pytest.mark.parametrize(
    "value", ["} SERVICE <http://x> {", "a> <b", "mesh D015470", "javascript alert", "<http://a b>", "", "http://a\\b"]
)
def test_iri_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="condition"):
        query.find("recruiting-nk-trials").bound({"condition": value})


@pytest.mark.parametrize(
    ("value", "term"),
    [
        ("mesh-D015470", "<https://w3id.org/cellkg/condition/mesh-D015470>"),
        ("kg:condition/mesh-D015470", "<https://w3id.org/cellkg/condition/mesh-D015470>"),
        ("<https://example.org/c>", "<https://example.org/c>"),
        (rdflib.URIRef("https://example.org/c"), "<https://example.org/c>"),
        (ox.NamedNode("https://example.org/c"), "<https://example.org/c>"),
    ],
)
def test_condition_is_given_as_segment_prefixed_name_or_iri(value: query.Value, term: str) -> None:
    assert f"VALUES ?_condition {{ {term} }}" in query.find("recruiting-nk-trials").bound({"condition": value})


def test_year_is_a_number_of_four_digits() -> None:
    question = query.find("sponsors-by-phase-and-year")
    assert '"2020"^^<http://www.w3.org/2001/XMLSchema#integer>' in question.bound({"since": "2020"})
    for wrong in ("20", "soon", "2020-01"):
        with pytest.raises(UsageError, match="a year such as"):
            question.bound({"since": wrong})


def test_unknown_parameter_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="it takes product"):
        query.find("nk-products-by-donor-and-tissue").bound({"donor": "Allogeneic"})


def test_unknown_question_names_near_ones() -> None:
    with pytest.raises(UsageError, match="sites-by-country"):
        query.find("site-by-country")


def test_query_is_stopped_when_its_time_is_over() -> None:
    """A product of three copies of everything would run for hours."""
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    with pytest.raises(PartialResultError, match="stopped after 1 seconds"):
        kg.open(FIXTURE, timeout=1).query(text)


def test_query_in_a_process_answers_the_same() -> None:
    """SELECT, ASK and CONSTRUCT cross the pipe unharmed; a syntax error comes back as the user's."""
    within, apart = kg.open(FIXTURE), kg.open(FIXTURE, timeout=30)
    name = "nk-products-by-donor-and-tissue"
    assert apart.answer(name, {}) == within.answer(name, {})
    for text in ("ASK { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"):
        assert apart.answer(text, {}) == within.answer(text, {})
    with pytest.raises(UsageError, match="no SPARQL"):
        apart.query("SELECT * { broken")


def test_missing_graph_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="cellkg build"):
        kg.open(tmp_path / "nothing")
    with pytest.raises(UnreadableInputError, match="holds no graph"):
        kg.open(tmp_path)
    with pytest.raises(UnreadableInputError, match="cellkg build"):
        kg.open(tmp_path / "nothing", timeout=5).query("ASK { ?s ?p ?o }")
