"""The corpus of the benchmarks: the real studies, and copies of them under other registry numbers."""

import re
import sys
from pathlib import Path

import msgspec
from isal import igzip

SHARED = Path(__file__).resolve().parents[2] / "shared"
STUDIES = SHARED / "data/ctgov-v2/studies.jsonl.gz"
_NCT = re.compile(rb"NCT\d{8}")


def lines(path: Path = STUDIES) -> list[bytes]:
    """Return the records of the corpus."""
    with igzip.open(path, "rb") as stream:
        return [line.rstrip(b"\n") for line in stream]


def enlarge(times: int, target: Path) -> Path:
    """Write the corpus `times` over, each copy under numbers of its own (also where it cites its own)."""
    records = lines()
    numbers = [msgspec.json.decode(r)["protocolSection"]["identificationModule"]["nctId"].encode() for r in records]
    with igzip.open(target, "wb", compresslevel=1) as out:
        for copy in range(times):
            for rank, (number, record) in enumerate(zip(numbers, records, strict=True)):
                new = b"NCT%08d" % (copy * len(records) + rank + 1)
                out.write(record.replace(number, new) + b"\n")
    return target


if __name__ == "__main__":
    print(enlarge(int(sys.argv[1]), Path(sys.argv[2])))
