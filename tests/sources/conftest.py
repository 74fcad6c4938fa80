"""Samples in our own words, one for each reader, and helpers that the tests of readers share."""

import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from kg.record import Document, Position, RawDocument, Reject
from kg.sources import Reader, decode, read, reader

HERE = Path(__file__).resolve().parent

SAMPLES: dict[str, str] = {
    "aact": "samples/aact",
    "clinconnect": "../pages/fixtures/clinconnect.txt",
    "ctgov-csv": "samples/ctgov-csv.csv",
    "ctgov-v2": "../../examples/NCT04347616.json",
    "ctgov-xml": "samples/ctgov-xml.xml",
    "ctis": "samples/ctis.json",
    "eudract": "samples/eudract.json",
    "ictrp": "samples/ictrp.xml",
    "isrctn": "samples/isrctn.json",
    "meddatax": "../pages/fixtures/meddatax.txt",
    "medpath": "../pages/fixtures/medpath.txt",
    "nbib": "../pages/fixtures/articles.nbib",
    "pubmed-page": "../pages/fixtures/pubmed.txt",
    "pubmed-xml": "../pages/fixtures/articles.xml",
    "registry-text": "../pages/fixtures/registry-text.txt",
}
"""A valid file or folder for each reader, in our own words: a new reader joins the shared tests with a line here."""


def beside(name: str) -> ModuleType:
    """A module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def samples() -> dict[str, Path]:
    """The valid sample of each reader."""
    return {kind: (HERE / name).resolve() for kind, name in SAMPLES.items()}


@pytest.fixture(scope="session")
def legacy() -> ModuleType:
    """The writer of legacy XML, and what two formats of one trial must agree on."""
    return beside("legacy_writer")


@pytest.fixture(scope="session")
def aact() -> ModuleType:
    """The writer of AACT's tables."""
    return beside("aact_writer")


@pytest.fixture(scope="session")
def decoded() -> Callable[..., list[Document]]:
    """Read files completely: every raw record decodes, and nothing is rejected."""

    def run(*paths: Path, kind: str | None = None) -> list[Document]:
        documents = []
        for item in read(paths, kind=kind):
            assert not isinstance(item, Reject), item
            documents.append(decode(item))
        return documents

    return run


@pytest.fixture(scope="session")
def cut() -> Callable[[str, bytes], list[RawDocument | Reject]]:
    """Cut bytes with a reader, as from a file of that kind."""

    def run(kind: str, data: bytes) -> list[RawDocument | Reject]:
        chosen: Reader = reader(kind)
        return list(chosen.split(io.BufferedReader(io.BytesIO(data)), Position("input")))  # type: ignore[arg-type]

    return run
