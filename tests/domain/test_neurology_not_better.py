"""Neurological symptoms that have not begun to improve at one month (S19)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import EnteredAs, Fact, Finding, YesNoUnknown
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.policies.neurology import NeurologyPolicy
from domain.policy import Policy
from domain.rules import loading_review, neurology_worse
from domain.rules import neurology_not_better_at_one_month as rule
from tests.kit import (
    INSTANT,
    Facts,
    assessment,
    cannot_tell,
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
    on,
    plan,
    quiet,
    record_of,
)

WORSE, UNCHANGED, IMPROVED = Finding.NEUROLOGY_WORSE, Finding.NEUROLOGY_UNCHANGED, Finding.NEUROLOGY_IMPROVED
PLATEAU = Finding.NO_FURTHER_IMPROVEMENT
OPENS = on(2026, 2, 6)
"""The day after one calendar month from 5 January."""
TREATED: list[Fact] = [plan(0, "R1", fact_id="plan"), *injections(*range(0, 60, 2))]
MISMATCHED: list[Fact] = [plan(0, "R2", fact_id="plan", neurological_involvement=YesNoUnknown.YES), *loading()]
"""No open-ended loading, so nothing else asks for an assessment."""


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_unchanged_is_high_from_the_day_after_one_calendar_month_on() -> None:
    facts = [*TREATED, assessment(10, UNCHANGED, fact_id="seen")]
    assert isinstance(judged(midnight(OPENS) - INSTANT, facts), Quiet)
    fired = fires(judged(midnight(OPENS), facts))
    assert (fired.severity, fired.since, fired.episode) == (Severity.HIGH, midnight(OPENS), "treatment:plan")
    assert "they had not improved on 15 January 2026" in fired.because
    assert evidence_ids(fired) == {"seen", "plan", "injection-20260105T090000"}


def test_an_assessment_is_on_the_list_of_things_to_come_from_day_28_on() -> None:
    assert quiet(judged(midnight(28) - INSTANT, TREATED)).coming == ""
    assert quiet(judged(midnight(28), TREATED)).coming == "neurological assessment wanted by 5 February 2026"


@pytest.mark.parametrize("better", [IMPROVED, Finding.NEUROLOGY_RESOLVED, Finding.STILL_IMPROVING])
def test_any_improvement_suffices_whatever_comes_later(better: Finding) -> None:
    facts = [*TREATED, assessment(10, better), assessment(20, better), assessment(30, UNCHANGED)]
    assert "15 January 2026" in quiet(judged(day(50), facts)).because
    late = [*TREATED, assessment(30, UNCHANGED), assessment(45, better)]
    assert isinstance(judged(day(45) - INSTANT, late), Fires)
    assert isinstance(judged(day(45), late), Quiet)


@pytest.mark.parametrize(("found_on", "counts"), [(day(0, 8), False), (date_of(0), False), (day(0, 10), True)])
def test_improvement_before_the_first_dose_is_none(found_on: datetime | date, counts: bool) -> None:
    judgement = judged(day(40), MISMATCHED, assessment(found_on, IMPROVED))
    assert isinstance(judgement, Quiet if counts else CannotTell)


def test_where_nobody_has_looked_it_cannot_tell() -> None:
    assert isinstance(judged(midnight(OPENS) - INSTANT, MISMATCHED), Quiet)
    asked = cannot_tell(judged(midnight(OPENS), MISMATCHED))
    assert (asked.severity, asked.since) == (Severity.MEDIUM, midnight(OPENS))
    assert "improved" in asked.missing
    assert evidence_ids(asked) == {"plan", "injection-20260105T090000"}


def test_what_is_found_after_the_month_makes_the_unknown_a_finding_of_one_alert() -> None:
    facts = [*MISMATCHED, assessment(40, UNCHANGED)]
    before, after = cannot_tell(judged(day(40) - INSTANT, facts)), fires(judged(day(40), facts))
    assert before.episode == after.episode
    assert after.since == day(40)


def test_of_several_assessments_the_newest_is_told_and_the_first_says_since_when() -> None:
    facts = [*TREATED, assessment(40, UNCHANGED, fact_id="first"), assessment(45, UNCHANGED, fact_id="second")]
    fired = fires(judged(day(46), facts))
    assert fired.since == day(40)
    assert "19 February 2026" in fired.because
    assert evidence_ids(fired) == {"second", "plan", "injection-20260105T090000"}
    seen = [assessment(30, PLATEAU, fact_id="first"), assessment(31, PLATEAU, fact_id="second")]
    assert evidence_ids(judged(day(46), TREATED, seen)) == {"second", "plan", "injection-20260105T090000"}


def test_a_review_that_opens_after_the_month_takes_the_question_over() -> None:
    policy = Policy(neurology=NeurologyPolicy(review_day=40))
    record = record_of(TREATED)
    assert isinstance(judge_at(rule, record, midnight(40) - INSTANT, policy), CannotTell)
    assert "loading-review asks" in quiet(judge_at(rule, record, midnight(40), policy)).because


def test_while_the_review_of_the_loading_is_open_it_does_not_ask_once_more() -> None:
    assert isinstance(judge_at(loading_review, record_of(TREATED), day(35)), Fires)
    assert "loading-review asks" in quiet(judged(day(35), TREATED)).because


def test_a_plateau_alone_does_not_say_whether_symptoms_improved() -> None:
    facts = [*TREATED, assessment(30, PLATEAU, fact_id="plateau")]
    asked = cannot_tell(judged(day(35), facts))
    assert asked.severity is Severity.MEDIUM
    assert "plateau" in evidence_ids(asked)
    assert isinstance(judged(day(35), facts, assessment(20, UNCHANGED)), Fires)


def test_while_symptoms_are_worse_that_alert_asks_for_the_review() -> None:
    facts = [*TREATED, assessment(30, WORSE)]
    assert "neurology-worse" in quiet(judged(day(35), facts)).because
    assert isinstance(judge_at(neurology_worse, record_of(facts), day(35)), Fires)
    assert isinstance(judged(day(41), facts, assessment(40, PLATEAU)), Fires)


@pytest.mark.parametrize("involvement", [YesNoUnknown.NO, YesNoUnknown.UNKNOWN])
def test_it_is_about_neurological_involvement_alone(involvement: YesNoUnknown) -> None:
    facts = [plan(0, "R2", neurological_involvement=involvement), *loading(), assessment(10, UNCHANGED)]
    assert isinstance(judged(day(40), facts), Quiet)


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_a_patient_who_came_after_the_start_is_not_asked_about_it(entered_as: EnteredAs) -> None:
    came = plan(0, "R1", entered_as=entered_as, last_dose=date_of(-9))
    assert isinstance(judged(day(50), came, assessment(10, UNCHANGED)), Quiet)


def test_the_month_of_a_patient_who_came_in_loading_counts_from_the_start_that_is_told() -> None:
    came = plan(0, "R1", entered_as=EnteredAs.LOADING, treatment_started=date_of(-10), last_dose=date_of(-1))
    facts = [came, assessment(1, UNCHANGED)]
    opens = on(2026, 1, 27)  # 26 December and a month
    assert isinstance(judged(midnight(opens) - INSTANT, facts), Quiet)
    assert isinstance(judged(midnight(opens), facts), Fires)
    not_told = plan(0, "R1", entered_as=EnteredAs.LOADING, last_dose=date_of(-1))
    assert isinstance(judged(midnight(on(2026, 2, 5)), not_told, injection(1), assessment(1, UNCHANGED)), Fires)


def test_the_month_is_clamped_at_the_end_of_a_shorter_month() -> None:
    first = on(2026, 1, 31)
    facts = [plan(first, "R1"), injection(first), assessment(first + 5, UNCHANGED)]
    assert isinstance(judged(midnight(on(2026, 3, 1)) - INSTANT, facts), Quiet)
    assert isinstance(judged(midnight(on(2026, 3, 1)), facts), Fires)


def test_it_is_quiet_without_a_treatment() -> None:
    assert isinstance(judged(day(50), injection(0), assessment(10, UNCHANGED)), Quiet)
    assert isinstance(judged(day(50), plan(0, "R1"), assessment(10, UNCHANGED)), Quiet)
    over = plan(0, "R1", end=ended(45))
    assert isinstance(judged(day(50), over, injection(0), assessment(10, UNCHANGED)), Quiet)
    young = plan(0, "R1", birth_date=date(2015, 1, 1))
    assert isinstance(judged(day(50), young, injection(0), assessment(10, UNCHANGED)), Quiet)


def test_a_first_dose_that_is_charted_late_keeps_the_alert() -> None:
    facts = [*MISMATCHED, assessment(20, UNCHANGED)]
    assert fires(judged(day(40), facts)).episode == fires(judged(day(40), facts, injection(-1))).episode


def test_a_plateau_after_the_month_answers_for_a_patient_who_had_been_unchanged() -> None:
    facts = [*TREATED, assessment(25, UNCHANGED)]
    assert isinstance(judged(day(33), facts), Fires)
    answered = [*facts, assessment(34, PLATEAU)]
    assert isinstance(judged(day(34) - INSTANT, answered), Fires)
    assert "reviewed on 8 February 2026" in quiet(judged(day(34), answered)).because
    assert isinstance(judged(day(300), answered), Quiet)
    again = fires(judged(day(50), answered, assessment(50, UNCHANGED)))
    assert again.episode == fires(judged(day(33), facts)).episode


@pytest.mark.parametrize(
    ("plateau", "answers"),
    [(midnight(OPENS) - INSTANT, False), (midnight(OPENS), True), (date_of(OPENS - 1), False), (date_of(OPENS), True)],
)
def test_a_plateau_within_the_month_is_no_review_of_it(plateau: datetime | date, answers: bool) -> None:
    facts = [*TREATED, assessment(25, UNCHANGED), assessment(plateau, PLATEAU)]
    assert isinstance(judged(day(OPENS), facts), Quiet if answers else Fires)


def test_a_plateau_of_the_day_on_which_symptoms_were_unchanged_answers_nothing() -> None:
    facts = [*TREATED, assessment(40, UNCHANGED, fact_id="seen")]
    assert isinstance(judged(day(45), facts, assessment(day(40, 12), PLATEAU)), Fires)
    assert isinstance(judged(day(45), facts, assessment(midnight(41), PLATEAU)), Quiet)
