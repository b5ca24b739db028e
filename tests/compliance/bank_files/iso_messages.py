"""Any message of ISO 20022, written by pyiso20022, whose classes are made from the published schemas."""

from __future__ import annotations

import dataclasses
import importlib
import types
import typing
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
MISSING = {"pain.008.001.08": "pain.008.001.07"}
"""A version that the library leaves out, and the one that is built alike in all that is used here."""


def message(version: str, content: dict[str, Any]) -> bytes:
    """The XML of a message; `content` is what is in Document, by the names of the elements.

    A list repeats an element; a pair of an amount and its currency is an amount.
    """
    written_as = MISSING.get(version, version)
    family = written_as.split(".")[0]
    module = importlib.import_module(f"pyiso20022.{family}.{written_as.replace('.', '_')}")
    document = _made(module.Document, content)
    text = XmlSerializer().render(document, ns_map={None: NAMESPACE + written_as})
    return text.replace(written_as, version).encode()


def _made(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        if isinstance(value, tuple):
            return kind(value=Decimal(value[0]), ccy=value[1])
        types_by_name = _parts(kind)
        unknown = set(value) - set(types_by_name)
        assert not unknown, f"{kind} has no {unknown}"
        return kind(
            **{
                types_by_name[name][0]: (
                    [_made(types_by_name[name][1], each) for each in part]
                    if isinstance(part, list)
                    else _made(types_by_name[name][1], part)
                )
                for name, part in value.items()
                if part is not None
            }
        )
    if issubclass(kind, Enum):
        return kind(value)
    if issubclass(kind, XmlDate | XmlDateTime):
        return kind.from_string(value)
    return kind(value)


@cache
def _parts(kind: Any) -> dict[str, tuple[str, Any]]:
    """The fields of a class by the name of their element: the name in Python, and the class within."""
    hints = typing.get_type_hints(kind)
    return {
        field.metadata.get("name", field.name): (field.name, _within(hints[field.name]))
        for field in dataclasses.fields(kind)
    }


def _within(hint: Any) -> Any:
    inside = [each for each in typing.get_args(hint) if each is not types.NoneType]
    return inside[0] if inside else hint
