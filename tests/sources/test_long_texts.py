"""Texts made to be slow: every step that reads wording takes a time that grows with the text, not with its square."""

import time
from collections.abc import Callable

import pytest

from kg.errors import RecordError
from kg.record import Position, RawDocument
from kg.sources import codes, ctgov_csv, ctgov_xml, wording
from kg.sources.ctgov_xml_design import masking_and_roles, old_design
from kg.sources.ictrp_parts import arms_interventions, clean, design, enrollment, items
from kg.sources.outcome_cells import outcomes
from kg.sources.text_blocks import unwrap
from kg.sources.xml_tree import parse_xml

N = 300_000
LONG = {
    "blanks": " " * N,
    "lines": "\n" * N,
    "numbers": "1" * N,
    "counted": "1. a\n" * (N // 5),
    "counting": " ".join(f"{n}. a" for n in range(1, N // 8)),
    "dashes": "- " * (N // 2),
    "dashed": "- A" + "  - B" * (N // 5),
    "commas": "a, " * (N // 3),
    "times": "m, d, " + "day 1, " * (N // 7),
    "pre": "m, " + "pre-" * (N // 4) + "x, y",
    "brackets": "(" * N,
    "closing": "a)" * (N // 2),
    "colons": "a:1;" * (N // 4),
    "no colon": "a" * N,
    "semicolons": ";" * N,
    "slashes": "1/2/" * (N // 4),
    "bars": "|" * N,
    "breaks": "<br" + " " * N,
    "many breaks": "<br>" * (N // 4),
    "references": "&amp;" * (N // 5),
    "headings": "Inclusion Criteria: " * (N // 20),
    "design": "Allocation: Randomized " * (N // 23),
    "phases": "phase 1/" * (N // 8),
}
STEPS: dict[str, Callable[[str], object]] = {
    "age": codes.age,
    "allocation": wording.allocation,
    "arms": lambda text: arms_interventions(text, text),
    "breaks": wording.broken_lines,
    "clean": clean,
    "code": codes.code,
    "criteria": lambda text: wording.criteria(text, text),
    "date": codes.iso_date,
    "design": lambda text: design(text, text),
    "enrollment": enrollment,
    "items": items,
    "masking": wording.masking,
    "numbered": wording.numbered_items,
    "old design": old_design,
    "outcome cells": outcomes,
    "outcomes": wording.outcomes,
    "phases": codes.phases,
    "roles": masking_and_roles,
    "sex": wording.sex_code,
    "timed": lambda text: wording.timed_outcomes(text, text),
    "unwrap": unwrap,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_long_text_is_read_in_time(step: str) -> None:
    """300,000 characters of each kind in a few seconds together."""
    for name, text in LONG.items():
        before = time.process_time()
        STEPS[step](text)
        assert time.process_time() - before < 4, name


def test_a_long_cell_is_read_in_time() -> None:
    """Every column of the classic export, filled with brackets."""
    columns = (
        "Age",
        "Interventions",
        "Locations",
        "Phases",
        "Study Designs",
        "Study Documents",
        "Sponsor/Collaborators",
    )
    row = ",".join(f'"{column}":"{"(" * N}"' for column in columns)
    before = time.process_time()
    ctgov_csv.decode(RawDocument(f'{{"NCT Number":"NCT90000001",{row}}}'.encode(), "ctgov-csv", Position("x")))
    assert time.process_time() - before < 10


def test_arms_of_one_label_do_not_multiply() -> None:
    """1,000 arms of one label and 1,000 interventions that name it would be a million uses."""
    arms = b"<arm_group><arm_group_label>a</arm_group_label></arm_group>" * 1_000
    given = b"".join(
        b"<intervention><intervention_name>n%d</intervention_name><arm_group_label>a</arm_group_label></intervention>"
        % n
        for n in range(1_000)
    )
    data = b"<clinical_study><id_info><nct_id>NCT90000001</nct_id></id_info>" + arms + given + b"</clinical_study>"
    with pytest.raises(RecordError, match="more than 10,000 times"):
        ctgov_xml.decode(RawDocument(data, "ctgov-xml", Position("x")))


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE '" * 200_000,
        b"<!--" * 300_000,
        b"<a " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b"/>",
        b"<a>" + b"<b x='" * 100_000,
    ],
)
def test_xml_made_to_be_slow_is_refused_at_once(data: bytes) -> None:
    """Before a parser takes the square of its size."""
    before = time.process_time()
    with pytest.raises(RecordError):
        parse_xml(data)
    assert time.process_time() - before < 5
