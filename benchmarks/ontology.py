"""Timing of the ontology: classification, loading, compiling, building, and inference as a share of mapping.

`python benchmarks/ontology.py [STUDIES]` prints a Markdown table; `rows()` gives the same to other
programs. Inference is measured on the first 1,000 real studies of the corpus.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from kg import ontology, sources
from kg.iri import Minter
from kg.linking import link
from kg.mapping import Mapper
from kg.ontology import hermit, modules
from kg.ontology.axioms import read
from kg.ontology.publishing import fresh_text
from kg.reasoning import Reasoner

STUDIES = Path(__file__).resolve().parents[2] / "shared/data/ctgov-v2/studies.jsonl.gz"
RECORDS = 1000


def rows(studies: Path = STUDIES, records: int = RECORDS) -> list[tuple[str, str]]:
    """Return what was measured and the figure, best of three runs each."""
    asserted = ontology.load(hierarchy=False)
    found = [
        ("ontology: load all modules and tables (rdflib)", _seconds(ontology.load)),
        ("ontology: classify with HermiT, Java start included", _seconds(lambda: hermit.hierarchy(asserted), runs=1)),
        ("ontology: compile the reasoner, once per process", _seconds(lambda: Reasoner(read(modules.texts())))),
        ("ontology: published text made from its sources", _seconds(fresh_text)),
    ]
    with TemporaryDirectory() as folder:
        found.append(("ontology: write ontology.ttl in a build", _seconds(lambda: ontology.build(Path(folder)))))
    reasoner = Reasoner.default()
    mapper = Mapper(Minter(), reasoner.predicates)
    documents = []
    for raw in sources.read([studies]):
        document = sources.decode(raw)
        documents.append((document, link(document)))
        if len(documents) == records:
            break
    mapping = min(_timed(lambda: [mapper.map(d, links, None) for d, links in documents]) for _ in range(3))
    triples = [mapper.map(d, links, None).triples for d, links in documents]
    inference = min(_timed(lambda: [reasoner.infer(one) for one in triples]) for _ in range(3))
    count = sum(len(reasoner.infer(one)) for one in triples)
    title = f"{len(documents):,} real studies"
    found += [
        (f"mapping, {title}", f"{mapping:.2f} s"),
        (f"inference, {title}", f"{inference:.3f} s = {inference / mapping:.1%} of mapping"),
        (f"inferred statements, {title}", f"{count:,}"),
    ]
    return found


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _seconds(work: Callable[[], object], runs: int = 3) -> str:
    return f"{min(_timed(work) for _ in range(runs)):.2f} s"


if __name__ == "__main__":
    print("| measure | figure |\n|---|---|")
    for measure, figure in rows(*(Path(argument) for argument in sys.argv[1:])):
        print(f"| {measure} | {figure} |")
