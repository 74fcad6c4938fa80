"""What Typer would answer for us: the user's interrupt, and a reader that stops reading; and SIGTERM."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


INTERRUPTED: Final = 128 + signal.SIGINT
TERMINATED: Final = 128 + signal.SIGTERM
"""What shells expect of a program that a signal stopped."""


class StoppedError(Exception):
    """The command was interrupted (Ctrl-C) or asked to end (SIGTERM)."""

    def __init__(self, exit_code: int) -> None:
        """Keep the exit code that tells which."""
        super().__init__(exit_code)
        self.exit_code = exit_code


class _Terminated(KeyboardInterrupt):
    """SIGTERM came: the command ends as by Ctrl-C, with another exit code."""


class ReaderGoneError(Exception):
    """Nobody reads standard output any more, as after `| head`."""


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Return a command whose interrupt and broken pipe reach `kg.cli` instead of Typer."""

    @wraps(command)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = command(*args, **kwargs)
            sys.stdout.flush()
        except KeyboardInterrupt as error:
            raise StoppedError(TERMINATED if isinstance(error, _Terminated) else INTERRUPTED) from error
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        return result

    return call


@contextmanager
def tidy_when_terminated() -> Iterator[None]:
    """Let SIGTERM, which `timeout`, systemd and batch systems send, end the block as Ctrl-C does: it cleans up."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated
