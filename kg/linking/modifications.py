"""Genetic modification and manipulation of the cells: what was done to them."""

import re
from typing import Final

from kg.linking import context
from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Match, lexicon
from kg.linking.scope import Product, Scope

_ROLES: Final = (
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
_GRAFTS: Final = frozenset(
    {
        "Hsc",
        "CordBlood",
        "Dli",
        "NkCell",
        "CarNkCell",
        "TCell",
        "Mnc",
        "Lymphocyte",
        "Granulocyte",
        "StemCell",
        "RegulatoryTCell",
        "GammaDeltaTCell",
        "Epc",
        "MyeloidProgenitor",
        "CarTCell",
        "Ctl",
    }
)
_ONLY_FOR: Final = {
    "AntigenLoaded": frozenset({"DendriticCell", "DcTumorFusion", "Monocyte", "Macrophage", "Lymphocyte", "DcCik"}),
    "Irradiated": frozenset({"TumorCellVaccine", "Dli", "Lymphocyte", "NkCell", "CarNkCell", "Granulocyte", "Cell"}),
    "CytokineActivated": frozenset({"NkCell", "CarNkCell", "Lymphocyte", "Dli", "Cik", "Lak", "TCell", "Mnc"}),
    "Encapsulated": frozenset({"Islet", "Hepatocyte", "Msc", "Chondrocyte", "Cell", "StemCell"}),
}
_NOT_OF_CELLS: Final = re.compile(
    r"^[ -]*(?:donor registry|antigens? of|patients|participants|subjects|virus infection|disease|infections?\b|"
    r"status|mutation|mutated|tumou?rs?\b|mice|"
    r"therapy (?:trial|product|protocol|within|in the past|treatment)s?\b(?= (?:within|in the)))"
)
_RECEPTOR_MADE: Final = frozenset({"CarTCell", "CarNkCell", "CarMacrophage", "CarNktCell"})


def find_modifications(scope: Scope) -> None:
    """Add genetic modifications to the products of the scope."""
    for field in scope.reading.roles(*_ROLES):
        for match in lexicon("modifications").find(field):
            if _NOT_OF_CELLS.match(field.lower[match.end : match.end + 40]) or _is_negated(field, match):
                continue
            if _is_of_rna(field, match):
                continue
            for product in scope.owners(field, match.begin, match.end):
                if _modifies(product, match, field) and _touches(scope, product, field, match):
                    tier = scope.tier(field)
                    product.add("modifications", match.term, field.evidence(match.begin, match.end, match.rule), tier)
    for product in scope.products:
        if product.values("modifications") & {"ChimericAntigenReceptor", "EngineeredTCR"}:
            product.drop("modifications", "MarkerGene")


def _modifies(product: Product, match: Match, field: TextField) -> bool:
    """Whether the modification can be this product's: a receptor only of cells that are named so."""
    if match.term == "ChimericAntigenReceptor":
        return product.concept in _RECEPTOR_MADE or product.concept in ("GammaDeltaTCell", "RegulatoryTCell", "NktCell")
    if match.term == "EngineeredTCR":
        return product.concept in ("TcrTCell", "GammaDeltaTCell")
    if match.term == "CytokineSecreting":
        return product.concept not in ("Hsc", "CordBlood")
    return True


_RNA: Final = re.compile(r"\bm?rnas?\b")
_APART: Final = re.compile(r",| and | or |;|:")
_LOOSE: Final = frozenset({"Hsc", "CordBlood", "Dli", "Mnc"})


def _is_of_rna(field: TextField, match: Match) -> bool:
    """Whether RNA is brought into the cells: that loads them and changes no gene."""
    words = field.lower[match.begin : match.end]
    if not words.startswith(("transfect", "electropor", "nucleofect")):
        return False
    return _RNA.search(field.lower, max(0, match.begin - 40), match.end + 40) is not None


def _touches(scope: Scope, product: Product, field: TextField, match: Match) -> bool:
    """Whether the words stand with the cells: a graft beside "gene transfer" in a list is not modified."""
    if product.concept not in _LOOSE:
        return True
    mention = scope.nearest(field, match.begin, match.end)
    if mention is None:
        return field.intervention is not None or len(scope.products) == 1
    first, last = min(mention.end, match.end), max(mention.begin, match.begin)
    return _APART.search(field.lower, first, last) is None or len(scope.products) == 1


def _is_negated(field: TextField, match: Match) -> bool:
    first, _ = context.sentence(field, match.begin)
    return context.NEGATION.search(field.lower[first : match.begin]) is not None


def find_manipulations(scope: Scope) -> None:
    """Add manipulations (selection, depletion, irradiation, loading) to the products of the scope."""
    for field in scope.reading.roles(*_ROLES):
        for match in lexicon("manipulations").find(field):
            if _is_negated(field, match):
                continue
            allowed = _ONLY_FOR.get(match.term, _GRAFTS)
            own = field.intervention is not None or field.arm is not None
            for product in scope.owners(field, match.begin, match.end):
                alone = sum(other.concept == product.concept for other in scope.products) == 1
                if product.concept in allowed and (own or alone):
                    tier = scope.tier(field)
                    product.add("manipulations", match.term, field.evidence(match.begin, match.end, match.rule), tier)


def engineered_elsewhere(reading: Reading) -> bool:
    """Whether the record speaks of genetic modification at all."""
    return any(lexicon("modifications").occurs(field) for field in reading.roles(*_ROLES))
