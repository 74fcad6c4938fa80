"""How far a long command is, on standard error: a bar on a terminal, a line now and then in a log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from kg.commands.output import say

_SECONDS_BETWEEN_LINES: Final = 10.0
_BAR_WIDTH: Final = 20


class Display(Protocol):
    """Shows how far a command is."""

    def __call__(self, done: int, total: int | None) -> None:
        """Show how many are done, and of how many where that is known."""

    def step(self, name: str) -> None:
        """Show that a step begins, in which things are counted anew."""


@contextmanager
def progress(task: str, *, quiet: bool, estimated: bool = False) -> Iterator[Display]:
    """Show counts and time left; with `estimated` a total that is told is no certain number."""
    if quiet:
        yield _Silence()
    elif sys.stderr.isatty():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(_BAR_WIDTH),
            TaskProgressColumn(),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield _Bar(bar, task, estimated)
    else:
        yield _Lines(task, estimated)


class _Silence:
    def __call__(self, done: int, total: int | None) -> None:
        pass

    def step(self, name: str) -> None:
        pass


class _Bar:
    """A bar that takes the share that is done: rich forgets the speed when a total changes."""

    def __init__(self, bar: Progress, task: str, estimated: bool) -> None:
        self._bar, self._estimated = bar, estimated
        self._shown = self._begin(task)

    def _begin(self, name: str) -> TaskID:
        return self._bar.add_task(name, total=None, count="", left="")

    def __call__(self, done: int, total: int | None) -> None:
        count = f"{done:,}" if total is None or self._estimated else f"{done:,}/{total:,}"
        if total:
            self._bar.update(self._shown, completed=done / total, total=1, count=count, left="left")
        else:
            self._bar.update(self._shown, count=count)

    def step(self, name: str) -> None:
        self._bar.remove_task(self._shown)
        self._shown = self._begin(name)


class _Lines:
    def __init__(self, task: str, estimated: bool) -> None:
        self._task, self._of = task, "of about" if estimated else "of"
        self._started = self._last = monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        now = monotonic()
        if now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        if total and done:
            left = (now - self._started) * (total - done) / done
            say(f"{self._task}: {done:,} {self._of} {total:,}, {left:.0f} s left")
        else:
            say(f"{self._task}: {done:,} so far, {done / (now - self._started):,.0f} a second")

    def step(self, name: str) -> None:
        self._task, self._started = name, monotonic()
