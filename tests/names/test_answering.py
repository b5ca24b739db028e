"""Names of another app answer with ours on our sites and with its own elsewhere, in one process."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from vuurtoren.names.answering import Answers

THEIRS = """
class AlertManager:
    limit = 3
    def __init__(self, note=""):
        self.note = note
    def send_alert(self):
        return "theirs"
    @staticmethod
    def count():
        return "theirs"

class OldStyle(AlertManager):
    def __init__(self):
        super(OldStyle, self).__init__("old")

def run_hourly_checks(days=1):
    "Their words."
    return f"theirs {days}"

def get_alert_statistics():
    return "theirs"

def untouched():
    return "theirs"
"""
OURS = THEIRS.replace("theirs", "ours")
NAMES = ("AlertManager", "get_alert_statistics", "not_there", "run_hourly_checks")


class Refused(Exception):
    pass


class MadeUpPlatform:
    """Two sites that alternate; what Frappe says of them is set by hand."""

    def __init__(self) -> None:
        self.ours = False
        self.request = False
        self.permitted = False
        self.callable_over_http: set[Callable[..., Any]] = set()

    def is_ours(self) -> bool:
        return self.ours

    def is_request(self) -> bool:
        return self.request

    def is_callable_over_http(self, function: Callable[..., Any]) -> bool:
        return function in self.callable_over_http

    def make_callable_like(self, original: Callable[..., Any], function: Callable[..., Any]) -> None:
        if original in self.callable_over_http:
            self.callable_over_http.add(function)

    def require_permission(self) -> None:
        if not self.permitted:
            raise Refused


def made_up(name: str, source: str) -> ModuleType:
    module = ModuleType(name)
    exec(source, vars(module))
    sys.modules[name] = module
    return module


@pytest.fixture
def ours() -> Iterator[ModuleType]:
    yield made_up("made_up_monitor", OURS)
    del sys.modules["made_up_monitor"]


@pytest.fixture
def site() -> MadeUpPlatform:
    return MadeUpPlatform()


@pytest.fixture
def host(ours: ModuleType, site: MadeUpPlatform) -> Iterator[Any]:
    module = made_up("made_up_host", THEIRS)
    site.callable_over_http.update({module.run_hourly_checks, module.get_alert_statistics})
    site.callable_over_http.add(ours.get_alert_statistics)
    Answers(module, "made_up_monitor", site).give(NAMES)
    yield module
    del sys.modules["made_up_host"]


def test_each_call_of_a_function_asks_which_site_it_is(host: Any, site: MadeUpPlatform) -> None:
    answers = []
    for site.ours in (True, False, True):
        answers.append(host.run_hourly_checks(2))
    assert answers == ["ours 2", "theirs 2", "ours 2"]


def test_so_does_each_making_of_a_class(host: Any, site: MadeUpPlatform) -> None:
    answers = []
    for site.ours in (True, False, True):
        answers.append(host.AlertManager("x").send_alert())
    assert answers == ["ours", "theirs", "ours"]


def test_what_belongs_to_the_class_itself_answers_too(host: Any, site: MadeUpPlatform) -> None:
    answers = []
    for site.ours in (True, False):
        answers.append(host.AlertManager.count())
    assert answers == ["ours", "theirs"]


def test_both_are_instances_of_their_class_on_every_site(host: Any, ours: Any, site: MadeUpPlatform) -> None:
    for site.ours in (True, False):
        assert isinstance(host.AlertManager(), host.AlertManager)
        assert isinstance(ours.AlertManager(), host.AlertManager)
        assert issubclass(ours.AlertManager, host.AlertManager)
    assert not isinstance("x", host.AlertManager)
    assert not issubclass(str, host.AlertManager)


def test_ours_is_no_instance_of_a_class_made_of_theirs(host: Any, ours: Any) -> None:
    assert not isinstance(ours.AlertManager(), host.OldStyle)


def test_a_class_made_of_theirs_stays_theirs_on_our_sites(host: Any, site: MadeUpPlatform) -> None:
    class Later(host.AlertManager):
        def send_alert(self) -> str:
            return f"later, {super().send_alert()}"

    site.ours = True
    assert Later("n").send_alert() == "later, theirs"
    assert host.OldStyle().note == "old"
    assert isinstance(Later(), host.AlertManager)


def test_their_instances_are_of_the_very_class_and_can_be_pickled(host: Any) -> None:
    theirs = host.AlertManager("kept")
    assert type(theirs) is host.AlertManager
    assert pickle.loads(pickle.dumps(theirs)).note == "kept"


def test_a_test_that_replaces_a_name_gets_its_own_and_gives_it_back(host: Any, site: MadeUpPlatform) -> None:
    for site.ours in (True, False):
        with patch("made_up_host.AlertManager") as replaced, patch("made_up_host.run_hourly_checks") as run:
            assert host.AlertManager() is replaced.return_value
            assert host.run_hourly_checks() is run.return_value
        with patch("made_up_host.AlertManager", autospec=True) as replaced:
            assert host.AlertManager().send_alert() is replaced.return_value.send_alert.return_value
    site.ours = True
    assert (host.AlertManager().send_alert(), host.run_hourly_checks()) == ("ours", "ours 1")


def test_a_test_that_replaces_ours_is_heard(host: Any, ours: Any, site: MadeUpPlatform) -> None:
    site.ours = True
    with patch.object(ours, "AlertManager") as replaced:
        assert host.AlertManager() is replaced.return_value


def test_a_function_keeps_its_name_and_its_words(host: Any) -> None:
    assert (host.run_hourly_checks.__name__, host.run_hourly_checks.__doc__) == (
        "run_hourly_checks",
        "Their words.",
    )


def test_nothing_but_the_named_is_touched(host: Any, site: MadeUpPlatform) -> None:
    site.ours = True
    assert host.untouched() == "theirs"
    assert not hasattr(host, "not_there")


def test_what_could_be_called_over_http_still_can(host: Any, site: MadeUpPlatform) -> None:
    assert host.run_hourly_checks in site.callable_over_http
    assert host.untouched not in site.callable_over_http


def test_ours_that_is_not_for_http_is_for_those_who_may_see_the_monitoring(
    host: Any, site: MadeUpPlatform
) -> None:
    site.ours = site.request = True
    with pytest.raises(Refused):
        host.run_hourly_checks()
    assert host.get_alert_statistics() == "ours"
    site.permitted = True
    assert host.run_hourly_checks() == "ours 1"


def test_theirs_is_for_whom_it_was_on_another_site(host: Any, site: MadeUpPlatform) -> None:
    site.request = True
    assert host.run_hourly_checks() == "theirs 1"


def test_giving_twice_is_giving_once(host: Any, site: MadeUpPlatform) -> None:
    before = host.run_hourly_checks
    Answers(host, "made_up_monitor", site).give(NAMES)
    assert host.run_hourly_checks is before
    assert type(host.AlertManager).__mro__[1] is type
