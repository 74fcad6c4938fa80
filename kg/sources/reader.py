"""What a reader is: one source format, its name, and how its documents are cut and decoded.

Reading has two stages. *Cutting* (`split`) runs in the parent process and only finds where
a record begins and ends, so that a corpus streams. *Decoding* (`decode`) lifts one record
into the study shape and runs in the workers. Containers (folders, `.gz`, `.zip`) are opened
by `kg.sources.containers`: a reader sees a stream of bytes that is already decompressed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from kg.record import Document, Position, RawDocument, Reject

Split = Callable[[IO[bytes], Position], Iterator[RawDocument | Reject]]
"""Cut a stream into raw documents; the position names the file and member, the splitter adds lines."""

HEAD_BYTES = 65536
"""How many bytes of a file `recognises` is shown."""


class Bundle(Protocol):
    """A folder or archive whose files belong together (AACT's tables)."""

    @property
    def position(self) -> Position:
        """The folder or archive."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Relative names of the files in it, sorted, with `/` between folders."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open a file of it, decompressed, read-only and under the limits; KeyError if there is none."""
        ...


@dataclass(frozen=True)
class Reader:
    """One source format.

    `recognises(name, head)` is given the file's name (lower-case letters as stated, without
    `.gz`) and its first `HEAD_BYTES` bytes, and must be cheap and strict: two readers must
    never recognise the same file. `decode` raises `RecordError` with the path for a record
    that does not fit, and lists what it found and could not place in `unknown_paths`.
    """

    kind: str
    """Name of the format, as `--kind` and the provenance state it: `ctgov-v2`, `ctgov-xml`, `medpath`, ..."""
    version: str
    """Version of the reader; raised when the same bytes give another record."""
    licence: str | None
    """IRI of the licence or terms of use of the source, where known."""
    recognises: Callable[[str, bytes], bool]
    split: Split
    decode: Callable[[RawDocument], Document]
    preference: int = 50
    """Which of two documents of one number and version date keeps the number's IRI: the lowest."""
    recognises_bundle: Callable[[tuple[str, ...]], bool] | None = None
    """Whether the names of a folder or archive belong together and go to `split_bundle` as a whole."""
    split_bundle: Callable[[Bundle], Iterator[RawDocument | Reject]] | None = None
