"""`cellkg validate`: what the shapes find."""

from pathlib import Path
from typing import Annotated

import typer

from kg.commands import output
from kg.commands.options import JobsOption, QuietOption
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
        with output.progress("validate", quiet=quiet) as show:
            report = check(target, jobs=jobs, progress=lambda done, show=show: show(done, None))  # type: ignore[misc]
        if len(targets) > 1:
            print(f"{target}:")
        for line in report.lines(limit):
            print(output.harmless(line))
        conforms = conforms and report.conforms
    if not conforms:
        raise typer.Exit(ExitCode.FINDINGS)
