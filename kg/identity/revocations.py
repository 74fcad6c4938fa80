"""Links that somebody has judged wrong: pairs of trials that stay apart, from a file that people edit."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from kg.errors import UnreadableInputError
from kg.iri import Minter

_PREFIX: Final = "kg:trial/"


class Revocations(Struct, frozen=True):
    """Pairs of IRIs of trials that are not linked, on whatever evidence."""

    pairs: tuple[tuple[str, str], ...] = ()
    sha256: str | None = None
    """Of the file that they were read from, where there is one."""


def read_revocations(path: Path, minter: Minter) -> Revocations:
    """Return the pairs of a file: on each line two trials, apart by a tab or blanks, and what follows as a remark.

    A trial is its IRI, or `kg:trial/...` for one of this build. Empty lines and lines that begin with
    `#` are passed over. Raises UnreadableInputError with file and line for anything else.
    """
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8-sig").splitlines()
    except OSError as error:
        raise UnreadableInputError(f"The revoked links in {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise UnreadableInputError(f"The revoked links in {path} are not UTF-8 at byte {error.start}.") from None
    return Revocations(tuple(_pairs(path, lines, minter)), hashlib.sha256(data).hexdigest())


def _pairs(path: Path, lines: list[str], minter: Minter) -> Iterator[tuple[str, str]]:
    own = f"{minter.base}trial/"
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        trials = [own + word.removeprefix(_PREFIX) if word.startswith(_PREFIX) else word for word in words[:2]]
        if len(trials) < 2 or trials[0] == trials[1] or not all(trial.startswith(own) for trial in trials):
            raise UnreadableInputError(
                f"{path}:{number}: a revoked link is two trials, such as kg:trial/NCT04347616 and "
                f"kg:trial/medpath-NCT04347616, each {own}... or {_PREFIX}...; found {line!r}."
            )
        yield trials[0], trials[1]
