"""Legacy XML: measures of the baseline and of reported outcomes, their rows and analyses."""

import re
from typing import Final

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
from kg.sources.tree import Node

_GROUP: Final = re.compile(r"([PBOE])([1-9]\d{0,3})\Z")
_PREFIXES: Final = {"P": "FG", "B": "BG", "O": "OG", "E": "EG"}
_DISPERSIONS: Final = {
    "INTER_QUARTILE_RANGE": "INTER_QUARTILE_RANGE",
    "GEOMETRIC_COEFFICIENT_OF_VARIATION": "GEOMETRIC_COEFFICIENT",
    "80_CONFIDENCE_INTERVAL": "CONFIDENCE_80",
    "90_CONFIDENCE_INTERVAL": "CONFIDENCE_90",
    "95_CONFIDENCE_INTERVAL": "CONFIDENCE_95",
    "97_5_CONFIDENCE_INTERVAL": "CONFIDENCE_975",
    "99_CONFIDENCE_INTERVAL": "CONFIDENCE_99",
}
_SIDES: Final = {"1_SIDED": "ONE_SIDED", "2_SIDED": "TWO_SIDED"}
_COUNTED: Final = "Number of Participants"
_POSTING: Final = re.compile(r"(\d{2})/(\d{4})\Z")


def group_id(text: str | None) -> str | None:
    """Return a group's id as the API v2 has it: `O1` → `OG000`."""
    match = _GROUP.match(text or "")
    return f"{_PREFIXES[match[1]]}{int(match[2]) - 1:03d}" if match else text


def groups(node: Node) -> tuple[MeasureGroup, ...]:
    """Return the groups for which values are reported."""
    return tuple(
        MeasureGroup(id=group_id(g.text("@group_id")), title=g.text("title"), description=g.text("description"))
        for g in node.nodes("group_list", "group")
    )


def denominators(node: Node) -> tuple[Denom, ...]:
    """Return how many of each group were analysed; `scope` only repeats where the list stands."""
    found = []
    for analyzed in node.nodes("analyzed_list", "analyzed"):
        analyzed.text("scope")
        counts = tuple(
            DenomCount(group_id=group_id(count.text("@group_id")), value=count.text("@value"))
            for count in analyzed.nodes("count_list", "count")
        )
        found.append(Denom(units=analyzed.text("units"), counts=counts))
    return tuple(found)


def baseline_measure(node: Node) -> BaselineMeasure:
    """Return a baseline characteristic."""
    dispersion = codes.code(node.text("dispersion"))
    return BaselineMeasure(
        title=node.text("title"),
        description=node.text("description"),
        population_description=node.text("population"),
        param_type=codes.code(node.text("param")),
        dispersion_type=_DISPERSIONS.get(dispersion or "", dispersion),
        unit_of_measure=node.text("units"),
        denom_units_selected=node.text("units_analyzed"),
        denoms=denominators(node),
        classes=_classes(node) + _unclassed(node),
    )


def _classes(node: Node) -> tuple[MeasureClass, ...]:
    return tuple(
        MeasureClass(
            title=each.text("title"),
            denoms=denominators(each),
            categories=tuple(_category(c, "title") for c in each.nodes("category_list", "category")),
        )
        for each in node.nodes("class_list", "class")
    )


def _unclassed(node: Node) -> tuple[MeasureClass, ...]:
    """Return the categories of a record before 2017, which knew no classes, as one class."""
    categories = tuple(_category(c, "sub_title") for c in node.nodes("category_list", "category"))
    return (MeasureClass(categories=categories),) if categories else ()


def _category(node: Node, title: str) -> MeasureCategory:
    return MeasureCategory(
        title=node.text(title),
        measurements=tuple(
            Measurement(
                group_id=group_id(each.text("@group_id")),
                value=each.text("@value"),
                spread=each.text("@spread"),
                lower_limit=each.text("@lower_limit"),
                upper_limit=each.text("@upper_limit"),
                comment=each.take(),
            )
            for each in node.nodes("measurement_list", "measurement")
        ),
    )


def outcome(node: Node) -> OutcomeMeasure:
    """Return a reported outcome with its groups, values and analyses."""
    measure, counted = _measure_of(node)
    denoms = denominators(measure) or counted
    title, description = node.text("title"), node.text("description")
    population = node.text("population")
    _same(measure, "title", title)
    _same(measure, "description", description)
    _same(measure, "population", population)
    classes = _classes(measure) + _unclassed(measure)
    posting = _POSTING.match(node.peek("posting_date") or "")
    stated_posting = node.text("posting_date")
    return OutcomeMeasure(
        type=codes.code(node.text("type")),
        title=title or measure.text("title"),
        description=description or measure.text("description"),
        population_description=population or measure.text("population"),
        reporting_status="POSTED" if classes or denoms else "NOT_POSTED",
        anticipated_posting_date=f"{posting[2]}-{posting[1]}" if posting else stated_posting,
        param_type=codes.code(measure.text("param")),
        dispersion_type=measure.text("dispersion"),
        unit_of_measure=measure.text("units"),
        time_frame=node.text("time_frame"),
        type_units_analyzed=next((d.units for d in denoms if d.units not in {None, "Participants"}), None),
        denom_units_selected=measure.text("units_analyzed"),
        groups=groups(node),
        denoms=denoms,
        classes=classes,
        analyses=tuple(_analysis(each) for each in node.nodes("analysis_list", "analysis")),
    )


def _same(measure: Node, name: str, stated: str | None) -> None:
    """Mark the measure's text read when it repeats the outcome's; another text stays, and is reported."""
    if stated is not None and measure.peek(name) == stated:
        measure.text(name)


def _measure_of(node: Node) -> tuple[Node, tuple[Denom, ...]]:
    """Return an outcome's measure; before 2017 a list, whose first counted the participants analysed."""
    listed = node.nodes("measure_list", "measure")
    if not listed:
        return node.node("measure"), ()
    first = listed[0]
    if first.peek("title") != _COUNTED or len(listed) == 1:
        return first, ()
    for name in ("title", "param", "units"):
        first.text(name)
    counts = tuple(
        DenomCount(group_id=group_id(each.text("@group_id")), value=each.text("@value"))
        for each in first.nodes("category_list", "category", "measurement_list", "measurement")
    )
    return listed[1], (Denom(units="Participants", counts=counts),)


def _analysis(node: Node) -> MeasureAnalysis:
    dispersion = codes.code(node.text("dispersion_type"))
    sides = codes.code(node.text("ci_n_sides"))
    return MeasureAnalysis(
        param_type=node.text("param_type"),
        param_value=node.text("param_value"),
        dispersion_type="STANDARD_ERROR_OF_MEAN" if dispersion == "STANDARD_ERROR_OF_THE_MEAN" else dispersion,
        dispersion_value=node.text("dispersion_value"),
        statistical_method=node.text("method"),
        statistical_comment=node.text("method_desc"),
        p_value=node.text("p_value"),
        p_value_comment=node.text("p_value_desc"),
        ci_num_sides=_SIDES.get(sides or "", sides),
        ci_pct_value=node.text("ci_percent"),
        ci_lower_limit=node.text("ci_lower_limit"),
        ci_upper_limit=node.text("ci_upper_limit"),
        ci_lower_limit_comment=node.text("ci_lower_limit_na_comment"),
        ci_upper_limit_comment=node.text("ci_upper_limit_na_comment"),
        estimate_comment=node.text("estimate_desc"),
        tested_non_inferiority=node.flag("non_inferiority"),
        non_inferiority_type=codes.code(node.text("non_inferiority_type")),
        non_inferiority_comment=node.text("non_inferiority_desc"),
        other_analysis_description=node.text("other_analysis_desc"),
        group_description=node.text("groups_desc"),
        group_ids=tuple(found for text in node.texts("group_id_list", "group_id") if (found := group_id(text))),
    )
