"""`haemoglobin-not-normal-at-two-months`: S18 and section 8.5; bands of section 3 (WHO 2024)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from domain.facts import Comparator, EnteredAs, Finding, Pregnancy, ResultStatus, Sex
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import haemoglobin_not_normal_at_two_months as rule
from tests.kit import (
    INSTANT,
    Facts,
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
    injections,
    judge_at,
    midnight,
    on,
    plan,
    quiet,
    record_of,
    severity_of,
    transfusion,
    withdrawal,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


STARTED = [plan(0), injection(0)]  # a woman, 5 January 2026
OPENS = midnight(on(2026, 3, 6))
"""The day after two calendar months: 5 March is allowed in full."""
ACCEPTED = Finding.OTHER_CAUSE_ACCEPTED


# --- when it opens -----------------------------------------------------------------------------------------------


def test_it_opens_at_midnight_after_two_calendar_months() -> None:
    assert isinstance(judged(OPENS - INSTANT, STARTED, haemoglobin(50, 100)), Quiet)
    fired = fires(judged(OPENS, STARTED, haemoglobin(50, 100)))
    assert fired.since == OPENS
    assert fired.episode == "start:2026-01-05"


@pytest.mark.parametrize(
    ("start", "last_day"),
    [
        (date(2025, 12, 31), date(2026, 2, 28)),
        (date(2025, 12, 30), date(2026, 2, 28)),
        (date(2025, 12, 28), date(2026, 2, 28)),
        (date(2023, 12, 31), date(2024, 2, 29)),
        (date(2026, 6, 30), date(2026, 8, 30)),
        (date(2026, 7, 31), date(2026, 9, 30)),
    ],
)
def test_two_months_are_clamped_at_the_end_of_a_shorter_month(start: date, last_day: date) -> None:
    n = on(start.year, start.month, start.day)
    opens = midnight(on(last_day.year, last_day.month, last_day.day) + 1)
    facts = [plan(n), injection(n)]
    assert isinstance(judged(opens - INSTANT, facts), Quiet)
    assert isinstance(judged(opens, facts), CannotTell)


def test_from_day_56_a_result_is_on_the_list_of_things_to_come_and_no_alert() -> None:
    assert quiet(judged(midnight(56) - INSTANT, STARTED)).coming == ""
    assert "5 March 2026" in quiet(judged(midnight(56), STARTED)).coming
    assert quiet(judged(midnight(56), STARTED, haemoglobin(40, 120))).coming == ""
    assert quiet(judged(midnight(56), STARTED, haemoglobin(40, 119))).coming != ""


def test_the_start_is_the_first_counted_dose_and_not_the_plan() -> None:
    assert isinstance(judged(midnight(on(2026, 3, 16)) - INSTANT, plan(0), injection(10)), Quiet)
    assert isinstance(judged(midnight(on(2026, 3, 16)), plan(0), injection(10)), CannotTell)


def test_a_dose_in_the_28_days_before_the_plan_sets_the_start() -> None:
    assert fires(judged(day(50), plan(0), injection(-28), haemoglobin(40, 100))).episode == "start:2025-12-08"
    quiet(judged(day(50), plan(0), injection(-29), haemoglobin(40, 100)))


def test_a_reported_dose_is_no_start() -> None:
    quiet(judged(day(100), plan(0), injection(0, reported=True)))


# --- which result decides ----------------------------------------------------------------------------------------


def test_normal_on_day_50_and_none_later_is_quiet() -> None:
    assert isinstance(judged(day(300), STARTED, haemoglobin(50, 120)), Quiet)


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_two_results_of_one_minute_the_worse_decides(ids: tuple[str, str]) -> None:
    pair = haemoglobin(60, 100, fact_id=ids[0]), haemoglobin(60, 140, fact_id=ids[1])
    assert evidence_ids(judged(day(61), STARTED, pair)) == {ids[0]}


def test_only_a_sample_after_the_first_dose_answers() -> None:
    assert isinstance(judged(OPENS, STARTED, haemoglobin(day(0), 100)), CannotTell)
    assert isinstance(judged(OPENS, STARTED, haemoglobin(day(0) + INSTANT, 100)), Fires)
    assert isinstance(judged(OPENS, STARTED, haemoglobin(date_of(0), 100)), CannotTell)
    assert isinstance(judged(OPENS, STARTED, haemoglobin(date_of(1), 100)), Fires)


@pytest.mark.parametrize("status", list(ResultStatus))
def test_only_final_results_answer(status: ResultStatus) -> None:
    final = status in (ResultStatus.FINAL, ResultStatus.AMENDED, ResultStatus.CORRECTED)
    assert isinstance(judged(OPENS, STARTED, haemoglobin(50, 120, status=status)), Quiet if final else CannotTell)


def test_none_at_all_is_medium_and_a_normal_baseline_makes_it_a_note() -> None:
    nothing = cannot_tell(judged(OPENS, STARTED))
    assert nothing.severity is Severity.MEDIUM
    assert nothing.wanted == "take a full blood count with reticulocytes"
    baseline = cannot_tell(judged(OPENS, STARTED, haemoglobin(-1, 120, fact_id="before")))
    assert baseline.severity is Severity.INFO
    assert evidence_ids(baseline) == {"before"}
    assert cannot_tell(judged(OPENS, STARTED, haemoglobin(-1, 119))).severity is Severity.MEDIUM


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_of_two_baselines_of_one_minute_the_evidence_is_the_one_that_the_text_names(ids: tuple[str, str]) -> None:
    pair = haemoglobin(-1, 90, fact_id=ids[0]), haemoglobin(-1, 140, fact_id=ids[1])
    asked = cannot_tell(judged(OPENS, STARTED, pair))
    assert "90 g/L" in asked.because
    assert evidence_ids(asked) == {ids[0]}


# --- severities --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "value", "severity"),
    [
        ({"sex": Sex.MALE}, "130", None),
        ({"sex": Sex.MALE}, "129.9", Severity.MEDIUM),
        ({"sex": Sex.FEMALE}, "120", None),
        ({"sex": Sex.FEMALE}, "119.9", Severity.MEDIUM),
        ({"sex": Sex.FEMALE}, "110", Severity.MEDIUM),
        ({"sex": Sex.FEMALE}, "109.9", Severity.HIGH),
        ({"sex": Sex.MALE}, "110", Severity.MEDIUM),
        ({"sex": Sex.MALE}, "109.9", Severity.HIGH),
        ({"sex": Sex.MALE}, "79", Severity.HIGH),
        ({"sex": Sex.MALE}, "70", Severity.HIGH),
        ({"sex": Sex.MALE}, "69.9", Severity.CRITICAL),
        ({"pregnancy": Pregnancy.FIRST_TRIMESTER}, "110", None),
        ({"pregnancy": Pregnancy.FIRST_TRIMESTER}, "109.9", Severity.MEDIUM),
        ({"pregnancy": Pregnancy.SECOND_TRIMESTER}, "105", None),
        ({"pregnancy": Pregnancy.SECOND_TRIMESTER}, "104.9", Severity.MEDIUM),
        ({"pregnancy": Pregnancy.THIRD_TRIMESTER}, "109.9", Severity.MEDIUM),
        ({"pregnancy": Pregnancy.THIRD_TRIMESTER}, "110", None),
        ({"pregnancy": Pregnancy.TRIMESTER_UNKNOWN}, "110", None),
        ({"pregnancy": Pregnancy.TRIMESTER_UNKNOWN}, "109.9", Severity.MEDIUM),
        ({"pregnancy": Pregnancy.TRIMESTER_UNKNOWN}, "100", Severity.MEDIUM),
        ({"pregnancy": Pregnancy.TRIMESTER_UNKNOWN}, "99.9", Severity.HIGH),
        ({"pregnancy": Pregnancy.UNKNOWN}, "119", Severity.MEDIUM),
        ({"pregnancy": Pregnancy.NOT_PREGNANT}, "119", Severity.MEDIUM),
    ],
)
def test_bands_and_severities_follow_sex_and_pregnancy(
    told: dict[str, Any], value: str, severity: Severity | None
) -> None:
    assert severity_of(judged(day(70), plan(0, **told), injection(0), haemoglobin(60, value))) is severity


@pytest.mark.parametrize(
    ("value", "kind"),
    [("119.9", Fires), ("120", CannotTell), ("129.9", CannotTell), ("130", Quiet)],
)
def test_with_sex_unknown_120_to_129_cannot_be_told(value: str, kind: type) -> None:
    judgement = judged(day(70), plan(0, sex=Sex.UNKNOWN), injection(0), haemoglobin(60, value))
    assert isinstance(judgement, kind)
    if isinstance(judgement, CannotTell):
        assert "sex" in judgement.missing


@pytest.mark.parametrize(
    ("low", "value", "normal"),
    [
        ("110", "110", True),  # 10 below the band of 120: within
        ("109.9", "119", False),  # farther: the band stands
        ("130", "129", False),
        ("130", "130", True),
        ("130.1", "120", True),
        ("115", "114.9", False),
    ],
)
def test_the_laboratorys_own_limit_decides_when_it_lies_within_10_of_the_band(
    low: str, value: str, normal: bool
) -> None:
    assert isinstance(judged(day(70), STARTED, haemoglobin(60, value, low=low)), Quiet if normal else Fires)


def test_a_laboratory_limit_in_another_unit_or_in_pregnancy_is_not_used() -> None:
    assert isinstance(judged(day(70), STARTED, haemoglobin(60, "115", low="11.4", low_unit="g/dL")), Fires)
    assert isinstance(judged(day(70), STARTED, haemoglobin(60, "11.5", unit="g/dL", low="11.4")), Quiet)
    pregnant = plan(0, pregnancy=Pregnancy.THIRD_TRIMESTER)
    assert isinstance(judged(day(70), pregnant, injection(0), haemoglobin(60, 112, low=115)), Quiet)


@pytest.mark.parametrize(
    ("comparator", "value", "kind"),
    [
        (Comparator.LESS, "120", Fires),
        (Comparator.AT_MOST, "120", CannotTell),
        (Comparator.LESS, "121", CannotTell),
        (Comparator.AT_LEAST, "120", Quiet),
        (Comparator.MORE, "119", CannotTell),
    ],
)
def test_a_value_that_is_not_exact_is_told_only_where_it_must_be_so(
    comparator: Comparator, value: str, kind: type
) -> None:
    assert isinstance(judged(day(70), STARTED, haemoglobin(60, value, comparator=comparator)), kind)


# --- transfusion -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days_before", "readable"), [(91, True), (90, False), (1, False), (0, False), (-1, True)])
def test_a_transfusion_within_90_days_before_the_sample_keeps_us_from_telling(days_before: int, readable: bool) -> None:
    facts = [*STARTED, haemoglobin(60, 140), transfusion(60 - days_before)]
    assert isinstance(judged(day(70), facts), Quiet if readable else CannotTell)


def test_a_low_value_after_a_transfusion_keeps_its_severity() -> None:
    asked = cannot_tell(judged(day(70), STARTED, haemoglobin(60, "69"), transfusion(50)))
    assert asked.severity is Severity.CRITICAL
    assert "24 February 2026" in asked.because


# --- reopening ---------------------------------------------------------------------------------------------------

SIX_MONTHS = on(2026, 7, 5)


def test_abnormal_again_reopens_until_six_months_from_the_start() -> None:
    normal = haemoglobin(60, 125)
    last = haemoglobin(midnight(SIX_MONTHS + 1) - INSTANT, 110)
    late = haemoglobin(midnight(SIX_MONTHS + 1), 110)
    assert isinstance(judged(day(SIX_MONTHS + 2), STARTED, normal, last), Fires)
    assert isinstance(judged(day(SIX_MONTHS + 2), STARTED, normal, late), Quiet)


def test_a_question_that_was_never_settled_stays_open_after_six_months() -> None:
    low, later = haemoglobin(50, 100), haemoglobin(SIX_MONTHS + 20, 105)
    fired = fires(judged(day(SIX_MONTHS + 30), STARTED, low, later))
    assert fired.since == OPENS
    settled = haemoglobin(SIX_MONTHS + 40, 125)
    again = haemoglobin(SIX_MONTHS + 60, 100)
    assert isinstance(judged(day(SIX_MONTHS + 70), STARTED, low, later, settled, again), Quiet)


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_the_worse_of_two_results_of_one_minute_also_tells_whether_the_question_was_settled(
    ids: tuple[str, str],
) -> None:
    pair = haemoglobin(100, 90, fact_id=ids[0]), haemoglobin(100, 140, fact_id=ids[1])
    assert isinstance(judged(day(SIX_MONTHS + 30), STARTED, pair, haemoglobin(SIX_MONTHS + 20, 90)), Fires)


def test_a_reopened_concern_stands_since_the_low_result_and_keeps_its_id() -> None:
    first = record_of(STARTED, haemoglobin(60, 100))
    reopened = record_of(STARTED, haemoglobin(60, 100), haemoglobin(80, 125), haemoglobin(100, 110))
    assert fires(judge_at(rule, reopened, day(101))).since == day(100)
    assert alert_of(rule, first, day(70)).alert_id == alert_of(rule, reopened, day(101)).alert_id


# --- another cause accepted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("later", "kind"), [("101", Quiet), ("90.1", Quiet), ("90", Fires), ("89.9", Fires)])
def test_another_cause_accepted_quietens_until_10_lower(later: str, kind: type) -> None:
    facts = [*STARTED, haemoglobin(60, 100), assessment(65, ACCEPTED)]
    assert isinstance(judged(day(66), facts), Quiet)
    assert isinstance(judged(day(80), facts, haemoglobin(79, later)), kind)


def test_a_cause_that_was_accepted_before_any_result_explains_none() -> None:
    assert isinstance(judged(day(70), STARTED, assessment(50, ACCEPTED), haemoglobin(60, 100)), Fires)


def test_a_cause_accepted_again_after_the_fall_quietens_again() -> None:
    facts = [*STARTED, haemoglobin(60, 100), assessment(65, ACCEPTED), haemoglobin(70, 85)]
    assert isinstance(judged(day(71), facts), Fires)
    assert isinstance(judged(day(72), facts, assessment(72, ACCEPTED)), Quiet)


# --- to whom it applies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered_as", "kind"), [(EnteredAs.MAINTENANCE, Quiet), (EnteredAs.LIFELONG, Quiet), (EnteredAs.LOADING, Fires)]
)
def test_it_does_not_apply_to_patients_who_came_after_the_start(entered_as: EnteredAs, kind: type) -> None:
    entered = plan(0, entered_as=entered_as, treatment_started=date_of(-7), last_dose=date_of(-1))
    assert isinstance(judged(day(60), entered, haemoglobin(50, 100)), kind)


def test_entered_in_loading_without_a_start_it_cannot_tell() -> None:
    asked = cannot_tell(judged(day(0), plan(0, entered_as=EnteredAs.LOADING)))
    assert asked.missing == "the day on which treatment started"
    assert asked.severity is Severity.MEDIUM


def test_a_restarted_treatment_has_a_start_of_its_own() -> None:
    old = [*STARTED, haemoglobin(50, 100)]
    again = [plan(70, fact_id="again", restarts=True), injection(71)]
    assert isinstance(judged(day(80), old, again), Quiet)
    assert fires(judged(day(140), old, again, haemoglobin(130, 100))).episode == "start:2026-03-17"


def test_nothing_is_asked_after_the_end_or_without_a_dose() -> None:
    assert isinstance(judged(day(70), plan(0, end=ended(day(70))), injection(0)), Quiet)
    assert isinstance(judged(day(70), plan(0)), Quiet)
    assert isinstance(judged(day(70), injection(0)), Quiet)


# --- what the alert says -----------------------------------------------------------------------------------------


def test_the_reason_names_value_sample_day_start_and_limit() -> None:
    fired = fires(judged(day(70), STARTED, haemoglobin(60, "10.1", unit="g/dL", fact_id="hb")))
    for words in ("10.1 g/dL", "101 g/L", "6 March 2026", "5 January 2026", "120 g/L for women"):
        assert words in fired.because
    assert evidence_ids(fired) == {"hb"}
    assert fired.source.startswith("S18")
    assert fired.because == fires(judged(day(170), STARTED, haemoglobin(60, "10.1", unit="g/dL"))).because


def test_a_withdrawn_result_shows_the_one_that_it_hid() -> None:
    hiding = haemoglobin(60, 130)
    record = record_of(STARTED, haemoglobin(40, 100, fact_id="hidden"), hiding)
    assert isinstance(judge_at(rule, record, day(70)), Quiet)
    bare = record.add(withdrawal(hiding, 70), day(70))
    assert evidence_ids(judge_at(rule, bare, day(70))) == {"hidden"}


def test_a_withdrawn_first_dose_moves_the_start() -> None:
    first = injection(0)
    record = record_of(plan(0), first, injections(2, 4), haemoglobin(50, 100))
    bare = record.add(withdrawal(first, 60), day(60))
    assert isinstance(judge_at(rule, record, OPENS), Fires)
    assert isinstance(judge_at(rule, bare, OPENS), Quiet)
    assert fires(judge_at(rule, bare, midnight(on(2026, 3, 8)))).episode == "start:2026-01-07"


def test_the_review_lies_on_the_opening_itself() -> None:
    record = record_of(STARTED, injections(2, 4, 7, 9, 11), haemoglobin(30, 100))
    assert assess_at(record, midnight(on(2026, 3, 6)) - INSTANT).next_review_at == OPENS


def test_under_a_prophylaxis_no_result_is_waited_for_and_a_low_one_counts() -> None:
    prevented = [plan(0, "R5"), injection(0)]
    none = quiet(judged(OPENS, prevented))
    assert "prophylaxis" in none.because
    assert quiet(judged(midnight(56), prevented)).coming == ""
    assert isinstance(judged(OPENS, prevented, haemoglobin(50, 100)), Fires)


@pytest.mark.parametrize(
    ("sampled", "hb", "answer"),
    [(294, 110, Quiet), (294, 119, Quiet), (295, 119, CannotTell), (295, 110, CannotTell), (295, 109, Fires)],
)
def test_a_pregnancy_may_be_over_42_weeks_after_the_plan(sampled: int, hb: int, answer: type) -> None:
    pregnant = plan(0, pregnancy=Pregnancy.FIRST_TRIMESTER)
    judgement = judged(day(sampled, 10), pregnant, injection(0), haemoglobin(60, 100), haemoglobin(sampled, hb))
    assert isinstance(judgement, answer)
    if isinstance(judgement, CannotTell):
        assert "the pregnancy may be over" in judgement.because


def test_a_low_one_of_a_day_is_low_since_that_day_though_a_normal_one_has_an_hour_of_it() -> None:
    low_of_a_day = haemoglobin(date_of(100), 100)
    assert fires(judged(day(101), STARTED, low_of_a_day, haemoglobin(100, 140))).since == midnight(100)
    assert fires(judged(day(101), STARTED, low_of_a_day, haemoglobin(90, 140))).since == midnight(100)
    earlier = haemoglobin(80, 100)
    assert fires(judged(day(101), STARTED, earlier, low_of_a_day, haemoglobin(90, 140))).since == midnight(100)
    assert fires(judged(day(101), STARTED, earlier, low_of_a_day, haemoglobin(100, 140))).since == day(80)
