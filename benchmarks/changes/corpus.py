"""Seeded faults of known cause, each among twenty changes that did nothing; the generator is the corpus.

A cause is drawn before the rest: what was changed, and how long that took to be seen. Decoys are drawn from
what a site of an association really sees in a week: an administrator who edits a form all day, a Friday on
which several apps were updated, a change minutes before the fault that has nothing to do with it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vuurtoren.changes.change import APP, CONFIGURATION, PATCHES, RULE, Change
from vuurtoren.changes.suspects import Fault

FAULTS, DECOYS = 50, 20
END = datetime(2026, 11, 4, 10)
APPS = ("verenigingen", "erpnext", "hrms", "payments", "frappe", "website_theme", "mollie_link")
DOCTYPES = ("Member", "Sales Invoice", "Direct Debit Batch", "SEPA Mandate", "Payment Entry", "Donation")
JOBS = ("dues.generate_invoices", "reminders.send", "mandates.expire", "newsletter.sync")
KEYS = ("mail_server", "mail_password", "redis_queue", "db_host", "http_timeout", "pause_scheduler")
HARMLESS_KEYS = ("app_logo", "robots_txt", "max_file_size", "home_page", "limits")
PEOPLE = ("beheer@vereniging.example", "penningmeester@vereniging.example", "consultant@bureau.example")


@dataclass(frozen=True)
class Case:
    """One fault, every change of the month before it, and the one that caused it."""

    fault: Fault
    changes: tuple[Change, ...]
    cause: Change


def cases(seed: int, faults: int = FAULTS) -> Iterator[Case]:
    chance = random.Random(seed)
    for number in range(faults):
        began = END + timedelta(days=number, minutes=chance.randrange(600))
        fault, cause, brought = _cause(chance, began)
        decoys = [_decoy(chance, began, cause) for _ in range(DECOYS)]
        yield Case(fault, tuple(chance.sample([*brought, *decoys], len(brought) + DECOYS)), cause)


def _cause(chance: random.Random, began: datetime) -> tuple[Fault, Change, list[Change]]:
    """A third is seen within minutes, half within some hours, the rest by the next night's job."""
    took = timedelta(
        minutes=chance.choice((2, 5, 9, 14, 25, 40, 75, 120, 200, 420, 700)) * chance.uniform(0.6, 1.4)
    )
    at, app, doctype = began - took, chance.choice(APPS[:4]), chance.choice(DOCTYPES)
    sort = chance.choice(
        ("update", "update", "script", "setting", "permission", "job", "slow", "field", "workflow")
    )
    if sort == "update":
        update = Change(
            APP, "Changed", app, at, app=app, detail="0.9.1 → 0.9.2", not_before=at - timedelta(minutes=4)
        )
        patches = Change(PATCHES, "Added", app, at, app=app, amount=chance.randrange(1, 5))
        return Fault(began, frozenset({app}), frozenset({doctype})), update, [update, patches]
    if sort == "slow":  # everything is slow: no code is named, only the moment tells
        update = Change(APP, "Changed", app, began - took / 4, app=app, detail="2.0.0 → 2.1.0")
        return Fault(began), update, [update]
    if sort == "setting":
        key = chance.choice(KEYS)
        change = Change(CONFIGURATION, "Changed", key, at, not_before=at - timedelta(minutes=4))
        named = frozenset({key}) if chance.random() < 0.8 else frozenset[str]()
        return Fault(began, frozenset(), named), change, [change]
    if sort == "job":
        job = f"{app}.tasks.{chance.choice(JOBS)}"
        change = Change("Scheduled Job Type", "Changed", job, at, about=job, app=app, detail="Daily → Hourly")
        return Fault(began, frozenset({app}), frozenset({job})), change, [change]
    kind, action, subject = {
        "script": ("Server Script", "Changed", f"check_{doctype.lower()}"),
        "permission": ("Custom DocPerm", "Removed", doctype),
        "field": ("Custom Field", "Changed", f"{doctype}-reference"),
        "workflow": ("Workflow", "Changed", f"{doctype} approval"),
    }[sort]
    by = chance.choice(PEOPLE)
    change = Change(kind, action, subject, at, about=doctype, changed_by=by)  # type: ignore[arg-type]
    return Fault(began, frozenset({"frappe"}), frozenset({doctype})), change, [change]


def _decoy(chance: random.Random, began: datetime, cause: Change) -> Change:
    """Most within the week, a quarter in the last hour, a few after the fault began.

    Of those about a form one in twelve acts on the very DocType that fails, of the updates one in seven is of
    the app that fails.
    """
    near = chance.random()
    minutes = (
        chance.uniform(1, 60) if near < 0.25 else -chance.uniform(1, 600) if near < 0.3
        else chance.uniform(60, 7 * 1440)
    )  # fmt: skip
    at, by = began - timedelta(minutes=minutes), chance.choice(PEOPLE)
    sort = chance.choice(
        ("form", "form", "form", "script", "app", "patch", "key", "notification", "user", "rule")
    )
    doctype = chance.choice(
        [each for each in DOCTYPES if each != cause.about] if chance.random() < 0.5 else DOCTYPES
    )
    if sort == "form":  # the same administrator works on the same form for days
        field = chance.choice(("title", "section", "status"))
        return Change("Property Setter", "Changed", f"{doctype}-{field}", at, about=doctype, changed_by=by)
    if sort == "script":
        return Change("Client Script", "Changed", f"{doctype} form", at, about=doctype, changed_by=by)
    if sort in ("app", "patch"):
        app = chance.choice(APPS)
        kind = APP if sort == "app" else PATCHES
        return Change(
            kind, "Changed" if sort == "app" else "Added", app, at, app=app, detail="1.2.0 → 1.2.1", amount=1
        )
    if sort == "key":
        return Change(CONFIGURATION, "Changed", chance.choice(HARMLESS_KEYS), at)
    if sort == "notification":
        return Change("Notification", "Changed", f"{doctype} reminder", at, about=doctype, changed_by=by)
    if sort == "user":
        return Change("User", "Changed", chance.choice(PEOPLE), at, detail="roles", changed_by=by)
    return Change(RULE, "Changed", chance.choice(("disk", "error_rate_hourly")), at, changed_by=by)
