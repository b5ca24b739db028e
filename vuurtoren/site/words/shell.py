"""In which language somebody at a command line reads."""

from __future__ import annotations

import os
from collections.abc import Mapping

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where a shell names the language of its messages; the first that is set holds, as POSIX says."""


def shell_language(environment: Mapping[str, str] = os.environ) -> str:
    """What the shell names, as translations are called: "nl-NL" of `nl_NL.UTF-8`; "en" where it is silent."""
    named = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    language = named.partition(".")[0].partition("@")[0].replace("_", "-")
    return "en" if language in ("", "C", "POSIX") else language
