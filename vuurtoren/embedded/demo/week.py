"""Lives the week through: the monitor itself, run hour by hour on what had happened until then.

So the alerts, the mails and the history of the demo are what the monitor makes of the story, not told ones.
What it would have measured of this machine in that week nobody knows, so that is left out.
"""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from datetime import datetime, timedelta

from vuurtoren.alerts import alerts
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.audit.recording.attached_files import attached_file
from vuurtoren.compliance import scanning
from vuurtoren.embedded.demo.dues import next_run
from vuurtoren.embedded.demo.happening import Happening, StoryMoment, put_on_record
from vuurtoren.embedded.demo.site import DemoSite
from vuurtoren.embedded.demo.story import story_and_file
from vuurtoren.embedded.demo.traffic import visits
from vuurtoren.embedded.demo.trouble import LAST_GOOD_BACKUP_DAYS_AGO
from vuurtoren.embedded.server.access_log import REQUEST_LOG, AccessLog, Visit
from vuurtoren.failures import error_boundary
from vuurtoren.rounds.checks import INTERVALS, Round
from vuurtoren.rules.rule import Interval
from vuurtoren.settings import settings
from vuurtoren.signals.catalogue import SHIPPED, SOURCES
from vuurtoren.signals.measuring import collect

LOOKS_HOURS_BEFORE_THE_END = (*range(168, 48, -3), *range(48, -1, -1))
"""When the monitor looks: every three hours, and in the last two days every hour."""
OF_THE_STORY = (
    "scheduler",
    "jobs",
    "queues",
    "mail",
    "errors",
    "requests",
    "safety",
    "people",
    "business",
    "audit",
)
"""The groups of sources that measure the association; the others measure this machine."""
STORY_KEYS = {
    key for source in SOURCES if source.name.partition(".")[0] in OF_THE_STORY for key in source.promises
}
RULES = tuple(rule for rule in SHIPPED if rule.metric in STORY_KEYS)
SEEN_BY = "beheer@vuurtorenwacht.example"
ACKNOWLEDGED = {
    # rule: hours before the visitor comes in, what the administrator noted
    "backup_age": (69, "Asked the hosting company for a new access key"),
    "mail_waiting": (22, "The mail password has expired; the treasurer knows the new one"),
}


def live_through(site: DemoSite) -> None:
    """Tell the story to its end, with the monitor watching for a week; the clock stands at the end then."""
    ends, end = site.story_clock(), site.now()
    happenings, file = story_and_file(end)
    teller = _Teller(site, happenings, visits(StoryMoment(end)))
    _leave_a_backup(site, ends - timedelta(days=LAST_GOOD_BACKUP_DAYS_AGO))
    _leave_the_next_file(site, file)
    for hours_left in LOOKS_HOURS_BEFORE_THE_END:
        site.story_clock.stand_at(ends - timedelta(hours=hours_left))
        teller.tell_until(site.now())
        _watch(site, "daily" if site.now().hour == 0 else "hourly")
        _acknowledge(site, hours_left)


class _Teller:
    """Tells what has happened since it was last asked."""

    def __init__(self, site: DemoSite, happenings: list[Happening], requests: list[Visit]) -> None:
        self.site = site
        self.happenings = happenings
        self.requests = requests
        self.log = AccessLog(site.folder / REQUEST_LOG, site.name)

    def tell_until(self, moment: datetime) -> None:
        told = [each for each in self.happenings if each.at <= moment]
        self.happenings = self.happenings[len(told) :]
        put_on_record(self.site, told)
        while self.requests and self.requests[0].ended_utc <= moment:
            visit = self.requests.pop(0)
            self.log.write(replace(visit, began_utc=self.site.to_utc(visit.began_utc)))


class _StoryRound(Round):
    """A run of the monitor that measures and judges the association alone."""

    def judge_sepa_rules(self) -> str:
        """The demo has no tick in between, so each look judges what was written since."""
        scanning.scan_daily(self.site)
        scanning.scan_changes(self.site)
        return ""

    def measure(self) -> str:
        self.snapshot = collect(self.site, OF_THE_STORY, fresh=True)
        return ""

    def judge(self) -> str:
        if self.snapshot is not None:
            evaluate(self.site, self.snapshot, self.settings, INTERVALS[self.job], rules=RULES)
        return ""


def _watch(site: DemoSite, job: Interval) -> None:
    for name, step in _StoryRound(site, settings.read(site), job).steps():
        with error_boundary(site, f"the demo's week: {name}", undo=True):
            step()
            site.commit()


def _acknowledge(site: DemoSite, hours_left: int) -> None:
    for rule, (hours_ago, note) in ACKNOWLEDGED.items():
        if hours_left == hours_ago:
            for alert in site.get_all(alerts.DOCTYPE, ["name"], {"rule": rule, "status": "Active"}):
                alerts.acknowledge(site, alert["name"], note, user=SEEN_BY)
    site.commit()


def _leave_the_next_file(site: DemoSite, content: bytes) -> None:
    """Nobody looks at it before there is a batch that names it."""
    path = attached_file(site, next_run.FILE)
    assert path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _leave_a_backup(site: DemoSite, written: datetime) -> None:
    folder = site.folder / "private" / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    backup = folder / f"{written:%Y%m%d_%H%M%S}-vuurtorenwacht-database.sql.gz"
    with gzip.open(backup, "wb") as file:
        file.write(b"-- what a fictional association would have in its backup\n" * 400)
    os.utime(backup, (written.timestamp(), written.timestamp()))
