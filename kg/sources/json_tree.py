"""JSON records into trees, read strictly.

Refused: text that is no JSON, NaN, keys that stand twice, lone surrogates, and trees that
are nested more deeply than any real record.
"""

import json
from typing import Any

from kg.errors import RecordError
from kg.sources.strict_json import refuse
from kg.sources.tree import MAX_DEPTH, Node


def parse_json(data: bytes) -> Node:
    """Return a JSON object as a tree; raises RecordError, with the JSON path, for what is not strict JSON."""
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=str, parse_float=str)
        if "\\u" in text:
            _require_whole_characters(value)
    except (ValueError, RecursionError) as error:
        refuse(data, error)
    if not isinstance(value, dict):
        raise RecordError("The record is not a JSON object.", "$")
    return _tree(value, 0)


def _tree(value: Any, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise RecordError(f"The record is nested more than {MAX_DEPTH} levels deep.")
    if not isinstance(value, dict):
        return Node(value)
    node = Node()
    for name, member in value.items():
        for item in _flat(member):
            node.add(name, _tree(item, depth + 1))
    return node


def _flat(value: Any) -> list[Any]:
    """Return the items of a list, of lists inside lists as well; a value alone is a list of one."""
    if not isinstance(value, list):
        return [value]
    found, pending = [], value[::-1]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(reversed(item))
        else:
            found.append(item)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _require_whole_characters(value: Any) -> None:
    """Raise ValueError when a text holds half of a surrogate pair."""
    json.dumps(value, ensure_ascii=False).encode("utf-8")
