"""One patient in the memory of the partition's owner: the record, what is published, and how the two are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.alerts import AlertChange, AlertKind, PublishedAlert, difference
from domain.assess import Assessment, assess
from domain.judgement import Quiet
from domain.policy import Policy
from domain.record import Known, Record
from domain.situation import Situation


@dataclass(slots=True)
class Patient:
    """Record and published alerts; `situation` is the published status, None before the first."""

    record: Record
    published: dict[str, PublishedAlert] = field(default_factory=dict)
    situation: Situation | None = None

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
    """What a step found: changes to publish, closed alerts that leave, the situation if it changed."""

    changes: tuple[AlertChange, ...]
    left: tuple[str, ...]
    situation: Situation | None
    review_at: datetime | None


def leaves_at(closed: PublishedAlert, policy: Policy) -> datetime:
    """When a closed alert leaves the topic of present alerts."""
    return closed.changed_at + timedelta(days=policy.alerts.closed_kept_days)


def judge(patient: Patient, policy: Policy, at: datetime, offset: int) -> Outcome:
    """Assess the patient at `at`, publish the difference into `patient`, and say what it was."""
    assessment = assess(patient.record, policy, at)

    def rightly_raised(old: PublishedAlert) -> bool:
        kinds = {AlertKind.FINDING, old.alert.kind}  # a finding must have been one; less may have been more
        views = (
            assess(patient.record, policy, old.kind_since, days_count_when_over=day_is_over)
            for day_is_over in (False, True)  # charted with a day alone, a dose may have come before the alert or after
        )
        alerts = (alert for view in views for alert in view.alerts)
        return any(alert.alert_id == old.alert.alert_id and alert.kind in kinds for alert in alerts)

    left = tuple(
        alert_id
        for alert_id, alert in sorted(patient.published.items())
        if not alert.is_open and at >= leaves_at(alert, policy)
    )
    for alert_id in left:
        del patient.published[alert_id]
    changes = difference(
        patient.published,
        assessment.alerts,
        at=at,
        offset=offset,
        rightly_raised=rightly_raised,
        quiet_because={rule: j.because for rule, j in assessment.judgements.items() if isinstance(j, Quiet)},
    )
    for change in changes:
        patient.published[change.published.alert.alert_id] = change.published
    is_news = assessment.situation != patient.situation
    patient.situation = assessment.situation
    return Outcome(
        changes=changes,
        left=tuple(alert_id for alert_id in left if alert_id not in patient.published),
        situation=assessment.situation if is_news else None,
        review_at=patient.review_at(assessment, policy),
    )
