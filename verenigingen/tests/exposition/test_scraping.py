"""The numbers for Prometheus, as a machine with the token and everybody else is answered in a bench."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import Any

from werkzeug.test import TestResponse

from verenigingen.tests.contracts.scraping_contract import TOKEN, ScrapingContract
from verenigingen.tests.support.support import configured_for_all
from verenigingen.tests.support.visitor import METHODS, VisitedTest
from vuurtoren.exposition.token import TOKEN_KEY

HAS_LIBRARY = find_spec("prometheus_client") is not None


class TestScraping(ScrapingContract, VisitedTest):
    def with_token(self, stored: Any) -> AbstractContextManager[None]:
        return configured_for_all(**{TOKEN_KEY: stored})

    def ask(self, method: str, header: str = "", visitor: str = "Guest") -> TestResponse:
        headers = {"Authorization": header} if header else {}
        return self.visitors[visitor]._open("GET", METHODS + method, headers=headers)

    def is_answered(self, answer: TestResponse) -> None:
        """With the numbers, or with what is missing here."""
        if HAS_LIBRARY:
            super().is_answered(answer)
        else:
            text = answer.get_data(as_text=True)
            self.assertEqual(answer.status_code, 409, text[:300])
            self.assertIn("prometheus-client is not installed", text)

    def test_a_person_with_the_role_reads_them_without_a_token(self) -> None:
        self.is_answered(self.ask("prometheus", visitor=self.admin))

    def test_a_portal_user_reads_them_neither_with_the_token_nor_without(self) -> None:
        with self.with_token(TOKEN):
            for header in ("", f"Bearer monitoring {TOKEN}"):
                with self.subTest(header=header):
                    self.assertEqual(self.ask("prometheus", header, self.portal).status_code, 403)
