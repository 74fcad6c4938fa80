"""Alignments: verified identifiers only, as SSSOM and as RDF."""

import csv
from pathlib import Path

import pytest
from rdflib import SKOS, Graph, URIRef

from kg import ontology
from kg.errors import UnreadableInputError, UsageError
from kg.namespaces import CKG, KG, OBO
from kg.ontology import alignments, vocabulary
from kg.ontology.curies import expand


def test_every_identifier_was_seen_in_a_file() -> None:
    """Nothing is aligned from memory: each identifier of a table stands in identifiers.tsv with its file."""
    assert alignments.unverified() == []
    assert all(source for _, source in alignments.identifiers().values())


def test_no_unverified_row_of_the_reference_is_shipped(shared: Path) -> None:
    """What the reference marks UNVERIFIED stays out, unless another file vouches for the same identifier."""
    with (shared / "reference/alignments.tsv").open(newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    recalled = {row["curie"] for row in rows if row["verified_from"].startswith("UNVERIFIED")}
    seen = {row["curie"] for row in rows} - recalled
    for sssom in (shared / "reference").glob("*.sssom.tsv"):
        seen |= {c for line in sssom.read_text().splitlines() for c in line.replace("mesh:", "MESH:").split("\t")[:4]}
    own = {name for name, (_, source) in alignments.identifiers().items() if "UNVERIFIED" in source}
    assert own == set()
    shipped = {m.object for found in alignments.mapping_sets({}).values() for m in found}
    for name in recalled & shipped:
        assert name in seen or alignments.identifiers()[name][1], name


def test_identifiers_agree_with_the_reference(shared: Path) -> None:
    """identifiers.tsv says what the reference says; other verified ones are kept; organisations stand elsewhere."""
    text = alignments.collect(shared / "reference")
    assert [line for line in text.splitlines() if line.endswith("\t")] == []
    kept = {line.split("\t")[0] for line in text.splitlines()[1:]}
    sets = alignments.mapping_sets({})
    assert kept == {m.object for name, found in sets.items() for m in found if name != "organizations"}


def test_lymphodepletion_is_ours_and_only_near_conditioning() -> None:
    """No vocabulary has lymphodepletion: nothing is exactly it."""
    found = {m.predicate for m in alignments.mapping_sets({})["terms"] if m.subject == "ckg:Lymphodepletion"}
    assert found == {"skos:closeMatch"}


@pytest.mark.parametrize("name", ["NKCellInfusion", "CARNKCellInfusion", "TumorInfiltratingLymphocyteInfusion"])
def test_therapy_that_no_vocabulary_names_has_no_exact_match(name: str) -> None:
    """There is no generic concept of these therapies elsewhere."""
    found = [m for m in alignments.mapping_sets({})["products"] if m.subject == f"ckg:{name}"]
    assert found
    assert {m.predicate for m in found} == {"skos:broadMatch"}


@pytest.mark.parametrize(
    ("subject", "predicate", "target"),
    [
        (f"{KG}substance/lenalidomide", SKOS.exactMatch, f"{OBO}CHEBI_63791"),
        (f"{CKG}NaturalKillerCell", SKOS.exactMatch, f"{OBO}CL_0000623"),
        (f"{CKG}DonorLymphocyteInfusion", SKOS.exactMatch, f"{OBO}NCIT_C16145"),
        (f"{CKG}Recruiting", SKOS.exactMatch, "https://schema.org/Recruiting"),
        (f"{KG}condition/mesh-D015470", SKOS.exactMatch, f"{OBO}MONDO_0018874"),
    ],
)
def test_alignment_is_in_the_published_ontology(subject: str, predicate: URIRef, target: str) -> None:
    """Matches are RDF in the release, with IRIs that resolve to the other vocabulary."""
    assert (URIRef(subject), predicate, URIRef(target)) in ontology.load()


def test_sssom_table_has_header_columns_and_known_prefixes() -> None:
    """Each table opens with its metadata; every row has all columns and expandable CURIEs."""
    folder = ontology.module_paths()[0].parent / "mappings"
    tables = sorted(folder.glob("*.sssom.tsv"))
    assert {table.name.split(".")[0] for table in tables} >= {"terms", "products", "substances", "conditions"}
    for table in tables:
        lines = table.read_text(encoding="utf-8").splitlines()
        header = [line for line in lines if line.startswith("#")]
        assert "#license: https://creativecommons.org/licenses/by/4.0/" in header
        assert tuple(lines[len(header)].split("\t")) == alignments.COLUMNS
        for line in lines[len(header) + 1 :]:
            cells = line.split("\t")
            assert len(cells) == len(alignments.COLUMNS), line
            assert expand(cells[0]).startswith(KG)
            assert not expand(cells[3]).startswith(KG)
            assert cells[5].startswith("semapv:")
            assert cells[6], line


def test_matches_cell_must_say_how_close() -> None:
    """A bare CURIE is refused."""
    with pytest.raises(UnreadableInputError, match="CHEBI:63791"):
        vocabulary.matches("CHEBI:63791")


def test_unknown_prefix_is_refused_with_the_known_ones() -> None:
    """A typing error in a prefix stops the build."""
    with pytest.raises(UsageError, match="CHEBI"):
        expand("CHEBBI:1")


def test_vocabulary_is_turtle_with_one_label_each() -> None:
    """Every row of every table is an individual with one label."""
    graph = Graph().parse(data=vocabulary.turtle(), format="turtle")
    labels = [
        list(graph.objects(s, URIRef("http://www.w3.org/2000/01/rdf-schema#label"))) for s in set(graph.subjects())
    ]
    assert len(labels) > 1000
    assert {len(found) for found in labels} == {1}
