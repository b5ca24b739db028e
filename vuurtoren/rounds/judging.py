"""Judges what was just written by the rules of SEPA, soon after the commit; the tick does the same work."""

from __future__ import annotations

from vuurtoren.compliance import scanning
from vuurtoren.composition import current_site
from vuurtoren.failures import error_boundary
from vuurtoren.site.protocol import Site

JUDGE_SOON = "vuurtoren.rounds.judging.judge_soon"


def judge_soon() -> None:
    """A bench enqueues it after each transaction that wrote a mandate, a batch or a file of the bank."""
    site = current_site()
    with error_boundary(site, "judging the SEPA rules after a commit", undo=True):
        judge_changes(site)


def judge_changes(site: Site) -> None:
    """What was written since the last time, by one process at a time."""
    with site.lock("compliance changes") as had:
        if had:
            scanning.scan_changes(site)
