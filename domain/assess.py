"""assess(record, policy, at): the whole of a patient's situation, from what is known and the time, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.alerts import Alert, AlertKind, alert_id_of
from domain.calendar import ClinicalTime, local_day
from domain.case import Case, case_of
from domain.facts import Action
from domain.judgement import CannotTell, Fires, Judgement, Quiet
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.record import Record
from domain.rules import ALL_RULES, Rule
from domain.schedule import DoseWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the patient's status page shows; `coming`, `missing` and `remarks` are phrases for people."""

    phase: Phase
    phase_since: date | None
    phase_because: str
    regimen: str
    next_dose: DoseWindow | None
    coming: tuple[str, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    newest_data: ClinicalTime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The answer; it cannot change before `next_review_at` unless a fact arrives."""

    situation: Situation
    alerts: tuple[Alert, ...]
    judgements: Mapping[str, Judgement]
    next_review_at: datetime | None


def assess(record: Record, policy: Policy, at: datetime, *, days_count_when_over: bool = False) -> Assessment:
    """Judge all rules about one patient at the instant `at` (with offset); the flag is explained at `Moment`."""
    now = Moment(at, days_count_when_over=days_count_when_over)
    case = case_of(record, policy, now)
    judgements = {rule.RULE_ID: rule.judge(case, policy, now) for rule in ALL_RULES}
    alerts = [
        _alert(rule, judgement, case, policy, now)
        for rule in ALL_RULES
        if not isinstance(judgement := judgements[rule.RULE_ID], Quiet)
    ]
    assert now.next_change is None or now.next_change > at, f"review {now.next_change} not after {at}"
    return Assessment(
        situation=_situation(case, judgements),
        alerts=tuple(sorted(alerts, key=lambda alert: (alert.rule, alert.alert_id))),
        judgements=judgements,
        next_review_at=now.next_change,
    )


def _alert(rule: Rule, judgement: Fires | CannotTell, case: Case, policy: Policy, now: Moment) -> Alert:
    course = case.course
    alert_id = alert_id_of(course.patient_id, rule.RULE_ID, judgement.episode)
    acknowledged_by, snoozed_until = _answered(alert_id, judgement, case, policy, now)
    return Alert(
        alert_id=alert_id,
        patient_id=course.patient_id,
        rule=rule.RULE_ID,
        rule_version=rule.VERSION,
        policy_version=policy.version,
        kind=AlertKind.UNKNOWN if isinstance(judgement, CannotTell) else AlertKind.FINDING,
        severity=judgement.severity,
        phase=case.phase,
        regimen=course.plan.regimen if course.plan else "",
        episode=judgement.episode,
        reason=judgement.because,
        missing=judgement.missing if isinstance(judgement, CannotTell) else "",
        wanted_action=judgement.wanted,
        source_statement=judgement.source,
        evidence=judgement.evidence,
        standing=course.enrolled_at is not None and judgement.since < course.enrolled_at,
        acknowledged_by=acknowledged_by,
        snoozed_until=snoozed_until,
    )


def _answered(
    alert_id: str, judgement: Fires | CannotTell, case: Case, policy: Policy, now: Moment
) -> tuple[str, datetime | None]:
    """Who acknowledged the alert, and until when it is snoozed.

    An answer covers what could be seen when it was given: not an earlier stretch of the alert, and not evidence that
    came later (a note that is acknowledged must not silence the low count that follows).
    """
    zone = case.course.zone
    seen_from = max(_seen_from(judgement, case))
    actions = [
        action
        for action in case.course.actions
        if action.alert_id == alert_id and _may_answer(action.time, seen_from, policy, zone)
    ]
    by = next((action.actor for action in reversed(actions) if action.action is Action.ACKNOWLEDGED), "")
    until = [action.until.instant(zone) for action in actions if action.action is Action.SNOOZED and action.until]
    snoozed = until[-1] if until and not now.reached(until[-1]) else None
    return by, snoozed


def _seen_from(judgement: Fires | CannotTell, case: Case) -> list[datetime]:
    """Since when the alert stands, and when each fact that it rests on became known.

    An amended plan is no news by itself.
    """
    course = case.course
    plan_id = course.plan.fact_id if course.plan else ""
    ids = [evidence.fact_id for evidence in judgement.evidence if evidence.fact_id != plan_id]
    return [judgement.since, *(course.known_since[fact_id] for fact_id in ids)]


def _may_answer(time: ClinicalTime, seen_from: datetime, policy: Policy, zone: ZoneInfo) -> bool:
    """Whether an action of this time may have been about what could be seen from `seen_from` on."""
    if time.is_day:
        return time.day(zone) >= local_day(seen_from, zone)
    return time.instant(zone) >= seen_from - policy.tolerance  # a feed's clock may be a little behind


def _situation(case: Case, judgements: Mapping[str, Judgement]) -> Situation:
    course, phase = case.course, case.phase_now
    return Situation(
        phase=phase.phase,
        phase_since=phase.since,
        phase_because=phase.because,
        regimen=course.plan.regimen if course.plan else "",
        next_dose=case.next_dose if isinstance(case.next_dose, DoseWindow) else None,
        coming=tuple(j.coming for j in judgements.values() if isinstance(j, Quiet) and j.coming),
        missing=_missing(case, judgements),
        remarks=course.remarks,
        newest_data=course.newest_data,
    )


def _missing(case: Case, judgements: Mapping[str, Judgement]) -> tuple[str, ...]:
    """What the plan leaves unsaid, and what keeps rules from telling; each once."""
    asked = (j.missing for j in judgements.values() if isinstance(j, CannotTell))
    return tuple(dict.fromkeys((*case.course.missing, *asked)))
