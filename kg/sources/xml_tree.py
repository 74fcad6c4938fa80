"""XML records into trees: no entities, no DTD, no network, bounded in size and depth."""

import re
from itertools import islice
from typing import Any, Final

from lxml import etree

from kg.errors import RecordError
from kg.sources.splitting import MAX_RECORD_BYTES
from kg.sources.tree import MAX_DEPTH, Node

MAX_ELEMENTS: Final = 750_000
"""Elements in a single record."""

_DECLARATIONS: Final = re.compile(rb"""<!DOCTYPE(?>[^>\["']|"[^"]{0,1000}"|'[^']{0,1000}'){0,1000}+\[""")
_MAX_DOCTYPES: Final = 20
"""Of which one may be meant, others stand in comments."""
_LONG_TAG: Final = re.compile(rb"<(?![!?])[^<>]{10000}")
"""Parsing a tag takes the square of its attributes."""


def parse_xml(data: bytes) -> tuple[str, Node]:
    """Return the name of the root element and the record as a tree.

    Comments and processing instructions are no data. Raises RecordError for what is not
    well-formed, brings declarations of its own, or is larger than the limits of this module.
    """
    _refuse_early(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise RecordError(f"The record is not well-formed XML: {_first_line(error)}.") from error
    if root is None:
        raise RecordError("The record holds no XML element.")
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise RecordError("The record declares XML entities, which are not read; save it without a DOCTYPE.")
    return _local(root.tag), _tree(root, 0)


def _refuse_early(data: bytes) -> None:
    """Raise RecordError for bytes that are not to be given to a parser."""
    if len(data) > MAX_RECORD_BYTES:
        raise RecordError(f"The record has {len(data):,} bytes; at most {MAX_RECORD_BYTES:,} are read as one record.")
    plain = data.replace(b"\x00", b"") if b"\x00" in data[:100] else data
    if not plain.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n").startswith(b"<"):
        raise RecordError("The record is not well-formed XML: it does not begin with a tag.")
    starts = [match.start() for match in islice(re.finditer(rb"<!DOCTYPE", plain), _MAX_DOCTYPES + 1)]
    if len(starts) > _MAX_DOCTYPES or any(_DECLARATIONS.match(plain, start) for start in starts):
        raise RecordError(
            "The record brings declarations of its own (a DOCTYPE with brackets, which may declare entities), "
            "which are not read; save it without them."
        )
    if plain.count(b"<") > 2 * MAX_ELEMENTS:
        raise RecordError(f"The record has more than {MAX_ELEMENTS:,} XML elements, more than any real record.")
    if _LONG_TAG.search(plain):
        raise RecordError("The record has a tag of more than 10,000 characters, longer than in any real record.")


def _tree(element: etree._Element, depth: int) -> Node:
    """Return an element with its attributes and children; text between children becomes `#text`."""
    if depth > MAX_DEPTH:
        raise RecordError(f"The record is nested more than {MAX_DEPTH} levels deep.")
    node = Node(element.text)
    for name, value in element.items():
        node.add(f"@{_local(str(name))}", Node(str(value)))
    for child in element:
        if not isinstance(child.tag, str):
            raise RecordError("The record refers to XML entities, which are not read; save it as plain XML.")
        node.add(_local(child.tag), _tree(child, depth + 1))
        if child.tail and not child.tail.isspace():
            node.add("#text", Node(child.tail))
    return node


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _first_line(error: Exception) -> str:
    text = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return text.removesuffix(" (<string>, line 1)").rstrip(".")
