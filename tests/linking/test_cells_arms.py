"""Arm by arm: what real arms give, checked by hand, and nothing smeared from one over another.

`arms.tsv` holds one row per arm: which intervention gives which product (`intervention>product`
and its kind), amounts, `x` number of infusions, `d` days, routes; `nothing` where an arm gives
no cells.
"""

import csv
from pathlib import Path

import pytest

from kg.linking import link
from kg.record import Document
from kg.record.links import LinkedAdministration, LinkedDose, LinkedProduct

TABLE = Path(__file__).with_name("arms.tsv")


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def kind(product: LinkedProduct) -> str:
    """Return a short name of the product by its parts."""
    kinds = [finding.value for finding in product.product_kinds]
    types = [finding.value for finding in product.cell_types]
    made = {"ChimericAntigenReceptor": "CAR-", "EngineeredTCR": "TCR-"}
    prefix = "".join(made.get(finding.value, "") for finding in product.modifications)
    return prefix + "/".join(kinds or types)


def told(dose: LinkedDose) -> str:
    amount = f"{dose.amount} {dose.unit}" if dose.amount else dose.amount_text or ""
    count = f"x{dose.number_of_infusions}" if dose.number_of_infusions else ""
    day = f"d{dose.relative_day}" if dose.relative_day else ""
    return " ".join(filter(None, (amount, count, day, dose.schedule)))


def given(administration: LinkedAdministration, products: tuple[LinkedProduct, ...]) -> str:
    assert administration.product is not None
    head = f"{administration.intervention}>{administration.product} {kind(products[administration.product - 1])}"
    routes = [finding.value for finding in administration.routes]
    return "; ".join([head, *(told(dose) for dose in administration.doses), *routes])


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['trial']}-{row['arm']}")
def test_an_arm_gives_what_its_own_words_say(
    row: dict[str, str], gold: dict[str, Document], studies: dict[str, Document], legacy: dict[str, Document]
) -> None:
    """A product, dose, day or route of one arm is never said of another."""
    document = gold.get(row["trial"]) or legacy.get(row["trial"]) or studies[row["trial"]]
    links = link(document)
    arms = [arm for arm in links.arms if arm.arm == row["arm"]]
    administrations = [a for arm in arms for a in arm.administrations if a.product is not None]
    assert (" + ".join(given(a, links.products) for a in administrations) or "nothing") == row["given"]


def test_enough_records_are_checked() -> None:
    """At least thirty records were read arm by arm."""
    assert len({row["trial"] for row in rows()}) >= 30
