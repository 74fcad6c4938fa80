"""The page on linking explains the rules that linking really uses."""

import re
from pathlib import Path

from kg.linking import link
from kg.linking.matcher import read_table
from kg.record import Document
from kg.record.links import Links

RULE = re.compile(r"rule='([^']+)'")

CELL_TABLES = ("cells", "donors", "tissues", "modifications", "manipulations", "antigens", "expansion", "routes")


def families(links: Links) -> set[str]:
    """Return the first part of each rule id of the cell products."""
    return {
        rule.split(":")[0]
        for rule in RULE.findall(repr(links.products)) + RULE.findall(repr(links.arms))
        if ":" in rule
    }


def test_every_family_of_rules_is_explained(root: Path, gold: dict[str, Document]) -> None:
    page = (root / "docs" / "linking.md").read_text(encoding="utf-8")
    used = set().union(*(families(link(document)) for document in gold.values()))
    assert used >= {"cells", "donors", "tissues", "antigens"}
    assert {family for family in used if f"`{family}:" not in page} == set()


def test_every_lexicon_of_cells_is_whole_and_sorted() -> None:
    """A row names term, synonym and a rule id of its own table; rows are sorted by term."""
    for table in CELL_TABLES:
        rows = read_table(table)
        assert {row.rule.split(":")[0] for row in rows} == {table}
        assert [row.term for row in rows] == sorted(row.term for row in rows)
        assert len({(row.term, row.synonym, row.context) for row in rows}) == len(rows)
