from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.alerts.alerting import RULE
from vuurtoren.alerts.evaluation import evaluate
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics.metric import Metric
from vuurtoren.metrics.promise import Promise
from vuurtoren.metrics.source import Context, Source
from vuurtoren.pages.facts import Facts
from vuurtoren.rules.rule import Rule
from vuurtoren.settings import settings, stored_rules
from vuurtoren.signals import registry
from vuurtoren.signals.catalogue import SHIPPED
from vuurtoren.signals.measuring import collect
from vuurtoren.signals.placement import Number

HERE = "tests.rules.test_rule_hooks"


def measured(context: Context) -> Iterator[Metric]:
    yield context.known("fundraising.open_pledges", 12)


PLEDGES = Source("fundraising", {"fundraising.open_pledges": "pledges"}, measured)
TOO_MANY = replace(
    RULE, key="open_pledges", metric="fundraising.open_pledges", unit="pledges", unknown_for_seconds=None
)
TITLED = replace(
    PLEDGES, promises={"fundraising.open_pledges": Promise("pledges", "Open pledges", "Promised, not paid.")}
)
UNSAID = replace(PLEDGES, name="unsaid", promises={"fundraising.gone": Promise("pledges", 5)})  # type: ignore[arg-type]
TAKEN = replace(PLEDGES, name="thief", promises={"errors.last_hour": "errors"})
A_SHIPPED_KEY = replace(RULE, key="disk")
ON_NOTHING = replace(RULE, key="on_nothing", metric="fundraising.gone")
HOSTILE = replace(RULE, key="hostile", summary="{value.__class__}")


def several() -> list[Rule]:
    return [TOO_MANY, A_SHIPPED_KEY, ON_NOTHING, HOSTILE]


def broken() -> list[Rule]:
    raise RuntimeError("the other app is ill")


def hook(site: SQLiteSite, **paths: list[str]) -> None:
    for name, given in paths.items():
        site.set_conf(f"monitoring_{name}", [path if "." in path else f"{HERE}.{path}" for path in given])


def test_a_metric_of_another_app_is_measured_and_offered(site: SQLiteSite) -> None:
    hook(site, metrics=["PLEDGES"])
    assert collect(site, ["fundraising"]).get("fundraising.open_pledges").value == 12
    assert stored_rules.choices(site)["metrics"]["fundraising.open_pledges"] == "pledges"


def test_a_metric_of_another_app_is_called_by_its_title_or_by_its_key(site: SQLiteSite) -> None:
    hook(site, metrics=["PLEDGES"])
    assert Facts(site).number(Number("fundraising.open_pledges")).label == "fundraising.open_pledges"
    hook(site, metrics=["TITLED"])
    assert Facts(site).number(Number("fundraising.open_pledges")).label == "Open pledges"


def test_a_metric_whose_title_is_no_text_is_left_out(site: SQLiteSite) -> None:
    hook(site, metrics=["UNSAID"])
    assert "fundraising.gone" not in registry.units(site)
    assert "fundraising.gone are not all text" in registry.problems(site)[0]


def test_a_rule_of_another_app_is_judged_like_any_other(site: SQLiteSite) -> None:
    hook(site, metrics=["PLEDGES"], rules=["TOO_MANY"])
    done = evaluate(site, collect(site, ["fundraising"]), settings.read(site), ("tick",))
    assert len(done.opened) == 1
    assert settings.rule_rows([], site)[-1]["rule"] == "open_pledges"


def test_a_rule_of_another_app_can_be_changed_by_a_record(site: SQLiteSite) -> None:
    hook(site, metrics=["PLEDGES"], rules=["several"])
    stored_rules.save(site, {"rule_key": "open_pledges", "enabled": 1, "threshold": "20"})
    rule = settings.read(site).rule("open_pledges")
    assert rule and rule.threshold == 20


def test_what_another_app_brings_and_cannot_be_used_is_named_and_stops_nothing(
    site: SQLiteSite, quiet: None
) -> None:
    hook(site, metrics=["PLEDGES", "TAKEN"], rules=["several", "broken", "nowhere.at_all", "missing"])
    held = settings.read(site)
    assert [rule.key for rule in held.rules] == [*(rule.key for rule in SHIPPED), "open_pledges"]
    said = "\n".join(held.problems)
    for part in (
        "disk is taken already",
        "there is no metric 'fundraising.gone'",
        "braces",
        "RuntimeError: the other app is ill",
        "No module named 'nowhere'",
        "has no attribute 'missing'",
        "errors.last_hour is taken already",
    ):
        assert part in said
    assert not held.rules_complete


def test_a_source_that_takes_the_keys_of_another_is_left_out(site: SQLiteSite) -> None:
    hook(site, metrics=["TAKEN"])
    assert registry.units(site)["errors.last_hour"] == "errors"
    assert "thief" not in {source.name for source in registry.sources(site)}


def test_without_hooks_nothing_is_loaded(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.sources(site) == tuple(registry.SOURCES)
    assert stored_rules.known(site).rules is SHIPPED


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


MISTYPED: list[object] = [
    replace(RULE, key="mistyped", **{field: wrong})  # type: ignore[arg-type]
    for field, wrong in {
        "metric": ["errors.last_hour"],
        "operator": {},
        "summary": None,
        "title": 5,
        "runbook": "\ud800",
        "threshold": "5",
        "for_seconds": "10 min",
        "unknown_for_seconds": -1,
        "only": ("queue",),
        "links": (None,),
    }.items()
]
NAMELESS = Source("nameless", None, measured)  # type: ignore[arg-type]


def mistyped() -> list[object]:
    return [*MISTYPED, Unspeakable()]


def test_fields_of_the_wrong_type_stop_neither_the_settings_nor_their_form(site: SQLiteSite) -> None:
    hook(site, metrics=["NAMELESS"], rules=["mistyped"])
    held = settings.read(site)
    assert [rule.key for rule in held.rules] == [rule.key for rule in SHIPPED]
    assert len(held.problems) == len(MISTYPED) + 2
    assert "mistyped" not in stored_rules.choices(site)["rules"]
