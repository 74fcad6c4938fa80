"""Prefixes of other vocabularies, and what a CURIE of theirs expands to."""

from typing import Final

from kg.errors import UsageError
from kg.namespaces import CKG, KG, MESH, OBO, ROR, SCHEMA

_OBO: Final = (
    "BFO",
    "CHEBI",
    "CL",
    "CLO",
    "CTO",
    "DOID",
    "IAO",
    "MAXO",
    "MONDO",
    "NCIT",
    "OAE",
    "OBI",
    "OPMI",
    "UBERON",
)

NAMESPACES: Final[dict[str, str]] = {
    **{prefix: f"{OBO}{prefix}_" for prefix in _OBO},
    "ATC": "http://purl.bioontology.org/ontology/ATC/",
    "EFO": "http://www.ebi.ac.uk/efo/EFO_",
    "HGNC": "http://identifiers.org/hgnc/",
    "MESH": MESH,
    "RXNORM": "http://purl.bioontology.org/ontology/RXNORM/",
    "ROR": ROR,
    "SIO": "http://semanticscience.org/resource/SIO_",
    "UNIPROT": "http://purl.uniprot.org/uniprot/",
    "WIKIDATA": "http://www.wikidata.org/entity/",
    "biolink": "https://w3id.org/biolink/vocab/",
    "ckg": CKG,
    "kg": KG,
    "schema": SCHEMA,
}
"""Prefix to namespace, for the vocabularies that alignments name."""


def expand(curie: str) -> str:
    """Return the IRI of a CURIE; raises UsageError for a prefix that is not in `NAMESPACES`."""
    prefix, colon, local = curie.partition(":")
    if not colon or prefix not in NAMESPACES or not local:
        raise UsageError(f"{curie!r} is no CURIE with a known prefix; known are {', '.join(sorted(NAMESPACES))}.")
    return NAMESPACES[prefix] + local
