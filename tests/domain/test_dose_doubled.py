"""Charts that look like one dose charted twice (H9)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import AdministrationStatus
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import dose_doubled as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    case_at,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    injections,
    judge_at,
    midnight,
    oral,
    plan,
    quiet,
    record_of,
    withdrawal,
)

PLAN = plan(0, fact_id="plan")
NURSE, PHARMACY = injection(day(2, 9), fact_id="nurse"), injection(day(2, 11), fact_id="pharmacy")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(PLAN, *facts), at)


def test_two_charts_of_a_day_are_one_dose_and_a_note() -> None:
    assert isinstance(judged(day(2, 10), NURSE), Quiet)
    said = fires(judged(day(2, 11), NURSE, PHARMACY))
    assert (said.severity, said.since, said.episode) == (Severity.INFO, day(2, 9), "dose:2026-01-07")
    assert "2 charts of 7 January 2026 are counted as one dose" in said.because
    assert evidence_ids(said) == {"nurse", "pharmacy"}
    assert len(case_at(record_of(PLAN, NURSE, PHARMACY), day(3)).doses) == 1


def test_an_hour_that_is_not_known_makes_no_difference() -> None:
    assert isinstance(judged(day(3), NURSE, injection(date_of(2))), Fires)


@pytest.mark.parametrize(("hour", "is_told"), [(11.99, True), (12, False)])
def test_two_doses_of_two_days_less_than_twelve_hours_apart_may_be_one(hour: float, is_told: bool) -> None:
    late, early = injection(day(2, 24) - INSTANT, fact_id="late"), injection(day(3, hour) - INSTANT, fact_id="early")
    said = judged(day(4), late, early)
    assert isinstance(said, Fires) is is_told
    if is_told:
        assert "are less than 12 hours apart and may be one; both are counted" in fires(said).because
        assert fires(said).since == day(3, hour) - INSTANT
        assert evidence_ids(said) == {"late", "early"}
    assert len(case_at(record_of(PLAN, late, early), day(4)).doses) == 2


def test_of_days_alone_nobody_can_tell_how_far_apart_they_are() -> None:
    for pair in ([injection(day(2, 23)), injection(date_of(3))], [injection(date_of(2)), injection(day(3, 1))]):
        assert isinstance(judged(day(4), pair), Quiet)


def test_the_last_that_looks_doubled_is_told() -> None:
    midnight_pair = [injection(day(4, 23.5)), injection(day(5, 0.5))]
    assert fires(judged(day(9), NURSE, PHARMACY, midnight_pair)).episode == "dose:2026-01-10"
    later = [injection(day(7, 9)), injection(day(7, 10))]
    assert fires(judged(day(9), NURSE, PHARMACY, midnight_pair, later)).episode == "dose:2026-01-12"
    assert fires(judged(day(9), NURSE, PHARMACY, injections(4, 7))).episode == "dose:2026-01-07"
    both = [injection(day(4, 23.5)), injection(day(5, 0.5)), injection(day(5, 0.75))]
    assert "may be one" in fires(judged(day(9), both)).because


def test_it_is_told_for_four_weeks() -> None:
    assert isinstance(judged(midnight(31) - INSTANT, NURSE, PHARMACY), Fires)
    assert isinstance(judged(midnight(31), NURSE, PHARMACY), Quiet)


def test_charts_of_other_days_and_what_does_not_count_are_no_double() -> None:
    assert "no dose of late is charted twice" in quiet(judged(day(9), injections(0, 2, 4))).because
    refused = injection(day(2, 11), status=AdministrationStatus.NOT_DONE)
    for other in (refused, oral(day(2, 11)), injection(day(2, 11), 9000), injection(day(2, 11), reported=True)):
        assert isinstance(judged(day(3), NURSE, other), Quiet)


def test_of_a_dose_that_many_systems_chart_a_few_are_shown() -> None:
    charts = [injection(day(2, 9 + n / 10), fact_id=f"chart-{n}") for n in range(8)]
    said = fires(judged(day(3), charts))
    assert "8 charts" in said.because
    assert evidence_ids(said) == {f"chart-{n}" for n in range(5)}


def test_it_is_one_note_while_another_chart_comes_and_none_after_a_withdrawal() -> None:
    third = injection(day(2, 12), fact_id="third")
    alerts = [alert_of(rule, record_of(PLAN, NURSE, PHARMACY, more), day(3)) for more in ([], [third])]
    assert len({alert.alert_id for alert in alerts}) == 1
    assert isinstance(judged(day(3), NURSE, PHARMACY, withdrawal(PHARMACY, 3)), Quiet)


def test_what_is_taken_every_day_may_be_taken_in_two_halves() -> None:
    halves = [oral(day(2, 9), 500), oral(day(2, 21), 500)]
    assert "every day" in quiet(judge_at(rule, record_of(plan(0, "R7"), halves), day(3))).because
    assert isinstance(judge_at(rule, record_of(plan(0, "R7b"), halves), day(3)), Fires)
    assert isinstance(judge_at(rule, record_of(plan(0, "R99"), NURSE, PHARMACY), day(3)), Fires)


def test_it_is_quiet_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert isinstance(judge_at(rule, record_of(NURSE, PHARMACY), day(3)), Quiet)
    for over in (plan(0, end=ended(3)), plan(0, birth_date=date(2015, 1, 1))):
        assert isinstance(judge_at(rule, record_of(over, NURSE, PHARMACY), day(3)), Quiet)
