"""Run where one signal's folder is missing: all else works, on an empty site and on one with a story.

python without_one.py SIGNAL        in a folder with copies of the packages
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import vuurtoren
from vuurtoren import failures
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.composition import use_site
from vuurtoren.embedded.demo import HOST_DOCTYPES
from vuurtoren.embedded.demo.story import tell
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.engines.alert_manager import AlertManager
from vuurtoren.engines.analytics_engine import AnalyticsEngine
from vuurtoren.engines.resource_monitor import ResourceMonitor
from vuurtoren.pages import runbooks
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame import site_map
from vuurtoren.pages.methods import analytics_api
from vuurtoren.pages.parts import PageSection
from vuurtoren.pages.view import build_page
from vuurtoren.rounds import checks
from vuurtoren.settings import settings, stored_rules
from vuurtoren.signals.catalogue import SIGNALS

NEEDS_FRAPPE = "vuurtoren.frappe_adapter"


def main(deleted: str) -> None:
    failures.LOUD = True
    assert Path(vuurtoren.__file__).is_relative_to(Path.cwd()), vuurtoren.__file__
    assert SIGNALS and deleted not in {signal.name for signal in SIGNALS}
    import_everything()
    empty, told = a_site("empty"), a_site("told", HOST_DOCTYPES)
    tell(told)
    for site in (empty, told):
        use_site(site)
        watch(site)
        ask(site)


def a_site(folder: str, *schema: Path) -> SQLiteSite:
    site = SQLiteSite(
        Path(folder),
        clock=lambda: datetime(2026, 11, 4, 9, 0, tzinfo=timezone.utc),
        config={"time_zone": "Europe/Amsterdam"},
        extra_schema=schema,
    )
    append_only_guard.install(site)
    return site


def import_everything() -> None:
    for module in walk_packages(vuurtoren.__path__, "vuurtoren."):
        if not module.name.startswith(NEEDS_FRAPPE):
            import_module(module.name)


def watch(site: SQLiteSite) -> None:
    """Every job of the monitor, and every section of the page."""
    for job in checks.INTERVALS:
        checks.run_job(site, job)
    page = build_page(Facts(site))
    sections = [part for part in vars(page).values() if isinstance(part, PageSection)]
    assert sections and not any(section.problem for section in sections)
    lists = [route.key for route in site_map.ROUTES if not route.about_one]
    assert all(site_map.serve(site, key, {}, {}).found for key in lists)


def ask(site: SQLiteSite) -> None:
    """What people and other programs call."""
    assert settings.check({"rules": settings.rule_rows([], site)}) is None
    assert stored_rules.choices(site)["metrics"]
    assert runbooks.page_body(site, "")
    AlertManager(site).check_error_rate_alert()
    assert ResourceMonitor(site).generate_performance_report()["summary"]
    assert AnalyticsEngine(site).generate_insights_report()["executive_summary"]
    assert analytics_api.refresh_advanced_dashboard_data(site)


if __name__ == "__main__":
    main(sys.argv[1])
