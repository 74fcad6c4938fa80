"""Doses of agents: amount, unit, per kilogram, days relative to the infusion."""

import re
from decimal import Decimal
from typing import Final

from kg.linking.fields import TextField
from kg.record.links import Evidence, LinkedDose

_AMOUNT: Final = re.compile(
    r"(?P<low>\d[\d,]*(?:\.\d+)?)(?:\s*(?:-|to|\u2013)\s*(?P<high>\d[\d,]*(?:\.\d+)?))?\s*"
    r"(?P<unit>mcg|micrograms?|\u00b5g|ug|mg|g|grams?|gm|miu|million (?:units|iu)|iu|units?|u|mu|c?gy|rads?|mci|"
    r"auc|ml)\b"
    r"(?P<per>\s*(?:/|per)\s*(?:kg|kilogram|m\s*\^?\s*(?:2|\u00b2)|sq(?:uare)?\.? ?m(?:eter)?s?|square meters?|"
    r"body weight)|\s*\u00d7?\s*m\^?2\b)?"
    r"(?P<daily>\s*(?:/|per|a)\s*(?:day|d|dose|fraction)\b)?"
)
_AUC: Final = re.compile(r"\bauc\s*(?:of|=)?\s*(?P<low>\d+(?:\.\d+)?)")
_DAY_LIST: Final = re.compile(
    r"\b(?:on |from |at |beginning |starting )?(?:day|days|d)\.?\s*"
    r"(?P<days>(?:[-+]\s*\d+|minus \d+|0)"
    r"(?:\s*(?:,\s*(?:and )?|and|to|through|thru|until|/|-|&|~)\s*(?:day[s]? )?(?:[-+]\s*\d+|minus \d+|\d+))*)"
)
_BEFORE: Final = re.compile(
    r"\b(?P<days>\d+(?:\s*(?:-|to|,|and|or)\s*\d+)*|one|two|three|four|five|six|seven)\s*(?P<unit>days?|hours?|"
    r"weeks?)\s+"
    r"(?:prior to|before|preceding)\b"
)
_TIMES: Final = re.compile(
    r"\b(?:x|for|\u00d7)\s*(?P<count>\d+|two|three|four|five)\s*(?:consecutive )?(?:days?|doses?)\b|"
    r"\b(?P<daily>\d+) daily doses\b"
)
_UNITS: Final = {
    "microgram": "ug",
    "micrograms": "ug",
    "mcg": "ug",
    "\u00b5g": "ug",
    "gram": "g",
    "grams": "g",
    "gm": "g",
    "unit": "U",
    "units": "U",
    "u": "U",
    "iu": "IU",
    "miu": "MIU",
    "mu": "MU",
    "million units": "MU",
    "million iu": "MIU",
    "cgy": "cGy",
    "gy": "Gy",
    "rad": "rad",
    "rads": "rad",
    "mci": "mCi",
    "ml": "mL",
}


def decimal(text: str) -> str:
    """Return a number in canonical lexical form: `1,000` as `1000`, `0.50` as `0.5`."""
    number = Decimal(text.replace(",", "").rstrip("."))
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def read_dose(field: TextField, begin: int, end: int) -> LinkedDose | None:
    """Return the dose stated between two places of the folded text; None where nothing is stated.

    The first amount counts; days are those relative to the infusion (`-5 to -3`).
    """
    text = field.lower
    evidence: list[Evidence] = []
    amount = unit = amount_text = None
    per_kilogram = None
    stated = _AMOUNT.search(text, begin, end)
    if stated is not None:
        amount_text = field.plain[stated.start() : stated.end()].strip()
        if stated.group("high") is None:
            amount = decimal(stated.group("low"))
        unit = _unit(stated)
        per_kilogram = "kg" in (stated.group("per") or "") or "kilogram" in (stated.group("per") or "")
        evidence.append(field.evidence(stated.start(), stated.end(), "dose-amount"))
    else:
        area = _AUC.search(text, begin, end)
        if area is not None:
            amount, unit, amount_text = decimal(area.group("low")), "AUC", field.plain[area.start() : area.end()]
            evidence.append(field.evidence(area.start(), area.end(), "dose-amount"))
    days = _DAY_LIST.search(text, begin, end)
    relative = None
    if days is not None:
        relative = " ".join(field.plain[days.start("days") : days.end("days")].split())
        evidence.append(field.evidence(days.start(), days.end(), "dose-days"))
    schedule = None
    before = _BEFORE.search(text, begin, end) if days is None else None
    times = _TIMES.search(text, begin, end)
    for found in (before, times):
        if found is not None and schedule is None:
            schedule = field.plain[found.start() : found.end()]
            evidence.append(field.evidence(found.start(), found.end(), "dose-schedule"))
    if not evidence:
        return None
    return LinkedDose(
        amount=amount,
        amount_text=amount_text,
        unit=unit,
        per_kilogram=per_kilogram,
        relative_day=relative,
        schedule=schedule,
        evidence=tuple(evidence),
    )


def read_days(field: TextField, begin: int, end: int) -> LinkedDose | None:
    """Return only when an agent is given, for agents that share the days of the next: `A and B on days -5 to -3`."""
    whole = read_dose(field, begin, end)
    if whole is None or (whole.relative_day is None and whole.schedule is None):
        return None
    words = tuple(e for e in whole.evidence if e.rule != "dose-amount")
    return LinkedDose(relative_day=whole.relative_day, schedule=whole.schedule, evidence=words)


def _unit(stated: re.Match[str]) -> str:
    """Return the unit in one spelling: `mg/m2`, `mg/kg`, `cGy`."""
    unit = _UNITS.get(stated.group("unit"), stated.group("unit"))
    per = stated.group("per") or ""
    if "kg" in per or "kilogram" in per:
        return f"{unit}/kg"
    if per and ("m" in per or "sq" in per) and "body" not in per:
        return f"{unit}/m2"
    return unit
