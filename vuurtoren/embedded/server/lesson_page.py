"""The lesson that runs on the demo, as a page: its tasks, which are done, and a hint for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.embedded.demo.lessons import course, judging
from vuurtoren.embedded.demo.lessons.exercise import Choice
from vuurtoren.embedded.demo.lessons.judging import LESSONS, Judged
from vuurtoren.embedded.server.lesson_strip import PATH
from vuurtoren.embedded.server.pages import page
from vuurtoren.pages.parts import PageNotice
from vuurtoren.site.protocol import Site


@dataclass(frozen=True)
class TaskView:
    """One exercise as the page shows it."""

    judged: Judged
    choices: tuple[Choice, ...]

    @property
    def input_type(self) -> str:
        return "date" if self.judged.exercise.answered == "date" else "text"


def lesson_page(site: Site, csrf_token: str, form: Mapping[str, str]) -> str | None:
    """The page, after what its form asks for is done; None on a site that is no demo."""
    if site.platform != course.PLATFORM:
        return None
    notice = _answered(site, form) if form else None
    found = judging.progress(site)
    tasks = [_task(site, each) for each in found.exercises] if found else []
    return page(
        site,
        "lesson.html",
        judging.heading(site, found.lesson) if found else site.translate("Training"),
        path=PATH,
        csrf_token=csrf_token,
        notice=notice,
        found=found,
        how_far=judging.how_far(site, found) if found else "",
        tasks=tasks,
        lessons=[(each.number, judging.heading(site, each)) for each in LESSONS],
    )


def _task(site: Site, judged: Judged) -> TaskView:
    listed = judged.exercise.choices
    return TaskView(judged, tuple(listed(site)) if listed else ())


def _answered(site: Site, form: Mapping[str, str]) -> PageNotice:
    try:
        return _begun(site, form["begin"]) if "begin" in form else _kept(site, form)
    except NotPossible as refused:
        site.rollback()
        return PageNotice("warning", str(refused))


def _begun(site: Site, number: str) -> PageNotice:
    lesson = {str(each.number): each for each in LESSONS}.get(number)
    if lesson is None:
        raise NotPossible(site.translate("There is no such lesson."))
    course.begin(site, lesson.number)
    return PageNotice("ok", judging.heading(site, lesson))


def _kept(site: Site, form: Mapping[str, str]) -> PageNotice:
    """Keep the answer, and say whether it is right."""
    found, key = judging.progress(site), form.get("exercise", "")
    asked = [each.exercise for each in found.exercises] if found else []
    if key not in {each.key for each in asked if each.answered}:
        raise NotPossible(site.translate("The lesson that runs asks no such question."))
    course.answer(site, key, form.get("answer", ""))
    after = judging.progress(site)
    right = after is not None and any(each.done for each in after.exercises if each.exercise.key == key)
    if right:
        return PageNotice("ok", site.translate("That is right."))
    return PageNotice("warning", site.translate("That is not it yet. What you answered is kept."))
