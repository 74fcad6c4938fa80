"""The base of every part of a study record."""

from msgspec import Struct


class Part(Struct, rename="camel", omit_defaults=True, gc=False):
    """A piece of a record, decoded from the registry's camel-case JSON.

    An absent field takes its default. A value of another type raises
    `msgspec.ValidationError` with its JSON path.
    """
