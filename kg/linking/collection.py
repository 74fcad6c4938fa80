"""What the eligibility criteria say of the collection of cells, and so make likely of their tissue.

Blood cells: "adequate venous access for leukapheresis", "chemotherapy within 2 weeks before leukapheresis".
Grafts: "a donor willing to donate either peripheral blood stem cells or bone marrow".
"""

import re
from typing import Final

from kg.linking import context
from kg.linking.donors import FROM_OTHERS
from kg.linking.fields import TextField
from kg.linking.scope import Product, Scope
from kg.linking.tissues import lexicon

_PART: Final = "source_tissues"
_APHERESIS: Final = re.compile(r"(?<![\w-])(?:leuk[ao]|leuc[ao]|lymph|cyt)?a?pheres[ei]s\b")
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
    """Add the probable tissue of blood cells, or of grafts, that nothing but the criteria tells.

    Where a graft is collected too, an apheresis is not read as that of other cells.
    """
    lacking = [p for p in scope.products if not p.values(_PART)]
    grafts = [p for p in scope.products if p.concept == "Hsc"]
    if grafts:
        _of_grafts(scope, [p for p in lacking if p in grafts])
    else:
        _of_blood_cells(scope, [p for p in lacking if p.concept in _FROM_BLOOD])


def _of_blood_cells(scope: Scope, lacking: list[Product]) -> None:
    """Add blood to what an apheresis can have been for."""
    for field in scope.reading.roles("criteria") if lacking else ():
        for found in _APHERESIS.finditer(field.lower):
            if not _OF_ANOTHER_KIND.search(field.lower, max(0, found.start() - 20), found.start()):
                _add(scope, lacking, field, found.start(), found.end(), "PeripheralBlood")


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
    around = context.around(field, begin, end)
    of_donor = around.donor or "donor" in field.lower[around.begin : around.end]
    evidence = field.evidence(begin, end, "tissues:collection-among-criteria", "Probable")
    for product in lacking:
        if _may_be_of(product, of_donor):
            product.add(_PART, tissue, evidence, scope.tier(field))


def _may_be_of(product: Product, of_donor: bool) -> bool:
    """Whether a donor's, or else a participant's, apheresis can be where the product's cells come from."""
    donors = product.values("donors")
    return bool(donors & FROM_OTHERS) if of_donor else not donors or "Autologous" in donors
