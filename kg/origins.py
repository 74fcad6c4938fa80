"""Which field of a record a coded statement came from, read off the tables of the mapping."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from kg.mapping.tables import Table, load
from kg.namespaces import CKG, PREFIXES, RDF_TYPE

_PLACEHOLDER: Final = re.compile(r"\\\{(\w+)\\\}")
_LINKED: Final = "links."
_ELIGIBILITY: Final = "eligibility."
_CRITERIA_TEXT: Final = "protocolSection.eligibilityModule.eligibilityCriteria"


@dataclass(frozen=True)
class Origin:
    """A row of the mapping: the nodes it writes to, the property, the path of the field."""

    node: re.Pattern[str]
    property: str
    path: str
    lists: int
    """How many lists the node's number runs through."""
    target: re.Pattern[str] | None = None
    """The node that a link leads to, where it hangs below the trial."""


def fields_of(part: str, property_iri: str, target: str | None = None) -> tuple[str, ...]:
    """Return the paths of the fields from which a property of a node is mapped.

    `part` is where the node hangs below its trial (`arm/1`; empty for the trial itself), `target`
    where the value hangs, if it is such a node too. A list that the node's number runs through
    gets its index, `armGroups[0].label`. Empty when the property is not mapped from a field: it
    was read out of text, or inferred.
    """
    found: dict[str, None] = {}
    for origin in _origins():
        if origin.property != property_iri or not (match := origin.node.fullmatch(part)):
            continue
        if origin.target is not None and not (match := origin.target.fullmatch(target or "-")):
            continue
        found[_numbered(origin, match)] = None
    return tuple(path for path in found if path)


def _numbered(origin: Origin, match: re.Match[str]) -> str:
    numbers = [group for group in match.groups() if group.isdigit()]
    if origin.lists == len(numbers) == 1:
        return origin.path.replace("[]", f"[{int(numbers[0]) - 1}]", 1)
    return origin.path


@cache
def _origins() -> tuple[Origin, ...]:
    # Single criteria are cut out of one field, word for word.
    return tuple(replace(one, path=_CRITERIA_TEXT) if one.path.startswith(_ELIGIBILITY) else one for one in _read())


def _read() -> Iterator[Origin]:
    tables = {table.name: table for table in load()}
    for table in tables.values():
        at, node = _place(table, tables)
        if at.startswith(_LINKED):
            continue
        lists = at.count("[]")
        if table.link is not None:
            above = _place(tables[table.parent], tables)[1] if table.parent else ""
            if above is not None:
                target = None if node is None or table.iri.startswith("@") else re.compile(node)
                yield Origin(re.compile(above), _iri(table.link), at, lists, target)
        if node is None:
            continue
        here = re.compile(node)
        if table.cls is not None:
            yield Origin(here, RDF_TYPE, at, lists)
        for row in table.rows:
            if row.property.startswith("^"):
                yield Origin(re.compile(""), _iri(row.property[1:]), _join(at, row.path), lists)
            elif row.property != "-":
                yield Origin(here, _iri(row.property), _join(at, row.path), lists)


def _place(table: Table, tables: dict[str, Table]) -> tuple[str, str | None]:
    """Return the path of a section's records and the pattern of its nodes below the trial; None for shared nodes."""
    above_at, above_node = _place(tables[table.parent], tables) if table.parent else ("", "")
    at = table.at[1:] if table.at.startswith("/") else _join(above_at, table.at)
    pattern = table.iri.split(" or ")[-1] if table.iri.startswith("@") and " or " in table.iri else table.iri
    if pattern.startswith("@"):
        return at, None
    if pattern == ".":
        return at, above_node
    text = _PLACEHOLDER.sub(_segment, re.escape(pattern.lstrip("/")))
    if pattern.startswith("/") or not above_node:
        return at, text
    return at, f"{above_node}/{text}"


def _segment(match: re.Match[str]) -> str:
    return r"(\d+)" if match.group(1) == "n" else "(.+)"


def _join(at: str, path: str) -> str:
    """Return the path below `at`; `..` climbs to the record around, `.` is the record itself."""
    steps = at.split(".") if at not in ("", ".") else []
    for step in path.split("/"):
        if step == "..":
            while steps and not steps[-1].endswith("[]"):
                steps.pop()
            if steps:
                steps.pop()
        elif step not in (".", "-"):
            steps.extend(step.split("."))
    return ".".join(steps)


def _iri(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else CKG + curie
