"""What every reader passes, whatever its format: it joins with a sample in `conftest.SAMPLES`."""

import io
import itertools
import random
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.errors import RecordError
from kg.record import Document, Position, RawDocument, Reject
from kg.sources import Reader, read, readers
from kg.sources.recognise import recognise, recognise_bundle
from kg.sources.splitting import MAX_RECORD_BYTES

KINDS = [reader.kind for reader in readers()]
ONE_FILE = [kind for kind in KINDS if kind != "aact"]
Samples = dict[str, Path]


def by_kind(kind: str) -> Reader:
    return next(reader for reader in readers() if reader.kind == kind)


def first_file(path: Path) -> Path:
    """The sample itself, or the table of studies of a folder."""
    return path / "studies.txt" if path.is_dir() else path


def outcome(kind: str, data: bytes) -> tuple[list[Document], list[str]]:
    """Read bytes with one reader: documents, and the reasons of what was set aside; nothing else may happen."""
    reader = by_kind(kind)
    documents: list[Document] = []
    reasons: list[str] = []
    for item in reader.split(io.BufferedReader(io.BytesIO(data)), Position("input")):  # type: ignore[arg-type]
        if isinstance(item, Reject):
            reasons.append(item.reason)
            continue
        assert item.kind == kind
        try:
            documents.append(reader.decode(item))
        except RecordError as error:
            reasons.append(error.reason)
    return documents, reasons


def texts(value: object) -> Iterator[str]:
    """Every text in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)
    elif hasattr(value, "__struct_fields__"):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name))


def test_every_reader_has_a_sample(samples: Samples) -> None:
    """A reader without a sample escapes every test of this file."""
    assert sorted(KINDS) == sorted(kind for kind, path in samples.items() if path.exists())


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_is_read_completely(kind: str, samples: Samples) -> None:
    """No reject, nothing unknown, a key, a hash and the reader's own version."""
    reader = by_kind(kind)
    found = list(read([samples[kind]]))
    assert [item for item in found if isinstance(item, Reject)] == []
    documents = [reader.decode(item) for item in found if isinstance(item, RawDocument)]
    assert documents
    for document, raw in zip(documents, found, strict=True):
        assert (document.kind, document.reader_version) == (kind, reader.version)
        assert document.unknown_paths == ()
        assert document.position == raw.position
        assert len(document.sha256) == 64
        assert document.source
        assert document.id
        assert document.licence == reader.licence
    assert len({document.key for document in documents}) == len(documents)


@pytest.mark.parametrize("kind", ONE_FILE)
def test_a_file_is_recognised_by_its_reader_alone(kind: str, samples: Samples) -> None:
    """Two readers never claim one file."""
    path = samples[kind]
    head = path.read_bytes()[:65536]
    claims = [reader.kind for reader in readers() if reader.recognises(path.name, head)]
    assert claims == [kind]
    assert recognise(path.name, head) is by_kind(kind)


def test_tables_are_recognised_as_a_bundle(samples: Samples) -> None:
    """Only AACT's tables belong together."""
    names = tuple(sorted(path.name for path in samples["aact"].iterdir()))
    bundle = recognise_bundle(names)
    assert bundle is not None
    assert bundle.kind == "aact"
    assert recognise_bundle(("NCT00000102.xml", "NCT00000104.xml")) is None
    assert recognise_bundle((*names, "schema.png")) is bundle
    assert recognise_bundle((*names, "NCT00000102.xml")) is None, "it would be passed over"
    assert recognise_bundle(tuple(f"tables/{name}" for name in names)) is bundle
    assert recognise_bundle((*(f"tables/{name}" for name in names), "other/page.txt")) is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_bytes_give_the_same_record(kind: str, samples: Samples) -> None:
    """Decoding keeps no state and makes no choice by chance."""
    reader = by_kind(kind)
    first = [reader.decode(item) for item in read([samples[kind]]) if isinstance(item, RawDocument)]
    again = [reader.decode(item) for item in read([samples[kind]]) if isinstance(item, RawDocument)]
    assert first == again


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\t ", b"\xef\xbb\xbf"])
def test_an_empty_file_is_set_aside_with_a_reason(kind: str, data: bytes) -> None:
    """Nothing in, one sentence out."""
    documents, reasons = outcome(kind, data)
    assert documents == []
    assert len(reasons) == 1
    assert reasons[0].endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_file_is_never_an_exception_and_never_silent(kind: str, samples: Samples) -> None:
    """Wherever a file breaks off, what was read is whole, and something is said when nothing was."""
    data = first_file(samples[kind]).read_bytes()
    whole, _ = outcome(kind, data)
    for part in range(1, 20):
        documents, reasons = outcome(kind, data[: len(data) * part // 20])
        assert documents or reasons
        assert len(documents) <= len(whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"])
def test_a_wrong_encoding_is_read_rightly_or_refused(kind: str, encoding: str, samples: Samples) -> None:
    """Never text that was guessed: no NUL, no half of a surrogate pair in a record."""
    text = first_file(samples[kind]).read_text(encoding="utf-8")
    documents, reasons = outcome(kind, text.encode(encoding, "replace"))
    assert documents or reasons
    for text in itertools.chain.from_iterable(texts(document.study) for document in documents):
        assert "\x00" not in text
        text.encode("utf-8")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [b"\xff\xfe\xfd", b"\xc3", b"\x00", b"\xed\xa0\x80"])
def test_a_broken_byte_is_a_reason_or_harmless(kind: str, bad: bytes, samples: Samples) -> None:
    """Bytes that are no UTF-8, in the middle of a value."""
    data = first_file(samples[kind]).read_bytes()
    middle = len(data) // 2
    documents, reasons = outcome(kind, data[:middle] + bad + data[middle:])
    assert documents or reasons
    for text in itertools.chain.from_iterable(texts(document.study) for document in documents):
        text.encode("utf-8")


HOSTILE = {
    "another format": b"%PDF-1.7\n\x93\x8c\x8b\x9e",
    "entity bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "&a%s;&a%s;">' % (n, str(n - 1).encode() if n > 1 else b"", b"") for n in range(1, 30))
    + b"]><clinical_study>&a29;</clinical_study>",
    "external entity": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b"<clinical_study><id_info><nct_id>&a;</nct_id></id_info></clinical_study>",
    "parameter entity": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]>'
    b"<Trial><TrialID>x</TrialID></Trial>",
    "deep XML": b"<clinical_study>" + b"<a>" * 50_000,
    "deep JSON": b'{"ctNumber":' + b"[" * 50_000,
    "deep objects": b'{"isrctn":' * 2_000 + b"1" + b"}" * 2_000,
    "not a number": b'{"ctNumber":"2023-599999-11-00","authorizedPartI":{"id":NaN}}',
    "two equal keys": b'{"isrctn":"99990001","isrctn":"99990002"}',
    "half a surrogate pair": b'{"isrctn":"99990001","trialDescription":{"title":"\\ud800"}}',
    "null": b"null",
    "wrong types": b'{"ctNumber":7,"isrctn":{"a":[1]},"a2_eudract_number":true}',
    "open quote": b'NCT Number,Study Title,Study Status\nNCT90000001,"never closed,RECRUITING\n' * 3,
    "no rows": b"nct_id|overall_status|phase\n",
    "spreadsheet formula": b'NCT Number,Title,Status\n"=cmd|x!A1",a,b\n',
    "script": b"<html><head><title>x</title></head><body><script>alert(1)</script></body></html>",
    "long line": b"x" * 3_000_000,
    "many lines": b"a\n" * 100_000,
    "many brackets": b"<" * 1_000_000,
    "many quotes": b'"' * 200_000,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_in_bounded_time(kind: str, name: str) -> None:
    """A sentence and no record that leaks a file; a few seconds at most."""
    before = time.process_time()
    documents, reasons = outcome(kind, HOSTILE[name])
    assert time.process_time() - before < 10
    assert documents or reasons
    for text in itertools.chain.from_iterable(texts(document.study) for document in documents):
        assert "root:" not in text
    for reason in reasons:
        assert len(reason) < 1000


def huge(kind: str, data: bytes) -> bytes:
    """The sample with about 100 MB of text in its middle: in a value, whatever the format."""
    longest = max(data.split(b'"') if kind in {"ctis", "eudract", "isrctn", "ctgov-v2"} else data.split(b"\n"), key=len)
    at = data.index(longest) + len(longest) // 2
    return data[:at] + b"long text " * 10_000_000 + data[at:]


@pytest.mark.parametrize("kind", KINDS)
def test_a_huge_value_is_set_aside_in_bounded_memory(kind: str, samples: Samples) -> None:
    """100 MB in one value: the record is refused, and reading holds a few records, never the file several times."""
    data = huge(kind, first_file(samples[kind]).read_bytes())
    tracemalloc.start()
    before = time.process_time()
    try:
        _, reasons = outcome(kind, data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reasons
    assert time.process_time() - before < 60
    assert peak < 6 * MAX_RECORD_BYTES


@pytest.mark.parametrize("kind", ONE_FILE)
def test_members_of_an_archive_are_read_and_none_leaves_it(kind: str, samples: Samples, tmp_path: Path) -> None:
    """`../` and a second member of one name are set aside, the rest is read."""
    data = samples[kind].read_bytes()
    whole, _ = outcome(kind, data)
    archive = tmp_path / "inputs.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr(f"folder/{samples[kind].name}", data)
        out.writestr(f"../{samples[kind].name}", data)
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr(f"folder/{samples[kind].name}", data)
    found = list(read([archive]))
    assert sum(isinstance(item, RawDocument) for item in found) == len(whole)
    assert sum(isinstance(item, Reject) for item in found) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs.zip"]


FUZZ = 400


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The sample with one to six random edits: bytes changed, cut out, repeated, swapped or added."""
    made = bytearray(data)
    spice = (
        b"<",
        b">",
        b"&",
        b'"',
        b"'",
        b"{",
        b"}",
        b"[",
        b"]",
        b"|",
        b",",
        b"\n",
        b"\x00",
        b"\xff",
        b"\\ud800",
        b"&#0;",
        b"&x;",
        b"<!DOCTYPE a>",
        b"null",
        b"1e999",
        b"-",
        b"9" * 400,
        "\u202e".encode(),
        b"]]>",
        b"</",
    )
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(made) + 1)
        size = chance.choice((1, 2, 8, 64, 512))
        match chance.randrange(6):
            case 0:
                made[at : at + size] = bytes(chance.randrange(256) for _ in range(min(size, 16)))
            case 1:
                del made[at : at + size]
            case 2:
                made[at:at] = made[at : at + size] * chance.randint(1, 20)
            case 3:
                made[at:at] = chance.choice(spice)
            case 4:
                other = chance.randrange(len(made) + 1)
                made[at : at + size], made[other : other + size] = made[other : other + size], made[at : at + size]
            case _:
                made[at : at + 1] = chance.choice(spice)
    return bytes(made)


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_samples_never_raise_anything_else(kind: str, samples: Samples) -> None:
    """400 damaged copies of the sample for each reader: a record, or a reason, and nothing else."""
    chance = random.Random(f"kg-{kind}")
    data = first_file(samples[kind]).read_bytes()
    slowest = 0.0
    for _ in range(FUZZ):
        before = time.process_time()
        documents, reasons = outcome(kind, mutated(data, chance))
        slowest = max(slowest, time.process_time() - before)
        assert documents or reasons
        for text in itertools.chain.from_iterable(texts(document.study) for document in documents):
            text.encode("utf-8")
    assert slowest < 5
    assert sys.getrecursionlimit() < 10_000
