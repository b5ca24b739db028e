"""The climb when nobody acknowledges, on whatever site: one suite, by pytest on SQLite and in a bench."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verenigingen.tests.contracts.telling_contract import RULE, TellingContract
from vuurtoren.alerts import alerts, stored_silences
from vuurtoren.notifications import escalate_due, outbox
from vuurtoren.settings import settings

TWO, THREE = "two@x.example", "three@x.example"
LEVELS: dict[str, Any] = {
    "escalation_2_minutes": 30,
    "escalation_2_recipients": TWO,
    "escalation_3_minutes": 90,
    "escalation_3_recipients": THREE,
    "escalation_3_severity": "CRITICAL",
}
NO_LEVELS: dict[str, Any] = dict.fromkeys(LEVELS, None) | {
    "escalation_2_minutes": 0,
    "escalation_3_minutes": 0,
    "escalation_3_severity": "HIGH",
}
CRITICAL = replace(RULE, severity="CRITICAL")


class EscalationContract(TellingContract):
    """Who is told when nobody acknowledges, and who is told of the end."""

    def opened(self, rule: Any = RULE) -> str:
        """An alert of which the usual recipients were told, on a site with `LEVELS`."""
        self.choose(**LEVELS)
        name = self.judge(12, rule)
        self.tell()
        return name

    def to(self, person: str) -> int:
        """How many mails went to this person."""
        return sum(person in mail for mail in self.mails())

    def level(self, name: str) -> int:
        return int(self.alert(name)["escalation_level"])

    def test_nobody_acknowledged_so_the_next_level_is_told_once(self) -> None:
        name = self.opened()
        self.tell_after(minutes=29)
        self.assertEqual(self.to(TWO), 0)
        for _ in range(3):
            self.tell_after(minutes=4)
        self.assertEqual(self.mails()[1:], [(TWO,)])
        self.assertEqual((self.level(name), self.steps(name)), (2, ["Opened", "Escalated"]))
        told = self.deliveries(name, "level", "role", "reason", "channel")
        self.assertEqual(
            [each[:3] for each in told if each[3] == "email"],
            [(1, "First", "first"), (2, "Escalation", "escalated")],
        )

    def test_only_a_worse_one_reaches_a_level_for_worse_ones(self) -> None:
        for rule, people in ((RULE, 0), (replace(CRITICAL, key="worse"), 1)):
            name = self.opened(rule)
            for minutes in (31, 60):
                self.tell_after(minutes=minutes)
            self.assertEqual((self.level(name), self.to(THREE)), (2 + people, people))

    def test_acknowledging_stops_the_climb(self) -> None:
        name = self.opened()
        alerts.acknowledge(self.site, name)
        self.tell_after(hours=5)
        self.assertEqual((self.to(TWO), self.level(name)), (0, 0))

    def test_what_could_not_be_sent_before_the_acknowledgement_is_given_up(self) -> None:
        name = self.opened()
        self.choose(channel_order="email")
        self.mail_is_refused()
        self.tell_after(minutes=30)
        alerts.acknowledge(self.site, name)
        self.mail_is_taken()
        self.tell()
        self.assertEqual(self.to(TWO), 0)
        self.assertIn(("Given up", 2), self.deliveries(name, "status", "level"))

    def test_a_level_whose_mail_is_refused_falls_back_to_the_bell(self) -> None:
        name = self.opened()
        self.mail_is_refused()
        self.later(minutes=30)
        for _ in range(3):
            self.tell()
        found = self.deliveries(name, "level", "channel", "role", "status")
        self.assertEqual({each for each in found if each[0] == 2}, {
            (2, "email", "Escalation", "Failed"), (2, "desk", "Fallback", "Proven"),
        })  # fmt: skip
        rung = {row["document_name"] for row in self.site.get_all("Notification Log", ["document_name"])}
        self.assertIn(name, rung)

    def test_a_silenced_alert_does_not_climb_and_waits_anew_afterwards(self) -> None:
        name = self.opened()
        stored_silences.silence_alert(self.site, name, 60, "known")
        for minutes in (45, 20, 25):
            self.tell_after(minutes=minutes)
        self.assertEqual(self.to(TWO), 0)
        self.tell_after(minutes=10)
        self.assertEqual(self.to(TWO), 1)

    def test_an_alert_that_comes_back_climbs_from_the_bottom(self) -> None:
        self.opened()
        self.tell_after(minutes=30)
        self.judge(3)
        again = self.judge(12)
        self.tell()
        self.assertEqual((self.level(again), self.steps(again)), (0, ["Reopened"]))
        for minutes, level in ((29, 0), (1, 2)):
            self.tell_after(minutes=minutes)
            self.assertEqual(self.level(again), level)

    def test_the_end_is_told_to_everybody_who_was_told(self) -> None:
        self.opened()
        self.tell_after(minutes=30)
        before = len(self.mails())
        self.judge(3)
        self.tell()
        self.assertEqual((len(self.mails()) - before, self.to(TWO), self.to(THREE)), (2, 2, 0))

    def test_recipients_that_change_while_it_is_open_leave_nobody_in_the_dark(self) -> None:
        self.opened()
        self.tell_after(minutes=30)
        told = self.mails()
        self.choose(recipients="new@x.example", escalation_2_recipients="new-two@x.example")
        self.judge(3)
        self.tell()
        self.assertEqual(
            [set(mail) for mail in self.mails()[len(told) :]],
            [{"new@x.example", *told[0]}, {"new-two@x.example", TWO}],
        )

    def test_who_was_told_hears_that_it_got_worse(self) -> None:
        name = self.opened()
        self.tell_after(minutes=30)
        alerts.change_severity(self.site, RULE.key, "CRITICAL", "tripled")
        self.site.commit()
        self.tell()
        self.assertEqual(self.to(TWO), 2)
        self.assertEqual(self.steps(name), ["Opened", "Escalated", "Severity raised"])

    def test_two_workers_at_once_tell_a_level_once(self) -> None:
        name = self.opened()
        self.later(minutes=30)
        chosen, row = settings.read(self.site), self.site.get(alerts.DOCTYPE, name) or {}
        taken = [escalate_due._take(self.site, chosen, dict(row), chosen.levels[0]) for _ in range(2)]
        self.assertEqual(taken, [2, 0])
        self.tell()
        self.assertEqual((self.to(TWO), self.steps(name).count("Escalated")), (1, 1))

    def test_the_database_allows_each_message_of_a_level_once(self) -> None:
        name = self.opened()
        self.tell_after(minutes=31)
        self.tell()
        keys = [row["name"] for row in self.site.get_all(outbox.DOCTYPE, ["name"], {"alert": name})]
        self.assertEqual(len([key for key in keys if key.endswith("-level-2")]), 1)
