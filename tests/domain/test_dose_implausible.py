"""Doses that cannot be doses of vitamin B12: a wrong unit, and the antidote to cyanide (section 4.2, H8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from domain.facts import AdministrationStatus, Drug, Fact, Route
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.quantity import Quantity
from domain.rules import dose_implausible as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    case_at,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    judge_at,
    midnight,
    oral,
    plan,
    quiet,
    record_of,
    withdrawal,
)

PLAN = plan(0, fact_id="plan")
GRAM = injection(2, dose=Quantity(Decimal(1000), "mg"), fact_id="gram")
ANTIDOTE = injection(2, 5_000_000, route=Route.INTRAVENOUS, fact_id="antidote")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(PLAN, *facts), at)


def test_a_gram_in_place_of_a_milligram_is_told_at_once_and_not_counted() -> None:
    assert isinstance(judged(day(2) - INSTANT, GRAM), Quiet)
    said = fires(judged(day(2), GRAM))
    assert (said.severity, said.since, said.episode) == (Severity.MEDIUM, day(2), "dose:gram")
    assert "hydroxocobalamin 1000 mg (intramuscular) is charted on 7 January 2026" in said.because
    assert "more than 2000 ug" in said.because
    assert evidence_ids(said) == {"gram"}
    assert case_at(record_of(PLAN, GRAM), day(2)).doses == ()


@pytest.mark.parametrize(("ug", "is_told"), [("2000", False), ("2000.1", True), (None, False)])
@pytest.mark.parametrize("give", [injection, oral])
def test_the_limit_itself_is_a_dose(ug: str | None, is_told: bool, give: Callable[..., Fact]) -> None:
    assert isinstance(judged(day(2), give(2, ug)), Fires) is is_told


def test_the_antidote_is_a_note() -> None:
    said = fires(judged(day(2), ANTIDOTE))
    assert (said.severity, said.since, said.episode) == (Severity.INFO, day(2), "dose:antidote")
    assert "is the antidote to cyanide and not a dose of vitamin B12" in said.because
    assert evidence_ids(said) == {"antidote"}


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        (injection(2, 1_000_000, route=Route.INTRAVENOUS), Severity.INFO),
        (injection(2, 999_999, route=Route.INTRAVENOUS), Severity.MEDIUM),
        (injection(2, 1_000_000, route=Route.UNKNOWN), Severity.MEDIUM),
        (injection(2, 1_000_000, route=Route.INTRAVENOUS, drug=Drug.CYANOCOBALAMIN), Severity.MEDIUM),
    ],
)
def test_the_antidote_is_hydroxocobalamin_of_a_gram_or_more_into_a_vein(given: Fact, severity: Severity) -> None:
    assert fires(judged(day(2), given)).severity is severity


def test_a_wrong_unit_is_told_before_an_antidote() -> None:
    later = injection(5, 5_000_000, route=Route.INTRAVENOUS)
    assert fires(judged(day(6), GRAM, later)).episode == "dose:gram"


def test_of_several_the_newest_is_told() -> None:
    assert fires(judged(day(6), GRAM, injection(5, 9000, fact_id="later"))).episode == "dose:later"
    assert fires(judged(day(6), ANTIDOTE, injection(5, 5_000_000, route=Route.INTRAVENOUS, fact_id="b"))).since == day(
        5
    )


def test_it_is_told_for_four_weeks() -> None:
    assert isinstance(judged(midnight(31) - INSTANT, GRAM), Fires)
    assert "no dose of late" in quiet(judged(midnight(31), GRAM)).because


def test_what_was_not_given_is_no_dose_anyway() -> None:
    assert isinstance(judged(day(3), injection(2, 9000, status=AdministrationStatus.NOT_DONE)), Quiet)
    assert isinstance(judged(day(3), injection(2, 9000, reported=True)), Fires)


def test_a_corrected_chart_takes_it_away() -> None:
    before = alert_of(rule, record_of(PLAN, GRAM), day(3))
    assert str(before.wanted_action) == "check dose and unit, and correct the chart"
    assert isinstance(judged(day(3), GRAM, injection(2, 1000, fact_id="gram", version=2)), Quiet)
    assert isinstance(judged(day(3), GRAM, withdrawal(GRAM, 3)), Quiet)


def test_it_is_quiet_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert isinstance(judge_at(rule, record_of(GRAM), day(3)), Quiet)
    for over in (plan(0, end=ended(3)), plan(0, birth_date=date(2015, 1, 1))):
        assert isinstance(judge_at(rule, record_of(over, GRAM), day(3)), Quiet)
