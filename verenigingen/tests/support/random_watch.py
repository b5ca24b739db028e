"""Random rules watching random series, by one evaluator or by several at once: what is stored and told.

Without any framework, so that the same comparison runs on SQLite and in a bench.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from vuurtoren.alerts import alerts, stored_state
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.alerts.intents import intents
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.notifications import delivery, outbox
from vuurtoren.rules import thresholds
from vuurtoren.rules.rule import SEVERITIES, Rule
from vuurtoren.settings.channels import ChannelSettings
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Mail

MARK = "random_watch"
"""Every rule of a random watch begins so, which is how a bench finds the rows to take out again."""
ALERT_FIELDS = (
    "rule", "fingerprint", "kind", "severity", "status", "count", "value", "threshold", "message", "details",
    "resolution", "timestamp", "first_seen", "last_seen", "acknowledged_by", "resolved_by", "resolved_at",
)  # fmt: skip
TOLD = ("opened_mail", "resolved_mail")
STATE_FIELDS = (
    "fingerprint", "rule", "state", "state_since", "answer", "answer_since", "unknown_told", "value",
    "reason",
)  # fmt: skip
DELIVERY_FIELDS = ("event", "reason", "round", "severity", "topic", "channel", "role", "status", "alert")
Reading = float | str | None
"""A value, the reason why there is none, or nothing because the series is not reported at all."""
CHARACTERS = ("calm", "flapping", "rising", "spikes", "often unknown", "with gaps", "wild")
PASSING = (10, 60, 60, 60, 60, 240, 900, 3600, 86_400, -60, -7200)
"""Seconds from one tick to the next, the clock being set back now and then."""


@dataclass(frozen=True)
class Tick:
    """How long after the one before it is, and what is read of each metric by label."""

    seconds_later: int
    readings: Mapping[str, Mapping[str, Reading]]


@dataclass(frozen=True)
class Watch:
    """Rules, the settings, and what happens; made of one seed."""

    seed: int
    rules: tuple[Rule, ...]
    repeat_hours: int
    ticks: tuple[Tick, ...]

    @property
    def settings(self) -> Settings:
        repeat_after = timedelta(hours=self.repeat_hours) if self.repeat_hours else None
        return Settings(
            rules=self.rules,
            thresholds=thresholds.merge(self.rules),
            channels=ChannelSettings(repeat_after=repeat_after),
        )


@dataclass(frozen=True)
class Seen:
    """What people and the database saw, in an order that does not depend on names made by chance."""

    alerts: list[tuple[object, ...]]
    states: list[tuple[object, ...]]
    deliveries: list[tuple[object, ...]]
    messages: list[str]


class Place(Protocol):
    """Where a watch takes place: a real database, several connections to it, a clock, and a letter box."""

    site: Site
    sent: list[Mail]

    def move(self, seconds: int) -> None: ...
    def at_once(self, work: Callable[[Site], None]) -> None:
        """Have every evaluator do this at the same time; raises what one of them raises."""


def random_watch(seed: int, rules: int, labels: int, ticks: int) -> Watch:
    """`rules` times `labels` series of so many ticks."""
    chance = random.Random(seed)
    made = tuple(_rule(chance, number) for number in range(rules))
    series = {
        rule.metric: {f"s{number}": _series(chance, rule, ticks) for number in range(labels)} for rule in made
    }
    moments = tuple(
        Tick(
            chance.choice(PASSING),
            {
                metric: {label: values[tick] for label, values in by_label.items()}
                for metric, by_label in series.items()
            },
        )
        for tick in range(ticks)
    )
    return Watch(seed, made, chance.choice((0, 0, 1, 24)), moments)


def see(place: Place, watch: Watch) -> Seen:
    """Let the evaluators of the place judge and tell every tick, people acting in between."""
    people = random.Random(watch.seed)
    for tick in watch.ticks:
        place.move(tick.seconds_later)
        place.at_once(lambda site, tick=tick: _judge_and_tell(site, watch, tick))  # type: ignore[misc]
        # Whoever did not get the delivery lock leaves what is due to the next tick.
        delivery.deliver(place.site, watch.settings)
        _act(place.site, people, watch.settings)
    return _seen(place)


def _rule(chance: random.Random, number: int) -> Rule:
    upwards = chance.random() < 0.7
    severity = chance.choice(SEVERITIES)
    critical = None if severity == "CRITICAL" else chance.choice((None, 12 if upwards else 8))
    return Rule(
        key=f"{MARK}_{number}",
        title=f"Rule {number}",
        alert_type=f"RANDOM_{number}",
        severity=severity,
        metric=f"{MARK}.{number}",
        operator=chance.choice((">", ">=") if upwards else ("<", "<=")),
        threshold=10,
        unit="things",
        summary="{value} of {which}, the limit is {threshold}",
        runbook="Look.\nThen act.",
        for_seconds=chance.choice((0, 0, 60, 240, 3600)),
        keep_firing_seconds=chance.choice((0, 0, 60, 240, 3600)),
        unknown_for_seconds=chance.choice((None, 0, 120, 900)),
        critical_threshold=critical,
    )


def _series(chance: random.Random, rule: Rule, ticks: int) -> list[Reading]:
    character = chance.choice(CHARACTERS)
    values = list(_values(chance, character, ticks))
    upwards = rule.operator in (">", ">=")
    return [20.0 - value if isinstance(value, float) and not upwards else value for value in values]


def _values(chance: random.Random, character: str, ticks: int) -> Iterator[Reading]:
    for tick in range(ticks):
        roll = chance.random()
        if character == "calm":
            yield float(chance.randint(0, 9))
        elif character == "flapping":
            yield 9.0 if tick % 2 else 12.0
        elif character == "rising":
            yield 2.0 * tick
        elif character == "spikes":
            yield 40.0 if roll < 0.15 else 3.0
        elif character == "often unknown":
            yield "the log is gone" if roll < 0.5 else float(chance.randint(8, 13))
        elif character == "with gaps":
            yield None if roll < 0.3 else float(chance.randint(8, 13))
        else:
            yield chance.choice((0.0, 10.0, 11.0, 1e9, "refused", "it took too long", None))


def _judge_and_tell(site: Site, watch: Watch, tick: Tick) -> None:
    evaluate(site, _snapshot(site, tick), watch.settings, ("tick",), rules=watch.rules)
    delivery.deliver(site, watch.settings)


def _snapshot(site: Site, tick: Tick) -> Snapshot:
    return Snapshot(site.now(), site.now_utc(), tuple(_metrics(site, tick)))


def _metrics(site: Site, tick: Tick) -> Iterator[Metric]:
    for key, by_label in tick.readings.items():
        for label, reading in by_label.items():
            labels = (("series", label),)
            if isinstance(reading, str):
                yield Metric(key, None, "things", MARK, site.now(), reading, labels)
            elif reading is not None:
                yield Metric(key, reading, "things", MARK, site.now(), labels=labels)


def _act(site: Site, people: random.Random, settings: Settings) -> None:
    """Somebody acknowledges an alert or closes one, the same one wherever the same ones are open."""
    rows = alerts.open_rows(site, ["name", "rule", "fingerprint", "status"])
    rows = [row for row in rows if str(row["rule"]).startswith(MARK)]
    rows.sort(key=lambda row: str(row["fingerprint"]))
    for row in people.sample(rows, min(len(rows), people.randint(0, 3))):
        if people.random() < 0.5:
            alerts.resolve(site, str(row["name"]), "seen to", "someone@vereniging.example", settings)
        elif row["status"] == "Active":
            alerts.acknowledge(site, str(row["name"]), "on it", "someone@vereniging.example")
    site.commit()


def _seen(place: Place) -> Seen:
    site = place.site
    ours = {"rule": [(">=", MARK), ("<", MARK + "~")]}
    rows = site.get_all(alerts.DOCTYPE, ["name", *ALERT_FIELDS], ours)
    columns = intents.columns(site, [str(row["name"]) for row in rows])
    shown = {
        row["name"]: (*(row[field] for field in ALERT_FIELDS), *(columns[row["name"]][each] for each in TOLD))
        for row in rows
    }
    rows.sort(key=lambda row: str(shown[row["name"]]))
    named = {str(row["name"]): f"alert {number}" for number, row in enumerate(rows)}
    states = site.get_all(stored_state.DOCTYPE, list(STATE_FIELDS), ours)
    sent = site.get_all(outbox.DOCTYPE, list(DELIVERY_FIELDS), {"alert": ("in", list(named))})
    return Seen(
        [shown[row["name"]] for row in rows],
        sorted((tuple(row.values()) for row in states), key=str),
        sorted((tuple((each | {"alert": named[each["alert"]]}).values()) for each in sent), key=str),
        sorted(_renamed(mail, named) for mail in place.sent),
    )


def _renamed(mail: Mail, named: Mapping[str, str]) -> str:
    """Subject and text, the lines in an order of their own: of two equally urgent lines none comes first."""
    text = re.sub(r"[\w-]+", lambda found: named.get(found[0], found[0]), mail.text)
    return "\n".join([", ".join(sorted(mail.recipients)), mail.subject, *sorted(text.splitlines())])
