from __future__ import annotations

import tracemalloc
from dataclasses import replace

from tests.alerts.alerting import RULE, metric
from tests.conftest import Evaluate, MovableClock
from vuurtoren.alerts import instances
from vuurtoren.alerts.state import RuleState
from vuurtoren.alerts.stored_state import StoredState, fingerprint, read_all
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.metric import Metric
from vuurtoren.site.values import Row

QUEUE = replace(RULE, key="queue", metric="queue.depth", summary="{value} in {which}", most_open=5)
REST = "queue and more"
MANY = 1_000_000


def alerts(site: SQLiteSite) -> dict[str, Row]:
    fields = ["fingerprint", "status", "message", "value", "resolution"]
    return {row["fingerprint"]: row for row in site.get_all("System Alert", fields)}


def test_beyond_the_cap_one_alert_says_how_many_more(site: SQLiteSite, judge: Evaluate) -> None:
    judge(0, QUEUE, queue__depth={f"q{number}": number for number in range(100)})
    assert set(alerts(site)) == {REST, *(f"queue{{queue=q{number}}}" for number in range(95, 100))}
    rest = alerts(site)[REST]
    assert rest["value"] == 84 and "and 84 more beyond the limit of 10" in rest["message"]


def test_below_the_cap_nothing_is_said_of_more(site: SQLiteSite, judge: Evaluate) -> None:
    judge(0, QUEUE, queue__depth={f"q{number}": 20 for number in range(5)})
    assert REST not in alerts(site)


def test_the_alert_about_more_ends_when_there_are_no_more(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(0, QUEUE, queue__depth={f"q{number}": number for number in range(100)})
    clock.move(minutes=5)
    judge(0, QUEUE, queue__depth={f"q{number}": 1 if number < 95 else 20 for number in range(100)})
    assert alerts(site)[REST]["status"] == "Resolved"
    assert sum(row["status"] == "Active" for row in alerts(site).values()) == 5


def test_what_is_open_is_followed_to_its_end_although_others_are_worse(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    judge(0, QUEUE, queue__depth={f"q{number}": number for number in range(100)})
    clock.move(minutes=5)
    judge(0, QUEUE, queue__depth={f"q{number}": 1000 - number for number in range(100)})
    assert sum(row["status"] == "Active" for row in alerts(site).values()) == 6
    clock.move(minutes=5)
    judge(0, QUEUE, queue__depth={f"q{number}": 1 for number in range(100)})
    assert {row["status"] for row in alerts(site).values()} == {"Resolved"}


def test_labels_that_come_and_go_leave_few_rows(
    site: SQLiteSite, judge: Evaluate, clock: MovableClock
) -> None:
    for number in range(30):
        judge(0, QUEUE, queue__depth={f"{number}-{each}": 20 for each in range(5)})
        clock.move(minutes=5)
    assert len(read_all(site)["queue"]) <= 4 * QUEUE.most_open


def test_an_instance_with_a_long_name_is_followed_among_thousands(site: SQLiteSite) -> None:
    long = metric(site, "queue.depth", 20, "é" * 300)
    name = fingerprint("queue", long.labels)
    many = [metric(site, "queue.depth", 50, f"q{number}") for number in range(3000)]
    states = {name: StoredState(name, RuleState("Firing", site.now(), "breached", site.now()))}
    chosen = instances.choose(QUEUE, 10, [*many, long], states)
    assert chosen.named[name] is long and not chosen.gone
    assert (len(chosen.named), chosen.breached_others) == (5, 2996)


def test_a_million_labels_are_chosen_from(site: SQLiteSite) -> None:
    now = site.now()
    many = [
        Metric("queue.depth", number, "", "test", now, labels=(("queue", f"q{number}"),))
        for number in range(MANY)
    ]
    states = {
        f"queue{{queue=q{number}}}": StoredState(
            f"queue{{queue=q{number}}}", RuleState("Firing", now, "breached", now)
        )
        for number in (3, MANY // 2)
    }
    chosen = instances.choose(QUEUE, 10, many, states)
    assert len(chosen.named) == 5 and f"queue{{queue=q{MANY - 1}}}" in chosen.named
    assert chosen.breached_others == MANY - 11 - 4


def test_choosing_takes_no_more_memory_for_more_labels(site: SQLiteSite) -> None:
    def peak_bytes(labels: int) -> int:
        now = site.now()
        many = [
            Metric("queue.depth", number, "", "test", now, labels=(("queue", f"q{number}"),))
            for number in range(labels)
        ]
        tracemalloc.start()
        instances.choose(QUEUE, 10, many, {})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(50_000) < peak_bytes(5_000) + 20_000
