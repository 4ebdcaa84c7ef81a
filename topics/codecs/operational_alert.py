"""What treatment says on `operational-alerts`, to bytes: for those who run b12watch, and without a patient's name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from topics.canonical_json import canonical_json
from topics.schemas.outputs import OperationalAlertV1

OperationalChange = Literal["raised", "updated", "resolved"]


def encode_blind_time(
    subject: str,
    change: OperationalChange,
    *,
    at: datetime,
    since: datetime,
    sources: Mapping[str, datetime | None],
) -> bytes:
    """A partition's time begins to go on without its sources, or ends to."""
    behind = [source for source, time in sorted(sources.items()) if time is None or time < at]
    if change == "raised":
        silent = f"{len(behind)} of {len(sources)} sources are not complete since {_minute(since)}"
        reason = f"time goes on blind: {silent}"
    else:
        reason = "all sources are complete again, and what was said blind is confirmed or taken back"
    return _written("blind-time", subject, change, at=at, since=since, behind=behind, reason=reason)


def encode_unread_messages(
    subject: str,
    change: OperationalChange,
    *,
    at: datetime,
    since: datetime,
    topic: str,
    messages: int,
    patients: int,
) -> bytes:
    """Messages of one source topic about enrolled patients could not be read."""
    if change == "resolved":
        messages = patients = 0
        reason = "none is left: read by now, replaced by a later version, or about nobody who is treated"
    else:
        read = f"{_counted(messages, 'message')} of {topic} about {_counted(patients, 'enrolled patient')}"
        reason = f"{read} could not be read: somebody may be unmonitored; see b12watch dead-letters list"
    told = {"messages": messages, "patients": patients}
    return _written("unread-messages", subject, change, at=at, since=since, behind=[topic], reason=reason, **told)


def encode_feed_silent(
    subject: str,
    change: OperationalChange,
    *,
    at: datetime,
    since: datetime,
    feed: str,
    rhythm: timedelta | None,
    patients: int,
    messages: int,
) -> bytes:
    """Nothing came of a feed for longer than is expected, or something came again: `messages` in the first tick."""
    if change == "raised":
        expected = f"{rhythm / timedelta(hours=1):g} h" if rhythm is not None else "a while"
        reason = f"nothing came on {feed} since {_minute(since)}, and something is expected within {expected}"
    elif messages:
        reason = f"{_counted(messages, 'message')} came on {feed}, after nothing since {_minute(since)}"
    else:
        reason = f"nothing is expected on {feed} any more, or not so soon"
    told = {"messages": messages, "patients": patients}
    return _written("feed-silent", subject, change, at=at, since=since, behind=[feed], reason=reason, **told)


def encode_intake_lags(
    subject: str, change: OperationalChange, *, at: datetime, since: datetime, patients: int
) -> bytes:
    """The log is not complete for longer than is allowed, or is so again."""
    if change == "raised":
        reason = f"intake lags: the log is not complete since {_minute(since)}, and time stands still"
    else:
        reason = f"intake has caught up: it was behind since {_minute(since)}"
    return _written(
        "intake-lags", subject, change, at=at, since=since, behind=["intake"], reason=reason, patients=patients
    )


def encode_held_back_merges(subject: str, patients: int, *, at: datetime) -> bytes:
    """Other patients of a partition than before have merges that are held back."""
    change: OperationalChange = "raised" if patients else "resolved"
    reason = (
        f"merges of {_counted(patients, 'patient')} are not followed, since what is known of them differs or the merges"
        " contradict each other; each is watched alone: patient-status (merge_held_back) says whose and why"
        if patients
        else "no merge is held back any more"
    )
    return _written("merges-held-back", subject, change, at=at, since=at, behind=[], reason=reason, patients=patients)


def _written(kind: str, subject: str, change: OperationalChange, **told: Any) -> bytes:
    alert = OperationalAlertV1.model_validate(
        {"schema_version": 1, "kind": kind, "subject": subject, "change": change, **told}
    )
    return canonical_json(alert.model_dump())


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
