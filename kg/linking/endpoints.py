"""Endpoints of planned and reported outcomes: what a measure is about, and over what time.

The lexicon `ontology/lexicon/endpoints.tsv` names the endpoints; the few rules here say
which of several names in one measure is its subject.
"""

import re
from functools import cache, lru_cache
from typing import Final

from msgspec import Struct

from kg.files import data_folder
from kg.linking.agents import spellings
from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Entry, Lexicon, Match, read_rows, read_table
from kg.linking.timeframes import read_time_frame
from kg.record.links import Evidence, Finding, OutcomeLinks

_ASIDE: Final = re.compile(r"\(([^()]*)\)")
_PURPOSE: Final = re.compile(
    r"\b(?:without|defined as|as defined by|defined by|as measured by|measured by|assessed by|assessed using|"
    r"as assessed|"
    r"according to|based on|graded (?:by|according)|from (?:the )?(?:time|date) of|censored|until|in (?:patients|"
    r"participants|subjects) "
    r"(?:who|with|that)|among (?:patients|participants|subjects)|correlat\w+ (?:with|of|between)|association with|"
    r"relationship (?:between|with)|predict\w*|at risk for|risk factors? for)\b"
)
_DEFINED_BY: Final = re.compile(
    r"\b(?:defined (?:by|as)|measured by|assessed by|determined by|evaluated by|in terms of)\b"
)
_SURVIVAL_OF: Final = re.compile(
    r"^ (?:of|time of|and proliferation of)?\s*(?:the )?(?:anti-?\S+ |cd\d+\S* )?"
    r"(?:infused|transferred|transduced|gene|adoptively|t[ -]cells?|nk|"
    r"cells?|ctls?|car|tils?|graft|implant|islet|cartilage|lymphocytes?|marked)\b"
)
_CELLS_SURVIVE: Final = re.compile(
    r"\bsurvival (?:time )?of (?:the )?(?:infused |transferred |transduced |anti-?\S+ |cd\d+\S* ){0,2}"
    r"(?:car[ -]?)?(?:t|nk)[ -]?cells\b"
)
_POPULATION: Final = re.compile(r"\b(?:for|in|among) (?:the )?$")
_CELLS: Final = re.compile(
    r"\b(?:cells?|ctls?|car(?:s|-?ts?)?|nk|lymphocytes?|tils?|transgene|dlis?|vector|msc|copies|copy|t-?cells?|"
    r"engraft\w*)\b"
)
_DISEASE: Final = re.compile(r"\b(?:tumou?r|cancer|disease|metasta\w+|lesion|leuk[a]?emi\w*|lymphoma)\b")
_MORTALITY: Final = frozenset({"mortality", "mortality rate", "death rate", "overall mortality"})
_OWN_RULES: Final = frozenset({"persistence", "persist", "persisting", "cell expansion", "survival"})
_LOOSE: Final = frozenset({"AdverseEvents", "Function", "Pain"})
_PART_OF_RESPONSE: Final = frozenset({"CompleteRemissionRate", "ObjectiveResponseRate"})
_FREE: Final = ("RelapseFreeSurvival", "DiseaseFreeSurvival")
_FIRST_SENTENCE: Final = re.compile(r"[^.;\n]+")
_VAGUE: Final = re.compile(
    r"(?:\W|\b(?:phase|i+|[1-4]|primary|secondary|endpoints?|outcomes?|measures?|efficacy|effectiveness|clinical|"
    r"activity|"
    r"preliminary|overall|success|evaluation|assessment|of|the|and|treatment|results?|study|objective|effects?)\b)+"
)
"""A measure that says nothing by itself: `Efficacy`, `Phase II`, `Clinical outcome`."""
_EFFICACY: Final = re.compile(r"\b(?:efficacy|effectiveness) (?:of|in|endpoints)\b", re.IGNORECASE)
"""What a measure says instead of its endpoint: `Efficacy of the T cells`."""
_SHORT_DESCRIPTION: Final = 200
_SHORT_MEASURE: Final = 90
_COUNTED: Final = re.compile(
    r"(?:[\W\d]|\b(?:number|percentages?|proportion|rates?|incidence|occurrence|frequency|time|to|of|in|at|by|the|"
    r"participants|patients|subjects|within|days?|weeks?|months?|years?)\b)*"
)
_OF_SAFETY: Final = frozenset(
    {"CytokineReleaseSyndrome", "DoseLimitingToxicity", "MaximumToleratedDose", "RecommendedDose"}
)
"""What a measure of safety may count or find, as its description says."""
_KINETICS_OF_CELLS: Final = re.compile(r"\b(?:cells|car(?:[ -]?ts?)?|ctls|tils|transgene|vector)\b")
_OTHER_RESPONSE: Final = re.compile(
    r"\b(?:immun\w+|antibody|cellular|t[- ]cell|cytokine|dose|biomarker|stress|pharmacodynamic|inflammatory|vaccine|"
    r"physiologic\w*|endocrine|baseline|time to|duration of|predict\w*)\b[^,;]{0,20}$"
)
_CANCER: Final = re.compile(
    r"\b(?:cancer|tumou?rs?|leuk[a]?emi|lymphoma|myeloma|carcinoma|sarcoma|melanoma|gli(?:oma|oblastoma)|blastoma|"
    r"malignan|"
    r"neoplas|myelodysplas|aml|mds|cll|nhl|waldenstr|mesothelioma)"
)
_LEUKEMIA: Final = re.compile(r"leuk[a]?emia|\b(?:aml|all|cml|apl)\b|\bmyelodysplas")


@cache
def _lexicon() -> Lexicon:
    return Lexicon(
        Entry(entry.term, form, entry.context, entry.rule)
        for entry in read_table("endpoints")
        for form in ((entry.synonym,) if entry.context == "exact" else spellings(entry.synonym))
    )


@cache
def broader() -> dict[str, str]:
    """Return for every endpoint that has one its broader endpoint (`ontology/endpoints.tsv`)."""
    rows = read_rows(data_folder("ontology") / "endpoints.tsv")
    return {row["name"]: row["broader"] for row in rows if row["broader"]}


class Setting(Struct, frozen=True):
    """What the trial is about, as far as the words of its measures depend on it."""

    leukemia: bool = False
    """Its diseases are leukaemias: disease-free and relapse-free survival are leukaemia-free survival."""
    oncology: bool = False
    """Its diseases are cancers: a `response` is one of the disease."""

    @classmethod
    def of(cls, reading: Reading) -> "Setting":
        """Read the setting from the stated conditions, else the titles."""
        stated = reading.roles("condition") or reading.roles("title", "official-title", "article-title")
        return cls(
            leukemia=bool(stated) and all(_LEUKEMIA.search(field.lower) for field in stated),
            oncology=any(_CANCER.search(field.lower) for field in stated),
        )


_ANYWHERE: Final = Setting()


def read_endpoints(field: TextField, setting: Setting = _ANYWHERE) -> tuple[Finding, ...]:
    """Return the endpoints that the words of a measure name, broader ones included."""
    found: dict[str, Finding] = {}
    for match in _subjects(field.text, setting):
        evidence = field.evidence(match.begin, match.end, match.rule)
        found.setdefault(match.term, Finding(match.term, (evidence,)))
    for name, finding in list(found.items()):
        wider = broader().get(name)
        if wider is not None and wider not in found and name not in ("LeukemiaFreeSurvival", "CompleteRemissionRate"):
            if name in ("DoseLimitingToxicity", "Infection"):
                continue
            found[wider] = Finding(wider, _entailed(finding, "endpoint-broader"))
    if "CellPersistence" not in found and (evidence_of_cells := _of_cells(field, found)):
        found["CellPersistence"] = Finding("CellPersistence", evidence_of_cells)
    if setting.leukemia and "LeukemiaFreeSurvival" not in found:
        for name in _FREE:
            if name in found:
                found["LeukemiaFreeSurvival"] = Finding(
                    "LeukemiaFreeSurvival", _entailed(found[name], "endpoint-free-of-leukemia")
                )
    return tuple(found.values())


def _of_cells(field: TextField, found: dict[str, Finding]) -> tuple[Evidence, ...]:
    """Return the words of a measure that follow cells: `Cmax of CAR-T cells`, `survival time of CD19 T cells`."""
    if "Pharmacokinetics" in found and _KINETICS_OF_CELLS.search(field.lower):
        return _entailed(found["Pharmacokinetics"], "endpoint-kinetics-of-cells")
    survive = _CELLS_SURVIVE.search(field.lower)
    if survive is None:
        return ()
    return (field.evidence(survive.start(), survive.end(), "endpoint-survival-of-cells"),)


@lru_cache(maxsize=8192)
def _subjects(text: str, setting: Setting) -> tuple[Match, ...]:
    """Return the names of endpoints that a measure is about; measures repeat, in a record and between records."""
    field = TextField("", text, "")
    matches = _named(field, setting)
    kept = [match for match in matches if _is_subject(field, match)]
    if all(match.term == "AdverseEvents" for match in kept):
        kept += [match for match in matches if match not in kept and _is_means(field, match)]
    return tuple(_without_parts(field, kept))


def _named(field: TextField, setting: Setting) -> list[Match]:
    """Return the names of endpoints that count here, by the context of their rows.

    A `bare` name (`response`) counts only where nothing else is named and in oncology, a `whole` one (`death`)
    only where the measure says nothing else; an `exact` one is written just so (`pCR`, not the reaction PCR).
    """
    matches = _lexicon().find(field)
    named = [
        match
        for match in matches
        if match.entry.context != "bare" and (match.entry.context != "whole" or _is_whole(field, match))
    ]
    if named or not setting.oncology or len(field.plain) > _SHORT_MEASURE:
        return named
    bare = (match for match in matches if match.entry.context == "bare")
    return [match for match in bare if not _OTHER_RESPONSE.search(field.lower, 0, match.begin)]


def _is_whole(field: TextField, match: Match) -> bool:
    """Whether a measure counts what is named and says nothing else: `Number of deaths within 100 days`."""
    return _COUNTED.fullmatch(field.lower, 0, match.begin) is not None and (
        _COUNTED.fullmatch(field.lower, match.end) is not None
    )


def _entailed(finding: Finding, rule: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(e.field, e.begin, e.end, e.quote, rule, "Entailed") for e in finding.evidence)


def _is_subject(field: TextField, match: Match) -> bool:
    """Whether a name in a measure is what the measure is about and not a condition or a means."""
    text, term, words = field.lower, match.term, field.lower[match.begin : match.end]
    before, after = text[: match.begin], text[match.end :]
    if term == "OverallSurvival":
        if words in ("survival", "survival time") and (
            _SURVIVAL_OF.match(after) or before.endswith(("free ", "free-"))
        ):
            return False
        if words in _MORTALITY and re.search(r"(?:relapse|related|cause|specific|procedure)[ -]*$", before):
            return False
    if words in _OWN_RULES and term == "CellPersistence":
        return _CELLS.search(text) is not None and _DISEASE.search(after[:30]) is None
    if (words == "responders" and _POPULATION.search(before)) or (term in _LOOSE and re.match(r"[ -]*free\b", after)):
        return False
    return _PURPOSE.search(before) is None


def _is_means(field: TextField, match: Match) -> bool:
    """Whether the name defines a measure without a subject: `efficacy defined by response rate`."""
    return _DEFINED_BY.search(field.lower, 0, match.begin) is not None and match.term not in _OWN_RULES


def _without_parts(field: TextField, matches: list[Match]) -> list[Match]:
    """Drop complete remission where it is only spelled out as a part of response: `ORR (CR + PR)`."""
    terms = {match.term for match in matches}
    if not terms >= _PART_OF_RESPONSE:
        return matches
    text = field.lower
    asides = [(aside.start(), aside.end()) for aside in _ASIDE.finditer(text)]
    kept = []
    for match in matches:
        if match.term == "CompleteRemissionRate":
            aside = any(begin < match.begin and match.end < end for begin, end in asides)
            joined = re.match(
                r"\s*(?:\([^)]*\))?\s*(?:\+|/|and|or|,|&)+\s*(?:\w+ ){0,3}?(?:pr\b|partial)", text[match.end :]
            )
            after_part = re.search(
                r"(?:\bpr|partial (?:response|remission))\s*(?:\([^)]*\))?\s*(?:\+|/|and|or|,)\s*$", text[: match.begin]
            )
            if aside or joined or after_part:
                continue
        kept.append(match)
    return kept


def _is_vague(measure: str) -> bool:
    """Whether a measure says nothing by itself."""
    return _VAGUE.fullmatch(TextField("", measure, "").lower) is not None


def _described(field: TextField, setting: Setting) -> tuple[Finding, ...]:
    """Return the endpoints of a description's first sentence, for a measure that names none: `Phase II`."""
    end = _FIRST_SENTENCE.match(field.plain)
    size = end.end() if end is not None else len(field.plain)
    if size > _SHORT_DESCRIPTION:
        return ()
    begin, last = field.original(0, size)
    return read_endpoints(TextField(field.path, field.text[begin:last], field.role), setting) if size else ()


def _of_safety(field: TextField) -> tuple[Finding, ...]:
    """Return what the beginning of a description says that a measure of safety counts: `incidence of DLT`."""
    end = _FIRST_SENTENCE.match(field.plain)
    size = min(end.end(), _SHORT_DESCRIPTION) if end is not None else 0
    begin, last = field.original(0, size)
    named = read_endpoints(TextField(field.path, field.text[begin:last], field.role))
    return tuple(finding for finding in named if finding.value in _OF_SAFETY)


def _of_kinetics(description: TextField) -> tuple[Finding, ...]:
    """Return the persistence of cells where a description says that a measure of kinetics is theirs: `Cmax`."""
    cells = _KINETICS_OF_CELLS.search(description.lower, 0, _SHORT_DESCRIPTION)
    if cells is None:
        return ()
    evidence = description.evidence(cells.start(), cells.end(), "endpoint-kinetics-of-cells", "Entailed")
    return (Finding("CellPersistence", (evidence,)),)


def _added(
    endpoints: tuple[Finding, ...], measure: str, description: TextField, setting: Setting
) -> tuple[Finding, ...]:
    """Return what a description adds to the endpoints of a measure.

    Of safety it may name the toxicities, of efficacy the endpoint, of a measure that says nothing both;
    of kinetics that cells are followed.
    """
    if endpoints:
        known = {finding.value for finding in endpoints}
        added = _of_safety(description) if "AdverseEvents" in known else ()
        added += _of_kinetics(description) if "Pharmacokinetics" in known else ()
        return tuple(f for f in added if f.value not in known)
    if _is_vague(measure):
        return _described(description, setting)
    if _EFFICACY.search(measure) is not None:
        return tuple(f for f in _described(description, setting) if f.value != "AdverseEvents")
    return ()


def link_outcomes(reading: Reading) -> tuple[OutcomeLinks, ...]:
    """Return endpoints and time frame of every planned outcome that names one, in the record's order."""
    setting = Setting.of(reading)
    measures: dict[str, list[TextField]] = {}
    for field in reading.roles("outcome-measure", "outcome-description", "outcome-time-frame"):
        if field.outcome is not None:
            measures.setdefault(field.outcome, []).append(field)
    links = []
    for outcome, fields in measures.items():
        endpoints: tuple[Finding, ...] = ()
        frame = None
        measure = ""
        for field in fields:
            if field.role == "outcome-measure":
                endpoints = read_endpoints(field, setting)
                measure = field.text
            elif field.role == "outcome-description":
                endpoints += _added(endpoints, measure, field, setting)
            else:
                frame = read_time_frame(field)
        if endpoints or frame:
            links.append(
                OutcomeLinks(
                    outcome=outcome,
                    endpoints=endpoints,
                    time_frame_value=frame[0] if frame else None,
                    time_frame_unit=frame[1] if frame else None,
                    time_frame_evidence=(frame[2],) if frame else (),
                )
            )
    return tuple(links)
