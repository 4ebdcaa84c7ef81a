"""Words for patient stories.

Stories.  Day 0 is Monday, 5 January 2026, on a ward in London (winter: ward time is UTC until 29 March, day 83).  Every
builder takes the day and gives a fact with a likely id; anything else is a keyword of the fact itself.

    record = record_of(plan(0, "R2"), injection(0), injection(2), platelets(3, 41))
    judge_at(platelets_low_before_im, record, day(4))

Hypothesis strategies for facts and whole records stand in `tests/domain/strategies.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.alerts import Alert
from domain.assess import Assessment, assess
from domain.calendar import ClinicalTime, start_of_day
from domain.case import Case
from domain.derive import derive
from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Analyte,
    ClinicalAssessment,
    Drug,
    EndReason,
    Fact,
    Finding,
    IntervalOverride,
    LabResult,
    PlanEnd,
    ResultStatus,
    Route,
    Sex,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.quantity import Quantity
from domain.record import Known, Record
from domain.rules import ALL_RULES, Rule

POLICY = Policy()
LONDON = ZoneInfo("Europe/London")
DAY_ZERO = date(2026, 1, 5)


# --- days and instants -------------------------------------------------------------------------------------------


def date_of(n: int) -> date:
    """The ward's calendar day `n`."""
    return DAY_ZERO + timedelta(days=n)


def on(year: int, month: int, day_of_month: int) -> int:
    """The number of a calendar day: `on(2026, 3, 6)` is 60."""
    return (date(year, month, day_of_month) - DAY_ZERO).days


def midnight(n: int) -> datetime:
    """00:00 ward time of day `n`."""
    return start_of_day(date_of(n), LONDON)


def day(n: int, hour: float = 9) -> datetime:
    """Day `n` at `hour` after its first instant, 9 o'clock unless told."""
    return midnight(n) + timedelta(hours=hour)


When = int | datetime | date | ClinicalTime
"""A day number (9 o'clock), an instant, or a date without an hour."""

INSTANT = timedelta(microseconds=1)


def when(time: When) -> ClinicalTime:
    if isinstance(time, ClinicalTime):
        return time
    return ClinicalTime(day(time) if isinstance(time, int) else time)


def _id(kind: str, time: ClinicalTime, given: str | None) -> str:
    return given if given is not None else f"{kind}-{time.value:%Y%m%dT%H%M%S}"


# --- facts -------------------------------------------------------------------------------------------------------


def plan(
    time: When = 0, regimen: str = "R2", *, fact_id: str | None = None, version: int = 1, **told: Any
) -> TreatmentPlan:
    """A plan made (and starting) at `time`; neurological involvement is `no` for R2 and `yes` for R1 unless told.

    `told` are fields of `TreatmentPlan`; a woman born in 1960 unless told otherwise.
    """
    moment = when(time)
    involved = YesNoUnknown.YES if regimen == "R1" else YesNoUnknown.NO
    told = {"neurological_involvement": involved, "sex": Sex.FEMALE, "birth_date": date(1960, 6, 1), **told}
    return TreatmentPlan(
        fact_id=_id("plan", moment, fact_id), version=version, time=moment, source="plans", regimen=regimen, **told
    )


def every(*, months: int | None = None, days: int | None = None) -> IntervalOverride:
    return IntervalOverride(months=months, days=days, author="Dr Ada", reason="symptoms return", decided_on=DAY_ZERO)


def ended(time: When, reason: EndReason = EndReason.STOPPED) -> PlanEnd:
    return PlanEnd(time=when(time), reason=reason, actor="Dr Ada")


def injection(time: When, ug: int | str | None = 1000, *, fact_id: str | None = None, **told: Any) -> Administration:
    """Hydroxocobalamin 1 mg into a muscle, completed, unless told otherwise; `ug=None`: amount not stated."""
    moment = when(time)
    told = {
        "version": 1,
        "drug": Drug.HYDROXOCOBALAMIN,
        "status": AdministrationStatus.COMPLETED,
        "route": Route.INTRAMUSCULAR,
        "dose": None if ug is None else Quantity(Decimal(ug), "ug"),
        **told,
    }
    return Administration(fact_id=_id("injection", moment, fact_id), time=moment, source="charts", **told)


def injections(*times: When) -> list[Fact]:
    return [injection(time) for time in times]


LOADING_DAYS = (0, 2, 4, 7, 9, 11)
"""Six injections in two weeks: Monday, Wednesday, Friday."""


def loading() -> list[Fact]:
    return injections(*LOADING_DAYS)


def transfusion(time: When, **told: Any) -> Administration:
    return injection(time, None, drug=Drug.RED_CELLS, route=Route.INTRAVENOUS, **told)


def result(
    analyte: Analyte,
    time: When,
    value: int | str | None,
    unit: str,
    *,
    fact_id: str | None = None,
    low: int | str | None = None,
    low_unit: str | None = None,
    **told: Any,
) -> LabResult:
    """A final result; `low` is the laboratory's own lower limit, in the result's unit unless told."""
    moment = when(time)
    told = {"version": 1, "status": ResultStatus.FINAL, **told}
    return LabResult(
        fact_id=_id(analyte.value, moment, fact_id),
        time=moment,
        source="laboratory",
        analyte=analyte,
        quantity=None if value is None else Quantity(Decimal(value), unit),
        reference_low=None if low is None else Quantity(Decimal(low), low_unit or unit),
        **told,
    )


def haemoglobin(time: When, g_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.HAEMOGLOBIN, time, g_per_l, told.pop("unit", "g/L"), **told)


def platelets(time: When, count: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.PLATELETS, time, count, told.pop("unit", "10*9/L"), **told)


def assessment(time: When, *findings: Finding, fact_id: str | None = None, version: int = 1) -> ClinicalAssessment:
    moment = when(time)
    return ClinicalAssessment(
        fact_id=_id("assessment", moment, fact_id),
        version=version,
        time=moment,
        source="clinic",
        findings=frozenset(findings),
        author="Dr Ada",
    )


def action(time: When, what: Action, alert_id: str = "", **told: Any) -> AlertAction:
    moment = when(time)
    fact_id = _id(what.value, moment, told.pop("fact_id", None))
    told = {"version": 1, "actor": "Sister Bea", **told}
    return AlertAction(fact_id=fact_id, time=moment, source="feed", alert_id=alert_id, action=what, **told)


def withdrawal(of: Fact | str, time: When, *, version: int | None = None) -> Withdrawal:
    """`of` was entered in error; the version after its own unless told."""
    fact_id, known = (of, 1) if isinstance(of, str) else (of.fact_id, of.version)
    return Withdrawal(
        fact_id=fact_id,
        version=known + 1 if version is None else version,
        time=when(time),
        source="charts",
        reason="entered in error",
    )


Facts = Fact | Iterable[Any]
"""A fact, or several: a list of facts of several kinds is a list of their base to mypy."""


# --- records and questions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrival:
    """A fact, and the partition's time at which it came."""

    fact: Fact
    known_at: datetime


def record_of(*facts: Facts, known_at: datetime | None = None, patient_id: str = "patient-1") -> Record:
    """The record of these facts (lists of facts are opened), each known at its own time unless told."""
    record = Record(patient_id)
    for item in facts:
        for fact in (item,) if isinstance(item, Fact) else item:
            record = record.add(fact, known_at or fact.time.instant(LONDON))
    return record


def record_of_arrivals(arrivals: Iterable[Arrival], patient_id: str = "patient-1") -> Record:
    record = Record(patient_id)
    for arrival in arrivals:
        record = record.add(arrival.fact, arrival.known_at)
    return record


def standing_facts(record: Record) -> list[Known]:
    """What stands in a record, in the order of ids."""
    return sorted(record, key=lambda known: known.fact.fact_id)


def case_at(record: Record, at: datetime, policy: Policy = POLICY) -> Case:
    return derive(record, policy, at).case


def judge_at(rule: Rule, record: Record, at: datetime, policy: Policy = POLICY) -> Judgement:
    return rule.judge(case_at(record, at, policy), policy, Moment(at))


def assess_at(record: Record, at: datetime, policy: Policy = POLICY) -> Assessment:
    return assess(record, policy, at)


def alert_of(rule: Rule, record: Record, at: datetime, policy: Policy = POLICY) -> Alert:
    """The alert of this rule that stands at this instant; fails where there is none."""
    (alert,) = (alert for alert in assess(record, policy, at).alerts if alert.rule == rule.RULE_ID)
    return alert


def fires(judgement: Judgement) -> Fires:
    assert isinstance(judgement, Fires), judgement
    return judgement


def cannot_tell(judgement: Judgement) -> CannotTell:
    assert isinstance(judgement, CannotTell), judgement
    return judgement


def quiet(judgement: Judgement) -> Quiet:
    assert isinstance(judgement, Quiet), judgement
    return judgement


def severity_of(judgement: Judgement) -> Severity | None:
    return None if isinstance(judgement, Quiet) else judgement.severity


def evidence_ids(judgement: Judgement) -> set[str]:
    assert not isinstance(judgement, Quiet), judgement
    return {evidence.fact_id for evidence in judgement.evidence}


def rule_named(rule_id: str) -> Rule:
    return next(rule for rule in ALL_RULES if rule_id == rule.RULE_ID)


def utc(year: int, month: int, day_of_month: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day_of_month, hour, minute, tzinfo=UTC)
