"""`platelets-low-before-im`: doses ordered beside the plan, and regimens that go into the muscle or under the skin."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import Drug, EnteredAs, OrderStatus, Route
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import platelets_low_before_im as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    cannot_tell,
    date_of,
    day,
    evidence_ids,
    fires,
    injection,
    judge_at,
    midnight,
    order,
    plan,
    platelets,
    quiet,
    record_of,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


# --- an order beside a plan without injections ---------------------------------------------------------------------

TABLETS = plan(0, "R7", fact_id="plan")
INTO_MUSCLE = order(3, fact_id="order", route=Route.INTRAMUSCULAR)


def test_an_order_beside_a_plan_of_tablets_opens_the_question() -> None:
    low = platelets(1, "20", fact_id="low")
    assert isinstance(judged(day(3) - INSTANT, TABLETS, INTO_MUSCLE, low), Quiet)
    fired = fires(judged(day(3), TABLETS, INTO_MUSCLE, low))
    assert (fired.severity, fired.since, fired.episode) == (Severity.CRITICAL, day(3), "order:order")
    assert evidence_ids(fired) == {"low", "order", "plan"}
    assert "ordered on 8 January 2026" in fired.because


@pytest.mark.parametrize("count", ["51", "150"])
def test_an_order_with_a_count_above_the_limit_is_quiet(count: str) -> None:
    assert isinstance(judged(day(3), TABLETS, INTO_MUSCLE, platelets(1, count)), Quiet)


def test_an_order_without_a_count_is_a_note() -> None:
    assert cannot_tell(judged(day(3), TABLETS, INTO_MUSCLE)).severity is Severity.INFO


@pytest.mark.parametrize(
    "other",
    [
        order(3, route=Route.SUBCUTANEOUS),
        order(3, route=Route.ORAL),
        order(3),
        order(3, route=Route.INTRAMUSCULAR, status=OrderStatus.STOPPED),
        order(3, Drug.FOLIC_ACID, route=Route.INTRAMUSCULAR),
    ],
)
def test_any_other_order_asks_for_no_intramuscular_dose(other: Facts) -> None:
    assert isinstance(judged(day(4), TABLETS, other, platelets(1, "20")), Quiet)


def test_an_order_without_an_end_is_answered_by_its_first_injection() -> None:
    facts = [TABLETS, INTO_MUSCLE, platelets(1, "20")]
    assert isinstance(judged(day(5), facts, injection(2)), Fires)
    assert isinstance(judged(day(5), facts, injection(5, route=Route.ORAL)), Fires)
    assert isinstance(judged(day(5), facts, injection(5)), Quiet)


def test_an_order_with_an_end_asks_until_the_end_of_that_day() -> None:
    course = order(3, route=Route.INTRAMUSCULAR, end=10)
    facts = [TABLETS, course, platelets(1, "20"), injection(5)]
    assert isinstance(judged(midnight(11) - INSTANT, facts), Fires)
    assert isinstance(judged(midnight(11), facts), Quiet)


def test_an_order_is_expected_for_90_days_after_its_start() -> None:
    facts = [TABLETS, INTO_MUSCLE, platelets(1, "20")]
    assert isinstance(judged(midnight(94) - INSTANT, facts), Fires)
    assert isinstance(judged(midnight(94), facts), Quiet)


def test_an_order_from_before_a_new_plan_is_news_and_one_of_an_entered_patient_stands() -> None:
    facts = [order(-2, route=Route.INTRAMUSCULAR), platelets(-3, "20")]
    assert not alert_of(rule, record_of(TABLETS, facts), day(0)).standing
    entered = plan(0, "R7", entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(-1))
    assert alert_of(rule, record_of(entered, facts), day(0)).standing


# --- into the muscle or under the skin (R3) ------------------------------------------------------------------------

UNDER_SKIN = {"route": Route.SUBCUTANEOUS, "drug": Drug.CYANOCOBALAMIN}
ASSUMED = "into the muscle is assumed"


def test_where_the_route_is_open_the_last_dose_tells_and_without_one_the_muscle_is_assumed() -> None:
    facts = [plan(0, "R3"), platelets(0, "30")]
    assert ASSUMED in fires(judged(day(0), facts)).because
    assert isinstance(judged(day(1), facts, injection(1, 100, **UNDER_SKIN)), Quiet)
    assert isinstance(judged(day(1), facts, injection(1, 100, drug=Drug.CYANOCOBALAMIN)), Fires)
    both = injection(1, 100, **UNDER_SKIN), injection(1, 100, drug=Drug.CYANOCOBALAMIN, fact_id="other")
    assert isinstance(judged(day(1), facts, both), Fires)


def test_an_open_order_tells_the_route_before_the_last_dose_does() -> None:
    facts = [plan(0, "R3"), platelets(0, "30")]
    skin, muscle = injection(1, 100, **UNDER_SKIN), injection(1, 100, drug=Drug.CYANOCOBALAMIN)
    assert isinstance(judged(day(2), facts, skin, order(2, route=Route.INTRAMUSCULAR)), Fires)
    assert isinstance(judged(day(2), facts, muscle, order(2, route=Route.SUBCUTANEOUS)), Quiet)
    mixed = order(2, route=Route.SUBCUTANEOUS, fact_id="a"), order(2, route=Route.INTRAMUSCULAR, fact_id="b")
    assert isinstance(judged(day(2), facts, muscle, mixed), Fires)


def test_where_the_route_is_fixed_nothing_is_assumed_and_a_dose_under_the_skin_changes_nothing() -> None:
    fired = fires(judged(day(1), plan(0), platelets(0, "30"), injection(1, route=Route.SUBCUTANEOUS)))
    assert ASSUMED not in fired.because


def test_of_two_orders_the_first_names_the_question() -> None:
    second = order(5, fact_id="a-second", route=Route.INTRAMUSCULAR)
    low = fires(judged(day(6), TABLETS, INTO_MUSCLE, second, platelets(1, "30")))
    assert (low.episode, low.since) == ("order:order", day(3))


def test_an_injection_of_the_day_of_the_order_answers_it_where_no_hour_says_otherwise() -> None:
    low = platelets(1, "30")
    assert isinstance(judged(day(4), TABLETS, INTO_MUSCLE, injection(date_of(3)), low), Quiet)
    assert isinstance(judged(day(4), TABLETS, INTO_MUSCLE, injection(3), low), Quiet)
    assert isinstance(judged(day(4), TABLETS, INTO_MUSCLE, injection(date_of(2)), low), Fires)


def test_the_last_dose_tells_the_route_and_not_the_first() -> None:
    facts = [plan(0, "R3"), platelets(0, "30"), injection(0, 100, drug=Drug.CYANOCOBALAMIN)]
    under_the_skin = injection(1, 100, drug=Drug.CYANOCOBALAMIN, route=Route.SUBCUTANEOUS)
    assert isinstance(judged(day(2), facts), Fires)
    assert "under the skin" in quiet(judged(day(2), facts, under_the_skin)).because
