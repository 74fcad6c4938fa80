"""Writes study records as AACT's tables: what the reader of those tables is tested against.

One row for each value and group, keys as AACT gives them, dates padded as AACT pads them.
"""

import csv
from calendar import monthrange
from pathlib import Path

from kg.record import Study

_STUDY_DATES = (
    ("start", "start_date_struct"),
    ("primary_completion", "primary_completion_date_struct"),
    ("completion", "completion_date_struct"),
)
_POSTED = (
    ("study_first_posted_date", "study_first_post_date_struct"),
    ("last_update_posted_date", "last_update_post_date_struct"),
)
_TYPES = {"F": "Participant Flow", "B": "Baseline", "O": "Outcome", "E": "Reported Event"}


def padded(date: str | None) -> str | None:
    """`2019-02` as AACT stores it: the last day of the month."""
    if date is None or date.count("-") != 1:
        return date
    year, month = map(int, date.split("-"))
    return f"{date}-{monthrange(year, month)[1]}"


class Tables:
    """Rows by table; every row has a key and the study's number."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, object]]] = {}

    def add(self, table: str, nct_id: str, **values: object) -> str:
        rows = self.rows.setdefault(table, [])
        key = str(1000 * (len(self.rows) + 1) + len(rows))
        rows.append({"id": key, "nct_id": nct_id, **values})
        return key

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for table, rows in self.rows.items():
            names = list(
                dict.fromkeys(name for row in rows for name in row if not (table == "studies" and name == "id"))
            )
            with open(folder / f"{table}.txt", "w", encoding="utf-8", newline="") as stream:
                out = csv.writer(stream, delimiter="|", lineterminator="\n")
                out.writerow(names)
                for row in rows:
                    out.writerow([_cell(row.get(name)) for name in names])


def _cell(value: object) -> object:
    return {True: "t", False: "f", None: ""}.get(value, value) if isinstance(value, bool) or value is None else value


def write_tables(studies: list[Study], folder: Path) -> None:
    """The records as tables in a folder."""
    tables = Tables()
    for study in studies:
        _study(tables, study)
    tables.write(folder)


def _study(tables: Tables, study: Study) -> None:
    section = study.protocol_section
    identification, status, design = section.identification_module, section.status_module, section.design_module
    nct_id = identification.nct_id
    row: dict[str, object] = {
        "brief_title": identification.brief_title,
        "official_title": identification.official_title,
        "acronym": identification.acronym,
        "overall_status": status.overall_status,
        "study_type": design.study_type,
        "phase": "/".join(design.phases),
        "enrollment": design.enrollment_info.count if design.enrollment_info else None,
        "enrollment_type": design.enrollment_info.type if design.enrollment_info else None,
        "last_update_submitted_date": status.last_update_submit_date,
    }
    for name, field in _STUDY_DATES:
        struct = getattr(status, field)
        row[f"{name}_month_year"] = struct.date if struct else None
        row[f"{name}_date_type"] = struct.type if struct else None
        row[f"{name}_date"] = padded(struct.date) if struct else None
    for name, field in _POSTED:
        struct = getattr(status, field)
        row[name] = struct.date if struct else None
        row[f"{name}_type"] = struct.type if struct else None
    tables.add("studies", nct_id, **row)
    sponsors = section.sponsor_collaborators_module
    for role, found in (("lead", [sponsors.lead_sponsor]), ("collaborator", sponsors.collaborators)):
        for sponsor in filter(None, found):
            tables.add(
                "sponsors", nct_id, agency_class=sponsor.agency_class, lead_or_collaborator=role, name=sponsor.name
            )
    _arms(tables, nct_id, section.arms_interventions_module)
    for role in ("primary", "secondary", "other"):
        for outcome in getattr(section.outcomes_module, f"{role}_outcomes"):
            tables.add(
                "design_outcomes",
                nct_id,
                outcome_type=role,
                measure=outcome.measure,
                time_frame=outcome.time_frame,
                description=outcome.description,
            )
    eligibility = section.eligibility_module
    tables.add(
        "eligibilities",
        nct_id,
        gender=eligibility.sex,
        minimum_age=eligibility.minimum_age or "N/A",
        maximum_age=eligibility.maximum_age or "N/A",
        criteria=eligibility.eligibility_criteria,
    )
    for site in section.contacts_locations_module.locations:
        tables.add(
            "facilities",
            nct_id,
            name=site.facility,
            status=site.status,
            city=site.city,
            state=site.state,
            zip=site.zip,
            country=site.country,
        )
    if study.results_section is not None:
        _results(tables, nct_id, study.results_section)


def _arms(tables: Tables, nct_id: str, module) -> None:
    arms = {}
    for arm in module.arm_groups:
        key = tables.add("design_groups", nct_id, group_type=arm.type, title=arm.label, description=arm.description)
        arms.setdefault(arm.label, key)
    for intervention in module.interventions:
        key = tables.add(
            "interventions",
            nct_id,
            intervention_type=intervention.type,
            name=intervention.name,
            description=intervention.description,
        )
        for label in intervention.arm_group_labels:
            if label in arms:
                tables.add("design_group_interventions", nct_id, design_group_id=arms[label], intervention_id=key)
        for name in intervention.other_names:
            tables.add("intervention_other_names", nct_id, intervention_id=key, name=name)


def _results(tables: Tables, nct_id: str, results) -> None:
    groups: dict[object, str] = {}

    def group(owner: object, found) -> None:
        for each in found:
            key = tables.add(
                "result_groups",
                nct_id,
                ctgov_group_code=each.id,
                result_type=_TYPES[each.id[0]],
                title=each.title,
                description=each.description,
            )
            groups[owner, each.id] = key

    module = results.outcome_measures_module
    for number, measure in enumerate(module.outcome_measures if module else ()):
        group(number, measure.groups)
        key = tables.add(
            "outcomes",
            nct_id,
            outcome_type=measure.type,
            title=measure.title,
            description=measure.description,
            time_frame=measure.time_frame,
            population=measure.population_description,
            units=measure.unit_of_measure,
            param_type=measure.param_type,
            dispersion_type=measure.dispersion_type,
        )
        for denom in measure.denoms:
            for count in denom.counts:
                tables.add(
                    "outcome_counts",
                    nct_id,
                    outcome_id=key,
                    result_group_id=groups[number, count.group_id],
                    ctgov_group_code=count.group_id,
                    scope="Measure",
                    units=denom.units,
                    count=count.value,
                )
        for row in measure.classes:
            for category in row.categories:
                for value in category.measurements:
                    tables.add(
                        "outcome_measurements",
                        nct_id,
                        outcome_id=key,
                        result_group_id=groups[number, value.group_id],
                        ctgov_group_code=value.group_id,
                        classification=row.title,
                        category=category.title,
                        title=measure.title,
                        units=measure.unit_of_measure,
                        param_type=measure.param_type,
                        param_value=value.value,
                        dispersion_value=value.spread,
                        dispersion_lower_limit=value.lower_limit,
                        dispersion_upper_limit=value.upper_limit,
                        explanation_of_na=value.comment,
                    )
    events = results.adverse_events_module
    if events:
        group("events", events.event_groups)
        for kind, found in (("serious", events.serious_events), ("other", events.other_events)):
            for event in found:
                for stats in event.stats:
                    tables.add(
                        "reported_events",
                        nct_id,
                        result_group_id=groups["events", stats.group_id],
                        ctgov_group_code=stats.group_id,
                        event_type=kind,
                        subjects_affected=stats.num_affected,
                        subjects_at_risk=stats.num_at_risk,
                        event_count=stats.num_events,
                        organ_system=event.organ_system,
                        adverse_event_term=event.term,
                        vocab=event.source_vocabulary,
                        assessment=event.assessment_type,
                    )
