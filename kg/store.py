"""The embedded store of a release: an Oxigraph folder, built from the data files and disposable.

Loading fills memory and can only be bounded from outside, so it runs in a process of its own.
"""

import ctypes
import io
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from isal import igzip

from kg.errors import CellkgError, PartialResultError
from kg.namespaces import ONTOLOGY


def build_store(release: Path, store: Path | None = None) -> int:
    """Build the store of a release in a fresh folder (`<release>/store` unless named) and return its quads.

    The data files keep their graphs, `ontology.ttl` goes into the graph of the ontology.
    Raises PartialResultError when the disk is full or the loading process is killed.
    """
    target = store or release / "store"
    shutil.rmtree(target, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "kg.store", str(release), str(target)], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return int(done.stdout)
    shutil.rmtree(target, ignore_errors=True)
    if done.returncode < 0:
        raise PartialResultError(
            f"The process that builds the store was killed (signal {-done.returncode}), as the system does when "
            "memory runs out; give it more memory, or build without the store (--no-store)."
        )
    problem = done.stderr.strip().rsplit("\n", 1)[-1]
    if "No space left" in problem or "File too large" in problem:
        raise PartialResultError(
            f"The store cannot be written, the disk is full ({problem}); free some space, or build without the store "
            "(--no-store). A release that was there has not changed."
        )
    raise CellkgError(f"The store cannot be built: {problem}")


def load(release: Path, target: Path) -> int:
    """Load a release into a new Oxigraph folder, optimise it for reading, and return its quads."""
    store = ox.Store(str(target))
    with io.BufferedReader(_Concatenation(data_files(release)), 1 << 20) as stream:
        store.bulk_load(stream, format=ox.RdfFormat.N_QUADS)
    ontology = release / "ontology.ttl"
    if ontology.is_file():
        store.bulk_load(path=str(ontology), format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(ONTOLOGY))
    store.optimize()
    store.flush()
    return len(store)


def data_files(release: Path) -> list[Path]:
    """Return the data files of a release, by name."""
    return sorted((release / "data").glob("*.nq.gz"))


class _Concatenation(io.RawIOBase):
    """Gzip files read one after the other as one stream of decompressed bytes."""

    def __init__(self, paths: list[Path]) -> None:
        super().__init__()
        self._blocks = self._read(paths)
        self._rest = b""

    @staticmethod
    def _read(paths: list[Path]) -> Iterator[bytes]:
        for path in paths:
            with igzip.open(path, "rb") as stream:  # type: ignore[no-untyped-call]
                while block := stream.read(1 << 20):
                    yield block

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._rest = self._rest or next(self._blocks, b"")
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def _end_with_parent() -> None:
    """Let the system end this process when the build that waits for it is killed (Linux)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    _end_with_parent()
    print(load(Path(sys.argv[1]), Path(sys.argv[2])))
