"""What the health address says, on whatever site: one suite, run on SQLite by pytest and inside a bench."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object


class WitnessContract(Base):
    """Mix it into a `TestCase` that provides the methods which raise here; no job has ever run."""

    def tick(self) -> None:
        raise NotImplementedError

    def last_tick_was(self, **ago: float) -> None:
        """A tick succeeded so long ago, and scheduler and workers have stood still since."""
        raise NotImplementedError

    def ask(self, *, as_administrator: bool = False, method: str = "GET") -> tuple[int, Any]:
        """The status code, and what was said when there is a body."""
        raise NotImplementedError

    def test_a_monitor_that_never_ran_is_not_healthy(self) -> None:
        self.assertEqual(self.ask(), (503, {"status": "never ran", "age_seconds": None}))

    def test_guests_are_told_status_and_age_and_nothing_else(self) -> None:
        self.tick()
        status, said = self.ask()
        self.assertEqual((status, said["status"], set(said)), (200, "ok", {"status", "age_seconds"}))
        self.assertLess(said["age_seconds"], 60)

    def test_an_administrator_sees_every_job(self) -> None:
        self.tick()
        self.assertEqual(set(self.ask(as_administrator=True)[1]["jobs"]), {"tick", "hourly", "daily"})

    def test_no_answer_is_served_again_after_it_ceased_to_be_true(self) -> None:
        self.tick()
        self.assertEqual(self.ask()[0], 200)
        self.last_tick_was(minutes=9)
        status, said = self.ask()
        self.assertEqual((status, said["status"]), (503, "silent"))

    def test_a_watcher_may_ask_for_the_head_only(self) -> None:
        self.assertEqual(self.ask(method="HEAD")[0], 503)
        self.tick()
        self.assertEqual(self.ask(method="HEAD")[0], 200)
