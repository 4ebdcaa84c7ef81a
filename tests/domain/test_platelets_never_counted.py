"""`platelets-low-before-im` where there never was a count: a note, once a treatment (section 8.4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from domain.facts import Action, EnteredAs, Fact, ResultStatus, Route
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.policies.blood import PlateletsPolicy
from domain.policy import Policy
from domain.record import Record
from domain.rules import platelets_low_before_im as rule
from tests.kit import (
    INSTANT,
    Facts,
    action,
    alert_of,
    cannot_tell,
    date_of,
    day,
    ended,
    every,
    injection,
    judge_at,
    loading,
    midnight,
    on,
    order,
    plan,
    platelets,
    quiet,
    record_of,
)

WINDOW_OPENS = on(2026, 3, 16)
"""Two months after the last loading dose of 16 January."""


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_never_counted_is_a_note_once_per_treatment() -> None:
    record = record_of(plan(0), loading())
    ids = {alert_of(rule, record, at).alert_id for at in (day(0), day(5), day(30), day(200), day(800))}
    assert len(ids) == 1
    asked = cannot_tell(judge_at(rule, record, day(30)))
    assert asked.severity is Severity.INFO
    again = record_of(plan(0, end=ended(day(30))), loading(), plan(40, fact_id="again"))
    assert alert_of(rule, again, day(41)).alert_id not in ids


def test_a_preliminary_count_is_no_count() -> None:
    asked = cannot_tell(judged(day(0), plan(0), platelets(0, "20", status=ResultStatus.PRELIMINARY)))
    assert asked.severity is Severity.INFO


def test_entered_after_loading_the_note_waits_for_the_question() -> None:
    entered = plan(0, entered_as=EnteredAs.LIFELONG, last_dose=date(2025, 12, 1))
    opens = midnight(on(2026, 1, 25))  # the window opens on 1 February
    assert isinstance(judged(opens - INSTANT, entered), Quiet)
    asked = cannot_tell(judged(opens, entered))
    assert (asked.severity, asked.since) == (Severity.INFO, opens)


AFTER_LOADING: list[dict[str, Any]] = [
    {"entered_as": EnteredAs.MAINTENANCE},
    {"entered_as": EnteredAs.LIFELONG, "last_dose": date_of(-70)},
    {"entered_as": EnteredAs.LIFELONG, "last_dose": date_of(-400)},
]


@pytest.mark.parametrize("told", AFTER_LOADING, ids=["no last dose", "window open", "overdue"])
def test_what_was_counted_before_somebody_came_after_loading_is_waited_for_a_day(told: dict[str, Any]) -> None:
    record = Record("patient-1").add(plan(0, **told), day(0, 15))
    assert "until 6 January 2026 15:00" in quiet(judge_at(rule, record, day(1, 15) - INSTANT)).because
    assert cannot_tell(judge_at(rule, record, day(1, 15))).severity is Severity.INFO
    assert alert_of(rule, record, day(1, 15)).standing
    assert isinstance(judge_at(rule, record.add(platelets(-9, "240"), day(0, 16)), day(1, 15)), Quiet)
    assert isinstance(judge_at(rule, record.add(platelets(-9, "40"), day(0, 16)), day(0, 16)), Fires)


@pytest.mark.parametrize(("days", "at"), [(0, day(0)), (7, day(7))])
def test_policy_says_how_long_the_first_count_is_waited_for(days: int, at: datetime) -> None:
    policy = Policy(platelets=PlateletsPolicy(first_count_awaited_days=days))
    record = record_of(plan(0, **AFTER_LOADING[1]))
    assert isinstance(judge_at(rule, record, at, policy), CannotTell)
    assert days == 0 or isinstance(judge_at(rule, record, at - INSTANT, policy), Quiet)


@pytest.mark.parametrize("days", [-1, 8])
def test_so_long_nobody_waits_for_a_count(days: int) -> None:
    with pytest.raises(ValidationError):
        PlateletsPolicy(first_count_awaited_days=days)


@pytest.mark.parametrize(
    "told",
    [
        [plan(0)],
        [plan(0, entered_as=EnteredAs.LOADING, loading_doses_given=2, last_dose=date_of(-2))],
        [plan(0, **AFTER_LOADING[1]), plan(0, "R1", fact_id="x-other")],
        [plan(0, "R7", **AFTER_LOADING[0]), order(0, route=Route.INTRAMUSCULAR)],
    ],
    ids=["first dose", "entered in loading", "loading again", "ordered"],
)
def test_before_a_dose_that_may_be_given_today_nothing_is_waited_for(told: list[Fact]) -> None:
    assert cannot_tell(judged(day(0), told)).severity is Severity.INFO


def test_never_counted_stands_since_the_first_question_and_what_was_answered_stays_answered() -> None:
    record = record_of(plan(0), loading())
    note = alert_of(rule, record, day(1))
    seen = record.add(action(1, Action.ACKNOWLEDGED, note.alert_id), day(1))
    for at in (day(30), day(WINDOW_OPENS), day(WINDOW_OPENS + 60)):
        assert cannot_tell(judge_at(rule, seen, at)).since == day(0)
        assert alert_of(rule, seen, at).acknowledged_by == "Sister Bea"
    changed = plan(300, fact_id="changed", interval=every(months=2))
    assert cannot_tell(judged(day(300), plan(0), loading(), changed)).since == day(0)
    later = [plan(0, entered_as=EnteredAs.LOADING, loading_doses_given=2), plan(3, fact_id="changed")]
    assert cannot_tell(judged(day(4), later)).since == midnight(0)


def test_of_one_who_came_without_a_last_dose_the_first_question_is_that_after_the_first_dose_here() -> None:
    came = [plan(0, entered_as=EnteredAs.LIFELONG), injection(10)]
    opens = midnight(on(2026, 3, 15) - 7)  # two months after 15 January, and 7 days before
    assert isinstance(judged(opens - INSTANT, came), Quiet)
    assert cannot_tell(judged(opens, came)).since == opens
    assert cannot_tell(judged(day(75), came, injection(75))).since == opens
