"""Run every case under this Python and print its tracebacks, one JSON object a line.

`python write_plain.py [MARIADB_PASSWORD POSTGRES_DSN]`; without the databases their cases are left out. The
association's package is run from a folder like a bench, with nothing of this machine in the output.
Needs pymysql, psycopg2, jinja2, werkzeug, requests, rq, exceptiongroup (Python 3.10) and
traceback-with-variables 2.0.4, which is what Frappe uses.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = "/home/frappe/frappe-bench"
EVERY_OTHER_CASE_WITH_VARIABLES = 2


def main() -> None:
    os.environ.clear()  # the variables of a frame may show it
    bench = Path(tempfile.mkdtemp())
    app = bench / "apps" / "association"
    shutil.copytree(HERE / "association", app / "association", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "cases.py", bench / "cases.py")
    libraries = bench / "env" / "lib" / "python3" / "site-packages"
    libraries.mkdir(parents=True)
    shutil.copy(HERE / "association_workers.py", libraries / "association_workers.py")
    sys.path[:0] = [str(app), str(bench), str(libraries)]
    sys.dont_write_bytecode = True
    from association import stores
    from cases import cases

    if len(sys.argv) == 3:
        stores.MARIADB["password"], stores.POSTGRES = sys.argv[1:]
        stores.prepare()
    for number, case in enumerate(cases()):
        for text in _failures(case, number):
            row = {
                "label": case.label,
                "source": case.source,
                "python": platform.python_version(),
                "title": "",
                "text": neutral(text, bench),
            }
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    if stores.POSTGRES:
        stores.clean_up()
    shutil.rmtree(bench)


def _failures(case, number):
    try:
        case.call()
    except BaseException as error:
        # Outside of this file: what called the case is no part of the error.
        while error.__traceback__ and error.__traceback__.tb_frame.f_code.co_filename.endswith(
            ("write_plain.py", "cases.py")
        ):
            error.__traceback__ = error.__traceback__.tb_next
        yield "".join(traceback.format_exception(type(error), error, error.__traceback__))
        whole = not (error.__cause__ or (error.__context__ and not error.__suppress_context__))
        if number % EVERY_OTHER_CASE_WITH_VARIABLES == 0 and whole and not hasattr(error, "exceptions"):
            yield _with_variables(error)
    else:
        raise AssertionError(f"{case.label} did not fail")


def _with_variables(error):
    from traceback_with_variables import iter_exc_lines

    return "\n".join(iter_exc_lines(error))


def neutral(text: str, bench: Path) -> str:
    library = f"/usr/lib/python3.{sys.version_info.minor}"
    for found, shown in (
        (str(bench), BENCH),
        (f"{sys.prefix}/lib", f"{BENCH}/env/lib"),
        (str(Path(os.__file__).parent), library),
        (str(HERE), f"{BENCH}/corpus"),
        (tempfile.gettempdir(), "/tmp"),
    ):
        text = text.replace(found, shown)
    return text


if __name__ == "__main__":
    main()
