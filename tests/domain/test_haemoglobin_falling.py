"""`haemoglobin-falling`: section 3 and the end of section 8.5: a fall of 20 g/L, or below 70 after the first week."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import Comparator, EnteredAs, Fact, Finding, ResultStatus, Sex
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import haemoglobin_falling as rule
from domain.rules import haemoglobin_not_normal_at_two_months as two_months
from tests.kit import (
    INSTANT,
    Facts,
    When,
    alert_of,
    assess_at,
    assessment,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    judge_at,
    loading,
    midnight,
    on,
    plan,
    quiet,
    record_of,
    severity_of,
    transfusion,
    withdrawal,
)

STARTED = [plan(0), *loading()]
"""A woman; the first dose at 9 o'clock of day 0."""
SETTLED = [*STARTED, haemoglobin(100, 130, fact_id="peak")]
"""Haemoglobin became normal: what is low after six months belongs to this rule."""
ACCEPTED = Finding.OTHER_CAUSE_ACCEPTED
TWO_MONTHS = midnight(on(2026, 3, 6))
SIX_MONTHS = on(2026, 7, 5)


def judged(at: int | datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), day(at) if isinstance(at, int) else at)


# --- how far -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ("110.1", None),
        ("110", Severity.HIGH),
        ("90", Severity.HIGH),
        ("70", Severity.HIGH),
        ("69.9", Severity.CRITICAL),
    ],
)
def test_a_fall_of_twenty_below_the_highest_is_high_and_under_70_critical(
    value: str, severity: Severity | None
) -> None:
    assert severity_of(judged(401, SETTLED, haemoglobin(400, value))) is severity


@pytest.mark.parametrize(("value", "severity"), [("119.9", Severity.HIGH), ("120", Severity.MEDIUM)])
def test_a_fall_to_a_value_that_is_normal_all_the_same_is_medium(value: str, severity: Severity) -> None:
    assert severity_of(judged(401, STARTED, haemoglobin(100, 140), haemoglobin(400, value))) is severity


def test_a_fall_to_a_value_of_which_that_cannot_be_told_is_high() -> None:
    facts = [plan(0, sex=Sex.UNKNOWN), injection(0), haemoglobin(100, 145), haemoglobin(400, 125)]
    assert severity_of(judged(401, facts)) is Severity.HIGH


@pytest.mark.parametrize(("sampled", "is_peak"), [(midnight(7) - INSTANT, False), (midnight(7), True)])
def test_the_highest_is_looked_for_from_day_seven_on(sampled: datetime, is_peak: bool) -> None:
    answer = judged(31, STARTED, haemoglobin(sampled, 120), haemoglobin(30, 95))
    assert isinstance(answer, Fires if is_peak else Quiet)


def test_of_two_that_are_equally_high_the_first_is_told() -> None:
    second = haemoglobin(200, 130, fact_id="second")
    assert evidence_ids(judged(401, SETTLED, second, haemoglobin(400, 105, fact_id="low"))) == {"peak", "low"}


def test_the_highest_of_all_counts_and_not_the_last() -> None:
    facts = [*STARTED, haemoglobin(100, 130, fact_id="peak"), haemoglobin(200, 115), haemoglobin(400, 108)]
    assert evidence_ids(judged(401, facts)) >= {"peak"}


@pytest.mark.parametrize(
    ("sampled", "value", "severity"),
    [
        (7, "69", None),
        (midnight(8), "69", Severity.CRITICAL),
        (8, "70", None),
        (8, "69.9", Severity.CRITICAL),
        (30, "60", Severity.CRITICAL),
    ],
)
def test_below_70_after_the_first_week_is_critical_without_any_fall(
    sampled: When, value: str, severity: Severity | None
) -> None:
    """A patient who never rose is no less in danger."""
    assert severity_of(judged(31, STARTED, haemoglobin(-1, 66), haemoglobin(sampled, value))) is severity


def test_it_says_from_what_to_what_in_one_unit_and_what_is_wanted() -> None:
    fired = fires(judged(401, SETTLED, haemoglobin(400, "10.5", unit="g/dL", fact_id="low")))
    assert fired.because == (
        "haemoglobin was 10.5 g/dL (105 g/L) on 9 February 2027 09:00 GMT, down from 130 g/L on 15 April 2026 09:00 BST"
    )
    assert evidence_ids(fired) == {"low", "peak"}
    assert "bleeding" in fired.wanted
    very_low = fires(judged(31, STARTED, haemoglobin(30, 65)))
    assert very_low.because == "haemoglobin was 65 g/L on 4 February 2026 09:00 GMT: under 70 g/L"


# --- who came in mid-course --------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [[], [injection(28)]], ids=["no dose since", "a dose since"])
def test_where_nobody_told_the_start_what_is_known_since_the_patient_came_counts(given: list[Fact]) -> None:
    entered = [plan(0, entered_as=EnteredAs.LIFELONG, last_dose=date_of(-20)), *given]
    before, since, low = haemoglobin(midnight(0) - INSTANT, 140), haemoglobin(midnight(0), 140), haemoglobin(30, 100)
    assert isinstance(judged(40, entered, before, low), Quiet)
    assert severity_of(judged(40, entered, since, low)) is Severity.HIGH
    assert severity_of(judged(40, entered, haemoglobin(30, 62))) is Severity.CRITICAL
    changed = plan(20, "R1", fact_id="changed")
    assert severity_of(judged(40, entered, since, changed, low)) is Severity.HIGH


def test_where_the_plan_tells_the_start_day_seven_counts_from_it() -> None:
    entered = plan(0, entered_as=EnteredAs.MAINTENANCE, treatment_started=date_of(-60), last_dose=date_of(-20))
    for sampled, kind in ((-54, Quiet), (-53, Fires)):
        assert isinstance(judged(40, entered, haemoglobin(sampled, 140), haemoglobin(30, 100)), kind)


# --- one concern, one alert --------------------------------------------------------------------------------------


def test_until_the_two_months_are_over_it_speaks_and_then_the_rule_about_them() -> None:
    facts = record_of(STARTED, haemoglobin(40, 125), haemoglobin(57, 100))
    assert isinstance(judge_at(rule, facts, TWO_MONTHS - INSTANT), Fires)
    assert isinstance(judge_at(two_months, facts, TWO_MONTHS - INSTANT), Quiet)
    assert "said already" in quiet(judge_at(rule, facts, TWO_MONTHS)).because
    assert isinstance(judge_at(two_months, facts, TWO_MONTHS), Fires)
    assert assess_at(facts, TWO_MONTHS - INSTANT).next_review_at == TWO_MONTHS


def test_a_low_one_within_six_months_belongs_to_the_two_months_and_a_later_one_here() -> None:
    for sampled, kinds in (
        (midnight(SIX_MONTHS + 1) - INSTANT, (Quiet, Fires)),
        (midnight(SIX_MONTHS + 1), (Fires, Quiet)),
    ):
        record = record_of(SETTLED, haemoglobin(sampled, 105))
        assert tuple(type(judge_at(r, record, day(SIX_MONTHS + 2))) for r in (rule, two_months)) == kinds


def test_where_the_two_months_cannot_tell_of_the_newest_it_is_quiet_too() -> None:
    record = record_of(SETTLED, transfusion(118), haemoglobin(120, 105))
    assert isinstance(judge_at(two_months, record, day(121)), CannotTell)
    assert isinstance(judge_at(rule, record, day(121)), Quiet)


def test_a_cause_accepted_at_the_two_months_is_not_asked_for_here_again() -> None:
    told = [*STARTED, haemoglobin(40, 130), haemoglobin(61, 115), assessment(62, ACCEPTED), haemoglobin(70, 109)]
    record = record_of(told)
    assert isinstance(judge_at(two_months, record, day(71)), Quiet)
    assert isinstance(judge_at(rule, record, day(71)), Quiet)


def test_within_six_months_a_fall_to_a_normal_value_is_told_here() -> None:
    record = record_of(STARTED, haemoglobin(40, 145), haemoglobin(100, 125))
    assert isinstance(judge_at(two_months, record, day(101)), Quiet)
    assert severity_of(judge_at(rule, record, day(101))) is Severity.MEDIUM


def test_where_the_start_is_asked_for_a_fall_is_told_all_the_same() -> None:
    untold = [plan(0, entered_as=EnteredAs.LOADING, last_dose=date_of(-1)), injection(1)]
    record = record_of(untold, haemoglobin(10, 125), haemoglobin(100, 100))
    assert cannot_tell(judge_at(two_months, record, day(101))).missing == "the day on which treatment started"
    assert isinstance(judge_at(rule, record, day(101)), Fires)


# --- another cause accepted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("later", "kind"), [("95.1", Quiet), ("95", Fires)])
def test_an_accepted_cause_quietens_it_until_haemoglobin_is_10_lower(later: str, kind: type) -> None:
    told = [*SETTLED, haemoglobin(400, 105), assessment(401, ACCEPTED)]
    assert "another cause was accepted on 10 February 2027" in quiet(judged(402, told)).because
    assert isinstance(judged(411, told, haemoglobin(410, later)), kind)


def test_an_accepted_cause_explains_no_later_fall() -> None:
    told = [*SETTLED, haemoglobin(400, 105), assessment(401, ACCEPTED), haemoglobin(450, 129)]
    assert isinstance(judged(451, told), Quiet)
    assert isinstance(judged(501, told, haemoglobin(500, 108)), Fires)


# --- transfusion -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days_before", "kind"), [(91, Fires), (90, CannotTell), (0, CannotTell), (-1, Fires)])
def test_a_peak_within_90_days_after_a_transfusion_proves_no_fall(days_before: int, kind: type) -> None:
    peak = haemoglobin(200, 130, fact_id="peak")
    facts = [*STARTED, haemoglobin(70, 121), transfusion(200 - days_before), peak, haemoglobin(400, 105)]
    answer = judged(401, facts)
    assert isinstance(answer, kind)
    assert severity_of(answer) is Severity.HIGH
    if isinstance(answer, CannotTell):
        assert "red cells were transfused" in answer.because
        assert evidence_ids(answer) >= {"peak"}
        assert answer.since == day(400)


def test_a_fall_from_a_peak_of_the_patients_own_is_certain_whatever_was_transfused_later() -> None:
    facts = [*SETTLED, transfusion(390), haemoglobin(395, 140), haemoglobin(400, 105, fact_id="low")]
    assert evidence_ids(fires(judged(401, facts))) == {"peak", "low"}


def test_below_70_is_certain_whatever_was_transfused() -> None:
    assert severity_of(judged(31, STARTED, transfusion(25), haemoglobin(26, 95), haemoglobin(30, 69))) is (
        Severity.CRITICAL
    )


# --- values that are not exact, and the order of samples ---------------------------------------------------------


@pytest.mark.parametrize(
    ("comparator", "value", "kind"),
    [
        (Comparator.LESS, 110, Fires),
        (Comparator.LESS, 111, CannotTell),
        (Comparator.MORE, 110, CannotTell),
        (Comparator.MORE, 111, Quiet),
    ],
)
def test_a_newest_that_is_not_exact_tells_of_a_fall_only_where_it_must_be_one(
    comparator: Comparator, value: int, kind: type
) -> None:
    answer = judged(401, SETTLED, haemoglobin(400, value, comparator=comparator, fact_id="low"))
    assert isinstance(answer, kind)
    if isinstance(answer, CannotTell):
        assert (answer.severity, answer.since, evidence_ids(answer)) == (Severity.MEDIUM, day(400), {"low"})


@pytest.mark.parametrize(("comparator", "kind"), [(Comparator.AT_LEAST, Fires), (Comparator.AT_MOST, Quiet)])
def test_a_peak_that_is_not_exact_counts_for_what_it_is_at_least(comparator: Comparator, kind: type) -> None:
    facts = [*STARTED, haemoglobin(90, 121), haemoglobin(100, 130, comparator=comparator), haemoglobin(400, 110)]
    assert isinstance(judged(401, facts), kind)


def test_of_two_of_one_day_and_no_hour_the_worse_is_the_newest() -> None:
    pair = haemoglobin(date_of(400), 105, fact_id="low"), haemoglobin(day(400, 15), 125)
    fired = fires(judged(401, SETTLED, pair))
    assert evidence_ids(fired) == {"low", "peak"}
    assert fired.since == midnight(400)


def test_the_newest_sample_decides_and_not_the_newest_arrival() -> None:
    record = record_of(SETTLED, haemoglobin(400, 125)).add(haemoglobin(390, 100), known_at=day(401))
    assert isinstance(judge_at(rule, record, day(401)), Quiet)


def test_a_clumped_sample_tells_nothing() -> None:
    assert isinstance(judged(401, SETTLED, haemoglobin(400, None, clumped=True)), Quiet)


# --- identity, and corrections -----------------------------------------------------------------------------------


def test_it_is_one_concern_from_the_first_low_value_on_and_ends_with_a_rise() -> None:
    told = [*SETTLED, haemoglobin(400, 108)]
    first, later = record_of(told), record_of(told, haemoglobin(420, 104))
    assert fires(judge_at(rule, later, day(421))).since == day(400)
    assert alert_of(rule, first, day(401)).alert_id == alert_of(rule, later, day(421)).alert_id
    assert isinstance(judged(441, told, haemoglobin(420, 104), haemoglobin(440, 118)), Quiet)


def test_a_higher_peak_that_comes_late_leaves_the_id() -> None:
    told = [*SETTLED, haemoglobin(400, 108)]
    late = record_of(told, haemoglobin(150, 140))
    assert alert_of(rule, record_of(told), day(401)).alert_id == alert_of(rule, late, day(401)).alert_id


@pytest.mark.parametrize(("first", "second", "kinds"), [("130", "120", (Fires, Quiet)), ("120", "130", (Quiet, Fires))])
def test_a_corrected_peak_decides_in_both_directions(first: str, second: str, kinds: tuple[type, type]) -> None:
    record = record_of(STARTED, haemoglobin(100, first, fact_id="peak"), haemoglobin(400, 105))
    corrected = haemoglobin(100, second, fact_id="peak", version=2, status=ResultStatus.CORRECTED)
    answers = judge_at(rule, record, day(402)), judge_at(rule, record.add(corrected, day(402)), day(402))
    assert tuple(map(type, answers)) == kinds


def test_a_withdrawn_low_value_takes_the_alert_with_it() -> None:
    low = haemoglobin(400, 105)
    record = record_of(SETTLED, low)
    assert isinstance(judge_at(rule, record.add(withdrawal(low, 402), day(402)), day(402)), Quiet)


# --- to whom it applies ------------------------------------------------------------------------------------------


def test_a_prophylaxis_is_watched_too() -> None:
    prophylaxis = [plan(0, "R5"), injection(0)]
    assert isinstance(judged(31, prophylaxis, haemoglobin(20, 135), haemoglobin(30, 105)), Fires)


def test_a_fall_is_told_since_the_first_that_may_belong_to_it_where_only_days_are_known() -> None:
    low, rival = haemoglobin(399, 105, fact_id="low"), haemoglobin(date_of(400), 104, fact_id="next")
    same_day = haemoglobin(day(400, 15), 125)
    assert fires(judged(401, SETTLED, low, rival, same_day)).since == day(399)
    day_before = haemoglobin(day(399, 15), 125)
    assert fires(judged(401, SETTLED, low, rival, day_before)).since == midnight(400)


def test_a_restarted_treatment_has_a_highest_of_its_own() -> None:
    again = [plan(300, fact_id="again", restarts=True), injection(301)]
    assert isinstance(judged(341, SETTLED, again, haemoglobin(310, 112), haemoglobin(340, 105)), Quiet)


def test_it_is_quiet_before_the_first_dose_after_the_end_under_16_and_without_a_plan() -> None:
    fell = [haemoglobin(10, 130), haemoglobin(40, 60)]
    assert isinstance(judged(41, plan(0), fell), Quiet)
    assert isinstance(judged(41, plan(0, end=ended(30)), injection(0), fell), Quiet)
    assert isinstance(judged(41, plan(0, birth_date=date_of(-5000)), injection(0), fell), Quiet)
    assert isinstance(judged(41, injection(0), fell), Quiet)
