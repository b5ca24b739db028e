"""A bench on several machines: whose a number is, who is missed, and that one machine alone is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import MovableClock, RememberingPostman
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.metrics import hosts
from vuurtoren.metrics.history import history
from vuurtoren.metrics.history.open_samples import SeriesName
from vuurtoren.metrics.hosts import CONFIG_KEY
from vuurtoren.metrics.measurement_cache import MeasurementCache
from vuurtoren.pages.facts import Facts
from vuurtoren.pages.frame import site_map
from vuurtoren.rounds import checks
from vuurtoren.signals.measuring import collect
from vuurtoren.signals.placement import Number
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.values import HostSeen

MEMORY, SILENT = "host.memory_percent", "host.silent_seconds"
OTHERS = ("web2", "work2")


class Bench:
    """What the other machines of a bench let be heard."""

    def __init__(self, site: SQLiteSite) -> None:
        self.site = site
        self.heard: list[HostSeen] = []
        self.announced: list[HostSeen] = []
        site.hosts = lambda: tuple(self.heard)  # type: ignore[method-assign]
        site.announce_host = self.announced.append  # type: ignore[method-assign]

    def hear(self, name: str, ago: timedelta = timedelta(), **numbers: Any) -> None:
        at = self.site.now_utc() - ago
        named = {key.replace("__", "."): value for key, value in numbers.items()}
        self.heard = [each for each in self.heard if each.name != name]
        self.heard.append(HostSeen(name, at, True, at, named))


@pytest.fixture
def bench(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr("socket.gethostname", lambda: "work1")
    site.set_conf(CONFIG_KEY, ["work1", *OTHERS])
    yield Bench(site)


def silent(site: SQLiteSite) -> list[str]:
    rows = site.get_all("System Alert", ["fingerprint"], {"status": "Active", "rule": "host_silent"})
    return [str(row["fingerprint"]) for row in rows]


def test_a_bench_on_one_machine_has_numbers_without_a_name(site: SQLiteSite) -> None:
    found = collect(site, ["host"])
    assert found.get(MEMORY).labels == () and found.get(MEMORY).known
    assert found.get(SILENT).reason == "this bench runs on one machine"


def test_each_number_says_whose_it_is(bench: Bench) -> None:
    bench.hear("web2", host__memory_percent=91.5)
    bench.hear("work2", host__memory_percent=12)
    found = collect(bench.site, ["host"])
    assert {each.labels[0][1]: each.value for each in found.all(MEMORY)} == {
        "work1": found.get(MEMORY).value,
        "web2": 91.5,
        "work2": 12,
    }
    assert found.get(MEMORY).labels == (("host", "work1"),)


def test_a_number_has_the_time_at_which_it_was_told(bench: Bench) -> None:
    bench.hear("web2", timedelta(minutes=7), host__memory_percent=50)
    told = collect(bench.site, ["host"]).get(MEMORY, host="web2")
    assert told.measured_at == bench.site.now() - timedelta(minutes=7)


def test_who_fell_silent_has_no_numbers_and_who_never_spoke_has_unknown_ones(bench: Bench) -> None:
    bench.hear("web2", timedelta(minutes=31), host__memory_percent=50)
    found = collect(bench.site, ["host"])
    assert [dict(each.labels)["host"] for each in found.all(MEMORY)] == ["work1", "work2"]
    assert found.get(MEMORY, host="work2").reason == "work2 has told no numbers yet"
    assert found.get(SILENT, host="web2").value == 31 * 60
    assert found.get(SILENT, host="work1").value == 0
    assert found.get(SILENT, host="work2").reason == "it has not been heard of yet"


def test_a_clock_that_is_ahead_is_no_sign_of_life(bench: Bench) -> None:
    bench.hear("web2", timedelta(hours=-1), host__memory_percent=50)
    found = collect(bench.site, ["host"])
    assert "clock" in found.get(SILENT, host="web2").reason
    assert not found.get(MEMORY, host="web2").known


def test_who_was_heard_of_before_is_not_forgotten_with_the_cache(bench: Bench, clock: MovableClock) -> None:
    bench.hear("web2")
    collect(bench.site, ["host"])
    bench.heard = []
    clock.move(minutes=20)
    assert collect(bench.site, ["host"]).get(SILENT, host="web2").value == 20 * 60


def test_queues_and_a_cache_that_do_not_answer_hide_no_silence(bench: Bench, clock: MovableClock) -> None:
    bench.hear("web2")
    collect(bench.site, ["host"])
    clock.move(minutes=20)

    def refuse() -> tuple[HostSeen, ...]:
        raise Unavailable("no Redis")

    bench.site.hosts = refuse  # type: ignore[method-assign]
    found = collect(bench.site, ["host"])
    assert found.get(SILENT, host="web2").value == 20 * 60 and found.get(MEMORY, host="work1").known


def test_a_machine_that_is_gone_is_told_once_and_its_return_ends_it(
    bench: Bench, clock: MovableClock, postman: RememberingPostman
) -> None:
    for name in OTHERS:
        bench.hear(name)
    checks.run_job(bench.site, "tick")
    for _ in range(5):
        clock.move(minutes=4)
        bench.hear("work2")
        checks.run_job(bench.site, "tick")
    assert silent(bench.site) == ["host_silent{host=web2}"]
    told = [mail for mail in postman.sent if "web2" in mail.subject]
    assert len(told) == 1
    clock.move(minutes=4)
    for name in OTHERS:
        bench.hear(name)
    checks.run_job(bench.site, "tick")
    assert silent(bench.site) == []


def test_a_tick_tells_the_others_of_this_machine(bench: Bench) -> None:
    checks.run_job(bench.site, "tick")
    (told,) = bench.announced
    assert told.name == "work1" and told.works and told.seen_at == bench.site.now_utc()
    assert told.numbers["host.disk_percent"] == collect(bench.site).get("host.disk_percent").value
    assert all(key.startswith("host.") for key in told.numbers)
    assert HostSeen.from_plain(told.as_plain()) == told


def test_nothing_is_told_where_the_bench_is_one_machine(site: SQLiteSite) -> None:
    bench = Bench(site)
    hosts.announce(site, collect(site), works=True)
    assert bench.announced == []


def test_history_keeps_each_machine_apart(bench: Bench) -> None:
    bench.hear("web2", host__memory_percent=77)
    checks.run_job(bench.site, "tick")
    names = [SeriesName(MEMORY, labels) for labels in ((), (("host", "work1"),), (("host", "web2"),))]
    stored = history.read_many(bench.site, names, bench.site.now() - timedelta(hours=1))
    assert [len(stored[name]) for name in names] == [0, 1, 1]
    assert stored[names[2]][0][1] == 77


def test_the_page_shows_every_machine_and_the_tile_the_worst(bench: Bench) -> None:
    bench.hear("web2", host__memory_percent=99)
    bench.hear("work2", host__memory_percent=2)
    facts = Facts(bench.site)
    assert facts.number(facts.worst_host(Number(MEMORY))).label == "Memory, web2"
    assert [each.labels[0][1] for each in facts.each_host(Number(MEMORY))] == ["work1", "web2", "work2"]
    shown = site_map.serve(bench.site, "", {}, {}).body
    assert "Memory, web2" in shown
    for path in ("metrics", "metric/host.memory_percent", "monitor"):
        assert site_map.serve(bench.site, path, {"which": "host=web2"}, {}).found


@pytest.mark.parametrize(
    "kept", [7, ["x"], [{}], [{"name": 1}], [{"name": "web2", "seen_at": "soon", "numbers": {}}], None]
)
def test_what_nobody_wrote_like_that_is_passed_over(bench: Bench, kept: object) -> None:
    MeasurementCache.of(bench.site.site_path()).put("hosts of the bench", kept)
    assert not collect(bench.site, ["host"]).get(SILENT, host="web2").known


@pytest.mark.parametrize("named", [7, {"web2": 1}, [1, None], "", []])
def test_a_configuration_that_names_no_machine_is_that_of_one(site: SQLiteSite, named: object) -> None:
    site.set_conf(CONFIG_KEY, named)
    assert collect(site, ["host"]).get(MEMORY).labels == ()


def test_names_may_be_one_text_with_commas(site: SQLiteSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "a")
    site.set_conf(CONFIG_KEY, "a, b")
    found: Callable[..., Any] = collect(site, ["host"]).get
    assert found(MEMORY, host="a").known and not found(MEMORY, host="b").known
