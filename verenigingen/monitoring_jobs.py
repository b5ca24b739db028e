"""The jobs of the scheduler. Frappe 14 and 15 know a scheduled job by its last two names, across all apps, so
these are unmistakably ours; the deployment checklist finds them in `utils.alert_manager` as well.

Each is a process of its own that a worker forks; what the worker has read it finds (`commands.read_ahead`).
"""

from __future__ import annotations

from vuurtoren.composition import current_site

__all__ = ["run_backup_drill", "run_daily_checks", "run_hourly_checks", "run_tick", "take_over_tick"]


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
