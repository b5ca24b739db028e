"""Retention: of what the alerting stores, in bounded batches, and of the audit trail, as the settings say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from vuurtoren.alerts import alerts, events, stored_silences, stored_state
from vuurtoren.audit.retention import retention as audit_retention
from vuurtoren.audit.retention.retention import People, Pruned
from vuurtoren.audit.verification.verification import Progress
from vuurtoren.backtest import stored_suggestions
from vuurtoren.backups import drills
from vuurtoren.changes import stored as site_changes
from vuurtoren.compliance.findings import stored as findings
from vuurtoren.compliance.returned import stored as returns
from vuurtoren.error_kinds import index as error_index
from vuurtoren.metrics.history.retention import trim as trim_history
from vuurtoren.metrics.learned import models
from vuurtoren.notifications import outbox
from vuurtoren.routines import routines
from vuurtoren.rules import changes as rule_changes
from vuurtoren.settings import settings as settings_module
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site

BATCH = 500
MOST_BATCHES = 20
SEPA_RECORDS_FOR = timedelta(days=3 * 366)
"""Findings that have ended and returns that are settled; their steps stay in the audit trail for longer."""
FORGOTTEN_AFTER = timedelta(days=30)
"""The state of a rule or of one of its instances that was not judged for so long is deleted."""


def trim(site: Site, settings: Settings) -> int:
    """Close old events and delete what is past its retention, at most 10,000 rows of each kind; commits."""
    now = site.now()
    close_old_events(site, settings)
    old = now - timedelta(days=settings.alert_retention_days)
    old_states = {"state": "Inactive", "unknown_told": 0, "evaluated_at": ("<", now - FORGOTTEN_AFTER)}
    steps: tuple[Callable[[], int], ...] = (
        lambda: alerts.trim(site, old, BATCH),
        lambda: outbox.trim(site, old, BATCH),
        lambda: site.delete(stored_state.DOCTYPE, old_states, limit=BATCH),
        lambda: stored_silences.trim(site, old, BATCH),
        lambda: rule_changes.trim(site, BATCH),
        lambda: site_changes.trim(site, old, BATCH),
        lambda: drills.trim(site, old, BATCH),
        lambda: stored_suggestions.trim(site, old, BATCH),
        lambda: routines.trim(site, old, BATCH),
        lambda: trim_history(site),
        lambda: models.trim(site, now - FORGOTTEN_AFTER, BATCH),
        lambda: findings.trim(site, now - SEPA_RECORDS_FOR, BATCH),
        lambda: returns.trim(site, now - SEPA_RECORDS_FOR, BATCH),
        lambda: error_index.trim(site, settings.error_kind_retention_days),
    )
    return sum(_in_batches(site, delete_one_batch) for delete_one_batch in steps)


def prune_audit_trail(
    site: Site, before: date, folder: Path, people: People, *, progress: Progress | None = None
) -> Pruned:
    """Remove the oldest events of the trail, those within the retention of Monitoring Settings never; see
    `vuurtoren.audit.retention.retention.prune`."""
    years = settings_module.read(site).sepa_retention_years
    return audit_retention.prune(site, before, folder, people, years=years, progress=progress)


def close_old_events(site: Site, settings: Settings) -> None:
    """Resolve events that nobody resolved for a week; nothing is mailed about that."""
    old = {
        "status": ("in", alerts.OPEN_STATUSES),
        "kind": "Event",
        "timestamp": ("<", site.now() - events.CLOSED_AFTER),
    }
    reason = site.translate("It was told; closed by itself after {0} days.").format(events.CLOSED_AFTER.days)
    for row in site.get_all(alerts.DOCTYPE, ["open_fingerprint"], old, limit=BATCH):
        alerts.end(site, str(row["open_fingerprint"]), reason, settings)
    site.commit()


def _in_batches(site: Site, delete_one_batch: Callable[[], int]) -> int:
    deleted = 0
    for _ in range(MOST_BATCHES):
        gone = delete_one_batch()
        site.commit()
        deleted += gone
        if not gone:
            break
    return deleted
