"""The catalogue of questions in `queries/`, and their parameters bound as terms.

A question is one `.rq` file: a `#+` header in YAML (as grlc writes it), then plain SPARQL that
any engine runs as it stands. A parameter is a block `VALUES ?_name { default }` of the text;
binding replaces the terms of the block, and `UNDEF` means "any".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias, cast

import pyoxigraph as ox
import yaml

from kg import sparql
from kg.errors import UsageError
from kg.files import data_folder
from kg.namespaces import CKG, KG, PREFIXES, XSD

ParameterType = Literal["text", "integer", "year", "iri", "term", "condition", "substance", "antigen", "any"]


class HasN3(Protocol):
    """A term of rdflib."""

    def n3(self) -> str:
        """Return the term as SPARQL writes it."""


Value: TypeAlias = str | int | HasN3 | ox.NamedNode | ox.Literal
"""What a caller may bind: text as typed, a number, or a ready RDF term of rdflib or pyoxigraph."""

_PLACES: Final[Mapping[str, str]] = {
    "term": CKG,
    "condition": f"{KG}condition/",
    "substance": f"{KG}substance/",
    "antigen": f"{KG}antigen/",
    "iri": KG,
}
_HINTS: Final[Mapping[str, str]] = {
    "text": "text",
    "integer": "a whole number",
    "year": "a year such as 2021",
    "iri": "an IRI",
    "term": "a term of the ontology such as NKCellProduct, or an IRI",
    "condition": "a condition such as mesh-D015470, or an IRI",
    "substance": "a substance by its INN such as lenalidomide, or an IRI",
    "antigen": "an antigen by its gene symbol such as CD19, or an IRI",
    "any": "text, a whole number, or an <IRI> in angle brackets",
}
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_TEXT_LIMIT: Final = 256 * 1024
_SEGMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*\Z")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]+\Z")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a question: `default` holds the terms as written in the file, empty for "any"."""

    name: str
    type: ParameterType
    description: str
    default: str
    variable: str
    """The variable whose VALUES block holds the terms."""

    @property
    def hint(self) -> str:
        """What a value looks like, for help and error messages."""
        return _HINTS[self.type]

    def term(self, value: Value) -> ox.NamedNode | ox.Literal:
        """Return the RDF term of a value; raises UsageError for a value that does not fit the type."""
        if (ready := ready_term(value)) is not None:
            return ready
        text = str(value).strip()
        if self.type == "any":
            return self._guessed(value, text)
        if self.type == "text":
            return ox.Literal(text)
        if self.type in ("integer", "year"):
            pattern = r"[12]\d{3}" if self.type == "year" else r"[+-]?\d{1,18}"
            if not re.fullmatch(pattern, text, re.ASCII):
                raise self._misfit(text)
            return ox.Literal(str(int(text)), datatype=ox.NamedNode(f"{XSD}integer"))
        return self._iri(text)

    def _guessed(self, value: Value, text: str) -> ox.NamedNode | ox.Literal:
        if isinstance(value, int):
            return ox.Literal(value)
        return self._iri(text) if text.startswith("<") and text.endswith(">") else ox.Literal(text)

    def _iri(self, text: str) -> ox.NamedNode:
        if text.startswith("<") and text.endswith(">"):
            text = text[1:-1]
        prefix, colon, local = text.partition(":")
        if colon and not local.startswith("//"):
            if prefix not in PREFIXES:
                known = ", ".join(f"{name}:" for name in PREFIXES)
                raise UsageError(f"The prefix {prefix!r} of {text!r} is not known; use an IRI or one of {known}")
            text = PREFIXES[prefix] + local
        elif not colon:
            if not _SEGMENT.match(text):
                raise self._misfit(text)
            text = _PLACES[self.type] + text
        if not _IRI.match(text):
            raise self._misfit(text)
        return ox.NamedNode(text)

    def _misfit(self, text: str) -> UsageError:
        return UsageError(f"The parameter {self.name} takes {self.hint}, not {text!r}.")


@dataclass(frozen=True)
class Column:
    """A column of the answer: the name of its variable and what it holds."""

    name: str
    description: str


@dataclass(frozen=True)
class Question:
    """A question of the catalogue: what it asks, how it can be varied, what it answers."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    text: str
    trusted: bool = True
    """Whether it comes with cellkg; a user's own text is checked before it is asked of a local graph."""

    def bound(self, values: Mapping[str, Value | Sequence[Value]]) -> str:
        """Return the SPARQL text with values bound; several values of one parameter mean "any of them".

        Raises UsageError for a name that is no parameter of the question and for a value
        that does not fit its type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        terms: dict[str, list[str]] = {}
        for name, value in values.items():
            if name not in known:
                raise UsageError(f"The query {self.name} has no parameter {name!r}; {self._choices()}.")
            several = _several(value)
            if not several:
                raise UsageError(f"The parameter {name} of {self.name} is given without a value.")
            terms[known[name].variable] = [str(known[name].term(one)) for one in several]
        return sparql.bind(self.text, terms)

    def _choices(self) -> str:
        if not self.parameters:
            return "it takes none"
        return "it takes " + ", ".join(parameter.name for parameter in self.parameters)


def _several(value: Value | Sequence[Value]) -> list[Value]:
    # A string and a term of rdflib are sequences too: only a list or a tuple means several values.
    if isinstance(value, (list, tuple)):
        return list(value)
    return [cast("Value", value)]


def ready_term(value: Value) -> ox.NamedNode | ox.Literal | None:
    """Return a ready RDF term of rdflib or pyoxigraph as the latter; None for plain text and numbers."""
    if isinstance(value, (ox.NamedNode, ox.Literal)):
        return value
    if not hasattr(value, "n3"):
        return None
    import rdflib

    if isinstance(value, rdflib.URIRef):
        if not _IRI.match(value):
            raise UsageError(f"{str(value)!r} is no IRI.")
        return ox.NamedNode(str(value))
    if isinstance(value, rdflib.Literal):
        if value.language:
            return ox.Literal(str(value), language=value.language)
        return (
            ox.Literal(str(value), datatype=ox.NamedNode(str(value.datatype)))
            if value.datatype
            else ox.Literal(str(value))
        )
    raise UsageError(f"{value!r} cannot be bound to a parameter; give text, a number, an IRI or a literal.")


def catalogue() -> Mapping[str, Question]:
    """Return the questions that come with cellkg, by name, in alphabetical order."""
    return _load(data_folder("queries"))


@cache
def _load(folder: Path) -> Mapping[str, Question]:
    return {path.stem: read(path) for path in sorted(folder.glob("*.rq"))}


def find(name: str) -> Question:
    """Return a question by name; raises UsageError, with the nearest names, when there is none."""
    questions = catalogue()
    if name in questions:
        return questions[name]
    near = get_close_matches(name, questions, n=3, cutoff=0.5) or [
        one for one in questions if any(word in one.split("-") for word in name.lower().split("-"))
    ]
    advice = f"did you mean {' or '.join(near[:3])}?" if near else "`cellkg queries` lists them."
    raise UsageError(f"There is no query {name!r}; {advice}")


def resolve(question: str) -> Question:
    """Return a question of the catalogue by its name, or the question that a SPARQL text asks."""
    return find(question) if _NAME.match(question.strip()) else of_text(question)


def of_text(text: str, name: str = "query") -> Question:
    """Return a user's own SPARQL text as a question; its parameters are its `VALUES ?name { }` blocks.

    The project's prefixes need no declaration. Raises UsageError for a text without SELECT,
    CONSTRUCT, ASK or DESCRIBE, and for one over the size limit.
    """
    if len(text) > _TEXT_LIMIT:
        raise UsageError(f"The query has {len(text):,} characters; at most {_TEXT_LIMIT:,} are taken.")
    if sparql.form(text) is None:
        raise UsageError("The query has no SELECT, CONSTRUCT, ASK or DESCRIBE; cellkg only reads a graph.")
    text = sparql.with_prefixes(text, PREFIXES)
    parameters = tuple(
        Parameter(variable.removeprefix("_"), "any", "", "", variable) for variable in sparql.parameter_blocks(text)
    )
    return Question(name, "", "", (), parameters, (), text, trusted=False)


def read(path: Path) -> Question:
    """Return the question in a file of the catalogue; raises UsageError when its header does not describe it."""
    text = path.read_text(encoding="utf-8")
    header = "\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+"))
    try:
        return _question(path.stem, yaml.safe_load(header), text)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: the #+ header cannot be read ({error}); see CONTRIBUTING, 'Add a query'.") from error


def _question(name: str, fields: dict[str, Any], text: str) -> Question:
    blocks = sparql.parameter_blocks(text)
    parameters = []
    for entry in fields.get("parameters") or ():
        begin, end = blocks[f"_{entry['name']}"][0]
        default = text[begin:end].strip().removeprefix("UNDEF")
        variable = f"_{entry['name']}"
        parameters.append(Parameter(entry["name"], entry["type"], entry["description"], default, variable))
    columns = tuple(Column(key, value) for entry in fields["columns"] for key, value in entry.items())
    return Question(
        name=name,
        summary=str(fields["summary"]).strip(),
        description=str(fields["description"]).strip(),
        tags=tuple(fields["tags"]),
        parameters=tuple(parameters),
        columns=columns,
        text=text,
    )


def assignments(pairs: Iterable[str]) -> dict[str, list[str]]:
    """Return `name=value` pairs by name, repeated names as several values; raises UsageError without `=`."""
    values: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"A parameter is given as name=value, not {pair!r}.")
        values.setdefault(name.strip(), []).append(value)
    return values
