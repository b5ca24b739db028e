from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import psutil
import pytest

from vuurtoren.metrics import measurement_cache as kept
from vuurtoren.metrics.source import Source
from vuurtoren.signals.machine import source as host
from vuurtoren.signals.machine.cgroups import ControlGroups
from vuurtoren.signals.machine.counters import whole_disks
from vuurtoren.signals.measuring import collect

RECORDED = Path(__file__).with_name("recorded")
NOW = datetime(2026, 11, 4, 9, 0, tzinfo=timezone.utc)
"""What the clock of the machine shows; that of the site shows the same, unless a test moves it."""


@pytest.fixture
def machine(monkeypatch):
    """The recorded machine: `machine("first", at=100)` shows its counters 100 seconds after its start."""

    def show(recording, at):
        monkeypatch.setattr(psutil, "PROCFS_PATH", str(RECORDED / recording))
        clocks = {"monotonic": lambda: float(at), "clock": lambda: NOW.timestamp()}
        return Source("host", host.PROMISES, partial(host.measure_host, **clocks))

    return show


def test_it_needs_a_second_sample_for_rates(site, machine):
    snapshot = collect(site, sources=[machine("first", at=100)])
    assert snapshot.get("host.cpu_percent").reason == "needs a second sample"
    assert snapshot.get("host.disk_read_bytes_per_second").reason == "needs a second sample"


def test_it_measures_cpu_and_traffic_between_two_samples(site, machine):
    collect(site, sources=[machine("first", at=100)])
    snapshot = collect(site, sources=[machine("second", at=160)])
    assert snapshot.get("host.cpu_percent").value == 40.0
    assert snapshot.get("host.disk_read_bytes_per_second").value == round(22_000 * 512 / 60)
    assert snapshot.get("host.disk_written_bytes_per_second").value == round(21_000 * 512 / 60)
    assert snapshot.get("host.network_received_bytes_per_second").value == 10_000
    assert snapshot.get("host.network_sent_bytes_per_second").value == 20_000


def test_it_uses_the_sample_of_another_process(site, machine, monkeypatch):
    collect(site, sources=[machine("first", at=100)])
    monkeypatch.setattr(kept, "_by_folder", {})
    assert collect(site, sources=[machine("second", at=160)]).get("host.cpu_percent").value == 40.0


def test_it_says_why_no_second_sample_will_come(site, machine):
    """A bench forks a process for each tick, and nothing reaches it but what is in the site's folder."""
    (site.site_path() / kept.FILE).mkdir()
    collect(site, sources=[machine("first", at=100)])
    reason = collect(site, sources=[machine("second", at=100.1)]).get("host.cpu_percent").reason
    assert reason.startswith("needs a second sample; monitoring-kept.json cannot be written")


def test_it_compares_with_no_sample_of_a_moment_ago(site, machine):
    collect(site, sources=[machine("first", at=100)])
    snapshot = collect(site, sources=[machine("second", at=100.5)])
    assert snapshot.get("host.cpu_percent").reason == "needs a second sample"


def test_it_compares_with_no_sample_of_long_ago(site, machine):
    collect(site, sources=[machine("first", at=100)])
    snapshot = collect(site, sources=[machine("second", at=5000)])
    assert snapshot.get("host.cpu_percent").reason == "needs a second sample"


def test_it_starts_anew_after_the_machine_restarted(site, machine):
    collect(site, sources=[machine("second", at=500)])
    snapshot = collect(site, sources=[machine("first", at=100)])
    assert snapshot.get("host.cpu_percent").reason == "needs a second sample"


def test_it_reports_no_rate_for_a_counter_that_was_reset(site, machine):
    collect(site, sources=[machine("second", at=100)])
    snapshot = collect(site, sources=[machine("first", at=160)])
    assert snapshot.get("host.network_sent_bytes_per_second").value is None


def test_it_reads_memory_and_swap(site, machine):
    snapshot = collect(site, sources=[machine("first", at=100)])
    assert snapshot.get("host.memory_percent").value == 75.0
    assert snapshot.get("host.memory_available_bytes").value == 2_000_000 * 1024
    assert snapshot.get("host.swap_percent").value == 25.0


def test_it_gives_the_start_of_the_machine_in_site_time(site, machine):
    snapshot = collect(site, sources=[machine("first", at=100)])
    assert snapshot.get("host.boot_time").value == "2026-10-26 08:33:20"


def test_a_site_with_a_clock_of_its_own_runs_on_a_machine_that_started_before_now(site, machine, clock):
    clock.move(days=-22)
    started = collect(site, sources=[machine("first", at=100)]).get("host.boot_time").value
    assert datetime.fromisoformat(started) == datetime(2026, 10, 26, 8, 33, 20) - timedelta(days=22, hours=-1)


def test_it_measures_the_disk_that_holds_the_site(site, machine):
    metric = collect(site, sources=[machine("first", at=100)]).get("host.disk_percent")
    assert 0 <= metric.value <= 100
    assert metric.evidence[0]["path"] == str(site.site_path())


def test_it_says_which_machine_it_measured(site, machine):
    metric = collect(site, sources=[machine("first", at=100)]).get("host.memory_percent")
    assert "host of this process" in metric.evidence[0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_it_explains_what_a_container_hides(site, machine, tmp_path):
    snapshot = collect(site, sources=[machine(str(tmp_path), at=100)])
    for key in ("host.cpu_percent", "host.memory_percent", "host.swap_percent", "host.boot_time"):
        assert "cannot be read here" in snapshot.get(key).reason
    assert snapshot.get("host.disk_percent").known


def test_it_tells_disks_from_their_partitions_and_stacks():
    names = ["sda", "sda1", "nvme0n1", "nvme0n1p2", "mmcblk0", "mmcblk0p1", "dm-0", "md127", "loop3", "vdb"]
    assert whole_disks(names) == ["mmcblk0", "nvme0n1", "sda", "vdb"]


def test_it_counts_a_partition_whose_disk_is_not_shown():
    assert whole_disks(["xvda1", "xvda2"]) == ["xvda1", "xvda2"]


def container(recording):
    groups = ControlGroups(
        RECORDED / "cgroups" / recording / "fs", RECORDED / "cgroups" / recording / "membership"
    )
    return Source("host", host.CONTAINER_PROMISES, partial(host.measure_container, groups=groups))


def test_it_finds_the_tightest_limit_of_control_groups_version_2(site):
    snapshot = collect(site, sources=[container("version2")])
    assert snapshot.get("host.container_memory_percent").value == 75.0
    assert snapshot.get("host.container_cpu_limit").value == 1.5


def test_it_finds_limits_of_version_1_although_the_path_is_the_hosts(site):
    snapshot = collect(site, sources=[container("version1")])
    assert snapshot.get("host.container_memory_percent").value == 50.0
    assert snapshot.get("host.container_cpu_limit").value == 0.5


def test_it_says_that_there_is_no_limit(site):
    snapshot = collect(site, sources=[container("none")])
    assert snapshot.get("host.container_memory_percent").reason == "no memory limit is set for this process"
    assert snapshot.get("host.container_cpu_limit").reason == "no CPU limit is set for this process"


def test_it_says_that_control_groups_are_not_shown(site):
    snapshot = collect(site, sources=[container("not-there")])
    assert "cannot be read here" in snapshot.get("host.container_memory_percent").reason


def test_it_counts_its_own_memory_where_there_is_no_bench(site, measured):
    metric = measured(site, "host.processes").get("host.bench_memory_bytes")
    assert metric.value > 1_000_000
    assert metric.evidence[0]["bytes"] == metric.value
