"""The study record: the one shape into which every source is lifted."""

from msgspec import field

from kg.record.derived import AnnotationSection, DerivedSection, DocumentSection
from kg.record.part import Part
from kg.record.protocol import Outcome, ProtocolSection
from kg.record.results import ResultsSection


class Study(Part):
    """A study as the ClinicalTrials.gov API v2 describes it."""

    protocol_section: ProtocolSection = field(default_factory=ProtocolSection)
    results_section: ResultsSection | None = None
    annotation_section: AnnotationSection | None = None
    document_section: DocumentSection | None = None
    derived_section: DerivedSection | None = None
    has_results: bool | None = None


class StatedIdentifier(Part):
    """A number of the trial or article in the scheme that the source names.

    `scheme` is the registry's short name: `ClinicalTrials.gov`, `EudraCT`, `CTIS`,
    `ISRCTN`, `ICTRP`, `ChiCTR`, `PMID`, `DOI`, ... or `sponsor` for a sponsor's own number.
    """

    scheme: str
    value: str
    role: str = "registry"
    """`registry`, `secondary`, `databank` or `sponsor`."""


class Author(Part):
    """An author of an article, in the order of the article."""

    name: str
    affiliations: tuple[str, ...] = ()


class Abstract(Part):
    """A labelled part of a structured abstract, or the whole of a plain one."""

    text: str
    label: str | None = None


class Article(Part):
    """The bibliographic record of an article."""

    title: str | None = None
    journal: str | None = None
    issue: str | None = None
    """Volume, number and pages as stated, `23(1):1090`."""
    date: str | None = None
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as precise as the source."""
    doi: str | None = None
    pmid: str | None = None
    authors: tuple[Author, ...] = ()
    abstract: tuple[Abstract, ...] = ()
    keywords: tuple[str, ...] = ()
    mesh_terms: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    language: str | None = None
    reports_trial: bool = False
    """Whether the article reports a trial with its own results (then it is a trial document too)."""


class Additions(Part):
    """What a source states beyond the ClinicalTrials.gov data model.

    Empty for a ClinicalTrials.gov record.
    """

    identifiers: tuple[StatedIdentifier, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    """Outcomes whose role (primary, secondary) the source does not state."""
    article: Article | None = None
    countries: tuple[str, ...] = ()
    """Countries stated without a site."""
    launch_date: str | None = None
    url: str | None = None
    text_sections: tuple[Abstract, ...] = ()
    """Labelled text that has no field in the data model and is still said of the trial."""
    phases_as_stated: tuple[str, ...] = ()
