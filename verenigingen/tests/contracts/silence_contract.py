"""Silences and maintenance windows on whatever site: one suite, by pytest on SQLite and inside a bench."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from verenigingen.tests.contracts.telling_contract import RULE, TellingContract
from vuurtoren.alerts import stored_silences
from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.notifications.trial import send_test_alert
from vuurtoren.pages import actions
from vuurtoren.rounds import retention
from vuurtoren.settings import settings
from vuurtoren.site.quantities import moment

HOUR = timedelta(hours=1)


class SilenceContract(TellingContract):
    """Judged, opened and shown as ever, only not told."""

    def silence(self, rule: str = RULE.key, reason: str = "moving house") -> str:
        """For an hour from now on."""
        return stored_silences.silence(self.site, rule=rule, ends_at=self.site.now() + HOUR, reason=reason)

    def test_in_a_silence_an_alert_opens_and_nobody_is_told(self) -> None:
        self.silence()
        (silence,) = stored_silences.current(self.site)
        until = moment(silence.ends_at)
        name = self.judge(20)
        self.tell()
        row = self.alert(name)
        self.assertEqual((row["status"], row["opened_mail"], self.mails()), ("Active", "Due", []))
        self.assertIn(f"until {until} ({self.site.user()}: moving house)", row["opened_mail_note"])

    def test_what_is_still_open_when_the_silence_is_over_is_told_then(self) -> None:
        self.silence()
        self.judge(20)
        self.tell()
        self.tell_after(minutes=61)
        self.assertEqual(len(self.mails()), 1)
        (row,) = self.site.get_all("Alert Silence", ["ended_at", "ended_because"])
        self.assertEqual(row["ended_because"], "Its time was over.")
        self.assertLess(self.site.now() - row["ended_at"], timedelta(minutes=1))

    def test_what_ends_in_silence_is_not_told_at_all(self) -> None:
        self.silence()
        name = self.judge(20)
        self.tell()
        self.later(minutes=10)
        self.judge(0)
        self.tell()
        self.tell_after(hours=2)
        self.assertEqual((self.alert(name)["resolved_mail"], self.mails()), ("Not wanted", []))

    def test_until_resolved_then_tell_me(self) -> None:
        name = self.judge(20)
        self.tell()
        stored_silences.silence_alert(self.site, name, 0, "I am on it")
        self.later(days=3)
        self.judge(30)
        self.tell()
        self.assertEqual(len(self.mails()), 1)
        self.judge(0)
        self.tell()
        self.assertEqual((self.alert(name)["resolved_mail"], len(self.mails())), ("Handed over", 2))
        self.assertEqual(stored_silences.current(self.site), [])

    def test_after_its_end_the_same_alert_is_told_again(self) -> None:
        name = self.judge(20)
        self.tell()
        stored_silences.silence_alert(self.site, name, 0, "I am on it")
        for value in (0, 20):
            self.later(minutes=10)
            self.judge(value)
            self.tell()
        self.assertEqual(len(self.mails()), 3)

    def test_until_resolved_needs_something_that_is_open(self) -> None:
        with self.assertRaisesRegex(NotPossible, "no end to wait for"):
            stored_silences.silence(self.site, rule=RULE.key, reason="x")

    def test_other_alerts_are_told_as_ever(self) -> None:
        self.silence(rule="cpu")
        self.judge(20)
        self.tell()
        self.assertEqual(len(self.mails()), 1)

    def test_a_maintenance_window_keeps_everything_back_until_it_is_ended(self) -> None:
        window = actions.open_maintenance_window(self.site, "60", "new disk")
        self.judge(20)
        self.tell()
        self.assertEqual(self.mails(), [])
        actions.end_silence(self.site, window["name"], "done")
        self.tell()
        self.assertEqual(len(self.mails()), 1)
        (row,) = self.site.get_all("Alert Silence", ["ended_by", "ended_because", "silenced_by"])
        self.assertEqual((row["ended_by"], row["ended_because"]), (row["silenced_by"], "done"))

    def test_a_window_that_spares_what_is_critical_tells_it_and_keeps_the_rest_back(self) -> None:
        actions.open_maintenance_window(self.site, "60", "new disk", spares_critical="1")
        names = [self.judge(20, rule) for rule in (RULE, replace(RULE, key="worse", severity="CRITICAL"))]
        self.tell()
        told = [self.alert(name)["opened_mail"] for name in names]
        self.assertEqual((told, len(self.mails())), (["Due", "Handed over"], 1))

    def test_a_migration_opens_one_window_and_closes_it(self) -> None:
        stored_silences.begin_migration(self.site)
        stored_silences.begin_migration(self.site)
        self.assertEqual([each.planned for each in stored_silences.current(self.site)], [True])
        stored_silences.end_migration(self.site)
        self.assertEqual(stored_silences.current(self.site), [])

    def test_a_migration_leaves_the_window_of_a_person_open(self) -> None:
        actions.open_maintenance_window(self.site, "60", "new disk")
        stored_silences.begin_migration(self.site)
        stored_silences.end_migration(self.site)
        self.assertEqual([each.reason for each in stored_silences.current(self.site)], ["new disk"])

    def test_a_migration_that_broke_off_is_silent_for_half_an_hour_at_most(self) -> None:
        stored_silences.begin_migration(self.site)
        self.judge(20)
        self.tell_after(minutes=29)
        self.assertEqual(self.mails(), [])
        self.tell_after(minutes=2)
        self.assertEqual(len(self.mails()), 1)

    def test_ending_twice_is_refused(self) -> None:
        name = self.silence(rule="cpu")
        stored_silences.end(self.site, name, "")
        for unknown in (name, "nothing"):
            with self.assertRaisesRegex(NotPossible, "over already"):
                stored_silences.end(self.site, unknown, "")

    def test_minutes_that_are_none_are_refused(self) -> None:
        name = self.judge(20)
        for minutes in ("", "-1", "1.5", "soon", "9" * 9, "٣"):
            with self.subTest(minutes=minutes), self.assertRaisesRegex(NotPossible, "minutes"):
                actions.silence(self.site, name, minutes, "x")

    def test_the_form_of_the_page_silences_and_ends(self) -> None:
        form = {"action": "silence", "alert": self.judge(20), "minutes": "60", "note": "known"}
        self.assertEqual(actions.answer_form(self.site, form).level, "ok")
        (silence,) = stored_silences.current(self.site)
        self.assertEqual(actions.answer_form(self.site, form | {"note": ""}).level, "warning")
        ended = {"action": "end_silence", "silence": silence.name}
        self.assertEqual(actions.answer_form(self.site, ended).level, "ok")
        self.assertEqual(stored_silences.current(self.site), [])

    def test_personal_data_in_a_reason_is_redacted(self) -> None:
        self.silence(reason="waits for NL91ABNA0417164300")
        self.assertNotIn("NL91ABNA0417164300", stored_silences.current(self.site)[0].reason)

    def test_old_ones_are_deleted_with_the_alerts(self) -> None:
        stored_silences.end(self.site, self.silence(), "")
        for days, left in ((364, 1), (2, 0)):
            self.later(days=days)
            retention.trim(self.site, settings.read(self.site))
            self.assertEqual(self.site.count("Alert Silence"), left)

    def test_a_test_alert_in_a_maintenance_window_says_that_it_was_held_back(self) -> None:
        actions.open_maintenance_window(self.site, "60", "new disk")
        said = send_test_alert(self.site, settings.read(self.site))
        self.assertFalse(said.handed_over)
        self.assertIn("new disk", said.message)
