"""Checks of the ontology: quality rules as queries, the OWL 2 EL profile, generated files, expected subsumptions.

A rule is a file `ontology/qc/<rule>.rq` that selects `?term` and `?value`; no row means no
finding. Its first lines say the **Problem** and the **Solution** and are its documentation;
`severity.tsv` says whether a finding is an error or a warning. The manner is that of the
ROBOT report.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kg.errors import UnreadableInputError
from kg.files import data_folder
from kg.iri import term
from kg.namespaces import CKG, OWL
from kg.ontology import alignments, organizations
from kg.ontology.publishing import refresh, release_graph
from kg.ontology.tables import items, read

_HEADER: Final = re.compile(r"# \*\*Problem:\*\* (?P<problem>.+)\n# \*\*Solution:\*\* (?P<solution>.+)\n")

EL: Final = frozenset(
    OWL + name
    for name in (
        *("Ontology", "Class", "Restriction", "ObjectProperty", "DatatypeProperty", "AnnotationProperty"),
        *("NamedIndividual", "AllDisjointClasses", "TransitiveProperty", "ReflexiveProperty"),
        *("equivalentClass", "disjointWith", "members", "intersectionOf", "onProperty", "someValuesFrom"),
        *("hasValue", "hasSelf", "equivalentProperty", "propertyChainAxiom", "sameAs", "differentFrom"),
        *("Thing", "Nothing", "versionIRI", "versionInfo", "imports", "deprecated", "priorVersion"),
    )
)
"""The OWL terms that an ontology in the EL profile may use (OWL 2 Profiles, section 2.2), with annotations."""


@dataclass(frozen=True)
class Rule:
    """A quality rule with its documentation."""

    id: str
    severity: str
    problem: str
    solution: str
    query: str


@dataclass(frozen=True)
class Finding:
    """What a check found: one line for people."""

    rule: str
    severity: str
    subject: str
    message: str

    def __str__(self) -> str:
        """Return `severity rule subject: message`."""
        return f"{self.severity} {self.rule} {self.subject}: {self.message}"


def rules() -> list[Rule]:
    """Return every quality rule by id; raises UnreadableInputError for one without header or severity."""
    folder = data_folder("ontology") / "qc"
    severity = {row["rule"]: row["severity"] for row in read("qc/severity.tsv", ("rule", "severity"))}
    found = []
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        header = _HEADER.match(text)
        if header is None or path.stem not in severity:
            raise UnreadableInputError(f"{path}: needs '# **Problem:**', '# **Solution:**' and a line in severity.tsv.")
        found.append(Rule(path.stem, severity[path.stem], header["problem"], header["solution"], text))
    return found


def run_rules(store: ox.Store) -> Iterator[Finding]:
    """Yield what the quality rules find in a store's default graph."""
    for rule in rules():
        for row in _select(store, rule.query):
            yield Finding(rule.id, rule.severity, _show(row["term"]), f"{rule.problem} Here: {_show(row['value'])}.")


def outside_el(store: ox.Store) -> Iterator[Finding]:
    """Yield every OWL term in use that is outside the EL profile and not listed in `qc/outside-el.tsv`."""
    listed = {row["construct"] for row in read("qc/outside-el.tsv", ("construct", "reason"))}
    query = (
        "SELECT DISTINCT ?used ?subject WHERE { { ?subject ?used ?any } UNION { ?subject a ?used } "
        f"FILTER(STRSTARTS(STR(?used), '{OWL}')) }} ORDER BY ?used ?subject"
    )
    for row in _select(store, query):
        used = row["used"].value
        if used not in EL and used.removeprefix(OWL) not in listed:
            message = f"owl:{used.removeprefix(OWL)} is outside OWL 2 EL. Say it otherwise, or list it with a reason."
            yield Finding("owl-el-profile", "error", _show(row["subject"]), message)


def expected_subsumptions(store: ox.Store) -> Iterator[Finding]:
    """Yield every line of `qc/subsumptions.tsv` that the classified hierarchy contradicts or that names no class."""
    declared = {row["c"].value.removeprefix(CKG) for row in _select(store, f"SELECT ?c {{ ?c a <{OWL}Class> }}")}
    for row in read("qc/subsumptions.tsv", ("case", "class", "below", "not_below")):
        name = row["class"]
        query = f"SELECT ?above WHERE {{ <{term(name)}> <http://www.w3.org/2000/01/rdf-schema#subClassOf>+ ?above }}"
        above = {found["above"].value.removeprefix(CKG) for found in _select(store, query)}
        for other in {name, *items(row["below"]), *items(row["not_below"])} - declared:
            yield Finding("expected-subsumption", "error", other, "is in subsumptions.tsv and is no class.")
        for other in items(row["below"]):
            if other not in above:
                yield Finding("expected-subsumption", "error", name, f"should be below {other} ({row['case']}).")
        for other in items(row["not_below"]):
            if other in above:
                yield Finding("expected-subsumption", "error", name, f"must not be below {other} ({row['case']}).")


def unsorted_tables() -> Iterator[Finding]:
    """Yield every table whose rows do not stand in the order of their first column."""
    for path in sorted(data_folder("ontology").glob("*.tsv")):
        names = [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
        for before, after in pairwise(names):
            if before > after:
                yield Finding(
                    "unsorted-table", "error", path.name, f"{after!r} stands below {before!r}. Sort the rows."
                )
                break


def store_of(triples: str) -> ox.Store:
    """Return a store with N-Triples in its default graph."""
    store = ox.Store()
    store.load(triples.encode(), format=ox.RdfFormat.N_TRIPLES)
    return store


def check() -> list[Finding]:
    """Return every finding about the packaged ontology, errors first; starts no Java unless an axiom changed."""
    store = store_of(release_graph().serialize(format="nt"))
    found = [*run_rules(store), *outside_el(store), *expected_subsumptions(store)]
    for mapping in alignments.unverified():
        message = f"{mapping.object} is in no line of identifiers.tsv. Show the file it was seen in, or take it out."
        found.append(Finding("unverified-identifier", "error", mapping.subject, message))
    for name, message in organizations.faults(organizations.rows()):
        found.append(Finding("organization-row", "error", name, message))
    found += unsorted_tables()
    for path in refresh(check=True):
        found.append(Finding("stale-file", "error", _relative(path), "differs from its sources. Run the formatter."))
    return sorted(found, key=lambda f: (f.severity != "error", f.rule, f.subject, f.message))


def _select(store: ox.Store, query: str) -> Iterator[ox.QuerySolution]:
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions)
    return iter(found)


def _show(node: object) -> str:
    return str(getattr(node, "value", node)).replace(CKG, "ckg:")


def _relative(path: Path) -> str:
    return str(path.relative_to(data_folder("ontology").parent))
