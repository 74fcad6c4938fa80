"""Order in time: what is given on days before the infusion, or before cells, prepares the recipient."""

import re
from typing import Final

from kg.linking.agents import AgentMention
from kg.linking.preparing import (
    BEFORE_CELLS,
    CELLS,
    NEGATIVE_DAY,
    OTHER_PURPOSE,
    Cells,
    Use,
    clause,
    names_given_cells,
    step_begin,
)
from kg.linking.timeline import by_timeline, is_whole_body, own_days

_POSITIVE_DAY: Final = re.compile(r"\bdays? (?:\+ ?\d|3 and 4|post|after)|\bday \+\d")
_HIGH_DOSE: Final = re.compile(r"\bhigh[- ]dose\b|\bmyeloablative\b|\bintensive (?:chemo|consolidation)")
_NEXT_GIVES: Final = re.compile(
    r"^\W*(?:(?:and |the |all )?(?:"
    r"(?:when|once) (?:this|the|these) (?:\w+ ){1,3}(?:is|are) (?:completed?|finished|over)|"
    r"then|after|following|subsequently|at|on day 0|on day zero|day 0|"
    r"(?:\d+|one|two|three)(?: ?(?:-|to|or) ?\w+)? (?:days?|hours?|weeks?)|"
    r"within|beginning|the day|approximately|at least|between|"
    r"patients (?:then )?(?:undergo|receive|are (?:then )?(?:infused|transplanted))|"
    r"(?:autologous |allogeneic |cryopreserved |donor |thawed |peripheral blood |bone |cord |pbscs? (?:and/)?or )*"
    r"(?:pbscs?|pbpcs?|stem cells?|marrow|blood|cells) (?:is|are|will be) (?:then )?(?:re-?infused|infused|"
    r"returned)))\b"
)
_INFUSED: Final = re.compile(
    r"\b(?:infus\w+|transplant\w*|re-?infus\w+|rescue|"
    r"receive (?:\w+ ){0,2}(?:pbscs?|stem cells?|abmt|bone marrow))\b"
)
_COLLECTED: Final = re.compile(
    r"\b(?:collect|harvest|mobili|apheres|leukapheres|surgery|gvhd|prophyl|cyclosporin|tacrolimus)\w*"
)
_RESCUE: Final = re.compile(r"\b(?:transplant\w*|rescue|stem cells?|bone marrow|support|asct|hsct|pbsc\w*)\b")
_CELLS_FOLLOW: Final = re.compile(
    r"\b(?:transplant\w*|rescue|re-?infusion|re-?infused|asct|abmt|hematopoietic support|stem cell support) "
    r"(?:following|after|for|preceded by) (?:(?:intensive|the|combination|myeloablative|chemotherapy|with|and|"
    r"high[- ]dose) )*"
    r"(?:(?!relaps|fail|remission|day |post)[\w-]+(?: iv)?(?:,? (?:and |plus )?|/)){0,3}$"
)
_PREPARED: Final = re.compile(
    r"\b(?:after|following|upon|preceded by|completion of)\b(?: \w+){0,4} $|\bcompletion of (?:\w+ ){0,3}$"
)
_NOT_BY_DAYS: Final = re.compile(
    r"\b(?:mobili[sz]\w*|collect\w*|apheres\w*|leukapheres\w*|harvest\w*|prophyla\w+|premedicat\w*|pre-medicat\w*|"
    r"prevent(?:ion of|ing)? (?:acute |chronic )?(?:gvhd|graft)|rejection|steroids for)\b"
)
_ANTIBODIES: Final = frozenset({"anti-thymocyte-globulin", "alemtuzumab"})
"""Given before the graft against rejection and graft-versus-host disease alike."""
_COURSES: Final = re.compile(
    r"\b(?:if|relaps\w+|cycles|courses|every (?:\d+|\w+) (?:days|weeks)|repeat\w*|q ?\d+|q\dw)\b"
)
"""Between an agent and `followed by`: treatment of the disease in courses, not preparation."""
_COLLECTS: Final = re.compile(r"\b(?:mobili[sz]\w*|collect\w*|apheres\w*|leukapheres\w*|harvest\w*)\b")
_NEAR: Final = 120
_ANOTHER_STEP: Final = re.compile(
    r"[,;.] (?:the |all )?(?:patients?|subjects?|participants?) (?:then )?(?:receive|undergo)"
)

_SUPPORTED: Final = ("supported by", "supported with")
_THEN: Final = ("followed by", "and then", "then")
_BARE_INFUSION: Final = re.compile(r"infusions?|products?")
_WITH_CELLS: Final = re.compile(rf"[^.;,]{{0,50}}?(?!\b(?:infusions?|product)\b){CELLS.pattern}")


def _infuses_a_drug(text: str, given: re.Match[str], last: int) -> bool:
    """Whether an `infusion` that follows is not said to be of cells, and so may be of a drug."""
    if _BARE_INFUSION.fullmatch(given.group()) is None:
        return False
    return _WITH_CELLS.match(text, given.end(), last) is None


def by_order(mention: AgentMention, first: int, last: int, cells: Cells) -> Use | None:
    """Read days before the infusion, or the order in which things are given."""
    text = mention.field.lower
    use = by_days(mention, first, last)
    if use is not None:
        return use
    step = max(step_begin(text, first, mention.begin), mention.begin - _NEAR)
    following = BEFORE_CELLS.split(text[mention.end : min(last, mention.end + 60)], maxsplit=1)[0]
    near = text[step : mention.begin] + " " + following
    others = {found.group() for found in OTHER_PURPOSE.finditer(near)}
    if others == {"consolidation"} and cells.graft:
        return _by_high_dose(mention, first, last)
    if others and not (
        others <= {"rejection", "prophylaxis"} and "rejection" in others and set(mention.slugs) & _ANTIBODIES
    ):
        return None
    return (
        _by_sequence(mention, first, last)
        or (_by_high_dose(mention, first, last) if cells.graft else None)
        or _by_next_sentence(mention, last)
        or by_timeline(mention, last)
    )


def by_days(mention: AgentMention, first: int, last: int) -> Use | None:
    """Read days before the infusion: `on days -6 to -2` after the agent, or at the head of its sentence."""
    text = mention.field.lower
    step = max(step_begin(text, first, mention.begin), mention.begin - _NEAR)
    step = max((day.end() for day in NEGATIVE_DAY.finditer(text, step, mention.begin)), default=step)
    near = text[step : mention.begin] + " " + text[mention.end : min(last, mention.end + 60)]
    if _NOT_BY_DAYS.search(near) and not set(mention.slugs) & _ANTIBODIES:
        return None
    if is_whole_body(mention) and own_days(text, mention.end, last)[:1] == [0]:
        return Use(mention, "regimen-days-before", "Stated", mention.begin, text.index("0", mention.end) + 1)
    day = NEGATIVE_DAY.search(text, mention.end, last)
    if day is not None and not _ANOTHER_STEP.search(text, mention.end, day.start()):
        if _POSITIVE_DAY.search(text, mention.end, day.start()):
            return None
        return Use(mention, "regimen-days-before", "Stated", *clause(mention, day.start(), day.end()))
    day = NEGATIVE_DAY.search(text, first, mention.begin) if day is None else None
    if day is None or mention.begin - day.end() >= 90:
        return None
    if re.search(r"\b(?:day \+?[1-9]|\+\d)", text[day.end() : mention.begin]):
        return None
    if (own := own_days(text, mention.end, last)) and min(own) > 0:
        return None
    return Use(mention, "regimen-days-before", "Stated", *clause(mention, day.start(), day.end()))


def _by_sequence(mention: AgentMention, first: int, last: int) -> Use | None:
    """Read an order in a sentence: `X followed by cells`, `before cells, X`, `cells following X`, `after X, cells`."""
    text = mention.field.lower
    before, after = text[first : mention.begin], text[mention.end : last]
    for order in BEFORE_CELLS.finditer(text, mention.end, last):
        given = CELLS.search(text, order.end(), min(last, order.end() + 110))
        if (
            given is not None
            and not (order.group() in _THEN and _infuses_a_drug(text, given, last))
            and (order.group() in _SUPPORTED or names_given_cells(text, order.end(), min(last, given.end() + 60)))
            and not _COURSES.search(text, mention.end, order.start())
            and not _COLLECTS.search(text, mention.end, order.start())
        ):
            return Use(mention, "regimen-before-cells", "Stated", *clause(mention, order.start(), given.end()))
    earlier = re.search(r"\b(?:before|prior to|preceding|in preparation for)\b", before)
    if earlier is not None:
        given = CELLS.search(before, earlier.end())
        if (
            given is not None
            and given.start() - earlier.end() < 60
            and re.search(r"\b(?:receive|give|given|treat|use|administ)\w*\b", before[given.end() :] + after[:40])
        ):
            return Use(mention, "regimen-before-cells", "Stated", first + earlier.start(), mention.end)
    follows = _CELLS_FOLLOW.search(before)
    if follows is not None:
        return Use(mention, "regimen-cells-follow", "Stated", first + follows.start(), mention.end)
    prepared = _PREPARED.search(before)
    if prepared is not None:
        given = CELLS.search(text, mention.end, last)
        if (
            given is not None
            and not _infuses_a_drug(text, given, last)
            and names_given_cells(text, mention.end, min(last, given.end() + 80))
        ):
            return Use(mention, "regimen-then-cells", "Stated", first + prepared.start(), given.end())
    return None


def _by_high_dose(mention: AgentMention, first: int, last: int) -> Use | None:
    """Read `high-dose X and autologous stem cell rescue`."""
    text = mention.field.lower
    given = _RESCUE.search(text, mention.end, last)
    if given is None or _HIGH_DOSE.search(text, first, mention.begin) is None:
        return None
    return Use(mention, "regimen-high-dose", "Stated", mention.begin, given.end())


def _by_next_sentence(mention: AgentMention, last: int) -> Use | None:
    """Read the next sentence: `Two days later, patients undergo reinfusion`, `PBSC are reinfused on day 38`."""
    text = mention.field.lower
    following = text[last : last + 160]
    if _NEXT_GIVES.match(following) is None:
        return None
    sentence = following.split(". ")[0]
    given = CELLS.search(sentence)
    if (
        given is None
        or _infuses_a_drug(sentence, given, len(sentence))
        or _INFUSED.search(sentence) is None
        or _COLLECTED.search(sentence)
    ):
        return None
    return Use(mention, "regimen-next-sentence", "Stated", mention.begin, min(last + given.end(), len(text)))
