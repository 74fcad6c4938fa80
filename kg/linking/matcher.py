"""Lexicons: tables of synonyms under `ontology/lexicon/`, matched by an Aho-Corasick automaton.

A table has the columns `term`, `synonym`, `context`, `rule` (tab separated, header line).
How a synonym matches:

- whole words only; a plural `s` may follow;
- hyphen and space are the same (`NK cell` finds `NK-cell`);
- a synonym in lower case matches in any case; one with a capital matches in exactly that case,
  so that `CAR` never finds "car" and `DLI` never finds "dli";
- where matches overlap, the leftmost wins, and of those the longest;
- a digit before a word is a boundary (`CD19CAR` holds `CAR`), a digit after it is not (`NK92`).
"""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Self

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from msgspec import Struct

from kg.files import data_folder
from kg.linking.fields import TextField


class Entry(Struct, frozen=True, gc=False):
    """A row of a lexicon."""

    term: str
    synonym: str
    context: str
    """Keyword that the table's own module interprets; empty for most rows."""
    rule: str


class Match(Struct, frozen=True, gc=False):
    """A synonym found in a field, with its place in the folded text."""

    entry: Entry
    begin: int
    end: int

    @property
    def term(self) -> str:
        """The term that the row names."""
        return self.entry.term

    @property
    def rule(self) -> str:
        """The row's rule id."""
        return self.entry.rule


class Lexicon:
    """A compiled table of synonyms; `find` returns what a field contains."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Compile the entries; of two rows with one synonym both are reported."""
        self.entries = tuple(entries)
        rows: dict[str, list[tuple[Entry, str | None]]] = {}
        for entry in self.entries:
            rows.setdefault(_key(entry.synonym), []).append((entry, _exactly(entry.synonym)))
        self._rows = [tuple(row) for row in rows.values()]
        self._automaton = _automaton(list(rows)) if rows else None

    @classmethod
    def load(cls, *names: str) -> Self:
        """Return the lexicon of one or several tables `ontology/lexicon/<name>.tsv`, joined."""
        return cls(entry for name in names for entry in read_table(name))

    def find(self, field: TextField) -> list[Match]:
        """Return the matches in a field: longest ones, in order of their place; a field is scanned once."""
        if self._automaton is None:
            return []
        known = field.found.get(self)
        if known is None:
            places = self._automaton.find_matches_as_indexes(field.spaced, overlapping=True)
            known = field.found[self] = self._whole_words(field, places) if places else []
        return known

    def find_each(self, fields: Sequence[TextField]) -> list[tuple[TextField, list[Match]]]:
        """Return the fields that contain something, each with its matches as `find` returns them.

        The fields are scanned as one text: most are short, and a call costs more than their words.
        """
        if self._automaton is None or not fields:
            return []
        texts = [field.spaced for field in fields]
        places: dict[int, list[tuple[int, int, int]]] = {}
        starts = [0]
        for text in texts[:-1]:
            starts.append(starts[-1] + len(text) + 1)
        for row, begin, end in self._automaton.find_matches_as_indexes("\n".join(texts), overlapping=True):
            number = bisect_right(starts, begin) - 1
            start = starts[number]
            places.setdefault(number, []).append((row, begin - start, end - start))
        found = ((fields[number], self._whole_words(fields[number], here)) for number, here in sorted(places.items()))
        return [(field, matches) for field, matches in found if matches]

    def find_between(self, field: TextField, begin: int, end: int) -> list[Match]:
        """Return the matches that lie between two places of the folded text."""
        found = self.find(field)
        first = bisect_left(found, begin, key=_begin)
        return [match for match in found[first : bisect_left(found, end, lo=first, key=_begin)] if match.end <= end]

    def find_text(self, text: str) -> list[Match]:
        """Return the matches in a bare text, with offsets in its folded form."""
        return self.find(TextField("", text, ""))

    def occurs(self, field: TextField) -> bool:
        """Whether anything of the lexicon occurs in the field."""
        return bool(self.find(field))

    def _whole_words(self, field: TextField, places: list[tuple[int, int, int]]) -> list[Match]:
        """Return the matches among the places, (row, begin, end), where the automaton found synonyms in a field."""
        spaced, plain = field.spaced, field.plain
        size = len(spaced)
        found: list[tuple[int, int, Entry]] = []
        for row, begin, end in places:
            if begin and spaced[begin - 1].isalnum() and spaced[begin].isalpha() and not spaced[begin - 1].isdigit():
                continue
            if begin and spaced[begin - 1].isalnum() and spaced[begin].isdigit():
                continue
            stop = end
            if end < size and spaced[end].isalnum() and spaced[end - 1].isalnum():
                if spaced[end] != "s" or (end + 1 < size and spaced[end + 1].isalnum()) or spaced[end - 1].isdigit():
                    continue
                stop = end + 1
            for entry, exactly in self._rows[row]:
                if exactly is None or (exactly == _unbroken(plain[begin:end]) and (stop == end or plain[end] == "s")):
                    found.append((begin, stop, entry))
        return _longest(found) if found else []


def _begin(match: Match) -> int:
    return match.begin


@cache
def lexicon(name: str) -> Lexicon:
    """Return the lexicon of one table, compiled once per process."""
    return Lexicon.load(name)


def _automaton(patterns: list[str]) -> AhoCorasick:
    """Return the automaton of the patterns; a full table is larger and scans twice as fast."""
    return AhoCorasick(patterns, matchkind=MatchKind.Standard, implementation=Implementation.DFA)


def _key(synonym: str) -> str:
    return synonym.lower().replace("-", " ")


def _exactly(synonym: str) -> str | None:
    """Return how a synonym with a capital must stand in the text; None for one that matches in any case."""
    return _unbroken(synonym) if synonym != synonym.lower() else None


def _unbroken(words: str) -> str:
    return words.replace("-", " ").replace("\n", " ")


def _longest(found: list[tuple[int, int, Entry]]) -> list[Match]:
    """Keep the leftmost of overlapping matches, the longest of those; rows of one synonym stay together."""
    if len(found) > 1:
        found.sort(key=lambda item: (item[0], -item[1], item[2].rule, item[2].term))
    kept: list[Match] = []
    begin_kept = end_kept = -1
    for begin, end, entry in found:
        if begin >= end_kept or (begin, end) == (begin_kept, end_kept):
            kept.append(Match(entry, begin, end))
            begin_kept, end_kept = begin, end
    return kept


def read_table(name: str) -> list[Entry]:
    """Return the rows of `ontology/lexicon/<name>.tsv`; raises ValueError for a row that is not whole."""
    path = data_folder("ontology") / "lexicon" / f"{name}.tsv"
    entries = []
    for number, row in enumerate(read_rows(path), 2):
        if not row.get("term") or not row.get("synonym") or not row.get("rule"):
            raise ValueError(f"{path}:{number}: a lexicon row needs term, synonym and rule; found {row}.")
        entries.append(Entry(row["term"], row["synonym"], row.get("context") or "", row["rule"]))
    return entries


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a tab-separated table with a header line, as dictionaries."""
    with open(path, encoding="utf-8", newline="") as stream:
        return [dict(row) for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)]
