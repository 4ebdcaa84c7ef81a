"""Cause, sex and birth date that the plan leaves unsaid (section 8.8)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from domain.facts import Cause, EnteredAs, Sex
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import details_missing as rule
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
    injection,
    judge_at,
    loading,
    midnight,
    plan,
    quiet,
    record_of,
    when,
)

NOTHING_SAID: dict[str, Any] = {"cause": Cause.UNKNOWN, "sex": Sex.UNKNOWN, "birth_date": None}
BARE = plan(0, fact_id="plan", **NOTHING_SAID)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_they_are_asked_for_from_24_hours_after_the_start_on() -> None:
    assert "6 January 2026" in quiet(judged(day(1) - INSTANT, BARE)).because
    asked = cannot_tell(judged(day(1), BARE))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, day(1), "treatment:plan")
    assert asked.missing == "cause, sex, birth date"
    assert "the plan does not say: cause, sex, birth date" in asked.because
    assert evidence_ids(asked) == {"plan"}


def test_the_start_is_that_of_the_plan_or_an_earlier_dose() -> None:
    planned = plan(0, start=when(5), **NOTHING_SAID)
    assert isinstance(judged(day(6) - INSTANT, planned), Quiet)
    assert isinstance(judged(day(6), planned), CannotTell)
    assert isinstance(judged(day(3), planned, injection(2)), CannotTell)


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({"cause": Cause.OTHER}, "sex, birth date"),
        ({"sex": Sex.MALE}, "cause, birth date"),
        ({"birth_date": date(1960, 6, 1)}, "cause, sex"),
        ({"cause": Cause.OTHER, "sex": Sex.MALE}, "birth date"),
    ],
)
def test_only_what_is_unsaid_is_asked_for(said: dict[str, Any], missing: str) -> None:
    asked = cannot_tell(judged(day(1), plan(0, **{**NOTHING_SAID, **said})))
    assert asked.missing == missing


def test_it_is_one_alert_while_the_answers_come_one_by_one() -> None:
    then = plan(0, fact_id="plan", version=2, **{**NOTHING_SAID, "sex": Sex.FEMALE})
    alerts = [alert_of(rule, record_of(facts), day(2)) for facts in ([BARE], [BARE, then])]
    assert len({alert.alert_id for alert in alerts}) == 1
    assert [str(alert.missing) for alert in alerts] == ["cause, sex, birth date", "cause, birth date"]
    said = plan(0, fact_id="plan", version=3, cause=Cause.DIETARY, sex=Sex.FEMALE, birth_date=date(1960, 6, 1))
    assert isinstance(judged(day(2), BARE, then, said), Quiet)


def test_they_are_no_questions_about_the_start() -> None:
    came = plan(0, entered_as=EnteredAs.LOADING, last_dose=date_of(-9), **NOTHING_SAID)
    assert isinstance(judged(day(1) - INSTANT, came), Quiet)
    assert isinstance(judged(day(1), came), CannotTell)


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_of_a_patient_who_came_after_loading_they_are_an_old_concern(entered_as: EnteredAs) -> None:
    came = plan(0, entered_as=entered_as, **NOTHING_SAID)
    assert cannot_tell(judged(day(0), came)).since == midnight(0)
    assert alert_of(rule, record_of(came), day(0)).standing


def test_they_are_asked_for_in_every_phase_but_the_last() -> None:
    facts = [BARE, *loading(), haemoglobin(60, 150)]
    for at in (day(1), day(5), day(20), day(70)):
        assert isinstance(judged(at, facts), CannotTell)
    assert isinstance(judged(day(70), plan(0, end=ended(65), **NOTHING_SAID), loading()), Quiet)


def test_it_is_quiet_without_a_plan_and_for_a_child() -> None:
    assert isinstance(judged(day(5), injection(0)), Quiet)
    assert isinstance(judged(day(5), plan(0, cause=Cause.UNKNOWN, birth_date=date(2015, 1, 1))), Quiet)
