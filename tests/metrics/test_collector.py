from __future__ import annotations

import threading

import pytest

from verenigingen.tests.support.patience import happened, joined
from vuurtoren import failures
from vuurtoren.failures import OWN_TITLE
from vuurtoren.metrics import collector
from vuurtoren.metrics.source import MOST_LISTED, Source, in_an_address, listed
from vuurtoren.signals.measuring import collect
from vuurtoren.site.errors import Unavailable
from vuurtoren.site.words.words import Words


def counting(name="counted", keep_seconds=0, **settings):
    calls = []

    def measure(context):
        calls.append(context.now)
        yield context.known("counted.calls", len(calls))

    return Source(name, {"counted.calls": "count"}, measure, keep_seconds, **settings), calls


def failing(error, name="failing"):
    def measure(context):
        yield context.known("failing.first", 1)
        raise error

    return Source(name, {"failing.first": "count", "failing.second": "count"}, measure)


def test_it_gives_value_unit_source_and_moment(site):
    source, _ = counting()
    metric = collect(site, sources=[source]).get("counted.calls")
    assert (metric.value, metric.unit, metric.source) == (1, "count", "counted")
    assert metric.measured_at == site.now()


def test_it_knows_nothing_about_what_nobody_measured(site):
    metric = collect(site, sources=[]).get("host.cpu_percent")
    assert metric.value is None
    assert metric.reason == "not measured"


def test_it_keeps_what_a_source_measured_before_it_failed(site, monkeypatch):
    monkeypatch.setattr(failures, "LOUD", False)
    snapshot = collect(site, sources=[failing(ZeroDivisionError("by zero"))])
    assert snapshot.get("failing.first").value == 1
    assert snapshot.get("failing.second").reason == "ZeroDivisionError: by zero"


def test_it_goes_on_with_the_next_source_after_a_failure(site, monkeypatch):
    monkeypatch.setattr(failures, "LOUD", False)
    source, _ = counting()
    snapshot = collect(site, sources=[failing(KeyError("wrong")), source])
    assert snapshot.get("counted.calls").value == 1


def test_it_writes_one_error_an_hour_about_a_source_that_fails(site, clock, monkeypatch):
    monkeypatch.setattr(failures, "LOUD", False)
    for _ in range(3):
        collect(site, sources=[failing(KeyError("wrong"))])
        clock.move(minutes=10)
    assert site.count("Error Log", {"method": OWN_TITLE}) == 1
    clock.move(hours=1)
    collect(site, sources=[failing(KeyError("wrong"))])
    assert site.count("Error Log", {"method": OWN_TITLE}) == 2


def test_it_raises_what_failed_under_test(site):
    with pytest.raises(ZeroDivisionError):
        collect(site, sources=[failing(ZeroDivisionError())])


def test_it_masks_an_iban_in_the_reason(site, monkeypatch):
    monkeypatch.setattr(failures, "LOUD", False)
    snapshot = collect(site, sources=[failing(ValueError("NL91ABNA0417164300 is not known"))])
    assert "ABNA0417164300" not in snapshot.get("failing.second").reason


def test_it_writes_no_error_about_what_is_merely_not_available(site):
    snapshot = collect(site, sources=[failing(Unavailable("no such thing here"))])
    assert snapshot.get("failing.second").reason == "no such thing here"
    assert site.count("Error Log") == 0


def test_it_says_so_when_a_source_forgets_a_promise(site):
    source = Source("forgetful", {"forgotten": "count"}, lambda context: [])
    assert collect(site, sources=[source]).get("forgotten").reason == "the source did not report it"


def test_it_refuses_a_key_that_the_source_did_not_promise(site):
    source = Source("talkative", {}, lambda context: [context.known("surprise", 1)])
    with pytest.raises(KeyError):
        collect(site, sources=[source])


def test_it_uses_an_answer_again_while_it_is_fresh(site, clock):
    source, calls = counting(keep_seconds=60)
    first = collect(site, sources=[source]).get("counted.calls")
    clock.move(seconds=59)
    again = collect(site, sources=[source]).get("counted.calls")
    assert again == first
    assert again.measured_at < site.now()
    assert len(calls) == 1


def test_what_is_used_again_is_said_in_the_language_of_who_asks_now(site):
    found = Words("the number of CPUs")

    def measure(context):
        yield context.unknown("a.unknown", Words("{0} cannot be read here: {1}", found, "x"))
        yield context.known("a.known", 1, evidence=[{"what": found, "name": "the number of CPUs"}])

    sources = [Source("a", {"a.unknown": "count", "a.known": "count"}, measure, keep_seconds=60)]
    with site.speaking("nl"):
        dutch = collect(site, sources=sources)
        expected = site.translate(found)
    english = collect(site, sources=sources)
    with site.speaking("nl"):
        again = collect(site, sources=sources)
    assert english.get("a.unknown").reason == "the number of CPUs cannot be read here: x"
    assert english.get("a.known").evidence == ({"what": str(found), "name": str(found)},)
    assert again.get("a.unknown").reason == dutch.get("a.unknown").reason
    assert again.get("a.known").evidence == dutch.get("a.known").evidence
    assert expected in dutch.get("a.unknown").reason
    assert dutch.get("a.known").evidence == ({"what": expected, "name": str(found)},)


def test_it_measures_anew_when_the_answer_is_too_old(site, clock):
    source, _ = counting(keep_seconds=60)
    collect(site, sources=[source])
    clock.move(seconds=60)
    assert collect(site, sources=[source]).get("counted.calls").value == 2


def test_it_measures_anew_when_the_clock_went_back(site, clock):
    source, _ = counting(keep_seconds=60)
    collect(site, sources=[source])
    clock.move(seconds=-1)
    assert collect(site, sources=[source]).get("counted.calls").value == 2


def test_it_measures_anew_when_asked_to(site):
    source, _ = counting(keep_seconds=60)
    collect(site, sources=[source])
    assert collect(site, sources=[source], fresh=True).get("counted.calls").value == 2


def test_it_asks_a_failing_source_again_after_five_minutes(site, clock):
    tries = []

    def measure(context):
        tries.append(1)
        raise Unavailable("not yet")

    source = Source("slow", {"slow.key": "count"}, measure, keep_seconds=6 * 3600)
    collect(site, sources=[source])
    clock.move(seconds=301)
    collect(site, sources=[source])
    assert len(tries) == 2


def test_it_measures_only_what_was_asked_for(site):
    first, _ = counting("group.one")
    second, calls = counting("other")
    snapshot = collect(site, ["group"], sources=[first, second])
    assert len(snapshot) == 1
    assert not calls
    assert len(collect(site, ["group.one"], sources=[first, second])) == 1


def test_it_keeps_the_instances_of_a_metric_apart(site):
    def measure(context):
        yield context.known("queue.depth", 3, queue="default")
        yield context.known("queue.depth", 5, queue="long")

    snapshot = collect(site, sources=[Source("queues", {"queue.depth": "jobs"}, measure)])
    assert snapshot.get("queue.depth", queue="long").value == 5
    assert [metric.value for metric in snapshot.all("queue.depth")] == [3, 5]
    assert snapshot.get("queue.depth", queue="short").reason == "not measured"


def test_it_gives_the_common_reason_for_every_instance(site):
    def measure(context):
        raise Unavailable("Redis does not answer")
        yield

    snapshot = collect(site, sources=[Source("queues", {"queue.depth": "jobs"}, measure)])
    assert snapshot.get("queue.depth", queue="long").reason == "Redis does not answer"


def test_it_can_be_called_from_many_threads(site):
    source, _ = counting(keep_seconds=60)
    found = []

    def run():
        found.append(collect(site, sources=[source]).get("counted.calls").known)
        site.store.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    joined(threads)
    assert found == [True] * 8


def test_it_never_waits(site, monkeypatch):
    def wait(_seconds):
        raise AssertionError("a measurement slept")

    monkeypatch.setattr("time.sleep", wait)
    assert len(collect(site)) > 50


class SlowSource:
    """A source of another app that takes a minute by the stopwatch."""

    def __init__(self):
        self.elapsed, self.asked = 0.0, 0

    def measure(self, context):
        self.asked += 1
        self.elapsed += 60
        yield context.known("a.b", self.asked)

    def watch(self):
        return self.elapsed


def test_a_source_that_takes_a_minute_is_named_and_rests_ten(site, clock):
    slow, other = SlowSource(), Source("other", {"c.d": ""}, lambda context: [context.known("c.d", 1)])
    sources = (Source("slow", {"a.b": ""}, slow.measure), other)
    first = collect(site, sources=sources, stopwatch=slow.watch)
    assert first.slow == (("slow", 60.0),) and first.get("c.d").value == 1
    clock.move(minutes=9)
    again = collect(site, sources=sources, stopwatch=slow.watch)
    assert (again.get("a.b").value, again.slow, slow.asked) == (1, (), 1)
    clock.move(minutes=2)
    assert collect(site, sources=sources, stopwatch=slow.watch).get("a.b").value == 2


def test_a_fast_source_that_keeps_nothing_is_measured_each_time(site, clock):
    slow = SlowSource()
    for number in (1, 2):
        snapshot = collect(site, sources=(Source("slow", {"a.b": ""}, slow.measure),), stopwatch=lambda: 0)
        assert snapshot.get("a.b").value == number and snapshot.slow == ()


@pytest.fixture
def hanging(monkeypatch):
    """A source that answers only when it is told to."""
    monkeypatch.setattr(collector, "LIMIT_SECONDS", 1)
    released = threading.Event()

    def measure(context):
        happened(released, "the release of what hangs")
        yield context.known("hanging.value", 1)

    yield Source("hanging", {"hanging.value": "count"}, measure), released
    released.set()


def test_a_source_that_hangs_is_unknown_and_the_others_go_on(site, hanging):
    source, _ = hanging
    others, _ = counting()
    snapshot = collect(site, sources=[source, others])
    assert snapshot.get("hanging.value").reason == "it has not answered within 1 s"
    assert snapshot.get("counted.calls").value == 1


def test_it_is_not_begun_again_while_it_hangs_and_is_asked_when_it_has_answered(site, hanging):
    source, released = hanging
    collect(site, sources=[source])
    running = [thread for thread in threading.enumerate() if thread.name == "within a limit"]
    assert "earlier round" in collect(site, sources=[source], fresh=True).get("hanging.value").reason
    assert len([each for each in threading.enumerate() if each.name == "within a limit"]) == len(running)
    released.set()
    joined(running)
    assert collect(site, sources=[source], fresh=True).get("hanging.value").value == 1


def test_what_is_not_committed_is_measured_too(site):
    site.insert("Error Log", {"method": "x", "error": "y"})

    def measure(context):
        yield context.known("counted.calls", context.site.count("Error Log"))

    source = Source("counted", {"counted.calls": "count"}, measure)
    assert collect(site, sources=[source]).get("counted.calls").value == 1


def test_a_source_asks_as_the_user_who_asked(site):
    def measure(context):
        yield context.known("asked.by", context.site.user())

    source = Source("asked", {"asked.by": "name"}, measure)
    with site.as_user("penningmeester@vereniging.example"):
        assert collect(site, sources=[source]).get("asked.by").value == "penningmeester@vereniging.example"


def test_a_list_is_asked_from_the_earlier_bound_to_the_later_however_they_are_given() -> None:
    bounds = [("<=", "2027-02-04"), (">=", "2026-11-06")]
    wanted = (("deadline", '["between", ["2026-11-06", "2027-02-04"]]'),)
    assert in_an_address({"deadline": bounds}) == in_an_address({"deadline": bounds[::-1]}) == wanted


def test_rows_told_apart_one_by_one_are_named_as_long_as_an_address_holds_them() -> None:
    assert listed(["a", "b"]) == {"name": ("in", ("a", "b"))}
    assert listed([]) == {} == listed(str(number) for number in range(MOST_LISTED + 1))
