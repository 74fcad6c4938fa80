"""Every namespace of the graph, once, and the short names that its prefixes give."""

from collections.abc import Mapping
from typing import Final

KG: Final = "https://w3id.org/cellkg/"
"""Data of the default base; vocabularies (substances, antigens, conditions) always stay here."""
CKG: Final = "https://w3id.org/cellkg/ontology/"
ONTOLOGY: Final = "https://w3id.org/cellkg/ontology"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"
DCAT: Final = "http://www.w3.org/ns/dcat#"
VOID: Final = "http://rdfs.org/ns/void#"
PROV: Final = "http://www.w3.org/ns/prov#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
BIBO: Final = "http://purl.org/ontology/bibo/"
GEO: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#"
SCHEMA: Final = "https://schema.org/"
SH: Final = "http://www.w3.org/ns/shacl#"
OBO: Final = "http://purl.obolibrary.org/obo/"
MESH: Final = "http://id.nlm.nih.gov/mesh/"
ROR: Final = "https://ror.org/"

PREFIXES: Final[dict[str, str]] = {
    "bibo": BIBO,
    "ckg": CKG,
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "geo": GEO,
    "kg": KG,
    "mesh": MESH,
    "obo": OBO,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sh": SH,
    "skos": SKOS,
    "void": VOID,
    "xsd": XSD,
}
"""Prefix to namespace, in alphabetical order."""

RDF_TYPE: Final = RDF + "type"


def curie(iri: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return an IRI by its longest namespace as `prefix:name`; the IRI itself where none fits."""
    fitting = [prefix for prefix, namespace in prefixes.items() if iri.startswith(namespace) and iri != namespace]
    best = max(fitting, key=lambda prefix: len(prefixes[prefix]), default=None)
    return iri if best is None else f"{best}:{iri[len(prefixes[best]) :]}"
