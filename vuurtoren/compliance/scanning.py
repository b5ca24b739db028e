"""The scan: every rule on every record, what is broken as a finding; whole by night, else by what changed.

A scan that is killed leaves what it committed, and the next one begins anew: a finding is one row, however
often it is come upon. What ends a finding is decided at the end of a scan only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from vuurtoren.compliance import memory, rule_states
from vuurtoren.compliance.findings import stored
from vuurtoren.compliance.findings.stored import Standing
from vuurtoren.compliance.follow_up import TO_DO, observed_done
from vuurtoren.compliance.reading import batches, files, mandates, own_account, returns, trail
from vuurtoren.compliance.reading.values import among, text
from vuurtoren.compliance.reading.world import World
from vuurtoren.compliance.records import Record, Return
from vuurtoren.compliance.returned import capturing
from vuurtoren.compliance.returned import stored as stored_returns
from vuurtoren.compliance.rule import Verdict
from vuurtoren.compliance.rules.catalogue import BY_ID, verdicts
from vuurtoren.compliance.subject import Key, subject_of
from vuurtoren.health import runs
from vuurtoren.host_records.names import BATCH, BATCH_LINE, MANDATE
from vuurtoren.site.protocol import Site
from vuurtoren.site.strangers import NotReadable, moment_or_none

JOB = memory.JOB
MOST_OPEN_A_RULE = 2_000
"""So many findings of one rule stand open at once; the state of the rule counts them all."""
WRITES_BETWEEN_COMMITS = 200
OVERLAP = timedelta(minutes=5)
"""So far back the scan of changes looks before its last one, for what was committed late."""
MOST_CHANGED = 20_000
"""With more changed mandates than this, the night's scan is waited for."""


@dataclass
class Scanned:
    """What one scan did."""

    records: int = 0
    opened: int = 0
    confirmed: int = 0
    ended: int = 0
    returns_captured: int = 0
    returns_done: int = 0
    took_seconds: float = 0.0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)


def scan_daily(site: Site) -> str:
    """The whole scan, unless it was done well today; what went wrong, or an empty text. Commits."""
    if not site.has_doctype(stored.DOCTYPE):
        return ""
    with runs.run(site, JOB, once_a="day") as held:
        if held is not None:
            held.notes.append(_told(scan(site)))
    return ""


def scan_now(site: Site) -> Scanned | None:
    """The whole scan, whatever was done today; None while another one runs. Commits."""
    with runs.run(site, JOB) as held:
        return None if held is None else scan(site)


def scan(site: Site) -> Scanned:
    """Capture returns, judge every record, end what no longer is; commits page by page."""
    began, world = site.now(), World(site)
    done = Scanned(returns_captured=capturing.capture(world))
    work = _Work(world, done, stored.standing(site))
    for some in _everything(world, done):
        work.judge(some)
    silent, others = trail.coverage(world)
    work.judge(silent)
    done.counts.setdefault("A01", Counter())["held"] += others
    work.end_the_rest()
    stored.told_confirmed(site, Counter(key[0] for key in work.confirmed if key in work.known), began)
    rule_states.keep(site, done.counts, done.reasons)
    remember(world, began)
    site.commit()
    done.took_seconds = (site.now() - began).total_seconds()
    return done


def scan_changes(site: Site) -> Scanned | None:
    """Judge what was written since the last scan; None before the first whole one. Commits."""
    since = changes_until(site)
    if since is None or not site.has_doctype(stored.DOCTYPE):
        return None
    began, world, done = site.now(), World(site), Scanned()
    if not world.host.has_doctype(BATCH) and not world.host.has_doctype(MANDATE):
        return None
    written = since - OVERLAP
    done.returns_captured = capturing.capture(world, since=world.today - batches.LIVE_FOR, written=written)
    changed = _changed(world, written)
    if changed is None:
        return None
    work = _Work(world, done, stored.standing(site))
    for some in changed:
        work.judge(some)
    for some in returns.returns(world, only_open=True):
        work.judge(_followed(world, some, done))
    work.end_judged()
    remember(world, began)
    site.commit()
    done.took_seconds = (site.now() - began).total_seconds()
    return done


def changes_until(site: Site) -> datetime | None:
    """Up to when changes were judged; None before the first whole scan."""
    try:
        return moment_or_none(memory.read(site).get("until"))
    except NotReadable:
        return None


def remember(world: World, until: datetime) -> None:
    """Up to when changes were judged, and the association's own account as it was then."""
    account = own_account.remember(world.site, memory.read(world.site), world.creditor.iban or "")
    memory.keep(world.site, {"until": until.isoformat(" "), **account})


def _everything(world: World, done: Scanned) -> Iterator[Iterable[Record]]:
    """All records but those of the trail's coverage, in bounded parts."""
    yield [world.creditor]
    for batch in batches.batches(world, batches.live(world)):
        yield [batch, *batch.collections, *files.files(world, batch)]
    for backs in returns.returns(world):
        yield _followed(world, backs, done)
    yield from returns.retries(world)
    yield from returns.return_files(world)
    yield [returns.rates(world), trail.retention(world), trail.health(world)]
    yield from mandates.mandates(world)


def _followed(world: World, backs: list[Return], done: Scanned) -> list[Return]:
    """Returns whose mandates show that the follow-up was done are settled on the way."""
    for back in backs:
        if back.state == TO_DO and observed_done(back):
            done.returns_done += stored_returns.seen_done(world.site, back)
    return backs


def _changed(world: World, since: datetime) -> Iterator[Iterable[Record]] | None:
    """Mandates and batches written since, and batches not at the bank that collect on such mandates."""
    host = world.host
    written = {"modified": (">=", since)}
    names: list[str] = []
    if host.has_doctype(MANDATE):
        rows = host.scan(MANDATE, ["name"], written, limit=MOST_CHANGED + 1)
        if len(rows) > MOST_CHANGED:
            return None
        names = [str(row["name"]) for row in rows]
    return _of_changes(world, names, written)


def _of_changes(world: World, names: list[str], written: dict[str, Any]) -> Iterator[Iterable[Record]]:
    host, touched = world.host, set[str]()
    if host.has_doctype(BATCH):
        recent = written | batches.live(world)
        touched |= {str(row["name"]) for row in host.scan(BATCH, ["name"], recent)}
    if names:
        rows = list(among(host, MANDATE, mandates.FIELDS, "name", names))
        world.about = tuple(sorted({text(row.get("mandate_id")) for row in rows} - {""}))
        yield mandates.made(world, rows)
        references = ({text(row.get("mandate_id")) for row in rows} | set(names)) - {""}
        for name in sorted(_waiting_with(world, references) - touched):
            yield batches.lines_on(world, name, references)
    for name in sorted(touched):
        for batch in batches.batches(world, {"name": name}):
            yield [batch, *batch.collections, *files.files(world, batch)]


def _waiting_with(world: World, references: set[str]) -> set[str]:
    """Batches that are not at the bank and collect on these mandates."""
    host = world.host
    if not host.has_field(BATCH_LINE, "mandate_reference"):
        return set()
    waiting = {"status": ("in", returns.NOT_SENT), **batches.live(world)}
    names = {str(row["name"]) for row in host.scan(BATCH, ["name"], waiting)}
    if not names:
        return set()
    within = ("in", tuple(names))
    lines = among(host, BATCH_LINE, ("parent",), "mandate_reference", sorted(references), parent=within)
    return {str(line["parent"]) for line in lines}


@dataclass
class _Work:
    """One scan at work: what is known, what was seen of it, and what was counted."""

    world: World
    done: Scanned
    known: dict[Key, Standing]
    confirmed: set[Key] = field(default_factory=set)
    answers: dict[Key, str] = field(default_factory=dict)
    written: int = 0

    def __post_init__(self) -> None:
        self.open_of = Counter(key[0] for key in self.known)

    def judge(self, records: Iterable[Record]) -> None:
        for record in records:
            self.done.records += 1
            subject = None
            for rule, verdict in verdicts(record, self.world.circumstances):
                self._count(rule.id, verdict)
                if verdict.answer == "held" and not self.known:
                    continue
                subject = subject or subject_of(record)
                key = (rule.id, subject.doctype, subject.name)
                if verdict.answer == "broken":
                    self._broken(key, record, verdict)
                elif key in self.known:
                    self.answers[key] = verdict.answer

    def _count(self, rule: str, verdict: Verdict) -> None:
        counts = self.done.counts.get(rule)
        if counts is None:
            counts = self.done.counts[rule] = Counter()
        counts[verdict.answer] += 1
        why = (rule, verdict.answer)
        if verdict.answer in ("pending", "not applicable") and why not in self.done.reasons:
            self.done.reasons[why] = verdict.in_words()

    def _broken(self, key: Key, record: Record, verdict: Verdict) -> None:
        if key in self.confirmed:
            return
        rule, site = BY_ID[key[0]], self.world.site
        if key in self.known:
            stored.confirm(site, rule, self.known[key], subject_of(record), verdict)
            self.done.confirmed += 1
        elif self.open_of[rule.id] >= MOST_OPEN_A_RULE:
            return
        elif stored.open_one(site, rule, subject_of(record), verdict):
            self.done.opened += 1
            self.open_of[rule.id] += 1
        self.confirmed.add(key)
        self._wrote()

    def end_judged(self) -> None:
        """End what was judged and is broken no more."""
        for key, answer in self.answers.items():
            if key not in self.confirmed and answer in ("held", "not applicable"):
                self._end(key, stored.MENDED)

    def end_the_rest(self) -> None:
        """After a whole scan: also what nothing was said about, because its record is no longer there."""
        self.end_judged()
        for key in [key for key in self.known if key not in self.confirmed and key not in self.answers]:
            self._end(key, stored.GONE)

    def _end(self, key: Key, because: str) -> None:
        self.done.ended += stored.end(self.world.site, self.known[key], because)
        self._wrote()

    def _wrote(self) -> None:
        self.written += 1
        if self.written % WRITES_BETWEEN_COMMITS == 0:
            self.world.site.commit()


def _told(done: Scanned) -> str:
    return f"records judged: {done.records}, findings opened: {done.opened}, ended: {done.ended}"
