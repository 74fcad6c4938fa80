"""The tables of the mapping: one file per topic, one section per class of node.

A section opens with its name in brackets; a name with a slash is a node inside another node.
Header lines (two columns) say what the node is:

- `class`: the class of the node; without one, the section adds to a node of another section.
- `at`: path of the records, from the record of the enclosing section (from the whole with a
  leading slash); `[]` runs through a list.
- `iri`: where the node hangs: `site/{n}` below its parent, `/regimen/{n}` below the trial, `.` the
  parent itself, `@organization(name)` by `kg.iri`. `{n}` counts through the document's order,
  `{field}` is a value of the record. After ` or ` stands what to take when the first has no value.
- `link`: the property from the parent to the node; `link-if` another one under a condition.
- `key`: under which name other rows find the node.
- `typed  always`: the class is said of the parent itself (`iri .`), so that it never hangs on a field.
- `when`: `trial` (the default), `article` or `any` document; `inference  none`: a class that no
  definition uses, kept from the reasoner.

Rows have a path (`..` climbs to the record around), a property (`^` says it of the parent), the
kind of value, the cardinality, and, where the ontology's contract does not name the property, what
it means. Columns stand two blanks apart.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

FILES: Final = (
    "trial",
    "people",
    "arms",
    "references",
    "flow",
    "baseline",
    "reported",
    "events",
    "derived",
    "products",
    "giving",
    "findings",
    "additions",
    "article",
)
"""The files, in the order in which their statements are written."""

_COLUMNS: Final = re.compile(r"\s{2,}")
CARDINALITIES: Final = frozenset({"0..1", "1", "0..*", "1..*"})
_HEADERS: Final = frozenset({"class", "at", "iri", "link", "link-if", "key", "when", "inference", "note"})


@dataclass(frozen=True)
class Row:
    """One statement: where the value stands, the property, the kind of value, how often."""

    path: str
    property: str
    value: str
    cardinality: str
    note: str


@dataclass(frozen=True)
class Table:
    """A section: what a node is, where its records stand, and its rows."""

    name: str
    file: str
    headers: dict[str, str]
    rows: tuple[Row, ...]

    @property
    def cls(self) -> str | None:
        """The class of the node as a CURIE; None for a section that adds to another node."""
        return self.headers.get("class")

    @property
    def at(self) -> str:
        """Path of the records."""
        return self.headers["at"]

    @property
    def iri(self) -> str:
        """Where the node hangs."""
        return self.headers["iri"]

    @property
    def link(self) -> str | None:
        """The property from the parent to the node."""
        link = self.headers.get("link")
        return link and link.split()[0]

    @property
    def when(self) -> str:
        """Which documents the section is for: `trial`, `article` or `any`."""
        return self.headers.get("when", "trial")

    @property
    def minted(self) -> bool:
        """Whether several documents share the node: its IRI comes from what it names."""
        return self.iri.startswith("@") and not self.iri.startswith("@group")

    @property
    def parent(self) -> str | None:
        """Name of the enclosing section."""
        return self.name.rpartition("/")[0] or None


@dataclass(frozen=True)
class Ignored:
    """A path that is left out on purpose."""

    path: str
    kind: str
    """`contact`, `bookkeeping` or `prediction`."""
    reason: str


class TableError(Exception):
    """A table that cannot be read: our own mistake, found by the tests."""


def _text(name: str) -> str:
    return (files(__name__) / f"{name}.txt").read_text(encoding="utf-8")


def parse(file: str, text: str) -> tuple[Table, ...]:
    """Return the sections of a file; raises TableError with the line for what is no table."""
    tables: list[Table] = []
    headers: dict[str, str] = {}
    rows: list[Row] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            headers, rows = {}, []
            tables.append(Table(line.strip("[] \t"), file, headers, ()))
            continue
        columns = _COLUMNS.split(line.strip(), 4)
        if columns[0] in _HEADERS and not (len(columns) > 3 and columns[3] in CARDINALITIES):
            headers[columns[0]] = "  ".join(columns[1:])
            continue
        if len(columns) < 4 or columns[3] not in CARDINALITIES or not tables:
            raise TableError(f"{file}.txt:{number}: a row has path, property, value and cardinality: {line!r}.")
        rows.append(Row(columns[0], columns[1], columns[2], columns[3], columns[4] if len(columns) > 4 else ""))
        tables[-1] = Table(tables[-1].name, file, headers, tuple(rows))
    return tuple(tables)


@cache
def load() -> tuple[Table, ...]:
    """Return all sections in the order of writing."""
    return tuple(table for name in FILES for table in parse(name, _text(name)))


@cache
def ignored() -> tuple[Ignored, ...]:
    """Return the paths that are left out, with the reason."""
    rows = (_COLUMNS.split(line.strip(), 2) for line in _text("ignored").splitlines())
    return tuple(Ignored(*row) for row in rows if len(row) == 3 and not row[0].startswith("#"))


@cache
def synonyms() -> dict[tuple[str, str], str]:
    """Return the registry's code for a text that some records have instead: (value set, text) to code."""
    rows = (_COLUMNS.split(line.strip(), 2) for line in _text("codes").splitlines())
    return {(row[0], row[1]): row[2] for row in rows if len(row) == 3 and not row[0].startswith("#")}
