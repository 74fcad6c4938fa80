"""A release holds every record that came in, says so, and depends on the inputs alone."""

import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg import release
from kg.building.pipeline import PARTS, part_of
from kg.errors import UnreadableInputError, UsageError
from kg.namespaces import CKG, ONTOLOGY, RDF_TYPE

Study = dict[str, Any]
MakeStudy = Callable[..., Study]
WriteLines = Callable[..., Path]

_BUILD = """
import json, sys
import kg.release
if __name__ == "__main__":
    inputs, out, jobs = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    kg.release.build(inputs, out, jobs=jobs, store=False)
"""


def build(inputs: list[Path], out: Path, **options: Any) -> release.BuildReport:
    return release.build(inputs, out, **{"store": False, **options})


def quads(folder: Path) -> list[ox.Quad]:
    """Every statement of the data files."""
    found: list[ox.Quad] = []
    for path in sorted((folder / "data").iterdir()):
        found.extend(ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS))
    return found


def files(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a release but the store's."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "store" not in path.relative_to(folder).parts
    }


def manifest(folder: Path) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return tree


def trials(folder: Path) -> set[str]:
    return {
        quad.subject.value
        for quad in quads(folder)
        if quad.predicate.value == RDF_TYPE
        and isinstance(quad.object, ox.NamedNode)
        and quad.object.value == CKG + "Trial"
        and isinstance(quad.subject, ox.NamedNode)
    }


def test_a_release_has_its_files_and_a_manifest_that_is_true(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    source = write_lines("studies.jsonl", [study(n) for n in range(1, 40)])
    report = build([source], tmp_path / "out")
    tree = manifest(tmp_path / "out")
    found = files(tmp_path / "out")
    stated = {item["name"]: item["sha256"] for item in [*tree["parts"], *tree["files"]]}
    assert {name: digest for name, digest in found.items() if name != "manifest.json"} == stated
    assert tree["records"] == {"read": 39, "mapped": 39, "rejected": 0, "duplicates": 0, "older_versions": 0}
    assert tree["inputs"] == [
        {
            "name": "studies.jsonl",
            "bytes": source.stat().st_size,
            "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        }
    ]
    everything = quads(tmp_path / "out")
    assert len(everything) == len(set(everything)) == tree["quads"]["total"] == report.quads
    assert sum(part["quads"] for part in tree["parts"]) == report.quads
    assert sum(part["documents"] for part in tree["parts"]) == report.documents == 39
    assert str(tmp_path) not in json.dumps(tree)
    assert (tmp_path / "out" / "rejects.jsonl").read_bytes() == b""


def test_every_document_is_in_the_part_of_its_key_in_the_order_of_keys(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    numbers = list(range(1, 60))
    random.Random(7).shuffle(numbers)
    build([write_lines("a.jsonl", [study(n) for n in numbers])], tmp_path / "out")
    for path in sorted((tmp_path / "out/data").glob("part-*")):
        graphs = [q.graph_name.value for q in ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS)]
        documents = list(dict.fromkeys(g.removesuffix("/inferred").rsplit("/", 1)[-1] for g in graphs))
        assert documents == sorted(documents)
        assert {f"part-{part_of('ctgov/' + d):02d}.nq.gz" for d in documents} == {path.name}


def test_each_document_is_one_gzip_member_without_name_and_time(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    build([write_lines("a.jsonl", [study(n) for n in range(1, 20)])], tmp_path / "out")
    members = 0
    for path in (tmp_path / "out/data").glob("part-*"):
        data = path.read_bytes()
        members += data.count(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
    assert members == 19


@pytest.fixture
def inputs(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> list[Path]:
    """Two files and a folder, with rejects, duplicates and older versions among them."""
    first = [study(n) for n in range(1, 150)]
    first[3]["protocolSection"]["newModule"] = {"x": [1]}
    wrong = b'{"protocolSection": 3}'
    bad = b'{"protocolSection": {"identificationModule": {"nctId": NaN}}}'
    return [
        write_lines("in/a.jsonl", [*first, bad, study(5)]),
        write_lines("in/b.jsonl", [study(n, update="2023-01-05") for n in range(140, 160)] + [bad]),
        write_lines("in/folder/c.json", [study(145, update="2022-02-02"), study(200), wrong]).parent,
    ]


@pytest.mark.parametrize(
    ("jobs", "seed", "zone", "locale", "reverse"),
    [(1, "1", "Pacific/Kiritimati", "C", True), (2, "2", "UTC", "C.UTF-8", False), (3, "random", "EST", "POSIX", True)],
)
def test_the_same_inputs_give_the_same_bytes(
    tmp_path: Path, inputs: list[Path], jobs: int, seed: str, zone: str, locale: str, reverse: bool
) -> None:
    build(inputs, tmp_path / "expected")
    ordered = [str(path) for path in (reversed(inputs) if reverse else inputs)]
    subprocess.run(
        [sys.executable, "-c", _BUILD, json.dumps(ordered), str(tmp_path / "deep" / "actual"), str(jobs)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
        cwd="/",
    )
    assert files(tmp_path / "deep" / "actual") == files(tmp_path / "expected")


def test_counts_add_up_and_every_reject_is_accounted_for(tmp_path: Path, inputs: list[Path]) -> None:
    report = build(inputs, tmp_path / "out")
    counts = report.counts
    assert counts.read == counts.mapped + counts.rejected + counts.duplicates == 175
    assert (counts.mapped, counts.rejected, counts.duplicates, counts.older_versions) == (171, 3, 1, 11)
    rejects = [json.loads(line) for line in (tmp_path / "out/rejects.jsonl").read_text().splitlines()]
    assert rejects == [
        {
            "file": "a.jsonl",
            "line": 150,
            "path": "$.protocolSection.identificationModule.nctId",
            "reason": "NaN is not a JSON value. (byte 55)",
            "kind": "ctgov-v2",
        },
        {
            "file": "b.jsonl",
            "line": 21,
            "path": "$.protocolSection.identificationModule.nctId",
            "reason": "NaN is not a JSON value. (byte 55)",
            "kind": "ctgov-v2",
        },
        {
            "file": "folder/c.json",
            "line": 3,
            "path": "$.protocolSection",
            "reason": "Expected an object, got a whole number.",
            "kind": "ctgov-v2",
        },
    ]
    assert report.unknown_paths == manifest(tmp_path / "out")["unknown_paths"]
    assert report.unknown_paths == {"protocolSection.newModule.x[]": 1}


def test_the_report_tells_people_what_happened(tmp_path: Path, inputs: list[Path]) -> None:
    lines = build(inputs, tmp_path / "out").lines()
    assert lines[0] == "175 records read: 171 mapped, 3 rejected, 1 duplicates"
    assert lines[1] == "11 of the mapped are older versions of a registry number"
    assert "1 values at 1 unknown paths (see manifest.json)" in lines
    assert (
        "rejected: a.jsonl:150 at $.protocolSection.identificationModule.nctId: NaN is not a JSON value. (byte 55)"
        in lines
    )


def test_a_value_that_is_no_date_is_counted_and_kept(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    odd = study(1)
    odd["protocolSection"]["statusModule"]["startDateStruct"]["date"] = "2023-02-31"
    report = build([write_lines("a.jsonl", [odd])], tmp_path / "out")
    assert report.unread_values == {"protocolSection.statusModule.startDateStruct.date": 1}
    assert manifest(tmp_path / "out")["unread_values"] == report.unread_values
    assert ox.Literal("2023-02-31") in {q.object for q in quads(tmp_path / "out")}


def test_the_newest_document_of_a_number_keeps_its_iri(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    source = write_lines(
        "a.jsonl",
        [
            study(1, update="2022-01-01"),
            study(1, update="2024-01-01"),
            study(1, update="2023-01-01", acronym="ONE"),
            study(1, update="2023-01-01", acronym="TWO"),
            study(2),
        ],
    )
    report = build([source], tmp_path / "out", jobs=2)
    base = "https://w3id.org/cellkg/trial/NCT0000000"
    assert trials(tmp_path / "out") == {
        f"{base}1",
        f"{base}1-v2022-01-01",
        f"{base}1-v2023-01-01",
        f"{base}1-v2023-01-01-2",
        f"{base}2",
    }
    assert report.counts.older_versions == 3
    newest = [
        q
        for q in quads(tmp_path / "out")
        if q.subject == ox.NamedNode(f"{base}1") and q.predicate.value == CKG + "lastUpdateDate"
    ]
    assert [q.object.value for q in newest if isinstance(q.object, ox.Literal)] == ["2024-01-01"]


def test_nothing_readable_is_an_error_and_leaves_the_release_before(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    out = tmp_path / "out"
    build([write_lines("a.jsonl", [study(1)])], out)
    before = files(out)
    for content in (b"", b"not json", b"{}", b'{"studies": []}'):
        (tmp_path / "bad.json").write_bytes(content)
        with pytest.raises(UnreadableInputError, match="nothing was built"):
            build([tmp_path / "bad.json"], out)
    with pytest.raises(UnreadableInputError, match=r"absent\.json does not exist"):
        build([tmp_path / "absent.json"], out)
    assert files(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "bad.json", "out"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_strict_stops_at_the_first_reject(tmp_path: Path, study: MakeStudy, write_lines: WriteLines, jobs: int) -> None:
    source = write_lines("a.jsonl", [study(1), b'{"protocolSection": 3}'])
    with pytest.raises(UnreadableInputError, match=r"a\.jsonl:2 at \$\.protocolSection: Expected an object.*--strict"):
        build([source], tmp_path / "out", strict=True, jobs=jobs)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_release_is_not_overwritten(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="is not a release"):
        build([write_lines("a.jsonl", [study(1)])], tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_wrong_calls_are_refused(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    source = write_lines("a.jsonl", [study(1)])
    for inputs, options in [
        ([], {}),
        ([source], {"jobs": 0}),
        ([source], {"kind": "nothing"}),
        ([source], {"base_iri": "no iri"}),
    ]:
        with pytest.raises(UsageError):
            build(inputs, tmp_path / "out", **options)


def test_progress_is_told_of_every_record(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    told: list[tuple[int, int | None]] = []
    source = write_lines("a.jsonl", [study(n) for n in range(1, 200)])
    build([source], tmp_path / "out", progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == 199
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_error_of_our_own_costs_one_record_and_says_so(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    import kg.building.pipeline as pipeline

    real = pipeline.link

    def broken(document: Any) -> Any:
        if document.id == "NCT00000002":
            raise ZeroDivisionError("division by zero")
        return real(document)

    monkeypatch.setattr(pipeline, "link", broken)
    report = build([write_lines("a.jsonl", [study(n) for n in (1, 2, 3)])], tmp_path / "out")
    assert (report.documents, report.rejects) == (2, 1)
    assert "cellkg itself failed on this record (ZeroDivisionError: division by zero)" in report.first_rejects[0].reason


def test_the_store_holds_every_statement_and_the_ontology(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    report = build([write_lines("a.jsonl", [study(n) for n in range(1, 9)])], tmp_path / "out", store=True)
    store = ox.Store.read_only(str(tmp_path / "out/store"))
    in_ontology = sum(1 for _ in store.quads_for_pattern(None, None, None, ox.NamedNode(ONTOLOGY)))
    assert in_ontology > 0
    assert len(store) == report.store_quads == report.quads + in_ontology
    assert {q for q in store if q.graph_name != ox.NamedNode(ONTOLOGY)} == set(quads(tmp_path / "out"))


def test_another_base_moves_trials_and_sources_only(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    build([write_lines("a.jsonl", [study(1)])], tmp_path / "out", base_iri="https://example.org/kg/")
    subjects = {q.subject.value for q in quads(tmp_path / "out") if isinstance(q.subject, ox.NamedNode)}
    assert "https://example.org/kg/trial/NCT00000001" in subjects
    assert not [s for s in subjects if s.startswith("https://w3id.org/cellkg/trial/")]
    assert not [s for s in subjects if s.startswith("https://example.org/kg/condition/")]


def test_parts_are_fixed() -> None:
    assert PARTS == 16
    assert [part_of(f"ctgov/NCT0000000{n}") for n in range(4)] == [part_of(f"ctgov/NCT0000000{n}") for n in range(4)]
    assert {part_of(f"ctgov/NCT{n:08d}") for n in range(300)} == set(range(16))
