from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from tests.conftest import MovableClock
from vuurtoren.backtest import result as backtest_result
from vuurtoren.backtest.request import CannotBacktest, ask, in_force, of_record
from vuurtoren.commands import backtest as backtest_command
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName

KEY = "error_rate_hourly"
MINUTE = timedelta(minutes=1)


def stored(site: SQLiteSite, days: float = 2, queue: str = "") -> datetime:
    """A sample a minute: 3, and 40 during the hour that ended six hours ago; when that hour began."""
    now = site.now()
    peak = now - timedelta(hours=7)
    samples = []
    for minute in range(int(days * 1440)):
        at = now - MINUTE * minute
        samples.append((at, 40.0 if peak <= at < peak + timedelta(hours=1) else 3.0))
    key = "queue.depth" if queue else "errors.last_hour"
    history.backfill(site, "jobs", {SeriesName(key, (("queue", queue),) if queue else ()): samples[::-1]})
    return peak


def test_it_says_when_a_rule_in_force_would_have_fired(site: SQLiteSite) -> None:
    peak = stored(site)
    answer = ask(site, in_force(site, KEY), 90)
    (firing,) = answer.done.firings
    assert (firing.opened, firing.worst, answer.done.told.messages) == (peak, 40, 2)
    assert any("less than the 90 days" in said for said in answer.rests_on)


def test_it_takes_other_numbers_as_people_type_them(site: SQLiteSite) -> None:
    stored(site)
    changes = {"threshold": "2,5", "critical": "30", "for": "10 min", "keep_firing": "1 h"}
    rule = in_force(site, KEY, changes)
    assert (rule.threshold, rule.critical_threshold, rule.for_seconds, rule.keep_firing_seconds) == (
        2.5, 30, 600, 3600,
    )  # fmt: skip
    (firing,) = ask(site, rule).done.firings
    assert (firing.level, firing.ended) == ("critical", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threshold": "many"}, "'many' is not a number"),
        ({"critical": "-1"}, "negative"),
        ({"for": "soon"}, "is no time"),
    ],
)
def test_it_refuses_what_is_no_number_with_a_sentence(
    site: SQLiteSite, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(CannotBacktest, match=said):
        in_force(site, KEY, changes)


def test_an_unknown_rule_is_refused_and_the_known_ones_named(site: SQLiteSite) -> None:
    with pytest.raises(CannotBacktest, match=r"no rule 'nonsense'.*error_rate_hourly"):
        in_force(site, "nonsense")


def test_without_history_it_says_so(site: SQLiteSite) -> None:
    with pytest.raises(CannotBacktest, match=r"Nothing is stored of errors.last_hour"):
        ask(site, in_force(site, KEY))


@pytest.mark.parametrize("days", [0, 367])
def test_the_days_are_bounded(site: SQLiteSite, days: int) -> None:
    with pytest.raises(CannotBacktest, match="from 1 to 366"):
        ask(site, in_force(site, KEY), days)


def test_a_form_that_is_not_saved_is_tried_with_its_values(site: SQLiteSite) -> None:
    stored(site)
    assert ask(site, of_record(site, {"rule_key": KEY, "enabled": 1, "threshold": "50"})).done.firings == ()
    added = {
        "rule_key": "too_many_errors", "enabled": 1, "title": "Too many", "metric": "errors.last_hour",
        "operator": ">=", "threshold": "3", "severity": "LOW",
    }  # fmt: skip
    assert len(ask(site, of_record(site, added)).done.firings) == 1
    assert site.count("Alert Rule") == 0


def test_a_form_without_a_threshold_has_that_of_the_settings(site: SQLiteSite) -> None:
    site.set_single("Monitoring Settings", {"rules": [{"rule": KEY, "enabled": 1, "threshold": "77"}]})
    assert of_record(site, {"rule_key": KEY, "enabled": 1}).threshold == 77


def test_a_form_that_is_no_rule_is_refused(site: SQLiteSite) -> None:
    with pytest.raises(CannotBacktest, match="no metric"):
        of_record(site, {"rule_key": "some_rule", "metric": "__import__('os')", "operator": ">"})


def test_a_rule_with_labels_is_judged_for_each_of_them(site: SQLiteSite) -> None:
    stored(site, queue="long")
    answer = ask(site, in_force(site, "queue_depth", {"threshold": "30", "for": "0", "critical": "none"}))
    assert [firing.labels for firing in answer.done.firings] == [(("queue", "long"),)]


def test_before_the_first_sample_it_counts_what_the_error_log_still_holds(
    site: SQLiteSite, clock: MovableClock
) -> None:
    burst = site.now() - timedelta(days=3)
    rows = [{"method": f"boom {number}", "creation": burst, "modified": burst} for number in range(12)]
    first = {"method": "old", "creation": burst - timedelta(days=1), "modified": burst - timedelta(days=1)}
    site.seed("Error Log", [first, *rows])
    site.commit()
    stored(site, days=1)
    answer = ask(site, in_force(site, KEY))
    assert answer.done.since == burst - timedelta(hours=23) + MINUTE
    assert (answer.done.firings[0].opened, answer.done.firings[0].worst) == (burst, 12)
    assert any("counted from Error Log" in said for said in answer.rests_on)


def test_it_suggests_a_threshold_with_at_most_one_alert_a_week(site: SQLiteSite) -> None:
    now = site.now()
    samples = [
        (now - MINUTE * minute, 100.0 if minute % 15_000 < 5 else 20.0 if minute % 700 < 5 else 3.0)
        for minute in range(28 * 1440, 0, -1)
    ]
    history.backfill(site, "errors", {SeriesName("errors.last_hour"): samples})
    answer = ask(site, in_force(site, KEY), 28)
    assert answer.done.breaches > 4
    assert answer.suggestion and 20 <= answer.suggestion.threshold < 100
    calmer = ask(site, in_force(site, KEY, {"threshold": str(answer.suggestion.threshold)}), 28)
    assert calmer.done.breaches == answer.suggestion.alerts <= 4


def test_a_yes_or_no_rule_gets_no_suggestion(site: SQLiteSite) -> None:
    samples = [(site.now() - MINUTE * minute, float(minute > 100)) for minute in range(2000, 0, -1)]
    history.backfill(site, "yes/no", {SeriesName("scheduler.enabled"): samples})
    answer = ask(site, in_force(site, "scheduler_off"))
    assert (len(answer.done.firings), answer.suggestion) == (1, None)
    assert "yes-or-no" in "\n".join(backtest_result.as_lines(site, answer))


def test_the_answer_is_json(site: SQLiteSite) -> None:
    stored(site)
    told = json.loads(json.dumps(backtest_result.as_data(ask(site, in_force(site, KEY)))))
    assert (told["alerts"], told["messages"], told["firings"][0]["worst"]) == (1, 2, 40)
    assert told["suggestion"]["alerts"] <= told["suggestion"]["allowed"]


def test_asking_writes_nothing(site: SQLiteSite) -> None:
    stored(site)
    before = site.store.connection.total_changes
    ask(site, in_force(site, KEY))
    assert site.store.connection.total_changes == before


def test_the_command_prints_the_answer_or_says_why_there_is_none(site: SQLiteSite) -> None:
    stored(site)
    site.store.close()
    arguments = ["backtest", KEY, "--data", str(site.folder)]
    said = CliRunner().invoke(main, [*arguments, "--threshold", "50"])
    assert (said.exit_code, "At most one alert a week" in said.output) == (0, True)
    told = CliRunner().invoke(main, [*arguments, "--json"])
    assert json.loads(told.output)["rule"] == KEY
    refused = CliRunner().invoke(main, ["backtest", "nonsense", "--data", str(site.folder)])
    assert (refused.exit_code, "There is no rule" in refused.output) == (2, True)


def test_the_progress_bar_comes_only_when_it_takes_long() -> None:
    class Terminal:
        def __init__(self) -> None:
            self.text = ""

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            self.text += text
            return len(text)

        def flush(self) -> None:
            pass

    for after_seconds, shown in ((3600.0, False), (0.0, True)):
        terminal = Terminal()
        with backtest_command.late_progress_bar("Looking back", terminal, after_seconds) as progress:  # type: ignore[arg-type]
            progress(1, 2)
            progress(2, 2)
        assert bool(terminal.text) is shown


def measured_an_hour_a_day(site: SQLiteSite, ran: bool) -> dict[str, Any]:
    """40 days of a machine that is mostly off, or of a metric that mostly cannot be measured; one peak."""
    now = site.now()
    samples = [
        (now - timedelta(days=day) + MINUTE * minute, 3.0) for day in range(40, 0, -1) for minute in range(60)
    ]
    peak = now - timedelta(hours=2)
    samples += [(peak + MINUTE * minute, 40.0) for minute in range(30)]
    stored_series = {SeriesName("errors.last_hour", ()): samples}
    if ran:
        ticks = [now - timedelta(days=40) + 4 * MINUTE * number for number in range(40 * 24 * 15)]
        stored_series[SeriesName("monitor.run_ms_today", ())] = [(at, 1.0) for at in ticks]
    history.backfill(site, "jobs", stored_series)
    answer = ask(site, in_force(site, KEY))
    return backtest_result.as_data(answer) | {"line": backtest_result.headline(site, answer)}


def test_stretches_in_which_the_monitor_did_not_run_are_no_alerts(site: SQLiteSite) -> None:
    told = measured_an_hour_a_day(site, ran=False)
    assert (told["alerts"], told["breaches"], told["unmeasured"]) == (1, 1, 0)
    assert told["gaps"] >= 39
    assert told["messages"] <= 2
    assert "Alerts that it would have opened in 40 days: 1." in told["line"]
    assert f"the monitor did not run, where nothing is counted: {told['gaps']}" in told["line"]


def test_stretches_in_which_a_running_monitor_could_not_measure_are_alerts(site: SQLiteSite) -> None:
    told = measured_an_hour_a_day(site, ran=True)
    assert (told["breaches"], told["gaps"]) == (1, 0)
    assert told["unmeasured"] >= 39
    assert told["alerts"] == told["unmeasured"] + 1
    assert told["messages"] > told["unmeasured"]
    assert f"because the metric could not be measured: {told['unmeasured']}." in told["line"]


@pytest.mark.parametrize("tried", [None, "2"])
def test_no_threshold_is_advised_that_is_louder_than_the_one_in_force(
    site: SQLiteSite, tried: str | None
) -> None:
    stored(site)
    answer = ask(site, in_force(site, KEY, {"threshold": tried or ""}))
    assert answer.suggestion and answer.suggestion.threshold >= 10


def test_it_says_what_really_happened_and_by_which_threshold(site: SQLiteSite) -> None:
    peak = stored(site)
    values = {"rule": KEY, "kind": "Breach", "threshold": 25, "timestamp": peak, "message": "x"}
    site.insert("System Alert", values | {"alert_type": "X", "severity": "HIGH", "status": "Resolved"})
    site.commit()
    said = ask(site, in_force(site, KEY)).rests_on
    assert any("opened 1 in that time, judged by > 25" in each for each in said)
