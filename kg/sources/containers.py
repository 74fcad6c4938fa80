"""Containers: folders, `.gz` and `.zip`, streamed and never extracted, under limits.

A container turns into *files*: a name, a position and a stream of decompressed bytes.
What cannot be opened, or is refused for safety, turns into a `Reject`; nothing is dropped
in silence but hidden files (a leading dot) and the sidecars that `cellkg fetch` writes.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import msgspec
from isal import igzip, igzip_lib

from kg.errors import UnreadableInputError
from kg.record import Position, Reject
from kg.sources.limits import LimitError, Limits, Meter, guarded
from kg.sources.reader import Bundle

SIDECAR = ".fetch.json"
"""`page.html` has its sidecar in `page.html.fetch.json`: an object with `url`, `fetched` (ISO 8601), `sha256`."""

STREAM_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    zlib.error,
    cast("type[Exception]", igzip_lib.IsalError),
    zipfile.BadZipFile,
    LimitError,
    NotImplementedError,
)
"""What reading a damaged or refused stream may raise."""

_BUNDLE_NAMES = 1000


class Sidecar(msgspec.Struct, frozen=True):
    """What `cellkg fetch` noted beside a file."""

    url: str | None = None
    fetched: str | None = None


@dataclass(frozen=True)
class File:
    """A file to read: `open` returns a stream of its decompressed bytes under the limits."""

    name: str
    """Name without folders and without `.gz`."""
    position: Position
    open: Callable[[], io.BufferedReader]
    sidecar: Sidecar = field(default_factory=Sidecar)


BundleTest = Callable[[tuple[str, ...]], bool]
"""Whether these (at most 1,000) names are files that only make sense together."""


def files(
    path: Path, label: str, is_bundle: BundleTest = lambda names: False, limits: Limits | None = None
) -> Iterator[File | Bundle | Reject]:
    """Yield what an input holds: its files in order of their names (of an archive: in archive order).

    `label` stands for the path in positions. Raises UnreadableInputError when the path does
    not exist or may not be read.
    """
    limits = limits or Limits()
    if not os.access(path, os.R_OK):
        reason = "may not be read; check its permissions" if path.exists() else "does not exist"
        raise UnreadableInputError(f"The input {path} {reason}.")
    if path.is_dir():
        yield from _folder(path, label, is_bundle, limits)
    else:
        yield from _file(path, label, is_bundle, limits)


def input_names(folder: Path) -> Iterator[str]:
    """Yield the relative names of the files that are read from a folder, in the order in which they are."""
    return (name for name, refusal in _walk(folder, folder) if refusal is None)


def describe(error: BaseException) -> str:
    """Return a sentence for the user about an error of `STREAM_ERRORS`."""
    if isinstance(error, LimitError):
        return str(error)
    if isinstance(error, EOFError):
        return "The compressed data ends too early: the file is truncated; fetch or copy it again."
    if isinstance(error, OSError) and error.strerror:
        return f"The file cannot be read: {error.strerror}."
    return (
        f"The compressed data is damaged ({error}), so that what was read of this file is not to be trusted; "
        "fetch or copy it again."
    )


@dataclass(frozen=True)
class _Folder:
    """A folder whose files belong together."""

    position: Position
    names: tuple[str, ...]
    root: Path
    limits: Limits

    def open(self, name: str) -> io.BufferedReader:
        if name not in self.names:
            raise KeyError(name)
        return _open(self.root / name, self.limits)


@dataclass(frozen=True)
class _Archive:
    """An archive whose files belong together."""

    position: Position
    names: tuple[str, ...]
    open: Callable[[str], io.BufferedReader]


def _folder(root: Path, label: str, is_bundle: BundleTest, limits: Limits) -> Iterator[File | Bundle | Reject]:
    names = tuple(_walk(root, root))
    readable = tuple(name for name, refusal in names if refusal is None)
    if is_bundle(readable[:_BUNDLE_NAMES]):
        yield from (Reject(Position(f"{label}/{name}"), refusal) for name, refusal in names if refusal)
        yield _Folder(Position(label), readable, root, limits)
        return
    for name, refusal in names:
        position = Position(f"{label}/{name}")
        if refusal is not None:
            yield Reject(position, refusal)
            continue
        try:
            yield from _file(root / name, position.path, is_bundle, limits)
        except OSError as error:
            yield Reject(position, describe(error))


def _walk(root: Path, folder: Path) -> Iterator[tuple[str, str | None]]:
    """Yield (relative name, reason to refuse or None) of the files below a folder, sorted; links never lead out."""
    for entry in sorted(os.scandir(folder), key=lambda e: os.fsencode(e.name)):
        path = Path(entry.path)
        name = path.relative_to(root).as_posix()
        if entry.name.startswith(".") or entry.name.endswith(SIDECAR):
            continue
        if not _is_text(name):
            yield ascii(name), "The file's name is not valid UTF-8; rename it."
        elif entry.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            yield name, "The symbolic link leads out of the folder and is not followed; give its target as an input."
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path)
        elif entry.is_symlink() and path.is_dir():
            continue  # inside the folder: its files are read at their own place
        elif entry.is_file():
            yield name, None
        else:
            yield name, "It is not a regular file (a broken link, a device, a socket) and is not read."


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _file(path: Path, label: str, is_bundle: BundleTest, limits: Limits) -> Iterator[File | Bundle | Reject]:
    with open(path, "rb") as stream:
        magic = stream.read(4)
    if magic[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        yield from _archive(path, label, is_bundle, limits)
        return
    name = path.name.removesuffix(".gz") if magic[:2] == b"\x1f\x8b" else path.name
    yield File(name, Position(label), lambda: _open(path, limits), _sidecar(path))


def _open(path: Path, limits: Limits) -> io.BufferedReader:
    """Open a plain or gzip file as a stream of decompressed bytes under the limits."""
    raw = open(path, "rb")  # noqa: SIM115 - closed with the stream that is returned
    if raw.peek(2)[:2] == b"\x1f\x8b":
        return guarded(_Gunzipped(raw), limits, Meter("The file", limits, raw.tell))
    return guarded(raw, limits)


class _Gunzipped(io.RawIOBase):
    """A gzip reader that closes the file below it."""

    def __init__(self, below: IO[bytes]) -> None:
        super().__init__()
        self._below = below
        self._gzip = cast("IO[bytes]", igzip.IGzipFile(None, "rb", 9, below))  # type: ignore[no-untyped-call]

    def read(self, size: int = -1) -> bytes:
        return self._gzip.read(size)

    def close(self) -> None:
        if not self.closed:
            self._gzip.close()
            self._below.close()
        super().close()


def _sidecar(path: Path) -> Sidecar:
    """Return what was noted when the file was fetched; empty without a sidecar or with an unreadable one."""
    try:
        return msgspec.json.decode(path.with_name(path.name + SIDECAR).read_bytes(), type=Sidecar)
    except (OSError, ValueError):
        return Sidecar()


def _archive(path: Path, label: str, is_bundle: BundleTest, limits: Limits) -> Iterator[File | Bundle | Reject]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError) as error:
        yield Reject(Position(label), f"The zip archive is damaged or truncated ({error}); fetch or copy it again.")
        return
    with archive:
        members = archive.infolist()
        if len(members) > limits.members:
            yield Reject(Position(label), f"The archive has more than {limits.members:,} members, the limit for one.")
            return
        meter = Meter("The archive", limits, lambda: path.stat().st_size)
        good, rejects = _members(members, label)
        yield from rejects
        names = tuple(sorted(good))
        if is_bundle(names[:_BUNDLE_NAMES]):
            yield _Archive(Position(label), names, lambda name: _open_member(archive, good[name], limits, meter))
            return
        for name, member in good.items():
            opener = _opener(archive, member, limits, meter)
            yield File(name.rsplit("/", 1)[-1].removesuffix(".gz"), Position(label, name), opener)


def _members(members: Sequence[zipfile.ZipInfo], label: str) -> tuple[dict[str, zipfile.ZipInfo], list[Reject]]:
    """Return the members to read by name, in archive order, and a reject for each that is refused."""
    good: dict[str, zipfile.ZipInfo] = {}
    rejects = []
    for member in members:
        name = member.filename
        base = name.rsplit("/", 1)[-1]
        if member.is_dir() or base.startswith(".") or base.endswith(SIDECAR) or name.startswith("__MACOSX/"):
            continue
        refusal = "The archive has another member of this name, which was read." if name in good else _refusal(member)
        if refusal:
            rejects.append(Reject(Position(label, name), refusal))
        else:
            good[name] = member
    return good, rejects


def _refusal(member: zipfile.ZipInfo) -> str | None:
    """Return why a member is not read, or None."""
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:3] == ":/" or "\x00" in name:
        return "The member's name leads out of the archive; such an archive is not to be trusted."
    if not _is_text(name):
        return "The member's name is not valid UTF-8."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "The member is a symbolic link and is not followed."
    if member.flag_bits & 0x1:
        return "The member is encrypted; decrypt the archive first."
    if name.endswith(".zip"):
        return "An archive inside an archive is not read; take it out first."
    return None


def _opener(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits, meter: Meter
) -> Callable[[], io.BufferedReader]:
    return lambda: _open_member(archive, member, limits, meter)


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits, meter: Meter) -> io.BufferedReader:
    own = Meter("The member", limits, lambda: member.compress_size)
    stream = archive.open(member)
    if member.filename.endswith(".gz"):
        return guarded(_Gunzipped(stream), limits, meter, own)
    return guarded(stream, limits, meter, own)
