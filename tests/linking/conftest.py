"""Records in our own words, put together for linking tests."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from kg.linking.fields import Reading
from kg.record.document import Document, Position
from kg.record.study import Additions, Study

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
