"""From text to terms: what a record says, always with the words it rests on."""

from kg.linking.fields import Reading
from kg.record.document import Document
from kg.record.links import Links

__all__ = ["link"]


def link(document: Document) -> Links:
    """Return everything that linking found in one document."""
    Reading(document)
    return Links()
