"""Real documents for the tests of linking."""

from pathlib import Path

import pytest

from kg import sources
from kg.record import Document, Reject


def _read(path: Path) -> dict[str, Document]:
    raws = [raw for raw in sources.read([path]) if not isinstance(raw, Reject)]
    return {document.id: document for document in map(sources.decode, raws)}


@pytest.fixture(scope="session")
def gold(shared: Path) -> dict[str, Document]:
    """The labelled records, decoded, by number."""
    return _read(shared / "gold" / "records")


@pytest.fixture(scope="session")
def studies(shared: Path) -> dict[str, Document]:
    """The 2,090 records of the API's second version, decoded, by number."""
    return _read(shared / "data" / "ctgov-v2" / "studies.jsonl.gz")


@pytest.fixture(scope="session")
def legacy(shared: Path) -> dict[str, Document]:
    """The legacy XML records, decoded, by number."""
    return _read(shared / "data" / "ctgov-xml" / "studies.zip")
