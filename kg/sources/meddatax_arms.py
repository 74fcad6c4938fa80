"""Arms and interventions of a MedDataX page, whose blocks stand one below the other without marks."""

import re
from typing import Final

from kg.record.protocol import ArmGroup, Intervention
from kg.sources.codes import code
from kg.sources.page import Line, joined

TAGLINE: Final = re.compile(
    r"(?:Get|Review|Dive|See|Understand|Learn|Check|Meet|Identify|Explore|Additional|Discover|Find|Browse|View|Access|"
    r"Read|Look|Download) .{25,}\.\Z"
)
"""The sentence below a section's heading, which is about the section and the same on every page."""
_NO_INTERVENTION: Final = "No interventions assigned to this group"


def interventions_of(lines: list[Line]) -> list[Intervention]:
    """Return the interventions: name, description, and `Intervention Type X` as the last line."""
    found: list[Intervention] = []
    pending: list[Line] = []
    names_follow = False
    for line in lines:
        text = line.text
        if kind := re.fullmatch(r"Intervention Type:?\s+(\S.*)", text):
            if pending:
                found.append(Intervention(type=code(kind[1]), name=pending[0].text, description=joined(pending[1:])))
            pending, names_follow = [], False
        elif text.casefold() == "other intervention names":
            names_follow = True
        elif names_follow and found and not TAGLINE.match(text) and _is_names(text):
            found[-1].other_names += tuple(name.strip() for name in text.split(";") if name.strip())
            names_follow = False
        elif not (names_follow and TAGLINE.match(text)):
            pending.append(line)
    if pending:
        found.append(Intervention(name=pending[0].text, description=joined(pending[1:])))
    return found


def _is_names(text: str) -> bool:
    return len(text) < 300


def arms_of(lines: list[Line], interventions: list[Intervention]) -> tuple[ArmGroup, ...]:
    """Return the arms: title, description, `Group Type X`, then the interventions of the arm.

    An intervention is its name, its type and its description, word by word as in the section of
    interventions; the lines behind them, up to the next `Group Type`, open the next arm.
    """
    arms: list[ArmGroup] = []
    opening: list[Line] = []
    n = 0
    while n < len(lines):
        text = lines[n].text
        below = lines[n + 1].text if n + 1 < len(lines) else ""
        if kind := re.fullmatch(r"Group Type:?\s+(\S.*)", text):
            title = opening[0].text if opening else None
            arms.append(ArmGroup(label=title, type=code(kind[1]), description=joined(opening[1:])))
            opening = []
        elif arms and not opening and (kind := re.fullmatch(r"Intervention Type:?\s+(\S.*)", below)):
            item = _described(interventions, text, [line.text for line in lines[n + 2 :]])
            _use(arms[-1], item, text)
            n += 1 + len(_description(item))
        elif text != _NO_INTERVENTION:
            opening.append(lines[n])
        n += 1
    if opening and arms:
        extra = joined(opening)
        arms[-1].description = f"{arms[-1].description}\n\n{extra}" if arms[-1].description else extra
    return tuple(arms)


def _described(interventions: list[Intervention], name: str, below: list[str]) -> Intervention | None:
    """Return the intervention of this name whose description stands below, the longest if several do."""
    fitting = [item for item in interventions if item.name == name]
    fitting = [item for item in fitting if below[: len(_description(item))] == _description(item)] or fitting[:0]
    return max(fitting, key=lambda item: len(_description(item)), default=None)


def _description(item: Intervention | None) -> list[str]:
    return [line for line in (item.description or "").split("\n") if line] if item else []


def _use(arm: ArmGroup, item: Intervention | None, name: str) -> None:
    kind = (item.type or "").replace("_", " ").capitalize() if item else ""
    arm.intervention_names += (f"{kind}: {name}" if kind else name,)
    if item is not None and arm.label and arm.label not in item.arm_group_labels:
        item.arm_group_labels += (arm.label,)
