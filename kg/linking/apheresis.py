"""What an apheresis among the eligibility criteria makes likely: cells from blood.

"Adequate venous access for leukapheresis", "chemotherapy within 2 weeks before leukapheresis":
of blood cells that are made into a product, such criteria speak of the collection of their source.
"""

import re
from typing import Final

from kg.linking import context
from kg.linking.donors import FROM_OTHERS
from kg.linking.scope import Product, Scope

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


def find_apheresis(scope: Scope) -> None:
    """Add blood as the probable source of blood cells where nothing else says one and no graft is collected too."""
    lacking = [p for p in scope.products if p.concept in _FROM_BLOOD and not p.values("source_tissues")]
    if not lacking or any(p.concept == "Hsc" for p in scope.products):
        return
    for field in scope.reading.roles("criteria"):
        for found in _APHERESIS.finditer(field.lower):
            if _OF_ANOTHER_KIND.search(field.lower, max(0, found.start() - 20), found.start()):
                continue
            around = context.around(field, found.start(), found.end())
            of_donor = around.donor or "donor" in field.lower[around.begin : around.end]
            for product in lacking:
                if _may_be_of(product, of_donor):
                    evidence = field.evidence(
                        found.start(), found.end(), "tissues:apheresis-among-criteria", "Probable"
                    )
                    product.add("source_tissues", "PeripheralBlood", evidence, scope.tier(field))


def _may_be_of(product: Product, of_donor: bool) -> bool:
    """Whether a donor's, or else a participant's, apheresis can be where the product's cells come from."""
    donors = product.values("donors")
    return bool(donors & FROM_OTHERS) if of_donor else not donors or "Autologous" in donors
