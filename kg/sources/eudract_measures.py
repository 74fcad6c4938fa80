"""EudraCT: endpoints and baseline characteristics with their values and analyses."""

from typing import Final, NamedTuple

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

_TYPES: Final = {
    "primary": "PRIMARY",
    "secondary": "SECONDARY",
    "otherPreSpecified": "OTHER_PRE_SPECIFIED",
    "postHoc": "POST_HOC",
}
_PARAMETERS: Final = {
    "arithmetic": "MEAN",
    "arithmeticMean": "MEAN",
    "mean": "MEAN",
    "median": "MEDIAN",
    "number": "NUMBER",
    "leastSquares": "LEAST_SQUARES_MEAN",
    "leastSquaresMean": "LEAST_SQUARES_MEAN",
    "geometric": "GEOMETRIC_MEAN",
    "geometricMean": "GEOMETRIC_MEAN",
    "logMean": "LOG_MEAN",
}
_DISPERSIONS: Final = {
    "standardDeviation": ("STANDARD_DEVIATION", "Standard Deviation"),
    "standardError": ("STANDARD_ERROR", "Standard Error"),
    "fullRange": ("FULL_RANGE", "Full Range"),
    "interQuartileRange": ("INTER_QUARTILE_RANGE", "Inter-Quartile Range"),
    "geometricCoefficientVariation": ("GEOMETRIC_COEFFICIENT", "Geometric Coefficient of Variation"),
    "na": (None, None),
}
_SPREADS: Final = frozenset({"standardDeviation", "standardError", "geometricCoefficientVariation"})
_SIDES: Final = {"oneSided": "ONE_SIDED", "twoSided": "TWO_SIDED"}
_GROUPS: Final = (
    ("armReportingGroups", "armReportingGroup", "armId"),
    ("subjectAnalysisSetReportingGroups", "subjectAnalysisSetReportingGroup", "subjectAnalysisSetId"),
)


class Title(NamedTuple):
    """What a group of participants is called, and the description that only an analysis set has."""

    text: str | None
    description: str | None = None


NO_TITLE: Final = Title(None)


def _value(node: Node, *path: str) -> str:
    return (node.text(*path, "value") or "").rpartition(".")[2]


def endpoint(node: Node, titles: dict[str, Title]) -> OutcomeMeasure:
    """Return a reported endpoint with its groups, values and analyses."""
    dispersion, percentage = _value(node, "dispersionType"), node.text("percentage")
    kind, parameter = _value(node, "type"), _value(node, "centralTendencyType")
    names = _categories(node)
    ids: dict[str, str] = {}
    groups: list[MeasureGroup] = []
    counts: list[DenomCount] = []
    rows: list[dict[str, Measurement]] = []
    for folder, name, key in _GROUPS:
        for group in node.nodes(folder, name):
            own = f"OG{len(groups):03d}"
            ids[group.text("id") or ""] = own
            title = titles.get(group.text(key) or "", NO_TITLE)
            groups.append(MeasureGroup(id=own, title=title.text, description=title.description))
            counts.append(DenomCount(group_id=own, value=group.text("subjects")))
            rows.append(_measurements(group, own, dispersion, group.text("comment")))
    countable = node.flag("countable")
    words = _DISPERSIONS.get(dispersion, (None, f"{percentage}% Confidence Interval" if percentage else None))[1]
    return OutcomeMeasure(
        type=_TYPES.get(kind, codes.code(kind)),
        title=node.text("title"),
        description=node.text("description"),
        time_frame=node.text("timeFrame"),
        reporting_status="POSTED" if node.flag("readyForValues") else "NOT_POSTED",
        param_type="COUNT_OF_PARTICIPANTS" if countable else _PARAMETERS.get(parameter, codes.code(parameter)),
        dispersion_type=words if dispersion and dispersion != "na" else None,
        unit_of_measure=node.text("unit"),
        groups=tuple(groups),
        denoms=(Denom(units="Participants", counts=tuple(counts)),) if counts else (),
        classes=_one_class(names, rows),
        analyses=tuple(_analysis(each, ids) for each in node.nodes("statisticalAnalyses", "statisticalAnalysis")),
    )


def _categories(node: Node) -> dict[str, str | None]:
    """Return category key to name, in order; a measure without categories has one without a name."""
    found: dict[str, str | None] = {}
    for each in node.nodes("categories", "category"):
        found[each.text("id") or ""] = each.text("name")
    return found or {"": None}


def _measurements(group: Node, own: str, dispersion: str, comment: str | None) -> dict[str, Measurement]:
    """Return category key to the group's measurement."""
    found: dict[str, Measurement] = {}
    for name in ("countableValues", "tendencyValues"):
        for node in group.nodes(name, name.removesuffix("s")):
            key = node.text("categoryId") or ""
            found[key] = Measurement(group_id=own, value=node.text("value"), comment=comment)
    for node in group.nodes("tendencyValue"):
        found[""] = Measurement(group_id=own, value=node.text("value"), comment=comment)
    for node in group.nodes("dispersionValues", "dispersionValue") + group.nodes("dispersionValue"):
        measurement = found.setdefault(node.text("categoryId") or "", Measurement(group_id=own, comment=comment))
        low, high = node.text("value"), node.text("highRangeValue")
        if dispersion in _SPREADS:
            measurement.spread = low
        else:
            measurement.lower_limit, measurement.upper_limit = low, high
    return found


def _one_class(names: dict[str, str | None], rows: list[dict[str, Measurement]]) -> tuple[MeasureClass, ...]:
    keys = list(dict.fromkeys([*names, *(key for row in rows for key in row)]))
    categories = [
        MeasureCategory(title=names.get(key), measurements=tuple(row[key] for row in rows if key in row))
        for key in keys
    ]
    filled = tuple(category for category in categories if category.measurements)
    return (MeasureClass(categories=filled),) if filled else ()


def baseline_measure(node: Node, ids: dict[str, str], total: str) -> BaselineMeasure | None:
    """Return a baseline characteristic; None for one that the sponsor did not fill in."""
    dispersion, parameter = _value(node, "dispersionType"), _value(node, "centralTendencyType")
    names, title, unit = _categories(node), node.text("title"), node.text("unit")
    rows = []
    for group in node.nodes("reportingGroups", "reportingGroup"):
        own = ids.get(group.text("baselineReportingGroupId") or "", "")
        rows.append(_measurements(group, own, dispersion, None))
    for group in node.nodes("subjectAnalysisSets", "subjectAnalysisSet"):
        own = ids.get(group.text("subjectAnalysisSetId") or "", "")
        rows.append(_measurements(group, own, dispersion, None))
    rows += [_measurements(group, total, dispersion, None) for group in node.nodes("totalBaselineGroup")]
    node.flag("readyForValues")
    classes = _one_class(names, rows)
    if not classes:
        return None
    return BaselineMeasure(
        title=title,
        description=node.text("description"),
        param_type=_PARAMETERS.get(parameter, codes.code(parameter)) or "COUNT_OF_PARTICIPANTS",
        dispersion_type=_DISPERSIONS.get(dispersion, (codes.code(dispersion), None))[0],
        unit_of_measure=unit,
        classes=classes,
    )


def _analysis(node: Node, ids: dict[str, str]) -> MeasureAnalysis:
    test, estimate = node.node("statisticalHypothesisTest"), node.node("parameterEstimate")
    interval, variability = estimate.node("confidenceInterval"), estimate.node("variabilityEstimate")
    relation, p_value = test.text("valueEqualityRelation"), test.text("value")
    sides, kind = _value(interval, "sides"), _value(node, "type")
    method, parameter = _value(test, "method"), _value(estimate, "type")
    spread = _value(variability, "type")
    title, description = node.text("title"), node.text("description")
    node.text("analysisSpecification", "value")
    compared = node.texts("armComparisonGroupId") + node.texts("subjectAnalysisSetComparisonGroupId")
    return MeasureAnalysis(
        param_type=estimate.text("otherType") or parameter or None,
        param_value=estimate.text("pointEstimate"),
        dispersion_type={"standardError": "STANDARD_ERROR_OF_MEAN"}.get(spread, codes.code(spread)),
        dispersion_value=variability.text("dispersionValue"),
        statistical_method=test.text("otherMethod") or method or None,
        statistical_comment=test.text("comment"),
        p_value=f"{relation}{p_value}" if p_value and relation and relation not in {"=", "=="} else p_value,
        ci_num_sides=_SIDES.get(sides, codes.code(sides)),
        ci_pct_value=interval.text("percentage"),
        ci_lower_limit=interval.text("lowerLimit"),
        ci_upper_limit=interval.text("upperLimit"),
        non_inferiority_type=codes.code(kind),
        group_description="\n\n".join(text for text in (title, description) if text) or None,
        group_ids=tuple(ids.get(key, key) for key in compared),
    )
