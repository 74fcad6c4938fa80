"""The card of a document: the few fields by which a trial is recognised, with their words."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from kg.iri import identifier
from kg.record import Document
from kg.record.study import StatedIdentifier
from kg.registries import find_registry_numbers

_NOT_A_TRIAL_NUMBER: Final = frozenset({"PMID", "PMC", "DOI", "PII", "sponsor"})
_MODULE: Final = "protocolSection.identificationModule"


class Words(Struct, frozen=True):
    """Words of a field: exactly `text[begin:end]` of it, in code points."""

    field: str
    quote: str
    begin: int = 0

    @property
    def end(self) -> int:
        """Code points from the start of the field to the end of the quote."""
        return self.begin + len(self.quote)


class Number(Struct, frozen=True):
    """A registry number that a document states."""

    scheme: str
    value: str
    role: str
    """`own`, `alias` (an older number of the record), `secondary` or `databank` for a registry number;
    `article` for a DOI or PMID, `document` for the source's own key, neither of which a registry gave."""
    words: Words


class Card(Struct, frozen=True, kw_only=True):
    """What identity needs of a document; a few hundred bytes, whatever the document's size."""

    key: str
    trial: str
    graph: str
    source: str
    numbers: tuple[Number, ...] = ()
    """The document's own registry number, at most one, and the older numbers of the same record."""
    cited: tuple[Number, ...] = ()
    """Registry numbers cited as secondary id or in a data bank, and what names the article itself."""
    title: Words | None = None
    official_title: Words | None = None
    sponsor: Words | None = None
    start_date: Words | None = None
    launch_dates: tuple[Words, ...] = ()
    """Launch as a page states it; first submission and first posting as a registry does."""
    enrollment: Words | None = None
    investigators: tuple[Words, ...] = ()
    phases: tuple[str, ...] = ()
    study_type: str | None = None
    version_date: str | None = None
    versioned: bool = False
    """Whether another document of the same number keeps the IRI without version."""
    describes_trial: bool = True
    pmid: str | None = None
    doi: str | None = None

    @property
    def is_numbered(self) -> bool:
        """Whether the document states a registry number, its own or a cited one."""
        return any(number.role not in ("article", "document") for number in (*self.numbers, *self.cited))


def card(document: Document, trial: str, graph: str) -> Card:
    """Return the card of a document whose trial and graph have these IRIs."""
    protocol = document.study.protocol_section
    article = document.additions.article
    own, cited = _numbers(document)
    design = protocol.design_module
    sponsor = protocol.sponsor_collaborators_module.lead_sponsor
    enrollment = design.enrollment_info
    start = protocol.status_module.start_date_struct
    return Card(
        key=document.key,
        trial=trial,
        graph=graph,
        source=document.source,
        numbers=own,
        cited=cited + tuple(_other_names(document, bool(own))),
        title=_words(f"{_MODULE}.briefTitle", protocol.identification_module.brief_title),
        official_title=_words(f"{_MODULE}.officialTitle", protocol.identification_module.official_title),
        sponsor=_words(
            "protocolSection.sponsorCollaboratorsModule.leadSponsor.name", sponsor.name if sponsor else None
        ),
        start_date=_words("protocolSection.statusModule.startDateStruct.date", start.date if start else None),
        launch_dates=tuple(_launch_dates(document)),
        enrollment=_words(
            "protocolSection.designModule.enrollmentInfo.count",
            str(enrollment.count) if enrollment and enrollment.count is not None else None,
        ),
        investigators=tuple(
            Words(f"protocolSection.contactsLocationsModule.overallOfficials[{n}].name", official.name)
            for n, official in enumerate(protocol.contacts_locations_module.overall_officials)
            if official.name
        ),
        phases=design.phases,
        study_type=design.study_type,
        version_date=document.version_date,
        versioned=document.owns_registry_iri and not trial.endswith("/" + identifier(document.id)),
        describes_trial=document.describes_trial,
        pmid=article.pmid if article else None,
        doi=article.doi if article else None,
    )


def _words(field: str, text: str | None) -> Words | None:
    return Words(field, text) if text else None


def _launch_dates(document: Document) -> Iterator[Words]:
    status = document.study.protocol_section.status_module
    posted = status.study_first_post_date_struct
    stated = (
        ("additions.launchDate", document.additions.launch_date),
        ("protocolSection.statusModule.studyFirstSubmitDate", status.study_first_submit_date),
        ("protocolSection.statusModule.studyFirstSubmitQcDate", status.study_first_submit_qc_date),
        ("protocolSection.statusModule.studyFirstPostDateStruct.date", posted.date if posted else None),
    )
    for field, date in stated:
        if date:
            yield Words(field, date)


def _numbers(document: Document) -> tuple[tuple[Number, ...], tuple[Number, ...]]:
    """Return the document's own number (with older ones of the record), and the numbers it cites.

    A document has one number of its own: the registry's for a registry record, else the first
    that its source gives as the trial's registration. Every further number is a citation.
    """
    stated = list(_stated_numbers(document))
    own = next((number for number in stated if number.role == "own"), None)
    numbers: list[Number] = [] if own is None else [own]
    cited: list[Number] = []
    seen = {(number.scheme, number.value) for number in numbers}
    for number in stated:
        if (number.scheme, number.value) in seen:
            continue
        seen.add((number.scheme, number.value))
        if number.role == "alias":
            numbers.append(number)
        else:
            cited.append(
                number if number.role != "own" else Number(number.scheme, number.value, "secondary", number.words)
            )
    return tuple(numbers), tuple(cited)


def _stated_numbers(document: Document) -> Iterator[Number]:
    identification = document.study.protocol_section.identification_module
    if identification.nct_id:
        yield from _recognised(f"{_MODULE}.nctId", identification.nct_id, "own")
    for n, alias in enumerate(identification.nct_id_aliases):
        yield from _recognised(f"{_MODULE}.nctIdAliases[{n}]", alias, "alias")
    for n, stated in enumerate(document.additions.identifiers):
        yield from _of_identifier(f"additions.identifiers[{n}].value", stated)
    for n, secondary in enumerate(identification.secondary_id_infos):
        if secondary.id:
            yield from _recognised(f"{_MODULE}.secondaryIdInfos[{n}].id", secondary.id, "secondary")
    if identification.org_study_id_info and identification.org_study_id_info.id:
        yield from _recognised(f"{_MODULE}.orgStudyIdInfo.id", identification.org_study_id_info.id, "secondary")


def _other_names(document: Document, numbered: bool) -> Iterator[Number]:
    """Yield what names a document beside registry numbers: DOI and PMID of an article, else its source's key.

    Two documents of one article report one trial, and two of one key are copies of one page.
    """
    article = document.additions.article
    if article and article.doi:
        yield Number("DOI", article.doi.lower(), "article", Words("additions.article.doi", article.doi))
    if article and article.pmid:
        yield Number("PMID", article.pmid, "article", Words("additions.article.pmid", article.pmid))
    title = document.study.protocol_section.identification_module.brief_title
    if article is None and title and not numbered:
        yield Number("key", document.key, "document", Words(f"{_MODULE}.briefTitle", title))


def _of_identifier(field: str, stated: StatedIdentifier) -> Iterator[Number]:
    if stated.scheme in _NOT_A_TRIAL_NUMBER or stated.role == "sponsor":
        return
    role = "own" if stated.role == "registry" else stated.role
    found = list(_recognised(field, stated.value, role))
    if not found and role == "own":
        found = [Number(stated.scheme, stated.value, role, Words(field, stated.value))]
    yield from found


def _recognised(field: str, text: str, role: str) -> Iterator[Number]:
    for found in find_registry_numbers(text):
        yield Number(found.scheme, found.value, role, Words(field, text[found.begin : found.end], found.begin))
