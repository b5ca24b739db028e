"""Pages that are put together from sections: operations, association, SEPA, the monitor itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from vuurtoren import carrier
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address
from vuurtoren.pages.frame.answers import Answer, Shown
from vuurtoren.pages.parts import PageSection
from vuurtoren.pages.sections import business, monitor, recommendations, resources, sepa, unknowns, work
from vuurtoren.pages.sections.boundary import section
from vuurtoren.pages.sepa import answer as sepa_answer
from vuurtoren.pages.views.blocks import day_bars
from vuurtoren.pages.views.blocks.jobs import jobs
from vuurtoren.site.protocol import in_bench

Build = Callable[[Facts], Any]


@dataclass(frozen=True)
class Drawn:
    """A section with the template that draws its content."""

    section: PageSection[Any]
    template: str


@dataclass(frozen=True)
class Version:
    """What runs here, and the commands by which it tells whether it works."""

    platform: str
    apps: tuple[tuple[str, str], ...]
    accept: str
    status: str


def operations(facts: Facts, address: Address) -> Answer:
    _ = facts.translate
    return _page(
        facts, _("Operations"),
        ("work", _("Scheduler, queues, mail, backups"), work.build, "work.html"),
        ("days", _("The last 90 days"), day_bars.build, "blocks/day_bars.html"),
        ("jobs", _("Scheduled jobs"), jobs, "blocks/jobs.html"),
    )  # fmt: skip


def association(facts: Facts, address: Address) -> Answer:
    _ = facts.translate
    return _page(
        facts,
        _("Association"),
        ("business", _("Members, dues, invoices, payments"), business.build, "business.html"),
    )


def sepa_rules_and_trail(facts: Facts, address: Address) -> Answer:
    """Not refreshed: it has forms, and what it says changes by the day."""
    _ = facts.translate
    shown = _page(
        facts,
        _("SEPA"),
        ("compliance", _("Rules, batches and returns"), _compliance, "blocks/fragment.html"),
        ("sepa", _("SEPA audit trail"), sepa.build, "sepa.html"),
    )
    return replace(shown, live=False)


def _compliance(facts: Facts) -> Markup:
    return sepa_answer.body(facts.site, {})


def the_monitor(facts: Facts, address: Address) -> Answer:
    _ = facts.translate
    return _page(
        facts, _("The monitor itself"),
        ("monitor", _("Runs and messages"), monitor.build, "monitor.html"),
        ("unknowns", _("Unknown"), unknowns.build, "unknowns.html"),
        ("recommendations", _("Recommendations"), recommendations.build, "recommendations.html"),
        ("resources", _("Machine and database"), resources.build, "resources.html"),
        ("version", _("Version and self-test"), _version, "blocks/version.html"),
    )  # fmt: skip


def _version(facts: Facts) -> Version:
    typed = "bench --site SITE monitoring" if in_bench(facts.site) else f"python -m {carrier.app_name()}"
    installed = sorted(facts.site.installed_versions().items())
    return Version(facts.site.platform, tuple(installed), f"{typed} accept", f"{typed} status")


def _page(facts: Facts, title: str, *parts: tuple[str, str, Build, str]) -> Shown:
    drawn = tuple(Drawn(section(facts, key, name, build), template) for key, name, build, template in parts)
    return Shown(title, "views/sections.html", drawn)
