"""Why treatment is by mouth: a preference, a contraindication or a decision (S16, S17)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Cause, ConditionCode, EnteredAs, OralReason
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import malabsorption_without_injections
from domain.rules import oral_reason_missing as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    cannot_tell,
    condition,
    date_of,
    day,
    ended,
    evidence_ids,
    judge_at,
    loading,
    plan,
    quiet,
    record_of,
    when,
)

BARE = plan(0, "R7", fact_id="plan", cause=Cause.UNKNOWN)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_is_asked_for_from_24_hours_after_the_start_on() -> None:
    assert "from 6 January 2026 09:00 GMT on" in quiet(judged(day(1) - INSTANT, BARE)).because
    asked = cannot_tell(judged(day(1), BARE))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, day(1), "treatment:plan")
    assert "cause: unknown, which is not normal absorption" in asked.because
    assert evidence_ids(asked) == {"plan"}


def test_the_start_of_a_plan_that_was_made_before_is_meant() -> None:
    made = plan(0, "R7", start=when(5), cause=Cause.UNKNOWN)
    assert isinstance(judged(day(6) - INSTANT, made), Quiet)
    assert isinstance(judged(day(6), made), CannotTell)


def test_a_change_to_tablets_has_its_own_day() -> None:
    facts = [plan(0, "R2", fact_id="plan"), *loading(), plan(100, "R7", cause=Cause.OTHER, fact_id="tablets")]
    assert isinstance(judged(day(101) - INSTANT, facts), Quiet)
    asked = cannot_tell(judged(day(101), facts))
    assert (asked.since, asked.episode) == (day(101), "treatment:plan")
    assert isinstance(judged(day(101), facts, plan(101, "R6c", cause=Cause.OTHER)), CannotTell)


@pytest.mark.parametrize("reason", OralReason)
def test_any_reason_answers_it(reason: OralReason) -> None:
    said = plan(0, "R7", fact_id="plan", version=2, cause=Cause.UNKNOWN, oral_reason=reason)
    assert str(reason) in quiet(judged(day(1), BARE, said)).because


@pytest.mark.parametrize("cause", Cause)
def test_only_a_cause_in_the_diet_is_normal_absorption(cause: Cause) -> None:
    said = judged(day(1), plan(0, "R7", cause=cause))
    if cause is Cause.DIETARY:
        assert "absorption is normal" in quiet(said).because
    elif cause in (Cause.PERNICIOUS_ANAEMIA, Cause.MALABSORPTION, Cause.GASTRECTOMY):
        assert "malabsorption-without-injections" in quiet(said).because
    else:
        assert ("not normal absorption" in cannot_tell(said).because) is (cause is Cause.UNKNOWN)


@pytest.mark.parametrize("code", ConditionCode)
def test_a_dietary_cause_is_doubted_where_something_hinders_absorption(code: ConditionCode) -> None:
    said = judged(day(1), plan(0, "R8a", cause=Cause.DIETARY), condition(-900, code))
    diets = (ConditionCode.VEGAN_DIET, ConditionCode.STRICT_VEGETARIAN_DIET, ConditionCode.SUPPLEMENTED)
    assert isinstance(said, Quiet) is (code in diets)


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("code", [ConditionCode.MALABSORPTION, ConditionCode.BARIATRIC_SURGERY])
def test_of_the_two_rules_one_speaks_where_anything_hinders_absorption(cause: Cause, code: ConditionCode) -> None:
    record = record_of(plan(0, "R7", cause=cause), condition(-9, code))
    both = (judge_at(one, record, day(2)) for one in (rule, malabsorption_without_injections))
    assert sum(not isinstance(said, Quiet) for said in both) == 1


def test_it_is_one_alert_while_the_cause_becomes_known() -> None:
    then = plan(0, "R7", fact_id="plan", version=2, cause=Cause.BARIATRIC_SURGERY)
    alerts = [alert_of(rule, record_of(facts), day(2)) for facts in ([BARE], [BARE, then])]
    assert len({alert.alert_id for alert in alerts}) == 1


def test_it_is_asked_of_patients_who_came_in_loading_too() -> None:
    entered = plan(0, "R7", cause=Cause.UNKNOWN, entered_as=EnteredAs.LOADING, last_dose=date_of(-1))
    assert isinstance(judged(day(1) - INSTANT, entered), Quiet)
    assert isinstance(judged(day(1), entered), CannotTell)


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_of_tablets_with_which_a_patient_came_it_is_an_old_concern(entered_as: EnteredAs) -> None:
    entered = plan(0, "R7", cause=Cause.UNKNOWN, entered_as=entered_as)
    assert alert_of(rule, record_of(entered), day(0)).standing
    on_injections, changed = plan(0, entered_as=entered_as), plan(5, "R7", cause=Cause.UNKNOWN)
    assert isinstance(judged(day(6) - INSTANT, on_injections, changed), Quiet)
    assert not alert_of(rule, record_of(on_injections, changed), day(6)).standing


def test_it_is_quiet_without_tablets_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert "not one by mouth" in quiet(judged(day(5), plan(0, "R2", cause=Cause.UNKNOWN))).because
    assert isinstance(judged(day(5), condition(-9, ConditionCode.MALABSORPTION)), Quiet)
    over = plan(0, "R7", cause=Cause.UNKNOWN, end=ended(day(5)))
    assert isinstance(judged(day(5) - INSTANT, over), CannotTell)
    assert isinstance(judged(day(5), over), Quiet)
    assert isinstance(judged(day(5), plan(0, "R7", cause=Cause.UNKNOWN, birth_date=date(2015, 1, 1))), Quiet)
