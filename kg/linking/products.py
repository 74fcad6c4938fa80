"""Distinct cell products of a record, each by its parts, with the words that say so."""

import re
from typing import Final

from kg.linking.candidates import find_candidates
from kg.linking.collection import find_collection
from kg.linking.concepts import concepts, is_narrower, is_related
from kg.linking.donors import FROM_OTHERS, find_donors
from kg.linking.expansion import find_expansion
from kg.linking.fields import Reading
from kg.linking.mentions import Mention
from kg.linking.modifications import find_manipulations, find_modifications
from kg.linking.named import lexicon as named_lexicon
from kg.linking.named import named_products
from kg.linking.scope import Product, Scope
from kg.linking.targets import find_targets
from kg.linking.tissues import find_tissues
from kg.record.links import Evidence, LinkedProduct

_NAME_ROLES: Final = ("intervention-name", "intervention-other-name", "title", "official-title", "arm-label")
_COMPARED: Final = re.compile(
    r"\b(?:after|following|prior|previous|relaps\w+|treated with|versus|vs|failed)\b[^.;]{0,40}$"
)
_ENTAILED = ("cell_types", "product_kinds", "modifications", "donors", "source_tissues")


def find_products(reading: Reading, mentions: list[Mention]) -> list[Product]:
    """Return the distinct products that the trial gives, in the order of their first intervention."""
    products = [Product(candidate) for candidate in find_candidates(reading, mentions)]
    if not products:
        return []
    products = _name_products(reading, products)
    for own in _by_place(products):
        _read_parts(Scope(reading, mentions, own))
    merged = _merged(products, reading)
    scope = Scope(reading, mentions, merged)
    _read_parts(scope)
    for product in merged:
        _entail(product)
    return merged


def _by_place(products: list[Product]) -> list[list[Product]]:
    """Return each product alone where several share a concept: their own words tell them apart."""
    shared = [p for p in products if sum(q.concept == p.concept for q in products) > 1]
    return [[p] for p in shared if p.interventions or p.arms]


def _read_parts(scope: Scope) -> None:
    find_donors(scope)
    find_tissues(scope)
    find_collection(scope)
    find_modifications(scope)
    find_manipulations(scope)
    find_targets(scope)
    find_expansion(scope)


def _merged(products: list[Product], reading: Reading) -> list[Product]:
    """Join products of one concept whose own words do not tell them apart (two doses are one product)."""
    kept: list[Product] = []
    arms = {
        id(product): product.arms
        | {a for a, used in reading.arm_interventions.items() if set(used) & set(product.interventions)}
        for product in products
    }
    for product in products:
        twin = next((other for other in kept if _same(product, other, arms)), None)
        if twin is None:
            kept.append(product)
            continue
        if is_narrower(product.concept, twin.concept):
            twin.concept = product.concept
        twin.mentions += product.mentions
        twin.named |= product.named
        twin.arms |= product.arms
        twin.interventions += [i for i in product.interventions if i not in twin.interventions]
        for part, values in product.parts.items():
            for value, evidence in values.items():
                for item in evidence:
                    twin.add(part, value, item, product.tiers[part][value])
    for product in kept:
        _forget(product)
    return kept


def _forget(product: Product) -> None:
    """Drop what the own reading took from shared places: the reading of all products finds it again."""
    depth = 1 if product.interventions else 2
    for part, tiers in product.tiers.items():
        if part == "product_names":
            continue
        for value in [value for value, tier in tiers.items() if tier > depth]:
            del tiers[value]
            del product.parts[part][value]


def _same(product: Product, other: Product, arms: dict[int, set[int]]) -> bool:
    if product.concept != other.concept:
        return False
    for part, tier in (("targets", 2), ("source_tissues", 1), ("product_names", 1), ("manipulations", 1)):
        mine, theirs = product.values(part, tier), other.values(part, tier)
        if mine and theirs and not mine & theirs:
            return False
    if (
        product.values("manipulations", 1) != other.values("manipulations", 1)
        and not arms[id(product)] & arms[id(other)]
    ):
        return False
    mine, theirs = product.values("donors", 2), other.values("donors", 2)
    for one, two in ((mine, theirs), (theirs, mine)):
        if "Autologous" in one and two & FROM_OTHERS and "Autologous" not in two:
            return False
    return True


def _entail(product: Product) -> None:
    """Add what the product's name entails by itself."""
    concept = concepts()[product.concept]
    first = product.mentions[0]
    for part in _ENTAILED:
        for value in getattr(concept, part):
            if not product.parts.get(part, {}).get(value):
                evidence = first.field.evidence(first.begin, first.end, first.rule, "Entailed")
                product.add(part, value, evidence, 2)
    if concept.name == "TumorCellVaccine" and product.values("donors") == {"Autologous"}:
        _add_from(product, "donors", "Autologous", "source_tissues", "Tumor")
    if concept.name == "TumorCellVaccine" and "CellLine" in product.values("donors") - {"Autologous"}:
        product.drop("source_tissues", "Tumor")
        _add_from(product, "donors", "CellLine", "source_tissues", "ImmortalizedCellLine")
    if "InducedPluripotent" in product.values("donors"):
        product.drop("product_kinds", "MononuclearFraction")
    if concept.name == "CordBlood" or "UmbilicalCordBlood" in product.values("source_tissues"):
        _add_from(product, "source_tissues", "UmbilicalCordBlood", "donors", "CordBloodDonor")
        _add_from(product, "donors", "CordBloodDonor", "source_tissues", "UmbilicalCordBlood")
    if concept.name == "Dli":
        product.drop("donors", "Autologous")
        _add_from(product, "product_kinds", "DonorLymphocytes", "donors", "Allogeneic")


def _add_from(product: Product, part: str, value: str, to_part: str, to_value: str) -> None:
    """Let one part entail another, with the same words."""
    evidence = product.parts.get(part, {}).get(value)
    if evidence and to_value not in product.values(to_part):
        first = evidence[0]
        entailed = Evidence(first.field, first.begin, first.end, first.quote, first.rule, "Entailed")
        product.add(to_part, to_value, entailed, product.tiers[part][value])


def linked(product: Product) -> LinkedProduct:
    """Return the product as the record of links keeps it."""
    label = _label(product)
    expanded = product.findings("expanded_ex_vivo")
    return LinkedProduct(
        label=label,
        evidence=tuple(dict.fromkeys(m.field.evidence(m.begin, m.end, m.rule) for m in product.mentions[:2])),
        cell_types=product.findings("cell_types"),
        product_kinds=product.findings("product_kinds"),
        donors=product.findings("donors"),
        source_tissues=product.findings("source_tissues"),
        modifications=product.findings("modifications"),
        manipulations=product.findings("manipulations"),
        targets=product.findings("targets"),
        expanded_ex_vivo=expanded[0] if expanded else None,
        expansion_methods=product.findings("expansion_methods"),
        product_names=product.findings("product_names"),
    )


def _label(product: Product) -> str:
    """Return the record's own words for the product: the name of its intervention, else the mention."""
    first = product.mentions[0]
    if first.field.role == "intervention-name" and len(first.field.text) <= 120:
        return " ".join(first.field.text.split())
    begin, end = first.field.original(first.begin, first.end)
    return " ".join(first.field.text[begin:end].split())


def _name_products(reading: Reading, products: list[Product]) -> list[Product]:
    """Add name and public facts to the products that the record names."""
    known = named_products()
    for field in reading.roles(*_NAME_ROLES):
        for match in named_lexicon().find(field):
            fact = known[match.term]
            if _COMPARED.search(field.lower[: match.begin]) and field.intervention is None:
                continue
            owners = [p for p in products if is_related(p.concept, fact.concept)]
            if field.intervention is not None:
                owners = [p for p in owners if field.intervention in p.interventions]
            if len(owners) > 1 and field.intervention is None:
                continue
            for product in owners:
                product.concept = fact.concept
                evidence = field.evidence(match.begin, match.end, match.rule)
                product.add("product_names", fact.name, evidence, 1)
                entailed = field.evidence(match.begin, match.end, match.rule, "Entailed")
                for part, values in fact.facts.items():
                    for value in values:
                        product.add(part, value, entailed, 1)
    return products
