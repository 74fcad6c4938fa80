"""Narrowing what an intervention's name says by the record's other words.

Names are often general ("T lymphocytes", "stem cell transplantation") or a registry's stock
name; description, arm and title tell what they stand for.
"""

import re
from typing import Final

from kg.linking.candidate import TEXT_ROLES, TITLE_ROLES, Candidate, Of, is_titled
from kg.linking.concepts import GENERIC, is_narrower, is_related
from kg.linking.fields import Reading
from kg.linking.giving import is_asserted, is_given, is_handed
from kg.linking.mentions import Mention

_BARE_GRAFT: Final = re.compile(
    r"(?:h[a]?ematopoietic |allogeneic |donor )*(?:stem|progenitor)?[ -]?cells?(?: transplant\w*| support|"
    r" rescue| infusion)?|hs?ct|sct|"
    r"allogeneic (?:hsct|transplant\w*|stem cells?)|stem cell graft"
)

_OTHER_GRAFT: Final = re.compile(r"haplo\S*|autologous|related|sibling|peripheral|marrow")

ENGINEERED: Final = frozenset({"CarTCell", "TcrTCell"})

CARRIERS: Final = frozenset({"TCell", "Ctl", "Lymphocyte", "VirusSpecificTCell", "TumorSpecificTCell"})

_CAR_OF: Final = {"NkCell": "CarNkCell", "NktCell": "CarNktCell", "Macrophage": "CarMacrophage"}

CAR_CELLS: Final = frozenset({"CarTCell", *_CAR_OF.values()})


def correct_stock_names(found: list[Candidate], of: Of, reading: Reading) -> list[Candidate]:
    """Believe an intervention's description and the title against a registry's stock name.

    Registries file an infusion under the nearest term they have; where the description hands over
    other cells, the title names those too, and nothing else speaks for the stock name, they count.
    """
    found = [candidate for candidate in found if not _is_of_parts(candidate, of, reading)]
    titled = [m for m in of(reading.roles(*TITLE_ROLES)) if is_titled(m)]
    said = [m for m in of(reading.roles(*TITLE_ROLES, *TEXT_ROLES)) if is_asserted(m)]
    for candidate in found:
        if candidate.concept in GENERIC or candidate.intervention is None:
            continue
        if any(is_related(m.concept, candidate.concept) for m in titled):
            continue
        if _is_stock(candidate, said):
            other = next((m for m in titled if _may_stand_for(m.concept, found)), None)
            if other is not None:
                candidate.concept = other.concept
                candidate.mentions.append(other)
                continue
        own = of([f for f in reading.of_intervention(candidate.intervention) if f.role == "intervention-description"])
        if any(is_related(m.concept, candidate.concept) for m in own):
            continue
        for mention in own:
            handed = mention.concept not in GENERIC and is_given(mention) and is_handed(mention)
            if handed and any(m.concept == mention.concept for m in titled):
                candidate.concept = mention.concept
                candidate.mentions = [mention, *candidate.mentions]
                break
    return found


def narrow(found: list[Candidate], text: list[Mention], reading: Reading) -> list[Candidate]:
    """Replace a generic concept by the narrower one that the record's text gives it."""
    taken = {candidate.concept for candidate in found if candidate.concept not in GENERIC}
    for candidate in found:
        if candidate.concept not in GENERIC:
            continue
        own = [m for m in text if m.field.intervention == candidate.intervention and m.field.intervention is not None]
        arms = [a for a, items in reading.arm_interventions.items() if candidate.intervention in items]
        near = [m for m in text if m.field.arm in arms]
        title = [m for m in text if m.field.role in TITLE_ROLES]
        rest = [m for m in text if m.field.role in ("summary", "description")]
        for place, broad in ((p, b) for b in (GENERIC, GENERIC - {"TCell"}) for p in (own, near, title, rest)):
            narrower: dict[str, list[Mention]] = {}
            for mention in place:
                fits = is_narrower(mention.concept, candidate.concept) and mention.concept not in broad
                if fits and mention.concept not in taken and is_asserted(mention):
                    narrower.setdefault(mention.concept, []).append(mention)
            if narrower:
                name = max(narrower, key=lambda key: (len(narrower[key]), key))
                candidate.concept = name
                candidate.mentions += narrower[name][:2]
                break
    return found


def engineer(found: list[Candidate], text: list[Mention], reading: Reading) -> list[Candidate]:
    """Read cells as engineered where their own description, arm or the title says so of them."""
    known = {candidate.concept for candidate in found}
    for candidate in found:
        wanted = ENGINEERED if candidate.concept in CARRIERS else {_CAR_OF.get(candidate.concept, "")}
        if known & wanted:
            continue
        arms = [a for a, items in reading.arm_interventions.items() if candidate.intervention in items]
        for mention in text:
            own = mention.field.intervention is not None and mention.field.intervention == candidate.intervention
            near = own or mention.field.arm in arms or mention.field.role in TITLE_ROLES
            near = near or (candidate.concept in GENERIC and mention.field.role != "criteria" and is_given(mention))
            if near and mention.concept in wanted and is_asserted(mention):
                candidate.concept = mention.concept
                candidate.mentions.append(mention)
                break
    return found


def as_cord_blood(found: list[Candidate], of: Of, reading: Reading) -> list[Candidate]:
    """Read a bare `stem cell transplantation` as cord blood where nothing else is named or its description says so."""
    grafts = [c for c in found if c.concept == "Hsc"]
    bare = [c for c in grafts if all(is_bare(m) for m in c.mentions)]
    only = len(bare) == len(grafts) and any(c.concept == "CordBlood" for c in found)
    for candidate in bare:
        fields = reading.of_intervention(candidate.intervention or 0)
        own = {m.concept for m in of([f for f in fields if f.role == "intervention-description"])}
        if only or ("CordBlood" in own and "Hsc" not in own):
            candidate.concept = "CordBlood"
    return found


def is_bare(mention: Mention) -> bool:
    """Whether a mention names a transplant of stem cells without saying from where."""
    before = mention.field.lower[max(0, mention.begin - 30) : mention.begin]
    return _BARE_GRAFT.fullmatch(mention.words.lower()) is not None and _OTHER_GRAFT.search(before) is None


_OF_PARTS: Final = re.compile(
    r"\bidiotyp\w+|\bheat[ -]shock|\bhsppc|\blysates?\b(?![ -](?:pulsed|loaded))|"
    r"\bderived peptides?\b"
)


def _is_of_parts(candidate: Candidate, of: Of, reading: Reading) -> bool:
    """Whether a stock name speaks of tumour cells while the record tells of a vaccine made of their parts."""
    if candidate.concept != "TumorCellVaccine":
        return False
    fields = reading.roles(*TITLE_ROLES, *TEXT_ROLES)
    if not any(_OF_PARTS.search(field.lower) for field in fields):
        return False
    return not any(m.concept == candidate.concept and is_given(m) for m in of(fields))


def _is_stock(candidate: Candidate, said: list[Mention]) -> bool:
    """Whether nothing in the record but the intervention's name speaks of such cells."""
    return not any(m.concept == candidate.concept for m in said)


def _may_stand_for(concept: str, found: list[Candidate]) -> bool:
    return concept not in GENERIC and not any(is_related(concept, c.concept) for c in found)
