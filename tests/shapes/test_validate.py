"""What can be validated, and what a person reads afterwards."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest
from rdflib import Dataset, Graph, URIRef

from kg.errors import UnreadableInputError, UsageError
from kg.validation import Severity, validate
from kg.validation.engine import PreparedGraph, findings
from kg.validation.rules import rules_of, shapes_graph
from kg.validation.targets import documents

CKG = "https://w3id.org/cellkg/ontology/"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def trial(number: str, *statements: str) -> str:
    """N-Quads of one document about one trial, its type inferred."""
    iri, graph = f"<https://w3id.org/cellkg/trial/{number}>", f"https://w3id.org/cellkg/source/ctgov/{number}"
    lines = [f"{iri} <{CKG}{statement} <{graph}> ." for statement in statements]
    lines.append(f"{iri} {TYPE} <{CKG}Trial> <{graph}/inferred> .")
    return "\n".join(lines) + "\n"


NEGATIVE = 'enrollment> "-5"^^<http://www.w3.org/2001/XMLSchema#integer>'


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release of two parts and three documents, two of them with a negative enrolment."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "part-00.nq.gz").write_bytes(
        gzip.compress(trial("NCT00000001", NEGATIVE).encode()) + gzip.compress(trial("NCT00000002").encode())
    )
    (tmp_path / "data" / "part-01.nq.gz").write_bytes(gzip.compress(trial("NCT00000003", NEGATIVE).encode()))
    return tmp_path


def test_release_is_validated_document_by_document(release):
    """Documents stand apart, whatever part they are in; inferred types count."""
    report = validate(release)
    found = [finding for finding in report.findings if finding.rule == "trial-enrollment-minimum"]
    assert report.documents == 3
    assert [finding.document for finding in found] == [
        "https://w3id.org/cellkg/source/ctgov/NCT00000001",
        "https://w3id.org/cellkg/source/ctgov/NCT00000003",
    ]
    assert found[0].value == "-5"
    assert not report.conforms


def test_progress_counts_documents(release):
    """The command line shows how far validation is."""
    seen: list[int] = []
    validate(release, progress=seen.append)
    assert seen[-1] == 3


def test_processes_find_what_one_finds(release):
    """Parts are independent; the report is the same, in the same order."""
    one, two = validate(release), validate(release, jobs=2)
    assert (one.documents, one.findings) == (two.documents, two.findings)


def test_statements_of_two_documents_are_not_mixed(tmp_path):
    """Two documents with one status each are no trial with two statuses."""
    file = tmp_path / "two.nq"
    recruiting, completed = f"hasStatus> <{CKG}Recruiting>", f"hasStatus> <{CKG}Completed>"
    file.write_text(trial("NCT00000001", recruiting) + trial("NCT00000002", completed), encoding="utf-8")
    assert "trial-has-status-max-one" not in {finding.rule for finding in validate(file).findings}
    file.write_text(trial("NCT00000001", recruiting, completed), encoding="utf-8")
    assert "trial-has-status-max-one" in {finding.rule for finding in validate(file).findings}


def test_report_names_rule_node_value_and_remedy(release):
    """A person reads what is wrong, where, and what to do; the gravest rules come first."""
    lines = list(validate(release).lines(limit=1))
    assert lines[0].startswith("VIOLATION")
    text = "\n".join(lines)
    assert "trial-enrollment-minimum  (2)" in text
    assert "kg:trial/NCT00000001  ckg:enrollment = -5" in text
    assert "Check the number and its unit in the record." in text
    assert "... and 1 more" in text
    assert lines[-1].startswith("3 documents: does not conform")


def test_only_violations_break_conformance(tmp_path):
    """Warnings and information are for curators, not for a gate."""
    file = tmp_path / "one.nq"
    arm = "hasArm> <https://w3id.org/cellkg/trial/NCT00000001/arm/1>"
    stopped = f"hasStatus> <{CKG}Terminated>"
    graph = "<https://w3id.org/cellkg/source/ctgov/NCT00000001>"
    typed = f"<https://w3id.org/cellkg/trial/NCT00000001/arm/1> {TYPE} <{CKG}Arm> {graph} .\n"
    file.write_text(trial("NCT00000001", arm, stopped) + typed, encoding="utf-8")
    report = validate(file)
    assert "trial-stopped-without-reason" in {finding.rule for finding in report.findings}
    assert report.conforms
    assert report.by_severity()[Severity.WARNING] > 0


def test_rdflib_graph_is_validated_too():
    """Python users hand over what they have."""
    data = Graph().parse(data=f"<urn:t> a <{CKG}Trial> ; <{CKG}enrollment> -5 .", format="turtle")
    assert "trial-enrollment-minimum" in {finding.rule for finding in validate(data).findings}


def test_rdflib_dataset_is_validated_graph_by_graph():
    """Each named graph is a document."""
    data = Dataset()
    for number in ("NCT00000001", "NCT00000002"):
        context = data.graph(URIRef(f"https://w3id.org/cellkg/source/ctgov/{number}"))
        context.parse(data=f"<urn:{number}> a <{CKG}Trial> ; <{CKG}enrollment> -5 .", format="turtle")
    report = validate(data)
    assert report.documents == 2
    assert len([finding for finding in report.findings if finding.rule == "trial-enrollment-minimum"]) == 2


def test_prepared_graph_finds_what_a_plain_one_finds():
    """Parsing a query once must not change its answer for the next focus node."""
    text = """@prefix ckg: <https://w3id.org/cellkg/ontology/> . @base <http://x.org/> .
      <a> a ckg:Trial ; ckg:hasStatus ckg:Completed ; ckg:enrollment 0 .
      <b> a ckg:Trial ; ckg:hasStatus ckg:Completed ; ckg:enrollment 7 .
      <c> a ckg:Trial ; ckg:hasStatus ckg:Terminated ."""
    shapes = shapes_graph()
    rules = rules_of(shapes)
    plain, prepared = Graph().parse(data=text, format="turtle"), PreparedGraph().parse(data=text, format="turtle")
    assert findings(plain, shapes, rules) == findings(prepared, shapes, rules)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.ttl", None, "does not exist"),
        ("table.xlsx", b"x", "is no RDF file by its name"),
        ("broken.ttl", b"<a> <b> ", "cannot be read"),
        ("cut.nq.gz", gzip.compress(trial("NCT00000001", NEGATIVE).encode())[:-20], "cannot be read"),
    ],
)
def test_unreadable_input_is_named_with_its_remedy(tmp_path, name, content, words):
    """The sentence names the file."""
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UnreadableInputError, match=words) as caught:
        list(documents(file))
    assert name in str(caught.value)


def manifest_of(release: Path) -> None:
    parts = [
        {"name": f"data/{part.name}", "sha256": hashlib.sha256(part.read_bytes()).hexdigest()}
        for part in sorted((release / "data").iterdir())
    ]
    (release / "manifest.json").write_text(json.dumps({"parts": parts}), encoding="utf-8")


def test_missing_part_is_no_success(release):
    """Half a release that conforms is not a release that conforms."""
    manifest_of(release)
    assert validate(release).documents == 3
    (release / "data" / "part-01.nq.gz").unlink()
    with pytest.raises(UnreadableInputError, match=r"part-01\.nq\.gz is listed in manifest\.json and missing"):
        validate(release)


def test_part_with_other_bytes_is_refused(release):
    """A part cut at the end of a gzip member still reads cleanly; its checksum tells."""
    manifest_of(release)
    (release / "data" / "part-00.nq.gz").write_bytes(gzip.compress(trial("NCT00000001", NEGATIVE).encode()))
    with pytest.raises(UnreadableInputError, match="cut or changed"):
        validate(release)


def test_finding_names_the_document_and_not_the_graph_of_links(release):
    """Links between documents speak of the same trials."""
    line = (
        f"<https://w3id.org/cellkg/trial/NCT00000001> <{CKG}canonicalTrial> "
        "<https://w3id.org/cellkg/trial/NCT00000001> <https://w3id.org/cellkg/graph/identity> .\n"
    )
    (release / "data" / "identity.nq.gz").write_bytes(gzip.compress(line.encode()))
    report = validate(release)
    assert report.documents == 3
    assert {finding.document for finding in report.findings if "NCT00000001" in finding.focus} == {
        "https://w3id.org/cellkg/source/ctgov/NCT00000001"
    }


def test_folder_without_parts_is_no_release(tmp_path):
    """An empty folder must not conform."""
    with pytest.raises(UnreadableInputError, match="is no release"):
        validate(tmp_path)


def test_folder_without_shapes_is_refused(tmp_path, release):
    """No rules, no findings: that would look like success."""
    with pytest.raises(UsageError, match="holds no shapes"):
        validate(release, shapes=tmp_path / "data")


def test_rules_page_is_current(root):
    """docs/shapes.md is made from the shapes."""
    from kg.validation.page import page

    assert (root / "docs" / "shapes.md").read_text(encoding="utf-8") == page()
