"""Lesson 4: finding a cause, handing on what is urgent, and answering an auditor."""

from __future__ import annotations

from vuurtoren.alerts import alerts
from vuurtoren.audit.seals.tables import CHECKPOINT, LEAF, LOG
from vuurtoren.embedded.demo.lessons.alert_handling import taken
from vuurtoren.embedded.demo.lessons.exercise import Choice, Course, Exercise, Lesson
from vuurtoren.embedded.demo.updates import BROKEN_IN, TREASURER
from vuurtoren.error_kinds import decisions
from vuurtoren.error_kinds.kinds import DOCTYPE as KIND
from vuurtoren.site.protocol import Site

NOT_FOR_THE_BANK = "sepa_findings_critical"
SENT = "batch_sent_to_bank"
DIGITS = 16


def _cause(site: Site, course: Course) -> bool:
    """The kind that the update brought has somebody, and no other has: whoever takes all knows nothing."""
    broken = {str(row["name"]) for row in site.get_all(KIND, ["name"], {"culprit": BROKEN_IN})}
    owned = {kind for kind, held in decisions.of_kinds(site).items() if held.owned_by}
    return bool(broken) and owned == broken


def _handed_on(site: Site, course: Course) -> bool:
    asked = {"rule": NOT_FOR_THE_BANK, "assigned_to": TREASURER}
    given = taken(site, NOT_FOR_THE_BANK, "Assigned", "Unassigned")
    return site.count(alerts.DOCTYPE, asked) > 0 and given is not None and given["assignee"] == TREASURER


def minutes(site: Site) -> list[Choice]:
    """The digits of the oldest checkpoint, and the same with one of them changed."""
    rows = site.get_all(
        CHECKPOINT, ["tree_size", "root"], {"tree_size": (">", 0)}, order_by="tree_size", limit=1
    )
    lines = []
    for row in rows:
        digits = str(row["root"])[:DIGITS]
        changed = f"{digits[:7]}{(int(digits[7], 16) + 1) % 16:x}{digits[8:]}"
        lines += [f"{row['tree_size']} {digits}", f"{row['tree_size']} {changed}"]
    return [(line, line) for line in sorted(lines)]


def _confirmed(site: Site, course: Course) -> bool:
    size, _, digits = course.answer("minutes").partition(" ")
    if not (size.isascii() and size.isdigit() and len(size) < 10 and len(digits) == DIGITS):
        return False
    rows = site.get_all(CHECKPOINT, ["root"], {"tree_size": int(size)})
    return any(str(row["root"]).startswith(digits) for row in rows)


def _sent(site: Site) -> str:
    """The id of the entry that says who sent the file of this week to the bank; empty without one."""
    rows = site.get_all(LOG, ["event_id"], {"action": SENT}, order_by="timestamp desc", limit=1)
    return str(rows[0]["event_id"]) if rows else ""


def _entry_found(site: Site, course: Course) -> bool:
    return bool(course.answer("entry")) and course.answer("entry").lower() == _sent(site)


def _proof_read(site: Site, course: Course) -> bool:
    rows = site.get_all(LEAF, ["position"], {"event": _sent(site)}, limit=1)
    return bool(rows) and course.answer("proof") == str(rows[0]["position"])


LESSON = Lesson(
    4,
    "When something is wrong",
    30,
    (
        Exercise(
            "cause",
            "Finding a cause",
            "Since the update of Tuesday the portal of the members fails. Find the kind of error that the "
            "update brought, and let somebody look after that one alone.",
            "The page Errors: which kind began on Tuesday and goes on? Its page names the change before "
            "it. Choose somebody there, and press Assign.",
            "/monitoring_dashboard/errors",
            _cause,
        ),
        Exercise(
            "handover",
            "Handing on what is urgent",
            "The next dues run must not go to the bank. Assign that alert to the treasurer, with a note of "
            "what is asked of him.",
            "“… must be mended before anything goes to the bank”: write the note, choose penningmeester@…, "
            "press Assign.",
            "/monitoring_dashboard/alerts",
            _handed_on,
        ),
        Exercise(
            "minutes",
            "Answering the audit committee",
            "Two copies of the minutes name the trail, and they differ in one digit. Which line is the one "
            "of the trail?",
            "The page SEPA has a field for the digits of the minutes: it confirms one of the two.",
            "/monitoring_sepa",
            _confirmed,
            "choice",
            minutes,
        ),
        Exercise(
            "entry",
            "Finding an entry for an auditor",
            "An auditor asks who sent the file of BATCH-26-11-0002 to the bank. Find the entry, and give "
            "its event id.",
            "Search for the batch on the page SEPA; the entry about sending leads to its own page, with "
            "the event id.",
            "/monitoring_sepa?q=BATCH-26-11-0002",
            _entry_found,
            "text",
        ),
        Exercise(
            "proof",
            "Proving it",
            "The auditor wants proof. Take the proof of that entry: which “position” does its entry.json "
            "name?",
            "Beside the entry is the button “Proof for the auditor”. In the zip, READ-ME-FIRST.txt says "
            "how an auditor checks it; “position” in entry.json is the place of the entry in the trail.",
            "/monitoring_sepa?q=BATCH-26-11-0002",
            _proof_read,
            "number",
        ),
    ),
)
