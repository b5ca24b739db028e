"""The jobs of the monitor: measure, judge, tell; each step behind its own error boundary."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from time import thread_time

from vuurtoren.alerts import retirement, stored_state
from vuurtoren.alerts.evaluation import Evaluated, evaluate
from vuurtoren.analytics.backfill import backfilling
from vuurtoren.audit.anchors import checkpoint_publishing
from vuurtoren.audit.details import details_encryption
from vuurtoren.audit.recording import failed_collections, spool
from vuurtoren.audit.seals.tables import CHECKPOINT, LOG
from vuurtoren.audit.verification import daily_verification
from vuurtoren.audit.zones import time_zones
from vuurtoren.changes import noting
from vuurtoren.compliance import scanning
from vuurtoren.compliance.bank_files import watched_folder
from vuurtoren.error_kinds import index as error_index
from vuurtoren.failures import error_boundary, report
from vuurtoren.health import runs
from vuurtoren.metrics import hosts
from vuurtoren.metrics.history import history
from vuurtoren.metrics.learned import learning
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.notifications import delivery, heartbeat
from vuurtoren.reports import daily_report, digest
from vuurtoren.rounds import guarding, monthly_review, retention, sealing
from vuurtoren.rounds.judging import judge_changes
from vuurtoren.routines import routine_report
from vuurtoren.rules.rule import Interval, Rule
from vuurtoren.settings import settings as settings_module
from vuurtoren.settings.settings import Settings
from vuurtoren.signals import registry
from vuurtoren.signals.measuring import collect
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import duration

INTERVALS: dict[Interval, tuple[Interval, ...]] = {
    "tick": ("tick",),
    "hourly": ("tick", "hourly"),
    "daily": ("tick", "hourly", "daily"),
}
"""A slower job judges the rules of the faster ones too, so that any one of them alone is a monitor."""
OFF = "monitoring is switched off in Monitoring Settings; the audit trail goes on"
ELSEWHERE = "another worker runs the {0} job, or has just done so"


@dataclass
class Round:
    """One run of a job, step by step."""

    site: Site
    settings: Settings
    job: Interval
    snapshot: Snapshot | None = None
    opened: bool = False
    """Whether an alert was opened."""
    notes: list[str] = field(default_factory=list)

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Each step returns what went wrong although it went on, or an empty text."""
        if not self.settings.enabled:
            return self.audit_steps()
        # the trail first, before anything is measured, so that this very run tells what was found
        steps = [
            *self.audit_steps(),
            ("judging the SEPA rules", self.judge_sepa_rules),
            ("counting errors", self.count_errors),
            ("measuring", self.measure),
            ("keeping history", self.keep_history),
            ("learning what is usual", self.learn),
            ("judging", self.judge),
            ("noting changes", self.note_changes),
            ("telling", self.tell),
        ]
        if self.job == "daily":
            steps.append(("clearing", self.clear))
        if self.job != "tick":
            steps.append(("counting the past", self.count_back))
            steps.append(("the daily report", self.report))
            steps.append(("the weekly digest", self.weekly_digest))
            steps.append(("the monthly review", self.monthly_review))
            steps.append(("the routines", self.routines))
        return steps

    def audit_steps(self) -> list[tuple[str, Callable[[], str]]]:
        """What goes on while monitoring is switched off: nobody may stop the audit trail like that."""
        steps = [
            ("seeing the guard of the audit trail", self.see_guard),
            ("bringing in audit events", self.bring_in_audit_events),
            ("noticing failed collections", self.notice_failed_collections),
            ("sealing audit events", self.seal_audit_events),
            ("handing out a submission to the bank", self.hand_out_submission),
        ]
        if self.job != "tick":
            steps += [
                ("reading the files of the bank", self.read_bank_files),
                ("encrypting older audit details", self.encrypt_older_details),
                ("verifying the audit trail", self.verify_audit_trail),
                ("handing out the audit checkpoint", self.hand_out_checkpoint),
            ]
        return steps

    def see_guard(self) -> str:
        guarding.look(self.site)
        return ""

    def encrypt_older_details(self) -> str:
        details_encryption.encrypt_older(self.site, most=details_encryption.AT_ONCE)
        return ""

    def bring_in_audit_events(self) -> str:
        refused = spool.replay(self.site).refused
        return f"{refused} audit events can never be stored, see the Error Log" if refused else ""

    def notice_failed_collections(self) -> str:
        if self.site.has_doctype(LOG):
            failed_collections.note_missed(self.site)
        return ""

    def seal_audit_events(self) -> str:
        if not self.site.has_doctype(CHECKPOINT):
            return ""
        time_zones.note_change(self.site)
        self.site.commit()
        sealing.seal_and_tell(self.site, self.settings, sweep=self.job == "daily")
        return ""

    def verify_audit_trail(self) -> str:
        return daily_verification.verify_daily(self.site) if self.site.has_doctype(CHECKPOINT) else ""

    def hand_out_submission(self) -> str:
        return (
            checkpoint_publishing.hand_out_after_submission(self.site)
            if self.site.has_doctype(CHECKPOINT)
            else ""
        )

    def hand_out_checkpoint(self) -> str:
        return checkpoint_publishing.hand_out_daily(self.site) if self.site.has_doctype(CHECKPOINT) else ""

    def judge_sepa_rules(self) -> str:
        """Every record once a day, by whichever slower job comes first; each tick what was written since."""
        if self.job == "tick":
            judge_changes(self.site)
            return ""
        return scanning.scan_daily(self.site)

    def count_errors(self) -> str:
        error_index.index_new_errors(self.site)
        return ""

    def note_changes(self) -> str:
        """Every few minutes, and whenever an alert has just opened: it is told with what came before it."""
        noting.note_changes(self.site, rests=not self.opened)
        return ""

    def read_bank_files(self) -> str:
        return watched_folder.take_in_new_files(self.site)

    def measure(self) -> str:
        self.snapshot = collect(self.site)
        hosts.announce(self.site, self.snapshot, works=True)
        for source, took_seconds in self.snapshot.slow:
            text = self.site.translate("{0} took {1} to measure; its last answer stands in for a while")
            self.notes.append(text.format(source, duration(took_seconds, self.site.translate)))
            report(self.site, f"slow source {source}", self.notes[-1])
        return ""

    def keep_history(self) -> str:
        if self.snapshot is not None:
            history.record(self.site, self.snapshot)
        return ""

    def count_back(self) -> str:
        """Once, so that the first day has a past; a very long one waits for the command."""
        done = backfilling.backfill_once(self.site)
        if done is not None and done.too_many:
            text = self.site.translate("the past waits for “monitoring backfill”: the logs are long ({0})")
            self.notes.append(text.format(f"{done.too_many:,}"))
        return ""

    def learn(self) -> str:
        if self.snapshot is not None:
            wanted = {rule.metric for rule in self.settings.rules if rule.kind != "limit"}
            learning.go_on(self.site, self.snapshot, wanted)
        return ""

    def judge(self) -> str:
        if self.snapshot is None:
            return "nothing was measured, so nothing can be judged"
        states = stored_state.read_all(self.site) if self.settings.enabled else {}
        retirement.retire(self.site, self.settings, states=states)
        done = evaluate(self.site, self.snapshot, self.settings, INTERVALS[self.job], states=states)
        self.opened = bool(done.opened)
        return "; ".join(f"{rule}: {reason}" for rule, reason in done.failed.items())

    def tell(self) -> str:
        delivery.deliver(self.site, self.settings)
        return ""

    def clear(self) -> str:
        retention.trim(self.site, self.settings)
        return ""

    def report(self) -> str:
        daily_report.send_daily_report(self.site, self.settings, only_if_failed=self.job != "daily")
        return ""

    def weekly_digest(self) -> str:
        digest.send_weekly_digest(self.site, self.settings)
        return ""

    def monthly_review(self) -> str:
        monthly_review.send_monthly_review(self.site, self.settings)
        return ""

    def routines(self) -> str:
        routine_report.send_due(self.site, self.settings)
        return ""


def run_job(site: Site, job: Interval) -> str:
    """Do one run of the job; what went wrong, a line each, or empty. Never raises.

    What it keeps and tells is in the site's own language, whoever has it done.
    """
    problems: list[str] = []
    with (
        error_boundary(site, f"the {job} job", undo=True) as caught,
        site.speaking(site.site_language()),
    ):
        with error_boundary(site, "settings", undo=True) as unread:
            settings = settings_module.read(site)
        if unread.reason:
            return _could_not_begin(site, job, f"settings: {unread.reason}")
        if settings.enabled:
            _name_problems(site, settings)
        with runs.run(site, _name(job, settings)) as held:
            if held is None:
                return ELSEWHERE.format(job)
            _do(site, Round(site, settings, job), held)
            problems = held.problems
        if not settings.enabled:
            problems = [OFF, *problems]
        elif job == "tick" and not problems:
            _send_heartbeat(site, settings)
    return "\n".join(problems or filter(None, [caught.reason]))


def check_now(site: Site, rules: Collection[Rule], thresholds: Mapping[str, float]) -> Evaluated:
    """Measure what these rules need, judge them now with these thresholds, and tell; commits."""
    settings = settings_module.read(site)
    rules = [settings.rule(rule.key) or rule for rule in rules]
    wanted = {rule.metric for rule in rules}
    names = [source.name for source in registry.sources(site) if wanted & set(source.promises)]
    done = evaluate(
        site,
        collect(site, names, fresh=True),
        settings,
        INTERVALS["daily"],
        rules=rules,
        thresholds=thresholds,
    )
    if done.opened or done.resolved:
        delivery.deliver(site, settings)
    return done


def _name(job: Interval, settings: Settings) -> str:
    """The job's row in Monitoring Run; while monitoring is off another one, so that its age stays true."""
    return job if settings.enabled else f"audit {job}"


def _could_not_begin(site: Site, job: Interval, problem: str) -> str:
    """A run of which nothing could be done: it is recorded, so that every witness can say why."""
    with runs.run(site, job) as held:
        if held is not None:
            held.problems.append(problem)
    return problem


def _do(site: Site, round_: Round, held: runs.Run) -> None:
    for name, step in round_.steps():
        problem, began = "", thread_time()
        with error_boundary(site, f"{round_.job}: {name}", undo=True) as caught:
            problem = step()
            site.commit()
        held.spent_ms[name] = (thread_time() - began) * 1000
        if caught.reason or problem:
            held.problems.append(f"{name}: {caught.reason or problem}")
    held.notes += round_.notes


def _send_heartbeat(site: Site, settings: Settings) -> None:
    """Whatever becomes of it is shown on the page, and is no failure of the tick."""
    with error_boundary(site, "the heartbeat", undo=True):
        heartbeat.beat(site, settings.heartbeat_url)


def _name_problems(site: Site, settings: Settings) -> None:
    """Values in the configuration that had to be ignored are in the Error Log too, at most once an hour."""
    if settings.problems:
        report(site, "settings", "\n".join(settings.problems))
