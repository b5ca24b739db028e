"""The site configuration holds any JSON: each value is read as its kind, or ignored and named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import MovableClock
from tests.pages.whole import build_page
from tests.strangers.test_any_row import ANY_JSON
from vuurtoren.embedded.opening import jobs_for
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.health import liveness
from vuurtoren.rounds.checks import run_job
from vuurtoren.settings import settings as monitoring_settings
from vuurtoren.site import configured

KEYS = [
    *configured.KINDS,
    "alert_thresholds",
    "monitoring_metrics",
    "monitoring_rules",
    "monitoring_channels",
]
KEYS.remove("time_zone")  # without one nothing can be dated: that is refused when the site is opened


@pytest.mark.parametrize("value", [None, 7, ["nl"], {"a": 1}, True, "", "../x"])
def test_a_language_of_any_kind_stops_no_tick(site: SQLiteSite, value: object) -> None:
    site.set_conf("lang", value)
    assert run_job(site, "tick") == ""
    assert build_page(site).overall.headline


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(key=st.sampled_from(KEYS), value=ANY_JSON)
def test_a_tick_judges_with_any_value_of_any_key(
    site: SQLiteSite, clock: MovableClock, quiet: None, key: str, value: Any
) -> None:
    try:
        json.dumps(value, allow_nan=False).encode()
    except (ValueError, UnicodeEncodeError):
        return
    before = dict(site._config)
    site._config[key] = value
    try:
        said = run_job(site, "tick")
        assert "judging" not in said and "measuring" not in said, said
        liveness.health(site, details=True)
        jobs_for(site)
    finally:
        site._config.clear()
        site._config.update(before)
        clock.move(minutes=4)


def test_what_is_ignored_is_named(site: SQLiteSite) -> None:
    site.set_conf("lang", 7)
    site.set_conf("heartbeat_allow_private", "maybe")
    site.set_conf("audit_anchor_webhook_secret", ["hush"])
    problems = "\n".join(monitoring_settings.read(site).problems)
    assert "lang in the site configuration: 7 is not a text; it is ignored" in problems
    assert "heartbeat_allow_private" in problems and "audit_anchor_webhook_secret" in problems
    assert "hush" not in problems


@pytest.mark.parametrize(
    ("value", "read"), [("false", False), ("0", False), (0, False), ("yes", True), (1, True)]
)
def test_a_text_that_says_no_is_no_yes(site: SQLiteSite, value: object, read: bool) -> None:
    site.set_conf("heartbeat_allow_private", value)
    assert configured.flag(site, "heartbeat_allow_private") is read
    assert configured.ignored(site) == []
