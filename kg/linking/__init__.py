"""From text to terms: what a record says, always with the words it rests on."""

from kg.linking.cells import link_cells
from kg.linking.fields import Reading
from kg.record.document import Document
from kg.record.links import Links

__all__ = ["link"]


def link(document: Document) -> Links:
    """Return everything that linking found in one document."""
    reading = Reading(document)
    links: Links = link_cells(reading)
    # Helper OTHER's functions follow here; each takes (reading, links) and returns new Links.
    return links
