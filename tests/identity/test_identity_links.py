"""One trial, several documents: what links, what does not, and on which words."""

import random
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.identity import Card, IdentityLinker, Number, Refusal, Words
from kg.iri import Minter
from kg.namespaces import CKG, KG

MINTER = Minter()
FIELD = "additions.identifiers[0].value"


def own(value: str, scheme: str = "ClinicalTrials.gov") -> Number:
    return Number(scheme, value, "own", Words("protocolSection.identificationModule.nctId", value))


def cites(value: str, scheme: str = "ClinicalTrials.gov", role: str = "secondary") -> Number:
    return Number(scheme, value, role, Words(FIELD, value))


def make(source: str, name: str, **fields: object) -> Card:
    title = fields.pop("title", None)
    sponsor = fields.pop("sponsor", None)
    start = fields.pop("start", None)
    enrollment = fields.pop("enrollment", None)
    return Card(
        key=f"{source}/{name}",
        trial=MINTER.trial(source, name),
        graph=MINTER.graph(source, name),
        source=source,
        title=Words("t", str(title)) if title else None,
        sponsor=Words("s", str(sponsor)) if sponsor else None,
        start_date=Words("d", str(start)) if start else None,
        enrollment=Words("e", str(enrollment)) if enrollment else None,
        **fields,  # type: ignore[arg-type]
    )


def registered(number: str, **fields: object) -> Card:
    return make("ctgov", number, numbers=(own(number),), **fields)


class Outcome:
    """The identity graph of some cards, as sets of pairs of short names."""

    def __init__(self, folder: Path, cards: list[Card], revoked: tuple[tuple[str, str], ...] = ()) -> None:
        with IdentityLinker(folder / "identity.sqlite", revoked) as linker:
            for card in cards:
                linker.add(card)
            self.text = "".join(linker.statements(MINTER))
            self.refusals: list[Refusal] = list(linker.refusals())
        self.store = ox.Store()
        self.store.load(self.text.encode(), format=ox.RdfFormat.N_QUADS)

    def pairs(self, name: str) -> set[tuple[str, str]]:
        quads = self.store.quads_for_pattern(None, ox.NamedNode(CKG + name), None, None)
        return {(short(q.subject), short(q.object)) for q in quads}

    @property
    def same(self) -> set[tuple[str, str]]:
        return {pair for pair in self.pairs("sameTrialAs") if pair[0] < pair[1]}

    @property
    def canonical(self) -> dict[str, str]:
        return dict(self.pairs("canonicalTrial"))

    def rules(self) -> set[str]:
        return {q.object.value for q in self.store.quads_for_pattern(None, ox.NamedNode(CKG + "rule"), None, None)}


def short(node: object) -> str:
    return str(node).strip("<>").removeprefix(f"{KG}trial/").removeprefix(KG)


@pytest.fixture
def link(tmp_path: Path):  # type: ignore[no-untyped-def]
    return lambda *cards, **more: Outcome(tmp_path, list(cards), **more)


def test_a_trial_alone_is_its_own_canonical_trial(link) -> None:  # type: ignore[no-untyped-def]
    outcome = link(make("medpath", "x"))
    assert outcome.canonical == {"medpath-x": "medpath-x"}
    assert outcome.same == set()


def test_documents_of_one_registry_number_link_to_the_registry_record(link) -> None:  # type: ignore[no-untyped-def]
    outcome = link(make("medpath", "p", numbers=(own("NCT00000001"),)), registered("NCT00000001"))
    assert outcome.same == {("NCT00000001", "medpath-p")}
    assert outcome.canonical["medpath-p"] == "NCT00000001"
    assert outcome.rules() == {"same-registry-number"}


def test_every_link_goes_both_ways_and_has_evidence_of_its_own(link) -> None:  # type: ignore[no-untyped-def]
    outcome = link(
        make("isrctn", "i", numbers=(own("ISRCTN1", "ISRCTN"),), cited=(cites("NCT00000001"),)),
        registered("NCT00000001"),
    )
    both = outcome.pairs("sameTrialAs")
    assert both == {("isrctn-i", "NCT00000001"), ("NCT00000001", "isrctn-i")}
    query = f"""SELECT ?a ?b ?quote WHERE {{ GRAPH ?g {{ ?e a <{CKG}Evidence> ; <{CKG}aboutSubject> ?a ;
        <{CKG}aboutProperty> <{CKG}sameTrialAs> ; <{CKG}aboutValue> ?b ; <{CKG}quote> ?quote ; <{CKG}field> ?f ;
        <{CKG}rule> ?rule ; <{CKG}strength> ?strength ; <{CKG}begin> ?begin ; <{CKG}end> ?end }} }}"""
    assert {(short(r["a"]), short(r["b"])) for r in outcome.store.query(query)} == both  # type: ignore[union-attr]


def test_two_registry_numbers_never_share_a_cluster_when_one_cites_the_other(link) -> None:  # type: ignore[no-untyped-def]
    outcome = link(registered("NCT00000001", cited=(cites("NCT00000002"),)), registered("NCT00000002"))
    assert outcome.same == set()
    assert [r.number for r in outcome.refusals] == ["NCT00000002"]


def test_an_article_that_cites_several_trials_links_to_none_and_is_their_publication(link) -> None:  # type: ignore[no-untyped-def]
    numbers = tuple(cites(f"NCT0000000{n}", role="databank") for n in (1, 2))
    outcome = link(make("pubmed", "9", cited=numbers, pmid="9"), registered("NCT00000001"), registered("NCT00000002"))
    assert outcome.same == set()
    assert outcome.canonical["pubmed-9"] == "pubmed-9"
    assert outcome.pairs("hasPublication") == {
        ("NCT00000001", "publication/pmid-9"),
        ("NCT00000002", "publication/pmid-9"),
    }
    assert len(outcome.refusals) == 2


def test_an_article_that_cites_one_trial_reports_it(link) -> None:  # type: ignore[no-untyped-def]
    outcome = link(
        make("pubmed", "9", cited=(cites("NCT00000001", role="databank"),), pmid="9"), registered("NCT00000001")
    )
    assert outcome.same == {("NCT00000001", "pubmed-9")}
    assert outcome.rules() == {"cited-in-data-bank"}


def test_an_article_that_describes_no_trial_is_a_publication_and_nothing_more(link) -> None:  # type: ignore[no-untyped-def]
    article = make("pubmed", "9", cited=(cites("NCT00000001"),), pmid="9", describes_trial=False)
    outcome = link(article, registered("NCT00000001"))
    assert outcome.canonical == {"NCT00000001": "NCT00000001"}
    assert outcome.same == set()
    assert outcome.pairs("hasPublication") == {("NCT00000001", "publication/pmid-9")}


def test_an_article_does_not_join_two_registries_that_do_not_cite_each_other(link) -> None:  # type: ignore[no-untyped-def]
    article = make("pubmed", "9", cited=(cites("NCT00000001"), cites("ISRCTN00000001", "ISRCTN")), pmid="9")
    isrctn = make("isrctn", "1", numbers=(own("ISRCTN00000001", "ISRCTN"),))
    outcome = link(article, registered("NCT00000001"), isrctn)
    assert outcome.same == set()


def test_an_article_joins_the_cluster_that_registries_have_made(link) -> None:  # type: ignore[no-untyped-def]
    article = make("pubmed", "9", cited=(cites("NCT00000001"), cites("ISRCTN00000001", "ISRCTN")), pmid="9")
    isrctn = make("isrctn", "1", numbers=(own("ISRCTN00000001", "ISRCTN"),), cited=(cites("NCT00000001"),))
    outcome = link(article, registered("NCT00000001"), isrctn)
    assert set(outcome.canonical.values()) == {"NCT00000001"}


def test_a_number_that_two_trials_cite_links_neither(link) -> None:  # type: ignore[no-untyped-def]
    eudract = make("eudract", "e", numbers=(own("2010-000001-11", "EudraCT"),))
    shared = cites("2010-000001-11", "EudraCT")
    outcome = link(registered("NCT00000001", cited=(shared,)), registered("NCT00000002", cited=(shared,)), eudract)
    assert outcome.same == set()
    assert {r.trial.rpartition("/")[2] for r in outcome.refusals} == {"NCT00000001", "NCT00000002"}


def test_a_chain_of_citations_cannot_join_two_numbers_of_one_registry(link) -> None:  # type: ignore[no-untyped-def]
    eudract = make(
        "eudract",
        "e",
        numbers=(own("2010-000001-11", "EudraCT"),),
        cited=(cites("ISRCTN00000001", "ISRCTN"), cites("NCT00000001")),
    )
    isrctn = make("isrctn", "1", numbers=(own("ISRCTN00000001", "ISRCTN"),), cited=(cites("NCT00000002"),))
    outcome = link(registered("NCT00000001"), registered("NCT00000002"), eudract, isrctn)
    canonical = outcome.canonical
    assert canonical["NCT00000001"] != canonical["NCT00000002"]
    assert any("chain" in r.reason for r in outcome.refusals)


def test_an_earlier_number_of_a_record_is_the_same_trial(link) -> None:  # type: ignore[no-untyped-def]
    alias = Number("ClinicalTrials.gov", "NCT00000009", "alias", Words("aliases", "NCT00000009"))
    newer = make("ctgov", "NCT00000001", numbers=(own("NCT00000001"), alias))
    outcome = link(newer, make("medpath", "m", numbers=(own("NCT00000009"),)))
    assert outcome.same == {("NCT00000001", "medpath-m")}
    assert outcome.rules() == {"earlier-registry-number"}


def test_an_earlier_number_that_two_records_claim_joins_nothing(link) -> None:  # type: ignore[no-untyped-def]
    alias = Number("ClinicalTrials.gov", "NCT00000009", "alias", Words("aliases", "NCT00000009"))
    cards = [make("ctgov", n, numbers=(own(n), alias)) for n in ("NCT00000001", "NCT00000002")]
    assert link(*cards).same == set()


def test_equal_titles_do_not_link(link) -> None:  # type: ignore[no-untyped-def]
    title = "Infusion of Cells in Acute Leukemia"
    outcome = link(
        registered("NCT00000001", title=title, sponsor="Radboud University", start="2020-04-14"),
        make("clinconnect", "c", title=title),
        make("medpath", "m", title=title, sponsor="Radboud University"),
    )
    assert outcome.same == set()


def test_title_sponsor_and_launch_link_with_a_score(link) -> None:  # type: ignore[no-untyped-def]
    title = "Infusion of Cells in Acute Leukemia"
    page = make(
        "clinconnect",
        "c",
        title=title,
        sponsor="RADBOUD UNIVERSITY MEDICAL CENTER",
        launch_dates=(Words("l", "2020-04-14"),),
    )
    record = registered(
        "NCT00000001",
        title=title,
        sponsor="Radboud University",
        launch_dates=(Words("l", "2020-04-06"), Words("l", "2020-04-15")),
    )
    outcome = link(page, record)
    assert outcome.same == {("NCT00000001", "clinconnect-c")}
    assert outcome.rules() == {"title-sponsor-date"}
    scores = {q.object.value for q in outcome.store.quads_for_pattern(None, ox.NamedNode(CKG + "score"), None, None)}
    assert scores == {"1"}


@pytest.mark.parametrize(
    "other",
    [
        {"sponsor": "Radboud University", "start": "2020-05"},
        {"sponsor": "University Medical Center", "start": "2020-04-14"},
        {"sponsor": "Radboud University", "start": "2020-04-14", "phases": ("PHASE3",)},
    ],
)
def test_a_differing_date_sponsor_or_phase_refuses(link, other: dict[str, object]) -> None:  # type: ignore[no-untyped-def]
    title = "Infusion of Cells in Acute Leukemia"
    page = make(
        "clinconnect",
        "c",
        title=title,
        sponsor="Radboud University Medical Center",
        start="2020-04-14",
        phases=("PHASE1",),
    )
    assert link(page, registered("NCT00000001", title=title, **other)).same == set()


def test_a_page_that_resembles_two_trials_stands_alone(link) -> None:  # type: ignore[no-untyped-def]
    same = {"title": "Infusion of Cells in Acute Leukemia", "sponsor": "Radboud University", "start": "2020-04-14"}
    outcome = link(
        make("clinconnect", "c", **same), registered("NCT00000001", **same), registered("NCT00000002", **same)
    )
    assert outcome.same == set()
    assert outcome.canonical["clinconnect-c"] == "clinconnect-c"
    assert any("resembles" in r.reason for r in outcome.refusals)


def test_a_revoked_pair_stays_apart(link) -> None:  # type: ignore[no-untyped-def]
    page = make("medpath", "p", numbers=(own("NCT00000001"),))
    record = registered("NCT00000001")
    outcome = link(page, record, revoked=((page.trial, record.trial),))
    assert outcome.same == set()
    assert outcome.canonical["medpath-p"] == "medpath-p"


def test_the_unversioned_record_stands_for_the_trial(link) -> None:  # type: ignore[no-untyped-def]
    new = registered("NCT00000001", version_date="2025-01-01")
    old = Card(
        key=new.key,
        trial=new.trial + "-v2020-01-01",
        graph=new.graph + "-v2020-01-01",
        source="ctgov",
        numbers=new.numbers,
        version_date="2020-01-01",
        versioned=True,
    )
    outcome = link(old, new, make("ictrp", "NCT00000001", numbers=(own("NCT00000001"),)))
    assert set(outcome.canonical.values()) == {"NCT00000001"}


def test_two_documents_of_one_article_report_one_trial(link) -> None:  # type: ignore[no-untyped-def]
    doi = Number("DOI", "10.5555/a", "article", Words("additions.article.doi", "10.5555/A"))
    first = make("pubmed", "9", cited=(doi, cites("NCT00000001", role="databank")), pmid="9")
    second = make("pubmed", "0123456789abcdef", cited=(doi,), doi="10.5555/A")
    outcome = link(first, second, registered("NCT00000001"))
    assert set(outcome.canonical.values()) == {"NCT00000001"}
    assert outcome.rules() == {"same-article", "cited-in-data-bank"}


def test_articles_of_one_trial_keep_their_own_doi(link) -> None:  # type: ignore[no-untyped-def]
    cards = [
        make("pubmed", n, cited=(Number("DOI", f"10.5555/{n}", "article", Words("f", n)), cites("NCT00000001")), pmid=n)
        for n in ("7", "8")
    ]
    assert set(link(*cards, registered("NCT00000001")).canonical.values()) == {"NCT00000001"}


def test_copies_of_a_page_without_number_are_one_document(link) -> None:  # type: ignore[no-untyped-def]
    key = Number("key", "registry-text/1", "document", Words("t", "Some Title"))
    page = make("registry-text", "1", cited=(key,))
    copy = Card(key=page.key, trial=page.trial + "-v2", graph=page.graph + "-v2", source=page.source, cited=(key,))
    assert link(page, copy).same == {("registry-text-1", "registry-text-1-v2")}


def test_documents_of_a_trial_stand_in_the_order_of_preference(link) -> None:  # type: ignore[no-untyped-def]
    number = (own("NCT00000001"),)
    outcome = link(
        make("pubmed", "9", cited=(cites("NCT00000001"),), pmid="9"),
        make("medpath", "p", numbers=number),
        make("ictrp", "i", numbers=number),
        make("ctgov", "NCT00000001", numbers=number),
    )
    order = {
        short(q.subject): int(q.object.value)
        for q in outcome.store.quads_for_pattern(None, ox.NamedNode(CKG + "preferenceOrder"), None, None)
    }
    assert order == {"NCT00000001": 1, "ictrp-i": 2, "medpath-p": 3, "pubmed-9": 4}


def test_order_of_documents_does_not_change_a_byte(tmp_path: Path) -> None:
    rng = random.Random(7)
    cards = [registered(f"NCT0000000{n}", cited=(cites(f"2010-00000{n % 3}-11", "EudraCT"),)) for n in range(9)]
    cards += [
        make("pubmed", str(n), cited=(cites(f"NCT0000000{n % 9}"), cites(f"NCT0000000{n % 4}")), pmid=str(n))
        for n in range(9)
    ]
    cards += [make("eudract", str(n), numbers=(own(f"2010-00000{n}-11", "EudraCT"),)) for n in range(3)]
    texts = set()
    for _ in range(6):
        rng.shuffle(cards)
        outcome = Outcome(tmp_path, cards)
        texts.add(outcome.text + repr(outcome.refusals))
    assert len(texts) == 1


def test_no_cluster_of_random_citations_ever_holds_two_numbers_of_one_registry(tmp_path: Path) -> None:
    rng = random.Random(11)
    for _ in range(40):
        cards = [
            registered(
                f"NCT{n:08}",
                cited=tuple(cites(f"2010-{m:06}-11", "EudraCT") for m in rng.sample(range(8), rng.randint(0, 2))),
            )
            for n in range(8)
        ]
        cards += [
            make(
                "eudract",
                str(n),
                numbers=(own(f"2010-{n:06}-11", "EudraCT"),),
                cited=tuple(cites(f"NCT{m:08}") for m in rng.sample(range(8), rng.randint(0, 2))),
            )
            for n in range(8)
        ]
        cards += [
            make(
                "pubmed",
                str(n),
                pmid=str(n),
                cited=tuple(cites(f"NCT{m:08}") for m in rng.sample(range(8), rng.randint(0, 3))),
            )
            for n in range(8)
        ]
        canonical = Outcome(tmp_path, cards).canonical
        clusters: dict[str, set[str]] = {}
        for trial, head in canonical.items():
            clusters.setdefault(head, set()).add(trial)
        assert set(canonical) == {card.trial.removeprefix(f"{KG}trial/") for card in cards}
        for members in clusters.values():
            assert len([m for m in members if re.fullmatch(r"NCT\d{8}", m)]) <= 1
            assert len([m for m in members if m.startswith("eudract-")]) <= 1
