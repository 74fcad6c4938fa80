"""The page about identity says what the code does."""

import itertools
import re
from pathlib import Path

import pytest

from kg.identity import Number, Words, preference
from kg.identity.card import Card
from kg.identity.resemblance import RULE_NUMBERED, RULE_UNNUMBERED
from kg.identity.statements import number_link
from kg.ontology import load
from kg.sources.recognise import readers

ROLES = ("own", "alias", "secondary", "databank", "article", "document")


@pytest.fixture(scope="module")
def table(root: Path) -> dict[str, str]:
    """Rule to strength, as the page lists them."""
    text = (root / "docs" / "identity.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for names, strength in re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| (Stated|Entailed|Probable) \|", text, re.M):
        found.update(dict.fromkeys(re.findall(r"`([a-z-]+)`", names), strength))
    return found


def test_every_rule_is_on_the_page_with_its_strength(table: dict[str, str]) -> None:
    there = Card(key="k", trial="https://example.org/t", graph="https://example.org/g", source="s")
    used = {RULE_NUMBERED: "Probable", RULE_UNNUMBERED: "Probable"}
    for mine, yours in itertools.product(ROLES, repeat=2):
        link = number_link(there, *(Number("S", "1", role, Words("f", "1")) for role in (mine, yours)))
        assert used.setdefault(link.rule, link.strength) == link.strength
    assert table == used


def test_a_link_is_told_the_same_from_both_sides() -> None:
    there = Card(key="k", trial="https://example.org/t", graph="https://example.org/g", source="s")
    for mine, yours in itertools.combinations(ROLES, 2):
        a, b = (Number("S", "1", role, Words("f", "1")) for role in (mine, yours))
        assert number_link(there, a, b).rule == number_link(there, b, a).rule


def test_every_source_has_a_place_in_the_order_of_preference() -> None:
    kinds = {reader.kind for reader in readers()}
    sources = {"ctgov-v2": "ctgov", "ctgov-xml": "ctgov", "ctgov-csv": "ctgov", "aact": "ctgov",
               "pubmed-xml": "pubmed", "nbib": "pubmed", "pubmed-page": "pubmed"}  # fmt: skip
    assert {sources.get(kind, kind) for kind in kinds} == set(preference.ORDER)


def test_every_term_of_the_identity_graph_is_in_the_ontology(root: Path) -> None:
    known = {str(subject) for subject in load().subjects()}
    text = "".join((root / "kg" / "identity" / f"{name}.py").read_text() for name in ("statements", "linker"))
    names = set(re.findall(r'term\("(\w+)"\)', text)) | {
        "sameTrialAs",
        "hasPublication",
        "Stated",
        "Entailed",
        "Probable",
    }
    assert len(names) > 10
    assert {name for name in names if f"https://w3id.org/cellkg/ontology/{name}" not in known} == set()
