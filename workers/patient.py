"""One patient in the memory of the partition's owner: the record, what is published, and how the two are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from domain.alerts import (
    NO_DOUBT,
    AlertChange,
    AlertKind,
    Doubt,
    PublishedAlert,
    SilentFeed,
    difference,
    handed_over,
    is_doubt_over,
)
from domain.assess import Assessment, alert_then, assess
from domain.facts import Fact, Identity, Merge, rank
from domain.judgement import Quiet
from domain.merges import ALONE, Kin, Link, kin_of
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.record import Handed, Known, Record, joined, merge
from domain.sight import remembered
from domain.situation import Situation
from topics.codecs.clinical_event import Unread


class Marks(NamedTuple):
    """What may be missing of what is known of a patient: messages that could not be read, and feeds that are silent."""

    unread: tuple[Unread, ...] = ()
    silent: tuple[SilentFeed, ...] = ()


NO_MARKS: Final = Marks()


class Outlook(NamedTuple):
    """What the store says of a patient to whoever takes the partition over; see `OutlookV1`."""

    review_at: datetime | None
    is_enrolled: bool


@dataclass(slots=True)
class Patient:
    """Record and published alerts.

    `assessment` is the newest one (None before the first, and after a rest), `situation` what the published status
    says.  `is_compared`: what is published was compared with an assessment, and not only given back by a store.

    `record` is what is looked at: the patient's own facts, joined with those that others handed on and who are watched
    here by now.  `handed` keeps the facts of each who ever handed some on, looked at or not; `links` is what is known
    of merges, by fact id; `told` is the kin that was published.
    """

    record: Record
    published: dict[str, PublishedAlert] = field(default_factory=dict)
    assessment: Assessment | None = None
    situation: Situation | None = None
    is_compared: bool = False
    handed: dict[str, Record] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    kin: Kin = ALONE
    told: Kin = ALONE
    marks: Marks = NO_MARKS  # as the status that is published says
    outlook: Outlook | None = None  # as the store says

    @property
    def own(self) -> Record:
        """What came under the patient's own id."""
        return self.record.parts[0] if self.record.parts else self.record

    @property
    def by_origin(self) -> dict[str, Record]:
        """The facts by who handed them on; those that came under the patient's own id are under ""."""
        return {"": self.own, **self.handed}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known or published any more."""
        return not self.record.known and not self.published and not self.handed

    def entries(self) -> Iterator[Known]:
        """All that a store has to keep."""
        yield from self.own
        for part in self.handed.values():
            yield from part

    @property
    def size(self) -> int:
        """How many facts a store has to keep; asked from another thread while a batch is in work."""
        return len(self.own.known) + sum(len(part.known) for part in list(self.handed.values()))

    def add(self, fact: Fact, known_at: datetime) -> Known | None:
        """Add a fact that came under the patient's own id; gives what is known of it now, None where it is no news."""
        before = self.own
        own = before.add(fact, known_at)
        if own is before:
            return None
        self._look_at(own)
        return own.known[fact.fact_id]

    def take(self, origin: str, known: Iterable[Known], at: datetime) -> list[Known]:
        """Take what another patient handed on; gives what is news."""
        before = self.handed.get(origin, Record(origin))
        part = before
        for one in known:
            old = part.known.get(one.fact.fact_id)
            new = merge(old, replace(one, handed=Handed(at, origin)))
            if new is not old:
                part = part.with_known(old, new)
        self.handed[origin] = part
        self._look_at(self.own)
        return [one for fact_id, one in part.known.items() if before.known.get(fact_id) is not one]

    def follow(self, links: Mapping[str, Link]) -> None:
        """From here on these are the links that are known."""
        self.links = dict(links)
        self.kin = kin_of(self.record.patient_id, self.links.values())
        self._look_at(self.own)

    def _look_at(self, own: Record) -> None:
        origins = self.kin.origins
        self.record = joined([own, *(self.handed.get(o, Record(o)) for o in origins)]) if origins else own

    @property
    def is_enrolled(self) -> bool:
        """Whether there is a plan by now, and the treatment has not ended."""
        situation = self.situation
        return situation is not None and bool(situation.regimen) and situation.phase is not Phase.ENDED

    @property
    def is_doubted(self) -> bool:
        """Whether an alert stands that was said blind."""
        return any(alert.blind_since is not None and alert.is_open for alert in self.published.values())

    def outlook_for(self, review_at: datetime | None) -> Outlook | None:
        """What the store has to say when that is the next review.

        None of one of whom there is nothing, and of one who is or was merged: to take that one over, the facts have to
        be looked at.
        """
        if self.is_empty or self.links or self.handed:
            return None
        return Outlook(review_at, self.is_enrolled)

    def restore(self, known: Iterable[Known], published: Mapping[str, PublishedAlert]) -> None:
        """Take back what a store kept."""
        own: list[Known] = []
        others: dict[str, list[Known]] = {}
        for one in known:
            (own if one.handed is None else others.setdefault(one.handed.origin, [])).append(one)
        self.handed = {origin: Record(origin).restore(part) for origin, part in others.items()}
        self.record = self.record.restore(own)
        self.published = dict(published)
        links = {one.fact.fact_id: one.fact for one in own if isinstance(one.fact, Merge | Identity)}
        if links:
            self.follow(links)
            self.told = self.kin

    def take_up(self, assessment: Assessment, policy: Policy) -> datetime | None:
        """Go on from what was published by this assessment, and give the next review."""
        self.assessment, self.situation = assessment, assessment.situation
        return self.review_at(assessment, policy)

    def review_at(self, assessment: Assessment, policy: Policy) -> datetime | None:
        """The next instant at which something happens to this patient if nobody says anything."""
        leaving = (leaves_at(alert, policy) for alert in self.published.values() if not alert.is_open)
        return min(filter(None, (assessment.next_review_at, *leaving)), default=None)


@dataclass(slots=True)
class Outcome:
    """What a step found: changes to publish, closed alerts that leave, facts (by origin and id; "": own ones) that no
    later assessment will look at, the situation if it changed."""

    changes: tuple[AlertChange, ...]
    left: tuple[str, ...]
    forgotten: tuple[tuple[str, str], ...]
    situation: Situation | None
    review_at: datetime | None


def outcome_of(fact: Fact, before: Known | None) -> str:
    """As what a fact is counted that came when `before` was known of it."""
    if before is None or rank(fact) > rank(before.fact):
        return "new facts"
    return "duplicates" if rank(fact) == rank(before.fact) else "outdated versions"


def leaves_at(closed: PublishedAlert, policy: Policy) -> datetime:
    """When a closed alert leaves the topic of present alerts."""
    return closed.changed_at + timedelta(days=policy.alerts.closed_kept_days)


def judge(patient: Patient, policy: Policy, at: datetime, offset: int, doubt: Doubt = NO_DOUBT) -> Outcome:
    """Assess the patient at `at`, publish the difference into `patient`, and say what it was."""
    before = patient.assessment
    is_joined = bool(patient.record.parts) or (before is not None and bool(before.derived.record.parts))
    assessment = assess(patient.record, policy, at, earlier=None if is_joined else before)
    is_other_kin = patient.kin is not patient.told and patient.kin != patient.told
    patient.told = patient.kin
    patient.assessment = assessment
    left = _leaving(patient, policy, at)
    for alert_id in left:
        del patient.published[alert_id]
    changes: tuple[AlertChange, ...] = ()
    if (
        before is None
        or not patient.is_compared
        or left
        or is_other_kin
        or assessment.alerts is not before.alerts
        or any(alert.is_open and is_doubt_over(alert, doubt) for alert in patient.published.values())
    ):
        changes = _changes(patient, assessment, policy, at, offset, doubt)
        patient.is_compared = True
    for change in changes:
        patient.published[change.published.alert.alert_id] = change.published
    is_news = is_other_kin or assessment.situation != patient.situation
    patient.situation = assessment.situation
    return Outcome(
        changes=changes,
        left=tuple(alert_id for alert_id in left if alert_id not in patient.published),
        forgotten=_forget(patient, policy, at),
        situation=assessment.situation if is_news else None,
        review_at=patient.review_at(assessment, policy),
    )


def _forget(patient: Patient, policy: Policy, at: datetime) -> tuple[tuple[str, str], ...]:
    """Keep only what some later assessment may look at, and say which facts went."""
    record = patient.record
    kept = remembered(record, policy, Moment(at))
    if kept.known is record.known:
        return ()
    if not record.parts:
        patient.record = kept
        return tuple(("", fact_id) for fact_id in record.known if fact_id not in kept.known)
    return _forget_of_parts(patient, kept, policy, at)


def _forget_of_parts(patient: Patient, kept: Record, policy: Policy, at: datetime) -> tuple[tuple[str, str], ...]:
    """The same of each id of one person: what the patient alone may look at stays, for they may be parted again."""
    parts: list[Record] = []
    forgotten: list[tuple[str, str]] = []
    for n, (part, seen) in enumerate(zip(patient.record.parts, kept.parts, strict=True)):
        alone = remembered(part, policy, Moment(at)).known
        left = part.only(k for k in part if k.fact.fact_id in alone or k.fact.fact_id in seen.known)
        parts.append(left)
        origin = part.patient_id if n else ""
        forgotten += [(origin, fact_id) for fact_id in part.known if fact_id not in left.known]
        if origin in patient.handed:
            patient.handed[origin] = left
    patient.record = joined(parts)
    return tuple(forgotten)


def _leaving(patient: Patient, policy: Policy, at: datetime) -> tuple[str, ...]:
    return tuple(
        alert_id
        for alert_id, alert in sorted(patient.published.items())
        if not alert.is_open and at >= leaves_at(alert, policy)
    )


def _changes(
    patient: Patient, assessment: Assessment, policy: Policy, at: datetime, offset: int, doubt: Doubt
) -> tuple[AlertChange, ...]:
    into = patient.kin.into
    if into:
        return handed_over(patient.published, into=into, at=at, offset=offset, blind_since=doubt.blind_since)

    def rightly_raised(old: PublishedAlert) -> bool:
        kinds = {AlertKind.FINDING, old.alert.kind}  # a finding must have been one; less may have been more
        views = (
            alert_then(old.alert.rule, patient.record, policy, old.kind_since, days_count_when_over=day_is_over)
            for day_is_over in (False, True)  # charted with a day alone, a dose may have come before the alert or after
        )
        return any(a is not None and a.alert_id == old.alert.alert_id and a.kind in kinds for a in views)

    return difference(
        patient.published,
        assessment.alerts,
        at=at,
        offset=offset,
        rightly_raised=rightly_raised,
        quiet_because={rule: j.because for rule, j in assessment.judgements.items() if isinstance(j, Quiet)},
        doubt=doubt,
    )
