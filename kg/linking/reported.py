"""Reported outcomes to planned ones, result groups to arms: each with how it was matched.

Reported outcomes and groups are not keyed to the plan, and half of the group titles equal no
arm's label. A match that could as well be another is left out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from kg.linking.endpoints import Setting, read_endpoints
from kg.linking.fields import Reading, TextField
from kg.linking.matcher import Match
from kg.linking.responses import find_responses, read_category, read_criteria
from kg.linking.timeframes import read_time_frame
from kg.record.links import CategoryLink, Evidence, Finding, GroupLink, ReportedLinks
from kg.record.protocol import Outcome
from kg.record.results import OutcomeMeasure, ResultsSection

_PATH: Final = "resultsSection.outcomeMeasuresModule.outcomeMeasures"
_ROLES: Final = {"PRIMARY": ("primary",), "SECONDARY": ("secondary",), "OTHER_PRE_SPECIFIED": ("other",)}
_WORD: Final = re.compile(r"[a-z0-9+]+")
_ASIDE: Final = re.compile(r"\([^()]*\)")
_RESPONSE: Final = re.compile(r"\b(?:response|remission|respond)")
_FILLERS: Final = frozenset(
    {
        "a",
        "an",
        "and",
        "arm",
        "as",
        "assessed",
        "at",
        "by",
        "cohort",
        "count",
        "for",
        "from",
        "group",
        "had",
        "having",
        "in",
        "incidence",
        "measured",
        "number",
        "of",
        "on",
        "participant",
        "participants",
        "patient",
        "patients",
        "percent",
        "percentage",
        "phase",
        "proportion",
        "rate",
        "subject",
        "subjects",
        "the",
        "to",
        "treatment",
        "who",
        "with",
    }
)
_SIMILAR: Final = 0.6
_SIMILAR_GROUP: Final = 0.5
_TOTAL: Final = re.compile(
    r"^(?:all|total|overall|entire|full|whole)\b.*|^(?:all )?(?:study )?(?:participants?|patients?|subjects?|"
    r"enrolled (?:patients|participants))$"
    r"|^(?:single|one)[- ](?:arm|group)$|^intervention(?:al)?(?: (?:arm|group))?$|^treatment(?: (?:arm|group))?$|"
    r"^experimental(?: (?:arm|group))?$"
)
_MARK: Final = re.compile(
    r"\b(?P<kind>arm|group|cohort|stratum|part|dose level|level|dl|treatment|phase|regimen|strata|"
    r"schedule)s?\b[\s:#-]*(?P<which>\d{1,2}[a-z]?|[ivx]{1,4}\b|[a-z]\b)(?![\w.])"
)
_DOSE: Final = re.compile(r"\b\d[\d.,]*\s*(?:x\s*10\^?\d+|mg|mcg|g\b|ug|cells|units|%|iu|ml)(?:\s*/\s*\w+)?")
_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}


@lru_cache(maxsize=8192)
def _fold(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    """Return the telling words of a title, without its asides."""
    told = frozenset(_WORD.findall(_ASIDE.sub(" ", text.lower()))) - _FILLERS
    return told or frozenset(_WORD.findall(text.lower()))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of words that two titles have in common (Jaccard index)."""
    return len(one & other) / len(one | other) if one and other else 0.0


def link_reported(reading: Reading) -> tuple[ReportedLinks, ...]:
    """Return for every reported outcome what it answers, its endpoints, criteria and response rows."""
    results = reading.document.study.results_section
    if results is None or results.outcome_measures_module is None:
        return ()
    measures = results.outcome_measures_module.outcome_measures
    planned = _Planned(reading)
    answers = planned.match(measures)
    setting = Setting.of(reading)
    links = []
    for number, measure in enumerate(measures, 1):
        path = f"{_PATH}[{number - 1}]"
        title = TextField(f"{path}.title", measure.title or "", "reported-title")
        described = (
            [TextField(f"{path}.description", measure.description, "reported-description")]
            if measure.description
            else []
        )
        link = ReportedLinks(
            reported=number,
            answers=answers.get(number),
            endpoints=read_endpoints(title, setting) if measure.title else (),
            response_criteria=read_criteria(title, *described),
            categories=tuple(_categories(path, measure)),
        )
        if link != ReportedLinks(reported=number):
            links.append(link)
    return tuple(links)


def _categories(path: str, measure: OutcomeMeasure) -> Iterator[CategoryLink]:
    """Yield the rows of a reported outcome that are response categories.

    `PR`, `no change` and the like count only beside another category, or under a title that speaks of response.
    """
    rows = list(_rows(path, measure))
    sure = {match.term for _, _, match, _ in rows if match.entry.context != "short"}
    named = _RESPONSE.search((measure.title or "").lower()) is not None
    several = len({match.term for _, _, match, _ in rows}) > 1 and (
        sure or any(match.term == "CompleteRemission" for _, _, match, _ in rows)
    )
    for i, j, match, response in rows:
        if match.entry.context != "short" or several or (named and match.term not in ("RelapsedDisease",)):
            yield CategoryLink(class_index=i, category_index=j, response=response)


def _rows(path: str, measure: OutcomeMeasure) -> Iterator[tuple[int, int, Match, Finding]]:
    """Yield (class, category, name, category as finding) of every row whose title is a response category."""
    for i, row in enumerate(measure.classes):
        for j, category in enumerate(row.categories):
            title, place = (category.title, f"{path}.classes[{i}].categories[{j}].title")
            if not title:
                title, place = row.title, f"{path}.classes[{i}].title"
            if not title or len(title) > 120:
                continue
            field = TextField(place, title, "category-title")
            response = read_category(field)
            if response is not None:
                yield i, j, find_responses(field)[0], response


class _Planned:
    """The planned outcomes, ready to be compared with reported ones."""

    def __init__(self, reading: Reading) -> None:
        module = reading.protocol.outcomes_module
        self.outcomes: list[tuple[str, str, Outcome]] = []
        for role, outcomes in (
            ("primary", module.primary_outcomes),
            ("secondary", module.secondary_outcomes),
            ("other", module.other_outcomes),
        ):
            self.outcomes += [(role, f"{role}/{i}", outcome) for i, outcome in enumerate(outcomes, 1)]

    def match(self, measures: tuple[OutcomeMeasure, ...]) -> dict[int, Finding]:
        """Return for reported outcomes (1-based) the planned one, strictest rules first."""
        found: dict[int, Finding] = {}
        taken: set[str] = set()
        for rule, strength, alike in (
            ("reported-same-title-and-frame", "Stated", _same_title_and_frame),
            ("reported-same-title", "Stated", _same_title),
            ("reported-same-words", "Entailed", _same_words),
        ):
            self._pass(measures, found, taken, rule, strength, alike)
        self._similar(measures, found, taken)
        self._alone(measures, found, taken)
        return found

    def _candidates(self, measure: OutcomeMeasure, taken: set[str]) -> list[tuple[str, Outcome]]:
        roles = _ROLES.get(measure.type or "", ("primary", "secondary", "other"))
        return [(name, outcome) for role, name, outcome in self.outcomes if role in roles and name not in taken]

    def _pass(
        self,
        measures: tuple[OutcomeMeasure, ...],
        found: dict[int, Finding],
        taken: set[str],
        rule: str,
        strength: str,
        alike: Callable[[OutcomeMeasure, Outcome], bool],
    ) -> None:
        for number, measure in enumerate(measures, 1):
            if number in found or not measure.title:
                continue
            same = [name for name, outcome in self._candidates(measure, taken) if alike(measure, outcome)]
            if same:
                found[number] = self._finding(number, measure, same[0], rule, strength)
                taken.add(same[0])

    def _similar(self, measures: tuple[OutcomeMeasure, ...], found: dict[int, Finding], taken: set[str]) -> None:
        """Match titles that share most words, where no other planned outcome is as like."""
        for number, measure in enumerate(measures, 1):
            if number in found or not measure.title:
                continue
            scored = sorted(
                (
                    (_likeness(_words(measure.title), _words(outcome.measure or "")), name)
                    for name, outcome in self._candidates(measure, taken)
                ),
                reverse=True,
            )
            if scored and scored[0][0] >= _SIMILAR and (len(scored) == 1 or scored[0][0] - scored[1][0] > 0.1):
                found[number] = self._finding(number, measure, scored[0][1], "reported-similar-title", "Probable")
                taken.add(scored[0][1])

    def _alone(self, measures: tuple[OutcomeMeasure, ...], found: dict[int, Finding], taken: set[str]) -> None:
        """Match what is left when one reported and one planned outcome of a role are left and share a word."""
        for kind, roles in _ROLES.items():
            left = [(i, m) for i, m in enumerate(measures, 1) if i not in found and m.type == kind and m.title]
            planned = [(name, o) for role, name, o in self.outcomes if role in roles and name not in taken]
            if len(left) == 1 and len(planned) == 1:
                (number, measure), (name, outcome) = left[0], planned[0]
                if _words(measure.title or "") & _words(outcome.measure or ""):
                    found[number] = self._finding(number, measure, name, "reported-only-one-left", "Probable")
                    taken.add(name)

    def _finding(self, number: int, measure: OutcomeMeasure, name: str, rule: str, strength: str) -> Finding:
        title = measure.title or ""
        evidence = Evidence(f"{_PATH}[{number - 1}].title", 0, len(title), title, rule, strength)
        return Finding(name, (evidence,))


def _same_title(measure: OutcomeMeasure, outcome: Outcome) -> bool:
    return _fold(measure.title or "") == _fold(outcome.measure or "")


def _same_title_and_frame(measure: OutcomeMeasure, outcome: Outcome) -> bool:
    return _same_title(measure, outcome) and _fold(measure.time_frame or "") == _fold(outcome.time_frame or "")


def _same_words(measure: OutcomeMeasure, outcome: Outcome) -> bool:
    """Whether the telling words are the same, and the time frames do not contradict each other."""
    if not outcome.measure or _words(measure.title or "") != _words(outcome.measure):
        return False
    frames = [read_time_frame(TextField("", text, "")) for text in (measure.time_frame, outcome.time_frame) if text]
    known = [frame[:2] for frame in frames if frame is not None]
    return len(known) < 2 or known[0] == known[1]


def link_groups(reading: Reading) -> tuple[GroupLink, ...]:
    """Return the result groups that correspond to an arm, in the order of the results section."""
    results = reading.document.study.results_section
    arms = reading.protocol.arms_interventions_module.arm_groups
    if results is None or not arms:
        return ()
    matcher = _Arms(reading)
    links = []
    listed = list(_groups(results))
    sizes = Counter(group.rpartition("/")[0] for group, *_ in listed)
    for group, path, title, description in listed:
        if title:
            arm = matcher.match(path, title, description, sizes[group.rpartition("/")[0]] == 1)
            if arm is not None:
                links.append(GroupLink(group=group, arm=arm))
    return tuple(links)


def _groups(results: ResultsSection) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield key, path, title and description of every result group."""
    flow, baseline = results.participant_flow_module, results.baseline_characteristics_module
    if flow is not None:
        for i, group in enumerate(flow.groups):
            yield (
                f"flow/{group.id}",
                f"resultsSection.participantFlowModule.groups[{i}]",
                group.title,
                group.description,
            )
    if baseline is not None:
        base = "resultsSection.baselineCharacteristicsModule.groups"
        for i, row in enumerate(baseline.groups):
            yield f"baseline/{row.id}", f"{base}[{i}]", row.title, row.description
    if results.outcome_measures_module is not None:
        for n, measure in enumerate(results.outcome_measures_module.outcome_measures, 1):
            for i, row in enumerate(measure.groups):
                yield f"outcome/{n}/{row.id}", f"{_PATH}[{n - 1}].groups[{i}]", row.title, row.description
    if results.adverse_events_module is not None:
        base = "resultsSection.adverseEventsModule.eventGroups"
        for i, event in enumerate(results.adverse_events_module.event_groups):
            yield f"event/{event.id}", f"{base}[{i}]", event.title, event.description


class _Arms:
    """The planned arms, ready to be compared with result groups."""

    def __init__(self, reading: Reading) -> None:
        module = reading.protocol.arms_interventions_module
        self.labels = {str(i): arm.label or "" for i, arm in enumerate(module.arm_groups, 1)}
        self.descriptions = {str(i): arm.description or "" for i, arm in enumerate(module.arm_groups, 1)}
        self.marks = {arm: _marks(label) for arm, label in self.labels.items()}
        names = [item.name or "" for item in module.interventions]
        self.given = {
            str(arm): frozenset(word for n in numbers for word in _words(names[n - 1]))
            for arm, numbers in reading.arm_interventions.items()
        }
        self._known: dict[tuple[str, str | None, bool], tuple[str, str, str] | None] = {}

    def match(self, path: str, title: str, description: str | None, only: bool) -> Finding | None:
        """Return the arm of a group with the rule that found it; None where none or several fit."""
        key = (title, description, only)
        if key not in self._known:
            self._known[key] = self._match(title, description, only)
        found = self._known[key]
        if found is None:
            return None
        arm, rule, strength = found
        return Finding(arm, (Evidence(f"{path}.title", 0, len(title), title, rule, strength),))

    def _match(self, title: str, description: str | None, only: bool) -> tuple[str, str, str] | None:
        folded = _fold(title)
        same = [arm for arm, label in self.labels.items() if _fold(label) == folded]
        if len(same) == 1:
            return same[0], "group-same-title", "Stated"
        if same:
            return None
        if len(self.labels) == 1:
            return self._sole(title, only)
        if _TOTAL.match(folded):
            return None
        return self._by_mark(title) or self._by_words(title) or self._by_description(title, description)

    def _sole(self, title: str, only: bool) -> tuple[str, str, str] | None:
        """Return the only arm for its groups: all participants, a dose level, a like title, or the only group."""
        if _TOTAL.match(_fold(title)):
            return "1", "group-all-of-the-only-arm", "Entailed"
        if _DOSE.search(title.lower()) or _MARK.search(title.lower()):
            return "1", "group-within-the-only-arm", "Probable"
        if _likeness(_words(title), _words(self.labels["1"])) >= _SIMILAR_GROUP:
            return "1", "group-similar-title", "Probable"
        return ("1", "group-of-the-only-arm", "Probable") if only else None

    def _by_description(self, title: str, description: str | None) -> tuple[str, str, str] | None:
        if not description:
            return None
        folded = _fold(description)
        same = [
            arm
            for arm, text in self.descriptions.items()
            if text and _fold(text) == folded and not _contradict(title, self.labels[arm])
        ]
        return (same[0], "group-same-description", "Entailed") if len(same) == 1 else None

    def _by_mark(self, title: str) -> tuple[str, str, str] | None:
        """`Arm A: ...` names one arm when no other arm bears the mark."""
        marks = _marks(title)
        if not marks:
            return None
        fits = [arm for arm, own in self.marks.items() if marks <= own]
        return (fits[0], "group-same-mark", "Entailed") if len(fits) == 1 else None

    def _by_words(self, title: str) -> tuple[str, str, str] | None:
        """Return the arm whose label, or label with interventions, shares most words, clearly before the next."""
        told = _words(title)
        scored = []
        for arm, label in self.labels.items():
            own = _words(label)
            if _contradict(title, label) or (_marks(title) and self.marks[arm] and not _marks(title) & self.marks[arm]):
                continue
            score = max(
                _likeness(told, own),
                _likeness(told, own | self.given.get(arm, frozenset())),
                _likeness(told, self.given.get(arm, frozenset())),
            )
            scored.append((score, arm))
        scored.sort(reverse=True)
        if scored and scored[0][0] >= _SIMILAR_GROUP and (len(scored) == 1 or scored[0][0] - scored[1][0] >= 0.15):
            return scored[0][1], "group-similar-title", "Probable"
        return None


def _marks(text: str) -> frozenset[str]:
    """Return the marks of a title: `arm a`, `cohort 2`; Roman numbers as Arabic ones."""
    found = set()
    for match in _MARK.finditer(text.lower()):
        which = match.group("which")
        found.add(f"{match.group('kind')} {_ROMAN.get(which, which)}")
    return frozenset(found)


def _contradict(title: str, label: str) -> bool:
    """Whether both name doses, or both bear letters or numbers, and share none of them."""
    singles = [frozenset(word for word in _WORD.findall(text.lower()) if len(word) == 1) for text in (title, label)]
    if singles[0] and singles[1] and not singles[0] & singles[1]:
        return True
    doses = [{re.sub(r"\s", "", d) for d in _DOSE.findall(text.lower())} for text in (title, label)]
    return bool(doses[0]) and bool(doses[1]) and not doses[0] & doses[1]
