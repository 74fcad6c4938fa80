"""A remote SPARQL endpoint as a graph to ask, through SPARQLWrapper.

Source: SPARQL 1.1 Protocol (W3C Recommendation 2013), query by URL-encoded POST; RFC 9110
section 10.2.3 for Retry-After.
"""

import ast
import math
import re
import time
import urllib.error
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from kg import results, sparql, unanswered
from kg.errors import RemoteError, UsageError
from kg.graph import Graph
from kg.query import Question, Value

if TYPE_CHECKING:
    from kg.validation import Report

_BUSY: Final = frozenset((429, 502, 503, 504))
_LONGEST_PAUSE: Final = 120.0
_CHUNK: Final = 1 << 16
_SHOWN: Final = 2000
_LARGEST_VALIDATED: Final = 2_000_000


class Endpoint(Graph):
    """A SPARQL endpoint; it is only asked, never changed."""

    def __init__(
        self, url: str, *, timeout: float = 60.0, retries: int = 3, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Take the address; nothing is sent before the first question.

        Raises UsageError for an address that is not http(s).
        """
        if not _is_http(url):
            raise UsageError(f"{url!r} is no address of a SPARQL endpoint; it begins with http:// or https://.")
        self.url = url
        self.timeout = timeout
        self.retries = retries
        self._sleep = sleep

    def ask(self, text: str) -> results.Answer:
        """Return the answer of a SPARQL query.

        Raises RemoteError, with the server's own words, when it refuses, fails, stays busy or
        does not answer in time.
        """
        graph = sparql.form(text) in ("CONSTRUCT", "DESCRIBE")
        body = self._patiently(text, graph=graph)
        try:
            if graph:
                return results.triples(quad.triple for quad in ox.parse(body, format=ox.RdfFormat.TURTLE))
            return results.parsed(body)
        except (SyntaxError, ValueError) as error:
            raise RemoteError(
                f"{self.url} answered something that is not a SPARQL result ({error}). It said: {_words(body)}"
            ) from error

    @cached_property
    def _hides_named_graphs(self) -> bool:
        return unanswered.hides_named_graphs(self)

    def _reasons(
        self, question: Question, parameters: Mapping[str, Value | Sequence[Value]]
    ) -> Iterator[unanswered.EmptyAnswerWarning]:
        if self._hides_named_graphs:
            yield unanswered.EmptyAnswerWarning(
                f"The default graph of {self.url} is empty, and its statements lie in named graphs. Start the server "
                "so that the default graph is the union of them all (Oxigraph: --union-default-graph)."
            )
        else:
            yield from super()._reasons(question, parameters)

    def validate(self) -> "Report":
        """Return what the shapes find in the endpoint's statements, which are fetched first.

        Raises UsageError for a graph too large to fetch.
        """
        from kg.validation import validate

        counted = self.ask("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
        assert isinstance(counted, results.Table)
        number = results.value(counted.rows[0][0])
        if not isinstance(number, int) or number > _LARGEST_VALIDATED:
            raise UsageError(
                f"{self.url} holds {number:,} statements; at most {_LARGEST_VALIDATED:,} are fetched. "
                "Validate the release that it was loaded from with `cellkg validate`."
            )
        fetched = self.ask("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
        assert isinstance(fetched, results.Triples)
        return validate(fetched.graph())

    def _patiently(self, text: str, *, graph: bool) -> bytes:
        """Ask, and ask again while the server says that it is busy."""
        for attempt in range(self.retries + 1):
            try:
                return self._once(text, graph=graph)
            except urllib.error.HTTPError as error:
                words = _words(error.read())
                if error.code not in _BUSY:
                    raise RemoteError(f"{self.url} answered {error.code} {error.reason}. It said: {words}") from error
                pause = _pause(error.headers.get("Retry-After"), attempt)
                if attempt == self.retries or pause > _LONGEST_PAUSE:
                    raise RemoteError(
                        f"{self.url} is busy ({error.code} {error.reason}), asked {attempt + 1} times; it "
                        f"wants a pause of {pause:.0f} seconds. Try again later. It said: {words}"
                    ) from error
                self._sleep(pause)
        raise AssertionError("the loop returns or raises")

    def _once(self, text: str, *, graph: bool) -> bytes:
        wrapper = SPARQLWrapper.SPARQLWrapper(self.url, agent="cellkg")
        wrapper.setMethod(SPARQLWrapper.POST)
        wrapper.setOnlyConneg(True)
        wrapper.setReturnFormat(SPARQLWrapper.TURTLE if graph else SPARQLWrapper.JSON)
        wrapper.setTimeout(max(1, math.ceil(self.timeout)))
        wrapper.setQuery(text)
        deadline = time.monotonic() + self.timeout
        try:
            with wrapper.query().response as response:
                return self._read(response, deadline)
        except urllib.error.HTTPError:
            raise
        except SPARQLWrapperException as error:
            status = error.__context__
            code = f"{status.code} {status.reason}" if isinstance(status, urllib.error.HTTPError) else error.msg
            raise RemoteError(f"{self.url} answered {code}. It said: {_own_words(error)}") from error
        except TimeoutError as error:
            raise RemoteError(self._late()) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, TimeoutError):
                raise RemoteError(self._late()) from error
            raise RemoteError(
                f"{self.url} cannot be reached: {reason}. Is the address right, and the server up?"
            ) from error

    def _read(self, response: Any, deadline: float) -> bytes:
        """Read the body; the socket's timeout bounds one read, the deadline all of them."""
        chunks = []
        while chunk := response.read1(_CHUNK):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise RemoteError(self._late())
        return b"".join(chunks)

    def _late(self) -> str:
        return f"{self.url} did not answer within {self.timeout:g} seconds. Ask for less, or raise the timeout."


def _is_http(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _pause(header: str | None, attempt: int) -> float:
    """Return the seconds that Retry-After names (a number or a date), else 1, 2, 4, ..."""
    if header is not None:
        if re.fullmatch(r"\d{1,9}", header.strip(), re.ASCII):
            return float(header)
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return float(2**attempt)
        return max(0.0, (date.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    return float(2**attempt)


def _own_words(error: SPARQLWrapperException) -> str:
    """Return the body of the answer, which SPARQLWrapper keeps behind a heading of its own."""
    text = str(error.args[0]) if error.args else str(error)
    _, found, body = text.partition("Response:\n")
    if not found:
        return text
    if body.startswith(("b'", 'b"')):
        body = ast.literal_eval(body).decode("utf-8", "replace")
    return _words(body.encode("utf-8"))


def _words(body: bytes) -> str:
    """Return the server's words on one line, cut when they are long."""
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
