"""Accounting without the real corpus: every value has its place, and what has none is named."""

import json
from pathlib import Path

import pytest

from kg.coverage import account, canonical, ignored_reason, mapped_paths

STUDY = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT00000001", "briefTitle": "NK cells"},
        "conditionsModule": {"conditions": ["AML", "MDS"]},
        "contactsLocationsModule": {
            "centralContacts": [{"name": "Ada", "email": "ada@example.org"}],
            "locations": [{"city": "Paris", "contacts": [{"name": "Ada"}]}],
        },
    },
    "derivedSection": {"miscInfoModule": {"versionHolder": "2026-02-04"}},
    "hasResults": False,
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "studies.jsonl"
    path.write_text(json.dumps(STUDY) + "\n", encoding="utf-8")
    return path


def test_values_are_counted_by_what_becomes_of_them(corpus: Path) -> None:
    report = account([corpus])
    assert (report.records, report.mapped.total(), report.ignored.total(), report.unknown.total()) == (1, 6, 4, 0)
    assert report.mapped["protocolSection.conditionsModule.conditions[]"] == 2
    assert report.complete


def test_contact_details_and_bookkeeping_do_not_count_as_left_out(corpus: Path) -> None:
    assert account([corpus]).left_out_share == 0.0


def test_every_ignored_path_is_listed_with_its_reason_and_number(corpus: Path) -> None:
    lines = account([corpus]).lines()
    assert lines[0] == "1 record with 10 values"
    reason = next(i for i, line in enumerate(lines) if "Contact persons with telephone" in line)
    assert [line.split() for line in lines[reason + 1 : reason + 3]] == [
        ["1", "protocolSection.contactsLocationsModule.centralContacts[].email"],
        ["1", "protocolSection.contactsLocationsModule.centralContacts[].name"],
    ]


def test_a_record_that_cannot_be_read_is_counted_and_the_rest_goes_on(corpus: Path) -> None:
    with corpus.open("a", encoding="utf-8") as stream:
        stream.write('{"protocolSection": {"identificationModule": {"nctId": 5}}}\n')
    report = account([corpus])
    assert (report.records, len(report.rejects)) == (1, 1)
    assert "1 record rejected" in report.lines()[0]


def test_progress_counts_the_records(corpus: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    account([corpus], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, None)]


def test_an_empty_corpus_has_no_shares(tmp_path: Path) -> None:
    report = account([tmp_path])
    assert report.total == 0
    assert report.left_out_share == 0.0


def test_a_path_of_no_field_is_refused() -> None:
    with pytest.raises(KeyError):
        canonical("protocolSection.statusModule.moonPhase")


def test_a_pattern_covers_what_is_below_it_and_not_its_neighbours() -> None:
    assert ignored_reason("protocolSection.contactsLocationsModule.locations[].contacts[].phone")
    assert not ignored_reason("protocolSection.contactsLocationsModule.locations[].city")
    assert "protocolSection.contactsLocationsModule.locations[].city" in mapped_paths()
