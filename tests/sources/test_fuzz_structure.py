"""Records that are well-formed and make no sense: values of other types, parts moved, doubled, left out.

Random bytes mostly break the format; here the format holds, so that the readers themselves are reached.
"""

import csv
import io
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from kg.errors import RecordError
from kg.linking import link
from kg.mapping.mapper import Mapper
from kg.record import Document, Position, RawDocument, Reject
from kg.sources import decode, read, reader

INPUTS = 200
TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "9" * 30,
    "NaN",
    "N/A",
    "yes",
    "2020-13-45",
    "February 30, 2020",
    "29/02/2021",
    "O0",
    "P99999",
    "Phase 9",
    "a|b|c",
    ", , ,",
    "; ;:;",
    "x:1;x:2;",
    "\u202e",
    "é漢字🧬",
    "<b>&amp;</b>",
    "'\"`",
    "{}[]",
    "\t\r\n",
    "1. 2. 3. a\n1. b\n2. c\n\nMeasured at noon",
    "- a - B - c",
    "word " * 5_000,
)


def sane(documents: list[Document]) -> None:
    """What came out can be linked and mapped: the reader kept the record's types."""
    mapper = Mapper()
    for document in documents:
        lines = mapper.map(document, link(document)).lines
        lines.encode("utf-8")
        assert document.id


def run(kind: str, data: bytes) -> None:
    """Read bytes with one reader: a record that can be mapped, or a reason."""
    documents: list[Document] = []
    reasons = 0
    stream: Any = io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]
    for item in reader(kind).split(stream, Position("input")):
        if isinstance(item, Reject):
            reasons += 1
            continue
        try:
            documents.append(decode(item))
        except RecordError:
            reasons += 1
    assert documents or reasons
    sane(documents)


def strange_value(chance: random.Random) -> Any:
    """A value of any type."""
    return chance.choice(
        (None, True, False, 0, -7, 3.5, 10**18, [], {}, [[]], [None, 1], {"value": {}}, {"": ""}, *TEXTS)
    )


def strange_json(value: Any, chance: random.Random) -> Any:
    """A JSON tree with a few places changed."""
    places: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        at = pending.pop()
        if isinstance(at, (dict, list)):
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            places.extend((at, key) for key in keys)
            pending.extend(at[key] for key in keys)
    for _ in range(chance.randint(1, 5)):
        at, key = chance.choice(places)
        if isinstance(at, list) and not 0 <= key < len(at):
            continue
        if isinstance(at, dict) and key not in at:
            continue
        match chance.randrange(4):
            case 0:
                at[key] = strange_value(chance)
            case 1:
                del at[key]
            case 2:
                at[key] = [at[key], at[key]]
            case _:
                at[key] = {"new": at[key]}
    return value


def strange_xml(root: etree._Element, chance: random.Random) -> bytes:
    """An XML tree with a few elements changed."""
    for _ in range(chance.randint(1, 6)):
        element = chance.choice([e for e in root.iter() if isinstance(e.tag, str)])
        parent = element.getparent()
        match chance.randrange(6):
            case 0:
                element.text = chance.choice(TEXTS).replace("\x00", "")
            case 1 if parent is not None:
                parent.remove(element)
            case 2 if parent is not None:
                parent.append(etree.fromstring(etree.tostring(element, with_tail=False)))
            case 3:
                other = chance.choice([e for e in root.iter() if isinstance(e.tag, str)])
                if element not in other.iterancestors() and element is not other:
                    other.append(etree.fromstring(etree.tostring(element, with_tail=False)))
            case 4:
                for name in list(element.attrib):
                    element.attrib[name] = chance.choice(TEXTS).replace("\x00", "")
            case _:
                element.tag = chance.choice([e.tag for e in root.iter() if isinstance(e.tag, str)])
    return etree.tostring(root, encoding="utf-8")


@pytest.mark.parametrize("kind", ["ctis", "eudract", "isrctn"])
def test_strange_json_is_a_record_or_a_reason(kind: str, samples: dict[str, Path]) -> None:
    """200 records of each registry with values that make no sense."""
    chance = random.Random(f"json-{kind}")
    text = samples[kind].read_text(encoding="utf-8")
    for _ in range(INPUTS):
        run(kind, json.dumps(strange_json(json.loads(text), chance)).encode())


@pytest.mark.parametrize("kind", ["ctgov-xml", "ictrp"])
def test_strange_xml_is_a_record_or_a_reason(kind: str, samples: dict[str, Path]) -> None:
    """200 records of each with elements that make no sense."""
    chance = random.Random(f"xml-{kind}")
    data = samples[kind].read_bytes()
    for _ in range(INPUTS):
        run(kind, strange_xml(etree.fromstring(data), chance))


def strange_rows(path: Path, delimiter: str, chance: random.Random) -> str:
    """A table with a few cells changed."""
    with open(path, encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=delimiter))
    for _ in range(chance.randint(1, 5)):
        row = chance.choice(rows[1:] or rows)
        row[chance.randrange(len(row))] = chance.choice((*TEXTS, *chance.choice(rows)))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("name", ["ctgov-csv.csv", "ctgov-csv-classic.csv"])
def test_strange_cells_are_a_record_or_a_reason(name: str, samples: dict[str, Path]) -> None:
    """200 tables with cells that make no sense."""
    chance = random.Random(f"csv-{name}")
    for _ in range(INPUTS):
        run("ctgov-csv", strange_rows(samples["ctgov-csv"].with_name(name), ",", chance).encode())


def test_strange_tables_are_a_record_or_a_reason(samples: dict[str, Path], tmp_path: Path) -> None:
    """60 sets of AACT's tables with cells that make no sense, and keys that point nowhere."""
    chance = random.Random("aact")
    folder = Path(shutil.copytree(samples["aact"], tmp_path / "tables"))
    names = sorted(path.name for path in folder.iterdir())
    for _ in range(60):
        name = chance.choice(names)
        original = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(strange_rows(folder / name, "|", chance), encoding="utf-8")
        documents, reasons = [], 0
        for item in read([folder]):
            if isinstance(item, RawDocument):
                try:
                    documents.append(decode(item))
                except RecordError:
                    reasons += 1
            else:
                reasons += 1
        (folder / name).write_text(original, encoding="utf-8")
        assert documents or reasons
        sane(documents)
