"""The results section: participant flow, baseline, reported outcomes, adverse events.

Names are those of the ClinicalTrials.gov API v2 data model, in snake case. Numbers
stay text where the registry sends text (`"12.50"`, `"NA"`, `"<0.001"`).
"""

from kg.record.part import Part, Whole


class FlowGroup(Part):
    """A group of participants in the flow."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class FlowStats(Part):
    """Participants (or units) of one group at a milestone or drop-out reason."""

    group_id: str | None = None
    comment: str | None = None
    num_subjects: str | None = None
    num_units: str | None = None


class FlowMilestone(Part):
    """A milestone of a period."""

    type: str | None = None
    comment: str | None = None
    achievements: tuple[FlowStats, ...] = ()


class DropWithdraw(Part):
    """A reason for not completing a period."""

    type: str | None = None
    comment: str | None = None
    reasons: tuple[FlowStats, ...] = ()


class FlowPeriod(Part):
    """A period of the study."""

    title: str | None = None
    milestones: tuple[FlowMilestone, ...] = ()
    drop_withdraws: tuple[DropWithdraw, ...] = ()


class ParticipantFlowModule(Part):
    """Participants through the study's periods."""

    pre_assignment_details: str | None = None
    recruitment_details: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[FlowGroup, ...] = ()
    periods: tuple[FlowPeriod, ...] = ()


class MeasureGroup(Part):
    """A group for which values are reported."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class DenomCount(Part):
    """How many of a group were analysed."""

    group_id: str | None = None
    value: str | None = None


class Denom(Part):
    """Denominators by unit of analysis."""

    units: str | None = None
    counts: tuple[DenomCount, ...] = ()


class Measurement(Part):
    """A value of one group, with its dispersion or limits."""

    group_id: str | None = None
    value: str | None = None
    spread: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None
    comment: str | None = None


class MeasureCategory(Part):
    """A category (row) of a class."""

    title: str | None = None
    measurements: tuple[Measurement, ...] = ()


class MeasureClass(Part):
    """A class of a measure (time point, subgroup, ...)."""

    title: str | None = None
    denoms: tuple[Denom, ...] = ()
    categories: tuple[MeasureCategory, ...] = ()


class BaselineMeasure(Part):
    """A baseline characteristic."""

    title: str | None = None
    description: str | None = None
    population_description: str | None = None
    param_type: str | None = None
    dispersion_type: str | None = None
    unit_of_measure: str | None = None
    calculate_pct: bool | None = None
    denom_units_selected: str | None = None
    denoms: tuple[Denom, ...] = ()
    classes: tuple[MeasureClass, ...] = ()


class BaselineCharacteristicsModule(Part):
    """Baseline characteristics by group."""

    population_description: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[MeasureGroup, ...] = ()
    denoms: tuple[Denom, ...] = ()
    measures: tuple[BaselineMeasure, ...] = ()


class MeasureAnalysis(Part):
    """A statistical analysis of a reported outcome."""

    param_type: str | None = None
    param_value: str | None = None
    dispersion_type: str | None = None
    dispersion_value: str | None = None
    statistical_method: str | None = None
    statistical_comment: str | None = None
    p_value: str | None = None
    p_value_comment: str | None = None
    ci_num_sides: str | None = None
    ci_pct_value: str | None = None
    ci_lower_limit: str | None = None
    ci_upper_limit: str | None = None
    ci_lower_limit_comment: str | None = None
    ci_upper_limit_comment: str | None = None
    estimate_comment: str | None = None
    tested_non_inferiority: bool | None = None
    non_inferiority_type: str | None = None
    non_inferiority_comment: str | None = None
    other_analysis_description: str | None = None
    group_description: str | None = None
    group_ids: tuple[str, ...] = ()


class OutcomeMeasure(Part):
    """A reported outcome measure with groups, values and analyses."""

    type: str | None = None
    title: str | None = None
    description: str | None = None
    population_description: str | None = None
    reporting_status: str | None = None
    anticipated_posting_date: str | None = None
    param_type: str | None = None
    dispersion_type: str | None = None
    unit_of_measure: str | None = None
    calculate_pct: bool | None = None
    time_frame: str | None = None
    type_units_analyzed: str | None = None
    denom_units_selected: str | None = None
    groups: tuple[MeasureGroup, ...] = ()
    denoms: tuple[Denom, ...] = ()
    classes: tuple[MeasureClass, ...] = ()
    analyses: tuple[MeasureAnalysis, ...] = ()


class OutcomeMeasuresModule(Part):
    """Reported outcome measures."""

    outcome_measures: tuple[OutcomeMeasure, ...] = ()


class EventGroup(Part):
    """A group of the adverse-event tables, with its totals."""

    id: str | None = None
    title: str | None = None
    description: str | None = None
    deaths_num_affected: Whole | None = None
    deaths_num_at_risk: Whole | None = None
    serious_num_affected: Whole | None = None
    serious_num_at_risk: Whole | None = None
    other_num_affected: Whole | None = None
    other_num_at_risk: Whole | None = None


class EventStats(Part):
    """One group's count of an adverse event."""

    group_id: str | None = None
    num_events: Whole | None = None
    num_affected: Whole | None = None
    num_at_risk: Whole | None = None


class AdverseEvent(Part):
    """An adverse-event term by group."""

    term: str | None = None
    organ_system: str | None = None
    source_vocabulary: str | None = None
    assessment_type: str | None = None
    notes: str | None = None
    stats: tuple[EventStats, ...] = ()


class AdverseEventsModule(Part):
    """Serious and other adverse events."""

    frequency_threshold: str | None = None
    time_frame: str | None = None
    description: str | None = None
    all_cause_mortality_comment: str | None = None
    event_groups: tuple[EventGroup, ...] = ()
    serious_events: tuple[AdverseEvent, ...] = ()
    other_events: tuple[AdverseEvent, ...] = ()


class LimitationsAndCaveats(Part):
    """What limits the results."""

    description: str | None = None


class CertainAgreement(Part):
    """Agreements that restrict publication."""

    pi_sponsor_employee: bool | None = None
    restriction_type: str | None = None
    restrictive_agreement: bool | None = None
    other_details: str | None = None


class PointOfContact(Part):
    """The results contact: personal data, read only to be accounted for."""

    title: str | None = None
    organization: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_ext: str | None = None


class MoreInfoModule(Part):
    """Limitations, agreements, contact."""

    limitations_and_caveats: LimitationsAndCaveats | None = None
    certain_agreement: CertainAgreement | None = None
    point_of_contact: PointOfContact | None = None


class ResultsSection(Part):
    """Results as posted."""

    participant_flow_module: ParticipantFlowModule | None = None
    baseline_characteristics_module: BaselineCharacteristicsModule | None = None
    outcome_measures_module: OutcomeMeasuresModule | None = None
    adverse_events_module: AdverseEventsModule | None = None
    more_info_module: MoreInfoModule | None = None
