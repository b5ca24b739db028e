"""Doing the run of a worker that died.

As often as a tick it is asked for in vain, in a process of its own: what a run needs is read only where one
has died, as reading it is most of the CPU of a tick in a bench.
"""

from __future__ import annotations

from vuurtoren.failures import error_boundary
from vuurtoren.health import runs
from vuurtoren.rules.rule import Interval
from vuurtoren.site.protocol import Site


def take_over(site: Site, job: Interval, method: str) -> str:
    """Do the run of a worker that died in the middle of it; `method` is what the scheduler calls for the job.
    What went wrong, a line each, or empty, also when no worker died. Never raises.
    """
    died = False
    with error_boundary(site, f"taking over the {job} job", undo=True) as caught:
        died = site.release_job(method)
        if died:
            for name in (job, f"audit {job}"):
                runs.abandon(site, name)
    if not died:
        return caught.reason
    from vuurtoren.rounds.checks import run_job

    return run_job(site, job)
