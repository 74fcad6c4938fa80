"""N-Quads terms: what is written is read back, and nothing that is no IRI gets between angle brackets."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.namespaces import XSD
from kg.nquads import iri, literal, quad

GRAPH = "https://example.org/g"
SUBJECT = "https://example.org/s"
PROPERTY = "https://example.org/p"


def read_back(value: str) -> ox.Literal:
    (found,) = ox.parse(quad(SUBJECT, PROPERTY, value, GRAPH).encode(), format=ox.RdfFormat.N_QUADS)
    assert isinstance(found.object, ox.Literal)
    return found.object


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert read_back(literal(text)).value == text


@given(st.text())
def test_a_literal_stands_in_one_line_of_utf8(text: str) -> None:
    written = literal(text)
    written.encode("utf-8")
    assert "\n" not in written
    assert "\r" not in written


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert literal("a\ud800b") == '"a\ufffdb"'


def test_datatypes_and_languages_are_written() -> None:
    assert literal("1", XSD + "integer") == f'"1"^^<{XSD}integer>'
    assert literal("x", XSD + "string") == '"x"'
    assert literal("x", language="en") == '"x"@en'


@pytest.mark.parametrize("text", ["a b", "a>b", "a\nb", 'a"b', "a{b}", "a\\u0020", "a^b", "a`b", "a|b", "\ud800"])
def test_what_no_iri_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no IRI"):
        iri(text)


@given(st.text(max_size=20))
def test_an_iri_never_leaves_its_brackets(text: str) -> None:
    try:
        written = iri(f"https://example.org/{text}")
    except ValueError:
        return
    assert ">" not in written[:-1]
    assert not any(character.isspace() and ord(character) < 0x80 for character in written)
