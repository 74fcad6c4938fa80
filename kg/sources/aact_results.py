"""AACT: results of a study from its tables, put back into the registry's nesting.

AACT flattens flow, baseline, outcomes and events to a row for each value and group; the
order of rows is the registry's, and rows of one title, class and category are put together.
"""

from typing import Final

from kg.record.results import (
    AdverseEvent,
    AdverseEventsModule,
    BaselineCharacteristicsModule,
    CertainAgreement,
    DropWithdraw,
    EventGroup,
    EventStats,
    FlowGroup,
    FlowMilestone,
    FlowPeriod,
    FlowStats,
    LimitationsAndCaveats,
    MeasureGroup,
    MoreInfoModule,
    OutcomeMeasure,
    OutcomeMeasuresModule,
    ParticipantFlowModule,
    PointOfContact,
    ResultsSection,
)
from kg.sources import codes
from kg.sources.aact_measures import baseline_measures, denominators, outcome
from kg.sources.ctgov_xml_measures import group_id
from kg.sources.tree import Node

_RESULT_TABLES: Final = (
    "result_groups",
    "participant_flows",
    "milestones",
    "baseline_measurements",
    "outcomes",
    "reported_events",
    "reported_event_totals",
)
_RESULT_COLUMNS: Final = ("baseline_population", "baseline_type_units_analyzed", "limitations_and_caveats")
_MODULES: Final = {"PARTICIPANT_FLOW": "FG", "BASELINE": "BG", "OUTCOME": "OG", "REPORTED_EVENT": "EG"}
_TOTALS: Final = {"SERIOUS": "serious", "OTHER": "other", "DEATHS": "deaths"}


def results(root: Node) -> ResultsSection | None:
    """Return the results section; None when no table has a row of results."""
    stated = any(root.peek("studies", column) for column in _RESULT_COLUMNS)
    if not stated and not any(root.nodes(table) for table in _RESULT_TABLES):
        return None
    groups: dict[str, dict[str, MeasureGroup]] = {prefix: {} for prefix in _MODULES.values()}
    for node in root.nodes("result_groups"):
        kind = codes.code(node.text("result_type"))
        group = MeasureGroup(
            id=group_id(node.text("ctgov_group_code")), title=node.text("title"), description=node.text("description")
        )
        groups.setdefault(_MODULES.get(kind or "", kind or ""), {})[node.peek("id") or ""] = group
    return ResultsSection(
        participant_flow_module=_flow(root, groups["FG"]),
        baseline_characteristics_module=BaselineCharacteristicsModule(
            population_description=root.text("studies", "baseline_population"),
            type_units_analyzed=root.text("studies", "baseline_type_units_analyzed"),
            groups=tuple(groups["BG"].values()),
            denoms=denominators(root.nodes("baseline_counts")),
            measures=baseline_measures(root.nodes("baseline_measurements")),
        ),
        outcome_measures_module=OutcomeMeasuresModule(outcome_measures=_outcomes(root, groups["OG"])),
        adverse_events_module=_events(root, groups["EG"]),
        more_info_module=_more_info(root),
    )


def _flow(root: Node, groups: dict[str, MeasureGroup]) -> ParticipantFlowModule:
    node = root.node("participant_flows")
    milestones: dict[tuple[str | None, str | None], list[FlowStats]] = {}
    reasons: dict[tuple[str | None, str | None], list[FlowStats]] = {}
    comments: dict[tuple[str | None, str | None], str | None] = {}
    for row in root.nodes("milestones"):
        key = row.text("period"), row.text("title")
        comments.setdefault(key, row.text("milestone_description"))
        milestones.setdefault(key, []).append(_flow_stats(row, "description"))
    for row in root.nodes("drop_withdrawals"):
        key = row.text("period"), row.text("reason")
        comments.setdefault(key, row.text("reason_comment"))
        reasons.setdefault(key, []).append(_flow_stats(row, "drop_withdraw_comment"))
    made: dict[str | None, tuple[list[FlowMilestone], list[DropWithdraw]]] = {}
    for (title, name), stats in milestones.items():
        listed = made.setdefault(title, ([], []))[0]
        listed.append(FlowMilestone(type=name, comment=comments[title, name], achievements=tuple(stats)))
    for (title, name), stats in reasons.items():
        dropped = made.setdefault(title, ([], []))[1]
        dropped.append(DropWithdraw(type=name, comment=comments[title, name], reasons=tuple(stats)))
    return ParticipantFlowModule(
        pre_assignment_details=node.text("pre_assignment_details"),
        recruitment_details=node.text("recruitment_details"),
        type_units_analyzed=node.text("units_analyzed"),
        groups=tuple(FlowGroup(id=g.id, title=g.title, description=g.description) for g in groups.values()),
        periods=tuple(
            FlowPeriod(title=title, milestones=tuple(listed), drop_withdraws=tuple(dropped))
            for title, (listed, dropped) in made.items()
        ),
    )


def _flow_stats(row: Node, comment: str) -> FlowStats:
    return FlowStats(
        group_id=group_id(row.text("ctgov_group_code")),
        num_subjects=row.text("count"),
        num_units=row.text("count_units"),
        comment=row.text(comment),
    )


def _outcomes(root: Node, groups: dict[str, MeasureGroup]) -> tuple[OutcomeMeasure, ...]:
    counts = _by_key(root.nodes("outcome_counts"), "outcome_id")
    values = _by_key(root.nodes("outcome_measurements"), "outcome_id")
    analyses = _by_key(root.nodes("outcome_analyses"), "outcome_id")
    compared = _by_key(root.nodes("outcome_analysis_groups"), "outcome_analysis_id")
    found = []
    for node in root.nodes("outcomes"):
        key = node.peek("id")
        found.append(outcome(node, counts.pop(key, []), values.pop(key, []), analyses.pop(key, []), compared, groups))
    return tuple(found)


def _by_key(rows: list[Node], column: str) -> dict[str | None, list[Node]]:
    found: dict[str | None, list[Node]] = {}
    for row in rows:
        found.setdefault(row.text(column), []).append(row)
    return found


def _events(root: Node, groups: dict[str, MeasureGroup]) -> AdverseEventsModule:
    totals: dict[str | None, dict[str, int | None]] = {}
    for row in root.nodes("reported_event_totals"):
        kind = _TOTALS.get(codes.code(row.text("event_type")) or "", "other")
        row.text("classification")
        of_group = totals.setdefault(group_id(row.text("ctgov_group_code")), {})
        of_group[f"{kind}_affected"] = row.number("subjects_affected")
        of_group[f"{kind}_at_risk"] = row.number("subjects_at_risk")
    tables = {"serious": _Table(), "other": _Table()}
    frames: dict[str, dict[str, None]] = {"time_frame": {}, "description": {}, "frequency_threshold": {}}
    for row in root.nodes("reported_events"):
        kind = "serious" if (row.text("event_type") or "").casefold() == "serious" else "other"
        for name, stated in frames.items():
            if text := row.text(name):
                stated[text] = None
        tables[kind].add(row)
    first = {name: next(iter(stated), None) for name, stated in frames.items()}
    return AdverseEventsModule(
        frequency_threshold=first["frequency_threshold"],
        time_frame=first["time_frame"],
        description=first["description"],
        event_groups=tuple(_event_group(group, totals.get(group.id, {})) for group in groups.values()),
        serious_events=tables["serious"].events(),
        other_events=tables["other"].events(),
    )


class _Table:
    """Rows of one table of events, each the count of a group, put together to events."""

    def __init__(self) -> None:
        self._events: list[tuple[AdverseEvent, list[EventStats]]] = []
        self._last: dict[tuple[str | None, ...], tuple[int, set[str | None]]] = {}

    def add(self, row: Node) -> None:
        """Add a row to its event; a second count of a group begins another event of the same term."""
        term, system = row.text("adverse_event_term"), row.text("organ_system")
        own, default = row.text("vocab"), row.text("default_vocab")
        assessed, usual = row.text("assessment"), row.text("default_assessment")
        group = group_id(row.text("ctgov_group_code"))
        key = (system, term, own or default)
        place, groups = self._last.get(key, (-1, {group}))
        if group in groups:
            place, groups = self._last[key] = (len(self._events), set())
            event = AdverseEvent(
                term=term,
                organ_system=system,
                source_vocabulary=own or default,
                assessment_type=codes.code(assessed or usual),
            )
            self._events.append((event, []))
        groups.add(group)
        self._events[place][1].append(
            EventStats(
                group_id=group,
                num_events=row.number("event_count"),
                num_affected=row.number("subjects_affected"),
                num_at_risk=row.number("subjects_at_risk"),
            )
        )

    def events(self) -> tuple[AdverseEvent, ...]:
        """Return the events in the order of their first rows."""
        for event, stats in self._events:
            event.stats = tuple(stats)
        return tuple(event for event, _ in self._events)


def _event_group(group: MeasureGroup, counts: dict[str, int | None]) -> EventGroup:
    return EventGroup(
        id=group.id,
        title=group.title,
        description=group.description,
        deaths_num_affected=counts.get("deaths_affected"),
        deaths_num_at_risk=counts.get("deaths_at_risk"),
        serious_num_affected=counts.get("serious_affected"),
        serious_num_at_risk=counts.get("serious_at_risk"),
        other_num_affected=counts.get("other_affected"),
        other_num_at_risk=counts.get("other_at_risk"),
    )


def _more_info(root: Node) -> MoreInfoModule:
    limits, contact = root.text("studies", "limitations_and_caveats"), root.node("result_contacts")
    point = PointOfContact(
        title=contact.text("name"),
        organization=contact.text("organization"),
        email=contact.text("email"),
        phone=contact.text("phone"),
        phone_ext=contact.text("extension"),
    )
    node = root.node("result_agreements")
    agreement = CertainAgreement(
        pi_sponsor_employee=node.flag("pi_employee"),
        restrictive_agreement=node.flag("restrictive_agreement"),
        restriction_type=codes.code(node.text("restriction_type")),
        other_details=node.text("other_details") or node.text("agreement"),
    )
    return MoreInfoModule(
        limitations_and_caveats=LimitationsAndCaveats(description=limits) if limits else None,
        certain_agreement=None if agreement == CertainAgreement() else agreement,
        point_of_contact=None if point == PointOfContact() else point,
    )
