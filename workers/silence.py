"""Feeds that fall silent, as the log of one partition tells, and whether intake lags behind.

Intake says in its ticks what came of each feed; the policy says how long each may say nothing.  A feed is silent from
the very instant at which that is over, which is a review like a patient's, so that a replay finds the same.  A log in
whose ticks nobody listens tells of no silence, and while the time goes on blind nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.alerts import NO_DOUBT, Alert, Doubt, SilentFeed
from domain.policies.general import SilencePolicy
from topics.codecs.clinical_event import Heard
from topics.codecs.operational_alert import OperationalChange, encode_feed_silent, encode_intake_lags
from topics.definitions import CLINICAL_EVENTS, OPERATIONAL_ALERTS
from workers.absence import awaited
from workers.operational import operational
from workers.patient import Patient
from workers.records import Output

FEEDS_KEY: Final = "\x00feeds"  # no patient id has such a character; it comes before all of them
INTAKE: Final = "intake"
"""Stands among the silent feeds while intake lags: whatever feed it may concern."""


@dataclass(frozen=True, slots=True)
class Listened:
    """What came since the last tick, and the log time of this one: nothing can have come later."""

    heard: Mapping[str, Heard]
    at: datetime


@dataclass(frozen=True, slots=True)
class Lag:
    """By the log time `at`, intake is not complete since then; None: it has caught up."""

    since: datetime | None
    at: datetime


FeedEvent = Listened | Lag


class Silence:
    """`concerned` gives the enrolled patients whom a feed is about; `writes` are the topics that somebody reads."""

    def __init__(self, partition: int, concerned: Callable[[str], list[str]], writes: Container[str]) -> None:
        self._partition = partition
        self._concerned = concerned
        self._says = OPERATIONAL_ALERTS.name in writes
        self._heard: dict[str, datetime] | None = None
        self._silent: dict[str, datetime] = {}

    @property
    def heard(self) -> dict[str, datetime] | None:
        """When each feed that has a rhythm was last heard, or was first expected to be; None where nobody listens."""
        return None if self._heard is None else dict(self._heard)

    @property
    def silent(self) -> dict[str, datetime]:
        """Since when each silent feed is."""
        return dict(self._silent)

    def restore(self, heard: Mapping[str, datetime] | None, silent: Mapping[str, datetime]) -> None:
        self._heard = None if heard is None else dict(heard)
        self._silent = dict(silent)

    def hold(self, event: FeedEvent, policy: SilencePolicy) -> list[Output]:
        """What comes before the partition has a time; nothing is judged yet."""
        if isinstance(event, Listened):
            self._hear(event, policy.rhythms)
            return []
        return self._lag(event, policy)[0]

    def step(
        self, event: FeedEvent | None, policy: SilencePolicy, at: datetime, *, is_blind: bool
    ) -> tuple[list[Output], list[str]]:
        """What is to be said at this instant, and who is to be judged anew because of it."""
        if isinstance(event, Lag):
            return self._lag(event, policy)
        rhythms = policy.rhythms
        if isinstance(event, Listened):
            self._hear(event, rhythms)
        if self._heard is None:
            return [], []
        self._heard = {feed: self._heard.get(feed, at) for feed in rhythms}
        over = {feed for feed, last in self._heard.items() if last + rhythms[feed] <= at}
        began = [] if is_blind else sorted(over - self._silent.keys())
        ended = sorted(self._silent.keys() - over - {INTAKE})
        outputs: list[Output] = []
        patients: set[str] = set()
        for feed in (*began, *ended):
            concerned = self._concerned(feed)
            patients.update(concerned)
            since = self._silent.pop(feed, None)
            came = event.heard.get(feed) if isinstance(event, Listened) else None
            if since is None:
                since = self._silent[feed] = self._heard[feed]
            outputs += self._told(feed, since, at, rhythms.get(feed), len(concerned), came)
        return outputs, sorted(patients)

    def review_at(self, policy: SilencePolicy, at: datetime) -> datetime | None:
        """The next instant at which a feed falls silent if nothing comes."""
        limits = (last + policy.rhythms[feed] for feed, last in (self._heard or {}).items() if feed in policy.rhythms)
        return min((limit for limit in limits if limit > at), default=None)

    def lag(self, at: datetime, complete_to: datetime, policy: SilencePolicy) -> Lag | None:
        """What a record of this log time says about intake; None where that is known."""
        is_lagging = at - complete_to >= timedelta(minutes=policy.intake_lags_minutes)
        if is_lagging == (INTAKE in self._silent):
            return None
        return Lag(complete_to if is_lagging else None, at)

    def about(self, patient: Patient) -> tuple[SilentFeed, ...]:
        """The silent feeds that concern an enrolled patient."""
        return silent_about(self._silent, patient)

    def _hear(self, event: Listened, rhythms: Mapping[str, timedelta]) -> None:
        known = self._heard or {}
        came = {feed: min(one.at, event.at) for feed, one in event.heard.items() if feed in rhythms}
        self._heard = {**known, **{feed: max(last, known.get(feed, last)) for feed, last in came.items()}}

    def _lag(self, event: Lag, policy: SilencePolicy) -> tuple[list[Output], list[str]]:
        concerned = self._concerned(INTAKE)
        since = event.since
        if since is None:
            since = self._silent.pop(INTAKE)
        else:
            self._silent[INTAKE] = since
        change: OperationalChange = "resolved" if event.since is None else "raised"
        subject = f"{CLINICAL_EVENTS.name}/{self._partition}/{INTAKE}"
        value = encode_intake_lags(subject, change, at=event.at, since=since, patients=len(concerned))
        return [operational(subject, value, self._partition)] if self._says else [], concerned

    def _told(
        self,
        feed: str,
        since: datetime,
        at: datetime,
        rhythm: timedelta | None,
        patients: int,
        came: Heard | None,
    ) -> Iterable[Output]:
        if not self._says:
            return
        change: OperationalChange = "raised" if feed in self._silent else "resolved"
        subject = f"{CLINICAL_EVENTS.name}/{self._partition}/silent/{feed}"
        messages = came.messages if came is not None else 0
        value = encode_feed_silent(
            subject, change, at=at, since=since, feed=feed, rhythm=rhythm, patients=patients, messages=messages
        )
        yield operational(subject, value, self._partition)


def silent_about(silent: Mapping[str, datetime], patient: Patient) -> tuple[SilentFeed, ...]:
    """Of these feeds, silent since then, those that concern an enrolled patient."""
    if not silent or not patient.is_enrolled:
        return ()
    return tuple(SilentFeed(feed, since) for feed, since in sorted(silent.items()) if speaks_of(feed, patient))


def speaks_of(feed: str, patient: Patient) -> bool:
    """Whether the feed is one of those that speak of the patient: a topic is, and a source from which a fact came."""
    source = feed.partition("/")[2]
    return not source or any(known.fact.source == source for known in patient.record.known.values())


def speaks_of_all(feed: str) -> bool:
    """Whether it is a topic, and no source within one."""
    return "/" not in feed


def doubt_of(silent: tuple[SilentFeed, ...], policy: SilencePolicy, blind_since: datetime | None) -> Doubt:
    """What the silence of these feeds casts doubt on."""
    if not silent and blind_since is None:
        return NO_DOUBT

    def could_have_faked(alert: Alert) -> SilentFeed | None:
        topics = awaited(alert)
        waited_for = [one for one in silent if one.feed.partition("/")[0] in topics]
        return min(waited_for, key=lambda one: (one.since, one.feed), default=None)

    return Doubt(blind_since, could_have_faked, timedelta(hours=policy.hold_page_hours))
