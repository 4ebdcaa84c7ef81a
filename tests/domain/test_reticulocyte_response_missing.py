"""`reticulocyte-response-missing`: section 3: low haemoglobin at the start, and no rise of reticulocytes by day 10."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import Comparator, EnteredAs, Finding, ResultStatus, Sex
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import reticulocyte_response_missing as rule
from domain.words import fact_text
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
    midnight,
    on,
    plan,
    quiet,
    record_of,
    result,
    reticulocyte_share,
    reticulocytes,
    severity_of,
    transfusion,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


STARTED = [plan(0), injection(0)]
"""A woman; the first dose at 9 o'clock of day 0."""
LOW = haemoglobin(-1, 95, fact_id="hb")
OPENS = midnight(11)
JUDGED = midnight(on(2026, 3, 6))
"""Haemoglobin itself is judged from here on: two calendar months after the first dose."""


# --- no rise -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "severity"), [("20", Severity.HIGH), ("85", Severity.HIGH), ("85.1", None)])
def test_counts_up_to_85_are_no_rise_and_high(count: str, severity: Severity | None) -> None:
    assert severity_of(judged(OPENS, STARTED, LOW, reticulocytes(7, count))) is severity


def test_it_waits_for_the_end_of_day_10() -> None:
    facts = [*STARTED, LOW, reticulocytes(7, 40)]
    assert "judged after 15 January 2026" in quiet(judged(OPENS - INSTANT, facts)).because
    fired = fires(judged(OPENS, facts))
    assert (fired.since, fired.episode) == (OPENS, "start:2026-01-05")
    assert assess_at(record_of(facts), OPENS - INSTANT).next_review_at == OPENS


def test_it_says_the_highest_count_the_limit_and_the_haemoglobin_of_the_start() -> None:
    counts = [reticulocytes(4, 60, fact_id="a"), reticulocytes(6, 70, fact_id="b"), reticulocytes(9, 50, fact_id="c")]
    fired = fires(judged(OPENS, STARTED, LOW, counts))
    for words in ("above 85 ×10⁹/L by 15 January 2026", "highest were 70 ×10⁹/L on 11 January", "95 g/L on 4 January"):
        assert words in fired.because
    assert evidence_ids(fired) == {"a", "b", "c", "hb"}
    assert "iron, folate" in fired.wanted


@pytest.mark.parametrize(
    ("sampled", "kind"),
    [
        (midnight(3) - INSTANT, CannotTell),
        (midnight(3), Fires),
        (date_of(3), Fires),
        (midnight(11) - INSTANT, Fires),
        (date_of(10), Fires),
        (midnight(11), CannotTell),
        (date_of(11), CannotTell),
    ],
)
def test_counts_of_days_3_to_10_show_that_there_was_no_rise(sampled: When, kind: type) -> None:
    assert isinstance(judged(day(12), STARTED, LOW, reticulocytes(sampled, 40)), kind)


@pytest.mark.parametrize(
    ("sampled", "answered"), [(midnight(3) - INSTANT, False), (midnight(3), True), (day(10), True), (day(40), True)]
)
def test_a_raised_count_from_day_3_on_answers_it_however_late(sampled: datetime, answered: bool) -> None:
    at = max(day(41), sampled)
    answer = judged(at, STARTED, LOW, reticulocytes(6, 40), reticulocytes(sampled, 120))
    assert isinstance(answer, Quiet if answered else Fires)


@pytest.mark.parametrize(
    ("comparator", "value", "kind"),
    [
        (Comparator.MORE, "85", Quiet),
        (Comparator.AT_LEAST, "85", CannotTell),
        (Comparator.MORE, "60", CannotTell),
        (Comparator.AT_MOST, "85", Fires),
        (Comparator.LESS, "86", CannotTell),
    ],
)
def test_a_count_that_is_not_exact_is_told_only_where_it_must_be_so(
    comparator: Comparator, value: str, kind: type
) -> None:
    unclear = reticulocytes(6, value, comparator=comparator, fact_id="unclear")
    exact = reticulocytes(8, 50)
    assert isinstance(judged(OPENS, STARTED, LOW, unclear), kind)
    answer = judged(OPENS, STARTED, LOW, unclear, exact)
    assert isinstance(answer, kind)
    if isinstance(answer, CannotTell):
        assert f"{unclear.comparator}{value}" in answer.because
        assert answer.missing == "an absolute reticulocyte count that can be judged"


def test_a_transfusion_is_told_with_it_since_it_may_hide_the_response() -> None:
    facts = [*STARTED, LOW, reticulocytes(7, 40)]
    told = fires(judged(OPENS, facts, transfusion(2, fact_id="red cells"), transfusion(1)))
    assert "red cells were transfused on 7 January 2026" in told.because
    assert "red cells" in evidence_ids(told)
    for n, said in ((-91, False), (-90, True), (10, True), (11, False)):
        assert ("transfused" in fires(judged(day(12), facts, transfusion(n))).because) is said


# --- not counted -------------------------------------------------------------------------------------------------


def test_where_nobody_counted_them_it_cannot_tell() -> None:
    assert isinstance(judged(OPENS - INSTANT, STARTED, LOW), Quiet)
    asked = cannot_tell(judged(OPENS, STARTED, LOW))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, OPENS, "start:2026-01-05")
    assert asked.missing == "an absolute reticulocyte count"
    assert "known until 15 January 2026" in asked.because
    assert "only their share" not in asked.because
    assert evidence_ids(asked) == {"hb"}


def test_a_share_is_no_absolute_count_and_is_told() -> None:
    shares = [reticulocyte_share(6, "2"), reticulocyte_share(8, "3", fact_id="share")]
    asked = cannot_tell(judged(day(12), STARTED, LOW, shares))
    assert "only their share is known, 3 % on 13 January 2026" in asked.because
    assert evidence_ids(asked) == {"hb", "share"}
    for sampled, said in ((midnight(3) - INSTANT, False), (midnight(3), True), (OPENS - INSTANT, True), (OPENS, False)):
        told = cannot_tell(judged(day(12), STARTED, LOW, reticulocyte_share(sampled, "2")))
        assert ("share" in told.because) is said


def test_a_clumped_or_preliminary_count_is_none() -> None:
    for told in ({"clumped": True, "count": None}, {"status": ResultStatus.PRELIMINARY, "count": 40}):
        assert "no absolute" in cannot_tell(judged(OPENS, STARTED, LOW, reticulocytes(7, **told))).because


def test_from_day_7_a_count_is_on_the_list_of_things_to_come() -> None:
    assert quiet(judged(midnight(7) - INSTANT, STARTED, LOW)).coming == ""
    assert quiet(judged(midnight(7), STARTED, LOW)).coming == "reticulocyte count wanted by 15 January 2026"
    assert quiet(judged(midnight(7), STARTED, LOW, reticulocytes(5, 40))).coming == ""
    assert quiet(judged(midnight(7), STARTED)).coming == ""


def test_what_was_unknown_becomes_a_finding_of_the_same_alert() -> None:
    unknown, found = record_of(STARTED, LOW), record_of(STARTED, LOW, reticulocytes(8, 40))
    assert alert_of(rule, unknown, day(11)).alert_id == alert_of(rule, found, day(12)).alert_id


# --- haemoglobin of the start ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sampled", "value", "kind"),
    [
        (-1, "119.9", Fires),
        (-1, "120", Quiet),
        (-90, "95", Fires),
        (-91, "95", CannotTell),  # too old: none is known
        (day(0), "95", Fires),
        (date_of(0), "95", Fires),
        (midnight(3) - INSTANT, "95", Fires),
        (midnight(3), "95", CannotTell),
    ],
)
def test_a_rise_is_expected_where_haemoglobin_was_low_at_the_start(sampled: When, value: str, kind: type) -> None:
    assert isinstance(judged(OPENS, STARTED, haemoglobin(sampled, value), reticulocytes(7, 40)), kind)


def test_the_last_before_the_first_dose_decides() -> None:
    low, normal = haemoglobin(-5, 95), haemoglobin(-1, 125)
    assert "at the start, on 4 January 2026" in quiet(judged(OPENS, STARTED, low, normal)).because
    assert isinstance(judged(OPENS, STARTED, haemoglobin(-5, 125), haemoglobin(-1, 95)), CannotTell)
    assert "95 g/L" in fires(judged(OPENS, STARTED, LOW, haemoglobin(1, 90), reticulocytes(7, 40))).because


def test_where_haemoglobin_of_the_start_is_not_known_only_a_count_without_rise_is_told() -> None:
    assert "not counted" in quiet(judged(OPENS, STARTED)).because
    counts = [reticulocytes(5, 50, fact_id="early"), reticulocytes(7, 40, fact_id="late")]
    asked = cannot_tell(judged(OPENS, STARTED, counts))
    assert "reticulocytes were 40 ×10⁹/L on 12 January" in asked.because
    assert asked.missing == "a haemoglobin of the start that can be judged"
    assert evidence_ids(asked) == {"early", "late"}


def test_a_haemoglobin_of_the_start_that_cannot_be_told_is_not_low_and_not_normal() -> None:
    unknown_sex = [plan(0, sex=Sex.UNKNOWN), injection(0), haemoglobin(-1, 125)]
    assert "whether haemoglobin was low" in cannot_tell(judged(OPENS, unknown_sex, reticulocytes(7, 40))).because
    assert "no absolute" in cannot_tell(judged(OPENS, unknown_sex)).because
    clumped = haemoglobin(-1, None, clumped=True)
    assert isinstance(judged(OPENS, STARTED, clumped), Quiet)


@pytest.mark.parametrize(("value", "kind"), [("95", Fires), ("125", CannotTell)])
def test_after_a_transfusion_a_low_one_is_low_all_the_same(value: str, kind: type) -> None:
    facts = [*STARTED, haemoglobin(-1, value), transfusion(-2), reticulocytes(7, 40)]
    assert isinstance(judged(OPENS, facts), kind)


# --- haemoglobin has answered ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "told", "answered"),
    [("104.9", {}, False), ("105", {}, True), ("106", {"comparator": Comparator.LESS}, False)],
)
def test_a_rise_by_10_since_the_start_answers_it(value: str, told: dict[str, Comparator], answered: bool) -> None:
    for counts in ([], [reticulocytes(7, 40)]):
        answer = judged(day(22), STARTED, LOW, haemoglobin(21, value, **told), counts)
        assert isinstance(answer, Quiet) is answered


def test_a_normal_haemoglobin_answers_it_and_a_fall_asks_again() -> None:
    start = [*STARTED, haemoglobin(-1, 118), reticulocytes(7, 40)]
    assert "shows the response" in quiet(judged(day(22), start, haemoglobin(21, 121))).because
    assert isinstance(judged(day(30), start, haemoglobin(21, 121), haemoglobin(29, 117)), Fires)


def test_a_haemoglobin_after_a_transfusion_answers_nothing() -> None:
    facts = [*STARTED, LOW, haemoglobin(21, 130), reticulocytes(7, 40)]
    assert isinstance(judged(day(22), facts), Quiet)
    assert isinstance(judged(day(22), facts, transfusion(15)), Fires)


def test_a_rise_from_an_amount_that_is_not_exact_is_no_rise() -> None:
    start = haemoglobin(-1, 95, comparator=Comparator.AT_LEAST)
    facts = [plan(0, sex=Sex.MALE), injection(0), start, haemoglobin(21, 110)]
    assert isinstance(judged(day(22), facts), CannotTell)


def test_a_confirmed_response_answers_it() -> None:
    facts = [*STARTED, LOW, reticulocytes(7, 40)]
    assert isinstance(judged(day(12), facts, assessment(12, Finding.RESPONSE_CONFIRMED)), Quiet)
    assert isinstance(judged(day(12), facts, assessment(12, Finding.STILL_IMPROVING)), Fires)


def test_it_is_asked_until_haemoglobin_itself_is_judged() -> None:
    for facts in ([*STARTED, LOW], [*STARTED, LOW, reticulocytes(7, 40)]):
        assert not isinstance(judged(JUDGED - INSTANT, facts), Quiet)
        assert "after 5 March 2026 haemoglobin itself tells" in quiet(judged(JUDGED, facts)).because


# --- corrections -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second", "kinds"), [("40", "140", (Fires, Quiet)), ("140", "40", (Quiet, Fires))])
def test_a_corrected_count_decides_in_both_directions(first: str, second: str, kinds: tuple[type, type]) -> None:
    record = record_of(STARTED, LOW, reticulocytes(7, first, fact_id="count"))
    corrected = reticulocytes(7, second, fact_id="count", version=2, status=ResultStatus.CORRECTED)
    answers = judge_at(rule, record, day(12)), judge_at(rule, record.add(corrected, day(12)), day(12))
    assert tuple(map(type, answers)) == kinds


def test_evidence_shows_the_count_as_sent() -> None:
    count = result(reticulocytes(7, 1).analyte, 7, 40, "10*3/uL")
    fired = fires(judged(day(12), STARTED, LOW, count))
    assert "reticulocytes 40 10*3/uL" in {fact_text(fact) for fact in fired.evidence}


# --- to whom it applies ------------------------------------------------------------------------------------------


def test_where_the_next_step_waits_for_the_response_only_a_count_without_rise_is_told() -> None:
    daily = [plan(0, "R3"), *(injection(n, 100) for n in range(6)), LOW]
    assert "asked for already" in quiet(judged(day(12), daily)).because
    assert isinstance(judged(day(12), daily, reticulocytes(7, 40)), Fires)
    five = [plan(0, "R3"), *(injection(n, 100) for n in range(5)), LOW]
    assert isinstance(judged(day(12), five), CannotTell)


def test_a_prophylaxis_waits_for_no_response() -> None:
    assert "prophylaxis" in quiet(judged(day(12), plan(0, "R5"), injection(0), LOW, reticulocytes(7, 40))).because


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_it_does_not_apply_to_patients_who_came_after_the_start(entered_as: EnteredAs) -> None:
    entered = plan(0, entered_as=entered_as, treatment_started=date_of(-20), last_dose=date_of(-1))
    assert isinstance(judged(day(3), entered, haemoglobin(-25, 95)), Quiet)


def test_entered_in_loading_it_counts_from_the_start_that_the_plan_tells() -> None:
    told = plan(0, entered_as=EnteredAs.LOADING, treatment_started=date_of(-10), last_dose=date_of(-1))
    before = haemoglobin(-11, 95)
    assert isinstance(judged(midnight(1) - INSTANT, told, before), Quiet)
    assert cannot_tell(judged(midnight(1), told, before)).episode == "start:2025-12-26"
    untold = plan(0, entered_as=EnteredAs.LOADING, last_dose=date_of(-1))
    assert "asked elsewhere" in quiet(judged(day(12), untold, injection(1), before)).because


def test_nothing_is_asked_before_the_first_dose_after_the_end_under_16_or_without_a_plan() -> None:
    facts = [LOW, reticulocytes(7, 40)]
    assert isinstance(judged(day(12), plan(0), facts), Quiet)
    assert isinstance(judged(day(12), plan(0, end=ended(12)), injection(0), facts), Quiet)
    assert isinstance(judged(day(12), plan(0, birth_date=date_of(-5000)), injection(0), facts), Quiet)
    assert isinstance(judged(day(12), injection(0), facts), Quiet)


# --- a haemoglobin of the first day, of which no hour is known ---------------------------------------------------


def test_a_haemoglobin_of_the_day_of_the_first_dose_may_be_from_before_it() -> None:
    of_the_day = haemoglobin(date_of(0), 90, fact_id="of the day")
    asked = fires(judged(OPENS, STARTED, haemoglobin(-5, 95), of_the_day, reticulocytes(7, "50")))
    assert "haemoglobin was 90 g/L" in asked.because


def test_a_haemoglobin_of_the_day_of_the_first_dose_shows_no_response() -> None:
    before, of_the_day = haemoglobin(day(0, 8), 90), haemoglobin(date_of(0), 101)
    assert isinstance(judged(OPENS, STARTED, before, of_the_day, reticulocytes(7, "50")), Fires)
