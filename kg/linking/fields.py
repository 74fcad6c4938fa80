"""The text fields of a document, folded so that rules can read them and quotes stay verbatim.

A rule reads `TextField.plain` or `TextField.lower`; `TextField.evidence` turns a place in
them back into the field's own words with code-point offsets.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

from kg.record.document import Document
from kg.record.links import Evidence
from kg.record.protocol import Outcome

T = TypeVar("T")

_ONE_TO_ONE: Final = (
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\u00ad\ufe63\uff0d", "-")
    | dict.fromkeys("\u2018\u2019\u201b\u2032\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201f\u2033", '"')
    | dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t\r\f\v", " ")
    | {"\uff08": "(", "\uff09": ")", "\uff0c": ",", "\uff1a": ":", "\uff0b": "+", "\u03bc": "\u00b5"}
)
_FOLDED_CHARACTER: Final = re.compile("[" + re.escape("".join(_ONE_TO_ONE)) + "]")
_FOLDED_AWAY: Final = re.compile(r"\s{2,}|\n|\\(?=[^\w\s])")
_LIST_MARK: Final = re.compile(r"[-*\u2022\u25cf\u00b7]\s|\(?\d{1,2}[.)]\s|[A-Za-z][.)]\s")


_UNUSUAL_SPACE: Final = re.compile(r"[\t\v\f\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_BLANKS: Final = re.compile(r" {2,}")
_BROKEN_LINE: Final = re.compile(rf"\n(?!{_LIST_MARK.pattern})")
_GAP: Final = "\v"
"""Stands for the end of a paragraph while a text that has no such character is folded."""
_ESCAPE: Final = re.compile(r"\\(?=[^\w\s])")


def _fold_runs(text: str) -> str:
    """Return what `_FOLDED_AWAY` and `_replacement` make of a text, faster where all white space is blanks and lines.

    Each step looks for a literal, which `re` finds many times faster than a class of characters.
    """
    if _UNUSUAL_SPACE.search(text):
        return _FOLDED_AWAY.sub(_replacement, text)
    if "  " in text:
        text = _BLANKS.sub(" ", text)
    if "\n" in text:
        text = text.replace(" \n", "\n").replace("\n ", "\n").replace("\n\n", _GAP).replace(_GAP + "\n", _GAP)
        while _GAP + _GAP in text:
            text = text.replace(_GAP + _GAP, _GAP)
        text = _BROKEN_LINE.sub(" ", text).replace(_GAP, "\n")
    return _ESCAPE.sub("", text) if "\\" in text else text


def _replacement(run: re.Match[str]) -> str:
    """Return what a run of white space or a Markdown escape folds to: nothing, a space, or a line end."""
    text = run.group()
    if text == "\\":
        return ""
    if text.count("\n") > 1 or ("\n" in text and _LIST_MARK.match(run.string, run.end())):
        return "\n"
    return " "


def _fold_character(found: re.Match[str]) -> str:
    return _ONE_TO_ONE[found.group()]


class once(Generic[T]):  # noqa: N801 - used as a decorator
    """A value computed at the first look; `functools.cached_property` without its lock."""

    def __init__(self, compute: Callable[..., T]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, field: Any, owner: type[Any] | None = None) -> T:
        if field is None:
            return self  # type: ignore[return-value]
        value = field.__dict__[self._name] = self._compute(field)
        return value


class TextField:
    """A text of the record: where it stands, what it is, and its folded forms."""

    def __init__(
        self,
        path: str,
        text: str,
        role: str,
        *,
        arm: int | None = None,
        intervention: int | None = None,
        outcome: str | None = None,
    ) -> None:
        """Keep the text with its path.

        `arm` and `intervention` are 1-based numbers; `outcome` is `primary/1`, `secondary/2`, ...
        """
        self.path = path
        self.text = text
        self.role = role
        self.arm = arm
        self.intervention = intervention
        self.outcome = outcome
        self.found: dict[Any, Any] = {}
        """What each lexicon found here (`Lexicon.find`)."""

    @once
    def plain(self) -> str:
        """Return the text with one kind of hyphen and quote, white space collapsed, Markdown escapes removed.

        A line end remains only between paragraphs and before list items.
        """
        text = self._characters
        if "\n" not in text and "  " not in text and "\\" not in text:
            return text
        return _fold_runs(text)

    @property
    def _characters(self) -> str:
        """The text with its variant characters folded, each to one character."""
        text = self.text
        if text.isascii() and "`" not in text and "\t" not in text and "\r" not in text:
            return text
        return _FOLDED_CHARACTER.sub(_fold_character, text)

    @once
    def _way_back(self) -> tuple[list[int], list[int]]:
        """Return the places of `plain` after which it runs on unfolded, and those places in the text."""
        plain, text = [0], [0]
        for run in _FOLDED_AWAY.finditer(self._characters):
            begin = plain[-1] + run.start() - text[-1]
            plain.append(begin + len(_replacement(run)))
            text.append(run.end())
        return plain, text

    def _place(self, place: int) -> int:
        """Return for a code point of `plain` its place in the text."""
        plain, text = self._way_back
        i = bisect_right(plain, place) - 1
        return text[i] + place - plain[i]

    @once
    def lower(self) -> str:
        """`plain` in lower case, of the same length."""
        lowered = self.plain.lower()
        if len(lowered) == len(self.plain):
            return lowered
        return "".join(low if len(low := c.lower()) == 1 else c for c in self.plain)

    @once
    def spaced(self) -> str:
        """`lower` with hyphens and line ends as spaces: what lexicons are matched against."""
        return self.lower.replace("-", " ").replace("\n", " ")

    def original(self, begin: int, end: int) -> tuple[int, int]:
        """Return the code points of the field's own text for a place in `plain` or `lower`."""
        if len(self.plain) == len(self.text):
            return begin, end
        first = self._place(begin)
        return first, self._place(end - 1) + 1 if end > begin else first

    def evidence(self, begin: int, end: int, rule: str, strength: str = "Stated") -> Evidence:
        """Return the evidence for a place in `plain` or `lower`, with the field's own words."""
        first, last = self.original(begin, end)
        return Evidence(self.path, first, last, self.text[first:last], rule, strength)

    def __repr__(self) -> str:
        """Show path and the start of the text, for debugging."""
        return f"TextField({self.path!r}, {self.text[:40]!r})"


_PROTOCOL: Final = "protocolSection."
_ARMS: Final = _PROTOCOL + "armsInterventionsModule."


def text_fields(document: Document) -> list[TextField]:
    """Return every text field of a document in the record's order, empty ones left out.

    Roles: `title` `official-title` `acronym` `summary` `description` `condition` `keyword` `design`
    `arm-label` `arm-description` `intervention-name` `intervention-other-name`
    `intervention-description` `outcome-measure` `outcome-description` `outcome-time-frame`
    `criteria` `population` `article-title` `abstract` `article-keyword` `section` `aside` (figure legends,
    conflicts of interest: nothing is read out of them).
    """
    fields = list(_general_fields(document))
    fields += _arm_fields(document)
    fields += _outcome_fields(document)
    fields += _added_fields(document)
    return fields


def _optional(path: str, text: str | None, role: str) -> Iterator[TextField]:
    if text:
        yield TextField(path, text, role)


def _general_fields(document: Document) -> Iterator[TextField]:
    protocol = document.study.protocol_section
    names, words, design = protocol.identification_module, protocol.description_module, protocol.design_module
    yield from _optional(_PROTOCOL + "identificationModule.briefTitle", names.brief_title, "title")
    yield from _optional(_PROTOCOL + "identificationModule.officialTitle", names.official_title, "official-title")
    yield from _optional(_PROTOCOL + "identificationModule.acronym", names.acronym, "acronym")
    yield from _optional(_PROTOCOL + "descriptionModule.briefSummary", words.brief_summary, "summary")
    yield from _optional(_PROTOCOL + "descriptionModule.detailedDescription", words.detailed_description, "description")
    for i, text in enumerate(protocol.conditions_module.conditions):
        yield from _optional(f"{_PROTOCOL}conditionsModule.conditions[{i}]", text, "condition")
    for i, text in enumerate(protocol.conditions_module.keywords):
        yield from _optional(f"{_PROTOCOL}conditionsModule.keywords[{i}]", text, "keyword")
    if design.design_info is not None:
        model = design.design_info.intervention_model_description
        yield from _optional(_PROTOCOL + "designModule.designInfo.interventionModelDescription", model, "design")
    who = protocol.eligibility_module
    yield from _optional(_PROTOCOL + "eligibilityModule.eligibilityCriteria", who.eligibility_criteria, "criteria")
    yield from _optional(_PROTOCOL + "eligibilityModule.studyPopulation", who.study_population, "population")


def _arm_fields(document: Document) -> Iterator[TextField]:
    module = document.study.protocol_section.arms_interventions_module
    for i, arm in enumerate(module.arm_groups):
        for name, text in (("label", arm.label), ("description", arm.description)):
            if text:
                yield TextField(f"{_ARMS}armGroups[{i}].{name}", text, f"arm-{name}", arm=i + 1)
    for i, item in enumerate(module.interventions):
        base = f"{_ARMS}interventions[{i}]"
        for name, text in (("name", item.name), ("description", item.description)):
            if text:
                yield TextField(f"{base}.{name}", text, f"intervention-{name}", intervention=i + 1)
        for j, text in enumerate(item.other_names):
            if text:
                yield TextField(f"{base}.otherNames[{j}]", text, "intervention-other-name", intervention=i + 1)


def _outcome_fields(document: Document) -> Iterator[TextField]:
    module = document.study.protocol_section.outcomes_module
    groups: tuple[tuple[str, str, tuple[Outcome, ...]], ...] = (
        ("primary", _PROTOCOL + "outcomesModule.primaryOutcomes", module.primary_outcomes),
        ("secondary", _PROTOCOL + "outcomesModule.secondaryOutcomes", module.secondary_outcomes),
        ("other", _PROTOCOL + "outcomesModule.otherOutcomes", module.other_outcomes),
        ("unspecified", "additions.outcomes", document.additions.outcomes),
    )
    for kind, path, outcomes in groups:
        for i, outcome in enumerate(outcomes):
            for name, role, text in (
                ("measure", "outcome-measure", outcome.measure),
                ("description", "outcome-description", outcome.description),
                ("timeFrame", "outcome-time-frame", outcome.time_frame),
            ):
                if text:
                    yield TextField(f"{path}[{i}].{name}", text, role, outcome=f"{kind}/{i + 1}")


_BESIDE: Final = ("Fig", "Table", "Conflict of interest")
"""Labels of text that is about an article and not about the trial."""


def _added_fields(document: Document) -> Iterator[TextField]:
    added = document.additions
    if added.article is not None:
        yield from _optional("additions.article.title", added.article.title, "article-title")
        for i, part in enumerate(added.article.abstract):
            yield from _optional(f"additions.article.abstract[{i}].text", part.text, "abstract")
        for i, text in enumerate(added.article.keywords):
            yield from _optional(f"additions.article.keywords[{i}]", text, "article-keyword")
    for i, part in enumerate(added.text_sections):
        beside = (part.label or "").startswith(_BESIDE)
        yield from _optional(f"additions.textSections[{i}].text", part.text, "aside" if beside else "section")


def arm_interventions(document: Document) -> dict[int, tuple[int, ...]]:
    """Return for every arm (1-based) the numbers of its interventions, as the record joins them.

    The record joins them twice: an arm lists `Type: name`, an intervention lists labels of arms.
    """
    module = document.study.protocol_section.arms_interventions_module
    by_name: dict[str, list[int]] = {}
    by_label: dict[str, list[int]] = {}
    for i, item in enumerate(module.interventions, 1):
        by_name.setdefault(" ".join((item.name or "").lower().split()), []).append(i)
        for label in item.arm_group_labels:
            by_label.setdefault(" ".join(label.split()), []).append(i)
    joined: dict[int, tuple[int, ...]] = {}
    for i, arm in enumerate(module.arm_groups, 1):
        found = set(by_label.get(" ".join((arm.label or "").split()), ()))
        for stated in arm.intervention_names:
            name = " ".join(stated.lower().split())
            found.update(by_name.get(name.partition(": ")[2], by_name.get(name, ())))
        joined[i] = tuple(sorted(found))
    return joined


class Reading:
    """A document being read: its text fields by role, and how arms and interventions join.

    Every linking function takes one, so that folding happens once per document.
    """

    def __init__(self, document: Document) -> None:
        """Collect the document's text fields."""
        self.document = document
        self.protocol = document.study.protocol_section
        self.fields = text_fields(document)
        self._by_role: dict[str, list[TextField]] = {}
        self._by_arm: dict[int | None, list[TextField]] = {}
        self._by_intervention: dict[int | None, list[TextField]] = {}
        for field in self.fields:
            self._by_role.setdefault(field.role, []).append(field)
            self._by_arm.setdefault(field.arm, []).append(field)
            self._by_intervention.setdefault(field.intervention, []).append(field)

    def roles(self, *roles: str) -> list[TextField]:
        """Return the fields of these roles, role by role, each in the record's order."""
        return [field for role in roles for field in self._by_role.get(role, ())]

    def of_arm(self, arm: int) -> list[TextField]:
        """Return label and description of an arm (1-based)."""
        return self._by_arm.get(arm, [])

    def of_intervention(self, intervention: int) -> list[TextField]:
        """Return name, description and other names of an intervention (1-based)."""
        return self._by_intervention.get(intervention, [])

    @once
    def arm_interventions(self) -> dict[int, tuple[int, ...]]:
        """Numbers of the interventions of every arm, both 1-based."""
        return arm_interventions(self.document)
