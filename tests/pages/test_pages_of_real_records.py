"""Two thousand real records, written as the sites print them and read back: texts of every kind.

The shares are what the readers reach; what cannot be told apart any more (cells that ran
together without a trace, `FEV1` + `6 months`) is the rest, and its words are kept.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.record import Document, Position, RawDocument, Study
from kg.record.protocol import Outcome
from kg.sources import decode, read

_spec = importlib.util.spec_from_file_location("page_writer", Path(__file__).with_name("page_writer.py"))
assert _spec is not None
assert _spec.loader is not None
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)

EVERY = 5
"""One record in five, for time; the shares of all of them differ by less than one in a hundred."""


@pytest.fixture(scope="module")
def studies(shared: Path) -> list[Study]:
    raws = [raw for raw in read([shared / "data" / "ctgov-v2"]) if isinstance(raw, RawDocument)]
    return [decode(raw).study for raw in raws[::EVERY]]


def squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


def pairs(studies: list[Study], kind: str, write: Callable[[Study], str]) -> list[tuple[Study, Document]]:
    return [(study, decode(RawDocument(write(study).encode(), kind, Position("page")))) for study in studies]


def core(study: Study) -> dict[str, Any]:
    """What both pages state and no layout can hide."""
    p = study.protocol_section
    enrollment = p.design_module.enrollment_info
    return {
        "number": p.identification_module.nct_id,
        "title": squeezed(p.identification_module.brief_title),
        "status": p.status_module.overall_status,
        "type": p.design_module.study_type,
        "enrollment": enrollment.count if enrollment else None,
        "summary": squeezed(p.description_module.brief_summary),
        "description": squeezed(p.description_module.detailed_description),
        "sponsor": p.sponsor_collaborators_module.lead_sponsor and p.sponsor_collaborators_module.lead_sponsor.name,
    }


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def test_medpath_pages_bring_the_record_back(studies: list[Study]) -> None:
    found = pairs(studies, "medpath", writer.medpath)
    assert [core(d.study) for _, d in found] == [core(s) for s, _ in found]
    assert all(d.unknown_paths == () for _, d in found)
    labels = [
        {squeezed(a.label) for a in d.study.protocol_section.arms_interventions_module.arm_groups}
        == {
            squeezed(a.label)
            for a in s.protocol_section.arms_interventions_module.arm_groups
            if any(a.label in i.arm_group_labels for i in s.protocol_section.arms_interventions_module.interventions)
        }
        for s, d in found
    ]
    assert share(labels) > 0.98


def outcomes(study: Study) -> tuple[Outcome, ...]:
    module = study.protocol_section.outcomes_module
    return (*module.primary_outcomes, *module.secondary_outcomes)


def test_medpath_outcomes_come_back_where_the_cells_can_be_told_apart(studies: list[Study]) -> None:
    found = pairs(studies, "medpath", writer.medpath)
    same_number = [(s, d) for s, d in found if len(outcomes(s)) == len(outcomes(d.study))]
    assert len(same_number) / len(found) > 0.7
    cut_right = [
        (squeezed(a.measure), squeezed(a.time_frame)) == (squeezed(b.measure), squeezed(b.time_frame))
        for s, d in same_number
        for a, b in zip(outcomes(s), outcomes(d.study), strict=True)
    ]
    assert share(cut_right) > 0.96


def test_no_word_of_a_medpath_outcome_is_lost(studies: list[Study]) -> None:
    """Where a row is not told from a paragraph, its words stand in the outcome above it."""
    for study, document in pairs(studies, "medpath", writer.medpath):
        stated = "".join(f"{o.measure or ''}{o.time_frame or ''}{o.description or ''}" for o in outcomes(study))
        kept = "".join(f"{o.measure or ''}{o.time_frame or ''}{o.description or ''}" for o in outcomes(document.study))
        assert sorted("".join(kept.split())) == sorted("".join(stated.split()))


def test_meddatax_pages_bring_the_record_back(studies: list[Study]) -> None:
    found = pairs(studies, "meddatax", writer.meddatax)
    assert [core(d.study) for _, d in found] == [core(s) for s, _ in found]
    assert all(d.unknown_paths == () for _, d in found)
    arms, uses = [], []
    for s, d in found:
        stated, back = (x.protocol_section.arms_interventions_module for x in (s, d.study))
        arms.append(
            [(squeezed(a.label), a.type or "OTHER", squeezed(a.description)) for a in stated.arm_groups]
            == [(squeezed(a.label), a.type, squeezed(a.description)) for a in back.arm_groups]
        )
        uses.append(
            [{squeezed(label) for label in i.arm_group_labels} for i in stated.interventions]
            == [{squeezed(label) for label in i.arm_group_labels} for i in back.interventions]
        )
    assert share(arms) > 0.99
    assert share(uses) > 0.98


def test_registry_text_brings_the_record_back(studies: list[Study]) -> None:
    plain = [
        s
        for s in studies
        if s.protocol_section.arms_interventions_module.interventions
        and s.protocol_section.conditions_module.conditions
        and s.protocol_section.description_module.brief_summary
    ]
    found = pairs(plain, "registry-text", writer.registry_text)
    hits = []
    for s, d in found:
        stated, back = s.protocol_section, d.study.protocol_section
        hits.append(
            (
                squeezed(stated.identification_module.brief_title),
                squeezed(stated.description_module.brief_summary),
                [squeezed(c) for c in stated.conditions_module.conditions],
                {(i.type, squeezed(i.name)) for i in stated.arms_interventions_module.interventions},
                len({(o.measure, o.description, o.time_frame) for o in stated.outcomes_module.primary_outcomes}),
            )
            == (
                squeezed(back.identification_module.brief_title),
                squeezed(back.description_module.brief_summary),
                [squeezed(c) for c in back.conditions_module.conditions],
                {(i.type, squeezed(i.name)) for i in back.arms_interventions_module.interventions},
                len(d.additions.outcomes),
            )
        )
    assert share(hits) > 0.97
