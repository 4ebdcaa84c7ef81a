"""`loading-incomplete`: section 2 (R2: fewer than six doses by day 16), 8.3.  A limit date is allowed in full."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.alerts import AlertKind
from domain.facts import DosesGivenBy, EnteredAs, Finding, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.policies.loading import LoadingPolicy
from domain.policy import Policy
from domain.rules import injection_overdue
from domain.rules import loading_incomplete as rule
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
    injection,
    injections,
    judge_at,
    midnight,
    plan,
    quiet,
    record_of,
)

FIVE = (0, 3, 9, 12, 15)  # a week without a dose: the sixth could not come in time


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_fires_on_the_day_after_the_sixteenth_day_after_the_first_dose() -> None:
    told = [plan(0), *injections(*FIVE)]
    assert "are to be given by 21 January 2026" in quiet(judged(midnight(17) - INSTANT, told)).because
    fired = fires(judged(midnight(17), told))
    assert (fired.severity, fired.since) == (Severity.HIGH, midnight(17))
    assert fired.because == "5 of 6 loading doses are recorded, which were to be given by 21 January 2026"
    assert "complete the loading doses" in fired.wanted


def test_the_sixth_dose_and_a_recorded_complete_loading_end_it() -> None:
    told = [plan(0), *injections(*FIVE)]
    assert isinstance(judged(day(17), told, injection(day(17))), Quiet)
    assert isinstance(judged(day(17), told, assessment(day(17), Finding.LOADING_COMPLETE)), Quiet)


def test_while_injection_overdue_is_open_that_speaks_for_both() -> None:
    told = [plan(0), *injections(0, 3, 9, 12)]
    assert isinstance(judge_at(injection_overdue, record_of(told), day(17)), Fires)
    assert "injection-overdue says so" in quiet(judged(day(17), told)).because
    late = [*told, injection(18)]
    assert isinstance(judged(midnight(22) - INSTANT, late), Fires)
    assert isinstance(judged(midnight(22), late), Quiet)
    assert isinstance(judge_at(injection_overdue, record_of(late), midnight(22)), Fires)


def test_it_is_one_alert_while_doses_come() -> None:
    first = record_of(plan(0), injections(0, 3, 9, 12, 15))
    later = record_of(plan(0), injections(0, 6, 12, 15), injection(17))
    assert alert_of(rule, first, day(18)).alert_id == alert_of(rule, later, day(18)).alert_id


def test_evidence_is_the_plan_and_the_doses_that_there_are() -> None:
    assert evidence_ids(judged(day(17), plan(0, fact_id="plan"), injections(*FIVE))) == {
        "plan",
        *(dose.fact_id for dose in injections(*FIVE)),
    }


def test_reported_doses_do_not_count_towards_the_loading_and_are_said() -> None:
    told = [plan(0), *injections(*FIVE), injection(16, reported=True)]
    assert "a dose reported on 21 January 2026 does not count" in fires(judged(day(17), told)).because


def test_where_doses_are_given_elsewhere_it_asks_for_the_records() -> None:
    told = [plan(0, doses_given_by=DosesGivenBy.ELSEWHERE), *injections(*FIVE)]
    asked = cannot_tell(judged(midnight(17), told))
    assert (asked.severity, asked.since) == (Severity.MEDIUM, midnight(17))
    assert alert_of(rule, record_of(told), day(17)).kind is AlertKind.UNKNOWN


@pytest.mark.parametrize(("code", "given", "wanted"), [("R2-PIL", 6, 7), ("R4", 4, 5)])
def test_it_asks_for_the_number_of_doses_of_the_regimen(code: str, given: int, wanted: int) -> None:
    told = [plan(0, code), injection(0), *(injection(18 - n) for n in range(1, given))]
    assert f"{given} of {wanted} loading doses" in fires(judged(midnight(18), told)).because
    assert isinstance(judged(midnight(18), told, injection(9)), Quiet)


@pytest.mark.parametrize("code", ["R1", "R2-SPC", "R3", "R5", "R7"])
def test_regimens_whose_loading_is_no_number_of_doses_are_not_asked(code: str) -> None:
    assert isinstance(judged(day(18), plan(0, code), injections(0, 17)), Quiet)


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_a_patient_who_came_after_the_loading_is_not_asked(entered_as: EnteredAs) -> None:
    told = [plan(0, entered_as=entered_as, last_dose=date_of(-1)), *injections(0, 15, 17)]
    assert isinstance(judged(day(18), told), Quiet)


def test_loading_doses_that_the_plan_tells_count_from_the_start_that_it_tells() -> None:
    told = plan(
        10, entered_as=EnteredAs.LOADING, treatment_started=date_of(0), loading_doses_given=3, last_dose=date_of(9)
    )
    assert isinstance(judged(midnight(17) - INSTANT, told, injections(12, 15)), Quiet)
    assert "5 of 6" in fires(judged(midnight(17), told, injections(12, 15))).because


def test_with_involvement_unknown_six_doses_are_enough_for_it() -> None:
    told = [plan(0, neurological_involvement=YesNoUnknown.UNKNOWN), *injections(*FIVE)]
    assert isinstance(judged(midnight(17), told), Fires)
    assert "6 loading doses are given" in quiet(judged(day(17), told, injection(day(17)))).because


def test_the_hospital_sets_the_days() -> None:
    policy = Policy(loading=LoadingPolicy(complete_by_days=20))
    told = record_of(plan(0), injections(0, 3, 12, 15, 18))
    assert isinstance(judge_at(rule, told, midnight(21) - INSTANT, policy), Quiet)
    assert isinstance(judge_at(rule, told, midnight(21), policy), Fires)


def test_the_limit_is_the_wards_midnight_across_the_change_of_clocks() -> None:
    start = 70  # 16 March 2026; summer time begins on the 29th
    told = [plan(start), *injections(*(start + n for n in FIVE))]
    assert midnight(start + 17) - midnight(start) == timedelta(days=17) - timedelta(hours=1)
    assert isinstance(judged(midnight(start + 17) - INSTANT, told), Quiet)
    assert isinstance(judged(midnight(start + 17), told), Fires)


def test_of_reported_doses_the_last_is_told_and_of_two_charts_of_a_dose_one_is_shown() -> None:
    given = [injection(0, fact_id="a-nurse"), injection(day(0, 11), fact_id="b-pharmacy"), injection(15)]
    reported = [injection(5, reported=True), injection(8, reported=True)]
    late = fires(judged(midnight(17), plan(0, fact_id="plan"), given, reported))
    assert "a dose reported on 13 January 2026 does not count" in late.because
    assert evidence_ids(late) == {"a-nurse", injection(15).fact_id, "plan"}
