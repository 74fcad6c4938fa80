"""A release: registry records in, a folder out that people can query, validate and load elsewhere.

`data/part-*.nq.gz` (a gzip member for each document, in the order of keys), `data/identity.nq.gz`
(links between documents), `ontology.ttl`, `void.ttl`, `manifest.json`, `rejects.jsonl` and `store/`
(Oxigraph, disposable). The same inputs give the same bytes of all but the store. The folder is
built beside and swapped in: a crash at any moment leaves the release before.
"""

import errno
import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.building.manifest import Counts, describe_inputs
from kg.building.steps import Build, Progress, Step
from kg.building.swap import MANIFEST, is_release, recover, work_folder
from kg.errors import PartialResultError, UnreadableInputError, UsageError
from kg.identity import Revocations, read_revocations
from kg.iri import Minter
from kg.namespaces import KG
from kg.provenance import Part
from kg.record import Reject
from kg.sources import reader
from kg.sources.containers import is_text
from kg.store import build_store

__all__ = ["BuildReport", "Progress", "Step", "build", "is_release", "recover"]

_LOG: Final = logging.getLogger(__name__)
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class BuildReport:
    """What a build did."""

    out: Path
    counts: Counts
    quads: int
    inferred: int
    parts: tuple[Part, ...]
    unknown_paths: dict[str, int]
    """Paths of the sources that no field takes, with how often they occur."""
    unread_values: dict[str, int]
    """Paths of values that could not be read as their fields ask (no date, an unknown code), with how often; each is
    kept as text in the graph."""
    store_quads: int | None
    """Quads in the store with the ontology's; None without a store."""
    seconds: float
    warnings: tuple[str, ...] = ()
    """Workers that died, links that were refused."""
    first_rejects: tuple[Reject, ...] = ()

    @property
    def documents(self) -> int:
        """Documents in the release."""
        return self.counts.mapped

    @property
    def rejects(self) -> int:
        """Records that were set aside, each with its reason in `rejects.jsonl`."""
        return self.counts.rejected

    def lines(self) -> list[str]:
        """Return the report as lines for people."""
        counts = self.counts
        result = [
            f"{counts.read:,} records read: {counts.mapped:,} mapped, {counts.rejected:,} rejected, "
            f"{counts.duplicates:,} duplicates"
        ]
        if counts.older_versions:
            result.append(f"{counts.older_versions:,} of the mapped are older versions of a registry number")
        result.append(f"{self.quads:,} statements ({self.inferred:,} inferred) in {len(self.parts)} files")
        if self.unknown_paths:
            total = sum(self.unknown_paths.values())
            result.append(f"{total:,} values at {len(self.unknown_paths):,} unknown paths (see {MANIFEST})")
        if self.unread_values:
            total = sum(self.unread_values.values())
            result.append(f"{total:,} values kept as text because they are no date, code or number (see {MANIFEST})")
        result.extend(f"rejected: {reject}" for reject in self.first_rejects)
        if counts.rejected > len(self.first_rejects):
            result.append(f"... and {counts.rejected - len(self.first_rejects):,} more in rejects.jsonl")
        result.extend(self.warnings)
        return result


def build(
    inputs: Sequence[str | Path],
    out: str | Path,
    *,
    jobs: int = 1,
    store: bool = True,
    strict: bool = False,
    base_iri: str = KG,
    kind: str | None = None,
    revoked: str | Path | None = None,
    progress: Progress | None = None,
    step: Step | None = None,
) -> BuildReport:
    """Build a release of the inputs in the folder `out`, replacing the release that is there.

    `jobs` worker processes do the records. With `strict` the first record that does not fit
    stops the build. `kind` names the reader of every input; without it files are recognised.
    `revoked` is a file of trials that stay apart (`kg.identity.read_revocations`).
    `step` is told the name of each step as it begins, `progress` of the records done in it.
    Raises UnreadableInputError when an input does not exist or nothing could be read,
    UsageError for a wrong call, PartialResultError when the disk is full. The release
    before stays whole whatever happens.
    """
    begun = time.monotonic()
    if not inputs:
        raise UsageError("A build needs at least one input: a file, a folder or an archive.")
    if jobs < 1:
        raise UsageError(f"A build needs at least one process, not {jobs}.")
    if kind is not None:
        reader(kind)
    try:
        minter = Minter(base_iri)
    except ValueError as error:
        raise UsageError(str(error)) from None
    apart = read_revocations(Path(revoked), minter) if revoked is not None else Revocations()
    out = Path(out).resolve()
    with _disk_full_explained(out), work_folder(out) as folder:
        step = step or (lambda name: None)
        step("hashing the inputs")
        described = describe_inputs(_existing(inputs))
        warnings: list[str] = []
        with Build(
            folder,
            inputs,
            minter,
            jobs=jobs,
            strict=strict,
            kind=kind,
            revoked=apart,
            size=sum(one["bytes"] for one in described),
            progress=progress or (lambda done, total: None),
            step=step,
            warn=lambda text: _warn(text, warnings),
        ) as steps:
            steps.map_records()
            steps.name_versions()
            parts = steps.write()
            steps.describe(described, parts)
        quads = None
        if store:
            step("loading the store")
            quads = build_store(folder.folder)
        folder.swap_in()
    return BuildReport(
        out=out,
        counts=steps.counts,
        quads=steps.tally.quads,
        inferred=steps.tally.inferred,
        parts=tuple(parts),
        unknown_paths=dict(sorted(steps.tally.unknown.items())),
        unread_values=dict(sorted(steps.tally.unread.items())),
        store_quads=quads,
        seconds=time.monotonic() - begun,
        warnings=tuple(warnings),
        first_rejects=tuple(steps.first_rejects),
    )


def _warn(text: str, warnings: list[str]) -> None:
    _LOG.warning(text)
    warnings.append(text)


def _existing(inputs: Sequence[str | Path]) -> Sequence[str | Path]:
    for path in inputs:
        if not Path(path).exists():
            raise UnreadableInputError(f"The input {path} does not exist.")
        if not (Path(path).is_file() or Path(path).is_dir()):
            raise UnreadableInputError(
                f"The input {path} is neither a file nor a folder (a pipe, a device); write it to a file, "
                "which a build reads more than once."
            )
        if not is_text(str(path)):
            raise UnreadableInputError(f"The input {str(path)!a} has a name that is not valid UTF-8; rename it.")
    return inputs


@contextmanager
def _disk_full_explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise PartialResultError(_full(out, error.strerror)) from error
    except sqlite3.OperationalError as error:
        if "full" not in str(error) and "disk I/O" not in str(error):
            raise
        raise PartialResultError(_full(out, str(error))) from error


def _full(out: Path, reason: str | None) -> str:
    return (
        f"The release {out} cannot be written: {reason}. Nothing that was there has changed, and the unfinished "
        "files are removed; free some space and build again."
    )
