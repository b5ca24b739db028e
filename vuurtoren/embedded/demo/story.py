"""The whole story, the same every time: a fictional association and its bad week."""

from __future__ import annotations

from datetime import datetime, timedelta

from vuurtoren.embedded.demo.dues import next_run
from vuurtoren.embedded.demo.errors import errors, portal_error
from vuurtoren.embedded.demo.happening import Happening, StoryMoment, put_on_record
from vuurtoren.embedded.demo.money import Money
from vuurtoren.embedded.demo.people import members, membership
from vuurtoren.embedded.demo.trail import audit_trail, next_file
from vuurtoren.embedded.demo.trouble import log_ins, mail, scheduled_jobs
from vuurtoren.embedded.demo.updates import updates
from vuurtoren.embedded.store.sqlite_site import SQLiteSite

AFTERWARDS = timedelta(hours=12)
PORTAL_ERROR_EVERY = timedelta(minutes=11)


def story(now: datetime) -> list[Happening]:
    """Everything that happened until `now` (site time) in the order in which it did."""
    return story_and_file(now)[0]


def story_and_file(now: datetime) -> tuple[list[Happening], bytes]:
    """The same, and the file of the next dues run as it lies there."""
    told = StoryMoment(now)
    people = members(told)
    money = Money(told, people)
    happenings = [
        *membership(told, people),
        *money.rows(),
        *audit_trail(told, money),
        *errors(told, people),
        *scheduled_jobs(told),
        *mail(told),
        *log_ins(told),
        *next_file(told, money),
        *updates(told),
    ]
    file = next_run.file_as_it_lies_there(told, money)
    return sorted(happenings, key=lambda each: each.at), file


def aftermath(now: datetime) -> list[Happening]:
    """What goes on after `now` for half a day: the portal keeps failing."""
    told = StoryMoment(now)
    return [
        portal_error(told, now + PORTAL_ERROR_EVERY * number)
        for number in range(1, int(AFTERWARDS / PORTAL_ERROR_EVERY))
    ]


def tell(site: SQLiteSite) -> None:
    """Put the whole story on record, ending at the site's own present; the site needs the host DocTypes."""
    put_on_record(site, story(site.now()))
