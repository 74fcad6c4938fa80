"""How much of the inputs has been read, in bytes as they lie on disk."""

import io
import os
from typing import Final

_BLOCK: Final = 1 << 16


class Intake:
    """Bytes of the inputs that have been read; of compressed files the compressed ones."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.read = 0
        """Nearly right inside a file (readers read ahead), and right after each."""

    def open(self, path: str | os.PathLike[str]) -> io.FileIO:
        """Open a file whose bytes are counted as they are read."""
        return _CountedFile(path, self)


class _CountedFile(io.FileIO):
    def __init__(self, path: str | os.PathLike[str], intake: Intake) -> None:
        super().__init__(path)
        self._intake = intake

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read some bytes: few at a time, or the count of a gzip file, read in large blocks, would leap."""
        count = super().readinto(memoryview(buffer)[:_BLOCK]) or 0
        self._intake.read += count
        return count
