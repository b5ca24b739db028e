"""Which changes are tried, and how a run is taken up again from what an earlier one printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.mutants import __main__ as command
from scripts.mutants import mutant as mutants
from scripts.mutants.mutant import Mutant, named_in

FIRST = Mutant("vuurtoren/room/sums.py", "core/NumberReplacer", 4, 7)
SECOND = Mutant("vuurtoren/room/sums.py", "core/AddNot", 0, 9)
THIRD = Mutant("vuurtoren/room/words.py", "core/ReplaceTrueWithFalse", 1, 3)
PRINTED = f"2 of 3 changes stand where tests were seen to run\nSURVIVED  {FIRST}\ncaught    {SECOND}\n"
SOURCE = """def spread(*names, most=3, **values):
    if first := names * most:
        return {**values, "first": (*first,)}
"""


def test_what_survived_or_was_not_tried_yet_is_tried_again_once() -> None:
    assert named_in(PRINTED + f"{FIRST}\n{SECOND}\n{THIRD}\n") == [FIRST, THIRD]


def test_nothing_is_named_by_a_run_that_caught_all() -> None:
    assert named_in(f"caught    {SECOND}\n1 caught (100.0%), 0 undecided; survived by room: none\n") == []


def test_a_change_that_is_no_longer_python_is_never_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutating = pytest.importorskip("cosmic_ray.mutating", reason="an extra of its own: make mutants")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    module = tmp_path / "sums.py"
    module.write_text(SOURCE, encoding="utf-8")
    applied = mutants.operators()
    found = list(mutants.mutants_of(module, applied))
    assert {each.line for each in found if "Mul" in each.operator} == {2}
    for each in found:
        changed = mutating.MutationVisitor.mutate_code(SOURCE, applied[each.operator], each.occurrence)
        assert changed and changed != SOURCE
        compile(changed, str(each), "exec")


def test_a_change_that_the_code_no_longer_has_is_named_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "mutants_of", lambda module, applied: [THIRD])
    (tmp_path / "vuurtoren/room").mkdir(parents=True)
    (tmp_path / THIRD.module).touch()
    printed = tmp_path / "printed.txt"
    printed.write_text(f"{FIRST}\n{THIRD}\n", encoding="utf-8")
    assert command.still_there(printed, {}) == [THIRD]
    assert capsys.readouterr().err == f"no longer there: {FIRST}\n"
