"""The whole real corpus goes through: every record, every field, every statement well-formed."""

import json
import re
from pathlib import Path

import pyoxigraph as ox
from isal import igzip

from kg import release


def test_every_api_v2_study_is_mapped_with_nothing_rejected_and_nothing_unknown(shared: Path, tmp_path: Path) -> None:
    report = release.build([shared / "data/ctgov-v2/studies.jsonl.gz"], tmp_path / "out", store=False, jobs=2)
    counts = report.counts
    assert (counts.read, counts.mapped, counts.rejected, counts.duplicates) == (2090, 2090, 0, 0)
    assert report.unknown_paths == {}
    tree = json.loads((tmp_path / "out/manifest.json").read_text())
    for part in tree["parts"][:3]:
        with igzip.open(tmp_path / "out" / part["name"], "rb") as stream:
            assert sum(1 for _ in ox.parse(stream, format=ox.RdfFormat.N_QUADS)) == part["quads"]


def test_every_source_goes_into_one_release(shared: Path, tmp_path: Path) -> None:
    report = release.build([shared / "data"], tmp_path / "out", store=False, jobs=2)
    counts = report.counts
    assert counts.read == counts.mapped + counts.rejected + counts.duplicates
    rejects = [json.loads(line)["file"] for line in (tmp_path / "out/rejects.jsonl").read_text().splitlines()]
    assert all(re.fullmatch(r"data/schema/[^/]+", name) for name in rejects), rejects
    assert counts.mapped > 5000
    readers = json.loads((tmp_path / "out/manifest.json").read_text())["readers"]
    assert {"ctgov-v2", "ctgov-xml", "ctgov-csv", "ictrp", "ctis", "eudract", "isrctn", "pubmed-xml"} <= set(readers)
    assert report.unknown_paths == {}
