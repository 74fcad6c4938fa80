"""Clusters of documents as tables: numbers to documents, documents to labels, conflicts to refusals.

`node.place` orders all documents by preference, so that the least place of a cluster is its
canonical document; a label spreads along edges until nothing changes.
"""

import sqlite3
from typing import Final

_TABLES: Final = """
DROP TABLE IF EXISTS node; DROP TABLE IF EXISTS unit; DROP TABLE IF EXISTS claim; DROP TABLE IF EXISTS owner;
DROP TABLE IF EXISTS edge; DROP TABLE IF EXISTS weak; DROP TABLE IF EXISTS refusal;
CREATE TABLE node (place INTEGER PRIMARY KEY, graph TEXT UNIQUE, trial TEXT, describes INTEGER, owns INTEGER,
                   label INTEGER);
CREATE TABLE unit (number TEXT PRIMARY KEY, scheme TEXT, unit TEXT) WITHOUT ROWID;
CREATE TABLE claim (place INTEGER, nth INTEGER, scheme TEXT, number TEXT, unit TEXT, role TEXT,
                    refused INTEGER DEFAULT 0);
CREATE TABLE owner (unit TEXT, place INTEGER);
CREATE TABLE edge (a INTEGER, b INTEGER, unit TEXT, nth_a INTEGER, nth_b INTEGER);
CREATE TABLE weak (a INTEGER, b INTEGER);
CREATE TABLE refusal (place INTEGER, number TEXT, reason TEXT);
INSERT INTO node SELECT row_number() OVER (ORDER BY describes DESC, rank, versioned, version DESC, graph),
       graph, trial, describes, number IS NOT NULL, 0 FROM doc;
UPDATE node SET label = place;
CREATE INDEX IF NOT EXISTS stated_by_graph ON stated (graph);
CREATE INDEX IF NOT EXISTS title_by_title ON title (title);
"""

_TORN: Final = """SELECT node.label FROM claim JOIN node USING (place)
                  WHERE claim.refused = 0 AND role NOT IN ('article', 'document')
                  GROUP BY node.label, claim.scheme HAVING count(DISTINCT claim.unit) > 1"""
"""Clusters that hold two numbers of one registry."""

SEVERAL_NUMBERS: Final = "the document cites several numbers of one registry, so that none of them names its trial"
SHARED_NUMBER: Final = "trials of different numbers cite this number, so that it does not tell which of them it is"
SEVERAL_TRIALS: Final = "the numbers that the document cites belong to different trials of this build"
CHAIN: Final = "the chain of citations would join two numbers of one registry"
RESEMBLES_SEVERAL: Final = "the document resembles trials with different numbers of one registry"
REVOKED: Final = "the pair is listed as revoked"


def number_documents(db: sqlite3.Connection) -> None:
    """Order the documents by preference, and gather what numbers they claim."""
    for statement in _TABLES.split(";"):
        db.execute(statement)
    representative = _aliases(db)
    db.execute("INSERT OR IGNORE INTO unit SELECT DISTINCT number, scheme, number FROM stated")
    db.executemany("UPDATE unit SET unit = ? WHERE number = ?", [(u, n) for n, u in sorted(representative.items())])
    db.execute(
        """INSERT INTO claim (place, nth, scheme, number, unit, role)
           SELECT node.place, stated.nth, stated.scheme, stated.number, unit.unit, stated.role
           FROM node JOIN stated ON stated.graph = node.graph JOIN unit ON unit.number = stated.number
           ORDER BY node.place, stated.nth"""
    )
    db.execute(
        """DELETE FROM claim WHERE role = 'alias' AND unit <> (
             SELECT own.unit FROM claim own WHERE own.place = claim.place AND own.role = 'own')"""
    )
    db.execute("CREATE INDEX claim_by_unit ON claim (unit)")
    db.execute("CREATE INDEX claim_by_place ON claim (place)")
    db.execute(
        """INSERT INTO owner SELECT DISTINCT unit, place FROM claim JOIN node USING (place)
           WHERE role IN ('own', 'alias') AND describes = 1"""
    )
    db.execute("CREATE INDEX owner_by_unit ON owner (unit, place)")


def _aliases(db: sqlite3.Connection) -> dict[str, str]:
    """Map each number that a registry has merged into another to the smallest number of the record.

    An old number that two different records claim tells nothing and maps to itself.
    """
    parent: dict[str, str] = {}

    def root(number: str) -> str:
        while parent.get(number, number) != number:
            number = parent[number]
        return number

    clear = (
        "SELECT number, other FROM alias WHERE other IN (SELECT other FROM alias GROUP BY other HAVING count(*) = 1)"
    )
    for number, other in db.execute(f"{clear} ORDER BY number, other").fetchall():
        low, high = sorted((root(number), root(other)))
        parent[high] = low
    return {number: root(number) for number in sorted(parent)}


def link_by_number(db: sqlite3.Connection) -> None:
    """Link documents that own or cite one number; refuse citations that would merge different trials."""
    _refuse_ambiguous(db)
    _edges(db, "AND node.owns = 1")
    _spread(db)
    _refuse_bridges(db)
    _edges(db, "")
    _spread(db)
    _refuse_conflicts(db)
    _edges(db, "")
    _spread(db)


def _refuse(db: sqlite3.Connection, condition: str, reason: str) -> None:
    """Set aside the citations that a condition selects."""
    chosen = f"refused = 0 AND role NOT IN ('own', 'alias', 'article', 'document') AND ({condition})"
    db.execute(
        f"""INSERT INTO refusal SELECT claim.place, claim.number, ? FROM claim JOIN node USING (place)
            WHERE node.describes = 1 AND {chosen}""",  # noqa: S608 - conditions are constants of this module
        (reason,),
    )
    db.execute(f"UPDATE claim SET refused = 1 WHERE {chosen}")  # noqa: S608


def _refuse_ambiguous(db: sqlite3.Connection) -> None:
    db.execute(
        """CREATE TEMP TABLE IF NOT EXISTS torn AS
           SELECT place, scheme, max(role IN ('own', 'alias')) owns FROM claim WHERE role NOT IN ('article', 'document')
           GROUP BY place, scheme HAVING count(DISTINCT unit) > 1"""
    )
    _refuse(
        db,
        """EXISTS (SELECT 1 FROM torn WHERE torn.place = claim.place AND torn.scheme = claim.scheme)
           OR (EXISTS (SELECT 1 FROM torn WHERE torn.place = claim.place)
               AND (SELECT owns FROM node WHERE node.place = claim.place) = 0)""",
        SEVERAL_NUMBERS,
    )
    db.execute("DROP TABLE torn")
    db.execute(
        """CREATE TEMP TABLE torn AS
           SELECT cited.unit unit, own.scheme scheme FROM claim cited
           JOIN claim own ON own.place = cited.place AND own.role = 'own'
           WHERE cited.refused = 0 AND cited.role NOT IN ('own', 'alias', 'article', 'document')
           GROUP BY cited.unit, own.scheme HAVING count(DISTINCT own.unit) > 1"""
    )
    _refuse(
        db,
        """unit IN (SELECT unit FROM torn)
           AND EXISTS (SELECT 1 FROM claim own JOIN torn ON torn.scheme = own.scheme
                       WHERE own.place = claim.place AND own.role = 'own' AND torn.unit = claim.unit)""",
        SHARED_NUMBER,
    )
    db.execute("DROP TABLE torn")


def _refuse_bridges(db: sqlite3.Connection) -> None:
    """Keep a document without a number of its own from joining what registries keep apart."""
    _refuse(
        db,
        """place IN (SELECT mine.place FROM claim mine JOIN node ON node.place = mine.place AND node.owns = 0
                     JOIN claim yours ON yours.unit = mine.unit AND yours.refused = 0
                     JOIN node other ON other.place = yours.place AND other.owns = 1
                     WHERE mine.refused = 0 GROUP BY mine.place HAVING count(DISTINCT other.label) > 1)""",
        SEVERAL_TRIALS,
    )


def _refuse_conflicts(db: sqlite3.Connection) -> None:
    _refuse(
        db,
        f"place IN (SELECT place FROM node WHERE label IN ({_TORN}))",  # noqa: S608 - a constant
        CHAIN,
    )


def _edges(db: sqlite3.Connection, which: str) -> None:
    """Tie the claimants of each number to the most preferred of them: its owner, if it has one."""
    db.execute("DELETE FROM edge")
    db.execute(
        f"""INSERT INTO edge
            WITH held AS (
              SELECT claim.unit, claim.place, min(claim.nth) nth FROM claim JOIN node USING (place)
              WHERE claim.refused = 0 AND node.describes = 1 {which} GROUP BY claim.unit, claim.place),
            hub AS (
              SELECT unit, coalesce((SELECT min(owner.place) FROM owner JOIN held h ON h.unit = owner.unit
                                     AND h.place = owner.place WHERE owner.unit = held.unit), min(place)) place
              FROM held GROUP BY unit HAVING count(*) > 1)
            SELECT hub.place, held.place, held.unit,
                   (SELECT nth FROM held h WHERE h.unit = held.unit AND h.place = hub.place), held.nth
            FROM hub JOIN held ON held.unit = hub.unit WHERE held.place <> hub.place
            ORDER BY hub.place, held.place, held.unit"""  # noqa: S608
    )
    _drop_revoked(db)


def _drop_revoked(db: sqlite3.Connection) -> None:
    pairs = """SELECT a.place, b.place FROM revoked JOIN node a ON a.trial = revoked.a
               JOIN node b ON b.trial = revoked.b"""
    for table in ("edge", "weak"):
        db.execute(
            f"INSERT INTO refusal SELECT DISTINCT b, NULL, ? FROM {table} WHERE (a, b) IN ({pairs})",  # noqa: S608
            (REVOKED,),
        )
        db.execute(f"DELETE FROM {table} WHERE (a, b) IN ({pairs})")  # noqa: S608


def _spread(db: sqlite3.Connection) -> None:
    """Give every document of a cluster the least place in it."""
    db.execute("UPDATE node SET label = place")
    db.execute("DROP INDEX IF EXISTS edge_a")
    db.execute("DROP INDEX IF EXISTS edge_b")
    db.execute("CREATE INDEX edge_a ON edge (a)")
    db.execute("CREATE INDEX edge_b ON edge (b)")
    while True:
        changed = 0
        for mine, yours in (("a", "b"), ("b", "a")):
            changed += db.execute(
                f"""UPDATE node SET label = low.label
                    FROM (SELECT edge.{mine} place, min(other.label) label FROM edge
                          JOIN node other ON other.place = edge.{yours} GROUP BY edge.{mine}) low
                    WHERE node.place = low.place AND low.label < node.label"""  # noqa: S608
            ).rowcount
        if not changed:
            return


def link_by_resemblance(db: sqlite3.Connection) -> None:
    """Add the resemblances that join clusters without a conflict of numbers; refuse the others.

    First between documents that carry numbers, then those of documents without any, which
    must resemble one cluster only.
    """
    _drop_revoked(db)
    db.execute(
        "CREATE TEMP TABLE numbered AS SELECT DISTINCT place FROM claim WHERE role NOT IN ('article', 'document')"
    )
    both = "a IN (SELECT place FROM numbered) AND b IN (SELECT place FROM numbered)"
    db.execute(f"INSERT INTO edge SELECT a, b, NULL, NULL, NULL FROM weak WHERE {both} ORDER BY a, b")  # noqa: S608
    _spread(db)
    _refuse_torn(db)
    db.execute(
        """CREATE TEMP TABLE unsure AS
           SELECT loose.place FROM node loose
           JOIN (SELECT a here, b there FROM weak UNION SELECT b, a FROM weak) pair ON pair.here = loose.place
           JOIN node other ON other.place = pair.there AND other.place IN (SELECT place FROM numbered)
           WHERE loose.place NOT IN (SELECT place FROM numbered)
           GROUP BY loose.place HAVING count(DISTINCT other.label) > 1"""
    )
    db.execute("INSERT INTO refusal SELECT place, NULL, ? FROM unsure ORDER BY place", (RESEMBLES_SEVERAL,))
    sure = "a NOT IN (SELECT place FROM unsure) AND b NOT IN (SELECT place FROM unsure)"
    db.execute(
        f"INSERT INTO edge SELECT a, b, NULL, NULL, NULL FROM weak WHERE NOT ({both}) AND {sure} ORDER BY a, b"  # noqa: S608
    )
    _spread(db)
    _refuse_torn(db)
    db.execute("DROP TABLE numbered")
    db.execute("DROP TABLE unsure")


def _refuse_torn(db: sqlite3.Connection) -> None:
    """Take every resemblance out of a cluster that holds two numbers of one registry."""
    weak = f"unit IS NULL AND a IN (SELECT place FROM node WHERE label IN ({_TORN}))"  # noqa: S608
    db.execute(
        f"INSERT INTO refusal SELECT DISTINCT b, NULL, ? FROM edge WHERE {weak} ORDER BY b",  # noqa: S608
        (RESEMBLES_SEVERAL,),
    )
    db.execute(f"DELETE FROM edge WHERE {weak}")  # noqa: S608
    _spread(db)
