from __future__ import annotations

from datetime import timedelta

import pytest

from vuurtoren.site.values import MailState


@pytest.fixture
def mail(site):
    def add(status, *, created_ago=timedelta(0), changed_ago=None, send_after=None):
        created = site.now() - created_ago
        changed = site.now() - (created_ago if changed_ago is None else changed_ago)
        row = {"status": status, "creation": created, "modified": changed, "send_after": send_after}
        site.insert("Email Queue", row)

    return add


def test_it_says_that_mail_can_leave_and_by_which_account(site, measured):
    metric = measured(site, "mail").get("mail.can_send")
    assert metric.value is True
    assert metric.evidence == ({"account": "monitor@vereniging.example"},)


def test_it_names_every_hindrance(site_that_says, measured):
    hindered = site_that_says(mail=MailState("", "no account", "muted", "suspended"))
    metric = measured(hindered, "mail").get("mail.can_send")
    assert metric.value is False
    assert [row["because"] for row in metric.evidence] == ["no account", "muted", "suspended"]


def test_it_measures_how_long_the_oldest_mail_waits(site, mail, measured):
    mail("Not Sent", created_ago=timedelta(minutes=5))
    mail("Not Sent", created_ago=timedelta(minutes=20))
    mail("Sent", created_ago=timedelta(days=1))
    snapshot = measured(site, "mail")
    assert snapshot.get("mail.waiting").value == 2
    assert snapshot.get("mail.oldest_waiting_seconds").value == 1200


def test_it_lets_a_mail_for_later_wait_from_then_on(site, mail, measured):
    now = site.now()
    mail("Not Sent", created_ago=timedelta(days=2), send_after=now + timedelta(hours=1))
    assert measured(site, "mail").get("mail.oldest_waiting_seconds").value == 0
    mail("Not Sent", created_ago=timedelta(days=2), send_after=now - timedelta(minutes=1))
    assert measured(site, "mail").get("mail.oldest_waiting_seconds").value == 60


def test_it_knows_that_nothing_waits(site, measured):
    assert measured(site, "mail").get("mail.oldest_waiting_seconds").value == 0


def test_it_counts_a_mail_that_failed_today_though_it_is_older(site, mail, measured):
    mail("Error", created_ago=timedelta(days=3), changed_ago=timedelta(hours=1))
    mail("Expired", created_ago=timedelta(days=7), changed_ago=timedelta(hours=2))
    mail("Error", created_ago=timedelta(days=3))
    assert measured(site, "mail").get("mail.failed_last_day").value == 2


def test_it_finds_mails_stuck_in_sending(site, mail, measured):
    mail("Sending", created_ago=timedelta(hours=1), changed_ago=timedelta(minutes=16))
    mail("Sending", created_ago=timedelta(hours=1), changed_ago=timedelta(minutes=14))
    assert measured(site, "mail").get("mail.stuck_sending").value == 1


@pytest.mark.parametrize("status", ["Partially Sent", "Partially Errored"])
def test_it_counts_a_mail_that_some_recipients_did_not_get(site, mail, measured, status):
    mail(status, changed_ago=timedelta(hours=1))
    metric = measured(site, "mail").get("mail.failed_last_day")
    assert metric.value == 1
    assert metric.evidence == ({"status": status, "mails": 1},)
