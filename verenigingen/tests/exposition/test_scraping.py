"""The numbers for Prometheus, as a machine with the token and everybody else is answered in a bench."""

from __future__ import annotations

from importlib.util import find_spec

from werkzeug.test import TestResponse

from verenigingen.tests.support.support import configured_for_all
from verenigingen.tests.support.visitor import METHODS, VisitedTest
from vuurtoren.exposition.token import TOKEN_KEY

TOKEN = "sleutel-van-prometheus-0123456789"
HAS_LIBRARY = find_spec("prometheus_client") is not None


class TestScraping(VisitedTest):
    def scrape(self, visitor: str, header: str = "") -> TestResponse:
        headers = {"Authorization": header} if header else {}
        return self.visitors[visitor]._open("GET", f"{METHODS}prometheus", headers=headers)

    def is_answered(self, answer: TestResponse) -> None:
        """With the numbers, or with what is missing here."""
        text = answer.get_data(as_text=True)
        if HAS_LIBRARY:
            self.assertEqual(answer.status_code, 200, text[:300])
            self.assertTrue(answer.content_type.startswith("application/openmetrics-text"))
            self.assertTrue(text.endswith("# EOF\n"))
            self.assertIn("monitoring_run_state{", text)
        else:
            self.assertEqual(answer.status_code, 409, text[:300])
            self.assertIn("prometheus-client is not installed", text)

    def test_the_holder_of_the_token_reads_the_numbers(self) -> None:
        with configured_for_all(**{TOKEN_KEY: TOKEN}):
            self.is_answered(self.scrape("Guest", f"Bearer monitoring {TOKEN}"))

    def test_a_person_with_the_role_reads_them_without_a_token(self) -> None:
        self.is_answered(self.scrape(self.admin))

    def test_nobody_else_does(self) -> None:
        with configured_for_all(**{TOKEN_KEY: TOKEN}):
            for visitor, header in (
                ("Guest", ""),
                ("Guest", f"Bearer monitoring {TOKEN}x"),
                ("Guest", f"Bearer other {TOKEN}"),
                (self.portal, ""),
                (self.portal, f"Bearer monitoring {TOKEN}"),
            ):
                with self.subTest(visitor=visitor, header=header):
                    self.assertEqual(self.scrape(visitor, header).status_code, 403)

    def test_the_token_opens_nothing_else(self) -> None:
        with configured_for_all(**{TOKEN_KEY: TOKEN}):
            headers = {"Authorization": f"Bearer monitoring {TOKEN}"}
            answer = self.visitors["Guest"]._open("GET", f"{METHODS}get_system_metrics", headers=headers)
            self.assertEqual(answer.status_code, 403)
