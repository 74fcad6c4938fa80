"""A polite HTTP client: a rate, a name, patience when a server asks for it, and nothing else.

GET only, over `urllib`. 429, 5xx, cut connections and pages that are no JSON are tried
again, after `Retry-After` if the server says when, else after 1, 2, 4, … seconds.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from kg.errors import RemoteError, UsageError

MAX_BODY: Final = 256 * 1024 * 1024
MAX_WAIT: Final = 300.0
"""Seconds; a server that asks for more patience than this ends the run, which can be resumed."""
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Waiting:
    """Why and for how many seconds the client waits."""

    seconds: float
    reason: str


class BadRequestError(RemoteError):
    """The server understood and refuses the request (HTTP 400)."""


class _TryAgainError(Exception):
    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


def user_agent() -> str:
    """Return the name under which cellkg fetches: `cellkg/<version>` and where to read about it."""
    try:
        number = version("cellkg")
    except PackageNotFoundError:
        number = "0"
    return f"cellkg/{number} (+https://w3id.org/cellkg)"


class Client:
    """Fetches JSON at no more than `rate` requests a second."""

    def __init__(
        self, *, rate: float, retries: int, timeout: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Check the limits; raises UsageError for a rate or timeout that is not above zero."""
        if rate <= 0 or timeout <= 0 or retries < 0:
            raise UsageError("The rate and the timeout must be above zero, the number of retries not below.")
        self._pause = 1 / rate
        self._retries = retries
        self._timeout = timeout
        self._sleep = sleep
        self._last = float("-inf")
        self._opener = urllib.request.build_opener(_OnlyHttp())
        self.on_wait: Callable[[Waiting], None] = lambda waiting: None

    def json(self, url: str, fault: Callable[[Any], str | None]) -> tuple[bytes, Any]:
        """Return the body as it came and as JSON; `fault` says what is wrong with it, or None.

        Raises RemoteError when the server refuses or does not give a sound answer after all tries.
        """
        for attempt in range(self._retries + 1):
            try:
                return self._once(url, fault)
            except _TryAgainError as error:
                wait = error.after if error.after is not None else min(60.0, 2.0**attempt)
                if attempt == self._retries:
                    raise RemoteError(f"{url} failed {attempt + 1} times; the last time, {error}.") from error
                if wait > MAX_WAIT:
                    raise RemoteError(f"{url}: {error}; the server asks to wait {wait:.0f} seconds.") from error
                self.on_wait(Waiting(wait, str(error)))
                self._sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, url: str, fault: Callable[[Any], str | None]) -> tuple[bytes, Any]:
        body = self._get(url)
        try:
            page = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise _TryAgainError(f"the answer was no JSON ({str(error)[:80]})") from error
        if (wrong := fault(page)) is not None:
            raise _TryAgainError(f"the answer was not as the API describes: {wrong}")
        return body, page

    def _get(self, url: str) -> bytes:
        due = self._last + self._pause - time.monotonic()
        if due > 0:
            self._sleep(due)
        self._last = time.monotonic()
        headers = {"User-Agent": user_agent(), "Accept": "application/json"}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked by _OnlyHttp
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                body: bytes = response.read(MAX_BODY + 1)
        except urllib.error.HTTPError as error:
            raise _refusal(url, error) from error
        except urllib.error.URLError as error:
            raise _TryAgainError(f"the server could not be reached ({error.reason})") from error
        except (http.client.HTTPException, OSError) as error:
            raise _TryAgainError(f"the connection broke ({type(error).__name__}: {error})") from error
        if len(body) > MAX_BODY:
            raise RemoteError(f"{url} answered with more than {MAX_BODY // 2**20} MiB; ask for smaller pages.")
        return body


class _OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http(s) only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://") and not (newurl.startswith("http://") and req.type == "http"):
            raise RemoteError(f"{req.full_url} redirects to {newurl[:100]!r}, which is not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refusal(url: str, error: urllib.error.HTTPError) -> Exception:
    """Return the error of a status: to be tried again, or the server's own words."""
    try:
        words = " ".join(error.read(2000).decode("utf-8", "replace").split())[:300]
    except (OSError, http.client.HTTPException):
        words = ""
    said = f": {words}" if words else ""
    if error.code in _AGAIN:
        return _TryAgainError(f"the server answered {error.code} {error.reason}{said}", _retry_after(error))
    kind = BadRequestError if error.code == 400 else RemoteError
    return kind(f"{url} was refused with {error.code} {error.reason}{said}.")


def _retry_after(error: urllib.error.HTTPError) -> float | None:
    """Return the seconds of `Retry-After`, which holds seconds or a date (RFC 9110, 10.2.3)."""
    stated = (error.headers.get("Retry-After") or "").strip()
    if stated.isascii() and stated.isdigit() and len(stated) < 10:
        return float(stated)
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
