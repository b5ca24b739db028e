"""What a metric is called for Prometheus: base units, the unit at the end of the name."""

from __future__ import annotations

import re

PREFIX = "monitoring_"
BASE_UNITS = {
    # our unit: the unit of the name, how much of it is one of ours
    "%": ("ratio", 0.01),
    "ms": ("seconds", 0.001),
    "s": ("seconds", 1.0),
    "h": ("seconds", 3600.0),
    "days": ("seconds", 86_400.0),
    "bytes": ("bytes", 1.0),
    "bytes/s": ("bytes_per_second", 1.0),
    "bytes/day": ("bytes_per_second", 1 / 86_400),
    "queries/h": ("per_second", 1 / 3600),
    "cores": ("cores", 1.0),
}
"""As https://prometheus.io/docs/practices/naming/ asks: seconds, bytes, ratios; what is counted has none."""
ENDINGS = re.compile(
    r"_(percent|ms|seconds|hours|days|days_left|bytes|bytes_per_second|bytes_per_day|per_hour)$"
)


def family(key: str, unit: str) -> tuple[str, str, float]:
    """Name, unit and factor: ("monitoring_host_disk_ratio", "ratio", 0.01) for `host.disk_percent`.

    `days_left` keeps what it says: "certificate.days_left" is `monitoring_certificate_left_seconds`.
    """
    name = re.sub(r"[^a-zA-Z0-9_]", "_", key.replace(".", "_"))
    if unit not in BASE_UNITS:
        return PREFIX + name, "", 1.0
    suffix, factor = BASE_UNITS[unit]
    left = "_left" if name.endswith("_days_left") else ""
    return f"{PREFIX}{ENDINGS.sub('', name)}{left}_{suffix}", suffix, factor
