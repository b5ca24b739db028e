"""`python -m verenigingen serve|demo|status|check|test-alert`."""

from __future__ import annotations

import sys

try:
    from verenigingen.standalone.cli import main
except ModuleNotFoundError as missing:
    if missing.name not in ("click", "croniter", "werkzeug"):
        raise
    sys.exit(f"{missing.name} is not installed: pip install 'verenigingen[standalone]'")

if __name__ == "__main__":
    main(prog_name="python -m verenigingen")
