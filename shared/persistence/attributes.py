"""PynamoDB's attributes, quicker to read: an item's are asked for some hundred times in a request."""

from __future__ import annotations

import json
from math import floor
from typing import TYPE_CHECKING, Any

from pynamodb import attributes

if TYPE_CHECKING:
    from datetime import datetime

_DECODER = json.JSONDecoder(strict=False)


class _Quick:
    """An attribute of an item, which is no map, and has the same name here and there."""

    if not TYPE_CHECKING:  # the types are those of PynamoDB

        def __get__(self, instance, owner):  # noqa: ANN001, ANN204
            return self if instance is None else instance.attribute_values.get(self.attr_path[-1])


class UnicodeAttribute(_Quick, attributes.UnicodeAttribute):
    """A text."""


class UnicodeSetAttribute(_Quick, attributes.UnicodeSetAttribute):
    """A set of texts, to which several may add at once."""


class NumberAttribute(_Quick, attributes.NumberAttribute):
    """A number."""


class BooleanAttribute(_Quick, attributes.BooleanAttribute):
    """A truth value."""


class TTLAttribute(_Quick, attributes.TTLAttribute):
    """When an item expires."""

    def serialize(self, value: datetime) -> str:
        """In seconds since 1970, what is less left out."""
        return str(floor(value.timestamp()))


class JSONAttribute(_Quick, attributes.JSONAttribute):
    """A value that is kept as its JSON. The decoder is made once; PynamoDB makes one for each value."""

    def deserialize(self, value: str) -> Any:
        """From the text of an item."""
        return _DECODER.decode(value)
