"""Alert Rules on whatever site, as people save them: one suite, by pytest on SQLite and inside a bench."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.retirement import retire
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.metrics.source import Context, Source
from vuurtoren.rules import changes as rule_changes
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import rule_fixture, settings, stored_rules
from vuurtoren.signals.catalogue import BY_KEY, UNITS
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

ADDED: dict[str, Any] = {
    "rule_key": "many_sessions",
    "enabled": 1,
    "title": "Sessions",
    "metric": "sessions.count",
    "operator": ">=",
    "threshold": "100",
    "severity": "LOW",
    "summary": "{value} open, more than {threshold}",
}
DISK: dict[str, Any] = {"rule_key": "disk", "enabled": 1}
QUEUES: dict[str, Any] = {"rule_key": "queue_depth", "enabled": 1}
CANNOT_HOLD: tuple[dict[str, Any], ...] = (
    ADDED | {"metric": "no.such"},
    ADDED | {"metric": ""},
    ADDED | {"threshold": "-1"},
    ADDED | {"threshold": "inf"},
    ADDED | {"critical_threshold": "1"},
    ADDED | {"pending_for": "soon"},
    ADDED | {"summary": "{value.__class__}"},
    ADDED | {"rule_key": "Not a key"},
    ADDED | {"links": "Error Log\nNo Such DocType"},
    DISK | {"metric": "host.cpu_percent"},
    DISK | {"rule_key": "scheduler_off", "threshold": "2"},
)


def _pledges(context: Context) -> Iterator[Metric]:
    yield context.known("fundraising.open_pledges", 12)


PLEDGES = Source("fundraising", {"fundraising.open_pledges": "pledges"}, _pledges)


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


class RuleContract(Base):
    """Mix it into a `TestCase` with the methods that raise here; no rule was changed, no alert is there."""

    site: Site
    refused: tuple[type[Exception], ...]
    """How a record that cannot hold is refused."""
    hard_text = "\u201c{value}\u201d &amp;\\n"
    """What a summary keeps to the letter; a bench keeps nothing that its desk could take for markup."""

    def save(self, record: dict[str, Any]) -> None:
        """As people save it: a new one, or what stands of it changed to this."""
        raise NotImplementedError

    def remove(self, key: str) -> None:
        raise NotImplementedError

    def forget(self) -> None:
        """Every rule as it is shipped, without a history."""
        raise NotImplementedError

    def declare(self, name: str, *paths: str) -> None:
        """Have an installed app name these paths in its hooks."""
        raise NotImplementedError

    def rule(self, key: str) -> Rule:
        found = settings.read(self.site).rule(key)
        assert found
        return found

    def judge(self, metric: str, *values: float | tuple[float, str]) -> list[str]:
        """Judge on one reading, a value of each queue when named; the fingerprints that opened."""
        given = [value if isinstance(value, tuple) else (value, "") for value in values]
        metrics = tuple(
            Metric(metric, value, "", "test", self.site.now(), labels=(("queue", queue),) if queue else ())
            for value, queue in given
        )
        held = settings.read(self.site)
        retire(self.site, held)
        before = {row["name"] for row in self.alerts()}
        rules = [rule for rule in held.rules if rule.metric == metric]
        evaluate(
            self.site,
            Snapshot(self.site.now(), self.site.now_utc(), metrics),
            held,
            ("tick", "hourly", "daily"),
            rules=rules,
        )
        self.site.commit()
        return [row["fingerprint"] for row in self.alerts() if row["name"] not in before]

    def alerts(self) -> list[Row]:
        fields = ["name", "fingerprint", "kind", "status", "severity", "message", "alert_type", "resolution"]
        return self.site.get_all("System Alert", fields, order_by="timestamp, name")

    def alert(self) -> Row:
        (row,) = self.alerts()
        return row

    def test_an_added_one_is_judged_and_its_alert_closed_when_it_goes(self) -> None:
        self.save(ADDED)
        self.judge("sessions.count", 100)
        shown = {key: self.alert()[key] for key in ("status", "severity", "message", "alert_type")}
        self.assertEqual(shown, {"status": "Active", "severity": "LOW", "alert_type": "CUSTOM_RULE",
                                 "message": "100 sessions open, more than 100"})  # fmt: skip
        self.remove("many_sessions")
        self.judge("sessions.count", 100)
        self.assertEqual(self.alert()["resolution"], "There is no such rule any more.")

    def test_an_override_changes_what_it_names_and_nothing_else(self) -> None:
        shipped = BY_KEY["disk"]
        self.save(DISK | {"threshold": "80", "unknown_for": "never"})
        held = self.rule("disk")
        self.assertEqual((held.threshold, held.unknown_for_seconds), (80, None))
        self.assertEqual((held.critical_threshold, held.for_seconds), (95, shipped.for_seconds))
        self.remove("disk")
        self.assertEqual(self.rule("disk"), shipped)

    def test_a_level_rises_and_falls_on_the_one_alert(self) -> None:
        self.save(DISK | {"keep_firing_for": "0"})
        severities = []
        for value in (92, 97, 92):
            self.judge("host.disk_percent", value)
            severities.append(self.alert()["severity"])
        self.assertEqual(severities, ["HIGH", "CRITICAL", "HIGH"])

    def test_what_is_saved_in_the_middle_of_an_alert_holds_from_the_next_check_on(self) -> None:
        for record, severity, status in (
            (DISK | {"severity": "MEDIUM"}, "MEDIUM", "Active"),
            (DISK | {"critical_threshold": "91"}, "CRITICAL", "Active"),
            (DISK | {"threshold": "94", "keep_firing_for": "0"}, "CRITICAL", "Resolved"),
        ):
            self.save(record)
            self.judge("host.disk_percent", 92)
            row = self.alert()
            self.assertEqual((row["severity"], row["status"]), (severity, status))
        self.assertIn("the limit is 94 %", self.alert()["resolution"])

    def test_switching_one_off_closes_its_alert(self) -> None:
        self.judge("host.disk_percent", 92)
        self.save(DISK | {"enabled": 0})
        self.judge("host.disk_percent", 92)
        self.assertEqual(self.alert()["status"], "Resolved")
        self.assertIn("switched off", self.alert()["resolution"])

    def test_one_that_can_no_longer_be_read_is_named_keeps_its_alert_and_stops_no_other(self) -> None:
        self.save(ADDED)
        self.judge("sessions.count", 100)
        self.site.update("Alert Rule", "many_sessions", {"metric": "gone.metric"})
        self.site.commit()
        self.assertEqual(self.judge("host.disk_percent", 92), ["disk"])
        self.assertEqual({row["status"] for row in self.alerts()}, {"Active"})
        held = settings.read(self.site)
        self.assertFalse(held.rules_complete)
        self.assertIn("there is no metric 'gone.metric'", "\n".join(held.problems))

    def test_only_instances_with_the_labels_are_judged(self) -> None:
        self.save(
            {"rule_key": "queue_depth", "enabled": 1, "label_filter": "queue = long", "pending_for": "0"}
        )
        opened = self.judge("queue.depth", (300, "long"), (300, "short"), (1, "default"))
        self.assertEqual(opened, ["queue_depth{queue=long}"])

    def test_what_cannot_hold_is_refused(self) -> None:
        for record in CANNOT_HOLD:
            with self.subTest(record=record), self.assertRaises(self.refused):
                self.save(record)
            self.site.rollback()
        self.assertEqual(stored_rules.read(self.site), [])

    def test_the_history_tells_who_changed_what_from_what_to_what(self) -> None:
        self.save(DISK | {"threshold": "80"})
        for _ in range(2):
            self.save(DISK | {"threshold": "85", "severity": "LOW"})
        self.remove("disk")
        removed, changed, added = rule_changes.history(self.site, "disk")
        actions = [each["action"] for each in (added, changed, removed)]
        self.assertEqual(actions, ["Added", "Changed", "Removed"])
        self.assertEqual(changed["changes"].splitlines(), ["threshold: 80 → 85", "severity: — → LOW"])
        self.assertEqual(changed["changed_by"], self.site.user())
        self.assertIn("threshold: 85 → —", removed["changes"])

    def test_the_command_and_the_form_write_the_same(self) -> None:
        stored_rules.save(self.site, ADDED)
        by_command = rule_fixture.export(self.site)
        self.assertFalse(stored_rules.save(self.site, ADDED))
        self.forget()
        self.save(ADDED)
        self.assertEqual(rule_fixture.export(self.site), by_command)
        self.assertEqual(len(rule_changes.history(self.site)), 1)

    def test_rules_move_between_sites_unchanged(self) -> None:
        self.save(ADDED | {"summary": self.hard_text, "links": "Error Log\nUser"})
        self.save(DISK | {"critical_threshold": "none", "most_open": 3, "enabled": 0})
        text = rule_fixture.export(self.site)
        self.forget()
        self.assertEqual(rule_fixture.bring_in(self.site, text), 2)
        self.assertEqual(rule_fixture.export(self.site), text)
        self.assertEqual(rule_fixture.bring_in(self.site, text), 0)
        self.assertIn("disk", settings.read(self.site).switched_off)

    def test_what_is_offered_holds_every_metric_and_rule(self) -> None:
        offered = stored_rules.choices(self.site)
        self.assertLessEqual(dict(UNITS).items(), offered["metrics"].items())
        self.assertLessEqual(set(BY_KEY), set(offered["rules"]))
        self.assertEqual(offered["rules"]["disk"]["critical_threshold"], "95")
        json.dumps(offered)

    def test_rules_and_metrics_of_another_app_are_judged(self) -> None:
        self.declare("monitoring_metrics", f"{__name__}.PLEDGES")
        self.declare("monitoring_rules", f"{__name__}.rules_of_another_app", "nowhere.at_all")
        held = settings.read(self.site)
        self.assertEqual(held.rules[-1].key, "open_pledges")
        for problem in ("there is no metric 'fundraising.gone'", "No module named 'nowhere'"):
            self.assertIn(problem, "\n".join(held.problems))
        evaluate(self.site, collect(self.site, ["fundraising"]), held, ("tick",), rules=held.rules[-1:])
        self.assertEqual(self.alert()["message"], "12 pledges are open")
        self.assertEqual(stored_rules.choices(self.site)["metrics"]["fundraising.open_pledges"], "pledges")
