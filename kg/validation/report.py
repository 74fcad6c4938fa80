"""Findings as something a person can read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kg.namespaces import curie
from kg.validation.engine import Finding
from kg.validation.rules import Severity

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass
class Report:
    """What validation found: findings, gravest first, and how many documents were looked at."""

    findings: list[Finding] = field(default_factory=list)
    documents: int = 0

    def add(self, findings: Iterable[Finding]) -> None:
        """Take findings in, keeping the order: gravest first, then by rule, node and value."""
        self.findings = sorted(
            [*self.findings, *findings], key=lambda finding: (_ORDER[finding.severity], *finding.sort_key)
        )

    @classmethod
    def joined(cls, reports: Iterable["Report"]) -> "Report":
        """Return one report made of several."""
        whole = cls()
        found: list[Finding] = []
        for report in reports:
            whole.documents += report.documents
            found += report.findings
        whole.add(found)
        return whole

    @property
    def conforms(self) -> bool:
        """Whether no finding is a violation (warnings and information do not count)."""
        return not any(finding.severity is Severity.VIOLATION for finding in self.findings)

    def counts(self) -> list[tuple[Severity, str, int]]:
        """Return (severity, rule id, number of findings), gravest and then most frequent first."""
        counter = Counter((finding.severity, finding.rule) for finding in self.findings)
        rows = [(severity, rule, number) for (severity, rule), number in counter.items()]
        return sorted(rows, key=lambda row: (_ORDER[row[0]], -row[2], row[1]))

    def by_severity(self) -> dict[Severity, int]:
        """Return the number of findings of each severity, zeros included."""
        counter = Counter(finding.severity for finding in self.findings)
        return {severity: counter[severity] for severity in Severity}

    def lines(self, limit: int = 5) -> Iterator[str]:
        """Yield the report as text: each rule with at most `limit` of its findings, then a summary.

        `limit` 0 lists every finding.
        """
        for severity, rule, number in self.counts():
            found = [finding for finding in self.findings if finding.rule == rule and finding.severity is severity]
            yield f"{severity.upper()}  {rule}  ({number})"
            for finding in found[: limit or None]:
                yield f"  {curie(finding.focus)}{_what(finding)}"
                yield f"      {finding.message}"
            if limit and number > limit:
                yield f"  ... and {number - limit} more; --limit 0 lists all"
            yield ""
        totals = ", ".join(f"{number} {severity}" for severity, number in self.by_severity().items())
        verdict = "conforms" if self.conforms else "does not conform"
        yield f"{self.documents} documents: {verdict}; findings by severity: {totals}."


def _what(finding: Finding) -> str:
    """Return the property and value of a finding, shortened to one line."""
    parts = [curie(finding.path)] if finding.path else []
    if finding.value is not None:
        value = " ".join(curie(finding.value).split())
        parts.append(value if len(value) <= 80 else value[:77] + "...")
    return f"  {' = '.join(parts)}" if parts else ""
