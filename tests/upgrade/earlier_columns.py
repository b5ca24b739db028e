"""A site between an update of the code and its migration: the tables are those of before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vuurtoren.alerts.intents.earlier_columns import ALERT, COLUMNS
from vuurtoren.alerts.intents.row import DOCTYPE
from vuurtoren.embedded.store.earlier_columns import FIELDS, with_earlier_columns
from vuurtoren.embedded.store.sqlite_site import SQLiteSite


@contextmanager
def before_its_migration(site: SQLiteSite) -> Iterator[None]:
    """Inside, System Alert has its six columns and there is no Alert Notification; afterwards the site has
    been opened by the code of today, and the columns are still there to be taken over."""
    today = site.store.schemas
    there = {row[1] for row in site.store.execute(f'PRAGMA table_info("tab{ALERT}")')}
    for name in [name for name in COLUMNS if name not in there]:
        site.store.write(f'ALTER TABLE "tab{ALERT}" ADD COLUMN "{name}" TEXT', ())
        assert name in FIELDS
    site.store.commit()
    older = {**today, ALERT: with_earlier_columns(today[ALERT])}
    del older[DOCTYPE]
    site.store.schemas = older
    try:
        yield
    finally:
        site.store.schemas = today
