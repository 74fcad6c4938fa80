"""What the PubMed readers share: whether an article reports a trial, and the document of an article."""

import hashlib
import re
from typing import Final

from kg.record import Additions, Document, RawDocument, Study
from kg.record.protocol import DesignInfo, DesignModule, IdentificationModule, ProtocolSection
from kg.record.study import Abstract, Article, StatedIdentifier
from kg.registries import find_registry_numbers
from kg.sources.codes import phases
from kg.sources.reader import Reader

SOURCE: Final = "pubmed"
TERMS: Final = "https://www.nlm.nih.gov/databases/download/terms_and_conditions.html"
"""NLM's terms and conditions for PubMed data."""

_TRIAL_TYPES: Final = re.compile(
    r"(?:Adaptive |Controlled |Pragmatic |Randomized Controlled |Equivalence )?(?:Clinical )?Trial(?:, Phase [IV]+)?\Z"
)
_NO_OWN_RESULTS: Final = frozenset(
    {
        "Clinical Trial Protocol", "Consensus Development Conference", "Guideline", "Meta-Analysis", "News",
        "Practice Guideline", "Published Erratum", "Retraction of Publication", "Review", "Scoping Review",
        "Systematic Review",
    }
)  # fmt: skip
_OPINION: Final = frozenset({"Comment", "Editorial"})
"""Types that also mark a report of a trial which somebody else comments on."""
_PHASE: Final = r"phase\s*(?:[1-4]|I{1,3}|IV)(?:[ab])?(?:\s*[/-]\s*(?:phase\s*)?(?:[1-4]|I{1,3}|IV)[ab]?)?"
_TRIAL_WORDS: Final = re.compile(
    rf"\b(?:{_PHASE}|randomi[sz]ed|open-label|single-arm|dose-escalation|double-blind|placebo-controlled)\b"
    r"[^.]{0,80}\b(?:trial|study)\b|\b(?:pilot|clinical|feasibility) trial\b",
    re.IGNORECASE,
)
_PEOPLE: Final = r"(?:patients?|participants?|subjects?|volunteers?|children|adults|women|men|recipients|individuals)"
_TREATED: Final = re.compile(
    rf"\b(?:\d[\d,]*|\w+teen|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty)\b"
    rf"[^.]{{0,60}}\b{_PEOPLE}\b[^.]{{0,80}}\b(?:enrolled|randomi[sz]ed|assigned|treated|received|infused|recruited|included)\b"
    rf"|\bwe\s+(?:enrolled|randomi[sz]ed|assigned|treated|recruited)\b[^.]{{0,60}}\d",
    re.IGNORECASE,
)
_NOT_A_TRIAL: Final = re.compile(
    r"\b(?:retrospective(?:ly)?|systematic review|meta-analysis|case report|cohort study|registry data|in vitro study|"
    r"study protocol|will be (?:enrolled|randomi[sz]ed|recruited)|cost-effectiveness|survey)\b",
    re.IGNORECASE,
)
_TITLE_PHASE: Final = re.compile(rf"\b{_PHASE}\b", re.IGNORECASE)
_RANDOMIZED: Final = re.compile(r"\b(non[- ]?)?randomi[sz]ed\b", re.IGNORECASE)


def reports_trial(article: Article, identifiers: tuple[StatedIdentifier, ...]) -> bool:
    """Whether an article reports a trial with results of its own.

    It does when PubMed's publication types say so and there is an abstract that gives numbers,
    or when the abstract tells how many people were treated and either calls it a trial or
    the article cites one registry number. Reviews, protocols, comments and animal studies do not.
    """
    types = frozenset(article.publication_types)
    abstract = " ".join(part.text for part in article.abstract)
    if types & _NO_OWN_RESULTS or not any(c.isdigit() for c in abstract):
        return False
    if "Animals" in article.mesh_terms and "Humans" not in article.mesh_terms:
        return False
    if any(_TRIAL_TYPES.fullmatch(name) for name in types):
        return True
    told = f"{article.title or ''}. {abstract}"
    if types & _OPINION or _NOT_A_TRIAL.search(told) or not _TREATED.search(abstract):
        return False
    return bool(_TRIAL_WORDS.search(told)) or len({i.value for i in identifiers if i.role != "registry"}) == 1


def registrations(abstract: tuple[Abstract, ...], known: tuple[StatedIdentifier, ...]) -> tuple[StatedIdentifier, ...]:
    """Return registry numbers that the abstract gives as the trial's registration, beyond the known ones.

    Read where the part is labelled so, or where the words before the number say so.
    """
    found: dict[tuple[str, str], StatedIdentifier] = {(item.scheme, item.value): item for item in known}
    for part in abstract:
        labelled = re.search(r"regist|identifier|trial number", part.label or "", re.IGNORECASE) is not None
        for number in find_registry_numbers(part.text):
            before = part.text[max(0, number.begin - 60) : number.begin]
            said = re.search(r"regist|identifier|clinicaltrials\.gov|EudraCT|number", before, re.IGNORECASE)
            key = (number.scheme, number.value)
            if key not in found and (labelled or said):
                found[key] = StatedIdentifier(number.scheme, number.value, "secondary")
    return tuple(found.values())


def study_of(article: Article) -> Study:
    """Return what an article that reports a trial says of its design, in the fields of a study."""
    types = " ".join(article.publication_types)
    title = article.title or ""
    stated = _TITLE_PHASE.search(title)
    from_types = re.findall(r"Phase [IV]+", types)
    found = phases(stated[0]) if stated else tuple(dict.fromkeys(code for name in from_types for code in phases(name)))
    word = _RANDOMIZED.search(title)
    allocation = None
    if word:
        allocation = "NON_RANDOMIZED" if word[1] else "RANDOMIZED"
    elif "Randomized Controlled Trial" in article.publication_types:
        allocation = "RANDOMIZED"
    interventional = "Observational Study" not in article.publication_types and "Trial" in types
    return Study(
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(brief_title=article.title),
            design_module=DesignModule(
                study_type="INTERVENTIONAL" if interventional else None,
                phases=found,
                design_info=DesignInfo(allocation=allocation) if allocation else None,
            ),
        )
    )


def article_document(
    raw: RawDocument,
    reader: Reader,
    article: Article,
    *,
    identifier: str,
    identifiers: tuple[StatedIdentifier, ...],
    sections: tuple[Abstract, ...] = (),
    version_date: str | None = None,
    unknown: tuple[str, ...] = (),
) -> Document:
    """Return the document of an article, with a study when it reports a trial."""
    numbers = registrations(article.abstract, identifiers)
    article.reports_trial = reports_trial(article, numbers)
    return Document(
        source=SOURCE,
        id=identifier,
        kind=reader.kind,
        reader_version=reader.version,
        study=study_of(article) if article.reports_trial else Study(),
        additions=Additions(
            identifiers=numbers,
            article=article,
            text_sections=sections,
            url=raw.url,
        ),
        position=raw.position,
        sha256=hashlib.sha256(raw.data).hexdigest(),
        version_date=version_date or raw.fetched,
        licence=reader.licence,
        text="\n".join(filter(None, (article.title, *(part.text for part in article.abstract)))) or None,
        unknown_paths=unknown,
        describes_trial=article.reports_trial,
    )


def issue(volume: str | None, number: str | None, pages: str | None) -> str | None:
    """Return volume, number and pages as PubMed writes them, `23(1):1090`."""
    text = (volume or "") + (f"({number})" if number else "")
    if pages:
        text = f"{text}:{pages}" if text else pages
    return text or None
