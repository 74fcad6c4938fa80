"""A source record as a tree whose values are consumed by reading.

A reader takes each value once. What nobody took is left over at the end and is reported
by path, so that a field which the registry adds tomorrow cannot be lost in silence.
Repeated names of an XML element and items of a JSON list are alike: children of one name.
"""

from collections.abc import Iterable, Iterator
from typing import Final

MAX_DEPTH: Final = 200
"""Levels of nesting that a record may have; the deepest real record has fewer than 20."""

Scalar = str | int | float | bool


class Node:
    """An element of an XML record, or an object or value of a JSON record."""

    __slots__ = ("children", "value")

    def __init__(self, value: Scalar | None = None) -> None:
        """Make a node with its own value and no children."""
        self.value = value
        self.children: dict[str, list[Node]] = {}

    def add(self, name: str, child: "Node") -> None:
        """Append a child; XML attributes are children whose names begin with `@`."""
        self.children.setdefault(name, []).append(child)

    def take(self) -> str | None:
        """Return this node's own value as stripped text and mark it read; None when blank."""
        value, self.value = self.value, None
        return _as_text(value)

    def text(self, *path: str) -> str | None:
        """Return the text at the path of names and mark it read; of several values the first that is left."""
        for node in self.nodes(*path):
            found = node.take()
            if found is not None:
                return found
        return None

    def peek(self, *path: str) -> str | None:
        """Return the text at the path without marking it read."""
        return next((text for node in self.nodes(*path) if (text := _as_text(node.value)) is not None), None)

    def block(self, *path: str) -> str | None:
        """Return the text at the path with its layout (leading blanks, line ends) and mark it read."""
        node = self.node(*path)
        value, node.value = node.value, None
        return None if _as_text(value) is None else str(value).replace("\r\n", "\n").replace("\r", "\n")

    def texts(self, *path: str) -> tuple[str, ...]:
        """Return every text at the path and mark it read; blank ones are left out."""
        return tuple(found for node in self.nodes(*path) if (found := node.take()) is not None)

    def number(self, *path: str) -> int | None:
        """Return the whole number at the path; a value that is none stays unread, so that it is reported."""
        for node in self.nodes(*path):
            text = _as_text(node.value)
            if text is not None:
                number = whole_number(text)
                if number is not None:
                    node.value = None
                return number
        return None

    def flag(self, *path: str) -> bool | None:
        """Return a yes/no value (`Yes`, `No`, `true`, `1`); anything else stays unread, so that it is reported."""
        for node in self.nodes(*path):
            text = _as_text(node.value)
            if text is not None:
                answer = _FLAGS.get(text.casefold())
                if answer is not None:
                    node.value = None
                return answer
        return None

    def node(self, *path: str) -> "Node":
        """Return the first node at the path, or an empty one, so that reading can go on."""
        found = self.nodes(*path)
        return found[0] if found else Node()

    def nodes(self, *path: str) -> list["Node"]:
        """Return the nodes at the path, in the order of the source."""
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children.get(name, ())]
        return found

    def in_order(self) -> Iterator[tuple[str, "Node"]]:
        """Yield the name of each child with the child, names in the order of their first appearance."""
        for name, children in self.children.items():
            for child in children:
                yield name, child

    def unread(self, prefix: str = "") -> Iterator[str]:
        """Yield the path of every value that nobody took, in the order of the source."""
        stack = [(prefix, self)]
        while stack:
            path, node = stack.pop()
            if node.value is not None and _as_text(node.value) is not None:
                yield path
            if node.children:
                below = f"{path}/" if path else ""
                for name, children in reversed(node.children.items()):
                    where = below + name
                    stack.extend((where, child) for child in reversed(children))


_FLAGS: Final = {
    "yes": True,
    "true": True,
    "1": True,
    "y": True,
    "t": True,
    "no": False,
    "false": False,
    "0": False,
    "n": False,
    "f": False,
}


def _as_text(value: Scalar | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def whole_number(text: str) -> int | None:
    """Return the whole number that a text states (`24`, `1,830`), or None."""
    digits = text.replace(",", "")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return int(digits)
    return None


def unknown_paths(root: Node, ignored: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that were neither read nor listed as ignored, each once, in order.

    An entry of `ignored` covers itself and everything below it; one that begins with `**/`
    covers that name wherever it stands.
    """
    entries = tuple(ignored)
    names = frozenset(entry[3:] for entry in entries if entry.startswith("**/"))
    exact = frozenset(entries)
    found: dict[str, None] = {}
    for path in root.unread():
        parts = path.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        if names.isdisjoint(parts) and not any(prefix in exact for prefix in above):
            found[path] = None
    return tuple(found)
