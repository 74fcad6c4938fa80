"""Which product concepts a record gives, and by which intervention or only in its text."""

import re
from collections.abc import Callable
from typing import Final

from kg.linking import context
from kg.linking.concepts import GENERIC, is_narrower, is_related
from kg.linking.fields import Reading, TextField
from kg.linking.giving import is_asserted, is_given, is_in_schema
from kg.linking.mentions import Mention

_NOT_A_PRODUCT: Final = re.compile(
    r"\b(?:questionnaire|biomarker|laborator\w+|analysis|analyses|quality[ -]of[ -]life|(?:leuk)?apheresis|leukopheresis|"
    r"harvest\w*|mobili[sz]\w+|collection|prophyla\w+|conditioning|preparative|biops\w+|sampling|blood draw|assay|"
    r"flow cytometry|pharmacological|counsel\w+|education\w*|follow[ -]?up|observation|monitoring|diagnos\w+|imaging|"
    r"antibod\w+|inhibitor|globulin|vaccine against|interview|survey|placebo|sham|saline|exercise|diet|registry|"
    r"conditioned medi\w+|exosomes?|vesicles?|secretome|platelet[ -]rich|plasma|lysate$|growth factor)\b"
)
_GIVES: Final = re.compile(
    r"\b(?:transplant\w*|infusions?|injections?|implant\w*|transfusions?|grafts?|rescue|support|therapy|reinfusion|"
    r"administration|prophylactic (?:nk|dli|donor))\b"
)
_PLACEBO: Final = re.compile(r"\b(?:placebo|sham|saline)\b")
_MAYBE: Final = re.compile(
    r"\b(?:may|might|could|can|if|eligible|option|optional|possible|candidates?|encouraged|allowed|bridg\w+|consider\w*|"
    r"recommend\w*|whenever|available|subsequent(?:ly)?|proceed(?:ed|ing)? to|not (?:be )?receiv\w+|off[ -]study)\b"
)
_TITLE_SUBJECT: Final = re.compile(
    r"\b(?:in|for|among|undergoing|receiving|after|following|before|prior|post|during|to prevent|prevention|prophylaxis|"
    r"effects? of|conditioning|impact|role)\b"
)
_TEXT_ROLES: Final = ("arm-label", "arm-description", "intervention-description", "description", "summary", "section")
_TITLE_ROLES: Final = ("title", "official-title", "article-title")


class Candidate:
    """A product concept with the mentions that it rests on."""

    __slots__ = ("concept", "intervention", "mentions")

    def __init__(self, concept: str, mentions: list[Mention], intervention: int | None) -> None:
        """Keep the concept; `intervention` is None where only the text names the product."""
        self.concept = concept
        self.mentions = mentions
        self.intervention = intervention

    def __repr__(self) -> str:
        """Show concept, intervention and first mention, for debugging."""
        return f"Candidate({self.concept}, {self.intervention}, {self.mentions[:1]})"


def find_candidates(reading: Reading, mentions: list[Mention]) -> list[Candidate]:
    """Return the product concepts that the trial gives, first by intervention, then from text only."""
    by_field: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_field.setdefault(id(mention.field), []).append(mention)

    def of(fields: list[TextField]) -> list[Mention]:
        return [mention for field in fields for mention in by_field.get(id(field), ())]

    found: list[Candidate] = []
    count = len(reading.protocol.arms_interventions_module.interventions)
    for number in range(1, count + 1):
        found += _named(reading, number, of)
    for number in range(1, count + 1):
        if all(candidate.intervention != number for candidate in found):
            found += _described(reading, number, of, found)
    text = of(reading.roles(*_TITLE_ROLES, *_TEXT_ROLES))
    found = _narrowed(found, text, reading)
    return found + _text_only(found, text, of(reading.roles(*_TITLE_ROLES)), reading)


def _grouped(mentions: list[Mention], number: int | None) -> list[Candidate]:
    """Return a candidate per concept, the generic ones that a narrower one explains left out."""
    groups: dict[str, list[Mention]] = {}
    for mention in mentions:
        groups.setdefault(mention.concept, []).append(mention)
    names = list(groups)
    kept = [name for name in names if not any(is_narrower(other, name) for other in names)]
    candidates = [Candidate(name, list(groups[name]), number) for name in kept]
    for name in names:
        if name not in kept:
            for candidate in candidates:
                if is_narrower(candidate.concept, name):
                    candidate.mentions += groups[name]
                    break
    return candidates


_Of = Callable[[list[TextField]], list[Mention]]


def _named(reading: Reading, number: int, of: _Of) -> list[Candidate]:
    """Return what the name of an intervention says, else its other names."""
    item = reading.protocol.arms_interventions_module.interventions[number - 1]
    if (item.type or "") in ("BEHAVIORAL", "DIETARY_SUPPLEMENT", "RADIATION", "DIAGNOSTIC_TEST"):
        return []
    fields = reading.of_intervention(number)
    for role in ("intervention-name", "intervention-other-name"):
        named = []
        for field in fields:
            if field.role != role or _is_no_product(field.lower):
                continue
            named += [m for m in of([field]) if is_asserted(m)]
        if named:
            return _grouped(named, number)
        if role == "intervention-name" and any(f.role == role and _PLACEBO.search(f.lower) for f in fields):
            return []
    return []


def _is_no_product(name: str) -> bool:
    if _PLACEBO.search(name):
        return True
    return _NOT_A_PRODUCT.search(name) is not None and _GIVES.search(name) is None


def _described(reading: Reading, number: int, of: _Of, found: list[Candidate]) -> list[Candidate]:
    """Return what an intervention's description gives, where its name names no cells."""
    item = reading.protocol.arms_interventions_module.interventions[number - 1]
    if (item.type or "") in ("BEHAVIORAL", "DIETARY_SUPPLEMENT", "RADIATION", "DIAGNOSTIC_TEST"):
        return []
    if _NOT_A_PRODUCT.search((item.name or "").lower()):
        return []
    fields = [f for f in reading.of_intervention(number) if f.role == "intervention-description"]
    given = [m for m in of(fields) if is_given(m)]
    given = [m for m in given if not any(is_related(m.concept, c.concept) for c in found)]
    given = [m for m in given if m.begin < 200]
    return _grouped(given, number)[:1]


def _narrowed(found: list[Candidate], text: list[Mention], reading: Reading) -> list[Candidate]:
    """Replace a generic concept by the narrower one that the record's text gives it."""
    taken = {candidate.concept for candidate in found if candidate.concept not in GENERIC}
    for candidate in found:
        if candidate.concept not in GENERIC:
            continue
        own = [m for m in text if m.field.intervention == candidate.intervention and m.field.intervention is not None]
        arms = [a for a, items in reading.arm_interventions.items() if candidate.intervention in items]
        near = [m for m in text if m.field.arm in arms]
        title = [m for m in text if m.field.role in _TITLE_ROLES]
        rest = [m for m in text if m.field.role in ("summary", "description")]
        for place in (own, near, title, rest):
            narrower: dict[str, list[Mention]] = {}
            for mention in place:
                fits = is_narrower(mention.concept, candidate.concept) and mention.concept not in GENERIC
                if fits and mention.concept not in taken and is_asserted(mention):
                    narrower.setdefault(mention.concept, []).append(mention)
            if narrower:
                name = max(narrower, key=lambda key: (len(narrower[key]), key))
                candidate.concept = name
                candidate.mentions += narrower[name][:2]
                break
    return found


def _text_only(found: list[Candidate], text: list[Mention], titles: list[Mention], reading: Reading) -> list[Candidate]:
    """Return products that no intervention names and that the treatment schema or the title gives."""
    given = []
    for mention in text:
        if mention.concept in GENERIC or _covered(mention.concept, found):
            continue
        if mention.field.role in _TITLE_ROLES:
            if _is_titled(mention) and _is_told(mention.concept, text):
                given.append(mention)
        elif mention.field.role != "intervention-description" and is_in_schema(mention):
            first, last = context.sentence(mention.field, mention.begin)
            if not _MAYBE.search(mention.field.lower, first, last):
                given.append(mention)
    return _grouped(given, None)


def _covered(concept: str, found: list[Candidate]) -> bool:
    """Whether an intervention's product already stands for the concept."""
    engineered = ("CarTCell", "TcrTCell")
    return any(is_related(concept, c.concept) or (concept in engineered and c.concept in engineered) for c in found)


def _is_titled(mention: Mention) -> bool:
    """Whether a title names the cells as what is given: before any `in`, `for`, `after`."""
    if not is_given(mention):
        return False
    return _TITLE_SUBJECT.search(mention.field.lower, 0, mention.anchor) is None


def _is_told(concept: str, text: list[Mention]) -> bool:
    """Whether the body of the record speaks of giving such cells too."""
    return any(is_related(m.concept, concept) and m.field.role not in _TITLE_ROLES and is_given(m) for m in text)
