"""How well alerts are grouped into incidents, over all pairs of seeded troubles of known cause."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.measuring import Row, timed
from vuurtoren.alerts.incidents.grouping import DETECTED_WITHIN, Member, incidents
from vuurtoren.metrics import subject
from vuurtoren.signals.catalogue import BY_KEY

GOAL_F1 = 0.95
INCIDENTS, DAYS, CORPORA = 60, 40, 20
BEGIN = datetime(2026, 3, 1)
Story = tuple[tuple[str, int, str], ...]
"""Rules with the minutes after the first, and by what evidence: the "queue" that tells instances apart, the
documents that it "names", the error "kind" or "page" or "job" or "batch" that makes up most of the number."""

ALONE = (
    *("member_churn_daily", "payments_without_reference", "certificate", "dangerous_settings"),
    *("pending_migrations", "failed_logins_daily", "applications_stalled"),
)
STORIES: tuple[Story, ...] = (
    (("mail_cannot_send", 0, ""), ("mail_stuck", 20, "mail"), ("mail_waiting", 90, ""),
     ("mail_failed_daily", 200, "mail")),
    (("mail_stuck", 0, "mail"), ("mail_waiting", 70, "")),
    (("no_workers", 0, ""), ("queue_oldest", 30, "queue"), ("queue_depth", 60, "queue"),
     ("scheduler_silent", 10, ""), ("mail_waiting", 120, "")),
    (("stuck_jobs", 0, "job queue"), ("queue_oldest", 40, "queue"), ("queue_depth", 100, "queue")),
    (("queue_oldest", 0, "queue"), ("queue_depth", 45, "queue")),
    (("scheduler_off", 0, ""), ("scheduler_silent", 15, ""), ("hourly_checks_silent", 130, ""),
     ("audit_seal_lag", 20, ""), ("dues_schedules_stuck", 900, "names")),
    (("new_error_kind", 0, "kind page"), ("critical_error_rate", 5, "kind page"),
     ("error_rate_hourly", 2, "kind page"), ("error_rate_daily", 50, "kind page"),
     ("failed_requests_hourly", 40, "page")),
    (("error_rate_hourly", 0, "kind"), ("error_rate_daily", 80, "kind")),
    (("new_error_kind", 0, "kind job"), ("failed_jobs_daily", 20, "job")),
    (("new_error_kind", 0, "kind page"), ("slow_requests", 25, "page")),
    (("new_error_kind", 0, "kind batch"), ("failed_sepa_threshold", 15, "batch"),
     ("sepa_findings_high", 60, "batch")),
    (("slow_query_threshold", 0, ""), ("slow_queries_hourly", 50, ""), ("slow_requests", 30, "page")),
    (("cpu", 0, ""), ("slow_requests", 25, "page")),
    (("container_memory", 0, ""), ("memory", 5, ""), ("slow_requests", 40, "page")),
    (("database_growth", 0, ""), ("disk", 600, ""), ("backup_age", 1500, "")),
    (("failed_jobs_daily", 0, "job"), ("backup_age", 1500, "job")),
    (("members_without_customer", 0, "names"), ("dues_schedules_stuck", 700, "names")),
    (("failed_jobs_hourly", 0, "job"), ("failed_jobs_daily", 30, "job")),
    (("audit_spool_waiting", 0, ""), ("audit_silent", 60, "")),
    (("failed_sepa_threshold", 0, "batch"),),
    (("new_error_kind", 0, "kind"),),
    *(((alone, 0, ""),) for alone in ALONE),
)  # fmt: skip
"""What really belongs together when one thing breaks; a trouble alone has no followers."""
NAMED = ("new_error_kind", "sepa_findings_high")
FIXED = ("mail", "queue", "names", "job")
SAID = 0.8
"""How often one thing makes up most of the numbers of a trouble, so that their evidence names it; what is
new, what a rule is always about, and a job that fails are named each time."""


@dataclass(frozen=True)
class Grouping:
    """Of all pairs of alerts: how many are one incident by their label, by the grouping, and by both."""

    same: int
    grouped: int
    both: int

    @property
    def f1(self) -> float:
        return 2 * self.both / (self.same + self.grouped) if self.same + self.grouped else 1.0


def corpus(seed: int) -> dict[str, tuple[int, Member]]:
    """Sixty incidents that overlap, by the name of each alert; the same alert is never open twice."""
    chance, told = random.Random(seed), dict[str, tuple[int, Member]]()
    label = 0
    while label < INCIDENTS:
        began = BEGIN + timedelta(minutes=chance.randrange(DAYS * 1440))
        lasted = timedelta(minutes=chance.randrange(60, 2000))
        members = list(_happened(chance, chance.choice(STORIES), label, began, lasted))
        if not _clash(members, [member for _label, member in told.values()]):
            told |= {member.name: (label, member) for member in members}
            label += 1
    return told


def judged(seed: int) -> Grouping:
    """Judge the grouping by the labels of one corpus."""
    told = corpus(seed)
    found = {
        each.name: number
        for number, one in enumerate(incidents(m for _, m in told.values()))
        for each in one.members
    }
    both = [(label, found[name]) for name, (label, _member) in told.items()]
    return Grouping(_pairs(label for label, _ in both), _pairs(key for _, key in both), _pairs(both))


def rows() -> list[Row]:
    found = [judged(seed) for seed in range(CORPORA)]
    members = [member for _label, member in corpus(0).values()]
    worst = min(each.f1 for each in found)
    f1 = 2 * sum(each.both for each in found) / sum(each.same + each.grouped for each in found)
    size = f"{CORPORA} corpora of {INCIDENTS} incidents"
    goal = f"F1 at least {GOAL_F1}"
    timing = timed(lambda: incidents(members), 15)
    return [
        Row("alerts grouped into incidents, pairwise F1", size, f"{f1:.3f}", f"worst {worst:.3f}", goal),
        Row.of("grouping the alerts of one corpus", f"{len(members)} alerts", timing),
    ]


def _happened(
    chance: random.Random, story: Story, label: int, began: datetime, lasted: timedelta
) -> Iterator[Member]:
    """The alerts of one trouble: all stay until it is repaired, which is after the last of them began."""
    queue = chance.choice(("short", "default", "long"))
    about = {
        "mail": "frappe.email.queue.flush",
        "queue": subject.queue(queue).name,
        "names": f"DOC-{label}-0001",
        **{sort: f"{sort} {label}" for sort in ("kind", "page", "job", "batch")},
    }
    said = {sort: sort in FIXED or chance.random() < SAID for sort in about}
    repaired = began + timedelta(minutes=1.5 * max(minutes for _key, minutes, _what in story)) + lasted
    for position, (key, minutes, what) in enumerate(story):
        if position and chance.random() < 0.15:
            continue
        rule = BY_KEY[key]
        at = began + timedelta(minutes=minutes * chance.uniform(0.5, 1.5))
        yield Member(
            f"{label}-{position}", key, at, repaired + timedelta(minutes=chance.randrange(60)),
            labels=(("queue", queue),) if what == "queue" else (),
            names=frozenset(about[sort] for sort in what.split() if said[sort] or key in NAMED),
            severity=rule.severity, because_of=rule.because_of, slack=DETECTED_WITHIN[rule.interval],
            event=rule.event, subjects=(subject.queue(queue),) if "queue" in what else (),
        )  # fmt: skip


def _clash(new: Iterable[Member], there: Iterable[Member]) -> bool:
    return any(
        (one.rule, one.labels) == (other.rule, other.labels)
        and one.began <= other.ended
        and other.began <= one.ended
        for one in new
        for other in there
        if one.ended and other.ended
    )


def _pairs(keys: Iterable[Hashable]) -> int:
    return sum(number * (number - 1) // 2 for number in Counter(keys).values())
