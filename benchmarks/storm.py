"""A storm: hundreds of alerts open and end at once, told on several channels by several workers.

What is counted: messages that each channel got, statements that the database ran, and seconds.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.measuring import Row, milliseconds
from vuurtoren.alerts import alerts
from vuurtoren.alerts.alerts import AlertContent
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.notifications.channels.channel import Notice, Receipt
from vuurtoren.notifications.delivery import deliver
from vuurtoren.settings import settings as monitoring_settings
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.values import Mail, MailReceipt, MailState, Proof

ALERTS = 300
WORKERS = (1, 4)
CHANNELS = ("email", "desk", "pigeon")
MARK = "benchmark of a storm"


@dataclass
class Pigeon:
    """A channel of another app that takes everything at once."""

    name: str = "pigeon"
    taken: int = 0

    def hindrance(self, site: Site, settings: Settings) -> str:
        return ""

    def audience(self, site: Site, settings: Settings) -> str:
        return "the loft"

    def send(self, site: Site, settings: Settings, notice: Notice) -> Receipt:
        self.taken += 1
        return Receipt(notice.delivery, "came back")

    def prove(self, site: Site, reference: str) -> Proof:
        return Proof("proven", reference)


PIGEON = Pigeon()


@dataclass
class Postman:
    """Takes every mail over."""

    taken: int = 0

    def send(self, mail: Mail) -> MailReceipt:
        self.taken += 1
        return MailReceipt("outbox", f"message-{self.taken}")

    def state(self) -> MailState:
        return MailState("monitor@vereniging.example", "", "", "")


@dataclass
class Counted:
    """Statements and seconds of each part of a storm."""

    statements: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    part: str = ""

    def statement(self, _sql: str) -> None:
        self.statements[self.part] += 1

    def during(self, part: str, work: Callable[[], None]) -> None:
        self.part = part
        began = time.perf_counter()
        work()
        self.seconds[part] += time.perf_counter() - began


def rows() -> Iterator[Row]:
    for workers in WORKERS:
        yield from _storm(workers)


def _storm(workers: int) -> Iterator[Row]:
    counted, postman = Counted(), Postman()
    PIGEON.taken = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        site = _site(Path(folder), postman)
        local, together = threading.local(), threading.Barrier(workers)

        def at_once(work: Callable[[Settings, int], None]) -> None:
            def one(worker: int) -> None:
                if not hasattr(local, "traced"):
                    local.traced = True
                    site.store.connection.set_trace_callback(counted.statement)
                together.wait(60)
                work(monitoring_settings.read(site), worker)

            for done in [pool.submit(one, number) for number in range(workers)]:
                done.result()

        for part, work in (("opening", _open), ("ending", _end)):
            counted.during(part, lambda work=work: at_once(_shared(site, workers, work)))  # type: ignore[misc]
            counted.during(f"telling after {part}", lambda: at_once(lambda chosen, _: _tell(site, chosen)))
        proven = site.count("Alert Delivery", {"status": "Proven"})
        messages = postman.taken + PIGEON.taken + len(_bells(site))
        for part in counted.seconds:
            yield Row(
                f"a storm of {ALERTS} alerts, {workers} worker(s): {part}",
                f"SQLite, {len(CHANNELS)} channels",
                milliseconds(counted.seconds[part] * 1000),
                compared=f"{counted.statements[part]:,} statements",
            )
        total = sum(counted.seconds.values())
        yield Row(
            f"a storm of {ALERTS} alerts, {workers} worker(s): all",
            f"SQLite, {len(CHANNELS)} channels",
            milliseconds(total * 1000),
            goal=f"{2 * len(CHANNELS)} messages",
            compared=f"{messages} messages, {proven:,} deliveries proven, "
            f"{counted.statements.total():,} statements",
        )


def _site(folder: Path, postman: Postman) -> SQLiteSite:
    config = {
        "alert_recipients": ["beheer@vereniging.example"],
        "monitoring_channels": ["benchmarks.storm.PIGEON"],
    }
    site = SQLiteSite(folder / "site", config=config, postman=postman)
    site.set_single("Monitoring Settings", {"parallel_channels": "\n".join(CHANNELS[1:])})
    site.commit()
    return site


def _shared(
    site: SQLiteSite, workers: int, work: Callable[[SQLiteSite, AlertContent, Settings], object]
) -> Callable[[Settings, int], None]:
    """Each worker takes its share, one transaction an alert as the evaluation has it."""

    def share(chosen: Settings, worker: int) -> None:
        for number in range(worker, ALERTS, workers):
            work(site, _finding(site, number), chosen)
            site.commit()

    return share


def _finding(site: SQLiteSite, number: int) -> AlertContent:
    finding = AlertContent(
        "BENCHMARK", "HIGH", "Breach", f"thing {number} is wrong", f"storm {number}", site.now(), MARK
    )
    return replace(finding, rule=f"storm_{number % 10}", value=12.0, threshold=10.0, unit="things")


def _open(site: SQLiteSite, finding: AlertContent, chosen: Settings) -> None:
    alerts.open_alert(site, finding, chosen)


def _end(site: SQLiteSite, finding: AlertContent, chosen: Settings) -> None:
    alerts.end(site, finding.fingerprint, "it ended", chosen)


def _tell(site: SQLiteSite, chosen: Settings) -> None:
    deliver(site, chosen)


def _bells(site: SQLiteSite) -> set[str]:
    return {str(row["subject"]) for row in site.get_all("Notification Log", ["subject"])}
