"""The report, which holds every section, with what stands around it: one thing to build, draw and change."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from vuurtoren.pages import render
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame import frame
from vuurtoren.pages.frame.address import Address
from vuurtoren.pages.frame.answers import Shown
from vuurtoren.pages.frame.frame import Frame
from vuurtoren.pages.parts import Overall, Page
from vuurtoren.pages.view import build_page as build_sections
from vuurtoren.site.protocol import Site


@dataclass(frozen=True)
class Whole(Page):
    """All sections, and the frame."""

    frame: Frame

    @property
    def overall(self) -> Overall:
        return self.frame.overall


def whole(around: Frame, page: Page) -> Whole:
    return Whole(*(getattr(page, field.name) for field in fields(Page)), around)


def build_page(site: Site) -> Whole:
    facts = Facts(site)
    around = frame.build(facts, Address(("report",)), "Report", (("", "Now"), ("alerts", "Alerts")))
    return whole(around, build_sections(facts))


def render_page_body(page: Whole, **more: Any) -> str:
    return render.render_page_body(page.frame, as_report(page), **more)


def render_content(page: Whole, **more: Any) -> str:
    return render.render_content(page.frame, as_report(page), **more)


def as_report(page: Page) -> Shown:
    return Shown("Report", "views/reports/report.html", page)
