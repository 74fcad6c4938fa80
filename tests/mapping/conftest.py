"""What the tests of the mapping share: documents made by hand, and their statements."""

from collections.abc import Callable

import msgspec
import pyoxigraph as ox
import pytest

from kg.mapping import Mapped, Mapper
from kg.record import Additions, Document, Links, Position, Study

Triple = tuple[str, str, str]
CKG = "https://w3id.org/cellkg/ontology/"


@pytest.fixture(scope="session")
def document() -> Callable[..., Document]:
    """Make a document of a study given as the registry's JSON."""

    def make(study: dict[str, object] | None = None, **fields: object) -> Document:
        record = msgspec.convert(study or {}, Study)
        defaults = {
            "source": "ctgov",
            "id": "NCT00000001",
            "kind": "ctgov-v2",
            "reader_version": "1",
            "sha256": "0" * 64,
        }
        return Document(study=record, position=Position("test.json"), **{**defaults, **fields})  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def mapped(document: Callable[..., Document]) -> Callable[..., Mapped]:
    """Map a study given as the registry's JSON, with links if any."""

    def run(study: dict[str, object] | None = None, links: Links | None = None, **fields: object) -> Mapped:
        return Mapper().map(document(study, **fields), links or Links())

    return run


def statements(lines: str) -> list[Triple]:
    """Return the triples of N-Quads, strictly parsed, IRIs of the project shortened to what follows the base."""
    quads = ox.parse(lines.encode(), format=ox.RdfFormat.N_QUADS)
    return [(_short(q.subject), _short(q.predicate), _short(q.object)) for q in quads]


def _short(term: object) -> str:
    if isinstance(term, ox.Literal):
        return term.value
    assert isinstance(term, ox.NamedNode), f"{term} is neither an IRI nor a literal"
    value = term.value.removeprefix(CKG)
    value = value.removeprefix("https://w3id.org/cellkg/trial/NCT00000001").removeprefix("https://w3id.org/cellkg/")
    return value.removeprefix("http://www.w3.org/1999/02/22-rdf-syntax-ns#").removeprefix(
        "http://www.w3.org/2000/01/rdf-schema#"
    )


@pytest.fixture(scope="session")
def values() -> Callable[..., list[str]]:
    """Return the values of a property of a node (empty for the trial itself), in the order of writing."""

    def of(result: Mapped, prop: str, node: str = "") -> list[str]:
        return [value for subject, name, value in statements(result.lines) if subject == node and name == prop]

    return of


@pytest.fixture(scope="session")
def triples() -> Callable[[Mapped], list[Triple]]:
    """Return all statements of a mapped document, shortened."""
    return lambda result: statements(result.lines)


@pytest.fixture(scope="session")
def additions() -> Callable[..., Additions]:
    """Make what a source states beyond the registry's data model."""

    def make(**fields: object) -> Additions:
        return msgspec.convert(fields, Additions)

    return make
