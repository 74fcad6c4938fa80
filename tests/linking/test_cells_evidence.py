"""Every quote that linking keeps stands verbatim in the field that it names."""

import re
from collections.abc import Iterator

import msgspec
import pytest

from kg.linking import link
from kg.record import Document
from kg.record.links import Evidence, Links

STEP = re.compile(r"([A-Za-z_]+)((?:\[\d+\])*)")


def evidence_of(part: object) -> Iterator[Evidence]:
    """Return every piece of evidence anywhere in a part of the links."""
    if isinstance(part, Evidence):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from evidence_of(item)
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            yield from evidence_of(getattr(part, name))


def text_at(document: Document, path: str) -> str:
    """Return the text at a path such as `protocolSection.identificationModule.briefTitle`."""
    if path == "text":
        return document.text or ""
    if path.startswith("additions."):
        value: object = msgspec.to_builtins(document.additions)
        path = path.removeprefix("additions.")
    else:
        value = msgspec.to_builtins(document.study)
    for step in path.split("."):
        name, places = STEP.fullmatch(step).groups()  # type: ignore[union-attr]
        value = value[name]  # type: ignore[index]
        for place in re.findall(r"\d+", places):
            value = value[int(place)]  # type: ignore[index]
    assert isinstance(value, str), path
    return value


def wrong_quotes(document: Document, links: Links) -> list[Evidence]:
    """Return the evidence whose quote is not at its place."""
    texts: dict[str, str] = {}
    wrong = []
    for item in evidence_of(links):
        if item.field not in texts:
            texts[item.field] = text_at(document, item.field)
        if not item.quote or texts[item.field][item.begin : item.end] != item.quote:
            wrong.append(item)
    return wrong


@pytest.mark.parametrize("corpus", ["gold", "studies"])
def test_every_quote_stands_verbatim_at_its_place(corpus: str, request: pytest.FixtureRequest) -> None:
    """A quote and its offsets can be checked against the record by anybody."""
    documents: dict[str, Document] = request.getfixturevalue(corpus)
    found = {}
    count = 0
    for number, document in documents.items():
        links = link(document)
        count += sum(1 for _ in evidence_of(links))
        wrong = wrong_quotes(document, links)
        if wrong:
            found[number] = wrong[:2]
    assert found == {}
    assert count > 1000


def test_every_part_of_a_product_has_words(gold: dict[str, Document]) -> None:
    """No donor, tissue or target is a default: each rests on words of the record."""
    bare = []
    for number, document in gold.items():
        for product in link(document).products:
            assert product.evidence, number
            for part in ("cell_types", "product_kinds", "donors", "source_tissues", "modifications", "targets"):
                bare += [(number, part, f.value) for f in getattr(product, part) if not f.evidence]
    assert bare == []


def test_linking_twice_gives_the_same(gold: dict[str, Document]) -> None:
    """Linking depends on the document alone."""
    for document in gold.values():
        assert msgspec.json.encode(link(document)) == msgspec.json.encode(link(document))
