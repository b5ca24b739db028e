"""What the suites about told and untold alerts share, on whatever site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vuurtoren.alerts import alerts, steps
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.intents import intents
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.notifications import outbox
from vuurtoren.notifications.delivery import deliver
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Row

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

RULE = Rule(
    key="errors",
    title="Errors",
    alert_type="HIGH_ERROR_RATE",
    severity="HIGH",
    metric="errors.last_hour",
    operator=">",
    threshold=10,
    unit="errors",
    summary="{value} in the last hour, more than {threshold}",
    runbook="Look.\nThen act.",
    unknown_for_seconds=600,
    links=("Error Log",),
)


class TellingContract(Base):
    """Mix it into a `TestCase` with the methods that raise here; nobody has been told anything yet."""

    site: Site

    def age(self, **ago: float) -> None:
        """So much time passes."""
        raise NotImplementedError

    def mails(self) -> list[tuple[str, ...]]:
        """The recipients of every mail that was handed over, oldest first."""
        raise NotImplementedError

    def mail_is_refused(self) -> None:
        """From now on, until `mail_is_taken`."""
        raise NotImplementedError

    def mail_is_taken(self) -> None:
        raise NotImplementedError

    def choose(self, **values: Any) -> None:
        """Monitoring Settings with these values."""
        self.site.set_single(settings.DOCTYPE, values)
        self.site.commit()

    def judge(self, value: float, rule: Rule = RULE) -> str:
        """Judge the rule on this reading; the alert that it opened, if any."""
        metric = Metric(rule.metric, value, "", "test", self.site.now())
        snapshot = Snapshot(self.site.now(), self.site.now_utc(), (metric,))
        done = evaluate(self.site, snapshot, settings.read(self.site), ("tick",), rules=[rule])
        self.site.commit()
        return "".join(done.opened)

    def tell(self) -> None:
        deliver(self.site, settings.read(self.site))

    def later(self, **ago: float) -> None:
        """What was done is kept, and so much time passes."""
        self.site.commit()
        self.age(**ago)

    def tell_after(self, **ago: float) -> None:
        self.later(**ago)
        self.tell()

    def alert(self, name: str) -> Row:
        """The alert with the state of its messages."""
        return (self.site.get(alerts.DOCTYPE, name) or {}) | intents.columns(self.site, [name])[name]

    def steps(self, name: str) -> list[str]:
        return [str(row["step"]) for row in steps.of_alerts(self.site, [name]).get(name, [])]

    def deliveries(self, name: str, *fields: str) -> list[tuple[Any, ...]]:
        """These fields of every message of the alert."""
        rows = self.site.get_all(outbox.DOCTYPE, list(fields), {"alert": name}, order_by="level, creation")
        return [tuple(row[field] for field in fields) for row in rows]
