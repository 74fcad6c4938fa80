"""Writes a study record as legacy registry XML: what the reader of that XML is tested against.

Covers identification, status, sponsors, design, arms, interventions, outcomes, eligibility,
people, places, references and results, with the registry's old wordings. Text that the API
prints as Markdown is laid out in columns again, as the registry used to print it.
"""

import re
import textwrap
from calendar import month_name
from xml.sax.saxutils import escape, quoteattr

from kg.record import Study

STATUSES = {
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
    "ENROLLING_BY_INVITATION": "Enrolling by invitation",
    "NOT_YET_RECRUITING": "Not yet recruiting",
    "NO_LONGER_AVAILABLE": "No longer available",
    "UNKNOWN": "Unknown status",
}
_CLASSES = {"NIH": "NIH", "FED": "U.S. Fed", "INDUSTRY": "Industry"}
_PHASES = {
    ("NA",): "N/A",
    ("EARLY_PHASE1",): "Early Phase 1",
    ("PHASE1",): "Phase 1",
    ("PHASE1", "PHASE2"): "Phase 1/Phase 2",
    ("PHASE2",): "Phase 2",
    ("PHASE2", "PHASE3"): "Phase 2/Phase 3",
    ("PHASE3",): "Phase 3",
    ("PHASE4",): "Phase 4",
}
_MODELS = {"SINGLE_GROUP": "Single Group Assignment", "CROSSOVER": "Crossover Assignment"}
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def unescaped(text: str | None) -> str | None:
    """The text without the backslashes of Markdown."""
    return None if text is None else _ESCAPED.sub(r"\1", text)


def words(code: str | None) -> str | None:
    """`NON_RANDOMIZED` as the registry wrote it: `Non Randomized`."""
    return None if code is None else code.replace("_", " ").title()


def date(text: str | None) -> str | None:
    """`2020-10-01` as the registry wrote it: `October 1, 2020`."""
    if text is None:
        return None
    year, *rest = text.split("-")
    if not rest:
        return year
    month = month_name[int(rest[0])]
    return f"{month} {year}" if len(rest) == 1 else f"{month} {int(rest[1])}, {year}"


class Writer:
    """Collects elements; an element without text or children is left out."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def leaf(self, name: str, text: str | None, **attributes: str | None) -> None:
        given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value is not None)
        if text is not None or given:
            self.lines.append(f"<{name}{given}>{escape(text or '')}</{name}>")

    def open(self, name: str, **attributes: str | None) -> None:
        given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value is not None)
        self.lines.append(f"<{name}{given}>")

    def close(self, name: str) -> None:
        self.lines.append(f"</{name}>")

    def block(self, name: str, text: str | None, indent: int) -> None:
        if text:
            self.open(name)
            self.lines.append(f"<textblock>\n{escape(laid_out(unescaped(text) or '', indent))}\n    </textblock>")
            self.close(name)


def laid_out(text: str, indent: int) -> str:
    """Markdown-like text in the registry's columns: wrapped at 100, items marked by a dash."""
    out = []
    depths = [0]
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped:
            continue
        depth = len(line) - len(line.lstrip())
        depths = [known for known in depths if known < depth] + [depth]
        level = len(depths) - 1
        item = re.match(r"\* (?=\S)", stripped)
        number = re.match(r"\d{1,2}[.)] (?=\S)", stripped)
        column = indent + 5 * level + (2 if item or number else 0)
        mark = "-  " if item else ""
        body = stripped[2:] if item else stripped
        wrapped = textwrap.wrap(
            body,
            width=max(40, 100 - column),
            initial_indent=" " * column + mark,
            subsequent_indent=" " * (column + 3 if item or number else column),
            break_long_words=False,
            break_on_hyphens=False,
        )
        out.append("\n".join(wrapped))
    return "\n\n".join(out)


def legacy_xml(study: Study) -> bytes:
    """The record as a `<clinical_study>`."""
    out = Writer()
    out.lines.append('<?xml version="1.0" encoding="UTF-8"?>')
    out.open("clinical_study")
    section = study.protocol_section
    _identification(out, section)
    _status(out, section)
    _design(out, section)
    _arms(out, section)
    _eligibility(out, section)
    _places(out, section)
    if study.results_section is not None:
        _results(out, study.results_section)
    out.close("clinical_study")
    return "\n".join(out.lines).encode("utf-8")


def _identification(out, section):
    module, sponsors = section.identification_module, section.sponsor_collaborators_module
    out.open("id_info")
    if module.org_study_id_info:
        out.leaf("org_study_id", module.org_study_id_info.id)
    for info in module.secondary_id_infos:
        out.leaf("secondary_id", info.id)
    out.leaf("nct_id", module.nct_id)
    for alias in module.nct_id_aliases:
        out.leaf("nct_alias", alias)
    out.close("id_info")
    out.leaf("brief_title", module.brief_title)
    out.leaf("acronym", module.acronym)
    out.leaf("official_title", module.official_title)
    out.open("sponsors")
    for name, found in (
        ("lead_sponsor", [sponsors.lead_sponsor] if sponsors.lead_sponsor else []),
        ("collaborator", sponsors.collaborators),
    ):
        for sponsor in found:
            out.open(name)
            out.leaf("agency", sponsor.name)
            out.leaf("agency_class", _CLASSES.get(sponsor.agency_class, "Other"))
            out.close(name)
    out.close("sponsors")
    if module.organization:
        out.leaf("source", module.organization.full_name)
    out.block("brief_summary", section.description_module.brief_summary, 6)
    out.block("detailed_description", section.description_module.detailed_description, 6)


def _status(out, section):
    module = section.status_module
    out.leaf("overall_status", STATUSES.get(module.overall_status, words(module.overall_status).capitalize()))
    if module.last_known_status:
        out.leaf("last_known_status", STATUSES.get(module.last_known_status, words(module.last_known_status)))
    if module.why_stopped:
        out.leaf("why_stopped", f"\n    {unescaped(module.why_stopped)}\n  ")
    for name, struct in (
        ("start_date", module.start_date_struct),
        ("completion_date", module.completion_date_struct),
        ("primary_completion_date", module.primary_completion_date_struct),
    ):
        if struct:
            kind = {"ESTIMATED": "Anticipated", "ACTUAL": "Actual"}.get(struct.type)
            out.leaf(name, date(struct.date), type=kind)
    for name, struct in (
        ("study_first_posted", module.study_first_post_date_struct),
        ("results_first_posted", module.results_first_post_date_struct),
        ("disposition_first_posted", module.disp_first_post_date_struct),
        ("last_update_posted", module.last_update_post_date_struct),
    ):
        if struct:
            out.leaf(name, date(struct.date), type={"ESTIMATED": "Estimate", "ACTUAL": "Actual"}.get(struct.type))
    out.leaf("verification_date", date(module.status_verified_date))
    out.leaf("study_first_submitted", date(module.study_first_submit_date))
    out.leaf("last_update_submitted", date(module.last_update_submit_date))


def _design(out, section):
    module = section.design_module
    if module.phases:
        out.leaf("phase", _PHASES[tuple(module.phases)])
    kind = words(module.study_type)
    out.leaf("study_type", f"{kind} [Patient Registry]" if module.patient_registry else kind)
    info = module.design_info
    if info:
        out.open("study_design_info")
        out.leaf(
            "allocation", {"NA": "N/A", "NON_RANDOMIZED": "Non-Randomized"}.get(info.allocation, words(info.allocation))
        )
        if info.intervention_model:
            out.leaf(
                "intervention_model",
                _MODELS.get(info.intervention_model, f"{words(info.intervention_model)} Assignment"),
            )
        out.leaf("intervention_model_description", unescaped(info.intervention_model_description))
        out.leaf("primary_purpose", words(info.primary_purpose))
        out.leaf("observational_model", words(info.observational_model))
        out.leaf("time_perspective", words(info.time_perspective))
        if info.masking_info and info.masking_info.masking:
            who = ", ".join(words(role) for role in info.masking_info.who_masked)
            depth = words(info.masking_info.masking)
            out.leaf("masking", "None (Open Label)" if depth == "None" else f"{depth} ({who})" if who else depth)
            out.leaf("masking_description", unescaped(info.masking_info.masking_description))
        out.close("study_design_info")
    outcomes = section.outcomes_module
    for name, found in (
        ("primary_outcome", outcomes.primary_outcomes),
        ("secondary_outcome", outcomes.secondary_outcomes),
        ("other_outcome", outcomes.other_outcomes),
    ):
        for outcome in found:
            out.open(name)
            out.leaf("measure", unescaped(outcome.measure))
            out.leaf("time_frame", unescaped(outcome.time_frame))
            out.leaf("description", unescaped(outcome.description))
            out.close(name)
    if module.enrollment_info:
        kind = {"ESTIMATED": "Anticipated", "ACTUAL": "Actual"}.get(module.enrollment_info.type)
        out.leaf("enrollment", str(module.enrollment_info.count), type=kind)
    for condition in section.conditions_module.conditions:
        out.leaf("condition", condition)
    for keyword in section.conditions_module.keywords:
        out.leaf("keyword", keyword)


def _arms(out, section):
    module = section.arms_interventions_module
    for arm in module.arm_groups:
        out.open("arm_group")
        out.leaf("arm_group_label", arm.label)
        out.leaf("arm_group_type", words(arm.type))
        out.leaf("description", unescaped(arm.description))
        out.close("arm_group")
    for intervention in module.interventions:
        out.open("intervention")
        out.leaf("intervention_type", words(intervention.type))
        out.leaf("intervention_name", intervention.name)
        out.leaf("description", unescaped(intervention.description))
        for label in intervention.arm_group_labels:
            out.leaf("arm_group_label", label)
        for name in intervention.other_names:
            out.leaf("other_name", name)
        out.close("intervention")


def _eligibility(out, section):
    module = section.eligibility_module
    out.open("eligibility")
    out.block("study_pop", module.study_population, 8)
    out.leaf(
        "sampling_method",
        {"NON_PROBABILITY_SAMPLE": "Non-Probability Sample"}.get(module.sampling_method, words(module.sampling_method)),
    )
    out.block("criteria", module.eligibility_criteria, 8)
    out.leaf("gender", words(module.sex))
    out.leaf("minimum_age", module.minimum_age or "N/A")
    out.leaf("maximum_age", module.maximum_age or "N/A")
    answers = {True: "Accepts Healthy Volunteers", False: "No"}
    out.leaf("healthy_volunteers", answers.get(module.healthy_volunteers))
    out.close("eligibility")


def _places(out, section):
    module = section.contacts_locations_module
    for official in module.overall_officials:
        out.open("overall_official")
        out.leaf("last_name", official.name)
        out.leaf("role", words(official.role))
        out.leaf("affiliation", official.affiliation)
        out.close("overall_official")
    for location in module.locations:
        out.open("location")
        out.open("facility")
        out.leaf("name", location.facility)
        out.open("address")
        for name in ("city", "state", "zip", "country"):
            out.leaf(name, getattr(location, name))
        out.close("address")
        out.close("facility")
        if location.status:
            out.leaf("status", STATUSES.get(location.status, words(location.status)))
        out.close("location")
    for reference in section.references_module.references:
        name = {"RESULT": "results_reference", "BACKGROUND": "reference"}.get(reference.type)
        if name:
            out.open(name)
            out.leaf("citation", reference.citation)
            out.leaf("PMID", reference.pmid)
            out.close(name)


def _group(identifier):
    return identifier[0].replace("F", "P") + str(int(identifier[2:]) + 1)


def _groups(out, groups):
    out.open("group_list")
    for group in groups:
        out.open("group", group_id=_group(group.id))
        out.leaf("title", unescaped(group.title))
        out.leaf("description", unescaped(group.description))
        out.close("group")
    out.close("group_list")


def _results(out, results):
    out.open("clinical_results")
    flow = results.participant_flow_module
    if flow:
        out.open("participant_flow")
        out.leaf("recruitment_details", unescaped(flow.recruitment_details))
        out.leaf("pre_assignment_details", unescaped(flow.pre_assignment_details))
        _groups(out, flow.groups)
        out.open("period_list")
        for period in flow.periods:
            out.open("period")
            out.leaf("title", unescaped(period.title))
            out.open("milestone_list")
            for milestone in period.milestones:
                _participants(out, "milestone", milestone.type, milestone.achievements)
            out.close("milestone_list")
            out.open("drop_withdraw_reason_list")
            for reason in period.drop_withdraws:
                _participants(out, "drop_withdraw_reason", reason.type, reason.reasons)
            out.close("drop_withdraw_reason_list")
            out.close("period")
        out.close("period_list")
        out.close("participant_flow")
    module = results.outcome_measures_module
    out.open("outcome_list")
    for measure in module.outcome_measures if module else ():
        _outcome(out, measure)
    out.close("outcome_list")
    if results.adverse_events_module:
        _events(out, results.adverse_events_module)
    out.close("clinical_results")


def _participants(out, name, title, stats):
    out.open(name)
    out.leaf("title", unescaped(title))
    out.open("participants_list")
    for each in stats:
        out.leaf("participants", unescaped(each.comment), group_id=_group(each.group_id), count=each.num_subjects)
    out.close("participants_list")
    out.close(name)


def _analyzed(out, scope, denoms):
    if denoms:
        out.open("analyzed_list")
        for denom in denoms:
            out.open("analyzed")
            out.leaf("units", denom.units)
            out.leaf("scope", scope)
            out.open("count_list")
            for count in denom.counts:
                out.leaf("count", None, group_id=_group(count.group_id), value=count.value)
            out.close("count_list")
            out.close("analyzed")
        out.close("analyzed_list")


def _outcome(out, measure):
    out.open("outcome")
    out.leaf(
        "type",
        {"OTHER_PRE_SPECIFIED": "Other Pre-specified", "POST_HOC": "Post-Hoc"}.get(measure.type, words(measure.type)),
    )
    out.leaf("title", unescaped(measure.title))
    out.leaf("description", unescaped(measure.description))
    out.leaf("time_frame", unescaped(measure.time_frame))
    out.leaf("population", unescaped(measure.population_description))
    if measure.groups:
        _groups(out, measure.groups)
    if measure.reporting_status == "POSTED":
        out.open("measure")
        out.leaf("title", unescaped(measure.title))
        out.leaf("units", unescaped(measure.unit_of_measure))
        out.leaf("param", words(measure.param_type).replace(" Of ", " of ") if measure.param_type else None)
        out.leaf("dispersion", measure.dispersion_type)
        _analyzed(out, "Measure", measure.denoms)
        out.open("class_list")
        for row in measure.classes:
            out.open("class")
            out.leaf("title", unescaped(row.title))
            _analyzed(out, "Class", row.denoms)
            out.open("category_list")
            for category in row.categories:
                out.open("category")
                out.leaf("title", unescaped(category.title))
                out.open("measurement_list")
                for value in category.measurements:
                    out.leaf(
                        "measurement",
                        unescaped(value.comment),
                        group_id=_group(value.group_id),
                        value=value.value,
                        spread=value.spread,
                        lower_limit=value.lower_limit,
                        upper_limit=value.upper_limit,
                    )
                out.close("measurement_list")
                out.close("category")
            out.close("category_list")
            out.close("class")
        out.close("class_list")
        out.close("measure")
    out.close("outcome")


def _events(out, module):
    out.open("reported_events")
    out.leaf("time_frame", unescaped(module.time_frame))
    out.leaf("desc", unescaped(module.description))
    _groups(out, module.event_groups)
    for name, events, total in (
        ("serious_events", module.serious_events, "serious"),
        ("other_events", module.other_events, "other"),
    ):
        out.open(name)
        if name == "other_events":
            out.leaf("frequency_threshold", module.frequency_threshold)
        out.open("category_list")
        _totals(out, f"Total, {total} adverse events", module.event_groups, total)
        if total == "serious" and any(g.deaths_num_at_risk is not None for g in module.event_groups):
            _totals(out, "Total, all-cause mortality", module.event_groups, "deaths")
        for event in events:
            out.open("category")
            out.leaf("title", event.organ_system)
            out.open("event_list")
            out.open("event")
            out.leaf("sub_title", event.term, vocab=event.source_vocabulary)
            out.leaf(
                "assessment",
                {"NON_SYSTEMATIC_ASSESSMENT": "Non-systematic Assessment"}.get(
                    event.assessment_type, words(event.assessment_type)
                ),
            )
            out.leaf("description", unescaped(event.notes))
            for stats in event.stats:
                out.leaf(
                    "counts",
                    None,
                    group_id=_group(stats.group_id),
                    events=None if stats.num_events is None else str(stats.num_events),
                    subjects_affected=None if stats.num_affected is None else str(stats.num_affected),
                    subjects_at_risk=None if stats.num_at_risk is None else str(stats.num_at_risk),
                )
            out.close("event")
            out.close("event_list")
            out.close("category")
        out.close("category_list")
        out.close(name)
    out.close("reported_events")


def _totals(out, title, groups, kind):
    out.open("category")
    out.leaf("title", "Total")
    out.open("event_list")
    out.open("event")
    out.leaf("sub_title", title)
    for group in groups:
        affected, at_risk = getattr(group, f"{kind}_num_affected"), getattr(group, f"{kind}_num_at_risk")
        out.leaf(
            "counts",
            None,
            group_id=_group(group.id),
            subjects_affected=None if affected is None else str(affected),
            subjects_at_risk=None if at_risk is None else str(at_risk),
        )
    out.close("event")
    out.close("event_list")
    out.close("category")


# What two formats of one trial must agree on


def normal(text: str | None) -> list[str]:
    """Lines of a text without layout and Markdown escapes."""
    return [" ".join(line.split()) for line in (unescaped(text) or "").splitlines() if line.strip()]


def core(study: Study) -> dict[str, object]:
    """Phase, status, dates, sponsors, arms, outcomes and criteria of a record."""
    section = study.protocol_section
    status, sponsors = section.status_module, section.sponsor_collaborators_module
    outcomes = section.outcomes_module
    legacy_class = {"NIH": "NIH", "FED": "FED", "INDUSTRY": "INDUSTRY"}
    return {
        "phases": section.design_module.phases,
        "type": section.design_module.study_type,
        "status": status.overall_status,
        "dates": [
            (struct.date, struct.type) if struct else None
            for struct in (
                status.start_date_struct,
                status.primary_completion_date_struct,
                status.completion_date_struct,
                status.study_first_post_date_struct,
                status.last_update_post_date_struct,
            )
        ],
        "sponsors": [
            (sponsor.name, legacy_class.get(sponsor.agency_class or "", "OTHER"))
            for sponsor in (sponsors.lead_sponsor, *sponsors.collaborators)
            if sponsor
        ],
        "enrollment": section.design_module.enrollment_info,
        "arms": [
            (arm.label, arm.type, normal(arm.description), arm.intervention_names)
            for arm in section.arms_interventions_module.arm_groups
        ],
        "interventions": [
            (i.type, i.name, normal(i.description), i.arm_group_labels, i.other_names)
            for i in section.arms_interventions_module.interventions
        ],
        "outcomes": [
            [(normal(o.measure), normal(o.time_frame), normal(o.description)) for o in found]
            for found in (outcomes.primary_outcomes, outcomes.secondary_outcomes, outcomes.other_outcomes)
        ],
        "criteria": normal(section.eligibility_module.eligibility_criteria),
        "ages": (section.eligibility_module.minimum_age, section.eligibility_module.maximum_age),
        "sex": section.eligibility_module.sex,
        "sites": [(s.facility, s.city, s.country, s.status) for s in section.contacts_locations_module.locations],
        "results": results(study),
    }


def results(study: Study) -> list[object]:
    """Reported values and events of a record."""
    found: list[object] = []
    section = study.results_section
    if section is None:
        return found
    module = section.outcome_measures_module
    for measure in module.outcome_measures if module else ():
        found.append((measure.type, normal(measure.title), [g.id for g in measure.groups], measure.param_type))
        found.extend(
            (m.group_id, m.value, m.spread, m.lower_limit, m.upper_limit)
            for row in measure.classes
            for category in row.categories
            for m in category.measurements
        )
    events = section.adverse_events_module
    for event in (*events.serious_events, *events.other_events) if events else ():
        found.append(
            (event.term, event.organ_system, [(s.group_id, s.num_affected, s.num_at_risk) for s in event.stats])
        )
    return found
