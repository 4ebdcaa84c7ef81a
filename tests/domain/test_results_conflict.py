"""Two final results of one sample time that cannot both be true (section 5.6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.facts import Analyte, Comparator, ResultStatus, Sex
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import results_conflict as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    haemoglobin,
    judge_at,
    midnight,
    plan,
    platelets,
    potassium,
    quiet,
    record_of,
    result,
    severity_of,
    transfusion,
    withdrawal,
)

PLAN = plan(0, fact_id="plan")
LAB, GAS = potassium(2, "4.0", fact_id="lab"), potassium(2, "4.6", fact_id="gas")
MEDIUM, LOW = Severity.MEDIUM, Severity.LOW


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(PLAN, *facts), at)


def pair(analyte: Analyte, one: str, other: str, unit: str | None = None) -> Severity | None:
    results = [result(analyte, 2, one, fact_id="one"), result(analyte, 2, other, unit, fact_id="other")]
    return severity_of(judged(day(3), results))


def test_results_that_differ_by_more_than_a_tenth_conflict() -> None:
    assert isinstance(judged(day(2) - INSTANT, LAB, GAS), Quiet)
    asked = cannot_tell(judged(day(2), LAB, GAS))
    assert (asked.severity, asked.since, asked.episode) == (LOW, day(2), "minute:2026-01-07T09:00")
    assert "potassium 4 mmol/L and 4.6 mmol/L of 7 January 2026 09:00 GMT" in asked.because
    assert "the rules go by the worse" in asked.because
    assert asked.missing == "which of the results holds"
    assert evidence_ids(asked) == {"lab", "gas"}


@pytest.mark.parametrize(("high", "severity"), [("4.9", None), ("5.0", None), ("5.01", LOW)])
def test_a_tenth_of_the_higher_is_allowed(high: str, severity: Severity | None) -> None:
    assert pair(Analyte.POTASSIUM, "4.5", high) is severity


@pytest.mark.parametrize(
    ("analyte", "low", "high", "severity"),
    [
        (Analyte.PLATELETS, "49", "50", None),
        (Analyte.PLATELETS, "50", "51", MEDIUM),
        (Analyte.PLATELETS, "24", "25", MEDIUM),
        (Analyte.PLATELETS, "99", "100", MEDIUM),
        (Analyte.PLATELETS, "149", "150", MEDIUM),
        (Analyte.PLATELETS, "150", "151", None),
        (Analyte.POTASSIUM, "2.4", "2.5", MEDIUM),
        (Analyte.POTASSIUM, "2.9", "3.0", MEDIUM),
        (Analyte.POTASSIUM, "3.4", "3.5", MEDIUM),
        (Analyte.POTASSIUM, "3.5", "3.6", None),
        (Analyte.VITAMIN_B12, "179", "180", MEDIUM),
        (Analyte.VITAMIN_B12, "180", "181", None),
        (Analyte.VITAMIN_B12, "350", "351", MEDIUM),
        (Analyte.ACTIVE_B12, "24.9", "25", MEDIUM),
        (Analyte.ACTIVE_B12, "70", "70.1", MEDIUM),
        (Analyte.FOLATE, "2.9", "3", MEDIUM),
        (Analyte.RETICULOCYTES, "85", "86", MEDIUM),
        (Analyte.HAEMOGLOBIN, "119", "120", MEDIUM),
        (Analyte.HAEMOGLOBIN, "120", "129", None),
        (Analyte.HAEMOGLOBIN, "109", "110", MEDIUM),
        (Analyte.HAEMOGLOBIN, "69", "70", MEDIUM),
        (Analyte.METHYLMALONIC_ACID, "270", "301", LOW),
        (Analyte.HOMOCYSTEINE, "15", "16", None),
        (Analyte.RETICULOCYTE_SHARE, "1", "2", LOW),
        (Analyte.CREATININE, "50", "90", None),
        (Analyte.EGFR, "30", "60", None),
    ],
)
def test_two_sides_of_a_limit_that_a_rule_goes_by_are_medium(
    analyte: Analyte, low: str, high: str, severity: Severity | None
) -> None:
    assert pair(analyte, low, high) is pair(analyte, high, low) is severity


def test_units_are_compared_after_conversion() -> None:
    assert pair(Analyte.HAEMOGLOBIN, "125", "12.5", "g/dL") is None
    assert pair(Analyte.HAEMOGLOBIN, "125", "15.0", "g/dL") is LOW


def test_haemoglobin_is_judged_as_the_plan_has_it() -> None:
    results = [haemoglobin(2, 125, fact_id="lab"), haemoglobin(2, 131, fact_id="gas")]
    for sex, severity in ((Sex.FEMALE, None), (Sex.MALE, MEDIUM), (Sex.UNKNOWN, MEDIUM)):
        assert severity_of(judge_at(rule, record_of(plan(0, sex=sex), results), day(3))) is severity
    assert isinstance(judged(day(3), transfusion(1), results), Quiet)


@pytest.mark.parametrize(
    ("comparator", "value", "severity"),
    [(Comparator.LESS, "4.6", None), (Comparator.LESS, "3.5", MEDIUM), (Comparator.MORE, "4", None)],
)
def test_a_value_that_is_not_exact_conflicts_only_across_a_limit(
    comparator: Comparator, value: str, severity: Severity | None
) -> None:
    rival = potassium(2, value, comparator=comparator, fact_id="rival")
    assert severity_of(judged(day(3), potassium(2, "4.0", fact_id="lab"), rival)) is severity


@pytest.mark.parametrize(("seconds", "conflicts"), [(0, True), (59.9, True), (60, False), (-0.1, False)])
def test_they_are_of_one_minute(seconds: float, conflicts: bool) -> None:
    rival = potassium(day(2) + timedelta(seconds=seconds), "4.6", fact_id="rival")
    assert isinstance(judged(day(3), LAB, rival), CannotTell) is conflicts


def test_of_days_alone_there_may_be_two_samples() -> None:
    for one, other in ((date_of(2), date_of(2)), (day(2, 0), date_of(2))):
        results = [potassium(one, "4.0", fact_id="a"), potassium(other, "4.6", fact_id="b")]
        assert isinstance(judged(day(3), results), Quiet)


def test_a_newer_result_settles_it() -> None:
    assert isinstance(judged(day(3), LAB, GAS, potassium(3, "4.1")), Quiet)
    assert isinstance(judged(day(3), LAB, GAS, potassium(1, "4.1")), CannotTell)


def test_results_that_are_not_final_or_have_no_value_do_not_conflict() -> None:
    preliminary = potassium(2, "4.6", status=ResultStatus.PRELIMINARY, fact_id="other")
    assert isinstance(judged(day(3), LAB, preliminary), Quiet)
    clumped = [platelets(2, None, clumped=True, fact_id="a"), platelets(2, None, clumped=True, fact_id="b")]
    for others in ([], [platelets(2, 40, fact_id="c")]):
        assert isinstance(judged(day(3), clumped, others), Quiet)
    assert isinstance(judged(day(3), clumped, platelets(2, 40, fact_id="c"), platelets(2, 60, fact_id="d")), CannotTell)


def test_the_lowest_and_the_highest_of_several_are_named() -> None:
    said = cannot_tell(judged(day(3), LAB, GAS, potassium(2, "4.3", fact_id="third")))
    assert evidence_ids(said) == {"lab", "gas"}


def test_two_analytes_of_one_minute_are_one_alert_and_the_newest_minute_is_told() -> None:
    blood = [haemoglobin(2, 100, fact_id="hb-lab"), haemoglobin(2, 130, fact_id="hb-gas")]
    both = cannot_tell(judged(day(3), LAB, GAS, blood))
    assert both.severity is MEDIUM
    assert evidence_ids(both) == {"lab", "gas", "hb-lab", "hb-gas"}
    assert "haemoglobin 100 g/L and 130 g/L" in both.because and "; potassium 4 mmol/L" in both.because
    later = [haemoglobin(3, 100, fact_id="hb-lab"), haemoglobin(3, 104, fact_id="hb-gas")]
    assert evidence_ids(judged(day(4), LAB, GAS, later)) == {"lab", "gas"}
    apart = [haemoglobin(3, 100, fact_id="hb-lab"), haemoglobin(3, 130, fact_id="hb-gas")]
    newest = cannot_tell(judged(day(4), LAB, GAS, apart))
    assert (newest.episode, evidence_ids(newest)) == ("minute:2026-01-08T09:00", {"hb-lab", "hb-gas"})


def test_it_is_told_for_four_weeks() -> None:
    assert isinstance(judged(midnight(31) - INSTANT, LAB, GAS), CannotTell)
    assert "no results of late" in quiet(judged(midnight(31), LAB, GAS)).because


def test_it_is_one_alert_while_another_result_comes_and_none_after_a_withdrawal() -> None:
    third = potassium(2, "5.2", fact_id="third")
    alerts = [alert_of(rule, record_of(PLAN, LAB, GAS, more), day(3)) for more in ([], [third])]
    assert len({alert.alert_id for alert in alerts}) == 1
    assert isinstance(judged(day(3), LAB, GAS, withdrawal(GAS, 3)), Quiet)
    corrected = potassium(2, "4.1", fact_id="gas", version=2)
    assert isinstance(judged(day(3), LAB, GAS, corrected), Quiet)


def test_it_is_quiet_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert isinstance(judge_at(rule, record_of(LAB, GAS), day(3)), Quiet)
    for over in (plan(0, end=ended(3)), plan(0, birth_date=date(2015, 1, 1))):
        assert isinstance(judge_at(rule, record_of(over, LAB, GAS), day(3)), Quiet)
