"""Named products: what a name such as tisagenlecleucel stands for, as a table of public facts."""

import re
from functools import cache
from typing import Final

from msgspec import Struct

from kg.files import data_folder
from kg.linking.concepts import is_related
from kg.linking.fields import Reading
from kg.linking.matcher import Entry, Lexicon, read_rows
from kg.linking.mentions import Mention
from kg.linking.scope import Product

_NAME_ROLES: Final = ("intervention-name", "intervention-other-name", "title", "official-title", "arm-label")
_COMPARED: Final = re.compile(
    r"\b(?:after|following|prior|previous|relaps\w+|treated with|versus|vs|failed)\b[^.;]{0,40}$"
)


class NamedProduct(Struct, frozen=True):
    """A row of the table: what is publicly known of a named product."""

    name: str
    concept: str
    facts: dict[str, tuple[str, ...]]


@cache
def named_products() -> dict[str, NamedProduct]:
    """Return the named products by name."""
    rows = read_rows(data_folder("ontology") / "lexicon" / "named-products.tsv")
    parts = ("donors", "source_tissues", "modifications", "targets")
    return {
        row["name"]: NamedProduct(
            row["name"],
            row["concept"],
            {part: tuple(filter(None, (row[part] or "").split("|"))) for part in parts},
        )
        for row in rows
    }


@cache
def lexicon() -> Lexicon:
    """Every name of every named product."""
    rows = read_rows(data_folder("ontology") / "lexicon" / "named-products.tsv")
    return Lexicon(
        Entry(row["name"], _any_case(synonym), "", f"named-products:{row['name']}")
        for row in rows
        for synonym in (row["name"], *filter(None, (row["synonyms"] or "").split("|")))
    )


def _any_case(synonym: str) -> str:
    """Return a long name in lower case, so that it matches in any case; a short one must match exactly."""
    return synonym.lower() if sum(c.isalpha() for c in synonym) >= 5 or any(c.isdigit() for c in synonym) else synonym


def named_mentions(reading: Reading) -> list[Mention]:
    """Return the mentions of named products as mentions of their concept."""
    known = named_products()
    found = []
    for field in reading.roles(*_NAME_ROLES, "intervention-description", "arm-description"):
        for match in lexicon().find(field):
            found.append(Mention(field, match.begin, match.end, known[match.term].concept, "cells", match.rule))
    return found


def name_products(reading: Reading, products: list[Product]) -> list[Product]:
    """Add name and public facts to the products that the record names."""
    known = named_products()
    for field in reading.roles(*_NAME_ROLES):
        for match in lexicon().find(field):
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
