"""The base of every part of a study record."""

from msgspec import Struct


class Part(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A piece of a record, decoded from the registry's camel-case JSON.

    An absent field takes its default. A field that the model lacks, or a value of another type, raises
    `msgspec.ValidationError` with its JSON path.
    """
