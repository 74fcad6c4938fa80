"""Records to statements: the tables of the mapping and the mapper that is compiled from them."""

from kg.mapping.mapper import Mapped, Mapper
from kg.mapping.page import Problem

__all__ = ["Mapped", "Mapper", "Problem"]
