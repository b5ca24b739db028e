"""The columns about messages that System Alert had in an earlier release leave the file, once their content
is in Alert Notification."""

from __future__ import annotations

from dataclasses import replace

from vuurtoren.alerts.intents.earlier_columns import ALERT, COLUMNS
from vuurtoren.alerts.intents.taking_over import AT_ONCE, take_over
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.schema import Field, Schema

FIELDS = {name: Field(name, "Datetime" if name.endswith("_at") else "Text") for name in COLUMNS}


def drop_earlier_columns(site: SQLiteSite) -> None:
    """Take over what they hold and drop them, in one transaction; nothing where they are gone already."""
    today = site.store.schema(ALERT)
    there = {row[1] for row in site.store.execute(f'PRAGMA table_info("{today.table}")')}
    if not there.issuperset(COLUMNS):
        return
    try:
        site.store.schemas = {**site.store.schemas, ALERT: with_earlier_columns(today)}
        last = ""
        while rows := site.get_all(
            ALERT, ["name", "timestamp", *COLUMNS], {"name": (">", last)}, order_by="name", limit=AT_ONCE
        ):
            take_over(site, rows)
            last = str(rows[-1]["name"])
    finally:
        site.store.schemas = {**site.store.schemas, ALERT: today}
    for name in COLUMNS:
        site.store.write(f'DROP INDEX IF EXISTS "{today.table}-{name}"', ())
        site.store.write(f'ALTER TABLE "{today.table}" DROP COLUMN "{name}"', ())
    site.commit()


def with_earlier_columns(alert: Schema) -> Schema:
    """System Alert as it was."""
    return replace(alert, fields={**alert.fields, **FIELDS})
