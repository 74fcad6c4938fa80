"""The mapping on the registry's real records: complete, strict, and the same on every run."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyoxigraph as ox
import pytest

from kg.coverage import account, all_paths, ignored_reason, mapped_paths, values
from kg.criteria import split_criteria
from kg.linking import link
from kg.mapping import Mapper
from kg.record import Document, Links, Position, Study

SOME = 40
"""Every how many-th record is tried where all would take long."""


@pytest.fixture(scope="module")
def records(shared: Path) -> list[dict[str, Any]]:
    with gzip.open(shared / "data" / "ctgov-v2" / "studies.jsonl.gz") as stream:
        return [json.loads(line) for line in stream]


def document(record: dict[str, Any]) -> Document:
    study = msgspec.convert(record, Study)
    number = study.protocol_section.identification_module.nct_id or ""
    return Document(
        source="ctgov", id=number, kind="ctgov-v2", reader_version="1", study=study, position=Position("x"), sha256=""
    )


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any, Any]]:
    """Yield (path, holder, key, leaf) for every leaf of a record."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in items:
        name = (f"{path}.{key}" if path else key) if isinstance(value, dict) else f"{path}[]"
        if isinstance(part, dict | list):
            yield from leaves(part, name)
        else:
            yield name, value, key, part


def test_every_value_of_the_corpus_is_mapped_or_ignored_for_a_reason(shared: Path) -> None:
    report = account([shared / "data" / "ctgov-v2" / "studies.jsonl.gz"])
    assert (report.records, len(report.rejects)) == (2090, 0)
    assert report.unknown.total() == 0
    assert report.complete
    assert report.left_out_share <= 0.02
    assert report.total == 1_132_852, "as many leaves as the JSON has"


def test_the_count_of_values_is_that_of_the_json(records: list[dict[str, Any]]) -> None:
    for record in records[::SOME]:
        counted = values(document(record))
        stated: dict[str, int] = {}
        for path, *_ in leaves(record):
            stated[path] = stated.get(path, 0) + 1
        assert counted == stated


DEPENDS_ON_OTHERS = {
    "protocolSection.identificationModule.nctId": "the number names the document and every IRI",
}


def _other(value: Any, path: str) -> Any:
    """Return another value of the same type, which the graph can only show by being different."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value} other" if path else value


def test_what_is_called_mapped_changes_the_graph_and_what_is_ignored_does_not(records: list[dict[str, Any]]) -> None:
    """Change one value at every path, in some record that has it, and map again."""
    mapper = Mapper()
    tried: set[str] = set()
    wrong: list[str] = []
    for record in records:
        fresh = [(p, holder, key, leaf) for p, holder, key, leaf in leaves(record) if p not in tried]
        if not fresh:
            continue
        before = mapper.map(document(record), Links()).data
        for path, holder, key, leaf in fresh:
            if path in tried or path in DEPENDS_ON_OTHERS:
                continue
            tried.add(path)
            holder[key] = _other(leaf, path)
            changed = mapper.map(document(record), Links()).data != before
            holder[key] = leaf
            if changed != (path in mapped_paths()):
                wrong.append(path)
    assert wrong == []
    assert len(tried) > 300


def test_graphs_parse_strictly_and_hold_no_blank_node_and_no_line_twice(records: list[dict[str, Any]]) -> None:
    mapper = Mapper()
    for record in records[::SOME]:
        paper = document(record)
        result = mapper.map(paper, link(paper))
        quads = list(ox.parse(result.data, format=ox.RdfFormat.N_QUADS))
        assert len(quads) == len(set(quads)) == result.quads
        assert {q.graph_name.value for q in quads} == {result.graph}
        assert not any(isinstance(term, ox.BlankNode) for q in quads for term in (q.subject, q.object))


def test_no_contact_detail_of_a_real_record_is_in_its_graph(records: list[dict[str, Any]]) -> None:
    mapper = Mapper()
    checked = 0
    for record in records[::10]:
        text = mapper.map(document(record), Links()).lines
        for path, _, key, leaf in leaves(record):
            item = ignored_reason(path)
            if item is not None and item.kind == "contact" and key in {"email", "phone"}:
                others = [
                    value
                    for other, _, _, value in leaves(record)
                    if isinstance(value, str) and not ignored_reason(other)
                ]
                if not any(leaf in value for value in others):
                    checked += 1
                    assert f'"{leaf}"' not in text
    assert checked > 100


def test_every_intervention_that_an_arm_lists_is_found(records: list[dict[str, Any]]) -> None:
    mapper = Mapper()
    problems = [p for record in records for p in mapper.map(document(record), Links()).problems]
    assert [p for p in problems if "interventionNames" in p.path] == []
    assert len(problems) < 5


def test_criteria_of_real_records_are_slices_of_their_own_half(records: list[dict[str, Any]]) -> None:
    """Where the registry's two headings are the only ones, exclusion criteria are just what stands below the second."""
    plain = 0
    for record in records:
        text = record["protocolSection"]["eligibilityModule"].get("eligibilityCriteria", "")
        criteria = split_criteria(text)
        assert all(text[c.begin : c.begin + len(c.text)] == c.text for c in criteria)
        lowered = text.casefold()
        start = text.find("\n\nExclusion Criteria:\n\n")
        if not text.startswith("Inclusion Criteria:\n\n") or start < 0:
            continue
        if lowered.count("clusion criteria") != 2 or lowered.count("exclu") != 1 or "eligible" in lowered:
            continue
        plain += 1
        assert all(c.exclusion == (c.begin > start) for c in criteria)
        assert len(text) - start < 50 or {c.exclusion for c in criteria} == {True, False}
    assert plain > 300


PROGRAM = """
import hashlib, json, sys
from kg import sources
from kg.linking import link
from kg.mapping import Mapper
mapper, digest = Mapper(), hashlib.sha256()
for raw in sources.read([sys.argv[1]]):
    document = sources.decode(raw)
    result = mapper.map(document, link(document))
    digest.update(result.data + repr(result.triples).encode())
print(digest.hexdigest())
"""


def test_the_graph_is_the_same_whatever_the_hash_seed(records: list[dict[str, Any]], tmp_path: Path) -> None:
    corpus = tmp_path / "some.jsonl"
    corpus.write_text("".join(json.dumps(record) + "\n" for record in records[:: 10 * SOME]), encoding="utf-8")
    seen = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(corpus)],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(seen) == 1
    assert seen != {hashlib.sha256().hexdigest().encode() + b"\n"}


def test_a_path_that_no_table_names_is_unknown_and_not_fatal(records: list[dict[str, Any]], tmp_path: Path) -> None:
    record = json.loads(json.dumps(records[0]))
    record["protocolSection"]["statusModule"]["moonPhase"] = "full"
    record["protocolSection"]["brandNewModule"] = {"list": [{"x": 1}, {"x": 2}]}
    path = tmp_path / "new.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    report = account([path])
    assert report.records == 1
    assert not report.complete
    assert any("moonPhase" in name for name in report.unknown)
    assert any("moonPhase" in line for line in report.lines())


def test_every_path_of_the_record_has_its_place() -> None:
    assert all((path in mapped_paths()) != bool(ignored_reason(path)) for path in all_paths())
