"""What can be validated: a release, an RDF file, or an rdflib graph, as a stream of documents."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, cast

import pyoxigraph
from rdflib import RDF, RDFS, Dataset, Graph, Literal, URIRef
from rdflib.term import Node

from kg.errors import UnreadableInputError
from kg.validation.engine import DocumentGraph

_FORMATS = {
    ".nq": pyoxigraph.RdfFormat.N_QUADS,
    ".nt": pyoxigraph.RdfFormat.N_TRIPLES,
    ".ttl": pyoxigraph.RdfFormat.TURTLE,
    ".trig": pyoxigraph.RdfFormat.TRIG,
    ".rdf": pyoxigraph.RdfFormat.RDF_XML,
    ".jsonld": pyoxigraph.RdfFormat.JSON_LD,
}
_INFERRED = "/inferred"


@cache
def _iri(value: str) -> URIRef:
    return URIRef(value)


def _term(term: object) -> Node:
    """Return the rdflib term of a pyoxigraph one, lexical form untouched."""
    if isinstance(term, pyoxigraph.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == "http://www.w3.org/2001/XMLSchema#string":
            return Literal(term.value)
        return Literal(term.value, datatype=_iri(datatype), normalize=False)
    if isinstance(term, pyoxigraph.NamedNode):
        return URIRef(term.value)
    return _iri(f"urn:blank:{term}")


def _documents(file: Path) -> Iterator[DocumentGraph]:
    """Yield the documents of one RDF file, in its order; statements of one graph stand together."""
    name = file.name.removesuffix(".gz")
    form = _FORMATS.get(Path(name).suffix)
    if form is None:
        known = ", ".join(sorted(_FORMATS))
        raise UnreadableInputError(
            f"{file} is no RDF file by its name; give one that ends in {known} (or that and .gz)."
        )
    graph = ""
    triples: list[tuple[Node, Node, Node]] = []
    try:
        with cast(IO[bytes], gzip.open(file) if file.suffix == ".gz" else file.open("rb")) as stream:
            for quad in pyoxigraph.parse(stream, form):
                name = getattr(quad.graph_name, "value", "").removesuffix(_INFERRED)
                if name != graph and triples:
                    yield DocumentGraph(graph, tuple(triples))
                    triples = []
                graph = name
                triples.append((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    except (OSError, EOFError, SyntaxError, ValueError) as error:
        raise UnreadableInputError(
            f"{file} cannot be read as {form.name}: {error}. Check the file or build it again."
        ) from error
    if triples:
        yield DocumentGraph(graph, tuple(triples))


def release_parts(folder: Path) -> list[Path]:
    """Return the parts of a release, sorted by name.

    Raises UnreadableInputError when there are none, and when one that the manifest lists is
    missing or has other bytes: findings on half a release would pass for the whole.
    """
    parts = sorted((folder / "data").glob("*.nq.gz"))
    if not parts:
        raise UnreadableInputError(f"{folder} is no release: it has no data/*.nq.gz. Make one with `cellkg build`.")
    manifest = folder / "manifest.json"
    if manifest.is_file():
        for part in _listed(manifest):
            file = folder / part["name"]
            if not file.is_file():
                raise UnreadableInputError(f"{file} is listed in manifest.json and missing. Build the release again.")
            with file.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != part["sha256"]:
                    raise UnreadableInputError(
                        f"{file} is not the file that manifest.json lists: it was cut or changed. "
                        "Build the release again."
                    )
    return parts


def _listed(manifest: Path) -> list[dict[str, str]]:
    """Return the parts that a manifest lists."""
    try:
        return list(json.loads(manifest.read_bytes())["parts"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableInputError(f"{manifest} cannot be read ({error}). Build the release again.") from error


def documents(target: Path | Graph) -> Iterator[DocumentGraph]:
    """Yield the documents of a release folder, an RDF file or a graph.

    Raises UnreadableInputError for a folder that is no release, and for a broken or unknown file.
    """
    if isinstance(target, Dataset):
        for context in sorted(target.graphs(), key=lambda graph: str(graph.identifier)):
            if len(context):
                yield DocumentGraph(str(context.identifier).removesuffix(_INFERRED), tuple(context))
    elif isinstance(target, Graph):
        yield DocumentGraph("", tuple(target))
    elif target.is_dir():
        for part in release_parts(target):
            yield from _documents(part)
    else:
        if not target.exists():
            raise UnreadableInputError(f"{target} does not exist.")
        yield from _documents(target)


def vocabulary(ontology: Graph) -> list[tuple[Node, Node, Node]]:
    """Return the ontology's statements that value-set rules need: types of its individuals, sub-classes, labels."""
    kept: list[tuple[Node, Node, Node]] = []
    for predicate in (RDF.type, RDFS.subClassOf, RDFS.label):
        for subject, value in ontology.subject_objects(predicate):
            if isinstance(subject, URIRef) and isinstance(value, URIRef | Literal):
                kept.append((subject, predicate, value))
    return kept
