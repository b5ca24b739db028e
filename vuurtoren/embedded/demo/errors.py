"""The errors of the week, by kind; the tracebacks are in the folder beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears
from vuurtoren.embedded.demo.money import RUNS_DAYS_AGO, batch_name
from vuurtoren.embedded.demo.people import Person
from vuurtoren.embedded.demo.updates import UPDATE_HOURS_AGO

TRACEBACKS = Path(__file__).with_name("tracebacks")


@dataclass(frozen=True)
class Kind:
    """One kind of error: its title, the file of its traceback, how long ago each one happened, and the
    documents that they were logged for in turn, if any."""

    title: str
    traceback: str
    hours_ago: tuple[float, ...]
    about: tuple[tuple[str, str], ...] = ()


def errors(told: StoryMoment, people: Sequence[Person] = ()) -> Iterator[Happening]:
    """Error Log rows; those of one kind differ in the numbers that real ones differ in."""
    for kind in _kinds(told, people):
        documents = cycle(kind.about or [("", "")])
        for hours, document in zip(kind.hours_ago, documents, strict=False):
            yield _error(told, told.ago(hours=hours), kind.title, kind.traceback, document)


def portal_error(told: StoryMoment, at: datetime) -> Happening:
    """One more of the kind that the update brought."""
    return _error(told, at, "member_portal", "member_portal")


def _error(
    told: StoryMoment, at: datetime, title: str, traceback: str, document: tuple[str, str] = ("", "")
) -> Happening:
    text = (TRACEBACKS / f"{traceback}.txt").read_text("utf-8")
    error = text.replace("{reference}", str(told.dice.randint(100, 9999)))
    doctype, name = document
    about = {"reference_doctype": doctype, "reference_name": name} if name else {}
    return appears(at, "Error Log", told.token(), method=title, error=error, **about)


def _kinds(told: StoryMoment, people: Sequence[Person]) -> list[Kind]:
    unbilled = [person for person in people if person.status == "Active" and not person.customer]
    batch = batch_name(told.ago(days=RUNS_DAYS_AGO[-1]))
    return [
        Kind("member_portal", "member_portal", _since_the_update(told)),
        Kind("verenigingen_site.tasks.dues.generate_invoices", "dues_deadlock", _steps(97.2, 0.03, 9)),
        Kind("Payment status", "payment_gateway", tuple(told.dice.uniform(0, 168) for _ in range(19))),
        Kind(
            "Dues schedule failed",
            "no_customer",
            tuple(9 + 24 * day + 0.002 * n for day in range(7) for n in range(4)),
            tuple(("Membership Dues Schedule", f"Dues {person.name}") for person in unbilled),
        ),
        Kind("frappe.email.queue.flush", "mail_refused", _steps(0.4, 1.5, 31)),
        Kind("SEPA return file", "return_file", (0.33, 0.27, 0.18), (("Direct Debit Batch", batch),)),
        Kind("Web Form contact <script>", "contact_form", (61.0, 61.1)),
    ]


def _steps(first: float, step: float, count: int) -> tuple[float, ...]:
    return tuple(first + step * number for number in range(count))


def _since_the_update(told: StoryMoment) -> tuple[float, ...]:
    """Whenever members look at their page, that is by day; nine within the last hour."""
    hours_ago = range(1, UPDATE_HOURS_AGO)
    by_day = [hours for hours in hours_ago if 7 <= (told.now - timedelta(hours=hours)).hour < 22]
    return (*_steps(0.02, 0.1, 9), *sorted(hours + told.dice.random() for hours in by_day for _ in range(2)))
