"""JSON that is read strictly: what a lenient parser lets pass is found and named with its path.

`msgspec` refuses NaN, wrong types, bad UTF-8 and lone surrogates by itself, but takes the
last of two equal keys in silence and points into the text by bytes. Here an accepted record
is also shown to have no duplicate keys (by a count, in the common case), unknown fields are
set aside with their paths instead of failing the record, and a refusal gets a JSON path.
"""

import json
import re
from typing import Any, Final, Generic, NoReturn, TypeVar

import msgspec
import numpy as np
from msgspec import inspect

from kg.errors import RecordError
from kg.sources.json_fault import first_fault

T = TypeVar("T", bound=msgspec.Struct)

_PLACE: Final = re.compile(r"(?s)(.*?)(?: - at `(?:key in )?(\$.*?)`)?\Z")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_QUOTE, _COLON, _BACKSLASH = b'":\\'


class StrictDecoder(Generic[T]):
    """Decodes one type of record, whose structs forbid unknown fields, from JSON bytes."""

    def __init__(self, record: type[T]) -> None:
        """Prepare to decode `record`."""
        self._record = record
        self._decoder = msgspec.json.Decoder(record)
        self._encoder = msgspec.json.Encoder()
        self._type = inspect.type_info(record)

    def decode(self, data: bytes) -> tuple[T, tuple[str, ...]]:
        """Return the record and the JSON paths that its type has no field for, in order.

        Raises RecordError, with the JSON path, for text that is no JSON, for a value of a
        wrong type and for a key that stands twice in one object.
        """
        try:
            record = self._decoder.decode(data)
        except msgspec.ValidationError:
            return self._decode_around_unknown(data)
        except (ValueError, RecursionError) as error:
            refuse(data, error)
        if not self._keys_are_unique(data, record):
            refuse_duplicates(data)
        return record, ()

    def _keys_are_unique(self, data: bytes, record: T) -> bool:
        """Whether a count shows that no key stands twice; False when the count does not tell.

        Encoding leaves out fields at their defaults, so the text has at least the keys of
        the encoded record; each duplicate, null, empty list or blank before a colon only
        widens the difference. Sections that the text lacks are encoded as `{}`.
        """
        if b'":{}' in data:
            return False
        encoded = self._encoder.encode(record)
        return _count_keys(data) == _count_keys(encoded) - encoded.count(b'":{}')

    def _decode_around_unknown(self, data: bytes) -> tuple[T, tuple[str, ...]]:
        refuse_duplicates(data)
        unknown: list[str] = []
        try:
            tree = msgspec.json.decode(data)
            _prune(tree, self._type, "", unknown)
            return msgspec.convert(tree, self._record), tuple(unknown)
        except msgspec.ValidationError as error:
            if "out of range" in str(error):
                refuse(data, error)
            raise RecordError(*readable(error)) from None
        except (ValueError, RecursionError) as error:
            refuse(data, error)


def refuse(data: bytes, error: Exception) -> NoReturn:
    """Raise the RecordError of a text that a JSON parser refused with `error`."""
    fault = first_fault(data)
    if fault is None:
        raise RecordError(f"The text cannot be decoded: {error}.", "$")
    raise RecordError(f"{fault.reason} (byte {fault.offset})", fault.path)


def refuse_duplicates(data: bytes) -> None:
    """Raise the RecordError of a text with a key that stands twice in an object, or that is no JSON."""
    try:
        json.loads(data, object_pairs_hook=_unique, parse_int=str)
    except (ValueError, RecursionError) as error:
        refuse(data, error)


def readable(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return the sentence and the JSON path of a message of `msgspec`."""
    match = _PLACE.match(str(error))
    sentence, path = match.groups() if match else (str(error), None)
    sentence = re.sub(r"`(\w+)(?: \| null)?`", lambda m: _WORDS.get(m[1], m[0]), sentence)
    return sentence.rstrip(".") + ".", path or "$"


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")


def _count_keys(data: bytes) -> int:
    """Return how many quotes that are not escaped stand before a colon: in compact JSON, the keys."""
    if len(data) < 3:
        return 0
    codes = np.frombuffer(data, np.uint8)
    return int(np.count_nonzero((codes[1:-1] == _QUOTE) & (codes[2:] == _COLON) & (codes[:-2] != _BACKSLASH)))


def _prune(value: Any, expected: inspect.Type, path: str, unknown: list[str]) -> None:
    """Take out of a decoded tree the members that the type has no field for, noting the paths of their leaves."""
    if isinstance(expected, inspect.UnionType):
        for option in expected.types:
            _prune(value, option, path, unknown)
    elif isinstance(expected, inspect.VarTupleType) and isinstance(value, list):
        for index, item in enumerate(value):
            _prune(item, expected.item_type, f"{path}[{index}]", unknown)
    elif isinstance(expected, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in expected.fields}
        for key in list(value):
            below = f"{path}.{key}" if path else key
            if key in fields:
                _prune(value[key], fields[key], below, unknown)
            else:
                unknown.extend(_leaves(value.pop(key), below))


def _leaves(value: Any, path: str) -> list[str]:
    """Return the paths of the leaf values of a tree; an empty object or list is its own leaf."""
    result: list[str] = []
    pending = [(value, path)]
    while pending:
        item, where = pending.pop()
        if isinstance(item, dict) and item:
            pending.extend((below, f"{where}.{key}") for key, below in reversed(item.items()))
        elif isinstance(item, list) and item:
            pending.extend((below, f"{where}[{i}]") for i, below in reversed(list(enumerate(item))))
        else:
            result.append(where)
    return result
