"""Alerts, their ids, and the difference between those that are published and those that stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
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
    happened since then was known.  `merged_into`: it was withdrawn because the patient is watched under this id now.
    """

    alert: Alert
    revision: int
    raised_at: datetime
    kind_since: datetime
    changed_at: datetime
    change: Change
    blind_since: datetime | None = None
    merged_into: str = ""

    @property
    def is_open(self) -> bool:
        return self.change in (Change.RAISED, Change.UPDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One change of one alert: what is published, and why now."""

    change_id: str
    published: PublishedAlert
    reason: Text


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
    blind_since: datetime | None = None,
) -> tuple[AlertChange, ...]:
    """What has to be published so that the `present` alerts stand published, in the order of rule and id.

    `at` is the instant of the step and `offset` that of the record it came with: they name the changes.
    `rightly_raised` judges an alert that stands no more at its `kind_since` with today's record; `quiet_because` says
    for each rule that is quiet now why it is.  `blind_since`: nobody promises that what happened since then is known.
    """
    standing = {alert.alert_id: alert for alert in present}
    gone = [old for old in published.values() if old.is_open and old.alert.alert_id not in standing]
    changes = [_closed(old, at, rightly_raised, quiet_because, blind_since) for old in gone]
    for alert in standing.values():
        old = published.get(alert.alert_id)
        changed = _raised_or_updated(old, alert, at, blind_since)
        if changed is not None:
            changes.append((changed, _with_doubt(_why(old, changed), blind_since)))
    changes.sort(key=lambda change: (change[0].alert.rule, change[0].alert.alert_id))
    return tuple(
        AlertChange(change_id=_change_id(published, at, offset), published=published, reason=reason)
        for published, reason in changes
    )


def handed_over(
    published: Mapping[str, PublishedAlert], *, into: str, at: datetime, offset: int, blind_since: datetime | None
) -> tuple[AlertChange, ...]:
    """The open alerts of a patient who is watched as `into` from now on: withdrawn here, with a link to there."""
    reason = "the patient was merged into another, who is watched with all that was known here"
    gone = [
        replace(
            old,
            revision=old.revision + 1,
            changed_at=at,
            change=Change.WITHDRAWN,
            blind_since=blind_since,
            merged_into=into,
        )
        for old in published.values()
        if old.is_open
    ]
    gone.sort(key=lambda one: (one.alert.rule, one.alert.alert_id))
    return tuple(AlertChange(change_id=_change_id(one, at, offset), published=one, reason=reason) for one in gone)


def _closed(
    old: PublishedAlert,
    at: datetime,
    rightly_raised: Callable[[PublishedAlert], bool],
    quiet_because: Mapping[str, Text],
    blind_since: datetime | None,
) -> tuple[PublishedAlert, Text]:
    reason: Text = quiet_because.get(old.alert.rule, "the question has moved on to another dose or treatment")
    change = Change.RESOLVED if rightly_raised(old) else Change.WITHDRAWN
    if change is Change.WITHDRAWN:
        reason = f"it should not have been raised: {reason}"
    return replace(old, revision=old.revision + 1, changed_at=at, change=change, blind_since=blind_since), reason


def _raised_or_updated(
    old: PublishedAlert | None, alert: Alert, at: datetime, blind_since: datetime | None
) -> PublishedAlert | None:
    if old is None or not old.is_open:
        return PublishedAlert(
            alert=alert,
            revision=1 if old is None else old.revision + 1,
            raised_at=at,
            kind_since=at,
            changed_at=at,
            change=Change.RAISED,
            blind_since=blind_since,
        )
    is_confirmed = old.blind_since is not None and blind_since is None
    if not is_confirmed and (old.alert is alert or old.alert == alert):
        return None
    return replace(
        old,
        alert=alert,
        revision=old.revision + 1,
        kind_since=old.kind_since if alert.kind is old.alert.kind else at,
        changed_at=at,
        change=Change.UPDATED,
        blind_since=blind_since,
    )


def _with_doubt(reason: Text, blind_since: datetime | None) -> Text:
    """While time goes on without the sources, whoever reads the alert must know that the dose may have been given."""
    if blind_since is None:
        return reason
    since = f"{blind_since:%Y-%m-%d %H:%M} UTC"
    return f"{reason}; reports may be missing since {since}: what is asked for may be done already"


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
