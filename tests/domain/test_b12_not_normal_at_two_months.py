"""`b12-not-normal-at-two-months`: S18.  By mouth the level tells; on injections only a low one does."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Comparator, EnteredAs, Fact, ResultStatus
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import b12_not_normal_at_two_months as rule
from tests.kit import (
    INSTANT,
    Facts,
    active_b12,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    judge_at,
    midnight,
    on,
    plan,
    quiet,
    record_of,
    supply,
    vitamin_b12,
    withdrawal,
)

INJECTED: list[Fact] = [plan(0), injection(0)]
ORAL: list[Fact] = [plan(0, "R7"), supply(0)]
OPENS = on(2026, 3, 6)
"""The day after two calendar months from 5 January."""


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


# --- by mouth ----------------------------------------------------------------------------------------------------


def test_by_mouth_a_low_b12_is_high_from_the_day_after_two_months_on() -> None:
    facts = [*ORAL, vitamin_b12(50, 170, fact_id="b12")]
    assert isinstance(judged(midnight(OPENS) - INSTANT, facts), Quiet)
    judgement = fires(judged(midnight(OPENS), facts))
    assert judgement.severity is Severity.HIGH
    assert "vitamin B12 was 170 ng/L" in judgement.because and "below the limit of 180 ng/L" in judgement.because
    assert (judgement.since, judgement.episode) == (midnight(OPENS), "start:2026-01-05")
    assert evidence_ids(judgement) == {"b12", ORAL[0].fact_id}
    assert "injections instead" in judgement.wanted


@pytest.mark.parametrize(
    ("b12", "answer"),
    [
        (vitamin_b12(50, "179.9"), Fires),
        (vitamin_b12(50, 180), Quiet),
        (vitamin_b12(50, "132.8", unit="pmol/L"), Fires),
        (vitamin_b12(50, 133, unit="pmol/L"), Quiet),
        (vitamin_b12(50, 190, low=200), Fires),
        (vitamin_b12(50, 150, low=145), Quiet),
        (active_b12(50, "24.9"), Fires),
        (active_b12(50, 25), Quiet),
        (vitamin_b12(50, 200, comparator=Comparator.LESS), CannotTell),
        (vitamin_b12(50, None), CannotTell),
        (vitamin_b12(50, None, clumped=True), CannotTell),
        (vitamin_b12(50, 400, status=ResultStatus.PRELIMINARY), CannotTell),
    ],
)
@pytest.mark.parametrize("oral", [True, False])
def test_the_limit_is_that_of_deficiency_or_the_laboratorys(b12: Fact, answer: type[Judgement], oral: bool) -> None:
    assert isinstance(judged(midnight(OPENS), ORAL if oral else INJECTED, b12), answer)


def test_by_mouth_no_result_is_a_thing_to_do_that_stays() -> None:
    judgement = cannot_tell(judged(midnight(OPENS), ORAL))
    assert judgement.severity is Severity.MEDIUM
    assert judgement.missing == "a vitamin B12 result since the start"
    assert judgement.wanted == "measure vitamin B12"
    assert isinstance(judged(day(400), ORAL), CannotTell)


def test_by_mouth_a_result_is_wanted_from_day_56_on() -> None:
    assert quiet(judged(midnight(56) - INSTANT, ORAL)).coming == ""
    assert quiet(judged(midnight(56), ORAL)).coming == "vitamin B12 result wanted by 5 March 2026"
    assert quiet(judged(midnight(56), ORAL, vitamin_b12(50, 170))).coming != ""
    assert quiet(judged(midnight(56), ORAL, vitamin_b12(50, 300))).coming == ""
    assert quiet(judged(midnight(56), INJECTED)).coming == ""


def test_what_cannot_be_told_is_medium_and_names_the_limit() -> None:
    judgement = cannot_tell(judged(midnight(OPENS), ORAL, vitamin_b12(50, 200, comparator=Comparator.LESS)))
    assert judgement.severity is Severity.MEDIUM
    assert "below the limit of 180 ng/L cannot be told" in judgement.because
    assert judgement.missing == "a vitamin B12 result that can be judged"


# --- on injections -----------------------------------------------------------------------------------------------


def test_on_injections_a_low_b12_is_a_strong_signal() -> None:
    judgement = fires(judged(midnight(OPENS), INJECTED, vitamin_b12(50, 170)))
    assert judgement.severity is Severity.HIGH
    assert "not expected" in judgement.because
    assert judgement.wanted == "check that the doses were given, that the sample is of this patient, and the unit"


def test_on_injections_a_normal_b12_proves_nothing() -> None:
    assert "proves nothing" in quiet(judged(midnight(OPENS), INJECTED, vitamin_b12(50, 2000))).because
    assert "proves nothing" not in quiet(judged(midnight(OPENS), ORAL, vitamin_b12(50, 2000))).because


def test_on_injections_no_result_is_a_note_for_six_months() -> None:
    judgement = cannot_tell(judged(midnight(OPENS), INJECTED))
    assert judgement.severity is Severity.INFO
    assert "need not be measured" in judgement.because
    end = on(2026, 7, 5)
    assert isinstance(judged(midnight(end + 1) - INSTANT, INJECTED), CannotTell)
    assert isinstance(judged(midnight(end + 1), INJECTED), Quiet)


def test_a_regimen_that_we_do_not_hold_is_read_as_injections() -> None:
    told = plan(0, "R99", treatment_started=date_of(0))
    assert cannot_tell(judged(midnight(OPENS), told)).severity is Severity.INFO


# --- which result ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("oral", [True, False])
@pytest.mark.parametrize(("sampled", "read"), [(day(6, 23), False), (midnight(7), True), (date_of(7), True)])
def test_samples_of_the_first_week_may_be_the_baseline(oral: bool, sampled: datetime | date, read: bool) -> None:
    judgement = judged(midnight(OPENS), ORAL if oral else INJECTED, vitamin_b12(sampled, 100))
    assert isinstance(judgement, Fires) is read


def test_the_newest_of_total_and_active_b12_decides_also_years_later() -> None:
    low_then_normal = [*ORAL, vitamin_b12(30, 150), active_b12(50, 60)]
    assert isinstance(judged(midnight(OPENS), low_then_normal), Quiet)
    assert isinstance(judged(midnight(OPENS), ORAL, active_b12(30, 60), vitamin_b12(50, 150)), Fires)
    assert isinstance(judged(midnight(OPENS), ORAL, active_b12(30, 20), vitamin_b12(50, 300)), Quiet)
    again = fires(judged(day(300), low_then_normal, vitamin_b12(290, 150), vitamin_b12(295, 140)))
    assert again.since == day(290)
    assert again.episode == "start:2026-01-05"
    assert isinstance(judged(day(302), low_then_normal, vitamin_b12(290, 150), vitamin_b12(301, 200)), Quiet)


def test_of_total_and_active_b12_of_one_sample_the_low_one_decides() -> None:
    facts = [*ORAL, vitamin_b12(50, 300), active_b12(50, 20, fact_id="active")]
    assert "active" in evidence_ids(judged(midnight(OPENS), facts))


# --- when it is asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "nobody_asks",
    [
        [],
        [plan(0)],
        [plan(0, end=ended(60)), injection(0)],
        [plan(0, entered_as=EnteredAs.LIFELONG, treatment_started=date_of(0)), injection(0)],
        [plan(0, entered_as=EnteredAs.LOADING, loading_doses_given=1), injection(0)],
        [plan(0, birth_date=date(2015, 1, 1)), injection(0)],
    ],
)
def test_without_a_start_that_we_know_nobody_asks(nobody_asks: list[Fact]) -> None:
    assert isinstance(judged(day(100), vitamin_b12(50, 100), nobody_asks), Quiet)


def test_months_are_of_the_calendar() -> None:
    """From 31 December two months end on 28 February."""
    facts = [plan(on(2025, 12, 31), "R7"), supply(on(2025, 12, 31))]
    assert isinstance(judged(midnight(on(2026, 3, 1)) - INSTANT, facts), Quiet)
    assert isinstance(judged(midnight(on(2026, 3, 1)), facts), CannotTell)


def test_corrections_change_the_answer_and_not_the_episode() -> None:
    wrong = vitamin_b12(50, 50)
    before = fires(judged(day(70), INJECTED, wrong))
    after = judged(day(70), INJECTED, wrong, vitamin_b12(50, 500, fact_id=wrong.fact_id, version=2))
    assert isinstance(after, Quiet)
    none = cannot_tell(judged(day(70), INJECTED, wrong, withdrawal(wrong, 60)))
    assert none.episode == before.episode


# --- a change to tablets -----------------------------------------------------------------------------------------

CHANGED: list[Fact] = [*INJECTED, plan(100, "R7", fact_id="tablets"), supply(100)]
"""On tablets from 15 April on; two months of them are over on 15 June."""
TABLETS_OPEN = on(2026, 6, 16)


def test_after_a_change_to_tablets_the_months_count_from_the_plan_that_changed_it() -> None:
    before = judged(day(99), CHANGED)
    assert cannot_tell(before).severity is Severity.INFO
    assert "after 15 June 2026" in quiet(judged(midnight(TABLETS_OPEN) - INSTANT, CHANGED)).because
    asked = cannot_tell(judged(midnight(TABLETS_OPEN), CHANGED))
    assert (asked.severity, asked.since) == (Severity.MEDIUM, midnight(TABLETS_OPEN))
    assert asked.episode == cannot_tell(before).episode


def test_a_normal_level_on_injections_does_not_answer_for_the_tablets() -> None:
    assert isinstance(judged(midnight(TABLETS_OPEN), CHANGED, vitamin_b12(106, 900)), CannotTell)
    assert isinstance(judged(midnight(TABLETS_OPEN), CHANGED, vitamin_b12(107, 900)), Quiet)


def test_a_low_level_is_not_forgotten_with_the_change_to_tablets() -> None:
    facts = [*CHANGED, vitamin_b12(90, 100)]
    fired = [fires(judged(at, facts)) for at in (day(99), day(101), midnight(TABLETS_OPEN))]
    assert {(f.severity, f.episode) for f in fired} == {(Severity.HIGH, "start:2026-01-05")}
    assert isinstance(judged(day(130), facts, vitamin_b12(120, 400)), Quiet)


def test_tablets_that_took_the_place_of_other_tablets_do_not_start_anew() -> None:
    assert isinstance(judged(midnight(OPENS), ORAL, plan(40, "R7b")), CannotTell)


def test_where_only_the_day_is_known_a_level_of_that_day_that_is_fine_does_not_end_what_was_low_before() -> None:
    low, rival = vitamin_b12(288, 150), vitamin_b12(date_of(290), 150)
    assert fires(judged(day(291), ORAL, low, rival, vitamin_b12(day(290, 15), 400))).since == day(288)
    assert fires(judged(day(291), ORAL, low, rival, vitamin_b12(day(289, 15), 400))).since == midnight(290)


def test_what_was_low_on_injections_is_said_when_their_two_months_are_over_though_tablets_follow() -> None:
    facts = [*INJECTED, plan(30, "R7", fact_id="tablets"), supply(30), vitamin_b12(29, 150)]
    assert isinstance(judged(midnight(OPENS) - INSTANT, facts), Quiet)
    assert fires(judged(midnight(OPENS), facts)).since == midnight(OPENS)
