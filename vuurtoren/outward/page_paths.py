"""Where the pages of the monitoring are, below the address of the site."""

from __future__ import annotations

from urllib.parse import quote, urlencode

ROOT = "monitoring_dashboard"


def path_of(*parts: str, **asked: str) -> str:
    """The path of a page, without a leading slash: "monitoring_dashboard/alert/3f2a" of "alert" and "3f2a".

    What is asked stands behind a question mark; empty values are left out.
    """
    path = "/".join([ROOT, *(quote(part, safe="") for part in parts)])
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{path}?{query}" if query else path


def path_of_alert(name: str) -> str:
    """The page about one alert: what every message links to."""
    return path_of("alert", name)
