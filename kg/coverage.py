"""Accounting: which values of a corpus are mapped, left out for a stated reason, or unknown.

Every leaf value of a record is counted at its path, and the tables of the mapping say what becomes
of the path. What a reader found and could place nowhere in the record is unknown, and so would be a
path of the record that no table names. Nothing is lost in silence, and nothing new is fatal.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from kg import sources
from kg.errors import RecordError
from kg.mapping import tables
from kg.mapping.compiler import full_path
from kg.mapping.types import ROOTS, Field, fields_of, is_record, leaf_paths, study_type
from kg.record import Additions, Document, Reject
from kg.sources import ignored as left_out

_INDEX: Final = re.compile(r"\[\d+\]")
_PRIVATE: Final = frozenset({"contact", "bookkeeping"})
"""Kinds of ignored paths that do not count against the share of what is left out."""


def canonical(path: str) -> str:
    """Return a table's path with the field names of the source; raises KeyError for no field of the record."""
    parts = path.split(".")
    kind: Any = study_type()
    named: list[str] = []
    if parts[0] in ROOTS:
        kind, named = ROOTS[parts[0]][1], [parts.pop(0)]
    for part in parts:
        item = fields_of(kind)[part.removesuffix("[]")]
        named.append(item.name + ("[]" if part.endswith("[]") else ""))
        kind = item.inside
    return ".".join(named)


@cache
def mapped_paths() -> frozenset[str]:
    """Return the leaf paths that a row of the tables writes."""
    paths = (full_path(table, row) for table in tables.load() for row in table.rows)
    named = {canonical(path) for path in paths if path and not path.startswith("links.")}
    return frozenset(named.intersection(all_paths()))


@cache
def ignored_reason(path: str) -> tables.Ignored | None:
    """Return why a leaf path is left out; None for one that is not."""
    for item in tables.ignored():
        if path == item.path or (item.path.endswith(".*") and path.startswith(item.path[:-1])):
            return item
    return None


def all_paths() -> tuple[str, ...]:
    """Return every leaf path that a record can have."""
    return (*leaf_paths(), *leaf_paths(Additions, "additions."))


@cache
def _plan(kind: type) -> tuple[tuple[str, str, Field], ...]:
    items = {item.attribute: item for item in fields_of(kind).values()}
    return tuple((name, item.name + ("[]" if item.listed else ""), item) for name, item in items.items())


def _count(record: object, kind: type, prefix: str, found: Counter[str]) -> None:
    for attribute, name, item in _plan(kind):
        value = getattr(record, attribute)
        if value is None or value == ():
            continue
        path = prefix + name
        if is_record(item.inside):
            for one in value if item.listed else (value,):
                _count(one, item.inside, path + ".", found)
        else:
            found[path] += len(value) if item.listed else 1


def values(document: Document) -> Counter[str]:
    """Return how many leaf values a document has at each path of the record."""
    found: Counter[str] = Counter()
    _count(document.study, study_type(), "", found)
    _count(document.additions, Additions, "additions.", found)
    return found


@dataclass
class Account:
    """What became of the values of a corpus."""

    records: int = 0
    rejects: list[Reject] = field(default_factory=list)
    mapped: Counter[str] = field(default_factory=Counter)
    """Path to number of values."""
    ignored: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    kinds: set[str] = field(default_factory=set)
    """Readers of the records."""

    @property
    def complete(self) -> bool:
        """Whether no value is unknown."""
        return not self.unknown

    @property
    def total(self) -> int:
        """Number of leaf values."""
        return self.mapped.total() + self.ignored.total() + self.unknown.total()

    @property
    def left_out_share(self) -> float:
        """Share of the ignored among the values that are neither contact details nor bookkeeping, from 0 to 1."""
        private = sum(n for path, n in self.ignored.items() if _kind(path) in _PRIVATE)
        rest = self.total - private
        return (self.ignored.total() - private) / rest if rest else 0.0

    def add(self, document: Document) -> None:
        """Count the values of a document."""
        self.records += 1
        self.kinds.add(document.kind)
        written = mapped_paths()
        for path, number in values(document).items():
            if path in written:
                self.mapped[path] += number
            elif ignored_reason(path):
                self.ignored[path] += number
            else:
                self.unknown[path] += number
        self.unknown.update(_INDEX.sub("[]", path) for path in document.unknown_paths)

    def lines(self) -> list[str]:
        """Return the account as text, a line each: totals, then the ignored and unknown paths."""
        total = self.total or 1
        result = [f"{_counted(self.records, 'record')} with {_counted(self.total, 'value')}"]
        if self.rejects:
            result[0] += f"; {_counted(len(self.rejects), 'record')} rejected"
        for name, counts in (("mapped", self.mapped), ("ignored", self.ignored), ("unknown", self.unknown)):
            number = counts.total()
            result.append(f"  {name:8} {number:>12,}  {100 * number / total:6.2f} %  at {len(counts):,} paths")
        result.append(f"  ignored beside contact details and bookkeeping: {100 * self.left_out_share:.2f} %")
        for reason, paths in self._by_reason().items():
            result.append(f"ignored: {reason}")
            result.extend(f"  {number:>9,}  {path}" for path, number in paths)
        for kind in sorted(self.kinds):
            result.extend(_left_out_by_reader(kind))
        if self.unknown:
            result.append("unknown: no table of the mapping names the path, or the reader cannot place it")
            result.extend(f"  {number:>9,}  {path}" for path, number in sorted(self.unknown.items()))
        return result

    def _by_reason(self) -> dict[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for path, number in sorted(self.ignored.items()):
            item = ignored_reason(path)
            if item:
                found.setdefault(f"{item.reason} ({item.kind})", []).append((path, number))
        return found


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _kind(path: str) -> str | None:
    item = ignored_reason(path)
    return None if item is None else item.kind


def _left_out_by_reader(kind: str) -> list[str]:
    """Return the lines for the paths of a source that its reader does not take into the record."""
    name = kind.replace("-", "_")
    if name not in left_out.sources():
        return []
    rows = [f"  {path}  {reason}" for path, reason in left_out.ignored(name).items()]
    return [f"not taken into the record by the reader {kind}, where a source has them:", *rows]


def account(
    paths: Sequence[str | Path],
    kind: str | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Account:
    """Return what becomes of every value of a corpus.

    `kind` names the reader, else each file is recognised; `progress` is called with the number of
    records done. A record that cannot be read is counted with its reason and the rest goes on.
    """
    result = Account()
    for item in sources.read(paths, kind):
        if isinstance(item, Reject):
            result.rejects.append(item)
            continue
        try:
            result.add(sources.decode(item))
        except RecordError as error:
            result.rejects.append(Reject(item.position, error.reason, error.path, item.kind))
        if progress is not None:
            progress(result.records, None)
    return result
