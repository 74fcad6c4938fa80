"""The document of a saved page: provenance, text, and what the reader could not place."""

import hashlib

from kg.record import Additions, Document, RawDocument, Study
from kg.sources.page import Page
from kg.sources.reader import Reader


def page_document(
    raw: RawDocument,
    reader: Reader,
    *,
    source: str,
    identifier: str,
    study: Study,
    additions: Additions,
    page: Page,
    version_date: str | None = None,
) -> Document:
    """Return the document of a page; its unread lines are its unknown paths."""
    return Document(
        source=source,
        id=identifier,
        kind=reader.kind,
        reader_version=reader.version,
        study=study,
        additions=additions,
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=version_date or raw.fetched,
        licence=reader.licence,
        text=page.text,
        unknown_paths=page.unread(),
    )
