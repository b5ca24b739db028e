"""What is the app's name and becomes another one, and what only begins with the same letters."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from verenigingen.beside.names import renamed_path, renamed_text
from verenigingen.beside.tree import NEW, OLD


def renamed(name: str, text: str) -> str:
    return renamed_text(PurePosixPath(OLD.package, name), text, OLD, NEW)


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("a.py", "from verenigingen.tests import x", "from verenigingen_monitor.tests import x"),
        ("a.py", "    from verenigingen import hooks", "    from verenigingen_monitor import hooks"),
        ("a.py", "import verenigingen", "import verenigingen_monitor"),
        ("a.py", "import verenigingen.hooks", "import verenigingen_monitor.hooks"),
        (
            "a.py",
            'x = "verenigingen.verenigingen.doctype.alert.alert"',
            'x = "verenigingen_monitor.verenigingen_monitor.doctype.alert.alert"',
        ),
        (
            "a.py",
            'x = "/api/method/verenigingen.www.page.method"',
            'x = "/api/method/verenigingen_monitor.www.page.method"',
        ),
        ("a.py", "pip install 'verenigingen[standalone]'", "pip install 'verenigingen_monitor[standalone]'"),
        ("a.py", "`python -m verenigingen status`", "`python -m verenigingen_monitor status`"),
        ("a.js", 'const M = "verenigingen.www.page.";', 'const M = "verenigingen_monitor.www.page.";'),
        ("a.js", '"/assets/verenigingen/js/a.js"', '"/assets/verenigingen_monitor/js/a.js"'),
        ("a.json", ' "module": "Verenigingen",', ' "module": "Verenigingen Monitor",'),
        ("hooks.py", 'app_name = "verenigingen"', 'app_name = "verenigingen_monitor"'),
        ("hooks.py", 'app_title = "Verenigingen"', 'app_title = "Verenigingen Monitor"'),
        ("modules.txt", "Verenigingen\n", "Verenigingen Monitor\n"),
        ("nl.csv", '"execute verenigingen.utils.x",', '"execute verenigingen_monitor.utils.x",'),
        ("patches.txt", "verenigingen.patches.first #1", "verenigingen_monitor.patches.first #1"),
    ],
)
def test_the_name_of_the_app_is_renamed(file: str, before: str, after: str) -> None:
    assert renamed(file, before) == after


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("a.py", 'ROLE = "Verenigingen Administrator"'),
        ("a.py", 'HOST_SETTINGS = "Verenigingen Settings"'),
        ("a.py", 'CONTEXT = b"verenigingen-sepa-audit/v1\\n"'),
        ("a.py", 'template = "verenigingen_message"'),
        ("a.py", 'flags["verenigingen_locks"]'),
        ("a.py", '"X-Verenigingen-Signature"'),
        ("a.py", '"Two of our verenigingen. That is Dutch."'),
        ("a.py", '"maintainers@verenigingen.invalid"'),
        ("a.py", 'File "apps/verenigingen_site/verenigingen_site/tasks.py"'),
        ("a.py", "frappe.verenigingen.something"),
        ("a.js", 'notice.id = "verenigingen-monitor-notice";'),
        ("a.json", ' "role": "Verenigingen Administrator",'),
        ("a.json", ' "description": "verenigingen.example is a website",'),
        ("nl.csv", "associations,verenigingen.of zo"),
        ("a.md", "verenigingen.utils.alert_manager"),
        ("a.css", ".verenigingen.open {}"),
    ],
)
def test_what_only_begins_with_the_same_letters_stays(file: str, text: str) -> None:
    assert renamed(file, text) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("verenigingen/hooks.py", "verenigingen_monitor/hooks.py"),
        (
            "verenigingen/verenigingen/doctype/a/a.json",
            "verenigingen_monitor/verenigingen_monitor/doctype/a/a.json",
        ),
        ("verenigingen/tests/verenigingen/a.py", "verenigingen_monitor/tests/verenigingen/a.py"),
        ("vuurtoren/carrier.py", "vuurtoren/carrier.py"),
        ("pyproject.toml", "pyproject.toml"),
    ],
)
def test_only_the_folders_of_package_and_module_are_renamed(before: str, after: str) -> None:
    assert renamed_path(PurePosixPath(before), OLD, NEW) == PurePosixPath(after)
