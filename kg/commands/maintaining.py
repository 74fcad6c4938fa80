"""`cellkg ontology ...`: building, formatting and checking the ontology."""

from pathlib import Path
from typing import Annotated

import typer

from kg.commands.guard import guarded
from kg.errors import ExitCode

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
    """Say which files are not in their canonical form; exit code 1 when there are any."""
    from kg.ontology import refresh

    stale = refresh(check=True)
    for path in stale:
        print(f"not current: {path}")
    if stale:
        print("`cellkg ontology format` rewrites them.")
        raise typer.Exit(ExitCode.FINDINGS)
    print("The ontology is formatted and its hierarchy is current.")
