"""Whose cells: donor and relation, from what the record states or its words entail. No default."""

import re
from functools import cache
from typing import Final

from msgspec import structs

from kg.linking import context
from kg.linking.concepts import is_related
from kg.linking.fields import TextField
from kg.linking.matcher import Lexicon, Match
from kg.linking.mentions import Mention
from kg.linking.scope import Product, Scope
from kg.record.links import Evidence

_PART: Final = "donors"
FROM_OTHERS: Final = frozenset({"Allogeneic", "Related", "MatchedRelated", "Haploidentical", "Unrelated"})

_FROM_DONORS: Final = frozenset(
    {"Hsc", "CordBlood", "Dli", "NkCell", "RegulatoryTCell", "VirusSpecificTCell", "Granulocyte", "TCell"}
)
"""Cells that are usually a donor's where a record has criteria for donors."""

_AFTER_TRANSPLANT: Final = frozenset({"Dli", "NkCell", "TCell", "Lymphocyte", "RegulatoryTCell"})
_FROM_LINES: Final = frozenset({"TumorCellVaccine", "NkCell", "CarNkCell", "Cell", "NeuralStemCell"})
_RELATIONS: Final = FROM_OTHERS - {"Allogeneic"}
_NARROW: Final = _RELATIONS - {"Related"}

_PERSON: Final = (
    r"(?:the |each |a |an |study )?(?:patients?|subjects?|participants?|recipients?|individuals?|"
    r"volunteers?|persons?|you|children)"
)
_TAKEN: Final = (
    r"(?:collected|taken|obtained|drawn|harvested|removed|isolated|derived|procured|generated|prepared|made|"
    r"manufactured|"
    r"separated|extracted|come|cultured|sourced|aspirated)"
)
_STUFF: Final = (
    r"(?:blood|cells?|lymphocytes|marrow|t[ -]?cells|leukocytes|biops\w+|tumou?r|tissue|fat|skin|apheres\w+|pbmcs?)"
)
FROM_PATIENT: Final = re.compile(
    rf"\b{_STUFF}\b[^.;\n]{{0,60}}?\b{_TAKEN}\b[^.;\n]{{0,30}}? (?:from|out of) {_PERSON}\b(?! with healthy| donors?)"
    rf"|\b{_TAKEN}\b[^.;,\n]{{0,25}}? from {_PERSON}(?:'s)? (?:own|blood|tumou?r|body|bone|peripheral|adipose|"
    rf"skin|leuk|white|cancer|immune)"
    rf"|\b{_STUFF} (?:from|of) (?:the )?(?:patient|subject|participant)s?(?:'s)?\b(?! donor| with)"
    rf"|{_PERSON} (?:will |must |then |to |first |also |initially )*(?:undergo|have|had|"
    rf"receive)\w* (?:\w+ ){{0,3}}?(?:leuk\w*pheresis|apheresis|"
    r"bone marrow (?:aspirat\w+|harvest\w*)|liposuction|cell collection)"
    rf"|{_PERSON} (?:will )?(?:give|donate|provide)[^.;\n]{{0,25}}? (?:blood|cells|their)"
    r"|\bpatients?\b(?![^.\n]{0,240}\bdonors?\b)[^.\n]{0,220}?\b(?:pbscs?|stem cells?|progenitor cells?|"
    r"marrow)\b\)?[^.\n]{0,20} (?:collection|harvest(?:ed|ing)?|are collected|is collected)\b"
    r"|\bpatients? receive\w*(?![^.\n]{0,240}\bdonors?\b)[^.\n]{0,120}?\bundergo (?:leuk\w*pheresis|apheresis)\b"
    r"|\bpatients? (?:receive|undergo)\w*(?![^.\n]{0,240}\bdonors?\b)[^.\n]{0,60}?\bmobili[sz](?:ation|ing)\b"
    r"|\bpatients? (?:will )?(?:undergo|have)\w*[^.;\n]{0,20} biops\w+[^.;\n]{0,50} (?:for|to (?:obtain|harvest|"
    r"isolate|collect|grow)) (?:\w+ ){0,3}?(?:\w+cytes|cells|\w+blasts)"
    r"|\bhave (?:their )?cells collected|\byour (?:blood|t cells|cells|tumor|"
    r"stem cells)\b[^.;\n]{0,40}?(?:collected|taken|removed|used)"
    r"|\bpatient[ -](?:derived|specific) (?:t|nk|immune|autologous|dendritic|lymph|tumou?r|ipsc|cells)"
    r"|\bpatients? t[ -]cells\b|\bpatient's (?:t[ -]?cells|lymphocytes|immune cells|white blood|blood cells|"
    r"dendritic|stem cells|bone marrow|tumou?r cells)"
    r"|\bthe patient's (?:blood|marrow) (?:is|will be|are) (?:collected|taken|drawn)|"
    r"return\w* to the (?:patient|donor patient)"
    r"|re-?infused? (?:in)?to (?:the )?(?:patient|participant)s?\b"
    r"|\b(?:giv\w+|infus\w+|inject\w+|transplant\w*) back (?:in)?(?:to )?(?:the )?(?:patient|participant|subject)s?\b"
)
MATCHED_RELATED: Final = re.compile(
    r"\b(?:genotypically |phenotypically |fully |hla[- ]|6/6 |10/10 |8/8 |completely )*(?:identical|matched|"
    r"match|compatible|matching)\b"
    r"(?!,? unrelated| or mismatched)(?:[ ,-]|hla|antigens?|loc(?:us|i)|single|one|1|or|mismatch\w*|partially|"
    r"with|the|allogeneic|adult|"
    r"\([^()]{0,40}\)|for|at|least|[ab]|dr|drb1|\d+/\d+|of|\d+|mm|full|and|living){0,16}?\b(?:sibling|related|"
    r"family|relative|brother|sister|sib)\b"
    r"|\brelated,? (?:hla[- ])?(?:identical|matched)|\bsibling[^.;\n]{0,25}hla[- ](?:identical|matched)|"
    r"\brelated[ -]donors?,? hla[- ](?:\([^()]{0,40}\)[- ]?)?(?:identical|matched)|"
    r"\bidentical twin|\bsyngeneic"
    r"|\bhla[ -]match\w* with (?:the )?sibling"
)
_MATCHED: Final = ("identical", "match", "compatible", "syngeneic")
"""What `MATCHED_RELATED` finds has one of these."""
_DENIED: Final = re.compile(
    r"\b(?:no(?! (?:more|less|earlier|later|sooner|fewer) than)|not|lack|lacks|lacking|without|absence of|"
    r"unavailab\w*|ineligible|in the absence|neither|nor|"
    r"not have|fail\w* to find|"
    r"rather than|instead of|other than|except|excluding|historical(?:ly)?|finding)\b[^.;:\n]{0,70}$"
)
_DENIED_AFTER: Final = re.compile(
    r"^[^.;:\n]{0,50}?\b(?:limitations?|is not available|not available|unavailable|is unavailable|"
    r"not be identified|not eligible|is lacking|are not available|search|"
    r"(?:is|are|will be) (?:excluded(?! if)|ineligible|not (?:allowed|permitted|acceptable)))\b"
)
_PAST: Final = re.compile(
    r"\b(?:after|following) (?:undergoing|receiving|having|prior|previous|an? )[^.;:\n]{0,40}$|"
    r"\b(?:prior|previous(?:ly)?|had|history of|relapse\w* (?:after|following)|post|failed|received)\b[^.;:\n]{0,40}$"
)
_AT_LEAST: Final = re.compile(r"\bat least (?:at |for |in )?$")
_PARTIAL: Final = re.compile(r"\b(?:haplotype|haplo\S*|partial(?:ly)?|half|mis)[ -]*(?:hla[ -]?)?$")
_DRAWN: Final = re.compile(r"\b(?:tests?|samples?|laborator\w+|routine|analys\w+|monitor\w*|screening|biomarkers?)\b")
_MADE: Final = re.compile(
    r"\b(?:make|made|generat\w+|manufactur\w+|prepar\w+|produc\w+|grown?|isolat\w+|t[ -]cells|vaccine)\b"
)
_IN_BODY: Final = re.compile(
    r"\b(?:numbers? of|decreas\w+|reduc\w+|attack\w*|sensitiz\w+|destroy\w*|kill\w*|suppress\w*|restor\w+|"
    r"stimulat\w+|activat\w+ of|"
    r"response\w*|help\w*|allow\w*|replac\w+|deplet\w+|reject\w*|recover\w*|how)\b[^.;\n]{0,60}$"
)
_TWO_PEOPLE: Final = re.compile(
    r"\b(?:cord blood|ucb|cbu|cord|units?)\b[^.;\n]{0,90}?\b(?:hla|match\w*|mismatch\w*|donors?|unrelated|"
    r"double|recipients?|bank)\b|"
    r"\b(?:double|two|2|hla[- ]matched|unrelated|donor|partially matched)\b[^.;\n]{0,40}?\b(?:cord blood|ucb|cord)\b"
)
_NOT_DONOR_OF_CELLS: Final = re.compile(
    r"^[ -]*(?:chimerism|site|specific|engraftment|reactive|type|blood donors? service|vessel|kidney|"
    r"liver transplant|dsa|directed|anti|tumou?r (?:cell )?lysates?\b)"
)


_DONOR: Final = re.compile(r"donor|donat|\ballo(?!w)|sibling|\brelatives?\b|syngeneic|cord blood")
_GRAFT_COLLECTED: Final = re.compile(
    r"\b(?:pbscs?|pbpcs?|stem cells?|progenitor cells?)\b\)? (?:is|are|was|were|will be) (?:then |also )?"
    r"(?:collected|harvested|mobili[sz]ed)\b"
)
_TOLD: Final = (
    "intervention-name",
    "intervention-description",
    "title",
    "official-title",
    "arm-label",
    "arm-description",
    "summary",
    "description",
    "criteria",
)


@cache
def lexicon() -> Lexicon:
    """Return the table of donor words."""
    return Lexicon.load("donors")


def find_donors(scope: Scope) -> None:
    """Add donors to the products of the scope."""
    roles = (
        "intervention-name",
        "intervention-other-name",
        "intervention-description",
        "title",
        "official-title",
        "arm-label",
        "arm-description",
        "summary",
        "description",
        "keyword",
        "design",
        "section",
        "abstract",
        "article-title",
        "criteria",
        "population",
    )
    for field in scope.reading.roles(*roles):
        for match in lexicon().find(field):
            _add_match(scope, field, match)
        told = all(p.values(_PART, 2) & (FROM_OTHERS | {"Autologous"}) for p in scope.products)
        for pattern, value, rule in (
            (MATCHED_RELATED, "MatchedRelated", "donors:matched-related-phrase"),
            (FROM_PATIENT, "Autologous", "donors:cells-from-the-patient"),
        ):
            if told and pattern is FROM_PATIENT:
                continue
            if pattern is MATCHED_RELATED and not any(word in field.lower for word in _MATCHED):
                continue
            for found in pattern.finditer(field.lower):
                _add_phrase(scope, field, found.start(), found.end(), value, rule)
    _same_donor(scope)
    for product in scope.products:
        if product.concept == "Hsc" and not product.values(_PART):
            _of_a_record_without_donors(scope, product)
        _settle(product)
        if product.concept == "CordBlood" or "CordBloodDonor" in product.values(_PART):
            _units_of_another(scope, product)


def _same_donor(scope: Scope) -> None:
    """Give donor cells beside or after a transplant the relation of its donor, where they have none of their own."""
    grafts = [product for product in scope.products if product.concept == "Hsc"]
    known = _of_titled_transplant(scope)
    if len(grafts) == 1:
        known |= {value: found[0] for value, found in grafts[0].parts.get(_PART, {}).items() if value in _NARROW}
    elif len(known) != 1:
        return
    for product in scope.products:
        values = product.values(_PART)
        if product.concept in _AFTER_TRANSPLANT and values - {"Related"} == {"Allogeneic"}:
            for relation, evidence in sorted(known.items()):
                same = structs.replace(evidence, rule="donors:donor-of-the-transplant", strength="Probable")
                product.add(_PART, relation, same, 3)


def _of_titled_transplant(scope: Scope) -> dict[str, Evidence]:
    """Return the relations that titles name of the donor of a transplant: `after haploidentical transplantation`."""
    return {
        match.term: field.evidence(match.begin, match.end, match.rule)
        for field in scope.reading.roles("title", "official-title")
        for match in lexicon().find(field)
        if match.term in _NARROW
        and (mention := scope.nearest(field, match.begin, match.end)) is not None
        and mention.concept == "Hsc"
    }


def _of_a_record_without_donors(scope: Scope, product: Product) -> None:
    """Add `Autologous`, probable, to a graft that is collected in a record which speaks of no donor."""
    fields = scope.reading.roles(*_TOLD)
    if any(_DONOR.search(field.lower) for field in fields):
        return
    for field in fields:
        found = _GRAFT_COLLECTED.search(field.lower) if field.role != "criteria" else None
        if found is not None:
            evidence = field.evidence(found.start(), found.end(), "donors:collected-without-a-donor", "Probable")
            product.add(_PART, "Autologous", evidence, scope.tier(field))
            return


def _units_of_another(scope: Scope, product: Product) -> None:
    """Add `Allogeneic` to cord blood: entailed where units are matched, doubled or a donor's, else probable.

    Not probable where anything that the trial gives is the participant's own.
    """
    if product.values(_PART) & {"Autologous", "Allogeneic"}:
        return
    for field in scope.reading.roles(*_TOLD):
        found = _TWO_PEOPLE.search(field.lower)
        if found is not None:
            evidence = field.evidence(found.start(), found.end(), "donors:units-of-another", "Entailed")
            product.add(_PART, "Allogeneic", evidence, scope.tier(field))
            return
    cord = product.parts.get(_PART, {}).get("CordBloodDonor")
    if cord and all("Autologous" not in other.values(_PART) for other in scope.products):
        probable = structs.replace(cord[0], rule="donors:cord-blood-of-another", strength="Probable")
        product.add(_PART, "Allogeneic", probable, 3)


def _add_match(scope: Scope, field: TextField, match: Match) -> None:
    kind = match.entry.context
    if _is_denied(field, match.begin, match.end, match.term):
        return
    if kind == "cells" and field.role in ("criteria", "keyword", "population"):
        return
    if kind == "own" and field.role == "criteria":
        return
    strength = "Stated"
    for product in _owners(scope, field, match.begin, match.end, match.term, kind):
        product.add(_PART, match.term, field.evidence(match.begin, match.end, match.rule, strength), scope.tier(field))


def _add_phrase(scope: Scope, field: TextField, begin: int, end: int, value: str, rule: str) -> None:
    if _is_denied(field, begin, end, value) or (
        value == "Autologous" and field.role in ("criteria", "population", "keyword")
    ):
        return
    kind = "donor" if value != "Autologous" else "own"
    owners = _owners(scope, field, begin, end, value, kind)
    if value == "Autologous" and not owners and len(scope.products) == 1:
        owners = [p for p in scope.products if not p.values(_PART)]
    for product in owners:
        strength = "Stated" if value == "MatchedRelated" else "Entailed"
        product.add(_PART, value, field.evidence(begin, end, rule, strength), scope.tier(field))


_HEADING: Final = re.compile(r"^\W*([a-z][a-z ]{2,40}):", re.MULTILINE)


def _is_background(field: TextField, place: int) -> bool:
    """Whether the heading above a place is `Background`: what is told of donors there is not of this trial."""
    if "background" not in field.lower:
        return False
    headings = _HEADING.findall(field.lower, 0, place)
    return bool(headings) and "background" in headings[-1]


def _is_denied(field: TextField, begin: int, end: int, value: str) -> bool:
    first, last = context.sentence(field, begin)
    if value in _RELATIONS and _is_background(field, begin):
        return True
    if value == "Autologous" and _IN_BODY.search(field.lower[first:begin]) and "autolog" not in field.lower[begin:end]:
        return True
    if value == "MatchedRelated" and _PARTIAL.search(field.lower[first:begin]):
        return True
    if value == "Haploidentical" and _AT_LEAST.search(field.lower[first:begin]):
        return True
    if value == "Autologous" and _DRAWN.search(field.lower, first, last) and "blood" in field.lower[begin:end]:
        return _MADE.search(field.lower, first, last) is None
    words = field.lower[begin:end]
    if (
        field.role == "criteria"
        and value in _RELATIONS
        and "donor" not in field.lower[first:last]
        and "hla" not in words
    ) and context.criteria_section(field, begin)[1] != "donor":
        return True
    if _DENIED.search(field.lower[first:begin]) or _DENIED_AFTER.match(field.lower[end:last]):
        return True
    if _NOT_DONOR_OF_CELLS.match(field.lower[end : end + 30]):
        return True
    if field.role == "criteria":
        kind, who = context.criteria_section(field, begin)
        if kind == "exclusion" and who == "patient":
            return True
        return _PAST.search(field.lower[first:begin]) is not None
    return False


def _owners(scope: Scope, field: TextField, begin: int, end: int, value: str, kind: str) -> list[Product]:
    """Return the products of which the donor words speak, those left out that have another donor by name."""
    owners = scope.owners(field, begin, end)
    if not owners and kind == "donor":
        mention = scope.nearest(field, begin, end)
        owners = [p for p in scope.products if _may_be_donated(p) and _is_of_its_donor(p, mention)]
    tier = scope.tier(field)
    better = tier if field.role == "intervention-other-name" else tier - 1
    return [p for p in owners if not _conflicts(p, value, better) and _adds(p, value, tier)]


def _is_of_its_donor(product: Product, mention: Mention | None) -> bool:
    """Whether donor words beside a mention may speak of a product: `eligible for allo-BMT, have a sibling donor`."""
    if mention is None:
        return True
    around = context.around(mention.field, mention.anchor, mention.end)
    return around.background and not around.negated and is_related(product.concept, mention.concept)


def _may_be_donated(product: Product) -> bool:
    """Whether a product is known to be a donor's, or is usually and nothing says whose it is."""
    known = product.values(_PART)
    return bool(known & FROM_OTHERS) or (product.concept in _FROM_DONORS and not known)


def _adds(product: Product, value: str, tier: int) -> bool:
    """Whether a value may come from here: prose names the relation of the donor of other cells than cord blood."""
    if product.concept == "CordBlood" and value in ("Haploidentical", "MatchedRelated", "Related") and tier > 2:
        return False
    return value != "CellLine" or product.concept in _FROM_LINES


def _conflicts(product: Product, value: str, better: int) -> bool:
    """Whether a place of these tiers already says the contrary: autologous against from others."""
    known = product.values(_PART, better)
    if value == "Autologous":
        return bool(known & FROM_OTHERS)
    if value in FROM_OTHERS:
        return "Autologous" in known and not known & FROM_OTHERS
    return False


def _settle(product: Product) -> None:
    """Leave out the general relation where a narrower one is known; what entails another adds it."""
    known = product.parts.get(_PART, {})
    if known.keys() & {"MatchedRelated", "Haploidentical"}:
        product.drop(_PART, "Related")
    if known.keys() & (FROM_OTHERS - {"Allogeneic"}) and "Allogeneic" not in known:
        narrow = next(v for v in ("MatchedRelated", "Haploidentical", "Unrelated", "Related") if v in known)
        entailed = structs.replace(known[narrow][0], strength="Entailed")
        product.add(_PART, "Allogeneic", entailed, product.tiers[_PART][narrow])
