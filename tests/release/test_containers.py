"""Containers are streamed under limits; what is refused is a reject with its reason."""

import gzip
import io
import json
import os
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg import release
from kg.errors import UnreadableInputError, UsageError
from kg.record import RawDocument, Reject
from kg.sources import labels, read
from kg.sources.limits import Limits

Study = dict[str, Any]
MakeStudy = Callable[..., Study]
WriteLines = Callable[..., Path]


def _ids(path: Path, **options: Any) -> list[str]:
    """The NCT numbers of the records, and the reasons of the rejects, in the order in which they come."""
    result = []
    for item in read([path], **options):
        if isinstance(item, Reject):
            result.append(f"{item.position}: {item.reason}")
        else:
            result.append(json.loads(item.data)["protocolSection"]["identificationModule"]["nctId"])
    return result


def _raws(path: Path) -> list[RawDocument]:
    return [item for item in read([path]) if isinstance(item, RawDocument)]


def _zip(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of the duplicates that are wanted here
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_every_form_of_json_gives_the_same_records(tmp_path: Path, study: MakeStudy, write_lines: WriteLines) -> None:
    studies = [study(n) for n in (1, 2, 3)]
    write_lines("lines.jsonl", studies)
    write_lines("lines-by-look.txt", studies)
    forms = {
        "page.json": json.dumps({"totalCount": 3, "studies": studies, "nextPageToken": "x"}),
        "page-pretty.json": json.dumps({"studies": studies}, indent=2),
        "list.json": json.dumps(studies),
        "bom.json": "\ufeff" + json.dumps(studies, indent=1),
        "follow.json": "\n".join(json.dumps(s, indent=1) for s in studies),
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    expected = ["NCT00000001", "NCT00000002", "NCT00000003"]
    assert {path.name: _ids(path) for path in tmp_path.iterdir()} == dict.fromkeys(
        (*forms, "lines.jsonl", "lines-by-look.txt"), expected
    )


def test_one_pretty_printed_study_is_one_record(tmp_path: Path, study: MakeStudy) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(study(5), indent=2))
    assert _ids(path) == ["NCT00000005"]


def test_positions_carry_lines_and_blank_lines_are_skipped(write_lines: WriteLines, study: MakeStudy) -> None:
    path = write_lines("a.jsonl", [study(1), b"", b"  ", study(2)])
    assert [str(raw.position) for raw in _raws(path)] == ["a.jsonl:1", "a.jsonl:4"]


def test_a_malformed_study_in_a_page_costs_only_itself(tmp_path: Path, study: MakeStudy) -> None:
    texts = [json.dumps(study(n)) for n in (1, 2, 3, 4)]
    texts[1] = texts[1].replace('"nctId":', '"nctId"', 1)
    texts[3] = texts[3].replace('"nctId":', '"nctId"', 1)
    path = tmp_path / "page.json"
    path.write_text('{"studies":[' + ",".join(texts) + "]}")
    found = list(read([path]))
    assert [item.position.line for item in found] == [1, 2, 3, 4]
    assert [isinstance(item, Reject) for item in found] == [False, True, False, True]
    assert isinstance(found[1], Reject)
    assert found[1].path == "$.protocolSection.identificationModule.nctId"


def test_a_truncated_page_keeps_its_whole_studies(tmp_path: Path, study: MakeStudy) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"studies": [study(1), study(2)]})[:-40])
    first, second = _ids(path)
    assert first == "NCT00000001"
    assert "truncated" in second


def test_a_page_cut_between_studies_says_so(tmp_path: Path, study: MakeStudy) -> None:
    path = tmp_path / "page.json"
    path.write_text('{"studies":[' + json.dumps(study(1)) + ",")
    assert _ids(path) == [
        "NCT00000001",
        "page.json: The file ends in the middle of the list of records: it is truncated; fetch or copy it again.",
    ]


def test_gzip_of_several_members_is_read_whatever_its_name(
    tmp_path: Path, write_lines: WriteLines, study: MakeStudy
) -> None:
    one, two = (write_lines(f"{n}.jsonl", [study(n)]).read_bytes() for n in (1, 2))
    for name in ("both.jsonl.gz", "no-ending"):
        (tmp_path / name).write_bytes(gzip.compress(one) + gzip.compress(two))
        assert _ids(tmp_path / name) == ["NCT00000001", "NCT00000002"]


def test_truncated_and_damaged_gzip_are_rejects_after_the_whole_lines(
    tmp_path: Path, write_lines: WriteLines, study: MakeStudy
) -> None:
    plain = write_lines("a.jsonl", [study(n) for n in range(1, 3000)]).read_bytes()
    packed = bytearray(gzip.compress(plain))
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(packed[: len(packed) // 2])
    found = _ids(cut)
    assert found[0] == "NCT00000001"
    assert found[-1].startswith("cut.jsonl.gz: The compressed data ends too early")
    packed[len(packed) // 2] ^= 0xFF
    bad = tmp_path / "bad.jsonl.gz"
    bad.write_bytes(packed)
    last = list(read([bad]))[-1]
    assert isinstance(last, Reject)
    assert last.position.path == "bad.jsonl.gz"
    assert "damaged" in last.reason


def test_a_folder_is_read_recursively_by_name_without_hidden_files_and_sidecars(
    write_lines: WriteLines, study: MakeStudy, tmp_path: Path
) -> None:
    write_lines("in/b/2.json", [study(2)])
    write_lines("in/a.json", [study(1)])
    write_lines("in/.hidden.json", [study(9)])
    write_lines("in/c.json", [study(3)])
    (tmp_path / "in/c.json.fetch.json").write_text('{"url": "https://example.org/c", "fetched": "2024-05-06"}')
    assert _ids(tmp_path / "in") == ["NCT00000001", "NCT00000002", "NCT00000003"]
    raws = _raws(tmp_path / "in")
    assert [str(raw.position) for raw in raws] == ["in/a.json:1", "in/b/2.json:1", "in/c.json:1"]
    assert [(raw.url, raw.fetched) for raw in raws[1:]] == [(None, None), ("https://example.org/c", "2024-05-06")]


def test_links_are_followed_only_inside_the_folder(write_lines: WriteLines, study: MakeStudy, tmp_path: Path) -> None:
    outside = write_lines("outside.json", [study(1)])
    inside = write_lines("in/inside.json", [study(2)])
    (tmp_path / "in/leads-out.json").symlink_to(outside)
    (tmp_path / "in/stays.json").symlink_to(inside)
    (tmp_path / "in/up").symlink_to(tmp_path)
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")
    found = _ids(tmp_path / "in")
    assert [f for f in found if f.startswith("NCT")] == ["NCT00000002", "NCT00000002"]
    assert [f.split(":")[0] for f in found if not f.startswith("NCT")] == ["in/leads-out.json", "in/up"]


def test_what_may_not_be_read_in_a_folder_is_a_reject_and_the_rest_is_read(
    write_lines: WriteLines, study: MakeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lines("in/a.jsonl", [study(1)])
    write_lines("in/b.jsonl", [study(2)])
    write_lines("in/sub/c.jsonl", [study(3)])
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path).name not in ("b.jsonl", "sub") and allowed(path, mode)
    )
    report = release.build([tmp_path / "in"], tmp_path / "out", store=False)
    assert (report.counts.mapped, report.counts.rejected) == (1, 2)
    assert [reject.position.path for reject in report.first_rejects] == ["in/b.jsonl", "in/sub"]
    assert all("permissions" in reject.reason for reject in report.first_rejects)


def test_a_pipe_in_a_folder_is_not_opened(write_lines: WriteLines, study: MakeStudy, tmp_path: Path) -> None:
    write_lines("in/a.json", [study(1)])
    os.mkfifo(tmp_path / "in/pipe")
    first, second = _ids(tmp_path / "in")
    assert (first, "not a regular file" in second) == ("NCT00000001", True)


def test_zip_members_are_streamed_and_dangerous_ones_refused(tmp_path: Path, study: MakeStudy) -> None:
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = {n: json.dumps(study(n)).encode() for n in range(1, 9)}
    path = _zip(
        tmp_path / "bulk.zip",
        [
            ("NCT0000/NCT00000001.json", data[1]),
            ("../NCT00000002.json", data[2]),
            ("/etc/NCT00000003.json", data[3]),
            ("a/../../NCT00000004.json", data[4]),
            ("NCT0000/NCT00000001.json", data[5]),
            (link, b"/etc/passwd"),
            ("inner.zip", b"PK\x03\x04"),
            ("a\\..\\..\\NCT00000006.json", data[6]),
            ("NCT0000/NCT00000007.json.gz", gzip.compress(data[7])),
            ("__MACOSX/._x.json", b"junk"),
        ],
    )
    found = _ids(path)
    assert [f for f in found if f.startswith("NCT")] == ["NCT00000001", "NCT00000007"]
    rejected = dict(f.removeprefix("bulk.zip!").split(": ", 1) for f in found if not f.startswith("NCT"))
    out = "The member's name leads out of the archive; such an archive is not to be trusted."
    assert rejected == {
        "../NCT00000002.json": out,
        "/etc/NCT00000003.json": out,
        "a/../../NCT00000004.json": out,
        "a\\..\\..\\NCT00000006.json": out,
        "NCT0000/NCT00000001.json": "The archive has another member of this name, which was read.",
        "link.json": "The member is a symbolic link and is not followed.",
        "inner.zip": "An archive inside an archive is not read; take it out first.",
    }
    assert not list(tmp_path.glob("**/*.json"))


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    path = _zip(tmp_path / "bomb.zip", [("NCT00000001.json", b'{"protocolSection":"' + b" " * 50_000_000 + b'"}')])
    assert path.stat().st_size < 60_000
    (reason,) = _ids(path)
    assert reason.startswith("bomb.zip!NCT00000001.json: ")
    assert "expands more than 250 times" in reason


def test_many_members_that_are_small_alone_count_together(tmp_path: Path, study: MakeStudy) -> None:
    text = json.dumps(study(1)).encode() + b" " * 4_000_000
    path = _zip(tmp_path / "bomb.zip", [(f"{n}.json", text) for n in range(5)])
    found = _ids(path)
    assert found[0] == "NCT00000001"
    assert "The archive expands more than 250 times" in found[-1]


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(b'{"protocolSection":"' + b" " * 50_000_000 + b'"}'))
    assert "expands more than 250 times" in _ids(path)[-1]


def test_too_many_members_are_refused(tmp_path: Path, study: MakeStudy) -> None:
    path = _zip(tmp_path / "many.zip", [(f"{n}.json", json.dumps(study(n)).encode()) for n in range(1, 5)])
    assert _ids(path, limits=Limits(members=3)) == ["many.zip: The archive has more than 3 members, the limit for one."]


def test_a_file_above_the_size_limit_is_refused(write_lines: WriteLines, study: MakeStudy) -> None:
    path = write_lines("a.jsonl", [study(n) for n in range(1, 2000)])
    assert "more than 1,000,000 bytes" in _ids(path, limits=Limits(file_bytes=1_000_000))[-1]


def test_a_record_above_the_limit_is_set_aside_and_the_next_read(write_lines: WriteLines, study: MakeStudy) -> None:
    huge = json.dumps(study(2, officialTitle="x" * 50_000_000)).encode()
    path = write_lines("a.jsonl", [study(1), huge, study(3)])
    assert _ids(path) == [
        "NCT00000001",
        "a.jsonl:2: The record is larger than 32 MiB, the most that is read as one record.",
        "NCT00000003",
    ]
    page = path.with_name("page.json")
    page.write_bytes(
        b'{"studies":[' + b",".join([json.dumps(study(1)).encode(), huge, json.dumps(study(3)).encode()]) + b"]}"
    )
    found = _ids(page)
    assert [found[0], found[2]] == ["NCT00000001", "NCT00000003"]
    assert "larger than 32 MiB" in found[1]


def test_a_damaged_zip_directory_is_a_reject(tmp_path: Path, study: MakeStudy) -> None:
    path = _zip(tmp_path / "a.zip", [("1.json", json.dumps(study(1)).encode())])
    path.write_bytes(path.read_bytes()[:-30])
    (reason,) = _ids(path)
    assert reason.startswith("a.zip: The zip archive cannot be read (it has no directory at its end)")


def test_a_member_with_a_wrong_checksum_is_a_reject(tmp_path: Path, study: MakeStudy) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("1.json", json.dumps(study(1)))
        archive.writestr("2.json", json.dumps(study(2)))
    data = stream.getvalue().replace(b"study 1", b"study X", 1)
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    first, second = _ids(path)
    assert "a.zip!1.json" in first
    assert second == "NCT00000002"


def test_an_encrypted_member_is_a_reject(tmp_path: Path, study: MakeStudy) -> None:
    path = _zip(tmp_path / "a.zip", [("1.json", json.dumps(study(1)).encode())])
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    path.write_bytes(data)
    assert _ids(path) == ["a.zip!1.json: The member is encrypted; decrypt the archive first."]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_a_reject(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert _ids(path) == ["a.json: The file is empty."]


def test_a_file_of_no_known_kind_is_a_reject_that_names_the_kinds(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# Shopping\n")
    (reason,) = _ids(path)
    assert "No reader recognises this file" in reason
    assert "ctgov-v2" in reason


def test_a_missing_input_and_an_unknown_kind_stop_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="does not exist"):
        _ids(tmp_path / "absent.json")
    with pytest.raises(UsageError, match="no reader of kind 'ctgov-v9'"):
        _ids(tmp_path, kind="ctgov-v9")


def test_inputs_are_named_by_the_shortest_ending_that_tells_them_apart() -> None:
    assert labels(["/x/a/s.json", "/x/b/s.json", "/y/t.json"]) == ["a/s.json", "b/s.json", "t.json"]
    assert labels(["/x/s.json", "/x/s.json"]) == ["s.json", "s.json"]
