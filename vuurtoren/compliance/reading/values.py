"""What stands in a row of another app, as a rule may take it: None where it is nothing, or no such thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeVar

from vuurtoren.host_records.records import HostRecords
from vuurtoren.site.strangers import moment_or_none
from vuurtoren.site.values import Row

PAGE = 2_000
"""So many rows are read at once; so many names stand in one question."""
Item = TypeVar("Item")


def text(value: Any) -> str:
    return str(value).strip() if value not in (None, "") else ""


def day(value: Any) -> date | None:
    """A date from a date, a moment or their text."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def moment(value: Any) -> datetime | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return moment_or_none(value)


def cents(value: Any) -> int | None:
    """Whole cents of an amount; three decimals are rounded as banks do."""
    if value is None or value == "":
        return None
    try:
        return int((Decimal(str(value)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def limit_cents(value: Any) -> int | None:
    """A limit; 0 says that there is none."""
    return cents(value) or None


def whole(value: Any) -> int | None:
    try:
        return int(value) if value is not None else None
    except (TypeError, ValueError, OverflowError):
        return None


def flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def known_fields(host: HostRecords, record: str, fields: Sequence[str]) -> list[str]:
    """Those of the fields that this site has, with the name."""
    return ["name", *(field for field in fields if host.has_field(record, field))]


def pages(
    host: HostRecords,
    record: str,
    fields: Sequence[str],
    filters: dict[str, Any] | None = None,
    *,
    size: int = PAGE,
) -> Iterator[list[Row]]:
    """All rows, a page at a time, in the order of their names; rows that come meanwhile may be left out."""
    wanted = known_fields(host, record, fields)
    after: list[tuple[str, Any]] = []
    while True:
        asked = dict(filters or {})
        if after:
            asked["name"] = after
        rows = host.scan(record, wanted, asked, order_by="name", limit=size)
        if rows:
            yield rows
        if len(rows) < size:
            return
        after = [(">", rows[-1]["name"])]


def chunks(items: Sequence[Item], size: int = PAGE) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def among(
    host: HostRecords,
    record: str,
    fields: Sequence[str],
    field: str,
    values: Sequence[str],
    *,
    size: int = PAGE,
    **filters: Any,
) -> Iterator[Row]:
    """Rows whose `field` is one of these values, whatever their number; none where the field is not there."""
    if not host.has_doctype(record) or (
        field not in ("name", "parent") and not host.has_field(record, field)
    ):
        return
    wanted = known_fields(host, record, [name for name in fields if name != "parent"])
    wanted += [name for name in ("parent",) if name in fields]
    for some in chunks(sorted(set(values)), size):
        yield from host.scan(record, wanted, {field: ("in", some), **filters})
