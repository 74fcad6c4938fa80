"""A real SPARQL server and a faulty one, both on loopback."""

import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

FIXTURE = Path(__file__).parent.parent / "queries" / "fixtures" / "trials.trig"


@pytest.fixture(scope="session")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The query address of an `oxigraph serve` that holds the fixture."""
    yield from _served(tmp_path_factory, "--union-default-graph")


@pytest.fixture(scope="session")
def oxigraph_without_union(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, started without the option that joins the named graphs."""
    yield from _served(tmp_path_factory)


def _served(tmp_path_factory: pytest.TempPathFactory, *options: str) -> Iterator[str]:
    binary = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if binary is None:
        pytest.skip("the oxigraph server (PyPI package `oxigraph`) is not installed")
    store = tmp_path_factory.mktemp("server") / "store"
    subprocess.run([binary, "load", "--location", store, "--file", FIXTURE], check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [binary, "serve", "--location", store, "--bind", f"127.0.0.1:{port}", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/query?query=ASK%7B%7D")
            yield f"http://127.0.0.1:{port}/query"
        finally:
            server.kill()


def _wait(address: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


class Reply(NamedTuple):
    """What the faulty server answers: status, body, headers, seconds before and between bytes."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    trickle: float = 0.0


class Faulty:
    """A server that answers what it was told, in turn; the last reply is repeated."""

    def __init__(self, replies: list[Reply]) -> None:
        self.replies = replies
        self.requests: list[bytes] = []
        faulty = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                faulty.requests.append(self.rfile.read(int(self.headers["Content-Length"])))
                reply = faulty.replies[min(len(faulty.requests), len(faulty.replies)) - 1]
                time.sleep(reply.delay)
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/sparql-results+json")
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.end_headers()
                if reply.trickle:
                    for byte in reply.body:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(reply.trickle)
                else:
                    self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/sparql"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.socket.close()


@pytest.fixture
def faulty() -> Iterator[Callable[..., Faulty]]:
    """Start a server that gives these replies: `faulty(Reply...)` as tuples."""
    started: list[Faulty] = []

    def start(*replies: tuple[object, ...]) -> Faulty:
        started.append(Faulty([Reply(*reply) for reply in replies]))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for server in started:
        server.close()
