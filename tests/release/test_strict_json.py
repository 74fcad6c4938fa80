"""What a lenient JSON parser lets pass is refused, with its path."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import RecordError
from kg.record import Study
from kg.sources.json_fault import first_fault
from kg.sources.strict_json import StrictDecoder

_MODULE = "$.protocolSection.identificationModule"
_DECODER = StrictDecoder(Study)


def _in_module(members: str) -> bytes:
    return ('{"protocolSection":{"identificationModule":{' + members + "}}}").encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("data", "path", "words"),
    [
        (b"", "$", "truncated"),
        (b"   ", "$", "truncated"),
        (b"not json", "$", "'not'"),
        (b"[]", "$", "Expected an object, got a list"),
        (_in_module('"nctId":7'), f"{_MODULE}.nctId", "Expected text, got a whole number"),
        (_in_module('"nctIdAliases":{}'), f"{_MODULE}.nctIdAliases", "Expected a list, got an object"),
        (_in_module('"nctIdAliases":["a",1]'), f"{_MODULE}.nctIdAliases[1]", "Expected text"),
        (
            b'{"protocolSection":{"designModule":{"enrollmentInfo":{"count":1' + b"0" * 30 + b"}}}}",
            "$.protocolSection.designModule.enrollmentInfo.count",
            "Expected a whole number <= 9223372036854775807",
        ),
        (_in_module('"nctId":NaN'), f"{_MODULE}.nctId", "NaN is not a JSON value"),
        (_in_module('"nctId":1e400'), f"{_MODULE}.nctId", "1e400 is too large"),
        (_in_module('"nctId":' + "9" * 10_000), f"{_MODULE}.nctId", "is too large to be read"),
        (_in_module('"nctId":-Infinity'), f"{_MODULE}.nctId", "-Infinity is not a JSON value"),
        (_in_module('"nctId":"a","nctId":"b"'), f"{_MODULE}.nctId", "stands twice"),
        (_in_module('"nctId":"a","nctId":"a"'), f"{_MODULE}.nctId", "stands twice"),
        (_in_module(r'"nctId":"a","\u006ectId":"b"'), f"{_MODULE}.nctId", "stands twice"),
        (_in_module('"x":{"y":1,"y":2}'), f"{_MODULE}.x.y", "stands twice"),
        (_in_module(r'"nctId":"\ud800"'), f"{_MODULE}.nctId", r"half a surrogate pair (\ud800)"),
        (_in_module(r'"nctId":"\udc00 x"'), f"{_MODULE}.nctId", r"half a surrogate pair (\udc00)"),
        (_in_module('"nctId":"\ud800"'), f"{_MODULE}.nctId", "not valid UTF-8"),
        (_in_module('"nctId":"\x01"'), f"{_MODULE}.nctId", "control character (byte 0x01)"),
        (_in_module(r'"nctId":"\q"'), f"{_MODULE}.nctId", "no known escape"),
        (_in_module('"nctId" "a"'), f"{_MODULE}.nctId", "colon"),
        (_in_module('"nctId":"a"')[:-2], "$.protocolSection.identificationModule", "truncated"),
        (_in_module('"nctId":"a')[:-3], f"{_MODULE}.nctId", "truncated"),
        (_in_module('"nctId":"a"') + b"{}", "$", "more text after the end"),
        (_in_module('"nctId":"a",'), "$.protocolSection.identificationModule.nctId", "key in double quotes"),
        (b'{"x":' + b"[" * 100_000, "$.x" + "[0]" * 29 + "...", "nested more than"),
    ],
)
def test_a_faulty_record_is_refused_with_its_path(data: bytes, path: str, words: str) -> None:
    with pytest.raises(RecordError) as caught:
        _DECODER.decode(data)
    assert caught.value.path == path
    assert words in caught.value.reason


def test_fields_that_the_model_lacks_are_set_aside_with_the_paths_of_their_leaves() -> None:
    record, unknown = _DECODER.decode(
        b'{"protocolSection":{"identificationModule":{"nctId":"NCT1","new":{"a":[1,{"b":2}],"c":[]}},"newModule":3}}'
    )
    assert record.protocol_section.identification_module.nct_id == "NCT1"
    module = "protocolSection.identificationModule"
    assert unknown == (f"{module}.new.a[0]", f"{module}.new.a[1].b", f"{module}.new.c", "protocolSection.newModule")


def test_a_wrong_type_beside_an_unknown_field_is_still_refused() -> None:
    with pytest.raises(RecordError) as caught:
        _DECODER.decode(_in_module('"new":1,"nctId":[]'))
    assert caught.value.path == f"{_MODULE}.nctId"


@pytest.mark.parametrize(
    "text",
    [
        '{ "hasResults" : true }',
        '{"hasResults":null}',
        '{"protocolSection":{}}',
        '{"protocolSection":{"identificationModule":{"briefTitle":"says \\":{}\\" and \\"a\\":1"}}}',
        '{"protocolSection":{"identificationModule":{"nctIdAliases":[]}}}',
        '{"protocolSection":{"identificationModule":{"briefTitle":"\\ud83d\\ude00 \\\\ud800"}}}',
        '\n{\r\n\t"hasResults":false}\n',
    ],
)
def test_unusual_but_legal_json_is_read(text: str) -> None:
    record, unknown = _DECODER.decode(text.encode())
    assert unknown == ()
    assert isinstance(record, Study)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(_JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_no_fault_is_found_in_what_the_standard_library_writes(value: Any, indent: int | None, escape: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escape)
    if "\\ud" in text or any("\ud800" <= c <= "\udfff" for c in text):
        return
    assert first_fault(text.encode()) is None


@settings(deadline=None)
@given(_JSON, st.data())
def test_every_cut_of_a_container_is_a_fault(value: Any, data: st.DataObject) -> None:
    text = json.dumps([value]).encode()
    cut = data.draw(st.integers(0, len(text) - 1))
    assert first_fault(text[:cut]) is not None
