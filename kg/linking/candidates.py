"""Which product concepts a record gives, and by which intervention or only in its text."""

import re
from typing import Final

from kg.linking import context
from kg.linking.candidate import TEXT_ROLES, TITLE_ROLES, Candidate, Of, is_titled
from kg.linking.concepts import GENERIC, is_narrower, is_related
from kg.linking.drugs import names_drug
from kg.linking.fields import Reading, TextField
from kg.linking.giving import (
    is_asserted,
    is_defined,
    is_given,
    is_handed,
    is_in_schema,
    is_of_cells,
    is_studied,
    made_in_vivo,
)
from kg.linking.matcher import lexicon
from kg.linking.mentions import CAR_CUE, Mention
from kg.linking.narrowing import (
    CAR_CELLS,
    CARRIERS,
    ENGINEERED,
    as_cord_blood,
    correct_stock_names,
    engineer,
    is_bare,
    narrow,
)

_NOT_A_PRODUCT: Final = re.compile(
    r"\b(?:questionnaire|biomarker|laborator\w+|analysis|analyses|quality[ -]of[ -]life|(?:leuk)?apheresis|"
    r"leukopheresis|"
    r"aspirat(?:e|es|ion|ions)\b(?! concentrat)|harvest\w*|mobili[sz]\w+|collection|prophyla\w+|conditioning|"
    r"preparative|biops\w+|sampling|blood draw|assay|"
    r"flow cytometry|pharmacological|counsel\w+|education\w*|follow[ -]?up|observation|monitoring|diagnos\w+|imaging|"
    r"antibod\w+|inhibitor|globulin|vaccine against|interview|survey|placebo|sham|saline|exercise|diet|registry|"
    r"conditioned medi\w+|exosomes?|vesicles?|secretome|platelet[ -]rich|plasma|lysate$|growth factor)\b"
)
_GIVES: Final = re.compile(
    r"\b(?:transplant\w*|infusions?|injections?|implant\w*|transfusions?|grafts?|rescue|support|therapy|reinfusion|"
    r"administration|prophylactic (?:nk|dli|donor))\b"
)
_TRANSPLANT: Final = re.compile(r"\btransplant\w*")
_PLACEBO: Final = re.compile(r"\b(?:placebo|sham|saline)\b")
_MAYBE: Final = re.compile(
    r"\b(?:may|might|could|can|if|eligible|option|optional|possible|candidates?|encouraged|allowed|bridg\w+|"
    r"consider\w*|"
    r"recommend\w*|whenever|available|subsequent(?:ly)?|proceed(?:ed|ing)? to|not (?:be )?receiv\w+|off[ -]study)\b"
)
_OUTSIDE: Final = re.compile(r"\b(?:candidates?|encouraged|allowed|recommend\w*|not (?:be )?receiv\w+|off[ -]study)\b")
_DEPLETES: Final = re.compile(r"\bdeplet\w+|\bselect(?:ed|ion)\b|\bpurg\w+|\bmanipulat\w+|\bprocess\w+")
_GRAFTS: Final = frozenset({"Hsc", "CordBlood", "Dli"})


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
            found += (
                _described(reading, number, of, found)
                or _apposed(reading, number, of)
                or _named_by_receptor(reading, number, of)
            )
    text = of(reading.roles(*TITLE_ROLES, *TEXT_ROLES))
    found = as_cord_blood(narrow(correct_stock_names(found, of, reading), text, reading), of, reading)
    found = engineer(found, text, reading)
    return found + _text_only(found, text, of(reading.roles(*TITLE_ROLES)), reading)


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


def _named(reading: Reading, number: int, of: Of) -> list[Candidate]:
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


def _described(reading: Reading, number: int, of: Of, found: list[Candidate]) -> list[Candidate]:
    """Return what an intervention's description gives, where its name names no cells."""
    item = reading.protocol.arms_interventions_module.interventions[number - 1]
    if (item.type or "") in ("BEHAVIORAL", "DIETARY_SUPPLEMENT", "RADIATION", "DIAGNOSTIC_TEST"):
        return []
    name = item.name or ""
    if _NOT_A_PRODUCT.search(name.lower()) or (names_drug(name) and _GIVES.search(name.lower()) is None):
        return []
    fields = [f for f in reading.of_intervention(number) if f.role == "intervention-description"]
    defined = [m for m in of(fields) if is_defined(m)]
    if defined:
        return _grouped(defined, number)[:1]
    given = [m for m in of(fields) if is_given(m) and is_handed(m) and not made_in_vivo(m)]
    if _TRANSPLANT.search(name.lower()) is None:
        given = [m for m in given if not _covered(m.concept, [c for c in found if c.concept in _GRAFTS])]
    named = [c for c in found if any(m.field.role != "intervention-description" for m in c.mentions)]
    given = [m for m in given if m.begin < 25 or not any(is_related(m.concept, c.concept) for c in named)]
    given = [m for m in given if m.begin < 200]
    return _grouped(given, number)[:1]


def _apposed(reading: Reading, number: int, of: Of) -> list[Candidate]:
    """Return the cells that a title, summary or arm puts beside the bare name of an intervention.

    `JointStem, autologous mesenchymal stem cells`, `CAR-NK cells (CL-NK-001)`, an arm that is
    labelled with the name and described by the cells.
    """
    name = " ".join((reading.protocol.arms_interventions_module.interventions[number - 1].name or "").lower().split())
    stated = reading.protocol.arms_interventions_module.interventions[number - 1].name or ""
    if len(name) < 4 or _NOT_A_PRODUCT.search(name) or names_drug(stated):
        return []
    beside = []
    for mention in of(reading.roles(*TITLE_ROLES, "summary", "description", "arm-description")):
        field = mention.field
        if not is_asserted(mention) or mention.concept == "Cell":
            continue
        if field.arm is not None and field.role == "arm-description":
            labels = [f.lower.strip() for f in reading.of_arm(field.arm) if f.role == "arm-label"]
            only = reading.arm_interventions.get(field.arm) == (number,)
            if mention.begin < 60 and (name in labels or (only and mention.begin < 30)):
                beside.append(mention)
            continue
        if _stands_beside(name, field.lower, mention):
            beside.append(mention)
    return _grouped(beside[:1], number)


def _named_by_receptor(reading: Reading, number: int, of: Of) -> list[Candidate]:
    """Return the engineered cells of the text that an intervention names by their receptor alone: `anti-CD19 CAR`."""
    if CAR_CUE.search(reading.protocol.arms_interventions_module.interventions[number - 1].name or "") is None:
        return []
    told = of(reading.roles(*TITLE_ROLES, *TEXT_ROLES))
    engineered = [m for m in told if m.concept in CAR_CELLS and is_asserted(m) and not made_in_vivo(m)]
    return _grouped(engineered[:1], number)


_AHEAD: Final = re.compile(r"\s?(?:,|\(|:| is an?\b| are\b)[^.;,()]{0,70}")
_BEHIND: Final = re.compile(r"[s)]{0,2}(?:[\w ]{0,20}[(,:]\s?(?:\w+ )?|\s)")


def _stands_beside(name: str, text: str, mention: Mention) -> bool:
    """Whether a name stands in apposition to the mention: `NAME, cells`, `NAME is a ... cell`, `cells (NAME)`."""
    at = text.rfind(name, max(0, mention.begin - 90 - len(name)), mention.begin)
    if at >= 0 and _AHEAD.fullmatch(text, at + len(name), mention.begin):
        return True
    at = text.find(name, mention.end, mention.end + 40 + len(name))
    return at >= 0 and _BEHIND.fullmatch(text, mention.end, at) is not None


def _text_only(found: list[Candidate], text: list[Mention], titles: list[Mention], reading: Reading) -> list[Candidate]:
    """Return products that no intervention names and that the treatment schema or the title gives."""
    given: list[Mention] = []
    treats = _treats(reading)
    cord = any(c.concept == "CordBlood" for c in found)
    in_title = [m for m in titles if m.concept == "Hsc"]
    merely_had = _are_had(in_title)
    background = {"Hsc"} if _are_had([m for m in in_title if m.field.role == "official-title"]) else set()
    if reading.protocol.design_module.study_type == "OBSERVATIONAL":
        return []
    for mention in text:
        if mention.concept in GENERIC - {"TCell"} or _covered(mention.concept, found):
            continue
        if mention.concept == "Hsc" and (
            not treats or (merely_had and not mention.field.arm) or (cord and is_bare(mention))
        ):
            continue
        if mention.field.role in TITLE_ROLES:
            if mention.concept not in background and is_titled(mention):
                given.append(mention)
        elif mention.field.role == "intervention-description" and mention.concept != "Dli":
            continue
        elif mention.field.role == "arm-label" and mention.concept not in _GRAFTS:
            if is_given(mention):
                given.append(mention)
        elif is_in_schema(mention) and (mention.concept in _GRAFTS or is_handed(mention)):
            first, last = context.sentence(mention.field, mention.begin)
            doubt = _OUTSIDE if mention.concept == "Dli" else _MAYBE
            if not doubt.search(mention.field.lower, first, last):
                given.append(mention)
    if not found and all(m.concept == "Dli" for m in given):
        told = [m for m in text if m.field.role not in TITLE_ROLES and m.concept != "Cell" and is_given(m)]
        told = [m for m in told if is_in_schema(m) or is_handed(m)]
        titled = [m for m in titles if m.concept != "Cell" and is_titled(m)]
        given += [m for m in titled if any(is_related(m.concept, other.concept) for other in told)]
    if not found and not given:
        given = [m for m in text if m.field.role == "summary" and m.concept not in _GRAFTS | GENERIC and is_studied(m)]
        given = given if treats else []
        given = given or [m for m in titles if m.concept in _GRAFTS and is_of_cells(m) and _is_manipulated(m, reading)]
    concepts = {m.concept for m in given}
    known = {id(m) for m in given}
    given += [
        m
        for m in text
        if m.field.arm and m.concept in concepts and m.begin < 40 and id(m) not in known and is_asserted(m)
    ]
    in_arms = sorted({m.field.arm for m in given if m.field.arm})
    if len(in_arms) < 2:
        return _grouped(given, None)
    elsewhere = [m for m in given if not m.field.arm]
    by_arm = [c for arm in in_arms for c in _grouped([m for m in given if m.field.arm == arm], None)]
    named = {c.concept for c in by_arm}
    return by_arm + _grouped([m for m in elsewhere if m.concept not in named], None)


def _are_had(grafts: list[Mention]) -> bool:
    """Whether titles name the graft, but only as something that participants have anyway."""
    return bool(grafts) and not any(is_asserted(m) for m in grafts)


def _is_manipulated(mention: Mention, reading: Reading) -> bool:
    """Whether the title studies what is done to a graft (T-cell depletion), so that the graft is given."""
    fields = [mention.field, *reading.roles("intervention-name")]
    return (
        any(lexicon("manipulations").occurs(field) for field in fields)
        and _DEPLETES.search(mention.field.lower) is not None
    )


def _treats(reading: Reading) -> bool:
    """Whether the study treats: an observational study or a behavioural one only meets transplants."""
    if reading.protocol.design_module.study_type == "OBSERVATIONAL":
        return False
    stated = reading.protocol.arms_interventions_module.interventions
    kinds = {item.type for item in stated}
    return not stated or bool(kinds & {"DRUG", "BIOLOGICAL", "RADIATION", "COMBINATION_PRODUCT", "GENETIC", None})


def _covered(concept: str, found: list[Candidate]) -> bool:
    """Whether an intervention's product already stands for the concept."""
    kin = ENGINEERED | CARRIERS
    if concept == "Mnc" and any(c.concept in _GRAFTS for c in found):
        return True
    return any(is_related(concept, c.concept) or (concept in kin and c.concept in ENGINEERED) for c in found)
