"""Containers: folders, `.gz` and `.zip`, streamed and never extracted, under limits.

A container turns into *files*: a name, a position and a stream of decompressed bytes.
What cannot be opened, or is refused for safety, turns into a `Reject`; nothing is dropped
in silence but hidden files (a leading dot) and the sidecars that `cellkg fetch` writes.
"""

import io
import os
import stat
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, cast

import msgspec
import numpy as np
from isal import igzip, igzip_lib

from kg.errors import UnreadableInputError
from kg.record import Position, Reject
from kg.sources.intake import Intake
from kg.sources.limits import LimitError, Limits, Meter, guarded
from kg.sources.reader import Bundle
from kg.sources.zip_directory import Member, ZipError, count_members, members, open_member

SIDECAR = ".fetch.json"
"""`page.html` has its sidecar in `page.html.fetch.json`: an object with `url`, `fetched` (ISO 8601), `sha256`."""

STREAM_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    zlib.error,
    cast("type[Exception]", igzip_lib.IsalError),
    ZipError,
    LimitError,
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
    path: Path,
    label: str,
    is_bundle: BundleTest = lambda names: False,
    limits: Limits | None = None,
    intake: Intake | None = None,
) -> Iterator[File | Bundle | Reject]:
    """Yield what an input holds: its files in order of their names (of an archive: in archive order).

    `label` stands for the path in positions; `intake` counts the bytes of a file while it is
    read, and of a bundle, which is read whole before its first record, when the next is asked for.
    Raises UnreadableInputError when the path does not exist or may not be read.
    """
    limits, intake = limits or Limits(), intake or Intake()
    if not os.access(path, os.R_OK):
        reason = "may not be read; check its permissions" if path.exists() else "does not exist"
        raise UnreadableInputError(f"The input {path} {reason}.")
    if path.is_dir():
        yield from _folder(path, label, is_bundle, limits, intake)
    else:
        yield from _file(path, label, is_bundle, limits, intake)


def input_names(folder: Path) -> Iterator[str]:
    """Yield the relative names of the files that are read from a folder, in the order in which they are."""
    return (name for name, refusal in _walk(folder, folder) if refusal is None)


def describe(error: BaseException) -> str:
    """Return a sentence for the user about an error of `STREAM_ERRORS`."""
    if isinstance(error, LimitError):
        return str(error)
    if isinstance(error, ZipError):
        return f"The archive's member cannot be read: {error}."
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
    intake: Intake

    def open(self, name: str) -> io.BufferedReader:
        if name not in self.names:
            raise KeyError(name)
        return _open(self.root / name, self.limits, self.intake)


@dataclass(frozen=True)
class _Archive:
    """An archive whose files belong together."""

    position: Position
    names: tuple[str, ...]
    open: Callable[[str], io.BufferedReader]


def _folder(
    root: Path, label: str, is_bundle: BundleTest, limits: Limits, intake: Intake
) -> Iterator[File | Bundle | Reject]:
    names = tuple(_walk(root, root))
    readable = tuple(name for name, refusal in names if refusal is None)
    if is_bundle(readable[:_BUNDLE_NAMES]):
        yield from (Reject(Position(f"{label}/{name}"), refusal) for name, refusal in names if refusal)
        own = Intake()
        yield _Folder(Position(label), readable, root, limits, own)
        intake.read += own.read
        return
    for name, refusal in names:
        position = Position(f"{label}/{name}")
        if refusal is not None:
            yield Reject(position, refusal)
            continue
        try:
            yield from _file(root / name, position.path, is_bundle, limits, intake)
        except OSError as error:
            yield Reject(position, describe(error))


def _walk(root: Path, folder: Path) -> Iterator[tuple[str, str | None]]:
    """Yield (relative name, reason to refuse or None) of the files below a folder, sorted; links never lead out."""
    for entry in sorted(os.scandir(folder), key=lambda e: os.fsencode(e.name)):
        path = Path(entry.path)
        name = path.relative_to(root).as_posix()
        if entry.name.startswith(".") or entry.name.endswith(SIDECAR):
            continue
        if not is_text(name):
            yield ascii(name), "The file's name is not valid UTF-8; rename it."
        elif entry.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            yield name, "The symbolic link leads out of the folder and is not followed; give its target as an input."
        elif not os.access(path, os.R_OK) and (entry.is_file() or entry.is_dir()):
            yield name, "It may not be read; check its permissions."
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path)
        elif entry.is_symlink() and path.is_dir():
            continue  # inside the folder: its files are read at their own place
        elif entry.is_file():
            yield name, None
        else:
            yield name, "It is not a regular file (a broken link, a device, a socket) and is not read."


def is_text(name: str) -> bool:
    """Whether a file's name is text: bytes that are not UTF-8 have no place in a release."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _file(
    path: Path, label: str, is_bundle: BundleTest, limits: Limits, intake: Intake
) -> Iterator[File | Bundle | Reject]:
    with open(path, "rb") as stream:
        magic = stream.read(4)
        end = intake.read + os.fstat(stream.fileno()).st_size
    if magic[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        yield from _archive(path, label, is_bundle, limits, intake)
    else:
        name = path.name.removesuffix(".gz") if magic[:2] == b"\x1f\x8b" else path.name
        yield File(name, Position(label), lambda: _open(path, limits, intake), _sidecar(path))
    intake.read = end


def _open(path: Path, limits: Limits, intake: Intake) -> io.BufferedReader:
    """Open a plain or gzip file as a stream of decompressed bytes under the limits."""
    raw = intake.open(path)  # closed with the stream that is returned
    magic = raw.read(2)
    raw.seek(0)
    if magic == b"\x1f\x8b":
        return guarded(_Gunzipped(raw), limits, Meter("The file", limits, raw.tell))
    return guarded(io.BufferedReader(raw), limits)


class _Gunzipped(io.RawIOBase):
    """A gzip reader that closes the file below it."""

    def __init__(self, below: IO[bytes] | io.RawIOBase) -> None:
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


def _archive(
    path: Path, label: str, is_bundle: BundleTest, limits: Limits, intake: Intake
) -> Iterator[File | Bundle | Reject]:
    try:
        count = count_members(path)
        if count > limits.members:
            yield Reject(Position(label), f"The archive has more than {limits.members:,} members, the limit for one.")
            return
        meter = Meter("The archive", limits, lambda: path.stat().st_size)
        opener = partial(_open_member, path, limits, meter)
        if count <= _BUNDLE_NAMES:
            good = {item.name: item for item in _members(path, label) if isinstance(item, Member)}
            if is_bundle(tuple(sorted(good))):
                yield from (item for item in _members(path, label) if isinstance(item, Reject))
                yield _Archive(Position(label), tuple(sorted(good)), lambda name: opener(Intake(), good[name]))
                return
        for item in _members(path, label):
            if isinstance(item, Reject):
                yield item
            else:
                name = item.name.rsplit("/", 1)[-1].removesuffix(".gz")
                end = intake.read + item.compressed
                yield File(name, Position(label, item.name), partial(opener, intake, item))
                intake.read = end
    except (ZipError, ValueError) as error:
        yield Reject(Position(label), f"The zip archive cannot be read ({error}); fetch or copy it again.")


def _members(path: Path, label: str) -> Iterator[Member | Reject]:
    """Yield the members to read, in archive order, and a reject for each that is refused."""
    repeated = _repeated_names(path)
    seen: set[str] = set()
    for member in members(path):
        if _is_skipped(member):
            continue
        refusal = _refusal(member)
        if refusal is None and _name_hash(member) in repeated:
            if member.name in seen:
                refusal = "The archive has another member of this name, which was read."
            seen.add(member.name)
        yield member if refusal is None else Reject(Position(label, member.name), refusal)


def _repeated_names(path: Path) -> set[int]:
    """Return the hashes of names that occur more than once; eight bytes a member are held, not the names."""
    hashes = array("q", (_name_hash(member) for member in members(path)))
    values, counts = np.unique(np.frombuffer(hashes, np.int64), return_counts=True)
    return set(values[counts > 1].tolist())


def _name_hash(member: Member) -> int:
    return hash(member.name)


def _is_skipped(member: Member) -> bool:
    base = member.name.rsplit("/", 1)[-1]
    return member.is_folder or base.startswith(".") or base.endswith(SIDECAR) or member.name.startswith("__MACOSX/")


def _refusal(member: Member) -> str | None:
    """Return why a member is not read, or None."""
    name = member.name.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:3] == ":/" or "\x00" in name:
        return "The member's name leads out of the archive; such an archive is not to be trusted."
    if not is_text(name):
        return "The member's name is not valid UTF-8."
    if stat.S_ISLNK(member.mode):
        return "The member is a symbolic link and is not followed."
    if member.is_encrypted:
        return "The member is encrypted; decrypt the archive first."
    if name.endswith(".zip"):
        return "An archive inside an archive is not read; take it out first."
    return None


def _open_member(path: Path, limits: Limits, meter: Meter, intake: Intake, member: Member) -> io.BufferedReader:
    own = Meter("The member", limits, lambda: member.compressed)
    stream = open_member(intake.open(path), member)
    if member.name.endswith(".gz"):
        return guarded(_Gunzipped(stream), limits, meter, own)
    return guarded(stream, limits, meter, own)
