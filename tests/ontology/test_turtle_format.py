"""The formatter: one text for one graph."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import OWL, RDF, RDFS, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from kg import ontology
from kg.errors import UnreadableInputError
from kg.namespaces import CKG
from kg.ontology.turtle import format_files, parse, serialize

MESSY = """
@prefix x: <https://w3id.org/cellkg/ontology/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
x:b rdfs:label "b" ; a owl:ObjectProperty . x:A rdfs:subClassOf [ a owl:Restriction ;
 owl:onProperty x:b ; owl:hasValue x:v ] , x:C ; a owl:Class ; rdfs:label "quote \\" and \\\\" .
<http://example.org/a%20b?c> rdfs:seeAlso <http://example.org/#> .
x:v a owl:NamedIndividual , x:C .
"""
TIDY = """@prefix ckg: <https://w3id.org/cellkg/ontology/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

# Classes

ckg:A
    a owl:Class ;
    rdfs:label "quote \\" and \\\\" ;
    rdfs:subClassOf [
            a owl:Restriction ;
            owl:hasValue ckg:v ;
            owl:onProperty ckg:b
        ] ,
        ckg:C .

# Object properties

ckg:b
    a owl:ObjectProperty ;
    rdfs:label "b" .

# Individuals

ckg:v
    a owl:NamedIndividual, ckg:C .

# Other subjects

<http://example.org/a%20b?c>
    rdfs:seeAlso <http://example.org/#> .
"""


def test_sections_terms_and_predicates_come_in_order() -> None:
    """Kinds in their sections, terms by IRI, type and label first."""
    assert serialize(Graph().parse(data=MESSY, format="turtle")) == TIDY


@pytest.mark.parametrize("path", ontology.module_paths(), ids=lambda path: path.name)
def test_formatting_loses_nothing_and_is_stable(path: Path) -> None:
    """Every module means the same after formatting, and formatting twice changes nothing more."""
    graph = parse(path)
    text = serialize(graph)
    again = Graph().parse(data=text, format="turtle")
    assert isomorphic(graph, again)
    assert serialize(again) == text


@pytest.mark.parametrize("path", ontology.module_paths(), ids=lambda path: path.name)
def test_modules_are_formatted(path: Path) -> None:
    """What is committed is in canonical form."""
    assert format_files([path], check=True) == []


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("pq"), st.text(max_size=8)), max_size=6))
def test_any_text_survives_and_order_does_not_matter(rows: list[tuple[str, str, str]]) -> None:
    """Literals come back as they were, whatever order they were added in."""

    def graph(ordered: list[tuple[str, str, str]]) -> Graph:
        found = Graph()
        for s, p, text in ordered:
            found.add((URIRef(CKG + s), URIRef(CKG + p), Literal(text)))
        return found

    rows = [(s, p, "".join(c for c in text if c.isprintable() or c in "\n\t\r")) for s, p, text in rows]
    text = serialize(graph(rows))
    assert text == serialize(graph(rows[::-1]))
    assert set(Graph().parse(data=text, format="turtle")) == set(graph(rows))


def test_check_reports_and_leaves_the_file(tmp_path: Path) -> None:
    """With `check` the file stays; without, it is rewritten once."""
    path = tmp_path / "x.ttl"
    path.write_text(MESSY)
    assert format_files([path], check=True) == [path]
    assert path.read_text() == MESSY
    assert format_files([path]) == [path]
    assert path.read_text() == TIDY
    assert format_files([path]) == []


def test_broken_file_is_named(tmp_path: Path) -> None:
    """A syntax error names the file and leaves it alone."""
    path = tmp_path / "broken.ttl"
    path.write_text("ckg:A a owl:Class")
    with pytest.raises(UnreadableInputError, match=r"broken\.ttl"):
        format_files([path])


def test_general_axiom_has_its_own_section() -> None:
    """A blank subject is kept, at the end."""
    graph = Graph().parse(data="[] a <http://www.w3.org/2002/07/owl#AllDisjointClasses> .", format="turtle")
    assert "# General axioms\n\n[]\n    a owl:AllDisjointClasses ." in serialize(graph)
    assert (None, RDF.type, OWL.AllDisjointClasses) in graph
    assert (None, RDFS.label, None) not in graph
