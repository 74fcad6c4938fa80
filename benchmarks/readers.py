"""Throughput of every reader: records and bytes a second, cutting and decoding apart, one process.

`python benchmarks/readers.py [--seconds 2]` reads the shared data and the tests' fixtures, each
format over and over for about that long, and prints one line for each format.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from kg.errors import RecordError
from kg.record import RawDocument
from kg.sources import decode, read

ROOT = Path(__file__).resolve().parents[1]
INPUTS = (
    ROOT.parent / "shared" / "data",
    ROOT / "tests" / "pages" / "fixtures",
    ROOT / "tests" / "sources" / "samples",
)


def cut(paths: Iterable[Path]) -> tuple[dict[str, list[RawDocument]], dict[str, float]]:
    """Return the raw documents of each format, and the seconds that cutting them took."""
    found: dict[str, list[RawDocument]] = defaultdict(list)
    spent: dict[str, float] = defaultdict(float)
    began = time.perf_counter()
    for item in read([path for path in paths if path.exists()]):
        if isinstance(item, RawDocument):
            found[item.kind].append(item)
            spent[item.kind] += time.perf_counter() - began
        began = time.perf_counter()
    return found, spent


def decode_all(raws: list[RawDocument], seconds: float) -> tuple[int, float]:
    """Decode the documents in turn until the time is over; return how many, and the seconds they took."""
    count, began = 0, time.perf_counter()
    while True:
        for raw in raws:
            try:
                decode(raw)
            except RecordError:
                continue
            count += 1
        spent = time.perf_counter() - began
        if spent >= seconds or not count:
            return count, spent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    found, spent = cut(INPUTS)
    print(f"{'format':<14} {'records':>8} {'MB':>7} {'cut/s':>9} {'decode/s':>9} {'MB/s':>7}")
    for kind in sorted(found):
        raws = found[kind]
        size = sum(len(raw.data) for raw in raws) / 1e6
        count, took = decode_all(raws, seconds)
        rate = count / took
        print(
            f"{kind:<14} {len(raws):>8,} {size:>7.2f} {len(raws) / spent[kind]:>9,.0f} {rate:>9,.0f} "
            f"{rate * size / len(raws):>7.1f}"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
