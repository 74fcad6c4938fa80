"""States of the disease in the people whom a trial, an arm or a regimen is for.

`ontology/lexicon/states.tsv` holds the words. A state counts where the record says who takes
part: titles, conditions, inclusion criteria, arms, and sentences of the texts that speak of
participants; never in exclusion criteria, in what is to be prevented, or in general remarks.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Final

from kg.linking import context
from kg.linking.agents import spellings
from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Entry, Lexicon, Match, read_table
from kg.record.links import Finding

_PLACES: Final = 2
_ALWAYS: Final = (
    "title",
    "official-title",
    "condition",
    "keyword",
    "criteria",
    "population",
    "arm-label",
    "arm-description",
)
_TEXTS: Final = ("summary", "description", "article-title", "abstract", "design", "intervention-description", "section")
_NOT_A_STATE: Final = re.compile(
    r"^[ -]*(?:an[a]?emias?\b|cytopenia|to (?:platelet|transfusion|steroid|corticosteroid|anti-?emetic|antibiotic|"
    r"medical management)|"
    r"(?:and |or |, ?)?(?:[\w-]+ ){0,2}infections?\b|"
    r"(?:hypertension|ascites|angina|epilepsy|seizures|hypotension|hypoxemia|rhinosinusitis|asthma|infections?\b|"
    r"gvhd|graft|"
    r"pain\b|bacteria|urticaria|hypokal\w+|nausea|status epil|bleeding|celiac|migraine|hiccups|constipation|dural|"
    r"fever|thrombocytopeni|depress|cmv|cytomegalo|virus|viral|ebv|disc\b|headache)|free\b|rate\b|risk\b|index)"
)
_NOT_A_STATE_BEFORE: Final = re.compile(
    r"(?:\bsteroid[- ]|corticosteroid[- ]|platelet[- ]|transfusion[- ]|multi-?drug[- ]|drug[- ]|insulin[- ]|"
    r"antibiotic[- ]|methicillin[- ]|"
    r"castration[- ]|hormone[- ]|(?:prevent|reduc|detect)\w* (?:\w+ ){0,3}|treat\w* of (?:\w+ )?infection |"
    r"time to |until |"
    r"(?:risk|incidence) of (?:\w+ ){0,2}|rates? of |event of |case of |evidence of |signs? of |without |if |"
    r"unless |except (?:for )?)$"
)
_IF_RELAPSE: Final = re.compile(
    r"\b(?:until|unless|in the (?:event|case) of|at the time of|after|removed? from|off[- ]study|withdrawn|"
    r"follow(?:ed)?[- ]up|measured by|"
    r"defined as|definition|estimated|endpoint|free survival|rates?|probability|incidence|monitor\w*|assess\w*|"
    r"second infusion|retreat\w*)\b"
)
_WHO: Final = re.compile(
    r"\b(?:patients?|subjects?|participants?|children|adults?|individuals?|people|men|women|those|treating|"
    r"treatment of|therapy (?:of|for)|"
    r"enroll\w*|eligib\w*|includ\w+|for (?:the )?treatment)\b"
)
_ANOTHER_DISEASE: Final = re.compile(
    r"\b(?:adequately treated|(?:other|second|secondary|prior|previous|concurrent|"
    r"additional) (?:\w+ ){0,2}(?:malignan\w+|cancers?|neoplasms?)|"
    r"in situ|basal cell|non-?melanoma)"
)
"""Criteria that speak of another disease of the patient than the one under study."""
_REMARK: Final = re.compile(
    r"\b(?:prognosis|historical\w*|survival (?:rate|of)|have shown|has been shown|studies|standard of care|"
    r"outcomes? (?:of|in|for) (?:patients|adults|children)|"
    r"literature|accepted|therapeutic option|most patients|majority of|many patients|some patients|unfortunately|"
    r"however|remains?|often|"
    r"usually|typically|"
    r"approximately|about \d+|\d+ ?%|although|currently|incurable|can be cured|will relapse|eventually)\b"
)
_DISEASE: Final = re.compile(
    r"\b(?:disease|leuk[a]?emia|lymphoma|myeloma|tumou?rs?|cancers?|carcinoma|malignan\w+|sarcoma|melanoma|"
    r"neuroblastoma|glio\w+|"
    r"aml|all|mds|cll|nhl|dlbcl|remission|chemotherapy|therap(?:y|ies)|treatments?|regimens?|lines?|transplant\w*|"
    r"neoplasms?|induction)\b"
)
_AFTER_TRANSPLANT: Final = re.compile(r"\b(?:risk|high risk|prevent\w*)\b[^.;]{0,30}$")
_POPULATION: Final = re.compile(
    r"\b(?:for|in|among)\b[^.;:\n]{0,25}\b(?:patients|subjects|participants|children|adults|those|individuals)\b"
)


@cache
def _lexicon() -> Lexicon:
    return Lexicon(
        Entry(entry.term, form, entry.context, entry.rule)
        for entry in read_table("states")
        for form in spellings(entry.synonym)
    )


def _matches(field: TextField, named: list[Match], enough: Collection[str] = ()) -> Iterator[Match]:
    """Yield those of the states named in a field that it says of participants, but for those said often `enough`."""
    text = field.lower
    for match in named:
        if match.term in enough:
            continue
        if _NOT_A_STATE.match(text[match.end : match.end + 40]):
            continue
        if _NOT_A_STATE_BEFORE.search(text[max(0, match.begin - 45) : match.begin]):
            continue
        around = context.around(field, match.begin, match.end)
        if around.negated or around.exclusion or around.donor:
            continue
        sentence = text[around.begin : around.end]
        if field.role == "criteria" and (match.entry.context == "line" or _ANOTHER_DISEASE.search(sentence)):
            continue
        if (match.entry.context == "disease" or field.role == "criteria") and not _DISEASE.search(sentence):
            continue
        if field.role in _TEXTS:
            if not _WHO.search(sentence) or _REMARK.search(sentence):
                continue
            if match.entry.context == "disease" and _IF_RELAPSE.search(sentence):
                continue
        elif (
            field.role == "criteria"
            and match.entry.context == "disease"
            and _IF_RELAPSE.search(text, around.begin, match.begin)
        ):
            continue
        yield match


def states_between(field: TextField, begin: int, end: int) -> tuple[Finding, ...]:
    """Return the states named between two places where the words there say for whom something is.

    `For patients with refractory/relapsed AML a cycle includes ...` gives Relapsed and Refractory.
    """
    if _POPULATION.search(field.lower, begin, end) is None:
        return ()
    inside = _lexicon().find_between(field, begin, end)
    return _findings(
        (field, match) for match in inside if not _NOT_A_STATE.match(field.lower[match.end : match.end + 40])
    )


def _findings(found: Iterable[tuple[TextField, Match]]) -> tuple[Finding, ...]:
    """Return each state once, with the first two places that say it, by name."""
    by_state: dict[str, list[tuple[TextField, Match]]] = {}
    for field, match in found:
        by_state.setdefault(match.term, []).append((field, match))
    return tuple(
        Finding(state, tuple(f.evidence(m.begin, m.end, m.rule) for f, m in places[:_PLACES]))
        for state, places in sorted(by_state.items())
    )


def link_states(reading: Reading) -> tuple[Finding, ...]:
    """Return the states of the trial's participants, each with the first places that say so.

    Summary and description are asked only where titles, conditions, criteria and arms name no state.
    """
    return _first(reading.roles(*_ALWAYS)) or _first(reading.roles(*_TEXTS))


def _first(fields: list[TextField]) -> tuple[Finding, ...]:
    """Return the states that fields say, each with its first places."""
    found: list[tuple[TextField, Match]] = []
    said: Counter[str] = Counter()
    enough: set[str] = set()
    for field, named in _lexicon().find_each(fields):
        for match in _matches(field, named, enough):
            found.append((field, match))
            said[match.term] += 1
            if said[match.term] >= _PLACES:
                enough.add(match.term)
    return _findings(found)


def arm_states(reading: Reading, arm: int) -> tuple[Finding, ...]:
    """Return the states that label and description of an arm say of its participants."""
    fields = [field for field in reading.of_arm(arm) if field.role in ("arm-label", "arm-description")]
    named = _lexicon().find_each(fields)
    return _findings((field, match) for field, matches in named for match in _matches(field, matches))
