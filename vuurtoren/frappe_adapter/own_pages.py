"""Of two pages of one name Frappe shows that of the first or the last app; ours are shown either way."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import frappe
from frappe.utils.jinja import get_jenv
from frappe.website.page_renderers.template_page import TemplatePage
from frappe.website.utils import build_response
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from vuurtoren import carrier
from vuurtoren.endpoints.whitelist import FileAnswer

FOLDER = "www"
NOT_KEPT = {"Cache-Control": "no-store,no-cache,must-revalidate,max-age=0"}


class OwnPages(TemplatePage):
    """The pages in our own `www`, and no others."""

    def set_template_path(self) -> None:
        self.template_path = ""
        folder = carrier.app_folder()
        page = folder / FOLDER / f"{self.path}.html"
        if page.stem != self.path or not page.is_file():
            return
        self.app, self.app_path, self.file_dir = carrier.app_name(), str(folder), FOLDER
        self.basename = str(page.with_suffix(""))
        self.template_path = str(Path(FOLDER, page.name))
        self.basepath, self.filename, self.name = str(page.parent), page.name, page.stem

    def render(self) -> Any:
        """A guest is led to the log-in and back; a page may answer with a file."""
        if frappe.session.user == "Guest":
            return _to_the_log_in()
        environment = get_jenv()
        environment.bytecode_cache = environment.bytecode_cache or _compiled(environment)
        try:
            return super().render()
        except FileAnswer as file:
            return _sent(file)


class Compiled(BytecodeCache):
    """Templates as this process compiled them; one whose source has changed is compiled anew.

    Frappe 14 and 15 make an environment for each request, and compile the website's header and footer in
    each: that was a third of the time of a page.
    """

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_by_filters: dict[tuple[str, ...], Compiled] = {}


def _compiled(environment: Environment) -> Compiled:
    """For environments with the same filters: how one is called is compiled too, and sites have their own."""
    return _by_filters.setdefault(tuple(sorted(environment.filters)), Compiled())


def _to_the_log_in() -> Any:
    asked = frappe.local.request
    query = asked.query_string.decode("ascii", "ignore")
    log_in = "/login?redirect-to=" + quote(asked.path + (f"?{query}" if query else ""), safe="/")
    words = f'<p>Monitoring: <a href="{log_in}">log in</a></p>'
    return build_response("", words, 303, {"Location": log_in} | NOT_KEPT)


def _sent(file: FileAnswer) -> Any:
    headers = {
        "Content-Type": file.content_type,
        "Content-Disposition": f'attachment; filename="{file.name}"',
    }
    return build_response("", file.text, 200, headers | NOT_KEPT)
