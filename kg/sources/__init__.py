"""Reading: files of any supported source, cut into raw records and decoded into the study record.

`read` streams the raw records of the inputs; `decode` lifts one into a `Document`. One
module per source format holds its `Reader`; `kg.sources.recognise` lists them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from kg.record import Document, RawDocument, Reject
from kg.sources.containers import STREAM_ERRORS, File, describe, files
from kg.sources.intake import Intake
from kg.sources.limits import Limits
from kg.sources.reader import HEAD_BYTES, Bundle, Reader
from kg.sources.recognise import reader, readers, recognise, recognise_bundle

__all__ = ["Reader", "decode", "labels", "read", "reader", "readers"]


def read(
    paths: Sequence[str | Path],
    kind: str | None = None,
    limits: Limits | None = None,
    intake: Intake | None = None,
) -> Iterator[RawDocument | Reject]:
    """Yield the raw records of the inputs, and a reject for each file or part that cannot be read.

    `kind` names the reader of every file; without it each file is recognised by its
    content. `intake` counts the bytes that are read. Raises UnreadableInputError for a path
    that does not exist, UsageError for an unknown kind.
    """
    fixed = reader(kind) if kind else None
    for path, label in zip(paths, labels(paths), strict=True):
        for item in files(Path(path), label, lambda names: _bundle_reader(names, fixed) is not None, limits, intake):
            if isinstance(item, Reject):
                yield item
            elif isinstance(item, File):
                yield from _read_file(item, fixed)
            else:
                yield from _read_bundle(item, fixed)


def decode(raw: RawDocument) -> Document:
    """Lift a raw record into the study record; raises RecordError when it does not fit."""
    return reader(raw.kind).decode(raw)


def labels(paths: Sequence[str | Path]) -> list[str]:
    """Return the shortest endings of the paths that tell them apart: how positions name the inputs.

    A release must not depend on where its inputs lie, so no absolute path enters it.
    """
    parts = [Path(path).absolute().parts for path in paths]
    result = []
    for own in parts:
        others = [other for other in parts if other != own]
        length = 1
        while length < len(own) and any(other[-length:] == own[-length:] for other in others):
            length += 1
        result.append("/".join(own[-length:]).lstrip("/"))
    return result


def _bundle_reader(names: tuple[str, ...], fixed: Reader | None) -> Reader | None:
    if fixed is None:
        return recognise_bundle(names)
    return fixed if fixed.recognises_bundle is not None and fixed.recognises_bundle(names) else None


def _read_file(file: File, fixed: Reader | None) -> Iterator[RawDocument | Reject]:
    try:
        with file.open() as stream:
            head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
            chosen = fixed or recognise(file.name, head)
            if chosen is None:
                yield Reject(file.position, _unrecognised(head))
                return
            for item in chosen.split(stream, file.position):
                yield _with_sidecar(item, file)
    except STREAM_ERRORS as error:
        yield Reject(file.position, describe(error))


def _read_bundle(bundle: Bundle, fixed: Reader | None) -> Iterator[RawDocument | Reject]:
    chosen = _bundle_reader(bundle.names, fixed)
    if chosen is None or chosen.split_bundle is None:
        raise AssertionError("a bundle was recognised and has no reader")
    try:
        yield from chosen.split_bundle(bundle)
    except STREAM_ERRORS as error:
        yield Reject(bundle.position, describe(error))


def _with_sidecar(item: RawDocument | Reject, file: File) -> RawDocument | Reject:
    if isinstance(item, RawDocument) and (file.sidecar.url or file.sidecar.fetched):
        return msgspec.structs.replace(item, url=item.url or file.sidecar.url, fetched=file.sidecar.fetched)
    return item


def _unrecognised(head: bytes) -> str:
    if not head.strip():
        return "The file is empty."
    kinds = ", ".join(r.kind for r in readers())
    return f"No reader recognises this file; if it is one of {kinds}, name it with --kind."
