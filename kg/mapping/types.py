"""What the record's types say of a path: attribute, type inside, optional or list."""

import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec

from kg.record import Additions, Eligibility, Links, Study

ROOTS: Final[dict[str, tuple[str, type]]] = {
    "links": ("links", Links),
    "additions": ("additions", Additions),
    "eligibility": ("eligibility", Eligibility),
}
"""First step of a path to the variable that holds it and its type; any other path starts at the study."""


@dataclass(frozen=True)
class Field:
    """A field of a record type."""

    name: str
    attribute: str
    inside: Any
    """The type of the value, or of a single value of a list."""
    optional: bool
    listed: bool


@cache
def fields_of(cls: type) -> dict[str, Field]:
    """Return the fields of a struct by both their names, the source's and the attribute's."""
    found: dict[str, Field] = {}
    hints = typing.get_type_hints(cls)
    for item in msgspec.structs.fields(cls):
        hint = hints[item.name]
        optional = False
        if typing.get_origin(hint) in (types.UnionType, typing.Union):
            optional = True
            (hint,) = (part for part in typing.get_args(hint) if part is not types.NoneType)
        listed = typing.get_origin(hint) is tuple
        inside = typing.get_args(hint)[0] if listed else hint
        found[item.encode_name] = found[item.name] = Field(item.encode_name, item.name, inside, optional, listed)
    return found


def is_record(kind: Any) -> bool:
    """Whether a type is a struct with fields."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


@cache
def leaf_paths(cls: type = Study, prefix: str = "") -> tuple[str, ...]:
    """Return every leaf path of a record type, `[]` after each list, in the order of the fields."""
    found: list[str] = []
    seen: set[str] = set()
    for item in fields_of(cls).values():
        if item.name in seen:
            continue
        seen.add(item.name)
        path = f"{prefix}{item.name}{'[]' if item.listed else ''}"
        found.extend(leaf_paths(item.inside, f"{path}.") if is_record(item.inside) else (path,))
    return tuple(found)


def study_type() -> type:
    """Return the type at which the paths of the registry start."""
    return Study
