"""Which reader a file belongs to: the registry of readers, asked in a fixed order."""

import importlib
from functools import cache
from typing import Final

from kg.errors import UsageError
from kg.sources.reader import Reader

MODULES: Final = (
    "ctgov_v2",
    "ctgov_xml",
    "ctgov_csv",
    "aact",
    "ictrp",
    "ctis",
    "eudract",
    "isrctn",
    "pubmed_xml",
    "nbib",
    "pubmed_page",
    "medpath",
    "meddatax",
    "clinconnect",
    "registry_text",
)
"""The reader modules of `kg.sources`, each with a `READER`; the strictest tests come first."""


@cache
def readers() -> tuple[Reader, ...]:
    """Return every reader, in the order in which they are asked."""
    return tuple(importlib.import_module(f"kg.sources.{name}").READER for name in MODULES)


def reader(kind: str) -> Reader:
    """Return the reader of a kind; raises UsageError with the kinds that exist."""
    for candidate in readers():
        if candidate.kind == kind:
            return candidate
    raise UsageError(f"There is no reader of kind {kind!r}; the kinds are {', '.join(r.kind for r in readers())}.")


def recognise(name: str, head: bytes) -> Reader | None:
    """Return the reader that recognises a file by its name and first bytes, or None."""
    return next((r for r in readers() if r.recognises(name, head)), None)


def recognise_bundle(names: tuple[str, ...]) -> Reader | None:
    """Return the reader that takes these files together, or None."""
    return next((r for r in readers() if r.recognises_bundle is not None and r.recognises_bundle(names)), None)
