"""What is wrong with a file, said once for each kind however many lines have it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from vuurtoren.site.words.words import Words, filled

Weight = Literal["refused", "limit", "unknown", "doubtful", "unchecked"]
"""It must not go to the bank like this; our reader went no further; what decides is not known; a person
should look at it; it was not looked at, and decides nothing."""
MOST_PLACES = 5
MOST_PROBLEMS = 50
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of fault. `text` with `values` in its braces says what; `places` are the first collections
    that have it, `count` how many do; 0 where it is about the file as a whole.

    `kind` names it for programs; `rule` is the rule of the catalogue that it breaks. Where something is
    `missing`, the text says what is not known.
    """

    kind: str
    rule: str
    weight: Weight
    text: str
    values: tuple[Any, ...] = ()
    places: tuple[str, ...] = ()
    count: int = 0
    missing: bool = False
    action: str = ""
    """What to do about it, where who found it says more than its rule does."""
    each_its_own: bool = False
    """Whether the text is about the first place alone, and about the others with other values."""

    def sentence(self, translate: Callable[[str], str] = str, of: int = 0) -> str:
        """What is wrong and where; `of` is how many collections there are, to say so where all have it."""
        said = filled(translate, self.text, self.values)
        if self.missing:
            said = translate("not known: {0}").format(said)
        if not self.count:
            return said
        if self.each_its_own:
            first = translate("{0} (collection {1})").format(said, self.places[0])
            others = translate("all others") if self.count == of else self._where(1).said(translate)
            return translate("{0}; likewise {1}").format(first, others)
        if self.count == of > 1:
            return translate("{0} (all collections)").format(said)
        return translate("{0} (collection {1})").format(said, self._where().said(translate))

    def in_words(self) -> Words:
        """The same as `sentence`, to be said in a language later."""
        said = Words(self.text, *self.values)
        said = Words("not known: {0}", said) if self.missing else said
        if not self.count:
            return said
        if not self.each_its_own:
            return Words("{0} (collection {1})", said, self._where())
        first = Words("{0} (collection {1})", said, self.places[0])
        return Words("{0}; likewise {1}", first, self._where(1))

    def _where(self, start: int = 0) -> Words:
        """The places that are named, from the first or the second on, and how many there are besides."""
        where, more = "; ".join(self.places[start:]), self.count - len(self.places)
        return Words("{0} and {1} more", where, more) if more else Words("{0}", where)


class Problems:
    """Collects faults while a file is read, bounded however many there are."""

    def __init__(self) -> None:
        self._found: dict[Problem, tuple[list[str], int]] = {}
        self._alike: dict[tuple[str, str, str, str], Problem] = {}
        self._differing: set[Problem] = set()

    def add(
        self,
        kind: str,
        rule: str,
        text: str,
        *values: Any,
        place: str = "",
        weight: Weight = "refused",
        alike: bool = False,
        missing: bool = False,
        action: str = "",
    ) -> None:
        """Note a fault at a place; with other values it is another problem, unless they are `alike`."""
        key = Problem(kind, rule, weight, text, tuple(map(shown, values)), missing=missing, action=action)
        if alike:
            first = self._alike.setdefault((kind, weight, text, action), key)
            if place and first.values != key.values:
                self._differing.add(first)
            key = first
        if key not in self._found and len(self._found) >= MOST_PROBLEMS:
            key = Problem(kind, rule, weight, "further faults of the kind “{0}”", (kind,))
        places, count = self._found.get(key, ([], 0))
        if place and len(places) < MOST_PLACES:
            places.append(place)
        self._found[key] = (places, count + bool(place))

    def all(self) -> tuple[Problem, ...]:
        return tuple(
            replace(
                problem,
                places=tuple(places),
                count=count,
                each_its_own=problem in self._differing and count > 1,
            )
            for problem, (places, count) in self._found.items()
        )


def shown(value: Any) -> Any:
    """A value of the file as it may stand in a sentence: short, on one line, without control characters."""
    if not isinstance(value, str) or isinstance(value, Words):
        return value
    line = "".join(character if character.isprintable() else "␀" for character in value)
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
