"""`cellkg build`, `cellkg info`, `cellkg coverage`: from documents to a release, and what is in it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

import kg
from kg.commands import output
from kg.commands.guard import tidy_when_terminated
from kg.commands.options import DEFAULT_GRAPH, GraphOption, JobsOption, QuietOption
from kg.commands.progress import progress
from kg.errors import ExitCode, UnreadableInputError, UsageError
from kg.namespaces import KG

InputsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="INPUT...", help="Files, folders or archives (zip, gz) of any supported source."),
]
KindOption = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="The reader of every input, where files do not show it.")
]


def build(
    inputs: InputsArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder of the release.")] = DEFAULT_GRAPH,
    jobs: JobsOption = 1,
    store: Annotated[bool, typer.Option("--store/--no-store", help="Build the Oxigraph folder for queries.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad record.")] = False,
    kind: KindOption = None,
    base_iri: Annotated[
        str, typer.Option("--base-iri", metavar="IRI", help="Where trials, organisations and sources get their IRIs.")
    ] = KG,
    revoked: Annotated[
        Path | None,
        typer.Option("--revoked", metavar="FILE", help="Pairs of trials whose documents are not to be linked."),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Build a release out of documents.

    A release that is there is replaced only when the new one is complete. Bad records are set
    aside in rejects.jsonl, counted, and the build goes on.
    """
    with tidy_when_terminated(), progress("build", quiet=quiet, estimated=True) as show:
        report = kg.build(
            inputs,
            out,
            jobs=jobs,
            store=store,
            strict=strict,
            base_iri=base_iri,
            kind=kind,
            revoked=revoked,
            progress=show,
            step=show.step,
        )
    for line in report.lines():
        print(output.harmless(line))
    print(f"The release is in {out}; ask it with `cellkg query NAME{_named(out)}` (`cellkg queries` lists names).")


def _named(out: Path) -> str:
    return "" if out == DEFAULT_GRAPH else f" --graph {out}"


def info(
    release: Annotated[
        Path | None, typer.Argument(metavar="[RELEASE]", help="The folder of the release, as with --graph.")
    ] = None,
    graph: GraphOption = DEFAULT_GRAPH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as it stands.")] = False,
) -> None:
    """Show what a release holds.

    Inputs, counts, sources, versions: its manifest.
    """
    if release is not None and graph not in (DEFAULT_GRAPH, release):
        raise UsageError(f"Two releases are named, {release} and {graph}; one is shown at a time.")
    manifest = _manifest(release or graph)
    if as_json:
        print(json.dumps(manifest, indent=2, ensure_ascii=False))
        return
    files = [*manifest.pop("parts", ()), *manifest.pop("files", ())]
    size = sum(file.get("bytes", 0) for file in files)
    for name, value in {**manifest, "files": f"{len(files)}, {size:,} bytes"}.items():
        print("\n".join(map(output.harmless, _shown(name, value))))


def _manifest(release: Path) -> dict[str, Any]:
    path = release / "manifest.json"
    try:
        return dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        raise UnreadableInputError(
            f"There is no release at {release}. Build one with `cellkg build INPUT... --out {release}`."
        ) from None
    except (OSError, ValueError) as error:
        raise UnreadableInputError(f"{path} cannot be read: {error}. Build the release again.") from error


def _shown(name: str, value: object, indent: str = "") -> list[str]:
    if value in ({}, []):
        return [f"{indent}{name}: none"]
    if isinstance(value, dict):
        return [
            f"{indent}{name}:",
            *(line for key, one in value.items() for line in _shown(str(key), one, indent + "  ")),
        ]
    if isinstance(value, list):
        return [f"{indent}{name}:", *(line for one in value for line in _item(one, indent + "  "))]
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return [f"{indent}{name}: {text}"]


def _item(value: object, indent: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{indent}{value}"]
    return [indent + ", ".join(f"{key} {one}" for key, one in value.items())]


def coverage(
    inputs: InputsArgument,
    kind: KindOption = None,
    quiet: QuietOption = False,
) -> None:
    """Account for every field value of records.

    Counts which are mapped, ignored for a listed reason, or unknown.

    Exit code 1 when a value is unknown: nothing may be lost in silence.
    """
    from kg.coverage import account

    with progress("coverage", quiet=quiet) as show:
        report = account(inputs, kind=kind, progress=show)
    for line in report.lines():
        print(output.harmless(line))
    if not report.complete:
        raise typer.Exit(ExitCode.FINDINGS)
