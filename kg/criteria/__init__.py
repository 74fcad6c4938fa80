"""Eligibility text to single criteria: a record's list that registries keep as one text."""

from kg.criteria.splitting import split_criteria

__all__ = ["split_criteria"]
