"""Opens the demo: the folder is emptied of an earlier telling, the week is lived through, life goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

from vuurtoren import carrier
from vuurtoren.audit.anchors.choices import RECIPIENTS_KEY
from vuurtoren.composition import current_site, use_site
from vuurtoren.embedded.demo import MARK
from vuurtoren.embedded.demo.dues import bank_file
from vuurtoren.embedded.demo.happening import put_on_record
from vuurtoren.embedded.demo.lessons import course, judging
from vuurtoren.embedded.demo.past import make_past
from vuurtoren.embedded.demo.site import CLOCK_FILE, DemoSite, StoryClock
from vuurtoren.embedded.demo.story import aftermath
from vuurtoren.embedded.demo.week import live_through
from vuurtoren.embedded.opening import SCHEDULER_INTERVAL_SECONDS, carry_mail, jobs_for
from vuurtoren.embedded.process import Address, CannotStart, is_held
from vuurtoren.embedded.scheduler import Scheduler
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.pages.sections.resources import MADE_UP_UNTIL
from vuurtoren.site.quantities import moment
from vuurtoren.site.words.words import Words

MARK_TEXT = "A told story: everything in this folder is made anew by each `make demo` and may be deleted.\n"
MADE_BY_A_TELLING = (
    "site.db*",
    "site_config.json",
    "monitoring-kept.json",
    "errors-not-stored.log",
    CLOCK_FILE,
)
FOLDERS_MADE_BY_A_TELLING = ("outbox", "logs", "private", "locks")
CONFIGURATION = {RECIPIENTS_KEY: ["kascommissie@kas.example", "accountant@boekhouding.example"]}
"""Who outside the association keeps the audit checkpoints."""
ASSOCIATION = {"company_name": bank_file.CREDITOR, "creditor_id": bank_file.CREDITOR_ID}
SCHEDULER_EVENTS = {"all": ["vuurtoren.embedded.demo.opening.go_on"]}


def open_demo(folder: Path, url: str, lesson: int = 0, language: str = "en") -> DemoSite:
    """A site on which the story has just been told in this language, with a lesson of the training, if any.

    Raises CannotStart where another site lives.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    (folder / MARK).write_text(MARK_TEXT, "utf-8")
    config = CONFIGURATION | {"host_name": url, "scheduler_interval": SCHEDULER_INTERVAL_SECONDS}
    site = DemoSite(folder, StoryClock(), config)
    site.set_conf("lang", language)
    carry_mail(site)
    site.set_conf(MADE_UP_UNTIL, f"{site.now():%Y-%m-%d %H:%M}")
    site.set_single("Verenigingen Settings", ASSOCIATION)
    site.to_come = aftermath(site.now())
    # as long there as the association: that the demo was opened is no change of its site
    Scheduler(site, jobs_for(site, SCHEDULER_EVENTS)).register()
    live_through(site)
    make_past(site)
    site.story_clock.tell(folder)
    if lesson:
        course.begin(site, lesson)
    return site


def open_beside(folder: Path) -> DemoSite:
    """The demo that another process shows, at the story's time, only to be read; raises CannotStart."""
    try:
        if not is_held(folder):
            raise CannotStart(
                Words("{0} is a demo: its story, and its clock, run only while `make demo` does.", folder)
            )
        site = DemoSite(folder, StoryClock.heard(folder), CONFIGURATION, only_read=True)
    except (OSError, ValueError, KeyError) as problem:
        raise CannotStart(Words("{0} is a demo that cannot be read now: {1}", folder, problem)) from None
    use_site(site)
    return site


def _clear(folder: Path) -> None:
    if (folder / "site.db").exists() and not (folder / MARK).exists():
        raise CannotStart(
            Words(
                "{0} holds a site that is no demo: name another folder with --data (make demo DATA=…).",
                folder,
            )
        )
    for pattern in MADE_BY_A_TELLING:
        for path in folder.glob(pattern):
            path.unlink()
    for name in FOLDERS_MADE_BY_A_TELLING:
        shutil.rmtree(folder / name, ignore_errors=True)


def go_on() -> None:
    """Tell what happened since the last time; a job of the demo's scheduler."""
    site = current_site()
    assert isinstance(site, DemoSite)
    now, to_come = site.now(), site.to_come
    put_on_record(site, [each for each in to_come if each.at <= now])
    site.to_come = [each for each in to_come if each.at > now]


def announce(site: SQLiteSite, address: Address) -> str:
    """What stands in the terminal when a visitor may come in."""
    page = f"{address.url}/monitoring_dashboard"
    api = f"{address.url}/api/method/{carrier.app_name()}.www.monitoring_dashboard"
    _ = site.translate
    told = _(
        "The members of a fictional association look at lighthouses; "
        "their administrator has had a bad week.\n"
        "It is {0} there. CPU, memory and disk are measured on this machine, now;\n"
        "their past is made up."
    )
    to_try = (
        _("Read the first line of the page: what is wrong, and since when?"),
        _("Acknowledge an alert with a note, and resolve another one."),
        _("Read the mails that the administrator was sent: {0}").format(f"{address.url}/outbox"),
        _("See who was collected from, and what came back: {0}").format(f"{address.url}/app/sepa-audit-log"),
        _("See why the next dues run must not go to the bank: {0}").format(f"{address.url}/monitoring_sepa"),
        _("Ask the API: {0}").format(f"curl {api}.get_system_metrics"),
        _("Wait: the member portal goes on failing, and what has passed is resolved by itself."),
    )
    return "\n".join(
        [
            *("", told.format(moment(site.now(), _)), "", f"  {page}", ""),
            *(_lesson(site, page), "", _("Try this:")),
            *(f"  {number}. {each}" for number, each in enumerate(to_try, 1)),
            *("", _("Everything is in {0}; `make clean` removes it.").format(site.folder)),
            *(_("Stop with Ctrl-C."), ""),
        ]
    )


def _lesson(site: SQLiteSite, page: str) -> str:
    """Where the tasks of the lesson are, before what else there is to try."""
    _, lesson = site.translate, judging.running(site)
    if lesson is None:
        return _("A training of four lessons: {0}").format(f"{page}/lesson")
    text = _("Lesson {0}: {1} ({2} min). Its tasks: {3}")
    return text.format(lesson.number, _(lesson.title), lesson.minutes, f"{page}/lesson")
