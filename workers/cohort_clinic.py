"""What clinicians and wards say about the invented patients beside doses and results: findings, orders, plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from domain.calendar import ClinicalTime
from domain.facts import (
    Cause,
    ConditionCode,
    Drug,
    EndReason,
    EnteredAs,
    Finding,
    OrderStatus,
    Pregnancy,
    Route,
    YesNoUnknown,
)
from workers.cohort_chart import Chart

_OF_CAUSE: Final = {
    Cause.PERNICIOUS_ANAEMIA: ConditionCode.PERNICIOUS_ANAEMIA,
    Cause.MALABSORPTION: ConditionCode.MALABSORPTION,
    Cause.GASTRECTOMY: ConditionCode.GASTRECTOMY,
    Cause.ILEAL_RESECTION: ConditionCode.ILEAL_RESECTION,
    Cause.BARIATRIC_SURGERY: ConditionCode.BARIATRIC_SURGERY,
}
_TRIMESTERS: Final = (
    (Pregnancy.SECOND_TRIMESTER, 60),
    (Pregnancy.THIRD_TRIMESTER, 150),
    (Pregnancy.NOT_PREGNANT, 245),
)
_SHARE_ENDING_A_DAY: Final = 0.07 / 365
_FIRST_YEAR: Final = date(1950, 1, 1)


def ends_at(chart: Chart, until: datetime) -> tuple[datetime, EndReason | None]:
    """When the plan ends and why, or `until` and None where it goes on."""
    days = chart.random.expovariate(_SHARE_ENDING_A_DAY)
    if days > (until - chart.person.start).total_seconds() / 86_400:
        return until, None
    reason = chart.random.choices(tuple(EndReason), (45, 35, 8, 12))[0]
    return chart.person.start + timedelta(days=1 + days), reason


def plan(chart: Chart) -> None:
    """The first plan, made some hours before it starts, or when a patient who was treated before is brought."""
    person = chart.person
    made = person.start - timedelta(minutes=chart.random.randrange(5, 200))
    chart.plan(made + timedelta(minutes=2), **_entered(chart), **_who(chart), made_at=ClinicalTime(made))
    course = person.course
    if chart.random.random() < 0.6:
        chart.order(course.drug, made, route=course.route, dose=course.ug, dose_unit="ug")


def _who(chart: Chart) -> dict[str, Any]:
    person = chart.person
    return {
        "regimen": person.course.code,
        "neurological_involvement": person.involved,
        "cause": person.cause,
        "ward": person.ward,
        "sex": person.sex,
        "birth_date": person.born,
        "pregnancy": person.pregnancy,
        "oral_reason": person.oral_reason,
        "starts_at": ClinicalTime(person.start),
        "interval": _interval(chart, "as the patient has it") if person.course.code == "R7b" else None,
    }


def _entered(chart: Chart) -> dict[str, Any]:
    entry = chart.person.entry
    if entry is None:
        return {}
    return {
        "entered_as": entry.phase,
        "treatment_started": max(entry.began, _FIRST_YEAR),
        "last_dose": entry.last_dose if entry.is_last_known else None,
        "loading_doses_given": entry.loading_doses,
        "doses_given_by": entry.given_by,
    }


def _interval(chart: Chart, reason: str) -> dict[str, Any]:
    months = max(1, round(chart.person.interval / 30.4))
    return {"months": months, "author": "invented doctor", "reason": reason, "decided_on": chart.person.start.date()}


def change_plan(chart: Chart, until: datetime, end: EndReason | None) -> None:
    """Later versions of the plan: what becomes known, pregnancies, an interval of one's own, and the end."""
    person, random = chart.person, chart.random
    changes: list[tuple[datetime, dict[str, Any]]] = []
    if person.involved is YesNoUnknown.UNKNOWN and random.random() < 0.7:
        at = person.start + timedelta(days=random.randrange(1, 30))
        answer = YesNoUnknown.NO if random.random() < 0.9 else YesNoUnknown.YES
        changes.append((at, {"neurological_involvement": answer}))
    if person.pregnancy is Pregnancy.FIRST_TRIMESTER:
        changes += [(person.start + timedelta(days=days), {"pregnancy": stage}) for stage, days in _TRIMESTERS]
    if person.course.code in ("R1", "R2") and random.random() < 0.04:
        at = person.start + timedelta(days=random.randrange(60, 400))
        changes.append((at, {"interval": _interval(chart, "symptoms return before the next dose")}))
    if person.course.code == "R2" and person.involved is YesNoUnknown.NO and random.random() < 0.015:
        at = person.start + timedelta(days=random.randrange(2, 200))
        changes.append((at, {"regimen": "R1", "neurological_involvement": YesNoUnknown.YES}))
    for at, change in sorted(changes, key=lambda entry: entry[0]):
        if at < until:
            chart.plan(at, made_at=ClinicalTime(at - timedelta(minutes=3)), **change)
    if end is not None:
        chart.end(until, end)


def conditions(chart: Chart) -> None:
    """Why B12 is lacking, as the list of problems has it: most of them, some only later, some without a length."""
    person, random = chart.person, chart.random
    began = person.start - timedelta(days=random.randrange(10, 3000))
    told = person.start + timedelta(minutes=random.randrange(-200, 400))
    code = _OF_CAUSE.get(person.cause)
    if code is ConditionCode.ILEAL_RESECTION:
        length = None if random.random() < 0.15 else Decimal(random.randrange(12, 90))
        chart.condition(code, began, told, length_cm=length)
    elif code is not None and random.random() < 0.8:
        chart.condition(code, began, told)
    if person.cause is Cause.DIETARY:
        diets = (ConditionCode.VEGAN_DIET, ConditionCode.STRICT_VEGETARIAN_DIET)
        chart.condition(random.choice(diets), began, told)
        if random.random() < 0.4:
            chart.condition(ConditionCode.SUPPLEMENTED, person.start, told + timedelta(days=3))


def findings(chart: Chart, doses: Sequence[datetime], until: datetime) -> None:
    """Assessments: advice that was sought, how nerves and symptoms go on, what ends a loading."""
    if chart.person.entry is None and doses:
        if chart.person.involved is YesNoUnknown.YES:
            _advice(chart)
            _nerves(chart, doses[0], until)
        _end_of_loading(chart, doses)
    elif chart.person.course.code == "R1" and chart.person.entry and chart.person.entry.phase is EnteredAs.LOADING:
        _end_of_loading(chart, doses)
    _symptoms_return(chart, doses, until)


def _advice(chart: Chart) -> None:
    for finding in (Finding.REFERRED_TO_NEUROLOGY, Finding.REFERRED_TO_HAEMATOLOGY):
        if chart.random.random() < 0.8:
            chart.found(chart.person.start + timedelta(hours=chart.random.randrange(1, 60)), finding)


def _nerves(chart: Chart, first: datetime, until: datetime) -> None:
    random = chart.random
    for days in (26, 60, 120, 250):
        at = first + timedelta(days=days + random.randrange(-4, 8), hours=1)
        if at >= until or random.random() < 0.25:
            continue
        seen = (Finding.NEUROLOGY_IMPROVED, Finding.NEUROLOGY_UNCHANGED, Finding.NEUROLOGY_WORSE)
        finding = random.choices((*seen, Finding.NEUROLOGY_RESOLVED), (70, 18, 3, 9 if days > 50 else 0))[0]
        chart.found(at, finding)


def _end_of_loading(chart: Chart, doses: Sequence[datetime]) -> None:
    """R1 has its plateau told, after weekly looks; R3 has its gate."""
    person, random = chart.person, chart.random
    if person.course.code == "R1":
        most = 18 - (person.entry.loading_doses if person.entry else 0)
        gaps = [(after - before).days for before, after in pairwise(doses)]
        loading = next((n + 1 for n, gap in enumerate(gaps) if gap > 20), min(len(doses), most))
        for week in range(3, 2 * loading // 7):
            chart.found(doses[0] + timedelta(days=7 * week, hours=2), Finding.STILL_IMPROVING)
        if loading >= 5 and random.random() < 0.94:
            late = timedelta(days=random.choice((0, 0, 0, 1, 5, 15)), hours=1)
            chart.found(doses[loading - 1] + late, Finding.NO_FURTHER_IMPROVEMENT)
    elif person.course.code == "R3" and len(doses) > 6 and random.random() < 0.8:
        chart.found(doses[5] + timedelta(days=random.randrange(0, 4), hours=1), Finding.RESPONSE_CONFIRMED)
    elif person.course.code in ("R2", "R2-SPC") and len(doses) >= 5 and random.random() < 0.05:
        chart.found(doses[4] + timedelta(hours=2), Finding.LOADING_COMPLETE)


def _symptoms_return(chart: Chart, doses: Sequence[datetime], until: datetime) -> None:
    random = chart.random
    for dose in doses[6:]:
        at = dose + timedelta(days=random.randrange(18, 45))
        if random.random() < 0.015 and at < until:
            chart.found(at, Finding.SYMPTOMS_RETURNED)
    if len(doses) > 8 and random.random() < 0.12:
        chart.found(doses[8] + timedelta(hours=3), Finding.LIFELONG_CONFIRMED)


def folic_acid(chart: Chart, first_dose: datetime | None) -> None:
    """Ordered and given after B12 for most who get it; before it for a few; for years already for a few others."""
    random, start = chart.random, chart.person.start
    chance = random.random()
    if chance < 0.03:
        drug = random.choice((Drug.FOLIC_ACID_COMBINATION, Drug.FOLIC_ACID))
        chart.order(drug, start - timedelta(days=random.randrange(20, 900)), route=Route.ORAL)
    elif chance < 0.12:
        before = random.random() < 0.12
        ordered = (first_dose or start) + (timedelta(hours=-5) if before else timedelta(days=random.randrange(1, 9)))
        own_id = chart.order(Drug.FOLIC_ACID, ordered, dose=5, dose_unit="mg", route=Route.ORAL)
        for day in range(random.randrange(1, 5)):
            at = ordered + timedelta(days=day, hours=2)
            chart.given(Drug.FOLIC_ACID, at, dose=5, dose_unit="mg", route=Route.ORAL)
        if random.random() < 0.6:
            over = ordered + timedelta(days=120)
            chart.order_again(own_id, 2, Drug.FOLIC_ACID, ordered, over, status=OrderStatus.COMPLETED)
