"""Run benchmarks and write RESULTS.md: `python -m benchmarks [name ...]`.

Each ratio comes from one run. Figures are kept in results.json by benchmark, so that single
benchmarks can be repeated; RESULTS.md is written from it.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = {
    "floor": "benchmarks.mapping:floor",
    "stages": "benchmarks.mapping:stages",
    "morph": "benchmarks.morph:morph",
    "store": "benchmarks.stores:store",
    "classification": "benchmarks.classification:classification",
    "identity": "benchmarks.identity:identity",
    "readers": "benchmarks.throughput:throughput",
    "scaling": "benchmarks.scaling:scaling",
}

_ONE = """
import importlib, json, sys
from dataclasses import asdict
if __name__ == "__main__":
    rows = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])()
    print(json.dumps([asdict(row) for row in rows]))
"""


def main(names: list[str]) -> None:
    """Run the named benchmarks, all without a name; each in a process of its own, so that memory is its own."""
    known = HERE / "results.json"
    for name in names or BENCHMARKS:
        print(f"{name} ...", flush=True)
        done = subprocess.run(
            [sys.executable, "-c", _ONE, *BENCHMARKS[name].split(":")], stdout=subprocess.PIPE, text=True, check=True
        )
        rows: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
        when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        results = json.loads(known.read_text()) if known.exists() else {}
        results[name] = {"when": when, "load": round(os.getloadavg()[0], 1), "rows": rows}
        for row in rows:
            print(f"  {row['what']}: {row['value']:,.2f} {row['unit']} {row['limit']} {row['detail']}", flush=True)
        known.write_text(json.dumps(results, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        (HERE / "RESULTS.md").write_text(page(results), encoding="utf-8")


def page(results: dict[str, dict[str, object]]) -> str:
    """Return RESULTS.md."""
    lines = [
        "# Measured",
        "",
        "Written by `python -m benchmarks`; do not edit. Compare ratios, not seconds: each ratio comes from one run on",
        f"one machine ({os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}).",
        "",
        "| what | measured | must be | kept | detail |",
        "|---|---|---|---|---|",
    ]
    for name in BENCHMARKS:
        for row in results.get(name, {}).get("rows", []):  # type: ignore[union-attr, attr-defined]
            kept = {True: "yes", False: "**no**", None: ""}[row["kept"]]
            value = f"{row['value']:,.0f}" if row["value"] >= 1000 else f"{row['value']:.3g}"
            lines.append(f"| {row['what']} | {value} {row['unit']} | {row['limit']} | {kept} | {row['detail']} |")
    lines += ["", "| benchmark | run | load of the machine after it |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {results[name]['when']} | {results[name]['load']} |" for name in BENCHMARKS if name in results
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
