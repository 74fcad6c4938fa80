"""The ontology: loading, building, formatting, classifying and checking it."""

from kg.ontology.modules import load, module_paths
from kg.ontology.turtle import format_files, serialize

__all__ = ["format_files", "load", "module_paths", "serialize"]
