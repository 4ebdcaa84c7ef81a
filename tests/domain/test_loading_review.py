"""The review of a loading that only a clinician can end (S2)."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import EnteredAs, Fact, Finding, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import loading_review as rule
from domain.rules import neurology_worse
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assessment,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    plan,
    quiet,
    record_of,
    severity_of,
)

STILL, PLATEAU = Finding.STILL_IMPROVING, Finding.NO_FURTHER_IMPROVEMENT
LOADING: list[Fact] = [plan(0, "R1", fact_id="plan"), *injections(*range(0, 60, 2))]


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_opens_on_day_21_and_becomes_high_on_day_42() -> None:
    assert isinstance(judged(midnight(21) - INSTANT, LOADING), Quiet)
    opened = fires(judged(midnight(21), LOADING))
    assert (opened.severity, opened.since) == (Severity.MEDIUM, midnight(21))
    assert "known since 5 January 2026, and no neurological assessment is recorded" in opened.because
    assert evidence_ids(opened) == {"plan", "injection-20260105T090000"}
    assert severity_of(judged(midnight(42) - INSTANT, LOADING)) is Severity.MEDIUM
    assert severity_of(judged(midnight(42), LOADING)) is Severity.HIGH


def test_the_days_are_counted_from_the_first_dose_and_not_from_the_plan() -> None:
    late = [plan(0, "R1"), *injections(*range(3, 60, 2))]
    assert isinstance(judged(midnight(24) - INSTANT, late), Quiet)
    assert isinstance(judged(midnight(24), late), Fires)


def test_still_improving_answers_it_for_7_days_in_full() -> None:
    facts = [*LOADING, assessment(22, STILL, fact_id="seen")]
    assert isinstance(judged(day(22) - INSTANT, facts), Fires)
    assert "4 February 2026" in quiet(judged(day(22), facts)).because
    assert isinstance(judged(midnight(30) - INSTANT, facts), Quiet)
    again = fires(judged(midnight(30), facts))
    assert again.since == midnight(30)
    assert "27 January 2026 09:00 GMT, says: still-improving" in again.because
    assert "seen" in evidence_ids(again)


def test_of_several_answers_the_newest_counts() -> None:
    facts = [*LOADING, assessment(20, STILL), assessment(26, STILL)]
    assert isinstance(judged(midnight(34) - INSTANT, facts), Quiet)
    assert fires(judged(midnight(34), facts)).since == midnight(34)


def test_it_is_one_alert_through_the_whole_loading() -> None:
    facts = [*LOADING, assessment(22, STILL)]
    ids = {alert_of(rule, record_of(facts), at).alert_id for at in (day(21), day(31), day(50))}
    assert len(ids) == 1


def test_still_improving_answers_it_before_it_opens_too() -> None:
    assert isinstance(judged(midnight(28) - INSTANT, LOADING, assessment(20, STILL)), Quiet)
    assert isinstance(judged(midnight(28), LOADING, assessment(20, STILL)), Fires)
    assert isinstance(judged(midnight(21), LOADING, assessment(5, STILL)), Fires)


def test_an_answer_after_day_42_quietens_it_and_then_it_is_high_again() -> None:
    facts = [*LOADING, assessment(43, STILL)]
    assert isinstance(judged(day(50), facts), Quiet)
    assert severity_of(judged(midnight(51), facts)) is Severity.HIGH


@pytest.mark.parametrize(
    "finding", [Finding.NEUROLOGY_IMPROVED, Finding.NEUROLOGY_UNCHANGED, Finding.NEUROLOGY_RESOLVED]
)
def test_other_words_do_not_answer_it_and_stand_in_the_reason(finding: Finding) -> None:
    assert finding in fires(judged(day(23), LOADING, assessment(22, finding))).because


def test_of_several_assessments_the_newest_is_told() -> None:
    first, second = (
        assessment(22, STILL, fact_id="first"),
        assessment(31, Finding.NEUROLOGY_UNCHANGED, fact_id="second"),
    )
    fired = fires(judged(day(32), LOADING, first, second))
    assert "5 February 2026 09:00 GMT, says: neurology-unchanged" in fired.because
    assert evidence_ids(fired) == {"second", "plan", "injection-20260105T090000"}


def test_no_further_improvement_ends_it() -> None:
    facts = [*LOADING, assessment(22, PLATEAU)]
    assert isinstance(judged(day(22) - INSTANT, facts), Fires)
    assert isinstance(judged(day(22), facts), Quiet)
    assert isinstance(judged(day(60), facts), Quiet)


def test_while_symptoms_are_worse_that_alert_asks_for_the_review() -> None:
    facts = [*LOADING, assessment(22, Finding.NEUROLOGY_WORSE)]
    assert "neurology-worse" in quiet(judged(day(23), facts)).because
    assert isinstance(judge_at(neurology_worse, record_of(facts), day(23)), Fires)
    assert isinstance(judged(day(25), facts, assessment(24, Finding.NEUROLOGY_UNCHANGED)), Fires)


def test_a_loading_of_a_number_of_doses_has_no_review() -> None:
    assert isinstance(judged(day(30), plan(0, "R2"), loading()[:3]), Quiet)
    assert isinstance(judged(day(30), plan(0, "R2-PIL"), loading()), Quiet)
    assert isinstance(judged(day(30), plan(0, "R2", neurological_involvement=YesNoUnknown.UNKNOWN), loading()), Quiet)


def test_without_a_dose_or_after_the_end_there_is_no_loading() -> None:
    assert isinstance(judged(day(30), plan(0, "R1")), Quiet)
    assert isinstance(judged(day(30), plan(0, "R1", end=ended(25)), injection(0)), Quiet)
    assert isinstance(judged(day(30), injection(0)), Quiet)


def test_the_open_ended_regimen_is_reviewed_without_involvement_too() -> None:
    assert isinstance(judged(day(21), plan(0, "R1", neurological_involvement=YesNoUnknown.NO), injection(0)), Fires)


def test_the_start_that_an_entering_plan_tells_counts() -> None:
    came = plan(0, "R1", entered_as=EnteredAs.LOADING, treatment_started=date_of(-20), last_dose=date_of(-1))
    assert isinstance(judged(midnight(1) - INSTANT, came), Quiet)
    assert isinstance(judged(midnight(1), came), Fires)


def test_where_no_start_is_told_it_counts_from_the_earliest_dose_that_is_known() -> None:
    came = plan(0, "R1", fact_id="plan", entered_as=EnteredAs.LOADING, last_dose=date_of(-1))
    assert isinstance(judged(midnight(20) - INSTANT, came, injection(1)), Quiet)
    assert evidence_ids(judged(midnight(20), came, injection(1))) == {"plan"}


def test_a_review_that_was_due_before_the_patient_was_enrolled_is_an_old_concern() -> None:
    came = plan(0, "R1", entered_as=EnteredAs.LOADING, treatment_started=date_of(-40), last_dose=date_of(-1))
    assert alert_of(rule, record_of(came), day(0)).standing


def test_a_treatment_that_restarts_has_a_review_of_its_own() -> None:
    again = plan(30, "R1", fact_id="again", restarts=True)
    facts = [*LOADING, assessment(22, PLATEAU), again]
    assert isinstance(judged(midnight(51) - INSTANT, facts), Quiet)
    assert fires(judged(midnight(51), facts)).episode == "treatment:again"
