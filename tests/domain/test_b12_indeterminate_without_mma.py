"""`b12-indeterminate-without-mma`: S10.  A B12 in the grey zone before the first dose, and no MMA or homocysteine."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from pydantic import ValidationError

from domain.facts import Comparator, EnteredAs, Fact, ResultStatus
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.policies.vitamins import B12Policy
from domain.policy import Policy
from domain.rules import b12_indeterminate_without_mma as rule
from tests.kit import (
    INSTANT,
    Facts,
    active_b12,
    cannot_tell,
    creatinine,
    date_of,
    day,
    egfr,
    ended,
    evidence_ids,
    fires,
    homocysteine,
    injection,
    judge_at,
    methylmalonic_acid,
    midnight,
    on,
    plan,
    quiet,
    record_of,
    vitamin_b12,
    withdrawal,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_a_b12_in_the_grey_zone_is_a_note() -> None:
    judgement = fires(judged(day(8), plan(0), vitamin_b12(0, 200, fact_id="b12")))
    assert judgement.severity is Severity.INFO
    assert "vitamin B12 was 200 ng/L on 5 January 2026" in judgement.because
    assert "methylmalonic acid" in judgement.wanted
    assert judgement.since == midnight(8)
    assert evidence_ids(judgement) == {"b12"}


@pytest.mark.parametrize(
    ("b12", "answer"),
    [
        (vitamin_b12(0, "179.9"), Quiet),
        (vitamin_b12(0, 180), Fires),
        (vitamin_b12(0, 350), Fires),
        (vitamin_b12(0, "350.1"), Quiet),
        (active_b12(0, "24.9"), Quiet),
        (active_b12(0, 25), Fires),
        (active_b12(0, 70), Fires),
        (active_b12(0, "70.1"), Quiet),
    ],
)
def test_both_edges_of_the_zone_are_indeterminate(b12: Fact, answer: type[Judgement]) -> None:
    assert isinstance(judged(day(8), plan(0), b12), answer)


@pytest.mark.parametrize(
    ("total", "active", "answer"),
    [(150, 50, Quiet), (250, 20, Quiet), (250, 100, Fires), (500, 50, Fires), (500, 100, Quiet)],
)
def test_one_that_shows_deficiency_answers_for_both_and_one_that_speaks_against_it_does_not(
    total: int, active: int, answer: type[Judgement]
) -> None:
    assert isinstance(judged(day(8), plan(0), vitamin_b12(0, total), active_b12(0, active)), answer)


def test_what_cannot_be_told_is_a_note_that_says_what_is_missing() -> None:
    judgement = cannot_tell(judged(day(8), plan(0), vitamin_b12(0, 200, comparator=Comparator.LESS)))
    assert judgement.severity is Severity.INFO
    assert "<200 ng/L" in judgement.because
    assert judgement.missing == "a vitamin B12 from before the first dose that can be judged"
    unlikely = quiet(judged(day(8), plan(0), vitamin_b12(0, 500), active_b12(0, 100)))
    assert "vitamin B12 was 500 ng/L" in unlikely.because
    both = judged(day(8), plan(0), vitamin_b12(0, 200, comparator=Comparator.LESS), active_b12(0, 50))
    assert "active B12" in fires(both).because


@pytest.mark.parametrize(
    ("acid", "answer"),
    [
        (methylmalonic_acid(-28, 300), Quiet),
        (methylmalonic_acid(-29, 300), Fires),
        (methylmalonic_acid(20, 300), Quiet),
        (homocysteine(0, 14), Quiet),
        (methylmalonic_acid(0, 300, comparator=Comparator.MORE), Quiet),
        (methylmalonic_acid(0, None), Fires),
        (methylmalonic_acid(0, 300, status=ResultStatus.PRELIMINARY), Fires),
    ],
)
def test_an_acid_from_up_to_28_days_before_the_b12_answers(acid: Fact, answer: type[Judgement]) -> None:
    assert isinstance(judged(day(30), plan(0), vitamin_b12(0, 200), acid), answer)


def test_kidney_function_is_shown_and_said_when_unknown() -> None:
    facts = [plan(0), vitamin_b12(0, 200, fact_id="b12")]
    assert "how the kidneys work is not known" in fires(judged(day(9), facts)).because
    some = [creatinine(-3, 88, fact_id="old"), creatinine(2, 180, fact_id="creatinine")]
    one = fires(judged(day(9), facts, some))
    assert "creatinine 180 umol/L on 7 January 2026" in one.because
    assert evidence_ids(one) == {"b12", "creatinine"}
    both = fires(judged(day(9), facts, some, egfr(1, 34, fact_id="egfr")))
    assert "eGFR 34 mL/min/{1.73_m2} on 6 January 2026" in both.because and "creatinine 180" in both.because
    assert evidence_ids(both) == {"b12", "creatinine", "egfr"}
    without_value = fires(judged(day(9), facts, egfr(1, None, clumped=True)))
    assert "not known" in without_value.because


@pytest.mark.parametrize(
    ("sampled", "answer"),
    [
        (day(0, 10), Fires),
        (day(0, 10) + INSTANT, Quiet),
        (date_of(0), Fires),
        (date_of(1), Quiet),
        (date_of(-90), Fires),
        (date_of(-91), Quiet),
    ],
)
def test_only_samples_of_the_90_days_up_to_the_first_dose_are_read(
    sampled: datetime | date, answer: type[Judgement]
) -> None:
    assert isinstance(judged(day(8), plan(0), injection(day(0, 10)), vitamin_b12(sampled, 200)), answer)


def test_before_the_first_dose_the_newest_decides() -> None:
    assert isinstance(judged(day(16), plan(0), vitamin_b12(0, 200), vitamin_b12(8, 400)), Quiet)
    assert isinstance(judged(day(16), plan(0), vitamin_b12(0, 400), vitamin_b12(8, 200)), Fires)
    assert isinstance(judged(day(9), plan(0), vitamin_b12(-90, 200)), Fires)
    assert isinstance(judged(day(9), plan(0), vitamin_b12(-91, 200)), Quiet)


def test_it_is_asked_for_six_months_after_the_start() -> None:
    facts = [plan(0), vitamin_b12(0, 200), injection(1)]
    end = on(2026, 7, 6)
    assert isinstance(judged(midnight(end + 1) - INSTANT, facts), Fires)
    assert isinstance(judged(midnight(end + 1), facts), Quiet)


@pytest.mark.parametrize(
    "nobody_asks",
    [
        [],
        [plan(0, end=ended(1))],
        [plan(0, entered_as=EnteredAs.MAINTENANCE)],
        [plan(0, birth_date=date(2015, 1, 1))],
    ],
)
def test_without_a_treatment_that_began_with_us_nobody_asks(nobody_asks: list[Fact]) -> None:
    assert isinstance(judged(day(2), vitamin_b12(0, 200), nobody_asks), Quiet)


def test_no_b12_is_the_concern_of_another_rule() -> None:
    assert "no vitamin B12 is known" in quiet(judged(day(2), plan(0), methylmalonic_acid(0, 300))).because


def test_what_was_known_before_the_plan_is_asked_since_the_plan() -> None:
    facts = [vitamin_b12(-9, 200), plan(0, fact_id="plan")]
    assert fires(judged(day(1), facts)).since == day(0)
    told = plan(0, fact_id="plan", treatment_started=date_of(-5), entered_as=EnteredAs.LOADING)
    assert fires(judged(day(1), vitamin_b12(-9, 200), told)).since == midnight(-1)


def test_the_acid_is_waited_for_until_a_week_after_the_sample() -> None:
    facts = [plan(0), vitamin_b12(0, 200)]
    waiting = quiet(judged(midnight(8) - INSTANT, facts))
    assert "may still come until 12 January 2026" in waiting.because
    assert waiting.coming == "methylmalonic acid to be considered: vitamin B12 was 200 ng/L on 5 January 2026 09:00 GMT"
    assert fires(judged(midnight(8), facts)).since == midnight(8)
    unclear = [plan(0), vitamin_b12(date_of(0), 200, comparator=Comparator.LESS)]
    assert isinstance(judged(midnight(8) - INSTANT, unclear), Quiet)
    assert cannot_tell(judged(midnight(8), unclear)).since == midnight(8)


@pytest.mark.parametrize(("days", "opens"), [(0, 1), (28, 29)])
def test_policy_says_how_long_the_acid_is_waited_for(days: int, opens: int) -> None:
    policy = Policy(b12=B12Policy(acid_awaited_days=days))
    record = record_of(plan(0), vitamin_b12(0, 200))
    assert isinstance(judge_at(rule, record, midnight(opens) - INSTANT, policy), Quiet)
    assert isinstance(judge_at(rule, record, midnight(opens), policy), Fires)


@pytest.mark.parametrize("days", [-1, 29])
def test_so_long_nobody_waits(days: int) -> None:
    with pytest.raises(ValidationError):
        B12Policy(acid_awaited_days=days)


@pytest.mark.parametrize(("between", "opens"), [(None, 2), (250, 2), (400, 12), (150, 12)])
def test_a_sample_that_is_indeterminate_again_begins_no_other_week(between: int | None, opens: int) -> None:
    told = [] if between is None else [vitamin_b12(0, between)]
    facts: list[Fact] = [plan(0), vitamin_b12(-6, 200), *told, vitamin_b12(4, 210)]
    assert fires(judged(midnight(12), facts)).since == midnight(opens)
    assert isinstance(judged(midnight(12) - INSTANT, facts), Fires if opens == 2 else Quiet)


def test_a_corrected_value_and_a_withdrawn_acid_change_the_answer() -> None:
    b12, acid = vitamin_b12(0, 200), methylmalonic_acid(0, 300)
    assert isinstance(judged(day(8), plan(0), b12, vitamin_b12(0, 150, fact_id=b12.fact_id, version=2)), Quiet)
    assert isinstance(judged(day(8), plan(0), b12, acid), Quiet)
    assert isinstance(judged(day(8), plan(0), b12, acid, withdrawal(acid, 1)), Fires)
