"""Each exercise of the training is judged by what is stored: the right deed is, a wrong one is not."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.embedded.conftest import TOKEN, Visitor
from tests.site.test_dutch import english
from vuurtoren.alerts import alerts
from vuurtoren.audit.verification import daily_verification
from vuurtoren.composition import use_site
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.demo.lessons import course, judging
from vuurtoren.embedded.demo.lessons.daily_work import tonight
from vuurtoren.embedded.demo.lessons.judging import LESSONS
from vuurtoren.embedded.demo.lessons.troubleshooting import minutes
from vuurtoren.embedded.demo.opening import CONFIGURATION, announce, open_demo
from vuurtoren.embedded.demo.site import DemoSite, StoryClock
from vuurtoren.embedded.demo.updates import BROKEN_IN, TREASURER
from vuurtoren.embedded.opening import carry_mail
from vuurtoren.embedded.process import Address, only_one_in
from vuurtoren.embedded.server.gate import Gate
from vuurtoren.embedded.server.server import Application
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.engines.alert_manager import AlertManager

URL = "http://127.0.0.1:8000"
DASHBOARD = "/monitoring_dashboard"
LESSON = f"{DASHBOARD}/lesson"
BATCH = "BATCH-26-11-0002"
OF_EXERCISES = (
    *("backup_age", "mail_waiting", "queue_oldest", "failed_jobs_daily", "mail_stuck"),
    "sepa_findings_critical",
)
PROOF = "/api/method/verenigingen.www.monitoring_sepa.get_proof"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a demo that was told once; every test learns on a copy of it."""
    folder = tmp_path_factory.mktemp("lessons") / "data"
    open_demo(folder, URL).store.close()
    use_site(None)
    yield folder


class Learner(Visitor):
    """Somebody who works through a lesson in a browser, without a script."""

    def __init__(self, site: DemoSite) -> None:
        super().__init__(Application(site, Gate("127.0.0.1", 8000, token=TOKEN)))
        self.site = site

    def begin(self, lesson: int) -> None:
        assert self.post(LESSON, {"begin": str(lesson)}).status_code == 200

    def does(self, action: str, **given: str) -> None:
        """Press a button of the dashboard."""
        assert self.post(DASHBOARD, {"action": action, **given}).status_code == 200

    def answers(self, exercise: str, answer: str) -> str:
        return self.post(LESSON, {"exercise": exercise, "answer": answer}).text

    def has_done(self, exercise: str) -> bool:
        found = judging.progress(self.site)
        assert found is not None
        (done,) = [each.done for each in found.exercises if each.exercise.key == exercise]
        return done

    def alert(self, rule: str) -> str:
        asked = {"rule": rule, "status": ("!=", "Resolved")}
        return str(self.site.get_all(alerts.DOCTYPE, ["name"], asked, limit=1)[0]["name"])

    def kind(self, culprit: str) -> str:
        (row,) = self.site.get_all("Error Kind", ["name"], {"culprit": culprit})
        return str(row["name"])

    def entry(self, action: str) -> str:
        (row,) = self.site.get_all(
            "SEPA Audit Log", ["event_id"], {"action": action, "reference_name": BATCH}
        )
        return str(row["event_id"])


@pytest.fixture
def learner(told: Path, tmp_path: Path) -> Iterator[Learner]:
    folder = tmp_path / "data"
    shutil.copytree(told, folder)
    site = DemoSite(folder, StoryClock(), CONFIGURATION)
    carry_mail(site)
    yield Learner(site)
    use_site(None)
    site.store.close()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"lesson-{lesson.number}")
def test_nothing_is_done_before_it_is_done(learner: Learner, lesson: judging.Lesson) -> None:
    learner.begin(lesson.number)
    found = judging.progress(learner.site)
    assert found is not None and found.lesson == lesson
    assert [each.exercise.key for each in found.exercises if each.done] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"lesson-{lesson.number}")
def test_every_task_begins_on_a_page_that_is_there(learner: Learner, lesson: judging.Lesson) -> None:
    pages = {exercise.page for exercise in lesson.exercises}
    assert {page: learner.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"lesson-{lesson.number}")
def test_a_lesson_is_dutch_to_a_dutch_reader(learner: Learner, lesson: judging.Lesson) -> None:
    learner.begin(lesson.number)
    learner.site.set_conf("lang", "nl")
    shown = learner.get(LESSON).text
    found = judging.progress(learner.site)
    assert found is not None and '<html lang="nl">' in shown
    main_part = shown[shown.index("<main") :]
    assert english(re.sub(r"<option.*?</option>", "", main_part)) == []
    assert judging.as_lines(learner.site, found)[0].startswith(f"Les {lesson.number}: ")


@pytest.mark.parametrize("rule", OF_EXERCISES)
def test_what_an_exercise_is_about_is_open_when_the_demo_begins(learner: Learner, rule: str) -> None:
    assert learner.alert(rule)


def test_none_of_it_ends_within_three_hours(learner: Learner) -> None:
    learner.site.story_clock.stand_at(learner.site.story_clock() + timedelta(hours=3))
    manager = AlertManager(learner.site)
    assert [manager.run(interval) for interval in ("tick", "hourly")] == ["", ""]
    assert not learner.site.count(alerts.DOCTYPE, {"rule": "new_error_kind", "status": "Active"})
    for rule in OF_EXERCISES:
        assert learner.alert(rule), rule


# ---- lesson 1
def test_the_alert_that_is_critical_the_longest(learner: Learner) -> None:
    learner.begin(1)
    assert "not it yet" in learner.answers("longest", learner.alert("queue_oldest"))
    assert not learner.has_done("longest")
    learner.answers("longest", learner.alert("dues_schedules_stuck"))  # as old, but not critical
    assert not learner.has_done("longest")
    assert "That is right" in learner.answers("longest", learner.alert("backup_age"))
    assert learner.has_done("longest")


@pytest.mark.parametrize(
    ("exercise", "wrong", "right"),
    [
        ("since", ("2026-11-03", "Wednesday", ""), "2026-11-04"),
        ("members", ("365", "many", "-366"), "366"),
        ("batch", (BATCH, "BATCH", "%"), "BATCH-26-11-0020"),
    ],
)
def test_what_stands_on_the_pages(
    learner: Learner, exercise: str, wrong: tuple[str, ...], right: str
) -> None:
    learner.begin(1)
    for answer in wrong:
        learner.answers(exercise, answer)
        assert not learner.has_done(exercise), answer
    learner.answers(exercise, f" {right} ")
    assert learner.has_done(exercise)


# ---- lesson 2
def test_an_alert_is_acknowledged_with_a_note(learner: Learner) -> None:
    learner.begin(2)
    learner.does("acknowledge", alert=learner.alert("mail_stuck"), note="I look at it")
    assert not learner.has_done("acknowledge")
    alert = learner.alert("queue_oldest")
    learner.does("acknowledge", alert=alert)
    assert not learner.has_done("acknowledge")
    learner.does("unacknowledge", alert=alert)
    learner.does("acknowledge", alert=alert, note="Jan restarts the worker")
    assert learner.has_done("acknowledge")
    learner.does("unacknowledge", alert=alert, note="I do not")
    assert not learner.has_done("acknowledge")


def test_an_alert_is_resolved_with_a_note(learner: Learner) -> None:
    learner.begin(2)
    learner.does("resolve", alert=learner.alert("stuck_jobs"), note="done")
    alert = learner.alert("failed_jobs_daily")
    learner.does("acknowledge", alert=alert, note="it is the backup")
    assert not learner.has_done("resolve")
    learner.does("resolve", alert=alert)
    assert not learner.has_done("resolve")
    learner.does("reopen", alert=alert)
    learner.does("resolve", alert=alert, note="it is the backup, see its own alert")
    assert learner.has_done("resolve")


@pytest.mark.parametrize(("minutes", "done"), [("120", True), ("0", False), ("480", False), ("10080", False)])
def test_an_alert_is_muted_for_two_hours_and_no_other_time(
    learner: Learner, minutes: str, done: bool
) -> None:
    learner.begin(2)
    learner.does("silence", alert=learner.alert("mail_stuck"), minutes=minutes, note="the host looks")
    assert learner.has_done("mute") is done


def test_muting_another_alert_or_taking_it_back_is_not_it(learner: Learner) -> None:
    learner.begin(2)
    learner.does("silence", alert=learner.alert("stuck_jobs"), minutes="120", note="the host looks")
    assert not learner.has_done("mute")
    learner.does("silence", alert=learner.alert("mail_stuck"), minutes="120", note="the host looks")
    (row,) = learner.site.get_all("Alert Silence", ["name"], {"fingerprint": "mail_stuck"})
    learner.does("end_silence", silence=str(row["name"]), note="no")
    assert not learner.has_done("mute")


def test_a_test_message_that_was_taken_over(learner: Learner) -> None:
    learner.begin(2)
    learner.does("test_message")
    assert learner.has_done("test")
    learner.site.story_clock.stand_at(learner.site.story_clock() + timedelta(minutes=5))
    learner.begin(2)
    assert not learner.has_done("test")


# ---- lesson 3
def test_the_list_of_today_is_ticked_with_a_note(learner: Learner) -> None:
    learner.begin(3)
    item = "daily-2026-11-06-errors"
    learner.does("tick_item", routine_item="daily-2026-11-06-alerts", note="seen")
    learner.does("tick_item", routine_item=item)
    assert not learner.has_done("tick")
    learner.does("untick_item", routine_item=item)
    learner.does("tick_item", routine_item=item, note="the portal, since Tuesday")
    assert learner.has_done("tick")


@pytest.mark.parametrize(
    ("changed", "done"),
    [
        ({}, True),
        ({"minutes": "240"}, False),
        ({"starts": ""}, False),
        ({"starts": "2026-11-07T22:00"}, False),
        ({"spares_critical": ""}, False),
        ({"repeats": "Daily", "repeats_until": "2027-01-01"}, False),
    ],
)
def test_maintenance_is_planned_for_tonight(learner: Learner, changed: dict[str, str], done: bool) -> None:
    learner.begin(3)
    held = course.current(learner.site)
    assert held is not None
    planned = {
        "minutes": "60",
        "starts": f"{tonight(held):%Y-%m-%dT%H:%M}",
        "spares_critical": "1",
        "note": "the host",
    }
    learner.does("maintenance", **{**planned, **changed})
    assert learner.has_done("window") is done


def test_the_trail_is_verified_in_the_lesson(learner: Learner) -> None:
    learner.begin(3)
    assert daily_verification.last(learner.site) and not learner.has_done("verify")
    learner.does("verify_audit")
    assert learner.has_done("verify")


@pytest.mark.parametrize(
    ("rule", "threshold", "enabled", "done"),
    [
        ("error_rate_daily", "40", "1", True),
        ("error_rate_daily", "400", "1", False),
        ("error_rate_daily", "40", "0", False),
        ("error_rate_hourly", "40", "1", False),
    ],
)
def test_the_threshold_of_that_rule_is_changed(
    learner: Learner, rule: str, threshold: str, enabled: str, done: bool
) -> None:
    learner.begin(3)
    learner.does("change_rule", rule=rule, threshold=threshold, enabled=enabled)
    assert learner.has_done("threshold") is done


# ---- lesson 4
def test_the_kind_of_error_that_the_update_brought(learner: Learner) -> None:
    learner.begin(4)
    other = learner.kind("frappe/email/smtp.py in session")
    learner.does("assign_kind", kind=other, user=TREASURER)
    assert not learner.has_done("cause")
    learner.does("assign_kind", kind=learner.kind(BROKEN_IN), user="Administrator")
    assert not learner.has_done("cause"), "whoever takes all kinds knows nothing"
    learner.does("assign_kind", kind=other, user="")
    assert learner.has_done("cause")


def test_what_is_urgent_is_handed_to_the_treasurer_with_a_note(learner: Learner) -> None:
    learner.begin(4)
    alert = learner.alert("sepa_findings_critical")
    learner.does("assign", alert=learner.alert("queue_oldest"), user=TREASURER, note="please")
    learner.does("assign", alert=alert, user="beheer@vuurtorenwacht.example", note="please")
    assert not learner.has_done("handover")
    learner.does("assign", alert=alert, user=TREASURER)
    assert not learner.has_done("handover")
    learner.does("assign", alert=alert, user="")
    learner.does("assign", alert=alert, user=TREASURER, note="mend the batch before noon")
    assert learner.has_done("handover")


def test_the_digits_of_the_minutes_that_the_trail_confirms(learner: Learner) -> None:
    learner.begin(4)
    lines = [line for line, _ in minutes(learner.site)]
    assert len(lines) == 2
    confirmed = {}
    for line in lines:
        said = learner.get(f"/monitoring_sepa?minutes={line.replace(' ', '+')}").text
        learner.answers("minutes", line)
        confirmed[learner.has_done("minutes")] = said
    assert ">Confirmed: " in confirmed[True] and "Not confirmed: " in confirmed[False]


@pytest.mark.parametrize("answer", ["", "0", "0 0123456789abcdef", "414", "９ 0123456789abcdef", "x" * 300])
def test_digits_that_stand_in_no_minutes_are_not_confirmed(learner: Learner, answer: str) -> None:
    learner.begin(4)
    learner.answers("minutes", answer)
    assert not learner.has_done("minutes")


def test_the_entry_that_an_auditor_asks_for_and_its_proof(learner: Learner) -> None:
    learner.begin(4)
    entry = learner.entry("batch_sent_to_bank")
    assert entry in learner.get(f"/monitoring_sepa?q={BATCH}").text
    learner.answers("entry", learner.entry("batch_generated"))
    assert not learner.has_done("entry")
    learner.answers("entry", entry)
    assert learner.has_done("entry")
    made = learner.post(PROOF, {"event_id": entry}).data
    place = json.loads(zipfile.ZipFile(io.BytesIO(made)).read("entry.json"))["position"]
    learner.answers("proof", str(place + 1))
    assert not learner.has_done("proof")
    learner.answers("proof", str(place))
    assert learner.has_done("proof")


# ---- the page, the terminal, the strip
def test_a_line_on_every_page_leads_to_the_tasks_while_a_lesson_runs(learner: Learner) -> None:
    assert f'href="{LESSON}">Lesson' not in learner.get(DASHBOARD).text
    assert "No lesson runs." in learner.get(LESSON).text
    learner.begin(2)
    for page in (DASHBOARD, "/monitoring_sepa", "/outbox"):
        assert f'href="{LESSON}">Lesson 2: Handling alerts</a>' in learner.get(page).text


def test_the_page_says_which_tasks_are_done_and_has_a_hint_for_each(learner: Learner) -> None:
    learner.begin(2)
    learner.does("acknowledge", alert=learner.alert("queue_oldest"), note="Jan restarts the worker")
    shown = learner.get(LESSON).text
    assert "1 of 4 exercises done" in shown
    assert shown.count("<details><summary>Hint") == 4
    assert shown.count("vm-badge vm-is-ok") == 1


def test_a_wrong_answer_stays_to_be_mended_and_is_escaped(learner: Learner) -> None:
    learner.begin(1)
    learner.answers("members", "<script>alert(1)</script>")
    shown = learner.get(LESSON).text
    assert "<script>alert(1)" not in shown and "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"begin": "7"}, "There is no such lesson."),
        ({"exercise": "mute", "answer": "yes"}, "asks no such question"),
        ({"exercise": "members", "answer": "\x00"}, "control characters"),
        ({}, "asks no such question"),
    ],
)
def test_a_form_that_nobody_was_shown_changes_nothing(
    learner: Learner, form: dict[str, str], said: str
) -> None:
    learner.begin(1)
    before = course.current(learner.site)
    assert said in learner.post(LESSON, form | {"sent": "1"}).text
    assert course.current(learner.site) == before


@pytest.mark.parametrize(
    "stored", ["", "[]", "{", '{"lesson": 1}', '{"lesson": 9, "began": "2026", "answers": 1}']
)
def test_what_nobody_of_us_wrote_is_no_lesson(learner: Learner, stored: str) -> None:
    learner.begin(1)
    learner.site.update("Monitoring Run", course.ROW, {"cursor": stored})
    learner.site.commit()
    assert judging.progress(learner.site) is None
    assert learner.get(LESSON).status_code == 200


def test_a_site_that_is_no_demo_has_no_lessons(site: SQLiteSite) -> None:
    visitor = Visitor(Application(site, Gate("127.0.0.1", 8000, token=TOKEN)))
    assert visitor.get(LESSON).status_code == 404
    assert visitor.post(LESSON, {"begin": "1"}).status_code == 404
    assert course.current(site) is None


def lesson_of(site: DemoSite) -> Result:
    site.story_clock.tell(site.folder)
    with only_one_in(site.folder):
        return CliRunner().invoke(main, ["lesson", "--data", str(site.folder)])


def test_the_terminal_says_the_same_and_ends_with_a_code(learner: Learner) -> None:
    assert (lesson_of(learner.site).exit_code, course.current(learner.site)) == (2, None)
    learner.begin(2)
    learner.does("acknowledge", alert=learner.alert("queue_oldest"), note="Jan restarts the worker")
    said = lesson_of(learner.site)
    assert said.exit_code == 1
    assert "[x] Taking an alert on" in said.output and "[ ] Muting for a while" in said.output
    assert said.output.count("Hint: ") == 3
    learner.does("resolve", alert=learner.alert("failed_jobs_daily"), note="the backup")
    learner.does("silence", alert=learner.alert("mail_stuck"), minutes="120", note="the host looks")
    learner.does("test_message")
    assert lesson_of(learner.site).exit_code == 0
    assert "All of it is done." in learner.get(LESSON).text


def test_the_demo_says_where_its_lesson_is(learner: Learner) -> None:
    assert f"A training of four lessons: {URL}{LESSON}" in announce(learner.site, Address())
    learner.begin(3)
    assert "Lesson 3: The work of every day (30 min)" in announce(learner.site, Address())


def test_there_are_only_four_lessons() -> None:
    answer = CliRunner().invoke(main, ["demo", "--lesson", "5"])
    assert answer.exit_code == 2 and "--lesson" in answer.output
