"""`python -m verenigingen serve|demo|status|check|test-alert`, and `beside`, which needs Python alone."""

from __future__ import annotations

import sys


def beside(arguments: list[str]) -> int:
    """Lay this app beside another one of its name."""
    try:
        from verenigingen.beside.command import main
    except ModuleNotFoundError:
        print("`beside` belongs to the checkout that this app was laid from; run it there.", file=sys.stderr)
        return 1
    return main(arguments)


if __name__ == "__main__" and sys.argv[1:2] == ["beside"]:
    sys.exit(beside(sys.argv[2:]))

try:
    from vuurtoren.embedded.cli import main
except ModuleNotFoundError as missing:
    if missing.name not in ("click", "croniter", "werkzeug"):
        raise
    sys.exit(f"{missing.name} is not installed: pip install 'verenigingen[standalone]'")

if __name__ == "__main__":
    main(prog_name="python -m verenigingen")
