"""`baseline-missing`: S9 and section 8.8.  B12 and folate from before the first dose, asked for 24 hours after it."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import EnteredAs, Fact, ResultStatus
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import baseline_missing as rule
from tests.kit import (
    INSTANT,
    Facts,
    active_b12,
    assess_at,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    folate,
    injection,
    judge_at,
    midnight,
    on,
    plan,
    quiet,
    record_of,
    supply,
    vitamin_b12,
    withdrawal,
)

STARTED = [plan(0), injection(day(0, 10), fact_id="first")]


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ([], "vitamin B12 and folate results"),
        ([folate(0, 8)], "a vitamin B12 result"),
        ([vitamin_b12(0, 150)], "a folate result"),
        ([active_b12(0, 30)], "a folate result"),
    ],
)
def test_one_alert_names_what_is_missing(known: list[Fact], missing: str) -> None:
    judgement = cannot_tell(judged(day(2), STARTED, injection(day(1), fact_id="second"), known))
    assert judgement.severity is Severity.MEDIUM
    assert judgement.missing == f"{missing} from before the first dose"
    assert "before the first dose on 5 January 2026" in judgement.because
    assert evidence_ids(judgement) == {"first"}


@pytest.mark.parametrize("b12", [vitamin_b12(0, 150), active_b12(0, 150)])
def test_b12_of_either_kind_and_folate_are_all(b12: Fact) -> None:
    assert "are known" in quiet(judged(day(2), STARTED, b12, folate(0, 8))).because


def test_it_is_asked_from_24_hours_after_the_first_dose_on() -> None:
    assert isinstance(judged(day(1, 10) - INSTANT, STARTED), Quiet)
    assert cannot_tell(judged(day(1, 10), STARTED)).since == day(1, 10)
    assert isinstance(judged(midnight(1), plan(0), injection(date_of(0))), CannotTell)


def test_it_is_asked_for_six_months() -> None:
    end = on(2026, 7, 5)
    assert isinstance(judged(midnight(end + 1) - INSTANT, STARTED), CannotTell)
    assert "not asked for after 5 July 2026" in quiet(judged(midnight(end + 1), STARTED)).because


@pytest.mark.parametrize(
    ("sampled", "counts"),
    [
        (day(0, 10), True),
        (day(0, 10) + INSTANT, False),
        (date_of(0), True),  # before or after: nobody knows, and blood is taken before the needle
        (date_of(1), False),
        (date_of(-90), True),
        (date_of(-91), False),
    ],
)
def test_a_sample_counts_up_to_the_first_dose_and_from_90_days_before(sampled: datetime | date, counts: bool) -> None:
    facts = [*STARTED, folate(0, 8), vitamin_b12(sampled, 150)]
    assert isinstance(judged(day(2), facts), Quiet if counts else CannotTell)


@pytest.mark.parametrize(
    "no_result",
    [vitamin_b12(0, None), vitamin_b12(0, None, clumped=True), vitamin_b12(0, 9, status=ResultStatus.PRELIMINARY)],
)
def test_what_is_not_final_or_has_no_value_is_no_result(no_result: Fact) -> None:
    assert isinstance(judged(day(2), STARTED, folate(0, 8), no_result), CannotTell)


def test_before_the_first_dose_the_blood_is_a_thing_to_come() -> None:
    judgement = quiet(judged(day(5), plan(0)))
    assert judgement.coming == "vitamin B12 and folate are wanted before the first dose"
    assert quiet(judged(day(5), plan(0), vitamin_b12(3, 150), folate(3, 8))).coming == ""
    assert quiet(judged(day(5), plan(0), vitamin_b12(-91, 150), folate(3, 8))).coming != ""
    assert quiet(judged(day(5), plan(0), vitamin_b12(-90, 150), folate(3, 8))).coming == ""


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_who_came_to_us_after_the_start_is_not_asked(entered_as: EnteredAs) -> None:
    assert isinstance(judged(day(3), plan(0, entered_as=entered_as), injection(0)), Quiet)


def test_who_came_to_us_while_loading_is_asked_by_the_start_that_the_plan_tells_and_it_stood_before() -> None:
    told = plan(0, entered_as=EnteredAs.LOADING, treatment_started=date_of(-5), fact_id="plan")
    judgement = cannot_tell(judged(day(0), told, injection(0), vitamin_b12(-4, 150), folate(-6, 3)))
    assert judgement.missing == "a vitamin B12 result from before the first dose"
    assert evidence_ids(judgement) == {"plan"}
    (alert,) = (a for a in assess_at(record_of(told), day(0)).alerts if a.rule == rule.RULE_ID)
    assert alert.standing
    (news,) = (a for a in assess_at(record_of(plan(0), injection(-5)), day(1)).alerts if a.rule == rule.RULE_ID)
    assert not news.standing, "before the plan was known nobody asked"
    unseen = plan(0, entered_as=EnteredAs.LOADING, loading_doses_given=2)
    assert "when the treatment started" in quiet(judged(day(3), unseen, injection(0))).because


def test_the_end_of_the_treatment_and_an_age_under_16_are_quiet() -> None:
    assert isinstance(judged(day(5), plan(0, end=ended(3)), injection(0)), Quiet)
    assert isinstance(judged(day(5), plan(0, birth_date=date(2015, 1, 1)), injection(0)), Quiet)
    assert isinstance(judged(day(5), injection(0)), Quiet)


def test_tablets_that_were_handed_over_are_the_start_of_an_oral_treatment() -> None:
    judgement = cannot_tell(judged(day(2), plan(0, "R7"), supply(0, fact_id="tablets")))
    assert evidence_ids(judgement) == {"tablets"}


def test_a_late_result_answers_and_a_withdrawn_one_no_longer_does() -> None:
    wrong = vitamin_b12(0, 150)
    answered = [*STARTED, folate(0, 8), wrong]
    assert isinstance(judged(day(9), answered), Quiet)
    asked = cannot_tell(judged(day(9), answered, withdrawal(wrong, 8)))
    assert asked.episode == cannot_tell(judged(day(2), STARTED)).episode == "start:2026-01-05"


def test_a_prophylaxis_asks_for_no_baseline() -> None:
    assert "nothing is deficient" in quiet(judged(day(2), plan(0, "R5"), injection(0))).because
    assert quiet(judged(day(2), plan(0, "R5"))).coming == ""


def test_of_two_charts_of_the_first_dose_one_is_shown() -> None:
    twice = [injection(0, fact_id="a-nurse"), injection(day(0, 11), fact_id="b-pharmacy")]
    assert evidence_ids(judged(day(3), plan(0), twice)) == {"a-nurse"}
