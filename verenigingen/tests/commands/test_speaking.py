"""The commands of a bench explain themselves, refuse and answer in the language of whoever types."""

from __future__ import annotations

import os
from unittest.mock import patch

from verenigingen.tests.support.support import SiteTest, bench

DUTCH = {"LC_ALL": "nl_NL.UTF-8"}


class TestSpeaking(SiteTest):
    def test_help_is_in_the_language_of_the_shell(self) -> None:
        with patch.dict(os.environ, DUTCH):
            told = bench("monitoring", "audit", "--help")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("Gebruik:", told.stdout)
        self.assertIn("Verzegel, verifieer, bewijs", told.stdout)
        self.assertIn("Toon deze uitleg en stop.", told.stdout)

    def test_help_is_in_the_language_that_is_asked_for(self) -> None:
        told = bench("monitoring", "--lang", "nl", "sepa", "report", "--help")
        self.assertIn("De eerste dag.", told.stdout)
        self.assertIn("verplicht", told.stdout)

    def test_what_click_refuses_is_refused_in_that_language(self) -> None:
        for arguments, expected in (
            (("nonsense",), "Er is geen opdracht 'nonsense'."),
            (("status", "--nonsense"), "Er is geen optie"),
            (("audit", "prove"), "Het argument 'EVENT_ID' ontbreekt."),
            (("rename-app",), "De optie '--to' ontbreekt."),
            (("backtest", "disk", "--days", "x"), "'x' is geen geheel getal."),
        ):
            told = bench("monitoring", "--lang", "nl", *arguments)
            self.assertEqual(told.returncode, 2, told.stdout + told.stderr)
            self.assertIn(expected, told.stderr)
            self.assertIn("Gebruik:", told.stderr)

    def test_the_answer_is_in_the_language_that_is_asked_for(self) -> None:
        told = bench("monitoring", "--lang", "nl", "status").stdout
        self.assertIn("E-mail", told)
        self.assertNotIn("Mail leaves", told)
        self.assertNotIn("Mail cannot leave", told)

    def test_what_is_low_down_is_refused_in_that_language(self) -> None:
        told = bench("monitoring", "--lang", "nl", "audit", "verify", "--key", "nonsense")
        self.assertEqual(told.returncode, 3, told.stderr)
        self.assertIn("een sleutel wordt geschreven als name+id+base64", told.stdout)
