"""Who may scrape, on whatever site: one suite, run on SQLite by pytest and in a bench by Frappe's runner."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

TOKEN = "sleutel-van-prometheus-0123456789"
WRONG = (
    *(
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer monitoring {TOKEN}x",
        f"Bearer other {TOKEN}",
    ),
    *(f"Bearer other {TOKEN}", f"Bearer {TOKEN} {TOKEN}", "Bearer \u00c3\u00a9"),
)


class ScrapingContract(Base):
    """Mix it into a `TestCase` that provides the methods which raise here."""

    refusals: tuple[int, ...] = (403,)
    """How a guest is answered at another address than that of the numbers."""

    def with_token(self, stored: Any) -> AbstractContextManager[None]:
        """The site configuration holds this token meanwhile."""
        raise NotImplementedError

    def ask(self, method: str, header: str = "") -> TestResponse:
        """What a guest is answered by a method, with this Authorization."""
        raise NotImplementedError

    def is_answered(self, answer: TestResponse) -> None:
        text = answer.get_data(as_text=True)
        self.assertEqual(answer.status_code, 200, text[:300])
        self.assertTrue(answer.content_type.startswith("application/openmetrics-text; version=1.0.0"))
        self.assertTrue(text.endswith("# EOF\n"))
        self.assertIn("monitoring_run_state{", text)

    def test_the_holder_of_the_token_reads_the_numbers(self) -> None:
        with self.with_token(TOKEN):
            self.is_answered(self.ask("prometheus", f"Bearer monitoring {TOKEN}"))

    def test_nobody_else_does(self) -> None:
        with self.with_token(TOKEN):
            for header in WRONG:
                with self.subTest(header=header):
                    self.assertIn(self.ask("prometheus", header).status_code, (401, 403))

    def test_without_a_good_token_in_the_configuration_no_token_is_right(self) -> None:
        for stored in (None, "", "short", 7, ["a token in a list, long enough"]):
            with self.with_token(stored), self.subTest(stored=stored):
                answer = self.ask("prometheus", f"Bearer monitoring {stored or TOKEN}")
                self.assertIn(answer.status_code, (401, 403))

    def test_the_token_opens_nothing_else(self) -> None:
        with self.with_token(TOKEN):
            answer = self.ask("get_system_metrics", f"Bearer monitoring {TOKEN}")
            self.assertIn(answer.status_code, self.refusals)
