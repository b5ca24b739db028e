"""`python -m verenigingen serve|demo|status|check|test-alert`, and `beside`, which needs Python alone."""

from __future__ import annotations

import sys
from functools import partial

from vuurtoren import carrier
from vuurtoren.site.words.shell import shell_language
from vuurtoren.site.words.translations import Translations
from vuurtoren.site.words.words import Words

SAY = partial(Translations().translate, language=shell_language())


def beside(arguments: list[str]) -> int:
    """Lay this app beside another one of its name."""
    try:
        from verenigingen.beside.command import main
    except ModuleNotFoundError:
        told = Words("`beside` belongs to the checkout that this app was laid from; run it there.")
        print(told.said(SAY), file=sys.stderr)
        return 1
    return main(arguments)


if __name__ == "__main__" and sys.argv[1:2] == ["beside"]:
    sys.exit(beside(sys.argv[2:]))

try:
    from vuurtoren.embedded.cli import main
except ModuleNotFoundError as missing:
    if missing.name not in ("click", "croniter", "werkzeug"):
        raise
    needed = Words("{0} is not installed: pip install '{1}[standalone]'", missing.name, carrier.app_name())
    sys.exit(needed.said(SAY))

if __name__ == "__main__":
    main(prog_name="python -m verenigingen")
