"""Conditioning, lymphodepletion and cytoreduction: what prepares the recipient before cells.

An agent belongs to a regimen when the words say so: a cue (`conditioning`, `lymphodepletion`),
days before the infusion (`on days -6 to -2`), or an order (`followed by`, `prior to transplant`).
`ontology/lexicon/conditioning.tsv` says which agents are given for that purpose at all.
"""

import re
from typing import Final

from msgspec import Struct

from kg.linking import context
from kg.linking.agents import NARRATIVE, AgentMention, AgentReading, is_used_in_vitro, roles
from kg.linking.fields import TextField
from kg.record.links import Evidence, Links

CUE: Final = re.compile(
    r"\b(?:(?:pre-?)?conditioning\b(?! (?:exercise|program|training))|preconditioned|conditioned with|"
    r"preparative (?:\w+ ){0,2}(?:regimen|chemo\w*|therapy|treatment|cytoreduction)|"
    r"lympho-?\s?(?:deplet|ablat)\w*|lymphoid deplet\w+|(?:sub-?|non-?)?myelo-?(?:ablat|suppress)\w*(?: (?:and|or|"
    r"plus) \w+)?(?: (?:chemo|regimen|therapy|preparat|radi|treatment|transplant)\w*)?|"
    r"cyto-?\s?reduc\w+|immuno-?ablat\w+|reduced[- ]intensity|preparatory (?:regimen|chemo\w*)|"
    r"pre-?transplant (?:regimen|chemo\w*|preparat\w*)|"
    r"(?:chemo\w*|drugs?|treatment|irradiation) (?:\w+ ){0,4}to (?:prepare|make room|make space|"
    r"reduce the number of (?:your |their )?(?:white|t|immune))|"
    r"prepare (?:the |your |their |a )?(?:body|bone marrow|patients?|recipients?|immune system|subjects?))"
)
_CUE_TARGET: Final = re.compile(
    r"^[^.;\n]{0,40}?(?:\b(?:with|using|of|including|includes?|consist\w*(?: of| in)?|compris\w+(?: of)?|"
    r"contain\w+|by|is|are|will be|receive\w*|include\w*)\b|[:(,=-])"
)
_T_DEPLETED: Final = re.compile(
    r"\b(?:t[ -]?cell|t|cd\d+|b[ -]?cell|ex[- ]vivo|in[- ]vitro)[ -]+(?:lympho-?)?(?:deplet)\w*$"
)
CELLS: Final = re.compile(
    r"\b(?:stem[- ]cells?|progenitor cells?|(?:bone )?marrow|cord[- ]blood|ucbt?|pbscs?|pbpcs?|pbsct|auto-?sct|"
    r"allo-?sct|asct|auto-?hsct|allo-?hsct|hsct|hct|sct|bmt|abmt|absct|"
    r"transplant\w*|rescue|re-?infus\w+|grafts?|car[- ]?t\w*|cart\w*|tils?|dlis?|nk[- ]cells?|natural killer|"
    r"t[- ]?cells?|t[- ]lymphocytes?|lymphocytes?|ctls?|infusions?|cells?|tcr|product)\b"
)
_GIVE_CELLS: Final = re.compile(
    r"\b(?:infus\w*|re-?infus\w*|transplant\w*|rescue|transfus\w*|graft\w*|inject\w*|administ\w*|given|receiv\w*|"
    r"undergo\w*|return\w*|bmt|abmt|hsct|hct|sct|asct|pbsct|therapy|car|dli)\b"
)
_NEGATIVE_DAY: Final = re.compile(r"\b(?:days?|d)[ .]?\s*(?:-\s?\d|minus \d|\u2212\d)|\b(?:day|d) -\d|\(-\d+\)|\bd-\d")
_POSITIVE_DAY: Final = re.compile(r"\bdays? (?:\+ ?\d|3 and 4|post|after)|\bday \+\d")
_BEFORE_CELLS: Final = re.compile(
    r"\b(?:prior to|before|preceding|in advance of|in preparation for|followed by|and then|"
    r"(?:\w+ ){0,1}and subsequent|with subsequent|then|"
    r"(?:\d+|one|two|three|four|five|six|seven) (?:to \w+ )?(?:days?|hours?|weeks?) (?:prior|before|later))\b"
)
_AFTER_PREPARATION: Final = re.compile(
    r"\b(?:after|following|subsequent to|upon completion of|completion of|preceded by|pre-?treated with|"
    r"pre-?treatment with|after receiving|in combination with high[- ]dose|supported by)\b[^.;\n]{0,80}$"
)
_HIGH_DOSE: Final = re.compile(r"\bhigh[- ]dose\b|\bmyeloablative\b|\bintensive chemo")
_OTHER_PURPOSE: Final = re.compile(
    r"\b(?:mobili[sz]\w*|collect\w*|apheres\w*|leukapheres\w*|harvest\w*|induction|consolidation|maintenance|"
    r"salvage|bridging|bridge|re-?induction|"
    r"prophyla\w+|prevent(?:ion of|ing)? (?:acute |chronic )?(?:gvhd|graft)|post-?transplant\w*|posttransplant\w*|"
    r"immunosuppress\w+ (?:after|following)|relapse[sd]? (?:after|on)|"
    r"standard chemo\w*|alone without|rejection|ptcy|pt-cy|premedicat\w*|pre-medicat\w*|steroids for)\b"
)
_POST: Final = re.compile(
    r"\b(?:post[- ]?(?:transplant\w*|infusion|hct|hsct|bmt|graft)?|after (?:the )?(?:transplant\w*|infusion|hct|"
    r"hsct|bmt))\W*(?:high[- ]dose )?$"
)
_NEXT_GIVES: Final = re.compile(
    r"^\W*(?:(?:and |the |all )?(?:then|after|following|subsequently|at|on day 0|on day zero|day 0|\d+|one|two|"
    r"three|within|beginning|the day|approximately|at least|between|"
    r"patients (?:then )?(?:undergo|receive|are (?:then )?(?:infused|transplanted))|"
    r"(?:autologous |allogeneic |cryopreserved |donor |thawed |peripheral blood |bone |cord )*"
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
    r"\b(?:transplant\w*|rescue|re-?infusion|asct|abmt|hematopoietic support|stem cell support) "
    r"(?:following|after|for|preceded by) (?:(?:intensive|the|combination|myeloablative|chemotherapy|with|and|"
    r"high[- ]dose) )*"
    r"(?:(?!relaps|fail|remission|day |post)[\w-]+(?: iv)?,? (?:and |plus )?){0,3}$"
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
_REPEATED: Final = re.compile(
    r"\b(?:not|un|in)[ -]?(?:eligible|able|candidates?)\b[^.;]{0,60}\breceive\b.*\b(?:receive|undergo|given)\b"
)
_COURSES: Final = re.compile(
    r"\b(?:if|relaps\w+|cycles|courses|every (?:\d+|\w+) (?:days|weeks)|repeat\w*|q ?\d+|q\dw)\b"
)
"""Between an agent and `followed by`: treatment of the disease in courses, not preparation."""
_CELLS_AT_ONCE: Final = re.compile(
    r" (?:\w+ ){0,3}?(?:nk[- ]cells|natural killer cells|car[- ]?t[- ]cells?|car[- ]nk[- ]cells?|stem cells|"
    r"cord blood|dli|tils)"
    r"(?! (?:are )?(?:collect|harvest|mobili|count|number|recover|function|level))"
)
_NEAR: Final = 120
_PAST: Final = re.compile(
    r"\b(?:have shown|has been shown|previous(?:ly)? (?:stud|report|show|trial)\w*|studies have|in animal|"
    r"animal models?|in mice|mouse|pre-?clinical|"
    r"historical\w*|in the literature|we have (?:previously )?(?:shown|treated)|standard of care|our (?:previous|"
    r"prior|earlier) (?:study|trial|experience)|"
    r"recent (?:study|studies|data|reports?)|has been reported|were reported|reported (?:that|by|in))\b"
)
_ANOTHER_STEP: Final = re.compile(
    r"[,;.] (?:the |all )?(?:patients?|subjects?|participants?) (?:then )?(?:receive|undergo)"
)
_HEADING_LENGTH: Final = 110
_LOOK_BACK: Final = 8
_LYMPHODEPLETERS: Final = frozenset({"fludarabine", "cyclophosphamide", "bendamustine"})
_GRAFTS: Final = frozenset({"StemCellGraft", "CordBloodGraft"})
_EFFECTORS: Final = frozenset(
    {
        "NaturalKillerCell",
        "TCell",
        "GammaDeltaTCell",
        "NaturalKillerTCell",
        "Lymphocyte",
        "RegulatoryTCell",
        "CytotoxicTCell",
        "Macrophage",
    }
)


class Use(Struct, frozen=True):
    """A mention of an agent that prepares the recipient, and the words that say so."""

    mention: AgentMention
    rule: str
    strength: str
    begin: int
    """Of the clause that says so, in the mention's field."""
    end: int
    purpose: str | None = None
    field: TextField | None = None
    """Where the clause stands, when not in the mention's own field."""

    @property
    def evidence(self) -> Evidence:
        """The words that make the agent part of a regimen."""
        return (self.field or self.mention.field).evidence(self.begin, self.end, self.rule, self.strength)


class Cells(Struct, frozen=True):
    """What kinds of cells a document gives, as far as regimens care."""

    any: bool
    engineered: bool
    graft: bool
    """Stem cells or cord blood: then conditioning is transplant conditioning."""
    effector: bool
    """T, NK or other killing cells: then fludarabine and cyclophosphamide are lymphodepletion."""

    @classmethod
    def of(cls, links: Links) -> "Cells":
        """Read the kinds from the products that linking found."""
        products = [kind.value for product in links.products for kind in product.product_kinds]
        graft = any(kind in _GRAFTS for kind in products)
        effector = any(
            (part.value in _EFFECTORS and not any(k.value in _GRAFTS for k in product.product_kinds))
            for product in links.products
            for part in product.cell_types
        ) or any(kind in ("TumorInfiltrate", "DonorLymphocytes", "CytokineInduced") for kind in products)
        engineered = any(product.modifications for product in links.products)
        return cls(bool(links.products), engineered, graft, effector)


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
    return uses


def _read(mention: AgentMention, agents: AgentReading, cells: Cells) -> Use | None:
    """Return why a mention prepares the recipient, or None."""
    usual = {roles().get(slug, "") for slug in mention.slugs}
    if usual == {"never"}:
        return None
    field, text = mention.field, mention.field.lower
    first, last = context.sentence(field, mention.begin)
    around = context.around(field, mention.begin, mention.end)
    negated = around.negated and _REPEATED.search(text, first, mention.begin) is None
    if negated or around.donor or _PAST.search(text, first, last) or _POST.search(text, first, mention.begin):
        return None
    if mention.letters and not _among_letters(mention, agents, first, last):
        return None
    if _TAKEN_BEFORE.search(text, first, mention.begin) or is_used_in_vitro_only(mention):
        return None
    able = bool(usual & {"strong", "usual"}) and mention.match.entry.context != "treatment"
    use = _by_cue(mention, first, last, able)
    if use is None and able:
        use = _by_heading(mention, first)
        if use is None and (cells.graft or cells.effector):
            use = _by_order(mention, first, last, cells)
    if use is None and able and field.intervention is not None:
        use = _by_intervention(mention, agents)
    if use is None and field.arm is not None and able:
        use = _by_label(mention, agents)
    if use is None and cells.effector and not cells.graft and set(mention.slugs) & _LYMPHODEPLETERS:
        use = _by_cells(mention, around, first, last, cells)
    return use


_TAKEN_BEFORE: Final = re.compile(
    r"\b(?:previous(?:ly)?|prior (?:treatment|therapy|chemo\w*|exposure|use)|ha(?:s|ve|d) (?:been treated|"
    r"received|failed)|relapsed after|refractory to|"
    r"resistant to|history of|allerg\w+ to|intoleran\w+ to|hypersensitiv\w+ to)\b[^.;\n]{0,60}$"
)


def is_used_in_vitro_only(mention: AgentMention) -> bool:
    """Whether a cytokine or antibody serves the culture; chemotherapy and radiation never do."""
    return not any(roles().get(slug) in ("strong", "usual") for slug in mention.slugs) and is_used_in_vitro(mention)


def _among_letters(mention: AgentMention, agents: AgentReading, first: int, last: int) -> bool:
    """Whether letters like `Flu` stand beside another agent of a regimen or a cue."""
    others = [m for m in agents.mentions(mention.field) if first <= m.begin < last and m is not mention]
    near = any(m.begin - mention.end < 20 and mention.begin - m.end < 20 for m in others)
    return near or CUE.search(mention.field.lower, first, last) is not None


def _clause(mention: AgentMention, begin: int, end: int) -> tuple[int, int]:
    return min(begin, mention.begin), max(end, mention.end)


def _purpose(words: str) -> str | None:
    """Return the purpose that a cue names by itself."""
    if re.match(r"lympho|lymphoid", words):
        return "Lymphodepletion"
    if re.match(r"cyto", words):
        return "Cytoreduction"
    return None


def _by_cue(mention: AgentMention, first: int, last: int, able: bool) -> Use | None:
    """Read a cue in the sentence: `conditioning with X`, `X as lymphodepletion`."""
    text = mention.field.lower
    for cue in CUE.finditer(text, first, last):
        if cue.group().startswith("lympho") and _T_DEPLETED.search(text, first, cue.end()):
            continue
        between_before = text[cue.end() : mention.begin]
        purpose = _purpose(cue.group())
        if cue.end() <= mention.begin:
            if _OTHER_PURPOSE.search(between_before) or (
                re.search(r"\b(?:after|followed by|post|then)\b", between_before) and not able
            ):
                continue
            if re.search(r"\b(?:followed by|and then|post)\b", between_before):
                continue
            direct = len(between_before) < 160 and _CUE_TARGET.match(between_before) is not None
            if (
                able
                and _POSITIVE_DAY.search(text, mention.end, min(last, mention.end + 60))
                and not _NEGATIVE_DAY.search(text, mention.end, min(last, mention.end + 60))
            ):
                continue
            if able or (direct and _gives_in_list(between_before)):
                begin, end = _clause(mention, cue.start(), cue.end())
                return Use(mention, "regimen-cue-before", "Stated", begin, end, purpose)
        elif mention.end <= cue.start() and able:
            between = text[mention.end : cue.start()]
            # `X ... after conditioning` is given later, `X followed by conditioning` before it
            if re.search(r"\b(?:followed by|then)\b", between) or re.search(
                r"\b(?:after|following|post|prior to|before)\b(?! (?:to )?(?:as |for )?$)", between[-30:]
            ):
                continue
            if _OTHER_PURPOSE.search(text, first, mention.begin) or _OTHER_PURPOSE.search(between):
                continue
            begin, end = _clause(mention, cue.start(), cue.end())
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
    here = next(i for i in range(len(starts) - 1, -1, -1) if starts[i] <= first)
    for i in range(here - 1, max(-1, here - _LOOK_BACK), -1):
        line = text[starts[i] : starts[i + 1]].strip()
        heading = line.endswith(":") or (len(line) < 60 and not line.endswith("."))
        if not heading or len(line) > _HEADING_LENGTH:
            if CELLS.search(line) and _GIVE_CELLS.search(line):
                return None
            continue
        cue = CUE.search(text, starts[i], starts[i + 1])
        if cue is not None and not _OTHER_PURPOSE.search(line):
            return Use(mention, "regimen-heading", "Stated", cue.start(), cue.end(), _purpose(cue.group()))
        if line.endswith(":"):
            return None
    return None


def _by_order(mention: AgentMention, first: int, last: int, cells: Cells) -> Use | None:
    """Read days before the infusion, or the order in which things are given."""
    text = mention.field.lower
    before, after = text[first : mention.begin], text[mention.end : last]
    use = _by_days(mention, first, last)
    if use is not None:
        return use
    if _OTHER_PURPOSE.search(before[-_NEAR:]) or _OTHER_PURPOSE.search(after[:60]):
        return None
    return (
        _by_sequence(mention, first, last)
        or (_by_high_dose(mention, first, last) if cells.graft else None)
        or _by_next_sentence(mention, last)
    )


def _by_days(mention: AgentMention, first: int, last: int) -> Use | None:
    """Read days before the infusion: `on days -6 to -2` after the agent, or at the head of its sentence."""
    text = mention.field.lower
    near = (
        text[max(first, mention.begin - _NEAR) : mention.begin] + " " + text[mention.end : min(last, mention.end + 60)]
    )
    if _NOT_BY_DAYS.search(near) and not set(mention.slugs) & _ANTIBODIES:
        return None
    day = _NEGATIVE_DAY.search(text, mention.end, last)
    if day is not None and not _ANOTHER_STEP.search(text, mention.end, day.start()):
        if _POSITIVE_DAY.search(text, mention.end, day.start()):
            return None
        return Use(mention, "regimen-days-before", "Stated", *_clause(mention, day.start(), day.end()))
    day = _NEGATIVE_DAY.search(text, first, mention.begin) if day is None else None
    if day is None or mention.begin - day.end() >= 90:
        return None
    if re.search(r"\b(?:day \+?[1-9]|\+\d)", text[day.end() : mention.begin]):
        return None
    return Use(mention, "regimen-days-before", "Stated", *_clause(mention, day.start(), day.end()))


def _by_sequence(mention: AgentMention, first: int, last: int) -> Use | None:
    """Read an order in a sentence: `X followed by cells`, `before cells, X`, `cells following X`, `after X, cells`."""
    text = mention.field.lower
    before, after = text[first : mention.begin], text[mention.end : last]
    order = _BEFORE_CELLS.search(text, mention.end, last)
    if order is not None:
        given = CELLS.search(text, order.end(), min(last, order.end() + 110))
        if (
            given is not None
            and _names_given_cells(text, order.end(), min(last, given.end() + 60))
            and not _COURSES.search(text, mention.end, order.start())
        ):
            return Use(mention, "regimen-before-cells", "Stated", *_clause(mention, order.start(), given.end()))
    order = re.search(r"\b(?:before|prior to|preceding|in preparation for)\b", before)
    if order is not None:
        given = CELLS.search(before, order.end())
        if (
            given is not None
            and given.start() - order.end() < 60
            and re.search(r"\b(?:receive|give|given|treat|use|administ)\w*\b", before[given.end() :] + after[:40])
        ):
            return Use(mention, "regimen-before-cells", "Stated", first + order.start(), mention.end)
    order = _CELLS_FOLLOW.search(before)
    if order is not None:
        return Use(mention, "regimen-cells-follow", "Stated", first + order.start(), mention.end)
    order = _PREPARED.search(before)
    if order is not None:
        given = CELLS.search(after)
        if given is not None and _names_given_cells(text, mention.end, min(last, mention.end + given.end() + 80)):
            return Use(mention, "regimen-then-cells", "Stated", first + order.start(), mention.end + given.end())
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
    if given is None or _INFUSED.search(sentence) is None or _COLLECTED.search(sentence):
        return None
    return Use(mention, "regimen-next-sentence", "Stated", mention.begin, min(last + given.end(), len(text)))


def _names_given_cells(text: str, begin: int, end: int) -> bool:
    """Whether the words name an infusion or transplant, and not a collection or a count."""
    words = text[begin:end]
    if _CELLS_AT_ONCE.match(words):
        return True
    return _GIVE_CELLS.search(words) is not None and not re.match(
        r"\W*(?:\w+\W+){0,3}(?:collect|harvest|mobili|apheres|leukapheres|surg|biops|screen|enrol|relaps|progress|"
        r"count|discharge|radiotherapy)\w*",
        words,
    )


def _by_intervention(mention: AgentMention, agents: AgentReading) -> Use | None:
    """Read the description or other names of an intervention that is a drug: they say what it is for."""
    number = mention.field.intervention or 0
    if mention.field.role == "intervention-description":
        return None
    for field in agents.reading.of_intervention(number):
        text = field.lower
        if field.role != "intervention-description" and field is mention.field:
            continue
        if field.role == "intervention-description" and _names_other_agents(field, mention, agents):
            continue
        found = CUE.search(text) or _NEGATIVE_DAY.search(text)
        if found is None:
            order = _BEFORE_CELLS.search(text)
            given = CELLS.search(text, order.end(), order.end() + 80) if order else None
            if order is None or given is None or order.group() in ("then", "and then"):
                continue
            if not _names_given_cells(text, order.end(), given.end() + 60):
                continue
            begin, end = order.start(), given.end()
        else:
            begin, end = found.start(), found.end()
            if found.re is CUE and re.search(r"\b(?:after|following|post)[ -]+(?:\w+ ){0,2}$", text[:begin]):
                continue
        if _OTHER_PURPOSE.search(text) and found is None:
            continue
        if re.search(r"\bpremedicat|prophyla|mobili[sz]", text):
            continue
        purpose = _purpose(text[begin:end])
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
                if _OTHER_PURPOSE.search(mention.field.lower, *context.sentence(mention.field, mention.begin)):
                    return None
                return Use(mention, "regimen-arm-label", "Stated", cue.start(), cue.end(), _purpose(cue.group()), field)
    return None


def _by_cells(mention: AgentMention, around: context.Context, first: int, last: int, cells: Cells) -> Use | None:
    """Take fludarabine or cyclophosphamide that a trial of effector cells gives: lymphodepletion by common practice."""
    field, text = mention.field, mention.field.lower
    if around.background or around.exclusion or around.mobilisation or _OTHER_PURPOSE.search(text, first, last):
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
