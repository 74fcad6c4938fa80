"""SPARQL text: its tokens, what a query must not do, and parameters bound as terms.

Tokens follow the lexical part of SPARQL 1.1 (section 19.8), read so that nothing can hide:
whatever is not surely a string, a comment or an IRI counts as code.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from kg.errors import UsageError

_TOKEN: Final = re.compile(
    r"""
    (?P<comment>\#[^\n\r]*)
  | (?P<string>\"\"\"(?:\"{0,2}(?:[^\"\\]|\\.))*\"\"\"|'''(?:'{0,2}(?:[^'\\]|\\.))*'''
      |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
  | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
  | (?P<variable>[?$]\w+)
  | (?P<name>(?:[^\W\d][\w.-]*+(?<!\.))?:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*)
  | (?P<word>[^\W\d][\w.-]*+)
  | (?P<escape>\\.)
  | (?P<space>\s+)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CODEPOINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_REACHING: Final = re.compile("SERVICE|FROM|LOAD", re.IGNORECASE)
_UPDATES: Final = frozenset(["INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"])
FORMS: Final = frozenset(("SELECT", "CONSTRUCT", "ASK", "DESCRIBE"))


class Token(NamedTuple):
    """A piece of SPARQL text: its kind, its text, where it begins."""

    kind: str
    text: str
    begin: int

    @property
    def end(self) -> int:
        """Where the next token begins."""
        return self.begin + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of the text; they join to the text again."""
    for match in _TOKEN.finditer(text):
        yield Token(match.lastgroup or "mark", match.group(), match.start())


def form(text: str) -> str | None:
    """Return `SELECT`, `CONSTRUCT`, `ASK` or `DESCRIBE`, the first such word of the text; None without one."""
    words = (token.text.upper() for token in tokens(text) if token.kind == "word")
    return next((word for word in words if word in FORMS), None)


def with_prefixes(text: str, known: Mapping[str, str]) -> str:
    """Return the text with the declarations of known prefixes that it uses and does not declare.

    They go before its first line, so that line numbers stay. Raises UsageError for a prefix
    that is neither declared nor known.
    """
    code = [token for token in tokens(text) if token.kind not in ("space", "comment")]
    declared = {
        after.text.rstrip(":")
        for before, after in pairwise(code)
        if before.text.upper() == "PREFIX" and after.kind == "name"
    }
    used = dict.fromkeys(token.text.partition(":")[0] for token in code if token.kind == "name")
    missing = [prefix for prefix in used if prefix not in declared and prefix != "_"]
    unknown = [prefix for prefix in missing if prefix not in known]
    if unknown:
        raise UsageError(f"The query does not declare the prefix {unknown[0]}: - add PREFIX {unknown[0]}: <...>.")
    return "".join(f"PREFIX {prefix}: <{known[prefix]}> " for prefix in missing) + text


def refuse_reaching_out(text: str) -> None:
    """Raise UsageError when a query could reach the network or the disk, or would change data.

    Refused are SERVICE, FROM and LOAD and every update, also written with code point
    escapes. An engine may take `SERVICEex:name` for the keyword and a name, so a word that
    contains the keyword is refused too; a variable, a string or an IRI may contain it.
    """
    for view in (text, _decoded(text)):
        for token in tokens(view):
            if token.kind == "escape" and token.text in ("\\u", "\\U"):
                raise UsageError(
                    "The query spells a letter as a \\u escape outside of a string or an IRI; write the letter itself."
                )
            _refuse_keyword(token)


def _refuse_keyword(token: Token) -> None:
    if token.kind == "word":
        found = _REACHING.search(token.text)
        update = token.text.upper() in _UPDATES
    elif token.kind == "name":
        found = re.search("SERVICE", token.text.partition(":")[0], re.IGNORECASE)
        update = False
    else:
        return
    if update:
        raise UsageError(
            f"The query says {token.text.upper()}; cellkg only reads a graph. Ask with SELECT or CONSTRUCT."
        )
    if found:
        raise UsageError(
            f"The query says {found.group().upper()}, which can reach the network or files; "
            "allow that with --allow-remote (in Python: allow_remote=True) if you mean it."
        )


def _decoded(text: str) -> str:
    """Resolve code point escapes before anything else is read, as SPARQL 1.1 section 19.2 has it."""

    def character(match: re.Match[str]) -> str:
        code = int(match.group(1) or match.group(2), 16)
        return chr(code) if code <= 0x10FFFF else match.group()

    return _CODEPOINT.sub(character, text)


def parameter_blocks(text: str) -> dict[str, list[tuple[int, int]]]:
    """Return, for each variable of a one-variable `VALUES ?name { ... }`, where its terms begin and end."""
    code = [token for token in tokens(text) if token.kind not in ("space", "comment")]
    blocks: dict[str, list[tuple[int, int]]] = {}
    for index in range(len(code) - 2):
        keyword, variable, brace = code[index : index + 3]
        if keyword.text.upper() != "VALUES" or variable.kind != "variable" or brace.text != "{":
            continue
        closing = next((token for token in code[index + 3 :] if token.text == "}"), None)
        if closing is not None:
            blocks.setdefault(variable.text[1:], []).append((brace.end, closing.begin))
    return blocks


def bind(text: str, terms: Mapping[str, Sequence[str]]) -> str:
    """Return the text with the terms of its `VALUES ?name { ... }` blocks replaced.

    `terms` holds serialised RDF terms by variable name, as `n3()` of a term library writes
    them. Raises KeyError for a name without a block.
    """
    blocks = parameter_blocks(text)
    edits = sorted(((begin, end, terms[name]) for name in terms for begin, end in blocks[name]), reverse=True)
    for begin, end, values in edits:
        text = f"{text[:begin]} {' '.join(values)} {text[end:]}"
    return text
