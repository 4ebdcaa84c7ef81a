"""Every patient under treatment has one voice that says when something is next due (section 8.3, H14)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.derive import derive
from domain.facts import Cause, YesNoUnknown
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.rules import Rule, injection_overdue, oral_supply_gap
from domain.rules import no_next_due_date as rule
from domain.window import DoseWindow
from tests.domain.strategies import WARDS_POLICY, Story, instants, stories
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    cannot_tell,
    day,
    ended,
    evidence_ids,
    judge_at,
    loading,
    midnight,
    oral,
    plan,
    quiet,
    record_of,
    supply,
)

PLAN = plan(0, "R7", fact_id="plan")
UNSTATED = supply(0, None, fact_id="pack")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_tablets_for_an_unstated_time_have_no_next_day_once_a_week_has_passed() -> None:
    assert (
        "how long the tablets last is asked for after 12 January 2026"
        in quiet(judged(midnight(8) - INSTANT, PLAN, UNSTATED)).because
    )
    asked = cannot_tell(judged(midnight(8), PLAN, UNSTATED))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, midnight(8), "treatment:plan")
    assert "tablets were handed over on 5 January 2026" in asked.because
    assert asked.missing == "for how many days the tablets last"
    assert evidence_ids(asked) == {"pack", "plan"}


def test_a_stated_supply_and_a_dose_give_the_next_day() -> None:
    facts = [PLAN, supply(0, 28), oral(32), supply(20, None)]
    assert isinstance(judged(midnight(40) - INSTANT, facts), Quiet)
    assert isinstance(judged(midnight(40), facts), CannotTell)


def test_it_is_one_alert_over_several_such_supplies_and_a_stated_one_ends_it() -> None:
    alerts = [alert_of(rule, record_of(PLAN, UNSTATED, facts), day(60)) for facts in ([], [supply(50, None)])]
    assert len({alert.alert_id for alert in alerts}) == 1
    assert isinstance(judged(day(60), PLAN, UNSTATED, supply(50, 28)), Quiet)
    assert isinstance(judged(day(20), PLAN, UNSTATED, supply(0, 28, fact_id="pack", version=2)), Quiet)


def test_where_another_rule_asks_it_is_quiet() -> None:
    assert "oral-supply-gap watches" in quiet(judged(midnight(8), PLAN)).because
    assert "the next dose is due on 16 March 2026" in quiet(judged(day(20), plan(0), loading())).because
    unknown = plan(0, neurological_involvement=YesNoUnknown.UNKNOWN)
    for facts in ([plan(0, "R6")], [unknown, *loading()], [plan(0, birth_date=date(2015, 1, 1))]):
        assert "injection-overdue asks" in quiet(judged(day(20), facts)).because


def test_it_is_quiet_without_a_plan_and_after_the_end() -> None:
    assert isinstance(judged(day(20), UNSTATED), Quiet)
    over = plan(0, "R7", cause=Cause.DIETARY, end=ended(day(20)))
    assert isinstance(judged(day(20) - INSTANT, over, UNSTATED), CannotTell)
    assert isinstance(judged(day(20), over, UNSTATED), Quiet)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stories(), st.data())
def test_every_patient_under_treatment_has_exactly_one_voice(story: Story, data: st.DataObject) -> None:
    at = data.draw(instants(story.zero))
    case = derive(story.record(), WARDS_POLICY, at).case

    def speaks(one: Rule) -> bool:
        said = one.judge(case, WARDS_POLICY, Moment(at))
        return not isinstance(said, Quiet) or bool(said.coming) or "is wanted by" in said.because

    voices: list[Rule] = [one for one in (injection_overdue, oral_supply_gap, rule) if speaks(one)]
    if case.plans is None or case.plans.ended:
        assert voices == []
    else:
        assert len(voices) == 1
        assert isinstance(case.next_dose, DoseWindow) <= (voices == [injection_overdue])


@pytest.mark.parametrize("code", ["R6c", "R7", "R8a"])
def test_every_daily_regimen_is_asked_about(code: str) -> None:
    assert isinstance(judged(midnight(8), plan(0, code), supply(0, None)), CannotTell)
