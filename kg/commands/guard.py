"""What Typer would answer for us: the user's interrupt, and a reader that stops reading."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class StoppedError(Exception):
    """The user interrupted the command."""


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
            raise StoppedError from error
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        return result

    return call
