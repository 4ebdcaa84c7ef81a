"""`folic-acid-before-b12`: S8 and section 8.7, with and without a plan, before and after the first B12."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import (
    AdministrationStatus,
    Drug,
    Fact,
    Finding,
    OrderStatus,
    SupplyStatus,
)
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import folic_acid_before_b12 as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assessment,
    cannot_tell,
    date_of,
    day,
    evidence_ids,
    fires,
    folic_acid,
    injection,
    judge_at,
    midnight,
    order,
    plan,
    quiet,
    record_of,
    severity_of,
    supply,
    vitamin_b12,
    withdrawal,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


# --- before any B12 ----------------------------------------------------------------------------------------------


def test_folic_acid_with_a_plan_and_no_b12_is_critical() -> None:
    judgement = fires(judged(day(1), plan(0), folic_acid(day(0, 11), fact_id="folic")))
    assert judgement.severity is Severity.CRITICAL
    assert "folic acid was given on 5 January 2026 11:00" in judgement.because
    assert "no vitamin B12 is recorded" in judgement.because
    assert judgement.since == day(0, 11)
    assert evidence_ids(judgement) == {"folic", plan(0).fact_id}


def test_a_combination_with_folic_acid_counts() -> None:
    judgement = fires(judged(day(1), plan(0), folic_acid(1, drug=Drug.FOLIC_ACID_COMBINATION)))
    assert judgement.severity is Severity.CRITICAL
    assert "a product with folic acid" in judgement.because


@pytest.mark.parametrize("mg", ["0.1", "5", None])
def test_any_dose_counts_and_one_that_is_not_stated_too(mg: str | None) -> None:
    assert isinstance(judged(day(1), plan(0), folic_acid(1, mg)), Fires)


@pytest.mark.parametrize(
    "not_taken",
    [
        folic_acid(1, "0"),
        *(folic_acid(1, status=s) for s in AdministrationStatus if s is not AdministrationStatus.COMPLETED),
        *(order(1, Drug.FOLIC_ACID, status=s) for s in OrderStatus if s is not OrderStatus.ACTIVE),
        order(1, Drug.HYDROXOCOBALAMIN),
        supply(1, drug=Drug.FOLIC_ACID),
    ],
)
def test_what_was_not_given_and_is_not_ordered_is_quiet(not_taken: Fact) -> None:
    assert "no folic acid" in quiet(judged(day(2), plan(0), not_taken)).because


def test_an_active_order_is_critical_from_the_time_at_which_it_was_made() -> None:
    ordered = order(day(0, 14), Drug.FOLIC_ACID, fact_id="order")
    assert isinstance(judged(day(0, 14) - INSTANT, plan(0), ordered), Quiet)
    judgement = fires(judged(day(0, 14), plan(0), ordered))
    assert (judgement.severity, judgement.since) == (Severity.CRITICAL, day(0, 14))
    assert "order" in evidence_ids(judgement)


def test_an_order_that_is_to_start_in_the_future_is_critical_as_long_as_no_b12_was_given() -> None:
    ordered = order(0, Drug.FOLIC_ACID, start=date_of(10))
    judgement = fires(judged(day(0, 10), plan(0), ordered))
    assert judgement.severity is Severity.CRITICAL
    assert "ordered from 15 January 2026 on" in judgement.because
    assert judgement.since == day(0), "since it was ordered"
    assert fires(judged(day(4), plan(0), order(3, Drug.FOLIC_ACID, start=day(2)))).since == day(2)


# --- the first B12 -----------------------------------------------------------------------------------------------


def test_it_becomes_a_note_of_the_same_episode_at_the_first_b12() -> None:
    facts = [plan(0), folic_acid(1, fact_id="folic"), injection(day(2, 10), fact_id="b12")]
    before, after = fires(judged(day(2, 10) - INSTANT, facts)), fires(judged(day(2, 10), facts))
    assert (before.severity, after.severity) == (Severity.CRITICAL, Severity.INFO)
    assert (before.episode, before.since) == (after.episode, after.since)
    assert "before the first vitamin B12 on 7 January 2026" in after.because
    assert evidence_ids(after) == {"folic", "b12", plan(0).fact_id}


def test_the_note_is_told_for_28_days() -> None:
    facts = [plan(0), folic_acid(1), injection(2)]
    assert isinstance(judged(midnight(31) - INSTANT, facts), Fires)
    assert isinstance(judged(midnight(31), facts), Quiet)


def test_an_order_that_starts_after_b12_is_quiet_and_one_that_started_before_is_a_note() -> None:
    later = order(0, Drug.FOLIC_ACID, start=day(3))
    assert isinstance(judged(day(2), plan(0), later), Fires)
    assert isinstance(judged(day(2), plan(0), later, injection(2)), Quiet)
    earlier = order(0, Drug.FOLIC_ACID, start=day(1))
    assert severity_of(judged(day(2), plan(0), earlier, injection(2))) is Severity.INFO


@pytest.mark.parametrize(
    ("folic", "b12", "severity"),
    [
        (day(1, 9), day(1, 9), None),  # at the same time
        (day(1, 9) + INSTANT, day(1, 9), None),
        (day(1, 9) - INSTANT, day(1, 9), Severity.INFO),
        (date_of(1), day(1, 9), Severity.MEDIUM),
        (day(1, 9), date_of(1), Severity.MEDIUM),
        (date_of(1), date_of(1), Severity.MEDIUM),
        (date_of(2), date_of(1), None),
        (date_of(2), day(1, 23), None),
        (date_of(0), day(1, 0), Severity.INFO),
        (day(0, 23), date_of(1), Severity.INFO),
    ],
)
def test_on_one_day_the_times_decide_and_without_them_the_order_is_uncertain(
    folic: datetime | date, b12: datetime | date, severity: Severity | None
) -> None:
    judgement = judged(day(2, 12), plan(0), folic_acid(folic), injection(b12))
    assert severity_of(judgement) is severity
    assert isinstance(judgement, CannotTell) == (severity is Severity.MEDIUM)


def test_an_uncertain_order_says_so_for_28_days_and_what_is_missing() -> None:
    facts = [plan(0), folic_acid(date_of(1), fact_id="folic"), injection(day(1), fact_id="b12")]
    judgement = cannot_tell(judged(midnight(30) - INSTANT, facts))
    assert "order uncertain" in judgement.because
    assert judgement.missing == "whether vitamin B12 was given before folic acid"
    assert evidence_ids(judgement) == {"folic", "b12", plan(0).fact_id}
    assert judgement.since == day(1, 0)
    assert isinstance(judged(midnight(30), facts), Quiet)
    early = cannot_tell(judged(day(2), plan(1), folic_acid(date_of(-1)), injection(date_of(-1))))
    assert early.since == day(1), "since the question opened"


def test_of_two_charts_of_the_first_day_one_that_certainly_came_first_is_enough() -> None:
    facts = [plan(0), injection(date_of(1)), injection(day(1, 8)), folic_acid(day(1, 9))]
    assert isinstance(judged(day(2), facts), Quiet)
    assert isinstance(judged(day(2), [*facts, folic_acid(day(1, 7))]), CannotTell)


def test_of_several_on_the_first_day_the_earliest_is_named() -> None:
    b12 = [injection(day(1, 10), fact_id="b12"), injection(day(1, 14), fact_id="later")]
    before = fires(judged(day(2), plan(0), folic_acid(0, fact_id="folic"), b12))
    assert {"folic", "b12"} < evidence_ids(before) and "later" not in evidence_ids(before)
    folic = [folic_acid(date_of(1), fact_id="folic"), folic_acid(date_of(1), fact_id="second")]
    uncertain = cannot_tell(judged(day(2), plan(0), folic, b12))
    assert {"folic", "b12"} < evidence_ids(uncertain) and "second" not in evidence_ids(uncertain)


def test_what_certainly_came_before_goes_before_what_is_uncertain() -> None:
    facts = [plan(0), folic_acid(date_of(1), fact_id="same-day"), injection(day(1)), folic_acid(0, fact_id="before")]
    assert "before" in evidence_ids(fires(judged(day(2), facts)))


def test_b12_that_was_only_handed_over_may_have_been_taken_and_nobody_knows() -> None:
    facts = [plan(0, "R7"), supply(0, fact_id="tablets"), folic_acid(3, fact_id="folic")]
    judgement = cannot_tell(judged(day(4), facts))
    assert judgement.severity is Severity.MEDIUM
    assert "nothing says that it was taken" in judgement.because
    assert evidence_ids(judgement) == {"folic", "tablets", plan(0).fact_id}
    assert judgement.since == day(3)
    early = cannot_tell(judged(day(4), plan(0, "R7"), supply(0), folic_acid(-3)))
    assert early.since == day(0), "since the question opened"


@pytest.mark.parametrize(
    ("handed_over", "answer"),
    [
        (supply(-28), CannotTell),
        (supply(-29), Fires),
        (supply(0, status=SupplyStatus.DECLINED), Fires),
        (supply(0, drug=Drug.FOLIC_ACID), Fires),
    ],
)
def test_only_b12_that_was_handed_over_in_the_days_that_are_looked_at_may_have_been_taken(
    handed_over: Fact, answer: type[Judgement]
) -> None:
    assert isinstance(judged(day(4), plan(0), handed_over, folic_acid(3)), answer)


def test_b12_that_is_handed_over_for_life_is_no_longer_asked_about() -> None:
    facts = [plan(0, "R7"), supply(0), assessment(20, Finding.LIFELONG_CONFIRMED), folic_acid(30)]
    assert "goes on for life" in quiet(judged(day(31), facts)).because


# --- long-term folic acid ----------------------------------------------------------------------------------------


def test_long_term_folic_acid_is_medium_and_high_without_b12_24_hours_after_the_plan() -> None:
    facts = [plan(0), order(-29, Drug.FOLIC_ACID, fact_id="methotrexate")]
    early, late = fires(judged(day(1) - INSTANT, facts)), fires(judged(day(1), facts))
    assert (early.severity, late.severity) == (Severity.MEDIUM, Severity.HIGH)
    assert early.episode == late.episode
    assert "7 December 2025" in early.because
    assert evidence_ids(early) == {"methotrexate", plan(0).fact_id}
    assert severity_of(judged(day(2), facts, injection(day(1, 8)))) is Severity.INFO


@pytest.mark.parametrize(
    ("taken", "severity"),
    [
        ((-29, -1), Severity.MEDIUM),
        ((-28, -1), Severity.CRITICAL),
        ((-56, -28), Severity.MEDIUM),
        ((-57, -28), Severity.CRITICAL),  # once, long ago
        ((-40, -35), None),  # no longer taken
    ],
)
def test_charts_more_than_28_days_before_and_since_make_it_long_term(
    taken: tuple[int, ...], severity: Severity | None
) -> None:
    assert severity_of(judged(day(0, 12), plan(0), [folic_acid(n) for n in taken])) is severity


def test_long_term_folic_acid_names_what_was_taken_before_and_what_is_taken_now() -> None:
    facts = [plan(0), folic_acid(-40, fact_id="before"), folic_acid(-20, fact_id="now"), folic_acid(-10)]
    judgement = fires(judged(day(0, 12), facts))
    assert evidence_ids(judgement) == {"before", "now", plan(0).fact_id}
    assert "26 November 2025" in judgement.because
    ordered = fires(judged(day(0, 12), plan(0), order(-40, Drug.FOLIC_ACID, fact_id="order"), folic_acid(-10)))
    assert (ordered.severity, evidence_ids(ordered)) == (Severity.MEDIUM, {"order", plan(0).fact_id})


@pytest.mark.parametrize(("end", "severity"), [(-29, None), (-28, Severity.MEDIUM), (None, Severity.MEDIUM)])
def test_an_order_from_before_counts_while_it_lasts(end: int | None, severity: Severity | None) -> None:
    assert severity_of(judged(day(0, 12), plan(0), order(-200, Drug.FOLIC_ACID, end=end))) is severity


def test_long_term_without_a_plan_stays_medium() -> None:
    facts = [vitamin_b12(0, 150), order(-100, Drug.FOLIC_ACID)]
    assert severity_of(judged(day(30), facts)) is Severity.MEDIUM


# --- corrections and identity ------------------------------------------------------------------------------------


def test_folic_acid_that_was_charted_in_error_leaves_no_alert() -> None:
    wrong = folic_acid(1)
    assert isinstance(judged(day(2), plan(0), wrong), Fires)
    assert isinstance(judged(day(2), plan(0), wrong, withdrawal(wrong, 2)), Quiet)


def test_a_b12_that_turns_out_not_to_be_deficient_leaves_no_question() -> None:
    facts = [vitamin_b12(0, 150, fact_id="b12"), folic_acid(1)]
    assert isinstance(judged(day(2), facts), Fires)
    assert isinstance(judged(day(2), facts, vitamin_b12(0, 450, fact_id="b12", version=2)), Quiet)


def test_the_episode_stays_when_the_plan_comes_and_when_older_facts_become_known() -> None:
    alone = fires(judged(day(2), vitamin_b12(0, 150), folic_acid(1)))
    more = fires(judged(day(2), vitamin_b12(0, 150), folic_acid(1), plan(1), folic_acid(-3), vitamin_b12(-5, 140)))
    assert alone.episode == more.episode
    assert more.since == day(1)


def test_with_the_plan_it_does_not_become_one_that_stood_before_and_is_never_paged() -> None:
    known = record_of(vitamin_b12(-1, 150), folic_acid(day(0, 8)))
    charted_late = record_of(vitamin_b12(-1, 150), plan(0)).add(folic_acid(day(0, 8)), day(0, 10))
    for record in (known.add(plan(0), day(0)), charted_late):
        alert = alert_of(rule, record, day(0, 10))
        assert (alert.severity, alert.standing) == (Severity.CRITICAL, False)
