"""Of two pages of one name Frappe shows that of the first or the last app; ours are shown either way."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import frappe
from frappe.website.page_renderers.template_page import TemplatePage
from frappe.website.utils import build_response

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
        try:
            return super().render()
        except FileAnswer as file:
            return _sent(file)


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
