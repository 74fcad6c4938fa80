"""A product concept that a record gives, with the words that say so; what a title gives."""

import re
from collections.abc import Callable
from typing import Final

from kg.linking.fields import TextField
from kg.linking.giving import is_given
from kg.linking.mentions import Mention

TITLE_ROLES: Final = ("title", "official-title", "article-title")
TEXT_ROLES: Final = (
    "arm-label",
    "arm-description",
    "intervention-description",
    "description",
    "summary",
    "section",
    "abstract",
)
_TITLE_SUBJECT: Final = re.compile(
    r"\b(?:in|for|among|undergoing|receiving|after|following|before|prior|post|during|to prevent|prevention|"
    r"prophylaxis|"
    r"effects? of|conditioning|impact|role)\b"
)

Of = Callable[[list[TextField]], list[Mention]]
"""Returns the mentions of cells in some fields."""


class Candidate:
    """A product concept with the mentions that it rests on."""

    __slots__ = ("concept", "intervention", "mentions")

    def __init__(self, concept: str, mentions: list[Mention], intervention: int | None) -> None:
        """Keep the concept; `intervention` is None where only the text names the product."""
        self.concept = concept
        self.mentions = mentions
        self.intervention = intervention

    def __repr__(self) -> str:
        """Show concept, intervention and first mention, for debugging."""
        return f"Candidate({self.concept}, {self.intervention}, {self.mentions[:1]})"


def is_titled(mention: Mention) -> bool:
    """Whether a title names the cells as what is given: before any `in`, `for`, `after`."""
    if not is_given(mention):
        return False
    return _TITLE_SUBJECT.search(mention.field.lower, 0, mention.anchor) is None
