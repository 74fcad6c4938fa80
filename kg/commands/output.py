"""What commands print: answers on standard output, what there is to say beside them on standard error."""

import io
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyoxigraph as ox
from rich.console import Console
from rich.text import Text

from kg import results
from kg.commands.options import Format
from kg.commands.table import laid_out
from kg.errors import UsageError
from kg.unanswered import EmptyAnswerWarning


def console() -> Console:
    """Return the console of standard output; a pipe, or one who set NO_COLOR, gets no escape codes at all."""
    out = Console(highlight=False, emoji=False, markup=False, soft_wrap=False)
    if out.is_terminal and not os.environ.get("NO_COLOR"):
        return out
    return Console(highlight=False, emoji=False, markup=False, soft_wrap=False, color_system=None)


def prepare_streams() -> None:
    """Let standard output and error take any text: what their encoding lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write a line for the person at the terminal to standard error."""
    print(harmless(text), file=sys.stderr)


@contextmanager
def notes() -> Iterator[None]:
    """Say what the library warns of on standard error, each line once."""
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always", EmptyAnswerWarning)
        try:
            yield
        finally:
            for text in dict.fromkeys(str(one.message) for one in noted):
                say(f"cellkg: {text}")


def harmless(text: str) -> str:
    """Return text without control characters: data must not steer a terminal."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else "�" for c in text)


def write(answer: results.Answer, form: Format) -> None:
    """Print an answer in a format; raises UsageError when the format cannot hold it."""
    if form is Format.TABLE:
        _write_table(answer)
        return
    out = sys.stdout.buffer
    if form is Format.TTL:
        if not isinstance(answer, results.Triples):
            raise UsageError("Turtle holds a graph, and this query answers a table. Use --format csv, tsv or json.")
        out.write(answer.turtle())
    elif form is Format.JSON and isinstance(answer, results.Truth):
        out.write(b'{"head":{},"boolean":%s}\n' % (b"true" if answer.value else b"false"))
    elif isinstance(answer, results.Truth):
        raise UsageError(f"An ASK query answers yes or no, and {form} holds a table. Use --format table or json.")
    else:
        table = answer.table() if isinstance(answer, results.Triples) else answer
        formats = {
            Format.CSV: ox.QueryResultsFormat.CSV,
            Format.TSV: ox.QueryResultsFormat.TSV,
            Format.JSON: ox.QueryResultsFormat.JSON,
        }
        body = table.serialised(formats[form])
        out.write(body if body.endswith(b"\n") else body + b"\n")
    out.flush()


def _write_table(answer: results.Answer) -> None:
    if isinstance(answer, results.Truth):
        print("yes" if answer.value else "no")
        return
    table = answer.table() if isinstance(answer, results.Triples) else answer
    rows = [[harmless(results.shown(term)) for term in row] for row in table.rows]
    print_rows(table.columns, rows)
    say(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows as a table, or one under the other where the terminal is too narrow for a table.

    No IRI, prefixed name or number is broken; one that is longer than a line of the terminal overflows.
    """
    out = console()
    lines = laid_out(columns, rows, out, out.width if out.is_terminal else None)
    for line in _blocks(columns, rows) if lines is None else lines:
        out.print(line, overflow="ignore", no_wrap=lines is not None, crop=False)


def _blocks(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Text]:
    """Yield a line for each value; what is unbound or empty has none."""
    for number, row in enumerate(rows, 1):
        yield Text(f"{number}.", style="bold")
        for column, cell in zip(columns, row, strict=True):
            if cell:
                yield Text(f"  {column}: ", style="cyan").append(cell, style="none")
