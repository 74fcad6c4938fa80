"""A build tells its steps, and of each how much is done: estimated by bytes while records are read."""

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.building import pool
from kg.building.estimate import Estimate
from kg.sources import read
from kg.sources.intake import Intake

Study = dict[str, Any]
Told = list[tuple[str, int, int | None]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Told]:
    """Build inputs and return what was told: (step, done, total); a chunk has ten records."""
    monkeypatch.setattr(pool, "CHUNK_RECORDS", 10)

    def build(*inputs: Path, **options: Any) -> Told:
        result: Told = []
        steps: list[str] = []
        kg.build(
            inputs,
            tmp_path / "out",
            progress=lambda done, total: result.append((steps[-1], done, total)),
            step=steps.append,
            **{"store": False, **options},
        )
        return result

    return build


def _studies(study: Callable[..., Study], count: int) -> list[Study]:
    """Studies of some size that do not compress well, so that a file has many blocks."""
    return [study(n, orgFullNames=[f"{n * k % 99991:x}" for k in range(1, 1500)]) for n in range(1, count + 1)]


def _forms(folder: Path, studies: list[Study]) -> dict[str, list[Path]]:
    """The same studies as one file, compressed, as an archive, a folder and two inputs."""
    folder.mkdir()
    texts = [json.dumps(s).encode() for s in studies]
    half = len(texts) // 2
    (folder / "plain.jsonl").write_bytes(b"\n".join(texts))
    (folder / "packed.jsonl.gz").write_bytes(gzip.compress(b"\n".join(texts)))
    (folder / "files").mkdir()
    with zipfile.ZipFile(folder / "many.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number:04d}.json", text)
            (folder / "files" / f"{number:04d}.json").write_bytes(text)
    with zipfile.ZipFile(folder / "one.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("all.jsonl", b"\n".join(texts))
    (folder / "first.jsonl").write_bytes(b"\n".join(texts[:half]))
    (folder / "second.jsonl.gz").write_bytes(gzip.compress(b"\n".join(texts[half:])))
    names = {"plain": ["plain.jsonl"], "gz": ["packed.jsonl.gz"], "many": ["many.zip"], "one": ["one.zip"]}
    names |= {"folder": ["files"], "several": ["first.jsonl", "second.jsonl.gz"]}
    return {form: [folder / name for name in inputs] for form, inputs in names.items()}


@pytest.mark.parametrize("form", ["plain", "gz", "many", "one", "folder", "several"])
def test_the_share_that_is_done_rises_to_one(
    form: str, tmp_path: Path, study: Callable[..., Study], told: Callable[..., Told]
) -> None:
    mapping = [
        (done, total)
        for step, done, total in told(*_forms(tmp_path / "in", _studies(study, 100))[form])
        if step == "mapping records"
    ]
    assert mapping[-1] == (100, 100)
    shares = [done / total for done, total in mapping if total]
    assert len(shares) == len(mapping)
    assert shares == sorted(shares)
    assert all(share < 1 for share in shares[:-1])
    assert shares[0] < 0.4 < shares[-2]


@pytest.mark.parametrize("form", ["plain", "gz", "one", "folder"])
def test_the_bytes_of_an_input_are_counted_as_they_are_read(
    form: str, tmp_path: Path, study: Callable[..., Study]
) -> None:
    (path,) = _forms(tmp_path / "in", _studies(study, 100))[form]
    size = sum(f.stat().st_size for f in path.iterdir()) if path.is_dir() else path.stat().st_size
    intake = Intake()
    counts = [intake.read for _ in read([path], intake=intake)]
    assert intake.read == size
    assert counts == sorted(counts)
    assert len(set(counts)) > 4


def test_a_file_that_nobody_reads_counts_when_it_is_passed(tmp_path: Path) -> None:
    (tmp_path / "picture.bin").write_bytes(bytes(range(256)) * 4000)
    intake = Intake()
    list(read([tmp_path], intake=intake))
    assert intake.read == 256 * 4000


def test_steps_are_told_and_older_versions_count_anew(
    tmp_path: Path, study: Callable[..., Study], write_lines: Callable[..., Path]
) -> None:
    older = [study(n, update="2020-01-01") for n in (1, 2)]
    source = write_lines("a.jsonl", [*older, study(1), study(2), study(3), study(3)])
    steps: list[str] = []
    seen: Told = []
    kg.build(
        source, tmp_path / "out", step=steps.append, progress=lambda done, total: seen.append((steps[-1], done, total))
    )
    assert steps == [
        "hashing the inputs",
        "mapping records",
        "naming older versions",
        "writing the files",
        "loading the store",
    ]
    assert [one for one in seen if one[0] == "naming older versions"] == [("naming older versions", 2, 2)]
    assert [one for one in seen if one[0] == "mapping records"][-1] == ("mapping records", 6, 6)


def test_rejects_count_as_done(
    study: Callable[..., Study], write_lines: Callable[..., Path], told: Callable[..., Told]
) -> None:
    source = write_lines("a.jsonl", [study(1), b"{", study(2), b"[]"])
    assert told(source)[-1] == ("mapping records", 4, 4)


def test_an_estimate_without_bytes_says_nothing() -> None:
    intake = Intake()
    assert Estimate(intake, 0).total(5, 5) is None
    assert Estimate(intake, 100).total(5, 5) is None
    intake.read = 50
    assert Estimate(intake, 0).total(5, 5) is None
    assert Estimate(intake, 100).total(0, 5) is None


def test_an_estimate_is_more_than_what_is_done_and_its_share_never_falls() -> None:
    intake = Intake()
    estimate = Estimate(intake, 1000)
    shares = []
    for done, came, size in ((1, 1, 500), (2, 9, 501), (3, 90, 502), (50, 90, 700), (95, 100, 2000), (100, 100, 1000)):
        intake.read = size
        total = estimate.total(done, came)
        assert total is not None
        assert total > done
        shares.append(done / total)
    assert shares == sorted(shares)
