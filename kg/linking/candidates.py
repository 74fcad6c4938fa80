"""Which product concepts a record gives, and by which intervention or only in its text."""

import re
from collections.abc import Callable
from typing import Final

from kg.linking import context
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
from kg.linking.mentions import Mention

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
_PLACEBO: Final = re.compile(r"\b(?:placebo|sham|saline)\b")
_MAYBE: Final = re.compile(
    r"\b(?:may|might|could|can|if|eligible|option|optional|possible|candidates?|encouraged|allowed|bridg\w+|"
    r"consider\w*|"
    r"recommend\w*|whenever|available|subsequent(?:ly)?|proceed(?:ed|ing)? to|not (?:be )?receiv\w+|off[ -]study)\b"
)
_OTHER_GRAFT: Final = re.compile(r"haplo\S*|autologous|related|sibling|peripheral|marrow")
_DEPLETES: Final = re.compile(r"\bdeplet\w+|\bselect(?:ed|ion)\b|\bpurg\w+|\bmanipulat\w+|\bprocess\w+")
_BARE_GRAFT: Final = re.compile(
    r"(?:h[a]?ematopoietic |allogeneic |donor )?(?:stem|progenitor)?[ -]?cells?(?: transplant\w*| support|"
    r" rescue| infusion)?|hs?ct|sct|"
    r"allogeneic (?:hsct|transplant\w*|stem cells?)|stem cell graft"
)
_TITLE_SUBJECT: Final = re.compile(
    r"\b(?:in|for|among|undergoing|receiving|after|following|before|prior|post|during|to prevent|prevention|"
    r"prophylaxis|"
    r"effects? of|conditioning|impact|role)\b"
)
_GRAFTS: Final = frozenset({"Hsc", "CordBlood", "Dli"})
_TEXT_ROLES: Final = (
    "arm-label",
    "arm-description",
    "intervention-description",
    "description",
    "summary",
    "section",
    "abstract",
)
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
            found += _described(reading, number, of, found) or _apposed(reading, number, of)
    text = of(reading.roles(*_TITLE_ROLES, *_TEXT_ROLES))
    found = _as_cord_blood(_narrowed(_corrected(found, of, reading), text, reading))
    found = _engineered(found, text, reading)
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
    name = item.name or ""
    if _NOT_A_PRODUCT.search(name.lower()) or (names_drug(name) and _GIVES.search(name.lower()) is None):
        return []
    fields = [f for f in reading.of_intervention(number) if f.role == "intervention-description"]
    defined = [m for m in of(fields) if is_defined(m)]
    if defined:
        return _grouped(defined, number)[:1]
    given = [m for m in of(fields) if is_given(m) and is_handed(m) and not made_in_vivo(m)]
    named = [c for c in found if any(m.field.role != "intervention-description" for m in c.mentions)]
    given = [m for m in given if m.begin < 25 or not any(is_related(m.concept, c.concept) for c in named)]
    given = [m for m in given if m.begin < 200]
    return _grouped(given, number)[:1]


def _corrected(found: list[Candidate], of: _Of, reading: Reading) -> list[Candidate]:
    """Believe an intervention's description and the title against a registry's stock name.

    Registries file an infusion under the nearest term they have; where the description hands over
    other cells, the title names those too, and nothing else speaks for the stock name, they count.
    """
    titled = [m for m in of(reading.roles(*_TITLE_ROLES)) if _is_titled(m)]
    said = [m for m in of(reading.roles(*_TITLE_ROLES, *_TEXT_ROLES)) if is_asserted(m)]
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


def _apposed(reading: Reading, number: int, of: _Of) -> list[Candidate]:
    """Return the cells that a title, summary or arm puts beside the bare name of an intervention.

    `JointStem, autologous mesenchymal stem cells`, `CAR-NK cells (CL-NK-001)`, an arm that is
    labelled with the name and described by the cells.
    """
    name = " ".join((reading.protocol.arms_interventions_module.interventions[number - 1].name or "").lower().split())
    if len(name) < 4 or _NOT_A_PRODUCT.search(name) or names_drug(name):
        return []
    beside = []
    for mention in of(reading.roles(*_TITLE_ROLES, "summary", "description", "arm-description")):
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


_AHEAD: Final = re.compile(r"\s?(?:,|\(|:| is an?\b| are\b)[^.;,()]{0,70}")
_BEHIND: Final = re.compile(r"[s)]{0,2}(?:[\w ]{0,20}[(,:]\s?(?:\w+ )?|\s)")


def _stands_beside(name: str, text: str, mention: Mention) -> bool:
    """Whether a name stands in apposition to the mention: `NAME, cells`, `NAME is a ... cell`, `cells (NAME)`."""
    at = text.rfind(name, max(0, mention.begin - 90 - len(name)), mention.begin)
    if at >= 0 and _AHEAD.fullmatch(text, at + len(name), mention.begin):
        return True
    at = text.find(name, mention.end, mention.end + 40 + len(name))
    return at >= 0 and _BEHIND.fullmatch(text, mention.end, at) is not None


def _is_stock(candidate: Candidate, said: list[Mention]) -> bool:
    """Whether nothing in the record but the intervention's name speaks of such cells."""
    return not any(m.concept == candidate.concept for m in said)


def _may_stand_for(concept: str, found: list[Candidate]) -> bool:
    return concept not in GENERIC and not any(is_related(concept, c.concept) for c in found)


_ENGINEERED: Final = frozenset({"CarTCell", "TcrTCell"})
_CARRIERS: Final = frozenset({"TCell", "Ctl", "Lymphocyte", "VirusSpecificTCell", "TumorSpecificTCell"})
_CAR_OF: Final = {"NkCell": "CarNkCell", "NktCell": "CarNktCell", "Macrophage": "CarMacrophage"}


def _engineered(found: list[Candidate], text: list[Mention], reading: Reading) -> list[Candidate]:
    """Read cells as engineered where their own description, arm or the title says so of them."""
    known = {candidate.concept for candidate in found}
    for candidate in found:
        wanted = _ENGINEERED if candidate.concept in _CARRIERS else {_CAR_OF.get(candidate.concept, "")}
        if known & wanted:
            continue
        arms = [a for a, items in reading.arm_interventions.items() if candidate.intervention in items]
        for mention in text:
            own = mention.field.intervention is not None and mention.field.intervention == candidate.intervention
            near = own or mention.field.arm in arms or mention.field.role in _TITLE_ROLES
            if near and mention.concept in wanted and is_asserted(mention):
                candidate.concept = mention.concept
                candidate.mentions.append(mention)
                break
    return found


def _as_cord_blood(found: list[Candidate]) -> list[Candidate]:
    """Read a bare `stem cell transplantation` as the cord-blood graft where that is the only graft named."""
    grafts = [c for c in found if c.concept == "Hsc"]
    if any(c.concept == "CordBlood" for c in found) and all(_is_bare(m) for c in grafts for m in c.mentions):
        for candidate in grafts:
            candidate.concept = "CordBlood"
    return found


def _is_bare(mention: Mention) -> bool:
    before = mention.field.lower[max(0, mention.begin - 30) : mention.begin]
    return _BARE_GRAFT.fullmatch(mention.words.lower()) is not None and _OTHER_GRAFT.search(before) is None


def _text_only(found: list[Candidate], text: list[Mention], titles: list[Mention], reading: Reading) -> list[Candidate]:
    """Return products that no intervention names and that the treatment schema or the title gives."""
    given: list[Mention] = []
    treats = _treats(reading)
    cord = any(c.concept == "CordBlood" for c in found)
    in_title = [m for m in titles if m.concept == "Hsc"]
    merely_had = bool(in_title) and not any(is_asserted(m) for m in in_title)
    if reading.protocol.design_module.study_type == "OBSERVATIONAL":
        return []
    for mention in text:
        if mention.concept in GENERIC or _covered(mention.concept, found):
            continue
        if mention.concept == "Hsc" and (
            not treats or (merely_had and not mention.field.arm) or (cord and _is_bare(mention))
        ):
            continue
        if mention.field.role in _TITLE_ROLES:
            if _is_titled(mention) and _is_told(mention.concept, text):
                given.append(mention)
        elif mention.field.role != "intervention-description" and is_in_schema(mention):
            if mention.concept not in _GRAFTS and not is_handed(mention):
                continue
            first, last = context.sentence(mention.field, mention.begin)
            if not _MAYBE.search(mention.field.lower, first, last):
                given.append(mention)
    if not found and not given:
        told = [m for m in text if m.field.role not in _TITLE_ROLES and m.concept != "Cell" and is_given(m)]
        told = [m for m in told if is_in_schema(m) or is_handed(m)]
        given = [m for m in titles if m.concept != "Cell" and _is_titled(m)]
        given = [m for m in given if any(is_related(m.concept, other.concept) for other in told)]
    if not found and not given and treats:
        given = [m for m in text if m.field.role == "summary" and m.concept not in _GRAFTS | GENERIC and is_studied(m)]
        given = given or [m for m in titles if m.concept in _GRAFTS and is_of_cells(m) and _is_manipulated(m, reading)]
    concepts = {m.concept for m in given}
    given += [
        m for m in text if m.field.arm and m.concept in concepts and m.begin < 40 and m not in given and is_asserted(m)
    ]
    in_arms = sorted({m.field.arm for m in given if m.field.arm})
    if len(in_arms) < 2:
        return _grouped(given, None)
    elsewhere = [m for m in given if not m.field.arm]
    by_arm = [c for arm in in_arms for c in _grouped([m for m in given if m.field.arm == arm], None)]
    named = {c.concept for c in by_arm}
    return by_arm + _grouped([m for m in elsewhere if m.concept not in named], None)


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
