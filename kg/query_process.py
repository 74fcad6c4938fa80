"""The process that answers one query and can be killed; started by `kg.bounded`.

It reads a request as JSON on standard input and writes the answer on standard output: a line
that says which, then SPARQL JSON results or N-Triples. It imports as little as it can.
"""

import json
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from kg.errors import UnreadableInputError
from kg.opening import damaged, is_damage, open_graph

GRACE_SECONDS: Final = 5.0
NOT_SPARQL: Final = 65
NOT_READABLE: Final = 66


def main() -> int:
    """Answer the request on standard input; return the exit code."""
    request = json.loads(sys.stdin.buffer.read())
    # The kernel ends this process even if its parent is gone and the engine never returns.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, request["seconds"] + GRACE_SECONDS)
    path = Path(request["path"])
    try:
        store = open_graph(path)
        answer = store.query(request["text"], use_default_graph_as_union=True)
    except UnreadableInputError as error:
        print(error, file=sys.stderr)
        return NOT_READABLE
    except SyntaxError as error:
        print(error, file=sys.stderr)
        return NOT_SPARQL
    try:
        with suppress(BrokenPipeError):
            _write(answer)
    except RuntimeError as error:
        if not is_damage(error):
            raise
        print(damaged(path, error), file=sys.stderr)
        return NOT_READABLE
    return 0


def _write(answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> None:
    out = sys.stdout.buffer
    if isinstance(answer, ox.QueryTriples):
        out.write(b"graph\n")
        answer.serialize(out, format=ox.RdfFormat.N_TRIPLES)
    else:
        out.write(b"table\n")
        answer.serialize(out, format=ox.QueryResultsFormat.JSON)
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
