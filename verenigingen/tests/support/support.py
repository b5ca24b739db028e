"""What the in-bench tests share: a clean start as Administrator, and a configuration changed for a moment."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import frappe

from verenigingen.tests.support.patience import TEST_SECONDS, within
from vuurtoren import carrier
from vuurtoren.frappe_adapter.site import FrappeSite

OUR_MODULES = rf"({carrier.app_name()}|vuurtoren)(\.|$)"
DEAD_REDIS = "redis://127.0.0.1:1"


def bounded(test: unittest.TestCase) -> None:
    """Have this test fail when it lasts too long."""
    limit = within(TEST_SECONDS, test.id())
    limit.__enter__()
    test.addCleanup(limit.__exit__, None, None, None)


def strict(test: unittest.TestCase) -> None:
    """Have this test fail where our own code does what Python will soon refuse."""
    caught = warnings.catch_warnings()
    caught.__enter__()
    test.addCleanup(caught.__exit__, None, None, None)
    for soon in (DeprecationWarning, PendingDeprecationWarning, SyntaxWarning):
        warnings.filterwarnings("error", category=soon, module=OUR_MODULES)


class SiteTest(unittest.TestCase):
    """Each test starts as Administrator; what it does not commit is rolled back."""

    EMPTIED: ClassVar[tuple[str, ...]] = ()
    """DocTypes of which nothing is there before each test, and nothing is left after it."""

    def setUp(self) -> None:
        bounded(self)
        strict(self)
        frappe.set_user("Administrator")
        frappe.db.rollback()
        self.site = FrappeSite()
        self.addCleanup(self._tidy)
        if self.EMPTIED:
            self._empty_all()
            self.addCleanup(self._empty_all)

    def _empty_all(self) -> None:
        frappe.set_user("Administrator")
        frappe.db.rollback()
        for doctype in self.EMPTIED:
            frappe.db.delete(doctype)
        frappe.db.commit()

    def _tidy(self) -> None:
        frappe.set_user("Administrator")
        frappe.db.rollback()
        frappe.local.message_log = []


def live_in(zone: str | None) -> None:
    """The whole site in this time zone from now on, as Frappe reads it: no zone is Frappe's own. Commits."""
    frappe.db.set_single_value("System Settings", "time_zone", zone or "")
    frappe.db.commit()
    frappe.clear_cache()
    forget_system_settings()


def forget_system_settings() -> None:
    """Have Frappe read its settings anew, which it keeps for the process and as a cached document; None would
    hide them all."""
    frappe.clear_document_cache("System Settings", "System Settings")
    if hasattr(frappe, "client_cache"):  # a process of 16 forgets by itself only once Redis has told it
        frappe.client_cache.delete_value(frappe.get_document_cache_key("System Settings", "System Settings"))
    if hasattr(frappe.local, "system_settings"):
        del frappe.local.system_settings


def forget_errors() -> None:
    """No error was ever logged, by other tests neither. Commits."""
    frappe.db.delete("Error Log")
    frappe.db.delete("Scheduled Job Log", {"status": "Failed"})
    if frappe.db.table_exists("Error Snapshot"):
        frappe.db.delete("Error Snapshot")
    frappe.db.commit()


@contextmanager
def configured(**values: Any) -> Iterator[None]:
    """The site configuration of this process with other values; None takes a key away."""
    conf = frappe.local.conf
    before = {key: conf.get(key) for key in values}
    try:
        _put(values)
        yield
    finally:
        _put(before)


def _put(values: dict[str, Any]) -> None:
    for key, value in values.items():
        if value is None:
            frappe.local.conf.pop(key, None)
        else:
            frappe.local.conf[key] = value


@contextmanager
def without_redis() -> Iterator[None]:
    """Frappe as it is when neither the cache nor the queue answers."""
    from frappe.utils import background_jobs

    cache = frappe.cache()
    pool, connection = cache.connection_pool, background_jobs._redis_queue_conn
    with configured(redis_cache=DEAD_REDIS, redis_queue=DEAD_REDIS):
        background_jobs._redis_queue_conn = None
        cache.connection_pool = type(pool).from_url(DEAD_REDIS)
        os.environ["FRAPPE_REDIS_QUEUE"] = DEAD_REDIS  # 16 reads the configuration anew
        try:
            yield
        finally:
            del os.environ["FRAPPE_REDIS_QUEUE"]
            cache.connection_pool = pool
            background_jobs._redis_queue_conn = connection


@contextmanager
def configured_for_all(**values: Any) -> Iterator[None]:
    """The site configuration on disk with other values, so that other processes see them too."""
    from frappe.installer import update_site_config

    path = Path(frappe.get_site_path("site_config.json"))
    before = path.read_bytes()
    with configured(**values):
        try:
            for key, value in values.items():
                update_site_config(key, value, validate=False)
            yield
        finally:
            path.write_bytes(before)
            # 16 remembers the file for a minute
            getattr(sys.modules.get("frappe.config"), "clear_site_config_cache", lambda: None)()


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`bench --site THIS …` in a process of its own."""
    command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", frappe.local.site]
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=120, env=environment, check=False
    )


@contextmanager
def read_only_connection() -> Iterator[None]:
    """Every transaction of this process's connection refuses writes."""
    read_only = {
        "mariadb": "SET SESSION TRANSACTION READ ONLY",
        "postgres": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    }[frappe.db.db_type]
    frappe.db.rollback()
    frappe.db.sql(read_only)
    frappe.db.commit()
    try:
        yield
    finally:
        frappe.db.rollback()
        frappe.db.sql(read_only.replace("ONLY", "WRITE"))
        frappe.db.commit()
