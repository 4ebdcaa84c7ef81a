"""Where the reference leaves a reading open, the safe one: too young, given elsewhere, one day without an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.facts import AdministrationStatus, DosesGivenBy, EnteredAs, Fact, Finding, Route, Sex, YesNoUnknown
from domain.judgement import CannotTell, Fires, Quiet, Severity
from domain.phase import Phase
from tests.kit import (
    INSTANT,
    LOADING_DAYS,
    assess_at,
    assessment,
    cannot_tell,
    date_of,
    day,
    fires,
    haemoglobin,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    plan,
    platelets,
    quiet,
    record_of,
    rule_named,
)

OVERDUE = rule_named("injection-overdue")
HAEMOGLOBIN = rule_named("haemoglobin-not-normal-at-two-months")
PLATELETS = rule_named("platelets-low-before-im")

SIXTEEN_ON_DAY_70 = date_of(70).replace(year=date_of(70).year - 16)


@pytest.mark.parametrize(
    ("instant", "kind"), [(midnight(70) - INSTANT, CannotTell), (midnight(70), Quiet)], ids=["under 16", "16 today"]
)
def test_a_patient_under_16_gets_no_regimen_of_adults(instant: datetime, kind: type) -> None:
    record = record_of(plan(0, regimen="R2", birth_date=SIXTEEN_ON_DAY_70), loading())
    judgement = judge_at(OVERDUE, record, instant)
    assert isinstance(judgement, kind)


@pytest.mark.parametrize(
    ("instant", "kind"), [(midnight(70) - INSTANT, Quiet), (midnight(70), Fires)], ids=["under 16", "16 today"]
)
def test_haemoglobin_is_read_by_no_band_of_adults_before_16(instant: datetime, kind: type) -> None:
    record = record_of(
        plan(0, regimen="R2", sex=Sex.MALE, birth_date=SIXTEEN_ON_DAY_70), loading(), haemoglobin(60, 125)
    )
    assert isinstance(judge_at(HAEMOGLOBIN, record, instant), kind)


def test_a_dose_given_elsewhere_is_to_be_confirmed_while_involvement_is_unknown_too() -> None:
    told: dict[str, Any] = {"neurological_involvement": YesNoUnknown.UNKNOWN, "doses_given_by": DosesGivenBy.ELSEWHERE}
    record = record_of(plan(0, regimen="R2", **told), injections(*LOADING_DAYS))
    assert cannot_tell(judge_at(OVERDUE, record, day(11 + 70))).severity is Severity.MEDIUM


@pytest.mark.parametrize(("hour", "count", "low"), [(10, 200, True), (10, 300, True)])
def test_a_low_count_of_a_day_without_an_hour_stands_against_a_timed_one_of_that_day(
    hour: int, count: int, low: bool
) -> None:
    record = record_of(plan(0, regimen="R2"), injection(0), platelets(date_of(3), 12), platelets(day(3, hour), count))
    assert isinstance(judge_at(PLATELETS, record, day(4)), Fires) is low


def test_a_timed_count_of_the_next_day_settles_a_low_one_without_an_hour() -> None:
    record = record_of(plan(0, regimen="R2"), injection(0), platelets(date_of(3), 12), platelets(day(4, 0.1), 200))
    quiet(judge_at(PLATELETS, record, day(5)))


@pytest.mark.parametrize(("sampled", "severity"), [(7, Severity.HIGH), (8, Severity.CRITICAL)])
def test_a_very_low_value_of_the_first_seven_days_is_the_known_baseline(sampled: int, severity: Severity) -> None:
    record = record_of(plan(0, regimen="R2", sex=Sex.FEMALE), loading(), haemoglobin(sampled, 65))
    assert fires(judge_at(HAEMOGLOBIN, record, day(70))).severity is severity


def test_a_loading_that_began_before_the_patient_came_has_no_guessed_start() -> None:
    entered: dict[str, Any] = {"entered_as": EnteredAs.LOADING, "last_dose": date_of(-2), "loading_doses_given": 2}
    record = record_of(plan(0, regimen="R2", **entered), injections(0, 2, 4, 7))
    assert "when the treatment started" in cannot_tell(judge_at(HAEMOGLOBIN, record, day(90))).because
    told = record_of(
        plan(0, regimen="R2", treatment_started=date_of(-4), **entered), injections(0, 2, 4, 7), haemoglobin(50, 90)
    )
    fires(judge_at(HAEMOGLOBIN, told, day(90)))


@pytest.mark.parametrize(
    ("dose", "why"),
    [
        (injection(0, 1_000_000), "check the unit"),
        (injection(0, 499), "too little"),
        (injection(0, route=Route.ORAL), "its route is oral"),
        (injection(0, status=AdministrationStatus.NOT_DONE), "its status is not-done"),
    ],
    ids=["1000 mg", "less than half", "oral", "refused"],
)
def test_a_charted_dose_that_does_not_count_is_named_in_the_alert(dose: Fact, why: str) -> None:
    judgement = fires(judge_at(OVERDUE, record_of(plan(0, regimen="R2"), dose), day(5)))
    assert "one charted on 5 January 2026 does not count" in judgement.because
    assert why in judgement.because
    assert dose.fact_id in {evidence.fact_id for evidence in judgement.evidence}


def test_a_charted_dose_before_the_last_that_counts_is_no_news() -> None:
    record = record_of(plan(0, regimen="R2"), injection(0, 499), injection(1))
    assert "does not count" not in fires(judge_at(OVERDUE, record, day(6))).because


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        ([assessment(-3, Finding.LOADING_COMPLETE), injection(0)], Phase.LOADING),
        ([assessment(1, Finding.LOADING_COMPLETE)], Phase.NOT_STARTED),
        ([injection(0), assessment(1, Finding.LOADING_COMPLETE)], Phase.MAINTENANCE),
    ],
    ids=["before the dose", "without a dose", "after the dose"],
)
def test_loading_complete_ends_the_loading_of_a_dose_before_it(facts: list[Fact], phase: Phase) -> None:
    assert assess_at(record_of(plan(0, regimen="R2"), facts), day(2)).situation.phase is phase


def test_a_low_haemoglobin_of_a_day_without_an_hour_stands_against_a_timed_one_of_that_day() -> None:
    record = record_of(plan(0, regimen="R2"), loading(), haemoglobin(date_of(50), 65), haemoglobin(day(50), 135))
    assert fires(judge_at(HAEMOGLOBIN, record, day(70))).severity is Severity.CRITICAL


@pytest.mark.parametrize(("days_before", "severity"), [(90, Severity.INFO), (91, Severity.MEDIUM)])
def test_an_old_value_is_no_baseline(days_before: int, severity: Severity) -> None:
    record = record_of(plan(0, regimen="R2"), loading(), haemoglobin(-days_before, 140))
    assert cannot_tell(judge_at(HAEMOGLOBIN, record, day(70))).severity is severity


def test_a_runaway_feed_makes_no_endless_status() -> None:
    charts = [injection(day(0, n / 100), 499, fact_id=f"chart-{n:03}") for n in range(200)]
    assessment_now = assess_at(record_of(plan(0, regimen="R2"), charts), day(10))
    assert len(assessment_now.situation.remarks) == 21
    assert assessment_now.situation.remarks[-1] == "and 180 older remarks"


def test_many_charts_of_one_dose_make_no_endless_evidence() -> None:
    charts = [injection(day(0, 9 + n / 100), fact_id=f"chart-{n:03}") for n in range(200)]
    assert len(fires(judge_at(OVERDUE, record_of(plan(0, regimen="R2"), charts), day(10))).evidence) == 6
