"""AACT: rows of values put together to measures, classes, categories and analyses."""

from typing import NamedTuple

from kg.record.results import (
    BaselineMeasure,
    Denom,
    DenomCount,
    MeasureAnalysis,
    MeasureCategory,
    MeasureClass,
    MeasureGroup,
    Measurement,
    OutcomeMeasure,
)
from kg.sources import codes
from kg.sources.ctgov_xml_measures import group_id
from kg.sources.tree import Node


def denominators(rows: list[Node]) -> tuple[Denom, ...]:
    """Return how many of each group were analysed, by unit."""
    found: dict[str | None, list[DenomCount]] = {}
    for row in rows:
        row.text("scope")
        count = DenomCount(group_id=group_id(row.text("ctgov_group_code")), value=row.text("count"))
        found.setdefault(row.text("units"), []).append(count)
    return tuple(Denom(units=units, counts=tuple(counts)) for units, counts in found.items())


def baseline_measures(rows: list[Node]) -> tuple[BaselineMeasure, ...]:
    """Return the baseline characteristics, in the order of their first rows."""
    by_title: dict[str | None, list[Node]] = {}
    for row in rows:
        by_title.setdefault(row.text("title"), []).append(row)
    return tuple(_baseline_measure(title, found) for title, found in by_title.items())


def _baseline_measure(title: str | None, rows: list[Node]) -> BaselineMeasure:
    first = {name: _first(rows, name) for name in ("description", "units", "param_type", "dispersion_type")}
    return BaselineMeasure(
        title=title,
        description=first["description"],
        population_description=_first(rows, "population_description"),
        param_type=codes.code(first["param_type"]),
        dispersion_type=codes.code(first["dispersion_type"]),
        unit_of_measure=first["units"],
        calculate_pct=_flag(rows, "calculate_percentage"),
        classes=_classes(rows),
    )


def _first(rows: list[Node], column: str) -> str | None:
    """Return the value that the rows of a measure repeat; a differing one stays unread, and is reported."""
    first = next((text for row in rows if (text := row.peek(column)) is not None), None)
    for row in rows:
        if first is not None and row.peek(column) == first:
            row.text(column)
    return first


def _flag(rows: list[Node], column: str) -> bool | None:
    found = [row.flag(column) for row in rows]
    return next((answer for answer in found if answer is not None), None)


class _Rows(NamedTuple):
    """Values put together so far, and the groups that have one."""

    values: list[Measurement]
    groups: set[str | None]


def _classes(rows: list[Node]) -> tuple[MeasureClass, ...]:
    """Return classes and categories in the order of their first rows.

    A second value of a group in a category begins another class of the same title.
    """
    titles: list[str | None] = []
    last: dict[str | None, int] = {}
    categories: dict[tuple[int, str | None], _Rows] = {}
    counts: dict[tuple[int, str | None], dict[str | None, str]] = {}
    for row in rows:
        title, name = row.text("classification"), row.text("category")
        group = group_id(row.text("ctgov_group_code"))
        number = last.get(title)
        if number is None or group in categories.get((number, name), _Rows([], set())).groups:
            number = last[title] = len(titles)
            titles.append(title)
        found = categories.setdefault((number, name), _Rows([], set()))
        found.values.append(_measurement(row, group))
        found.groups.add(group)
        analyzed, units = row.text("number_analyzed"), row.text("number_analyzed_units")
        if analyzed is not None:
            counts.setdefault((number, units), {}).setdefault(group, analyzed)
    of_class: list[tuple[list[MeasureCategory], list[Denom]]] = [([], []) for _ in titles]
    for (number, name), found in categories.items():
        of_class[number][0].append(MeasureCategory(title=name, measurements=tuple(found.values)))
    for (number, units), analysed in counts.items():
        listed = tuple(DenomCount(group_id=group, value=value) for group, value in analysed.items())
        of_class[number][1].append(Denom(units=units, counts=listed))
    return tuple(
        MeasureClass(title=title, denoms=tuple(denoms), categories=tuple(made))
        for title, (made, denoms) in zip(titles, of_class, strict=True)
    )


def _measurement(row: Node, group: str | None) -> Measurement:
    return Measurement(
        group_id=group,
        value=row.text("param_value"),
        spread=row.text("dispersion_value"),
        lower_limit=row.text("dispersion_lower_limit"),
        upper_limit=row.text("dispersion_upper_limit"),
        comment=row.text("explanation_of_na"),
    )


def outcome(
    node: Node,
    counts: list[Node],
    values: list[Node],
    analyses: list[Node],
    compared: dict[str | None, list[Node]],
    groups: dict[str, MeasureGroup],
) -> OutcomeMeasure:
    """Return a reported outcome from its rows; `groups` are the study's, by the keys that rows use."""
    keys = dict.fromkeys(key for row in (*counts, *values) if (key := row.text("result_group_id")) is not None)
    words, padded = node.text("anticipated_posting_month_year"), node.text("anticipated_posting_date")
    repeated = {name: _repeated(node, values, name) for name in ("units", "param_type", "dispersion_type")}
    for name in ("title", "description"):
        _same(values, name, node.peek(name))
    denoms = denominators(counts)
    classes = _classes(values)
    return OutcomeMeasure(
        type=codes.code(node.text("outcome_type")),
        title=node.text("title"),
        description=node.text("description"),
        population_description=node.text("population"),
        reporting_status="POSTED" if classes or denoms else "NOT_POSTED",
        anticipated_posting_date=codes.iso_date(words or padded),
        param_type=codes.code(repeated["param_type"]),
        dispersion_type=repeated["dispersion_type"],
        unit_of_measure=repeated["units"],
        time_frame=node.text("time_frame"),
        denom_units_selected=node.text("units_analyzed"),
        groups=tuple(groups[key] for key in keys if key in groups),
        denoms=denoms,
        classes=classes,
        analyses=tuple(_analysis(row, compared.pop(row.peek("id"), [])) for row in analyses),
    )


def _repeated(node: Node, rows: list[Node], column: str) -> str | None:
    """Return what the outcome or, in older files, its rows state, and mark what repeats it read."""
    stated = node.peek(column)
    return _first([node, *rows] if stated is not None else rows, column)


def _same(rows: list[Node], column: str, stated: str | None) -> None:
    for row in rows:
        if row.peek(column) == stated:
            row.text(column)


def _analysis(row: Node, compared: list[Node]) -> MeasureAnalysis:
    modifier, p_value, raw = row.text("p_value_modifier"), row.text("p_value"), row.text("p_value_raw")
    lower, upper = row.text("ci_lower_limit"), row.text("ci_upper_limit")
    sides, dispersion = codes.code(row.text("ci_n_sides")), codes.code(row.text("dispersion_type"))
    return MeasureAnalysis(
        param_type=row.text("param_type"),
        param_value=row.text("param_value"),
        dispersion_type="STANDARD_ERROR_OF_MEAN" if dispersion == "STANDARD_ERROR_OF_THE_MEAN" else dispersion,
        dispersion_value=row.text("dispersion_value"),
        statistical_method=row.text("method"),
        statistical_comment=row.text("method_description"),
        p_value=raw or (f"{modifier or ''}{p_value}" if p_value else None),
        p_value_comment=row.text("p_value_description"),
        ci_num_sides={"1_SIDED": "ONE_SIDED", "2_SIDED": "TWO_SIDED"}.get(sides or "", sides),
        ci_pct_value=row.text("ci_percent"),
        ci_lower_limit=row.text("ci_lower_limit_raw") or lower,
        ci_upper_limit=row.text("ci_upper_limit_raw") or upper,
        ci_lower_limit_comment=row.text("ci_lower_limit_na_comment"),
        ci_upper_limit_comment=row.text("ci_upper_limit_na_comment"),
        estimate_comment=row.text("estimate_description"),
        non_inferiority_type=codes.code(row.text("non_inferiority_type")),
        non_inferiority_comment=row.text("non_inferiority_description"),
        other_analysis_description=row.text("other_analysis_description"),
        group_description=row.text("groups_description"),
        group_ids=tuple(found for each in compared if (found := group_id(each.text("ctgov_group_code")))),
    )
