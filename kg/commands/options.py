"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg.query import catalogue


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    TTL = "ttl"


def query_names(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a query."""
    return [(name, one.summary) for name, one in catalogue().items() if name.startswith(incomplete)]


GraphOption = Annotated[
    Path,
    typer.Option("--graph", "-g", metavar="DIR", help="The release to ask (or an RDF file)."),
]
EndpointOption = Annotated[
    str | None,
    typer.Option("--endpoint", "-e", metavar="URL", help="Ask this SPARQL endpoint instead of a release on disk."),
]
TimeoutOption = Annotated[
    float,
    typer.Option("--timeout", "-t", metavar="SECONDS", min=0.1, help="Stop a query that takes longer."),
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes that share the work.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
DEFAULT_GRAPH = Path("release")
"""Where `cellkg build` writes and the other commands look when nothing else is said."""
