"""Which lesson runs on the demo, since when, and what was answered: one row beside the monitor's jobs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from vuurtoren.alerts.alerts import NotPossible
from vuurtoren.embedded.demo.lessons.exercise import Course
from vuurtoren.health import runs
from vuurtoren.privacy.text import one_line, storable
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import json_object, moment, next_version, whole

ROW = "lesson"
PLATFORM = "demo"
LONGEST_ANSWER = 200


def current(site: Site) -> Course | None:
    """The course that runs on this site; None where none does, and on every site that is no demo."""
    row = site.get(runs.DOCTYPE, ROW) if site.platform == PLATFORM else None
    try:
        return _read(json_object(row["cursor"])) if row and row["cursor"] else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # nobody of us wrote it: a lesson is begun anew


def begin(site: Site, lesson: int) -> None:
    """Let this lesson run from now on; what was answered in others is kept. Commits."""
    before = current(site)
    _keep(site, Course(lesson, site.now(), before.answers if before else {}))


def answer(site: Site, key: str, given: str) -> None:
    """Keep the answer to an exercise of the lesson that runs. Commits. Raises NotPossible."""
    running = current(site)
    if running is None:
        raise NotPossible(site.translate("No lesson runs."))
    if not storable(given):
        raise NotPossible(site.translate("The note holds control characters or broken ones: type it again."))
    _keep(site, replace(running, answers={**running.answers, key: one_line(given.strip(), LONGEST_ANSWER)}))


def _keep(site: Site, course: Course) -> None:
    row = runs.memory(site, ROW)
    stored = {"lesson": course.lesson, "began": course.began.isoformat(" "), "answers": dict(course.answers)}
    values = {"cursor": json.dumps(stored, ensure_ascii=False), "version": next_version(row["version"])}
    if not site.update(runs.DOCTYPE, ROW, values, expect={"version": row["version"] or 0}):
        raise NotPossible(site.translate("Somebody else changed it at this very moment: look again."))
    site.commit()


def _read(stored: dict[str, Any]) -> Course:
    began: datetime = moment(stored["began"])
    answers = {str(key): str(given) for key, given in stored["answers"].items()}
    return Course(whole(stored["lesson"]), began, answers)
