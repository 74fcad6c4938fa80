"""The tables as a page of the documentation, and their layout as text."""

import re
from typing import Final

from kg.mapping import tables
from kg.mapping.compiler import record_path
from kg.mapping.tables import Table

_COLUMNS: Final = re.compile(r"\s{2,}")
_TOPICS: Final = {
    "trial": "The trial",
    "people": "Organisations, officials and sites",
    "arms": "Arms, interventions, planned outcomes, criteria",
    "references": "Publications, links, data and documents",
    "flow": "Participant flow",
    "baseline": "Baseline characteristics",
    "reported": "Reported outcomes",
    "events": "Adverse events",
    "derived": "Derived headings and annotations",
    "products": "Conditions, products and what interventions administer",
    "giving": "What arms give",
    "findings": "Findings on outcomes and results",
    "additions": "What other sources add",
    "article": "Articles",
}
_VALUES: Final = (
    ("`text`, `verbatim`", "the text as stated"),
    ("`markup`", "the text without the Markdown escapes (`\\>`) that only the registry's API writes"),
    ("`otherwise:F`", "the text, where the field F is empty"),
    ("`integer`, `count`", "`xsd:integer`; `count` reads digits out of text"),
    ("`decimal`, `lexical-decimal`", "`xsd:decimal` in canonical form"),
    ("`number:P`", "`xsd:decimal` where the text is a number, else the text as stated in the property P"),
    ("`boolean`, `truth`", "`xsd:boolean`"),
    ("`date`", "`xsd:date`, `xsd:gYearMonth` or `xsd:gYear`, as precise as stated; never padded"),
    ("`datetime`, `year`, `years`", "`xsd:dateTime`; the year of a date; an age in years"),
    ("`url`", "`xsd:anyURI`, http(s) alone"),
    ("`code:C`", "the individual of class C whose `skos:notation` is the code"),
    ("`class`, `choice:A|B`", "a class: by its notation; A for true, B for false"),
    ("`=I`, quoted text", "always this individual or text"),
    ("`ref:K`, `node:T`", "the node that bears the key K; the node at T"),
    ("`term`, `found`, `agent`, `antigen`, `ror`, `words`, `found-node:T`", "what linking found, with its evidence"),
    ("`evidence`", "the words on which the node, or the statement named, rests"),
    ("`label`, `agent-label`, `intervention-label`", "the label of the vocabulary, or of the intervention given"),
    ("`uses`", "the interventions of an arm, by its own list"),
    ("`counted`, `counted-of`, `analyzed`", "numerator, denominator, number analysed, by group and unit"),
    ("`response:S`", "the response category of a reported row"),
    ("`country-code`, `identifier-scheme`, `registry-number`, `own-number`, `trial-node`", "derived from the record"),
)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _section(table: Table) -> list[str]:
    subject = f"`{table.cls}`" if table.cls else "adds to a node of another section"
    result = [f"### {table.name}", "", f"{subject}, from `{record_path(table) or 'the record'}`"]
    result[-1] += f", at `{table.iri}`" if table.iri != "." else ""
    if table.link:
        result[-1] += f", linked by `{table.link}`"
    if "link-if" in table.headers:
        condition, other = table.headers["link-if"].split()
        result[-1] += f" (`{other}` if `{condition}`)"
    result[-1] += "."
    note = table.headers.get("note")
    result.extend(["", note] if note else [])
    result.extend(["", "| path | property | value | cardinality | meaning |", "|---|---|---|---|---|"])
    for row in table.rows:
        cells = (_code(row.path), _code(row.property), _code(row.value), row.cardinality, _cell(row.note))
        result.append("| " + " | ".join(cells) + " |")
    return [*result, ""]


def page() -> str:
    """Return `docs/mapping.md`."""
    lines = [
        "# The mapping",
        "",
        "How a record becomes statements: a section for each node, a row for each statement.",
        "Made from `kg/mapping/tables/*.txt` by `make docs`; edit the tables, not this page.",
        "",
        "A value that its converter refuses (an unknown code, `2023-02-31`) is kept as text on a node",
        "`/unread/N` (`ckg:UnreadValue`) and reported; nothing is padded, defaulted or dropped.",
        "Meanings of properties without a note stand in the [terms](terms.md).",
        "",
        "## Kinds of value",
        "",
        "| kind | writes |",
        "|---|---|",
        *(f"| {_cell(kind)} | {text} |" for kind, text in _VALUES),
        "",
    ]
    for file in tables.FILES:
        lines.extend([f"## {_TOPICS[file]}", ""])
        for table in tables.load():
            if table.file == file:
                lines.extend(_section(table))
    lines.extend(["## Left out", "", "| path | kind | reason |", "|---|---|---|"])
    lines.extend(f"| {_code(item.path)} | {item.kind} | {item.reason} |" for item in tables.ignored())
    return "\n".join(lines) + "\n"


def aligned(text: str) -> str:
    """Return the text of a table file with its columns aligned."""
    result: list[str] = []
    block: list[list[str]] = []

    def flush() -> None:
        widths = [max((len(row[i]) for row in block), default=0) for i in range(4)]
        for row in block:
            cells = [cell.ljust(widths[i]) if i < 4 else cell for i, cell in enumerate(row)]
            result.append("  ".join(cells).rstrip())
        block.clear()

    for line in text.splitlines():
        columns = _COLUMNS.split(line.strip(), maxsplit=4)
        if not line.startswith(("#", "[")) and len(columns) >= 4 and columns[3] in tables.CARDINALITIES:
            block.append(columns)
            continue
        flush()
        header = not line.startswith(("#", "[")) and len(columns) > 1
        result.append(columns[0].ljust(9) + "  " + "  ".join(columns[1:]) if header else line)
    flush()
    return "\n".join(result) + "\n"
