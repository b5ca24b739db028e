"""What is noted of a site that changes: from Frappe's own records and by comparing, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import MovableClock
from vuurtoren.changes import stored
from vuurtoren.changes.change import APP, Change, said
from vuurtoren.changes.noting import FIRST_LOOK, note_changes, renamed, renamed_memory
from vuurtoren.changes.software import JOB_TYPE
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds import retention
from vuurtoren.settings.settings import Settings
from vuurtoren.site.errors import Unavailable


def noted(site: SQLiteSite) -> list[Change]:
    note_changes(site)
    return stored.between(site, site.now() - 2 * FIRST_LOOK, site.now())


def lines(site: SQLiteSite) -> list[str]:
    return [said(site, change) for change in noted(site)]


def version(site: SQLiteSite, doctype: str, name: str, **data: Any) -> None:
    site.insert("Version", {"ref_doctype": doctype, "docname": name, "data": json.dumps(data)})
    site.commit()


def test_the_first_look_tells_what_frappe_wrote_down_before(site: SQLiteSite) -> None:
    before = site.now() - timedelta(days=3)
    site.seed("Patch Log", [{"name": "p1", "patch": "erpnext.patches.v15.one", "creation": before}])
    assert lines(site) == ["1 patch of erpnext"]


def test_patches_of_one_migration_are_told_together_and_once(site: SQLiteSite, clock: MovableClock) -> None:
    for number in range(3):
        site.insert("Patch Log", {"patch": f"erpnext.patches.v15.step_{number}"})
    site.insert("Patch Log", {"patch": "execute:frappe.db.commit() # 2026"})
    assert sorted(lines(site)) == ["1 patch of frappe", "3 patches of erpnext"]
    clock.move(minutes=4)
    site.insert("Patch Log", {"patch": "erpnext.patches.v15.last"})
    clock.move(minutes=1)
    assert sorted(lines(site)) == ["1 patch of erpnext", "1 patch of frappe", "3 patches of erpnext"]
    assert note_changes(site) == 0


def test_patches_that_a_wrong_clock_dated_ahead_hide_none_of_now(
    site: SQLiteSite, clock: MovableClock
) -> None:
    ahead = site.now() + timedelta(hours=4)
    site.seed("Patch Log", [{"name": "p9", "patch": "erpnext.patches.v15.ahead", "creation": ahead}])
    note_changes(site)
    clock.move(minutes=4)
    site.insert("Patch Log", {"patch": "hrms.patches.v15.now"})
    assert lines(site) == ["1 patch of hrms"]


def test_a_new_version_of_an_app_is_told_with_both_versions(
    site_that_says: Callable[..., SQLiteSite],
) -> None:
    site, versions = site_that_says(installed_versions=(apps := {"erpnext": "15.1.0"})), apps
    assert lines(site) == []
    versions["erpnext"] = "15.2.0"
    assert lines(site) == ["erpnext 15.1.0 → 15.2.0"]
    assert note_changes(site) == 0


def test_an_update_that_its_migration_writes_down_later_is_told_once(
    site_that_says: Callable[..., SQLiteSite], clock: MovableClock
) -> None:
    versions = {"erpnext": "15.1.0"}
    site = site_that_says(installed_versions=versions)
    note_changes(site)
    versions["erpnext"] = "15.2.0"
    note_changes(site)
    clock.move(minutes=20)
    version(
        site, "Installed Applications", "Installed Applications",
        removed=[["installed_applications", {"app_name": "erpnext", "app_version": "15.1.0"}]],
        added=[["installed_applications", {"app_name": "erpnext", "app_version": "15.2.0"}]],
    )  # fmt: skip
    assert lines(site) == ["erpnext 15.1.0 → 15.2.0"]


def test_a_setting_is_told_by_its_key_and_never_by_its_value(site: SQLiteSite, clock: MovableClock) -> None:
    site.set_conf("mail_password", "Geheim77")
    note_changes(site)
    clock.move(minutes=4)
    site.set_conf("mail_password", "Geheim78")
    assert lines(site) == ["Site configuration “mail_password” changed"]
    change = site.get("Site Change", site.get_all("Site Change", ["name"])[0]["name"])
    kept = json.dumps([site.get("Monitoring Run", "site_changes"), change], default=str)
    assert "Geheim" not in kept


def test_the_digest_of_a_setting_needs_the_key_in_the_configuration(site: SQLiteSite) -> None:
    note_changes(site)
    key = site.conf("monitoring_digest_key")
    assert len(key) == 32
    assert key not in str(site.get("Monitoring Run", "site_changes"))


def test_a_configuration_that_cannot_be_read_is_no_change(
    site: SQLiteSite, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_changes(site)
    with monkeypatch.context() as broken:
        broken.setattr(SQLiteSite, "configuration", _unavailable)
        clock.move(minutes=4)
        assert lines(site) == []
    clock.move(minutes=4)
    assert lines(site) == []


def _unavailable(site: SQLiteSite) -> dict[str, Any]:
    raise Unavailable("site_config.json cannot be read")


def test_a_script_is_told_when_it_comes_changes_and_goes(site: SQLiteSite, clock: MovableClock) -> None:
    site.insert("Server Script", {"name": "Check", "reference_doctype": "Sales Invoice"})
    (change,) = noted(site)
    assert (change.kind, change.action, change.about) == ("Server Script", "Added", "Sales Invoice")
    clock.move(minutes=30)
    site.update("Server Script", "Check", {"reference_doctype": "Member"})
    version(site, "Server Script", "Check", changed=[["disabled", 0, 1], ["script", "a", "secret"]])
    assert lines(site)[0] == "Server Script “Check” changed (disabled: 0 → 1, script)"
    clock.move(minutes=30)
    site.delete("Server Script", {"name": "Check"}, limit=1)
    site.insert("Deleted Document", {"deleted_doctype": "Server Script", "deleted_name": "Check"})
    assert lines(site)[0] == "Server Script “Check” removed"
    assert note_changes(site) == 0


def test_a_change_without_a_version_is_told_by_its_stamps(site: SQLiteSite, clock: MovableClock) -> None:
    site.insert("Custom DocPerm", {"name": "a1", "parent": "Member"})
    note_changes(site)
    clock.move(minutes=30)
    site.update("Custom DocPerm", "a1", {"parent": "Member"})
    assert lines(site)[0] == "Custom DocPerm “Member” changed"


def test_of_a_user_only_roles_are_told(site: SQLiteSite) -> None:
    version(site, "User", "a@example.org", changed=[["last_name", "Jansen", "de Vries"]])
    version(site, "User", "b@example.org", added=[["roles", {"role": "Accounts Manager"}]])
    assert lines(site) == ["User “b***@example.org” changed (roles)"]


def test_a_job_that_runs_otherwise_is_told(site: SQLiteSite, clock: MovableClock) -> None:
    site.insert("Scheduled Job Type", {"name": "j", "method": "hrms.tasks.leave", "frequency": "Daily"})
    note_changes(site)
    clock.move(minutes=4)
    site.update("Scheduled Job Type", "j", {"stopped": 1})
    assert lines(site) == ["Scheduled Job Type “hrms.tasks.leave” changed (Daily → stopped)"]


@pytest.mark.parametrize("data", ["", "{", "[]", '{"changed": 3}', '{"changed": [[], [1], null, {}]}', None])
def test_a_version_that_nobody_can_read_is_passed_over(site: SQLiteSite, data: str | None) -> None:
    for doctype in ("Server Script", "Installed Applications"):
        site.insert("Version", {"ref_doctype": doctype, "docname": "x", "data": data})
    assert lines(site) == []


def test_a_memory_that_is_broken_begins_anew_and_tells_nothing_twice(
    site: SQLiteSite, clock: MovableClock
) -> None:
    site.insert("Patch Log", {"patch": "erpnext.patches.v15.one"})
    assert len(lines(site)) == 1
    site.update("Monitoring Run", "site_changes", {"cursor": '{"known": 3, "looked_at": []}'})
    clock.move(minutes=4)
    assert len(lines(site)) == 1


def test_a_clock_that_goes_back_tells_nothing_twice(site: SQLiteSite, clock: MovableClock) -> None:
    site.insert("Server Script", {"name": "Check"})
    note_changes(site)
    clock.move(hours=-2)
    assert note_changes(site) == 0


def test_changes_go_with_the_retention_of_alerts(site: SQLiteSite, clock: MovableClock) -> None:
    site.insert("Server Script", {"name": "Check"})
    note_changes(site)
    clock.move(days=Settings().alert_retention_days + 1)
    retention.trim(site, Settings())
    assert site.count("Site Change") == 0


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("verenigingen", "verenigingen_monitor"),
        ("verenigingen.jobs.run_tick", "verenigingen_monitor.jobs.run_tick"),
        ("verenigingen_old", "verenigingen_old"),
        ("frappe", "frappe"),
    ],
)
def test_only_the_app_that_was_renamed_has_its_new_name(name: str, becomes: str) -> None:
    assert renamed(name, "verenigingen", "verenigingen_monitor") == becomes


def test_what_was_known_of_an_app_is_not_told_anew_when_it_is_renamed() -> None:
    known = {APP: {"verenigingen": "0.1", "frappe": "15"}, JOB_TYPE: {"verenigingen.jobs.run_tick": "All"}}
    moved = json.loads(renamed_memory(json.dumps({"looked_at": "x", "known": known}), "verenigingen", "m"))
    assert moved["known"] == {APP: {"m": "0.1", "frappe": "15"}, JOB_TYPE: {"m.jobs.run_tick": "All"}}
    assert moved["looked_at"] == "x"


@pytest.mark.parametrize("cursor", ["", "no json", "[]", "{}", '{"known": 7}', '{"known": {"App": []}}'])
def test_a_memory_that_cannot_be_read_stays_as_it_is(cursor: str) -> None:
    assert renamed_memory(cursor, "verenigingen", "m") == cursor


def test_a_change_is_told_once_when_its_document_is_gone_meanwhile(site: SQLiteSite) -> None:
    note_changes(site)
    site.insert("Client Script", {"name": "Colours", "dt": "ToDo"})
    version(site, "Client Script", "Colours", changed=[["enabled", 0, 1]])
    changed = "Client Script “Colours” changed (enabled: 0 → 1)"
    assert lines(site).count(changed) == 1
    site.delete("Client Script", {"name": "Colours"}, limit=1)
    site.commit()
    assert lines(site).count(changed) == 1


def test_a_look_that_rests_waits_four_minutes_and_misses_nothing(
    site: SQLiteSite, clock: MovableClock
) -> None:
    note_changes(site)
    site.insert("Patch Log", {"patch": "hrms.patches.v15.one"})
    clock.move(minutes=3)
    assert note_changes(site, rests=True) == 0
    clock.move(minutes=1)
    assert note_changes(site, rests=True) == 1


def test_a_clock_that_was_set_back_lets_no_look_rest(site: SQLiteSite, clock: MovableClock) -> None:
    note_changes(site)
    clock.move(hours=-2)
    site.insert("Patch Log", {"patch": "hrms.patches.v15.one"})
    assert note_changes(site, rests=True) == 1
