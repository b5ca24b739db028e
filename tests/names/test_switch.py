"""The switch: a file in the environment, and a wish that outlives it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.beside.made_up_bench import beside, make_bench
from vuurtoren.names import importing, state, switch, waiting
from vuurtoren.names.shims import LINE


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    config = tmp_path / "common_site_config.json"
    config.write_text(json.dumps({"redis_cache": "redis://x", "naam": "vé"}, indent=1), "utf-8")
    return tmp_path, config


def test_on_writes_one_line_and_remembers_it(places: tuple[Path, Path]) -> None:
    switch.turn_on(*places)
    switch.turn_on(*places)
    assert (places[0] / switch.FILE).read_text("utf-8").count("\n") == 1
    assert json.loads(places[1].read_text("utf-8")) == {
        "redis_cache": "redis://x",
        "naam": "vé",
        switch.WANTED: 1,
    }
    assert switch.is_on(*places)


def test_off_leaves_everything_as_it_was(places: tuple[Path, Path]) -> None:
    before = places[1].read_bytes()
    switch.turn_on(*places)
    switch.turn_off(*places)
    switch.turn_off(*places)
    assert places[1].read_bytes() == before
    assert [path.name for path in places[0].iterdir()] == [places[1].name]
    assert not switch.is_on(*places)


def test_off_writes_no_configuration_that_need_not_change(places: tuple[Path, Path]) -> None:
    before = places[1].read_bytes()
    switch.turn_off(*places)
    assert places[1].read_bytes() == before


def site(**conf: Any) -> Any:
    return SimpleNamespace(conf=lambda key: conf.get(key), translate=str)


@pytest.fixture
def beside_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "beside_another_app", lambda: True)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    importing.FAILED.clear()


WANTED = {switch.WANTED: 1}


@pytest.mark.usefixtures("beside_another")
class TestWhatThePageSays:
    def test_nothing_where_nobody_asked_for_them(self) -> None:
        assert state.problem(site()) == ""

    def test_that_they_are_the_other_apps_after_the_environment_was_rebuilt(self) -> None:
        assert "--names on" in state.problem(site(**WANTED))

    def test_nothing_where_they_answer(self) -> None:
        waiting.begin()
        assert state.problem(site(**WANTED)) == ""

    def test_what_kept_a_module_from_answering(self) -> None:
        waiting.begin()
        importing.FAILED["a.module"] = "RuntimeError('x')"
        assert state.problem(site(**WANTED)) == "a.module: RuntimeError('x')"

    def test_that_the_product_could_not_be_imported(self) -> None:
        waiting.begin()
        state.waiting()[0].failed = "SyntaxError()"
        assert state.problem(site(**WANTED)) == "SyntaxError()"


def test_our_own_names_are_no_problem() -> None:
    assert state.problem(site(**WANTED)) == ""


def test_the_shims_are_printed_without_a_bench(tmp_path: Path) -> None:
    said = beside(tmp_path, "--shims").stdout
    assert LINE in said
    assert "apps/verenigingen/verenigingen/utils/alert_manager.py\n" in said
    assert said.count("apps/verenigingen/") == 5


def test_names_are_not_switched_on_before_the_app_lies_there(tmp_path: Path) -> None:
    done = beside(make_bench(tmp_path / "bench"), "--names", "on")
    assert done.returncode == 1
    assert "lay it first" in done.stderr
