"""The generated pages: the term reference and the picture of an arm."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from rdflib import OWL, RDF, Graph

from kg import ontology
from kg.namespaces import CKG, KG, RDF_TYPE, RDFS
from kg.ontology import words
from kg.ontology.page import page
from kg.ontology.picture import arm_picture

TRIAL = f"{KG}trial/NCT00000001"
ARM, PRODUCT, INTERVENTION = f"{TRIAL}/arm/1", f"{TRIAL}/product/1", f"{TRIAL}/intervention/1"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return ontology.load()


def test_term_reference_is_current(root: Path) -> None:
    """docs/terms.md is what the ontology says today (`make docs` writes it)."""
    assert (root / "docs/terms.md").read_text(encoding="utf-8") == page()


def test_every_own_class_and_property_is_listed(graph: Graph) -> None:
    """No term is left out of the reference."""
    text = page()
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    terms = {words.short(t) for kind in kinds for t in graph.subjects(RDF.type, kind) if str(t).startswith(CKG)}
    assert sorted(t for t in terms if f"`{t}`" not in text and f"### {t}\n" not in text) == []


def test_definition_is_shown_as_people_write_it() -> None:
    """Class expressions are in the Manchester syntax."""
    assert "`TCellProduct and hasModification value ChimericAntigenReceptor`" in page()
    assert "Follows from `hasComponent o agent`." in page()


def quads(*statements: str) -> str:
    """N-Quads of a document from `subject property value` with short names."""
    lines = []
    for statement in statements:
        subject, predicate, value = statement.split(" ", 2)
        predicate = {"a": RDF_TYPE, "label": f"{RDFS}label"}.get(predicate, CKG + predicate)
        if not value.startswith('"'):
            value = f"<{value if value.startswith('http') else CKG + value}>"
        lines.append(f"<{subject}> <{predicate}> {value} <{KG}source/x/1> .\n")
    return "".join(lines)


DOCUMENT = quads(
    f"{TRIAL} a InterventionalTrial",
    f'{TRIAL} label "Cells & more"',
    f"{TRIAL} hasArm {ARM}",
    f"{TRIAL} hasArm {TRIAL}/arm/2",
    f"{TRIAL}/arm/2 a Arm",
    f'{TRIAL}/arm/2 label "another arm"',
    f"{ARM} a Arm",
    f"{ARM} hasAdministration {TRIAL}/administration/1",
    f"{TRIAL}/administration/1 a Administration",
    f"{TRIAL}/administration/1 ofIntervention {INTERVENTION}",
    f"{INTERVENTION} a Intervention",
    f"{INTERVENTION} administers {PRODUCT}",
    f"{PRODUCT} a CellProduct",
    f"{PRODUCT} hasDonor Haploidentical",
    f"{TRIAL}/evidence/1 a Evidence",
    f"{TRIAL}/evidence/1 aboutSubject {PRODUCT}",
    f"{TRIAL}/evidence/1 aboutProperty hasDonor",
    f'{TRIAL}/evidence/1 quote "half-matched <donor>"',
)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("text")]


def test_picture_shows_the_arm_its_product_and_the_words() -> None:
    """Boxes for the nodes of this arm, stated and inferred lines, and the quote; nothing of the other arm."""
    inferred = [(PRODUCT, RDF_TYPE, f"{CKG}HaploidenticalProduct")]
    shown = texts(arm_picture(DOCUMENT, inferred, ARM, {f"{CKG}Haploidentical": "haploidentical"}))
    for expected in ("InterventionalTrial", "Cells & more", "hasDonor  haploidentical", "a HaploidenticalProduct"):
        assert expected in shown
    assert "“half-matched <donor>”" in shown
    assert "another arm" not in shown


def test_picture_is_the_same_every_time() -> None:
    """Order of statements does not matter."""
    backwards = "".join(reversed(DOCUMENT.splitlines(keepends=True)))
    assert arm_picture(DOCUMENT, [], ARM, {}) == arm_picture(backwards, [], ARM, {})


def test_arm_that_the_document_lacks_is_an_error() -> None:
    """A wrong IRI is named."""
    with pytest.raises(KeyError, match="arm/9"):
        arm_picture(DOCUMENT, [], f"{TRIAL}/arm/9", {})


def test_committed_picture_is_well_formed(root: Path) -> None:
    """docs/model.svg shows one arm of a real trial."""
    shown = texts((root / "docs/model.svg").read_text(encoding="utf-8"))
    assert {"Arm", "Regimen", "Administration", "CellProduct", "Evidence"} <= set(shown)
