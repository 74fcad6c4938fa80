"""A worker that dies is reported and its records are done again; one that kills every worker is set aside."""

import hashlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg import release
from kg.building.pipeline import Pipeline
from kg.errors import CellkgError
from kg.record import RawDocument

Study = dict[str, Any]
MakeStudy = Callable[..., Study]
WriteLines = Callable[..., Path]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers inherit the broken pipeline by fork")


def _data(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "data").iterdir()}


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, int], None]:
    """Make workers die (as the system's memory killer ends them) on a record, a number of times."""
    real = Pipeline.process
    deaths = tmp_path / "deaths"
    deaths.mkdir()

    def install(number: str, times: int) -> None:
        def process(self: Pipeline, raw: RawDocument, version: str | None = None) -> Any:
            if number.encode() in raw.data and len(list(deaths.iterdir())) < times:
                (deaths / os.urandom(8).hex()).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, raw, version)

        monkeypatch.setattr(Pipeline, "process", process)

    return install


@pytest.fixture
def source(study: MakeStudy, write_lines: WriteLines) -> Path:
    return write_lines("a.jsonl", [study(n) for n in range(1, 200)])


def test_a_chunk_whose_worker_died_is_done_again(
    tmp_path: Path, source: Path, killer: Callable[[str, int], None]
) -> None:
    release.build([source], tmp_path / "calm", store=False)
    killer("NCT00000077", 1)
    report = release.build([source], tmp_path / "out", store=False, jobs=2)
    assert (report.documents, report.rejects) == (199, 0)
    assert len(report.warnings) == 1
    assert "was killed (signal 9)" in report.warnings[0]
    assert "64 records from a.jsonl:65; they are done again" in report.warnings[0]
    assert _data(tmp_path / "out") == _data(tmp_path / "calm")


def test_a_record_that_kills_every_worker_is_set_aside_and_the_others_are_kept(
    tmp_path: Path, source: Path, killer: Callable[[str, int], None]
) -> None:
    killer("NCT00000077", 99)
    report = release.build([source], tmp_path / "out", store=False, jobs=2)
    assert (report.documents, report.rejects) == (198, 1)
    (reject,) = report.first_rejects
    assert str(reject.position) == "a.jsonl:77"
    assert "The worker process was killed (signal 9)" in reject.reason
    assert [w.rsplit("; ", 1)[1] for w in report.warnings] == [
        "they are done again.",
        "they are tried one by one.",
        "the record is set aside.",
    ]


def _children() -> set[str]:
    """Processes that this one has started, where the system tells; not the tracker of multiprocessing, which stays."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    found = listed.read_text().split() if listed.exists() else []
    return {pid for pid in found if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()}


def test_workers_end_when_the_build_fails(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    source = write_lines("b.jsonl", [study(n) for n in range(1, 300)] + [b'{"protocolSection": 3}'])
    before = _children()
    with pytest.raises(release.UnreadableInputError):
        release.build([source], tmp_path / "out", store=False, jobs=3, strict=True)
    assert _children() <= before


def test_workers_that_cannot_fork_give_the_same_release(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.build([source], tmp_path / "forked", store=False, jobs=2)
    monkeypatch.setattr("threading.active_count", lambda: 2)  # threads and fork do not mix
    release.build([source], tmp_path / "spawned", store=False, jobs=2)
    assert _data(tmp_path / "spawned") == _data(tmp_path / "forked")


def test_workers_that_cannot_start_are_an_error_and_no_rejects(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        os._exit(3)

    monkeypatch.setattr("kg.building.pool.Worker", broken)
    with pytest.raises(CellkgError, match=r"ended with code 3 before it could begin; build with one process"):
        release.build([source], tmp_path / "out", store=False, jobs=2)
    assert not (tmp_path / "out").exists()
