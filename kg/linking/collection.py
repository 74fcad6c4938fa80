"""What the eligibility criteria say of the collection of cells, and so make likely of their donor and tissue.

Blood cells: "adequate venous access for leukapheresis", "chemotherapy within 2 weeks before leukapheresis".
Grafts: "a donor willing to donate either peripheral blood stem cells or bone marrow".
"""

import re
from collections.abc import Iterator
from typing import Final

from kg.linking import context
from kg.linking.donors import FROM_OTHERS
from kg.linking.fields import TextField
from kg.linking.scope import Product, Scope
from kg.linking.tissues import lexicon

_PART: Final = "source_tissues"
_APHERESIS: Final = re.compile(
    r"(?<![\w-])(?:leuk[ao]|leuc[ao]|lymph|cyt)?a?pheres[ei]s\b|"
    r"\bcollection of (?:[\w-]+ ){0,3}?(?:mononuclear cells|pbmcs?|lymphocytes|t[ -]cells)\b"
)
_OF_ANOTHER_KIND: Final = re.compile(r"\b(?:ldl|lipid|lipoprotein|red cell|platelet|therapeutic|plasma)[ -]$")
_FROM_BLOOD: Final = frozenset(
    {
        "CarMacrophage",
        "CarNkCell",
        "CarNktCell",
        "CarTCell",
        "Cik",
        "Ctl",
        "DcCik",
        "DendriticCell",
        "GammaDeltaTCell",
        "Lymphocyte",
        "Monocyte",
        "NkCell",
        "NktCell",
        "RegulatoryTCell",
        "TCell",
        "TcrTCell",
        "TumorSpecificTCell",
        "VirusSpecificTCell",
    }
)


_COLLECTED: Final = re.compile(r"\b(?:donat\w+|collect\w+|harvest\w*|leukapheres[ei]s|apheres[ei]s)\b")


def find_collection(scope: Scope) -> None:
    """Add the probable donor and tissue of blood cells, or tissue of grafts, that nothing but the criteria tells.

    Where a graft is collected too, an apheresis is not read as that of other cells.
    """
    lacking = [p for p in scope.products if not p.values(_PART)]
    grafts = [p for p in scope.products if p.concept == "Hsc"]
    if grafts:
        _of_grafts(scope, [p for p in lacking if p in grafts])
        return
    _of_blood_cells(scope, [p for p in lacking if p.concept in _FROM_BLOOD])
    _of_participants(scope, [p for p in scope.products if p.concept in _FROM_BLOOD and not p.values("donors")])


def _of_blood_cells(scope: Scope, lacking: list[Product]) -> None:
    """Add blood to what an apheresis can have been for."""
    for field, begin, end in _aphereses(scope) if lacking else ():
        _add(scope, lacking, field, begin, end, "PeripheralBlood")


def _of_participants(scope: Scope, lacking: list[Product]) -> None:
    """Add `Autologous` to blood cells of which nothing says whose they are where participants must allow an apheresis.

    What excludes (`steroids within 5 days before leukapheresis`) tells of an apheresis, but less of whose.
    """
    for field, begin, end in _aphereses(scope) if lacking else ():
        if not _is_of_donor(field, begin, end) and context.criteria_section(field, begin)[0] == "inclusion":
            evidence = field.evidence(begin, end, "donors:collection-among-criteria", "Probable")
            for product in lacking:
                product.add("donors", "Autologous", evidence, scope.tier(field))


def _aphereses(scope: Scope) -> Iterator[tuple[TextField, int, int]]:
    """Yield the places among the criteria that speak of a collection of blood cells."""
    for field in scope.reading.roles("criteria"):
        for found in _APHERESIS.finditer(field.lower):
            if not _OF_ANOTHER_KIND.search(field.lower, max(0, found.start() - 20), found.start()):
                yield field, found.start(), found.end()


def _of_grafts(scope: Scope, lacking: list[Product]) -> None:
    """Add the marrow or blood that is collected: `a donor willing to donate marrow or peripheral blood stem cells`."""
    for field in scope.reading.roles("criteria") if lacking else ():
        for match in lexicon().find(field):
            around = context.around(field, match.begin, match.end)
            if match.term not in ("BoneMarrow", "PeripheralBlood") or around.negated:
                continue
            if _COLLECTED.search(field.lower, around.begin, around.end):
                _add(scope, lacking, field, match.begin, match.end, match.term)


def _add(scope: Scope, lacking: list[Product], field: TextField, begin: int, end: int, tissue: str) -> None:
    of_donor = _is_of_donor(field, begin, end)
    evidence = field.evidence(begin, end, "tissues:collection-among-criteria", "Probable")
    for product in lacking:
        if _may_be_of(product, of_donor):
            product.add(_PART, tissue, evidence, scope.tier(field))


def _is_of_donor(field: TextField, begin: int, end: int) -> bool:
    """Whether the sentence of a place speaks of a donor, or its criteria are for donors."""
    around = context.around(field, begin, end)
    return around.donor or "donor" in field.lower[around.begin : around.end]


def _may_be_of(product: Product, of_donor: bool) -> bool:
    """Whether a donor's, or else a participant's, apheresis can be where the product's cells come from."""
    donors = product.values("donors")
    return bool(donors & FROM_OTHERS) if of_donor else not donors or "Autologous" in donors
