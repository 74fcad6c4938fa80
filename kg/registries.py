"""Numbers that trial registries give, recognised by their form.

A registry number is the only name that a trial carries from one source to the next. The forms
are those of the WHO primary registries and of the EU; everything else (a sponsor's protocol
code, a grant, a family of protocols) is no registry number, however much it looks like one.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple


class RegistryNumber(NamedTuple):
    """A number in its canonical spelling, with the place in the text where it stands."""

    scheme: str
    """Short name of the registry: `ClinicalTrials.gov`, `EudraCT`, `CTIS`, `ISRCTN`, `ChiCTR`, ..."""
    value: str
    begin: int
    end: int


_FORMS: Final[tuple[tuple[str, str], ...]] = (
    ("ClinicalTrials.gov", r"NCT\s?(?P<nct>\d{8})"),
    ("CTIS", r"(?:CTIS|EUCT)?[:\s]?(?P<ctis>20[2-9]\d-5\d{5}-\d{2})(?:-\d{2})?"),
    ("EudraCT", r"(?:EUCTR|EudraCT)?[:\s]?(?P<eudract>20[0-2]\d-[0-4]\d{5}-\d{2})(?:-[A-Z]{2,3}|-3rd)?"),
    ("ISRCTN", r"ISRCTN\s?(?P<isrctn>\d{8})"),
    ("ChiCTR", r"(?P<chictr>ChiCTR-?(?:[A-Z]{2,5}-?)?\d{8,10})"),
    ("ANZCTR", r"(?P<anzctr>ACTRN\d{14})"),
    ("CTRI", r"(?P<ctri>CTRI/\d{4}/\d{2,3}/\d{6})"),
    ("DRKS", r"(?P<drks>DRKS\d{8})"),
    ("IRCT", r"(?P<irct>IRCT\d{8,14}(?:N\d{1,3})?)"),
    ("UMIN", r"(?:JPRN-)?(?P<umin>UMIN\d{9})"),
    ("JapicCTI", r"(?:JPRN-)?(?P<japic>JapicCTI-\d{6})"),
    ("jRCT", r"(?:JPRN-)?(?P<jrct>jRCTs?\d{9,10})"),
    ("CRIS", r"(?P<cris>KCT\d{7})"),
    ("NTR", r"(?P<ntr>NTR\d{2,5})"),
    ("PACTR", r"(?P<pactr>PACTR\d{15,16})"),
    ("ReBec", r"(?P<rebec>RBR-[0-9a-z]{6,8})"),
    ("SLCTR", r"(?P<slctr>SLCTR/\d{4}/\d{3})"),
    ("TCTR", r"(?P<tctr>TCTR\d{11})"),
    ("RPCEC", r"(?P<rpcec>RPCEC\d{8})"),
    ("REPEC", r"(?P<repec>PER-\d{3}-\d{2})"),
    ("LBCTR", r"(?P<lbctr>LBCTR\d{10})"),
    ("UTN", r"(?P<utn>U1111-\d{4}-\d{4})"),
)
_PREFIX: Final = {"nct": "NCT", "isrctn": "ISRCTN"}
_USUAL_CASE: Final = {"chictr": "ChiCTR", "japic": "JapicCTI", "jrct": "jRCT", "rebec": "RBR"}
"""Beginnings of numbers that are not all in capitals."""
_SCHEME_OF_GROUP: Final = {name: scheme for scheme, form in _FORMS for name in re.findall(r"\?P<(\w+)>", form)}
_ANY: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(form for _, form in _FORMS)})(?![A-Za-z0-9])", re.IGNORECASE)


def find_registry_numbers(text: str) -> Iterator[RegistryNumber]:
    """Yield every registry number in a text, in order, in its canonical spelling.

    >>> [n.value for n in find_registry_numbers("EudraCT 2019-001929-27; NCT 04347616")]
    ['2019-001929-27', 'NCT04347616']
    """
    for match in _ANY.finditer(text):
        group = match.lastgroup
        if group is None:
            continue
        stated = match.group(group)
        value = _PREFIX[group] + stated if group in _PREFIX else stated
        begin = match.start() if group in _PREFIX else match.start(group)
        canonical = _in_usual_case(group, value)
        yield RegistryNumber(_SCHEME_OF_GROUP[group], canonical, begin, match.end(group))


def _in_usual_case(group: str, value: str) -> str:
    beginning = _USUAL_CASE.get(group)
    if beginning is None:
        return value.upper()
    rest = value[len(beginning) :]
    return beginning + (rest.upper() if group == "chictr" else rest.lower())


def registry_number(text: str) -> RegistryNumber | None:
    """Return the number when the text holds exactly one registry number, else None."""
    found = list(find_registry_numbers(text))
    return found[0] if len(found) == 1 else None
