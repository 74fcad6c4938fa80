"""Doses of cells: how many, per kilogram or flat, how often, on which day, by which schedule."""

import re
from decimal import Decimal
from typing import Final

from kg.linking import context
from kg.linking.fields import TextField
from kg.record.links import Evidence, LinkedDose

_SUPERSCRIPT: Final = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789")
_NUMBER: Final = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|\.\d+"
_POWER: Final = (
    r"(?:\s*[x\u00d7*\u2a09\u00b7\u2022]\s*)10\s*(?:\^|e|exp|\*\*|\(|\u02c6)?\s*(?P<{0}>\d{{1,2}}|"
    r"[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{{1,2}})\)?"
)
_CELLS: Final = (
    r"(?:(?:viable|total|nucleated|live|living|allogeneic|autologous|transduced|positive|expanded|human|"
    r"mesenchymal|stem|stromal|"
    r"nk|natural killer|t|car|car[- ]?t|car[- ]?nk|car\+?|anti-\S+|cd\d+\w*\s?[+-]?(?:/cd\d+\w*[+-]?)?|til|"
    r"dendritic|mononuclear|bone marrow|"
    r"umbilical cord|uc-msc|bmmnc|donor|immune|effector|cultured|gene[- ]modified|adipose|derived|progenitor|of|"
    r"chimeric|antigen|receptor|"
    r"[a-z]+-specific|\(?[\w-]{1,8}\)?)[\s-]+){0,6}?"
    r"(?P<unit>cells?|lymphocytes?|msc'?s?|mscs|nk|ctls?|tils?|cd34\+?|cd3\+|tnc|islet equivalents?|ieq|tregs?|"
    r"dcs?|hepatocytes|myoblasts|"
    r"chondrocytes|keratinocytes|car-?ts?\b|viable|granulocytes|leukocytes|pbscs?)"
)
_AMOUNT: Final = re.compile(
    rf"(?<![\d/.,^])(?P<low>{_NUMBER})(?:{_POWER.format('e1')})?(?:\s*(?:-|to|~|and|or|"
    rf"\u2013)\s*(?P<high>{_NUMBER})(?:{_POWER.format('e2')})?)?"
    rf"\s*(?P<word>million|billion|thousand)?\s*(?P<perfirst>/\s?kg\s+)?{_CELLS}"
)
_BARE: Final = re.compile(
    rf"(?<![\d.,^x\u00d7*])(?<![x\u00d7*]\s)10\s*(?:\^|e|exp|\*\*|"
    rf"\u02c6)?\s*(?P<e1>(?<=[\^e*p\u02c6 ])\d{{1,2}}|"
    rf"[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{{1,2}})\s*(?P<perfirst>/\s?kg\s+)?{_CELLS}"
)
_E_NOTATION: Final = re.compile(rf"(?P<low>\d+(?:\.\d+)?)e\+?(?P<e1>\d{{1,2}})\s*{_CELLS}")
_PER_KG: Final = re.compile(
    r"^[^.;\n]{0,45}?(?:/\s?kg|per (?:body )?kg|per (?:body )?kilogram|/ ?kilogram|kg-1|kg\u207b|per body weight)"
)
_BARE_PER_KG: Final = re.compile(
    rf"(?<![\d/.,^])(?P<low>{_NUMBER})(?:{_POWER.format('e1')})(?:\s*(?:-|to|~|and|"
    rf"or)\s*(?P<high>{_NUMBER})(?:{_POWER.format('e2')}))?"
    r"\s*(?P<perfirst>/\s?kg|per kg|per kilogram)(?P<unit>)"
)
_WORDS: Final = {"million": 6, "billion": 9, "thousand": 3, None: 0}
_COUNT_WORDS: Final = {
    "single": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "eight": 8,
    "ten": 10,
}
_COUNT: Final = re.compile(
    r"(?<![+\d.])\b(?P<count>single|one|two|three|four|five|six|eight|ten|\d{1,2})(?: \(\d+\))? (?:(?:\(\w+\)|"
    r"consecutive|separate|intravenous|iv|i\.v\.|intra\w+|"
    r"fixed|dose|repeated|cell|nk|nk cell|t[ -]cell|dli|car-t|car-t cell|msc|subcutaneous|bolus|successive|"
    r"monthly|weekly|sequential|total|split|low|high|"
    r"stem cell)\s+){0,3}?(?:infusions?|doses?(?! level| escalation| cohort| limiting| group|-)|injections?|"
    r"administrations?|vaccinations?|implantations?)\b"
)
_TIMES: Final = re.compile(
    r"\b(?:for |a total of )?(?P<count>two|three|four|five|six|\d{1,2}) times\b|"
    r"\b(?P<twice>twice)\b(?! (?:daily|a day|per|a week|the))"
)
_DAYS: Final = re.compile(
    r"\b(?:on|at|from|day)?\s*\b(?:days?|d)\s*(?P<days>[-+]?\d{1,3}(?:\s*(?:,\s*(?:and )?|and|to|-|&|or|"
    r"/)\s*(?:day )?[-+]?\d{1,3})*)(?!\s*(?:prior|before|after|of age|%|mg|x))"
)
_SCHEDULE: Final = re.compile(
    r"\b(?:every (?:other )?(?:\d{1,2}|two|three|four|six|eight)?(?:\s?(?:-|to)\s?\d{1,2})?\s?(?:days?|weeks?|"
    r"months?)|weekly|biweekly|monthly|once (?:a|per|every) (?:week|month)|"
    r"at (?:an )?intervals? of [\w-]+ (?:days?|weeks?|months?)|(?:\d{1,2}|one|two|three|four)[- ](?:days?|"
    r"weeks?|months?) (?:apart|interval|intervals)|"
    r"once (?:daily|weekly)|q\d{1,2}w)\b"
)

_CLAUSE_END: Final = re.compile(r";|\s[-*\u2022]\s")
_SUBORDINATE: Final = re.compile(
    r"\b(?:after|following|before|prior to|since|from the time of|post)\b[^,;:]*(?:,|$)|"
    r"\b(?:after|following|before|prior to|since)\b(?:(?! (?:will|are|is|may) )[^,;:])*"
)
"""What an event is only dated by: `after you receive the infusion`."""
_EVENT: Final = re.compile(
    r"(?P<other>\b(?:harvest\w*|collect\w*|\w*apheres[ei]s|\w*apheresed|mobili[sz]\w*|biops\w*|procur\w*|resect\w*|"
    r"excis\w*|retriev\w*|obtain\w*|drawn?|visits?|follow(?:ed)?[- ]?up|followed(?! by)|seen|return to|clinic|"
    r"evaluat\w*|assess\w*|examin\w*|monitor\w*|measur\w*|observ\w*|test(?:s|ed|ing)|scans?|"
    r"imag(?:ed|ing)|surger\w*|cultur\w*|thaw\w*|manufactur\w*|generated|"
    r"chimerism|evidence|restag\w*|sampl\w*|irradiation|radiotherapy|radiation|chemo\w*|conditioning|"
    r"lympho-?deplet\w*|(?:cours|cycl)es?(?: (?:\w+ ){0,2}repeat\w*)?|treatment repeat\w*|"
    r"discontinu\w*|taper\w*|prophyla\w*|immunosuppress\w*)\b)|"
    r"(?P<gives>\b(?:re-?infus\w*|infus\w*|re-?inject\w*|inject\w*|administ\w*|transplant\w*|transfus\w*|implant\w*|"
    r"re-?implant\w*|instill\w*|inoculat\w*|vaccin\w*|immuni[sz](?:ed|ation|ations)|dos(?:e|es|ed|ing)|giv(?:en|e|ing)|"
    r"receiv\w*|undergo\w*|deliver\w*|returned|perform\w*|repeat\w*|treated|graft(?:ed)?|rescue|bmts?|[a-z]*hs?cts?|"
    r"[a-z]*scts?|dlis?|iv|i\.v\.?|intra\w+|subcutaneous\w*|sc|cells?/ ?kg)\b|\b10 ?[\^e*])"
)
"""Events that a day may belong to: those that give cells, and the others."""
_REACH: Final = 300
"""Characters around a day that are read for its event: time stays in proportion to the text."""
_SHORT: Final = 25
"""Characters before a day that heads its clause: `Then, on day 0, patients receive`."""
_NEXT: Final = 12
"""Characters from a day to an event right after it: `cells on day 0 are infused`."""


def _decimal(number: str, exponent: str | None, word: str | None) -> str:
    value = Decimal(number.replace(",", ""))
    power = int((exponent or "0").translate(_SUPERSCRIPT)) + _WORDS[word]
    plain = format(value.scaleb(power) if power <= 20 else value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def cell_doses(field: TextField, begin: int, end: int) -> list[LinkedDose]:
    """Return the amounts of cells stated between two places of the folded text, each once, at most six.

    A bare small number ("2 cells") is no dose: an amount has a power of ten, `million`, or at
    least five digits.
    """
    text = field.lower
    found: dict[str, LinkedDose] = {}
    taken: list[tuple[int, int]] = []
    for pattern in (_AMOUNT, _E_NOTATION, _BARE, _BARE_PER_KG):
        for match in pattern.finditer(text, begin, end):
            if any(match.start() < e and b < match.end() for b, e in taken):
                continue
            dose = _dose(field, match, end)
            if dose is not None:
                taken.append((match.start(), match.end()))
                found.setdefault(f"{dose.amount or dose.amount_text}{dose.per_kilogram}", dose)
    return list(found.values())[:6]


def _dose(field: TextField, match: re.Match[str], end: int) -> LinkedDose | None:
    groups = match.groupdict()
    low, high = groups.get("low") or "1", groups.get("high")
    first, second, word = groups.get("e1"), groups.get("e2"), groups.get("word")
    if not (first or second or word) and len(low.replace(",", "").split(".")[0]) < 5:
        return None
    text = field.lower
    after = text[match.end() : min(end, match.end() + 60)]
    per_kilogram = bool(groups.get("perfirst")) or _PER_KG.match(after) is not None
    stop = match.end()
    if per_kilogram and not groups.get("perfirst"):
        found = _PER_KG.match(after)
        stop += found.end() if found else 0
    amount = None if high else _decimal(low, first, word)
    evidence = field.evidence(match.start(), stop, "cell-dose:amount")
    unit = {"cell": "cells"}.get(groups["unit"], groups["unit"])
    unit = unit if unit in ("islet equivalents", "ieq", "tnc") else "cells"
    return LinkedDose(
        amount=amount,
        amount_text=" ".join(field.plain[match.start() : stop].split()),
        unit=f"{unit}/kg" if per_kilogram else unit,
        per_kilogram=per_kilogram,
        evidence=(evidence,),
    )


def timing(
    field: TextField, begin: int, end: int, cells: int | None = None
) -> tuple[int | None, str | None, str | None, tuple[Evidence, ...]]:
    """Return number of infusions, day and schedule stated between two places, with their evidence.

    `cells` is where the cells are named, None where all the field is about them. A day or schedule
    counts only when its own clause gives the cells: days of a harvest, a biopsy, a visit or a course
    of chemotherapy are another event's.
    """
    text = field.lower
    evidence: list[Evidence] = []
    number = None
    count = _COUNT.search(text, begin, end) or _TIMES.search(text, begin, end)
    if count is not None:
        word = count.groupdict().get("count")
        number = 2 if word is None else _COUNT_WORDS.get(word) or (int(word) if word.isdigit() else None)
        if number is not None:
            evidence.append(field.evidence(count.start(), count.end(), "cell-dose:number-of-infusions"))
    day = None
    days = next((found for found in _DAYS.finditer(text, begin, end) if _is_of_giving(field, found, cells)), None)
    if days is not None:
        day = " ".join(re.sub(r"(?i)\bdays?\b", "", field.plain[days.start("days") : days.end("days")]).split())
        evidence.append(field.evidence(days.start(), days.end(), "cell-dose:day"))
    schedule = None
    repeated = next(
        (found for found in _SCHEDULE.finditer(text, begin, end) if _is_of_giving(field, found, cells)), None
    )
    if repeated is not None:
        schedule = " ".join(field.plain[repeated.start() : repeated.end()].split())
        evidence.append(field.evidence(repeated.start(), repeated.end(), "cell-dose:schedule"))
    return number, day, schedule, tuple(evidence)


def _is_of_giving(field: TextField, time: re.Match[str], cells: int | None) -> bool:
    """Whether the clause of a day or schedule gives the cells: the last event named before it, else the next after."""
    text = field.lower
    first, last = context.sentence(field, time.start())
    first, last = max(first, time.start() - _REACH), min(last, time.end() + _REACH)
    first = max((cut.end() for cut in _CLAUSE_END.finditer(text, first, time.start())), default=first)
    cut = _CLAUSE_END.search(text, time.end(), last)
    last = cut.start() if cut is not None else last
    if cells is not None and not first <= cells <= last:
        return False
    before = _SUBORDINATE.sub(" ", text[first : time.start()])
    events = list(_EVENT.finditer(before))
    if events:
        return events[-1].lastgroup == "gives"
    after = text[time.end() : last]
    event = _EVENT.search(after)
    if event is None:
        return cells is None and len(text) <= _REACH and _EVENT.search(text) is None
    if event.lastgroup != "gives":
        return False
    return len(before.strip()) <= _SHORT or event.start() <= _NEXT
