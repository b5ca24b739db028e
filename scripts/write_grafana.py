"""Writes docs/monitoring/prometheus/grafana.json: the dashboard, one row for each area of the checklist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "docs" / "monitoring" / "prometheus" / "grafana.json"
WIDTH, HEIGHT, COLUMNS = 8, 7, 3
SITE = '{site=~"$site"}'
"""What stands for {S} below: the sites that are chosen at the top."""
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
AREAS: dict[str, list[tuple[str, str, str]]] = {
    "The monitor": [
        ("Open alerts by severity", 'sum by (severity) (monitoring_alerts_open{site=~"$site"})', "short"),
        ("Age of the last run", 'monitoring_run_age_seconds{site=~"$site"}', "s"),
        ("Numbers that cannot be measured", 'count by (site) (monitoring_unknown{site=~"$site"})', "short"),
    ],
    "Resources": [
        ("CPU", 'monitoring_host_cpu_ratio{site=~"$site"}', "percentunit"),
        ("Memory", 'monitoring_host_memory_ratio{site=~"$site"}', "percentunit"),
        ("Disk", 'monitoring_host_disk_ratio{site=~"$site"}', "percentunit"),
    ],
    "Errors and requests": [
        ("Errors in the last hour", 'monitoring_errors_last_hour{site=~"$site"}', "short"),
        ("95th percentile response time", 'monitoring_requests_p95_seconds{site=~"$site"}', "s"),
        ("Failed requests in the last hour", 'monitoring_requests_failed_last_hour{site=~"$site"}', "short"),
    ],
    "Scheduler, queues, mail, backups": [
        ("Jobs that wait", 'monitoring_queue_depth{site=~"$site"}', "short"),
        ("Oldest job that waits", 'monitoring_queue_oldest_seconds{site=~"$site"}', "s"),
        ("Mails that wait", 'monitoring_mail_waiting{site=~"$site"}', "short"),
        ("Age of the newest backup", 'monitoring_backup_age_seconds{site=~"$site"}', "s"),
    ],
    "SEPA and audit trail": [
        ("SEPA failures in the last hour", 'monitoring_sepa_failed_last_hour{site=~"$site"}', "short"),
        ("Events not sealed yet", 'monitoring_audit_unsealed{site=~"$site"}', "short"),
        ("Since the last verification", 'monitoring_audit_last_verification_age_seconds{site=~"$site"}', "s"),
    ],
    "Association": [
        ("Active members", 'monitoring_members_active{site=~"$site"}', "short"),
        ("Share of payments that succeed", 'monitoring_payments_success_ratio{site=~"$site"}', "percentunit"),
        ("Dues schedules that are stuck", 'monitoring_dues_stuck{site=~"$site"}', "short"),
    ],
}


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for area, graphs in AREAS.items():
        panels.append(_row(len(panels) + 1, area, top))
        for index, (title, expression, unit) in enumerate(graphs):
            place = {
                "x": index % COLUMNS * WIDTH,
                "y": top + 1 + index // COLUMNS * HEIGHT,
                "w": WIDTH,
                "h": HEIGHT,
            }
            panels.append(_panel(len(panels) + 1, title, expression, unit, place))
        top += 1 + -(-len(graphs) // COLUMNS) * HEIGHT
    return {
        "title": "Monitoring of Frappe sites",
        "uid": "verenigingen-monitoring",
        "schemaVersion": 36,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [_datasource(), _site()]},
        "panels": panels,
    }


def _row(identity: int, title: str, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": 24, "h": 1}
    return {"id": identity, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(identity: int, title: str, expression: str, unit: str, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": identity,
        "type": "timeseries",
        "title": title,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [{"refId": "A", "datasource": SOURCE, "expr": expression.replace("{S}", SITE)}],
    }


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "type": "datasource", "query": "prometheus"}


def _site() -> dict[str, Any]:
    return {
        "name": "site",
        "type": "query",
        "datasource": SOURCE,
        "query": "label_values(monitoring_build, site)",
        "includeAll": True,
        "multi": True,
        "refresh": 2,
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(dashboard(), indent=1) + "\n", "utf-8")
