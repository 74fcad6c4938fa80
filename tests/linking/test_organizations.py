"""Organisations are identified by exact names of the table, never by likeness."""

import msgspec
import pytest

from kg.linking import link
from kg.linking.organizations import ror_of
from kg.record import Document, Position, Study

MSK = "Memorial Sloan Kettering Cancer Center"


def document(**protocol: object) -> Document:
    study = msgspec.convert({"protocolSection": protocol}, Study)
    return Document(
        source="ctgov",
        id="NCT00000001",
        kind="ctgov-v2",
        reader_version="1",
        sha256="0" * 64,
        study=study,
        position=Position("test.json"),
    )


@pytest.mark.parametrize(
    ("name", "ror"),
    [
        ("National Cancer Institute (NCI)", "040gcmg81"),
        ("Fred Hutchinson Cancer Center", "007ps6h72"),
        ("Fred Hutchinson Cancer Research Center", "007ps6h72"),
        ("M.D. Anderson Cancer Center", "04twxam07"),
        ("MEMORIAL SLOAN-KETTERING CANCER CENTER", "02yrq0923"),
    ],
)
def test_names_of_the_table_are_identified_whatever_their_case_and_punctuation(name: str, ror: str) -> None:
    assert ror_of(name) == ror


@pytest.mark.parametrize(
    "name",
    [
        "National Cancer Institute",
        "National Cancer Institute, Naples",
        "National Cancer Institute, France",
        "Fred Hutchinson Cancer Research Center/University of Washington Cancer Consortium",
        "Center for Cell and Gene Therapy, Baylor College of Medicine",
        "Karolinska University Hospital",
        "Sidney Kimmel Cancer Center at Thomas Jefferson University",
        "Mayo Clinics",
        "University Hospital",
    ],
)
def test_likeness_identifies_nobody(name: str) -> None:
    """Institutes of the same name in other countries, parts and consortia are other organisations."""
    assert ror_of(name) is None


def test_every_place_of_an_organisation_is_read_and_quoted() -> None:
    protocol = {
        "identificationModule": {"organization": {"fullName": "Mayo Clinic"}},
        "sponsorCollaboratorsModule": {
            "leadSponsor": {"name": MSK},
            "collaborators": [{"name": "Somebody Else"}, {"name": "National Cancer Institute (NCI)"}],
            "responsibleParty": {"investigatorAffiliation": "Duke University"},
        },
        "contactsLocationsModule": {
            "overallOfficials": [{"name": "A. Person"}, {"name": "B. Person", "affiliation": "Yale University"}]
        },
    }
    found = {o.ror.value: o.ror.evidence[0] for o in link(document(**protocol)).organizations}
    assert {ror: quote.field.removeprefix("protocolSection.") for ror, quote in found.items()} == {
        "02yrq0923": "sponsorCollaboratorsModule.leadSponsor.name",
        "040gcmg81": "sponsorCollaboratorsModule.collaborators[1].name",
        "02qp3tb03": "identificationModule.organization.fullName",
        "00py81415": "sponsorCollaboratorsModule.responsibleParty.investigatorAffiliation",
        "03v76x132": "contactsLocationsModule.overallOfficials[1].affiliation",
    }
    quote = found["02yrq0923"]
    assert (quote.quote, quote.begin, quote.end, quote.rule) == (MSK, 0, len(MSK), "organizations:02yrq0923")


def test_an_organisation_named_twice_is_linked_once_by_its_first_place() -> None:
    protocol = {
        "identificationModule": {"organization": {"fullName": MSK.upper()}},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": MSK}},
    }
    (only,) = link(document(**protocol)).organizations
    assert only.name == MSK


def test_spellings_that_are_nodes_of_their_own_are_each_linked() -> None:
    names = ("Fred Hutchinson Cancer Center", "Fred Hutchinson Cancer Research Center")
    protocol = {"leadSponsor": {"name": names[0]}, "collaborators": [{"name": names[1]}]}
    links = link(document(sponsorCollaboratorsModule=protocol)).organizations
    assert [(o.name, o.ror.value) for o in links] == [(name, "007ps6h72") for name in names]
