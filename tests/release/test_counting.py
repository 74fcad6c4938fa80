"""The fast count equals the plain one, whatever the statements."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kg import ontology
from kg.building.counting import Counted, count_slowly, count_statements
from kg.namespaces import CKG, DCTERMS, RDF_TYPE, RDFS
from kg.nquads import literal, quad

_OWNER = "https://w3id.org/cellkg/trial/NCT00000001"
_GRAPH = "https://w3id.org/cellkg/source/ctgov/NCT00000001"

_NODES = st.sampled_from(
    [
        _OWNER,
        f"{_OWNER}/arm/1",
        f"{_OWNER}-v2024",
        f"{_OWNER}0",
        "https://w3id.org/cellkg/organization/x",
        "urn:x",
        _GRAPH,
    ]
)
_PROPERTIES = st.sampled_from([RDF_TYPE, RDFS + "label", DCTERMS + "title", CKG + "phase", CKG + "hasPhase", "urn:p"])
_VALUES = st.one_of(
    st.text(max_size=30).map(literal),
    st.sampled_from([f"<{CKG}Trial>", f"<{CKG}Arm>", "<urn:C>", '"> <a> <b> .\\n"', '"1"^^<urn:t>', '"x"@en']),
)
_CLASSES = st.sampled_from([f"<{CKG}Trial>", f"<{CKG}Arm>", f"<{CKG}Organization>", "<urn:C>"])
_STATEMENTS = st.lists(
    st.one_of(
        st.tuples(_NODES, _PROPERTIES.filter(lambda p: p != RDF_TYPE), _VALUES),
        st.tuples(_NODES, st.just(RDF_TYPE), _CLASSES),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(_STATEMENTS)
def test_counting_bytes_equals_counting_lines(statements: list[tuple[str, str, str]]) -> None:
    data = "".join(quad(s, p, o, _GRAPH) for s, p, o in statements).encode()
    assert count_statements(data, _OWNER) == count_slowly(data, _OWNER)


def test_own_nodes_are_counted_and_others_are_named() -> None:
    data = "".join(
        quad(subject, RDF_TYPE, f"<{CKG}{name}>", _GRAPH)
        for subject, name in [
            (_OWNER, "Trial"),
            (f"{_OWNER}/arm/1", "Arm"),
            (f"{_OWNER}/arm/2", "Arm"),
            (f"{_OWNER}0/arm/1", "Arm"),
            ("https://w3id.org/cellkg/organization/x", "Organization"),
        ]
    ).encode()
    assert count_statements(data, _OWNER) == Counted(
        {RDF_TYPE: 5},  # type: ignore[arg-type]
        {CKG + "Trial": 1, CKG + "Arm": 2},  # type: ignore[arg-type]
        [(CKG + "Arm", f"{_OWNER}0/arm/1"), (CKG + "Organization", "https://w3id.org/cellkg/organization/x")],
    )


def test_every_term_of_the_ontology_is_told_apart() -> None:
    terms = sorted({str(node) for triple in ontology.load() for node in triple if str(node).startswith(CKG)})
    assert len(terms) > 300
    data = "".join(quad(_OWNER, name, '"x"', _GRAPH) for name in terms).encode()
    assert count_statements(data, _OWNER).properties == dict.fromkeys(terms, 1)
    data = "".join(quad(_OWNER, RDF_TYPE, f"<{name}>", _GRAPH) for name in terms).encode()
    assert count_statements(data, _OWNER).classes == dict.fromkeys(terms, 1)
