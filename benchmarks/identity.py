"""Identity at scale: seconds and memory for linking many documents, one process.

`python -m benchmarks.identity [--documents 20000 200000]` makes cards (registry records with numbers
in common, twins with equal titles, articles that cite them), links them, and prints a line for each size.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row, at_most
from kg.identity import Card, IdentityLinker, Number, Words
from kg.iri import Minter

MINTER = Minter()


def cards(records: int) -> Iterator[Card]:
    """Yield registry records, and an article for every tenth of them."""
    for n in range(records):
        number = f"NCT{n:08}"
        eudract = f"2010-{n // 2 % 500_000:06}-11"
        yield Card(
            key=f"ctgov/{number}",
            trial=MINTER.trial("ctgov", number),
            graph=MINTER.graph("ctgov", number),
            source="ctgov",
            numbers=(Number("ClinicalTrials.gov", number, "own", Words("nctId", number)),),
            cited=(Number("EudraCT", eudract, "secondary", Words("id", eudract)),) if n % 5 == 0 else (),
            title=Words("briefTitle", f"A study of cells number {n // 2} in disease {n % 97}"),
            sponsor=Words("name", f"Hospital {n % 1000}"),
            start_date=Words("date", "2020-01"),
            enrollment=Words("count", "20"),
        )
        if n % 10 == 0:
            pmid = str(n + 1)
            yield Card(
                key=f"pubmed/{pmid}",
                trial=MINTER.trial("pubmed", pmid),
                graph=MINTER.graph("pubmed", pmid),
                source="pubmed",
                pmid=pmid,
                cited=(
                    Number("ClinicalTrials.gov", number, "databank", Words("value", number)),
                    Number("PMID", pmid, "article", Words("pmid", pmid)),
                ),
            )


def linked(records: int) -> tuple[int, float, int, float]:
    """Link a corpus; return documents, seconds, statements and the process's peak of memory in MB."""
    with tempfile.TemporaryDirectory() as folder, IdentityLinker(Path(folder) / "identity.sqlite") as linker:
        began = time.perf_counter()
        count = 0
        for card in cards(records):
            linker.add(card)
            count += 1
        lines = sum(1 for _ in linker.statements(MINTER))
        spent = time.perf_counter() - began
    return count, spent, lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def identity() -> list[Row]:
    """Return documents a second, and how much memory ten times the documents take."""
    small, large = linked(10_000), linked(100_000)
    return [
        Row("linking documents", large[0] / large[1], "documents/s", detail=f"{large[2]:,} statements"),
        at_most("memory for ten times the documents", large[3] / small[3], 1.5, detail=f"{large[3]:.0f} MB"),
    ]


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, nargs="+", default=[20_000, 200_000])
    print(f"{'documents':>10} {'seconds':>8} {'statements':>11} {'peak MB':>8}")
    for records in parser.parse_args().documents:
        count, spent, lines, peak = linked(records)
        print(f"{count:>10,} {spent:>8.1f} {lines:>11,} {peak:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
