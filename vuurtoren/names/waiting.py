"""Waits for modules of the other app from the start of Python on; environments get this very text."""

import sys


class WaitingForNames:
    waits_for = "verenigingen."
    failed = ""

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        if not name.startswith(self.waits_for):
            return None
        try:
            from vuurtoren.names.importing import find_spec
        except Exception as failure:  # an import of the other app never fails because of us
            self.failed = repr(failure)
            self.waits_for = " "  # which is the beginning of no module
            return None
        return find_spec(self, name, path, target)


def begin() -> None:
    if not any(type(finder).__name__ == "WaitingForNames" for finder in sys.meta_path):
        sys.meta_path.insert(0, WaitingForNames())  # type: ignore[arg-type]
