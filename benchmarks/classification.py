"""Classifying the ontology with HermiT."""

from benchmarks.measure import Row, seconds


def classification() -> list[Row]:
    """Time one classification, Java's start included."""
    import kg.ontology

    return [Row("classification of the ontology with HermiT", seconds(kg.ontology.classify), "s")]
