"""Real registry records written as the sites print them: the page readers must bring them back."""

from kg.record import Study
from kg.record.protocol import Outcome

TAGLINE = "Review what this section of the page is about, and how it can be read."


def medpath(study: Study) -> str:
    """A MedPath page saved as text: cells of a row run together, paragraphs apart by blank lines."""
    p = study.protocol_section
    arms = p.arms_interventions_module
    lines = ["MedPath", "", p.identification_module.brief_title or "", ""]
    lines += ["/".join(_phase(x) for x in p.design_module.phases) or "Not Applicable"]
    lines += [(p.status_module.overall_status or "UNKNOWN").replace("_", " ").capitalize()]
    lines += ["Conditions", *p.conditions_module.conditions, "Interventions"]
    lines += [f"{(i.type or 'OTHER').replace('_', ' ').title()}: {i.name}" for i in arms.interventions]
    lines += ["Registration Number", p.identification_module.nct_id or ""]
    sponsor = p.sponsor_collaborators_module.lead_sponsor
    lines += ["Lead Sponsor", (sponsor.name if sponsor else "") or ""]
    lines += ["Brief Summary", "", *_paragraphs(p.description_module.brief_summary)]
    lines += ["Detailed Description", "", *_paragraphs(p.description_module.detailed_description)]
    lines += ["Recruitment & Eligibility", "", "Status", p.status_module.overall_status or ""]
    lines += ["Sex", (p.eligibility_module.sex or "ALL").capitalize()]
    count = p.design_module.enrollment_info.count if p.design_module.enrollment_info else None
    lines += ["Target Recruitment", "Not specified" if count is None else str(count)]
    lines += ["Inclusion Criteria", "", "  • one", "Exclusion Criteria", "", "  • two", "", "Study & Design", ""]
    lines += ["Study Type", p.design_module.study_type or ""]
    info = p.design_module.design_info
    lines += ["Study Design", (info.intervention_model if info else None) or "Not specified"]
    lines += ["Arm && Interventions", "GroupInterventionDescription"]
    for arm in arms.arm_groups:
        for item in arms.interventions:
            if arm.label in item.arm_group_labels:
                lines.append(f"{arm.label}{item.name}{_one_line(arm.description) or '-'}")
    for title, outcomes in (
        ("Primary Outcome Measures", p.outcomes_module.primary_outcomes),
        ("Secondary Outcome Measures", p.outcomes_module.secondary_outcomes),
    ):
        lines += [title, "NameTimeMethod", *_medpath_outcomes(outcomes)]
    lines += ["Trial Locations", "", f"Locations ({len(p.contacts_locations_module.locations)})", ""]
    for site in p.contacts_locations_module.locations:
        place = ", ".join(filter(None, (site.city, site.state, site.country)))
        lines += [site.facility or "Site", "", "🇺🇸", "", place, ""]
    return "\n".join([*lines, "© Copyright 2025. All Rights Reserved by MedPath"])


def _medpath_outcomes(outcomes: tuple[Outcome, ...]) -> list[str]:
    lines = []
    for outcome in outcomes:
        lines += [f"{_one_line(outcome.measure)}{_one_line(outcome.time_frame)}", ""]
        lines += _paragraphs(outcome.description)
    return lines


def meddatax(study: Study) -> str:
    """A MedDataX page saved as text: every block apart by a blank line, a sentence below each heading."""
    p = study.protocol_section
    arms = p.arms_interventions_module
    status = p.status_module
    blocks = [p.identification_module.brief_title or "", f"NCT ID: {p.identification_module.nct_id}"]
    updated = status.last_update_post_date_struct
    blocks += [f"Last Updated: {updated.date if updated else ''}", "Study Results", "Results pending"]
    blocks += ["Basic Information", TAGLINE, "Recruitment Status", status.overall_status or ""]
    if p.design_module.phases:
        blocks += ["Clinical Phase", "/".join(p.design_module.phases)]
    if p.design_module.enrollment_info and p.design_module.enrollment_info.count is not None:
        blocks += ["Total Enrollment", f"{p.design_module.enrollment_info.count} participants"]
    blocks += ["Study Classification", p.design_module.study_type or ""]
    for label, date in (
        ("Study Start Date", status.start_date_struct),
        ("Study Completion Date", status.completion_date_struct),
    ):
        if date and date.date:
            blocks += [label, date.date]
    blocks += ["Brief Summary", TAGLINE, *_lines(p.description_module.brief_summary)]
    blocks += ["Detailed Description", TAGLINE, *_lines(p.description_module.detailed_description)]
    blocks += ["Conditions", TAGLINE, *p.conditions_module.conditions, "Study Design", TAGLINE]
    info = p.design_module.design_info
    if info and info.allocation:
        blocks += ["Allocation Method", info.allocation]
    if info and info.intervention_model:
        blocks += ["Intervention Model", info.intervention_model]
    blocks += ["Study Groups", TAGLINE]
    for arm in arms.arm_groups:
        blocks += [arm.label or "", *_lines(arm.description), f"Group Type {arm.type or 'OTHER'}"]
        used = [item for item in arms.interventions if arm.label in item.arm_group_labels]
        for item in used:
            blocks += [item.name or "", f"Intervention Type {item.type}", *_lines(item.description)]
        if not used:
            blocks.append("No interventions assigned to this group")
    blocks += ["Interventions", TAGLINE]
    for item in arms.interventions:
        blocks += [item.name or "", *_lines(item.description), f"Intervention Type {item.type}"]
    blocks += ["Eligibility Criteria", TAGLINE, "Inclusion Criteria", "* one", "Exclusion Criteria", "* two"]
    blocks += ["Minimum Eligible Age", p.eligibility_module.minimum_age or "N/A"]
    blocks += ["Maximum Eligible Age", p.eligibility_module.maximum_age or "N/A"]
    blocks += ["Eligible Sex", p.eligibility_module.sex or "ALL", "Accepts Healthy Volunteers", "No"]
    blocks += ["Sponsors", TAGLINE]
    sponsors = p.sponsor_collaborators_module
    for sponsor, role in [(sponsors.lead_sponsor, "lead"), *((c, "collaborator") for c in sponsors.collaborators)]:
        if sponsor:
            blocks += [sponsor.name or "", sponsor.agency_class or "OTHER", f"Sponsor Role {role}"]
    blocks += ["Locations", TAGLINE]
    for site in p.contacts_locations_module.locations:
        place = ", ".join(filter(None, (site.city, site.state, site.country)))
        blocks += [site.facility or "Site", place, f"Site Status {site.status or ''}".strip()]
    blocks += ["Countries", TAGLINE, *sorted({s.country for s in p.contacts_locations_module.locations if s.country})]
    return "\n\n".join([*blocks, "More Related Trials", TAGLINE, "Another Trial", "NCT00000000 COMPLETED"])


def _phase(code: str) -> str:
    words = {"EARLY_PHASE1": "Early Phase 1", "NA": "Not Applicable"}
    return words.get(code, code.replace("PHASE", "Phase "))


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _paragraphs(text: str | None) -> list[str]:
    return [part for line in _lines(text) for part in (line, "")] or ["Not specified", ""]


def registry_text(study: Study) -> str:
    """A record as bare lines, in the order of the registry's search export, the summary repeated at the end."""
    p = study.protocol_section
    lines = [_one_line(p.identification_module.brief_title), *_lines(p.description_module.brief_summary)]
    lines += ["|".join(_one_line(name) for name in p.conditions_module.conditions)]
    lines += ["|".join(f"{i.type or 'OTHER'}: {_one_line(i.name)}" for i in p.arms_interventions_module.interventions)]
    for outcome in p.outcomes_module.primary_outcomes:
        parts = (outcome.measure, outcome.description, outcome.time_frame)
        lines.append(", ".join(_one_line(part) for part in parts if part))
    return "\n".join([*lines, *_lines(p.description_module.brief_summary)])
