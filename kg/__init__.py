"""cellkg: a knowledge graph of cell-therapy trials.

This module is the whole public Python interface:

- `kg.build(inputs, out)` turns documents into a release,
- `kg.open(folder)` asks a release on disk,
- `kg.connect(url)` asks a remote SPARQL endpoint.

Both graphs answer `.query(name_or_text, **parameters)`, `.trial(number)` and `.validate()`.
Errors are those of `kg.errors`. Everything else in the package may change.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kg.namespaces import KG

if TYPE_CHECKING:
    from kg.endpoint import Endpoint
    from kg.graph import Release
    from kg.release import BuildReport

__all__ = ["build", "connect", "open"]


def build(
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    jobs: int = 1,
    store: bool = True,
    strict: bool = False,
    base_iri: str = KG,
    kind: str | None = None,
    revoked: str | Path | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    step: Callable[[str], None] | None = None,
) -> "BuildReport":
    """Build a release out of documents and return the report on it.

    `inputs` are files, folders or archives of any supported source; `kind` names the reader
    when a file does not show what it is. `jobs` processes share the work; `store=False`
    leaves the Oxigraph folder out. A bad record is set aside in `rejects.jsonl`, and with
    `strict` stops the build. `base_iri` moves trials, organisations, publications and sources.

    `revoked` is a file that names, on each line, two trials whose documents are not to be linked.

    `step` is told the name of each step as it begins. `progress` is told how many records of the
    step are done, and of how many: an estimate by the bytes read until the last is, None where
    nothing can be said.

    Raises UnreadableInputError for an input that cannot be read, UsageError for a bad option.
    """
    from kg.release import build as build_release

    paths = [inputs] if isinstance(inputs, (str, Path)) else inputs
    return build_release(
        paths,
        out,
        jobs=jobs,
        store=store,
        strict=strict,
        base_iri=base_iri,
        kind=kind,
        revoked=revoked,
        progress=progress,
        step=step,
    )


def open(path: str | Path, *, timeout: float | None = None, allow_remote: bool = False) -> "Release":
    """Open a release (or an RDF file) for questions; it is only read.

    With `timeout` (seconds) each query runs in a process that is killed when the time is
    over. `allow_remote` lets queries use SERVICE and FROM, which can reach the network.

    Raises UnreadableInputError when there is no graph at `path`.
    """
    from kg.graph import Release

    return Release(path, timeout=timeout, allow_remote=allow_remote)


def connect(url: str, *, timeout: float = 60.0, retries: int = 3) -> "Endpoint":
    """Connect to a SPARQL endpoint for questions.

    `timeout` (seconds) bounds each request; a server that is busy (429, 502, 503, 504) is
    asked again up to `retries` times, after the pause that it names.

    Raises UsageError for a URL that is not http(s); errors of the server are RemoteErrors.
    """
    from kg.endpoint import Endpoint

    return Endpoint(url, timeout=timeout, retries=retries)
