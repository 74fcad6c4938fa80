"""The score of a built release on records that were read by hand stays above its floor."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg.release import build

FLOORS = {"trial": 0.97, "product": 0.93, "donor": 0.93, "engineered": 0.95, "target": 0.88, "tissue": 0.85}
PRECISION = {"product": 0.95, "donor": 0.95}


@pytest.fixture(scope="module")
def scores(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    out = tmp_path_factory.mktemp("gold") / "release"
    build([shared / "gold" / "records"], out, jobs=1, store=False)
    graphs = [*sorted((out / "data").glob("*.nq.gz")), out / "ontology.ttl"]
    command = [sys.executable, str(shared / "gold" / "score.py"), str(shared / "gold" / "labels.jsonl")]
    told = subprocess.run([*command, *map(str, graphs), "--json"], check=True, capture_output=True, text=True)
    tasks: dict[str, dict[str, float]] = json.loads(told.stdout)["tasks"]
    return tasks


@pytest.mark.parametrize("task", sorted(FLOORS))
def test_f1_stays_above_its_floor(task: str, scores: dict[str, dict[str, float]]) -> None:
    assert scores[task]["f1"] >= FLOORS[task], scores[task]


@pytest.mark.parametrize("task", sorted(PRECISION))
def test_precision_stays_above_its_floor(task: str, scores: dict[str, dict[str, float]]) -> None:
    assert scores[task]["precision"] >= PRECISION[task], scores[task]
