"""`cellkg ontology ...`: building, formatting and checking the ontology."""

from pathlib import Path
from typing import Annotated

import typer

from kg.commands.guard import guarded
from kg.errors import ExitCode, UnreadableInputError

app = typer.Typer(no_args_is_help=True, help="Build, format and check the ontology.")


@app.command("build")
@guarded
def build_ontology(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to write it.")] = Path("ontology.ttl"),
) -> None:
    """Write the whole ontology as one Turtle file with its classified hierarchy."""
    from kg.ontology import build

    print(f"Wrote {build(out)}.")


@app.command("format")
@guarded
def format_ontology() -> None:
    """Rewrite the modules, mapping tables and hierarchy of the checkout in their canonical form.

    Runs the HermiT reasoner when axioms have changed.
    """
    from kg.ontology import refresh

    changed = refresh()
    for path in changed:
        print(f"rewrote {path}")
    print(f"{len(changed)} files changed.")


@app.command("check")
@guarded
def check_ontology() -> None:
    """Check the ontology's quality, identifiers and generated files; exit code 1 on an error."""
    from kg.ontology.checks import check

    found = check()
    for finding in found:
        print(finding)
    if any(finding.severity == "error" for finding in found):
        raise typer.Exit(ExitCode.FINDINGS)
    print(f"The ontology is in order ({len(found)} warnings).")


@app.command("mondo")
@guarded
def make_conditions_table(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="mondo.obo, or MONDO's SSSOM tables of exact matches.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Where to write the table; by default where builds read it."),
    ] = None,
) -> None:
    """Take in the diseases of a MONDO release, beyond the curated conditions.

    Builds from then on know them by name, MeSH heading and exact matches. Remove the table to undo it.
    """
    from kg.ontology import mondo

    path = out or mondo.table_path()
    print(f"Wrote {mondo.refresh(files, path):,} conditions to {path}.")


@app.command("diff")
@guarded
def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The ontology.ttl of an earlier release.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The ontology.ttl of a later one.")],
) -> None:
    """List the terms that a release added, deprecated or removed."""
    from kg.ontology.changes import changes

    for path in (old, new):
        if not path.is_file():
            raise UnreadableInputError(f"{path} is no file; give the ontology.ttl of a release.")
    for line in changes(old, new).lines():
        print(line)
