"""The jobs of the scheduler. Frappe 14 and 15 know a scheduled job by its last two names, across all apps, so
these are unmistakably ours; the deployment checklist finds them in `utils.alert_manager` as well.

Each is a process of its own that a worker forks: what the worker has read, its jobs find (`read_ahead`).
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from vuurtoren.composition import current_site

__all__ = [
    "read_ahead",
    "run_backup_drill",
    "run_daily_checks",
    "run_hourly_checks",
    "run_tick",
    "take_over_tick",
]

READ_AHEAD = (
    "vuurtoren.rounds.checks",
    "vuurtoren.rounds.taking_over",
    "vuurtoren.frappe_adapter.events",
    "vuurtoren.frappe_adapter.machines",
    "vuurtoren.frappe_adapter.sepa_document_events",
    "frappe.core.doctype.scheduled_job_type.scheduled_job_type",
    "frappe.core.doctype.user.user",
    "frappe.database.mariadb.database",
    "frappe.database.query",
    "frappe.model.db_query",
    "frappe.utils.logger",
    "frappe.utils.redis_wrapper",
    "frappe.utils.safe_exec",
    "frappe.utils.typing_validations",
)
"""What every tick needs, of ours and of Frappe's own way to a job; found by comparing what was read before
one and after it."""


def read_ahead() -> None:
    """Read the code of a tick into this worker. What is not here, or cannot be read, is left to the jobs."""
    for name in READ_AHEAD:
        with suppress(ImportError):
            import_module(name)


def run_tick() -> None:
    """Judge the fast rules and tell what changed; the scheduler's `all` event calls it. Raises nothing."""
    from vuurtoren.rounds.checks import run_job

    run_job(current_site(), "tick")


def take_over_tick() -> None:
    """Do the tick of a worker that died in it, which Frappe would not enqueue for a quarter of an hour. The
    scheduler calls it as often as the tick. Raises nothing."""
    from vuurtoren.rounds.taking_over import take_over

    take_over(current_site(), "tick", f"{__name__}.run_tick")


def run_hourly_checks() -> None:
    """Judge the fast and the hourly rules and tell what changed. Raises nothing."""
    from vuurtoren.rounds.checks import run_job

    run_job(current_site(), "hourly")


def run_daily_checks() -> None:
    """Judge all rules, send the daily report, and delete what is past its retention. Raises nothing."""
    from vuurtoren.rounds.checks import run_job

    run_job(current_site(), "daily")


def run_backup_drill() -> None:
    """Try whether the newest backup can be restored, once a month. Raises nothing."""
    from vuurtoren.rounds.drilling import drill_when_due

    drill_when_due(current_site())
