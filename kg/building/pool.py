"""Worker processes: chunks of records go out, entries and rejects come back.

A worker writes statements into its own spool file and sends only where they lie. One that
dies (killed for its memory, a crash in native code) is reported and replaced, and its chunk
is done again; if that kills its worker too, the records of the chunk are tried one by one,
and the one whose worker dies again is set aside.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kg.building.index import Entry
from kg.building.pipeline import Pipeline, Settings
from kg.errors import CellkgError
from kg.record import RawDocument, Reject

CHUNK_BYTES: Final = 512 * 1024
CHUNK_RECORDS: Final = 64
_READY: Final = b"ready"
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_MMAP_BYTES: Final = 1024 * 1024
_TRIM_BYTES: Final = 4 * 1024 * 1024


class Task(Struct, frozen=True, array_like=True):
    """A record to do, and the version that its trial's IRI carries, if any."""

    raw: RawDocument
    version: str | None = None


class Chunk(Struct, frozen=True, array_like=True):
    """Tasks that go to a worker together."""

    tasks: tuple[Task, ...]
    attempt: int = 1


class Done(Struct, array_like=True, tag=True):
    """What came of a chunk."""

    entries: list[Entry]
    rejects: list[Reject]


class _Failure(Struct, array_like=True, tag=True):
    """An operating-system error in a worker, such as a full disk: the build stops."""

    errno: int
    text: str


def chunks(tasks: Iterable[Task]) -> Iterator[Chunk]:
    """Cut tasks into chunks of about equal work."""
    held: list[Task] = []
    size = 0
    for task in tasks:
        held.append(task)
        size += len(task.raw.data)
        if size >= CHUNK_BYTES or len(held) >= CHUNK_RECORDS:
            yield Chunk(tuple(held))
            held, size = [], 0
    if held:
        yield Chunk(tuple(held))


class Worker:
    """Does chunks: used by the processes, and by the build itself when there is only one."""

    def __init__(self, pipeline: Pipeline, spools: Path, number: int) -> None:
        """Append to spool `number` in the folder `spools`."""
        self._pipeline, self._number = pipeline, number
        self._spool = open(spool_path(spools, number), "ab", buffering=0)  # noqa: SIM115 - closed in `close`

    def do(self, chunk: Chunk) -> Done:
        """Take the records of a chunk through; raises OSError when the spool cannot be written."""
        done = Done([], [])
        pieces: list[bytes] = []
        begin = self._spool.seek(0, os.SEEK_END)
        for task in chunk.tasks:
            made = self._pipeline.process(task.raw, task.version)
            if isinstance(made, Reject):
                done.rejects.append(made)
                continue
            done.entries.append(
                Entry(
                    key=made.key,
                    sha256=made.sha256,
                    version_date=made.version_date,
                    preference=made.preference,
                    position=task.raw.position,
                    part=made.part,
                    spool=self._number,
                    begin=begin,
                    size=len(made.member),
                    ledger=len(made.ledger),
                    version=task.version or "",
                )
            )
            pieces += (made.member, made.ledger)
            begin += len(made.member) + len(made.ledger)
        self._write(b"".join(pieces))
        return done

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._spool.write(rest) :]

    def close(self) -> None:
        """Close the spool."""
        self._spool.close()


def spool_path(spools: Path, number: int) -> Path:
    """Return the file of a spool."""
    return spools / f"{number:04d}.spool"


class _Process:
    """A running worker process and its end of the pipe."""

    def __init__(self, pool: "Pool", number: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        self.connection: Connection = ours
        self.chunk: Chunk | None = None
        self.is_ready = False
        inherited = [*pool.inherited, *(p.connection.fileno() for p in pool.processes), ours.fileno()]
        if pool.pipeline is None:
            inherited = []
        given = (theirs, inherited, pool.settings, pool.pipeline, pool.spools, number)
        self.process = pool.context.Process(target=_serve, args=given, daemon=True)
        # A signal while a process forks is lost: handlers that run then swallow it. It waits until after.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        theirs.close()

    def send(self, chunk: Chunk) -> None:
        """Send a chunk; a worker that is dead already is noticed by the next `wait`."""
        self.chunk = chunk
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(msgspec.msgpack.encode(chunk))

    def end(self) -> str:
        """Wait for the end of the process and return how it ended, in words."""
        self.connection.close()
        self.process.join()
        code = self.process.exitcode or 0
        if code == -signal.SIGKILL:
            return "was killed (signal 9), as the system does when memory runs out"
        return f"died of signal {-code}" if code < 0 else f"ended with code {code}"


class Pool:
    """Worker processes for one build."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        spools: Path,
        jobs: int,
        inherited: tuple[int, ...],
        report: Callable[[str], None],
    ) -> None:
        """Start `jobs` workers, which share `pipeline` where processes can fork.

        `inherited` are descriptors that they must not keep, `report` is told of deaths.
        """
        self.settings, self.spools, self.inherited, self._report = settings, spools, inherited, report
        forks = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
        self.context: ForkContext | SpawnContext = ForkContext() if forks else SpawnContext()
        self.pipeline = pipeline if forks else None
        self.processes: list[_Process] = []
        self._started = 0
        for _ in range(jobs):
            self._start()

    def _start(self) -> _Process:
        self._started += 1
        process = _Process(self, self._started)
        self.processes.append(process)
        return process

    def run(self, work: Iterable[Chunk]) -> Iterator[Done]:
        """Yield what comes of the chunks, in the order in which it comes."""
        source = iter(work)
        again: deque[Chunk] = deque()
        ready = self._next(again, source)
        while ready is not None or any(p.chunk for p in self.processes):
            for process in self.processes:
                if process.chunk is None and ready is not None:
                    process.send(ready)
                    ready = self._next(again, source)
            by_connection = {p.connection: p for p in self.processes if p.chunk}
            for connection in wait(list(by_connection)):
                process = by_connection[connection]  # type: ignore[index]
                done = self._receive(process, again)
                if done is not None:
                    yield done
            if ready is None:
                ready = self._next(again, source)

    @staticmethod
    def _next(again: deque[Chunk], source: Iterator[Chunk]) -> Chunk | None:
        return again.popleft() if again else next(source, None)

    def _receive(self, process: _Process, again: deque[Chunk]) -> Done | None:
        chunk = process.chunk
        if chunk is None:
            raise AssertionError("a worker answered without a chunk")
        try:
            message = process.connection.recv_bytes()
        except (EOFError, ConnectionResetError):
            if not process.is_ready:
                raise CellkgError(
                    f"A worker process {process.end()} before it could begin; build with one process (--jobs 1), and "
                    "in a script call the build below `if __name__ == '__main__':`."
                ) from None
            return self._bury(process, chunk, again)
        if message == _READY:
            process.is_ready = True
            return None
        process.chunk = None
        answer = msgspec.msgpack.decode(message, type=Done | _Failure)
        if isinstance(answer, _Failure):
            raise OSError(answer.errno, answer.text)
        return answer

    def _bury(self, process: _Process, chunk: Chunk, again: deque[Chunk]) -> Done | None:
        """Replace a dead worker and see to its chunk; return the reject of a record that killed twice."""
        self.processes.remove(process)
        how = process.end()
        first, count = chunk.tasks[0].raw.position, len(chunk.tasks)
        where = str(first) if count == 1 else f"{count} records from {first}"
        self._start()
        if chunk.attempt == 1:
            self._report(f"A worker process {how} at {where}; they are done again.")
            again.append(Chunk(chunk.tasks, 2))
        elif count > 1:
            self._report(f"A worker process {how} again at {where}; they are tried one by one.")
            again.extend(Chunk((task,), 3) for task in chunk.tasks)
        else:
            self._report(f"A worker process {how} at {where}; the record is set aside.")
            reason = f"The worker process {how} whenever it worked on this record."
            return Done([], [Reject(first, reason, None, chunk.tasks[0].raw.kind)])
        return None

    def close(self) -> None:
        """End every worker."""
        for process in self.processes:
            process.connection.close()
            process.process.terminate()
        for process in self.processes:
            process.process.join()
        self.processes = []


def _serve(
    connection: Connection,
    inherited: list[int],
    settings: Settings,
    pipeline: Pipeline | None,
    spools: Path,
    number: int,
) -> None:
    """Run a worker process until the parent closes the pipe or ends."""
    for descriptor in inherited:
        with suppress(OSError):
            os.close(descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    _return_freed_memory()
    decoder = msgspec.msgpack.Decoder(Chunk)
    worker = Worker(pipeline or Pipeline(settings), spools, number)
    with suppress(OSError):
        connection.send_bytes(_READY)
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            answer: Done | _Failure = worker.do(decoder.decode(message))
        except OSError as error:
            answer = _Failure(error.errno or 0, error.strerror or str(error))
        try:
            connection.send_bytes(msgspec.msgpack.encode(answer))
        except OSError:
            return


def _return_freed_memory() -> None:
    """Have glibc give freed memory back to the system; elsewhere do nothing.

    By default its thresholds rise after the first large block that is freed (mallopt(3)), up to
    32 MiB: a worker then keeps, beside what the next large record needs, what the last one left.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)
