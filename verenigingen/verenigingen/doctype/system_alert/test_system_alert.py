"""Alerts inside a bench: the desk's own ways in, roles, and what the database promises."""

import threading
from collections.abc import Callable
from typing import Any

import frappe

from verenigingen.tests.support.patience import SECONDS, joined
from verenigingen.tests.support.support import SiteTest, configured
from verenigingen.tests.support.visitor import make_user, remove_user
from verenigingen.utils.alert_manager import AlertManager
from verenigingen.verenigingen.doctype.system_alert.system_alert import (
    SystemAlert,
    acknowledge_alert,
    get_alert_summary,
    resolve_alert,
)
from vuurtoren import failures as own_errors
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.intents import intents
from vuurtoren.frappe_adapter.beside import visitor
from vuurtoren.frappe_adapter.site import FrappeSite
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.notifications.delivery import deliver
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.site.errors import AlreadyExists

MODULE = "verenigingen.verenigingen.doctype.system_alert.system_alert"
RULE = Rule(
    key="test_rule",
    title="Tests",
    alert_type="TEST_RULE",
    severity="HIGH",
    metric="test.value",
    operator=">",
    threshold=10,
    unit="tests",
    summary="{value} failed, more than {threshold}",
    runbook="Look.\nAct.",
    unknown_for_seconds=0,
)
MANAGER, ADMINISTRATOR, MEMBER = "manager@t.example", "va@t.example", "member@t.example"
ROLES = {MANAGER: "System Manager", ADMINISTRATOR: "Verenigingen Administrator", MEMBER: None}
SENDER = {
    "mail_server": "127.0.0.1",
    "mail_port": 1,
    "auto_email_id": "monitor@example.com",
    "mute_emails": None,
    "alert_recipients": ["beheer@example.com"],
}


class AlertTest(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self._clear()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        frappe.set_user("Administrator")
        frappe.db.rollback()
        frappe.db.delete("System Alert", {"alert_type": ("in", ("TEST_RULE", "TEST", "TEST_ALERT"))})
        frappe.db.delete("Alert Rule State", {"rule": RULE.key})
        frappe.db.commit()

    def judge(self, value: object, site: FrappeSite | None = None) -> list[str]:
        site = site or self.site
        reason = value if isinstance(value, str) else ""
        measured = Metric(RULE.metric, None if reason else value, "tests", "test", site.now(), reason)
        snapshot = Snapshot(site.now(), site.now_utc(), (measured,))
        return evaluate(site, snapshot, settings.read(site), ("tick",), rules=[RULE]).opened

    def told(self, alert: SystemAlert) -> dict[str, Any]:
        """What became of its messages."""
        return intents.columns(self.site, [str(alert.name)])[str(alert.name)]

    def open_one(self) -> SystemAlert:
        (name,) = self.judge(12)
        return frappe.get_doc("System Alert", name)


class TestLife(AlertTest):
    def test_a_breach_opens_one_alert_and_goes_on_as_one(self) -> None:
        for _ in range(3):
            self.judge(12)
        self.assertEqual(frappe.db.count("System Alert", {"rule": RULE.key}), 1)

    def test_it_resolves_by_itself_and_may_open_again(self) -> None:
        for value in (12, 3, 12):
            self.judge(value)
        statuses = frappe.get_all("System Alert", {"rule": RULE.key}, pluck="status", order_by="status")
        self.assertEqual(statuses, ["Active", "Resolved"])

    def test_not_knowing_opens_its_own_alert_and_resolves_nothing(self) -> None:
        for value in (12, "the sensor is gone"):
            self.judge(value)
        kinds = frappe.get_all("System Alert", {"rule": RULE.key, "status": "Active"}, pluck="kind")
        self.assertEqual(sorted(kinds), ["Breach", "Unknown"])

    def test_the_database_allows_one_open_alert(self) -> None:
        alert = self.open_one()
        values = {"alert_type": "TEST_RULE", "severity": "LOW", "message": "x"}
        with self.assertRaises(AlreadyExists):
            self.site.insert("System Alert", values | {"open_fingerprint": alert.open_fingerprint})

    def test_many_resolved_alerts_may_share_a_fingerprint(self) -> None:
        for value in (12, 3) * 3:
            self.judge(value)
        resolved = {"rule": RULE.key, "status": "Resolved", "fingerprint": RULE.key}
        self.assertEqual(frappe.db.count("System Alert", resolved), 3)

    def test_several_connections_at_once_do_the_work_of_one(self) -> None:
        failures = _at_once(4, lambda: self.judge(12, FrappeSite()))
        self.assertEqual(failures, [])
        frappe.db.rollback()
        self.assertEqual(frappe.db.count("System Alert", {"rule": RULE.key}), 1)

    def test_text_of_any_kind_survives(self) -> None:
        for message in ("y" * 5000, "<script>alert(1)</script>", "NUL\0", "🦆 日本", "half \ud800 a pair"):
            alert = AlertManager().send_alert("TEST", "LOW", message, {"detail": message})
            self.assertTrue(alert, message[:20])
        self.assertEqual(frappe.db.count("System Alert", {"alert_type": "TEST"}), 5)


class TestMessages(AlertTest):
    def test_one_message_opens_and_one_closes(self) -> None:
        with configured(**SENDER):
            for value in (12, 13, 3, 3):
                self.judge(value)
                deliver(self.site, settings.read(self.site))
        alert = frappe.get_last_doc("System Alert", {"rule": RULE.key})
        told = self.told(alert)
        self.assertEqual((told["opened_mail"], told["resolved_mail"]), ("Handed over", "Handed over"))
        self.assertIn("email queue", told["opened_mail_note"])
        queued = frappe.get_all("Email Queue", {"reference_name": alert.name}, pluck="name")
        self.assertEqual(len(queued), 2)
        frappe.db.delete("Email Queue", {"name": ("in", queued)})

    def test_muted_mail_is_said_on_the_alert_and_stops_nothing(self) -> None:
        with configured(**SENDER | {"mute_emails": 1}):
            self.judge(12)
            deliver(self.site, settings.read(self.site))
        alert = frappe.get_last_doc("System Alert", {"rule": RULE.key})
        self.assertEqual(self.told(alert)["opened_mail"], "Not sent")
        self.assertIn("mute_emails", self.told(alert)["opened_mail_note"])

    def test_a_test_alert_says_what_really_happened(self) -> None:
        with configured(**SENDER):
            said = AlertManager().test_alert_system()
        self.assertEqual(said["status"], "success")
        self.assertIn("waits for the next flush of the queue", said["message"])
        with configured(**SENDER | {"mute_emails": 1}):
            said = AlertManager().test_alert_system()
        self.assertEqual(said["status"], "error")
        self.assertIn("mute_emails", said["message"])


class TestDesk(AlertTest):
    def test_a_status_changes_in_no_other_way(self) -> None:
        alert = self.open_one()
        alert.status = "Resolved"
        for way in (
            lambda: alert.save(ignore_permissions=True),
            lambda: alert.db_set("status", "Resolved"),
            lambda: alert.db_set({"resolved_by": "Administrator"}),
        ):
            self.assertRaises(frappe.ValidationError, way)
        self.assertEqual(frappe.db.get_value("System Alert", alert.name, "status"), "Active")

    def test_validation_that_is_switched_off_lets_no_status_through(self) -> None:
        alert = self.open_one()
        alert.flags.ignore_validate = True
        alert.status = "Acknowledged"
        self.assertRaises(frappe.ValidationError, alert.save)

    def test_an_open_alert_is_not_deleted(self) -> None:
        alert = self.open_one()
        self.assertRaises(frappe.ValidationError, alert.delete)

    def test_acknowledging_and_resolving_record_the_person(self) -> None:
        alert = self.open_one()
        alert.acknowledge_alert(user=MANAGER, note="looking")
        self.assertEqual((alert.status, alert.acknowledged_by), ("Acknowledged", MANAGER))
        alert.resolve_alert(user=MANAGER, note="mended")
        self.assertEqual((alert.status, alert.resolution), ("Resolved", "mended"))
        self.assertRaises(frappe.ValidationError, alert.acknowledge_alert)

    def test_the_public_class_methods(self) -> None:
        created = SystemAlert.create_alert("TEST", "low", "hello", {"a": 1})
        self.assertEqual(
            (created.doctype, created.severity, self.told(created)["opened_mail"]),
            ("System Alert", "LOW", "Due"),
        )
        self.assertIn(created.name, [row["name"] for row in SystemAlert.get_active_alerts()])
        self.assertIn(created.name, [row["name"] for row in SystemAlert.get_recent_alerts(hours=1)])

    def test_the_summary_counts(self) -> None:
        before = get_alert_summary()
        self.open_one()
        after = get_alert_summary()
        self.assertEqual(after["active"], before["active"] + 1)
        self.assertEqual(set(after), {"active", "acknowledged", "resolved_today", "critical_active"})


class TestOtherCode(AlertTest):
    """Code of another app that inserts alerts as documents, as it would into a DocType of its own."""

    def insert(self, **values: Any) -> SystemAlert:
        given = {"doctype": "System Alert", "alert_type": "TEST", "severity": "High", "message": "hello"}
        return frappe.get_doc(given | values).insert(ignore_permissions=True)

    def test_it_is_completed_to_an_event_that_is_told(self) -> None:
        alert = self.insert(status="Open", details={"a": 1})
        alert.reload()
        self.assertEqual((alert.kind, alert.severity, alert.status), ("Event", "HIGH", "Active"))
        self.assertEqual((self.told(alert)["opened_mail"], alert.count), ("Due", 1))
        self.assertTrue(alert.first_seen and alert.last_seen)
        self.assertEqual(frappe.get_all("Alert Step", {"alert": alert.name}, pluck="step"), ["Opened"])

    def test_the_same_twice_is_one_open_alert(self) -> None:
        first, second = self.insert(), self.insert()
        self.assertEqual(frappe.db.get_value("System Alert", first.name, "status"), "Resolved")
        self.assertEqual(self.told(second)["opened_mail"], "Not wanted")

    def test_what_no_new_alert_can_be_is_refused_with_a_sentence(self) -> None:
        with self.assertRaisesRegex(frappe.ValidationError, "A new alert is Active"):
            self.insert(status="Resolved")
        with self.assertRaisesRegex(frappe.ValidationError, "needs its alert_type and a message"):
            self.insert(message="")


class TestRoles(AlertTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for email, role in ROLES.items():
            make_user(email, *filter(None, [role]))

    @classmethod
    def tearDownClass(cls) -> None:
        frappe.set_user("Administrator")
        for email in ROLES:
            remove_user(email)
        super().tearDownClass()

    def test_who_may_acknowledge(self) -> None:
        for user in (MANAGER, ADMINISTRATOR):
            with self.subTest(user):
                self._clear()
                name = self.open_one().name
                frappe.set_user(user)
                self.assertEqual(acknowledge_alert(name)["status"], "Acknowledged")
                self.assertEqual(resolve_alert(name, note="done")["status"], "Resolved")
                self.assertEqual(frappe.db.get_value("System Alert", name, "resolved_by"), user)

    def test_who_may_not(self) -> None:
        name = self.open_one().name
        for user in (MEMBER, "Guest"):
            frappe.set_user(user)
            for refused in (
                lambda: acknowledge_alert(name),
                lambda: resolve_alert(name),
                get_alert_summary,
            ):
                self.assertRaises(frappe.PermissionError, refused)

    def test_code_that_does_not_ask_for_a_role_lets_nobody_in(self) -> None:
        alert = self.open_one()
        for user in (MEMBER, "Guest"):
            frappe.set_user(user)
            for refused in (alert.acknowledge_alert, alert.resolve_alert):
                self.assertRaises(frappe.PermissionError, refused)
        self.assertEqual(frappe.db.get_value("System Alert", alert.name, "status"), "Active")

    def test_code_that_makes_itself_administrator_does_not_either(self) -> None:
        alert = self.open_one()
        self.addCleanup(frappe.local.flags.pop, visitor.NOTED, None)
        for user in (MEMBER, "Guest"):
            frappe.set_user(user)
            visitor.note_visitor()
            frappe.set_user("Administrator")
            for refused in (alert.acknowledge_alert, alert.resolve_alert):
                self.assertRaises(frappe.PermissionError, refused)
        frappe.db.set_value("System Alert", alert.name, "status", "Resolved")
        alert.reload()
        for delete in (alert.delete, lambda: frappe.delete_doc("System Alert", alert.name, force=True)):
            self.assertRaises(frappe.PermissionError, delete)
        self.assertTrue(frappe.db.exists("System Alert", alert.name))

    def test_a_visitor_who_may_goes_on_as_administrator(self) -> None:
        alert = self.open_one()
        self.addCleanup(frappe.local.flags.pop, visitor.NOTED, None)
        frappe.set_user(MANAGER)
        visitor.note_visitor()
        frappe.set_user("Administrator")
        alert.resolve_alert()
        alert.delete()
        self.assertFalse(frappe.db.exists("System Alert", alert.name))

    def test_every_request_says_whose_it_is(self) -> None:
        self.assertIn("verenigingen.events.note_visitor", frappe.get_hooks("auth_hooks"))

    def test_writes_are_posted(self) -> None:
        allowed = frappe.allowed_http_methods_for_whitelisted_func
        for path in ("acknowledge_alert", "resolve_alert"):
            self.assertEqual(allowed[frappe.get_attr(f"{MODULE}.{path}")], ["POST"])

    def test_nobody_writes_alerts_through_the_desk(self) -> None:
        for user in (MANAGER, ADMINISTRATOR):
            frappe.set_user(user)
            self.assertTrue(frappe.has_permission("System Alert", "read"))
            for right in ("write", "create", "delete"):
                self.assertFalse(frappe.has_permission("System Alert", right), right)


class TestJobs(AlertTest):
    def test_every_job_runs_in_a_bench_and_has_nothing_to_complain_about(self) -> None:
        with configured(**SENDER):
            for job in ("tick", "hourly", "daily"):
                frappe.db.delete("Monitoring Run", {"job": ("in", (job, "daily report"))})
                frappe.db.commit()
                with self.subTest(job):
                    self.assertEqual(AlertManager().run(job), "")

    def test_no_failure_of_its_own_was_logged(self) -> None:
        before = frappe.db.count("Error Log", {"method": own_errors.OWN_TITLE})
        with configured(**SENDER):
            for name in [name for name in dir(AlertManager) if name.startswith("check_")]:
                getattr(AlertManager(), name)()
        self.assertEqual(frappe.db.count("Error Log", {"method": own_errors.OWN_TITLE}), before)


def _at_once(workers: int, work: Callable[[], Any]) -> list[BaseException]:
    """Run the work in threads that start together, each with its own connection; what they raised."""
    site, together, failures = frappe.local.site, threading.Barrier(workers), []
    sites_path = frappe.local.sites_path

    def one() -> None:
        frappe.init(site, sites_path=sites_path)
        frappe.connect()
        try:
            together.wait(SECONDS)
            work()
        except BaseException as failure:
            failures.append(failure)
        finally:
            frappe.destroy()

    threads = [threading.Thread(target=one) for _ in range(workers)]
    for thread in threads:
        thread.start()
    joined(threads)
    return failures
