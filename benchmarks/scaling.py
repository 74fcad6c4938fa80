"""Two processes against one, and memory, on 20 times the corpus."""

import shutil

from benchmarks.corpus import STUDIES, enlarge
from benchmarks.measure import WORK, Row, at_least, at_most, python

_BUILD = """
import json, resource, sys
import kg.release
if __name__ == "__main__":
    report = kg.release.build([sys.argv[1]], sys.argv[2], jobs=int(sys.argv[3]), store=False)
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"seconds": report.seconds, "documents": report.documents, "quads": report.quads, "peaks": peaks}))
"""


def scaling(times: int = 20) -> list[Row]:
    """Build the corpus and `times` the corpus with two processes, and the latter with one."""
    WORK.mkdir(exist_ok=True)
    large = enlarge(times, WORK / f"corpus-{times}.jsonl.gz")
    runs = {}
    shutil.rmtree(WORK / "scaling", ignore_errors=True)
    for name, source, jobs in (("1x", STUDIES, 2), ("two", large, 2), ("one", large, 1)):
        runs[name] = python(_BUILD, str(source), str(WORK / "scaling"), str(jobs))
        shutil.rmtree(WORK / "scaling")
    large.unlink()
    one, two = runs["one"], runs["two"]
    small_peak, large_peak = max(runs["1x"]["peaks"]), max(two["peaks"])
    return [
        at_least(
            f"two processes against one, {times} times the corpus",
            one["seconds"] / two["seconds"],
            1.6,
            detail=f"{two['documents']:,} records, {two['quads']:,} statements: {one['seconds']:.0f} s and "
            f"{two['seconds']:.0f} s",
        ),
        at_most(
            f"peak memory on {times} times the corpus against the corpus",
            large_peak / small_peak,
            1.2,
            detail=f"{large_peak:.0f} MB and {small_peak:.0f} MB, largest process of the build",
        ),
        at_most("peak memory of a process without the store", max(large_peak, max(one["peaks"])), 400, "MB"),
        Row("records built a second, two processes", two["documents"] / two["seconds"], "records/s"),
    ]
