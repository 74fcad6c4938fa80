"""Pages are current, their commands run, their output is what comes out, their links lead somewhere."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kg.files import data_folder

SHELL = re.compile(r"```console\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
GENERATED = ("cli.md", "linking-example.md", "mapping.md", "model.svg", "queries.md", "shapes.md", "terms.md")


@pytest.fixture(scope="module")
def pages(root: Path) -> ModuleType:
    """The module that makes the generated pages."""
    spec = importlib.util.spec_from_file_location("docs_pages", root / "docs" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newcomer's folder: the example records, and nothing else."""
    place = tmp_path_factory.mktemp("newcomer")
    (place / "examples").symlink_to(data_folder("examples"))
    return place


def run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", GENERATED)
def test_generated_page_is_current(name: str, pages: ModuleType, root: Path) -> None:
    """`make docs` writes it."""
    assert (root / "docs" / name).read_text(encoding="utf-8") == pages.PAGES[name]()


def test_every_generated_page_is_checked(pages: ModuleType) -> None:
    assert set(pages.PAGES) == set(GENERATED)


def test_readme_shows_what_comes_out(root: Path, folder: Path) -> None:
    """Each command of the README, one after the other, prints what stands under it, counts included."""
    blocks = SHELL.findall((root / "README.md").read_text(encoding="utf-8"))
    assert len(blocks) >= 3
    for block in blocks:
        command, _, shown = block.partition("\n")
        assert command.startswith("$ ")
        printed = "\n".join(line.rstrip() for line in run(command[2:], folder).splitlines())
        assert printed == shown.rstrip("\n"), command


def test_python_of_the_pages_runs(root: Path, folder: Path) -> None:
    """All blocks of docs/python.md, one after the other, in one program."""
    program = "\n".join(PYTHON.findall((root / "docs" / "python.md").read_text(encoding="utf-8")))
    assert "kg.build" in program
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True, timeout=120)


def documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *(root / "docs").rglob("*.md")]


def test_links_between_pages_lead_somewhere(root: Path) -> None:
    missing = []
    for page in documents(root):
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            target = link.partition("#")[0]
            if target and "://" not in target and not (page.parent / target).exists():
                missing.append(f"{page.relative_to(root)}: {link}")
    assert missing == []


def test_every_page_is_in_the_index(root: Path) -> None:
    index = (root / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.name for page in (root / "docs").glob("*.md")} - {"index.md"}
    assert {name for name in pages if f"]({name})" not in index} == set()


def test_every_command_named_in_a_page_exists(root: Path, pages: ModuleType) -> None:
    known = {" ".join(command) for command in pages.COMMANDS}
    named = set()
    for page in documents(root):
        for first, second in re.findall(r"`cellkg ([a-z]+)(?: ([a-z]+))?", page.read_text(encoding="utf-8")):
            named.add(f"{first} {second}" if first == "ontology" and second else first)
    assert named - known == set()


def test_make_targets_named_in_pages_exist(root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in documents(root):
        named = set(re.findall(r"`make ([a-z]+)`", page.read_text(encoding="utf-8")))
        assert named <= targets, page
