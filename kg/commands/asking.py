"""`cellkg query`, `cellkg queries`, `cellkg explain`: asking a graph."""

import sys
from pathlib import Path
from typing import Annotated

import typer

import kg
from kg import query as questions
from kg.commands import output
from kg.commands.options import (
    DEFAULT_GRAPH,
    EndpointOption,
    Format,
    GraphOption,
    TimeoutOption,
    query_names,
)
from kg.errors import UnreadableInputError
from kg.graph import Graph


def query(
    question: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE|-",
            help="A query of the catalogue (see `cellkg queries`), a file with SPARQL, or - for standard input.",
            autocompletion=query_names,
        ),
    ],
    graph: GraphOption = DEFAULT_GRAPH,
    endpoint: EndpointOption = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", "-p", metavar="NAME=VALUE", help="Set a parameter; twice the same name means any of them."
        ),
    ] = None,
    columns: Annotated[
        str | None, typer.Option("--columns", "-c", metavar="NAME,...", help="Print only these columns.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.TABLE,
    timeout: TimeoutOption = 60.0,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let your own query on a release use SERVICE and FROM.")
    ] = False,
) -> None:
    """Ask a question and print the answer.

    The answer goes to standard output, the number of rows to standard error.
    """
    asked = _question(question)
    with output.notes():
        found = _graph(graph, endpoint, timeout, allow_remote=allow_remote)
        answer = found.put(asked, questions.assignments(param or ()))
    output.write(answer if columns is None else answer.narrowed(columns.split(",")), form)


def _question(question: str) -> questions.Question:
    if question == "-":
        return questions.of_text(sys.stdin.buffer.read().decode("utf-8", "replace"))
    path = Path(question)
    if path.suffix in (".rq", ".sparql") or "/" in question:
        try:
            return questions.of_text(path.read_text(encoding="utf-8"), path.stem)
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableInputError(f"The query file {path} cannot be read: {error}") from error
    return questions.find(question)


def _graph(path: Path, endpoint: str | None, timeout: float, *, allow_remote: bool = False) -> Graph:
    if endpoint is not None:
        return kg.connect(endpoint, timeout=timeout)
    return kg.open(path, timeout=timeout, allow_remote=allow_remote)


def queries(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show this query in full.", autocompletion=query_names)
    ] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only queries with this tag.")] = None,
    sparql: Annotated[bool, typer.Option("--sparql", help="Print the SPARQL text of the named query.")] = False,
) -> None:
    """List the questions, or show one in full.

    One is shown with its parameters and columns.
    """
    if name is None:
        rows = [(one.name, one.summary) for one in questions.catalogue().values() if tag is None or tag in one.tags]
        output.print_rows(("query", "question"), rows)
        output.say("`cellkg queries NAME` shows parameters and columns.")
        return
    found = questions.find(name)
    if sparql:
        print(found.text, end="")
        return
    for line in _described(found):
        print(line)


def _described(found: questions.Question) -> list[str]:
    lines = [found.name, f"  {found.summary}", "", *(f"  {line}" for line in found.description.splitlines())]
    if found.parameters:
        lines += ["", "Parameters:"]
        for parameter in found.parameters:
            lines.append(f"  {parameter.name} ({parameter.hint})")
            lines.append(f"      {parameter.description} Default: {parameter.default or 'any'}")
    lines += ["", "Columns:", *(f"  {column.name}: {column.description}" for column in found.columns)]
    return [*lines, "", f"Tags: {', '.join(found.tags)}"]


def explain(
    target: Annotated[
        str, typer.Argument(metavar="NUMBER|IRI", help="A trial by its registry number, or any node by its IRI.")
    ],
    graph: GraphOption = DEFAULT_GRAPH,
    endpoint: EndpointOption = None,
    results: Annotated[bool, typer.Option("--results", help="Show reported results of a trial too.")] = False,
    timeout: TimeoutOption = 60.0,
) -> None:
    """Show why the graph says what it says.

    Each statement about a trial or a node stands with the field of the record that it came from or, where it was read
    out of text, with the words and the rule; document by document.
    """
    from kg.explain import explain as why

    with output.notes():
        explanation = why(_graph(graph, endpoint, timeout), target)
    shown = explanation if results else explanation.without_results()
    for line in shown.lines():
        print(output.harmless(line))
    left_out = len(explanation.statements) - len(shown.statements)
    if left_out:
        output.say(f"{left_out:,} statements of reported results are left out; --results shows them.")
