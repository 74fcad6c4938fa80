"""The directory of a zip archive, read as a stream: a registry's bulk archive has half a million members.

`zipfile` holds an object for each member, some 600 bytes; here only a name at a time is in
memory. Layout: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3 (zip64). Stored and deflated
members are read, which is what registries send.
"""

import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from isal import isal_zlib

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8


class ZipError(Exception):
    """An archive that cannot be read; the text is the reason for the user."""


@dataclass(frozen=True)
class Member:
    """An entry of the directory."""

    name: str
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    mode: int
    """Unix mode, 0 where the archive has none."""
    begin: int
    """Where its local header stands in the file."""

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder."""
        return self.name.endswith("/")

    @property
    def is_encrypted(self) -> bool:
        """Whether its bytes are encrypted."""
        return bool(self.flags & 0x1)


def count_members(path: Path) -> int:
    """Return how many members an archive says that it has; raises ZipError when it has no directory."""
    with open(path, "rb") as stream:
        return _find(stream)[2]


def members(path: Path) -> Iterator[Member]:
    """Yield the members of an archive in the order of its directory; raises ZipError where it is damaged."""
    with open(path, "rb") as stream:
        begin, shift, count = _find(stream)
        stream.seek(begin)
        for _ in range(count):
            fields = stream.read(_ENTRY.size)
            if len(fields) < _ENTRY.size or fields[:4] != b"PK\x01\x02":
                raise ZipError("its directory is damaged")
            (
                _,
                _,
                _,
                flags,
                method,
                _,
                _,
                crc,
                compressed,
                size,
                name_size,
                extra_size,
                comment_size,
                _,
                _,
                mode,
                at,
            ) = _ENTRY.unpack(fields)
            name = stream.read(name_size)
            extra = stream.read(extra_size)
            stream.seek(comment_size, os.SEEK_CUR)
            size, compressed, at = _widened(extra, size, compressed, at)
            text = name.decode("utf-8" if flags & 0x800 else "cp437", "surrogateescape")
            yield Member(text, flags, method, crc, compressed, size, mode >> 16, at + shift)


def open_member(archive: io.FileIO, member: Member) -> io.RawIOBase:
    """Return a member's decompressed bytes as a stream, with which the archive is closed.

    Raises ZipError for a method that is not read.
    """
    stream = io.BufferedReader(archive)
    if member.method not in (_STORED, _DEFLATED):
        stream.close()
        raise ZipError(f"it is compressed by method {member.method}; pack the archive anew with deflate")
    stream.seek(member.begin)
    fields = stream.read(_LOCAL.size)
    if len(fields) < _LOCAL.size or fields[:4] != b"PK\x03\x04":
        stream.close()
        raise ZipError("it is not where the directory says; fetch or copy the archive again")
    *_, name_size, extra_size = _LOCAL.unpack(fields)
    stream.seek(name_size + extra_size, os.SEEK_CUR)
    return _MemberStream(stream, member)


class _MemberStream(io.RawIOBase):
    """The bytes of a member, whose checksum and size are checked at the end."""

    def __init__(self, stream: IO[bytes], member: Member) -> None:
        super().__init__()
        self._stream, self._member = stream, member
        self._left = member.compressed
        self._inflate = isal_zlib.decompressobj(-15) if member.method == _DEFLATED else None
        self._crc, self._count, self._pending = 0, 0, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into the buffer; raises ZipError, EOFError or isal's error where the data is damaged."""
        data = b""
        while not data and len(buffer) and not self._is_done():
            data = self._some(len(buffer))
        self._crc = isal_zlib.crc32(data, self._crc)
        self._count += len(data)
        if not data and len(buffer) and (self._count, self._crc) != (self._member.size, self._member.crc):
            raise ZipError("its checksum is wrong; fetch or copy the archive again")
        buffer[: len(data)] = data
        return len(data)

    def _is_done(self) -> bool:
        if self._inflate is not None:
            return bool(self._inflate.eof)
        return not self._pending and not self._left

    def _some(self, size: int) -> bytes:
        """Return some bytes; empty when more input is needed to make any."""
        if not self._pending and self._left:
            self._pending = self._stream.read(min(self._left, 1 << 16))
            if not self._pending:
                raise EOFError
            self._left -= len(self._pending)
        if self._inflate is None:
            data, self._pending = self._pending[:size], self._pending[size:]
            return data
        starved = not self._pending
        made: bytes = self._inflate.decompress(self._pending, size)
        self._pending = self._inflate.unconsumed_tail
        if starved and not made and not self._inflate.eof:
            raise EOFError
        return made

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def _find(stream: IO[bytes]) -> tuple[int, int, int]:
    """Return where the directory begins, by how much offsets are off, and the number of entries."""
    length = stream.seek(0, os.SEEK_END)
    tail_at = max(0, length - _END.size - 65535)
    stream.seek(tail_at)
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise ZipError("it has no directory at its end")
    _, _, _, _, count, size, offset, _ = _END.unpack_from(tail, at)
    end = tail_at + at
    if count == 0xFFFF or size == 0xFFFFFFFF or offset == 0xFFFFFFFF:
        count, size, offset, end = _find64(stream, end, (count, size, offset))
    begin = end - size
    if begin < 0 or offset > begin:
        raise ZipError("its directory is damaged")
    return begin, begin - offset, count


def _find64(stream: IO[bytes], end: int, narrow: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return count, size and offset of a zip64 directory, and where it ends; the narrow ones where there is none."""
    stream.seek(max(0, end - _LOCATOR.size))
    locator = stream.read(_LOCATOR.size)
    if locator[:4] != b"PK\x06\x07":
        return *narrow, end
    stream.seek(_LOCATOR.unpack(locator)[2])
    fields = stream.read(_END64.size)
    if len(fields) < _END64.size or fields[:4] != b"PK\x06\x06":
        raise ZipError("its zip64 directory is damaged")
    *_, count, size, offset = _END64.unpack(fields)
    return count, size, offset, end - _LOCATOR.size - _END64.size


def _widened(extra: bytes, size: int, compressed: int, at: int) -> tuple[int, int, int]:
    """Return size, compressed size and offset, taken from the zip64 field where the entry has no room for them."""
    values = [size, compressed, at]
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == 1:
            inside = place + 4
            for n, value in enumerate(values):
                if value == 0xFFFFFFFF and inside + 8 <= min(place + 4 + length, len(extra)):
                    (values[n],) = struct.unpack_from("<Q", extra, inside)
                    inside += 8
        place += 4 + length
    return values[0], values[1], values[2]
