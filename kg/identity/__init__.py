"""One trial, several documents: links between documents, each with its evidence.

A record is not a trial. Every document keeps its own nodes and graph; this package says
which documents speak of one trial (`ckg:sameTrialAs`), on what words that rests
(`ckg:Evidence` in the graph `kg:graph/identity`) and which of them stands for the trial
in catalogue queries (`ckg:canonicalTrial`). Dropping that one graph undoes every link.
"""

from kg.identity.card import Card, Number, Words, card
from kg.identity.linker import IdentityLinker, Refusal
from kg.identity.revocations import Revocations, read_revocations

__all__ = [
    "Card",
    "IdentityLinker",
    "Number",
    "Refusal",
    "Revocations",
    "Words",
    "card",
    "read_revocations",
]
