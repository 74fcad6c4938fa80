"""Small studies in our own words, and files of them."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

Study = dict[str, Any]


def make_study(number: int, update: str = "2024-03-02", **identification: Any) -> Study:
    """A small study of the shape that the registry sends."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT{number:08d}",
                "orgStudyIdInfo": {"id": f"OWN-{number}"},
                "organization": {"fullName": "Example Hospital", "class": "OTHER"},
                "briefTitle": f"Donor NK cells, study {number}",
                **identification,
            },
            "statusModule": {
                "overallStatus": "RECRUITING",
                "startDateStruct": {"date": "2023-05", "type": "ACTUAL"},
                "lastUpdateSubmitDate": update,
                "lastUpdatePostDateStruct": {"date": update, "type": "ACTUAL"},
            },
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Example Hospital", "class": "OTHER"}},
            "descriptionModule": {"briefSummary": "Patients receive NK cells from a haploidentical donor."},
            "conditionsModule": {"conditions": ["Acute Myeloid Leukemia"]},
            "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1", "PHASE2"]},
            "armsInterventionsModule": {
                "armGroups": [
                    {"label": "Cells", "type": "EXPERIMENTAL", "interventionNames": ["Biological: NK cells"]}
                ],
                "interventions": [{"type": "BIOLOGICAL", "name": "NK cells", "armGroupLabels": ["Cells"]}],
            },
            "outcomesModule": {"primaryOutcomes": [{"measure": "Overall survival", "timeFrame": "2 years"}]},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2024-06-01"}},
        "hasResults": False,
    }


@pytest.fixture
def study() -> Callable[..., Study]:
    """A small study by its number: `study(7, update="2024-01-01")`."""
    return make_study


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., Path]:
    """Write studies (or raw lines of bytes) as JSON lines: `write_lines("a.jsonl", [study(1)])`."""

    def write(name: str, records: Iterable[Study | bytes]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in records]
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return path

    return write
