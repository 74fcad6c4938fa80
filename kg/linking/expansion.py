"""Whether cells were grown outside the body, and how."""

import re
from functools import cache
from typing import Final

from kg.linking import context
from kg.linking.matcher import Lexicon
from kg.linking.scope import Scope

_LAB: Final = r"(?:lab\w*|culture|vitro|ex[ -]vivo|incubator|bioreactor|facility|dish|flask)"
EXPANDED: Final = re.compile(
    rf"\b(?:ex[ -]vivo|in[ -]vitro|culture)[ -]*(?:and )?(?:\w+[ -](?:and )?){{0,2}}?(?:expan\w+|cultur\w+|"
    rf"propagat\w+|grow\w*|cultivat\w+|prolifer\w+|amplif\w+)\b"
    rf"|\bexpan(?:ded|sion|ding)\b[^.;\n]{{0,40}}?\b{_LAB}\b"
    rf"|\b(?:expanded|cultured|cultivated|culture-expanded|culture expanded)\b(?! (?:access|disability|criteria|"
    rf"cohort|to include|indication|phase|enrol))"
    rf"|\b(?:grown|grow|growing|multipl\w+|propagated)\b[^.;\n]{{0,50}}?\b{_LAB}\b"
    rf"|\b(?:generated|increas\w+|cultur\w+)\b[^.;\n]{{0,30}}? in (?:the )?(?:lab\w*|culture|vitro)\b"
    r"|\b(?:cells?|lymphocytes?) (?:\(\w+\) )?culture\b(?! medi| plate| flask|d)"
    r"|\bculture (?:time|period|conditions|process)\b|\bamplif\w+ (?:the )?(?:numbers? of )?(?:[\w+-]+ ){0,3}?cells\b"
    r"|\bculture of (?:the )?\w+ cells\b|\bcells (?:are|will be|were) (?:then )?(?:activated and )?(?:expanded|"
    r"cultured|grown)\b"
    r"|\bthese cells (?:are|will be) grown\b|\bcell expansion\b|"
    r"\bexpansion of (?:the )?(?:\w+[ -]){0,3}?(?:cells|lymphocytes|til)\b(?! in (?:vivo|the (?:blood|patient)))"
)
_IN_BODY: Final = re.compile(
    r"\bin vivo\b|\bexpansion and persistence|\bpersistence and expansion|\bafter infusion|"
    r"\bin (?:the )?(?:peripheral )?(?:blood|body|patients?)\b(?! (?:with|who|undergoing)\b)"
)
_OUTSIDE: Final = re.compile(r"ex[ -]vivo|in[ -]vitro|cultur|cultivat|lab")
_OF_TRIAL: Final = re.compile(r"\b(?:phase|cohort|trial|study|enrol+ment)\b[^.;]{0,25}$")
_ROLES: Final = (
    "intervention-name", "intervention-other-name", "intervention-description", "title", "official-title",
    "arm-label", "arm-description", "summary", "description", "section", "abstract", "article-title",
)  # fmt: skip


@cache
def _methods() -> Lexicon:
    return Lexicon.load("expansion")


def find_expansion(scope: Scope) -> None:
    """Add the statement that cells were expanded ex vivo, and by what method."""
    for field in scope.reading.roles(*_ROLES):
        for found in EXPANDED.finditer(field.lower):
            first, last = context.sentence(field, found.start())
            sentence = field.lower[first:last]
            before = field.lower[first : found.start()]
            if context.NEGATION.search(before) or _OF_TRIAL.search(before):
                continue
            if not _OUTSIDE.search(found.group()) and _IN_BODY.search(sentence):
                continue
            for product in scope.owners(field, found.start(), found.end()):
                evidence = field.evidence(found.start(), found.end(), "expansion:grown-outside-the-body")
                product.add("expanded_ex_vivo", "true", evidence, scope.tier(field))
        for match in _methods().find(field):
            for product in scope.owners(field, match.begin, match.end):
                evidence = field.evidence(match.begin, match.end, match.rule)
                product.add("expansion_methods", match.term, evidence, scope.tier(field))
    for product in scope.products:
        if not product.parts.get("expanded_ex_vivo"):
            product.parts.pop("expansion_methods", None)
            product.tiers.pop("expansion_methods", None)
