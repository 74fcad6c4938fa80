"""Limits on what a container may expand to, and the stream that enforces them."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Limits:
    """Bounds on what a container may expand to; above them it is refused."""

    file_bytes: int = 64 * 1024**3
    """Decompressed bytes of one file or archive member."""
    ratio: int = 250
    """Decompressed over compressed bytes, of a file and of a whole archive; text compresses 5 to 40 times."""
    ratio_from: int = 8 * 1024**2
    """Decompressed bytes from which the ratio counts."""
    members: int = 2_000_000
    """Members of one archive."""


class LimitError(Exception):
    """A stream went over a limit; the text is the reason for the user."""


class Meter:
    """Counts decompressed bytes against compressed ones; an archive and its members share one or have their own."""

    def __init__(self, what: str, limits: Limits, compressed: Callable[[], int]) -> None:
        """Take the noun for messages, the limits, and how many compressed bytes the output stands for so far."""
        self._what, self._limits, self._compressed = what, limits, compressed
        self._count = 0

    def add(self, count: int) -> None:
        """Count `count` more decompressed bytes; raises LimitError above the ratio."""
        self._count += count
        limits = self._limits
        if self._count > limits.ratio_from and self._count > limits.ratio * max(1, self._compressed()):
            raise LimitError(
                f"{self._what} expands more than {limits.ratio} times, as one made to exhaust memory would; "
                "if it is genuine, decompress it yourself and give the plain files."
            )


class GuardedStream(io.RawIOBase):
    """A read-only stream that counts what it delivers and raises `LimitError` above a limit."""

    def __init__(self, source: io.RawIOBase | IO[bytes], limits: Limits, meters: tuple[Meter, ...] = ()) -> None:
        """Guard `source`, which is closed with this stream."""
        super().__init__()
        self._source, self._limits, self._meters = source, limits, meters
        self._count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into the buffer and return how many bytes; raises LimitError above a limit."""
        data = self._source.read(len(buffer)) or b""
        self._count += len(data)
        if self._count > self._limits.file_bytes:
            raise LimitError(f"The file expands to more than {self._limits.file_bytes:,} bytes, the limit for one.")
        for meter in self._meters:
            meter.add(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close this stream and its source."""
        if not self.closed:
            self._source.close()
        super().close()


def guarded(source: io.RawIOBase | IO[bytes], limits: Limits, *meters: Meter) -> io.BufferedReader:
    """Return a buffered stream over `source` that raises `LimitError` above a limit."""
    return io.BufferedReader(GuardedStream(source, limits, meters), 1 << 18)
