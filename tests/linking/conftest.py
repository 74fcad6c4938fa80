"""Documents for the tests of linking: real ones, and records in our own words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kg import sources
from kg.linking.fields import Reading
from kg.record import Document, Position, Reject
from kg.record.study import Additions, Study


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


Make = Callable[..., Reading]


@pytest.fixture(scope="session")
def make_reading() -> Make:
    """Return a function that makes a reading out of modules of a protocol section (camel case, as in the API)."""

    def make(article: dict[str, Any] | None = None, results: dict[str, Any] | None = None, **modules: Any) -> Reading:
        study = msgspec.convert({"protocolSection": modules, "resultsSection": results}, Study)
        additions = msgspec.convert({"article": article} if article else {}, Additions)
        document = Document(
            source="test",
            id="1",
            kind="test",
            reader_version="1",
            study=study,
            additions=additions,
            position=Position("test"),
            sha256="",
        )
        return Reading(document)

    return make
