"""The model as a picture: one arm of a real document, drawn from its own statements.

A node of the document is a box with its class, its label, and one line for each value; statements
that were inferred are set in italics. Boxes stand in columns by their distance from the trial.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Final

import pyoxigraph as ox

from kg.namespaces import CKG, RDF_TYPE, RDFS
from kg.ontology.words import short

_LABEL: Final = RDFS + "label"
_FOLLOWED: Final = (
    *("hasArm", "hasConditioning", "hasComponent", "hasAdministration", "ofIntervention", "administers"),
    *("ofProduct", "hasDose"),
)
"""Properties along which boxes hang together, in the order in which they are drawn."""
_SHOWN: Final = (
    *("armType", "interventionType", "regimenPurpose", "agent", "hasCytokineSupport", "includesAgent", "uses"),
    *("amount", "amountText", "unit", "perKilogram", "relativeDay", "numberOfInfusions", "schedule"),
    *("route", "treatmentIntent", "hasCellType", "hasDonor", "hasProductKind", "hasSourceTissue"),
    *("hasModification", "hasManipulation", "targets", "expandedExVivo", "productName"),
    *("aboutProperty", "aboutValue", "strength"),
)
"""Properties whose values are lines of a box."""
_PROVEN: Final = ("hasCellType", "hasDonor")
"""Properties of a product whose evidence is drawn."""
_WIDTH, _GAP_X, _GAP_Y, _LINE, _HEAD, _MARGIN = 250, 110, 18, 16, 40, 20
_CHARACTERS: Final = 36


@dataclass
class Box:
    """A node of the document as it is drawn."""

    iri: str
    kind: str
    label: str
    lines: list[tuple[str, bool]] = field(default_factory=list)
    """Text, and whether it was inferred."""
    children: list[tuple[str, str]] = field(default_factory=list)
    """Property and IRI of another box."""
    x: int = 0
    y: int = 0

    @property
    def height(self) -> int:
        """Pixels from the upper to the lower edge."""
        return _HEAD + _LINE * len(self.lines) + (6 if self.lines else 0)


def arm_picture(quads: str, inferred: Iterable[tuple[str, str, str]], arm: str, labels: dict[str, str]) -> str:
    """Return the picture of an arm as SVG.

    `quads` are the N-Quads of the arm's document, `inferred` what follows from it, `labels` those of
    the ontology's terms by IRI. Raises KeyError when the document has no such arm.
    """
    boxes = _boxes(_Facts(quads, inferred, labels), arm)
    _place(boxes)
    return _svg(boxes)


class _Facts:
    """The statements of a document, by subject and property name."""

    def __init__(self, quads: str, inferred: Iterable[tuple[str, str, str]], labels: dict[str, str]) -> None:
        self.labels = dict(labels)
        self.stated: dict[str, dict[str, list[tuple[str, bool, bool]]]] = {}
        self.kinds: dict[str, list[tuple[str, bool]]] = {}
        for quad in ox.parse(quads.encode(), format=ox.RdfFormat.N_QUADS):
            subject, value = str(getattr(quad.subject, "value", "")), str(getattr(quad.object, "value", ""))
            self._add(subject, quad.predicate.value, value, isinstance(quad.object, ox.Literal), False)
        for subject, predicate, value in inferred:
            self._add(subject, predicate, value, False, True)

    def _add(self, subject: str, predicate: str, value: str, literal: bool, inferred: bool) -> None:
        if predicate == _LABEL:
            self.labels[subject] = value
        elif predicate == RDF_TYPE:
            self.kinds.setdefault(subject, []).append((value, inferred))
        elif predicate.startswith(CKG):
            row = self.stated.setdefault(subject, {}).setdefault(predicate.removeprefix(CKG), [])
            row.append((value, literal, inferred))

    def values(self, subject: str, name: str) -> list[tuple[str, bool, bool]]:
        return sorted(self.stated.get(subject, {}).get(name, []))

    def evidence(self, subject: str) -> list[str]:
        """Return one piece of evidence for each property of a subject that is to be proven."""
        found: dict[str, str] = {}
        for node, rows in sorted(self.stated.items()):
            if any(value == subject for value, *_ in rows.get("aboutSubject", [])):
                for value, *_ in rows.get("aboutProperty", []):
                    found.setdefault(short(value), node)
                for quote, *_ in rows.get("quote", []):
                    self.labels.setdefault(node, f"“{quote}”")
        return [found[name] for name in _PROVEN if name in found]

    def show(self, value: str, literal: bool) -> str:
        return value if literal else self.labels.get(value, short(value))


def _boxes(facts: _Facts, arm: str) -> dict[str, Box]:
    trial = next((s for s, rows in facts.stated.items() for v, *_ in rows.get("hasArm", []) if v == arm), None)
    if trial is None:
        raise KeyError(arm)
    boxes: dict[str, Box] = {}
    waiting = [trial]
    while waiting:
        node = waiting.pop(0)
        if node in boxes:
            continue
        boxes[node] = box = _box(facts, node)
        for name in _FOLLOWED:
            for value, literal, _ in facts.values(node, name):
                inside = not literal and value in facts.kinds and value.startswith(f"{trial}/")
                if inside and (name != "hasArm" or value == arm):
                    box.children.append((name, value))
                    waiting.append(value)
        if box.kind == "CellProduct":
            for evidence in facts.evidence(node):
                box.children.append(("evidence", evidence))
                waiting.append(evidence)
    return boxes


def _box(facts: _Facts, node: str) -> Box:
    kinds = facts.kinds.get(node, [])
    stated = sorted(short(kind) for kind, inferred in kinds if not inferred)
    box = Box(node, stated[0] if stated else "", facts.labels.get(node, ""))
    box.lines += [(f"a {short(kind)}", True) for kind, inferred in sorted(kinds) if inferred]
    for name in _SHOWN:
        for value, literal, inferred in facts.values(node, name):
            box.lines.append((f"{name}  {facts.show(value, literal)}", inferred))
    return box


def _place(boxes: dict[str, Box]) -> None:
    """Put each box in the column after its farthest parent, and the boxes of a column below each other."""
    depth = {next(iter(boxes)): 0}
    for _ in boxes:
        for box in boxes.values():
            for _, child in box.children:
                depth[child] = max(depth.get(child, 0), depth.get(box.iri, 0) + 1)
    bottoms: dict[int, int] = {}
    for iri, box in boxes.items():
        column = depth[iri]
        box.x = _MARGIN + column * (_WIDTH + _GAP_X)
        box.y = bottoms.get(column, _MARGIN)
        bottoms[column] = box.y + box.height + _GAP_Y


def _svg(boxes: dict[str, Box]) -> str:
    width = max(box.x for box in boxes.values()) + _WIDTH + _MARGIN
    height = max(box.y + box.height for box in boxes.values()) + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12" role="img">',
        f"<title>{escape(next(iter(boxes.values())).label)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#5b6b7b"/></marker></defs>',
    ]
    reached: dict[str, int] = {}
    for box in boxes.values():
        for name, child in box.children:
            parts.append(_arrow(box, boxes[child], name, reached.get(child, 0)))
            reached[child] = reached.get(child, 0) + 1
    for box in boxes.values():
        parts += _drawn(box)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _arrow(start: Box, end: Box, name: str, number: int) -> str:
    """Draw an arrow; `number` counts those that reach the box before it, so that they lie below each other."""
    x1, y1, x2, y2 = start.x + _WIDTH, start.y + _HEAD // 2, end.x, end.y + _HEAD // 2 + 18 * number
    bend = x2 - _GAP_X + 12 + 5 * number
    path = f'<path d="M{x1} {y1} H{bend} V{y2} H{x2}" fill="none" stroke="#5b6b7b" marker-end="url(#tip)"/>'
    text = f'<text x="{x2 - 6}" y="{y2 - 5}" text-anchor="end" font-size="10" fill="#5b6b7b">{escape(name)}</text>'
    return path + text


def _drawn(box: Box) -> list[str]:
    label = box.label if len(box.label) <= _CHARACTERS else box.label[: _CHARACTERS - 1].rstrip() + "…"
    parts = [
        f'<rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{box.height}" rx="6" '
        'fill="#f4f7fa" stroke="#31465a"/>',
        f'<text x="{box.x + 10}" y="{box.y + 16}" font-weight="600" fill="#1d4e79">{escape(box.kind)}</text>',
        f'<text x="{box.x + 10}" y="{box.y + 32}" fill="#111111">{escape(label)}</text>',
    ]
    for number, (text, inferred) in enumerate(box.lines, start=1):
        text = text if len(text) <= _CHARACTERS + 4 else text[: _CHARACTERS + 3] + "…"
        style = ' font-style="italic" fill="#7a4b00"' if inferred else ' fill="#333333"'
        y = box.y + _HEAD + _LINE * number - 4
        parts.append(f'<text x="{box.x + 10}" y="{y}" font-size="11"{style}>{escape(text)}</text>')
    return parts
