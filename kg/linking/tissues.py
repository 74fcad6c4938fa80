"""From what tissue the cells come."""

import re
from functools import cache
from typing import Final

from kg.linking import context
from kg.linking.fields import TextField
from kg.linking.matcher import Lexicon, Match
from kg.linking.scope import Product, Scope

_PART: Final = "source_tissues"
_DERIVED: Final = re.compile(r"^[)\]'s]*[ -]*(?:\w+[ -]){0,3}?(?:derived|origin|source|derivation|sourced)")
_TAKEN_FROM: Final = re.compile(
    r"\b(?:from|of|out of|using|via|by|undergo\w*|through)\b(?: \S+){0,6} $|(?:collect|harvest|obtain|isolat|"
    r"tak(?:e|ing)|aspirat|procure|biops)\w*[^.;\n]{0,50}$"
)
_TAKEN_AFTER: Final = re.compile(
    r"^[^.;\n]{0,60}?\b(?:collected|harvested|obtained|isolated|taken|drawn|aspirated|procured|to (?:collect|"
    r"obtain|manufacture|make|prepare|generate|harvest))"
)
_BLOOD_DRAWN: Final = re.compile(r"pheres|leukapher|leucapher|^blood|^from\b.* blood$|^collected blood$")
_DONOR_BLOOD: Final = frozenset(
    {
        "CarTCell",
        "TcrTCell",
        "NkCell",
        "CarNkCell",
        "TCell",
        "Ctl",
        "VirusSpecificTCell",
        "TumorSpecificTCell",
        "RegulatoryTCell",
        "GammaDeltaTCell",
        "NktCell",
        "CarNktCell",
        "Dli",
        "Cik",
        "DcCik",
        "Lak",
        "DendriticCell",
        "Lymphocyte",
        "Hsc",
        "Monocyte",
        "Macrophage",
        "CarMacrophage",
        "Mnc",
        "Epc",
        "TumorCellVaccine",
    }
)


@cache
def lexicon() -> Lexicon:
    """Return the table of tissue words."""
    return Lexicon.load("tissues")


def find_tissues(scope: Scope) -> None:
    """Add source tissues to the products of the scope."""
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
        "design",
        "section",
        "abstract",
        "article-title",
    )
    for field in scope.reading.roles(*roles):
        for match in lexicon().find(field):
            for product in _owners(scope, field, match):
                tier = scope.tier(field)
                named = product.values(_PART, min(tier - 1, 1)) - {match.term}
                if (named and not _is_alternative(scope, field, match, named)) or not _fits(product, match.term):
                    continue
                product.add(_PART, match.term, field.evidence(match.begin, match.end, match.rule), tier)


_OR: Final = re.compile(
    r"(?: stem| progenitor)?(?: cells?)?(?: transplant\w*| rescue)? (?:and/)?or (?:autologous |allogeneic )?"
)


def _is_alternative(scope: Scope, field: TextField, match: Match, named: set[str]) -> bool:
    """Whether the tissue is offered beside one that the product's name states: `bone marrow or peripheral blood`.

    Not where it has an intervention of its own, nor in a summary: those speak of transplants as such.
    """
    if field.role == "summary":
        return False
    if any(m.term == match.term for other in scope.reading.roles("intervention-name") for m in lexicon().find(other)):
        return False
    return any(
        other.term in named and _OR.fullmatch(field.lower, min(match.end, other.end), max(match.begin, other.begin))
        for other in lexicon().find(field)
    )


_ANY: Final = frozenset({"Cell", "StemCell", "PluripotentDerived"})
_ONLY_OF: Final = {
    "Skin": _ANY | {"Keratinocyte", "Fibroblast", "Melanocyte", "EpithelialSheet", "Msc", "Schwann"},
    "Muscle": _ANY | {"Myoblast"},
    "Cartilage": _ANY | {"Chondrocyte"},
    "Pancreas": _ANY | {"Islet"},
    "Liver": _ANY | {"Hepatocyte", "Msc"},
    "Eye": _ANY | {"LimbalStemCell", "CornealEndothelial", "Rpe", "EpithelialSheet"},
    "OralMucosa": _ANY | {"EpithelialSheet", "Keratinocyte", "Fibroblast"},
    "Heart": _ANY | {"CardiacProgenitor", "Cardiomyocyte"},
    "NasalMucosa": _ANY | {"OlfactoryEnsheathing", "Schwann", "Chondrocyte"},
    "Adipose": _ANY | {"Msc", "Svf", "Mnc", "Epc", "Chondrocyte"},
    "UmbilicalCord": _ANY | {"Msc", "Epc"},
    "DentalPulp": _ANY | {"Msc"},
    "MenstrualBlood": _ANY | {"Msc"},
    "AmnioticMembrane": _ANY | {"Msc", "EpithelialSheet"},
    "FetalTissue": _ANY | {"NeuralStemCell", "Hepatocyte", "Msc", "Rpe", "Hsc", "Islet", "Myoblast"},
}
"""Tissues that only some kinds of cells are taken from; the others give many kinds."""
_MARROW_CELLS: Final = frozenset(
    {"NkCell", "CarNkCell", "CarTCell", "TcrTCell", "Dli", "CordBlood", "DendriticCell", "Cik"}
)


def _fits(product: Product, tissue: str) -> bool:
    """Whether cells of this kind can come from the tissue that stands near them."""
    if product.concept == "CordBlood":
        return tissue == "UmbilicalCordBlood"
    if tissue == "BoneMarrow":
        return product.concept not in _MARROW_CELLS
    return product.concept in _ONLY_OF.get(tissue, {product.concept})


def _owners(scope: Scope, field: TextField, match: Match) -> list[Product]:
    around = context.around(field, match.begin, match.end)
    if around.negated:
        return []
    mention = scope.nearest(field, match.begin, match.end)
    owners = scope.owners(field, match.begin, match.end)
    words = field.lower[match.begin : match.end]
    if _BLOOD_DRAWN.search(words):
        if field.role in ("title", "official-title"):
            return []
        pool = owners or (scope.products if len(scope.products) == 1 else [])
        return [p for p in pool if p.concept in _DONOR_BLOOD]
    if not owners:
        return []
    if match.entry.context == "tumor":
        return [p for p in owners if p.concept in ("Til", "TumorCellVaccine")]
    if mention is not None and _in_one_phrase(field, match, mention.begin, mention.end):
        return owners
    first, last = around.begin, around.end
    after, before = field.lower[match.end : last], field.lower[first : match.begin]
    if _DERIVED.match(after) or (
        _TAKEN_FROM.search(before) and (mention is not None or len(scope.products) == 1) and _is_taken(before, after)
    ):
        return owners
    return []


def _is_taken(before: str, after: str) -> bool:
    taken = re.search(
        r"(?:deriv|isolat|collect|obtain|generat|harvest|prepar|manufactur|separat|extract|purif|aspirat|"
        r"expanded|cultured|taken)\w*",
        before,
    )
    return taken is not None or _TAKEN_AFTER.match(after) is not None


def _in_one_phrase(field: TextField, match: Match, begin: int, end: int) -> bool:
    """Whether tissue and cells stand in one noun phrase: `bone marrow mononuclear cells`."""
    if match.begin < end and begin < match.end:
        return True
    between = field.lower[match.end : begin] if match.end <= begin else field.lower[end : match.begin]
    if match.end <= begin:
        return len(between) <= 35 and not re.search(r"[.;:]| and | or | with | for | in |, ", between)
    return (
        re.fullmatch(
            r"s? ?\(?(?:derived |isolated |obtained |collected |harvested )?(?:from )?(?:the |a |human |"
            r"autologous |allogeneic |healthy |family |related |unrelated |(?:donor|patient)(?:'s|s'?)? )*",
            between,
        )
        is not None
    )
