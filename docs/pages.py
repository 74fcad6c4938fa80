"""The generated pages of this folder: `make docs` writes them, with `--check` those that are not current are named."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import rdflib

from kg import linking, ontology, sources
from kg.files import data_folder
from kg.iri import Minter
from kg.linking import page as linking_page
from kg.mapping import Mapper
from kg.mapping import documentation as mapping_page
from kg.namespaces import KG
from kg.ontology import page as ontology_page
from kg.ontology.picture import arm_picture
from kg.query import Question, catalogue
from kg.reasoning import Reasoner
from kg.record import Document, RawDocument
from kg.validation import page as shapes_page

HERE: Final = Path(__file__).resolve().parent
COMMANDS: Final = (
    ("build",),
    ("validate",),
    ("query",),
    ("queries",),
    ("explain",),
    ("coverage",),
    ("info",),
    ("fetch",),
    ("ontology",),
    ("ontology", "build"),
    ("ontology", "format"),
    ("ontology", "check"),
    ("ontology", "diff"),
)


def cli() -> str:
    """Return the reference of the command line: what `--help` says."""
    lines = [
        "# Command line",
        "",
        "What `--help` says, made by `make docs`.",
        "",
        "| exit code | meaning |",
        "|---|---|",
        "| 0 | fine |",
        "| 1 | findings: a shape is violated, a value is unknown, a file is not current |",
        "| 2 | the call is wrong |",
        "| 3 | an input cannot be read |",
        "| 4 | a remote server refused, failed or did not answer |",
        "| 5 | stopped half way; the same call can go on or be given more time |",
        "| 70 | a bug of ours |",
        "| 130 | stopped with Ctrl-C |",
        "",
        "Answers go to standard output, progress and errors to standard error. Colours appear on a terminal only, and",
        "never where `NO_COLOR` is set. `cellkg --install-completion` teaches the shell the names of commands, options",
        "and queries.",
        "",
        "## cellkg",
        "",
        *_help(()),
    ]
    for command in COMMANDS:
        lines += ["", f"## cellkg {' '.join(command)}", "", *_help(command)]
    return "\n".join(lines) + "\n"


def _help(command: tuple[str, ...]) -> list[str]:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    program = Path(sys.executable).parent / "cellkg"
    done = subprocess.run([program, *command, "--help"], env=environment, capture_output=True, text=True, check=True)
    return ["```text", *(line.rstrip() for line in done.stdout.strip().splitlines()), "```"]


def queries() -> str:
    """Return the page of the catalogue."""
    lines = [
        "# Questions",
        "",
        "Each question is one file of [`queries/`](../queries), made into this page by `make docs`. Ask it with",
        "`cellkg query NAME`, set a parameter with `--param name=value` (the same name twice: any of them), or from",
        'Python with `kg.open("release").query("NAME", name=value)`. The files are plain SPARQL: paste them anywhere.',
        "",
        "They count canonical trials: documents about one trial count once. Dates are compared as text or by year.",
        "",
        "| question | name |",
        "|---|---|",
        *(f"| {one.summary} | [{name}](#{name}) |" for name, one in catalogue().items()),
    ]
    for one in catalogue().values():
        lines += ["", *_question(one)]
    return "\n".join(lines) + "\n"


def _question(one: Question) -> list[str]:
    lines = [f"## {one.name}", "", f"**{one.summary}**", "", one.description]
    if one.parameters:
        lines += ["", "| parameter | takes | default | |", "|---|---|---|---|"]
        for parameter in one.parameters:
            default = f"`{parameter.default}`" if parameter.default else "any"
            lines.append(f"| `{parameter.name}` | {parameter.hint} | {default} | {parameter.description} |")
    if one.columns:
        lines += ["", "| column | |", "|---|---|", *(f"| `{c.name}` | {c.description} |" for c in one.columns)]
    return [*lines, "", f"Tags: {', '.join(one.tags)} · [`{one.name}.rq`](../queries/{one.name}.rq)"]


def picture() -> str:
    """Return the picture of one arm of an example, drawn from its statements."""
    document = _example("NCT04347616")
    reasoner = Reasoner.default()
    mapped = Mapper(Minter(), reasoner.predicates).map(document, linking.link(document))
    labels = {str(s): str(o) for s, o in ontology.load().subject_objects(rdflib.RDFS.label)}
    return arm_picture(mapped.lines, reasoner.infer(mapped.triples), f"{KG}trial/NCT04347616/arm/2", labels)


def words() -> str:
    """Return the page with an example's words beside what was read out of them."""
    return linking_page.page(_example("NCT05272293")).rstrip("\n") + "\n"


def _example(number: str) -> Document:
    (raw,) = sources.read([data_folder("examples") / f"{number}.json"])
    assert isinstance(raw, RawDocument), raw
    return sources.decode(raw)


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "cli.md": cli,
    "linking-example.md": words,
    "mapping.md": mapping_page.page,
    "model.svg": picture,
    "queries.md": queries,
    "shapes.md": shapes_page.page,
    "terms.md": ontology_page.page,
}
"""File to what it must hold."""


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` only say which differ; return the exit code."""
    stale = []
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    print(
        "\n".join(f"docs/{name} {'is not current' if '--check' in arguments else 'written'}" for name in stale)
        or "current"
    )
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
