"""Which documents speak of one trial: registry numbers first, then resemblance; on sqlite, memory flat.

The links form clusters, and a cluster stands for one trial. A registry gives a trial one
number, so a cluster never holds two numbers of one registry: where citations would bring
that about, they are refused and reported, whatever the order in which documents came.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from kg.identity import clusters
from kg.identity.card import Card, Number
from kg.identity.preference import rank
from kg.identity.resemblance import resemblance, title_keys
from kg.identity.statements import (
    Link,
    link_lines,
    number_link,
    publication_lines,
    quad_canonical,
    quad_order,
    weak_link,
)
from kg.iri import Minter

_CROWD: Final = 50
"""Documents with one title beyond which resemblance is not tried: such a title names no trial."""
_SCHEMA: Final = """
CREATE TABLE doc (graph TEXT PRIMARY KEY, trial TEXT, rank INTEGER, versioned INTEGER, version TEXT,
                  describes INTEGER, article INTEGER, number TEXT, card BLOB) WITHOUT ROWID;
CREATE TABLE alias (number TEXT, other TEXT, PRIMARY KEY (number, other)) WITHOUT ROWID;
CREATE TABLE stated (graph TEXT, nth INTEGER, scheme TEXT, number TEXT, role TEXT);
CREATE TABLE title (title TEXT, graph TEXT);
CREATE TABLE revoked (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
"""


class Refusal(msgspec.Struct, frozen=True):
    """A link that was not made: two documents that cite or resemble each other and are kept apart."""

    trial: str
    """IRI of the trial of the document that states the number or resembles."""
    reason: str
    number: str | None = None


class IdentityLinker:
    """Collects cards and says at the end which documents belong together.

    The file at `path` is working space of one build: it is overwritten, and may be deleted
    after `close`. `revoked` holds pairs of trial IRIs that somebody has judged to be
    different trials: they are not linked, on whatever evidence.
    """

    def __init__(self, path: Path | str, revoked: Iterable[tuple[str, str]] = ()) -> None:
        """Start an empty collection at `path`."""
        Path(path).unlink(missing_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA cache_size=-16000")
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")
        pairs = [pair for a, b in revoked for pair in ((a, b), (b, a))]
        self._db.executemany("INSERT OR IGNORE INTO revoked VALUES (?, ?)", pairs)
        self._closed = False
        self._clustered = False

    def add(self, card: Card) -> None:
        """Take a document in; a second card of the same graph replaces the first."""
        self._clustered = False
        own = next((n for n in card.numbers if n.role != "alias"), None)
        if self._db.execute("SELECT 1 FROM doc WHERE graph = ?", (card.graph,)).fetchone():
            self._db.execute("DELETE FROM stated WHERE graph = ?", (card.graph,))
            self._db.execute("DELETE FROM title WHERE graph = ?", (card.graph,))
        self._db.execute(
            "INSERT OR REPLACE INTO doc VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                card.graph,
                card.trial,
                rank(card.source),
                int(card.versioned),
                card.version_date or "",
                int(card.describes_trial),
                int(card.pmid is not None or card.doi is not None),
                own.value if own else None,
                msgspec.msgpack.encode(card),
            ),
        )
        rows = [(card.graph, n, s.scheme, s.value, s.role) for n, s in enumerate((*card.numbers, *card.cited))]
        self._db.executemany("INSERT INTO stated VALUES (?, ?, ?, ?, ?)", rows)
        if own:
            aliases = [(own.value, n.value) for n in card.numbers if n.role == "alias"]
            self._db.executemany("INSERT OR IGNORE INTO alias VALUES (?, ?)", aliases)
        if card.describes_trial and card.sponsor:
            titles = [(title, card.graph) for title in title_keys(card)]
            self._db.executemany("INSERT INTO title VALUES (?, ?)", titles)

    def statements(self, minter: Minter) -> Iterator[str]:
        """Yield N-Quads lines of the graph `kg:graph/identity`, each with its line end, in stable order.

        For every trial `ckg:canonicalTrial` and the document's place in the order of preference
        (`ckg:preferenceOrder`, 1 for the canonical one); `ckg:sameTrialAs` in both directions, with evidence;
        `ckg:hasPublication` from a trial to an article that cites its number.
        """
        self._cluster()
        graph = minter.identity_graph
        for place, trial, canonical, order, blob in self._db.execute(
            """SELECT node.place, node.trial, canon.trial,
                      row_number() OVER (PARTITION BY node.label ORDER BY node.place), doc.card FROM node
               JOIN node canon ON canon.place = node.label JOIN doc ON doc.graph = node.graph
               WHERE node.describes = 1 ORDER BY node.place"""
        ):
            yield quad_canonical(trial, canonical, graph)
            yield quad_order(trial, order, graph)
            here = msgspec.msgpack.decode(blob, type=Card)
            yield from link_lines(here, self._links(place, here), graph)
        yield from self._publications(minter)

    def refusals(self) -> Iterator[Refusal]:
        """Yield the links that were not made, with the reason, in stable order."""
        self._cluster()
        query = """SELECT DISTINCT place, trial, reason, number FROM refusal JOIN node USING (place)
                   ORDER BY place, number, reason"""
        for _, trial, reason, number in self._db.execute(query):
            yield Refusal(trial, reason, number)

    def close(self) -> None:
        """Close the file."""
        if not self._closed:
            self._db.close()
            self._closed = True

    def __enter__(self) -> "IdentityLinker":
        """Return the linker itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def _cluster(self) -> None:
        if self._clustered:
            return
        clusters.number_documents(self._db)
        clusters.link_by_number(self._db)
        self._find_resemblances()
        clusters.link_by_resemblance(self._db)
        self._clustered = True

    def _find_resemblances(self) -> None:
        """Compare documents of one title, and keep the pairs that agree in more than it."""
        pairs = self._db.execute(
            """SELECT DISTINCT a.place, b.place, a.graph, b.graph
               FROM (SELECT title FROM title GROUP BY title HAVING count(*) BETWEEN 2 AND ?) crowd
               JOIN title ta ON ta.title = crowd.title JOIN title tb ON tb.title = crowd.title
               JOIN node a ON a.graph = ta.graph JOIN node b ON b.graph = tb.graph
               WHERE a.place < b.place AND a.label <> b.label ORDER BY a.place, b.place""",
            (_CROWD,),
        )
        for a, b, graph_a, graph_b in pairs:
            if resemblance(self._card(graph_a), self._card(graph_b)):
                self._db.execute("INSERT INTO weak VALUES (?, ?)", (a, b))

    def _card(self, graph: str) -> Card:
        (blob,) = self._db.execute("SELECT card FROM doc WHERE graph = ?", (graph,)).fetchone()
        return msgspec.msgpack.decode(blob, type=Card)

    def _links(self, place: int, here: Card) -> Iterator[Link]:
        """Yield the links of a document in the order of the other document and the evidence."""
        rows = self._db.execute(
            """SELECT place, graph, unit, mine, yours FROM (
                 SELECT node.place, node.graph, edge.unit, edge.nth_a mine, edge.nth_b yours
                 FROM edge JOIN node ON node.place = edge.b WHERE edge.a = :here
                 UNION ALL
                 SELECT node.place, node.graph, edge.unit, edge.nth_b, edge.nth_a
                 FROM edge JOIN node ON node.place = edge.a WHERE edge.b = :here)
               ORDER BY place, unit""",
            {"here": place},
        ).fetchall()
        for _, graph, unit, mine, yours in rows:
            there = self._card(graph)
            if unit is None:
                if found := resemblance(here, there):
                    yield weak_link(there, found)
            else:
                yield number_link(there, *_matched(here, _nth(here, mine), there, _nth(there, yours)))

    def _publications(self, minter: Minter) -> Iterator[str]:
        """Link each article to the trial documents whose number it cites."""
        rows = self._db.execute(
            """SELECT article.graph, stated.nth, min(owner.place) FROM node article
               JOIN doc ON doc.graph = article.graph AND doc.article = 1
               JOIN stated ON stated.graph = article.graph
               JOIN owner ON owner.unit = (SELECT unit FROM unit WHERE unit.number = stated.number)
               WHERE owner.place <> article.place
               GROUP BY article.place, stated.nth ORDER BY article.place, stated.nth"""
        ).fetchall()
        for graph, nth, owner in rows:
            article = self._card(graph)
            (trial,) = self._db.execute("SELECT trial FROM node WHERE place = ?", (owner,)).fetchone()
            yield from publication_lines(article, nth, _nth(article, nth), trial, minter)


def _nth(card: Card, nth: int) -> Number:
    return (*card.numbers, *card.cited)[nth]


def _matched(here: Card, mine: Number, there: Card, yours: Number) -> tuple[Number, Number]:
    """Return the two statements of one number, where a record also holds an older number of its own."""
    if mine.value != yours.value:
        mine = next((n for n in (*here.numbers, *here.cited) if n.value == yours.value), mine)
        yours = next((n for n in (*there.numbers, *there.cited) if n.value == mine.value), yours)
    return mine, yours
