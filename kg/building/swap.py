"""The working folder of a build, and swapping it in so that no crash loses a release.

Beside `<out>` there may lie, with `<name>` the last segment of `<out>`:

- `<name>.building-<hex>`: a build that runs or that crashed; removed by the next one;
- `<name>.replaced-<hex>`: the release before, while it is exchanged or deleted;
- `<name>.lock`: held while a build runs, so that two never write one release.

Where the system can exchange two folders in one step (Linux), `<out>` exists at every moment.
Elsewhere two renames are needed, and `recover` undoes a crash between them.
"""

import ctypes
import fcntl
import glob
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kg.errors import UsageError
from kg.files import sync_folder

MANIFEST: Final = "manifest.json"
_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


class WorkFolder:
    """The folder `<out>.building-<hex>` and the lock of a build."""

    def __init__(self, out: Path, folder: Path, lock: int) -> None:
        """Hold the lock's descriptor, which child processes must close."""
        self.out, self.folder, self.lock = out, folder, lock

    def swap_in(self) -> None:
        """Make the folder durable and put it in the place of `out`; the release before is deleted after."""
        sync_tree(self.folder)
        if not self.out.exists():
            self.folder.rename(self.out)
            sync_folder(self.out.parent)
            return
        if _exchange(self.folder, self.out):
            replaced = self.folder
        else:
            replaced = self.out.with_name(f"{self.out.name}.replaced-{secrets.token_hex(4)}")
            self.out.rename(replaced)
            self.folder.rename(self.out)
        sync_folder(self.out.parent)
        shutil.rmtree(replaced, ignore_errors=True)


@contextmanager
def work_folder(out: Path) -> Iterator[WorkFolder]:
    """Lock `out`, clean up after a crash and give a fresh working folder, removed if the block fails.

    Raises UsageError when another build holds the lock, when `out` is something else than a release, or when
    nothing may be written there.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock(out)
    except (PermissionError, FileExistsError, FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            f"The release {out} cannot be written: {error.filename}: {error.strerror}. Name another folder with --out."
        ) from error
    try:
        _put_back(out)
        if out.exists() and not is_release(out) and not (out.is_dir() and not any(out.iterdir())):
            raise UsageError(
                f"{out} exists and is not a release (it has no {MANIFEST}); name another folder or remove it."
            )
        _remove_leftovers(out)
        folder = out.with_name(f"{out.name}.building-{secrets.token_hex(4)}")
        folder.mkdir()
        try:
            yield WorkFolder(out, folder, lock)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        _lock_path(out).unlink(missing_ok=True)
        os.close(lock)


def is_release(folder: Path) -> bool:
    """Whether a folder is a finished release."""
    return (folder / MANIFEST).is_file()


def recover(out: Path) -> bool:
    """Put back the release that a crash between two renames left aside; return whether there was one.

    Safe to call at any time before a release is opened: a build that runs is left alone.
    """
    out = out.resolve()
    if out.exists() or not _beside(out, "replaced"):
        return False
    try:
        lock = _lock(out)
    except UsageError:
        return False
    try:
        return _put_back(out)
    finally:
        _lock_path(out).unlink(missing_ok=True)
        os.close(lock)


def _put_back(out: Path) -> bool:
    """Do what `recover` does, under the lock."""
    for replaced in _beside(out, "replaced"):
        if not out.exists() and is_release(replaced):
            replaced.rename(out)
            sync_folder(out.parent)
            return True
    return False


def _beside(out: Path, what: str) -> list[Path]:
    """Return the folders `<out>.<what>-*`, sorted."""
    return sorted(out.parent.glob(f"{glob.escape(out.name)}.{what}-*"))


def sync_tree(folder: Path) -> None:
    """Make every file and folder below `folder` durable (fsync)."""
    for root, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(Path(root) / name, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(root))


def _remove_leftovers(out: Path) -> None:
    """Delete what crashed builds left beside `out`; only called under the lock."""
    for leftover in (*_beside(out, "building"), *_beside(out, "replaced")):
        shutil.rmtree(leftover, ignore_errors=True)


def _lock_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.lock")


def _lock(out: Path) -> int:
    """Return the descriptor of the locked lock file; the lock ends with the process, however it ends."""
    path = _lock_path(out)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UsageError(f"Another build is writing {out}; wait for it to end, or build elsewhere.") from None
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
        os.close(descriptor)  # the build that held it has just removed the file: take the new one


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    rename.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    done: int = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return done == 0
