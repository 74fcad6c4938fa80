"""EudraCT: posted results, lifted into the results section of the data model.

Arms and groups have keys of their own in the register; they become the ids that the API v2
gives (`FG000`, `BG000`, `OG000`, `EG000`) in the order of the record.
"""

from typing import Final

from kg.record.protocol import ArmGroup
from kg.record.results import (
    AdverseEvent,
    AdverseEventsModule,
    BaselineCharacteristicsModule,
    Denom,
    DenomCount,
    DropWithdraw,
    EventGroup,
    EventStats,
    FlowGroup,
    FlowMilestone,
    FlowPeriod,
    FlowStats,
    MeasureGroup,
    OutcomeMeasuresModule,
    ParticipantFlowModule,
    ResultsSection,
)
from kg.sources import codes
from kg.sources.eudract_measures import NO_TITLE, Title, baseline_measure, endpoint
from kg.sources.tree import Node

_ARM_TYPES: Final = {
    "experimental": "EXPERIMENTAL",
    "activeComparator": "ACTIVE_COMPARATOR",
    "activeComp": "ACTIVE_COMPARATOR",
    "placebo": "PLACEBO_COMPARATOR",
    "placeboComparator": "PLACEBO_COMPARATOR",
    "placeboComp": "PLACEBO_COMPARATOR",
    "shamComparator": "SHAM_COMPARATOR",
    "shamComp": "SHAM_COMPARATOR",
    "noIntervention": "NO_INTERVENTION",
    "noIMP": "NO_INTERVENTION",
    "other": "OTHER",
}
_ASSESSMENTS: Final = {"systematic": "SYSTEMATIC_ASSESSMENT", "nonSystematic": "NON_SYSTEMATIC_ASSESSMENT"}


def results(root: Node) -> tuple[ResultsSection | None, tuple[ArmGroup, ...]]:
    """Return the results section (None without posted results) and the arms that it names."""
    disposition = root.node("subjectDisposition")
    if not disposition.children and not root.nodes("endPoints", "endPoint"):
        return None, ()
    periods = disposition.nodes("postAssignmentPeriods", "postAssignmentPeriod")
    titles: dict[str, Title] = {}
    arms: list[ArmGroup] = []
    for period in periods:
        is_baseline = period.flag("baselinePeriod") or len(periods) == 1
        for node in period.nodes("arms", "arm"):
            arm, key = _arm(node)
            titles[key] = Title(arm.label or key)
            if is_baseline:
                arms.append(arm)
    for node in root.nodes("subjectAnalysisSets", "subjectAnalysisSet"):
        titles[node.text("id") or ""] = Title(node.text("title") or "", node.text("description"))
    section = ResultsSection(
        participant_flow_module=_flow(disposition, periods, titles),
        baseline_characteristics_module=_baseline(root.node("baselineCharacteristics"), titles),
        outcome_measures_module=OutcomeMeasuresModule(
            outcome_measures=tuple(endpoint(node, titles) for node in root.nodes("endPoints", "endPoint"))
        ),
        adverse_events_module=_events(root.node("adverseEvents")),
    )
    return section, tuple(arms)


def last_part(text: str | None) -> str:
    """Return the value of the register's enumerations: `ARM_TYPE.experimental` → `experimental`."""
    return (text or "").rpartition(".")[2]


def _arm(node: Node) -> tuple[ArmGroup, str]:
    kind = last_part(node.text("type", "value"))
    products = []
    for product in node.nodes("armProducts", "armProduct"):
        name, code = product.text("name"), product.text("code")
        products.append((name or code, product.text("doseAndAdministrationDetails")))
    dosages = [f"{name}: {dosage}" if name else dosage for name, dosage in products if dosage]
    description = "\n\n".join(text for text in (node.text("description"), *dosages) if text)
    arm = ArmGroup(
        label=node.text("title"),
        type=_ARM_TYPES.get(kind, codes.code(kind)),
        description=description or None,
        intervention_names=tuple(name for name, _ in products if name),
    )
    return arm, node.peek("id") or ""


def _flow(disposition: Node, periods: list[Node], titles: dict[str, Title]) -> ParticipantFlowModule:
    ids = {node.peek("id") or "": f"FG{number:03d}" for number, node in enumerate(_arms(periods))}
    reasons = {}
    for node in disposition.nodes("reasonsNotCompleted", "reasonNotCompleted"):
        other, kind = node.text("otherReason"), last_part(node.text("type", "value"))
        reasons[node.text("id") or ""] = other or kind
    return ParticipantFlowModule(
        recruitment_details=disposition.text("recruitmentDetails"),
        pre_assignment_details=disposition.text("screeningInformation"),
        groups=tuple(FlowGroup(id=group, title=titles[key].text) for key, group in ids.items()),
        periods=tuple(_period(period, ids, reasons) for period in periods),
    )


def _arms(periods: list[Node]) -> list[Node]:
    return [node for period in periods for node in period.nodes("arms", "arm")]


def _period(period: Node, ids: dict[str, str], reasons: dict[str, str]) -> FlowPeriod:
    names = {}
    for node in period.nodes("otherMilestones", "otherMilestone"):
        names[node.text("id") or ""] = node.text("title") or ""
    started, completed = [], []
    others: dict[str, list[FlowStats]] = {}
    dropped: dict[str, list[FlowStats]] = {}
    for arm in period.nodes("arms", "arm"):
        group = ids.get(arm.peek("id") or "")
        started.append(FlowStats(group_id=group, num_subjects=arm.text("startedMilestoneAchievement", "subjects")))
        completed.append(FlowStats(group_id=group, num_subjects=arm.text("completedMilestoneAchievement", "subjects")))
        for node in arm.nodes("otherMilestoneAchievements", "otherMilestoneAchievement"):
            key = node.text("otherMilestoneId") or ""
            others.setdefault(names.get(key, key), []).append(
                FlowStats(group_id=group, num_subjects=node.text("subjects"))
            )
        for node in arm.nodes("notCompletedReasonDetails", "reasonDetail"):
            key = node.text("reasonNotCompletedId") or ""
            dropped.setdefault(reasons.get(key, key), []).append(
                FlowStats(group_id=group, num_subjects=node.text("subjects"))
            )
    milestones = [("STARTED", started), *others.items(), ("COMPLETED", completed)]
    return FlowPeriod(
        title=period.text("title"),
        milestones=tuple(FlowMilestone(type=name, achievements=tuple(stats)) for name, stats in milestones),
        drop_withdraws=tuple(DropWithdraw(type=name, reasons=tuple(stats)) for name, stats in dropped.items()),
    )


def _baseline(node: Node, titles: dict[str, Title]) -> BaselineCharacteristicsModule:
    ids: dict[str, str] = {}
    groups, counts = [], []
    for number, group in enumerate(node.nodes("baselineReportingGroups", "baselineReportingGroup")):
        own = f"BG{number:03d}"
        ids[group.text("id") or ""] = own
        title = titles.get(group.text("armId") or "", NO_TITLE)
        groups.append(MeasureGroup(id=own, title=title.text, description=group.text("description")))
        counts.append(DenomCount(group_id=own, value=group.text("subjects")))
    for key, title in titles.items():
        if key.startswith("SubjectAnalysisSet"):
            ids[key] = f"BG{len(groups):03d}"
            groups.append(MeasureGroup(id=ids[key], title=title.text, description=title.description))
    total = f"BG{len(groups):03d}"
    measured = [
        characteristic
        for name in ("ageContinuousCharacteristic", "genderCategoricalCharacteristic", "ageCategoricalCharacteristic")
        for characteristic in node.nodes(name)
    ]
    for kind in ("Categorical", "Continuous"):
        name = f"study{kind}Characteristic"
        measured += node.nodes(f"{name}s", name)
    measures = [measure for each in measured if (measure := baseline_measure(each, ids, total))]
    if any(
        m.group_id == total for each in measures for c in each.classes for k in c.categories for m in k.measurements
    ):
        groups.append(MeasureGroup(id=total, title="Total"))
    return BaselineCharacteristicsModule(
        groups=tuple(groups),
        denoms=(Denom(units="Participants", counts=tuple(counts)),) if counts else (),
        measures=tuple(measures),
    )


def _events(node: Node) -> AdverseEventsModule:
    ids: dict[str, str] = {}
    groups = []
    for number, group in enumerate(node.nodes("reportingGroups", "reportingGroup")):
        own = f"EG{number:03d}"
        ids[group.text("id") or ""] = own
        exposed = group.number("subjectsExposed")
        deaths = group.number("deathsAllCauses")
        groups.append(
            EventGroup(
                id=own,
                title=group.text("title"),
                description=group.text("description"),
                deaths_num_affected=deaths,
                deaths_num_at_risk=exposed if deaths is not None else None,
                serious_num_affected=group.number("subjectsAffectedBySeriousAdverseEvents"),
                serious_num_at_risk=exposed,
                other_num_affected=group.number("subjectsAffectedByNonSeriousAdverseEvents"),
                other_num_at_risk=exposed,
            )
        )
    dictionary, version = last_part(node.text("dictionary", "name", "value")), node.text("dictionary", "version")
    vocabulary = " ".join(text for text in (dictionary, version) if text) or None
    return AdverseEventsModule(
        frequency_threshold=node.text("nonSeriousEventFrequencyThreshold"),
        time_frame=node.text("timeFrame"),
        description=node.text("description"),
        event_groups=tuple(groups),
        serious_events=tuple(
            _event(each, ids, vocabulary) for each in node.nodes("seriousAdverseEvents", "seriousAdverseEvent")
        ),
        other_events=tuple(
            _event(each, ids, vocabulary) for each in node.nodes("nonSeriousAdverseEvents", "nonSeriousAdverseEvent")
        ),
    )


def _event(node: Node, ids: dict[str, str], vocabulary: str | None) -> AdverseEvent:
    assessment = last_part(node.text("assessmentMethod", "value"))
    return AdverseEvent(
        term=node.text("term"),
        source_vocabulary=vocabulary,
        assessment_type=_ASSESSMENTS.get(assessment, codes.code(assessment)),
        stats=tuple(
            EventStats(
                group_id=ids.get(value.text("reportingGroupId") or ""),
                num_events=value.number("occurrences"),
                num_affected=value.number("subjectsAffected"),
                num_at_risk=value.number("subjectsExposed"),
            )
            for value in node.nodes("values", "value")
        ),
    )
