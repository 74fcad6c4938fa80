"""Links that people take back: pairs of trials that a build keeps apart."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg
from kg.errors import UnreadableInputError
from kg.namespaces import CKG, KG

_ICTRP = """<?xml version="1.0" encoding="UTF-8"?>
<Trials_downloaded_from_ICTRP><Trial><TrialID>NCT00000001</TrialID>
<Public_title>Donor NK cells, study 1</Public_title><Primary_sponsor>Example Hospital</Primary_sponsor>
</Trial></Trials_downloaded_from_ICTRP>
"""
_TRIAL, _OTHER = f"{KG}trial/NCT00000001", f"{KG}trial/ictrp-NCT00000001"


@pytest.fixture
def inputs(tmp_path: Path, study: Callable[..., object], write_lines: Callable[..., Path]) -> list[Path]:
    """The registry's record of a trial and the record of the same number that the WHO's portal keeps."""
    (tmp_path / "ictrp.xml").write_text(_ICTRP, encoding="utf-8")
    return [write_lines("studies.jsonl", [study(1)]), tmp_path / "ictrp.xml"]


def canonical(release: Path) -> dict[str, str]:
    store = ox.Store()
    for part in (release / "data").glob("*.nq.gz"):
        store.load(gzip.decompress(part.read_bytes()), format=ox.RdfFormat.N_QUADS)
    found = store.quads_for_pattern(None, ox.NamedNode(f"{CKG}canonicalTrial"), None)
    return {quad.subject.value: quad.object.value for quad in found}  # type: ignore[union-attr]


@pytest.mark.parametrize("line", ["kg:trial/NCT00000001\tkg:trial/ictrp-NCT00000001", f"{_OTHER} {_TRIAL} a remark"])
def test_a_pair_that_is_listed_stays_apart(inputs: list[Path], tmp_path: Path, line: str) -> None:
    kg.build(inputs, tmp_path / "linked", store=False)
    assert canonical(tmp_path / "linked") == {_TRIAL: _TRIAL, _OTHER: _TRIAL}
    listed = tmp_path / "revoked.txt"
    listed.write_text(f"# reviewed\n\n{line}\n", encoding="utf-8")
    kg.build(inputs, tmp_path / "apart", store=False, revoked=listed)
    assert canonical(tmp_path / "apart") == {_TRIAL: _TRIAL, _OTHER: _OTHER}
    refused = (tmp_path / "apart" / "refused-links.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(one)["reason"] for one in refused] == ["the pair is listed as revoked"]
    manifest = json.loads((tmp_path / "apart" / "manifest.json").read_bytes())
    digest = hashlib.sha256(listed.read_bytes()).hexdigest()
    assert manifest["revoked_links"] == {"pairs": 1, "sha256": digest}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"kg:trial/NCT00000001\n", ":1: a revoked link is two trials"),
        (b"# x\nkg:trial/A kg:trial/A\n", ":2: a revoked link is two trials"),
        (b"kg:trial/A https://example.org/B\n", ":1: a revoked link is two trials"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
    ],
)
def test_another_line_is_refused_with_its_place(inputs: list[Path], tmp_path: Path, text: bytes, place: str) -> None:
    (tmp_path / "revoked.txt").write_bytes(text)
    with pytest.raises(UnreadableInputError, match=place):
        kg.build(inputs, tmp_path / "out", store=False, revoked=tmp_path / "revoked.txt")
    assert not (tmp_path / "out").exists()
