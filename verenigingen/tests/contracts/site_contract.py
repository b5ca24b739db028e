"""What every Site keeps to: one suite, run on SQLite by pytest and inside a bench by Frappe's own runner.

Mix it into a `unittest.TestCase` that provides `make_site`. Differences between platforms are flags of the
class, so that they are stated and tested instead of skipped.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from vuurtoren import carrier
from vuurtoren.site.errors import AlreadyExists, BadFilter, InvalidValue, SiteError, Unavailable, UnknownField
from vuurtoren.site.guards import Guard
from vuurtoren.site.markup import without_markup
from vuurtoren.site.protocol import Site

if TYPE_CHECKING:
    from unittest import TestCase as Base
else:
    Base = object

PREFIX = "contract-test-"
GUARD = Guard("Monitoring Run", ("holder", "started_at", "runs_today"), unique=("job",))


class SiteContract(Base):
    has_queues = True
    has_cache = True
    has_sessions = True
    has_patches = True

    def make_site(self) -> Site:
        raise NotImplementedError

    def setUp(self) -> None:
        self.site = self.make_site()
        self.guarded = False
        self._clear()

    def tearDown(self) -> None:
        self.site.rollback()
        if self.guarded:
            self.site.remove_guard(GUARD)
        self._clear()

    def _clear(self) -> None:
        for doctype, field in (("Monitoring Run", "job"), ("Alert Rule State", "fingerprint")):
            for row in self.site.get_all(doctype, ["name", field]):
                if row[field].startswith(PREFIX):
                    self.site.delete(doctype, {"name": row["name"]}, limit=1)
        self.site.delete("System Alert", {"alert_type": PREFIX}, limit=1000)
        self.site.commit()

    def run_row(self, job: str, **values: Any) -> str:
        return self.site.insert("Monitoring Run", {"job": PREFIX + job, "status": "Running"} | values)

    def state_row(self, fingerprint: str, **values: Any) -> str:
        return self.site.insert(
            "Alert Rule State", {"fingerprint": PREFIX + fingerprint, "rule": PREFIX} | values
        )

    # who and when
    def test_a_pdf_is_made_by_the_platform_or_not_at_all(self) -> None:
        maker = self.site.pdf_maker()
        if maker is not None:
            self.assertTrue(maker("<p>A page</p>").startswith(b"%PDF"))

    def test_a_long_text_is_cut_by_the_database_and_keeps_its_ends(self) -> None:
        self.run_row("long", holder="h" * 100, error="begin" + "x" * 5000 + "é end")
        self.run_row("short", error="x" * 100)
        wanted = {"job": ("in", [PREFIX + "long", PREFIX + "short"])}
        long, short = self.site.get_all(
            "Monitoring Run", ["error", "holder"], wanted, order_by="job", longest=100
        )
        self.assertEqual(long["error"], "begin" + "x" * 45 + " … " + "x" * 45 + "é end")
        self.assertEqual((long["holder"], short["error"]), ("h" * 100, "x" * 100))

    def test_it_says_which_documents_are_there_to_be_read(self) -> None:
        name = self.run_row("readable")
        self.assertEqual(self.site.readable("Monitoring Run", [name, PREFIX + "never"]), {name})
        self.assertEqual(self.site.readable("Monitoring Run", []), set())
        self.assertEqual(
            self.site.readable("Monitoring Settings", ["Monitoring Settings"]), {"Monitoring Settings"}
        )

    def test_the_whole_configuration_holds_each_key(self) -> None:
        self.assertIsInstance(self.site.configuration(), dict)
        for key, value in self.site.configuration().items():
            self.assertEqual(self.site.conf(key), value)

    def test_it_tells_site_time_without_a_zone(self) -> None:
        self.assertIsNone(self.site.now().tzinfo)
        self.assertIsNone(self.site.now_utc().tzinfo)

    def test_it_converts_between_site_time_and_utc(self) -> None:
        noon = datetime(2026, 6, 1, 12, 0)
        self.assertEqual(self.site.from_utc(self.site.to_utc(noon)), noon)

    def test_it_names_the_zone_of_its_time(self) -> None:
        self.assertTrue(self.site.time_zone())

    def test_it_names_itself_and_its_platform(self) -> None:
        self.assertTrue(self.site.name)
        self.assertTrue(self.site.platform)

    def test_the_administrator_has_every_role(self) -> None:
        self.assertEqual(self.site.user(), "Administrator")
        self.assertTrue(self.site.has_role("System Manager"))

    def test_people_with_a_role_never_include_administrator_or_guest(self) -> None:
        people = self.site.people_with_role("System Manager")
        self.assertEqual(people, sorted(set(people)))
        self.assertNotIn("guest@example.com", people)

    def test_a_text_without_translation_stays_as_it_is(self) -> None:
        self.assertEqual(self.site.translate("zzz no such text zzz"), "zzz no such text zzz")

    def test_it_speaks_another_language_for_a_while(self) -> None:
        before = self.site.language()
        with self.site.speaking("nl"):
            self.assertEqual(
                (self.site.language(), self.site.translate("Open alerts")), ("nl", "Openstaande meldingen")
            )
            with self.site.speaking("en"):
                self.assertEqual(self.site.translate("Open alerts"), "Open alerts")
            self.assertEqual(self.site.language(), "nl")
        self.assertEqual(self.site.language(), before)

    def test_the_site_has_a_language_of_its_own_whatever_is_spoken(self) -> None:
        own = self.site.site_language()
        with self.site.speaking("nl" if own == "en" else "en"):
            self.assertEqual(self.site.site_language(), own)

    # configuration
    def test_an_absent_key_gives_the_default(self) -> None:
        self.assertEqual(self.site.conf("contract_test_absent", 7), 7)

    def test_a_stored_key_is_read_again(self) -> None:
        self.site.set_conf("contract_test_key", ["a", 1])
        self.assertEqual(self.site.conf("contract_test_key"), ["a", 1])

    def test_a_single_has_its_defaults_and_child_tables(self) -> None:
        settings = self.site.get_single("Monitoring Settings")
        self.assertEqual(settings["enabled"], 1)
        self.assertIsInstance(settings["rules"], list)

    def test_a_single_keeps_what_is_stored(self) -> None:
        before = self.site.get_single("Monitoring Settings")["recipients"]
        self.site.set_single("Monitoring Settings", {"recipients": "someone@example.com"})
        self.assertEqual(self.site.get_single("Monitoring Settings")["recipients"], "someone@example.com")
        self.site.set_single("Monitoring Settings", {"recipients": before})

    # DocTypes
    def test_it_knows_which_doctypes_exist(self) -> None:
        self.assertTrue(self.site.has_doctype("System Alert"))
        self.assertFalse(self.site.has_doctype("No Such Thing"))

    def test_it_knows_which_fields_exist(self) -> None:
        self.assertTrue(self.site.has_field("System Alert", "severity"))
        self.assertTrue(self.site.has_field("System Alert", "creation"))
        self.assertFalse(self.site.has_field("System Alert", "no_such_field"))
        self.assertFalse(self.site.has_field("No Such Thing", "name"))

    # rows
    def test_an_inserted_row_is_read_back_with_its_types(self) -> None:
        now = self.site.now().replace(microsecond=123456)
        name = self.run_row("types", started_at=now, day=now.date(), duration_ms=1.5, runs_today=3)
        row = self.site.get("Monitoring Run", name)
        assert row is not None
        self.assertEqual(
            (row["started_at"], row["day"], row["duration_ms"], row["runs_today"]), (now, now.date(), 1.5, 3)
        )
        self.assertIsInstance(row["day"], date)

    def test_a_row_is_named_by_its_field(self) -> None:
        self.assertEqual(self.run_row("named"), PREFIX + "named")

    def test_a_missing_row_is_none(self) -> None:
        self.assertIsNone(self.site.get("Monitoring Run", PREFIX + "absent"))

    def test_a_number_is_never_empty(self) -> None:
        row = self.site.get("Monitoring Run", self.run_row("zero", duration_ms=None))
        assert row is not None
        self.assertEqual((row["duration_ms"], row["runs_today"]), (0, 0))

    def test_a_taken_name_is_refused_and_the_transaction_goes_on(self) -> None:
        self.run_row("first")
        with self.assertRaises(AlreadyExists):
            self.run_row("first")
        self.run_row("second")
        self.assertEqual(self.site.count("Monitoring Run", {"name": PREFIX + "second"}), 1)

    def test_a_taken_unique_value_is_refused(self) -> None:
        self.alert(open_fingerprint=PREFIX + "x")
        with self.assertRaises(AlreadyExists):
            self.alert(open_fingerprint=PREFIX + "x")

    def test_an_empty_unique_value_may_repeat(self) -> None:
        self.alert(open_fingerprint=None)
        self.alert(open_fingerprint=None)
        self.assertEqual(self.site.count("System Alert", {"alert_type": PREFIX}), 2)

    def test_an_option_that_nobody_chose_stays_empty(self) -> None:
        row = self.site.get("Alert Rule State", self.state_row("unanswered"))
        assert row is not None
        self.assertFalse(row["answer"])

    def test_an_option_that_does_not_exist_is_refused(self) -> None:
        with self.assertRaises(InvalidValue):
            self.alert(severity="ENORMOUS")

    def test_a_text_too_long_for_its_field_is_refused(self) -> None:
        with self.assertRaises(InvalidValue):
            self.alert(source="x" * 141)

    def test_an_unknown_field_is_refused(self) -> None:
        with self.assertRaises(UnknownField):
            self.site.get_all("Monitoring Run", ["no_such_field"])
        with self.assertRaises(UnknownField):
            self.site.count("Monitoring Run", {"no_such_field": 1})
        with self.assertRaises(UnknownField):
            self.run_row("x", no_such_field=1)

    def test_markup_and_emoji_survive_as_text(self) -> None:
        """A platform whose desk shows text as HTML keeps its own texts without angle brackets."""
        text = "<script>alert('x')</script> & ☂️ 'quotes' \"double\" % {braces}"
        row = self.site.get("System Alert", self.alert(message=text))
        assert row is not None
        self.assertIn(row["message"], (text, without_markup(text)))

    # filters
    def test_equality_and_order(self) -> None:
        for number in (1, 2, 3):
            self.run_row(str(number), runs_today=number)
        rows = self.contract_rows({}, order_by="runs_today desc")
        self.assertEqual([row["runs_today"] for row in rows], [3, 2, 1])
        self.assertEqual(len(self.contract_rows({"runs_today": 2})), 1)

    def test_several_conditions_on_one_field_all_hold(self) -> None:
        for number in (1, 2, 3, 4):
            self.run_row(str(number), runs_today=number)
        rows = self.contract_rows({"runs_today": [(">", 1), ("<=", 3)]}, order_by="runs_today")
        self.assertEqual([row["runs_today"] for row in rows], [2, 3])

    def test_unequal_matches_empty_fields_too(self) -> None:
        self.run_row("a", holder="me")
        self.run_row("b")
        rows = self.contract_rows({"holder": ("!=", "me")})
        self.assertEqual([row["name"] for row in rows], [PREFIX + "b"])

    def test_in_takes_a_collection_and_an_empty_one_matches_nothing(self) -> None:
        self.run_row("a")
        self.run_row("b")
        self.assertEqual(self.site.count("Monitoring Run", {"job": ("in", [PREFIX + "a", PREFIX + "b"])}), 2)
        self.assertEqual(self.site.count("Monitoring Run", {"job": ("in", [])}), 0)
        self.assertEqual(self.site.get_all("Monitoring Run", ["name"], {"job": ("in", [])}), [])

    def test_set_and_not_set_tell_empty_fields_apart(self) -> None:
        self.run_row("a", holder="me", finished_at=self.site.now())
        self.run_row("b", holder="")
        self.assertEqual([r["name"] for r in self.contract_rows({"holder": ("is", "set")})], [PREFIX + "a"])
        self.assertEqual(
            [r["name"] for r in self.contract_rows({"holder": ("is", "not set")})], [PREFIX + "b"]
        )
        self.assertEqual(
            [r["name"] for r in self.contract_rows({"finished_at": ("is", "not set")})], [PREFIX + "b"]
        )

    def test_times_compare_as_times(self) -> None:
        now = self.site.now().replace(microsecond=0)
        self.run_row("old", started_at=now - timedelta(hours=2))
        self.run_row("new", started_at=now)
        rows = self.contract_rows({"started_at": (">=", now - timedelta(hours=1))})
        self.assertEqual([row["name"] for row in rows], [PREFIX + "new"])

    def test_an_operator_outside_the_language_is_refused(self) -> None:
        for filters in (
            {"job": ("like", "%x%")},
            {"job": ("=", None)},
            {"job": {"a": 1}},
            {"job": ("is", None)},
        ):
            with self.subTest(filters=filters), self.assertRaises(BadFilter):
                self.site.count("Monitoring Run", filters)

    def test_an_order_outside_the_language_is_refused(self) -> None:
        with self.assertRaises(BadFilter):
            self.site.get_all("Monitoring Run", ["name"], order_by="name; drop table x")

    def test_a_limit_is_kept(self) -> None:
        for number in range(4):
            self.run_row(str(number))
        self.assertEqual(len(self.contract_rows({}, limit=2)), 2)

    # counting
    def test_it_counts_by_one_field_largest_first(self) -> None:
        self.run_row("a", holder="x")
        self.run_row("b", holder="y")
        self.run_row("c", holder="y")
        tally = self.site.tally("Monitoring Run", "holder", {"job": ("in", [PREFIX + c for c in "abc"])})
        self.assertEqual(list(tally.items()), [("y", 2), ("x", 1)])

    def test_it_counts_by_several_fields(self) -> None:
        self.run_row("a", holder="x")
        tally = self.site.tally("Monitoring Run", ["holder", "status"], {"job": PREFIX + "a"})
        self.assertEqual(tally, {("x", "Running"): 1})

    def test_it_adds_up_a_field_and_nothing_is_zero(self) -> None:
        self.run_row("a", duration_ms=1.5)
        self.run_row("b", duration_ms=2.5)
        jobs = {"job": ("in", [PREFIX + "a", PREFIX + "b"])}
        self.assertEqual(self.site.total("Monitoring Run", "duration_ms", jobs), 4.0)
        self.assertEqual(self.site.total("Monitoring Run", "duration_ms", {"job": PREFIX + "none"}), 0.0)

    def test_unmatched_rows_are_those_that_the_other_doctype_does_not_hold(self) -> None:
        for job in ("a", "b", "c"):
            self.run_row(job, holder=PREFIX, runs_today=1 if job == "c" else 0)
        self.state_row("b")
        other = ("Alert Rule State", "fingerprint")
        mine: dict[str, Any] = {"holder": PREFIX}
        rows = self.site.get_unmatched("Monitoring Run", ["job"], "job", other, mine, order_by="job desc")
        self.assertEqual(rows, [{"job": PREFIX + "c"}, {"job": PREFIX + "a"}])
        rows = self.site.get_unmatched("Monitoring Run", ["job"], "job", other, mine | {"runs_today": 1})
        self.assertEqual(rows, [{"job": PREFIX + "c"}])
        rows = self.site.get_unmatched("Monitoring Run", ["job"], "job", other, mine, order_by="job", limit=1)
        self.assertEqual(rows, [{"job": PREFIX + "a"}])

    def test_unmatched_rows_need_fields_that_exist(self) -> None:
        for fieldname, other in (("x", ("Alert Rule State", "rule")), ("job", ("Alert Rule State", "x"))):
            with self.assertRaises(UnknownField):
                self.site.get_unmatched("Monitoring Run", ["job"], fieldname, other)

    def test_a_scan_reads_what_get_all_reads_with_times_as_text(self) -> None:
        texts = [None, "", " ", "\x1f", "a\x1fb", "caf\u00e9 \U0001f600 'x' \"y\" \\ %s \n\t", "1"]
        for number, text in enumerate(texts):
            started = datetime(2026, 11, 4, 10, 0, number, number)
            started_at = started if number % 2 else None
            row = self.many_row(
                str(number), holder=text, started_at=started_at, runs_today=number, duration_ms=1.5
            )
            self.site.insert_many("Monitoring Run", [row])
        fields = ["name", "holder", "started_at", "runs_today", "duration_ms", "status"]
        for filters in (
            {"error": PREFIX},
            {"error": PREFIX, "job": PREFIX + "5"},
            {"error": PREFIX, "job": "-"},
        ):
            asked = ("Monitoring Run", fields, filters)
            expected = [
                row | {"started_at": row["started_at"] and row["started_at"].isoformat(" ", "microseconds")}
                for row in self.site.get_all(*asked, order_by="job desc", limit=9)
            ]
            self.assertEqual(self.site.scan(*asked, order_by="job desc", limit=9), expected)
        with self.assertRaises(UnknownField):
            self.site.scan("Monitoring Run", ["nonsense"])

    # changing
    def test_many_rows_are_inserted_as_they_are_given(self) -> None:
        rows = [self.many_row(str(number), runs_today=number, holder=None) for number in range(3)]
        self.site.insert_many("Monitoring Run", rows)
        stored = self.site.get_all(
            "Monitoring Run", ["name", "runs_today", "holder", "status"], {"error": PREFIX}, order_by="job"
        )
        self.assertEqual([row["runs_today"] for row in stored], [0, 1, 2])
        self.assertEqual({row["holder"] for row in stored}, {None})
        self.assertEqual([row["name"] for row in stored], [row["name"] for row in rows])

    def test_many_rows_are_inserted_all_or_none(self) -> None:
        before = self.run_row("before")
        twice = [self.many_row("a"), self.many_row("b"), self.many_row("a")]
        with self.assertRaises(AlreadyExists):
            self.site.insert_many("Monitoring Run", twice)
        self.assertEqual(self.site.count("Monitoring Run", {"error": PREFIX}), 0)
        self.assertIsNotNone(self.site.get("Monitoring Run", before))

    def test_many_rows_may_be_none(self) -> None:
        self.site.insert_many("Monitoring Run", [])

    def test_many_rows_need_fields_that_exist(self) -> None:
        with self.assertRaises(UnknownField):
            self.site.insert_many("Monitoring Run", [self.many_row("a", nonsense=1)])

    def test_a_compare_and_swap_is_won_once(self) -> None:
        name = self.run_row("cas", version=1)
        self.assertTrue(self.site.update("Monitoring Run", name, {"version": 2}, expect={"version": 1}))
        self.assertFalse(self.site.update("Monitoring Run", name, {"version": 2}, expect={"version": 1}))

    def test_a_swap_to_the_same_values_is_still_won(self) -> None:
        name = self.run_row("same", version=1)
        self.assertTrue(self.site.update("Monitoring Run", name, {"version": 1}, expect={"version": 1}))
        self.assertTrue(self.site.update("Monitoring Run", name, {"version": 1}, expect={"version": 1}))

    def test_a_swap_may_expect_an_empty_field(self) -> None:
        name = self.run_row("empty")
        self.assertTrue(self.site.update("Monitoring Run", name, {"holder": "me"}, expect={"holder": None}))
        self.assertFalse(self.site.update("Monitoring Run", name, {"holder": "you"}, expect={"holder": None}))

    def test_an_update_of_a_missing_row_is_not_won(self) -> None:
        self.assertFalse(self.site.update("Monitoring Run", PREFIX + "absent", {"version": 2}))

    def test_many_rows_are_updated_where_they_stand_as_expected(self) -> None:
        names = [self.run_row("all", version=1), self.run_row("of them", version=1)]
        other = self.run_row("but not this one", version=7)
        wanted = {"name": ("in", [*names, other]), "version": 1}
        self.assertEqual(self.site.update_all("Monitoring Run", wanted, {"version": 2}), 2)
        self.assertEqual(self.site.update_all("Monitoring Run", wanted, {"version": 2}), 0)
        self.assertEqual(self.site.count("Monitoring Run", {"name": ("in", names), "version": 2}), 2)

    def test_an_update_stamps_when_and_by_whom(self) -> None:
        before = self.site.now()
        name = self.run_row("stamp")
        self.site.update("Monitoring Run", name, {"version": 5})
        row = self.site.get("Monitoring Run", name)
        assert row is not None
        self.assertGreaterEqual(row["modified"], before)
        self.assertEqual(row["modified_by"], "Administrator")

    def test_a_delete_is_bounded_and_counts(self) -> None:
        for number in range(3):
            self.run_row(str(number), holder=PREFIX)
        self.assertEqual(self.site.delete("Monitoring Run", {"holder": PREFIX}, limit=2), 2)
        self.assertEqual(self.site.delete("Monitoring Run", {"holder": PREFIX}, limit=2), 1)

    def test_a_rollback_takes_everything_back(self) -> None:
        self.run_row("gone")
        self.site.rollback()
        self.assertIsNone(self.site.get("Monitoring Run", PREFIX + "gone"))

    def test_what_waits_for_a_rollback_is_called_after_it_and_may_commit(self) -> None:
        self.run_row("lost")
        self.site.after_rollback(self._keep_one)
        self.site.after_rollback(lambda: self.called.append("another"))
        self.called: list[str] = []
        self.site.rollback()
        self.site.rollback()
        self.assertEqual(sorted(self.called), ["another", "kept"])
        kept = [row["job"] for row in self.site.get_all("Monitoring Run", ["job"])]
        self.assertEqual([job for job in kept if job.startswith(PREFIX)], [PREFIX + "kept"])

    def _keep_one(self) -> None:
        self.run_row("kept")
        self.site.commit()
        self.called.append("kept")

    def test_a_commit_forgets_what_waited_for_a_rollback(self) -> None:
        called: list[str] = []
        self.site.after_rollback(lambda: called.append("called"))
        self.site.commit()
        self.site.rollback()
        self.assertEqual(called, [])

    def test_everything_in_one_operation_has_the_same_trace(self) -> None:
        trace = self.site.trace_id()
        self.run_row("traced")
        self.assertTrue(trace)
        self.assertEqual(self.site.trace_id(), trace)

    def test_a_commit_keeps_everything(self) -> None:
        self.run_row("kept")
        self.site.commit()
        self.site.rollback()
        self.assertIsNotNone(self.site.get("Monitoring Run", PREFIX + "kept"))

    # guarding
    def test_a_guarded_row_refuses_changes_and_deletion(self) -> None:
        name = self.run_row("guarded", holder="me")
        self.site.commit()
        self.site.install_guard(GUARD)
        self.guarded = True
        self.assertEqual(self.site.guard_missing(GUARD), "")
        for attempt in (
            lambda: self.site.update("Monitoring Run", name, {"holder": "you"}),
            lambda: self.site.delete("Monitoring Run", {"name": name}, limit=1),
        ):
            with self.assertRaises(SiteError):
                attempt()
            self.site.rollback()
        row = self.site.get("Monitoring Run", name)
        assert row is not None
        self.assertEqual(row["holder"], "me")

    def test_a_guarded_row_leaves_its_other_fields_free(self) -> None:
        name = self.run_row("free")
        self.site.commit()
        self.site.install_guard(GUARD)
        self.guarded = True
        self.assertTrue(self.site.update("Monitoring Run", name, {"version": 7}))

    def test_a_removed_guard_is_missing_and_may_be_installed_again(self) -> None:
        self.guarded = True
        self.site.install_guard(GUARD)
        self.site.install_guard(GUARD)
        self.site.remove_guard(GUARD)
        self.assertTrue(self.site.guard_missing(GUARD))
        self.site.install_guard(GUARD)
        self.assertEqual(self.site.guard_missing(GUARD), "")

    def test_a_guard_for_other_columns_is_outdated(self) -> None:
        self.guarded = True
        self.site.install_guard(GUARD)
        wider = Guard("Monitoring Run", (*GUARD.columns, "error"), GUARD.unique)
        self.assertTrue(self.site.guard_missing(wider))
        self.site.install_guard(wider)
        self.assertEqual(self.site.guard_missing(wider), "")

    def test_a_lock_is_held_by_one(self) -> None:
        with self.site.lock("contract-test") as first, self.site.lock("contract-test") as second:
            self.assertEqual((first, second), (True, False))
        with self.site.lock("contract-test") as again:
            self.assertTrue(again)

    # telling
    def test_an_error_is_logged_with_any_title(self) -> None:
        title = PREFIX + "é" * 5000
        self.site.log_error(title, "text with <b>markup</b> and \N{SNOWMAN}")
        self.site.commit()
        self.assertEqual(self.site.count("Error Log", {"method": title[:140]}), 1)
        self.site.delete("Error Log", {"method": title[:140]}, limit=10)
        self.site.commit()

    def test_work_within_limits_gives_its_result_or_raises_what_it_raised(self) -> None:
        self.site.commit()
        with self.site.limits() as limited:
            self.assertEqual(limited("a count", 60, lambda: self.site.count("Error Log") >= 0), True)
            with self.assertRaises(ZeroDivisionError):
                limited("a fault", 60, lambda: 1 // 0)

    def test_addresses_are_absolute(self) -> None:
        for address in (
            self.site.url("x"),
            self.site.url_to_form("System Alert", "a"),
            self.site.url_to_list("User"),
        ):
            self.assertRegex(address, r"^https?://")

    # facts
    def test_the_facts_are_told_or_refused_with_a_reason(self) -> None:
        self.assertGreater(self.site.database_size().size_bytes, 0)
        self.assertTrue(self.site.database().version)
        self.assertTrue(self.site.site_path().is_dir())
        self.assertIn(carrier.app_name(), self.site.installed_versions())
        self.assertGreaterEqual(self.site.backups().count, 0)
        self.assertIsInstance(self.site.scheduler().enabled, bool)
        self.assertFalse(self.site.release_job("no.such.function"))
        self.assertIsInstance(self.site.mail().account, str)

    def test_the_bell_keeps_plain_text_and_escapes_what_looks_like_markup(self) -> None:
        site = self.make_site()
        (name,) = site.notify_desk(["Administrator"], "<b>one\ntwo", "=1+1 <i>\nnext")
        row = site.get("Notification Log", name)
        assert row
        self.assertEqual((row["for_user"], row["subject"]), ("Administrator", "&lt;b&gt;one two"))
        self.assertIn("=1+1 &lt;i&gt;<br>next", row["email_content"])
        site.rollback()

    def test_a_hook_that_no_app_names_is_empty(self) -> None:
        self.assertEqual(self.make_site().hooks("verenigingen_no_such_hook"), [])

    def test_a_message_that_no_queue_knows_is_not_proven(self) -> None:
        self.assertEqual(self.make_site().mail_proof(("no-such-message",)).state, "failed")

    def test_the_facts_that_a_platform_lacks_are_unavailable(self) -> None:
        for offered, fact in (
            (self.has_queues, self.site.queues),
            (self.has_cache, self.site.cache),
            (self.has_sessions, self.site.sessions),
            (self.has_patches, self.site.pending_migrations),
        ):
            if offered:
                fact()
                continue
            with self.assertRaises(Unavailable) as refused:
                fact()
            self.assertTrue(str(refused.exception))

    # helpers
    def many_row(self, job: str, **values: Any) -> dict[str, Any]:
        given = {"name": PREFIX + job, "job": PREFIX + job, "status": "Running", "error": PREFIX}
        return given | values

    def alert(self, **values: Any) -> str:
        given = {"alert_type": PREFIX, "severity": "LOW", "status": "Active", "message": "contract"}
        return self.site.insert("System Alert", given | values)

    def contract_rows(self, filters: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        jobs = [
            row["job"]
            for row in self.site.get_all("Monitoring Run", ["job"])
            if row["job"].startswith(PREFIX)
        ]
        wanted = {"job": ("in", jobs)} | filters
        return self.site.get_all("Monitoring Run", ["name", "runs_today"], wanted, **options)
