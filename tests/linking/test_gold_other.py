"""Real records read by hand: floors of the scores, verbatim quotes, nothing smeared over arms."""

import csv
import gzip
import importlib.util
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from kg.linking import link
from kg.linking.agents import labels
from kg.record.document import Document
from kg.record.links import Evidence, Links
from kg.sources import decode, read


def documents(*paths: Path) -> Iterator[Document]:
    for raw in read(list(paths)):
        yield decode(raw)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def linked(gold: dict[str, Document]) -> dict[str, tuple[Document, Links]]:
    return {number: (document, link(document)) for number, document in gold.items()}


@pytest.fixture(scope="module")
def scorer(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("gold_score", shared / "gold" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(links: Links, scorer: ModuleType) -> dict[str, set[str]]:
    """Return what the links say for each task that this half of linking answers."""

    def name(value: str) -> str:
        slug = value.rpartition("/")[2]
        return str(scorer.canon(labels().get(slug, slug)))

    numbers = {number for arm in links.arms for number in arm.conditioning}
    states = {state.value for state in links.population_states}
    return {
        "conditioning": {name(part.agent.value) for n in numbers for part in links.regimens[n - 1].components},
        "cytokine": {name(found.value) for arm in links.arms for found in arm.cytokine_support},
        "agent": {name(a.value) for i in (*links.interventions, *links.text_interventions) for a in i.agents},
        "endpoint": {found.value for o in links.outcomes if o.outcome.startswith("primary/") for found in o.endpoints}
        & scorer.VALID_ENDPOINTS,
        "state": {"RelapsedOrRefractory"} if states & {"Relapsed", "Refractory"} else set(),
    }


FLOORS = {"conditioning": 0.90, "endpoint": 0.93, "state": 0.85, "cytokine": 0.80, "agent": 0.75}


@pytest.mark.parametrize("task", sorted(FLOORS))
def test_the_score_on_records_read_by_hand_stays_above_its_floor(
    task: str, linked: dict[str, tuple[Document, Links]], scorer: ModuleType, shared: Path
) -> None:
    right = wrong = missed = 0
    for line in (shared / "gold" / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        want = set(scorer.gold_facts(row)[task])
        have = said(linked[row["nct"]][1], scorer)[task]
        right, wrong, missed = right + len(want & have), wrong + len(have - want), missed + len(want - have)
    assert 2 * right / (2 * right + wrong + missed) >= FLOORS[task]


_STEP = re.compile(r"([A-Za-z]\w*)|\[(\d+)\]")


def text_at(document: Document, path: str) -> str:
    """Return the text of a record at an evidence's path, by the names of the API."""
    where: Any = {"additions": msgspec.to_builtins(document.additions)}
    where.update(msgspec.to_builtins(document.study))
    for name, index in _STEP.findall(path):
        where = where[name] if name else where[int(index)]
    assert isinstance(where, str)
    return where


def evidence_of(value: Any) -> Iterator[Evidence]:
    if isinstance(value, Evidence):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from evidence_of(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from evidence_of(item)


def check_quotes(document: Document, links: Links) -> int:
    count = 0
    for evidence in set(evidence_of(links)):
        assert text_at(document, evidence.field)[evidence.begin : evidence.end] == evidence.quote, evidence
        assert evidence.quote
        assert evidence.strength in ("Stated", "Entailed", "Probable")
        assert evidence.rule
        count += 1
    return count


def test_every_quote_is_verbatim_in_the_records_read_by_hand(linked: dict[str, tuple[Document, Links]]) -> None:
    assert sum(check_quotes(document, links) for document, links in linked.values()) > 2000


def test_every_quote_is_verbatim_in_other_records(shared: Path, tmp_path: Path) -> None:
    sample = tmp_path / "some.jsonl"
    with gzip.open(shared / "data" / "ctgov-v2" / "studies.jsonl.gz") as stream:
        sample.write_bytes(b"".join(line for i, line in enumerate(stream) if i % 20 == 0))
    with zipfile.ZipFile(shared / "data" / "ctgov-xml" / "studies.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".xml"))[::40]
        for name in names:
            (tmp_path / Path(name).name).write_bytes(archive.read(name))
    count = sum(check_quotes(document, link(document)) for document in documents(tmp_path))
    assert count > 1000


def test_every_quote_of_the_founding_pages_is_verbatim(shared: Path) -> None:
    for document in documents(shared / "data" / "pages"):
        assert check_quotes(document, link(document)) > 0


def test_linking_twice_gives_the_same(shared: Path) -> None:
    for document in documents(shared / "gold" / "records"):
        if document.id.endswith("9"):
            assert msgspec.json.encode(link(document)) == msgspec.json.encode(link(document))


TABLE = Path(__file__).with_name("conditioning_arms.tsv")


def test_conditioning_is_not_smeared_over_the_arms_of_real_trials(
    gold: dict[str, Document], studies: dict[str, Document], legacy: dict[str, Document]
) -> None:
    """Conditioning of every arm of 32 trials, read by hand: an arm has its own agents and no other's."""
    known = legacy | studies | gold
    wrong = []
    with TABLE.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    for trial in sorted({row["trial"] for row in rows}):
        links = link(known[trial])
        found = {
            arm.arm: {
                part.agent.value.rpartition("/")[2]
                for n in arm.conditioning
                for part in links.regimens[n - 1].components
            }
            for arm in links.arms
        }
        for row in rows:
            if row["trial"] == trial:
                expected = set(filter(None, row["conditioning"].split("|")))
                if found.get(row["arm"], set()) != expected:
                    wrong.append((trial, row["arm"], expected, found.get(row["arm"])))
    assert wrong == []
