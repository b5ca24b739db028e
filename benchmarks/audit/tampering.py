"""Is every change found, and nobody accused who changed nothing? Embedded, by the adversary of the tests."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks.measuring import Row
from tests.audit.seals import adversary
from tests.audit.seals.trail import anchors_of, sealed_log, write_events
from vuurtoren.audit.seals.findings import OK
from vuurtoren.audit.seals.keys import add_signing_key
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.verification.verification import verify
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.errors import AlreadyExists


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 4, 9, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


def tampering_rows(changes: int, clean_runs: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        yield _changes(Path(folder), changes)
        yield _clean(Path(folder), clean_runs)


def _site(folder: Path) -> SQLiteSite:
    return SQLiteSite(folder, clock=Clock(), config={"time_zone": "Europe/Amsterdam"}, name="b.example")


def _changes(folder: Path, count: int) -> Row:
    """Random changes one after the other, each taken back, of every kind that needs no key of the site."""
    site, chance, done, found = _site(folder / "changed"), random.Random(11), 0, 0
    sealed_log(site, (5, 1, 8))
    site._clock.move(hours=2)  # type: ignore[attr-defined]
    add_signing_key(site)
    write_events(site, 6, start=100)
    seal(site)
    write_events(site, 2, start=200)
    anchors, started = anchors_of(site), time.process_time()
    while done < count:
        operator = adversary.WITHOUT_KEYS[done % len(adversary.WITHOUT_KEYS)]
        with suppress(AlreadyExists):  # two leaves of one event: the database itself refuses that
            if operator(site, chance) is not None:
                done += 1
                found += verify(site, anchors=anchors).tampered
        site.store.rollback()
    seconds = time.process_time() - started
    site.store.close()
    kinds = f"{len(adversary.WITHOUT_KEYS)} kinds, CPU {seconds:.0f} s"
    return Row("random changes found", f"{done:,} changes", f"{found:,}", goal="all of them", compared=kinds)


def _clean(folder: Path, count: int) -> Row:
    alarms = 0
    for number in range(count):
        site, chance = _site(folder / str(number)), random.Random(number)
        sealed_log(site, tuple(chance.randrange(0, 9) for _ in range(chance.randrange(1, 5))))
        result = verify(site, anchors=anchors_of(site))
        alarms += result.exit_code != OK or bool(result.findings)
        site.store.close()
    return Row("false alarms", f"{count:,} clean trails", str(alarms), goal="0")
