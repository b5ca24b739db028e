"""Where the numbers of the machine stand on the page."""

from __future__ import annotations

from vuurtoren.signals.placement import Number, Placement, beside, numbers

PLACEMENTS = (
    Placement(
        "resources.charted",
        (
            Number("host.cpu_percent"),
            Number("host.memory_percent", beside=beside("{0} available", "host.memory_available_bytes")),
            Number("host.disk_percent", beside=beside("{0} free", "host.disk_free_bytes")),
            Number("host.load_1m", beside=beside("{0} CPUs", "host.cpu_count")),
        ),
    ),
    Placement(
        "resources.plain",
        numbers(
            "host.memory_available_bytes",
            "host.swap_percent",
            "host.disk_free_bytes",
            "host.inodes_percent",
            "host.disk_read_bytes_per_second",
            "host.disk_written_bytes_per_second",
            "host.network_received_bytes_per_second",
            "host.network_sent_bytes_per_second",
            "host.bench_memory_bytes",
            "host.container_memory_percent",
            "host.boot_time",
            "host.silent_seconds",
        ),
    ),
)
