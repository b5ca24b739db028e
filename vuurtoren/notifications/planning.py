"""What is to be told now and by whom it waits: due notifications are routed, or held back, or dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vuurtoren.alerts import alerts, stored_silences
from vuurtoren.alerts.incidents import grouping
from vuurtoren.alerts.incidents.because import told_with
from vuurtoren.alerts.intents import intents
from vuurtoren.alerts.intents.row import in_hand
from vuurtoren.alerts.silences import Silence, holding
from vuurtoren.notifications import messages, outbox, reasons, routing
from vuurtoren.notifications.messages import Notification
from vuurtoren.notifications.notifying import TOLD_BECAUSE
from vuurtoren.notifications.routes import stored_routes
from vuurtoren.notifications.routes.stored_routes import RouteTable
from vuurtoren.notifications.routing import Route, no_worker_is_left
from vuurtoren.settings.settings import Settings
from vuurtoren.site.protocol import Site
from vuurtoren.site.quantities import moment
from vuurtoren.site.values import Row

WORTH_TELLING_FOR = timedelta(days=1)
"""An alert that ended longer ago than this, and was never told, is left to the daily report."""
FOLLOWS = "told with its cause"
"""The reason on an opening that is held back because another alert tells it."""
SPOKEN = ("Handed over", "Claimed", "Not sent")
"""The states of an opening that a channel took, or is about to take."""


@dataclass(frozen=True)
class Ready:
    """A notification that its first channel may tell now, and its row as it was read."""

    intent: Row
    told: Notification


def plan(site: Site, settings: Settings, way: Route, only: str = "") -> Mapping[str, Ready]:
    """Route what is due, of one alert or of all; by name, what a first channel may be handed now. Commits.

    What a silence or quiet hours hold back stays due, and says until when; so does the opening of an alert
    that follows from an open one which people are told of, while that one is open. What nobody needs to hear
    any more is marked so. Nothing is ready where another worker routes the same at this moment.
    """
    return _Planning(site, settings, way, stored_silences.in_force(site), stored_routes.read(site)).plan(only)


@dataclass(frozen=True)
class _Planning:
    site: Site
    settings: Settings
    way: Route
    silences: Sequence[Silence]
    routes: RouteTable

    def plan(self, only: str) -> Mapping[str, Ready]:
        by_alert: dict[str, list[Row]] = {}
        for row in intents.pending(self.site, only):
            by_alert.setdefault(str(row["alert"]), []).append(row)
        found = alerts.rows_of(self.site, by_alert.keys(), messages.FIELDS)
        worth = [each for name, rows in by_alert.items() for each in self._of_alert(found.get(name), rows)]
        ready = self._without_followers([each for each in worth if not self._held_back(each)])
        due = [each for each in ready if each.intent["status"] == "Due"]
        ready = [each for each in ready if each.intent["status"] != "Due"]
        ready, due = self._aimed(ready), self._aimed(due)
        self._begin([each.told for each in ready if each.told.level == 1], 1)
        routed = self._routed(due)
        if routed is None:
            self.site.rollback()
            return {}
        self.site.commit()
        ready += routed
        return {str(each.intent["name"]): each for each in ready}

    def _of_alert(self, alert: Row | None, pending: Sequence[Row]) -> list[Ready]:
        """What of this alert is worth telling now."""
        if alert is None:
            intents.forget(self.site, {str(row["alert"]) for row in pending})
            return []
        if not self.settings.tells:
            self._drop(pending, "Messages were switched off in Monitoring Settings.")
            return []
        ready = []
        for intent in pending:
            if int(intent["level"]) > 1 and alert["status"] == "Active":
                ready.append(Ready(intent, _told(self.site, alert, intent)))
            elif int(intent["level"]) > 1:
                self._drop([intent], "somebody acknowledged or resolved it first")
        opened, ended = intents.newest(pending, "opened"), intents.newest(pending, "resolved")
        if any(row and in_hand(row, row["status_at"], self.site.now()) for row in (opened, ended)):
            return ready
        if alert["status"] != "Resolved":
            self._drop([ended] if ended else [], "it was reopened first")
            return [*ready, *([Ready(opened, _told(self.site, alert, opened))] if opened else [])]
        if opened is None and ended and self._is_event(alert):
            self._drop([ended], "An event has no end to tell.")
            return ready
        if opened is None:
            return [*ready, *([Ready(ended, _told(self.site, alert, ended))] if ended else [])]
        return [*ready, *self._ended_untold(alert, opened, ended)]

    def _is_event(self, alert: Row) -> bool:
        rule = self.settings.rule(str(alert["rule"] or ""))
        return bool(rule and rule.event and alert["kind"] == "Breach")

    def _ended_untold(self, alert: Row, opened: Row, ended: Row | None) -> list[Ready]:
        """An alert that ended before its opening was told: one closing message says both, if it is news."""
        because = str(opened["because"] or self.site.translate("it ended before the next delivery"))
        if opened["reason"] == FOLLOWS:
            self._drop([opened, *([ended] if ended else [])], because)
            return []
        resolved_at = alert["resolved_at"]
        now = self.site.now()
        late = isinstance(resolved_at, datetime) and abs(now - resolved_at) > WORTH_TELLING_FOR
        if late or ended is None:
            text = self.site.translate("It ended untold (see the daily report): {0}")
            self._drop([opened, *([ended] if ended else [])], text.format(because))
            return []
        if not self._drop([opened], because):
            return []
        note = self.site.translate("This was not told when it began: {0}").format(because)
        return [Ready(ended, replace(_told(self.site, alert, ended), note=note))]

    def _held_back(self, ready: Ready) -> bool:
        """Whether a silence or quiet hours keep this from being told; what ends in silence is not told."""
        told, row, now = ready.told, ready.told.row, self.site.now()
        if told.level > 1:
            return False
        rule, fingerprint = str(row["rule"] or ""), str(row["fingerprint"])
        silence = holding(self.silences, rule, fingerprint, told.event, now, str(row["severity"]))
        quiet = self.settings.channels.quiet.get(str(row["severity"]))
        until = quiet.ends_at(now) if quiet else None
        if silence and told.event == "resolved":
            self._drop([ready.intent], stored_silences.said(self.site, silence))
        elif silence:
            self._note(ready.intent, stored_silences.said(self.site, silence))
        elif until:
            text = self.site.translate("held back until {0}, quiet hours of {1}")
            self._note(ready.intent, text.format(moment(until, self.site.translate), row["severity"]))
        return bool(silence or until)

    def _without_followers(self, ready: Sequence[Ready]) -> list[Ready]:
        """Without openings of an incident of which the worst is told; that one names those it speaks for.

        What is muted, or told to nobody, speaks for no other.
        """
        openings = {str(each.told.row["name"]): each for each in ready if _is_first_word(each)}
        members = self._open_members() if openings else []
        spoken = self._spoken_of(members)
        speaks_for: dict[str, list[str]] = {}
        told_by: dict[str, str] = {}
        for incident in grouping.incidents(members):
            speaking = [each for each in incident.members if each.name in {*spoken, *openings}]
            for member in sorted(speaking, key=lambda each: each.urgency):
                opening = openings.get(member.name)
                heard = [each for each in speaking if each is member or self._heard_by_all_of(member, each)]
                speaker = grouping.held_back_by(member, heard) if opening else None
                if opening and speaker:
                    told_by[member.name] = told_by.get(speaker.name, speaker.name)
                    speaks_for.setdefault(told_by[member.name], []).append(str(opening.told.row["message"]))
                    self._hold(opening, member, speaker)
        return [
            replace(each, told=replace(each.told, speaks_for=tuple(speaks_for.get(name, ()))))
            for each in ready
            if (name := str(each.told.row["name"])) not in told_by or each is not openings.get(name)
        ]

    def _heard_by_all_of(self, member: grouping.Member, speaker: grouping.Member) -> bool:
        """Whether everybody who is to hear of the one hears of the other."""
        mine, theirs = (
            self.routes.readers(self.settings, {"rule": each.rule, "severity": each.severity})
            for each in (member, speaker)
        )
        return set(mine) <= set(theirs)

    def _open_members(self) -> list[grouping.Member]:
        rows = alerts.open_rows(self.site, grouping.FIELDS)
        return [grouping.member_of(row, self.settings.rule(str(row["rule"] or ""))) for row in rows]

    def _spoken_of(self, members: Sequence[grouping.Member]) -> set[str]:
        """Those whose opening somebody was told, or is about to be told."""
        stood = intents.of_alerts(self.site, [each.name for each in members])
        return {
            name
            for name, rows in stood.items()
            if any(row["event"] == "opened" and row["status"] in SPOKEN for row in rows)
        }

    def _hold(self, opening: Ready, held: grouping.Member, speaker: grouping.Member) -> None:
        rule = self.settings.rule(speaker.rule)
        title = self.site.translate(rule.title) if rule else speaker.name
        self._note(opening.intent, told_with(self.site, held, speaker, title), FOLLOWS)

    def _routed(self, due: Sequence[Ready]) -> list[Ready] | None:
        """With deliveries for the channels of each level that they are for; None if others were first."""
        if not due or not self.way.order:
            return []
        many = reasons.given(self.site, self.settings, [each.told for each in due])
        for level, wanted in self._by_level(many).items():
            at = self.settings.at(level)
            way = self.way if level == 1 else routing.route(self.site, at)
            for channel in way.parallel:
                outbox.begin(self.site, wanted, channel.name, "Parallel", channel.audience(self.site, at))
            ringing = self._ringing(wanted) if way.bell else []
            for channel in way.bell if ringing else ():
                outbox.begin(self.site, ringing, channel.name, "Parallel", channel.audience(self.site, at))
            self._begin(wanted, level)
            self._begin_beside(wanted if level == 1 else ())
        by_reason: dict[str, list[Row]] = {}
        for each, told in zip(due, many, strict=True):
            by_reason.setdefault(told.reason, []).append(each.intent)
        for reason, rows in by_reason.items():
            if not intents.move(self.site, rows, "Not sent", because="", reason=reason):
                return None
        return [
            Ready(each.intent | {"status": "Not sent", "because": ""}, told)
            for each, told in zip(due, many, strict=True)
        ]

    def _ringing(self, many: Sequence[Notification]) -> list[Notification]:
        """Those of which the bell rings at once: all that opens, if nobody is left to ring it later."""
        opened = [told for told in many if told.event == "opened"]
        critical = [told for told in opened if told.rings_at_once]
        return opened if len(critical) < len(opened) and no_worker_is_left(self.site) else critical

    def _begin(self, many: Sequence[Notification], level: int) -> None:
        """Deliveries by the channel that is the first one now, whichever it was when these were routed."""
        role: outbox.Role = "First" if level == 1 else "Escalation"
        for key in dict.fromkeys(told.route for told in many):
            self._begin_on([told for told in many if told.route == key], level, key, role)

    def _begin_beside(self, many: Sequence[Notification]) -> None:
        """Deliveries on further routes; of an end also on those on which its beginning was told."""
        ended = {str(told.row["name"]) for told in many if told.event == "resolved"}
        before = outbox.routes_told(self.site, ended)
        by_route: dict[str, list[Notification]] = {}
        for told in many:
            keys = self.routes.readers(self.settings, told.row)
            for key in {*keys, *before.get(str(told.row["name"]), ())} - {told.route}:
                by_route.setdefault(key, []).append(replace(told, route=key))
        for key, wanted in sorted(by_route.items()):
            self._begin_on(wanted, 1, key, "Parallel")

    def _begin_on(self, many: Sequence[Notification], level: int, key: str, role: outbox.Role) -> None:
        at = stored_routes.at(self.site, self.settings, level, key, self.routes)
        way = self.way if level == 1 and not at.route else routing.route(self.site, at)
        for channel in way.order[:1]:
            outbox.begin(self.site, many, channel.name, role, channel.audience(self.site, at))

    def _aimed(self, many: Sequence[Ready]) -> list[Ready]:
        """Each with the route that it is told on first."""
        if not self.routes.routes:
            return list(many)
        return [
            replace(each, told=replace(each.told, route=self.routes.readers(self.settings, each.told.row)[0]))
            if each.told.level == 1
            else each
            for each in many
        ]

    def _by_level(self, many: Sequence[Notification]) -> Mapping[int, list[Notification]]:
        """Whom each is for; levels that were told of an alert hear of its end, and that it got worse."""
        again = [
            told
            for told in many
            if told.level == 1 and (told.event == "resolved" or told.reason == "escalated")
        ]
        levels = outbox.levels_told(self.site, {str(told.row["name"]) for told in again})
        by_level: dict[int, list[Notification]] = {}
        for told in many:
            by_level.setdefault(told.level, []).append(told)
        for told in again:
            for number in sorted(levels.get(str(told.row["name"]), ())):
                by_level.setdefault(number, []).append(replace(told, level=number))
        return by_level

    def _drop(self, rows: Sequence[Row], because: str) -> bool:
        return intents.move(self.site, rows, "Not wanted", because=self.site.translate(because))

    def _note(self, row: Row, because: str, reason: str = "") -> None:
        if (row["because"], row["reason"] or "") != (because, reason) and row["status"] != "Claimed":
            intents.move(self.site, [row], row["status"], because=because, reason=reason)


def _is_first_word(ready: Ready) -> bool:
    """Whether this is the opening of an alert that nobody was told of yet."""
    told = ready.told
    return told.event == "opened" and told.level == 1 and not told.round and ready.intent["status"] == "Due"


def _told(site: Site, alert: Row, intent: Row) -> Notification:
    note = reasons.note(site, intent)
    reason = str(intent["reason"] or "") if intent["reason"] in TOLD_BECAUSE else ""
    round_, level = int(intent["round"] or 0), int(intent["level"] or 1)
    return Notification(alert, intent["event"], note, reason, round_, level)
