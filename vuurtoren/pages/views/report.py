"""The report: everything about the site on one page, to read at a stretch, to print and to keep."""

from __future__ import annotations

from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame.address import Address
from vuurtoren.pages.frame.answers import Shown
from vuurtoren.pages.view import build_page


def build(facts: Facts, address: Address) -> Shown:
    return Shown(facts.translate("Report"), "views/reports/report.html", build_page(facts))
