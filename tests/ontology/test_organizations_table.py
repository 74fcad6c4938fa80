"""The table of organisations: well-formed ids with a source, and what an expert's slip is told."""

import pytest

from kg.ontology import alignments, checks, organizations

ROW = {"name": "Mayo Clinic", "ror": "02qp3tb03", "ror_name": "Mayo Clinic", "verified_from": "a file"}


def test_every_row_has_a_checked_id_and_a_source() -> None:
    table = organizations.rows()
    assert len({row["ror"] for row in table}) >= 40
    assert list(organizations.faults(table)) == []


@pytest.mark.parametrize("ror", ["040gcmg81", "01k4yrm29", "03yrm5c26"])
def test_an_id_ends_with_its_check_digits(ror: str) -> None:
    assert organizations.is_ror(ror)
    assert not organizations.is_ror(f"{ror[:-1]}{(int(ror[-1]) + 1) % 10}")
    assert not organizations.is_ror(f"{ror[:2]}{ror[3]}{ror[2]}{ror[4:]}")


@pytest.mark.parametrize("text", ["", "https://ror.org/040gcmg81", "040GCMG81", "140gcmg81", "040gcmi81", "040gcmg8\n"])
def test_other_forms_are_no_ids(text: str) -> None:
    assert not organizations.is_ror(text)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW | {"ror": "02qp3tb04"}, "check digits"),
        (ROW | {"verified_from": ""}, "no source"),
        (ROW | {"ror_name": ""}, "no name in ROR"),
        (ROW | {"name": "MAYO-CLINIC", "ror": "040gcmg81", "ror_name": "NCI"}, "one organisation with another row"),
        (ROW | {"name": "Mayo Clinic in Rochester", "ror_name": "Mayo"}, "another name than 'Mayo Clinic'"),
    ],
)
def test_a_slip_is_found_and_named(row: dict[str, str], message: str) -> None:
    found = [said for _, said in organizations.faults([ROW, row])]
    assert found
    assert message in found[0]


def test_a_slip_is_a_finding_of_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organizations, "rows", lambda: [ROW | {"ror": "02qp3tb04"}])
    assert ("organization-row", "Mayo Clinic") in {(f.rule, f.subject) for f in checks.check()}


def test_organisations_are_mappings_with_rors_own_name() -> None:
    found = {m.subject: m for m in alignments.mapping_sets({})["organizations"]}
    mapping = found["kg:organization/fred-hutchinson-cancer-research-center"]
    assert (mapping.predicate, mapping.object) == ("skos:exactMatch", "ROR:007ps6h72")
    assert alignments.identifiers()["ROR:007ps6h72"][0] == "Fred Hutch Cancer Center"
