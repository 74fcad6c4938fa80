"""Kinds of value: the source lines of the generated mapper for a row of a table.

Each function returns lines that read the variable of the value and write a statement about the
variable of the node. What the lines call is defined in `kg.mapping.values` (converters) and
`kg.mapping.page` (the state of one document).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from kg.mapping import vocabulary
from kg.mapping.values import INTEGER
from kg.namespaces import PREFIXES, RDF_TYPE


def expand(curie: str) -> str:
    """Return the IRI of a CURIE; raises KeyError for an unknown prefix."""
    prefix, _, name = curie.partition(":")
    return PREFIXES[prefix] + name


def opening(subject: str) -> str:
    """Return the variable that holds `<IRI> <` for the variable of a node's IRI: how its statements begin."""
    return "s" + subject


@dataclass(frozen=True)
class Slot:
    """Where a row stands in the generated code."""

    subject: str
    """Variable of the node's IRI."""
    value: str
    """Variable of the value."""
    predicate: str
    """IRI of the property."""
    path: str
    """Path of the field, for reports."""
    write: str
    """`add`, or `put` for what may be said twice and is written once."""
    collect: bool
    """Whether the reasoner wants the statement."""
    cls: str | None
    """IRI of the node's class."""
    template: Callable[[str, str], str]
    """Expression for a template such as `/product/{.}` or `flow/{.}` and the expression of its value."""
    around: tuple[str, ...] = ()
    """Variables of the records around, the outermost first."""
    number: str = "0"
    """Variable of the node's number."""
    parent: str = "t"
    """Variable of the IRI of the node around."""
    link: str = ""
    """IRI of the property from the node around."""
    attribute: Callable[[str], str] = str
    """The attribute of the record that a field's name stands for."""

    def literal(self, term: str) -> str:
        """Return the line that writes a literal; `term` is the inside of an f-string."""
        return f"{self.write}(f'{{{opening(self.subject)}}}{self.predicate}> {term}{{g}}')"

    def node(self, iri: str) -> list[str]:
        """Return the lines that write the node in a variable, and collect the statement for the reasoner."""
        lines = [f"{self.write}(f'{{{opening(self.subject)}}}{self.predicate}> <{{{iri}}}{{h}}')"]
        return [*lines, f"tri(({self.subject}, {self.predicate!r}, {iri}))"] if self.collect else lines

    def unread(self) -> list[str]:
        """Return the line that keeps and reports a value that cannot be converted."""
        return [f"p.unread({self.subject}, {self.predicate!r}, {self.path!r}, {self.value})"]

    def evidence(self, about: str, found: str) -> str:
        """Return the line that writes the evidence of the statement; `about` is the value's term."""
        return f"p.evidence({self.subject}, {self.predicate!r}, {about}, {found})"


def _when(test: str, then: list[str], otherwise: list[str] | None = None) -> list[str]:
    lines = [f"if {test}:", *(f"    {line}" for line in then)]
    return [*lines, "else:", *(f"    {line}" for line in otherwise)] if otherwise else lines


def _converted(call: str) -> Callable[[Slot, str], list[str]]:
    """Return the kind of a literal by a converter; what it refuses is kept as text and reported."""
    return lambda s, _: [f"o = {call}({s.value})", *_when("o is not None", [s.literal("{o}")], s.unread())]


def _derived(call: str) -> Callable[[Slot, str], list[str]]:
    """Return the kind of a literal by a converter whose None is no fault: another row has the value as stated."""
    return lambda s, _: [f"o = {call}({s.value})", *_when("o is not None", [s.literal("{o}")])]


def _number(s: Slot, companion: str) -> list[str]:
    text = replace(s, predicate=expand(companion)).literal(f"{{q({s.value})}}")
    return [f"o = number_term({s.value})", *_when("o is not None", [s.literal("{o}")], [text])]


def _code(s: Slot, cls: str) -> list[str]:
    if cls not in vocabulary.load().codes:
        raise KeyError(f"The ontology has no individual of ckg:{cls} with a notation.")
    return [f"o = code_{cls}({s.value})", *_when("o is not None", ["used(o)", *s.node("o")], s.unread())]


def _class(s: Slot, _: str) -> list[str]:
    return [f"o = kinds_of_trial({s.value})", *_when("o is not None", s.node("o"), s.unread())]


def _choice(s: Slot, rest: str) -> list[str]:
    yes, no = (expand(name) for name in rest.split("|"))
    return [f"o = {yes!r} if {s.value} else {no!r}", *s.node("o")]


def _term(s: Slot, _: str) -> list[str]:
    return [f"o = term({s.value})", "used(o)", *s.node("o")]


def _found(make: str) -> Callable[[Slot, str], list[str]]:
    """Return the kind of a node that linking found, with its evidence."""

    def lines(s: Slot, rest: str) -> list[str]:
        value = f"{s.value}.value"
        iri = s.template(rest, value) if make == "template" else f"{make}({value})"
        written = [f"o = {iri}", *replace(s, write="put").node("o"), s.evidence("f'<{o}>'", f"{s.value}.evidence")]
        return [*written, f"p.named(o, {make!r}, {s.value})"] if make not in {"template", "ror"} else written

    return lines


def _found_literal(term: str) -> Callable[[Slot, str], list[str]]:
    def lines(s: Slot, _: str) -> list[str]:
        written = replace(s, write="put").literal("{o}")
        return [f"o = {term.format(s.value)}", written, s.evidence("o", f"{s.value}.evidence")]

    return lines


def _ref(s: Slot, rest: str) -> list[str]:
    return [f"o = keyed({s.template(rest, s.value)})", *_when("o", s.node("o"), s.unread())]


def _evidence(s: Slot, rest: str) -> list[str]:
    """Write the evidence of the node, of its link (`link`), or of a property (`ckg:P`, or `ckg:P of field`)."""
    if rest == "link":
        return [f"p.evidence({s.parent}, {s.link!r}, f'<{{{s.subject}}}>', {s.value})"]
    predicate, _, field = rest.partition(" of ")
    if not predicate:
        return [f"p.evidence({s.subject}, {RDF_TYPE!r}, {f'<{s.cls}>'!r}, {s.value})"]
    about = "None"
    if field:
        of = f"{s.around[-1]}.{s.attribute(field)}"
        about = f"f'<{{t}}/product/{{{of}[0]}}>' if len({of}) == 1 else None"
    return [f"p.evidence({s.subject}, {expand(predicate)!r}, {about}, {s.value})"]


def _response(s: Slot, outcome: str) -> list[str]:
    found = f"p.responses.get((n_{outcome}, i{s.around[-3]}, i{s.around[-2]}))"
    return _when("p.responses", [f"v = {found}", *_when("v is not None", _found("term")(replace(s, value="v"), ""))])


def _otherwise(s: Slot, name: str) -> list[str]:
    return _when(f"{s.around[-1]}.{s.attribute(name)} is None", [s.literal(f"{{q({s.value})}}")])


_KINDS: Final[dict[str, Callable[[Slot, str], list[str]]]] = {
    "text": lambda s, _: [s.literal(f"{{q({s.value})}}")],
    "otherwise": _otherwise,
    "verbatim": lambda s, _: [s.literal(f"{{literal({s.value})}}")],
    "markup": lambda s, _: [s.literal(f"{{plain({s.value})}}")],
    "integer": lambda s, _: [s.literal(f'"{{{s.value}:.0f}}{INTEGER}')],
    "boolean": lambda s, _: [s.literal(f"{{BOOLEAN[{s.value}]}}")],
    "count": _converted("count_term"),
    "decimal": _converted("decimal_term"),
    "lexical-decimal": _converted("number_term"),
    "date": _converted("date_term"),
    "datetime": _converted("datetime_term"),
    "years": _converted("years_term"),
    "url": _converted("url_term"),
    "year": _derived("year_term"),
    "country-code": _derived("country_code"),
    "identifier-scheme": _derived("identifier_scheme"),
    "registry-number": _derived("registry_number"),
    "own-number": _derived("own_number"),
    "intervention-label": _derived("p.intervention_label"),
    "number": _number,
    "class": _class,
    "code": _code,
    "choice": _choice,
    "term": _term,
    "found": _found("term"),
    "agent": _found("agent"),
    "antigen": _found("antigen"),
    "ror": _found("ror"),
    "found-node": _found("template"),
    "truth": _found_literal("BOOLEAN[{}.value == 'true']"),
    "words": _found_literal("q({}.value)"),
    "label": lambda s, _: [s.literal(f"{{q(label({s.subject}, {s.value}))}}")],
    "agent-label": lambda s, _: [s.literal(f"{{q(label(agent({s.value}.value), {s.value}.value))}}")],
    "node": lambda s, rest: [f"o = {s.template(rest, s.value)}", *s.node("o")],
    "ref": _ref,
    "trial-node": lambda s, _: [f"o = p.cited_trial({s.value})", *_when("o", s.node("o"))],
    "uses": lambda s, _: [f"for o in p.uses({s.number}):", *(f"    {line}" for line in s.node("o"))],
    "evidence": _evidence,
    "counted": lambda s, _: _when("counted", _derived("count_term")(s, "")),
    "counted-of": lambda s, _: _when("counted", _derived("analyzed.get")(s, "")),
    "analyzed": _derived("analyzed.get"),
    "response": _response,
}


def from_record(kind: str) -> bool:
    """Whether a kind is written from the whole record, even when the field of the path is empty."""
    return kind.partition(":")[0] in {"uses", "response"}


def lines(kind: str, slot: Slot) -> list[str]:
    """Return the source lines for a kind of value; raises KeyError for an unknown kind."""
    if kind.startswith('"'):
        return [slot.literal(kind)]
    if kind.startswith("="):
        iri = expand(kind[1:])
        return [f"o = {iri!r}", "used(o)", *slot.node("o")]
    name, _, rest = kind.partition(":")
    return _KINDS[name](slot, rest)
