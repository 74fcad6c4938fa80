"""Where a record names cells: mentions of product concepts, refined by the words beside them."""

import re
from functools import cache
from typing import Final

from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Entry, Lexicon, Match, read_table
from kg.linking.named import name_entries, named_products

CAR_CUE: Final = re.compile(
    r"(?i:chimeric[ -](?:antigen|t[ -]cell|immune|immunoglobulin|autoantibody|anti-?\w+|"
    r"\w+ immunoglobulin)?[^.;]{0,30}?receptor)"
    r"|(?<![a-z])CARs?(?![a-z])|CAR(?=[-.]?CD\d)|\bIg ?TCR\b"
    r"|CD\d+[- ](?:specific |targeted )?redirected|redirected (?:against|to(?:wards?)?|for) (?:anti-)?CD\d+"
    r"|CD\d+[-\w.]*?[-.](?:zeta|\u03b6)|\bCARCD\d+|NKCAR"
)
TCR_CUE: Final = re.compile(
    r"\bTCRs?[ -]?(?:gene|transduced|engineered|modified|redirected|T\b)|"
    r"(?:t[ -]cell receptors?|\bTCRs?\b)[^.;]{0,50}?(?:gene|transduc|engineer|modif|redirect|vector)|"
    r"(?:gene|transduc|engineer|modif|redirect)\w*[^.;]{0,60}?(?:t[ -]cell receptors?|\bTCRs?\b)",
    re.IGNORECASE,
)
_VIRUSES: Final = (
    r"(?:virus(?:es)?|viral|ebv|cmv|hiv(?:-1)?|hpv|hbv|hhv-?6|adv|adenovirus|bkv|bk virus|jcv|polyomavirus|"
    r"cytomegalovirus|epstein[ -]barr(?: virus)?(?: \(ebv\))?|sars-cov-2|covid-19|multi-?virus|lmp[12]?|"
    r"papillomavirus|pp65|lymphoproliferative)"
)
_PRIMED: Final = r"[ -](?:specific|directed|reactive|sensitized|immune|redirected|primed|stimulated|pulsed)\b"
VIRUS_CUE: Final = re.compile(rf"{_VIRUSES}[\w()\[\] /,-]{{0,30}}?{_PRIMED}|{_VIRUSES}[ -]*$")
_OF_VIRUS: Final = re.compile(
    r"(?:specific (?:for|to|against)|directed (?:against|to)|sensitized to|reactive (?:to|with)|against|targeting)"
    rf" (?:the )?{_VIRUSES}"
)
TUMOR_CUE: Final = re.compile(
    r"(?:tumou?r|leuk[a]?emia|lymphoma|melanoma|myeloma|cancer|neo-?antigen|antigen|peptide|wt-?1|prame|"
    r"ny-eso-1|mart-1|"
    rf"gp100|survivin|ssx2?|mage\S*|lesion)[\w()\[\] /,-]{{0,25}}?{_PRIMED}"
)
_OF_TUMOR: Final = re.compile(r"specific (?:for|to|against) (?:the )?(?:tumou?r|leukemia|lymphoma|cancer|melanoma)")
_SOURCE_AFTER: Final = re.compile(
    r"^(?:\)|\]|s\b)*[ -]*(?:derived(?! (?:from|by|out of)\b)|progenitor-derived|bank|source|donors?\b|collection|"
    r"expressing cancers)"
)
_SOURCE_BEFORE: Final = re.compile(
    r"(?:derived|isolated|generated|obtained|prepared|manufactured|produced|made|differentiated|collected|expanded|"
    r"separated|purified|arising|originat\w+|selected|grown|originating) (?:ex vivo )?(?:from|out of|by|on) "
    r"(?:\S+ ){0,5}?$|\bfrom (?:the |a |an |human |single |third party )*(?:\S+ )?$|\bcultured (?:with|on) (?:\S+ )?$"
)
_HEAD_NEXT: Final = re.compile(r"^[ -]?(?:derived[ -])?$")

_ALIAS: Final = re.compile(r"(?: transplant\w*| infusions?| therapy| cells?)? ?[(\[]|, or | / ")
_STEM_KINDS: Final = (
    ("CordBlood", re.compile(r"cord blood[\w -]{0,20}$")),
    (
        "Msc",
        re.compile(
            r"(?:mesenchym|adipose|umbilical cord|wharton|dental|placent|stromal|menstrual|fat|amnio)[\w' -]{0,25}$"
        ),
    ),
    ("LimbalStemCell", re.compile(r"(?:limbal|corneal)[\w -]{0,12}$")),
    ("NeuralStemCell", re.compile(r"(?:neural|neuronal|nerve)[\w -]{0,12}$")),
    ("CardiacProgenitor", re.compile(r"(?:cardiac|heart|cardiosphere)[\w -]{0,12}$")),
    ("Myoblast", re.compile(r"(?:muscle)[\w -]{0,12}$")),
    ("PluripotentDerived", re.compile(r"(?:embryonic|pluripotent)[\w -]{0,12}$")),
    ("Hsc", re.compile(r"(?:h[a]?ematopoietic|peripheral|blood|cd34\+?)[\w -]{0,12}$")),
)
"""What a bare `stem cell` means after these words."""

T_LIKE: Final = frozenset(
    {"TCell", "Ctl", "Lymphocyte", "Dli", "Mnc", "Cell", "VirusSpecificTCell", "Til", "RegulatoryTCell"}
)


class Mention:
    """A place where a field names cells."""

    __slots__ = ("acronym", "anchor", "begin", "concept", "end", "field", "given", "rule", "source")

    def __init__(self, field: TextField, begin: int, end: int, concept: str, context: str, rule: str) -> None:
        """Keep the place in the folded text and the row of the lexicon that found it."""
        self.field = field
        self.begin = begin
        self.end = end
        self.anchor = begin
        """Where its context is read: for `(HSCT)` after a spelled-out name, the start of that name."""
        self.concept = concept
        self.given = context.startswith("given")
        """Whether the words say by themselves that cells are given: `transplantation`, `DLI`."""
        self.acronym = context.endswith("acronym")
        self.source = False
        """Whether the cells are named as what the product is made from."""
        self.rule = rule

    @property
    def words(self) -> str:
        """The mention's own words, folded."""
        return self.field.plain[self.begin : self.end]

    def __repr__(self) -> str:
        """Show concept, words and field, for debugging."""
        return f"Mention({self.concept}, {self.words!r}, {self.field.role})"


@cache
def lexicon() -> Lexicon:
    """Return the table of names of cells, and the names of named products as names of their kind of cells."""
    known = named_products()
    named = (Entry(known[e.term].concept, e.synonym, "cells", e.rule) for e in name_entries())
    return Lexicon((*read_table("cells"), *named))


SHORT_ROLES: Final = (
    "title",
    "official-title",
    "acronym",
    "summary",
    "keyword",
    "arm-label",
    "arm-description",
    "intervention-name",
    "intervention-other-name",
    "intervention-description",
    "article-title",
    "abstract",
    "section",
)


_HINTS: Final = ("transplant", "stem cell", "lymphocyte")
_HINT: Final = re.compile(r"\bmarrow|\bcells? (?:infusion|therapy)|infus\w+ of")
_OF_HINT: Final = ("marrow", "cell", "infus")
"""What `_HINT` has somewhere, one of them."""
LONG_ROLES: Final = ("description", "design", "criteria", "population")


def find_mentions(reading: Reading) -> list[Mention]:
    """Return every mention of cells in the record's fields, in the record's order.

    An acronym counts only where the record also spells out what it stands for. A record whose
    short fields name no cells, and whose description does not hint at any, is not read further.
    """
    short = _in_fields(reading.roles(*SHORT_ROLES))
    if not short and not any(_hints(f.text.lower()) for f in reading.roles("description")):
        return []
    found = short + _in_fields(reading.roles(*LONG_ROLES))
    spelled = {m.concept for m in found if not m.acronym}
    return [m for m in found if not m.acronym or _supported(m, spelled)]


def _hints(text: str) -> bool:
    """Whether a text, in lower case, hints at cells that are given."""
    if any(word in text for word in _HINTS):
        return True
    return any(word in text for word in _OF_HINT) and _HINT.search(text) is not None


def _in_fields(fields: list[TextField]) -> list[Mention]:
    return [mention for field, matches in lexicon().find_each(fields) for mention in _in_field(field, matches)]


def _in_field(field: TextField, matches: list[Match]) -> list[Mention]:
    here: list[Mention] = []
    for m in matches:
        if not here or (m.begin, m.end) != (here[-1].begin, here[-1].end):
            here.append(Mention(field, m.begin, m.end, m.term, m.entry.context, m.rule))
    for i, mention in enumerate(here):
        before = here[i - 1].end if i else 0
        after = here[i + 1].begin if i + 1 < len(here) else len(field.plain)
        _refine(mention, before, after)
        if i and _ALIAS.fullmatch(field.lower, here[i - 1].end, mention.begin):
            mention.anchor = here[i - 1].anchor
        mention.source = _is_source(mention, here[i + 1] if i + 1 < len(here) else None)
    return here


def _supported(mention: Mention, spelled: set[str]) -> bool:
    if mention.concept in spelled:
        return True
    supports = {"Dli": {"Lymphocyte", "Hsc"}, "VirusSpecificTCell": {"Ctl", "TCell"}, "Ctl": {"VirusSpecificTCell"}}
    supports |= {"Hsc": {"StemCell", "CordBlood"}, "NkCell": {"CarNkCell"}, "DcCik": {"Cik"}, "Cik": {"DcCik"}}
    supports |= {"CarTCell": {"TCell"}, "RegulatoryTCell": {"TCell"}, "Msc": {"StemCell"}, "Mnc": {"StemCell"}}
    return bool(supports.get(mention.concept, set()) & spelled)


def _near(mention: Mention, cue: re.Pattern[str], before: int, after: int, window: tuple[int, int]) -> bool:
    """Whether a cue stands near the mention in its sentence, between the mentions before and after it."""
    field = mention.field
    reach = max(0, mention.begin - before)
    first = max(reach, field.plain.rfind(". ", reach, mention.begin) + 1, field.plain.rfind("\n", reach, mention.begin))
    last = min(len(field.plain), mention.end + after)
    for stop in (". ", "\n", "; "):
        at = field.plain.find(stop, mention.end, last)
        last = at if at >= 0 else last
    first, last = max(first, window[0]), min(last, window[1])
    text = field.plain if cue in (CAR_CUE, TCR_CUE) else field.lower
    return cue.search(text, first, last) is not None


def _refine(mention: Mention, begin: int, end: int) -> None:
    """Narrow a general concept by what stands beside it: a receptor, a virus, a tumour antigen."""
    concept = mention.concept
    if concept in ("Hsc", "StemCell") and mention.field.lower.startswith(("stem", "progenitor"), mention.begin):
        before = mention.field.lower[max(0, mention.begin - 40) : mention.begin]
        mention.concept = next((name for name, words in _STEM_KINDS if words.search(before)), concept)
    elif concept in T_LIKE and not mention.given:
        if _near(mention, CAR_CUE, 90, 90, (begin, end)):
            mention.concept = "CarTCell"
        elif _near(mention, TCR_CUE, 60, 70, (begin, end)):
            mention.concept = "TcrTCell"
        elif concept in ("TCell", "Ctl", "Lymphocyte", "Dli"):
            if _near(mention, VIRUS_CUE, 70, 0, (begin, end)) or _near(mention, _OF_VIRUS, 0, 60, (begin, end)):
                mention.concept = "VirusSpecificTCell"
            elif _near(mention, TUMOR_CUE, 50, 0, (begin, end)) or _near(mention, _OF_TUMOR, 0, 45, (begin, end)):
                mention.concept = "TumorSpecificTCell"
    elif concept == "NkCell" and _near(mention, CAR_CUE, 60, 60, (begin, end)):
        mention.concept = "CarNkCell"
    elif concept == "NktCell" and _near(mention, CAR_CUE, 60, 60, (begin, end)):
        mention.concept = "CarNktCell"
    elif concept == "Macrophage" and _near(mention, CAR_CUE, 60, 30, (begin, end)):
        mention.concept = "CarMacrophage"
    elif concept == "TumorSpecificTCell" and _near(mention, VIRUS_CUE, 70, 20, (begin, end)):
        mention.concept = "VirusSpecificTCell"
    if mention.concept != concept:
        mention.rule = f"{mention.rule}+{mention.concept}"


def _is_source(mention: Mention, following: Mention | None) -> bool:
    """Whether the mention names what a product is made from: `cord blood` in `cord blood NK cells`."""
    text = mention.field.lower
    if following is not None and _HEAD_NEXT.match(text[mention.end : following.begin]):
        return True
    if _SOURCE_AFTER.match(text[mention.end : mention.end + 40]):
        return True
    return _SOURCE_BEFORE.search(text[max(0, mention.begin - 60) : mention.begin]) is not None
