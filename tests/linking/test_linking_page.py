"""The page of the documentation that shows a record's words beside the graph is current."""

from pathlib import Path

from kg import sources
from kg.linking.page import page
from kg.record import RawDocument


def test_the_committed_page_shows_what_linking_says_today(root: Path) -> None:
    """Run `python -m kg.linking.page examples/NCT05272293.json > docs/linking-example.md` to renew it."""
    (raw,) = sources.read([root / "examples" / "NCT05272293.json"])
    assert isinstance(raw, RawDocument)
    made = page(sources.decode(raw))
    assert (root / "docs" / "linking-example.md").read_text(encoding="utf-8").rstrip() == made.rstrip()
