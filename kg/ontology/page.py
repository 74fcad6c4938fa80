"""The term reference of the documentation, made from the ontology."""

from collections.abc import Iterable

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, BNode, Graph, Namespace, URIRef
from rdflib.term import Node

from kg.namespaces import SCHEMA
from kg.ontology import checks
from kg.ontology.modules import MODULES, load, module_paths
from kg.ontology.products import rows as product_rows
from kg.ontology.turtle import parse
from kg.ontology.words import chain, definition, expression, label, name, short, value_sets

_SCHEMA = Namespace(SCHEMA)
_TABLES = {
    "Substance": "substances.tsv",
    "Cytokine": "substances.tsv",
    "Radiation": "substances.tsv",
    "Antigen": "antigens.tsv",
    "ViralAntigen": "antigens.tsv",
    "TumorAntigen": "antigens.tsv",
    "Condition": "conditions.tsv",
}
"""Classes whose many individuals the page counts and does not list, with their table."""


def page() -> str:
    """Return the term reference as Markdown: branch by branch, then the defined classes, then the rules."""
    graph = load()
    out = [
        "# Terms",
        "",
        "Made from `ontology/` by `make docs`; edit the ontology, not this page.",
        "",
        "Prefix `ckg:` is `https://w3id.org/cellkg/ontology/`. *From* and *to* say where a property is used; they are",
        "no axioms, so that a missing type is a finding of the [rules](shapes.md) and not an inference.",
        "",
    ]
    members = value_sets(graph)
    for branch in MODULES:
        path = next(path for path in module_paths() if path.stem == branch)
        out += _branch(graph, parse(path), members)
    out += _products(graph)
    out += _reused(graph)
    out += _rules()
    return "\n".join(out)


def _branch(graph: Graph, module: Graph, members: dict[URIRef, list[URIRef]]) -> list[str]:
    header = next(iter(module.subjects(RDF.type, OWL.Ontology)))
    title = str(module.value(header, DCTERMS.title)).removeprefix("cellkg: ")
    out = [f"## {title}", "", str(module.value(header, DCTERMS.description)), ""]
    classes = sorted((c for c in module.subjects(RDF.type, OWL.Class) if isinstance(c, URIRef)), key=str)
    plain = [c for c in classes if c not in members]
    if plain:
        out += ["### Classes", "", *_table(("class", "meaning", "below"), (_class_row(graph, c) for c in plain))]
    for kind, heading in ((OWL.ObjectProperty, "Relations"), (OWL.DatatypeProperty, "Values")):
        found = sorted(module.subjects(RDF.type, kind), key=str)
        if found:
            rows = (_property_row(graph, p) for p in found)
            out += [f"### {heading} of {title.lower()}", "", *_table(("property", "from", "to", "meaning"), rows)]
    annotations = sorted(module.subjects(RDF.type, OWL.AnnotationProperty), key=str)
    if annotations:
        rows = (_property_row(graph, p) for p in annotations)
        out += ["### Annotations", "", *_table(("property", "from", "to", "meaning"), rows)]
    for kind in (c for c in classes if c in members):
        out += _value_set(graph, kind, members[kind])
    return out


def _class_row(graph: Graph, term: Node) -> tuple[str, ...]:
    above = sorted(short(c) for c in graph.objects(term, RDFS.subClassOf) if not isinstance(c, BNode))
    return _code(term), definition(graph, term), ", ".join(f"`{c}`" for c in above)


def _property_row(graph: Graph, term: Node) -> tuple[str, ...]:
    texts = [definition(graph, term)]
    above = sorted(short(p) for p in graph.objects(term, RDFS.subPropertyOf))
    if above:
        texts.append(f"Entails `{'`, `'.join(above)}`.")
    texts += [f"Follows from `{steps}`." for steps in chain(graph, term)]
    return (
        _code(term),
        _codes(graph.objects(term, _SCHEMA.domainIncludes)),
        _codes(graph.objects(term, _SCHEMA.rangeIncludes)),
        " ".join(texts),
    )


def _value_set(graph: Graph, kind: URIRef, members: list[URIRef]) -> list[str]:
    out = [f"### {short(kind)}", "", definition(graph, kind), ""]
    table = _TABLES.get(short(kind))
    if table:
        return [*out, f"{len(members)} in [`ontology/{table}`](../ontology/{table}).", ""]
    rows = [
        (_code(m), str(graph.value(m, SKOS.notation) or ""), label(graph, m), definition(graph, m)) for m in members
    ]
    if any(code for _, code, _, _ in rows):
        return [*out, *_table(("value", "registry's code", "label", "meaning"), rows)]
    return [*out, *_table(("value", "label", "meaning"), [(a, c, d) for a, _, c, d in rows])]


def _products(graph: Graph) -> list[str]:
    out = [
        "## Classes that follow from the parts",
        "",
        "From [`ontology/products.tsv`](../ontology/products.tsv). Nobody asserts these: they follow from the parts of",
        "a product. *Given by* is the class of interventions that administer it, *studied by* the class of trials.",
        "",
    ]
    rows = []
    for row in product_rows():
        term = URIRef(f"https://w3id.org/cellkg/ontology/{row['class']}")
        equivalent = graph.value(term, OWL.equivalentClass)
        words = f"`{expression(graph, equivalent)}`" if equivalent is not None else definition(graph, term)
        implied = [expression(graph, c) for c in graph.objects(term, RDFS.subClassOf) if isinstance(c, BNode)]
        if implied:
            words += f"; implies `{' and '.join(sorted(implied))}`"
        alternatives = [s for s in graph.subjects(RDFS.subClassOf, term) if isinstance(s, BNode)]
        words += "".join(f"; also `{expression(graph, s)}`" for s in alternatives)
        given = f"`{row['administration']}`" if row["administration"] else ""
        studied = f"`{row['trial']}`" if row["trial"] else ""
        rows.append((_code(term), definition(graph, term), words, given, studied))
    return [*out, *_table(("class", "meaning", "definition", "given by", "studied by"), rows)]


def _reused(graph: Graph) -> list[str]:
    own = "https://w3id.org/cellkg/"
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    found = sorted({p for kind in kinds for p in graph.subjects(RDF.type, kind) if not str(p).startswith(own)}, key=str)
    rows = [(f"`{name(p)}`", definition(graph, p)) for p in found]
    return ["## Terms of other vocabularies", "", *_table(("property", "use here"), rows)]


def _rules() -> list[str]:
    out = [
        "## Rules of the ontology itself",
        "",
        "`cellkg ontology check` runs these queries (`ontology/qc/*.rq`) over the whole ontology.",
        "",
    ]
    rows = [(f"`{rule.id}`", rule.severity, rule.problem, rule.solution) for rule in checks.rules()]
    return [*out, *_table(("rule", "severity", "problem", "solution"), rows)]


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return [*lines, ""]


def _code(term: Node) -> str:
    return f"`{short(term)}`"


def _codes(terms: Iterable[Node]) -> str:
    return ", ".join(sorted(_code(term) for term in terms))
