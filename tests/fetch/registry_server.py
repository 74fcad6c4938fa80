"""A local server that behaves as the registry's OpenAPI file says, and can be told to misbehave."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ALLOWED = {
    "format", "query.term", "filter.ids", "filter.advanced", "fields", "pageSize", "pageToken", "countTotal",
}  # fmt: skip
"""The parameters of `listStudies` that cellkg may send, each named in the OpenAPI file."""
Fault = Callable[["Handler"], bool]
"""Answers a request in its own way and says whether it did."""


def study(number: int, updated: str = "2024-01-01") -> dict[str, Any]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": f"NCT{number:08}", "briefTitle": f"Cells in trial {number}"},
            "statusModule": {"lastUpdatePostDateStruct": {"date": updated}},
        },
        "hasResults": False,
    }


class Registry(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, studies: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.studies = studies
        self.faults: list[Fault] = []
        self.requests: list[dict[str, str]] = []
        self.agents: list[str] = []
        self.stale_tokens = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/v2"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        parameters = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        self.server.requests.append(parameters)
        self.server.agents.append(self.headers["User-Agent"])
        if self.server.faults and self.server.faults.pop(0)(self):
            return
        unknown = set(parameters) - ALLOWED
        if address.path != "/api/v2/studies" or unknown:
            self.send(400, f"unknown parameter {unknown} or path {address.path}".encode(), "text/plain")
            return
        self.answer(parameters)

    def answer(self, parameters: dict[str, str]) -> None:
        found = self.matching(parameters)
        size = min(int(parameters.get("pageSize", "10")), 1000) or 10
        token = parameters.get("pageToken")
        if token is not None and (self.server.stale_tokens or not token.startswith("t")):
            self.server.stale_tokens = False
            self.send(400, b"pageToken is invalid", "text/plain")
            return
        begin = int(token[1:]) if token else 0
        page: dict[str, Any] = {"studies": found[begin : begin + size]}
        if begin + size < len(found):
            page["nextPageToken"] = f"t{begin + size}"
        if parameters.get("countTotal") == "true" and token is None:
            page["totalCount"] = len(found)
        self.send(200, json.dumps(page).encode())

    def matching(self, parameters: dict[str, str]) -> list[dict[str, Any]]:
        ids = parameters.get("filter.ids")
        wanted = set(ids.split("|")) if ids else None
        advanced = parameters.get("filter.advanced", "AREA[LastUpdatePostDate]RANGE[0000,MAX]")
        since = advanced.partition("RANGE[")[2].partition(",")[0]

        def fits(one: dict[str, Any]) -> bool:
            section = one["protocolSection"]
            number = section["identificationModule"]["nctId"]
            return (wanted is None or number in wanted) and (
                section["statusModule"]["lastUpdatePostDateStruct"]["date"] >= since
            )

        return [one for one in self.server.studies if fits(one)]

    def send(
        self, code: int, body: bytes, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def busy(code: int, retry_after: str | None = None) -> Fault:
    def fault(handler: Handler) -> bool:
        handler.send(code, b"please wait", "text/plain", {"Retry-After": retry_after} if retry_after else None)
        return True

    return fault


def cut(handler: Handler) -> bool:
    """Promise a long body, send a little, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"studies": [')
    handler.close_connection = True
    return True


def body(text: str) -> Fault:
    def fault(handler: Handler) -> bool:
        handler.send(200, text.encode())
        return True

    return fault


def sound(handler: Handler) -> bool:
    return False


@contextmanager
def serving(studies: list[dict[str, Any]]) -> Iterator[Registry]:
    server = Registry(studies)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
