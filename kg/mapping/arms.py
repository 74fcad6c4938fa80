"""Which interventions each arm uses, by the arm's own list."""

from collections import defaultdict

from kg.record.protocol import ArmGroup, Intervention


def _type(text: str) -> str:
    return text.strip().casefold().replace("_", " ")


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()


def used_by_arms(
    arms: tuple[ArmGroup, ...], interventions: tuple[Intervention, ...]
) -> tuple[list[tuple[int, ...]], list[tuple[int, str]]]:
    """Return for each arm the numbers (from 1) of its interventions, and the (arm, name) that match none.

    The registry writes an arm's list as `Type: name`. Where several interventions bear one name, the
    one that names the arm's label is meant, and all of them where none does. An arm without a
    list of its own takes the interventions that name its label.
    """
    by_both: dict[tuple[str, str], list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    by_label: dict[str, list[int]] = defaultdict(list)
    for number, intervention in enumerate(interventions, 1):
        name = _name(intervention.name or "")
        by_both[_type(intervention.type or ""), name].append(number)
        by_name[name].append(number)
        for label in dict.fromkeys(intervention.arm_group_labels):
            by_label[_name(label)].append(number)
    used: list[tuple[int, ...]] = []
    unmatched: list[tuple[int, str]] = []
    for position, arm in enumerate(arms, 1):
        naming = by_label.get(_name(arm.label or ""), [])
        found: dict[int, None] = {}
        for stated in arm.intervention_names:
            kind, colon, name = stated.partition(":")
            matches = (by_both.get((_type(kind), _name(name))) if colon else None) or by_name.get(_name(stated), [])
            if not matches:
                unmatched.append((position, stated))
            found.update(dict.fromkeys([n for n in matches if n in naming] or matches))
        if not arm.intervention_names:
            found = dict.fromkeys(naming)
        used.append(tuple(found))
    return used, unmatched
