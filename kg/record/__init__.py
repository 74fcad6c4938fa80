"""The study record: one typed shape for every source, and what linking adds to it.

`protocol`, `results` and `derived` follow the ClinicalTrials.gov API v2 data model;
`study` adds what other sources state; `document` says where a record came from;
`eligibility` holds the single criteria of its text; `links` what was read out of its text, with the words.
"""

from kg.record.document import Document, Position, RawDocument, Reject
from kg.record.eligibility import Eligibility
from kg.record.links import Evidence, Finding, Links
from kg.record.study import Additions, Study

__all__ = [
    "Additions",
    "Document",
    "Eligibility",
    "Evidence",
    "Finding",
    "Links",
    "Position",
    "RawDocument",
    "Reject",
    "Study",
]
