"""A full disk is explained, and leaves the release before and no rubbish."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg import release

Study = dict[str, Any]
MakeStudy = Callable[..., Study]
WriteLines = Callable[..., Path]

_BUILD = """
import resource, sys
import kg.release
from kg.errors import CellkgError
if __name__ == "__main__":
    size = int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        kg.release.build([sys.argv[1]], sys.argv[2], jobs=int(sys.argv[3]), store=sys.argv[5] == "store")
    except CellkgError as error:
        print(error)
        raise SystemExit(int(error.exit_code))
"""


@pytest.mark.parametrize(
    ("jobs", "size", "store"),
    [(1, 4096, "no"), (2, 4096, "no"), (1, 65536, "no"), (1, 200_000, "no"), (1, 3_000_000, "store")],
)
def test_a_full_disk_is_explained_and_nothing_is_lost(
    tmp_path: Path, study: MakeStudy, write_lines: WriteLines, jobs: int, size: int, store: str
) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    out = tmp_path / "out"
    release.build([write_lines("old.jsonl", [study(1)])], out, store=False)
    before = (out / "manifest.json").read_bytes()
    new = write_lines("new.jsonl", [study(n) for n in range(1, 1500)])
    done = subprocess.run(
        [sys.executable, "-c", _BUILD, str(new), str(out), str(jobs), str(size), store],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (5, ""), done.stderr
    assert "cannot be written" in done.stdout
    assert (out / "manifest.json").read_bytes() == before
    assert json.loads(before)["records"]["mapped"] == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.jsonl", "old.jsonl", "out"]
