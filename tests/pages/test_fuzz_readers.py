"""Fuzzing the page and article readers: any bytes give a record or a clear refusal, in bounded time.

`CELLKG_FUZZ=5000 pytest tests/pages/test_fuzz_readers.py` tries that many inputs for each fixture.
"""

import io
import os
import random
import time
from pathlib import Path

import msgspec
import pytest

from kg.errors import RecordError
from kg.identity import card
from kg.record import Document, Position, RawDocument, Reject
from kg.sources import decode
from kg.sources.recognise import readers

FIXTURES = Path(__file__).with_name("fixtures")
INPUTS = int(os.environ.get("CELLKG_FUZZ", "150"))
CASES = [
    ("medpath", "medpath.txt"),
    ("medpath", "medpath.html"),
    ("meddatax", "meddatax.txt"),
    ("meddatax", "meddatax.html"),
    ("clinconnect", "clinconnect.txt"),
    ("clinconnect", "clinconnect.html"),
    ("registry-text", "registry-text.txt"),
    ("registry-text", "registry-text.html"),
    ("pubmed-page", "pubmed.txt"),
    ("pubmed-page", "pubmed.html"),
    ("pubmed-xml", "articles.xml"),
    ("nbib", "articles.nbib"),
]
NASTY = (
    b"\xed\xa0\x80", b"\x00", b"\xff\xfe", b"<", b">", b"]]>", b"&#xD800;", b"&#0;", b"&lt;", b"<!--", b"<![CDATA[",
    b"999999999999999999999999", b"-1", b"1e309", b"\t", b"\r", b"\n\n", b"A" * 5000, b"(" * 300, b"<div>" * 300,
    b"\xe2\x80\xae", b"NCT00000000", b"  * ", b"Group Type ", b"Intervention Type ", b"Role: ", b"PMID- ",
)  # fmt: skip


def seed_of(name: str) -> bytes:
    """The bytes of one record of a fixture."""
    data = (FIXTURES / name).read_bytes()
    if name == "articles.xml":
        return data[data.index(b"<PubmedArticle>") : data.index(b"</PubmedArticle>") + len(b"</PubmedArticle>")]
    return data


def mutated(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 4, 6))):
        at, to = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
        lines = data.split(b"\n")
        match rng.randrange(8):
            case 0:
                data = data[:at] + data[min(to, at + 40) :]
            case 1:
                data = data[:at] + rng.choice(NASTY) + data[at:]
            case 2:
                data = data[:at] + bytes(rng.randrange(256) for _ in range(3)) + data[at + 3 :]
            case 3:
                data = data[:to] if rng.random() < 0.3 else data[at:]
            case 4:
                rng.shuffle(lines)
                data = b"\n".join(lines)
            case 5:
                line = rng.randrange(len(lines))
                data = b"\n".join((*lines[:line], *lines[line : line + 3], *lines[line:]))
            case 6:
                del lines[rng.randrange(len(lines))]
                data = b"\n".join(lines)
            case _:
                data = data[:at] + data[at:to] * 2 + data[to:]
        if not data:
            return b"x"
    return data[:200_000]


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[name for _, name in CASES])
def test_any_bytes_give_a_record_or_a_clear_refusal(kind: str, name: str) -> None:
    rng = random.Random(f"cellkg {name}")
    seed = seed_of(name)
    read_well = 0
    for _ in range(INPUTS):
        data = mutated(rng, seed)
        began = time.perf_counter()
        try:
            found = decode(RawDocument(data, kind, Position("fuzz")))
        except RecordError:
            continue
        assert time.perf_counter() - began < 5
        check(found)
        read_well += 1
    assert read_well > 0


def check(found: Document) -> None:
    """A record that came out can be written, and has a name that can stand in an IRI."""
    text = msgspec.json.encode((found.study, found.additions)).decode()
    assert "\x00" not in text
    assert found.id
    assert len(found.id) < 200
    for number in card(found, "https://example.org/t", "https://example.org/g").cited:
        assert number.words.quote


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[name for _, name in CASES])
def test_cutting_any_bytes_gives_documents_or_rejects(kind: str, name: str) -> None:
    rng = random.Random(f"cut {name}")
    reader = next(r for r in readers() if r.kind == kind)
    seed = (FIXTURES / name).read_bytes()
    for _ in range(INPUTS // 5):
        data = mutated(rng, seed)
        items = list(reader.split(io.BufferedReader(io.BytesIO(data)), Position("fuzz")))  # type: ignore[arg-type]
        assert items
        assert all(isinstance(item, RawDocument | Reject) for item in items)


@pytest.mark.parametrize("name", [name for _, name in CASES])
def test_recognising_any_bytes_names_one_reader_at_most(name: str) -> None:
    rng = random.Random(f"recognise {name}")
    seed = (FIXTURES / name).read_bytes()
    for _ in range(INPUTS // 5):
        head = mutated(rng, seed)[:65536]
        assert len([r.kind for r in readers() if r.recognises(name, head)]) <= 1


def test_a_page_of_many_nested_blocks_is_read_or_refused_in_bounded_time() -> None:
    for inner in (b"<div>" * 20_000, b"<ul><li>" * 5_000, b"<span>a</span>" * 20_000, b"<table><tr><td>" * 3_000):
        began = time.perf_counter()
        with pytest.raises(RecordError):
            decode(RawDocument(b"<html><body>" + inner, "medpath", Position("x")))
        assert time.perf_counter() - began < 10
