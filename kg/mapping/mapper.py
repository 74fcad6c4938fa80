"""Documents to N-Quads: the tables of `kg.mapping.tables` applied to a record and its links."""

from dataclasses import dataclass
from typing import Final

from kg.iri import Minter
from kg.mapping.compiler import compiled
from kg.mapping.page import Page, Problem
from kg.namespaces import CKG
from kg.record import Document, Links

_HANDFUL: Final = 32


@dataclass(frozen=True)
class Mapped:
    """The graph of one document."""

    trial: str
    """IRI of the document's trial; for an article that is only a publication, the prefix of its nodes."""
    graph: str
    """IRI of the named graph."""
    data: bytes
    """N-Quads in UTF-8, one line for each statement, none twice; the order follows the tables."""
    triples: list[tuple[str, str, str]]
    """What the reasoner needs: types and the object properties that it asked for, IRIs without brackets."""
    problems: tuple[Problem, ...]
    """Values that could not be written as their fields ask, and were kept as text."""

    @property
    def lines(self) -> str:
        """The N-Quads as text."""
        return self.data.decode()

    @property
    def quads(self) -> int:
        """How many statements."""
        return self.data.count(b"\n")


def _encoded(lines: list[str]) -> bytes:
    """Return the lines as UTF-8; by the handful, so that one Greek letter does not widen a whole document."""
    pieces = ["".join(lines[at : at + _HANDFUL]).encode() for at in range(0, len(lines), _HANDFUL)]
    return b"".join(pieces)


class Mapper:
    """Maps documents; made once for a build, cheap to call."""

    def __init__(self, minter: Minter | None = None, predicates: frozenset[str] = frozenset()) -> None:
        """Take the minter of IRIs and the object properties that the reasoner wants."""
        self.minter = minter or Minter()
        self._sections = compiled(predicates)
        self._uses = f"{CKG}uses" in predicates
        self._has_arm = f"{CKG}hasArm" in predicates

    def map(self, document: Document, links: Links, version: str | None = None) -> Mapped:
        """Return the graph of a document.

        `version` is set for the older of two records of one number, whose IRIs it then marks. An
        article that describes no trial yields its publication alone.
        """
        trial = self.minter.trial(document.source, document.id, version)
        page = Page(document, links, self.minter, trial, self.minter.graph(document.source, document.id, version))
        for when, section in self._sections:
            if document.describes_trial or when == "any":
                section(page)
        if document.describes_trial and not document.study.protocol_section.arms_interventions_module.arm_groups:
            page.implicit_arm(self._uses, self._has_arm)
        page.describe_used()
        page.lines.extend(page.shared)
        return Mapped(trial, page.graph, _encoded(page.lines), page.triples, tuple(page.problems))
