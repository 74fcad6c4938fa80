"""Of which arms a place in a record speaks: its own fields, its interventions, headings of the text."""

import re
from typing import Final

from kg.linking.agents import NARRATIVE, AgentReading
from kg.linking.fields import Reading, TextField
from kg.record.links import ArmLinks, Links

IMPLICIT: Final = "implicit"
_ARM_MARK: Final = re.compile(r"^(?:arm|group|cohort|stratum|regimen|part|treatment)\s+(?:[a-z]|[ivx]+|\d+)\b")


class ArmScope:
    """The arms of a document: which give cells, which use an intervention, what text speaks of."""

    def __init__(self, reading: Reading, links: Links) -> None:
        self.reading = reading
        self.known = {arm.arm: arm for arm in links.arms}
        count = len(reading.protocol.arms_interventions_module.arm_groups)
        self.names = tuple(str(i) for i in range(1, count + 1)) or (IMPLICIT,)
        giving = {arm.arm for arm in links.arms if any(given.product is not None for given in arm.administrations)}
        self.cells = frozenset(giving or self.names)
        self.using: dict[int, frozenset[str]] = {}
        for arm, numbers in reading.arm_interventions.items():
            for number in numbers:
                self.using[number] = self.using.get(number, frozenset()) | {str(arm)}
        self._labels = {
            str(field.arm): field.lower.strip() for field in reading.roles("arm-label") if len(field.lower.strip()) > 2
        }

    def linked(self) -> list[tuple[str, ArmLinks]]:
        """Return every arm with what is known of it, in the record's order."""
        names = self.names if self.names != (IMPLICIT,) or not self.known else tuple(self.known)
        return [(name, self.known.get(name, ArmLinks(arm=name))) for name in names]

    def of_field(self, field: TextField, place: int) -> frozenset[str]:
        """Return the arms that a place in a field speaks of."""
        if field.arm is not None:
            return frozenset({str(field.arm)})
        if field.intervention is not None:
            return self.using.get(field.intervention, frozenset(self.names))
        return self._of_heading(field, place)

    def _of_heading(self, field: TextField, place: int) -> frozenset[str]:
        """Return the arm under whose name a narrative place stands, else every arm."""
        if len(self._labels) < 2 or field.role not in NARRATIVE:
            return frozenset(self.names)
        text, best = field.lower, (-1, "")
        for arm, label in self._labels.items():
            mark = _ARM_MARK.match(label)
            for name in {label, mark.group() if mark else label}:
                at = text.rfind(name, 0, place)
                if at >= 0 and re.match(r"[a-z0-9]", text[at + len(name) : at + len(name) + 1]) is None:
                    tail = text[at + len(name) : at + len(name) + 60]
                    if re.match(r"\W*(?:\([^)]*\)\W*)?[:.\n-]|\s*\(", tail):
                        best = max(best, (at, arm))
        return frozenset({best[1]}) if best[0] >= 0 else frozenset(self.names)

    def naming(self, agents: AgentReading, slug: str) -> frozenset[str]:
        """Return the arms that use interventions named after an agent; empty without any."""
        found: set[str] = set()
        for field in self.reading.roles("intervention-name", "intervention-other-name"):
            if any(slug in mention.slugs for mention in agents.mentions(field)):
                found |= self.using.get(field.intervention or 0, frozenset())
        return frozenset(found)
