"""The tables compiled to Python source: one function per top-level section.

The generated code reads the typed record by attributes and appends finished lines of N-Quads, so
that a row costs an f-string and no look-up. `source` returns it as text for anybody who wants to
read it; `compiled` caches the functions for a set of properties that the reasoner wants.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any, Final

from kg.mapping import kinds
from kg.mapping.kinds import Slot, expand, opening
from kg.mapping.tables import Row, Table, load
from kg.mapping.types import ROOTS, fields_of, is_record, study_type
from kg.namespaces import RDF_TYPE

_FIELD: Final = re.compile(r"\{([^}]*)\}")
_MINT: Final = re.compile(r"@(\w+)\(([^)]*)\)\Z")
_CALLS: Final = {"text": "q", "markup": "plain"}
_PRELUDE: Final = (
    "t = p.trial",
    "st = f'<{t}> <'",
    "g = p.suffix",
    "h = '>' + g",
    "keyed = p.keyed.get",
    "add = p.lines.append",
    "put = p.shared.setdefault",
    "tri = p.triples.append",
    "used = p.used.add",
    "study = p.study",
    "links = p.links",
    "additions = p.additions",
    "eligibility = p.eligibility",
)


@dataclass(frozen=True)
class Level:
    """A record that the generated code holds in a variable."""

    variable: str
    kind: Any
    table: str | None = None
    subject: str = "t"
    number: str = "0"


class _Writer:
    """Collects indented source lines; statements in sequence become one call of `add`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self._names = 0
        self._add: tuple[int, int] | None = None
        """Line and depth of the last `add`, while nothing but statements for the reasoner followed it."""

    def line(self, *texts: str) -> None:
        for text in texts:
            adds = text.startswith("add(f'")
            if adds and self._add is not None and self._add[1] == self.depth:
                number = self._add[0]
                self.lines[number] = f"{self.lines[number][:-1]} {text[4:]}"
                continue
            if adds:
                self._add = len(self.lines), self.depth
            elif not text.startswith("tri("):
                self._add = None
            self.lines.append("    " * self.depth + text)

    def block(self, header: str) -> None:
        self.line(header)
        self.depth += 1

    def name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}{self._names}"


class _Compiler:
    """Writes the functions of all tables."""

    def __init__(self, tables: tuple[Table, ...], predicates: frozenset[str]) -> None:
        self.tables = tables
        self.predicates = predicates
        self.children = {t.name: [c for c in tables if c.parent == t.name] for t in tables}
        self.raised = {row.property[1:] for t in tables for row in t.rows if row.property.startswith("^")}
        self.out = _Writer()
        self.hoisted: dict[tuple[str, str], str] = {}
        """Section and path to the variable that holds its statements from the property on."""

    def run(self) -> str:
        """Return the source of all functions."""
        for table in self.tables:
            if table.parent is None:
                self._function(table)
        return "\n".join(self.out.lines) + "\n"

    def _function(self, table: Table) -> None:
        self.out.block(f"def {function_name(table)}(p):")
        self.out.line(*_PRELUDE)
        for part in self._family(table):
            if part.iri.startswith("/"):
                self.out.line(f"{self._number(part)} = 0")
        self._table(table, (Level("study", study_type()),))
        self.out.depth = 0

    def _family(self, table: Table) -> list[Table]:
        return [table, *(t for child in self.children[table.name] for t in self._family(child))]

    @staticmethod
    def _number(table: Table) -> str:
        return "n_" + re.sub(r"\W", "_", table.name)

    def _table(self, table: Table, around: tuple[Level, ...]) -> None:
        depth = self.out.depth
        number = self._number(table)
        if not table.iri.startswith("/"):
            self.out.line(f"{number} = 0")
        parent = next(level.subject for level in reversed(around) if level.subject)
        if table.when == "article":
            self.out.block("if not p.describes_trial:")
        levels = self._descend(table, around)
        record = levels[-1]
        self.out.line(f"{number} += 1")
        subject = parent if table.iri == "." else self.out.name("u")
        here = (*levels[:-1], replace(record, table=table.name, subject=subject, number=number))
        if table.iri != ".":
            self._node(table, here, parent, subject)
        elif table.cls:
            self._type(table, subject, "add")
        self._rows(table, here, parent)
        for child in self.children[table.name]:
            self._table(child, here)
        self.out.depth = depth

    def _descend(self, table: Table, around: tuple[Level, ...]) -> tuple[Level, ...]:
        """Write the loops down to the records of a table; return the records held."""
        at = table.at
        base = around[-1]
        if at == ".":
            return (*around, base)
        absolute = at.startswith("/") or len(around) == 1
        tokens = at.lstrip("/").split(".")
        if absolute:
            variable, kind = ROOTS.get(tokens[0], ("study", study_type()))
            base = Level(variable, kind)
            tokens = tokens[1:] if tokens[0] in ROOTS else tokens
        levels, variable, kind = list(around), base.variable, base.kind
        lists = sum(token.endswith("[]") for token in tokens)
        self._hoist(table, lists, base)
        counted = any(row.value.startswith("response") for row in table.rows)
        results = any(row.value == "analyzed" for row in table.rows)
        for token in tokens:
            item = fields_of(kind)[token.removesuffix("[]")]
            held, kind = self.out.name("x"), item.inside
            self.out.line(f"{held} = {variable}.{item.attribute}")
            if item.optional:
                self.out.block(f"if {held} is not None:")
            if item.listed:
                variable = self.out.name("r")
                if counted:
                    self.out.block(f"for i{variable}, {variable} in enumerate({held}):")
                else:
                    self.out.block(f"for {variable} in {held}:")
                levels.append(Level(variable, kind, subject=""))
                lists -= 1
                self._hoist(table, lists, levels[-1])
                if results and item.name == "classes":
                    measure = levels[-2].variable
                    self.out.line(f"counted = {measure}.param_type in COUNTED")
                    self.out.line(f"analyzed = analyzed_of({variable}, {measure})")
            else:
                variable = held
        if not tokens or not tokens[-1].endswith("[]"):
            levels.append(Level(variable, kind, subject=""))
        return tuple(levels)

    def _hoist(self, table: Table, ups: int, level: Level) -> None:
        """Write the texts that all records below share, once for the record around them."""
        if ups == 0:
            return
        for path, rows in groupby(table.rows, key=lambda row: row.path):
            group = tuple(rows)
            if path.count("../") != ups or any(row.value not in _CALLS for row in group):
                continue
            item = fields_of(level.kind)[path[3 * ups :]]
            shared = self.out.name("c")
            self.hoisted[table.name, path] = shared
            self.out.line(f"{shared} = {level.variable}.{item.attribute}")
            self.out.block(f"if {shared} is not None:")
            terms = [f"f'{expand(row.property)}> {{{_CALLS[row.value]}({shared})}}{{g}}'" for row in group]
            self.out.line(f"{shared} = ({', '.join(terms)},)")
            self.out.depth -= 1

    def _node(self, table: Table, levels: tuple[Level, ...], parent: str, subject: str) -> None:
        """Write the node's IRI, its class and the link from its parent."""
        first, _, second = table.iri.partition(" or ")
        match = _MINT.match(first)
        if match:
            arguments = ", ".join(self._argument(name.strip(), levels[-1]) for name in match[2].split(","))
            self.out.line(f"{subject} = p.mint_{match[1]}({arguments})")
            if second:
                self.out.line(f"if {subject} is None:", f"    {subject} = {self._iri(second, levels, parent)}")
            else:
                self.out.block(f"if {subject} is not None:")
        else:
            self.out.line(f"{subject} = {self._iri(first, levels, parent)}")
        write = "put" if table.minted else "add"
        self.out.line(f"{opening(subject)} = f'<{{{subject}}}> <'")
        if table.link:
            self._link(table, levels[-1], parent, subject, write)
        if table.cls:
            self._type(table, subject, write)
        if "key" in table.headers:
            self.out.line(f"p.key({self._expression(table.headers['key'], levels, '', raw=True)}, {subject})")

    def _type(self, table: Table, subject: str, write: str) -> None:
        cls = expand(table.cls or "")
        self.out.line(f"{write}(f'{{{opening(subject)}}}{RDF_TYPE}> <{cls}{{h}}')")
        if table.headers.get("inference") != "none":
            self.out.line(f"tri(({subject}, {RDF_TYPE!r}, {cls!r}))")

    def _link(self, table: Table, record: Level, parent: str, subject: str, write: str) -> None:
        depth = self.out.depth
        predicate = repr(expand(table.link or ""))
        if "link-if" in table.headers:
            condition, other = table.headers["link-if"].split()
            predicate = f"{expand(other)!r} if {self._condition(condition, record)} else {predicate}"
        if table.when == "any":
            self.out.block("if p.describes_trial:")
        if "link-if" in table.headers:
            self.out.line(f"o = {predicate}", f"{write}(f'{{{opening(parent)}}}{{o}}> <{{{subject}}}{{h}}')")
            if {expand(other), expand(table.link or "")} & self.predicates:
                self.out.line(f"tri(({parent}, o, {subject}))")
        else:
            iri = expand(table.link or "")
            self.out.line(f"{write}(f'{{{opening(parent)}}}{iri}> <{{{subject}}}{{h}}')")
            if iri in self.predicates:
                self.out.line(f"tri(({parent}, {iri!r}, {subject}))")
        self.out.depth = depth

    def _condition(self, condition: str, record: Level) -> str:
        name, _, value = condition.partition("=")
        if value:
            return f"{record.variable}.{fields_of(record.kind)[name].attribute} == {value!r}"
        if name in fields_of(record.kind):
            return f"{record.variable}.{fields_of(record.kind)[name].attribute}"
        return f"p.is_{name}({record.number})"

    def _argument(self, name: str, record: Level) -> str:
        return record.variable if name == "." else f"{record.variable}.{fields_of(record.kind)[name].attribute}"

    def _iri(self, template: str, levels: tuple[Level, ...], parent: str) -> str:
        base = "t" if template.startswith("/") else parent
        return "f'{" + base + "}/" + self._expression(template.lstrip("/"), levels, "")[2:]

    def _expression(self, template: str, levels: tuple[Level, ...], value: str, raw: bool = False) -> str:
        """Return the f-string of a template: `{n}`, `{.}`, the number of a section around, or a field.

        Values become path segments; `raw` leaves them as they are, for the names of nodes.
        """
        call = "" if raw else "segments"

        def filled(match: re.Match[str]) -> str:
            name = match[1]
            record = levels[-1]
            if name == "n":
                return "{" + record.number + "}"
            if name == ".":
                return "{" + f"{call}({value})" + "}"
            for level in levels:
                if level.table == name:
                    return "{" + level.number + "}"
            return "{" + f"{call}({self._argument(name, record)})" + "}"

        return f"f'{_FIELD.sub(filled, template)}'"

    def _rows(self, table: Table, levels: tuple[Level, ...], parent: str) -> None:
        for path, rows in groupby(table.rows, key=lambda row: row.path):
            depth = self.out.depth
            self._path(table, path, tuple(rows), levels, parent)
            self.out.depth = depth

    def _path(self, table: Table, path: str, rows: tuple[Row, ...], levels: tuple[Level, ...], parent: str) -> None:
        """Write the rows of one path: the way to the value, then a statement for each row."""
        ups = path.count("../")
        if (table.name, path) in self.hoisted:
            shared, begins = self.hoisted[table.name, path], opening(levels[-1].subject)
            self.out.block(f"if {shared} is not None:")
            self.out.line(f"add(f'{''.join(f'{{{begins}}}{{{shared}[{i}]}}' for i in range(len(rows)))}')")
            return
        base = levels[len(levels) - 1 - ups]
        tokens = path[3 * ups :].split(".")
        if tokens[0] in ROOTS and ups == 0:
            base = Level(*ROOTS[tokens[0]])
            tokens = tokens[1:]
        variable, kind = base.variable, base.kind
        if path == "{n}":
            variable = base.number
        elif path not in (".", "-") and not kinds.from_record(rows[0].value):
            for token in tokens:
                item = fields_of(kind)[token.removesuffix("[]")]
                held, kind = self.out.name("v"), item.inside
                self.out.line(f"{held} = {variable}.{item.attribute}")
                variable = held
                if item.listed and rows[0].value.startswith("evidence"):
                    continue
                if item.optional:
                    self.out.block(f"if {held} is not None:")
                if item.listed:
                    variable = self.out.name("v")
                    unique = held if is_record(kind) else f"dict.fromkeys({held})"
                    self.out.block(f"for {variable} in {unique}:")
        for row in rows:
            self.out.line(*kinds.lines(row.value, self._slot(table, row, variable, levels, parent)))

    def _slot(self, table: Table, row: Row, variable: str, levels: tuple[Level, ...], parent: str) -> Slot:
        name = row.property.removeprefix("^")
        predicate = "" if name == "-" else expand(name)
        raised = row.property.startswith("^")
        record = levels[-1]
        around = tuple(level.variable for level in levels)

        def template(text: str, value: str) -> str:
            if text.startswith("/"):
                return "f'{t}" + self._expression(text, levels, value)[2:]
            return self._expression(text, levels, value, raw=row.value.startswith("ref:"))

        return Slot(
            subject=parent if raised else record.subject,
            value=variable,
            predicate=predicate,
            path=full_path(table, row),
            write="put" if table.minted or name in self.raised else "add",
            collect=predicate in self.predicates or predicate == RDF_TYPE,
            cls=expand(table.cls) if table.cls else None,
            template=template,
            around=around[-4:],
            number=record.number,
            parent=parent,
            link=expand(table.link) if table.link else "",
            attribute=lambda field: fields_of(record.kind)[field].attribute,
        )


def function_name(table: Table) -> str:
    """Return the name of the generated function of a top-level section."""
    return "map_" + re.sub(r"\W", "_", table.name)


@cache
def _by_name() -> dict[str, Table]:
    return {table.name: table for table in load()}


def record_path(table: Table) -> str:
    """Return the path of a section's records from the whole document; empty for the study itself."""
    if table.at.startswith("/"):
        return table.at[1:]
    above = record_path(_by_name()[table.parent]) if table.parent else ""
    if table.at == ".":
        return above
    return f"{above}.{table.at}" if above else table.at


def full_path(table: Table, row: Row) -> str:
    """Return the path of a row's value from the whole document; empty for a row without one."""
    if row.path in ("-", "{n}"):
        return ""
    base, path = record_path(table), row.path
    while path.startswith("../"):
        cut = base.rfind("[]", 0, -2)
        base, path = base[: cut + 2] if cut >= 0 else "", path[3:]
    if path == ".":
        return base
    return f"{base}.{path}" if base and path.split(".")[0] not in ROOTS else path


def source(predicates: frozenset[str] = frozenset()) -> str:
    """Return the generated Python source."""
    return _Compiler(load(), predicates).run()


@cache
def compiled(predicates: frozenset[str]) -> tuple[tuple[str, Callable[[Any], None]], ...]:
    """Return (`trial`, `article` or `any`; function) for each top-level section, in the order of writing."""
    from kg.mapping.runtime import names

    namespace: dict[str, Any] = names()
    exec(compile(source(predicates), "<kg.mapping tables>", "exec"), namespace)  # noqa: S102 - our own tables
    return tuple((t.when, namespace[function_name(t)]) for t in load() if t.parent is None)
