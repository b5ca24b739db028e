"""Redaction takes work in proportion to the length of a text, also of one made to keep it busy."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest

from benchmarks.audit.adversarial_texts import PIECES, VARIED, varied_text
from vuurtoren.privacy import iban, numbers_in_text, secrets_in_text, text_folding, text_redaction
from vuurtoren.privacy.redaction import redact_both_ends, redact_start, redact_text
from vuurtoren.privacy.text_redaction import CUT

MODULES = (iban, numbers_in_text, secrets_in_text, text_folding, text_redaction)
LENGTH = 3_000


class Counter:
    """How many characters are handed to patterns."""

    def __init__(self) -> None:
        self.characters = 0


class CountedPattern:
    """A compiled pattern that counts the characters that each call may look at."""

    def __init__(self, pattern: re.Pattern[str], counter: Counter) -> None:
        self.pattern, self.counter = pattern, counter

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.pattern, name)

        def counted(*given: Any) -> Any:
            text = next(each for each in given if isinstance(each, str))
            numbers = [each for each in given if isinstance(each, int)] if name != "sub" else []
            start, end = (*numbers, *(0, len(text))[len(numbers) :])[:2]
            self.counter.characters += max(0, min(end, len(text)) - start)
            return method(*given)

        return counted


def counting(value: Any, counter: Counter) -> Any:
    """The same patterns, counted, wherever they are inside this value."""
    if isinstance(value, re.Pattern):
        return CountedPattern(value, counter)
    if isinstance(value, tuple):
        return tuple(counting(each, counter) for each in value)
    if type(value) is dict:
        return {key: counting(each, counter) for key, each in value.items()}
    owner = getattr(value, "__self__", None)
    if isinstance(owner, re.Pattern):
        return getattr(CountedPattern(owner, counter), value.__name__)
    return value


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    made = Counter()
    for module in MODULES:
        for name, value in vars(module).items():
            if not name.startswith("__") and not isinstance(value, (type, ModuleType)):
                monkeypatch.setattr(module, name, counting(value, made))
    for cached in (iban._pattern, text_folding._runs_of):
        made_by = cached.__wrapped__
        module = iban if cached is iban._pattern else text_folding
        monkeypatch.setattr(
            module, cached.__name__, lambda key, made_by=made_by: counting(made_by(key), made)
        )
    return made


def work(counter: Counter, text: str) -> int:
    counter.characters = 0
    redact_text(text)
    return counter.characters


@pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)
def test_twice_the_text_is_twice_the_work(counter: Counter, piece: str) -> None:
    once = work(counter, piece * (LENGTH // len(piece)))
    twice = work(counter, piece * (2 * LENGTH // len(piece)))
    assert twice <= 2.3 * once + LENGTH


@pytest.mark.parametrize("name", VARIED)
def test_a_longer_text_without_a_repeat_is_as_much_more_work(counter: Counter, name: str) -> None:
    once = work(counter, varied_text(name, LENGTH))
    fourfold = work(counter, varied_text(name, 4 * LENGTH))
    # one may take a round more than the other; a square would be sixteen times as much
    assert fourfold <= 10 * once


@pytest.mark.parametrize(
    "opening", ['password="', "token=", "Cookie: ", "-----BEGIN PRIVATE KEY-----", "NL91", "://"]
)
@pytest.mark.parametrize("filler", ["a", "1 2-3.", "\\'%20", "password=", "=:"])
def test_what_never_ends_is_read_no_more_often(counter: Counter, opening: str, filler: str) -> None:
    once = work(counter, opening + filler * (LENGTH // len(filler)))
    twice = work(counter, opening + filler * (2 * LENGTH // len(filler)))
    assert twice <= 2.3 * once + LENGTH


def test_the_count_sees_work_that_grows_faster(counter: Counter) -> None:
    pattern = counting(re.compile("a+b"), counter)

    def quadratic(length: int) -> int:
        counter.characters = 0
        for start in range(length):
            pattern.match("a" * length, start)
        return counter.characters

    assert quadratic(2 * LENGTH) > 3 * quadratic(LENGTH)


def test_a_text_without_any_sign_is_read_in_one_way(counter: Counter) -> None:
    assert len(text_folding.readings("Het lid heeft betaald, zegt de bank; 100 euro = alles.")) == 1


@pytest.mark.parametrize("cut", [redact_start, redact_both_ends])
def test_a_long_text_is_cut_before_it_is_read(counter: Counter, cut: Any) -> None:
    counter.characters = 0
    cut("password=x " * 1_000_000, 20_000)
    assert counter.characters < 20_000 * 400


@pytest.mark.parametrize(
    "name", ["named", "mails", "Dutch accounts", "heads", "telephones", "nested escapes"]
)
def test_no_more_places_are_judged_than_anybody_reads(name: str) -> None:
    text = varied_text(name, 1_000_000)
    readings = text_folding.readings(text)
    for reading in readings:
        list(text_redaction._found_in(reading))
    assert all(len(reading._starts) <= text_folding.MOST_FINDS for reading in readings)


@pytest.mark.parametrize(
    "secret", ["pwd=geheim{} ", "lid{}@example.nl ", "NL91ABNA04171{:05d} ", "tel 06123{:05d}, "]
)
def test_what_follows_too_many_things_is_left_out(secret: str) -> None:
    shown = redact_text("".join(secret.format(number) for number in range(25_000)))
    assert shown.endswith(CUT)
    assert (
        6_000 < len(re.findall(r"\[secret\]|l\*\*\*@|NL91\*{4}|\[phone\]", shown)) <= text_folding.MOST_FINDS
    )
    assert not re.search(r"geheim|lid\d|ABNA|06123", shown)
    assert redact_text(shown) == shown
