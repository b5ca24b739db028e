"""The four lessons, and how far whoever learns has come: judged anew whenever somebody looks."""

from __future__ import annotations

from dataclasses import dataclass

from vuurtoren.embedded.demo.lessons import (
    alert_handling,
    course,
    daily_work,
    dashboard,
    troubleshooting,
)
from vuurtoren.embedded.demo.lessons.exercise import Course, Exercise, Lesson
from vuurtoren.site.protocol import Site
from vuurtoren.site.words.plurals import plural

LESSONS: tuple[Lesson, ...] = (
    dashboard.LESSON,
    alert_handling.LESSON,
    daily_work.LESSON,
    troubleshooting.LESSON,
)
BY_NUMBER = {lesson.number: lesson for lesson in LESSONS}


@dataclass(frozen=True)
class Judged:
    """One exercise, whether it is done, and what was answered."""

    exercise: Exercise
    done: bool
    answer: str = ""

    @property
    def wrong(self) -> bool:
        """Whether there is an answer that is not right."""
        return bool(self.answer) and not self.done


@dataclass(frozen=True)
class Progress:
    """The lesson that runs, and its exercises in order."""

    lesson: Lesson
    course: Course
    exercises: tuple[Judged, ...]

    @property
    def done(self) -> int:
        return sum(each.done for each in self.exercises)

    @property
    def passed(self) -> bool:
        return self.done == len(self.exercises)


def running(site: Site) -> Lesson | None:
    """The lesson that runs on this site, without judging it."""
    held = course.current(site)
    return BY_NUMBER.get(held.lesson) if held else None


def progress(site: Site) -> Progress | None:
    """How far the lesson that runs has come; None where none does. Reads only."""
    held = course.current(site)
    lesson = BY_NUMBER.get(held.lesson) if held else None
    if held is None or lesson is None:
        return None
    judged = tuple(Judged(each, each.judge(site, held), held.answer(each.key)) for each in lesson.exercises)
    return Progress(lesson, held, judged)


def heading(site: Site, lesson: Lesson) -> str:
    return site.translate("Lesson {0}: {1}").format(lesson.number, site.translate(lesson.title))


def how_far(site: Site, found: Progress) -> str:
    text = plural(
        site.translate, len(found.exercises), "{0} of {1} exercise done", "{0} of {1} exercises done"
    )
    return text.format(found.done, len(found.exercises))


def as_lines(site: Site, found: Progress) -> list[str]:
    """The lesson for a terminal: what is done, and a task and a hint for each that is not."""
    lines = [f"{heading(site, found.lesson)} ({how_far(site, found)})"]
    for each in found.exercises:
        _ = site.translate
        lines.append(f"  [{'x' if each.done else ' '}] {_(each.exercise.title)}")
        if not each.done:
            wrong = [_("“{0}” is not it.").format(each.answer)] if each.wrong else []
            hint = _("Hint: {0}").format(_(each.exercise.hint))
            lines += [f"      {line}" for line in (_(each.exercise.task), *wrong, hint)]
    return lines
