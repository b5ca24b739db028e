"""The template that Frappe renders: nothing in it that Frappe refuses or would cache."""

from __future__ import annotations

from pathlib import Path

import verenigingen.www

FOLDER = Path(verenigingen.www.__file__).parent
TEMPLATE = (FOLDER / "monitoring_dashboard.html").read_text("utf-8")
PARENT = (FOLDER.parent / "templates" / "monitoring_page.html").read_text("utf-8")


def test_it_passes_frappes_check_of_templates():
    assert ".__" not in TEMPLATE + PARENT


def test_it_extends_the_page_of_the_website():
    assert TEMPLATE.startswith('{% extends "templates/monitoring_page.html" %}')
    assert PARENT.startswith('{% extends "templates/web.html" %}')


def test_it_brings_no_files_that_frappe_would_inline_a_second_time():
    assert {path.name for path in FOLDER.iterdir() if path.suffix in (".css", ".js")} == set()
