"""What is shared by the rules that find what prepares the recipient: a use, its cells, words of time.

A use is a mention of an agent together with the words that make it part of a regimen.
"""

import re
from typing import Final

from msgspec import Struct

from kg.linking import context
from kg.linking.agents import NARRATIVE, AgentMention
from kg.linking.fields import TextField
from kg.record.links import Evidence, Links

CUE: Final = re.compile(
    r"\b(?:(?:pre-?)?conditioning\b(?! (?:exercise|program|training))|preconditioned|conditioned with|"
    r"preparative (?:\w+ ){0,2}(?:regimen|chemo\w*|therapy|treatment|cytoreduction)|"
    r"lympho-?\s?(?:deplet|ablat)\w*|lymphoid deplet\w+|(?:sub-?|non-?)?myelo-?(?:ablat|suppress)\w*(?: (?:and|or|"
    r"plus) \w+)?(?: (?:chemo|regimen|therapy|preparat|radi|treatment|transplant)\w*)?|"
    r"cyto-?\s?reduc\w+|immuno-?ablat\w+|reduced[- ]intensity|preparatory (?:regimen|chemo\w*)|"
    r"pre-?transplant (?:regimen|chemo\w*|preparat\w*)|"
    r"pre-?treatment (?:with|regimen|medication|chemo\w*)|as pre-?treatment\b|"
    r"(?:chemo\w*|drugs?|treatment|irradiation) (?:\w+ ){0,4}to (?:prepare|make room|make space|"
    r"reduce the number of (?:your |their )?(?:white|t|immune))|"
    r"prepare (?:the |your |their |a )?(?:body|bone marrow|patients?|recipients?|immune system|subjects?))"
)
CELLS: Final = re.compile(
    r"\b(?:stem[- ]cells?|progenitor cells?|(?:bone )?marrow|cord[- ]blood|ucbt?|pbscs?|pbpcs?|pbsct|auto-?sct|"
    r"allo-?sct|asct|auto-?hsct|allo-?hsct|hsct|hct|sct|bmt|abmt|absct|"
    r"transplant\w*|rescue|re-?infus\w+|grafts?|car[- ]?t\w*|cart\w*|tils?|dlis?|nk[- ]cells?|natural killer|"
    r"t[- ]?cells?|t[- ]lymphocytes?|lymphocytes?|ctls?|infusions?|cells?|tcr|product)\b"
)
_GIVE_CELLS: Final = re.compile(
    r"\b(?:infus\w*|re-?infus\w*|transplant\w*|rescue|transfus\w*|graft\w*|inject\w*|administ\w*|given|receiv\w*|"
    r"undergo\w*|return\w*|bmt|abmt|hsct|hct|sct|asct|pbsct|therapy|car|dli|support)\b"
)
_NOT_GIVEN: Final = re.compile(
    r"\W*(?:(?!re-?infus|infus|transplant)\w+\W+){0,3}(?:collect|harvest|mobili|apheres|leukapheres|surg|biops|screen|"
    r"enrol|relaps|progress|count|discharge|radiotherapy)\w*"
)
NEGATIVE_DAY: Final = re.compile(
    r"\b(?:days?|d)[ .]?\s*(?:-\s?\d|minus \d|\u2212\d)|\b(?:day|d) -\d|\(-\d+\)|\bd-\d|\bminus day \d"
)
BEFORE_CELLS: Final = re.compile(
    r"\b(?:prior to|before|preceding|in advance of|in preparation for|followed by|and then|"
    r"(?:\w+ ){0,1}and subsequent|with subsequent|then|supported (?:with|by)|"
    r"(?:\d+|one|two|three|four|five|six|seven) (?:to \w+ )?(?:days?|hours?|weeks?) (?:prior|before|later))\b"
)
OTHER_PURPOSE: Final = re.compile(
    r"\b(?:mobili[sz]\w*|collect\w*|apheres\w*|leukapheres\w*|harvest\w*|induction|consolidation|maintenance|"
    r"salvage|bridging|bridge|re-?induction|"
    r"prophyla\w+|prevent(?:ion of|ing)? (?:acute |chronic )?(?:gvhd|graft)|post-?transplant\w*|posttransplant\w*|"
    r"immunosuppress\w+ (?:after|following)|relapse[sd]? (?:after|on)|"
    r"(?:standard|conventional)(?:[- ]dose)? chemo\w*|alone without|rejection|ptcy|pt-cy|"
    r"premedicat\w*|pre-medicat\w*|steroids for)\b"
)
_EARLIER_STEP: Final = re.compile(
    r"\W*(?:[\w-]+ ){0,8}?(?:after|following|within|upon|once|when)\b[^.;:]{0,160}?, "
    r"(?=(?:all |the |these )?(?:patients?|subjects?|participants?|recipients?|children|they)\b)"
)
"""At the head of a sentence: `Within 35 days of mobilization, patients receive`."""
_CELLS_AT_ONCE: Final = re.compile(
    r" (?:\w+ ){0,3}?(?:nk[- ]cells|natural killer cells|car[- ]?t[- ]cells?|car[- ]nk[- ]cells?|stem cells|"
    r"cord blood|dli|tils)"
    r"(?! (?:are )?(?:collect|harvest|mobili|count|number|recover|function|level))"
)
_OTHER_STEP: Final = re.compile(
    r"(?<!high-dose )(?<!high dose )(?<!after )(?<!following )(?<!from )(?<!completion of )(?<!of completing )"
    r"\b(?:mobili[sz](?!ed (?:(?:peripheral|autologous|allogeneic|donor) )*(?:blood|stem|pbscs?|cells?|progenitor))\w*|"
    r"(?:re-?)?induction|consolidation|bridging|purging)\b"
)
_STEP_ENDS: Final = re.compile(
    rf"\bhigh[- ]dose\b|\bfollowed by\b|\bthen\b|\bprior to\b|\bbefore\b|, (?:all |the )?patients|{CUE.pattern}"
)
"""What comes after it is given in the next step."""
_HEADING: Final = re.compile(r"(?:^|\n|[.;] )[^.;:\n]{3,90}:\s")
"""Of a step in an outline: `* Induction therapy: Patients receive`."""
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


def clause(mention: AgentMention, begin: int, end: int) -> tuple[int, int]:
    """Return begin and end of the words from a mention to a place, whichever comes first."""
    return min(begin, mention.begin), max(end, mention.end)


def purpose_of(words: str) -> str | None:
    """Return the purpose that a cue names by itself."""
    if re.match(r"lympho|lymphoid", words):
        return "Lymphodepletion"
    if re.match(r"cyto", words):
        return "Cytoreduction"
    return None


def step_begin(text: str, first: int, place: int) -> int:
    """Return where a sentence begins to say what is done, after the words for the step that it follows."""
    earlier = _EARLIER_STEP.match(text, first, place)
    return first if earlier is None else earlier.end()


def is_in_other_step(mention: AgentMention) -> bool:
    """Whether the words before an agent, or the heading of its paragraph, give it in another step of treatment.

    `Induction: Patients receive X`, `PBSC are mobilized with X`; not where the days before cells are told.
    """
    field, text = mention.field, mention.field.lower
    first, last = context.sentence(field, mention.begin)
    if NEGATIVE_DAY.search(text, mention.begin, last):
        return False
    named = list(_OTHER_STEP.finditer(text, first, mention.begin))
    if named:
        return _STEP_ENDS.search(text, named[-1].end(), mention.begin) is None
    if field.role not in NARRATIVE:
        return False
    headings = list(_HEADING.finditer(text, max(0, text.rfind("\n", 0, first)), first))
    return bool(headings) and _OTHER_STEP.search(headings[-1].group()) is not None


def names_given_cells(text: str, begin: int, end: int) -> bool:
    """Whether the words name an infusion or transplant, and not a collection or a count."""
    words = text[begin:end]
    if _NOT_GIVEN.match(words):
        return False
    return (_CELLS_AT_ONCE.match(words) or _GIVE_CELLS.search(words)) is not None
