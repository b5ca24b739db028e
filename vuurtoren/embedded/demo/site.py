"""The embedded site that the story is told on: its clock, and the platform facts that belong to the story."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from vuurtoren.embedded.demo import HOST_DOCTYPES, updates
from vuurtoren.embedded.demo.happening import Happening
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.site.values import QueuesState, QueueState

STORY_ENDS = datetime(2026, 11, 6, 8, 12, tzinfo=timezone.utc)
"""Friday 6 November 2026, 09:12 in Amsterdam: the moment at which a visitor comes in."""
TIME_ZONE = "Europe/Amsterdam"
NAME = "vuurtorenwacht.example"
CLOCK_FILE = "demo-clock.json"
WORKER_HANGS_SINCE = STORY_ENDS - timedelta(hours=10.2)
"""The job that hangs since last night holds the only worker of the queue `long`."""
LONG_JOB_EVERY = timedelta(minutes=20)


class StoryClock:
    """Stands where the teller puts it, and runs on from there once the story is told."""

    def __init__(self) -> None:
        self._stands_at = STORY_ENDS
        self._runs_since: float | None = None

    def __call__(self) -> datetime:
        if self._runs_since is None:
            return self._stands_at
        return self._stands_at + timedelta(seconds=time.monotonic() - self._runs_since)

    def stand_at(self, moment: datetime) -> None:
        self._stands_at, self._runs_since = moment, None

    def run(self) -> None:
        self._stands_at, self._runs_since = self(), time.monotonic()

    def tell(self, folder: Path) -> None:
        """Leave word of the story's time, for other processes; the clock runs from now on."""
        self.run()
        told = {"story": self._stands_at.isoformat(), "wall": datetime.now(timezone.utc).isoformat()}
        (folder / CLOCK_FILE).write_text(json.dumps(told), "utf-8")

    @classmethod
    def heard(cls, folder: Path) -> StoryClock:
        """The clock of the process that tells the story in that folder; raises OSError or ValueError."""
        told = json.loads((folder / CLOCK_FILE).read_text("utf-8"))
        clock = cls()
        clock.stand_at(datetime.fromisoformat(told["story"]))
        clock.run()
        passed = datetime.now(timezone.utc) - datetime.fromisoformat(told["wall"])
        clock._stands_at += passed
        return clock


class DemoSite(SQLiteSite):
    """An embedded site of a fictional association. What it says about this machine is measured."""

    platform = "demo"

    def __init__(
        self, folder: Path, clock: StoryClock, config: Mapping[str, Any], *, only_read: bool = False
    ) -> None:
        super().__init__(
            folder,
            clock=clock,
            config={"time_zone": TIME_ZONE, **config},
            name=NAME,
            extra_schema=[HOST_DOCTYPES],
            only_read=only_read,
        )
        self.story_clock = clock
        self.to_come: list[Happening] = []

    def installed_versions(self) -> dict[str, str]:
        return super().installed_versions() | updates.installed(self.story_clock(), STORY_ENDS)

    def queues(self) -> QueuesState:
        """The queue `long` waits for the job that hangs; the others are served."""
        hanging = max(self.story_clock() - WORKER_HANGS_SINCE, timedelta(0))
        waiting = hanging // LONG_JOB_EVERY
        oldest = hanging - LONG_JOB_EVERY if waiting else None
        held = 1 if hanging else 0
        return QueuesState(
            queues=(
                QueueState("short", 0, None, 0, 0, 214),
                QueueState("default", 0, None, 0, 3, 96),
                QueueState(
                    "long",
                    waiting,
                    oldest.total_seconds() if oldest else None,
                    held,
                    0,
                    12,
                    "verenigingen_site.tasks.newsletter.sync_lists" if held else "",
                    hanging.total_seconds() if held else None,
                ),
            ),
            workers=3,
            busy_workers=held,
        )
