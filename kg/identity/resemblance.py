"""Weaker evidence: two documents without a number in common that agree in what they say.

Equal titles never link. A title that agrees has to be joined by the sponsor and by a date;
between two documents that each carry a registry number, also by the start date and the
enrolment. What both state and contradict (phase, kind of study, start years apart) refuses.
The score is the share of the compared characteristics that agree: a count, no probability.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from msgspec import Struct

from kg.identity.card import Card, Words

RULE_UNNUMBERED: Final = "title-sponsor-date"
RULE_NUMBERED: Final = "title-sponsor-start-enrollment"
_DAY_OFF: Final = 1
"""Sites show a registry's date in their own time zone."""
_START_APART: Final = 366
_WORD: Final = re.compile(r"[^\W_]+")
_COMMON_IN_NAMES: Final = frozenset(
    _WORD.findall(
        "and center centre centers clinic clinical college company co corp corporation de der des di du foundation "
        "für gmbh group health hospital inc institute institut la limited ltd medical medicine national of pharma "
        "pharmaceutical pharmaceuticals research sa school sciences the universitair universitaire university "
        "universität van von"
    )
)
_DEGREES: Final = frozenset(_WORD.findall("bs bsc dr md mbbs mbchb mph ms msc phd prof professor do facp frcp rn"))


class Agreement(Struct, frozen=True):
    """A characteristic in which two documents agree, in the words of each."""

    name: str
    """`title`, `sponsor`, `date`, `enrollment` or `investigator`."""
    here: Words
    there: Words


class Resemblance(Struct, frozen=True):
    """Why two documents are taken to speak of one trial."""

    rule: str
    agreements: tuple[Agreement, ...]
    compared: int

    @property
    def score(self) -> str:
        """Agreeing characteristics divided by those that both state, as a decimal of two digits at most."""
        return f"{len(self.agreements) / self.compared:.2f}".rstrip("0").rstrip(".")


def title_keys(card: Card) -> tuple[str, ...]:
    """Return the titles of a card, folded for comparison; titles of less than three words do not count."""
    keys = [_fold(words.quote) for words in (card.title, card.official_title) if words]
    return tuple(dict.fromkeys(key for key in keys if key.count(" ") >= 2))


def resemblance(here: Card, there: Card) -> Resemblance | None:
    """Return the evidence that two documents speak of one trial, or None when it does not suffice."""
    if _contradict(here, there) or _numbered_apart(here, there):
        return None
    pairs = {
        "title": _same_title(here, there),
        "sponsor": _same_sponsor(here, there),
        "date": _same_date(here, there),
        "enrollment": _same_enrollment(here, there),
        "investigator": _same_investigator(here, there),
    }
    agreements = {name: Agreement(name, *pair) for name, pair in pairs.items() if pair}
    both_numbered = here.is_numbered and there.is_numbered
    needed = {"title", "sponsor", "date"}
    if both_numbered:
        needed |= {"enrollment"}
        if not _same_start(here, there):
            return None
    if not needed <= agreements.keys():
        return None
    return Resemblance(
        RULE_NUMBERED if both_numbered else RULE_UNNUMBERED,
        tuple(agreements[name] for name in pairs if name in agreements),
        sum(_both_state(name, here, there) for name in pairs),
    )


def _both_state(name: str, here: Card, there: Card) -> bool:
    return _states(name, here) and _states(name, there)


def _states(name: str, card: Card) -> bool:
    match name:
        case "title":
            return bool(card.title or card.official_title)
        case "sponsor":
            return card.sponsor is not None
        case "date":
            return bool(card.start_date or card.launch_dates)
        case "enrollment":
            return card.enrollment is not None
        case _:
            return bool(card.investigators)


def _numbered_apart(here: Card, there: Card) -> bool:
    """Whether one registry has given each of the two a number of its own."""
    mine = {(n.scheme, n.value) for n in here.numbers}
    yours = {(n.scheme, n.value) for n in there.numbers}
    return not mine & yours and bool({scheme for scheme, _ in mine} & {scheme for scheme, _ in yours})


def _contradict(here: Card, there: Card) -> bool:
    if here.phases and there.phases and not set(here.phases) & set(there.phases):
        return True
    if here.study_type and there.study_type and here.study_type.casefold() != there.study_type.casefold():
        return True
    if here.start_date and there.start_date:
        first, second = _day(here.start_date.quote), _day(there.start_date.quote)
        return first is not None and second is not None and abs((first - second).days) > _START_APART
    return False


def _same_title(here: Card, there: Card) -> tuple[Words, Words] | None:
    for mine in (here.title, here.official_title):
        for yours in (there.title, there.official_title):
            if mine and yours and _fold(mine.quote) == _fold(yours.quote):
                return mine, yours
    return None


def _same_sponsor(here: Card, there: Card) -> tuple[Words, Words] | None:
    """One name holds every word of the other, and they share a word that is a name."""
    if not here.sponsor or not there.sponsor:
        return None
    mine, yours = set(_fold(here.sponsor.quote).split()), set(_fold(there.sponsor.quote).split())
    shared = mine & yours
    if mine == yours or (shared in (mine, yours) and shared - _COMMON_IN_NAMES):
        return here.sponsor, there.sponsor
    return None


def _same_start(here: Card, there: Card) -> tuple[Words, Words] | None:
    """Start dates that are equal as far as both are precise, at least to the month."""
    if not here.start_date or not there.start_date:
        return None
    length = min(len(here.start_date.quote), len(there.start_date.quote))
    same = length >= len("2020-04") and here.start_date.quote[:length] == there.start_date.quote[:length]
    return (here.start_date, there.start_date) if same else None


def _same_date(here: Card, there: Card) -> tuple[Words, Words] | None:
    """Equal starts, or a launch that falls on the day of the other's start, submission or posting."""
    if pair := _same_start(here, there):
        return pair
    starts_here = (here.start_date,) if here.start_date else ()
    starts_there = (there.start_date,) if there.start_date else ()
    candidates = [
        *((a, b) for a in here.launch_dates for b in (*there.launch_dates, *starts_there)),
        *((a, b) for a in starts_here for b in there.launch_dates),
    ]
    best: tuple[int, Words, Words] | None = None
    for mine, yours in candidates:
        first, second = _day(mine.quote), _day(yours.quote)
        if first is None or second is None:
            continue
        apart = abs((first - second).days)
        if apart <= _DAY_OFF and (best is None or apart < best[0]):
            best = (apart, mine, yours)
    return best[1:] if best else None


def _same_enrollment(here: Card, there: Card) -> tuple[Words, Words] | None:
    same = here.enrollment and there.enrollment and here.enrollment.quote == there.enrollment.quote
    return (here.enrollment, there.enrollment) if same and here.enrollment and there.enrollment else None


def _same_investigator(here: Card, there: Card) -> tuple[Words, Words] | None:
    for mine in here.investigators:
        for yours in there.investigators:
            if (name := _person(mine.quote)) and name == _person(yours.quote):
                return mine, yours
    return None


def _person(name: str) -> frozenset[str]:
    return frozenset(word for word in _fold(name.replace(".", " ")).split() if word not in _DEGREES)


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2020-04-14") else None
    except ValueError:
        return None
