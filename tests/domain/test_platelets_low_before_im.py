"""`platelets-low-before-im`: S24 and section 8.4.  The limit is 50 x10*9/L, and 50 itself is not above it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.facts import Comparator, EnteredAs, ResultStatus, Sex, YesNoUnknown
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.record import Record
from domain.rules import platelets_low_before_im as rule
from domain.words import fact_text
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assess_at,
    cannot_tell,
    date_of,
    day,
    ended,
    every,
    evidence_ids,
    fires,
    injection,
    judge_at,
    loading,
    midnight,
    on,
    plan,
    platelets,
    record_of,
    severity_of,
    withdrawal,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


MAINTENANCE = [plan(0), *loading()]
WINDOW_OPENS = on(2026, 3, 16)
"""Two months after the last loading dose of 16 January; the question opens 7 days earlier, on 9 March."""


# --- thresholds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "severity"),
    [
        ("0", Severity.CRITICAL),
        ("24", Severity.CRITICAL),
        ("24.9", Severity.CRITICAL),
        ("25", Severity.HIGH),
        ("49", Severity.HIGH),
        ("50", Severity.HIGH),
        ("50.0", Severity.HIGH),
        ("50.1", None),
        ("51", None),
        ("150", None),
    ],
)
def test_under_25_is_critical_up_to_and_with_50_is_high_and_above_is_quiet(
    count: str, severity: Severity | None
) -> None:
    assert severity_of(judged(day(0, 12), plan(0), platelets(0, count))) is severity


@pytest.mark.parametrize(
    ("count", "words"), [("50", "at the limit"), ("50.00", "at the limit"), ("49", "under the limit")]
)
def test_fifty_itself_is_worded_at_the_limit(count: str, words: str) -> None:
    assert words in fires(judged(day(0), plan(0), platelets(0, count))).because


@pytest.mark.parametrize(
    ("value", "unit", "low"), [("50", "10*3/uL", True), ("50000", "/uL", True), ("50001", "/uL", False)]
)
def test_every_accepted_unit_means_the_same_limit(value: str, unit: str, low: bool) -> None:
    assert isinstance(judged(day(0), plan(0), platelets(0, value, unit=unit)), Fires if low else Quiet)


@pytest.mark.parametrize(
    ("comparator", "value", "answer"),
    [
        (Comparator.LESS, "25", Severity.CRITICAL),
        (Comparator.AT_MOST, "25", Severity.HIGH),
        (Comparator.LESS, "50", Severity.HIGH),
        (Comparator.AT_MOST, "50", Severity.HIGH),
        (Comparator.LESS, "51", Severity.MEDIUM),
        (Comparator.MORE, "50", None),
        (Comparator.AT_LEAST, "50", Severity.MEDIUM),
        (Comparator.AT_LEAST, "51", None),
        (Comparator.MORE, "20", Severity.MEDIUM),
    ],
)
def test_a_value_that_is_not_exact_decides_only_where_it_must(
    comparator: Comparator, value: str, answer: Severity | None
) -> None:
    judgement = judged(day(0), plan(0), platelets(0, value, comparator=comparator))
    assert severity_of(judgement) is answer
    assert isinstance(judgement, CannotTell) == (answer is Severity.MEDIUM)


# --- how long a count holds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "holds_days"), [("51", 7), ("99", 7), ("99.9", 7), ("100", 90), ("149", 90), ("149.9", 90)]
)
def test_a_count_above_the_limit_holds_for_7_days_and_from_100_for_90(count: str, holds_days: int) -> None:
    facts = [plan(0), platelets(0, count)]
    assert isinstance(judged(midnight(holds_days + 1) - INSTANT, facts), Quiet)
    expired = cannot_tell(judged(midnight(holds_days + 1), facts))
    assert expired.severity is Severity.MEDIUM
    assert expired.since == midnight(holds_days + 1)
    assert "5 January 2026" in expired.because


def test_a_count_of_150_never_expires() -> None:
    assert isinstance(judged(day(4000), plan(0), platelets(-300, "150")), Quiet)
    assert assess_at(record_of(plan(0), injection(0), platelets(0, "150")), day(4000)).next_review_at is None


def test_an_expired_low_count_still_fires_with_its_date_and_promises_nothing() -> None:
    facts = [plan(0), platelets(0, "30")]
    for at in (day(2) - INSTANT, day(2), day(2) + INSTANT, day(400)):
        fired = fires(judged(at, facts))
        assert fired.severity is Severity.HIGH
        assert "5 January 2026" in fired.because
        assert "for a dose after 7 January 2026 09:00 GMT a newer count is wanted" in fired.because  # 48 hours
        assert "holds" not in fired.because


def test_a_clumped_count_is_not_known_whatever_its_number() -> None:
    for count in ("20", "200", None):
        asked = cannot_tell(judged(day(0), plan(0), platelets(0, count, clumped=True)))
        assert asked.severity is Severity.MEDIUM
        assert "clumped" in asked.because


# --- when the question is open -----------------------------------------------------------------------------------


def test_in_loading_the_question_is_open_from_the_order() -> None:
    assert isinstance(judged(day(0) - INSTANT, plan(0), platelets(-1, "30")), Quiet)
    assert isinstance(judged(day(0), plan(0), platelets(-1, "30")), Fires)
    ordered_ahead = plan(0, start=plan(20).time)
    assert isinstance(judged(day(0), ordered_ahead, platelets(-1, "30")), Fires)


def test_in_maintenance_it_opens_seven_days_before_the_window_opens() -> None:
    low = platelets(30, "30")
    opens = midnight(WINDOW_OPENS - 7)
    assert isinstance(judged(opens - INSTANT, MAINTENANCE, low), Quiet)
    fired = fires(judged(opens, MAINTENANCE, low))
    assert fired.since == opens


def test_with_an_individual_interval_it_opens_seven_days_before_that_window() -> None:
    facts = [plan(0, interval=every(days=28)), *loading(), platelets(12, "30")]  # opens 28 - 7 days after 16 January
    opens = midnight(11 + 21 - 7)
    assert isinstance(judged(opens - INSTANT, facts), Quiet)
    assert isinstance(judged(opens, facts), Fires)


def test_the_dose_closes_the_question_of_its_window_and_the_next_has_an_episode_of_its_own() -> None:
    record = record_of(MAINTENANCE, platelets(30, "30"))
    first = alert_of(rule, record, day(WINDOW_OPENS))
    given = record_of(MAINTENANCE, platelets(30, "30"), injection(WINDOW_OPENS))
    assert isinstance(judge_at(rule, given, day(WINDOW_OPENS)), Quiet)
    second = alert_of(rule, given, day(on(2026, 5, 16)))
    assert first.alert_id != second.alert_id


def test_loading_is_one_episode() -> None:
    counts = platelets(0, "30"), platelets(5, "20")
    ids = {
        alert_of(rule, record_of(plan(0), loading()[:given], counts), day(at)).alert_id
        for given, at in ((0, 0), (1, 1), (3, 6), (5, 10))
    }
    assert len(ids) == 1


def test_nothing_is_asked_without_a_plan_after_the_end_or_without_a_regimen() -> None:
    low = platelets(0, "20")
    assert isinstance(judged(day(1), low), Quiet)
    assert isinstance(judged(day(1), plan(0, end=ended(day(1))), low), Quiet)
    assert isinstance(judged(day(1), plan(0, "R7"), low), Quiet)


# --- which count decides -----------------------------------------------------------------------------------------


def test_the_newest_sample_decides_and_not_the_newest_arrival() -> None:
    sampled_later = platelets(3, "200")
    record = record_of(plan(0), sampled_later).add(platelets(2, "20"), known_at=day(4))
    assert isinstance(judge_at(rule, record, day(4)), Quiet)


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_two_counts_of_one_time_the_lower_decides(ids: tuple[str, str]) -> None:
    counts = platelets(0, "30", fact_id=ids[0]), platelets(0, "200", fact_id=ids[1])
    assert evidence_ids(judged(day(0), plan(0, fact_id="plan"), counts)) == {ids[0], "plan"}


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_a_clumped_and_a_readable_count_of_one_time_the_readable_decides(ids: tuple[str, str]) -> None:
    counts = platelets(0, "30", fact_id=ids[0], clumped=True), platelets(0, "200", fact_id=ids[1])
    assert isinstance(judged(day(0), plan(0), counts), Quiet)


def test_a_corrected_count_takes_its_alert_with_it() -> None:
    low = platelets(0, "30", fact_id="count")
    record = record_of(plan(0), low)
    assert isinstance(judge_at(rule, record, day(1)), Fires)
    corrected = platelets(0, "300", fact_id="count", version=2, status=ResultStatus.CORRECTED)
    assert isinstance(judge_at(rule, record.add(corrected, day(1)), day(1)), Quiet)
    assert cannot_tell(judge_at(rule, record.add(withdrawal(low, 1), day(1)), day(1))).severity is Severity.INFO


# --- what the alert says -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("involvement", list(YesNoUnknown))
def test_the_alert_asks_for_a_decision_and_states_the_neurological_involvement(involvement: YesNoUnknown) -> None:
    fired = fires(judged(day(0), plan(0, neurological_involvement=involvement), platelets(0, "30")))
    assert fired.wanted == "decide route and precautions; do not withhold by default"
    assert f"neurological involvement: {involvement}" in fired.because


def test_the_reason_holds_dates_and_stays_the_same_while_the_count_ages() -> None:
    facts = [plan(0), injection(0), platelets(0, "30")]
    assert fires(judged(day(1), facts)).because == fires(judged(day(90), facts)).because


def test_evidence_shows_the_count_as_sent() -> None:
    fired = fires(judged(day(0), plan(0), platelets(0, "30000", unit="/uL")))
    assert "platelets 30000 /uL" in {fact_text(evidence) for evidence in fired.evidence}


def test_a_low_count_from_before_the_enrolment_is_news_for_a_new_treatment_but_standing_for_an_entered_one() -> None:
    count = platelets(-1, "20")
    assert not alert_of(rule, record_of(plan(0), count), day(0)).standing
    entered = plan(0, entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(-70))
    assert alert_of(rule, record_of(entered, count), day(0)).standing


def test_a_plan_that_became_known_late_does_not_make_its_own_question_standing() -> None:
    record = Record("patient-1").add(platelets(-1, "20"), day(-1)).add(plan(0, sex=Sex.MALE), day(3))
    assert not alert_of(rule, record, day(3)).standing


def test_a_count_without_hour_holds_from_the_start_of_its_day() -> None:
    facts = [plan(date_of(0)), platelets(date_of(0), "99")]
    assert isinstance(judged(midnight(8) - INSTANT, facts), Quiet)
    assert isinstance(judged(midnight(8), facts), CannotTell)


def test_the_review_is_the_very_instant_at_which_the_count_expires() -> None:
    record = record_of(plan(0), injection(0), injection(2), platelets(2, "99"))
    walked = {assess_at(record, midnight(n) + timedelta(hours=1)).next_review_at for n in range(6, 10)}
    assert midnight(10) in walked


# --- a repeat that does not tell ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "repeat",
    [
        platelets(2, "20", fact_id="repeat", clumped=True),
        platelets(2, None, fact_id="repeat", clumped=True),
        platelets(2, "60", fact_id="repeat", comparator=Comparator.LESS),
    ],
)
def test_a_repeat_that_does_not_tell_takes_nothing_from_a_low_count(repeat: Facts) -> None:
    fired = fires(judged(day(3), plan(0, fact_id="plan"), platelets(1, "30", fact_id="low"), repeat))
    assert (fired.severity, fired.since) == (Severity.HIGH, day(1))
    assert evidence_ids(fired) == {"low", "repeat", "plan"}
    assert "the repeat of 7 January 2026" in fired.because


def test_a_clumped_repeat_is_asked_for_again_in_citrate() -> None:
    clumped = platelets(2, None, clumped=True)
    for answer in (
        fires(judged(day(3), plan(0), platelets(1, "30"), clumped)),
        cannot_tell(judged(day(3), plan(0), platelets(1, "60"), clumped)),
        cannot_tell(judged(day(3), plan(0), clumped)),
    ):
        assert "repeat the count in a citrate tube" in answer.wanted
        assert "do not withhold by default" in answer.wanted
    assert "citrate" not in fires(judged(day(3), plan(0), platelets(1, "30"))).wanted


def test_a_later_readable_count_ends_a_low_one_that_stood_through_a_clumped_repeat() -> None:
    counts = platelets(1, "30"), platelets(2, None, clumped=True), platelets(3, "51")
    assert isinstance(judged(day(4), plan(0), counts), Quiet)


# --- since when --------------------------------------------------------------------------------------------------


def test_a_low_count_of_a_day_is_low_since_that_day_though_a_normal_one_has_an_hour_of_it() -> None:
    counts = platelets(date_of(3), "30"), platelets(3, "200")
    assert fires(judged(day(4), plan(0), counts)).since == midnight(3)


def test_a_count_of_the_day_before_breaks_the_run_and_one_of_the_same_day_does_not() -> None:
    low = platelets(1, "30"), platelets(date_of(3), "30")
    assert fires(judged(day(4), plan(0), low, platelets(2, "200"))).since == midnight(3)
    assert fires(judged(day(4), plan(0), low, platelets(3, "200"))).since == day(1)


# --- the first day -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entered_as", list(EnteredAs))
@pytest.mark.parametrize(
    ("sampled", "standing"), [(day(0) - INSTANT, True), (day(0), False), (day(0) + INSTANT, False)]
)
def test_what_was_sampled_before_an_entered_plan_came_is_standing_though_it_came_as_it_was_made(
    entered_as: EnteredAs, sampled: datetime, standing: bool
) -> None:
    entered = plan(0, entered_as=entered_as, last_dose=date_of(-70), treatment_started=date_of(-80))
    record = Record("patient-1").add(entered, day(0)).add(platelets(sampled, "20"), day(0) + INSTANT)
    assert alert_of(rule, record, day(1)).standing is standing


def test_a_plan_that_changes_a_loading_that_goes_on_makes_no_low_count_new() -> None:
    facts = [plan(0), injection(0), platelets(1, "30"), plan(3, "R1", fact_id="changed")]
    assert fires(judged(day(4), facts)).since == day(1)
