"""Alerts, their ids, and the difference between those that are published and those that stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID, uuid5

from domain.judgement import Evidence, Severity
from domain.words import Text

_KEPT = 1 << 16  # ids that are kept: an open alert is asked for its id at every event

NAMESPACE = UUID("0b12a7c4-5d3e-5b8f-9a53-4f7d1b12b12b")


class AlertKind(StrEnum):
    """Something was found, or something is missing that keeps us from telling."""

    FINDING = "finding"
    UNKNOWN = "unknown"


class Change(StrEnum):
    """What happened to an alert.

    Resolved: it no longer stands, but by today's record it rightly stood when it was raised (when it became a finding,
    if what was raised was unknown).  Withdrawn: by today's record it should not have been raised.
    """

    RAISED = "raised"
    UPDATED = "updated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


OPEN_CHANGES: Final = frozenset({Change.RAISED, Change.UPDATED})
"""An alert stands while its newest change is one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One concern about one patient that stands at the time of the assessment."""

    alert_id: str
    patient_id: str
    rule: str
    rule_version: int
    policy_version: str
    kind: AlertKind
    severity: Severity
    phase: str
    regimen: str
    episode: str
    reason: Text
    missing: Text
    wanted_action: Text
    source_statement: str
    evidence: tuple[Evidence, ...]
    standing: bool
    acknowledged_by: str = ""
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAlert:
    """The newest published state of an alert.

    `revision` counts its changes.  `kind_since` is the instant since which it is of its present kind: `raised_at`, or
    when what had been unknown became a finding.  `blind_since`: at its newest change nobody could promise that what
    happened since then was known.  `feed_silent_since`: a feed that could have told otherwise said nothing since then;
    a page may wait for it, but no longer than `hold_page_until`.  `merged_into`: it was withdrawn because
    the patient is watched under this id now.
    """

    alert: Alert
    revision: int
    raised_at: datetime
    kind_since: datetime
    changed_at: datetime
    change: Change
    blind_since: datetime | None = None
    feed_silent_since: datetime | None = None
    hold_page_until: datetime | None = None
    merged_into: str = ""

    @property
    def is_open(self) -> bool:
        return self.change in OPEN_CHANGES


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One change of one alert: what is published, and why now."""

    change_id: str
    published: PublishedAlert
    reason: Text


@dataclass(frozen=True, slots=True)
class SilentFeed:
    """A feed that said nothing since then, for longer than anybody expects."""

    feed: str
    since: datetime


def _nothing_is_silent(alert: Alert) -> SilentFeed | None:
    return None


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is not known to be known.

    `blind_since`: nobody promises that what happened since then is known.  `silent` tells the feed whose silence could
    have faked an alert; the page of such an alert may be held for `hold`.
    """

    blind_since: datetime | None = None
    silent: Callable[[Alert], SilentFeed | None] = _nothing_is_silent
    hold: timedelta = timedelta(0)


NO_DOUBT = Doubt()


@lru_cache(_KEPT)
def alert_id_of(patient_id: str, rule: str, episode: str) -> str:
    """The id of an alert: the same for one patient, rule and episode, whoever computes it and when."""
    return str(uuid5(NAMESPACE, "\x1f".join((patient_id, rule, episode))))


def difference(
    published: Mapping[str, PublishedAlert],
    present: Iterable[Alert],
    *,
    at: datetime,
    offset: int,
    rightly_raised: Callable[[PublishedAlert], bool],
    quiet_because: Mapping[str, Text],
    doubt: Doubt = NO_DOUBT,
) -> tuple[AlertChange, ...]:
    """What has to be published so that the `present` alerts stand published, in the order of rule and id.

    `at` is the instant of the step and `offset` that of the record it came with: they name the changes.
    `rightly_raised` judges an alert that stands no more at its `kind_since` with today's record; `quiet_because` says
    for each rule that is quiet now why it is.
    """
    standing = {alert.alert_id: alert for alert in present}
    gone = [old for old in published.values() if old.is_open and old.alert.alert_id not in standing]
    changes = [_closed(old, at, rightly_raised, quiet_because, doubt) for old in gone]
    for alert in standing.values():
        old = published.get(alert.alert_id)
        changed = _raised_or_updated(old, alert, at, doubt)
        if changed is not None:
            changes.append((changed, _with_doubt(_why(old, changed), changed, doubt)))
    return _in_order(changes, at, offset)


def handed_over(
    published: Mapping[str, PublishedAlert], *, into: str, at: datetime, offset: int, blind_since: datetime | None
) -> tuple[AlertChange, ...]:
    """The open alerts of a patient who is watched as `into` from now on: withdrawn here, with a link to there."""
    reason = "the patient was merged into another, who is watched with all that was known here"
    gone = [
        (replace(_ended(old, at, Change.WITHDRAWN, blind_since), merged_into=into), reason)
        for old in published.values()
        if old.is_open
    ]
    return _in_order(gone, at, offset)


def _in_order(changed: Iterable[tuple[PublishedAlert, Text]], at: datetime, offset: int) -> tuple[AlertChange, ...]:
    """The changes of one step, in the order of rule and id; each with why it comes."""
    in_order = sorted(changed, key=lambda change: (change[0].alert.rule, change[0].alert.alert_id))
    return tuple(
        AlertChange(change_id=_change_id(published, at, offset), published=published, reason=reason)
        for published, reason in in_order
    )


def _closed(
    old: PublishedAlert,
    at: datetime,
    rightly_raised: Callable[[PublishedAlert], bool],
    quiet_because: Mapping[str, Text],
    doubt: Doubt,
) -> tuple[PublishedAlert, Text]:
    reason: Text = quiet_because.get(old.alert.rule, "the question has moved on to another dose or treatment")
    change = Change.RESOLVED if rightly_raised(old) else Change.WITHDRAWN
    if change is Change.WITHDRAWN:
        reason = f"it should not have been raised: {reason}"
    return _ended(old, at, change, doubt.blind_since), reason


def _ended(old: PublishedAlert, at: datetime, change: Change, blind_since: datetime | None) -> PublishedAlert:
    return replace(
        old,
        revision=old.revision + 1,
        changed_at=at,
        change=change,
        blind_since=blind_since,
        feed_silent_since=None,
        hold_page_until=None,
    )


def _raised_or_updated(old: PublishedAlert | None, alert: Alert, at: datetime, doubt: Doubt) -> PublishedAlert | None:
    silent = doubt.silent(alert)
    since, until = (None, None) if silent is None else (silent.since, at + doubt.hold)
    if old is None or not old.is_open:
        return PublishedAlert(
            alert=alert,
            revision=1 if old is None else old.revision + 1,
            raised_at=at,
            kind_since=at,
            changed_at=at,
            change=Change.RAISED,
            blind_since=doubt.blind_since,
            feed_silent_since=since,
            hold_page_until=until,
        )
    is_confirmed = is_doubt_over(old, doubt)
    if not is_confirmed and (old.alert is alert or old.alert == alert):
        return None
    return replace(
        old,
        alert=alert,
        revision=old.revision + 1,
        kind_since=old.kind_since if alert.kind is old.alert.kind else at,
        changed_at=at,
        change=Change.UPDATED,
        blind_since=doubt.blind_since,
        feed_silent_since=since,
        hold_page_until=None if since is None else old.hold_page_until or until,
    )


def is_doubt_over(old: PublishedAlert, doubt: Doubt) -> bool:
    """Whether the alert was said in a doubt that there is no longer."""
    was_doubted = old.blind_since is not None or old.feed_silent_since is not None
    return was_doubted and doubt.blind_since is None and doubt.silent(old.alert) is None


def _with_doubt(reason: Text, said: PublishedAlert, doubt: Doubt) -> Text:
    """While reports may be missing, whoever reads the alert must know that the dose may have been given."""
    if doubt.blind_since is not None:
        since = f"{doubt.blind_since:%Y-%m-%d %H:%M} UTC"
        return f"{reason}; reports may be missing since {since}: what is asked for may be done already"
    silent = doubt.silent(said.alert)
    if silent is None:
        return reason
    since = f"{silent.since:%Y-%m-%d %H:%M} UTC"
    return f"{reason}; feed silent: nothing came on {silent.feed} since {since}: what is asked for may be done already"


def _why(old: PublishedAlert | None, new: PublishedAlert) -> Text:
    """The alert's own reason; where an update leaves that as it was, what is new about the alert goes before it."""
    reason = new.alert.reason
    if old is None or new.change is not Change.UPDATED or old.alert.reason != reason:
        return reason
    if old.alert == new.alert:
        return f"confirmed, no reports are missing any more: {reason}"
    return f"{_news(old.alert, new.alert)}: {reason}"


def _news(old: Alert, new: Alert) -> str:
    if new.severity is not old.severity:
        return f"severity is now {new.severity.word}"
    if new.acknowledged_by != old.acknowledged_by:
        return "acknowledged" if new.acknowledged_by else "no longer acknowledged"
    if new.snoozed_until != old.snoozed_until:
        return f"snoozed until {new.snoozed_until:%Y-%m-%d %H:%M} UTC" if new.snoozed_until else "the snooze is over"
    if new.phase != old.phase:
        return f"the phase is now {new.phase}"
    changed = [name for name in Alert.__dataclass_fields__ if getattr(old, name) != getattr(new, name)]
    return f"changed: {', '.join(name.replace('_', ' ') for name in changed)}"


def _change_id(published: PublishedAlert, at: datetime, offset: int) -> str:
    """A change is named by its alert, its instant and the offset it came with; the revision tells two apart there."""
    name = (published.alert.alert_id, at.isoformat(), str(offset), str(published.revision))
    return str(uuid5(NAMESPACE, "\x1f".join(name)))
