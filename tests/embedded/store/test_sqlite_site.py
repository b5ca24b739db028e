"""The embedded site keeps the contract, and what only it can be asked."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import unittest
from datetime import datetime
from pathlib import Path

import pytest

from verenigingen.tests.contracts.site_contract import SiteContract
from verenigingen.tests.support.patience import joined
from vuurtoren.composition import current_site, use_site
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import (
    InvalidValue,
    MailNotAccepted,
    ReadOnly,
    SiteError,
    Unavailable,
    UnknownDocType,
)
from vuurtoren.site.values import Mail


class TestSQLiteSite(SiteContract, unittest.TestCase):
    has_queues = False
    has_cache = False
    has_sessions = False
    has_patches = False

    def make_site(self) -> SQLiteSite:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        site = SQLiteSite(folder.name)
        self.addCleanup(site.store.close)
        return site


def test_it_refuses_a_doctype_it_does_not_know(site: SQLiteSite) -> None:
    with pytest.raises(UnknownDocType):
        site.count("Nothing")


def test_it_refuses_a_value_of_the_wrong_kind(site: SQLiteSite) -> None:
    for values in ({"runs_today": "many"}, {"started_at": "yesterday"}, {"cursor": {"a": 1}}):
        with pytest.raises(InvalidValue):
            site.insert("Monitoring Run", {"job": "x"} | values)


def test_it_refuses_a_row_without_a_required_field(site: SQLiteSite) -> None:
    with pytest.raises(InvalidValue, match="message"):
        site.insert("System Alert", {"alert_type": "X", "severity": "LOW"})


def test_site_time_follows_the_configured_zone(site: SQLiteSite) -> None:
    assert site.now() == datetime(2026, 11, 4, 10, 0)
    assert site.now_utc() == datetime(2026, 11, 4, 9, 0)


def test_an_unreadable_configuration_is_said_and_time_goes_on(tmp_path: Path) -> None:
    site = SQLiteSite(tmp_path)
    (tmp_path / "site_config.json").write_text("{ broken")
    with pytest.raises(Unavailable, match="cannot be read"):
        site.conf("mail_server")
    assert site.now()


def test_an_unknown_time_zone_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="no known time zone"):
        SQLiteSite(tmp_path, config={"time_zone": "Mars/Olympus"})


def test_an_error_survives_the_rollback_of_the_work_that_failed(site: SQLiteSite) -> None:
    site.insert("Monitoring Run", {"job": "x"})
    site.log_error("it failed", "because")
    site.rollback()
    assert site.count("Error Log", {"method": "it failed"}) == 1
    assert site.count("Monitoring Run") == 0


def test_an_error_of_any_text_is_logged_and_redacted(site: SQLiteSite) -> None:
    site.log_error("half \ud800 a pair", "NUL\0 and NL91ABNA0417164300, half \ud800 a pair")
    site.rollback()
    (row,) = site.get_all("Error Log", ["method", "error"])
    assert row["method"] == "half ? a pair"
    assert "NL91****4300, half ? a pair" in row["error"]


@pytest.mark.parametrize(
    ("field", "value"), [("alert", "half \ud800 a pair"), ("version", 2**70), ("version", float("inf"))]
)
def test_it_refuses_what_sqlite_cannot_keep(site: SQLiteSite, field: str, value: object) -> None:
    with pytest.raises(InvalidValue):
        site.insert("Alert Rule State", {"fingerprint": "test", field: value})
    with pytest.raises(InvalidValue):
        site.get("Alert Rule State", "half \ud800 a pair")


def test_a_read_only_database_is_named_and_the_error_is_kept_in_a_file(site: SQLiteSite) -> None:
    site.store.execute("PRAGMA query_only = 1")
    with pytest.raises(ReadOnly):
        site.insert("Monitoring Run", {"job": "x"})
    site.log_error("cannot write", "disk is read-only")
    assert "disk is read-only" in (site.folder / "errors-not-stored.log").read_text("utf-8")


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "site.db").write_text("this is not a database, it only looks like one to the file system")
    with pytest.raises(SiteError, match="not a database"):
        SQLiteSite(tmp_path)


def test_a_new_field_is_added_to_an_old_file(tmp_path: Path) -> None:
    SQLiteSite(tmp_path).store.close()
    with sqlite3.connect(tmp_path / "site.db") as connection:
        connection.execute('ALTER TABLE "tabError Kind" DROP COLUMN "example"')
    reopened = SQLiteSite(tmp_path)
    assert reopened.get_all("Error Kind", ["example"]) == []


def test_only_one_of_many_threads_wins_a_swap(site: SQLiteSite) -> None:
    name = site.insert("Monitoring Run", {"job": "race", "version": 0})
    site.commit()
    won: list[bool] = []

    def race() -> None:
        won.append(site.update("Monitoring Run", name, {"version": 1}, expect={"version": 0}))
        site.commit()
        site.store.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert sorted(won) == [False] * 7 + [True]


def test_roles_are_those_of_the_user_it_acts_as(site: SQLiteSite) -> None:
    site.insert("Has Role", {"parent": "lid@vereniging.example", "parenttype": "User", "role": "Customer"})
    with site.as_user("lid@vereniging.example"):
        assert site.has_role("Customer")
        assert not site.has_role("System Manager")
    assert site.user() == "Administrator"


def test_people_with_a_role_are_enabled_users(site: SQLiteSite) -> None:
    for user, enabled in (("a@vereniging.example", 1), ("b@vereniging.example", 0)):
        site.insert("User", {"name": user, "email": user, "enabled": enabled})
        site.insert("Has Role", {"parent": user, "parenttype": "User", "role": "System Manager"})
    assert site.people_with_role("System Manager") == ["a@vereniging.example"]


def test_without_a_postman_mail_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(MailNotAccepted, match="nobody carries mail"):
        SQLiteSite(tmp_path).sendmail(Mail(("a@b.example",), "s", "t", "<p>t</p>"))


def test_translations_come_from_the_csv_of_the_language(tmp_path: Path) -> None:
    from vuurtoren.site.words.translations import Translations

    (tmp_path / "nl.csv").write_text("Open alerts,Open meldingen\n", "utf-8")
    assert Translations(tmp_path).translate("Open alerts", "nl") == "Open meldingen"
    assert Translations(tmp_path).translate("Open alerts", "../nl") == "Open alerts"


def test_the_current_site_is_the_embedded_one_where_frappe_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERENIGINGEN_DATA", str(tmp_path / "data"))
    use_site(None)
    try:
        assert current_site().site_path() == tmp_path / "data"
    finally:
        use_site(None)
