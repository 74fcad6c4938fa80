"""What the generated mapper calls: converters, look-ups in the vocabulary, texts made of a record."""

import csv
import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from kg import iri
from kg.mapping import tables, values, vocabulary
from kg.namespaces import CKG
from kg.nquads import literal
from kg.record.protocol import SecondaryIdInfo
from kg.record.results import BaselineMeasure, MeasureClass, OutcomeMeasure
from kg.record.study import StatedIdentifier
from kg.registries import registry_number as find_number

COUNTED: Final = frozenset({"COUNT_OF_PARTICIPANTS", "COUNT_OF_UNITS"})
"""Parameters whose values are numerators."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
_WORDS: Final = re.compile(r"[\W_]+")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_SCHEMES: Final = {"EUDRACT_NUMBER": "EudraCT", "CTIS": "CTIS"}
_REGISTRIES: Final = frozenset({"EUDRACT_NUMBER", "CTIS", "REGISTRY"})


@lru_cache(1 << 12)
def term(name: str) -> str:
    """Return the IRI of a term that linking names; raises ValueError for what is no local name."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is no local name of the ontology.")
    return CKG + name


@lru_cache(1 << 12)
def agent(name: str) -> str:
    """Return the IRI of an agent by the slug that linking gives."""
    return vocabulary.agent_iri(name)


@lru_cache(1 << 12)
def antigen(symbol: str) -> str:
    """Return the IRI of an antigen."""
    return iri.antigen(symbol)


@lru_cache(1 << 12)
def segments(value: str | int) -> str:
    """Return a reference such as `primary/1` as path segments of an IRI."""
    return "/".join(iri.identifier(part) for part in str(value).split("/"))


@lru_cache(1 << 15)
def quoted(text: str) -> str:
    """Return text as a literal; names and titles come again and again."""
    return literal(text)


def plain(text: str) -> str:
    r"""Return text as a literal without the Markdown escapes (`\>`, `\[`) that only the registry's API writes."""
    return literal(_ESCAPED.sub(r"\1", text) if "\\" in text else text)


def label(subject: str, otherwise: str) -> str:
    """Return the label that the ontology gives a node, else the words of the document."""
    return vocabulary.load().labels.get(subject, otherwise)


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    with (files(tables) / "countries.tsv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            found.update((_plain(name), row["code"]) for name in row["names"].split("|"))
            found[row["code"].lower()] = row["code"]
    return found


def _plain(name: str) -> str:
    return _WORDS.sub(" ", name.casefold().replace("&", " and ")).strip()


@lru_cache(1 << 12)
def country_code(name: str) -> str | None:
    """Return the ISO 3166-1 code of a country's name as a literal; None for a name that is not in the table."""
    code = _countries().get(_plain(name))
    return code and literal(code)


def identifier_scheme(number: SecondaryIdInfo) -> str | None:
    """Return the scheme of a secondary number as a literal: by its type, its form, or the body as stated."""
    scheme = _SCHEMES.get(number.type or "")
    if scheme is None and number.id and (found := find_number(number.id)):
        scheme = found.scheme
    scheme = scheme or number.domain
    return literal(scheme) if scheme else None


def registry_number(number: SecondaryIdInfo) -> str | None:
    """Return a secondary number as a literal where a registry gave it, by its type or, without one, its form."""
    if not number.id:
        return None
    given = number.type in _REGISTRIES or (number.type is None and find_number(number.id) is not None)
    return literal(number.id) if given else None


def own_number(number: StatedIdentifier) -> str | None:
    """Return a number as a literal where the document gives it as the trial's own in a registry."""
    return literal(number.value) if number.role == "registry" else None


def analyzed_of(measured: MeasureClass, measure: BaselineMeasure | OutcomeMeasure) -> dict[str, str]:
    """Return how many of each group were analysed, as literals by group.

    A class's own denominators come before those of the whole measure; of several units, the one
    that the measure selects, else participants, else the first.
    """
    denoms = measured.denoms or measure.denoms
    chosen = [d for d in denoms if d.units == (measure.denom_units_selected or "Participants")] or denoms[:1]
    counts = ((c.group_id, values.count_term(c.value)) for d in chosen for c in d.counts if c.group_id and c.value)
    return {group: count for group, count in counts if count}


def _codes(name: str) -> Callable[[str], str | None]:
    codes = dict(vocabulary.load().codes[name])
    codes.update((text, codes[code]) for (cls, text), code in tables.synonyms().items() if cls == name)
    return codes.get


def names() -> dict[str, Any]:
    """Return the global names of the generated code."""
    found: dict[str, Any] = {f"code_{name}": _codes(name) for name in vocabulary.load().codes}
    found["kinds_of_trial"] = vocabulary.load().subclass_codes.get
    for name in ("date_term", "datetime_term", "year_term", "count_term", "number_term", "decimal_term"):
        found[name] = getattr(values, name)
    found.update(years_term=values.years_term, url_term=values.url_term, BOOLEAN=values.BOOLEAN, COUNTED=COUNTED)
    found.update(
        q=quoted, literal=literal, plain=plain, term=term, agent=agent, antigen=antigen, segments=segments, label=label
    )
    found.update(country_code=country_code, identifier_scheme=identifier_scheme, registry_number=registry_number)
    found.update(own_number=own_number, analyzed_of=analyzed_of, ror=iri.ror)
    return found
