"""A build that is killed at any moment leaves the release before, and the next build succeeds."""

import gzip
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg import release
from kg.building import swap
from kg.errors import UsageError

Study = dict[str, Any]
MakeStudy = Callable[..., Study]
WriteLines = Callable[..., Path]

_BUILD = """
import sys
import kg.release
if __name__ == "__main__":
    kg.release.build([sys.argv[1]], sys.argv[2], jobs=int(sys.argv[3]), store=sys.argv[4] == "store")
"""


def _whole(folder: Path) -> str:
    """Check every file of a release against its manifest, and return the name of its input."""
    tree = json.loads((folder / "manifest.json").read_text())
    for item in [*tree["parts"], *tree["files"]]:
        assert hashlib.sha256((folder / item["name"]).read_bytes()).hexdigest() == item["sha256"], item["name"]
    lines = sum(gzip.decompress(path.read_bytes()).count(b"\n") for path in (folder / "data").iterdir())
    assert lines == tree["quads"]["total"]
    return str(tree["inputs"][0]["name"])


def _start(source: Path, out: Path, jobs: int, store: str = "no") -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _BUILD, str(source), str(out), str(jobs), store]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(("jobs", "store", "moments"), [(1, "no", 10), (2, "store", 10)])
def test_kill_9_at_many_moments_leaves_a_whole_release(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines, jobs: int, store: str, moments: int
) -> None:
    old = write_lines("old.jsonl", [study(n) for n in range(1, 30)])
    new = write_lines("new.jsonl", [study(n) for n in range(1, 250)])
    out = tmp_path / "out"
    release.build([old], out, store=store == "store")
    begun = time.monotonic()
    assert _start(new, tmp_path / "rehearsal", jobs, store).wait() == 0
    length = time.monotonic() - begun
    random_moments = random.Random(20240301)
    killed = 0
    for moment in range(moments):
        share = (moment + random_moments.random()) / moments  # evenly over the whole run
        process = _start(new, out, jobs, store)
        time.sleep(length * share)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        swap.recover(out)
        assert _whole(out) in ("old.jsonl", "new.jsonl")
    assert killed >= moments // 2
    assert _start(new, out, jobs, store).wait() == 0
    assert _whole(out) == "new.jsonl"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.jsonl", "old.jsonl", "out", "rehearsal"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_release_is_seen_whole_at_every_instant_of_the_swap(
    tmp_path: Path,
    study: MakeStudy,
    write_lines: WriteLines,
    exchange: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every system call of the swap is a crash point: after each, a whole release is there or can be recovered."""
    if not exchange:
        monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    sources = {name: write_lines(f"{name}.jsonl", [study(n) for n in range(1, 4)]) for name in ("old", "new")}
    for crash_at in range(12):
        out = tmp_path / f"at-{crash_at}" / "out"
        release.build([sources["old"]], out, store=False)
        crashed = _build_and_crash(sources["new"], out, crash_at, monkeypatch)
        swap.recover(out)
        assert _whole(out) in ("old.jsonl", "new.jsonl")
        release.build([sources["new"]], out, store=False)
        assert _whole(out) == "new.jsonl"
        assert [p.name for p in out.parent.iterdir()] == ["out"]
        if not crashed:
            assert crash_at >= (2 if exchange else 3)
            return
    pytest.fail("the swap has more steps than this test tries")


def _build_and_crash(source: Path, out: Path, crash_at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Build in a process that is gone before change `crash_at` of the swap; return whether it came to it."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    changes = 0
    swapping = False

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal changes
            changes += swapping
            if changes > crash_at:
                os._exit(9)
            return real(*args, **options)

        return call

    def swap_in(self: swap.WorkFolder) -> None:
        nonlocal swapping
        swapping = True
        real_swap(self)

    try:
        real_swap = swap.WorkFolder.swap_in
        monkeypatch.setattr(swap.WorkFolder, "swap_in", swap_in)
        monkeypatch.setattr(Path, "rename", counted(Path.rename))
        monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
        monkeypatch.setattr(swap.shutil, "rmtree", counted(swap.shutil.rmtree))
        monkeypatch.setattr(swap, "_exchange", counted(swap._exchange))
        release.build([source], out, store=False)
    finally:
        os._exit(0 if changes else 1)


def test_two_builds_never_write_one_release(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    source = write_lines("a.jsonl", [study(1)])
    with swap.work_folder(tmp_path / "out"), pytest.raises(UsageError, match="Another build is writing"):
        release.build([source], tmp_path / "out", store=False)
    release.build([source], tmp_path / "out", store=False)
    assert _whole(tmp_path / "out") == "a.jsonl"


def test_recovery_leaves_a_running_build_alone(tmp_path: Path) -> None:
    """Between the two renames of a build that runs, a reader must not put the old release back."""
    (tmp_path / "out.replaced-1").mkdir()
    (tmp_path / "out.replaced-1" / "manifest.json").write_text("{}")
    with swap.work_folder(tmp_path / "other"):
        assert swap.recover(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "aside")
    with swap.work_folder(tmp_path / "out"):
        (tmp_path / "aside").rename(tmp_path / "out.replaced-2")
        assert not swap.recover(tmp_path / "out")
    assert swap.recover(tmp_path / "out")
    assert swap.is_release(tmp_path / "out")


def test_names_that_look_like_patterns_and_links_are_taken_as_they_are(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    source = write_lines("a.jsonl", [study(1)])
    (tmp_path / "x1.building-keep").mkdir()
    release.build([source], tmp_path / "x[1]", store=False)
    (tmp_path / "latest").symlink_to("x[1]")
    release.build([source], tmp_path / "latest", store=False)
    assert (tmp_path / "latest").is_symlink()
    assert _whole(tmp_path / "latest") == "a.jsonl"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "latest", "x1.building-keep", "x[1]"]


def test_a_reader_never_misses_the_release_while_it_is_replaced(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("folders are exchanged in one step on Linux only")
    source = write_lines("a.jsonl", [study(1)])
    out = tmp_path / "out"
    release.build([source], out, store=False)
    missing = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal missing
        while not stop.is_set():
            missing += not (out / "manifest.json").exists()

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(3):
        release.build([source], out, store=False)
    stop.set()
    watcher.join()
    assert missing == 0


def test_an_interrupted_build_cleans_up(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    source = write_lines("a.jsonl", [study(n) for n in range(1, 3000)])
    process = _start(source, tmp_path / "out", 2)
    while not list(tmp_path.glob("out.building-*/scratch/index.sqlite")):
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    process.wait()
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]
