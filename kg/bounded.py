"""A query with a bound on its time.

The engine cannot be interrupted, and no Python hook sees its `SERVICE` client: only a
process that can be killed bounds a query.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox

from kg import query_process, results
from kg.errors import CellkgError, PartialResultError, UnreadableInputError


def ask(path: Path, text: str, seconds: float) -> results.Answer:
    """Return the answer of a query on the graph at `path`, computed in a process of its own.

    Raises PartialResultError when `seconds` have passed (the process is killed)
    for a text that the engine does not understand, UnreadableInputError for a broken graph.
    """
    request = json.dumps({"path": str(path), "text": text, "seconds": seconds}).encode("utf-8")
    command = [sys.executable, "-P", "-m", query_process.__name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            body, complaint = process.communicate(request, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise PartialResultError(
                f"The query was stopped after {seconds:g} seconds. Ask for less (LIMIT, a narrower parameter), "
                "or give it more time with --timeout (in Python: timeout=)."
            ) from None
        finally:
            process.kill()
    if process.returncode:
        raise _failure(process.returncode, complaint.decode("utf-8", "replace").strip())
    kind, _, document = body.partition(b"\n")
    if kind == b"graph":
        return results.triples(quad.triple for quad in ox.parse(document, format=ox.RdfFormat.N_TRIPLES))
    return results.parsed(document)


def _failure(code: int, complaint: str) -> CellkgError:
    if code == query_process.NOT_SPARQL:
        return results.not_sparql(complaint)
    if code == query_process.NOT_READABLE:
        return UnreadableInputError(complaint)
    if code == -signal.SIGALRM:
        return PartialResultError("The query was stopped because its time was over.")
    if code == -signal.SIGKILL:
        return PartialResultError(
            "The query was killed, most likely because the machine ran out of memory. Ask for less."
        )
    return CellkgError(f"The process of the query ended with code {code}. {complaint}".strip())
