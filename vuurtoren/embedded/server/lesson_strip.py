"""The line above every page of the demo while a lesson runs: it leads back to the tasks."""

from __future__ import annotations

from markupsafe import Markup

from vuurtoren.embedded.demo.lessons import judging
from vuurtoren.site.protocol import Site

PATH = "/monitoring_dashboard/lesson"
LINE = Markup('<nav class="vm-above" aria-label="{}"><a class="vm-link" href="{}">{}</a></nav>')


def strip(site: Site) -> Markup:
    """The line as HTML; nothing while no lesson runs, and on a site that is no demo."""
    lesson = judging.running(site)
    if lesson is None:
        return Markup()
    return LINE.format(site.translate("Training"), PATH, judging.heading(site, lesson))
