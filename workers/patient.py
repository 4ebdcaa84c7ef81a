"""One patient in the memory of the partition's owner: the record, what is published, and how the two are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    is_doubt_over,
)
from domain.assess import Assessment, alert_then, assess
from domain.facts import Fact, rank
from domain.judgement import Quiet
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.record import Known, Record
from domain.sight import remembered
from domain.situation import Situation
from topics.codecs.clinical_event import Unread


class Marks(NamedTuple):
    """What may be missing of what is known of a patient: messages that could not be read, and feeds that are silent."""

    unread: tuple[Unread, ...] = ()
    silent: tuple[SilentFeed, ...] = ()


NO_MARKS: Final = Marks()


@dataclass(slots=True)
class Patient:
    """Record and published alerts; `assessment` is the newest one, with the status that is published; None before the
    first.  `is_compared`: what is published was compared with it, and not only given back by a store."""

    record: Record
    published: dict[str, PublishedAlert] = field(default_factory=dict)
    assessment: Assessment | None = None
    is_compared: bool = False
    marks: Marks = NO_MARKS  # as the status that is published says

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known or published any more."""
        return not self.record.known and not self.published

    @property
    def is_enrolled(self) -> bool:
        """Whether there is a plan by now, and the treatment has not ended."""
        if self.assessment is None:
            return False
        situation = self.assessment.situation
        return bool(situation.regimen) and situation.phase is not Phase.ENDED

    @property
    def is_doubted(self) -> bool:
        """Whether an alert stands that was said blind."""
        return any(alert.blind_since is not None and alert.is_open for alert in self.published.values())

    def restore(self, known: Iterable[Known], published: Mapping[str, PublishedAlert]) -> None:
        """Take back what a store kept."""
        self.record = self.record.restore(known)
        self.published = dict(published)

    def review_at(self, assessment: Assessment, policy: Policy) -> datetime | None:
        """The next instant at which something happens to this patient if nobody says anything."""
        leaving = (leaves_at(alert, policy) for alert in self.published.values() if not alert.is_open)
        return min(filter(None, (assessment.next_review_at, *leaving)), default=None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step found: changes to publish, closed alerts that leave, facts (ids) that no later assessment will look
    at, the situation if it changed."""

    changes: tuple[AlertChange, ...]
    left: tuple[str, ...]
    forgotten: tuple[str, ...]
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
    assessment = assess(patient.record, policy, at, earlier=before)
    patient.assessment = assessment
    left = _leaving(patient, policy, at)
    for alert_id in left:
        del patient.published[alert_id]
    changes: tuple[AlertChange, ...] = ()
    if (
        before is None
        or not patient.is_compared
        or left
        or assessment.alerts is not before.alerts
        or any(alert.is_open and is_doubt_over(alert, doubt) for alert in patient.published.values())
    ):
        changes = _changes(patient, assessment, policy, at, offset, doubt)
        patient.is_compared = True
    for change in changes:
        patient.published[change.published.alert.alert_id] = change.published
    is_news = before is None or assessment.situation != before.situation
    return Outcome(
        changes=changes,
        left=tuple(alert_id for alert_id in left if alert_id not in patient.published),
        forgotten=_forget(patient, policy, at),
        situation=assessment.situation if is_news else None,
        review_at=patient.review_at(assessment, policy),
    )


def _forget(patient: Patient, policy: Policy, at: datetime) -> tuple[str, ...]:
    """Keep only what some later assessment may look at, and say which facts went."""
    known = patient.record.known
    patient.record = remembered(patient.record, policy, Moment(at))
    if patient.record.known is known:
        return ()
    return tuple(fact_id for fact_id in known if fact_id not in patient.record.known)


def _leaving(patient: Patient, policy: Policy, at: datetime) -> tuple[str, ...]:
    return tuple(
        alert_id
        for alert_id, alert in sorted(patient.published.items())
        if not alert.is_open and at >= leaves_at(alert, policy)
    )


def _changes(
    patient: Patient, assessment: Assessment, policy: Policy, at: datetime, offset: int, doubt: Doubt
) -> tuple[AlertChange, ...]:
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
