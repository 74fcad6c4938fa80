"""Of which product a word speaks: the product being put together, and who owns a place in the text.

An adjective belongs to the cells that stand nearest in its sentence ("autologous CAR-T cells
after allogeneic transplantation"); a sentence that names no cells belongs to the intervention
or arm whose field it stands in, or to the trial's only product.
"""

import re
from bisect import bisect_left, bisect_right
from typing import Final

from kg.linking import context
from kg.linking.candidate import Candidate
from kg.linking.concepts import is_related
from kg.linking.fields import Reading, TextField
from kg.linking.giving import is_asserted, is_of_cells, is_without_cells
from kg.linking.mentions import Mention
from kg.record.links import Evidence, Finding

_MOST_EVIDENCE: Final = 3
_FARTHEST: Final = 160
_MONONUCLEAR: Final = re.compile(r"mono|mnc")
"""Mononuclear cells by name, which a graft may be made of; an aspirate may be a sample."""
_BREAK: Final = re.compile(r",| and | or | with | plus |;| followed by | after | before ")


class Product:
    """A cell product being put together: its concept, where it is named, its parts so far."""

    def __init__(self, candidate: Candidate) -> None:
        """Start from what named it."""
        self.concept = candidate.concept
        self.mentions = list(candidate.mentions)
        self.named = {mention.concept for mention in candidate.mentions}
        """Concepts that the record's own names of the product have, before they were narrowed."""
        self.interventions = [] if candidate.intervention is None else [candidate.intervention]
        self.arms = set() if self.interventions else {m.field.arm for m in candidate.mentions if m.field.arm}
        """Arms that name a product which no intervention names."""
        self.parts: dict[str, dict[str, list[Evidence]]] = {}
        self.tiers: dict[str, dict[str, int]] = {}

    def add(self, part: str, value: str, evidence: Evidence, tier: int) -> None:
        """Add a value of a part with its evidence; `tier` 1 is the intervention's own name, 3 the prose."""
        known = self.parts.setdefault(part, {}).setdefault(value, [])
        tiers = self.tiers.setdefault(part, {})
        tiers[value] = min(tier, tiers.get(value, tier))
        if len(known) < _MOST_EVIDENCE and all((e.field, e.begin) != (evidence.field, evidence.begin) for e in known):
            known.append(evidence)

    def drop(self, part: str, value: str) -> None:
        """Take a value of a part away."""
        self.parts.get(part, {}).pop(value, None)
        self.tiers.get(part, {}).pop(value, None)

    def values(self, part: str, tier: int = 9) -> set[str]:
        """Return the values of a part that are known from this tier or a better one."""
        return {value for value, known in self.tiers.get(part, {}).items() if known <= tier}

    def findings(self, part: str) -> tuple[Finding, ...]:
        """Return the values of a part with their evidence, in alphabetical order."""
        return tuple(Finding(value, tuple(evidence)) for value, evidence in sorted(self.parts.get(part, {}).items()))


class Scope:
    """The products of a document and the mentions by field: answers whose words they are."""

    def __init__(self, reading: Reading, mentions: list[Mention], products: list[Product]) -> None:
        """Index the mentions by field."""
        self.reading = reading
        self.products = products
        self._by_field: dict[int, list[Mention]] = {}
        for mention in mentions:
            self._by_field.setdefault(id(mention.field), []).append(mention)

    def tier(self, field: TextField) -> int:
        """Return 1 for names of interventions, 2 for titles, arms and descriptions, 3 for prose, 4 for criteria."""
        if field.role in ("intervention-name", "intervention-other-name"):
            return 1
        if field.role == "criteria":
            return 4
        if field.role in (
            "summary",
            "description",
            "keyword",
            "design",
            "section",
            "population",
            "abstract",
        ):
            return 3
        return 2

    def of_field(self, field: TextField) -> list[Product]:
        """Return the products that a field can speak of: of its intervention, of its arm, or all."""
        if field.intervention is not None:
            return [p for p in self.products if field.intervention in p.interventions]
        if field.arm is not None:
            used = self.reading.arm_interventions.get(field.arm, ())
            own = [p for p in self.products if field.arm in p.arms or any(i in used for i in p.interventions)]
            return own or [p for p in self.products if not p.interventions and not p.arms]
        return self.products

    def nearest(self, field: TextField, begin: int, end: int) -> Mention | None:
        """Return the mention of cells that stands nearest in the same sentence."""
        first, last = context.sentence(field, begin)
        best: tuple[int, Mention] | None = None
        for mention in self._around(field, begin, end):
            if mention.end <= first or mention.begin >= last or not (is_of_cells(mention) or is_without_cells(mention)):
                continue
            gap = _gap(field, begin, end, mention)
            if gap <= _FARTHEST and (best is None or gap < best[0]):
                best = gap, mention
        return best[1] if best else None

    def _around(self, field: TextField, begin: int, end: int) -> list[Mention]:
        """Return the mentions near a place; those of a field stand in order of their begin."""
        mentions = self._by_field.get(id(field), [])
        first = bisect_left(mentions, begin - 2 * _FARTHEST, key=_begin)
        return mentions[first : bisect_right(mentions, end + _FARTHEST, key=_begin)]

    def owners(self, field: TextField, begin: int, end: int) -> list[Product]:
        """Return the products of which the words at a place speak; empty when they speak of other cells."""
        possible = self.of_field(field)
        if not possible:
            return []
        mention = self.nearest(field, begin, end)
        if mention is None:
            return possible if len({p.concept for p in possible}) == 1 else []
        if is_without_cells(mention):
            return []
        same = [p for p in possible if p.concept == mention.concept or mention.concept in p.named]
        related = same or [p for p in possible if is_related(p.concept, mention.concept)]
        if mention.concept == "Mnc" and _MONONUCLEAR.search(mention.words.lower()):
            related = related or [p for p in possible if p.concept == "Hsc"]
        if mention.source:
            return related or (possible if len(possible) == 1 else [])
        if field.role in ("intervention-name", "intervention-other-name"):
            return related
        return related if related and is_asserted(mention) else []


def _begin(mention: Mention) -> int:
    return mention.begin


def _gap(field: TextField, begin: int, end: int, mention: Mention) -> int:
    """Return the distance of a mention; words that follow are nearer, a break between makes it farther."""
    if mention.begin < end and begin < mention.end:
        return 0
    if mention.begin >= end:
        between = field.lower[end : mention.begin]
        gap = len(between)
    else:
        between = field.lower[mention.end : begin]
        gap = len(between) + 12
    gap += 200 if mention.source else 0
    return gap + 25 * len(_BREAK.findall(between))
