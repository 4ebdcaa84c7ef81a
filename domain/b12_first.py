"""When vitamin B12 has to come before folic acid, and which B12 is known to have been given.

The question stands with a plan, or with a deficient B12 within 90 days, and looks back 28 days before the earlier of
both.  Given is any cobalamin by any route, also where it was only reported, or where the plan tells of doses before it;
an order or a supply is not.  Source: S8, section 8.7 (section 8.1 for patients who came in mid-course).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.b12 import read
from domain.calendar import ClinicalTime, after_day
from domain.case import Case
from domain.facts import Administration, AdministrationStatus, Analyte, Fact, LabResult, TreatmentPlan
from domain.moment import Moment
from domain.paperwork import asked_since
from domain.policy import Policy
from domain.views import View
from domain.words import Text

QUESTION_READS = View.PLAN | View.VITAMIN_B12 | View.ACTIVE_B12
GIVEN_READS = View.PLAN | View.DOSES | View.COBALAMIN


@dataclass(frozen=True, slots=True)
class Question:
    """Since when B12 has to come first.

    `since` is the instant at which the question opened; `day` that of the plan or of the deficient B12, whichever is
    earlier; `from_day` the first day that is looked at; `planned` when the plan was made, or began if that is earlier.
    `rests_on` are the deficient B12 and the plan, as far as there are both.
    """

    since: datetime
    day: date
    from_day: date
    planned: datetime | None
    rests_on: tuple[LabResult | TreatmentPlan, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """One B12 that was given, and the fact that says so; `or_earlier` where the first may have been given before."""

    time: ClinicalTime
    fact: Fact
    or_earlier: bool = False


def question_of(case: Case, policy: Policy, now: Moment) -> Question | Text:
    """The question; or why B12 need not come first, or has long since."""
    plans, zone = case.plans, case.zone
    if plans is None:
        deficient = _deficient(case, policy, date.min, now)
        if deficient is None:
            return "there is no plan, and no deficient vitamin B12 of the last time"
        return _question(deficient.time.instant(zone), deficient.time.day(zone), None, (deficient,), policy)
    if plans.ended:
        return "no treatment is under way"
    if case.entered_after_loading:
        return "the patient came to us after the start: vitamin B12 was given before"
    if case.is_under_age:
        return "the patient is too young for the regimens that b12watch holds"
    planned = min(plans.first.time, plans.first.starts, key=lambda time: time.instant(zone))
    day, since = planned.day(zone), asked_since(plans.first, case)
    deficient = _deficient(case, policy, day - timedelta(days=policy.folic_acid.deficient_days), None)
    if deficient is not None:
        day = min(day, deficient.time.day(zone))
        if case.entry is not None:  # else what the plan makes urgent would look like something that stood for long
            since = min(since, deficient.time.instant(zone))
    rests_on = (plans.first,) if deficient is None else (deficient, plans.first)
    return _question(since, day, planned.instant(zone), rests_on, policy)


def _question(
    since: datetime,
    day: date,
    planned: datetime | None,
    rests_on: tuple[LabResult | TreatmentPlan, ...],
    policy: Policy,
) -> Question:
    from_day = day - timedelta(days=policy.folic_acid.look_back_days)
    return Question(since, day, from_day, planned, rests_on)


def _deficient(case: Case, policy: Policy, from_day: date, now: Moment | None) -> LabResult | None:
    """The first deficient B12 from `from_day` on; of those that still raise the question by `now`, where it is told."""
    first = [
        next(_deficient_of(case, analyte, policy, from_day, now), None)
        for analyte in (Analyte.VITAMIN_B12, Analyte.ACTIVE_B12)
    ]
    known = [result for result in first if result is not None]
    return min(known, key=lambda result: (result.time.instant(case.zone), result.fact_id), default=None)


def _deficient_of(
    case: Case, analyte: Analyte, policy: Policy, from_day: date, now: Moment | None
) -> Iterator[LabResult]:
    for result in case.results(analyte):
        day = result.time.day(case.zone)
        if day < from_day or not read(result, policy.b12, case.zone).is_low:
            continue
        last_day = day + timedelta(days=policy.folic_acid.deficient_days)
        if now is None or not now.reached(after_day(last_day, case.zone)):
            yield result


def given_first(case: Case, question: Question, policy: Policy) -> list[Given]:
    """The B12 that may have been the first, the oldest in front; empty where none is known."""
    given = sorted(_given(case, question, policy), key=lambda g: (g.time.instant(case.zone), g.fact.fact_id))
    return [g for g in given if g.or_earlier or g.time.day(case.zone) == given[0].time.day(case.zone)]


def _given(case: Case, question: Question, policy: Policy) -> Iterator[Given]:
    if case.entry is not None:
        yield _told_by(case.entry, case.zone)
    for administration in case.cobalamin:
        if administration.time.day(case.zone) >= question.from_day and _is_b12(administration, policy):
            yield Given(administration.time, administration)
    for dose in case.reported:
        if dose.day >= question.from_day:
            yield Given(dose.time, dose.facts[0])


def _told_by(entry: TreatmentPlan, zone: ZoneInfo) -> Given:
    """What a plan for a patient in mid-course tells of the first dose: its day, or a day by which it was given."""
    if entry.treatment_started is not None:
        return Given(ClinicalTime(entry.treatment_started), entry)
    day = entry.last_dose or entry.starts.day(zone) - timedelta(days=1)
    return Given(ClinicalTime(day), entry, or_earlier=True)


def _is_b12(given: Administration, policy: Policy) -> bool:
    """Whether this was a dose of the vitamin: it was given, and is neither nothing nor the antidote to cyanide."""
    if given.status is not AdministrationStatus.COMPLETED:
        return False
    dose = given.dose_ug
    return dose is None or 0 < dose <= policy.doses.plausible_ug_at_most
