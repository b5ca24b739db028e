from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.rules.test_rule_records import ADDED, DISK
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rules.record import BadRule
from vuurtoren.settings import rule_fixture, stored_rules


def test_rules_move_between_sites_unchanged(site: SQLiteSite, tmp_path: Path) -> None:
    stored_rules.save(site, ADDED | {"summary": "“{value}” <b>&amp;\\n", "links": "Error Log\nUser"})
    stored_rules.save(site, DISK | {"critical_threshold": "none", "most_open": 3, "enabled": 0})
    text = rule_fixture.export(site)
    other = SQLiteSite(tmp_path / "other")
    assert rule_fixture.bring_in(other, text) == 2
    assert rule_fixture.export(other) == text
    assert rule_fixture.bring_in(other, text) == 0


def test_the_export_is_a_fixture_of_frappe(site: SQLiteSite) -> None:
    stored_rules.save(site, DISK | {"threshold": "80"})
    assert json.loads(rule_fixture.export(site)) == [
        {"doctype": "Alert Rule", "name": "disk", "rule_key": "disk", "enabled": 1, "threshold": "80"}
    ]


def test_it_takes_what_frappe_itself_exports(site: SQLiteSite) -> None:
    (ours,) = [{"doctype": "Alert Rule", "docstatus": 0, "modified": "2026-11-04 10:00:00", "name": "disk",
                "rule_key": "disk", "enabled": 1, "threshold": "80", "title": None, "unit": "%",
                "most_open": 0, "runbook": None}]  # fmt: skip
    assert rule_fixture.bring_in(site, json.dumps([ours])) == 1


def test_an_import_saves_all_or_nothing_and_names_each_bad_one(site: SQLiteSite) -> None:
    bad = [DISK | {"threshold": "80"}, ADDED | {"metric": "no.such"}, {"rule_key": "cpu", "threshold": "x"}]
    with pytest.raises(BadRule) as refused:
        rule_fixture.bring_in(site, json.dumps([*bad, DISK]))
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["open_pledges", "cpu", "disk"]
    assert stored_rules.read(site) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("{}", "no list"),
        ("[3]", "entry 1 is no Alert Rule"),
        ('[{"doctype": "User", "rule_key": "disk"}]', "it is a User"),
        ('[{"name": "cpu", "rule_key": "disk"}]', "not the same"),
        ('[{"rule_key": "disk", "threshold": ["80"]}]', "every field is a text or a number"),
        ('[{"rule_key": "disk", "enabled": "perhaps"}]', "enabled is 0 or 1"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_an_import_refuses_what_is_no_fixture(site: SQLiteSite, text: str, said: str) -> None:
    with pytest.raises(BadRule, match=said):
        rule_fixture.bring_in(site, text)


def run(site: SQLiteSite, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["rules", *arguments, "--data", str(site.folder)])
    return result.exit_code, result.output


def test_the_command_line_lists_sets_moves_and_remembers(site: SQLiteSite, tmp_path: Path) -> None:
    code, said = run(site, "set", "disk", "threshold=85", "critical_threshold=none")
    assert (code, "Changed: 1." in said) == (0, True)
    code, said = run(site, "list")
    assert code == 0 and "disk: host.disk_percent > 85 % HIGH [alert rule]" in said
    assert "memory: host.memory_percent > 90 % HIGH, CRITICAL > 97 % [shipped]" in said
    file = tmp_path / "alert_rule.json"
    assert run(site, "export", str(file))[0] == 0
    assert run(site, "remove", "disk")[0] == 0
    assert "disk: host.disk_percent > 90 % HIGH, CRITICAL > 95 %" in run(site, "list")[1]
    assert run(site, "import", str(file))[0] == 0
    assert run(site, "export")[1] == file.read_text("utf-8")
    assert run(site, "history", "disk")[1].count("threshold: ") == 6


def test_the_command_line_refuses_with_sentences_and_exit_code_1(site: SQLiteSite) -> None:
    code, said = run(site, "set", "disk", "threshold=lots")
    assert code == 1 and "'lots' is not a number" in said
    assert run(site, "set", "disk", "colour=red")[0] == 1
    assert "disk: host.disk_percent > 90 %" in run(site, "list")[1]
