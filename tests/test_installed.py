"""What is tested is what users install."""

import os
from importlib.metadata import version
from pathlib import Path

import pytest

import kg
from kg.files import data_folder


@pytest.mark.skipif("CELLKG_TEST_INSTALLED" not in os.environ, reason="only `make test` installs the wheel")
def test_tests_run_against_the_installed_wheel(root: Path) -> None:
    """Code and data come from the wheel, not from the checkout."""
    package = Path(kg.__file__).resolve().parent
    assert root not in package.parents
    for name in ("ontology", "shapes", "queries", "examples"):
        assert data_folder(name) == package / "_data" / name


@pytest.mark.parametrize(
    ("name", "suffix"), [("ontology", ".ttl"), ("shapes", ".ttl"), ("queries", ".rq"), ("examples", ".json")]
)
def test_data_is_there(name: str, suffix: str) -> None:
    assert any(path.suffix == suffix for path in data_folder(name).rglob("*"))


def test_version_is_that_of_the_package() -> None:
    assert version("cellkg").count(".") == 2
