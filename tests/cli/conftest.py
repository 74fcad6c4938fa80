"""Running the installed command as a user does, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import kg
from kg.files import data_folder

CELLKG = Path(sys.executable).parent / "cellkg"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the example records."""
    out = tmp_path_factory.mktemp("cli") / "release"
    kg.build(data_folder("examples"), out)
    return out


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `cellkg ARGUMENTS`; output is a pipe, the folder is empty."""

    def call(*arguments: str | Path, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if name not in ("CELLKG_TRACEBACK", "FORCE_COLOR")}
        return subprocess.run(
            [CELLKG, *arguments],
            cwd=tmp_path,
            env={**kept, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call
