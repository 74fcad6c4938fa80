"""The table `organizations.tsv`: names as registries state them, each with a verified identifier of ROR.

ROR is the Research Organization Registry. Its identifiers are a zero, six characters of Crockford's
base 32 and two check digits (ISO 7064 mod 97-10); see https://ror.org/facts/.
"""

import re
from collections.abc import Iterator
from typing import Final

from kg.iri import slug
from kg.ontology.tables import read

COLUMNS: Final = ("name", "ror", "ror_name", "verified_from")
_BASE32: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_FORM: Final = re.compile(rf"(0[{_BASE32}]{{6}})([0-9]{{2}})", re.ASCII)


def rows() -> list[dict[str, str]]:
    """Return the rows of the table; raises UnreadableInputError as `kg.ontology.tables.read` does."""
    return read("organizations.tsv", COLUMNS)


def is_ror(text: str) -> bool:
    """Tell whether a text is a ROR id without its namespace, check digits included: `040gcmg81`."""
    match = _FORM.fullmatch(text)
    if match is None:
        return False
    number = 0
    for character in match[1]:
        number = number * 32 + _BASE32.index(character)
    return int(match[2]) == 98 - number * 100 % 97


def faults(table: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the name and what is wrong, in a sentence, for every row that says something it must not."""
    identities: dict[str, str] = {}
    own_names: dict[str, str] = {}
    for row in table:
        name, ror = row["name"], row["ror"]
        if not is_ror(ror):
            yield name, f"{ror!r} is no ROR id: its form or its check digits are wrong. Copy it from its source again."
        if not row["ror_name"] or not row["verified_from"]:
            yield name, "has no name in ROR or no source. Show where the id was seen beside the name, or take it out."
        if identities.setdefault(slug(name), ror) != ror:
            yield name, f"is one organisation with another row that has {identities[slug(name)]}. Keep one id."
        if own_names.setdefault(ror, row["ror_name"]) != row["ror_name"]:
            yield name, f"gives {ror} another name than {own_names[ror]!r}. Write the name that ROR gives it."
