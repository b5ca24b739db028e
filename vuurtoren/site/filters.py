"""The closed filter language: what may be asked of rows, checked before any database sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from vuurtoren.site.errors import BadFilter

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "is")
PLAIN = (str, int, float, datetime, date)


@dataclass(frozen=True)
class Condition:
    """One comparison. For "is" the value is "set" or "not set"; for "in" it is a tuple.

    "!=" also matches rows in which the field is empty; every other comparison leaves them out.
    """

    field: str
    operator: str
    value: Any


def conditions(filters: Mapping[str, Any] | None) -> list[Condition]:
    """The filters as a list of conditions that all must hold; raises BadFilter with the reason."""
    return [
        _checked(field, operator, value)
        for field, given in (filters or {}).items()
        for operator, value in _pairs(field, given)
    ]


def _pairs(field: str, given: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(given, list):
        for pair in given:
            if not (isinstance(pair, tuple) and len(pair) == 2):
                raise BadFilter(f"{field}: a list holds (operator, value) pairs, got {pair!r}")
            yield pair
    elif isinstance(given, tuple):
        if len(given) != 2:
            raise BadFilter(f"{field}: expected (operator, value), got {given!r}")
        yield given
    else:
        yield "=", given


def _checked(field: str, operator: str, value: Any) -> Condition:
    if operator not in OPERATORS:
        raise BadFilter(f"{field}: unknown operator {operator!r}, known are {', '.join(OPERATORS)}")
    if operator == "is":
        if value not in ("set", "not set"):
            raise BadFilter(f'{field}: "is" takes "set" or "not set", got {value!r}')
    elif operator == "in":
        if not isinstance(value, list | tuple | set | frozenset) or not all(
            isinstance(v, PLAIN) for v in value
        ):
            raise BadFilter(f'{field}: "in" takes a collection of plain values, got {value!r}')
        value = tuple(value)
    elif not isinstance(value, PLAIN):
        raise BadFilter(f'{field}: {value!r} is no plain value; use ("is", "not set") for empty fields')
    return Condition(field, operator, value)


def order_terms(order_by: str) -> list[tuple[str, bool]]:
    """`"creation desc, name"` as [("creation", True), ("name", False)]; raises BadFilter."""
    terms = []
    for term in filter(None, (part.strip() for part in order_by.split(","))):
        field, _, direction = term.partition(" ")
        if not field.isidentifier() or direction.strip().lower() not in ("", "asc", "desc"):
            raise BadFilter(f"cannot order by {term!r}: expected a field name and asc or desc")
        terms.append((field, direction.strip().lower() == "desc"))
    return terms
