"""Small pieces of trouble for a test or a console: each puts one thing on a site and says what it made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears, put_on_record
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

_serial = count(1)


def log_errors(
    site: SQLiteSite, number: int, *, title: str = "broken", error: str = "", **ago: float
) -> list[str]:
    """That many Error Log rows of one kind, `ago` from now (such as `minutes=5`)."""
    text = (
        error
        or f'Traceback (most recent call last):\n  File "app.py", line 1, in work\nValueError: {title}\n'
    )
    return _put(site, "Error Log", number, _moment(site, ago), method=title, error=text)


def queue_mails(site: SQLiteSite, number: int, *, status: str = "Not Sent", **ago: float) -> list[str]:
    """That many Email Queue rows."""
    return _put(site, "Email Queue", number, _moment(site, ago), status=status, sender="a@vereniging.example")


def run_job(site: SQLiteSite, method: str, *, status: str = "Complete", **ago: float) -> str:
    """One run of a scheduled job, with its Scheduled Job Type when that is not there yet."""
    name = ".".join(method.split(".")[-2:])
    started = _moment(site, ago)
    if site.get("Scheduled Job Type", name) is None:
        _put(site, "Scheduled Job Type", 1, started, [name], method=method, frequency="Hourly", create_log=1)
    return _put(site, "Scheduled Job Log", 1, started, scheduled_job_type=name, status=status)[0]


def add_members(site: SQLiteSite, number: int, *, status: str = "Active", **ago: float) -> list[str]:
    """That many members, each with a customer; the site needs the host DocTypes."""
    names = [f"Assoc-Member-TEST-{next(_serial):04d}" for _ in range(number)]
    return _put(site, "Member", number, _moment(site, ago), names, status=status, customer="CUST-TEST")


def end_membership(site: SQLiteSite, member: str, **ago: float) -> str:
    """An executed termination of that member."""
    executed = _moment(site, ago)
    site.update("Member", member, {"status": "Terminated"})
    return _put(
        site,
        "Membership Termination Request",
        1,
        executed,
        member=member,
        status="Executed",
        execution_date=executed,
        termination_date=executed.date(),
    )[0]


def _moment(site: SQLiteSite, ago: dict[str, float]) -> datetime:
    return site.now() - timedelta(**ago)


def _put(
    site: SQLiteSite, doctype: str, number: int, at: datetime, names: Sequence[str] = (), **values: Any
) -> list[str]:
    told = StoryMoment(at)
    told.dice.seed(next(_serial))
    made = list(names) or [told.token() for _ in range(number)]
    rows: list[Happening] = [appears(at, doctype, name, **values) for name in made]
    put_on_record(site, rows)
    return made
