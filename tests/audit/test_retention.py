"""What leaves the trail does so by two people who told the trail first; all the rest still verifies."""

from __future__ import annotations

import io
import json
import unittest
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.clear_entries import clear_entries
from tests.audit.seals import adversary
from tests.audit.seals.trail import anchors_of, sealed_log, write_events
from tests.conftest import MovableClock
from verenigingen.tests.contracts import retention_contract
from verenigingen.tests.contracts.retention_contract import RetentionContract
from verenigingen.tests.support.patience import turns
from vuurtoren.audit.retention.archive import ArchiveNotGood
from vuurtoren.audit.retention.book_years import keep_from
from vuurtoren.audit.retention.retention import People, RetentionRefused, erase
from vuurtoren.audit.seals import append_only_guard
from vuurtoren.audit.seals.findings import ERASED, PRUNED, ROW_MISSING, Verification
from vuurtoren.audit.seals.sealer import seal
from vuurtoren.audit.seals.tables import LEAF, LOG
from vuurtoren.audit.verification import verify_sepa_audit
from vuurtoren.audit.verification.export import export, newest
from vuurtoren.audit.verification.proofs import prove
from vuurtoren.audit.verification.verification import MAINTENANCE, verify
from vuurtoren.commands.audit import progress_bar
from vuurtoren.composition import use_site
from vuurtoren.embedded.cli import main
from vuurtoren.embedded.store.sqlite_site import SQLiteSite
from vuurtoren.rounds.retention import prune_audit_trail as prune
from vuurtoren.site.errors import SiteError

TREASURER, COMMITTEE, MANAGER = "penning@club.example", "kas@club.example", "beheer@club.example"
BOTH = People(TREASURER, COMMITTEE)
OLD, NEW = 20, 5
YEAR = date(2027, 1, 1)
"""The events of `old_log` are from before it, and it is the last day that may be named in 2034."""


def add_person(site: SQLiteSite, name: str, role: str) -> None:
    site.insert("User", {"name": name, "email": name, "enabled": 1})
    if role:
        site.insert("Has Role", {"parent": name, "parenttype": "User", "role": role})


def add_people(site: SQLiteSite) -> None:
    for name, role in ((TREASURER, ""), (COMMITTEE, "Kascommissie"), (MANAGER, "System Manager")):
        add_person(site, name, role)
    site.insert("User", {"name": "left@club.example", "email": "left@club.example", "enabled": 0})
    site.commit()


def in_2034(site: SQLiteSite, clock: MovableClock) -> None:
    """Twenty events of 2026 and five of 2034, sealed."""
    add_people(site)
    sealed_log(site)
    clock.moment = datetime(2034, 3, 1, 9, 0, tzinfo=timezone.utc)
    write_events(site, NEW, OLD)
    seal(site)


@pytest.fixture
def old_log(site: SQLiteSite, clock: MovableClock) -> SQLiteSite:
    in_2034(site, clock)
    return site


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def checked(site: SQLiteSite) -> Verification:
    return verify(site, anchors=anchors_of(site))


def event(number: int) -> str:
    return f"{number:032x}"


def told(site: SQLiteSite) -> list[dict[str, object]]:
    fields = ["action", "actor", "entity_name", "compliance_status", "details"]
    return clear_entries(site, fields, {"process_type": MAINTENANCE})


# pruning
def test_what_is_pruned_is_gone_and_the_trail_still_verifies(old_log: SQLiteSite, archive: Path) -> None:
    before = anchors_of(old_log)
    done = prune(old_log, YEAR, archive, BOTH)
    assert (done.rows, done.before_position) == (OLD, OLD)
    assert old_log.count(LOG) == NEW + 1
    assert old_log.count(LEAF) == OLD + NEW + 1
    result = verify(old_log, anchors=before)
    assert result.exit_code == 0
    assert [finding.kind for finding in result.findings] == [PRUNED]
    assert append_only_guard.missing(old_log) == ""


def test_the_trail_tells_who_pruned_what_and_into_which_archive(old_log: SQLiteSite, archive: Path) -> None:
    done = prune(old_log, YEAR, archive, BOTH)
    (entry,) = told(old_log)
    assert (entry["action"], entry["actor"], entry["entity_name"]) == (
        "pruned",
        COMMITTEE,
        f"User/{TREASURER}",
    )
    assert json.loads(str(entry["details"])) == {
        "pruned_before": OLD,
        "before": "2027-01-01",
        "years_kept": 7,
        "archive": str(archive),
        "archive_manifest_sha256": done.archive.manifest_sha256,
    }


def test_the_archive_verifies_without_us_and_holds_every_pruned_event(
    old_log: SQLiteSite, archive: Path
) -> None:
    prune(old_log, YEAR, archive, BOTH)
    assert verify_sepa_audit.main([str(archive), "--key", newest(old_log).key.text]) == 0
    lines = [json.loads(line) for line in (archive / "events.jsonl").read_text("utf-8").splitlines()]
    assert [line["event_id"] for line in lines if line["record"]][:OLD] == [event(n) for n in range(OLD)]


def test_later_exports_and_proofs_still_verify(old_log: SQLiteSite, archive: Path, tmp_path: Path) -> None:
    prune(old_log, YEAR, archive, BOTH)
    key = newest(old_log).key.text
    assert verify_sepa_audit.main([str(export(old_log, tmp_path / "later")), "--key", key]) == 0
    (tmp_path / "proof.json").write_text(json.dumps(prove(old_log, event(OLD))), "utf-8")
    assert verify_sepa_audit.main([str(tmp_path / "proof.json"), "--key", key]) == 0


def test_rows_that_go_without_an_entry_are_found(old_log: SQLiteSite) -> None:
    names = [row["name"] for row in old_log.get_all(LOG, ["name"], order_by="event_time_utc", limit=OLD)]
    with old_log.lift_guard(append_only_guard.GUARD, names):
        old_log.delete(LOG, {"name": ("in", names)}, limit=OLD)
    old_log.commit()
    assert len(checked(old_log).of(ROW_MISSING)) == OLD


def test_a_row_after_the_pruned_ones_that_goes_too_is_found(old_log: SQLiteSite, archive: Path) -> None:
    prune(old_log, YEAR, archive, BOTH)
    adversary.run(old_log, f'DELETE FROM "tab{LOG}" WHERE event_id = ?', event(OLD))
    assert [finding.position for finding in checked(old_log).of(ROW_MISSING)] == [OLD]


def test_an_unsealed_entry_excuses_nothing(old_log: SQLiteSite, archive: Path) -> None:
    prune(old_log, YEAR, archive, BOTH)
    adversary.run(old_log, f'DELETE FROM "tab{LOG}" WHERE process_type = ?', MAINTENANCE)
    assert checked(old_log).tampered


class Killed(BaseException):
    """The process is gone: nothing of ours catches it."""


@pytest.mark.parametrize("pages_before", [0, 1, 3])
def test_a_prune_that_was_killed_is_finished_by_the_same_command(
    old_log: SQLiteSite, archive: Path, monkeypatch: pytest.MonkeyPatch, pages_before: int
) -> None:
    monkeypatch.setattr("vuurtoren.audit.seals.tables.PAGE_ROWS", 4)
    pages_done = []

    def die(done: int, total: int) -> None:
        pages_done.append(done)
        if len(pages_done) > pages_before:
            raise Killed

    with pytest.raises(Killed):
        prune(old_log, YEAR, archive, BOTH, progress=die)
    old_log.rollback()
    left = old_log.count(LOG) - NEW - 1
    assert 0 < left < OLD
    assert checked(old_log).exit_code == 0
    assert prune(old_log, YEAR, archive, BOTH).rows == left
    assert len(told(old_log)) == 1
    assert checked(old_log).exit_code == 0


STATEMENTS = ("insert", "insert_many", "lift_guard", "delete", "update", "commit", "count")


class DyingSite(SQLiteSite):
    """Dies at the chosen call of a verb that writes; what was not committed is gone."""

    calls_left = 10**9

    def __getattribute__(self, name: str) -> object:
        if name in STATEMENTS:
            SQLiteSite.__setattr__(self, "calls_left", object.__getattribute__(self, "calls_left") - 1)
            if object.__getattribute__(self, "calls_left") < 0:
                raise Killed
        return object.__getattribute__(self, name)


@pytest.fixture
def dying(tmp_path: Path, clock: MovableClock) -> Iterator[DyingSite]:
    made = DyingSite(tmp_path / "dying", clock=clock, config={"time_zone": "Europe/Amsterdam"})
    append_only_guard.install(made)
    use_site(made)
    yield made
    use_site(None)
    made.store.close()


def revive(site: DyingSite) -> None:
    site.calls_left = 10**9
    site.rollback()


def test_killed_at_any_write_the_trail_verifies_and_the_next_run_finishes(
    dying: DyingSite, clock: MovableClock, archive: Path
) -> None:
    in_2034(dying, clock)
    for killed in turns("runs that are killed"):
        if not dying.count(LOG, {"event_id": event(0)}):
            break
        dying.calls_left = killed
        try:
            prune(dying, YEAR, archive, BOTH)
        except Killed:
            pass
        revive(dying)
        assert verify(dying, anchors=anchors_of(dying)).exit_code == 0
        assert append_only_guard.missing(dying) == ""
    assert killed > 5
    assert dying.count(LOG, {"process_type": MAINTENANCE}) == 1


def test_an_erasure_killed_at_any_write_is_finished_by_the_next_run(
    dying: DyingSite, clock: MovableClock
) -> None:
    in_2034(dying, clock)
    for killed in turns("erasures that are killed"):
        if not dying.count(LOG, {"event_id": event(3), "details": ("is", "set")}):
            break
        dying.calls_left = killed
        try:
            erase(dying, event(3), "GDPR article 17", BOTH)
        except Killed:
            pass
        revive(dying)
        assert verify(dying, anchors=anchors_of(dying)).exit_code == 0
    assert killed > 5
    assert dying.count(LOG, {"process_type": MAINTENANCE}) == 1


def test_only_the_part_before_the_first_newer_event_goes(
    site: SQLiteSite, clock: MovableClock, archive: Path
) -> None:
    """An event of 2026 that was sealed after one of 2034 waits until that one may go too."""
    add_people(site)
    write_events(site, 3)
    seal(site)
    clock.moment = datetime(2034, 3, 1, tzinfo=timezone.utc)
    write_events(site, 1, 3)
    seal(site)
    clock.moment = datetime(2026, 12, 1, tzinfo=timezone.utc)
    write_events(site, 1, 4)
    seal(site)
    clock.moment = datetime(2034, 3, 2, tzinfo=timezone.utc)
    assert prune(site, YEAR, archive, BOTH).rows == 3
    assert site.count(LOG, {"event_id": event(4)}) == 1


def test_a_second_prune_years_later_goes_on_from_the_first(
    old_log: SQLiteSite, clock: MovableClock, archive: Path, tmp_path: Path
) -> None:
    erase(old_log, event(OLD), "GDPR article 17", BOTH)
    prune(old_log, YEAR, archive, BOTH)
    clock.moment = datetime(2042, 1, 2, tzinfo=timezone.utc)
    write_events(old_log, 2, 100)
    done = prune(old_log, date(2035, 1, 1), tmp_path / "second", BOTH)
    assert done.rows == NEW + 2
    assert checked(old_log).exit_code == 0


# refusals of a prune
def refused(site: SQLiteSite, archive: Path, why: str, before: date = YEAR, people: People = BOTH) -> None:
    rows = site.count(LOG)
    with pytest.raises((RetentionRefused, ArchiveNotGood), match=why):
        prune(site, before, archive, people)
    site.rollback()
    assert site.count(LOG) == rows


@pytest.mark.parametrize(
    ("people", "why"),
    [
        (People(COMMITTEE, COMMITTEE), "cannot confirm it too"),
        (People(COMMITTEE, TREASURER), "cannot confirm it: that takes System Manager or Kascommissie"),
        (People(TREASURER, "left@club.example"), "no enabled user"),
        (People("nobody@club.example", COMMITTEE), "no enabled user"),
        (People(TREASURER, "Administrator"), "Administrator is not a person"),
        (People("Administrator", COMMITTEE), "Administrator is not a person"),
    ],
)
def test_it_takes_two_people_of_whom_one_may_confirm(
    old_log: SQLiteSite, archive: Path, people: People, why: str
) -> None:
    refused(old_log, archive, why, people=people)
    with pytest.raises(RetentionRefused, match=why):
        erase(old_log, event(0), "GDPR article 17", people)
    assert told(old_log) == []
    assert not archive.exists()


def test_a_system_manager_may_confirm(old_log: SQLiteSite, archive: Path) -> None:
    assert prune(old_log, YEAR, archive, People(TREASURER, MANAGER)).rows == OLD


def test_a_book_year_that_is_not_over_for_seven_years_stays(old_log: SQLiteSite, archive: Path) -> None:
    refused(old_log, archive, "from 2027-01-01 on must stay: 7 whole book years", before=date(2027, 1, 2))


def test_the_setting_makes_the_period_longer(old_log: SQLiteSite, archive: Path) -> None:
    old_log.set_single("Monitoring Settings", {"sepa_retention_years": 8})
    old_log.commit()
    refused(old_log, archive, "from 2026-01-01 on must stay: 8 whole book years")


def test_a_setting_below_seven_years_changes_nothing(old_log: SQLiteSite, archive: Path) -> None:
    old_log.set_single("Monitoring Settings", {"sepa_retention_years": 1})
    old_log.commit()
    refused(old_log, archive, "7 whole book years", before=date(2028, 1, 1))


def test_nothing_old_enough_is_said(old_log: SQLiteSite, archive: Path) -> None:
    refused(old_log, archive, "does not begin with a sealed event", before=date(2020, 1, 1))
    assert told(old_log) == []


def test_a_trail_that_does_not_verify_is_not_pruned(old_log: SQLiteSite, archive: Path) -> None:
    adversary.run(old_log, f"UPDATE \"tab{LOG}\" SET action = 'x' WHERE event_id = ?", event(2))
    old_log.commit()
    refused(old_log, archive, "the trail must verify first: tampered")


def test_an_archive_that_was_changed_is_not_believed(old_log: SQLiteSite, archive: Path) -> None:
    export(old_log, archive)
    lines = (archive / "events.jsonl").read_bytes()
    (archive / "events.jsonl").write_bytes(lines.replace(b"step_1", b"step_9", 1))
    refused(old_log, archive, "does not verify: .*TAMPERED")


def test_a_folder_that_is_no_archive_is_refused(old_log: SQLiteSite, archive: Path) -> None:
    archive.mkdir()
    refused(old_log, archive, "does not verify: .*NOT CHECKED")


def test_an_archive_of_a_part_does_not_do(old_log: SQLiteSite, archive: Path) -> None:
    export(old_log, archive, since_utc=datetime(2030, 1, 1))
    refused(old_log, archive, "does not hold position 0 of this log")


def test_an_archive_from_before_an_erasure_does_not_do(old_log: SQLiteSite, archive: Path) -> None:
    export(old_log, archive)
    erase(old_log, event(3), "GDPR article 17", BOTH)
    refused(old_log, archive, "the details at position 3 differ from the archive")


def test_two_at_once_do_not_prune(old_log: SQLiteSite, archive: Path) -> None:
    with old_log.lock("sepa-audit-retention"):
        refused(old_log, archive, "somebody else is pruning or erasing now")


# erasing
def test_an_erasure_takes_details_and_salt_and_leaves_the_rest(old_log: SQLiteSite) -> None:
    fields = ["action", "mandate", "details_commit", "row_mac", "amount_cents"]
    (whole,) = old_log.get_all(LOG, fields, {"event_id": event(3)})
    erase(old_log, event(3), "GDPR article 17, request of 1 March 2034", BOTH)
    (row,) = old_log.get_all(LOG, [*fields, "details", "details_salt"], {"event_id": event(3)})
    assert (row.pop("details"), row.pop("details_salt")) == (None, None)
    assert row == whole
    result = checked(old_log)
    assert result.exit_code == 0
    assert [(finding.kind, finding.event) for finding in result.findings] == [(ERASED, event(3))]
    assert append_only_guard.missing(old_log) == ""


def test_the_trail_tells_the_basis_and_both_people(old_log: SQLiteSite) -> None:
    erase(old_log, event(3), " GDPR article 17 ", BOTH)
    (entry,) = told(old_log)
    assert (entry["action"], entry["actor"]) == ("details_erased", COMMITTEE)
    assert entry["entity_name"] == f"User/{TREASURER}"
    assert json.loads(str(entry["details"])) == {"erased": event(3), "basis": "GDPR article 17"}


def test_an_export_with_an_erased_event_verifies_without_us(old_log: SQLiteSite, tmp_path: Path) -> None:
    erase(old_log, event(3), "GDPR article 17", BOTH)
    folder = export(old_log, tmp_path / "out")
    assert verify_sepa_audit.main([str(folder), "--key", newest(old_log).key.text]) == 0


def test_details_that_go_without_an_entry_are_found(old_log: SQLiteSite) -> None:
    (row,) = old_log.get_all(LOG, ["name"], {"event_id": event(3)})
    with old_log.lift_guard(append_only_guard.GUARD, [row["name"]]):
        old_log.update(LOG, row["name"], {"details": None, "details_salt": None})
    old_log.commit()
    assert [finding.event for finding in checked(old_log).of(ROW_MISSING)] == [event(3)]


def test_the_database_refuses_changes_again_afterwards(old_log: SQLiteSite) -> None:
    erase(old_log, event(3), "GDPR article 17", BOTH)
    with pytest.raises(SiteError, match="append-only"):
        old_log.store.write(f'UPDATE "tab{LOG}" SET details = NULL', ())


@pytest.mark.parametrize(
    ("event_id", "basis", "why"),
    [
        (event(999), "GDPR article 17", "is not in the log"),
        (event(3), "  ", "state the legal basis"),
        ("iban-NL91ABNA0417164300", "GDPR article 17", "cannot be named"),
    ],
)
def test_an_erasure_that_cannot_be_told_or_done_is_refused(
    old_log: SQLiteSite, event_id: str, basis: str, why: str
) -> None:
    with pytest.raises(RetentionRefused, match=why):
        erase(old_log, event_id, basis, BOTH)
    assert told(old_log) == []


def test_details_are_erased_once(old_log: SQLiteSite) -> None:
    erase(old_log, event(3), "GDPR article 17", BOTH)
    with pytest.raises(RetentionRefused, match="erased already"):
        erase(old_log, event(3), "GDPR article 17", BOTH)


def test_the_reason_why_others_are_gone_is_not_erased(old_log: SQLiteSite) -> None:
    erase(old_log, event(3), "GDPR article 17", BOTH)
    (entry,) = old_log.get_all(LOG, ["event_id"], {"process_type": MAINTENANCE})
    with pytest.raises(RetentionRefused, match="why others are gone"):
        erase(old_log, entry["event_id"], "GDPR article 17", BOTH)


def test_an_event_that_was_changed_is_not_erased(old_log: SQLiteSite) -> None:
    adversary.run(old_log, f"UPDATE \"tab{LOG}\" SET details = '{{}}' WHERE event_id = ?", event(3))
    old_log.commit()
    with pytest.raises(RetentionRefused, match="does not verify"):
        erase(old_log, event(3), "GDPR article 17", BOTH)


# book years
@pytest.mark.parametrize(
    ("today", "kept"),
    [
        (datetime(2033, 12, 31, 12), date(2026, 1, 1)),
        (datetime(2033, 12, 31, 23, 30), date(2027, 1, 1)),
        (datetime(2034, 1, 1, 12), date(2027, 1, 1)),
    ],
)
def test_a_book_year_may_go_seven_years_after_its_end_in_site_time(
    site: SQLiteSite, clock: MovableClock, today: datetime, kept: date
) -> None:
    clock.moment = today.replace(tzinfo=timezone.utc)
    assert keep_from(site, 7) == kept


@pytest.fixture
def with_fiscal_years(tmp_path: Path, clock: MovableClock) -> Iterator[SQLiteSite]:
    schema = tmp_path / "fiscal_year.json"
    fields = {"year_start_date": "Date", "year_end_date": "Date"}
    schema.write_text(json.dumps({"Fiscal Year": {"fields": fields}}), "utf-8")
    made = SQLiteSite(tmp_path / "fiscal", clock=clock, config={}, extra_schema=[schema])
    yield made
    made.store.close()


def test_a_broken_book_year_counts_from_its_own_end(
    with_fiscal_years: SQLiteSite, clock: MovableClock
) -> None:
    site = with_fiscal_years
    years = {"year_start_date": date(2032, 7, 1), "year_end_date": date(2033, 6, 30)}
    site.insert("Fiscal Year", {"name": "2032-2033"} | years)
    clock.moment = datetime(2034, 6, 30, 9, tzinfo=timezone.utc)
    assert keep_from(site, 7) == date(2026, 7, 1)
    clock.move(days=1)
    assert keep_from(site, 7) == date(2027, 7, 1)


def test_a_long_book_year_stays_whole(with_fiscal_years: SQLiteSite, clock: MovableClock) -> None:
    """The year was changed from summer to winter by one of eighteen months."""
    site = with_fiscal_years
    for start, end in ((date(2026, 7, 1), date(2027, 12, 31)), (date(2028, 1, 1), date(2028, 12, 31))):
        site.insert("Fiscal Year", {"name": f"{start}", "year_start_date": start, "year_end_date": end})
    clock.moment = datetime(2034, 3, 1, tzinfo=timezone.utc)
    assert keep_from(site, 7) == date(2026, 7, 1)


@given(st.dates(date(2015, 1, 1), date(2090, 12, 30)), st.integers(7, 100))
def test_never_less_than_whole_years_are_kept(
    tmp_path_factory: pytest.TempPathFactory, today: date, years: int
) -> None:
    site = SQLiteSite(
        tmp_path_factory.mktemp("site"),
        clock=lambda: datetime(today.year, today.month, today.day, 12, tzinfo=timezone.utc),
        config={},
    )
    kept = keep_from(site, years)
    site.store.close()
    last_that_goes = kept - timedelta(days=1)
    assert last_that_goes.replace(year=last_that_goes.year + years) < today
    assert (kept.month, kept.day) == (1, 1)


# the command line
class TestTyped(RetentionContract, unittest.TestCase):
    """The contract, with an embedded site whose clock is that of the machine."""

    @pytest.fixture(autouse=True)
    def _given(self, tmp_path: Path) -> Iterator[None]:
        self.site = self.embedded = SQLiteSite(tmp_path / "data", config={})
        add_person(self.embedded, retention_contract.TREASURER, "")
        add_person(self.embedded, retention_contract.COMMITTEE, "Kascommissie")
        self.site.commit()
        yield
        use_site(None)
        self.embedded.store.close()

    def typed(self, *arguments: str) -> tuple[int, str]:
        self.site.commit()
        result = CliRunner().invoke(main, ["audit", *arguments, "--data", str(self.embedded.folder)])
        return result.exit_code, result.output

    def is_kept(self, event: str) -> None:
        with pytest.raises(SiteError, match="append-only"):
            self.embedded.store.write(f'DELETE FROM "tab{LOG}" WHERE event_id = ?', (event,))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_verification_shows_its_progress_on_a_terminal(site: SQLiteSite) -> None:
    sealed_log(site)
    screen = Terminal()
    with progress_bar("Verifying", screen) as progress:
        verify(site, progress=progress)
    assert "Verifying" in screen.getvalue()
    assert "100%" in screen.getvalue()


def test_no_bar_where_nobody_looks() -> None:
    with progress_bar("Verifying", io.StringIO()) as progress:
        assert progress is None
