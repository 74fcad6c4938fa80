"""The steps of a build in its working folder: map every record, name older versions, write the files."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import msgspec

from kg import ontology
from kg.building.assemble import Spools, Tally, write_identity, write_parts
from kg.building.estimate import Estimate
from kg.building.index import Index
from kg.building.manifest import Counts, manifest, software_version
from kg.building.pipeline import Pipeline, Settings
from kg.building.pool import Chunk, Done, Pool, Task, Worker, chunks
from kg.building.swap import MANIFEST, WorkFolder
from kg.errors import UnreadableInputError
from kg.identity import IdentityLinker, Revocations
from kg.iri import Minter, term
from kg.provenance import Part, Totals, release_description
from kg.record import RawDocument, Reject
from kg.sources import read, readers
from kg.sources.intake import Intake

Progress = Callable[[int, int | None], None]
"""Told of the records of a step that are done and of how many there are, which may be an estimate, or None."""

Step = Callable[[str], None]
"""Told the name of a step as it begins."""

_SHOWN: Final = 5


class Build:
    """One build; the steps are called in the order in which they stand here."""

    def __init__(
        self,
        folder: WorkFolder,
        inputs: Sequence[str | Path],
        minter: Minter,
        *,
        jobs: int,
        strict: bool,
        kind: str | None,
        revoked: Revocations,
        size: int,
        progress: Progress,
        step: Step,
        warn: Callable[[str], None],
    ) -> None:
        """Start the workers and an empty index in the working folder; the inputs have `size` bytes."""
        self._inputs, self._minter, self._strict, self._kind = inputs, minter, strict, kind
        self._revoked = revoked
        self._size, self._progress, self._step, self._warn = size, progress, step, warn
        self._release = folder.folder
        self._scratch = folder.folder / "scratch"
        self._spools = self._scratch / "spools"
        self._spools.mkdir(parents=True)
        self.counts = Counts()
        self.tally = Tally()
        self.first_rejects: list[Reject] = []
        with ExitStack() as stack:
            settings = Settings(minter.base)
            # Loaded before the workers fork, so that they share it.
            pipeline = Pipeline(settings)
            self._pool: Pool | None = None
            self._worker: Worker | None = None
            if jobs > 1:
                self._pool = Pool(settings, pipeline, self._spools, jobs, (folder.lock,), warn)
                stack.callback(self._pool.close)
            else:
                self._worker = Worker(pipeline, self._spools, 0)
                stack.callback(self._worker.close)
            self._index = stack.enter_context(Index(self._scratch / "index.sqlite"))
            self._stack = stack.pop_all()

    def __enter__(self) -> "Build":
        """Return the build."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers and close the index."""
        self._stack.close()

    def map_records(self) -> None:
        """Take every record of the inputs through, into the spools and the index."""
        self._step("mapping records")
        intake = Intake()
        estimate = Estimate(intake, self._size)
        for done in self._run(self._tasks(intake)):
            for entry in done.entries:
                if self._index.add(entry):
                    self.counts.mapped += 1
                else:
                    self.counts.duplicates += 1
            for reject in done.rejects:
                self._reject(reject)
            self._progress(self.counts.done, estimate.total(self.counts.done, self.counts.read))
        if not self.counts.mapped:
            raise UnreadableInputError(self._nothing())
        self._progress(self.counts.done, self.counts.read)

    def name_versions(self) -> None:
        """Map the documents again that are not the newest of their number, under the version's IRI."""
        self._step("naming older versions")
        older = self._index.name_versions()
        self.counts.older_versions = older
        if not older:
            return
        self._index.index_positions()
        again = 0
        for done in self._run(self._older()):
            for entry in done.entries:
                again += self._index.replace(entry)
            for reject in done.rejects:
                again += self._index.remove(reject.position)
                self.counts.mapped -= 1
                self.counts.older_versions -= 1
                self._reject(reject)
            self._progress(again, older)
        if again != older:
            raise UnreadableInputError("The inputs changed while they were read; build again when they are at rest.")

    def write(self) -> list[Part]:
        """Write the data files and `rejects.jsonl`, and return what there is to say of the data files."""
        self._step("writing the files")
        (self._release / "data").mkdir()
        with (
            Spools(self._spools) as spools,
            IdentityLinker(self._scratch / "identity.sqlite", self._revoked.pairs) as identity,
        ):
            parts = list(write_parts(self._release, spools, self._index, identity, self.tally))
            links = write_identity(self._release, identity, self._minter, self.tally, self._index)
            refusals = (msgspec.to_builtins(refusal) for refusal in identity.refusals())
            refused = _write_lines(self._release / "refused-links.jsonl", refusals)
        if links is not None:
            parts.append(links)
        if refused:
            self._warn(f"{refused} links between documents were refused (see refused-links.jsonl).")
        _write_lines(self._release / "rejects.jsonl", map(_reject_line, self._index.rejects()))
        for cls, count in self._index.instances():
            self.tally.classes[cls] += count
        return parts

    def describe(self, inputs: list[dict[str, Any]], parts: list[Part]) -> None:
        """Write `ontology.ttl`, `void.ttl` and, last of all, the manifest; remove the scratch files."""
        conditions = self._index.members(term("Condition"))
        self._stack.close()
        shutil.rmtree(self._scratch)
        ontology.build(self._release / "ontology.ttl", conditions)
        licences = {r.licence for r in readers() if r.licence and self.tally.kinds[r.kind]}
        totals = Totals(
            quads=self.tally.quads,
            trials=self.tally.trials,
            properties=self.tally.properties,
            classes=self.tally.classes,
        )
        text = release_description(
            self._minter.base, software_version(), self.tally.newest or None, totals, parts, sorted(licences)
        )
        (self._release / "void.ttl").write_bytes(text.encode("utf-8"))
        files = [self._release / name for name in ("ontology.ttl", "refused-links.jsonl", "rejects.jsonl", "void.ttl")]
        tree = manifest(inputs, self._revoked, self._minter.base, self.counts, self.tally, parts, files)
        text = msgspec.json.format(msgspec.json.encode(tree), indent=1).decode("utf-8")
        (self._release / MANIFEST).write_bytes(f"{text}\n".encode())

    def _run(self, tasks: Iterable[Task]) -> Iterator[Done]:
        return self._pool.run(chunks(tasks)) if self._pool else map(self._do, chunks(tasks))

    def _do(self, chunk: Chunk) -> Done:
        if self._worker is None:
            raise AssertionError("a build has either workers or a worker")
        return self._worker.do(chunk)

    def _tasks(self, intake: Intake) -> Iterator[Task]:
        for item in read(self._inputs, self._kind, intake=intake):
            self.counts.read += 1
            if isinstance(item, RawDocument):
                yield Task(item)
            else:
                self._reject(item)

    def _older(self) -> Iterator[Task]:
        for item in read(self._inputs, self._kind):
            version = self._index.version_at(item.position) if isinstance(item, RawDocument) else None
            if version is not None and isinstance(item, RawDocument):
                yield Task(item, version)

    def _reject(self, reject: Reject) -> None:
        if self._strict:
            raise UnreadableInputError(f"{reject} The build stopped at it (--strict).")
        self.counts.rejected += 1
        if len(self.first_rejects) < _SHOWN:
            self.first_rejects.append(reject)
        self._index.add_reject(reject)

    def _nothing(self) -> str:
        if not self.counts.read:
            return "The inputs hold no record; nothing was built."
        shown = " ".join(map(str, self.first_rejects))
        more = self.counts.rejected - len(self.first_rejects)
        return f"No record could be read; nothing was built. {shown}" + (f" ... and {more:,} more." if more else "")


def _reject_line(reject: Reject) -> dict[str, Any]:
    line = {
        "file": reject.position.path,
        "member": reject.position.member,
        "line": reject.position.line,
        "path": reject.path,
        "reason": reject.reason,
        "kind": reject.kind,
    }
    return {key: value for key, value in line.items() if value is not None}


def _write_lines(path: Path, lines: Iterable[Any]) -> int:
    """Write JSON lines and return how many."""
    count = 0
    with open(path, "wb") as stream:
        for line in lines:
            stream.write(msgspec.json.encode(line) + b"\n")
            count += 1
    return count
