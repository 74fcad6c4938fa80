"""Counting the statements of N-Quads by property and class, as fast as memory allows.

Every statement of a release is counted, for VoID and the manifest. Splitting the text into
lines would cost as much as mapping did; here the bytes are looked at as one array, and an
IRI is told by its length, the 8 bytes where our terms' names begin, and its last 24 (a test
shows that this tells every term of the ontology). `count_slowly` is what it must equal.
"""

from collections import Counter
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kg.namespaces import CKG, RDF_TYPE

_NEWLINE, _CLOSE, _SLASH = b"\n>/"
_TAIL: Final = 24
_NAME: Final = len(CKG)
_MIX: Final = tuple(
    np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
)
_FOLD: Final = np.uint64(29)

Places = NDArray[np.int64]


class Counted(Struct):
    """What N-Quads hold."""

    properties: Counter[str]
    """Statements by property."""
    classes: Counter[str]
    """Type statements by class, of nodes that hang below the owner."""
    instances: list[tuple[str, str]]
    """(class, node) of every other node that is typed, once, in order."""


def count_statements(data: bytes, owner: str) -> Counted:
    """Count canonical N-Quads: one statement on a line, one blank between terms.

    `owner` is the IRI whose own nodes (itself and what hangs below it) no other document describes.
    """
    if not data:
        return Counted(Counter(), Counter(), [])
    codes = np.frombuffer(data, np.uint8)
    closes = np.flatnonzero(codes == _CLOSE)
    # A statement ends in `> .` and the line end; the next `>` closes the next subject.
    last = np.flatnonzero(codes[closes + 3] == _NEWLINE)
    first = np.concatenate((np.zeros(1, last.dtype), last[:-1] + 1))
    begins = np.concatenate((np.zeros(1, last.dtype), closes[last[:-1]] + 4))
    properties = _tally(data, closes[first] + 3, closes[first + 1])
    if properties is None:
        return count_slowly(data, owner)
    counts, label, names = properties
    if RDF_TYPE not in counts:
        return Counted(counts, Counter(), [])
    typed = np.flatnonzero(label == names.index(RDF_TYPE))
    nodes, node_ends = begins[typed] + 1, closes[first[typed]]
    classes, class_ends = closes[first[typed] + 1] + 3, closes[first[typed] + 2]
    own = _below(codes, nodes, node_ends, owner.encode())
    by_class = _tally(data, classes[own], class_ends[own])
    if by_class is None:
        return count_slowly(data, owner)
    places = zip(classes[~own], class_ends[~own], nodes[~own], node_ends[~own], strict=True)
    instances = {(data[a:b].decode(), data[c:d].decode()) for a, b, c, d in places}
    return Counted(counts, by_class[0], sorted(instances))


def count_slowly(data: bytes, owner: str) -> Counted:
    """Count by splitting lines: the meaning of `count_statements`."""
    rows = [line.split(" ", 3) for line in data.decode().split("\n")[:-1]]
    typed = [(row[2][1:-1], row[0][1:-1]) for row in rows if row[1] == f"<{RDF_TYPE}>"]
    own = [node == owner or node.startswith(owner + "/") for _, node in typed]
    return Counted(
        Counter(row[1][1:-1] for row in rows),
        Counter(cls for (cls, _), mine in zip(typed, own, strict=True) if mine),
        sorted({pair for pair, mine in zip(typed, own, strict=True) if not mine}),
    )


def _tally(data: bytes, begins: Places, ends: Places) -> tuple[Counter[str], NDArray[np.intp], list[str]] | None:
    """Return how often each text between `begins` and `ends` occurs, with a label for each and the texts by label.

    None when the texts cannot be told apart by what is looked at.
    """
    lengths = ends - begins
    if not len(lengths):
        return Counter(), np.zeros(0, np.intp), []
    if int(lengths.min()) < _TAIL:
        return None
    words: NDArray[Any] = np.ndarray((len(data) - 7,), np.dtype("<u8"), data, strides=(1,))
    keys = (lengths.astype(np.uint64) ^ words[begins + np.minimum(_NAME, lengths - 8)]) * _MIX[3]
    for place in range(_TAIL // 8):
        keys ^= words[ends - 8 * (place + 1)] * _MIX[place]
        keys ^= keys >> _FOLD
    _, sample, label, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    names = [data[begins[n] : ends[n]].decode() for n in sample]
    tally = Counter(dict(zip(names, counts.tolist(), strict=True)))
    return (tally, label.reshape(-1), names) if len(tally) == len(names) else None


def _below(codes: NDArray[np.uint8], begins: Places, ends: Places, owner: bytes) -> NDArray[np.bool_]:
    """Tell which of the IRIs are the owner's own: equal to it, or longer with a slash after it."""
    size = len(owner)
    result = ends - begins >= size
    near = begins[result]
    same = (codes[near[:, None] + np.arange(size)] == np.frombuffer(owner, np.uint8)).all(axis=1)
    after = codes[near + size]
    result[result] = same & ((after == _SLASH) | (after == _CLOSE))
    return result
