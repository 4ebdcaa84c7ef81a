"""The course of one treatment, as the record tells it at one moment: plan in force, doses that count, results.

Nothing here judges; the phase, the next dose and the rules are built on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime, after_day, age_reached, start_of_day
from domain.doses import Dose, Uncounted, by_day, counted, given_elsewhere, remark_on, reported, uncounted
from domain.facts import (
    Administration,
    AdministrationStatus,
    AlertAction,
    Analyte,
    Cause,
    ClinicalAssessment,
    Drug,
    EnteredAs,
    Fact,
    Finding,
    LabResult,
    Sex,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from domain.moment import Moment
from domain.policy import Policy
from domain.record import Known, Record
from domain.regimens import REGIMENS
from domain.regimens.table import Regimen

_REMARKS_SHOWN = 20

F = TypeVar("F", LabResult, Administration, ClinicalAssessment, AlertAction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The plan in force and what surrounds it.

    `first` began the present treatment and gives it its name; `entry` is the newest plan of this treatment that says
    how the patient came in mid-course; `from_day` is the first day whose doses belong to this treatment.
    """

    current: TreatmentPlan
    first: TreatmentPlan
    entry: TreatmentPlan | None
    from_day: date
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    patient_id: str
    zone: ZoneInfo
    plans: Plans | None
    regimen: Regimen | None
    is_under_age: bool
    enrolled_at: datetime | None
    known_since: Mapping[str, datetime]
    doses: tuple[Dose, ...]
    reported: tuple[Dose, ...]
    results: tuple[LabResult, ...]
    transfusions: tuple[Administration, ...]
    assessments: tuple[ClinicalAssessment, ...]
    actions: tuple[AlertAction, ...]
    uncounted: tuple[Uncounted, ...]
    remarks: tuple[str, ...]
    newest_data: ClinicalTime | None

    @property
    def plan(self) -> TreatmentPlan | None:
        return self.plans.current if self.plans else None

    @property
    def entry(self) -> TreatmentPlan | None:
        return self.plans.entry if self.plans else None

    @property
    def entered_after_loading(self) -> bool:
        """Whether the patient came to us in maintenance or lifelong: the rules about the start do not apply."""
        return self.entry is not None and self.entry.entered_as in (EnteredAs.MAINTENANCE, EnteredAs.LIFELONG)

    @property
    def doses_since_entry(self) -> tuple[Dose, ...]:
        """Counted doses that are not among those which the entering plan says were given."""
        if self.entry is None or not self.entry.loading_doses_given:
            return self.doses
        included = self.entry.last_dose or self.entry.starts.day(self.zone) - timedelta(days=1)
        return tuple(dose for dose in self.doses if dose.day > included)

    @property
    def loading_doses(self) -> int:
        """Doses that count towards loading, those given before the patient entered among them."""
        before = self.entry.loading_doses_given if self.entry else 0
        return before + len(self.doses_since_entry)

    @property
    def last_dose(self) -> Dose | None:
        """The last dose that moves the window: counted, reported, or known from the entering plan."""
        known = [*self.doses, *self.reported]
        if self.entry is not None and self.entry.last_dose is not None:
            day = self.entry.last_dose
            known.append(Dose(day=day, time=ClinicalTime(day), facts=(self.entry,)))
        return max(known, key=lambda dose: dose.day, default=None)

    @property
    def start(self) -> ClinicalTime | None:
        """The first counted dose, or the start that the entering plan tells, whichever is earlier."""
        told = [ClinicalTime(self.entry.treatment_started)] if self.entry and self.entry.treatment_started else []
        times = [*told, *(dose.time for dose in self.doses[:1])]
        return min(times, key=lambda time: (time.day(self.zone), time.instant(self.zone)), default=None)

    def results_of(self, analyte: Analyte) -> tuple[LabResult, ...]:
        """Final results with a value or with clumping, the oldest first."""
        return tuple(r for r in self.results if r.analyte is analyte and (r.has_value or r.clumped))

    def found(self, *findings: Finding) -> tuple[ClinicalAssessment, ...]:
        """Assessments of this treatment with one of the findings, the oldest first."""
        wanted = frozenset(findings)
        return tuple(a for a in self.assessments if a.findings & wanted)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the plan leaves unsaid."""
        if self.plan is None:
            return ("a treatment plan",)
        unsaid = {
            "neurological involvement": self.plan.neurological_involvement is YesNoUnknown.UNKNOWN,
            "cause": self.plan.cause is Cause.UNKNOWN,
            "sex": self.plan.sex is Sex.UNKNOWN,
            "birth date": self.plan.birth_date is None,
        }
        return tuple(name for name, is_missing in unsaid.items() if is_missing)


def derive(record: Record, policy: Policy, now: Moment) -> Course:
    """The course that `record` tells at this moment."""
    plans = _plans(record, policy, now)
    zone = policy.zone_of(plans.current.ward if plans else "")
    under_age = plans is not None and _is_under_age(plans.current, zone, policy, now)
    regimen = REGIMENS.get(plans.current.regimen) if plans and not under_age else None
    facts, remarks = _counting(record, zone, policy, now)
    from_day = plans.from_day if plans else date.min
    given = [a for a in _of(facts, Administration, zone) if a.time.day(zone) >= from_day]
    actions = _of(facts, AlertAction, zone)
    elsewhere = [
        dose
        for dose in given_elsewhere(actions, zone, now)
        if dose.day >= from_day  # an action tells of a dose of this treatment alone
    ]
    doses = by_day(counted(given, regimen, policy), zone)
    return Course(
        patient_id=record.patient_id,
        zone=zone,
        plans=plans,
        regimen=regimen,
        is_under_age=under_age,
        enrolled_at=_enrolled_at(record),
        known_since={known.fact.fact_id: known.since for known in record},
        doses=doses,
        reported=(*by_day(reported(given, regimen, policy), zone), *elsewhere),
        results=tuple(r for r in _of(facts, LabResult, zone) if r.status.counts),
        transfusions=tuple(a for a in _of(facts, Administration, zone) if _is_transfusion(a)),
        assessments=tuple(a for a in _of(facts, ClinicalAssessment, zone) if a.time.day(zone) >= from_day),
        actions=tuple(actions),
        uncounted=tuple(u for a in given if (u := uncounted(a, regimen, policy, zone)) is not None),
        remarks=_bounded(
            [*remarks, *_mismatch(regimen, plans), *(text for a in given if (text := remark_on(a, regimen, policy)))]
        ),
        newest_data=_newest(facts, zone),
    )


def _plans(record: Record, policy: Policy, now: Moment) -> Plans | None:
    known = [(k.fact, k) for k in sorted(record, key=lambda k: k.fact.fact_id) if isinstance(k.fact, TreatmentPlan)]
    made = [p for p, k in known if now.reached(k.counts_from(policy.zone_of(p.ward), policy.tolerance))]
    if not made:
        return None

    def starts(plan: TreatmentPlan) -> datetime:
        return plan.starts.instant(policy.zone_of(plan.ward))

    begun = [plan for plan in made if now.reached(starts(plan))]
    if begun:
        current = max(begun, key=lambda p: (starts(p), p.time.instant(policy.zone_of(p.ward)), p.fact_id))
    else:
        current = min(made, key=lambda p: (starts(p), p.fact_id))
    zone = policy.zone_of(current.ward)
    boundary = _boundary(current, begun, zone, now)
    since = [p for p in begun if p.starts.day(zone) >= boundary and starts(p) <= starts(current)] or [current]
    first = min(since, key=lambda p: (starts(p), p.fact_id))
    horizon = first.starts.day(zone) - timedelta(days=policy.doses.before_plan_days)
    entries = [p for p in since if _says_how_entered(p)]
    return Plans(
        current=current,
        first=first,
        entry=max(entries, key=lambda p: (starts(p), p.fact_id), default=None),
        from_day=max(boundary, horizon),
        ended=_has_ended(current, zone, now),
    )


def _is_under_age(plan: TreatmentPlan, zone: ZoneInfo, policy: Policy, now: Moment) -> bool:
    """Whether the patient is too young for every regimen and band that we hold; an unknown birth date is said."""
    if plan.birth_date is None:
        return False
    return not now.reached(start_of_day(age_reached(plan.birth_date, policy.doses.minimum_age_years), zone))


def _boundary(current: TreatmentPlan, begun: list[TreatmentPlan], zone: ZoneInfo, now: Moment) -> date:
    """The first day that can belong to the present treatment: after the last end, or from a plan that restarts."""
    start = current.starts.day(zone)
    restarts = [p.starts.day(zone) for p in begun if p.restarts]
    ends = [p.end.time.day(zone) for p in begun if p is not current and p.end and _has_ended(p, zone, now)]
    # a plan that begins on the very day on which another ended owns that day
    return max([*restarts, *(min(day + timedelta(days=1), start) for day in ends if day <= start)], default=date.min)


def _has_ended(plan: TreatmentPlan, zone: ZoneInfo, now: Moment) -> bool:
    return plan.end is not None and now.reached(plan.end.time.instant(zone))


def _says_how_entered(plan: TreatmentPlan) -> bool:
    return bool(plan.entered_as or plan.treatment_started or plan.last_dose or plan.loading_doses_given)


def _counting(record: Record, zone: ZoneInfo, policy: Policy, now: Moment) -> tuple[list[Fact], list[str]]:
    """The facts that count by now, and a remark for each that lies in the future."""
    facts: list[Fact] = []
    remarks: list[str] = []
    for known in sorted(record, key=lambda k: k.fact.fact_id):
        if isinstance(known.fact, Withdrawal):
            continue
        if now.reached(_counts_from(known, zone, policy, now)):
            facts.append(known.fact)
        else:
            remarks.append(f"{known.fact.fact_id} is dated {known.fact.time}, in the future: it counts from then on")
    return facts, remarks


def _bounded(remarks: list[str]) -> tuple[str, ...]:
    """The newest remarks: a runaway feed must not make a status that no broker takes."""
    hidden = len(remarks) - _REMARKS_SHOWN
    return tuple(remarks) if hidden <= 0 else (*remarks[-_REMARKS_SHOWN:], f"and {hidden} older remarks")


def _mismatch(regimen: Regimen | None, plans: Plans | None) -> Iterator[str]:
    """The prescribed regimen is watched as it stands; that it does not fit is said."""
    if regimen is None or plans is None:
        return
    involved = plans.current.neurological_involvement
    if involved is not YesNoUnknown.UNKNOWN and involved is not regimen.for_involvement:
        yield f"neurological involvement is {involved}, but {regimen.code} is the regimen for {regimen.for_involvement}"


def _counts_from(known: Known, zone: ZoneInfo, policy: Policy, now: Moment) -> datetime:
    if now.days_count_when_over and known.fact.time.is_day:
        return after_day(known.fact.time.day(zone), zone)
    return known.counts_from(zone, policy.tolerance)


def _of(facts: list[Fact], kind: type[F], zone: ZoneInfo) -> list[F]:
    """The facts of one kind, the oldest first; ids break ties, so that arrival never does."""
    return sorted((f for f in facts if isinstance(f, kind)), key=lambda f: (f.time.instant(zone), f.fact_id))


def _is_transfusion(given: Administration) -> bool:
    return given.drug is Drug.RED_CELLS and given.status is AdministrationStatus.COMPLETED


def _enrolled_at(record: Record) -> datetime | None:
    """When the first plan that still stands became known."""
    return min((known.first for known in record if isinstance(known.fact, TreatmentPlan)), default=None)


def _newest(facts: list[Fact], zone: ZoneInfo) -> ClinicalTime | None:
    times = (f.time for f in facts if not isinstance(f, AlertAction | TreatmentPlan))
    return max(times, key=lambda time: time.instant(zone), default=None)
