"""Every name that the model promises exists, and every code of the registry has its value."""

import re
from pathlib import Path

import pytest
import yaml
from rdflib import OWL, RDF, SKOS, Graph, URIRef

from kg import ontology
from kg.namespaces import CKG


def promised(kind: str) -> list[str]:
    """Names of one kind that design and outside users rely on (contract.tsv)."""
    rows = [line.split("\t") for line in (Path(__file__).parent / "contract.tsv").read_text().splitlines()]
    return [name for found, name in rows if found == kind]


STUDY_TYPES = ("InterventionalTrial", "ObservationalTrial", "ExpandedAccessProgram")
ENUMS = {
    "Status": ("RecruitmentStatus",),
    "Phase": ("Phase",),
    "Sex": ("Sex",),
    "StandardAge": ("AgeGroup",),
    "SamplingMethod": ("SamplingMethod",),
    "IpdSharing": ("IpdSharingPlan",),
    "IpdSharingInfoType": ("SharedDocumentType",),
    "OrgStudyIdType": ("IdentifierType",),
    "SecondaryIdType": ("IdentifierType",),
    "AgencyClass": ("OrganizationClass",),
    "ExpandedAccessStatus": ("RecruitmentStatus",),
    "DateType": ("DateType",),
    "ResponsiblePartyType": ("ResponsiblePartyType",),
    "DesignAllocation": ("Allocation",),
    "InterventionalAssignment": ("InterventionModel",),
    "PrimaryPurpose": ("PrimaryPurpose",),
    "ObservationalModel": ("ObservationalModel",),
    "DesignTimePerspective": ("TimePerspective",),
    "BioSpecRetention": ("BiospecimenRetention",),
    "EnrollmentType": ("EnrollmentType",),
    "ArmGroupType": ("ArmType",),
    "InterventionType": ("InterventionType",),
    "OfficialRole": ("PersonRole",),
    "RecruitmentStatus": ("RecruitmentStatus",),
    "ReferenceType": ("PublicationRole",),
    "MeasureParam": ("MeasureParameter",),
    "MeasureDispersionType": ("DispersionType",),
    "OutcomeMeasureType": ("OutcomeRole",),
    "ReportingStatus": ("ReportingStatus",),
    "EventAssessment": ("EventAssessment",),
    "AgreementRestrictionType": ("AgreementRestriction",),
    "BrowseLeafRelevance": ("Relevance",),
    "DesignMasking": ("Masking",),
    "WhoMasked": ("MaskedParty",),
    "ConfidenceIntervalNumSides": ("IntervalSides",),
    "NonInferiorityType": ("HypothesisType",),
    "UnpostedEventType": ("UnpostedEventType",),
    "ViolationEventType": ("ViolationEventType",),
}


@pytest.fixture(scope="module")
def graph() -> Graph:
    return ontology.load()


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (OWL.Class, promised("class")),
        (OWL.ObjectProperty, promised("object")),
        (OWL.DatatypeProperty, promised("data")),
        (OWL.NamedIndividual, promised("individual")),
        (OWL.AnnotationProperty, ["aboutProperty", "aboutValue"]),
    ],
    ids=["classes", "object properties", "data properties", "values", "annotation properties"],
)
def test_every_name_of_the_contract_is_declared(graph: Graph, kind: URIRef, names: list[str]) -> None:
    """No promised term is missing or of another kind."""
    assert [name for name in names if (URIRef(CKG + name), RDF.type, kind) not in graph] == []


def test_every_code_of_the_registry_has_one_value(graph: Graph, shared: Path) -> None:
    """Each enumeration of the registry's API is covered by the notations of its value set."""
    text = (shared / "data/schema/ctg-oas-v2.yaml").read_text(encoding="utf-8")
    schemas = yaml.safe_load(text)["components"]["schemas"]
    missing = []
    for name, value_sets in ENUMS.items():
        for value_set in value_sets:
            members = graph.subjects(RDF.type, URIRef(CKG + value_set))
            codes = [str(code) for member in members for code in graph.objects(member, SKOS.notation)]
            assert len(codes) == len(set(codes)), name
            missing += [(name, code) for code in schemas[name]["enum"] if code not in codes]
    assert missing == []


def test_every_enumeration_of_studies_is_looked_at(shared: Path) -> None:
    """An enumeration that the registry adds turns this red, so that somebody decides about it."""
    text = (shared / "data/schema/ctg-oas-v2.yaml").read_text(encoding="utf-8")
    found = {name for name, schema in yaml.safe_load(text)["components"]["schemas"].items() if "enum" in schema}
    not_of_studies = {"FilterType", "FieldStatsType"}
    by_other_means = {
        "StudyType",  # classes of trials
        "ContactRole",  # contacts are personal data and stay out
        "AnalysisDispersionType",  # values of DispersionType, next test
    }
    assert found - set(ENUMS) == not_of_studies | by_other_means


@pytest.mark.parametrize("code", ["STANDARD_DEVIATION", "STANDARD_ERROR_OF_MEAN"])
def test_dispersion_of_an_analysis_is_a_dispersion_type(graph: Graph, code: str) -> None:
    """Analyses share the value set of measures."""
    found = [s for s in graph.subjects(SKOS.notation) if str(graph.value(s, SKOS.notation)) == code]
    assert URIRef(CKG + "DispersionType") in {kind for s in found for kind in graph.objects(s, RDF.type)}


def test_study_types_are_classes_with_the_code(graph: Graph) -> None:
    """The registry's study type decides the class of the trial."""
    codes = {str(graph.value(URIRef(CKG + n), SKOS.notation)) for n in STUDY_TYPES}
    assert codes == {"INTERVENTIONAL", "OBSERVATIONAL", "EXPANDED_ACCESS"}


@pytest.mark.parametrize("pattern", ["kg/mapping/tables/*.txt", "queries/*.rq", "shapes/*.ttl"])
def test_every_term_that_mapping_queries_and_shapes_name_is_declared(graph: Graph, root: Path, pattern: str) -> None:
    """A term in use that nobody declares is a misspelling, or was dropped too early."""
    paths = sorted(root.glob(pattern))
    assert paths
    declared = {str(term).removeprefix(CKG) for term in graph.subjects(RDF.type) if str(term).startswith(CKG)}
    used = {name for path in paths for name in re.findall(r"\bckg:([A-Za-z]\w*)", path.read_text(encoding="utf-8"))}
    shapes = {name for name in used if name.endswith("Shape")}
    assert sorted(used - declared - shapes) == []
