"""The one place where IRIs are made.

The scheme is the contract of the model: what a document owns hangs below its trial,
vocabularies stay below `kg:` whatever the base. No text of a record enters an IRI but
through `slug`, `percent` or a checked identifier.
"""

import hashlib
import re
import unicodedata
from typing import Final
from urllib.parse import quote

from kg.namespaces import CKG, KG, ROR

_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_DOI: Final = re.compile(r"10\.\d{4,9}/\S+\Z")


def slug(text: str, limit: int = 80) -> str:
    """Return lower-case ASCII words joined by hyphens, for a name that becomes part of an IRI.

    Letters without an ASCII form would vanish, so that two names could meet in one IRI: a
    name that loses letters or is cut at `limit` gets eight hex digits of its SHA-256.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    words = _NOT_SLUG.sub("-", plain).strip("-")
    lossless = all(c.isascii() or not c.isalnum() for c in plain)
    if words and lossless and len(words) <= limit:
        return words
    mark = hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{words[:limit].strip('-')}-{mark}" if words else mark


def percent(text: str) -> str:
    """Return the text percent-encoded as a single IRI path segment (RFC 3986)."""
    return quote(text.encode("utf-8", "replace"), safe="")


def identifier(text: str) -> str:
    """Return a source's own identifier as a path segment: itself when plain, else percent-encoded."""
    return text if _SAFE_ID.match(text) else percent(text)


def term(name: str) -> str:
    """Return the IRI of an ontology term."""
    return CKG + name


def substance(inn: str) -> str:
    """Return the IRI of a substance by its INN."""
    return f"{KG}substance/{slug(inn)}"


def antigen(symbol: str) -> str:
    """Return the IRI of an antigen by its gene symbol."""
    return f"{KG}antigen/{identifier(symbol)}"


def condition(segment: str) -> str:
    """Return the IRI of a condition: `mesh-D015470`, or the slug of its name."""
    return f"{KG}condition/{segment}"


def ror(number: str) -> str:
    """Return the IRI of an organisation in the Research Organization Registry by its id, `040gcmg81`."""
    return ROR + identifier(number)


class Minter:
    """Mints the IRIs that move with `--base-iri`: trials, organisations, publications, sources."""

    def __init__(self, base: str = KG) -> None:
        """Take the base IRI, which must end in `/` or `#`; raises ValueError otherwise."""
        if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+[/#]", base):
            raise ValueError(f"The base IRI {base!r} must be an http(s) IRI that ends in '/' or '#'.")
        self.base = base

    def trial(self, source: str, document_id: str, version: str | None = None) -> str:
        """Return the IRI of a document's trial; `version` is set for the older of two records of one number."""
        name = identifier(document_id)
        name = name if source == "ctgov" else f"{source}-{name}"
        return f"{self.base}trial/{name}" + (f"-v{identifier(version)}" if version else "")

    def graph(self, source: str, document_id: str, version: str | None = None) -> str:
        """Return the IRI of a document's named graph."""
        suffix = f"-v{identifier(version)}" if version else ""
        return f"{self.base}source/{source}/{identifier(document_id)}{suffix}"

    def inferred_graph(self, graph: str) -> str:
        """Return the IRI of the graph that holds what was inferred from `graph`."""
        return f"{graph}/inferred"

    @property
    def identity_graph(self) -> str:
        """The graph of links between documents."""
        return f"{self.base}graph/identity"

    def organization(self, name: str) -> str:
        """Return the IRI of an organisation by its name as stated."""
        return f"{self.base}organization/{slug(name)}"

    def publication(self, pmid: str | None, doi: str | None) -> str | None:
        """Return the IRI of a publication by its PMID, else its DOI; None without either."""
        if pmid and pmid.isascii() and pmid.isdigit():
            return f"{self.base}publication/pmid-{pmid}"
        if doi and _DOI.match(doi):
            return f"{self.base}publication/doi-{percent(doi.lower())}"
        return None


def key_digest(key: str) -> str:
    """Return the 16 hex digits that stand for a document without an identifier."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
