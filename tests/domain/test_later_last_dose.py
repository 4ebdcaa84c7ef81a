"""A later plan that tells only of a last dose: a dose that somebody reports, not how the patient came (8.1)."""

from __future__ import annotations

import pytest

from domain.case import Case
from domain.facts import EnteredAs, Fact
from domain.judgement import Quiet
from domain.phase import Phase
from domain.rules import haemoglobin_not_normal_at_two_months as two_months
from domain.window import DoseWindow
from tests.kit import (
    INSTANT,
    case_at,
    date_of,
    day,
    haemoglobin,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    plan,
    record_of,
)

SEEN_HERE = [plan(0, fact_id="first"), *loading()]


def seen(at: int, *facts: Fact) -> Case:
    return case_at(record_of(facts), day(at))


def due(case: Case) -> object:
    assert isinstance(case.next_dose, DoseWindow), case.next_dose
    return case.next_dose.due


def test_who_was_treated_from_the_start_here_did_not_come_in_mid_course() -> None:
    later = plan(80, fact_id="later", last_dose=date_of(78))
    case = seen(80, *SEEN_HERE, later)
    assert case.entry is None
    assert [dose.day for dose in case.reported] == [date_of(78)]
    assert due(case) == date_of(78 + 61)  # two months after 24 March
    assert case.loading_doses == 6
    assert isinstance(judge_at(two_months, record_of(SEEN_HERE, haemoglobin(58, 130), later), day(81)), Quiet)


def test_it_is_no_loading_dose_and_a_dose_that_is_charted_is_not_reported_too() -> None:
    told = seen(9, plan(0, fact_id="first"), *injections(0, 2), plan(8, fact_id="later", last_dose=date_of(5)))
    assert (told.phase, told.loading_doses, due(told)) == (Phase.LOADING, 2, date_of(7))
    charted = seen(9, plan(0, fact_id="first"), *injections(0, 2), plan(8, fact_id="later", last_dose=date_of(2)))
    assert charted.reported == () and due(charted) == date_of(4)


@pytest.mark.parametrize(("last_dose", "is_entry"), [(-1, True), (0, False)])
def test_a_dose_from_before_the_first_plan_says_that_the_patient_was_treated_before(
    last_dose: int, is_entry: bool
) -> None:
    case = seen(3, plan(0, fact_id="first"), plan(2, fact_id="later", last_dose=date_of(last_dose)))
    assert (case.entry is not None) is is_entry
    assert len(case.reported) == (not is_entry)


def test_how_the_patient_came_is_not_forgotten_with_a_later_plan_that_tells_a_last_dose() -> None:
    came = plan(0, fact_id="first", entered_as=EnteredAs.LIFELONG, last_dose=date_of(-40))
    case = seen(60, came, plan(50, fact_id="later", last_dose=date_of(45)))
    assert (case.phase, case.entered_after_loading) == (Phase.LIFELONG, True)
    assert due(case) == date_of(45 + 59)  # two months after 19 February
    earlier = seen(60, came, plan(50, fact_id="later", last_dose=date_of(-50)))
    assert earlier.entered_after_loading and due(earlier) == due(seen(60, came))


def test_the_first_plan_with_a_last_dose_says_so_and_a_later_one_with_more_says_it_anew() -> None:
    first = plan(0, fact_id="first", last_dose=date_of(-3))
    assert seen(1, first).entry == first
    assert seen(6, first, plan(5, fact_id="later", last_dose=date_of(4))).entry == first
    more = plan(5, fact_id="later", treatment_started=date_of(-90))
    assert seen(6, first, more).entry == more


def test_a_last_dose_of_a_day_that_has_not_come_is_no_dose_yet() -> None:
    record = record_of(SEEN_HERE, plan(80, fact_id="later", last_dose=date_of(90)))
    assert case_at(record, midnight(90) - INSTANT).reported == ()
    assert [dose.day for dose in case_at(record, midnight(90)).reported] == [date_of(90)]


def test_reported_doses_are_in_order_whoever_reported_them() -> None:
    stated = injection(85, reported=True)
    case = seen(95, *SEEN_HERE, stated, plan(80, fact_id="later", last_dose=date_of(78)))
    assert [dose.day for dose in case.reported] == [date_of(78), date_of(85)]


def test_a_dose_from_before_the_present_treatment_is_history() -> None:
    again = plan(200, fact_id="again", restarts=True)
    case = seen(210, *SEEN_HERE, again, plan(205, fact_id="later", last_dose=date_of(150)))
    assert case.reported == ()
