"""Mapping against Morph-KGC 2.10: the same fields of the same records, with as many processes.

Morph-KGC reads the records as JSON, as we do. The choices favour it: the fields are renamed and
lifted to the top of each record and the items of lists are numbered beforehand, which is not
timed; it writes no named graphs and a single statement for a field, where ours decodes strictly
and writes the full mapping of the fields. A second figure gives it flat CSV tables, the input
that suits it best and that no registry offers. Its environment is its own (`CELLKG_MORPH` names
its Python), because it pins old versions of pandas, rdflib and pyoxigraph.
"""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.corpus import enlarge, lines
from benchmarks.measure import WORK, Row, at_least, best_of

MORPH = os.environ.get("CELLKG_MORPH", "/tmp/morph-venv/bin/python")
PROCESSES = 2
TIMES = 2

TABLES = {
    "studies": (
        "trial/{nct}",
        [
            "brief_title",
            "official_title",
            "acronym",
            "summary",
            "description",
            "status",
            "start",
            "completion",
            "enrollment",
            "sponsor",
            "criteria",
            "study_type",
        ],
    ),
    "phases": ("trial/{nct}", ["phase"]),
    "conditions": ("trial/{nct}", ["condition"]),
    "keywords": ("trial/{nct}", ["keyword"]),
    "arms": ("trial/{nct}/arm/{n}", ["label", "type", "arm_description"]),
    "interventions": ("trial/{nct}/intervention/{n}", ["intervention_type", "name", "intervention_description"]),
    "outcomes": ("trial/{nct}/outcome/{role}/{n}", ["measure", "time_frame", "outcome_description"]),
    "sites": ("trial/{nct}/site/{n}", ["facility", "city", "country", "lat", "lon"]),
}
"""Table to (subject, columns); each column becomes one statement."""

_OURS = """
import sys
from multiprocessing import Process
from kg.mapping import Mapper
from kg.reasoning import Reasoner
from kg.record import Links, Position, RawDocument
from kg.sources import decode, read

def work(source, target, number, of):
    mapper, links = Mapper(None, Reasoner.default().predicates), Links()
    with open(target, "wb") as out:
        for n, raw in enumerate(read([source])):
            if n % of == number:
                out.write(mapper.map(decode(raw), links).data)

if __name__ == "__main__":
    source, target, of = sys.argv[1], sys.argv[2], int(sys.argv[3])
    processes = [Process(target=work, args=(source, f"{target}-{n}.nq", n, of)) for n in range(of)]
    for process in processes: process.start()
    for process in processes: process.join()
    sys.exit(max(process.exitcode for process in processes))
"""


def morph() -> list[Row]:
    """Time both, whole commands, on twice the corpus reduced to the fields."""
    if not Path(MORPH).exists():
        sys.exit(
            f"{MORPH} is absent: python -m venv /tmp/morph-venv && /tmp/morph-venv/bin/pip install morph-kgc==2.10.0"
        )
    version = subprocess.run(
        [MORPH, "-c", "from importlib.metadata import version; print(version('morph-kgc'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    folder = WORK / "morph"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _inputs(folder)

    def theirs(form: str) -> Callable[[], None]:
        config = folder / f"{form}.ini"
        config.write_text(
            f"[CONFIGURATION]\nnumber_of_processes={PROCESSES}\noutput_dir={folder / form}\noutput_format=N-TRIPLES\n"
            f"logging_level=ERROR\n[source]\nmappings={folder / form}.ttl\n"
        )

        def run() -> None:
            shutil.rmtree(folder / form, ignore_errors=True)
            subprocess.run([MORPH, "-m", "morph_kgc", str(config)], check=True, capture_output=True, cwd=folder)

        return run

    def ours() -> None:
        command = [sys.executable, "-c", _OURS, str(folder / "records.jsonl"), str(folder / "ours"), str(PROCESSES)]
        subprocess.run(command, check=True)

    best = best_of(2, json=theirs("json"), csv=theirs("csv"), ours=ours)
    patterns = {"json": "json/*", "csv": "csv/*", "ours": "ours-*.nq"}
    counts = {name: _count(folder.glob(pattern)) for name, pattern in patterns.items()}
    both = f"ours {best['ours']:.1f} s, {counts['ours']:,} statements; {PROCESSES} processes each, start-up included"
    return [
        at_least(
            "mapping against Morph-KGC on the same fields of the same JSON records",
            best["json"] / best["ours"],
            5,
            detail=f"Morph-KGC {version} {best['json']:.1f} s, {counts['json']:,} statements; {both}",
        ),
        Row(
            "mapping (of JSON) against Morph-KGC on flat CSV tables made beforehand",
            best["csv"] / best["ours"],
            "times",
            detail=f"{best['csv']:.1f} s, {counts['csv']:,} statements",
        ),
    ]


def _count(paths: Iterator[Path]) -> int:
    return sum(path.read_bytes().count(b"\n") for path in paths)


def _inputs(folder: Path) -> None:
    """Write the records of the fields as JSON lines for us, and as tables with an RML mapping for Morph-KGC."""
    large = enlarge(TIMES, folder / "large.jsonl.gz")
    writers, files = {}, []
    for table, (_, columns) in TABLES.items():
        files.append(open(folder / f"{table}.csv", "w", newline="", encoding="utf-8"))  # noqa: SIM115
        writers[table] = csv.writer(files[-1])
        writers[table].writerow(["nct", "n", "role", *columns])
    trees = []
    with open(folder / "records.jsonl", "wb") as out:
        for line in lines(large):
            record = _reduced(msgspec.json.decode(line)["protocolSection"])
            out.write(msgspec.json.encode({"protocolSection": record}) + b"\n")
            tree: dict[str, Any] = {}
            for table, *row in _rows(record):
                writers[table].writerow(row)
                item = dict(zip(("nct", "n", "role", *TABLES[table][1]), row, strict=True))
                item = {key: value for key, value in item.items() if value not in (None, "")}
                if table == "studies":
                    tree.update(item)
                else:
                    del item["nct"]
                    tree.setdefault(table, []).append(item)
            trees.append(tree)
    (folder / "records.json").write_bytes(msgspec.json.encode(trees))
    for file in files:
        file.close()
    for form in ("json", "csv"):
        (folder / f"{form}.ttl").write_text(_rml(folder, form))


def _pick(section: dict[str, Any], module: str, *names: str) -> dict[str, Any]:
    return {module: {name: section[module][name] for name in names if name in section.get(module, {})}}


def _reduced(section: dict[str, Any]) -> dict[str, Any]:
    """Return a record's protocol section with the fields of the comparison only."""
    result = {
        **_pick(section, "identificationModule", "nctId", "briefTitle", "officialTitle", "acronym"),
        **_pick(section, "statusModule", "overallStatus", "startDateStruct", "completionDateStruct"),
        **_pick(section, "sponsorCollaboratorsModule", "leadSponsor"),
        **_pick(section, "descriptionModule", "briefSummary", "detailedDescription"),
        **_pick(section, "conditionsModule", "conditions", "keywords"),
        **_pick(section, "designModule", "studyType", "phases", "enrollmentInfo"),
        **_pick(section, "armsInterventionsModule", "armGroups", "interventions"),
        **_pick(section, "outcomesModule", "primaryOutcomes", "secondaryOutcomes", "otherOutcomes"),
        **_pick(section, "eligibilityModule", "eligibilityCriteria"),
        **_pick(section, "contactsLocationsModule", "locations"),
    }
    keep = {"startDateStruct": ("date",), "completionDateStruct": ("date",)}
    for name, parts in keep.items():
        if name in result["statusModule"]:
            result["statusModule"][name] = {k: v for k, v in result["statusModule"][name].items() if k in parts}
    lead = result["sponsorCollaboratorsModule"].get("leadSponsor")
    if lead:
        result["sponsorCollaboratorsModule"]["leadSponsor"] = {"name": lead["name"]}
    if "enrollmentInfo" in result["designModule"]:
        count = result["designModule"]["enrollmentInfo"].get("count")
        result["designModule"]["enrollmentInfo"] = {} if count is None else {"count": count}
    module = result["armsInterventionsModule"]
    fields = ("label", "type", "name", "description")
    for name in ("armGroups", "interventions"):
        if name in module:
            module[name] = [{k: v for k, v in item.items() if k in fields} for item in module[name]]
    places = result["contactsLocationsModule"].get("locations", [])
    fields = ("facility", "city", "country", "geoPoint")
    result["contactsLocationsModule"] = {
        "locations": [{k: v for k, v in place.items() if k in fields} for place in places]
    }
    return result


def _rows(section: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a reduced record: table, number of the trial, of the item, role, then the columns."""
    ident, status = section["identificationModule"], section["statusModule"]
    nct, text, design = ident["nctId"], section["descriptionModule"], section["designModule"]
    yield (
        "studies", nct, "", "", ident.get("briefTitle"), ident.get("officialTitle"), ident.get("acronym"),
        text.get("briefSummary"), text.get("detailedDescription"), status.get("overallStatus"),
        status.get("startDateStruct", {}).get("date"), status.get("completionDateStruct", {}).get("date"),
        design.get("enrollmentInfo", {}).get("count"),
        section["sponsorCollaboratorsModule"].get("leadSponsor", {}).get("name"),
        section["eligibilityModule"].get("eligibilityCriteria"), design.get("studyType"),
    )  # fmt: skip
    single = (
        ("phases", design.get("phases", [])),
        ("conditions", section["conditionsModule"].get("conditions", [])),
        ("keywords", section["conditionsModule"].get("keywords", [])),
    )
    for table, values in single:
        yield from ((table, nct, n, "", value) for n, value in enumerate(values, 1))
    arms = section["armsInterventionsModule"]
    for n, arm in enumerate(arms.get("armGroups", []), 1):
        yield "arms", nct, n, "", arm.get("label"), arm.get("type"), arm.get("description")
    for n, item in enumerate(arms.get("interventions", []), 1):
        yield "interventions", nct, n, "", item.get("type"), item.get("name"), item.get("description")
    for role in ("primary", "secondary", "other"):
        for n, outcome in enumerate(section["outcomesModule"].get(f"{role}Outcomes", []), 1):
            yield "outcomes", nct, n, role, outcome.get("measure"), outcome.get("timeFrame"), outcome.get("description")
    for n, site in enumerate(section["contactsLocationsModule"]["locations"], 1):
        point = site.get("geoPoint", {})
        yield (
            "sites",
            nct,
            n,
            "",
            *(site.get(k) for k in ("facility", "city", "country")),
            point.get("lat"),
            point.get("lon"),
        )


def _rml(folder: Path, form: str) -> str:
    """Return the RML mapping: a class for each node, a statement for each column."""
    base = "https://w3id.org/cellkg/"
    blocks = [
        "@prefix rr: <http://www.w3.org/ns/r2rml#> .\n@prefix rml: <http://semweb.mmlab.be/ns/rml#> .\n"
        "@prefix ql: <http://semweb.mmlab.be/ns/ql#> .\n"
    ]
    for table, (template, columns) in TABLES.items():
        inside = f"{table}." if form == "json" and table != "studies" else ""
        subject = template.replace("{n}", f"{{{inside}n}}").replace("{role}", f"{{{inside}role}}")
        source = (
            f'rml:source "{folder}/records.json" ; rml:referenceFormulation ql:JSONPath ; rml:iterator "$[*]"'
            if form == "json"
            else f'rml:source "{folder / table}.csv" ; rml:referenceFormulation ql:CSV'
        )
        statements = " ;\n".join(
            f"  rr:predicateObjectMap [ rr:predicate <{base}ontology/{column}> ; "
            f'rr:objectMap [ rml:reference "{inside}{column}" ] ]'
            for column in columns
        )
        blocks.append(
            f"<urn:map:{table}> a rr:TriplesMap ;\n  rml:logicalSource [ {source} ] ;\n"
            f'  rr:subjectMap [ rr:template "{base}{subject}" ; rr:class <{base}ontology/{table}> ] ;\n'
            f"{statements} .\n"
        )
    return "\n".join(blocks)
