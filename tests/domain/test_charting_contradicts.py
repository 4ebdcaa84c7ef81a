"""One chart says that a dose was given, and another that it was not (section 5.6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.facts import AdministrationStatus, Drug, Fact
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import charting_contradicts as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    cannot_tell,
    case_at,
    date_of,
    day,
    ended,
    evidence_ids,
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
GIVEN = injection(2, fact_id="given")
NOT_DONE = AdministrationStatus.NOT_DONE
REFUSED = injection(2, status=NOT_DONE, fact_id="refused")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(PLAN, *facts), at)


def test_a_dose_that_was_given_and_was_not_cannot_be_told_and_counts_meanwhile() -> None:
    assert isinstance(judged(day(2) - INSTANT, GIVEN, REFUSED), Quiet)
    asked = cannot_tell(judged(day(2), GIVEN, REFUSED))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, day(2), "charts:refused")
    assert asked.missing == "which of the two charts holds"
    assert "hydroxocobalamin of 7 January 2026 09:00 GMT is charted as given (charts)" in asked.because
    assert "it is taken as given" in asked.because
    assert evidence_ids(asked) == {"given", "refused"}
    assert len(case_at(record_of(PLAN, GIVEN, REFUSED), day(2)).doses) == 1


@pytest.mark.parametrize(
    ("not_done", "contradicts"),
    [
        (injection(day(2) + timedelta(seconds=59), status=NOT_DONE), True),
        (injection(day(2) + timedelta(minutes=1), status=NOT_DONE), False),
        (injection(day(2) - INSTANT, status=NOT_DONE), False),
        (injection(date_of(2), status=NOT_DONE), True),
        (injection(date_of(3), status=NOT_DONE), False),
        (injection(2, status=NOT_DONE, drug=Drug.CYANOCOBALAMIN, fact_id="other"), False),
        (oral(2, status=NOT_DONE, drug=Drug.HYDROXOCOBALAMIN), True),
        (injection(2, status=AdministrationStatus.STOPPED, fact_id="other"), False),
    ],
)
def test_they_are_about_one_drug_and_one_minute_or_one_day(not_done: Fact, contradicts: bool) -> None:
    assert isinstance(judged(day(4), GIVEN, not_done), CannotTell) is contradicts


def test_a_day_without_an_hour_may_be_any() -> None:
    assert isinstance(judged(day(4), injection(date_of(2)), REFUSED), CannotTell)


def test_what_somebody_reported_may_have_been_given_elsewhere() -> None:
    assert isinstance(judged(day(4), injection(2, reported=True, fact_id="given"), REFUSED), Quiet)


def test_it_is_told_for_four_weeks() -> None:
    assert isinstance(judged(midnight(31) - INSTANT, GIVEN, REFUSED), CannotTell)
    assert "no chart of late" in quiet(judged(midnight(31), GIVEN, REFUSED)).because


def test_of_several_the_newest_is_told() -> None:
    later = [injection(4, fact_id="b"), injection(4, status=NOT_DONE, fact_id="b-refused")]
    assert cannot_tell(judged(day(5), GIVEN, REFUSED, later)).episode == "charts:b-refused"
    assert cannot_tell(judged(day(5), GIVEN, REFUSED, injection(4, status=NOT_DONE))).episode == "charts:refused"


def test_one_chart_that_was_corrected_is_no_contradiction() -> None:
    corrected = injection(2, fact_id="refused", version=2)
    assert isinstance(judged(day(4), REFUSED, corrected), Quiet)
    for wrong in (GIVEN, REFUSED):
        assert isinstance(judged(day(4), GIVEN, REFUSED, withdrawal(wrong, 3)), Quiet)


def test_it_is_one_alert_while_another_chart_comes() -> None:
    third = injection(2, fact_id="third")
    alerts = [alert_of(rule, record_of(PLAN, GIVEN, REFUSED, more), day(3)) for more in ([], [third])]
    assert len({alert.alert_id for alert in alerts}) == 1


def test_it_is_quiet_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert isinstance(judge_at(rule, record_of(GIVEN, REFUSED), day(3)), Quiet)
    for over in (plan(0, end=ended(3)), plan(0, birth_date=date(2015, 1, 1))):
        assert isinstance(judge_at(rule, record_of(over, GIVEN, REFUSED), day(3)), Quiet)
