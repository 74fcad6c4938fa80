"""Opening a graph on disk for reading: a release, an Oxigraph folder, or RDF files."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph as ox

from kg.errors import UnreadableInputError

FORMATS: Final[dict[str, ox.RdfFormat]] = {
    ".nq": ox.RdfFormat.N_QUADS,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
}
"""File ending to format; each may be followed by `.gz`."""


def open_graph(path: Path) -> ox.Store:
    """Return the graph at `path`, read-only, or in memory when it lies in files.

    A release is read from its `store/`, without one from its data files. Raises
    UnreadableInputError when there is no graph at `path` or it cannot be read.
    """
    if not path.exists() and not _recovered(path):
        raise UnreadableInputError(
            f"There is no release at {path}. Build one with `cellkg build INPUT... --out {path}`, "
            "or name another folder with --graph."
        )
    for folder in (path / "store", path):
        if (folder / "CURRENT").is_file():
            try:
                return ox.Store.read_only(str(folder))
            except (OSError, RuntimeError) as error:
                raise damaged(path, error) from error
    try:
        return _in_memory(path)
    except (OSError, EOFError, SyntaxError, UnicodeDecodeError) as error:
        raise UnreadableInputError(f"{path} cannot be read as a graph: {error}") from error


def damaged(path: Path, error: Exception) -> UnreadableInputError:
    """Return the error for a store whose files are cut, changed or gone."""
    return UnreadableInputError(
        f"The store of {path} is damaged or unreadable. Build it again with `cellkg build INPUT... --out {path}`; "
        f"the data files of a release can be asked without it once its store folder is deleted. The store says: {error}"
    )


def is_damage(error: RuntimeError) -> bool:
    """Whether an error that a query raised is the store's own report of damaged files."""
    return str(error).startswith("Corruption")


def _recovered(path: Path) -> bool:
    """Put back a release that a crash left aside; return whether there was one."""
    from kg.building.swap import recover

    return path.parent.is_dir() and recover(path)


def _in_memory(path: Path) -> ox.Store:
    store = ox.Store()
    found = False
    for file, form in _files(path):
        found = True
        with cast("IO[bytes]", gzip.open(file) if file.suffix == ".gz" else file.open("rb")) as stream:
            store.bulk_load(stream, format=form)
    if not found:
        raise UnreadableInputError(
            f"{path} holds no graph: neither a release (store/ or data/) nor a file that ends in {', '.join(FORMATS)}."
        )
    return store


def _files(path: Path) -> Iterator[tuple[Path, ox.RdfFormat]]:
    candidates = [path] if path.is_file() else [path / "ontology.ttl", *sorted((path / "data").glob("*"))]
    for file in candidates:
        form = FORMATS.get(Path(file.name.removesuffix(".gz")).suffix)
        if form is not None and file.is_file():
            yield file, form
