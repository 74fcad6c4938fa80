"""Classifying the ontology with HermiT."""

from benchmarks.measure import Row, seconds
from kg import ontology
from kg.ontology import hermit


def classification() -> list[Row]:
    """Time one classification, Java's start included."""
    asserted = ontology.load(hierarchy=False)
    spent = seconds(lambda: hermit.hierarchy(asserted))
    return [Row("classification of the ontology with HermiT, Java's start included", spent, "s")]
