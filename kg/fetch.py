"""Fetching from the ClinicalTrials.gov API v2: page by page, politely, and resumable.

Follows the registry's OpenAPI file: `GET /studies` with `query.term`, `filter.ids`,
`filter.advanced`, `fields`, `pageSize`, `pageToken`, `countTotal`. Every response is kept as
it came, `ctgov-<request>-0001.json`, with a sidecar `….json.fetch.json` that says when and
from where; a hidden state file beside them lets a broken run go on where it stopped.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from kg.errors import PartialResultError, RemoteError, UsageError
from kg.files import replacing
from kg.http_client import BadRequestError, Client, Waiting

REGISTRY: Final = "https://clinicaltrials.gov/api/v2"
MAX_PAGE: Final = 1000
"""The registry's own limit of `pageSize`."""
_IDS_PER_REQUEST: Final = 100
_NCT: Final = re.compile(r"NCT\d{8}\Z")
_ONLY_NUMBERS: Final = re.compile(r"\s*NCT\d{8}(?:[\s,]+NCT\d{8})*\s*\Z", re.IGNORECASE)
_FIELD: Final = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9\-. ]*|@query)\Z")


@dataclass(frozen=True)
class Progress:
    """How far a fetch is; `waiting` is set while the server asked for patience."""

    pages: int
    studies: int
    total: int | None
    waiting: Waiting | None = None


@dataclass(frozen=True)
class FetchReport:
    """What a fetch has brought."""

    out: Path
    pages: int
    studies: int
    new_pages: int
    """Pages fetched by this run; the others were there already."""
    files: tuple[str, ...]
    missing: tuple[str, ...]
    """Numbers that were asked for and that the registry does not have."""
    started: str
    """When the fetch began (ISO 8601, UTC): the date to give as `since` next time."""


@dataclass
class _Page:
    file: str
    studies: int
    sha256: str


@dataclass
class _State:
    """What is known of a fetch: written after every page."""

    request: dict[str, Any]
    started: str
    batch: int = 0
    token: str | None = None
    total: int | None = None
    done: bool = False
    pages: list[_Page] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


def fetch(
    query: str | None = None,
    *,
    out: Path | str,
    nct: Iterable[str] = (),
    since: str | None = None,
    fields: Iterable[str] = (),
    page_size: int = 100,
    rate: float = 2.0,
    retries: int = 5,
    timeout: float = 60.0,
    base_url: str | None = None,
    refresh: bool = False,
    progress: Callable[[Progress], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> FetchReport:
    """Fetch the studies of a search, or of a list of NCT numbers, into the folder `out`.

    `since` (a date) takes only records updated on or after it; `rate` is the most requests a
    second. A run that was stopped goes on where it was, and a finished one is not repeated
    unless `refresh` is set. `base_url` (else the environment variable `CELLKG_REGISTRY`) names a
    mirror of the API. Raises UsageError for a request that cannot be, RemoteError when
    nothing could be fetched, PartialResultError when some pages are there and the same call
    can go on later.
    """
    base_url = base_url or os.environ.get("CELLKG_REGISTRY") or REGISTRY
    request = _request(query, nct, since, fields, page_size, base_url)
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; give a folder for the pages.")
    name = "ctgov-" + hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:8]
    run = _Run(out, name, request, Client(rate=rate, retries=retries, timeout=timeout, sleep=sleep), progress)
    return run.go(refresh)


def _request(
    query: str | None, nct: Iterable[str], since: str | None, fields: Iterable[str], page_size: int, base_url: str
) -> dict[str, Any]:
    """Return a checked request: equal requests are equal, whatever the order of their numbers' letters."""
    numbers = [number.upper() for text in nct for number in re.split(r"[\s,;]+", text) if number]
    if query is not None and _ONLY_NUMBERS.match(query):
        numbers, query = [*numbers, *(word.upper() for word in re.findall(r"NCT\d{8}", query, re.IGNORECASE))], None
    wrong = next((number for number in numbers if not _NCT.match(number)), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no registry number; give NCT and eight digits.")
    if query is not None and not query.strip():
        raise UsageError('The search is empty; give words such as "NK cells AND acute myeloid leukemia", or numbers.')
    if (query is None) == (not numbers):
        raise UsageError("Give either a search or a list of NCT numbers.")
    if since is not None:
        try:
            since = date.fromisoformat(since).isoformat()
        except ValueError:
            raise UsageError(f"{since!r} is no date; give the day as 2025-01-31.") from None
    if not 1 <= page_size <= MAX_PAGE:
        raise UsageError(f"The page size is between 1 and {MAX_PAGE:,}, not {page_size}.")
    names = list(fields)
    bad = next((name for name in names if not _FIELD.match(name)), None)
    if bad is not None:
        raise UsageError(f"{bad!r} is no name of a field; see the registry's page 'Study Data Structure'.")
    if re.match(r"https?://[^\s/]+", base_url) is None:
        raise UsageError(f"{base_url!r} is no http(s) address of the registry's API.")
    return {
        "base_url": base_url.rstrip("/"),
        "query": query.strip() if query else None,
        "nct": list(dict.fromkeys(numbers)),
        "since": since,
        "fields": names,
        "page_size": page_size,
    }


class _Run:
    """One call of `fetch`."""

    def __init__(
        self,
        out: Path,
        name: str,
        request: dict[str, Any],
        client: Client,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._out = out
        self._name = name
        self._request = request
        self._client = client
        self._progress = progress or (lambda _: None)
        self._file = out / f".{name}.state.json"
        self._state = _State(request, _now())
        self._new = 0
        client.on_wait = lambda waiting: self._tell(waiting)

    def go(self, refresh: bool) -> FetchReport:
        saved = self._saved()
        self._state = saved if saved and not refresh else _State(self._request, _now())
        earlier = {page.file for page in saved.pages} if saved else set()
        restarted = False
        try:
            while not self._state.done:
                try:
                    self._next_page()
                except BadRequestError as error:
                    if self._state.token is None or restarted:
                        raise
                    restarted = True
                    earlier |= {page.file for page in self._state.pages}
                    self._tell(Waiting(0.0, f"The registry no longer takes the page token ({error}); starting anew."))
                    self._state = _State(self._request, _now())
        except RemoteError as error:
            if not self._state.pages:
                raise
            raise PartialResultError(
                f"{error} {len(self._state.pages):,} pages with {self._studies:,} studies are in {self._out}; "
                "give the same command again to go on from there."
            ) from error
        for file in sorted(earlier - {page.file for page in self._state.pages}):
            (self._out / file).unlink(missing_ok=True)
            (self._out / f"{file}.fetch.json").unlink(missing_ok=True)
        return self._report()

    @property
    def _studies(self) -> int:
        return sum(page.studies for page in self._state.pages)

    def _tell(self, waiting: Waiting | None = None) -> None:
        self._progress(Progress(len(self._state.pages), self._studies, self._state.total, waiting))

    def _next_page(self) -> None:
        """Fetch a page, keep it, and remember where the next one is."""
        state = self._state
        url = self._url()
        body, page = self._client.json(url, _checked)
        token = page.get("nextPageToken")
        if token is not None and token == state.token:
            raise RemoteError(f"The registry gave the page token {token[:40]!r} twice; its pages have no end.")
        file = f"{self._name}-{len(state.pages) + 1:04d}.json"
        self._keep(file, url, body)
        state.pages.append(_Page(file, len(page["studies"]), hashlib.sha256(body).hexdigest()))
        if self._request["nct"]:
            state.found.extend(_numbers(page["studies"]))
        if isinstance(page.get("totalCount"), int):
            state.total = (state.total or 0) + page["totalCount"]
        state.token = token
        if token is None:
            state.batch += 1
            state.done = state.batch >= max(1, len(self._batches()))
        self._save()
        self._new += 1
        self._tell()

    def _batches(self) -> list[list[str]]:
        numbers: list[str] = self._request["nct"]
        return [numbers[n : n + _IDS_PER_REQUEST] for n in range(0, len(numbers), _IDS_PER_REQUEST)]

    def _url(self) -> str:
        request, token = self._request, self._state.token
        parameters: dict[str, str] = {"format": "json"}
        if request["query"]:
            parameters["query.term"] = request["query"]
        if request["nct"]:
            parameters["filter.ids"] = "|".join(self._batches()[self._state.batch])
        if request["since"]:
            parameters["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{request['since']},MAX]"
        if request["fields"]:
            parameters["fields"] = "|".join(request["fields"])
        parameters["pageSize"] = str(request["page_size"])
        if token is None:
            parameters["countTotal"] = "true"
        else:
            parameters["pageToken"] = token
        return f"{request['base_url']}/studies?{urlencode(parameters, quote_via=quote)}"

    def _keep(self, file: str, url: str, body: bytes) -> None:
        """Write a response as it came, and the sidecar that says when and from where."""
        sidecar = {"url": url, "fetched": _now(), "sha256": hashlib.sha256(body).hexdigest()}
        with replacing(self._out / file) as stream:
            stream.write(body)
        with replacing(self._out / f"{file}.fetch.json") as stream:
            stream.write(json.dumps(sidecar, indent=2).encode() + b"\n")

    def _save(self) -> None:
        with replacing(self._file) as stream:
            stream.write(json.dumps(asdict(self._state), indent=1).encode())

    def _saved(self) -> _State | None:
        """Return the state of an earlier run of this request; None when there is none, or its pages are gone."""
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
            state = _State(**{**known, "pages": [_Page(**page) for page in known["pages"]]})
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None
        whole = all(self._is_kept(page) for page in state.pages)
        return state if whole and state.request == self._request else None

    def _is_kept(self, page: _Page) -> bool:
        try:
            return hashlib.sha256((self._out / page.file).read_bytes()).hexdigest() == page.sha256
        except OSError:
            return False

    def _report(self) -> FetchReport:
        state = self._state
        found = set(state.found)
        missing = tuple(n for n in self._request["nct"] if n not in found) if not self._request["since"] else ()
        return FetchReport(
            out=self._out,
            pages=len(state.pages),
            studies=self._studies,
            new_pages=self._new,
            files=tuple(page.file for page in state.pages),
            missing=missing,
            started=state.started,
        )


def _checked(page: Any) -> str | None:
    """Return what is wrong with a page of studies, or None."""
    if not isinstance(page, dict) or not isinstance(page.get("studies"), list):
        return "it is no page of studies"
    if not all(isinstance(study, dict) for study in page["studies"]):
        return "one of its studies is no object"
    token = page.get("nextPageToken")
    return None if token is None or (isinstance(token, str) and token) else "its page token is no text"


def _numbers(studies: list[dict[str, Any]]) -> list[str]:
    found = []
    for study in studies:
        module = study.get("protocolSection", {}).get("identificationModule", {})
        found += [module.get("nctId", ""), *module.get("nctIdAliases", ())]
    return found


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
