"""The page of a real site: what it gathers, and what it says where something is missing or broken."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.alerts.alerting import metric
from tests.conftest import MovableClock, RememberingPostman
from tests.pages.reading import Html
from tests.pages.whole import build_page, render_page_body
from vuurtoren.alerts import alerts, assignments, steps
from vuurtoren.alerts.events import record_event
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.failures import OWN_TITLE
from vuurtoren.metrics.snapshot import Snapshot
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.parts import Page
from vuurtoren.privacy.iban import mask_iban
from vuurtoren.rounds import checks
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings.settings import Settings
from vuurtoren.signals import catalogue
from vuurtoren.signals.placement import Placement, beside, numbers

SECTIONS_OF_TABLE = {
    "System Alert": "alerts",
    "Monitoring Run": "monitor",
    "Alert Rule State": "unknowns",
    "SEPA Audit Log": "sepa",
    "Metric Series": "resources",
}


def watched(site: SQLiteSite) -> Page:
    """The page after each job of the monitor has run once."""
    for job in ("tick", "hourly", "daily"):
        checks.run_job(site, job)
    return build_page(site)


def html_of(site: SQLiteSite, page: Page) -> Html:
    return Html(render_page_body(page, translate=site.translate))


def an_event(site: SQLiteSite, message: str = "Something happened", severity: str = "HIGH") -> str:
    name = record_event(site, Settings(), "TEST", severity, message, {"links": ["System Alert"]})
    site.commit()
    return name


def test_it_says_on_a_new_site_that_the_monitor_has_not_run_yet(site: SQLiteSite):
    page = build_page(site)
    assert page.overall.level == "unknown"
    assert page.overall.headline == "The monitor has not run yet"


def test_it_builds_every_section_on_an_empty_site(site: SQLiteSite):
    page = watched(site)
    named = [page.alerts, page.monitor, page.resources, page.errors, page.work, page.sepa, page.business]
    assert [section.problem for section in (*named, page.recommendations, page.unknowns)] == [""] * 9


def test_it_says_what_was_checked_when_nothing_is_wrong(site: SQLiteSite):
    page = watched(site)
    assert "rules are judged" in page.overall.checked
    assert "last judged just now" in page.overall.checked


def test_it_turns_red_when_the_monitor_is_silent(site: SQLiteSite, clock: MovableClock):
    watched(site)
    clock.move(hours=3)
    page = build_page(site)
    assert page.overall.level == "critical"
    assert page.overall.headline == "The monitor has been silent for 3\u202fh"


def test_it_is_no_silence_within_two_ticks(site: SQLiteSite, clock: MovableClock):
    watched(site)
    clock.move(minutes=7)
    assert "silent" not in build_page(site).overall.headline


def test_it_says_when_the_monitor_is_switched_off(site: SQLiteSite):
    watched(site)
    site.set_single("Monitoring Settings", {"enabled": 0})
    page = build_page(site)
    assert (page.overall.level, page.overall.headline) == ("unknown", "The monitor is switched off")


def test_it_does_not_call_a_silent_site_well(site: SQLiteSite, clock: MovableClock):
    watched(site)
    for each in build_page(site).alerts.content.open:
        alerts.resolve(site, each.name)
    clock.move(hours=3)
    read = html_of(site, build_page(site))
    assert "No alert is open" in read.text("vm-alerts")
    assert "Nothing is wrong" not in read.text()


def test_it_does_not_call_rules_judged_that_never_were(site: SQLiteSite):
    assert "No rule has been judged yet" in html_of(site, build_page(site)).text("vm-unknowns")


def test_it_shows_an_open_alert_with_its_message_and_steps(site: SQLiteSite):
    name = an_event(site, "Batch 12 was refused")
    page = build_page(site)
    alert = page.alerts.content.open[0]
    assert (alert.name, alert.message, alert.level) == (name, "Batch 12 was refused", "warning")
    assert [step.said for step in alert.steps] == ["Opened", "Message waits for the next run"]


def test_it_puts_the_most_severe_alert_first_and_acknowledged_ones_last(site: SQLiteSite):
    low, critical, high = (an_event(site, severity, severity) for severity in ("LOW", "CRITICAL", "HIGH"))
    alerts.acknowledge(site, critical, "on it")
    assert [alert.name for alert in build_page(site).alerts.content.open] == [high, low, critical]


def test_it_counts_what_nobody_has_taken_on_yet(site: SQLiteSite):
    watched(site)
    for each in build_page(site).alerts.content.open:
        alerts.resolve(site, each.name)
    taken, _waiting = an_event(site, "one"), an_event(site, "two")
    alerts.acknowledge(site, taken, "on it")
    assert build_page(site).overall.headline == "1 problem needs attention, 1 being worked on"


def test_an_incident_is_taken_on_by_acknowledging_the_worst_of_it(site: SQLiteSite):
    watched(site)
    for each in build_page(site).alerts.content.open:
        alerts.resolve(site, each.name)
    about = {"evidence": [{"batch": "BATCH-26-11-0002"}]}
    worst, other = (record_event(site, Settings(), "TEST", each, each, about) for each in ("CRITICAL", "LOW"))
    alerts.acknowledge(site, other)
    assert build_page(site).overall.headline == "1 problem needs attention"
    alerts.acknowledge(site, worst)
    record_event(site, Settings(), "TEST", "MEDIUM", "joins later", about)
    assert build_page(site).overall.headline == "1 problem is being worked on"


def test_it_shows_who_acknowledged_when_and_with_which_words(site: SQLiteSite):
    name = an_event(site)
    alerts.acknowledge(site, name, "calling the bank", "piet@vereniging.example")
    said = {step.said: step.note for step in build_page(site).alerts.content.open[0].steps}
    assert said["Acknowledged by piet@vereniging.example"] == "calling the bank"


def test_it_shows_the_steps_of_an_alert_from_before_there_was_a_log(site: SQLiteSite):
    name = an_event(site)
    alerts.acknowledge(site, name, "calling the bank", "piet@vereniging.example")
    steps.forget(site, [name])
    said = {step.said: step.note for step in build_page(site).alerts.content.open[0].steps}
    assert said["Acknowledged by piet@vereniging.example"] == "calling the bank"


def test_it_shows_level_assignee_and_whom_to_assign_to(site: SQLiteSite):
    name = an_event(site)
    assignments.assign(site, name, "Administrator", "you know it")
    site.update("System Alert", name, {"escalation_level": 2})
    page = build_page(site)
    alert = page.alerts.content.open[0]
    assert (alert.assigned_to, alert.escalated_to) == ("Administrator", 2)
    assert page.alerts.content.people == ("Administrator",)
    text = html_of(site, page).text("vm-alerts")
    assert "Level 2" in text
    assert "Assigned: Administrator by Administrator you know it" in text


def test_it_shows_who_is_told_later_and_a_level_that_tells_nobody_new(site: SQLiteSite):
    later = {"escalation_2_minutes": 30, "escalation_2_recipients": "two@x.example"}
    site.set_single("Monitoring Settings", later | {"escalation_3_minutes": 60})
    page = build_page(site)
    assert page.monitor.content.mail.levels == (
        "Level 2, HIGH and worse, after 30\u202fmin without acknowledgement: two@x.example",
        "Level 3, HIGH and worse, after 1\u202fh without acknowledgement: "
        "no valid recipient, so the usual ones again",
    )
    assert "level 3 tells the usual ones again" in html_of(site, page).text("vm-recommendations")


def test_it_shows_a_resolved_alert_for_a_day(site: SQLiteSite, clock: MovableClock):
    name = an_event(site)
    alerts.resolve(site, name, "paid", "piet@vereniging.example")
    assert [alert.name for alert in build_page(site).alerts.content.ended] == [name]
    clock.move(hours=25)
    assert build_page(site).alerts.content.ended == ()


def test_it_shows_twenty_alerts_and_says_how_many_more_there_are(site: SQLiteSite):
    for number in range(23):
        an_event(site, f"event {number}")
    content = build_page(site).alerts.content
    assert (len(content.open), content.more) == (20, 3)


def test_every_count_of_open_alerts_is_the_same_however_many_there_are(site: SQLiteSite):
    run_job(site, "tick")
    for number in range(210 - site.count("System Alert")):
        an_event(site, f"event {number}")
    for row in site.get_all("System Alert", ["name"], order_by="name", limit=5):
        alerts.acknowledge(site, row["name"])
    page = build_page(site)
    assert page.overall.headline == "205 problems need attention, 5 being worked on"
    assert page.overall.reasons[-1] == "and 201 more"
    assert page.alerts.content.more == 190
    assert "And 190 more." in html_of(site, page).text("vm-alerts")


@pytest.mark.parametrize(("doctype", "key"), SECTIONS_OF_TABLE.items())
def test_it_says_of_a_broken_table_which_section_lacks_it_and_shows_the_rest(
    site: SQLiteSite, quiet: None, doctype: str, key: str
):
    watched(site)
    site.store.execute(f'DROP TABLE "tab{doctype}"')
    page = build_page(site)
    assert f"no such table: tab{doctype}" in getattr(page, key).problem
    others = set(SECTIONS_OF_TABLE.values()) - {key}
    assert [getattr(page, other).problem for other in others] == [""] * len(others)
    assert "Not available" in html_of(site, page).text(f"vm-{key}")


@pytest.mark.parametrize("doctype", ["System Alert", "Monitoring Run", "SEPA Audit Log"])
def test_it_says_of_a_missing_doctype_that_it_is_not_installed(site: SQLiteSite, doctype: str):
    del site.store.schemas[doctype]
    page = build_page(site)
    assert "not installed" in getattr(page, SECTIONS_OF_TABLE[doctype]).problem
    assert page.overall.level == "unknown"


def test_it_never_says_that_all_is_well_when_alerts_cannot_be_read(site: SQLiteSite, quiet: None):
    watched(site)
    site.store.execute('DROP TABLE "tabSystem Alert"')
    page = build_page(site)
    assert page.overall.level == "unknown"
    assert page.overall.headline == "Whether all is well cannot be said"


def test_it_reports_a_failure_once_and_not_at_each_refresh(site: SQLiteSite, quiet: None):
    watched(site)
    site.store.execute('DROP TABLE "tabSystem Alert"')
    site.commit()
    for _refresh in range(5):
        build_page(site)
        site.rollback()
    assert site.tally("Error Log", "method") == {OWN_TITLE: 1}


def test_it_writes_nothing_at_all(site: SQLiteSite):
    watched(site)
    doctypes = [schema.doctype for schema in site.store.schemas.values() if not schema.single]
    before = {doctype: site.count(doctype) for doctype in doctypes}
    for _refresh in range(3):
        render_page_body(build_page(site), translate=site.translate)
        site.commit()
    assert {doctype: site.count(doctype) for doctype in doctypes} == before


def test_it_masks_an_iban_that_stands_in_a_failure(site: SQLiteSite, quiet: None):
    iban = "NL91ABNA0417164300"
    site.store.execute('DROP TABLE "tabSystem Alert"')
    site.store.execute(f'CREATE VIEW "tabSystem Alert" AS SELECT * FROM "{iban}"')
    problem = build_page(site).alerts.problem
    assert iban not in problem
    assert mask_iban(iban) in problem


def test_it_says_who_would_be_told(site: SQLiteSite):
    mail = build_page(site).monitor.content.mail
    assert (mail.level, mail.recipients) == ("ok", ("beheer@vereniging.example",))


def test_it_says_that_nobody_would_be_told(tmp_path: Path, clock: MovableClock, postman: RememberingPostman):
    site = SQLiteSite(
        tmp_path / "nobody", clock=clock, postman=postman, config={"alert_recipients": "nobody"}
    )
    mail = build_page(site).monitor.content.mail
    assert (mail.level, mail.said) == ("critical", "nobody is told")


def test_it_says_that_mail_cannot_leave(site: SQLiteSite, postman: RememberingPostman):
    postman.refuses_because = "no SMTP server is configured"
    mail = build_page(site).monitor.content.mail
    assert mail.level == "warning"
    assert "no SMTP server is configured" in mail.hindrances


def test_it_names_the_doctypes_that_this_site_lacks(site: SQLiteSite):
    content = build_page(site).business.content
    assert "Member" in content.absent
    assert "not installed" not in " ".join(
        reading.reason for group in content.groups for reading in group.readings
    )


def test_what_signals_bring_stands_in_the_order_that_they_chose(association: SQLiteSite):
    page = build_page(association)
    subjects = [group.title for group in page.business.content.groups]
    assert subjects == ["Members", "Applications", "Direct debit", "Invoices", "Payments", "People"]
    people = [reading.key for reading in page.business.content.groups[-1].readings]
    assert (people[0], people[-1]) == ("volunteers.active", "sessions.count")
    panels = [panel.key for panel in page.work.content.panels]
    assert panels == ["scheduler", "queues", "mail", "services", "backups", "safety", "key_files"]


def test_a_number_whose_doctype_is_missing_is_not_placed(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch):
    here = Placement("monitor.costs", numbers("monitor.run_ms_today"), needs="Monitoring Run")
    nowhere = Placement("monitor.costs", numbers("members.total"), needs="Member")
    monkeypatch.setattr(catalogue, "PLACEMENTS", (nowhere, here))
    assert [reading.key for reading in build_page(site).monitor.content.costs] == ["monitor.run_ms_today"]


def test_a_fact_beside_a_number_is_left_out_where_it_is_not_known(site: SQLiteSite):
    facts = Facts(site)
    facts.snapshot = Snapshot(site.now(), site.now_utc(), (metric(site, "host.cpu_count", 4),))
    assert facts.note(beside("{0} CPUs", "host.cpu_count")) == "4 CPUs"
    assert facts.note(beside("{0} free", "host.disk_free_bytes")) == ""


def test_it_lists_a_rule_that_cannot_be_judged_with_since_and_because(site: SQLiteSite):
    checks.run_job(site, "tick")
    rules = {check.title: check for check in build_page(site).unknowns.content.checks}
    unknown = {"answer": "unknown", "rule": "scheduler_silent"}
    (row,) = site.get_all("Alert Rule State", ["rule", "reason", "answer_since"], unknown)
    assert any(
        check.because == row["reason"] and check.since == row["answer_since"] for check in rules.values()
    )


def test_it_draws_the_history_of_a_number_and_its_gaps(site: SQLiteSite, clock: MovableClock):
    for _tick in range(5):
        checks.run_job(site, "tick")
        clock.move(minutes=4)
    clock.move(hours=2)
    for _tick in range(5):
        checks.run_job(site, "tick")
        clock.move(minutes=4)
    charts = {reading.key: reading.chart for reading in build_page(site).resources.content.charted}
    moments = [moment for moment, _value in charts["host.memory_percent"].points]
    assert len(moments) == 10
    assert max(later - earlier for earlier, later in pairwise(moments)) > timedelta(hours=2)


def test_it_counts_the_audit_trail_by_what_is_compliant(site: SQLiteSite):
    for number in range(1000):
        site.seed(
            "SEPA Audit Log",
            [
                {
                    "event_id": f"e{number}",
                    "timestamp": site.now() - timedelta(hours=1),
                    "process_type": "Payment Processing",
                    "action": "processing_completed" if number else "processing_failed",
                    "compliance_status": "Compliant" if number else "Failed",
                }
            ],
        )
    readings = {reading.label: reading for reading in build_page(site).sepa.content.readings}
    assert readings["Compliant entries"].value == 99.9
    assert "999 of 1,000" in readings["Compliant entries"].note


def test_it_says_that_an_empty_trail_cannot_be_judged(site: SQLiteSite):
    readings = {reading.label: reading for reading in build_page(site).sepa.content.readings}
    assert readings["Compliant entries"].value is None
    assert readings["Compliant entries"].reason == "no entry during the last 7 days"


def test_it_shows_every_number_with_its_age_and_source(site: SQLiteSite):
    readings = build_page(site).everything.content.readings
    assert len(readings) > 50
    assert all(reading.measured_at and reading.source for reading in readings)
    assert all((reading.value is None) == bool(reading.reason) for reading in readings)
