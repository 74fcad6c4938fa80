"""The manifest of a release: what went in, what came out, and the SHA-256 of every file.

It depends on the inputs and the software alone: no time, no host, no absolute path.
"""

import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from kg.building.assemble import Tally
from kg.identity import Revocations
from kg.provenance import Part
from kg.sources import labels, readers
from kg.sources.containers import input_names

FORMAT: Final = 1
"""Version of the layout of a release."""


class Counts(msgspec.Struct, kw_only=True):
    """Every record that was read is mapped, rejected or a duplicate."""

    read: int = 0
    mapped: int = 0
    """Documents in the release, older versions among them."""
    rejected: int = 0
    duplicates: int = 0
    """Records whose very bytes had been read before."""
    older_versions: int = 0
    """Documents whose registry number a newer document has; part of `mapped`."""

    @property
    def done(self) -> int:
        """Records of which it is known what became of them; in the end all that were read."""
        return self.mapped + self.rejected + self.duplicates


def manifest(
    inputs: Sequence[dict[str, Any]],
    revoked: Revocations,
    base_iri: str,
    counts: Counts,
    tally: Tally,
    parts: list[Part],
    files: list[Path],
) -> dict[str, Any]:
    """Return the manifest as a tree for JSON; `files` are the release's other files, all in one folder."""
    used = sorted((r for r in readers() if tally.kinds[r.kind]), key=lambda r: r.kind)
    return {
        "format": FORMAT,
        "cellkg": software_version(),
        "base_iri": base_iri,
        "inputs": sorted(inputs, key=lambda i: (i["name"], i["sha256"])),
        "revoked_links": {"pairs": len(revoked.pairs), "sha256": revoked.sha256},
        "readers": {r.kind: {"version": r.version, "documents": tally.kinds[r.kind]} for r in used},
        "records": msgspec.to_builtins(counts),
        "unknown_paths": dict(sorted(tally.unknown.items())),
        "unread_values": dict(sorted(tally.unread.items())),
        "quads": {"total": tally.quads, "inferred": tally.inferred},
        "parts": [msgspec.to_builtins(part) for part in parts],
        "files": [{"name": f.name, "bytes": f.stat().st_size, "sha256": sha256_of(f)} for f in sorted(files)],
    }


def software_version() -> str:
    """Return the version of the installed package."""
    return version("cellkg")


def describe_inputs(paths: Sequence[str | Path]) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of each input.

    Of a folder: the number of files that are read, their size, and the SHA-256 of the lines
    `<sha256>  <relative name>` in the order of the names.
    """
    return [_describe(Path(path), label) for path, label in zip(paths, labels(paths), strict=True)]


def _describe(path: Path, label: str) -> dict[str, Any]:
    if not path.is_dir():
        return {"name": label, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
    digest, size, count = hashlib.sha256(), 0, 0
    for name in input_names(path):
        digest.update(os.fsencode(f"{sha256_of(path / name)}  {name}\n"))
        size += (path / name).stat().st_size
        count += 1
    return {"name": label, "files": count, "bytes": size, "sha256": digest.hexdigest()}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
