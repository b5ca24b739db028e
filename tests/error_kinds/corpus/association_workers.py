"""What runs jobs and requests and stops them, as the libraries of a bench do; run from site-packages."""

from __future__ import annotations

import signal
import sys


class SoftTimeLimitExceeded(Exception):
    pass


def alarm(error):
    def ring(_number, _frame):
        raise error

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)


def under_rq(seconds, job, *values):
    from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

    signal.setitimer(signal.ITIMER_REAL, 0)
    penalty = UnixSignalDeathPenalty(1, JobTimeoutException)
    penalty._timeout = seconds
    penalty.setup_death_penalty = lambda: (
        signal.signal(signal.SIGALRM, penalty.handle_death_penalty),
        signal.setitimer(signal.ITIMER_REAL, 0.05),
    )
    penalty.cancel_death_penalty = lambda: signal.setitimer(signal.ITIMER_REAL, 0)
    with penalty:
        job(*values)


def gunicorn_worker(route, *values):
    def handle_abort(_number, _frame):
        sys.exit(1)

    signal.signal(signal.SIGALRM, handle_abort)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    route(*values)


def keyboard(job, *values):
    def handler(_number, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    job(*values)


def celery(job, *values):
    alarm(SoftTimeLimitExceeded())
    job(*values)
