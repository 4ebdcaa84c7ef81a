"""Facts, which of two versions stands, and what a record remembers of their arrival."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.facts import AdministrationStatus, Fact, Finding, LabResult, ResultStatus, content, rank
from domain.record import Known, Record, merge
from tests.kit import INSTANT, LONDON, assessment, day, haemoglobin, injection, plan, record_of, withdrawal

FIRST = haemoglobin(1, 100, fact_id="hb")
SECOND = haemoglobin(1, 130, fact_id="hb", version=2)


def standing(record: Record, fact_id: str = "hb") -> Fact:
    return record.known[fact_id].fact


def test_the_higher_version_stands_whichever_came_first() -> None:
    assert standing(record_of(FIRST, SECOND)) == standing(record_of(SECOND, FIRST)) == SECOND


def test_of_two_contents_of_one_version_the_same_stands_whichever_came_first() -> None:
    rival = haemoglobin(1, 101, fact_id="hb")
    assert standing(record_of(FIRST, rival)) == standing(record_of(rival, FIRST))


def test_a_withdrawal_beats_a_fact_of_its_version_and_not_a_higher_one() -> None:
    gone = withdrawal("hb", 1, version=1)
    assert standing(record_of(gone, FIRST)) == standing(record_of(FIRST, gone)) == gone
    assert standing(record_of(gone, SECOND)) == standing(record_of(SECOND, gone)) == SECOND


def test_a_withdrawal_of_what_never_came_is_kept() -> None:
    gone = withdrawal("hb", 1, version=2)
    assert standing(record_of(gone)) == gone
    assert standing(record_of(gone, FIRST)) == gone


def test_a_fact_keeps_when_this_version_and_when_any_version_became_known() -> None:
    record = Record("p").add(FIRST, day(3)).add(SECOND, day(5)).add(SECOND, day(4)).add(FIRST, day(2))
    assert record.known["hb"] == Known(SECOND, since=day(4), first=day(2))


def test_a_record_that_learns_nothing_is_the_same_object() -> None:
    record = Record("p").add(FIRST, day(3))
    assert record.add(FIRST, day(3)) is record
    assert record.add(FIRST, day(9)) is record


def test_equal_numbers_with_another_spelling_are_two_contents_and_one_of_them_stands() -> None:
    plain, dotted = haemoglobin(1, "100", fact_id="hb"), haemoglobin(1, "100.0", fact_id="hb")
    assert plain == dotted and rank(plain) != rank(dotted)
    for record in (record_of(plain, dotted), record_of(dotted, plain)):
        assert content(standing(record)) == max(content(plain), content(dotted))


def test_the_content_of_findings_is_in_a_fixed_order() -> None:
    findings = list(Finding)
    one, other = assessment(0, *findings, fact_id="a"), assessment(0, *reversed(findings), fact_id="a")
    assert content(one) == content(other)


def test_kinds_that_share_an_id_have_one_that_stands() -> None:
    facts: list[Fact] = [haemoglobin(0, 100, fact_id="x"), injection(0, fact_id="x"), plan(0, fact_id="x")]
    assert len({content(standing(record_of(facts[i:] + facts[:i]), "x")) for i in range(3)}) == 1


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (ResultStatus.REGISTERED, ResultStatus.PRELIMINARY),
        (ResultStatus.PRELIMINARY, ResultStatus.FINAL),
        (ResultStatus.FINAL, ResultStatus.CORRECTED),
        (ResultStatus.FINAL, ResultStatus.AMENDED),
    ],
)
def test_without_versions_the_later_step_of_a_results_life_stands(earlier: ResultStatus, later: ResultStatus) -> None:
    low, high = haemoglobin(0, 60, fact_id="x", status=later), haemoglobin(0, 150, fact_id="x", status=earlier)
    assert standing(record_of(low, high), "x") == standing(record_of(high, low), "x") == low


@pytest.mark.parametrize(
    "earlier", [AdministrationStatus.IN_PROGRESS, AdministrationStatus.ON_HOLD, AdministrationStatus.NOT_DONE]
)
def test_without_versions_a_chart_that_is_completed_stands(earlier: AdministrationStatus) -> None:
    begun, given = injection(0, fact_id="x", status=earlier), injection(0, fact_id="x")
    assert standing(record_of(begun, given), "x") == standing(record_of(given, begun), "x") == given


@pytest.mark.parametrize("status", list(ResultStatus))
def test_only_final_amended_and_corrected_results_count(status: ResultStatus) -> None:
    assert status.counts == (status in (ResultStatus.FINAL, ResultStatus.AMENDED, ResultStatus.CORRECTED))


def test_merge_keeps_what_is_better_in_each_whichever_is_asked_first() -> None:
    known = [Known(FIRST, day(3), day(3)), Known(SECOND, day(5), day(5)), Known(FIRST, day(1), day(1))]
    both = {merge(merge(known[i], known[j]), known[k]) for i, j, k in ((0, 1, 2), (2, 1, 0), (1, 0, 2))}
    assert both == {Known(SECOND, day(5), day(1))}


@pytest.mark.parametrize(
    ("ahead", "counts_at_once"),
    [
        (timedelta(minutes=-10), False),
        (timedelta(), False),
        (INSTANT, True),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5) + INSTANT, False),
    ],
)
def test_a_fact_counts_from_its_own_time_unless_it_is_a_little_ahead(ahead: timedelta, counts_at_once: bool) -> None:
    fact: LabResult = haemoglobin(day(1) + ahead, 100)
    known = Known(fact, since=day(1), first=day(1))
    expected = day(1) if counts_at_once else day(1) + ahead
    assert known.counts_from(LONDON, timedelta(minutes=5)) == expected
