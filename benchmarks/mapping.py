"""Mapping against its floor, and the other stages of a build against mapping."""

import shutil

from benchmarks.corpus import STUDIES, lines
from benchmarks.measure import WORK, Clock, Row, at_most, best_of
from kg.building import pipeline, steps
from kg.building.swap import work_folder
from kg.identity import Revocations
from kg.iri import Minter
from kg.linking import link
from kg.mapping import Mapper
from kg.reasoning import Reasoner
from kg.record import Position, RawDocument, Study
from kg.sources import decode


def floor() -> list[Row]:
    """Mapping (records to written N-Quads) against decoding the same lines and writing as many bytes."""
    import msgspec

    minter = Minter()
    mapper = Mapper(minter, Reasoner.default().predicates)
    decoder = msgspec.json.Decoder(Study)
    raws = [RawDocument(line, "ctgov-v2", Position("studies", None, n)) for n, line in enumerate(lines(), 1)]
    links = [link(decode(raw)) for raw in raws]
    sizes = [len(mapper.map(decode(raw), found).data) for raw, found in zip(raws, links, strict=True)]
    block = b"x" * max(sizes)
    WORK.mkdir(exist_ok=True)

    def bare() -> None:
        with open(WORK / "floor.nq", "wb") as out:
            for raw, size in zip(raws, sizes, strict=True):
                decoder.decode(raw.data)
                out.write(block[:size])

    def mapping() -> None:
        with open(WORK / "mapping.nq", "wb") as out:
            for raw, found in zip(raws, links, strict=True):
                out.write(mapper.map(decode(raw), found).data)

    best = best_of(3, bare=bare, mapping=mapping)
    rate = len(raws) / best["mapping"]
    detail = f"{best['mapping']:.2f} s against {best['bare']:.2f} s; {sum(sizes) / 1e6:.0f} MB written"
    return [
        at_most(
            "mapping against decoding the same lines and writing as many bytes",
            best["mapping"] / best["bare"],
            8,
            detail=detail,
        ),
        Row("records mapped a second, one process", rate, "records/s"),
    ]


def stages() -> list[Row]:
    """The stages of a real build in one process, without the store."""
    clock = Clock()
    saved = (pipeline.decode, pipeline.link, steps.read, Mapper.map, Reasoner.infer)
    pipeline.decode = clock.around("decode", pipeline.decode)
    pipeline.link = clock.around("link", pipeline.link)
    steps.read = lambda *args, **options: clock.over("cut", saved[2](*args, **options))
    Mapper.map = clock.around("map", Mapper.map)  # type: ignore[method-assign]
    Reasoner.infer = clock.around("infer", Reasoner.infer)  # type: ignore[method-assign]
    shutil.rmtree(WORK / "stages", ignore_errors=True)
    try:
        with (
            work_folder(WORK / "stages") as folder,
            steps.Build(
                folder,
                [STUDIES],
                Minter(),
                jobs=1,
                strict=False,
                kind=None,
                revoked=Revocations(),
                size=STUDIES.stat().st_size,
                progress=lambda done, total: None,
                step=lambda name: None,
                warn=lambda text: None,
            ) as build,
        ):
            whole = Clock()
            whole.around("records", build.map_records)()
            whole.around("versions", build.name_versions)()
            whole.around("files", build.write)()
            count = build.counts.mapped
    finally:
        pipeline.decode, pipeline.link, steps.read, Mapper.map, Reasoner.infer = saved  # type: ignore[method-assign]
    spent = clock.spent
    mapping = spent["cut"] + spent["decode"] + spent["map"]
    rest = sum(whole.spent.values()) - mapping - spent["link"]
    detail = ", ".join(f"{name} {value:.2f} s" for name, value in [*spent.items(), *whole.spent.items()])
    return [
        at_most(
            "everything else of a build (inference, provenance, compression, accounting, files) against mapping",
            rest / mapping,
            1.5,
            detail=detail,
        ),
        at_most("linking against mapping", spent["link"] / mapping, 1, detail=f"{spent['link']:.2f} s"),
        Row("inference per 1,000 records", spent["infer"] / count * 1000, "s"),
    ]
