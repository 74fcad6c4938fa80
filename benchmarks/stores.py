"""Building the store of a release against a bare bulk load."""

import gzip
import shutil

import kg.release
from benchmarks.corpus import STUDIES
from benchmarks.measure import WORK, Row, at_least, best_of, python
from kg.store import build_store, data_files

_BARE = """
import sys
import pyoxigraph as ox
store = ox.Store(sys.argv[2])
store.bulk_load(path=sys.argv[1], format=ox.RdfFormat.N_QUADS)
store.optimize()
print("{}")
"""


def store() -> list[Row]:
    """Our loading of the compressed parts and the ontology against pyoxigraph's of the same statements in one file."""
    WORK.mkdir(exist_ok=True)
    release = WORK / "release"
    report = kg.release.build([STUDIES], release, store=False, jobs=2)
    plain = WORK / "plain.nq"
    with open(plain, "wb") as out:
        for path in data_files(release):
            out.write(gzip.decompress(path.read_bytes()))

    def bare() -> None:
        shutil.rmtree(WORK / "bare-store", ignore_errors=True)
        python(_BARE, str(plain), str(WORK / "bare-store"))

    best = best_of(2, bare=bare, ours=lambda: build_store(release, WORK / "our-store"))
    return [
        at_least(
            "the store against a bare bulk_load and optimize",
            best["bare"] / best["ours"],
            0.8,
            detail=f"{best['ours']:.1f} s and {best['bare']:.1f} s for {report.quads:,} statements",
        ),
        Row("statements loaded a second", report.quads / best["ours"], "statements/s"),
    ]
