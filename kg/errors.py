"""Errors that a user can act on, and the exit code of each."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    UNREADABLE = 3
    REMOTE = 4
    PARTIAL = 5
    BUG = 70


class CellkgError(Exception):
    """An error with a sentence for the user: what, where, and what to do next."""

    exit_code = ExitCode.BUG


class UsageError(CellkgError):
    """The call itself is wrong: an unknown option value, query or format."""

    exit_code = ExitCode.USAGE


class UnreadableInputError(CellkgError):
    """An input that cannot be read or recognised."""

    exit_code = ExitCode.UNREADABLE


class RemoteError(CellkgError):
    """A remote server refused, failed or did not answer."""

    exit_code = ExitCode.REMOTE


class PartialResultError(CellkgError):
    """Work that stopped half way and can be resumed."""

    exit_code = ExitCode.PARTIAL


class RecordError(CellkgError):
    """A single record that does not fit; the build sets it aside and goes on.

    `path` is the JSON path or XML element inside the record, where known.
    """

    exit_code = ExitCode.UNREADABLE

    def __init__(self, reason: str, path: str | None = None) -> None:
        """Keep the reason and the path apart, as `rejects.jsonl` does."""
        super().__init__(reason if path is None else f"{reason} - at {path}")
        self.reason = reason
        self.path = path
