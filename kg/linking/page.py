"""The page that shows a record's words beside what linking made of them."""

from collections.abc import Iterator

from kg.linking import link
from kg.record.document import Document
from kg.record.links import ArmLinks, Evidence, Finding, LinkedDose, LinkedProduct, Links

_PARTS = (
    ("cell_types", "has cell type"),
    ("product_kinds", "has product kind"),
    ("donors", "has donor"),
    ("source_tissues", "has source tissue"),
    ("modifications", "has modification"),
    ("manipulations", "has manipulation"),
    ("targets", "targets"),
    ("expansion_methods", "expansion method"),
    ("product_names", "product name"),
)


def page(document: Document) -> str:
    """Return a Markdown page: every statement of linking with the quote, field, rule and strength it rests on."""
    links = link(document)
    title = document.study.protocol_section.identification_module.brief_title or document.id
    lines = [
        f"# The words beside the graph: {document.id}",
        "",
        "Made by `python -m kg.linking.page examples/<record>.json`; a test keeps it current. The record is one of",
        "`examples/`: the facts of a real trial, told in our own words.",
        "",
        f"**{title}**",
        "",
    ]
    for heading, rows in _sections(links):
        lines += [f"## {heading}", "", "| statement | value | the record's words | field | rule | strength |"]
        lines += ["|---|---|---|---|---|---|"]
        lines += [
            f"| {_cell(name)} | {_cell(value)} | {_cell(e.quote)} "
            f"| `{e.field}` {e.begin}-{e.end} | `{e.rule}` | {e.strength} |"
            for name, value, e in rows
        ]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _sections(links: Links) -> Iterator[tuple[str, list[tuple[str, str, Evidence]]]]:
    for number, product in enumerate(links.products, 1):
        yield f"Product {number}", list(_product_rows(product))
    for arm in links.arms:
        rows = list(_arm_rows(arm))
        if rows:
            yield f"Arm {arm.arm}", rows
    for number, regimen in enumerate(links.regimens, 1):
        rows = [("purpose", finding.value, e) for finding in regimen.purposes for e in finding.evidence[:1]]
        for component in regimen.components:
            rows += [("component", component.agent.value, e) for e in component.agent.evidence[:1]]
            rows += _dose_rows(component.doses)
        rows += [("for", finding.value, e) for finding in regimen.population_states for e in finding.evidence[:1]]
        yield f"Regimen {number}: {regimen.label}", rows
    outcomes = [
        (f"{outcome.outcome} measures", finding.value, finding.evidence[0])
        for outcome in links.outcomes
        for finding in outcome.endpoints
        if finding.evidence
    ]
    if outcomes:
        yield "Outcomes", outcomes


def _product_rows(product: LinkedProduct) -> Iterator[tuple[str, str, Evidence]]:
    for evidence in product.evidence:
        yield "is given", product.label, evidence
    for part, name in _PARTS:
        findings: tuple[Finding, ...] = getattr(product, part)
        for finding in findings:
            for evidence in finding.evidence[:2]:
                yield name, finding.value, evidence
    if product.expanded_ex_vivo is not None:
        for evidence in product.expanded_ex_vivo.evidence[:1]:
            yield "expanded ex vivo", "true", evidence


def _arm_rows(arm: ArmLinks) -> Iterator[tuple[str, str, Evidence]]:
    for given in arm.administrations:
        what = f"intervention {given.intervention}" + (f", product {given.product}" if given.product else "")
        for evidence in given.evidence[:1]:
            yield "administers", what, evidence
        yield from _dose_rows(given.doses)
        for name, findings in (("route", given.routes), ("intent", given.intents)):
            for finding in findings:
                for evidence in finding.evidence[:1]:
                    yield name, finding.value, evidence
    for finding in arm.cytokine_support:
        for evidence in finding.evidence[:1]:
            yield "cytokine support", finding.value, evidence


def _dose_rows(doses: tuple[LinkedDose, ...]) -> list[tuple[str, str, Evidence]]:
    rows = []
    for dose in doses:
        amount = f"{dose.amount} {dose.unit}" if dose.amount else dose.amount_text or ""
        count = f"{dose.number_of_infusions} times" if dose.number_of_infusions else ""
        day = f"day {dose.relative_day}" if dose.relative_day else ""
        told = ", ".join(filter(None, (amount, count, day, dose.schedule)))
        rows += [("dose", told, evidence) for evidence in dose.evidence[:1]]
    return rows


if __name__ == "__main__":
    import sys

    from kg import sources
    from kg.record import RawDocument

    for raw in sources.read(sys.argv[1:]):
        if isinstance(raw, RawDocument):
            print(page(sources.decode(raw)))
