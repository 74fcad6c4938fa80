"""`cellkg fetch`: records from ClinicalTrials.gov, the one command whose purpose is the network."""

from pathlib import Path
from typing import Annotated

import typer

from kg.commands.options import QuietOption
from kg.commands.progress import progress


def fetch(
    query: Annotated[
        str | None, typer.Argument(metavar="[QUERY]", help="What to search, as on the registry's page; or NCT numbers.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder for the pages.")] = Path(
        "records"
    ),
    nct: Annotated[list[str] | None, typer.Option("--nct", metavar="NCT", help="A record by its number.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="YYYY-MM-DD", help="Only records updated on that day or later.")
    ] = None,
    rate: Annotated[float, typer.Option("--rate", min=0.01, help="Requests per second at most.")] = 2.0,
    retries: Annotated[int, typer.Option("--retries", min=0, help="How often a busy server is asked again.")] = 5,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch again what a finished fetch brought.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Fetch records from ClinicalTrials.gov.

    The records come page by page from the API v2.

    A fetch that was stopped goes on where it was when it is started again (exit code 5 says
    that it can). `cellkg build DIR` reads the folder.
    """
    from kg.fetch import Progress
    from kg.fetch import fetch as get

    with progress("fetch", quiet=quiet) as show:

        def told(progress: Progress) -> None:
            show(progress.studies, progress.total)

        report = get(
            query, out=out, nct=nct or (), since=since, rate=rate, retries=retries, refresh=refresh, progress=told
        )
    print(f"{report.studies:,} records on {report.pages:,} pages in {report.out} ({report.new_pages:,} pages are new).")
    if report.missing:
        print(f"The registry does not have {', '.join(report.missing)}.")
    print(f"Next time, --since {report.started[:10]} takes what has changed since.")
