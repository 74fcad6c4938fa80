"""Conditioning, lymphodepletion and cytoreduction: what prepares the recipient before cells.

An agent belongs to a regimen when the words say so: a cue (`conditioning`, `lymphodepletion`),
days before the infusion (`on days -6 to -2`), or an order (`followed by`, `prior to transplant`;
both in `order`). `ontology/lexicon/conditioning.tsv` says which agents are given for that purpose.
"""

import re
from bisect import bisect_right
from typing import Final

from kg.linking import context
from kg.linking.agents import NARRATIVE, AgentMention, AgentReading, is_used_in_vitro, is_usual, roles
from kg.linking.fields import TextField
from kg.linking.order import by_days, by_order
from kg.linking.preparing import (
    BEFORE_CELLS,
    CELLS,
    CUE,
    NEGATIVE_DAY,
    OTHER_PURPOSE,
    Cells,
    Use,
    clause,
    is_in_other_step,
    names_given_cells,
    purpose_of,
    step_begin,
)

_CUE_TARGET: Final = re.compile(
    r"^[^.;\n]{0,40}?(?:\b(?:with|using|of|including|includes?|consist\w*(?: of| in)?|compris\w+(?: of)?|"
    r"contain\w+|by|is|are|will be|receive\w*|include\w*)\b|[:(,=-])"
)
_T_DEPLETED: Final = re.compile(
    r"\b(?:t[ -]?cell|t|cd\d+|b[ -]?cell|ex[- ]vivo|in[- ]vitro)[ -]+(?:lympho-?)?(?:deplet)\w*$"
)
_GIVE_CELLS: Final = re.compile(
    r"\b(?:infus\w*|re-?infus\w*|transplant\w*|rescue|transfus\w*|graft\w*|inject\w*|administ\w*|given|receiv\w*|"
    r"undergo\w*|return\w*|bmt|abmt|hsct|hct|sct|asct|pbsct|therapy|car|dli)\b"
)
_POSITIVE_DAY: Final = re.compile(r"\bdays? (?:\+ ?\d|3 and 4|post|after)|\bday \+\d")
_DAY_AFTER: Final = re.compile(r"\b(?:d|days?)[ .]?\+? ?[1-9]|(?:, ?|and |to |through |[+/])\+?\d")
_POST: Final = re.compile(
    r"\b(?:post[- ]?(?:transplant\w*|infusion|hct|hsct|bmt|graft)?|after (?:the )?(?:transplant\w*|infusion|hct|"
    r"hsct|bmt))\W*(?:high[- ]dose )?$"
)
_REPEATED: Final = re.compile(
    r"\b(?:(?:not\s+|un)able|not\s+eligible|ineligible|not\s+candidates?|unsuitable|contraindicat\w+)\b"
    r"(?:\s+to\s+\w+)?+[^.;]{0,60}\b(?:receive|undergo|given)\b"
)
"""`Patients who are ineligible for X receive`: what follows is given."""
_CONDITION: Final = re.compile(r"\W*(?:if|(?:for|in) patients)\b[^.;:,]{0,120}, ")
_PAST: Final = re.compile(
    r"\b(?:have shown|has been shown|previous(?:ly)? (?:stud|report|show|trial)\w*|studies have|in animal|"
    r"animal models?|in mice|mouse|pre-?clinical|"
    r"historical\w*|in the literature|we have (?:previously )?(?:shown|treated)|standard of care|our (?:previous|"
    r"prior|earlier) (?:study|trial|experience)|"
    r"recent (?:study|studies|data|reports?)|has been reported|were reported|reported (?:that|by|in))\b"
)
_HEADING_LENGTH: Final = 110
_LOOK_BACK: Final = 8
_CUE_WORDS: Final = ("conditioning", "preparative", "deplet", "ablat")
_HAD: Final = re.compile(r"\b(?:since|prior|previous\w*|failed|failure|received|history|past|before)\b")
_LYMPHODEPLETERS: Final = frozenset({"fludarabine", "cyclophosphamide", "bendamustine"})
_TAKEN_BEFORE: Final = re.compile(
    r"\b(?:previous(?:ly)?|prior (?:treatment|therapy|chemo\w*|exposure|use)|ha(?:s|ve|d) (?:been treated|"
    r"received|failed)|relapsed after|refractory to|"
    r"resistant to|history of|allerg\w+ to|intoleran\w+ to|hypersensitiv\w+ to)\b"
    r"(?:(?!\b(?:receive|undergo|are (?:given|treated))\b)[^.;\n]){0,60}$"
)


def find_uses(agents: AgentReading, cells: Cells) -> list[Use]:
    """Return every mention that the words make part of a regimen, field by field."""
    if not cells.any:
        return []
    uses: list[Use] = []
    fields = agents.reading.roles(
        "arm-label",
        "arm-description",
        "intervention-name",
        "intervention-other-name",
        "intervention-description",
        *NARRATIVE,
    )
    for field in fields:
        for mention in agents.mentions(field):
            use = _read(mention, agents, cells)
            if use is not None:
                uses.append(use)
    for field in agents.reading.roles("criteria") if cells.graft else ():
        if any(word in field.lower for word in _CUE_WORDS):
            uses += filter(None, map(_by_criterion, agents.mentions(field)))
    return _outweighed(uses, agents)


def _outweighed(uses: list[Use], agents: AgentReading) -> list[Use]:
    """Drop agents that only an order makes part of a regimen, where the text gives them in another step.

    `Fludarabine followed by transplantation` in a title says less than `Induction: patients receive fludarabine`.
    """
    told = {slug for use in uses if use.rule != "regimen-before-cells" for slug in use.mention.slugs}
    weak = {slug for use in uses for slug in use.mention.slugs} - told
    if not weak:
        return uses
    other = {
        slug
        for field in agents.reading.roles("description", "summary", "arm-description", "intervention-description")
        for mention in agents.mentions(field)
        if weak.intersection(mention.slugs) and is_in_other_step(mention)
        for slug in mention.slugs
    }
    return [use for use in uses if told.intersection(use.mention.slugs) or not other.issuperset(use.mention.slugs)]


def _by_criterion(mention: AgentMention) -> Use | None:
    """Read a criterion of a transplant that asks for a regimen: `Conditioning with X`, and not for an earlier one."""
    first, last = context.sentence(mention.field, mention.begin)
    if mention.letters or not any(map(is_usual, mention.slugs)):
        return None
    if _HAD.search(mention.field.lower, first, mention.begin):
        return None
    around = context.around(mention.field, mention.begin, mention.end)
    return _by_cue(mention, first, last, able=True) if around.asserted and not around.donor else None


def _read(mention: AgentMention, agents: AgentReading, cells: Cells) -> Use | None:
    """Return why a mention prepares the recipient, or None."""
    usual = {roles().get(slug, "") for slug in mention.slugs}
    if usual == {"never"}:
        return None
    field, text = mention.field, mention.field.lower
    first, last = context.sentence(field, mention.begin)
    around = context.around(field, mention.begin, mention.end)
    if (
        _is_negated(mention, around, first)
        or around.donor
        or _PAST.search(text, first, last)
        or _POST.search(text, first, mention.begin)
    ):
        return None
    if mention.letters and not _among_letters(mention, agents, first, last):
        return None
    if _TAKEN_BEFORE.search(text, first, mention.begin) or is_used_in_vitro_only(mention):
        return None
    able = bool(usual & {"strong", "usual"}) and not mention.match.entry.context.startswith("treatment")
    use = _by_cue(mention, first, last, able)
    if use is None and able:
        use = _by_heading(mention, first)
        if use is None and (cells.graft or cells.effector):
            use = by_order(mention, first, last, cells)
    if use is None and usual == {"beside"} and _stands_beside(mention, agents, first, last):
        use = by_days(mention, first, last)
    if use is None and field.intervention is not None and (able or usual == {"beside"}):
        use = _by_intervention(mention, agents, able)
    if use is None and field.arm is not None and able:
        use = _by_label(mention, agents)
    if use is None and cells.effector and not cells.graft and set(mention.slugs) & _LYMPHODEPLETERS:
        use = _by_cells(mention, around, first, last, cells)
    return use


def _is_negated(mention: AgentMention, around: context.Context, first: int) -> bool:
    """Whether an agent is denied; the denial in `If A is not tolerated, B is given` is not of B."""
    if not around.negated:
        return False
    text = mention.field.lower
    if _REPEATED.search(text, first, mention.begin):
        return False
    condition = _CONDITION.match(text, first, mention.begin)
    return condition is None or context.NEGATION.search(text, condition.end(), mention.begin) is not None


def is_used_in_vitro_only(mention: AgentMention) -> bool:
    """Whether a cytokine or antibody serves the culture; chemotherapy and radiation never do."""
    return not any(map(is_usual, mention.slugs)) and is_used_in_vitro(mention)


def _stands_beside(mention: AgentMention, agents: AgentReading, first: int, last: int) -> bool:
    """Whether the sentence gives another agent that is usual in conditioning."""
    return any(is_usual(slug) for other in agents.between(mention.field, first, last) for slug in other.slugs)


def _among_letters(mention: AgentMention, agents: AgentReading, first: int, last: int) -> bool:
    """Whether letters like `Flu` stand beside another agent of a regimen or a cue."""
    others = [m for m in agents.between(mention.field, first, last) if m is not mention]
    near = any(m.begin - mention.end < 20 and mention.begin - m.end < 20 for m in others)
    return near or CUE.search(mention.field.lower, first, last) is not None


def _by_cue(mention: AgentMention, first: int, last: int, able: bool) -> Use | None:
    """Read a cue in the sentence: `conditioning with X`, `X as lymphodepletion`."""
    text = mention.field.lower
    for cue in CUE.finditer(text, first, last):
        if cue.group().startswith("lympho") and _T_DEPLETED.search(text, first, cue.end()):
            continue
        between_before = text[cue.end() : mention.begin]
        purpose = purpose_of(cue.group())
        if purpose == "Cytoreduction" and OTHER_PURPOSE.search(text, mention.end, last):
            continue
        if cue.end() <= mention.begin:
            if OTHER_PURPOSE.search(between_before) or (
                re.search(r"\b(?:after|followed by|post|then)\b", between_before) and not able
            ):
                continue
            if re.search(r"\b(?:followed by|and then|post)\b", between_before) and (
                not able or CELLS.search(between_before)
            ):
                continue
            direct = len(between_before) < 160 and _CUE_TARGET.match(between_before) is not None
            if (
                able
                and _POSITIVE_DAY.search(text, mention.end, min(last, mention.end + 60))
                and not NEGATIVE_DAY.search(text, mention.end, min(last, mention.end + 60))
            ):
                continue
            if able or (direct and _gives_in_list(between_before)):
                begin, end = clause(mention, cue.start(), cue.end())
                return Use(mention, "regimen-cue-before", "Stated", begin, end, purpose)
        elif mention.end <= cue.start() and able:
            between = text[mention.end : cue.start()]
            # `X ... after conditioning` is given later, `X followed by conditioning` before it
            if re.search(r"\b(?:followed by|then)\b", between) or re.search(
                r"\b(?:after|following|post|prior to|before)\b(?! (?:to )?(?:as |for )?$)", between[-30:]
            ):
                continue
            step = step_begin(text, first, mention.begin)
            if OTHER_PURPOSE.search(text, step, mention.begin) or OTHER_PURPOSE.search(between):
                continue
            begin, end = clause(mention, cue.start(), cue.end())
            return Use(mention, "regimen-cue-after", "Stated", begin, end, purpose)
    return None


def _gives_in_list(between: str) -> bool:
    """Whether only agents, doses and conjunctions stand between a cue and an agent that is rarely conditioning."""
    return (
        re.search(r"\b(?:patients|receive|gvhd|prophylaxis|and then|infus\w+|transplant\w*|cells)\b", between) is None
        and len(between) < 120
    )


def _by_heading(mention: AgentMention, first: int) -> Use | None:
    """Read a heading above the sentence: `Conditioning regimen:` and a list."""
    field, text = mention.field, mention.field.lower
    starts = context.sentence_starts(field)
    here = bisect_right(starts, first) - 1
    for i in range(here - 1, max(-1, here - _LOOK_BACK), -1):
        line = text[starts[i] : starts[i + 1]].strip()
        heading = line.endswith(":") or (len(line) < 60 and not line.endswith("."))
        if not heading or len(line) > _HEADING_LENGTH:
            if CELLS.search(line) and _GIVE_CELLS.search(line):
                return None
            continue
        cue = CUE.search(text, starts[i], starts[i + 1])
        if cue is not None and not OTHER_PURPOSE.search(line):
            return Use(mention, "regimen-heading", "Stated", cue.start(), cue.end(), purpose_of(cue.group()))
        if line.endswith(":"):
            return None
    return None


def _by_intervention(mention: AgentMention, agents: AgentReading, able: bool) -> Use | None:
    """Read the description or other names of an intervention that is a drug: they say what it is for.

    Of an agent that is rarely conditioning (not `able`), only days that are all before cells say so.
    """
    number = mention.field.intervention or 0
    if mention.field.role == "intervention-description":
        return None
    for field in agents.reading.of_intervention(number):
        text = field.lower
        if field.role != "intervention-description" and field is mention.field:
            continue
        if field.role == "intervention-description" and _names_other_agents(field, mention, agents):
            continue
        found = (able and CUE.search(text)) or NEGATIVE_DAY.search(text)
        if not able and (found is None or _DAY_AFTER.search(text, found.end())):
            continue
        if found is None:
            order = BEFORE_CELLS.search(text)
            given = CELLS.search(text, order.end(), order.end() + 80) if order else None
            if order is None or given is None or order.group() in ("then", "and then"):
                continue
            if not names_given_cells(text, order.end(), given.end() + 60):
                continue
            begin, end = order.start(), given.end()
        else:
            begin, end = found.start(), found.end()
            if found.re is CUE and re.search(r"\b(?:after|following|post)[ -]+(?:\w+ ){0,2}$", text[:begin]):
                continue
        if OTHER_PURPOSE.search(text) and found is None:
            continue
        if re.search(r"\bpremedicat|prophyla|mobili[sz]", text):
            continue
        purpose = purpose_of(text[begin:end])
        return Use(mention, "regimen-intervention", "Stated", begin, end, purpose, field)
    return None


def _names_other_agents(field: TextField, mention: AgentMention, agents: AgentReading) -> bool:
    """Whether a description speaks of agents that the name does not name: then each speaks for itself."""
    named = {slug for m in agents.mentions(field) for slug in m.slugs}
    return bool(named - set(mention.slugs)) and bool(named & set(mention.slugs))


def _by_label(mention: AgentMention, agents: AgentReading) -> Use | None:
    """Read the label of an arm that says what its agents are for: `CAR T cells and lymphodepletion`."""
    arm = mention.field.arm or 0
    if mention.field.role == "arm-description" and CUE.search(mention.field.lower):
        return None
    for field in agents.reading.of_arm(arm):
        if field.role == "arm-label":
            cue = CUE.search(field.lower)
            if cue is not None and not _T_DEPLETED.search(field.lower, 0, cue.end()):
                if OTHER_PURPOSE.search(mention.field.lower, *context.sentence(mention.field, mention.begin)):
                    return None
                return Use(
                    mention, "regimen-arm-label", "Stated", cue.start(), cue.end(), purpose_of(cue.group()), field
                )
    return None


def _by_cells(mention: AgentMention, around: context.Context, first: int, last: int, cells: Cells) -> Use | None:
    """Take fludarabine or cyclophosphamide that a trial of effector cells gives: lymphodepletion by common practice."""
    field, text = mention.field, mention.field.lower
    if around.background or around.exclusion or around.mobilisation or OTHER_PURPOSE.search(text, first, last):
        return None
    if field.role in ("intervention-name", "intervention-other-name"):
        if not cells.engineered and "fludarabine" not in mention.slugs:
            return None
        return Use(mention, "regimen-effector-cells", "Probable", mention.begin, mention.end, "Lymphodepletion")
    if not re.search(
        r"\b(?:receiv\w*|give|given|administer\w*|treat\w*|infus\w*|will have|undergo\w*)\b", text[first:last]
    ):
        return None
    return Use(mention, "regimen-effector-cells", "Probable", first, mention.end, "Lymphodepletion")
