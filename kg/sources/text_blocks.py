"""Text blocks of the legacy registry XML: wrapped, indented lines into one line per paragraph or item.

The registry used to print long text at 100 columns, list items marked by `-` and indented by
five columns per level. Its API prints the same text as Markdown, `*` for items and two
columns per level, and so does this module.
"""

import re
from typing import Final, NamedTuple

_BULLET: Final = re.compile(r"-\s{2,4}(?=\S)")
_NUMBER: Final = re.compile(r"\d{1,2}[.)]\s+(?=\S)")
_LEVEL_COLUMNS: Final = 5
_ITEM_COLUMNS: Final = 2


class _Block(NamedTuple):
    """A paragraph or list item: its indentation, whether it is an item, and its text in one line."""

    indent: int
    item: bool
    text: str


def unwrap(text: str | None) -> str | None:
    """Return the text with one line per paragraph or list item, items marked by `*`; None when blank.

    What is inside an item stands below its first word, as in Markdown.
    """
    blocks = _blocks(text or "")
    base = min((block.indent for block in blocks), default=0)
    out: list[str] = []
    columns = [0]
    before: _Block | None = None
    for block in blocks:
        offset = block.indent - base - (_ITEM_COLUMNS if block.item else 0)
        level = min(max(0, round(offset / _LEVEL_COLUMNS)), len(columns) - 1)
        deeper = level >= len(columns) - 1
        if before is not None:
            out.append("\n" if before.item and block.item and not deeper else "\n\n")
        out.append(" " * columns[level] + block.text)
        del columns[level + 1 :]
        if block.item:
            columns.append(columns[level] + block.text.index(" ") + 1)
        before = block
    return "".join(out) or None


def _blocks(text: str) -> list[_Block]:
    """Cut a text at its blank lines, and before each line that is marked as an item."""
    blocks: list[_Block] = []
    lines: list[str] = []
    for line in text.expandtabs(8).splitlines():
        if lines and (not line.strip() or line.lstrip().startswith("-  ")):
            blocks.append(_block(lines))
            lines = []
        if line.strip():
            lines.append(line)
    if lines:
        blocks.append(_block(lines))
    return blocks


def _block(lines: list[str]) -> _Block:
    """Return a block; only a dash with two blanks is the registry's item, one with a single blank is an author's."""
    first = lines[0].lstrip()
    indent = len(lines[0]) - len(first)
    text = " ".join(" ".join(line.split()) for line in lines)
    if _BULLET.match(first):
        return _Block(indent, True, f"* {text[1:].lstrip()}")
    return _Block(indent, _NUMBER.match(text) is not None, text)
