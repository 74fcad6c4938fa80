"""Throughput of every reader on the shared data, cutting and decoding, one process."""

from benchmarks.measure import Row
from benchmarks.readers import INPUTS, cut, decode_all


def throughput() -> list[Row]:
    """Return records a second of each format."""
    found, spent = cut(INPUTS)
    rows = []
    for kind, raws in sorted(found.items()):
        count, took = decode_all(raws, 1.0)
        each = took / count + spent[kind] / len(raws)
        size = sum(len(raw.data) for raw in raws) / len(raws)
        detail = f"{size / each / 1e6:.0f} MB/s, {len(raws):,} records of {size / 1000:.1f} kB"
        rows.append(Row(f"reading `{kind}`", 1 / each, "records/s", detail=detail))
    return rows
