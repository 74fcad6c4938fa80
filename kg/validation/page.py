"""The documentation page of the rules, made from the shapes."""

from pathlib import Path

from kg.namespaces import curie
from kg.validation.rules import Rule, Severity, rules_of, shapes_graph

_TITLES = {
    Severity.VIOLATION: "must hold",
    Severity.WARNING: "should hold",
    Severity.INFO: "may be worth a look",
}


def page(folder: Path | None = None) -> str:
    """Return the rules as Markdown: by class, each with id, severity, message and reason."""
    rules = sorted(rules_of(shapes_graph(folder)).values())
    out = [
        "# Rules",
        "",
        "Made from `shapes/*.ttl` by `make docs`; edit the shapes, not this page.",
        "",
        f"{len(rules)} rules. "
        + " ".join(
            f"{sum(rule.severity is severity for rule in rules)} are of severity **{severity}** ({_TITLES[severity]})."
            for severity in Severity
        ),
        "Only violations make a graph non-conformant.",
        "",
    ]
    for target in sorted({rule.target for rule in rules}, key=curie):
        out += [
            f"## {curie(target)}",
            "",
            "| rule | severity | what is wrong, and how to mend it | why |",
            "|---|---|---|---|",
        ]
        out += [_row(rule) for rule in rules if rule.target == target]
        out.append("")
    return "\n".join(out)


def _row(rule: Rule) -> str:
    cells = (f"`{rule.id}`", str(rule.severity), rule.message, rule.reason)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
