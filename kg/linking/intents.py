"""To what end cells are given: prophylactic, pre-emptive, therapeutic, as the words around them say."""

import re
from collections.abc import Iterable
from typing import Final

from kg.linking import context
from kg.linking.concepts import is_related
from kg.linking.fields import TextField
from kg.linking.mentions import Mention
from kg.linking.scope import Product
from kg.record.links import Evidence, Finding

_WORD: Final = {
    "Prophylactic": re.compile(r"\bprophylactic(?:ally)?\b"),
    "Preemptive": re.compile(r"\bpre-?emptive(?:ly)?\b"),
    "Therapeutic": re.compile(r"\btherapeutic(?:ally)?\b(?! (?:allogeneic|autologous|tumou?r))"),
}
_FOR: Final = {
    "Prophylactic": re.compile(
        r"[^.;:]{0,60}?\b(?:to prevent|(?:for|as) (?:the )?(?:prevention|prophylaxis) of|to reduce the risk of) "
        r"(?:\w+ ){0,2}(?:relapse|recurrence)"
    ),
    "Therapeutic": re.compile(
        r"[^.;:]{0,60}?\b(?:for|to treat|in treating|treatment of|in patients with|in patients who)\b "
        r"(?:(?!prevent|risk|reduc)[\w-]+ ){0,5}?(?:relaps\w*|recurr(?:ent|ence|ed))\b[^.;:]{0,90}?"
        r"\b(?:after|following|post)\b[- ](?:[\w-]+ ){0,7}?(?:\w*transplant\w*|[a-z]*-?hs?ct|[a-z]*-?sct|bmt)\b"
    ),
    "Preemptive": re.compile(
        r"[^.;:]{0,40}?\b(?:for|to treat|to convert|in case of|if)\b (?:(?!prevent|risk|no\b)[\w-]+ ){0,4}?"
        r"(?:(?:mixed|falling|decreasing|incomplete) (?:donor )?(?:[\w-]+ ){0,2}?chimerism|mrd|"
        r"(?:minimal|measurable) residual disease|molecular relapse)\b"
    ),
}
"""What follows the donor lymphocytes: `for relapse after allogeneic transplantation`."""
_WITH: Final = re.compile(
    r"\b(?:with|in case of|if|for) (?:(?!no\b|out\b)[\w-]+ ){0,3}?"
    r"(?:(?:mixed|falling|decreasing|incomplete) (?:donor )?(?:[\w-]+ ){0,2}?chimerism|mrd|"
    r"(?:minimal|measurable) residual disease|molecular relapse)\b(?=[^.;:]{0,110}?"
    r"\b(?:undergo\w*|receiv\w*|given|treated with)\b[^.;:]{0,30}$)"
)
"""Whom the sentence gives donor lymphocytes: `patients with mixed chimerism undergo DLI`."""
_TITLES: Final = ("title", "official-title", "summary")
_MOST_SENTENCES: Final = 12
Place = tuple[TextField, int, int]


def find_intents(own: Iterable[Place], mentions: list[Mention], product: Product) -> tuple[Finding, ...]:
    """Return the intents that stand before the product's name or, for donor lymphocytes, are said of their giving.

    Donor lymphocytes against a relapse after a transplant are therapeutic, those for mixed chimerism
    or residual disease pre-emptive, those that shall prevent a relapse prophylactic.
    """
    found: dict[str, list[Evidence]] = {}
    related = [m for m in mentions if is_related(m.concept, product.concept)]
    places = list(own)
    for field, begin, end in places:
        for mention in [m for m in related if m.field is field and begin <= m.begin < end][:_MOST_SENTENCES]:
            for value, words in _WORD.items():
                match = words.search(field.lower, max(begin, mention.begin - 35), mention.begin)
                if match is not None:
                    found.setdefault(value, []).append(field.evidence(match.start(), match.end(), f"intent:{value}"))
    if "DonorLymphocytes" in product.parts.get("product_kinds", {}):
        for mention in related:
            inside = any(mention.field is f and begin <= mention.begin < end for f, begin, end in places)
            if inside or mention.field.role in _TITLES:
                for value, evidence in _purposes(mention):
                    found.setdefault(value, []).append(evidence)
    return tuple(Finding(value, tuple(dict.fromkeys(evidence))[:2]) for value, evidence in sorted(found.items()))


def _purposes(mention: Mention) -> list[tuple[str, Evidence]]:
    """Return what the sentence of a mention of donor lymphocytes says they are given for."""
    field, text = mention.field, mention.field.lower
    first, last = context.sentence(field, mention.begin)
    found = []
    for value, words in _FOR.items():
        after = words.match(text, mention.end, last)
        if after is not None:
            found.append((value, field.evidence(mention.begin, after.end(), f"intent:{value}")))
    before = _WITH.search(text, first, mention.begin)
    if before is not None:
        found.append(("Preemptive", field.evidence(before.start(), mention.end, "intent:Preemptive")))
    return found
