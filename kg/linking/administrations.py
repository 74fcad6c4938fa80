"""What each arm gives: which product by which intervention, how much, how, when, to what end.

An arm is told only what its own words or those of its interventions say: a dose that stands in
one arm's description is never said of another, and a product that only the text names belongs
to the arms that name it, to the only arm, or to all when the text says "all arms".
"""

import re
from functools import lru_cache
from typing import Final

from msgspec import structs

from kg.linking import context
from kg.linking.cell_doses import cell_doses, timing
from kg.linking.concepts import is_related
from kg.linking.drugs import clause
from kg.linking.fields import Reading, TextField
from kg.linking.giving import is_asserted, is_given
from kg.linking.intents import find_intents
from kg.linking.matcher import Match, lexicon
from kg.linking.mentions import Mention
from kg.linking.scope import Product
from kg.record.links import ArmLinks, Evidence, Finding, LinkedAdministration, LinkedDose

IMPLICIT: Final = "implicit"
_ALL_ARMS: Final = re.compile(
    r"\b(?:all|both) (?:\w+ ){0,2}?(?:arms?|groups?|cohorts?|patients|participants|subjects)\b|\b(?:patients|"
    r"participants|subjects) in (?:all|both|either|each)\b"
)
_OTHER_DRUG: Final = re.compile(
    r"\b(?:\w+mab|\w+nib|\w+mide|fludarabine|cyclophosphamide|busulfan|melphalan|il-?2|interleukin\S*|"
    r"filgrastim|g-csf|gm-csf|"
    r"tacrolimus|cyclosporine?|methotrexate|thymoglobulin|atg|placebo|saline|mycophenolate|aldesleukin|prednis\w+)\b"
)


_OF_OTHERS: Final = re.compile(
    rf"[- ]*(?:dose|cohort|arm\b|group|escalation|access|line\b|catheter|antibiotic|fluid|contrast)|"
    rf"[^,.;]{{0,40}}?{_OTHER_DRUG.pattern}"
)


_MOST_SENTENCES: Final = 12
"""Sentences of one field that are read for dose, day and route of a product."""


@lru_cache(maxsize=16)
def _routes(field: TextField) -> tuple[Match, ...]:
    return tuple(lexicon("routes").find(field))


class _Own:
    """The words that speak of one product's administration in one place."""

    def __init__(self, field: TextField, begin: int, end: int, focus: tuple[int, int]) -> None:
        self.field = field
        self.begin = begin
        self.end = end
        self.parts = clause(field, begin, end, focus)
        """After and before the cells, up to the next other substance."""

    def covers(self, place: int) -> bool:
        """Whether a place belongs to the words about the cells."""
        return any(first <= place < last for first, last in self.parts)


def find_administrations(reading: Reading, mentions: list[Mention], products: list[Product]) -> tuple[ArmLinks, ...]:
    """Return what every arm gives of the products; arms that give none are left out."""
    texts = {id(p): f"text-{n}" for n, p in enumerate((p for p in products if not p.interventions), 1)}
    arms = reading.protocol.arms_interventions_module.arm_groups
    found = []
    for arm in range(1, len(arms) + 1) if arms else (0,):
        given = []
        for number, product in enumerate(products, 1):
            for intervention in _interventions(reading, mentions, product, products, arm):
                given.append(_administration(reading, mentions, product, number, intervention, arm))
            if not product.interventions and _text_reaches(reading, product, mentions, arm, len(arms)):
                made = _administration(reading, mentions, product, number, None, arm)
                given.append(structs.replace(made, intervention=texts[id(product)]))
        if given:
            found.append(ArmLinks(arm=str(arm) if arm else IMPLICIT, administrations=tuple(given)))
    return tuple(found)


def _interventions(
    reading: Reading, mentions: list[Mention], product: Product, products: list[Product], arm: int
) -> list[int]:
    """Return the interventions by which an arm gives a product."""
    if arm == 0:
        return product.interventions
    used = reading.arm_interventions.get(arm, ())
    joined = {number for numbers in reading.arm_interventions.values() for number in numbers}
    own = [i for i in product.interventions if i in used]
    named = [m for m in mentions if m.field.arm == arm and is_asserted(m)]
    if not own:
        loose = [i for i in product.interventions if i not in joined]
        alone = len(reading.arm_interventions) == 1
        return [i for i in loose if alone or any(is_related(m.concept, product.concept) for m in named)]
    rivals = [p for p in products if p is not product and set(p.interventions) & set(own)]
    if rivals and any(m.concept == p.concept for m in named for p in (*rivals, product)):
        return own if any(m.concept == product.concept for m in named) else []
    return own


def _text_reaches(reading: Reading, product: Product, mentions: list[Mention], arm: int, arms: int) -> bool:
    """Whether a product that only the text names is given in an arm."""
    if arms <= 1:
        return True
    for mention in product.mentions:
        if mention.field.arm == arm:
            return True
        first, last = context.sentence(mention.field, mention.begin)
        if mention.field.arm is None and _ALL_ARMS.search(mention.field.lower, first, last):
            return True
    return any(m.field.arm == arm and m.concept == product.concept and is_asserted(m) for m in mentions)


def _administration(
    reading: Reading, mentions: list[Mention], product: Product, number: int, intervention: int | None, arm: int
) -> LinkedAdministration:
    own = _own_words(reading, mentions, product, intervention, arm)
    return LinkedAdministration(
        intervention=str(intervention),
        product=number,
        doses=_doses(reading, own, intervention, arm),
        routes=_find_routes(own),
        intents=find_intents(
            [(place.field, place.begin, place.end) for places in own for place in places], mentions, product
        ),
        evidence=_evidence(mentions, product, arm, intervention),
    )


def _own_words(
    reading: Reading, mentions: list[Mention], product: Product, intervention: int | None, arm: int
) -> list[list[_Own]]:
    """Return the places that speak of the administration: the arm's, the intervention's, the text's."""
    places: list[list[_Own]] = [[], [], []]
    if arm:
        alone = intervention is not None and reading.arm_interventions.get(arm) == (intervention,)
        for field in reading.of_arm(arm):
            places[0] += _sentences_about(field, mentions, product, whole=alone)
    if intervention is not None:
        for field in reading.of_intervention(intervention):
            if field.role != "intervention-other-name":
                places[1].append(_Own(field, 0, len(field.plain), (0, 0)))
    if arm == 0 or len(reading.arm_interventions) == 1:
        for field in reading.roles("description", "summary", "section", "abstract"):
            places[2] += [
                place
                for place in _sentences_about(field, mentions, product, whole=False)
                if any(is_given(m) for m in mentions if m.field is field and place.begin <= m.begin < place.end)
            ]
    return places


def _sentences_about(field: TextField, mentions: list[Mention], product: Product, *, whole: bool) -> list[_Own]:
    if whole:
        return [_Own(field, 0, len(field.plain), (0, 0))]
    about = [m for m in mentions if m.field is field and is_related(m.concept, product.concept) and is_asserted(m)]
    found: dict[int, _Own] = {}
    for mention in about:
        first, last = context.sentence(field, mention.begin)
        found.setdefault(first, _Own(field, first, last, (mention.begin, mention.end)))
        if len(found) == _MOST_SENTENCES:
            break
    return list(found.values())


def _doses(reading: Reading, own: list[list[_Own]], intervention: int | None, arm: int) -> tuple[LinkedDose, ...]:
    """Return the doses of the best place that states any; an intervention of several arms must state one only."""
    shared = sum(intervention in numbers for numbers in reading.arm_interventions.values()) > 1
    for level, places in enumerate(own):
        doses: list[LinkedDose] = []
        for place in places:
            doses += cell_doses(place.field, place.begin, place.end)
        if doses and not (level == 1 and shared and len(doses) > 1):
            return _with_timing(doses, own[: level + 1])
        if doses:
            break
    for level, places in enumerate(own):
        if level == 1 and shared and arm:
            break
        for place in places:
            number, day, schedule, evidence = _timing(place)
            if evidence:
                return (LinkedDose(number_of_infusions=number, relative_day=day, schedule=schedule, evidence=evidence),)
    return ()


def _timing(place: _Own) -> tuple[int | None, str | None, str | None, tuple[Evidence, ...]]:
    """Return number, day and schedule from the words after the cells, else from those before them.

    A number may stand right before the cells: `two cell infusions`.
    """
    (begin, last), (first, end) = place.parts
    number, day, schedule, evidence = timing(place.field, begin, last, begin or None)
    if number is None and end:
        number, _, _, counted = timing(place.field, max(first, end - 15), last)
        evidence += counted[:1] if number is not None else ()
    if evidence:
        return number, day, schedule, evidence
    return timing(place.field, first, end, end or None)


def _with_timing(doses: list[LinkedDose], own: list[list[_Own]]) -> tuple[LinkedDose, ...]:
    """Add number of infusions, day and schedule where one field states them for all its doses."""
    unique: dict[tuple[str | None, bool | None], LinkedDose] = {}
    for dose in doses:
        unique.setdefault((dose.amount or dose.amount_text, dose.per_kilogram), dose)
    for places in own:
        for place in places:
            number, day, schedule, evidence = _timing(place)
            if evidence:
                return tuple(
                    structs.replace(
                        dose,
                        number_of_infusions=number,
                        relative_day=day,
                        schedule=schedule,
                        evidence=dose.evidence + evidence,
                    )
                    for dose in unique.values()
                )
    return tuple(unique.values())


def _find_routes(own: list[list[_Own]]) -> tuple[Finding, ...]:
    for places in own:
        found: dict[str, list[Evidence]] = {}
        for place in places:
            for match in _routes(place.field):
                if not place.covers(match.begin):
                    continue
                near = place.field.lower[max(place.begin, match.begin - 45) : match.begin]
                after = place.field.lower[match.end : min(place.end, match.end + 45)]
                if _OTHER_DRUG.search(near) or context.NEGATION.search(near) or _OF_OTHERS.match(after):
                    continue
                found.setdefault(match.term, []).append(place.field.evidence(match.begin, match.end, match.rule))
        if found:
            return tuple(Finding(term, tuple(evidence[:2])) for term, evidence in sorted(found.items()))
    return ()


def _evidence(mentions: list[Mention], product: Product, arm: int, intervention: int | None) -> tuple[Evidence, ...]:
    """Return the words of the arm that name the product, else those of its intervention, else the product's."""
    related = [m for m in mentions if is_related(m.concept, product.concept)]
    for place in (
        [m for m in related if arm and m.field.arm == arm],
        [m for m in related if intervention is not None and m.field.intervention == intervention],
        product.mentions,
    ):
        if place:
            return tuple(m.field.evidence(m.begin, m.end, m.rule) for m in place[:1])
    return ()
