"""Every kind of fault is found in every file that it is planted in, and a clean file is never spoken of."""

from __future__ import annotations

import pytest

from tests.compliance.bank_files.book import case
from tests.compliance.bank_files.faults import FAULTS, World
from vuurtoren.compliance.bank_files.preflight import MAY, MUST_NOT

FILES_A_FAULT, CLEAN_FILES = 40, 1_000
IN_SHORT = 5, 60


def missed(name: str, files: int) -> list[str]:
    """The files in which a fault was not found by its own kind, or was not enough to stop the batch."""
    plant, kind = FAULTS[name]
    found = []
    for seed in range(files):
        world = World.of(case(seed), seed)
        plant(world)
        said = world.judged()
        kinds = {problem.kind for problem in said.reasons}
        if said.answer != MUST_NOT or kind not in kinds:
            found.append(f"{seed}: {said.answer}, {sorted(kinds)}")
    return found


def false_alarms(files: int) -> list[str]:
    """What is said about files that have nothing wrong with them."""
    said = [World.of(case(seed), seed).judged() for seed in range(files)]
    return [
        f"{each.batch}: {each.answer}, {[problem.sentence() for problem in each.problems]}"
        for each in said
        if each.answer != MAY or each.problems
    ]


def test_there_are_at_least_twenty_five_kinds_of_fault() -> None:
    assert len(FAULTS) >= 25


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_by_its_kind(name: str) -> None:
    assert missed(name, IN_SHORT[0]) == []


def test_clean_files_are_not_spoken_of() -> None:
    assert false_alarms(IN_SHORT[1]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_by_its_kind_in_forty_files(name: str) -> None:
    assert missed(name, FILES_A_FAULT) == []


@pytest.mark.slow
def test_a_thousand_clean_files_are_not_spoken_of() -> None:
    assert false_alarms(CLEAN_FILES) == []
