"""Identity over real readers: the founding pages, registries and articles, and the words of every link."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pyoxigraph as ox
import pytest

from kg.identity import IdentityLinker, card
from kg.iri import Minter
from kg.namespaces import CKG, PROV
from kg.record import Document, RawDocument
from kg.registries import find_registry_numbers, registry_number
from kg.sources import decode, read

MINTER = Minter()


def documents(*paths: Path) -> list[Document]:
    return [decode(raw) for raw in read(paths) if isinstance(raw, RawDocument)]


def linked(folder: Path, found: list[Document]) -> ox.Store:
    store = ox.Store()
    with IdentityLinker(folder / "identity.sqlite") as linker:
        for document in found:
            linker.add(card(document, MINTER.trial(document.source, document.id), graph_of(document)))
        text = "".join(linker.statements(MINTER))
    store.load(text.encode(), format=ox.RdfFormat.N_QUADS)
    return store


def graph_of(document: Document) -> str:
    return MINTER.graph(document.source, document.id)


def value_at(document: Document, path: str) -> str:
    """The text of a field, by the path that evidence gives."""
    head, _, rest = path.partition(".")
    here: Any = msgspec.to_builtins(document.additions if head == "additions" else document.study)
    for step in re.findall(r"[A-Za-z]+|\d+", rest if head == "additions" else path):
        here = here[int(step)] if step.isdigit() else here[step]
    return str(here)


def prove_every_quote(store: ox.Store, found: list[Document]) -> int:
    by_graph = {graph_of(document): document for document in found}
    query = f"""SELECT ?graph ?field ?quote ?begin ?end WHERE {{ GRAPH ?g {{
        ?e <{CKG}quote> ?quote ; <{CKG}field> ?field ;
        <{CKG}begin> ?begin ; <{CKG}end> ?end ; <{PROV}wasDerivedFrom> ?graph }} }}"""
    proved = 0
    for row in store.query(query):  # type: ignore[union-attr]
        text = value_at(by_graph[row["graph"].value], row["field"].value)
        assert text[int(row["begin"].value) : int(row["end"].value)] == row["quote"].value
        proved += 1
    return proved


def canonical(store: ox.Store) -> dict[str, str]:
    quads = store.quads_for_pattern(None, ox.NamedNode(CKG + "canonicalTrial"), None, None)
    return {q.subject.value.rpartition("/")[2]: q.object.value.rpartition("/")[2] for q in quads}


def test_the_clinconnect_page_links_to_the_registry_record_when_it_is_there(shared: Path, tmp_path: Path) -> None:
    found = documents(shared / "data" / "pages", shared / "data" / "ctgov-xml" / "NCT04347616.xml")
    store = linked(tmp_path, found)
    heads = canonical(store)
    (page,) = [name for name in heads if name.startswith("clinconnect-")]
    assert heads[page] == "NCT04347616"
    assert [name for name, head in heads.items() if head != name] == [page]
    assert prove_every_quote(store, found) == 8


def test_the_clinconnect_page_stands_alone_without_it(shared: Path, tmp_path: Path) -> None:
    store = linked(tmp_path, documents(shared / "data" / "pages"))
    heads = canonical(store)
    assert len(heads) == 5
    assert all(name == head for name, head in heads.items())


def test_the_same_title_with_another_sponsor_or_date_does_not_link(shared: Path, tmp_path: Path) -> None:
    text = (shared / "data" / "pages" / "clinconnect-nk-aml-radboud.txt").read_text(encoding="utf-8")
    record = shared / "data" / "ctgov-xml" / "NCT04347616.xml"
    for number, changed in enumerate(
        (
            text.replace("RADBOUD UNIVERSITY MEDICAL CENTER", "LEIDEN UNIVERSITY"),
            text.replace("Apr 14, 2020", "May 14, 2021"),
        )
    ):
        page = tmp_path / f"{number}.txt"
        page.write_text(changed, encoding="utf-8")
        heads = canonical(linked(tmp_path, documents(page, record)))
        assert all(name == head for name, head in heads.items())


def test_real_articles_link_only_to_the_one_trial_that_they_cite(shared: Path, tmp_path: Path) -> None:
    found = documents(
        shared / "data" / "pubmed" / "articles.zip",
        shared / "data" / "ctgov-v2" / "studies.jsonl.gz",
        shared / "data" / "other-registries" / "isrctn.jsonl",
    )
    store = linked(tmp_path, found)
    assert prove_every_quote(store, found) > 0
    heads = canonical(store)
    clusters: dict[str, list[str]] = {}
    for name, head in heads.items():
        clusters.setdefault(head, []).append(name)
    for members in clusters.values():
        assert len([name for name in members if name.startswith("NCT")]) <= 1
    several = {
        f"pubmed-{d.id}"
        for d in found
        if d.source == "pubmed" and len([i for i in d.additions.identifiers if i.value.startswith("NCT")]) > 1
    }
    assert several & heads.keys()
    assert all(heads[name] == name for name in several & heads.keys())
    assert {d.id for d in found if not d.describes_trial}.isdisjoint(name.removeprefix("pubmed-") for name in heads)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NCT04347616", [("ClinicalTrials.gov", "NCT04347616")]),
        ("nct 04347616.", [("ClinicalTrials.gov", "NCT04347616")]),
        ("EudraCT 2019-001929-27", [("EudraCT", "2019-001929-27")]),
        ("EUCTR2019-001929-27-NL", [("EudraCT", "2019-001929-27")]),
        ("2022-500014-26-00", [("CTIS", "2022-500014-26")]),
        ("ISRCTN 96912679; ChiCTR1800012345", [("ISRCTN", "ISRCTN96912679"), ("ChiCTR", "ChiCTR1800012345")]),
        ("chictr-trc-12002345", [("ChiCTR", "ChiCTR-TRC-12002345")]),
        ("jRCTs031200034 and RBR-5g2xk8", [("jRCT", "jRCTs031200034"), ("ReBec", "RBR-5g2xk8")]),
        ("JPRN-UMIN000012345", [("UMIN", "UMIN000012345")]),
        ("ACTRN12605000001639", [("ANZCTR", "ACTRN12605000001639")]),
        ("CTRI/2012/03/002500", [("CTRI", "CTRI/2012/03/002500")]),
        ("ELIT-AML01-IPC 2017-006", []),
        ("HEMAML42", []),
        ("NCT0434761", []),
        ("XNCT043476161", []),
        ("1999-001929-27", []),
        ("grant 2019-12", []),
    ],
)
def test_registry_numbers_are_told_from_other_numbers(text: str, expected: list[tuple[str, str]]) -> None:
    found = list(find_registry_numbers(text))
    assert [(n.scheme, n.value) for n in found] == expected
    assert all(text[n.begin : n.end].replace(" ", "").upper().endswith(n.value[-8:].upper()) for n in found)


def test_a_text_with_two_numbers_is_not_one_number() -> None:
    assert registry_number("NCT00000001 and NCT00000002") is None


def test_a_sponsors_protocol_code_is_no_number_of_the_trial(shared: Path) -> None:
    (page,) = documents(shared / "data" / "pages" / "meddatax-NCT03597321.txt")
    made = card(page, "https://example.org/t", "https://example.org/g")
    assert [n.value for n in made.numbers] == ["NCT03597321"]
    assert made.cited == ()
