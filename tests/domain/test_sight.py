"""What is looked at and what may be forgotten; the law is that forgetting changes no later assessment (prune-safe)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import sight
from domain.assess import Assessment, assess
from domain.facts import Action, Fact, Finding, TreatmentPlan, Withdrawal
from domain.moment import Moment
from domain.policy import Policy
from domain.record import Handed, Record, joined
from domain.sight import in_sight, remembered
from tests.domain.strategies import WARDS_POLICY, stories
from tests.kit import (
    LONDON,
    Arrival,
    action,
    assessment,
    day,
    haemoglobin,
    injection,
    plan,
    platelets,
    record_of,
    record_of_arrivals,
    utc,
    withdrawal,
)

law = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
YEARS = 365
POLICY = Policy()


def ids(record: Record) -> set[str]:
    return set(record.known)


def forgotten(record: Record, at: datetime, policy: Policy = POLICY) -> set[str]:
    return ids(record) - ids(remembered(record, policy, Moment(at)))


def answer(assessed: Assessment) -> tuple[object, ...]:
    return assessed.situation, assessed.alerts, dict(assessed.judgements)


# --- the law -----------------------------------------------------------------------------------------------------


@st.composite
def long_stories(draw: st.DrawFn) -> list[Arrival]:
    """Several stretches of a life, years apart: some told at their time, some late."""
    story = draw(stories())
    arrivals = list(story.arrivals)
    for n, years in enumerate(draw(st.lists(st.sampled_from([1, 2, 3, 4, 7]), max_size=3))):
        shift = timedelta(days=years * YEARS)
        more = draw(stories())
        arrivals += [_moved(arrival, shift, f"-{n}") for arrival in more.arrivals]
    return arrivals


def _moved(arrival: Arrival, shift: timedelta, suffix: str) -> Arrival:
    fact = arrival.fact
    moved = replace(fact, fact_id=fact.fact_id + suffix, time=replace(fact.time, value=fact.time.value + shift))
    if isinstance(moved, TreatmentPlan) and moved.start is not None:
        moved = replace(moved, start=replace(moved.start, value=moved.start.value + shift))
    return Arrival(moved, arrival.known_at + shift)


@patch.multiple(sight, _FIRST_DOSES=2, _FIRST_RESULTS=2, _LAST_DOSES=1, _LAST_OF_A_KIND=1, _LAST_ACTIONS=1)
@law
@given(long_stories(), st.lists(long_stories(), max_size=2), st.data())
def test_forgetting_changes_no_later_assessment(
    arrivals: list[Arrival], strangers: list[list[Arrival]], data: st.DataObject
) -> None:
    """Whatever comes: news, what was forgotten once more, corrections of what is in sight, another patient's facts.

    Little is kept here, so that a short story has much to forget.
    """
    known = max((a.known_at for a in arrivals), default=day(0))
    now = max(known, day(0)) + timedelta(days=data.draw(st.sampled_from([0, 300, 700, 1100, 1500, 3000])))
    whole = record_of_arrivals(arrivals)
    pruned = remembered(whole, WARDS_POLICY, Moment(now))
    gone = [k.fact for k in whole if k.fact.fact_id not in pruned.known]
    at = now
    for fact in data.draw(st.permutations([*gone[:4], *_corrections(pruned, now, data), *_of_others(strangers)])):
        at += timedelta(days=data.draw(st.sampled_from([0, 0, 1, 400])))
        whole, pruned = whole.add(fact, at), pruned.add(fact, at)
        assert answer(assess(pruned, WARDS_POLICY, at)) == answer(assess(anew(whole), WARDS_POLICY, at))
        if data.draw(st.booleans()):
            pruned = remembered(pruned, WARDS_POLICY, Moment(at))
    later = at + timedelta(days=data.draw(st.sampled_from([0, 1, 90, 1000])))
    assert answer(assess(pruned, WARDS_POLICY, later)) == answer(assess(anew(whole), WARDS_POLICY, later))


@patch.multiple(sight, _FIRST_DOSES=2, _FIRST_RESULTS=2, _LAST_DOSES=1, _LAST_OF_A_KIND=1, _LAST_ACTIONS=1)
@law
@given(long_stories(), long_stories(), st.data())
def test_forgetting_changes_no_later_assessment_with_what_a_merged_patient_handed_on(
    arrivals: list[Arrival], others: list[Arrival], data: st.DataObject
) -> None:
    """Handed-on facts keep the times at which they became known, so they may be older than what was forgotten here."""
    known = max((a.known_at for a in (*arrivals, *others)), default=day(0))
    now = max(known, day(0)) + timedelta(days=data.draw(st.sampled_from([0, 300, 700, 1100])))
    whole = record_of_arrivals(arrivals)
    pruned = remembered(whole, WARDS_POLICY, Moment(now))
    told = record_of_arrivals([_moved(arrival, timedelta(0), "-other") for arrival in others], "other")
    part = _handed_on(remembered(told, WARDS_POLICY, Moment(now)), now)
    for days in (0, 1, 300, 400, 1500):
        at = now + timedelta(days=days)
        one, other = joined([anew(whole), part]), joined([pruned, part])
        assert answer(assess(other, WARDS_POLICY, at)) == answer(assess(one, WARDS_POLICY, at))
        pruned = remembered(pruned, WARDS_POLICY, Moment(at)) if days == 0 else pruned


def test_a_treatment_that_is_handed_on_asks_for_nothing_that_was_forgotten_here() -> None:
    """Its start makes a baseline of nobody's results but those of the patient under whose id it began."""
    own = record_of(plan(utc(2018, 1, 1)), [haemoglobin(utc(year, 3, 1), 84) for year in range(2021, 2027)])
    part = _handed_on(record_of(plan(utc(2021, 4, 1)), injection(utc(2021, 4, 1)), patient_id="other"), utc(2031, 1, 1))
    now = Moment(utc(2031, 1, 1))
    pruned = remembered(own, POLICY, now)
    assert haemoglobin(utc(2021, 3, 1), 84).fact_id not in pruned.known
    assert ids(in_sight(joined([own, part]), POLICY, now)) == ids(in_sight(joined([pruned, part]), POLICY, now))


def _handed_on(record: Record, at: datetime) -> Record:
    handed = Handed(at, record.patient_id)
    return Record(record.patient_id).restore(replace(known, handed=handed) for known in record)


def anew(record: Record) -> Record:
    """The same record without what it remembers of its own sights."""
    return Record(record.patient_id).restore(record)


def _corrections(record: Record, now: datetime, data: st.DataObject) -> list[Fact]:
    """Withdrawals and new versions of facts that are in sight."""
    first = datetime(now.year - WARDS_POLICY.facts.full_years, 1, 1, tzinfo=UTC)
    recent = [k.fact for k in record if k.fact.time.utc >= first and not isinstance(k.fact, Withdrawal)]
    wrong = data.draw(st.lists(st.sampled_from(recent), max_size=3)) if recent else []
    withdrawn = [withdrawal(fact, now, version=fact.version + 5) for fact in wrong[:1]]
    return [*withdrawn, *(replace(fact, version=fact.version + 3) for fact in wrong[1:])]


def _of_others(strangers: Iterable[list[Arrival]]) -> list[Fact]:
    """What stands of other patients, of any time, as a merge hands it over: ids tell their kind, as on the wire."""
    told = [(n, known.fact) for n, stranger in enumerate(strangers) for known in record_of_arrivals(stranger)]
    return [replace(fact, fact_id=f"{type(fact).__name__}/merged-{n}/{fact.fact_id}") for n, fact in told]


# --- what is kept ------------------------------------------------------------------------------------------------


def forty_years() -> list[Fact]:
    """Loading, then an injection every ten weeks, with blood counts and twice a year a withdrawn one."""
    told: list[Fact] = [plan(0), *(injection(n) for n in (0, 2, 4, 7, 9, 11)), haemoglobin(-1, 84), platelets(-1, 240)]
    for n in range(70, 40 * YEARS, 70):
        told += [injection(n), haemoglobin(n, 131), platelets(n - 1, 220)]
    return told


def test_a_patient_of_forty_years_stays_bounded() -> None:
    record, most = Record("patient-1"), 0
    for fact in sorted(forty_years(), key=lambda fact: fact.time.instant(LONDON)):
        at = fact.time.instant(LONDON)
        record = remembered(record.add(fact, at), POLICY, Moment(at))
        most = max(most, len(record.known))
    assert most <= 150, "the README tells how many"


def test_a_fact_of_the_years_in_sight_is_kept_and_one_before_them_goes() -> None:
    told = [plan(0), *(injection(n) for n in range(0, 8 * YEARS, 20))]
    at = datetime(2034, 1, 1, tzinfo=UTC)
    gone = forgotten(record_of(told), at)
    years = {fact.time.utc_day.year for fact in told if fact.fact_id in gone}
    assert years == {2027, 2028, 2029, 2030}, "three full years are kept, and the first doses and the last old ones"


def test_plans_conditions_and_withdrawals_are_never_forgotten() -> None:
    wrong = haemoglobin(3, 80)
    record = record_of(plan(0), injection(0), wrong, withdrawal(wrong, 4), plan(10, fact_id="second"))
    assert forgotten(record, day(30 * YEARS)) == set()


def test_an_assessment_does_not_look_at_what_came_when_it_was_history() -> None:
    record = record_of(plan(0), injection(0)).add(injection(1, fact_id="late"), day(4 * YEARS))
    assert "late" not in in_sight(record, POLICY, Moment(day(4 * YEARS))).known


def test_the_year_before_those_in_sight_is_kept_for_a_dose_that_makes_it_a_baseline() -> None:
    """A plan without doses, results years later, and the first dose on a day that is only just in sight."""
    results = [haemoglobin(utc(2030, 10, n), 84) for n in range(1, 9)]
    record, at = record_of(plan(0), results), utc(2033, 1, 1)
    first_dose = injection(utc(2031, 1, 10))
    assert results[0].fact_id not in in_sight(record, POLICY, Moment(at)).known
    kept = remembered(record, POLICY, Moment(at)).add(first_dose, at)
    for with_dose in (kept, record.add(first_dose, at)):
        assert results[0].fact_id in in_sight(with_dose, POLICY, Moment(at)).known


def test_results_of_nobody_enrolled_wait_for_the_days_of_the_policy() -> None:
    record = record_of(haemoglobin(0, 84))
    last = day(0) + timedelta(days=POLICY.facts.not_enrolled_days)
    now = Moment(last - timedelta(microseconds=1))
    assert ids(in_sight(record, POLICY, now)) == ids(record)
    assert now.next_change == last, "that is an instant to look again"
    assert forgotten(record, last) == ids(record)


def test_a_plan_that_comes_when_the_wait_is_just_over_finds_nothing_whether_it_was_forgotten_or_not() -> None:
    record, last = record_of(haemoglobin(0, 84)), day(0) + timedelta(days=POLICY.facts.not_enrolled_days)
    for so_far in (record, remembered(record, POLICY, Moment(last))):
        assert ids(in_sight(so_far.add(plan(0, fact_id="late"), last), POLICY, Moment(last))) == {"late"}


def test_of_each_finding_the_first_and_the_last_are_kept() -> None:
    told = [assessment(n, Finding.STILL_IMPROVING) for n in range(0, 2 * YEARS, 7)]
    plateau = assessment(200, Finding.NO_FURTHER_IMPROVEMENT, fact_id="plateau")
    kept = ids(remembered(record_of(plan(0, "R1"), injection(0), *told, plateau), POLICY, Moment(day(9 * YEARS))))
    assert {told[0].fact_id, told[-1].fact_id, "plateau"} <= kept
    assert told[50].fact_id not in kept


def test_what_people_did_is_kept_while_it_is_among_the_last() -> None:
    acts = [action(n, Action.ACKNOWLEDGED, f"alert-{n}") for n in range(100)]
    kept = ids(remembered(record_of(plan(0), *acts), POLICY, Moment(day(9 * YEARS))))
    assert {act.fact_id for act in acts[-50:]} <= kept
    assert acts[0].fact_id not in kept
