"""XML records into trees: no entities, no DTD, no network, bounded in size and depth."""

from typing import Any, Final

from lxml import etree

from kg.errors import RecordError
from kg.sources.splitting import MAX_RECORD_BYTES
from kg.sources.tree import MAX_DEPTH, Node

MAX_ELEMENTS: Final = 750_000
"""Elements in a single record."""


def parse_xml(data: bytes) -> tuple[str, Node]:
    """Return the name of the root element and the record as a tree.

    Comments and processing instructions are no data. Raises RecordError for what is not
    well-formed, declares entities, or is larger than the limits of this module.
    """
    if len(data) > MAX_RECORD_BYTES:
        raise RecordError(f"The record has {len(data):,} bytes; at most {MAX_RECORD_BYTES:,} are read as one record.")
    if data.count(b"<") > 2 * MAX_ELEMENTS:
        raise RecordError(f"The record has more than {MAX_ELEMENTS:,} XML elements, more than any real record.")
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


def _tree(element: etree._Element, depth: int) -> Node:
    """Return an element with its attributes and children; text between children becomes `#text`."""
    if depth > MAX_DEPTH:
        raise RecordError(f"The record is nested more than {MAX_DEPTH} levels deep.")
    node = Node(element.text)
    for name, value in element.attrib.items():
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
