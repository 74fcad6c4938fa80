"""`cellkg validate`: what the shapes find."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from kg.commands import output
from kg.commands.options import JobsOption, QuietOption
from kg.commands.progress import progress
from kg.errors import ExitCode, UnreadableInputError


def validate(
    targets: Annotated[
        list[Path],
        typer.Argument(metavar="RELEASE|FILE...", help="Release folders, or RDF files (.nq, .ttl ...)."),
    ],
    limit: Annotated[int, typer.Option("--limit", min=0, help="Findings shown of each rule; 0 shows all.")] = 5,
    jobs: JobsOption = 1,
    quiet: QuietOption = False,
) -> None:
    """Check graphs against the shapes.

    Exit code 1 when a finding is a violation; warnings and remarks alone leave it at 0.
    """
    from kg.validation import validate as check

    conforms = True
    for target in targets:
        if not target.exists():
            raise UnreadableInputError(f"{target} does not exist; give a release folder or an RDF file.")
        with progress("validate", quiet=quiet) as show:
            report = check(target, jobs=jobs, progress=_towards(_documents(target), show))
        if len(targets) > 1:
            print(f"{target}:")
        for line in report.lines(limit):
            print(output.harmless(line))
        conforms = conforms and report.conforms
    if not conforms:
        raise typer.Exit(ExitCode.FINDINGS)


def _towards(total: int | None, show: Callable[[int, int | None], None]) -> Callable[[int], None]:
    return lambda done: show(done if total is None else min(done, total), total)


def _documents(target: Path) -> int | None:
    """Return how many documents a release says it holds; None for anything else."""
    try:
        return int(json.loads((target / "manifest.json").read_bytes())["records"]["mapped"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
