"""What goes wrong in the week beside errors: scheduled jobs, mail and log-ins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from vuurtoren.embedded.demo.happening import Happening, StoryMoment, appears

FLUSH = "frappe.email.queue.flush"
JOBS = {
    # method: frequency, cron, hours between runs, hours ago of the last run
    "verenigingen_site.tasks.dues.generate_invoices": ("Daily", "", 24, 9.2),
    "verenigingen_site.tasks.reminders.send": ("Cron", "0 1 * * *", 24, 8.2),
    "verenigingen_site.tasks.newsletter.sync_lists": ("Hourly Long", "", 1, 10.2),
    "frappe.integrations.offsite_backup.upload": ("Cron", "0 2 * * *", 24, 7.2),
}
LAST_GOOD_BACKUP_DAYS_AGO = 9
BACKUP_REFUSED = (
    "botocore.exceptions.ClientError: An error occurred (403) when calling the PutObject operation: "
    "the access key has expired"
)


def scheduled_jobs(told: StoryMoment) -> Iterator[Happening]:
    """Two daily jobs that work, a backup that fails nightly, an hourly job that hangs since last night."""
    for method, (frequency, cron, every_hours, last) in JOBS.items():
        name = ".".join(method.split(".")[-2:])
        began = told.ago(days=400)
        runs = int(168 / every_hours)
        often = {
            "frequency": frequency,
            "cron_format": cron,
            "last_execution": told.ago(hours=last + every_hours * runs),
        }
        yield appears(began, "Scheduled Job Type", name, method=method, create_log=1, **often)
        for number in reversed(range(runs)):
            started = told.ago(hours=last + every_hours * number)
            status, details = _outcome(method, newest=number == 0)
            run = {"scheduled_job_type": name, "status": status, "details": details}
            yield appears(started, "Scheduled Job Log", told.token(), **run)
            yield Happening(started, "Scheduled Job Type", {"last_execution": started}, changes=name)
    yield from _flushes(told)


def _flushes(told: StoryMoment) -> Iterator[Happening]:
    """The job that tries to send mail runs all the time and is not logged, as in Frappe."""
    began = told.ago(days=400)
    yield appears(began, "Scheduled Job Type", "queue.flush", method=FLUSH, frequency="All")
    for hours in range(168):
        tried = told.ago(hours=hours, minutes=3)
        yield Happening(tried, "Scheduled Job Type", {"last_execution": tried}, changes="queue.flush")


def _outcome(method: str, *, newest: bool) -> tuple[str, str]:
    if method.endswith("upload"):
        return "Failed", BACKUP_REFUSED
    if method.endswith("sync_lists") and newest:
        return "Start", ""
    return "Complete", ""


MAIL_STOPPED_HOURS_AGO = 46.0
BAD_PASSWORD = "(535, b'5.7.8 Error: authentication failed: password has expired')"


def mail(told: StoryMoment) -> Iterator[Happening]:
    """The password of the mail account expired on Wednesday; since then nothing leaves."""
    for number in range(60):
        at = told.ago(hours=MAIL_STOPPED_HOURS_AGO + 2 * number + 0.3)
        yield _queued(told, at, "Sent")
    for number in range(2):
        yield _queued(told, told.ago(hours=MAIL_STOPPED_HOURS_AGO - 0.01 * number), "Sending")
    for number in range(41):
        yield _queued(told, told.ago(hours=MAIL_STOPPED_HOURS_AGO - 1.1 * number - 0.2), "Not Sent")
    for number in range(8):
        yield _queued(told, told.ago(hours=1.5 + 2.5 * number), "Error", BAD_PASSWORD)


def _queued(told: StoryMoment, at: datetime, status: str, error: str = "") -> Happening:
    sender = "secretaris@vuurtorenwacht.example"
    return appears(at, "Email Queue", told.token(), sender=sender, status=status, error=error)


def log_ins(told: StoryMoment) -> Iterator[Happening]:
    """A dozen log-ins a day, and one night in which somebody tries a few passwords."""
    for number in range(84):
        yield _log_in(
            told, told.ago(hours=2 * number + told.dice.random()), "Success", "beheer@vuurtorenwacht.example"
        )
    for number in range(37):
        at = told.ago(hours=7) + timedelta(seconds=41 * number)
        yield _log_in(told, at, "Failed", "secretaris@vuurtorenwacht.example")


def _log_in(told: StoryMoment, at: datetime, status: str, user: str) -> Happening:
    subject = f"{user} logged in" if status == "Success" else f"Login failed for {user}"
    return appears(
        at, "Activity Log", told.token(), operation="Login", status=status, user=user, subject=subject
    )
