"""The tables are held against the registry's schema, the ontology, the record, the shapes and the page."""

from functools import cache
from pathlib import Path

import msgspec
import pyoxigraph as ox
import pytest
import yaml

from kg.coverage import all_paths, canonical, ignored_reason, mapped_paths
from kg.files import data_folder
from kg.mapping import documentation, tables
from kg.mapping.compiler import full_path, source
from kg.mapping.kinds import expand
from kg.mapping.tables import Row, Table, TableError
from kg.mapping.types import ROOTS, fields_of, is_record
from kg.namespaces import CKG, OWL, RDF_TYPE
from kg.record import Study

SH = "http://www.w3.org/ns/shacl#"
NOT_IN_SCHEMA = {
    "protocolSection.armsInterventionsModule.interventions[].interventionMappedName[]": "of the classic API",
}
ROWS = [(table, row) for table in tables.load() for row in table.rows]
BY_CODE = {"Evidence", "SourceDocument", "Agent", "Antigen", "Condition"}
"""Classes whose nodes `kg.mapping.page` and `kg.provenance` write: evidence, documents, vocabularies."""
CLASS_OF_ADDED = {
    "criterion": ("InclusionCriterion", "ExclusionCriterion"),
    "intervention-content": ("Intervention",),
    "arm-content": ("Arm",),
    "outcome-content": ("OutcomeMeasure",),
    "reported-content": ("ReportedOutcome",),
    "group-content": ("ResultGroup",),
    "organization-identity": ("Organization",),
}


def _leaves(schemas: dict[str, dict], name: str, prefix: str = "") -> set[str]:
    """Return the leaf paths of a schema of the OpenAPI file."""
    return _leaves_of(schemas, schemas[name], prefix)


def _leaves_of(schemas: dict[str, dict], schema: dict, prefix: str) -> set[str]:
    if "$ref" in schema:
        return _leaves_of(schemas, schemas[schema["$ref"].rsplit("/", 1)[-1]], prefix)
    if schema.get("type") == "array":
        return _leaves_of(schemas, schema["items"], f"{prefix}[]")
    if schema.get("type") == "object" and "properties" in schema:
        return {p for key, part in schema["properties"].items() for p in _leaves_of(schemas, part, f"{prefix}.{key}")}
    return {prefix.lstrip(".")}


@pytest.fixture(scope="module")
def schema_paths(shared: Path) -> set[str]:
    with (shared / "data" / "schema" / "ctg-oas-v2.yaml").open(encoding="utf-8") as stream:
        return _leaves(yaml.safe_load(stream)["components"]["schemas"], "Study")


def test_every_mapped_path_of_a_study_exists_in_the_registrys_schema(schema_paths: set[str]) -> None:
    paths = {path for path in mapped_paths() if not path.startswith("additions.")}
    assert sorted(paths - schema_paths - set(NOT_IN_SCHEMA)) == []


def test_every_path_of_the_registrys_schema_is_mapped_or_ignored(schema_paths: set[str]) -> None:
    assert sorted(path for path in schema_paths - mapped_paths() if not ignored_reason(path)) == []


def test_every_leaf_of_the_record_is_mapped_or_ignored_and_none_is_both() -> None:
    paths = set(all_paths())
    assert sorted(path for path in paths - mapped_paths() if not ignored_reason(path)) == []
    assert sorted(path for path in mapped_paths() if ignored_reason(path)) == []


@pytest.mark.parametrize("item", tables.ignored(), ids=lambda item: item.path)
def test_every_ignored_path_exists_and_has_a_reason(item: tables.Ignored) -> None:
    below = item.path.removesuffix("*")
    assert any(path == item.path or path.startswith(below) for path in all_paths())
    assert len(item.reason.split()) > 3


@cache
def _terms() -> dict[str, set[str]]:
    """Return IRI to types, of all terms of the ontology's modules."""
    found: dict[str, set[str]] = {}
    for path in sorted(data_folder("ontology").glob("*.ttl")):
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            if quad.predicate.value == RDF_TYPE and isinstance(quad.subject, ox.NamedNode):
                found.setdefault(quad.subject.value, set()).add(quad.object.value)
    return found


def _properties() -> list[str]:
    names = {row.property.removeprefix("^") for _, row in ROWS if row.property != "-"}
    names |= {table.link for table in tables.load() if table.link}
    names |= {table.headers["link-if"].split()[1] for table in tables.load() if "link-if" in table.headers}
    names |= {
        row.value.partition(":")[2].split(" of ")[0]
        for _, row in ROWS
        if row.value.startswith(("number:", "evidence:"))
    }
    return sorted(name for name in names if name.startswith("ckg:"))


@pytest.mark.parametrize("name", _properties())
def test_every_property_of_the_project_is_declared_in_the_ontology(name: str) -> None:
    kinds = _terms().get(expand(name), set())
    assert kinds & {OWL + "ObjectProperty", OWL + "DatatypeProperty", OWL + "AnnotationProperty"}


@pytest.mark.parametrize("name", sorted({t.cls for t in tables.load() if t.cls}))
def test_every_class_is_declared_in_the_ontology(name: str) -> None:
    assert OWL + "Class" in _terms().get(expand(name), set())


NODES = (
    "code:",
    "ref:",
    "node:",
    "found-node:",
    "term",
    "found",
    "agent",
    "antigen",
    "uses",
    "response:",
    "=",
    "class",
    "choice:",
)


@pytest.mark.parametrize(
    ("table", "row"),
    [p for p in ROWS if p[1].property.startswith("ckg:")],
    ids=lambda x: getattr(x, "path", getattr(x, "name", "")),
)
def test_rows_write_nodes_for_object_properties_and_literals_for_data_properties(table: Table, row: Row) -> None:
    del table
    is_object = OWL + "ObjectProperty" in _terms()[expand(row.property)]
    literal = row.value in {"agent-label"} or not row.value.startswith(NODES)
    assert is_object != literal


def test_classes_kept_from_the_reasoner_imply_nothing() -> None:
    """Their nodes may lack types in the reasoner's input, because no axiom draws a conclusion from one."""
    kept = {expand(t.cls) for t in tables.load() if t.cls and t.headers.get("inference") == "none"}
    used: set[str] = set()
    for path in sorted(data_folder("ontology").rglob("*.ttl")):
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE):
            name = quad.predicate.value.rsplit("#", 1)[-1]
            if name in {"subClassOf", "equivalentClass"} and isinstance(quad.subject, ox.NamedNode):
                used.add(quad.subject.value)
            elif name in {"someValuesFrom", "allValuesFrom", "onClass"}:
                used.add(quad.object.value)
    assert sorted(kept & used) == []


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda x: getattr(x, "path", getattr(x, "name", "")))
def test_cardinality_follows_the_lists_of_the_record(table: Table, row: Row) -> None:
    if row.path in {"-", ".", "{n}"} or row.path.startswith("../"):
        assert "*" not in row.cardinality
    else:
        assert ("[]" in row.path) == ("*" in row.cardinality)
    if path := full_path(table, row):
        assert not path.startswith("links.") or path
        if not path.startswith("links.") and row.path != ".":
            canonical(path)


def _limits() -> list[tuple[str, str, int | None, int | None]]:
    """Return (class, property, least, most) for the property shapes of the checkout."""
    store = ox.Store()
    for path in sorted(data_folder("shapes").glob("*.ttl")):
        store.load(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    rows = store.query(
        f"""PREFIX sh: <{SH}>
        SELECT ?class ?path ?least ?most {{ ?shape sh:targetClass ?class ; sh:property ?p . ?p sh:path ?path .
          FILTER(isIRI(?path)) OPTIONAL {{ ?p sh:minCount ?least }} OPTIONAL {{ ?p sh:maxCount ?most }}
          FILTER(BOUND(?least) || BOUND(?most)) }}"""
    )
    found = []
    for row in rows:
        least, most = (None if row[name] is None else int(row[name].value) for name in ("least", "most"))
        found.append((row["class"].value.removeprefix(CKG), row["path"].value, least, most))
    return sorted(found, key=str)


def _writers(cls: str, predicate: str) -> list[str]:
    """Return the cardinalities with which the tables write a property of a class; links count as many."""
    found: list[str] = []
    by_name = {table.name: table for table in tables.load()}
    for table in tables.load():
        above = by_name.get(table.parent or "")
        if table.cls:
            classes: tuple[str, ...] = (table.cls.removeprefix("ckg:"),)
        elif table.iri == ".":
            classes = (above.cls.removeprefix("ckg:"),) if above and above.cls else ("Trial",)
        else:
            classes = CLASS_OF_ADDED[table.name]
        parents = (above.cls or "ckg:Trial").removeprefix("ckg:") if above else "Trial"
        if table.link and expand(table.link) == predicate and parents == cls:
            found.append("0..*" if "[]" in table.at else "0..1")
        if cls in classes or any(_below(c, cls) for c in classes):
            found += [
                r.cardinality
                for r in table.rows
                if r.property != "-" and expand(r.property.removeprefix("^")) == predicate
            ]
    return found


def _below(cls: str, above: str) -> bool:
    return (cls, above) in {
        ("InclusionCriterion", "EligibilityCriterion"),
        ("ExclusionCriterion", "EligibilityCriterion"),
        ("ImplicitArm", "Arm"),
    }


@pytest.mark.parametrize(("cls", "predicate", "least", "most"), _limits())
def test_cardinalities_equal_those_of_the_shapes(cls: str, predicate: str, least: int | None, most: int | None) -> None:
    written = _writers(cls, predicate)
    if most == 1:
        assert [c for c in written if "*" in c] == [], f"{cls} {predicate} may stand once"
    if least and cls not in BY_CODE and predicate != CKG + "canonicalTrial":
        assert written, f"no row writes {predicate} of {cls}"


def test_the_documentation_page_is_current(root: Path) -> None:
    page = (root / "docs" / "mapping.md").read_text(encoding="utf-8")
    assert page == documentation.page(), "run `make docs`"


@pytest.mark.parametrize("name", tables.FILES)
def test_tables_are_laid_out_in_columns_and_fit_a_screen(name: str) -> None:
    text = (Path(tables.__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    assert text == documentation.aligned(text)
    assert all(len(table.rows) <= 40 for table in tables.parse(name, text))


def test_a_malformed_row_is_named_with_its_line() -> None:
    with pytest.raises(TableError, match=r"x\.txt:3: a row has path, property, value and cardinality"):
        tables.parse("x", "[a]\nat  .\nname  rdfs:label  text\n")


def test_a_row_without_a_section_is_refused() -> None:
    with pytest.raises(TableError):
        tables.parse("x", "name  rdfs:label  text  1\n")


def test_an_unknown_kind_of_value_cannot_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.mapping import compiler

    broken = tables.parse("x", "[a]\nat  .\niri  .\n\nhasResults  ckg:x  nonsense  0..1\n")
    monkeypatch.setattr(compiler, "load", lambda: broken)
    with pytest.raises(KeyError):
        source()


@pytest.mark.parametrize("root", [Study, *(kind for _, kind in ROOTS.values())])
def test_a_field_that_may_be_absent_is_known_as_optional(root: type) -> None:
    """Whatever the annotation: `X | None`, an alias, a bounded number."""
    todo, seen = [root], set()
    while todo:
        kind = todo.pop()
        if kind in seen:
            continue
        seen.add(kind)
        known = fields_of(kind)
        for item in msgspec.structs.fields(kind):
            assert known[item.name].optional is (item.default is None), f"{kind.__name__}.{item.name}"
            if is_record(known[item.name].inside):
                todo.append(known[item.name].inside)
    assert len(seen) > 1
