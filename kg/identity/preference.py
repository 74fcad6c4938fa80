"""Which document stands for a trial: the documented order of preference.

1. ClinicalTrials.gov's own record: what the sponsor registered, kept current by law.
2. Another primary registry's own record (CTIS, EudraCT, ISRCTN).
3. The WHO's ICTRP, which repeats what registries sent it.
4. Web pages that repeat a registry, the ones that give its number first.
5. An article: it reports what was done, in its own words, later.

Among equals, the document that keeps the unversioned IRI, then the newer version, then the
alphabetical order of keys. Nothing is overwritten: the order picks the node that
catalogue queries count, and a source to show first where documents disagree.
"""

from typing import Final

ORDER: Final[tuple[str, ...]] = (
    "ctgov",
    "ctis",
    "eudract",
    "isrctn",
    "ictrp",
    "meddatax",
    "medpath",
    "clinconnect",
    "registry-text",
    "pubmed",
)
"""Sources from the most to the least preferred."""


def rank(source: str) -> int:
    """Return the place of a source in the order of preference; a source that is not listed comes last."""
    return ORDER.index(source) if source in ORDER else len(ORDER)
