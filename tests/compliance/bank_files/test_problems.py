"""A kind of fault is said once, and nothing is said of one collection that is true of another."""

from __future__ import annotations

from vuurtoren.compliance.bank_files.problems import MOST_PLACES, Problem, Problems

TEXT = "{0} collects on {1}, which is {2}"


def told(number: int, *, same: bool = False) -> Problem:
    problems = Problems()
    for each in range(number):
        mandate = "M-0" if same else f"M-{each}"
        problems.add("C01", "C01", TEXT, "B-1", mandate, "Draft", place=f"INV-{each}", alike=True)
    (problem,) = problems.all()
    return problem


def test_one_collection_is_named() -> None:
    assert told(1).sentence(of=9) == "B-1 collects on M-0, which is Draft (collection INV-0)"


def test_several_of_which_the_same_is_true_are_named_together() -> None:
    said = "B-1 collects on M-0, which is Draft (collection INV-0; INV-1)"
    assert told(2, same=True).sentence(of=9) == str(told(2, same=True).in_words()) == said
    assert told(2, same=True).sentence(of=2).endswith("(all collections)")


def test_of_several_the_first_alone_is_said_in_full() -> None:
    said = "B-1 collects on M-0, which is Draft (collection INV-0); likewise INV-1; INV-2"
    assert told(3).sentence(of=9) == str(told(3).in_words()) == said
    assert told(3).sentence(of=3).endswith("(collection INV-0); likewise all others")


def test_how_many_there_are_besides_is_said() -> None:
    many = told(MOST_PLACES + 4)
    assert many.sentence(of=99) == str(many.in_words())
    assert many.sentence(of=99).endswith("; likewise INV-1; INV-2; INV-3; INV-4 and 4 more")
    alike = told(MOST_PLACES + 4, same=True).sentence(of=99)
    assert alike.endswith("(collection INV-0; INV-1; INV-2; INV-3; INV-4 and 4 more)")
