"""The deployment checklist, walked: each step with its outcome, the table of figures, and what changed since.

The walk changes nothing on the site: it reads, measures, and is rolled back. What people say, and each walk
that is kept, goes into a file of its own beside the site's private files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from vuurtoren import carrier
from vuurtoren.acceptance import steps
from vuurtoren.acceptance.steps import ASKED, STEPS, Step
from vuurtoren.acceptance.walk import LIMITS, Outcome, State, Walk
from vuurtoren.health import runs
from vuurtoren.health.liveness import tick_seconds
from vuurtoren.privacy.text import one_line
from vuurtoren.site.errors import SiteError
from vuurtoren.site.private_files import open_private
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import Say, moment

FILE = Path("private") / "monitoring-acceptance.jsonl"
MOST_KEPT = 1000
"""So many lines of walks and answers are kept; older ones go."""
LONGEST_NOTE = 500


class NoSuchStep(SiteError):
    """The checklist has no step of that name, or a machine judges it."""


@dataclass(frozen=True)
class Answered:
    """One step, what came of it, and how it stood at the walk before (empty where there was none)."""

    key: str
    title: str
    state: State
    said: str
    before: str = ""


@dataclass(frozen=True)
class Figure:
    """One line of the checklist's table of figures, in seconds or percent of a core; None is not measured."""

    title: str
    limit: float
    unit: str
    value: float | None
    because: str = ""


@dataclass(frozen=True)
class Acceptance:
    """A whole walk."""

    site: str
    platform: str
    version: str
    walked_at: datetime
    walked_by: str
    steps: tuple[Answered, ...]
    figures: tuple[Figure, ...]
    walked_before_at: str = ""

    def in_state(self, *states: State) -> list[Answered]:
        return [step for step in self.steps if step.state in states]

    @property
    def accepted(self) -> bool:
        """Nothing failed, nothing is open for a machine or a person, and every figure is within its limit."""
        within = all(each.value is None or each.value <= each.limit for each in self.figures)
        return within and not self.in_state("failed", "unknown", "asked")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "walked_at": self.walked_at.isoformat(" ", "seconds"),
            "accepted": self.accepted,
        }


def walk(site: Site, *, keep: bool = True) -> Acceptance:
    """Walk the checklist now, and keep the outcome for the next walk; the site itself is left as it is."""
    looking = Walk(site)
    lines = _read(site)
    walks = (line for line in reversed(lines) if line.get("kind") == "walk")
    before: dict[str, Any] = next(walks, {})
    answers = {str(line.get("step")): line for line in lines if line.get("kind") == "answer"}
    try:
        found = tuple(_answered(looking, step, answers, before) for step in STEPS)
        figures = tuple(_figures(looking))
    finally:
        site.rollback()
    done = Acceptance(
        site.name,
        site.platform,
        carrier.app_version(),
        site.now(),
        site.user(),
        tuple(_translated(site, found)),
        figures,
        str(before.get("at") or ""),
    )
    if keep:
        states = {step.key: step.state for step in done.steps}
        _write(site, [*lines, {"kind": "walk", "at": f"{done.walked_at:%Y-%m-%d %H:%M}", "steps": states}])
    return done


def confirm(site: Site, key: str, by: str, note: str = "", *, holds: bool = True) -> None:
    """Keep what a person says of a step that no machine can judge: with name and time.

    Raises NoSuchStep where there is none, or where a machine judges it.
    """
    _ = site.translate
    if key not in ASKED:
        text = _("No person is asked about {0}. Asked are: {1}")
        raise NoSuchStep(text.format(key, ", ".join(ASKED)))
    if not by.strip():
        raise NoSuchStep(_("Say who answers: --by NAME"))
    answer = {
        "kind": "answer",
        "step": key,
        "holds": holds,
        "by": one_line(by, LONGEST_NOTE),
        "note": one_line(note, LONGEST_NOTE),
        "at": f"{site.now():%Y-%m-%d %H:%M}",
    }
    _write(site, [*_read(site), answer])


def as_read(kept: str, say: Say) -> str:
    """A moment that was kept as text, as the language of the reader writes it."""
    try:
        return moment(datetime.fromisoformat(kept), say)
    except ValueError:
        return kept


def _answered(
    looking: Walk, step: Step, answers: Mapping[str, Mapping[str, Any]], before: Mapping[str, Any]
) -> Answered:
    answer, outcome = answers.get(step.key), steps.judge(step, looking)
    if step.judge is None and answer:
        at = as_read(str(answer.get("at")), looking.site.translate)
        said = f"{answer.get('by')}, {at}" + (f": {answer['note']}" if answer.get("note") else "")
        outcome = Outcome("passed" if answer.get("holds") else "failed", said)
    earlier = before.get("steps")
    stood = str(earlier.get(step.key) or "") if isinstance(earlier, dict) else ""
    return Answered(step.key, step.title, outcome.state, outcome.said, stood)


def _translated(site: Site, found: Iterable[Answered]) -> Iterable[Answered]:
    return (replace(step, title=site.translate(step.title)) for step in found)


def _figures(looking: Walk) -> Iterable[Figure]:
    """The checklist's table: measured in this walk, or the last run of the job; nothing is run for it."""
    _ = looking.site.translate
    looking.page  # noqa: B018 - renders
    looking.api()
    yield Figure(_("Dashboard load time, on the server"), LIMITS["page"], "s", looking.seconds["page"])
    yield Figure(_("API response time, on the server"), LIMITS["api"], "s", looking.seconds["api"])
    for title, job, limit in (
        (_("Hourly check duration, last run"), "hourly", 10.0),
        (_("Daily check duration, last run"), "daily", 60.0),
    ):
        yield _run_figure(looking.site, title, job, limit)
    yield _share(looking.site, _("Additional use of one core by the tick"))


def _run_figure(site: Site, title: str, job: str, limit: float) -> Figure:
    milliseconds = runs.duration_ms(site, job)
    if milliseconds is None:
        return Figure(title, limit, "s", None, site.translate("It has never run."))
    return Figure(title, limit, "s", milliseconds / 1000)


def _share(site: Site, title: str) -> Figure:
    milliseconds = runs.duration_ms(site, "tick")
    if milliseconds is None:
        return Figure(title, 5.0, "%", None, site.translate("It has never run."))
    return Figure(title, 5.0, "%", 100 * milliseconds / 1000 / tick_seconds(site))


def _path(site: Site) -> Path:
    return site.site_path() / FILE


def _read(site: Site) -> list[dict[str, Any]]:
    """The kept lines; a line that is none of ours is passed over, and goes with the next writing."""
    try:
        text = _path(site).read_text("utf-8")
    except (OSError, ValueError):
        return []
    lines = []
    for each in text.splitlines()[-MOST_KEPT:]:
        try:
            line = json.loads(each)
        except (ValueError, RecursionError):
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def _write(site: Site, lines: list[dict[str, Any]]) -> None:
    """Whole or not at all: a process that is killed leaves the file of before."""
    path = _path(site)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    with open_private(beside, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines[-MOST_KEPT:])
    beside.replace(path)
