"""The case of one treatment: which plan is in force, whose ward's days count, what belongs to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.case import Case
from domain.facts import Analyte, EnteredAs, Fact, Finding
from domain.record import Record
from tests.domain.strategies import WARDS_POLICY
from tests.kit import (
    INSTANT,
    Facts,
    assessment,
    case_at,
    date_of,
    day,
    ended,
    haemoglobin,
    injection,
    injections,
    midnight,
    plan,
    record_of,
    utc,
    when,
    withdrawal,
)


def case_of(at: datetime, *facts: Facts) -> Case:
    return case_at(record_of(*facts), at, WARDS_POLICY)


def plan_in_force(at: datetime, *facts: Facts) -> str:
    case = case_of(at, *facts)
    assert case.plan is not None
    return case.plan.fact_id


def test_the_plan_that_started_last_is_in_force_from_its_start() -> None:
    plans: list[Fact] = [plan(0, fact_id="first"), plan(1, fact_id="second", start=when(10))]
    assert plan_in_force(day(10) - INSTANT, plans) == "first"
    assert plan_in_force(day(10), plans) == "second"


def test_before_any_plan_has_started_the_next_to_start_is_in_force() -> None:
    plans: list[Fact] = [plan(0, fact_id="late", start=when(10)), plan(0, fact_id="soon", start=when(5))]
    assert plan_in_force(day(1), plans) == "soon"


def test_of_two_plans_of_one_start_the_one_that_was_made_last_is_in_force() -> None:
    plans: list[Fact] = [plan(2, fact_id="a", start=when(5)), plan(1, fact_id="b", start=when(5))]
    assert plan_in_force(day(6), plans) == plan_in_force(day(6), plans[::-1]) == "a"


def test_a_withdrawn_plan_gives_way_to_the_one_before() -> None:
    second = plan(10, fact_id="second")
    assert plan_in_force(day(11), plan(0, fact_id="first"), second) == "second"
    assert plan_in_force(day(11), plan(0, fact_id="first"), second, withdrawal(second, 11)) == "first"


def test_days_are_those_of_the_ward_in_the_plan() -> None:
    late = injection(utc(2026, 1, 6, 2))  # 23:00 of the day before in Sao Paulo
    assert case_of(day(5), plan(0), late).doses[0].day == date_of(1)
    assert case_of(day(5), plan(0, ward="leste"), late).doses[0].day == date_of(0)


def test_the_treatment_is_named_by_the_plan_that_began_it() -> None:
    begun, changed = plan(0, fact_id="begun"), plan(10, fact_id="changed")
    case = case_at(record_of(begun, changed), day(11))
    assert case.treatment_episode == "treatment:begun"
    again = plan(20, fact_id="again", restarts=True)
    assert case_at(record_of(begun, changed, again), day(21)).treatment_episode == "treatment:again"
    over = plan(0, fact_id="begun", end=ended(day(5)))
    assert case_at(record_of(over, changed), day(11)).treatment_episode == "treatment:changed"


def test_results_before_the_plan_belong_to_the_case_and_assessments_before_it_do_not() -> None:
    facts = [plan(0), haemoglobin(-200, 90), assessment(-40, Finding.OTHER_CAUSE_ACCEPTED)]
    case = case_of(day(1), facts)
    assert len(case.results(Analyte.HAEMOGLOBIN)) == 1
    assert case.found(Finding.OTHER_CAUSE_ACCEPTED) == ()


def test_a_dose_of_a_restarted_treatment_is_one_from_the_day_of_the_restart() -> None:
    facts = [plan(0), *injections(0, 9), plan(10, fact_id="again", restarts=True), *injections(10, 12)]
    assert [dose.day for dose in case_of(day(13), facts).doses] == [date_of(10), date_of(12)]


def test_the_start_is_the_earlier_of_the_first_dose_and_what_the_plan_tells() -> None:
    entered = plan(0, entered_as=EnteredAs.LOADING, treatment_started=date_of(-5), last_dose=date_of(-1))
    assert case_of(day(2), entered, injection(1)).start == when(date_of(-5))
    assert case_of(day(2), entered, injection(-7)).start == when(-7)


def test_of_two_charts_of_a_day_the_one_with_an_hour_tells_the_time() -> None:
    (dose,) = case_of(day(2), plan(0), injection(date_of(1)), injection(day(1, 15))).doses
    assert dose.time == when(day(1, 15))
    assert len(dose.facts) == 2


def test_the_enrolment_is_the_earliest_time_at_which_a_plan_that_stands_was_known() -> None:
    early = plan(0, fact_id="early")
    record = Record("p").add(plan(0, fact_id="late"), day(9)).add(early, day(3))
    assert case_at(record, day(10)).enrolled_at == day(3)
    assert case_at(record.add(withdrawal(early, 10), day(10)), day(10)).enrolled_at == day(9)


def test_the_end_of_an_older_plan_after_the_newer_began_divides_nothing() -> None:
    older = plan(0, fact_id="older", end=ended(midnight(6) + timedelta(hours=1)))
    facts = [older, plan(5, fact_id="newer"), *injections(0, 2, 4, 6)]
    assert len(case_of(day(7), facts).doses) == 4
