"""The streamed directory reads what the standard library writes, in memory that does not grow with it."""

import io
import struct
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.sources.zip_directory import ZipError, count_members, members, open_member

_MEMBERS = st.lists(
    st.tuples(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00\\/"), min_size=1, max_size=8),
        st.one_of(st.binary(max_size=200), st.integers(0, 300_000).map(lambda n: b"0123456789abcdef" * (n // 16))),
        st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    ),
    max_size=5,
)


def _pack(path: Path, items: list[tuple[str, bytes, int]], comment: bytes = b"", before: bytes = b"") -> None:
    stream = io.BytesIO()
    stream.write(before)
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a" if before else "w") as archive:
        warnings.simplefilter("ignore")
        for name, data, method in items:
            archive.writestr(name, data, method)
        archive.comment = comment
    path.write_bytes(stream.getvalue())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_MEMBERS, st.binary(max_size=30), st.sampled_from([b"", b"#!/bin/sh\n"]))
def test_members_are_those_that_were_written(
    tmp_path: Path, items: list[tuple[str, bytes, int]], comment: bytes, before: bytes
) -> None:
    path = tmp_path / "a.zip"
    _pack(path, items, comment, before)
    found = list(members(path))
    assert count_members(path) == len(items)
    assert [(m.name, m.size) for m in found] == [(name, len(data)) for name, data, _ in items]
    for member, (_, data, _) in zip(found, items, strict=True):
        with open_member(io.FileIO(path), member) as stream:
            assert stream.read() == data
        with io.BufferedReader(open_member(io.FileIO(path), member), 7) as stream:
            assert b"".join(iter(lambda: stream.read(5), b"")) == data


def test_an_archive_above_four_gigabytes_is_understood(tmp_path: Path) -> None:
    """Zip64: sizes, offsets and the count stand in wider fields."""
    path = tmp_path / "a.zip"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("1.json", "w", force_zip64=True) as member:
        member.write(b'{"a": 1}')
    data = stream.getvalue()
    at = data.index(b"PK\x01\x02")
    entry = bytearray(data[at : data.index(b"PK\x05\x06")])
    extra = struct.pack("<2H3Q", 1, 24, 8, 8, 0)
    struct.pack_into("<2L", entry, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<L", entry, 42, 0xFFFFFFFF)
    directory = bytes(entry[: 46 + len("1.json")]) + extra
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(directory), at)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(data[:at] + directory + end64 + locator + end)
    (found,) = members(path)
    assert (found.name, found.size, found.compressed, found.begin) == ("1.json", 8, 8, 0)
    with open_member(io.FileIO(path), found) as opened:
        assert opened.read() == b'{"a": 1}'


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.data())
def test_a_damaged_archive_ends_in_a_named_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.zip"
    _pack(path, [("1.json", b'{"a": 1}' * 40, zipfile.ZIP_DEFLATED), ("2.json", b"{}", zipfile.ZIP_STORED)])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    from kg.record import RawDocument, Reject
    from kg.sources import read

    for item in read([path]):
        assert isinstance(item, RawDocument | Reject)


def test_a_method_that_is_not_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    _pack(path, [("1.json", b"{}", zipfile.ZIP_BZIP2)])
    (member,) = members(path)
    with pytest.raises(ZipError, match="compressed by method 12; pack the archive anew"):
        open_member(io.FileIO(path), member)


def test_memory_does_not_grow_with_the_members(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(60_000):
            archive.writestr(zipfile.ZipInfo(f"NCT0000xxxx/NCT{number:08d}.txt"), b"")
    code = (
        "import resource, sys; from kg.sources import read; next(read(['/dev/null']));"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "assert sum(1 for _ in read([sys.argv[1]])) == 60000;"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 12  # MB; the standard library's directory alone takes 35
