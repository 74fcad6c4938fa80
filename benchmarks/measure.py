"""What a benchmark reports, and ways to measure."""

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORK = Path("/tmp/cellkg-benchmarks")  # scratch, may be large


@dataclass(frozen=True)
class Row:
    """One measured figure; `limit` is the bound that it must keep, in words."""

    what: str
    value: float
    unit: str
    limit: str = ""
    kept: bool | None = None
    detail: str = ""


def at_most(what: str, value: float, bound: float, unit: str = "times", detail: str = "") -> Row:
    """Return a row whose value may not exceed a bound."""
    return Row(what, value, unit, f"≤ {bound:g}", value <= bound, detail)


def at_least(what: str, value: float, bound: float, unit: str = "times", detail: str = "") -> Row:
    """Return a row whose value must reach a bound."""
    return Row(what, value, unit, f"≥ {bound:g}", value >= bound, detail)


def seconds(work: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def best_of(rounds: int, **works: Callable[[], Any]) -> dict[str, float]:
    """Run the works in turn, several rounds, and return the best time of each: noise only ever adds."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: min(values) for name, values in times.items()}


class Clock:
    """Adds up the time that wrapped functions take."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.spent: dict[str, float] = {}

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, timed under a name."""

        def timed(*args: Any, **options: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - begun

        return timed

    def over(self, name: str, items: Iterable[Any]) -> Iterable[Any]:
        """Yield the items, timing how long each takes to come."""
        iterator = iter(items)
        step = self.around(name, lambda: next(iterator, self))
        while (item := step()) is not self:
            yield item


def python(code: str, *args: str) -> dict[str, Any]:
    """Run code in a fresh process and return the JSON that it prints, with `seconds` of the whole process."""
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=False)
    spent = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"a benchmark failed: {done.stderr}")
    return {"process_seconds": spent, **json.loads(done.stdout.splitlines()[-1])}


def peak_mb(who: int = resource.RUSAGE_SELF) -> float:
    """Return the peak resident memory of this process (or of its largest child) in MB."""
    return resource.getrusage(who).ru_maxrss / 1024
