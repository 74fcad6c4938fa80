"""The ontology in its parts: Turtle modules, classes and individuals from tables, the classified hierarchy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rdflib import Graph

from kg.files import data_folder
from kg.namespaces import PREFIXES
from kg.ontology import alignments, products, vocabulary

ROOT: Final = "cellkg.ttl"
MODULES: Final = ("trial", "arm", "product", "agent", "condition", "outcome", "organisation", "evidence")
"""One file per branch of the model, `ontology/<name>.ttl`."""
HIERARCHY: Final = "generated/hierarchy.ttl"
"""What HermiT found, committed so that no build starts Java."""


def module_paths() -> list[Path]:
    """Return the files that people edit: the root and the modules."""
    folder = data_folder("ontology")
    return [folder / ROOT, *(folder / f"{name}.ttl" for name in MODULES)]


def hierarchy_path() -> Path:
    """Return the file that holds the classified hierarchy."""
    return data_folder("ontology") / HIERARCHY


def texts(hierarchy: bool = True) -> Iterator[str]:
    """Yield every part of the ontology as Turtle text: modules, tables, and the hierarchy if wanted and present."""
    for path in module_paths():
        yield path.read_text(encoding="utf-8")
    yield products.turtle()
    yield vocabulary.turtle()
    yield alignments.turtle()
    if hierarchy and hierarchy_path().exists():
        yield hierarchy_path().read_text(encoding="utf-8")


def load(hierarchy: bool = True) -> Graph:
    """Return the whole ontology as an rdflib graph, a new one at each call.

    With `hierarchy`, the subclass statements that HermiT inferred are part of it.
    """
    graph = Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, replace=True)
    for text in texts(hierarchy):
        graph.parse(data=text, format="turtle")
    return graph
