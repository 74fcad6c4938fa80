"""The annotation, document and derived sections: what the registry adds to a record."""

from msgspec import field

from kg.record.part import Part, Whole


class UnpostedEvent(Part):
    """A step of results that were submitted and not posted."""

    type: str | None = None
    date: str | None = None
    date_unknown: bool | None = None


class UnpostedAnnotation(Part):
    """Results submitted but not posted."""

    unposted_responsible_party: str | None = None
    unposted_events: tuple[UnpostedEvent, ...] = ()


class ViolationEvent(Part):
    """A notice of the FDA."""

    type: str | None = None
    description: str | None = None
    creation_date: str | None = None
    issued_date: str | None = None
    release_date: str | None = None
    posted_date: str | None = None


class ViolationAnnotation(Part):
    """Notices of the FDA about the study."""

    violation_events: tuple[ViolationEvent, ...] = ()


class AnnotationModule(Part):
    """Annotations by the registry."""

    unposted_annotation: UnpostedAnnotation | None = None
    violation_annotation: ViolationAnnotation | None = None


class AnnotationSection(Part):
    """What the registry annotated."""

    annotation_module: AnnotationModule | None = None


class LargeDoc(Part):
    """An uploaded document."""

    type_abbrev: str | None = None
    has_protocol: bool | None = None
    has_sap: bool | None = None
    has_icf: bool | None = None
    label: str | None = None
    date: str | None = None
    upload_date: str | None = None
    filename: str | None = None
    size: Whole | None = None


class LargeDocumentModule(Part):
    """Uploaded documents."""

    no_sap: bool | None = None
    large_docs: tuple[LargeDoc, ...] = ()


class DocumentSection(Part):
    """Protocols, analysis plans, consent forms."""

    large_document_module: LargeDocumentModule | None = None


class DateStruct(Part):
    """A full date of the registry's own bookkeeping."""

    date: str | None = None
    type: str | None = None


class FirstMcpInfo(Part):
    """The first results review."""

    post_date_struct: DateStruct | None = None


class SubmissionInfo(Part):
    """A submission of results."""

    release_date: str | None = None
    unrelease_date: str | None = None
    unrelease_date_unknown: bool | None = None
    reset_date: str | None = None
    mcp_release_n: Whole | None = None


class SubmissionTracking(Part):
    """Submissions of results not yet posted."""

    estimated_results_first_submit_date: str | None = None
    first_mcp_info: FirstMcpInfo | None = None
    submission_infos: tuple[SubmissionInfo, ...] = ()


class BmiLimits(Part):
    """BMI limits that the registry's model read from the criteria."""

    min_bmi: float | None = None
    max_bmi: float | None = None


class ModelPredictions(Part):
    """What the registry's model predicts."""

    bmi_limits: BmiLimits | None = None


class MiscInfoModule(Part):
    """Bookkeeping of the registry."""

    version_holder: str | None = None
    removed_countries: tuple[str, ...] = ()
    submission_tracking: SubmissionTracking | None = None
    model_predictions: ModelPredictions | None = None


class Mesh(Part):
    """A MeSH heading."""

    id: str | None = None
    term: str | None = None


class BrowseLeaf(Part):
    """A leaf of the registry's browse tree."""

    id: str | None = None
    name: str | None = None
    as_found: str | None = None
    relevance: str | None = None


class BrowseBranch(Part):
    """A branch of the registry's browse tree."""

    abbrev: str | None = None
    name: str | None = None


class BrowseModule(Part):
    """MeSH headings that the registry derived, with ancestors."""

    meshes: tuple[Mesh, ...] = ()
    ancestors: tuple[Mesh, ...] = ()
    browse_leaves: tuple[BrowseLeaf, ...] = ()
    browse_branches: tuple[BrowseBranch, ...] = ()


class DerivedSection(Part):
    """What the registry derived from the record."""

    misc_info_module: MiscInfoModule = field(default_factory=MiscInfoModule)
    condition_browse_module: BrowseModule = field(default_factory=BrowseModule)
    intervention_browse_module: BrowseModule = field(default_factory=BrowseModule)
