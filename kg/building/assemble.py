"""From spools to the data files of a release: parts in key order, links between documents, counts."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Final

import msgspec

from kg.building.counting import count_statements
from kg.building.index import Entry, Index
from kg.building.pipeline import PARTS, Ledger, compress
from kg.building.pool import spool_path
from kg.identity import IdentityLinker
from kg.iri import Minter
from kg.provenance import Part

_INDEX: Final = re.compile(r"\[\d+\]")
_BLOCK: Final = 4 * 1024 * 1024


def without_indices(path: str) -> str:
    """Return a path without the places in its lists: `interventions[3].name` becomes `interventions[].name`."""
    return _INDEX.sub("[]", path)


class Tally:
    """What is counted over the documents of a release."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.quads = 0
        self.inferred = 0
        self.properties: Counter[str] = Counter()
        self.classes: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.trials = 0
        self.newest = ""

    def add(self, ledger: Ledger) -> None:
        """Count a document."""
        self.quads += ledger.quads
        self.inferred += ledger.inferred
        self.properties.update(ledger.properties)
        self.classes.update(ledger.classes)
        self.unknown.update(map(without_indices, ledger.unknown))
        self.unread.update(map(without_indices, ledger.unread))
        self.kinds[ledger.kind] += 1
        self.trials += ledger.card.describes_trial


class Spools:
    """The spool files of a build, opened for reading as they are needed."""

    def __init__(self, folder: Path) -> None:
        """Read the spools in a folder."""
        self._folder = folder
        self._open: dict[int, IO[bytes]] = {}

    def __enter__(self) -> "Spools":
        """Return the spools."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files."""
        for stream in self._open.values():
            stream.close()

    def read(self, entry: Entry) -> tuple[bytes, bytes]:
        """Return the compressed statements and the ledger of a document."""
        stream = self._open.get(entry.spool)
        if stream is None:
            stream = self._open[entry.spool] = open(spool_path(self._folder, entry.spool), "rb")  # noqa: SIM115
        stream.seek(entry.begin)
        data = stream.read(entry.size + entry.ledger)
        return data[: entry.size], data[entry.size :]


class DataFile:
    """A data file that is written, hashed and counted at once."""

    def __init__(self, release: Path, name: str) -> None:
        """Write to `name` in the folder `release`."""
        self._name = name
        self._stream = open(release / name, "wb")  # noqa: SIM115 - closed in `close`
        self._hash = hashlib.sha256()
        self._bytes = 0
        self.documents = 0
        self.quads = 0

    def write(self, member: bytes) -> None:
        """Append a gzip member."""
        self._stream.write(member)
        self._hash.update(member)
        self._bytes += len(member)

    def close(self) -> Part:
        """Close the file and return what there is to say of it."""
        self._stream.close()
        return Part(self._name, self._bytes, self._hash.hexdigest(), self.documents, self.quads)


def write_parts(release: Path, spools: Spools, index: Index, identity: IdentityLinker, tally: Tally) -> Iterator[Part]:
    """Write `data/part-*.nq.gz`, feeding the links and the counts on the way; yield each file that is not empty."""
    decoder = msgspec.msgpack.Decoder(Ledger)
    for number in range(PARTS):
        file: DataFile | None = None
        for entry in index.part(number):
            file = file or DataFile(release, f"data/part-{number:02d}.nq.gz")
            member, encoded = spools.read(entry)
            ledger = decoder.decode(encoded)
            file.write(member)
            file.documents += 1
            file.quads += ledger.quads
            tally.add(ledger)
            tally.newest = max(tally.newest, entry.version_date)
            identity.add(ledger.card)
            for cls, node in ledger.instances:
                index.add_instance(cls, node)
        if file is not None:
            yield file.close()


def write_identity(release: Path, identity: IdentityLinker, minter: Minter, tally: Tally, index: Index) -> Part | None:
    """Write `data/identity.nq.gz`, the links between documents; return None when there are none."""
    file: DataFile | None = None
    for block in _blocks(identity.statements(minter)):
        file = file or DataFile(release, "data/identity.nq.gz")
        data = block.encode("utf-8")
        counted = count_statements(data, minter.identity_graph)
        quads = counted.properties.total()
        tally.properties.update(counted.properties)
        tally.classes.update(counted.classes)
        tally.quads += quads
        file.quads += quads
        for cls, node in counted.instances:
            index.add_instance(cls, node)
        file.write(compress(data))
    return file.close() if file else None


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    """Join lines into texts of about 4 MB."""
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
