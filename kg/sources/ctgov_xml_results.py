"""Legacy XML: participant flow, baseline, reported outcomes, adverse events.

Group ids (`P1`, `B1`, `O1`, `E1`) become those of the API v2 (`FG000`, `BG000`, `OG000`,
`EG000`), so that one trial has the same nodes whichever of the two was read.
"""

import re
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
    MoreInfoModule,
    OutcomeMeasuresModule,
    ParticipantFlowModule,
    PointOfContact,
    ResultsSection,
)
from kg.sources import codes
from kg.sources.ctgov_xml_measures import baseline_measure, denominators, group_id, groups, outcome
from kg.sources.tree import Node

_TOTALS: Final = {
    "Total, serious adverse events": "serious",
    "Total, other adverse events": "other",
    "Total, all-cause mortality": "deaths",
}
_UP_TO_60: Final = re.compile(r"^The only disclosure restriction on the PI is .* less than or equal to 60 days", re.S)
_OVER_60: Final = re.compile(r"^The only disclosure restriction on the PI is .* more than 60 days", re.S)


def results(node: Node) -> ResultsSection | None:
    """Return the results section; None when the record has none."""
    if not node.children:
        return None
    return ResultsSection(
        participant_flow_module=_flow(node.node("participant_flow")),
        baseline_characteristics_module=_baseline(node.node("baseline")),
        outcome_measures_module=OutcomeMeasuresModule(
            outcome_measures=tuple(outcome(each) for each in node.nodes("outcome_list", "outcome"))
        ),
        adverse_events_module=_events(node.node("reported_events")),
        more_info_module=_more_info(node),
    )


def _flow(node: Node) -> ParticipantFlowModule:
    return ParticipantFlowModule(
        pre_assignment_details=node.text("pre_assignment_details"),
        recruitment_details=node.text("recruitment_details"),
        groups=tuple(
            FlowGroup(id=group_id(g.text("@group_id")), title=g.text("title"), description=g.text("description"))
            for g in node.nodes("group_list", "group")
        ),
        periods=tuple(_period(period) for period in node.nodes("period_list", "period")),
    )


def _period(node: Node) -> FlowPeriod:
    return FlowPeriod(
        title=node.text("title"),
        milestones=tuple(
            FlowMilestone(type=each.text("title"), achievements=_participants(each))
            for each in node.nodes("milestone_list", "milestone")
        ),
        drop_withdraws=tuple(
            DropWithdraw(type=each.text("title"), reasons=_participants(each))
            for each in node.nodes("drop_withdraw_reason_list", "drop_withdraw_reason")
        ),
    )


def _participants(node: Node) -> tuple[FlowStats, ...]:
    return tuple(
        FlowStats(group_id=group_id(each.text("@group_id")), num_subjects=each.text("@count"), comment=each.take())
        for each in node.nodes("participants_list", "participants")
    )


def _baseline(node: Node) -> BaselineCharacteristicsModule:
    denoms = denominators(node)
    return BaselineCharacteristicsModule(
        population_description=node.text("population"),
        type_units_analyzed=next((d.units for d in denoms if d.units not in {None, "Participants"}), None),
        groups=groups(node),
        denoms=denoms,
        measures=tuple(baseline_measure(each) for each in node.nodes("measure_list", "measure")),
    )


def _events(node: Node) -> AdverseEventsModule:
    totals: dict[str, dict[str, int | None]] = {}
    serious = _event_table(node.node("serious_events"), totals)
    other = _event_table(node.node("other_events"), totals)
    thresholds = node.node("other_events").texts("frequency_threshold")
    thresholds += node.node("serious_events").texts("frequency_threshold")
    return AdverseEventsModule(
        frequency_threshold=next(iter(thresholds), None),
        time_frame=node.text("time_frame"),
        description=node.text("desc"),
        event_groups=tuple(_event_group(group, totals) for group in node.nodes("group_list", "group")),
        serious_events=serious,
        other_events=other,
    )


def _event_group(node: Node, totals: dict[str, dict[str, int | None]]) -> EventGroup:
    identifier = group_id(node.text("@group_id"))
    counts = totals.get(identifier or "", {})
    return EventGroup(
        id=identifier,
        title=node.text("title"),
        description=node.text("description"),
        deaths_num_affected=counts.get("deaths_affected"),
        deaths_num_at_risk=counts.get("deaths_at_risk"),
        serious_num_affected=counts.get("serious_affected"),
        serious_num_at_risk=counts.get("serious_at_risk"),
        other_num_affected=counts.get("other_affected"),
        other_num_at_risk=counts.get("other_at_risk"),
    )


def _event_table(node: Node, totals: dict[str, dict[str, int | None]]) -> tuple[AdverseEvent, ...]:
    """Return the events of a table; the rows that are totals of a group go to `totals` instead."""
    vocabulary = node.text("default_vocab")
    assessment = codes.code(node.text("default_assessment"))
    found = []
    for category in node.nodes("category_list", "category"):
        system = category.text("title")
        for event in category.nodes("event_list", "event"):
            total = _TOTALS.get(event.peek("sub_title") or "")
            if total is not None and system == "Total":
                event.text("sub_title")
                _add_totals(event, total, totals)
            else:
                found.append(_event(event, system, vocabulary, assessment))
    return tuple(found)


def _add_totals(event: Node, total: str, totals: dict[str, dict[str, int | None]]) -> None:
    for counts in event.nodes("counts"):
        of_group = totals.setdefault(group_id(counts.text("@group_id")) or "", {})
        of_group[f"{total}_affected"] = counts.number("@subjects_affected")
        of_group[f"{total}_at_risk"] = counts.number("@subjects_at_risk")


def _event(node: Node, system: str | None, vocabulary: str | None, assessment: str | None) -> AdverseEvent:
    own_vocabulary = node.text("sub_title", "@vocab")
    return AdverseEvent(
        term=node.text("sub_title"),
        organ_system=system,
        source_vocabulary=own_vocabulary or vocabulary,
        assessment_type=codes.code(node.text("assessment")) or assessment,
        notes=node.text("description"),
        stats=tuple(
            EventStats(
                group_id=group_id(counts.text("@group_id")),
                num_events=counts.number("@events"),
                num_affected=counts.number("@subjects_affected"),
                num_at_risk=counts.number("@subjects_at_risk"),
            )
            for counts in node.nodes("counts")
        ),
    )


def _more_info(node: Node) -> MoreInfoModule:
    limits = node.text("limitations_and_caveats")
    contact = node.node("point_of_contact")
    point = PointOfContact(
        title=contact.text("name_or_title"),
        organization=contact.text("organization"),
        email=contact.text("email"),
        phone=contact.text("phone"),
        phone_ext=contact.text("phone_ext"),
    )
    return MoreInfoModule(
        limitations_and_caveats=LimitationsAndCaveats(description=limits) if limits else None,
        certain_agreement=_agreement(node.node("certain_agreements")),
        point_of_contact=None if point == PointOfContact() else point,
    )


def _agreement(node: Node) -> CertainAgreement | None:
    """Return the agreement on publication, whose coded values the legacy XML spells out in sentences."""
    employee, restriction = node.peek("pi_employee"), node.peek("restrictive_agreement")
    is_employee = None
    if employee is not None and (" ARE employed" in employee or " NOT employed" in employee):
        is_employee = " ARE employed" in employee
        node.text("pi_employee")
    if restriction is None:
        return None if is_employee is None else CertainAgreement(pi_sponsor_employee=is_employee)
    node.text("restrictive_agreement")
    if restriction.startswith("There is NOT an agreement"):
        return CertainAgreement(pi_sponsor_employee=is_employee, restrictive_agreement=False)
    kind = "LTE60" if _UP_TO_60.match(restriction) else "GT60" if _OVER_60.match(restriction) else "OTHER"
    return CertainAgreement(
        pi_sponsor_employee=is_employee,
        restrictive_agreement=True,
        restriction_type=kind,
        other_details=restriction if kind == "OTHER" else None,
    )
