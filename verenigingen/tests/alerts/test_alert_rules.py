"""Alert Rules in the desk: what is refused and judged, who changed it, and how rules move between sites."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import frappe
from frappe.core.doctype.data_import.data_import import export_json, import_doc

from verenigingen import hooks
from verenigingen.tests.support.support import SiteTest
from verenigingen.verenigingen.doctype.alert_rule.alert_rule import get_choices
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.retirement import retire
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.metrics.source import Context, Source
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import rule_fixture, settings, stored_rules
from vuurtoren.signals.measuring import collect

ADDED: dict[str, Any] = {
    "doctype": "Alert Rule",
    "rule_key": "many_sessions",
    "title": "Sessions",
    "metric": "sessions.count",
    "operator": ">=",
    "threshold": "100",
    "severity": "LOW",
    "summary": "{value} open, more than {threshold}",
}
DISK: dict[str, Any] = {"doctype": "Alert Rule", "rule_key": "disk"}
PLEDGES = Source(
    "fundraising",
    {"fundraising.open_pledges": "pledges"},
    lambda context: _pledges(context),
)


def _pledges(context: Context) -> list[Metric]:
    return [context.known("fundraising.open_pledges", 12)]


def rules_of_another_app() -> list[Rule]:
    """One rule that can be judged, and one about nothing."""
    shared: dict[str, Any] = {
        "title": "Pledges",
        "alert_type": "FUNDRAISING",
        "severity": "MEDIUM",
        "operator": ">",
        "threshold": 10,
        "unit": "pledges",
        "summary": "{value} are open",
        "runbook": "Call them.",
    }
    return [
        Rule(key="open_pledges", metric="fundraising.open_pledges", **shared),
        Rule(key="pledges_of_nobody", metric="fundraising.gone", **shared),
    ]


class TestAlertRules(SiteTest):
    def setUp(self) -> None:
        super().setUp()
        self.clear()
        self.addCleanup(self.clear)

    def clear(self) -> None:
        frappe.db.rollback()
        for doctype in ("Alert Rule", "Alert Rule Change", "System Alert", "Alert Step", "Alert Rule State"):
            frappe.db.delete(doctype)
        frappe.db.delete("Version", {"ref_doctype": "Alert Rule"})
        frappe.db.commit()

    def rule(self, key: str) -> Rule:
        found = settings.read(self.site).rule(key)
        assert found
        return found

    def judge(self, key: str, value: float) -> None:
        metric = Metric(key, value, "", "test", self.site.now())
        held = settings.read(self.site)
        retire(self.site, held)
        snapshot = Snapshot(self.site.now(), self.site.now_utc(), (metric,))
        rules = [rule for rule in held.rules if rule.metric == key]
        evaluate(self.site, snapshot, held, ("tick", "hourly", "daily"), rules=rules)

    def alert(self, rule: str) -> dict[str, Any]:
        fields = ["status", "severity", "message", "resolution"]
        (row,) = self.site.get_all("System Alert", fields, {"rule": rule})
        return row

    def test_one_is_added_in_the_desk_and_judged(self) -> None:
        made = frappe.get_doc(ADDED).insert()
        self.assertEqual((made.name, made.unit, made.operator), ("many_sessions", "sessions", ">="))
        self.judge("sessions.count", 100)
        self.assertEqual(self.alert("many_sessions")["message"], "100 sessions open, more than 100")
        frappe.delete_doc("Alert Rule", "many_sessions")
        self.judge("sessions.count", 100)
        self.assertEqual(self.alert("many_sessions")["resolution"], "There is no such rule any more.")

    def test_an_override_changes_what_it_names_and_nothing_else(self) -> None:
        shipped = self.rule("disk")
        made = frappe.get_doc(DISK | {"threshold": "80", "unknown_for": "never"}).insert()
        held = self.rule("disk")
        self.assertEqual((held.threshold, held.unknown_for_seconds), (80, None))
        self.assertEqual((held.critical_threshold, held.for_seconds), (95, shipped.for_seconds))
        made.delete()
        self.assertEqual(self.rule("disk"), shipped)

    def test_a_level_rises_and_falls_on_the_one_alert(self) -> None:
        frappe.get_doc(DISK | {"keep_firing_for": "0"}).insert()
        severities = []
        for value in (92, 97, 92):
            self.judge("host.disk_percent", value)
            severities.append(self.alert("disk")["severity"])
        self.assertEqual(severities, ["HIGH", "CRITICAL", "HIGH"])

    def test_the_desk_refuses_what_cannot_hold(self) -> None:
        for values in (
            ADDED | {"metric": "no.such"},
            ADDED | {"metric": ""},
            ADDED | {"threshold": "-1"},
            ADDED | {"threshold": "inf"},
            ADDED | {"critical_threshold": "1"},
            ADDED | {"pending_for": "soon"},
            ADDED | {"summary": "{value.__class__}"},
            ADDED | {"rule_key": "Not a key"},
            DISK | {"metric": "host.cpu_percent"},
            DISK | {"links": "No Such DocType"},
            DISK | {"rule_key": "scheduler_off", "threshold": "2"},
        ):
            with self.subTest(values=values), self.assertRaises(frappe.ValidationError):
                frappe.get_doc(values).insert()
            frappe.db.rollback()

    def test_a_rule_is_changed_by_one_record_only(self) -> None:
        frappe.get_doc(DISK | {"threshold": "80"}).insert()
        with self.assertRaises(frappe.DuplicateEntryError):
            frappe.get_doc(DISK | {"threshold": "70"}).insert()

    def test_the_history_tells_who_changed_what(self) -> None:
        made = frappe.get_doc(DISK | {"threshold": "80", "operator": ">"}).insert()
        made.threshold = "85"
        made.save(ignore_version=False)  # which Frappe leaves out in tests
        made.save()
        self.assertTrue(frappe.db.exists("Version", {"ref_doctype": "Alert Rule", "docname": "disk"}))
        made.delete()
        removed, changed, added = rule_changes.history(self.site, "disk")
        self.assertEqual(
            [each["action"] for each in (added, changed, removed)], ["Added", "Changed", "Removed"]
        )
        self.assertEqual((changed["changes"], changed["changed_by"]), ("threshold: 80 → 85", "Administrator"))

    def test_nobody_rewrites_the_history(self) -> None:
        frappe.get_doc(DISK | {"threshold": "80"}).insert()
        change = frappe.get_last_doc("Alert Rule Change")
        change.changed_by = "somebody else"
        with self.assertRaises(frappe.PermissionError):
            change.save()
        with self.assertRaises(frappe.PermissionError):
            change.delete()

    def test_the_command_and_the_form_write_the_same(self) -> None:
        stored_rules.save(self.site, ADDED | {"enabled": 1})
        by_command = rule_fixture.export(self.site)
        self.assertFalse(stored_rules.save(self.site, ADDED | {"enabled": 1}))
        self.clear()
        frappe.get_doc(ADDED).insert()
        self.assertEqual(rule_fixture.export(self.site), by_command)
        self.assertEqual(len(rule_changes.history(self.site)), 1)

    def test_rules_move_as_fixtures_of_frappe_both_ways(self) -> None:
        stored_rules.save(self.site, ADDED | {"enabled": 1})
        stored_rules.save(self.site, DISK | {"enabled": 0, "critical_threshold": "none"})
        ours = rule_fixture.export(self.site)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "alert_rule.json"
            export_json("Alert Rule", str(file))
            theirs = file.read_text("utf-8")
            self.clear()
            self.assertEqual(rule_fixture.bring_in(self.site, theirs), 2)
            self.assertEqual(rule_fixture.export(self.site), ours)
            self.clear()
            file.write_text(ours, "utf-8")
            import_doc(str(file))
        self.assertEqual(rule_fixture.export(self.site), ours)
        self.assertEqual(self.rule("many_sessions").threshold, 100)
        self.assertIn("disk", settings.read(self.site).switched_off)

    def test_what_is_offered_holds_every_metric_and_rule(self) -> None:
        offered = get_choices()
        self.assertEqual(offered["metrics"]["sessions.count"], "sessions")
        self.assertEqual(offered["rules"]["disk"]["critical_threshold"], "95")
        json.dumps(offered)
        frappe.set_user("Guest")
        with self.assertRaises(frappe.PermissionError):
            get_choices()

    def test_only_administrators_may_change_rules(self) -> None:
        frappe.set_user("Guest")
        with self.assertRaises(frappe.PermissionError):
            frappe.get_doc(ADDED).insert()
        roles = {row.role for row in frappe.get_meta("Alert Rule").permissions if row.write}
        self.assertEqual(roles, {"System Manager", "Verenigingen Administrator"})

    def test_rules_and_metrics_of_another_app_are_judged(self) -> None:
        here = "verenigingen.tests.alerts.test_alert_rules"
        self.declare("monitoring_metrics", [f"{here}.PLEDGES"])
        self.declare("monitoring_rules", [f"{here}.rules_of_another_app", "nowhere.at_all"])
        held = settings.read(self.site)
        self.assertEqual(held.rules[-1].key, "open_pledges")
        said = "\n".join(held.problems)
        self.assertIn("there is no metric 'fundraising.gone'", said)
        self.assertIn("No module named 'nowhere'", said)
        evaluate(self.site, collect(self.site, ["fundraising"]), held, ("tick",), rules=held.rules[-1:])
        self.assertEqual(self.alert("open_pledges")["message"], "12 pledges are open")

    def declare(self, name: str, paths: list[str]) -> None:
        """Have an installed app name these paths in its hooks.py."""
        setattr(hooks, name, paths)
        self.addCleanup(self._undeclare, name)
        frappe.clear_cache()

    def _undeclare(self, name: str) -> None:
        delattr(hooks, name)
        frappe.clear_cache()
