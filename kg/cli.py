"""The command line `cellkg`: it parses, calls the library and prints."""

import logging
import os
import sys
from importlib.metadata import version
from typing import Annotated, Any, Final, cast

import typer

from kg.commands import asking, building, checking, fetching, maintaining, output
from kg.commands.guard import INTERRUPTED, ReaderGoneError, StoppedError, guarded
from kg.errors import CellkgError, ExitCode

_MISUSE: Final = cast("type[Exception]", typer.BadParameter.__base__)
"""Every error in options and arguments; Typer exports only this subclass of it."""

app = typer.Typer(
    name="cellkg",
    help="A knowledge graph of cell-therapy trials: build it, check it, ask it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 fine, 1 findings, 2 usage, 3 unreadable input, 4 remote or network, 5 partial, 70 our bug. "
        "Results go to standard output, progress and errors to standard error."
    ),
)
for command in (
    building.build,
    checking.validate,
    asking.query,
    asking.queries,
    asking.explain,
    building.coverage,
    building.info,
    fetching.fetch,
):
    app.command()(guarded(command))
app.add_typer(maintaining.app, name="ontology")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"cellkg {version('cellkg')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Hold the options of `cellkg` itself."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code; a user's mistake never shows a traceback."""
    output.prepare_streams()
    # Warnings of a build stand in its report; without a handler Python would print them a second time.
    logging.getLogger("kg").addHandler(logging.NullHandler())
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    try:
        code: int | None = app(arguments, standalone_mode=False)
        return code or ExitCode.OK
    except CellkgError as error:
        output.say(f"cellkg: {error}")
        return error.exit_code
    except typer.Exit as stop:
        return stop.exit_code
    except StoppedError as error:
        output.say("cellkg: stopped.")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        output.say("cellkg: stopped.")
        return INTERRUPTED
    except ReaderGoneError:
        # Nobody reads our output any more; do not fail again while flushing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except _MISUSE as error:
        cast("Any", error).show()
        return ExitCode.USAGE
    except OSError as error:
        output.say(f"cellkg: {error.filename or 'a file'}: {error.strerror or error}")
        return ExitCode.UNREADABLE
    except Exception as error:
        if os.environ.get("CELLKG_TRACEBACK"):
            raise
        output.say(
            f"cellkg: this is a bug in cellkg: {type(error).__name__}: {error}. Please report it with what "
            "CELLKG_TRACEBACK=1 shows when you run the command again."
        )
        return ExitCode.BUG


if __name__ == "__main__":
    main()
