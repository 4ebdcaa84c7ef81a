"""`injection-overdue` by the regimens beside R1 and R2: the limits, the classes and the words; sections 8.1 and 8.3."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.facts import DosesGivenBy, EnteredAs, Fact, Finding, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import injection_overdue as rule
from tests.kit import (
    INSTANT,
    Facts,
    assess_at,
    assessment,
    cannot_tell,
    date_of,
    day,
    every,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    injections,
    judge_at,
    midnight,
    on,
    oral,
    plan,
    quiet,
    record_of,
    severity_of,
    supply,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def fires_exactly_from(instant: datetime, *facts: Facts) -> Fires:
    """Quiet one instant before, firing at it."""
    assert isinstance(judged(instant - INSTANT, *facts), Quiet)
    fired = fires(judged(instant, *facts))
    assert fired.since == instant
    return fired


def given(*days: int, ug: int) -> list[Fact]:
    return [injection(n, ug) for n in days]


@pytest.mark.parametrize(
    ("code", "last_allowed", "statement"),
    [
        ("R2-SPC", date(2026, 4, 5), "R2-SPC"),
        ("R2-PIL", date(2026, 4, 12), "R2-PIL"),
        ("R3", date(2026, 2, 12), "S7"),
        ("R4", date(2026, 2, 12), "R4"),
        ("R5", date(2026, 2, 12), "S12"),
        ("R6a", date(2026, 4, 5), "S13"),
        ("R6b", date(2026, 2, 12), "S13"),
        ("R7b", date(2026, 4, 5), "S21"),
        ("R8b", date(2026, 7, 12), "R8"),
    ],
)
def test_maintenance_is_overdue_on_the_day_after_the_last_allowed_one(
    code: str, last_allowed: date, statement: str
) -> None:
    entered = plan(0, code, entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(0))
    overdue = on(last_allowed.year, last_allowed.month, last_allowed.day) + 1
    fired = fires_exactly_from(midnight(overdue), entered)
    assert fired.severity is Severity.MEDIUM
    assert statement in fired.source
    assert severity_of(judged(midnight(overdue + 28) - INSTANT, entered)) is Severity.MEDIUM
    assert severity_of(judged(midnight(overdue + 28), entered)) is Severity.HIGH


@pytest.mark.parametrize("code", ["R3", "R5", "R6a", "R7b", "R8b"])
def test_maintenance_is_high_where_there_is_neurological_involvement(code: str) -> None:
    involved = plan(
        0,
        code,
        entered_as=EnteredAs.MAINTENANCE,
        last_dose=date_of(0),
        neurological_involvement=YesNoUnknown.YES,
    )
    assert severity_of(judged(day(300), involved)) is Severity.HIGH


@pytest.mark.parametrize(
    ("doses", "overdue"),
    [((0,), 3), ((0, 1, 2, 3, 4, 5), 9), ((0, 1, 2, 3, 4, 5, *range(7, 20, 2)), 25)],
)
def test_each_step_of_cyanocobalamin_has_its_own_limit(doses: tuple[int, ...], overdue: int) -> None:
    assert fires_exactly_from(midnight(overdue), plan(0, "R3"), given(*doses, ug=100)).severity is Severity.HIGH


def test_the_weekly_doses_of_the_product_texts_are_overdue_after_ten_days() -> None:
    weekly = given(0, 2, 4, 6, 13, ug=250)
    assert fires_exactly_from(midnight(24), plan(0, "R2-SPC"), weekly).severity is Severity.HIGH
    assert isinstance(judged(day(24), plan(0, "R2-SPC"), weekly, haemoglobin(14, 130)), Quiet)


def test_a_first_injection_is_high_also_where_treatment_by_mouth_has_begun() -> None:
    told = [plan(0, "R7"), supply(0), plan(60, "R6b", fact_id="changed")]
    assert fires_exactly_from(midnight(64), told).severity is Severity.HIGH


def test_prophylaxis_overdue_is_medium_although_it_is_lifelong_from_the_first_dose() -> None:
    assert fires_exactly_from(midnight(on(2026, 2, 13)), plan(0, "R5"), injection(0)).severity is Severity.MEDIUM


# --- by mouth ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["R6c", "R7", "R8a"])
def test_what_is_taken_every_day_is_not_watched_here(code: str) -> None:
    told = [plan(0, code), oral(0)]
    assert "its supply is watched" in quiet(judged(day(400), told)).because
    assert quiet(judged(day(400), told)).coming == ""


def test_the_prescribed_interval_of_tablets_has_no_grace() -> None:
    monthly = plan(0, "R7b", interval=every(months=1))
    fired = fires_exactly_from(midnight(on(2026, 2, 6)), monthly, oral(0))
    assert "S20" in fired.source
    assert fired.wanted == "give the dose by mouth, or record the dose that was given"


def test_where_only_a_supply_is_known_it_asks_whether_the_dose_was_taken() -> None:
    tablets = supply(2, fact_id="tablets")
    told = [plan(0, "R7b", fact_id="plan"), tablets]
    limit = midnight(on(2026, 4, 8))
    assert isinstance(judged(limit - INSTANT, told), Quiet)
    asked = cannot_tell(judged(limit, told))
    assert (asked.severity, asked.since) == (Severity.MEDIUM, limit)
    assert "confirm that the dose was taken" in asked.because and "overdue" not in asked.because
    assert evidence_ids(asked) == {"tablets", "plan"}
    assert isinstance(judged(limit + timedelta(days=100), told, oral(91)), Fires)


# --- words and evidence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "dose"),
    [("R5", "injection"), ("R3", "injection (intramuscular or deep subcutaneous)"), ("R7b", "dose by mouth")],
)
def test_it_says_what_is_to_be_given(code: str, dose: str) -> None:
    told = plan(0, code)
    assert fires(judged(day(9), told)).wanted == f"give the {dose}, or record the dose that was given"
    coming = [text for text in assess_at(record_of(told), day(0)).situation.coming if "allowed until" in text]
    assert coming == [f"{dose} due on 5 January 2026, allowed until 8 January 2026"]


def test_a_choice_that_is_missing_is_asked_for_at_once() -> None:
    asked = cannot_tell(judged(day(0), plan(0, "R6", fact_id="plan")))
    assert asked.missing == "a plan with R6a or R6b or R6c"
    assert (asked.severity, evidence_ids(asked)) == (Severity.MEDIUM, {"plan"})


def test_a_patient_under_16_has_no_regimen_whatever_the_plan_says() -> None:
    for code in ("R5", "R6", "R7", "R9"):
        asked = cannot_tell(judged(day(0), plan(0, code, birth_date=date(2012, 1, 1))))
        assert asked.because == "no regimen available: the patient is under 16"


def test_with_doses_given_elsewhere_every_regimen_asks_for_confirmation() -> None:
    for code in ("R3", "R5", "R7b", "R8b"):
        told = plan(0, code, doses_given_by=DosesGivenBy.ELSEWHERE)
        asked = cannot_tell(judged(day(300), told, injection(0, 2000)))
        assert "doses are given elsewhere" in asked.because


def test_the_plateau_ends_the_loading_of_the_leaflet_and_its_window_is_three_months() -> None:
    told = [plan(0, "R2-PIL"), *injections(0, 2, 4), assessment(5, Finding.NO_FURTHER_IMPROVEMENT)]
    assert fires_exactly_from(midnight(on(2026, 4, 17)), told).severity is Severity.MEDIUM
