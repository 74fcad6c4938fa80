"""Fetching from the registry: pages, lists, faults, resuming, politeness."""

import hashlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from kg.errors import PartialResultError, RemoteError, UsageError
from kg.fetch import FetchReport, Progress, fetch
from kg.sources import decode, read

_spec = importlib.util.spec_from_file_location("registry_server", Path(__file__).with_name("registry_server.py"))
assert _spec is not None
assert _spec.loader is not None
local = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(local)

STUDIES = [local.study(n) for n in range(1, 26)]


@pytest.fixture
def registry() -> Iterator[Any]:
    with local.serving([*STUDIES]) as server:
        yield server


class Clock:
    """Counts the seconds that a client would have slept."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def get(registry: Any, out: Path, query: str | None = "NK cells", **options: Any) -> FetchReport:
    options = {"rate": 1000.0, "page_size": 10, "sleep": Clock(), **options}
    return fetch(query, out=out, base_url=registry.url, **options)


def numbers(out: Path) -> list[str]:
    found = []
    for raw in read([out]):
        found.append(decode(raw).id)  # type: ignore[arg-type]
    return found


def test_a_search_is_read_page_by_page_to_its_end(registry: Any, tmp_path: Path) -> None:
    report = get(registry, tmp_path)
    assert (report.pages, report.studies, report.new_pages) == (3, 25, 3)
    assert numbers(tmp_path) == [f"NCT{n:08}" for n in range(1, 26)]
    assert [r.get("pageToken") for r in registry.requests] == [None, "t10", "t20"]


def test_every_parameter_is_one_of_the_openapi_file(registry: Any, tmp_path: Path, shared: Path) -> None:
    get(registry, tmp_path, since="2023-01-01", fields=("NCTId", "BriefTitle"))
    stated = (shared / "data" / "schema" / "ctg-oas-v2.yaml").read_text(encoding="utf-8")
    names = set(re.findall(r'- name: "([^"]+)"', stated))
    assert {name for request in registry.requests for name in request} <= names
    assert names >= local.ALLOWED


def test_the_answer_is_kept_as_it_came_with_a_sidecar(registry: Any, tmp_path: Path) -> None:
    report = get(registry, tmp_path)
    page = (tmp_path / report.files[0]).read_bytes()
    assert page == json.dumps({"studies": STUDIES[:10], "nextPageToken": "t10", "totalCount": 25}).encode()
    sidecar = json.loads((tmp_path / f"{report.files[0]}.fetch.json").read_bytes())
    assert sidecar["sha256"] == hashlib.sha256(page).hexdigest()
    assert sidecar["url"].startswith(registry.url + "/studies?format=json&query.term=NK%20cells")
    assert datetime.fromisoformat(sidecar["fetched"]) <= datetime.now(UTC)


def test_what_was_fetched_knows_when_and_from_where(registry: Any, tmp_path: Path) -> None:
    get(registry, tmp_path)
    raw = next(iter(read([tmp_path])))
    assert raw.url.startswith(registry.url)  # type: ignore[union-attr]
    assert raw.fetched  # type: ignore[union-attr]


def test_a_list_of_numbers_reports_those_that_the_registry_lacks(registry: Any, tmp_path: Path) -> None:
    report = get(registry, tmp_path, None, nct=["nct00000003", "NCT00000001", "NCT99999999"])
    assert sorted(numbers(tmp_path)) == ["NCT00000001", "NCT00000003"]
    assert report.missing == ("NCT99999999",)


def test_a_long_list_is_asked_for_in_parts(tmp_path: Path) -> None:
    with local.serving([local.study(n) for n in range(1, 251)]) as server:
        report = get(server, tmp_path, None, nct=[f"NCT{n:08}" for n in range(1, 251)], page_size=1000)
    assert report.studies == 250
    assert [len(r["filter.ids"].split("|")) for r in server.requests] == [100, 100, 50]


def test_a_search_of_numbers_only_is_a_list_so_that_since_is_not_ignored(registry: Any, tmp_path: Path) -> None:
    get(registry, tmp_path, "NCT00000001, NCT00000002", since="2020-01-01")
    assert registry.requests[0]["filter.ids"] == "NCT00000001|NCT00000002"
    assert "query.term" not in registry.requests[0]


def test_since_takes_only_records_that_were_updated(registry: Any, tmp_path: Path) -> None:
    registry.studies = [local.study(1, "2024-05-01"), local.study(2, "2025-02-01"), local.study(3, "2025-02-02")]
    get(registry, tmp_path, since="2025-02-01")
    assert numbers(tmp_path) == ["NCT00000002", "NCT00000003"]
    assert registry.requests[0]["filter.advanced"] == "AREA[LastUpdatePostDate]RANGE[2025-02-01,MAX]"


def test_retry_after_in_seconds_is_obeyed(registry: Any, tmp_path: Path) -> None:
    clock = Clock()
    registry.faults = [local.sound, local.busy(429, "7")]
    assert get(registry, tmp_path, sleep=clock).studies == 25
    assert 7.0 in clock.waits


def test_retry_after_as_a_date_is_obeyed(registry: Any, tmp_path: Path) -> None:
    clock = Clock()
    registry.faults = [local.busy(503, format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True))]
    get(registry, tmp_path, sleep=clock)
    assert any(25 <= wait <= 30 for wait in clock.waits)


def test_without_retry_after_the_pauses_double(registry: Any, tmp_path: Path) -> None:
    clock = Clock()
    registry.faults = [local.busy(503)] * 3
    get(registry, tmp_path, sleep=clock)
    assert [wait for wait in clock.waits if wait >= 1] == [1.0, 2.0, 4.0]


def test_a_server_that_asks_for_an_hour_ends_the_run_with_what_is_there(registry: Any, tmp_path: Path) -> None:
    registry.faults = [local.sound, local.busy(429, "3600")]
    with pytest.raises(PartialResultError, match=r"3600 seconds.*1 pages with 10 studies"):
        get(registry, tmp_path)


@pytest.mark.parametrize(
    "fault",
    [
        local.cut,
        local.body('{"studies": [{"protocolSection"'),
        local.body('{"studies": {}}'),
        local.body('{"studies": [1]}'),
        local.body('{"error": "x"}'),
        local.body("[" * 100_000),
        local.body(""),
    ],
)
def test_a_cut_connection_or_malformed_page_is_asked_for_again(registry: Any, tmp_path: Path, fault: Any) -> None:
    registry.faults = [local.sound, fault]
    assert get(registry, tmp_path).studies == 25
    assert numbers(tmp_path) == [f"NCT{n:08}" for n in range(1, 26)]


def test_a_fault_on_the_first_page_that_lasts_is_a_remote_error(registry: Any, tmp_path: Path) -> None:
    registry.faults = [local.busy(503)] * 9
    with pytest.raises(RemoteError, match=r"failed 3 times; the last time, the server answered 503.*please wait"):
        get(registry, tmp_path, retries=2)
    assert not list(tmp_path.glob("*.json"))


def test_a_refusal_is_not_repeated_and_gives_the_words_of_the_server(registry: Any, tmp_path: Path) -> None:
    registry.faults = [local.busy(404)]
    with pytest.raises(RemoteError, match="404 Not Found: please wait"):
        get(registry, tmp_path)
    assert len(registry.requests) == 1


def test_a_run_that_broke_goes_on_where_it_stopped(registry: Any, tmp_path: Path) -> None:
    registry.faults = [local.sound, *[local.cut] * 3]
    with pytest.raises(PartialResultError, match="give the same command again"):
        get(registry, tmp_path, retries=2)
    registry.requests.clear()
    registry.faults.clear()
    report = get(registry, tmp_path)
    assert (report.pages, report.new_pages) == (3, 2)
    assert [r.get("pageToken") for r in registry.requests] == ["t10", "t20"]
    assert numbers(tmp_path) == [f"NCT{n:08}" for n in range(1, 26)]


def test_a_finished_run_is_not_repeated_unless_asked(registry: Any, tmp_path: Path) -> None:
    get(registry, tmp_path)
    registry.requests.clear()
    assert get(registry, tmp_path).new_pages == 0
    assert registry.requests == []
    registry.studies = registry.studies[:5]
    assert get(registry, tmp_path, refresh=True).studies == 5
    assert numbers(tmp_path) == [f"NCT{n:08}" for n in range(1, 6)]


def test_two_requests_share_a_folder(registry: Any, tmp_path: Path) -> None:
    first, second = get(registry, tmp_path), get(registry, tmp_path, "DLI")
    assert not set(first.files) & set(second.files)


def test_a_page_that_was_changed_on_disk_is_fetched_anew(registry: Any, tmp_path: Path) -> None:
    report = get(registry, tmp_path)
    (tmp_path / report.files[1]).write_bytes(b"{}")
    assert get(registry, tmp_path).new_pages == 3
    assert len(numbers(tmp_path)) == 25


def test_a_page_token_that_has_expired_starts_the_search_anew(registry: Any, tmp_path: Path) -> None:
    registry.faults = [local.sound, *[local.cut] * 3]
    with pytest.raises(PartialResultError):
        get(registry, tmp_path, retries=2)
    registry.faults.clear()
    registry.stale_tokens = True
    assert get(registry, tmp_path).new_pages == 3
    assert len(numbers(tmp_path)) == 25


def test_pages_without_end_are_refused(registry: Any, tmp_path: Path) -> None:
    endless = json.dumps({"studies": [], "nextPageToken": "again"})
    registry.faults = [local.body(endless)] * 5
    with pytest.raises(PartialResultError, match="have no end"):
        get(registry, tmp_path)


def test_an_empty_search_result_is_a_page_without_studies(registry: Any, tmp_path: Path) -> None:
    registry.studies = []
    assert get(registry, tmp_path).studies == 0


def test_the_rate_is_kept(registry: Any, tmp_path: Path) -> None:
    clock = Clock()
    get(registry, tmp_path, rate=0.5, sleep=clock)
    assert len(clock.waits) == 2
    assert all(1.5 < wait <= 2.0 for wait in clock.waits)


def test_the_client_says_who_it_is(registry: Any, tmp_path: Path) -> None:
    get(registry, tmp_path)
    assert set(registry.agents) == {registry.agents[0]}
    assert re.fullmatch(r"cellkg/\S+ \(\+https://\S+\)", registry.agents[0])


def test_progress_counts_pages_studies_and_waits(registry: Any, tmp_path: Path) -> None:
    seen: list[Progress] = []
    registry.faults = [local.sound, local.busy(429, "2")]
    get(registry, tmp_path, progress=seen.append)
    assert [(p.pages, p.studies, p.total) for p in seen if p.waiting is None] == [(1, 10, 25), (2, 20, 25), (3, 25, 25)]
    assert [p.waiting.seconds for p in seen if p.waiting] == [2.0]


def test_a_redirect_away_from_http_is_refused(registry: Any, tmp_path: Path) -> None:
    def away(handler: Any) -> bool:
        handler.send(302, b"", headers={"Location": "file:///etc/passwd"})
        return True

    registry.faults = [away]
    with pytest.raises(RemoteError, match="not allowed"):
        get(registry, tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"query": None}, "Give either"),
        ({"query": "  "}, "empty"),
        ({"query": "NK cells", "nct": ["NCT00000001"]}, "Give either"),
        ({"query": None, "nct": ["NCT1"]}, "no registry number"),
        ({"query": "NK", "since": "yesterday"}, "no date"),
        ({"query": "NK", "page_size": 0}, "page size"),
        ({"query": "NK", "fields": ["a,b"]}, "no name of a field"),
        ({"query": "NK", "rate": 0}, "above zero"),
        ({"query": "NK", "base_url": "ftp://x"}, "no http"),
    ],
)
def test_a_request_that_cannot_be_is_refused_before_the_network(
    tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    query = options.pop("query")
    with pytest.raises(UsageError, match=words):
        fetch(query, out=tmp_path / "x", **{"base_url": "http://127.0.0.1:1", **options})
    assert not (tmp_path / "x").exists()


def test_a_server_that_is_not_there_is_a_remote_error(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="could not be reached"):
        fetch("NK", out=tmp_path, base_url="http://127.0.0.1:1/api/v2", retries=1, sleep=Clock())


def test_numbers_may_stand_in_one_text(registry: Any, tmp_path: Path) -> None:
    assert get(registry, tmp_path, None, nct=["NCT00000001, NCT00000002", "NCT00000003"]).studies == 3


def cellkg(*arguments: str, registry: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CELLKG_REGISTRY": registry.url, "NO_COLOR": "1"}
    command = [sys.executable, "-c", "from kg.cli import main; main()", "fetch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_the_command_fetches_and_says_what_came(registry: Any, tmp_path: Path) -> None:
    done = cellkg("NK cells AND acute myeloid leukemia", "--out", str(tmp_path / "data"), registry=registry)
    assert done.returncode == 0, done.stderr
    assert "25" in done.stdout
    assert registry.requests[0]["query.term"] == "NK cells AND acute myeloid leukemia"
    assert len(numbers(tmp_path / "data")) == 25


def test_the_exit_codes_of_the_command_tell_what_to_do(registry: Any, tmp_path: Path) -> None:
    assert cellkg("NK", "--since", "soon", "--out", str(tmp_path / "a"), registry=registry).returncode == 2
    registry.faults = [local.busy(404)]
    assert cellkg("NK", "--out", str(tmp_path / "b"), registry=registry).returncode == 4
    token = json.dumps({"studies": [], "nextPageToken": "x"})
    registry.faults = [local.body(token), local.busy(404)]
    partial = cellkg("NK", "--out", str(tmp_path / "c"), registry=registry)
    assert partial.returncode == 5
    assert "same command again" in " ".join(partial.stderr.split())
    assert "Traceback" not in partial.stderr


def test_a_killed_run_is_resumed_without_loss(tmp_path: Path) -> None:
    """A process killed with SIGKILL in the middle leaves whole pages; the next run brings the rest."""

    def slow(handler: Any) -> bool:
        time.sleep(0.15)
        return False

    with local.serving([local.study(n) for n in range(1, 201)]) as server:
        server.faults = [slow] * 40
        code = (
            f"from kg.fetch import fetch; fetch('NK', out={str(tmp_path)!r}, base_url={server.url!r}, "
            "rate=1000.0, page_size=10)"
        )
        process = subprocess.Popen([sys.executable, "-c", code])
        deadline = time.monotonic() + 20
        while len(list(tmp_path.glob("*.fetch.json"))) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        server.faults.clear()
        report = fetch("NK", out=tmp_path, base_url=server.url, rate=1000.0, page_size=10)
    assert report.pages == 20
    assert 0 < report.new_pages < 20
    assert numbers(tmp_path) == [f"NCT{n:08}" for n in range(1, 201)]
