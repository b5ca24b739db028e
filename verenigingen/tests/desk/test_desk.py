"""The monitoring in Frappe's desk: workspace, cards, charts, onboarding, tile, badge, filters and search."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe

from verenigingen import desk
from verenigingen.installing import desk as desk_installing
from verenigingen.patches import desk as desk_patch
from verenigingen.tests.support.support import SiteTest
from verenigingen.tests.support.visitor import make_user, remove_user
from vuurtoren import carrier
from vuurtoren.alerts.events import record_event
from vuurtoren.endpoints.whitelist import Forbidden
from vuurtoren.settings import settings

WORKSPACE = "Monitoring"


class TestDesk(SiteTest):
    def tick(self, minutes_ago: float) -> None:
        """As if the monitor had last ended a run then."""
        at, utc = (
            moment - timedelta(minutes=minutes_ago) for moment in (self.site.now(), self.site.now_utc())
        )
        ended = {"finished_at": at, "succeeded_at": at, "finished_at_utc": utc, "succeeded_at_utc": utc}
        if not self.site.get_all("Monitoring Run", ["name"], {"job": "tick"}):
            self.site.insert("Monitoring Run", {"job": "tick", "status": "Succeeded"})
        self.site.update_all("Monitoring Run", {"job": "tick"}, ended | {"failed_in_a_row": 0})

    def test_everything_on_the_workspace_exists(self) -> None:
        workspace = frappe.get_doc("Workspace", WORKSPACE)
        self.assertEqual(workspace.module, carrier.module_name())
        for card in workspace.number_cards:
            self.assertTrue(frappe.db.exists("Number Card", card.number_card_name), card.label)
        for chart in workspace.charts:
            self.assertTrue(frappe.db.exists("Dashboard Chart", chart.chart_name), chart.label)
        for row in (*workspace.links, *workspace.shortcuts):
            if row.link_to:
                self.assertTrue(frappe.db.exists("DocType", row.link_to), row.label)
        named = {block["data"].get("onboarding_name") for block in json.loads(workspace.content)}
        self.assertTrue(frappe.db.exists("Module Onboarding", (named - {None}).pop()))

    def test_every_block_of_the_workspace_names_one_of_its_rows(self) -> None:
        workspace = frappe.get_doc("Workspace", WORKSPACE)
        rows = {
            "number_card_name": {row.label for row in workspace.number_cards},
            "chart_name": {row.label for row in workspace.charts},
            "shortcut_name": {row.label for row in workspace.shortcuts},
            "card_name": {row.label for row in workspace.links if row.type == "Card Break"},
        }
        for block in json.loads(workspace.content):
            for key, value in block["data"].items():
                self.assertIn(value, rows.get(key, {value}))

    def test_the_desk_hands_the_workspace_out_to_those_who_may_see_it(self) -> None:
        from frappe.desk.desktop import get_desktop_page

        page = json.dumps({"name": WORKSPACE, "title": WORKSPACE, "public": 1})
        shown = get_desktop_page(page)
        self.assertEqual(len(shown["number_cards"]["items"]), 6)
        self.assertEqual(len(shown["charts"]["items"]), 2)
        self.assertEqual(len(shown["shortcuts"]["items"]), 6)

    def test_each_card_answers_over_its_own_method(self) -> None:
        for card in frappe.get_all("Number Card", {"module": carrier.module_name()}, ["name", "method"]):
            self.assertTrue(card.method.startswith(f"{carrier.app_name()}.desk."), card.method)
            answer = frappe.get_attr(card.method)()
            self.assertTrue(answer and isinstance(answer, str), card.name)

    def test_each_chart_draws(self) -> None:
        from frappe.desk.doctype.dashboard_chart.dashboard_chart import get

        record_event(self.site, settings.read(self.site), "TEST", "HIGH", "for the chart")
        for name in frappe.get_all("Dashboard Chart", {"module": carrier.module_name()}, pluck="name"):
            self.assertTrue(get(chart_name=name, refresh=1)["labels"], name)

    def test_open_alerts_are_counted_while_the_monitor_runs_and_unknown_while_it_is_silent(self) -> None:
        self.tick(minutes_ago=1)
        before = desk.alert_badge()
        record_event(self.site, settings.read(self.site), "TEST", "CRITICAL", "of the badge")
        self.assertEqual(desk.alert_badge(), {"open": before["open"] + 1, "severe": before["severe"] + 1})
        self.assertEqual(desk.open_alerts(), str(before["open"] + 1))
        self.tick(minutes_ago=600)
        self.assertEqual((desk.open_alerts(), desk.severe_alerts()), ("unknown", "unknown"))
        self.assertEqual(desk.alert_badge(), {"open": None, "severe": None})

    def test_nobody_else_is_told_or_has_the_tile(self) -> None:
        self.assertTrue(desk.sees_the_tile())
        frappe.set_user("Guest")
        self.assertFalse(desk.sees_the_tile())
        for method in (desk.alert_badge, desk.open_alerts, desk.mails_waiting):
            self.assertRaises(Forbidden, method)

    def test_the_tile_opens_the_workspace(self) -> None:
        (tile,) = frappe.get_hooks("add_to_apps_screen", app_name=carrier.app_name())
        self.assertEqual((tile["name"], tile["route"]), (carrier.app_name(), "/app/monitoring"))
        self.assertTrue(frappe.get_attr(tile["has_permission"])())

    def icons_of(self, user: str) -> list[str]:
        """Labels of what 16 shows this user on the desk that is ours."""
        from frappe.boot import get_sidebar_items
        from frappe.desk.doctype.desktop_icon.desktop_icon import get_desktop_icons

        frappe.set_user(user)
        frappe.cache.delete_value("desktop_icons")
        shown = frappe._dict(workspace_sidebar_item=get_sidebar_items([WORKSPACE]))
        ours = (carrier.app_name(), carrier.module_name(), WORKSPACE)
        icons = get_desktop_icons(user, shown)
        return [icon.label for icon in icons if icon.app == ours[0] or icon.label in ours[1:]]

    def test_the_desk_of_16_has_one_tile_for_those_who_act_and_none_for_others(self) -> None:
        if not frappe.get_meta("Desktop Icon").has_field("icon_type"):
            self.skipTest("this desk has no tiles of its own")
        actor = make_user("tile-actor@example.com", "Verenigingen Administrator")
        other = make_user("tile-other@example.com", "Desk User")
        for user in (actor, other):
            self.addCleanup(remove_user, user)
        self.assertEqual(self.icons_of("Administrator"), ["Monitoring"])
        self.assertEqual(self.icons_of(actor), ["Monitoring"])
        self.assertEqual(self.icons_of(other), [])

    def test_the_tile_of_16_opens_the_workspace_and_shows_our_sign(self) -> None:
        if not frappe.get_meta("Desktop Icon").has_field("icon_type"):
            self.skipTest("this desk has no tiles of its own")
        icon = frappe.get_doc("Desktop Icon", WORKSPACE)
        (tile,) = frappe.get_hooks("add_to_apps_screen", app_name=carrier.app_name())
        self.assertEqual((icon.app, icon.link, icon.logo_url), (tile["name"], tile["route"], tile["logo"]))
        self.assertFalse(icon.hidden or icon.parent_icon)

    def test_the_sidebar_of_16_leads_to_what_exists(self) -> None:
        if not frappe.db.table_exists("Workspace Sidebar"):
            self.skipTest("this desk has no sidebars of its own")
        items = frappe.get_doc("Workspace Sidebar", WORKSPACE).items
        self.assertGreater(len(items), 3)
        for item in items:
            self.assertTrue(frappe.db.exists(item.link_type, item.link_to), item.label)

    def test_a_tile_that_16_made_of_the_app_is_taken_away(self) -> None:
        if not frappe.get_meta("Desktop Icon").has_field("icon_type"):
            self.skipTest("this desk has no tiles of its own")
        made = {"label": "Made of the title", "icon_type": "App", "app": carrier.app_name()}
        frappe.get_doc({"doctype": "Desktop Icon", "link_type": "External", "link": "/app", **made}).insert()
        desk_installing.leave_one_tile()
        self.assertFalse(frappe.db.exists("Desktop Icon", "Made of the title"))
        self.assertTrue(frappe.db.exists("Desktop Icon", WORKSPACE))

    def test_filters_are_saved_once_for_everybody_and_find_rows(self) -> None:
        for _ in range(2):
            desk_installing.save_filters()
            for doctype, filters in desk_installing.FILTERS.items():
                for name in filters:
                    (saved,) = frappe.get_all(
                        "List Filter",
                        {"reference_doctype": doctype, "filter_name": name},
                        ["filters", "for_user"],
                    )
                    self.assertFalse(saved.for_user)
                    frappe.get_list(doctype, filters=[row[:4] for row in json.loads(saved.filters)])

    def test_the_search_bar_finds_an_alert_by_its_words_until_it_is_deleted(self) -> None:
        from frappe.utils.global_search import sync_global_search

        name = record_event(self.site, settings.read(self.site), "TEST", "HIGH", "the wombats are loose")
        sync_global_search()
        found = {"doctype": "System Alert", "name": name}
        self.assertTrue(frappe.db.sql("SELECT name FROM __global_search WHERE name = %s", name))
        self.site.delete("System Alert", {"name": name}, limit=1)
        self.assertFalse(frappe.db.sql("SELECT name FROM __global_search WHERE name = %s", found["name"]))

    def test_the_search_bar_is_offered_our_lists_where_it_has_any(self) -> None:
        search = frappe.get_single("Global Search Settings")
        search.set("allowed_in_global_search", [{"document_type": "ToDo"}])
        search.save()
        desk_installing.offer_in_search()
        desk_installing.offer_in_search()
        rows = frappe.get_single("Global Search Settings").allowed_in_global_search
        self.assertEqual([row.document_type for row in rows], ["ToDo", *desk_installing.SEARCHED])

    def test_nothing_of_it_is_left_once_it_is_forgotten(self) -> None:
        desk_patch.desk.save_filters()
        desk_installing.forget_desk()
        ours = frappe.get_all("DocType", {"module": carrier.module_name()}, pluck="name")
        self.assertFalse(frappe.get_all("List Filter", {"reference_doctype": ("in", ours)}))
        self.assertFalse(frappe.get_all("Global Search DocType", {"document_type": ("in", ours)}))
        self.assertFalse(frappe.db.exists("Onboarding Step", "Say Who Is Told"))
