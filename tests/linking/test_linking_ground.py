"""Fields, matcher and context: the ground that every linking rule stands on."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.linking import context
from kg.linking.fields import _FOLDED_AWAY, TextField, _fold_runs, _replacement
from kg.linking.matcher import Entry, Lexicon


def lexicon(*synonyms: str) -> Lexicon:
    return Lexicon(Entry(synonym.upper(), synonym, "", "rule") for synonym in synonyms)


def field(text: str, role: str = "description") -> TextField:
    return TextField("here", text, role)


@pytest.mark.parametrize(
    ("synonym", "text", "words"),
    [
        ("nk cell", "Infusion of NK-cells on day 0", ["NK-cells"]),
        ("nk cell", "Infusion of NK\n      cells on day 0", ["NK\n      cells"]),
        ("DLI", "a DLI is given, dli", ["DLI"]),
        ("CAR", "a car and its care", []),
        ("islet", "islets, isletlike", ["islets"]),
        ("nk", "NK92 and uNK", []),
        ("cd19", "CD19 and CD190 and CD19s", ["CD19"]),
        ("hla a 02", "HLA-A\\*02, HLA\u2011A 02", ["HLA\u2011A 02"]),
        ("γδ t", "γδ T cells", ["γδ T"]),
    ],
)
def test_a_synonym_matches_whole_words_in_the_field_s_own_words(synonym: str, text: str, words: list[str]) -> None:
    it = field(text)
    found = [it.evidence(m.begin, m.end, m.rule).quote for m in lexicon(synonym).find(it)]
    assert found == words


def test_the_longest_of_overlapping_synonyms_wins() -> None:
    found = lexicon("t cell", "car t cell", "regulatory t cell").find(field("CAR T cells, regulatory T-cells, T cell"))
    assert [m.entry.synonym for m in found] == ["car t cell", "regulatory t cell", "t cell"]


@given(st.lists(st.text(st.sampled_from(list("ab CD-\ns1")), max_size=12), max_size=6))
def test_fields_scanned_together_hold_what_each_holds(texts: list[str]) -> None:
    synonyms = Lexicon(Entry("T", synonym, "", "r") for synonym in ("a", "a b", "CD", "b cd", "1"))
    fields = [field(text) for text in texts]
    assert synonyms.find_each(fields) == [(it, found) for it in fields if (found := synonyms.find(it))]


@pytest.mark.parametrize(
    "text",
    ["plain", "two  blanks", "line\n   wrapped \\> 5\n\n* item \\[x\\]", "İstanbul\n  ﬁne \u2013 dash", "a\tb\r\nc"],
)
def test_folding_keeps_the_way_back_to_the_own_words(text: str) -> None:
    it = field(text)
    assert len(it.lower) == len(it.plain) == len(it.spaced)
    for begin in range(len(it.plain)):
        for end in range(begin + 1, len(it.plain) + 1):
            first, last = it.original(begin, end)
            assert it.evidence(begin, end, "r").quote == text[first:last]
    assert it.original(0, len(it.plain))[0] == 0


@given(st.text(st.sampled_from(list(" \n\n\\*-•1.)ab\u2028\u2003\x1c"))))
@example("a \n \n  * b\n2. c\n wrapped  \\\\- x")
def test_folding_is_what_the_rule_for_one_run_says_of_every_run(text: str) -> None:
    it = field(text)
    assert _fold_runs(text) == _FOLDED_AWAY.sub(_replacement, text)
    for place, character in enumerate(it.plain):
        own = it._characters[it.original(place, place + 1)[0]]
        assert own == character or (own.isspace() and character.isspace())


@pytest.mark.parametrize(
    ("text", "place", "asserted"),
    [
        ("Patients receive NK cells on day 0.", "NK", True),
        ("Patients who had received NK cells are eligible.", "NK", False),
        ("Prior NK cells.", "NK", False),
        ("No NK cells are given.", "NK", False),
        ("Patients not eligible for NK cells.", "NK", False),
        ("History of disease. NK cells are infused.", "NK", True),
    ],
)
def test_background_and_negation_stay_in_their_sentence(text: str, place: str, asserted: bool) -> None:
    begin = text.index(place)
    assert context.around(field(text), begin, begin + 2).asserted is asserted


def test_criteria_know_exclusion_and_donor_sections() -> None:
    it = field(
        "Inclusion Criteria:\n\n* AML\n\nDonor inclusion criteria:\n\n* sibling\n\nExclusion Criteria:\n\n* lupus\n",
        "criteria",
    )
    assert [context.criteria_section(it, it.plain.index(w)) for w in ("AML", "sibling", "lupus")] == [
        ("inclusion", "patient"),
        ("inclusion", "donor"),
        ("exclusion", "patient"),
    ]
