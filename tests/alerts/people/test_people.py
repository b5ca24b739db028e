"""What people do about an alert, and the log of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.alerts.alerting import RULE
from tests.conftest import Evaluate, MovableClock, RememberingPostman
from vuurtoren.alerts import alerts, assignments, steps, stored_silences
from vuurtoren.alerts.alerts import LONGEST_NOTE, NotPossible
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.delivery import deliver
from vuurtoren.pages import actions
from vuurtoren.rounds import retention
from vuurtoren.settings import settings
from vuurtoren.site.values import Row

JAN, PIET, GONE, MEMBER = (f"{name}@vereniging.example" for name in ("jan", "piet", "gone", "lid"))
EVERYBODY = (JAN, PIET, GONE, MEMBER)
UNWRITABLE = ["half \ud800 a pair", "NUL \0", "bell \x07", "x" * (LONGEST_NOTE + 1)]


@pytest.fixture
def users(site: SQLiteSite) -> None:
    site.seed(
        "User", [{"name": each, "email": each, "enabled": each != GONE} for each in (JAN, PIET, GONE, MEMBER)]
    )
    role = {"role": "Verenigingen Administrator", "parenttype": "User"}
    site.seed("Has Role", [role | {"parent": each} for each in (JAN, PIET, GONE)])
    site.commit()


@pytest.fixture
def alert(site: SQLiteSite, judge: Evaluate, users: None) -> str:
    (name,) = judge(12).opened
    return name


def log(site: SQLiteSite, name: str) -> list[Row]:
    return steps.of_alerts(site, [name]).get(name, [])


def taken(site: SQLiteSite, name: str) -> list[str]:
    return [str(row["step"]) for row in log(site, name)]


def bells(site: SQLiteSite) -> list[Row]:
    return site.get_all("Notification Log", ["for_user", "subject", "document_name"])


def assigned(site: SQLiteSite, name: str) -> object:
    row = site.get(alerts.DOCTYPE, name)
    return row and row["assigned_to"]


def test_every_step_has_who_when_and_why_in_order(
    site: SQLiteSite, alert: str, judge: Evaluate, clock: MovableClock
) -> None:
    with site.as_user(JAN):
        assignments.assign(site, alert, PIET, "he knows the bank")
    with site.as_user(PIET):
        clock.move(minutes=5)
        alerts.acknowledge(site, alert, "calling")
        assignments.comment(site, alert, "nobody answers")
        stored_silences.silence_alert(site, alert, 60, "until they answer")
        assignments.unassign(site, alert)
        alerts.resolve(site, alert, "answered")
    assert [
        (row["step"], row["step_by"], row["assignee"] or "", row["note"]) for row in log(site, alert)
    ] == [
        ("Opened", "", "", "12 errors in the last hour, more than 10"),
        ("Assigned", JAN, PIET, "he knows the bank"),
        ("Acknowledged", PIET, "", "calling"),
        ("Commented", PIET, "", "nobody answers"),
        ("Silenced", PIET, "", "until 2026-11-04 11:05: until they answer"),
        ("Unassigned", PIET, PIET, ""),
        ("Resolved", PIET, "", "answered"),
    ]
    assert log(site, alert)[0]["at"] == site.now() - timedelta(minutes=5)


def test_what_ends_by_itself_is_nobodys_step(site: SQLiteSite, alert: str, judge: Evaluate) -> None:
    judge(3)
    assert (log(site, alert)[-1]["step"], log(site, alert)[-1]["step_by"]) == ("Resolved", "")


def test_a_rule_that_breaches_again_opens_a_new_alert_that_names_the_old_one(
    site: SQLiteSite, alert: str, judge: Evaluate
) -> None:
    judge(3)
    (again,) = judge(12).opened
    (step,) = log(site, again)
    assert step["step"] == "Reopened"
    assert f"it was resolved before, 2026-11-04 10:00 as alert {alert}" in step["note"]


def test_a_change_of_severity_is_a_step(site: SQLiteSite, alert: str) -> None:
    alerts.change_severity(site, RULE.key, "CRITICAL", "it tripled")
    alerts.change_severity(site, RULE.key, "CRITICAL")
    alerts.change_severity(site, RULE.key, "LOW")
    assert [(row["step"], row["note"]) for row in log(site, alert)[1:]] == [
        ("Severity raised", "HIGH → CRITICAL: it tripled"),
        ("Severity lowered", "CRITICAL → LOW"),
    ]


def test_a_step_that_was_refused_leaves_no_trace(site: SQLiteSite, alert: str) -> None:
    alerts.acknowledge(site, alert)
    with pytest.raises(NotPossible):
        alerts.acknowledge(site, alert)
    assert taken(site, alert) == ["Opened", "Acknowledged"]


def test_a_silence_of_a_rule_is_a_step_of_each_of_its_open_alerts(site: SQLiteSite, alert: str) -> None:
    stored_silences.silence(site, rule=RULE.key, reason="known")
    stored_silences.silence(
        site, kind="Maintenance window", ends_at=site.now() + timedelta(hours=1), reason="disk"
    )
    assert taken(site, alert) == ["Opened", "Silenced"]


def test_the_one_who_gets_it_hears_the_bell(site: SQLiteSite, alert: str) -> None:
    with site.as_user(JAN):
        assignments.assign(site, alert, PIET)
    (bell,) = bells(site)
    assert (bell["for_user"], bell["document_name"], assigned(site, alert)) == (PIET, alert, PIET)
    assert "12 errors in the last hour" in bell["subject"]


def test_who_takes_it_on_needs_no_bell(site: SQLiteSite, alert: str) -> None:
    with site.as_user(JAN):
        assignments.assign(site, alert, JAN)
    assert bells(site) == []


@pytest.mark.parametrize("user", [GONE, MEMBER, "nobody", "", "half \ud800", "<script>"])
def test_it_is_given_to_nobody_who_could_not_see_it(site: SQLiteSite, alert: str, user: str) -> None:
    with pytest.raises(NotPossible, match="no enabled user"):
        assignments.assign(site, alert, user)
    assert not assigned(site, alert)


def test_it_is_not_given_twice_nor_taken_from_nobody(site: SQLiteSite, alert: str) -> None:
    with pytest.raises(NotPossible, match="nobody"):
        assignments.unassign(site, alert)
    assignments.assign(site, alert, JAN)
    with pytest.raises(NotPossible, match="already"):
        assignments.assign(site, alert, JAN)
    assignments.assign(site, alert, PIET)
    assert assigned(site, alert) == PIET


def test_a_resolved_alert_is_commented_but_not_assigned(site: SQLiteSite, alert: str) -> None:
    alerts.resolve(site, alert)
    assignments.comment(site, alert, "it was the disk")
    with pytest.raises(NotPossible, match="resolved already"):
        assignments.assign(site, alert, JAN)
    assert taken(site, alert)[-1] == "Commented"


def test_a_comment_needs_words(site: SQLiteSite, alert: str) -> None:
    with pytest.raises(NotPossible, match="words"):
        assignments.comment(site, alert, "  \n")


@pytest.mark.parametrize("note", UNWRITABLE)
def test_what_no_person_writes_is_refused_everywhere(site: SQLiteSite, alert: str, note: str) -> None:
    for attempt in (
        lambda: alerts.acknowledge(site, alert, note),
        lambda: alerts.resolve(site, alert, note),
        lambda: assignments.assign(site, alert, JAN, note),
        lambda: assignments.comment(site, alert, note),
        lambda: stored_silences.silence_alert(site, alert, 60, note),
    ):
        with pytest.raises(NotPossible, match="note"):
            attempt()
    assert taken(site, alert) == ["Opened"]


@pytest.mark.parametrize("name", ["half \ud800", "x" * 1000, "", "\0"])
def test_what_can_be_the_name_of_no_alert_is_a_clear_refusal(site: SQLiteSite, name: str) -> None:
    with pytest.raises(NotPossible, match="no alert"):
        assignments.comment(site, name, "hello")


def test_notes_are_redacted_in_the_log_too(site: SQLiteSite, alert: str) -> None:
    assignments.comment(site, alert, "member with NL91ABNA0417164300 called")
    assert "NL91****4300" in log(site, alert)[-1]["note"]


def test_the_mail_says_who_looks_after_it(site: SQLiteSite, alert: str, postman: RememberingPostman) -> None:
    assignments.assign(site, alert, JAN)
    deliver(site, settings.read(site))
    assert f"Assigned to: {JAN}" in postman.sent[0].text


def test_the_log_goes_with_its_alert_and_not_before(
    site: SQLiteSite, alert: str, judge: Evaluate, clock: MovableClock
) -> None:
    clock.move(days=400)
    judge(13)
    retention.trim(site, settings.read(site))
    assert taken(site, alert) == ["Opened"]
    judge(3)
    clock.move(days=366)
    retention.trim(site, settings.read(site))
    assert (site.count(alerts.DOCTYPE), site.count(steps.DOCTYPE)) == (0, 0)


def test_it_is_given_to_somebody_whose_address_holds_braces(site: SQLiteSite, alert: str) -> None:
    user = "{a.b}@vereniging.example"
    site.insert("User", {"name": user, "email": user, "enabled": 1})
    site.insert("Has Role", {"parent": user, "parenttype": "User", "role": "System Manager"})
    assert actions.assign(site, alert, "", user)["message"].startswith(f"Assigned to {user}: ")
