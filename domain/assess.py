"""assess(record, policy, at): the whole of a patient's situation, from what is known and the time, and nothing else.

Given an earlier assessment of the same patient, judgements that are still valid are kept: one whose views did not
change, and whose own limits the time has not reached.  The answer is the same either way; that is a law.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, reduce
from operator import or_
from typing import Final, NamedTuple

from domain.alerts import Alert, AlertKind, alert_id_of
from domain.answers import answered
from domain.derive import Derived, derive
from domain.judgement import CannotTell, Evidence, Fires, Judgement, Quiet
from domain.moment import FAR, Moment
from domain.policy import Policy
from domain.record import Record
from domain.rules import ALL_RULES, RULES, Rule
from domain.situation import Situation, situation_of
from domain.views import View
from domain.words import fact_says

_READ: Final = reduce(or_, (rule.READS for rule in ALL_RULES))  # by any rule
_ALERT_READS: Final = View.PLAN | View.PHASE | View.ACTIONS  # beside the judgement itself


class Judged(NamedTuple):
    """What a rule answered, until when that holds if nothing changes, and the alert that it makes."""

    judgement: Judgement
    until: datetime
    alert: Alert | None


@dataclass(slots=True, kw_only=True)  # never changed, but made for every event, as `Derived` is
class Assessment:
    """The answer; it cannot change before `next_review_at` unless a fact arrives."""

    made_at: datetime
    policy: Policy
    derived: Derived = field(compare=False, repr=False)
    judged: tuple[Judged, ...]
    situation: Situation
    alerts: tuple[Alert, ...]
    next_review_at: datetime | None

    @property
    def judgements(self) -> Mapping[str, Judgement]:
        """What each rule answered, by its id."""
        return {rule.RULE_ID: judged.judgement for rule, judged in zip(ALL_RULES, self.judged, strict=True)}


def assess(
    record: Record,
    policy: Policy,
    at: datetime,
    *,
    days_count_when_over: bool = False,
    earlier: Assessment | None = None,
) -> Assessment:
    """Judge all rules about one patient at the instant `at` (with offset); the flag is explained at `Moment`.

    `earlier` saves work: an assessment of this patient at the same time or before, that knew no fact that `record` has
    in another version now.  One of another policy, or of a later time, is not used.
    """
    if earlier is not None and (earlier.policy is not policy or earlier.made_at > at or days_count_when_over):
        earlier = None
    derived = derive(
        record, policy, at, days_count_when_over=days_count_when_over, earlier=earlier.derived if earlier else None
    )
    now = Moment(at, days_count_when_over=days_count_when_over)
    judged, news = _judge_all(derived, policy, now, earlier)
    until = min(derived.until, min([j.until for j in judged]))
    assert until > at, f"review {until} not after {at}"
    return Assessment(
        made_at=at,
        policy=policy,
        derived=derived,
        judged=judged,
        situation=situation_of(derived, [j.judgement for j in judged]),
        alerts=_alerts(judged) if earlier is None or news else earlier.alerts,
        next_review_at=None if until is FAR else until,
    )


def alert_then(
    rule_id: str, record: Record, policy: Policy, at: datetime, *, days_count_when_over: bool = False
) -> Alert | None:
    """The alert that one rule would have made at `at` by what `record` knows: a look back at one concern.

    None where it would have been quiet, and for a rule that there is no more.
    """
    rule = RULES.get(rule_id)
    if rule is None:
        return None
    derived = derive(record, policy, at, days_count_when_over=days_count_when_over)
    return _judge(rule, derived, policy, Moment(at, days_count_when_over=days_count_when_over)).alert


def _alerts(judged: tuple[Judged, ...]) -> tuple[Alert, ...]:
    return tuple(sorted([j.alert for j in judged if j.alert is not None], key=_place))


def _place(alert: Alert) -> tuple[str, str]:
    return alert.rule, alert.alert_id


def _judge_all(
    derived: Derived, policy: Policy, now: Moment, earlier: Assessment | None
) -> tuple[tuple[Judged, ...], bool]:
    """What all rules answer, and whether any made an alert anew."""
    if earlier is None:
        return tuple([_judge(rule, derived, policy, now) for rule in ALL_RULES]), True
    judged, news = list(earlier.judged), False
    for n in _concerned(derived.changed, judged, now):
        old = judged[n]
        judged[n] = _judge(ALL_RULES[n], derived, policy, now)
        news = news or old.alert is not None or judged[n].alert is not None
    return tuple(judged), news


def _concerned(changed: int, judged: list[Judged], now: Moment) -> Iterable[int]:
    """The rules that read what changed, those whose time has come, and those whose alert may look otherwise."""
    at = now.at  # their limits are noted already
    over = [n for n, old in enumerate(judged) if old.until <= at]
    if changed & _ALERT_READS:
        over += [n for n, old in enumerate(judged) if old.alert is not None]
    readers = _readers(changed & _READ)
    return sorted({*readers, *over}) if over else readers


@lru_cache(4096)
def _readers(changed: int) -> tuple[int, ...]:
    return tuple(n for n, rule in enumerate(ALL_RULES) if changed & rule.READS)


def _judge(rule: Rule, derived: Derived, policy: Policy, now: Moment) -> Judged:
    now.next_change = None
    judgement = rule.judge(derived.case, policy, now)
    alert = None if isinstance(judgement, Quiet) else _alert(rule, judgement, derived, policy, now)
    return Judged(judgement, now.next_change or FAR, alert)


def _alert(rule: Rule, judgement: Fires | CannotTell, derived: Derived, policy: Policy, now: Moment) -> Alert:
    case = derived.case
    alert_id = alert_id_of(case.patient_id, rule.RULE_ID, judgement.episode)
    alert_ids = [alert_id]
    if derived.record.parts:
        alert_ids = [alert_id_of(part.patient_id, rule.RULE_ID, judgement.episode) for part in derived.record.parts]
    acknowledged_by, snoozed_until = answered(alert_ids, judgement, derived, policy, now)
    return Alert(
        alert_id=alert_id,
        patient_id=case.patient_id,
        rule=rule.RULE_ID,
        rule_version=rule.VERSION,
        policy_version=policy.version,
        kind=AlertKind.UNKNOWN if isinstance(judgement, CannotTell) else AlertKind.FINDING,
        severity=policy.severities.of(rule.RULE_ID, judgement.severity),
        phase=case.phase,
        regimen=case.plan.regimen if case.plan else "",
        episode=judgement.episode,
        reason=judgement.because,
        missing=judgement.missing if isinstance(judgement, CannotTell) else "",
        wanted_action=judgement.wanted,
        source_statement=judgement.source,
        evidence=tuple(Evidence(fact_id=f.fact_id, says=fact_says(f), time=f.time) for f in judgement.evidence),
        standing=case.enrolled_at is not None and judgement.since < case.enrolled_at,
        acknowledged_by=acknowledged_by,
        snoozed_until=snoozed_until,
    )
