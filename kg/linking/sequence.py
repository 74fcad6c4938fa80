"""Which regimen precedes which product: a graft follows transplant conditioning, other cells lymphodepletion."""

from typing import Final

from msgspec import structs

from kg.record.links import ArmLinks, LinkedProduct, LinkedRegimen, Links

_GRAFT_KINDS: Final = frozenset({"StemCellGraft", "CordBloodGraft"})
_LATER_KINDS: Final = frozenset({"DonorLymphocytes"})


def link_sequence(links: Links) -> Links:
    """Return the links with `given_after` set on the administrations that an arm's regimens precede.

    A regimen that prepares for a transplant precedes the grafts of its arm, one that depletes
    lymphocytes the other cells; where only one kind of product is given, it follows either.
    """
    if not links.regimens or not links.products:
        return links
    return structs.replace(links, arms=tuple(_in_order(arm, links) for arm in links.arms))


def _in_order(arm: ArmLinks, links: Links) -> ArmLinks:
    if not arm.conditioning:
        return arm
    given = [a.product for a in arm.administrations if a.product is not None]
    products = {number: links.products[number - 1] for number in given}
    administrations = tuple(
        administration
        if administration.product is None
        else structs.replace(
            administration,
            given_after=tuple(
                number
                for number in arm.conditioning
                if administration.product in _prepared(links.regimens[number - 1], products)
            ),
        )
        for administration in arm.administrations
    )
    return structs.replace(arm, administrations=administrations)


def _prepared(regimen: LinkedRegimen, products: dict[int, LinkedProduct]) -> set[int]:
    """Return the products of an arm for which a regimen prepares."""
    grafts = {n for n, p in products.items() if _kinds(p) & _GRAFT_KINDS}
    later = {n for n, p in products.items() if _kinds(p) & _LATER_KINDS}
    others = set(products) - grafts - later
    purposes = {finding.value for finding in regimen.purposes}
    if "TransplantConditioning" in purposes or not purposes:
        return grafts or others or later
    return others or grafts or later


def _kinds(product: LinkedProduct) -> set[str]:
    return {finding.value for finding in product.product_kinds}
