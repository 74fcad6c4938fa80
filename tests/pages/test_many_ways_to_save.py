"""One page saved in many ways is one record: markup, line ends, marks at the start of a file."""

import html
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.record import Document, Position, RawDocument
from kg.sources import decode
from kg.sources.recognise import recognise

PAGES = (
    "clinconnect-nk-aml-radboud.txt",
    "meddatax-NCT03597321.txt",
    "medpath-NCT05272293.txt",
    "pubmed-allogeneic-nk-aml.txt",
    "registry-text-lenalidomide-nk.txt",
)


def in_page(body: str) -> bytes:
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>x</title></head>'
    return f"{head}<body>{body}</body></html>".encode()


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def blocks(tag: str) -> Callable[[str], bytes]:
    return lambda text: in_page("".join(f"<{tag}>{html.escape(line)}</{tag}>\n" for line in lines(text)))


def headings_and_lists(text: str) -> bytes:
    body = ""
    for line in lines(text):
        words = line.strip()
        if words.startswith(("•", "* ")):
            body += f"<ul><li>{html.escape(words.lstrip('•* '))}</li></ul>"
        else:
            body += f"<h2>{html.escape(words)}</h2>" if len(words) < 40 else f"<p>{html.escape(words)}</p>"
    return in_page(body)


def one_line_of_source(text: str) -> bytes:
    return in_page("".join(f"<section><div><span>{html.escape(line)}</span></div></section>" for line in lines(text)))


WAYS: dict[str, Callable[[str], bytes]] = {
    "paragraphs": blocks("p"),
    "divisions": blocks("div"),
    "articles": blocks("article"),
    "line breaks": lambda text: in_page("<br>\n".join(html.escape(line) for line in lines(text))),
    "preformatted": lambda text: in_page(f"<pre>{html.escape(text)}</pre>"),
    "headings and lists": headings_and_lists,
    "nested spans": one_line_of_source,
    "carriage returns": lambda text: text.replace("\n", "\r\n").encode(),
    "byte-order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "blanks at the end of lines": lambda text: "\n".join(f"{line}  " for line in text.split("\n")).encode(),
    "a final line end": lambda text: (text + "\n\n").encode(),
}


def read(data: bytes, kind: str) -> Document:
    return decode(RawDocument(data, kind, Position("page")))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_the_same_record_however_it_was_saved(shared: Path, name: str, way: str) -> None:
    data = (shared / "data" / "pages" / name).read_bytes()
    reader = recognise(name, data)
    assert reader is not None
    plain = read(data, reader.kind)
    saved = WAYS[way](data.decode())
    again = read(saved, reader.kind)
    assert again.study == plain.study
    assert again.additions == plain.additions
    assert (again.id, again.version_date, again.unknown_paths) == (plain.id, plain.version_date, ())


@pytest.mark.parametrize("way", [way for way in WAYS if way != "UTF-16"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_recognised_however_it_was_saved(shared: Path, name: str, way: str) -> None:
    data = (shared / "data" / "pages" / name).read_bytes()
    wanted = recognise(name, data)
    found = recognise("page", WAYS[way](data.decode()))
    assert wanted is not None
    assert found is wanted
