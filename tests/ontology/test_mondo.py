"""The table of conditions that a user makes from a MONDO release."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg import ontology
from kg.errors import UnreadableInputError
from kg.linking import conditions
from kg.namespaces import KG, SKOS
from kg.ontology import mondo, tables

OBO = """format-version: 1.2

[Term]
id: MONDO:0900001
name: florbitis
synonym: "florb disease" EXACT []
synonym: "something near" RELATED []
xref: MESH:D999001 {source="MONDO:equivalentTo"}
xref: NCIT:C999001 {source="MONDO:equivalentTo"}
xref: UMLS:C1 {source="other"}
is_a: MONDO:0018874 ! acute myeloid leukemia

[Term]
id: MONDO:0900002
name: florbitis minor
is_a: MONDO:0900001 ! florbitis

[Term]
id: MONDO:0900003
name: gone
is_obsolete: true

[Term]
id: MONDO:0018874
name: acute myeloid leukemia

[Typedef]
id: part_of
name: part of
"""
SSSOM = """# curie_map: {}
subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification
MONDO:0900001\tflorbitis\tskos:exactMatch\tDOID:999\tflorbosis\tsemapv:ManualMappingCuration
MONDO:0900001\tflorbitis\tskos:closeMatch\tDOID:998\tsomething near\tsemapv:ManualMappingCuration
MONDO:0900004\tglarb\tskos:exactMatch\tmesh:D999001\tGlarb\tsemapv:ManualMappingCuration
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    obo, sssom = tmp_path / "mondo.obo", tmp_path / "mondo_exactmatch.sssom.tsv"
    obo.write_text(OBO, encoding="utf-8")
    sssom.write_text(SSSOM, encoding="utf-8")
    return [obo, sssom]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the ontology for the table to stand in."""
    from kg.files import data_folder

    folder = tmp_path / "ontology"
    shutil.copytree(data_folder("ontology"), folder)
    for module in (tables, mondo, conditions):
        monkeypatch.setattr(module, "data_folder", lambda _: folder)
    conditions._tables.cache_clear()
    yield folder
    conditions._tables.cache_clear()


def test_a_release_gives_the_conditions_beyond_the_core(files: list[Path], tmp_path: Path) -> None:
    """The core's acute myeloid leukaemia is a parent and no row; obsolete terms are none."""
    assert mondo.refresh(files[:1], tmp_path / "table.tsv") == 2
    assert tables.read_path(tmp_path / "table.tsv", mondo.COLUMNS) == [
        {
            "id": "florbitis-minor",
            "label": "florbitis minor",
            "alt_labels": "",
            "broader": "mesh-D999001",
            "matches": "exact:MONDO:0900002",
        },
        {
            "id": "mesh-D999001",
            "label": "florbitis",
            "alt_labels": "florb disease",
            "broader": "mesh-D015470",
            "matches": "exact:MONDO:0900001|exact:MESH:D999001|exact:NCIT:C999001",
        },
    ]


def test_what_several_files_say_is_joined_and_no_id_is_given_twice(files: list[Path], tmp_path: Path) -> None:
    mondo.refresh(files, tmp_path / "table.tsv")
    rows = {row["label"]: row for row in tables.read_path(tmp_path / "table.tsv", mondo.COLUMNS)}
    assert rows["florbitis"]["alt_labels"] == "florb disease|florbosis"
    assert rows["florbitis"]["matches"].endswith("|exact:DOID:999")
    assert (rows["florbitis"]["id"], rows["glarb"]["id"]) == ("mesh-D999001", "glarb")


def test_order_of_files_does_not_matter(files: list[Path], tmp_path: Path) -> None:
    for name, order in (("a", files), ("b", files[::-1])):
        mondo.refresh(order, tmp_path / name)
    rows = [tables.read_path(tmp_path / name, mondo.COLUMNS) for name in "ab"]
    assert [{**row, "matches": set(row["matches"].split("|"))} for row in rows[0]] == [
        {**row, "matches": set(row["matches"].split("|"))} for row in rows[1]
    ]


def test_linking_and_the_published_ontology_know_the_table(files: list[Path], folder: Path, tmp_path: Path) -> None:
    """A build that meets a condition of the table publishes it with everything broader."""
    assert conditions.lookup("florb disease") is None
    mondo.refresh(files, mondo.table_path())
    conditions._tables.cache_clear()
    concept = conditions.lookup("Florb disease")
    assert concept is not None
    assert concept.id == "mesh-D999001"
    assert "mesh-D015470" in conditions.ancestors("florbitis-minor")
    text = ontology.build(tmp_path / "all.ttl", [f"{KG}condition/florbitis-minor"]).read_text(encoding="utf-8")
    assert f"<{KG}condition/florbitis-minor> <{SKOS}broader> <{KG}condition/mesh-D999001> ." in text
    assert f"<{KG}condition/mesh-D999001> <{SKOS}exactMatch> <http://purl.obolibrary.org/obo/NCIT_C999001> ." in text
    assert "glarb" not in text


def test_the_sssom_files_of_mondo_are_read(shared: Path, tmp_path: Path) -> None:
    count = mondo.refresh([shared / "reference" / "mondo_exactmatch_mesh.sssom.tsv"], tmp_path / "table.tsv")
    rows = tables.read_path(tmp_path / "table.tsv", mondo.COLUMNS)
    assert len(rows) == count > 5000
    assert all(row["matches"].startswith("exact:MONDO:") for row in rows)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "nor an SSSOM table"),
        (b"subject_id\tother\nMONDO:1\tx\n", "no column"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_another_file_is_refused_with_a_sentence(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(UnreadableInputError, match=message):
        mondo.refresh([tmp_path / "notes.txt"], tmp_path / "table.tsv")
    assert not (tmp_path / "table.tsv").exists()
