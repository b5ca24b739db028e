"""Scheduled jobs of another app that would delete old audit entries, and are refused each time."""

from __future__ import annotations

from vuurtoren import carrier
from vuurtoren.site.protocol import Site

JOB = "Scheduled Job Type"
APPS = ("verenigingen",)
"""Apps whose audit log had a cleanup by age of its own."""
METHOD = "{0}.utils.security.audit_logging.cleanup_old_audit_logs"


def running(site: Site) -> list[str]:
    """The names of these jobs that are not switched off."""
    methods = [METHOD.format(app) for app in APPS if app != carrier.app_name()]
    if not methods or not site.has_doctype(JOB):
        return []
    rows = site.get_all(JOB, ["name"], {"method": ("in", methods), "stopped": 0}, order_by="name")
    return [str(row["name"]) for row in rows]
