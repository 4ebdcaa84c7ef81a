"""`potassium-low`: section 3: low potassium in the first days, and not known in severe anaemia after 48 hours."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import Comparator, EnteredAs, ResultStatus
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import potassium_low as rule
from tests.kit import (
    INSTANT,
    Facts,
    When,
    alert_of,
    assess_at,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    judge_at,
    midnight,
    oral,
    plan,
    potassium,
    quiet,
    record_of,
    severity_of,
    transfusion,
    withdrawal,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


STARTED = [plan(0), injection(0)]
"""The first dose at 9 o'clock of day 0."""
SEVERE = haemoglobin(-1, "79.9", fact_id="hb")
DUE = day(2)
"""48 hours after the first dose."""


# --- low ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ("2.4", Severity.CRITICAL),
        ("2.5", Severity.HIGH),
        ("2.9", Severity.HIGH),
        ("3.0", Severity.MEDIUM),
        ("3.4", Severity.MEDIUM),
        ("3.5", None),
        ("5", None),
    ],
)
def test_below_2_5_is_critical_below_3_high_and_below_3_5_medium(value: str, severity: Severity | None) -> None:
    assert severity_of(judged(day(1), STARTED, potassium(1, value))) is severity


@pytest.mark.parametrize(
    ("comparator", "value", "kind", "severity"),
    [
        (Comparator.LESS, "2.5", Fires, Severity.CRITICAL),
        (Comparator.AT_MOST, "2.5", Fires, Severity.HIGH),
        (Comparator.LESS, "3.5", Fires, Severity.MEDIUM),
        (Comparator.AT_MOST, "3.5", CannotTell, Severity.MEDIUM),
        (Comparator.MORE, "3.4", CannotTell, Severity.MEDIUM),
        (Comparator.AT_LEAST, "3.5", Quiet, None),
    ],
)
def test_a_value_that_is_not_exact_is_told_only_where_it_must_be_so(
    comparator: Comparator, value: str, kind: type, severity: Severity | None
) -> None:
    judgement = judged(day(1), STARTED, potassium(1, value, comparator=comparator))
    assert isinstance(judgement, kind)
    assert severity_of(judgement) is severity


def test_it_says_what_was_measured_when_and_what_is_wanted() -> None:
    fired = fires(judged(day(1), STARTED, potassium(1, "2.8", unit="meq/L", fact_id="k")))
    for words in ("2.8 meq/L", "6 January 2026", "treatment started on 5 January 2026", "below 3.5 mmol/L"):
        assert words in fired.because
    assert "replace potassium" in fired.wanted
    assert evidence_ids(fired) == {"k"}
    assert fired.since == day(1)
    assert fired.episode == "start:2026-01-05"


# --- which samples are watched -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sampled", "watched"),
    [
        (day(-2) - INSTANT, False),
        (day(-2), True),
        (date_of(-3), False),
        (date_of(-2), True),  # the hour is not known: it may be from the 48 hours before the dose
        (day(0), True),
        (midnight(8) - INSTANT, True),
        (date_of(7), True),
        (midnight(8), False),
        (date_of(8), False),
    ],
)
def test_samples_from_48_hours_before_the_first_dose_to_the_end_of_day_7_are_watched(
    sampled: When, watched: bool
) -> None:
    assert isinstance(judged(day(9), STARTED, potassium(sampled, "2.8")), Fires if watched else Quiet)


def test_a_low_one_before_the_first_dose_stands_until_a_later_one_is_not_low() -> None:
    before = potassium(day(-1), "2.8")
    assert isinstance(judged(day(0) - INSTANT, STARTED, before), Quiet), "there is no first dose yet"
    assert fires(judged(day(0), STARTED, before)).severity is Severity.HIGH
    assert isinstance(judged(day(1), STARTED, before, potassium(day(-1, 20), "4")), Quiet)
    assert isinstance(judged(day(1), STARTED, before, potassium(day(0, 20), "4")), Quiet)


def test_where_only_the_day_of_the_first_dose_is_known_the_48_hours_before_that_day_are_watched() -> None:
    facts = [plan(0), injection(date_of(0))]
    assert isinstance(judged(day(1), facts, potassium(midnight(-2), "2.8")), Fires)
    assert isinstance(judged(day(1), facts, potassium(midnight(-2) - INSTANT, "2.8")), Quiet)


def test_a_low_one_stands_until_a_later_one_is_not_low_however_late() -> None:
    low = potassium(6, "2.8")
    assert isinstance(judged(day(300), STARTED, low), Fires)
    assert fires(judged(day(13), STARTED, low, potassium(12, "2.4"))).severity is Severity.CRITICAL
    assert isinstance(judged(day(12), STARTED, low, potassium(12, "3.5")), Quiet)
    assert isinstance(judged(day(20), STARTED, low, potassium(12, "3.5"), potassium(20, "2.4")), Quiet)


def test_a_low_one_that_comes_only_after_the_watched_days_has_another_cause() -> None:
    facts = [*STARTED, potassium(3, "3.5"), potassium(8, "2.4")]
    assert "not low" in quiet(judged(day(9), facts)).because


def test_low_again_within_the_watched_days_stands_since_then_and_is_the_same_alert() -> None:
    first = record_of(STARTED, potassium(1, "3.4"))
    again = record_of(STARTED, potassium(1, "3.4"), potassium(2, "3.5"), potassium(5, "3.4"), potassium(6, "3.3"))
    assert fires(judge_at(rule, again, day(6))).since == day(5)
    assert alert_of(rule, first, day(1)).alert_id == alert_of(rule, again, day(6)).alert_id


def test_the_newest_sample_decides_and_not_the_newest_arrival() -> None:
    record = record_of(STARTED, potassium(3, "3.8")).add(potassium(2, "2.4"), known_at=day(4))
    assert isinstance(judge_at(rule, record, day(4)), Quiet)


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_two_that_may_be_the_newest_the_lower_decides(ids: tuple[str, str]) -> None:
    pair = potassium(1, "2.9", fact_id=ids[0]), potassium(1, "3.9", fact_id=ids[1])
    assert evidence_ids(judged(day(2), STARTED, pair)) == {ids[0]}
    same_day = potassium(date_of(1), "2.9", fact_id=ids[0]), potassium(day(1, 15), "3.9", fact_id=ids[1])
    fired = fires(judged(day(2), STARTED, same_day))
    assert evidence_ids(fired) == {ids[0]}
    assert fired.since == midnight(1)


def test_one_that_cannot_be_told_goes_before_one_that_is_not_low_and_after_one_that_is() -> None:
    pair = potassium(1, "4", comparator=Comparator.LESS), potassium(1, "3.9", fact_id="other")
    assert "cannot be told" in cannot_tell(judged(day(1), STARTED, pair)).because
    low = potassium(1, "3.4", fact_id="low")
    pair = potassium(1, "3", comparator=Comparator.MORE), low
    assert evidence_ids(fires(judged(day(1), STARTED, pair))) == {"low"}


# --- corrections -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second", "kinds"), [("2.9", "3.9", (Fires, Quiet)), ("3.9", "2.9", (Quiet, Fires))])
def test_a_corrected_value_decides_in_both_directions(first: str, second: str, kinds: tuple[type, type]) -> None:
    record = record_of(STARTED, potassium(1, first, fact_id="k"))
    corrected = potassium(1, second, fact_id="k", version=2, status=ResultStatus.CORRECTED)
    answers = judge_at(rule, record, day(2)), judge_at(rule, record.add(corrected, day(2)), day(2))
    assert tuple(map(type, answers)) == kinds


def test_a_preliminary_value_says_nothing_until_it_is_final() -> None:
    early = potassium(1, "2.4", fact_id="k", status=ResultStatus.PRELIMINARY)
    record = record_of(STARTED, early)
    assert isinstance(judge_at(rule, record, day(1)), Quiet)
    assert isinstance(judge_at(rule, record.add(potassium(1, "2.4", fact_id="k"), day(2)), day(2)), Fires)


def test_a_withdrawn_value_shows_the_one_that_it_hid() -> None:
    hiding = potassium(3, "4")
    record = record_of(STARTED, potassium(2, "2.9", fact_id="hidden"), hiding)
    assert isinstance(judge_at(rule, record, day(4)), Quiet)
    assert evidence_ids(judge_at(rule, record.add(withdrawal(hiding, 4), day(4)), day(4))) == {"hidden"}


# --- severe anaemia ----------------------------------------------------------------------------------------------


def test_in_severe_anaemia_potassium_is_asked_for_48_hours_after_the_first_dose() -> None:
    waiting = quiet(judged(DUE - INSTANT, STARTED, SEVERE))
    assert "wanted by 7 January 2026 09:00 GMT" in waiting.coming
    asked = cannot_tell(judged(DUE, STARTED, SEVERE))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, DUE, "start:2026-01-05")
    assert asked.missing == "a potassium result since the first dose"
    assert "79.9 g/L" in asked.because
    assert evidence_ids(asked) == {"hb"}
    assert assess_at(record_of(STARTED, SEVERE), DUE - INSTANT).next_review_at == DUE


def test_where_only_the_day_of_the_first_dose_is_known_the_hours_count_from_its_beginning() -> None:
    facts = [plan(0), injection(date_of(0)), SEVERE]
    assert isinstance(judged(midnight(2) - INSTANT, facts), Quiet)
    assert isinstance(judged(midnight(2), facts), CannotTell)


def test_it_is_asked_for_while_it_can_still_fall() -> None:
    assert isinstance(judged(midnight(8) - INSTANT, STARTED, SEVERE), CannotTell)
    assert "watched until 12 January 2026" in quiet(judged(midnight(8), STARTED, SEVERE)).because


@pytest.mark.parametrize(
    ("sampled", "value", "asked"),
    [
        (-1, "79.9", True),
        (-1, "80", False),
        (-90, "79", True),
        (-91, "79", False),
        (day(0), "79", True),
        (date_of(0), "79", True),
        (DUE - INSTANT, "79", True),
        (DUE, "79", False),
    ],
)
def test_anaemia_is_severe_below_80_from_90_days_before_until_potassium_is_due(
    sampled: When, value: str, asked: bool
) -> None:
    answer = judged(day(3), STARTED, haemoglobin(sampled, value))
    assert isinstance(answer, CannotTell if asked else Quiet)


def test_the_last_haemoglobin_before_the_first_dose_decides_and_any_after_it() -> None:
    assert isinstance(judged(day(3), STARTED, haemoglobin(-20, "70"), haemoglobin(-1, "95")), Quiet)
    assert isinstance(judged(day(3), STARTED, haemoglobin(-1, "95"), haemoglobin(1, "79")), CannotTell)
    for later in (haemoglobin(1, "95"), haemoglobin(date_of(0), "95")):
        assert isinstance(judged(day(3), STARTED, haemoglobin(-1, "79"), later), CannotTell)


@pytest.mark.parametrize(("value", "asked"), [("80", True), ("90", True), (None, False)])
def test_anaemia_that_may_be_severe_is_asked_for_too_and_a_clumped_sample_is_none(
    value: str | None, asked: bool
) -> None:
    sample = haemoglobin(-1, value, comparator=Comparator.LESS, clumped=value is None)
    assert isinstance(judged(day(3), STARTED, sample), CannotTell if asked else Quiet)


def test_a_transfusion_does_not_make_the_anaemia_less_severe() -> None:
    assert isinstance(judged(day(3), STARTED, SEVERE, transfusion(-2)), CannotTell)


@pytest.mark.parametrize(
    ("sampled", "known"), [(day(0), False), (day(0) + INSTANT, True), (date_of(0), False), (date_of(1), True)]
)
def test_only_a_sample_that_was_certainly_taken_after_the_first_dose_answers_it(sampled: When, known: bool) -> None:
    assert isinstance(judged(day(3), STARTED, SEVERE, potassium(sampled, "4")), Quiet if known else CannotTell)


def test_a_sample_of_the_first_day_without_an_hour_does_not_hide_a_later_one() -> None:
    facts = [potassium(date_of(0), "3.8"), potassium(day(0, 15), "4")]
    assert isinstance(judged(day(3), STARTED, SEVERE, facts), Quiet)


def test_a_sample_without_value_answers_nothing() -> None:
    assert isinstance(judged(day(3), STARTED, SEVERE, potassium(1, None, clumped=True)), CannotTell)


def test_one_concern_is_one_alert_what_was_unknown_becomes_a_finding() -> None:
    unknown = record_of(STARTED, SEVERE)
    found = record_of(STARTED, SEVERE, potassium(3, "2.9"))
    assert alert_of(rule, unknown, day(2)).alert_id == alert_of(rule, found, day(3)).alert_id


# --- to whom it applies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_it_does_not_apply_to_patients_who_came_after_the_start(entered_as: EnteredAs) -> None:
    entered = plan(0, entered_as=entered_as, treatment_started=date_of(-1), last_dose=date_of(-1))
    assert isinstance(judged(day(3), entered, injection(1), SEVERE, potassium(2, "2.4")), Quiet)


def test_a_patient_who_came_in_loading_is_watched_from_the_start_that_the_plan_tells() -> None:
    entered = plan(0, entered_as=EnteredAs.LOADING, treatment_started=date_of(-4), last_dose=date_of(-2))
    assert isinstance(judged(day(4), entered, potassium(3, "2.8")), Fires)
    assert isinstance(judged(day(4), entered, potassium(4, "2.8")), Quiet)


def test_treatment_by_mouth_is_watched_too() -> None:
    assert isinstance(judged(day(2), plan(0, "R7"), oral(0), potassium(2, "2.8")), Fires)


def test_nothing_is_watched_before_the_first_dose_after_the_end_under_16_or_without_a_plan() -> None:
    low = potassium(1, "2.4")
    assert isinstance(judged(day(1), plan(0), low), Quiet)
    assert isinstance(judged(day(2), plan(0, end=ended(2)), injection(0), low), Quiet)
    assert isinstance(judged(day(1), plan(0, birth_date=date_of(-5000)), injection(0), low), Quiet)
    assert isinstance(judged(day(1), injection(0), low), Quiet)


def test_a_restarted_treatment_is_watched_from_its_own_first_dose() -> None:
    again = [plan(70, fact_id="again", restarts=True), injection(71)]
    fired = fires(judged(day(73), STARTED, potassium(1, "2.8"), again, potassium(73, "2.9")))
    assert fired.episode == "start:2026-03-17"
    assert isinstance(judged(day(73), STARTED, potassium(1, "2.8"), again), Quiet)


# --- the plan comes after the first dose --------------------------------------------------------------------------


def test_a_low_one_of_the_watched_days_is_news_when_the_plan_comes_in_them() -> None:
    low = [injection(0), potassium(1, "2.4")]
    for enrolled, is_standing in ((midnight(8) - INSTANT, False), (midnight(8), True)):
        alert = alert_of(rule, record_of(low).add(plan(0), enrolled), midnight(8))
        assert (alert.severity, alert.standing) == (Severity.CRITICAL, is_standing)


def test_who_came_in_loading_had_it_before() -> None:
    entered = plan(0, entered_as=EnteredAs.LOADING, treatment_started=date_of(-2), last_dose=date_of(-2))
    alert = alert_of(rule, record_of(entered, potassium(-1, "2.4")), day(0))
    assert (alert.severity, alert.standing) == (Severity.CRITICAL, True)


def test_a_low_one_of_a_day_is_low_since_that_day_though_one_that_is_not_has_an_hour_of_it() -> None:
    counts = [potassium(date_of(3), "2.9"), potassium(3, "4.1")]
    assert fires(judged(day(4), STARTED, counts)).since == midnight(3)
    assert fires(judged(day(4), STARTED, potassium(1, "3.1"), counts)).since == day(1)
    assert fires(judged(day(4), STARTED, potassium(1, "3.1"), potassium(2, "4.1"), counts)).since == midnight(3)


def test_a_sample_of_the_day_that_ended_48_hours_before_the_first_dose_is_not_read() -> None:
    facts = [plan(0), injection(midnight(2))]
    assert isinstance(judged(day(2), facts, potassium(date_of(-1), "3.0")), Quiet)
    assert isinstance(judged(day(2), facts, potassium(date_of(0), "3.0")), Fires)
