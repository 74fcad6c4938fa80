"""The ontology: loading, building, formatting, classifying and checking it."""

from kg.ontology.modules import load, module_paths
from kg.ontology.publishing import build, classify, hierarchy_is_current, refresh, release_graph
from kg.ontology.turtle import format_files, serialize

__all__ = [
    "build",
    "classify",
    "format_files",
    "hierarchy_is_current",
    "load",
    "module_paths",
    "refresh",
    "release_graph",
    "serialize",
]
