"""Results that only a sentence states: `6 of 9 patients showed stable disease`.

Read out of the abstracts of articles. A number without what it counts is not a result.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from kg.linking import context
from kg.linking.endpoints import read_endpoints
from kg.linking.fields import Reading, TextField
from kg.linking.responses import find_responses, read_criteria
from kg.linking.timeframes import canonical
from kg.record.links import Evidence, Finding, StatedResult

_SPELLED: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty"
)
_VALUES: Final = {word: number for number, word in enumerate(_SPELLED.split("|"), 1)}
_N: Final = rf"(?:\d{{1,5}}|{_SPELLED})"
_PEOPLE: Final = (
    r"(?:(?:evaluable|assessable|treated|infused|enrolled|eligible|consecutive|adult|pediatric|responding|"
    r"remaining|sd|r/r|aml|all|"
    r"[a-z]+-?evaluable|relapsed|refractory|female|male|heavily|pretreated) )*(?:patients?|subjects?|"
    r"participants?|cases?|children|adults?|recipients?|individuals?|pts|evaluable|responders)"
)
_PERCENT: Final = r"\d{1,3}(?:\.\d+)? ?%"
_K_OF_N: Final = re.compile(
    rf"\b(?P<k>{_N})(?: {_PEOPLE})?(?: ?\((?P<p>{_PERCENT})\))? ?(?:of|out of|in|among) (?:the |all |"
    rf"these )?(?P<n>{_N}) {_PEOPLE}"
    rf"|\b(?P<k2>\d{{1,4}}) ?/ ?(?P<n2>\d{{1,4}})\b(?! ?(?:kg|m2|mg|ml|l\b|day|days))"
)
_OF_N: Final = re.compile(rf"\b(?:of|among|in|from) (?:the |all |these |those |our )?(?P<n>{_N}) {_PEOPLE}")
_K: Final = re.compile(
    rf"\b(?P<k>{_N}) ?\((?P<p>{_PERCENT})[^)]{{0,30}}\)|"
    rf"\b(?P<k2>{_N}) {_PEOPLE}(?: ?\((?P<p2>{_PERCENT})[^)]{{0,30}}\))?"
    rf"|(?P<p3>\d{{1,3}}(?:\.\d+)?) ?% of (?:the |all )?{_PEOPLE}"
)
_NONE: Final = re.compile(rf"\b(?:no|none of the|not? (?:a single|one|any)) (?:{_N} )?{_PEOPLE}\b|\bnone\b")
_NO_EVENT: Final = re.compile(r"^\W*(?:and |there (?:was|were) |with )?(?:no|neither) ")
_HAD: Final = re.compile(
    r"\b(?:showed?|shown|presented|achiev\w+|had|has|have|having|experienc\w+|developed|develop|attain\w+|"
    r"reach\w+|obtain\w+|remain\w+|"
    r"convert\w+|enter\w+|with|demonstrat\w+|were in|was in|exhibit\w+|maintain\w+|underwent|responded|relapsed|"
    r"progressed|were|was|in|evaluated as|observed)\b"
)
_ENROLLED: Final = re.compile(
    r"\b(?:enrol\w+|included?|treated|infused|recruit\w+|select\w+|received|randomi[sz]ed|underwent|transplanted|"
    r"registered|accrued|studied|evaluated|entered|participated)\b"
)
_TOOK_PART: Final = re.compile(
    rf"\b(?:a total of )?(?P<n>{_N}) {_PEOPLE}(?: \([^)]{{0,60}}\))?(?: with [\w /-]{{2,60}}?)?,? "
    rf"(?:(?:were|was|have been|had been|who were) )?(?:\w+ )??{_ENROLLED.pattern}"
)
_BARE: Final = re.compile(
    rf"\b{_N}\b(?=(?: \([^)]{{1,30}}\))? "
    r"(?:showed|presented|achieved|had|remained|developed|converted|attained|were|relapsed)\b)"
)
_STOP: Final = re.compile(r"[;,]|\bbut\b")
_RATE: Final = re.compile(
    r"(?:rates?|survival|response|remission|OS|PFS|EFS|DFS|LFS|RFS|ORR|CR|TRM|NRM|CIR|incidence|"
    r"probability)\b[^.;]{0,60}?"
    r"\b(?:was|were|of|is|reached|:|=)\s*(?:only |approximately |"
    r"about )?(?P<value>\d{1,3}(?:\.\d+)?) ?%(?: ?\((?P<k>\d+) ?(?:/|of) ?(?P<n>\d+)\))?",
    re.IGNORECASE,
)
_MEDIAN: Final = re.compile(
    r"\bmedian (?P<what>[\w -]{2,40}?)(?: \([^)]*\))? (?:was|were|of|is|"
    r"reached) (?P<value>\d+(?:\.\d+)?) (?P<unit>days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)
_NOT_THESE: Final = re.compile(
    r"\b(?:previous(?:ly)?|prior|historical|median age|years old|aged|literature|reported (?:by|in)|worldwide|"
    r"p ?[<=]|hazard|odds)\b"
)
_NEXT_CLAUSE: Final = re.compile(r"; |, (?:and|with|while|whereas|but|which|whom|when|although|resulting) ")
_COMPARES: Final = re.compile(r"\b(?:respectively|versus|vs|compared|than)\b")
_UNITS: Final = {"day": "Day", "week": "Week", "month": "Month", "year": "Year"}
_RATE_OF: Final = {"CompleteRemission": "CompleteRemissionRate", "PartialRemission": "ObjectiveResponseRate"}


class _Count(Struct, frozen=True):
    """A count in a sentence: of whom, of how many, and where it stands."""

    begin: int
    end: int
    numerator: int | None
    denominator: int | None
    percent: str | None


def link_stated_results(reading: Reading) -> tuple[StatedResult, ...]:
    """Return the results that the sentences of an article's abstract state, in their order."""
    results: list[StatedResult] = []
    seen: set[tuple[str, int]] = set()
    for field in reading.roles("abstract"):
        for begin, end in context.sentences(field):
            if begin < end:
                for result in _read(field, begin, end):
                    key = (result.evidence[0].field + str(result.evidence[0].begin), result.evidence[0].end)
                    if key not in seen:
                        seen.add(key)
                        results.append(result)
    return tuple(results)


def _read(field: TextField, first: int, last: int) -> Iterator[StatedResult]:
    text = field.lower[first:last]
    if not re.search(r"\d|\bno\b|\bnone\b|" + rf"\b(?:{_SPELLED})\b", text) or _NOT_THESE.search(text):
        return
    counts = _counts(text)
    yield from _enrolled(field, first, last)
    yield from _counted(field, first, last, counts)
    yield from _none(field, first, last)
    if _COMPARES.search(text):
        return
    if not counts or all(count.numerator is None for count in counts):
        yield from _rates(field, first, last)


def _number(word: str | None) -> int | None:
    if word is None:
        return None
    return _VALUES.get(word) or (int(word) if word.isdigit() else None)


def _counts(text: str) -> list[_Count]:
    """Return the counts of a sentence; a leading `of 9 patients` is the denominator of those that follow."""
    found: list[_Count] = []
    for match in _K_OF_N.finditer(text):
        numerator, denominator = (
            _number(match.group("k") or match.group("k2")),
            _number(match.group("n") or match.group("n2")),
        )
        if numerator is not None and denominator is not None and numerator <= denominator and denominator > 0:
            found.append(_Count(match.start(), match.end(), numerator, denominator, None))
    base = next((m for m in _OF_N.finditer(text) if not any(c.begin <= m.start() < c.end for c in found)), None)
    total = _number(base.group("n")) if base is not None else None
    for match in _K.finditer(text):
        if any(c.begin < match.end() and match.start() < c.end for c in found):
            continue
        if base is not None and match.start() < base.end() and base.start() < match.end():
            continue
        percent = match.group("p") or match.group("p2") or match.group("p3")
        numerator = _number(match.group("k") or match.group("k2"))
        of = total if base is not None and base.end() <= match.start() else None
        if numerator is not None and of is not None and numerator > of:
            of = None
        if numerator is None and _COMPARES.search(text):
            continue
        found.append(
            _Count(match.start(), match.end(), numerator, of, canonical(percent.rstrip(" %")) if percent else None)
        )
    if base is not None and total is not None:
        for match in _BARE.finditer(text, base.end()):
            if not any(c.begin < match.end() and match.start() < c.end for c in found):
                found.append(_Count(match.start(), match.end(), _number(match.group()), total, None))
    return sorted(found, key=lambda count: count.begin)


def _counted(field: TextField, first: int, last: int, counts: list[_Count]) -> Iterator[StatedResult]:
    """Yield a result for every count whose clause says what was counted: a response or an endpoint."""
    for i, count in enumerate(counts):
        until = counts[i + 1].begin if i + 1 < len(counts) else last - first
        begin, end = first + count.end, first + until
        clause = _NEXT_CLAUSE.search(field.lower, begin, end)
        end = clause.start() if clause is not None else end
        what = _what(field, begin, end)
        if what is None and i == 0 and re.search(r"\b(?:in|for|by)\W*$", field.lower[first : first + count.begin]):
            what = _what(field, first, first + count.begin)
        if what is None:
            continue
        response, endpoint, place = what
        if response is not None and not (
            _HAD.search(field.lower, begin, max(begin, place[0])) or place[0] < begin or place[0] - begin < 4
        ):
            continue
        span = (min(first + count.begin, place[0]), max(first + count.end, place[1]))
        yield _result(field, span, count, response, endpoint, (first, last))


def _what(field: TextField, begin: int, end: int) -> tuple[Finding | None, Finding | None, tuple[int, int]] | None:
    """Return response, endpoint and place of what a clause counts."""
    for match in find_responses(field):
        if begin <= match.begin and match.end <= end:
            response = Finding(match.term, (field.evidence(match.begin, match.end, match.rule),))
            name = _RATE_OF.get(match.term)
            endpoint = (
                Finding(name, (field.evidence(match.begin, match.end, "stated-response", "Entailed"),))
                if name
                else None
            )
            return response, endpoint, (match.begin, match.end)
    part = TextField(field.path, field.plain[begin:end], "clause")
    endpoints = read_endpoints(part)
    if not endpoints or not endpoints[0].evidence:
        return None
    words = endpoints[0].evidence[0]
    place = (begin + words.begin, begin + words.end)
    return None, Finding(endpoints[0].value, (field.evidence(*place, words.rule, words.strength),)), place


def _none(field: TextField, first: int, last: int) -> Iterator[StatedResult]:
    """Yield `no patient achieved complete remission` and `no grade 3 toxicity was observed` as zero."""
    text = field.lower[first:last]
    for match in _NONE.finditer(text):
        stop = _STOP.search(text, match.end())
        clause_end = first + (stop.start() if stop is not None else len(text))
        what = _what(field, first + match.end(), clause_end)
        if what is not None and (_HAD.search(field.lower, first + match.end(), what[2][0]) or what[0] is not None):
            span = (first + match.start(), max(first + match.end(), what[2][1]))
            yield _result(field, span, _Count(0, 0, 0, None, None), what[0], what[1], (first, last))
    clause = re.search(
        r"(?:^|, |; |\band )(?P<no>no) (?!patient|subject|participant|differen|signific|evidence|correl|statist|other)",
        text,
    )
    if clause is not None:
        begin = first + clause.start("no")
        stop = re.search(r"[;,]", text[clause.end() :])
        end = first + clause.end() + (stop.start() if stop else len(text) - clause.end())
        what = _what(field, begin, end)
        if (
            what is not None
            and what[1] is not None
            and re.search(
                r"\b(?:observed|seen|occurred|noted|reported|detected|developed|recorded|found|experienced)\b",
                field.lower[begin:end],
            )
        ):
            span = (begin, max(what[2][1], begin + 2))
            yield _result(field, span, _Count(0, 0, 0, None, None), what[0], what[1], (first, last))


def _rates(field: TextField, first: int, last: int) -> Iterator[StatedResult]:
    """Yield rates and medians: `the ORR was 66.6%`, `median OS was 12.3 months`."""
    text = field.plain[first:last]
    for match in (*_RATE.finditer(text), *_MEDIAN.finditer(text)):
        begin, end = first + match.start(), first + match.end()
        lead = max(first, begin - 60)
        part = TextField(field.path, field.plain[lead:end], "clause")
        endpoints = [e for e in read_endpoints(part) if e.evidence and e.evidence[0].begin + lead < end]
        if not endpoints:
            continue
        nearest = max(endpoints, key=lambda e: e.evidence[0].begin)
        words = nearest.evidence[0]
        place = (lead + words.begin, lead + words.end)
        endpoint = Finding(nearest.value, (field.evidence(*place, words.rule, words.strength),))
        unit = "%" if match.re is _RATE else _UNITS[match.group("unit").lower().rstrip("s")]
        numerator = int(match.group("k")) if match.re is _RATE and match.group("k") else None
        denominator = int(match.group("n")) if match.re is _RATE and match.group("n") else None
        span = (min(begin, place[0]), end)
        yield StatedResult(
            label=" ".join(field.plain[span[0] : span[1]].split()),
            endpoint=endpoint,
            numerator=numerator,
            denominator=denominator,
            value=canonical(match.group("value")),
            unit=unit,
            criteria=_criteria(field, first, last),
            evidence=(field.evidence(*span, "stated-rate"),),
        )


def _enrolled(field: TextField, first: int, last: int) -> Iterator[StatedResult]:
    """Yield how many people took part: `10 patients were selected`."""
    text = field.lower[first:last]
    match = _TOOK_PART.search(text)
    if match is None or re.search(r"\b(?:of|among) (?:the )?$", text[: match.start()]):
        return
    count = _number(match.group("n"))
    end = first + match.end()
    if count is None:
        return
    span = (first + match.start(), end)
    yield StatedResult(
        label=" ".join(field.plain[span[0] : span[1]].split()),
        value=str(count),
        unit="participants",
        evidence=(field.evidence(*span, "stated-participants"),),
    )


def _criteria(field: TextField, first: int, last: int) -> tuple[Finding, ...]:
    return tuple(
        found for found in read_criteria(field) if all(first <= _folded(field, e) < last for e in found.evidence)
    )


def _folded(field: TextField, evidence: Evidence) -> int:
    """Return where a quote begins in the folded text, near enough to tell its sentence."""
    return field.plain.find(" ".join(evidence.quote.split()), 0)


def _result(
    field: TextField,
    span: tuple[int, int],
    count: _Count,
    response: Finding | None,
    endpoint: Finding | None,
    sentence: tuple[int, int],
) -> StatedResult:
    quote = field.evidence(
        *span, "stated-count" if count.numerator else "stated-none" if count.numerator == 0 else "stated-share"
    )
    return StatedResult(
        label=" ".join(field.plain[span[0] : span[1]].split()),
        endpoint=endpoint,
        response=response,
        numerator=count.numerator,
        denominator=count.denominator,
        value=count.percent,
        unit="%" if count.percent is not None else None,
        criteria=_criteria(field, *sentence),
        evidence=(quote,),
    )
