"""What a lesson is made of: exercises as data, each with a judge that only reads the site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from vuurtoren.site.protocol import Site


@dataclass(frozen=True)
class Course:
    """What is kept of whoever learns: which lesson runs, since when (site time), and what was answered."""

    lesson: int
    began: datetime
    answers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, key: str) -> str:
        """The answer to this exercise; empty where there is none."""
        return self.answers.get(key, "")


Judge = Callable[[Site, Course], bool]
Choice = tuple[str, str]
"""What is stored of an answer, and what is shown of it."""


@dataclass(frozen=True)
class Exercise:
    """One task. A deed is judged by what it left behind, a question by the answer that was stored.

    `answered` says how a question is answered, and is empty for a deed; `page` is where to begin, an address
    of the demo.
    """

    key: str
    title: str
    task: str
    hint: str
    page: str
    judge: Judge
    answered: Literal["", "text", "number", "date", "choice"] = ""
    choices: Callable[[Site], list[Choice]] | None = None


@dataclass(frozen=True)
class Lesson:
    """One module of the training."""

    number: int
    title: str
    minutes: int
    exercises: tuple[Exercise, ...]
