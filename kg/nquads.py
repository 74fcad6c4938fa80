"""N-Quads terms: the one place where literals are escaped (RDF 1.1 N-Quads, canonical form)."""

import re
from typing import Final

from kg.namespaces import XSD

_ESCAPES: Final = {"\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
"""Control characters with a short escape; the line end and the printable two are replaced before."""
_SPECIAL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|\\^`\ud800-\udfff]")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"


def literal(text: str, datatype: str | None = None, language: str | None = None) -> str:
    """Return a literal as N-Quads writes it; `datatype` is an IRI, a plain string has none.

    A lone surrogate has no UTF-8 form and becomes U+FFFD.
    """
    if not text.isprintable() or '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        if not text.isprintable():
            text = _SPECIAL.sub(_escape, text)
    quoted = f'"{text}"'
    if language is not None:
        return f"{quoted}@{language}"
    if datatype is None or datatype == XSD + "string":
        return quoted
    return f"{quoted}^^<{datatype}>"


def iri(text: str) -> str:
    """Return an IRI between angle brackets; raises ValueError for characters that no IRI has."""
    if _NOT_IN_IRI.search(text):
        raise ValueError(f'{text!r} is no IRI: it holds a space, a control character or one of <>"{{}}|\\^`.')
    return f"<{text}>"


def quad(subject: str, predicate: str, value: str, graph: str) -> str:
    r"""Return one line, with its `\n`; `value` is written already, the others are IRIs without brackets."""
    return f"{iri(subject)} {iri(predicate)} {value} {iri(graph)} .\n"
