"""The laws of the domain, one property per test (design: Laws).

Order and repetition stand apart, since together they hide faults.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.alerts import AlertChange, Change, PublishedAlert, difference
from domain.assess import Assessment
from domain.facts import Fact, Withdrawal, content
from domain.judgement import Quiet
from domain.record import Known, Record
from tests.domain.strategies import WARDS_POLICY, Story, facts, instants, stories
from tests.kit import INSTANT, Arrival, assess_at, record_of_arrivals, standing_facts

law = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def assess_here(record: Record, at: datetime) -> Assessment:
    return assess_at(record, at, WARDS_POLICY)


def spelled_out(record: Record) -> list[tuple[str, datetime, datetime]]:
    """A record to the last letter: 50 and 50.0 are equal numbers, but not the same bytes in a store."""
    return [(content(known.fact), known.since, known.first) for known in standing_facts(record)]


# --- order-free, idempotent --------------------------------------------------------------------------------------


@law
@given(stories().flatmap(lambda story: st.tuples(st.just(story), st.permutations(story.arrivals))))
def test_any_order_of_arrival_makes_the_same_record(told: tuple[Story, list[Arrival]]) -> None:
    story, shuffled = told
    assert spelled_out(record_of_arrivals(shuffled)) == spelled_out(story.record())


@law
@given(
    stories().flatmap(lambda story: st.tuples(st.just(story), st.permutations(story.arrivals), instants(story.zero)))
)
def test_any_order_of_arrival_gives_the_same_assessment(told: tuple[Story, list[Arrival], datetime]) -> None:
    story, shuffled, at = told
    assert assess_here(record_of_arrivals(shuffled), at) == assess_here(story.record(), at)


@law
@given(stories(), st.data())
def test_a_fact_that_arrives_once_more_changes_nothing(story: Story, data: st.DataObject) -> None:
    assume(story.arrivals)
    record = story.record()
    again = data.draw(st.lists(st.sampled_from(story.arrivals), min_size=1, max_size=4))
    later = data.draw(st.sampled_from([timedelta(), timedelta(minutes=4), timedelta(days=50)]))
    repeated = record
    for arrival in again:
        repeated = repeated.add(arrival.fact, arrival.known_at + later)
    assert spelled_out(repeated) == spelled_out(record)


@law
@given(stories(), st.data())
def test_a_batch_that_is_read_again_changes_nothing(story: Story, data: st.DataObject) -> None:
    """After a crash the record is what the whole log made of it, and part of the log comes once more."""
    start = data.draw(st.integers(0, len(story.arrivals)))
    assert spelled_out(record_of_arrivals([*story.arrivals, *story.arrivals[start:]])) == spelled_out(story.record())


@law
@given(stories())
def test_a_record_that_a_store_gives_back_is_the_record(story: Story) -> None:
    record = story.record()
    assert spelled_out(Record(record.patient_id).restore(record)) == spelled_out(record)


# --- corrections -------------------------------------------------------------------------------------------------


@law
@given(stories(), st.data())
def test_a_withdrawn_fact_leaves_what_a_record_without_it_would_say(story: Story, data: st.DataObject) -> None:
    assume(story.arrivals)
    wrong = data.draw(st.sampled_from(story.arrivals)).fact
    tombstone = Withdrawal(
        fact_id=wrong.fact_id,
        version=max(a.fact.version for a in story.arrivals if a.fact.fact_id == wrong.fact_id),
        time=wrong.time,
        source="charts",
        reason="entered in error",
    )
    at = data.draw(instants(story.zero))
    without = record_of_arrivals(a for a in story.arrivals if a.fact.fact_id != wrong.fact_id)
    assert assess_here(story.record().add(tombstone, at), at) == assess_here(without, at)


@law
@given(stories(), st.data())
def test_an_amended_fact_leaves_no_trace_of_its_older_versions(story: Story, data: st.DataObject) -> None:
    assume(story.arrivals)
    wrong = data.draw(st.sampled_from(story.arrivals)).fact
    right = replace(data.draw(facts(story.zero)), fact_id=wrong.fact_id, version=4)
    at = data.draw(instants(story.zero))
    amended = story.record().add(right, at)
    first = next(known.first for known in amended if known.fact.fact_id == wrong.fact_id)
    without = record_of_arrivals(a for a in story.arrivals if a.fact.fact_id != wrong.fact_id)
    assert assess_here(amended, at) == assess_here(without.restore([Known(right, since=at, first=first)]), at)


def changes_of(record: Record, published: dict[str, PublishedAlert], at: datetime) -> tuple[AlertChange, ...]:
    """What a worker publishes at this step."""
    present = assess_here(record, at)

    def rightly_raised(old: PublishedAlert) -> bool:
        return old.alert.alert_id in {alert.alert_id for alert in assess_here(record, old.raised_at).alerts}

    quiet = {rule: j.because for rule, j in present.judgements.items() if isinstance(j, Quiet)}
    return difference(published, present.alerts, at=at, offset=7, rightly_raised=rightly_raised, quiet_because=quiet)


def published_after(changes: tuple[AlertChange, ...]) -> dict[str, PublishedAlert]:
    return {change.published.alert.alert_id: change.published for change in changes}


@law
@given(stories(), st.data())
def test_alerts_that_a_withdrawn_fact_caused_are_withdrawn(story: Story, data: st.DataObject) -> None:
    without = story.record()
    wrong: Fact = replace(data.draw(facts(story.zero)), fact_id="wrong", version=1)
    assume(not isinstance(wrong, Withdrawal))
    raised_at = data.draw(instants(story.zero))
    withdrawn_at = raised_at + data.draw(st.sampled_from([timedelta(), timedelta(minutes=1), timedelta(days=3)]))
    misled = without.add(wrong, raised_at)
    right = misled.add(
        Withdrawal(fact_id="wrong", version=2, time=wrong.time, source="charts", reason="wrong patient"), withdrawn_at
    )
    published = published_after(changes_of(misled, {}, raised_at))
    stood = {alert.alert_id for alert in assess_here(without, raised_at).alerts}
    stands = {alert.alert_id for alert in assess_here(without, withdrawn_at).alerts}

    changes = {c.published.alert.alert_id: c.published.change for c in changes_of(right, published, withdrawn_at)}

    closed = {alert_id: change for alert_id, change in changes.items() if alert_id in published.keys() - stands}
    assert closed == {
        alert_id: Change.RESOLVED if alert_id in stood else Change.WITHDRAWN for alert_id in published.keys() - stands
    }
    hidden = stands - published.keys()
    assert {alert_id: changes.get(alert_id) for alert_id in hidden} == dict.fromkeys(hidden, Change.RAISED)


@law
@given(stories(), st.data())
def test_after_a_step_nothing_is_left_to_publish(story: Story, data: st.DataObject) -> None:
    at = data.draw(instants(story.zero))
    published = published_after(changes_of(story.record(), {}, at))
    assert changes_of(story.record(), published, at) == ()


# --- timers are exact --------------------------------------------------------------------------------------------


def answer(assessment: Assessment) -> tuple[object, ...]:
    return assessment.situation, assessment.alerts, dict(assessment.judgements)


def reviews(record: Record, at: datetime, *, most: int = 60) -> Iterator[tuple[datetime, Assessment]]:
    """The assessments that a worker makes if nobody says anything more."""
    for _ in range(most):
        assessment = assess_here(record, at)
        yield at, assessment
        if assessment.next_review_at is None:
            return
        at = assessment.next_review_at


@law
@given(stories(), st.data())
def test_nothing_changes_between_two_reviews(story: Story, data: st.DataObject) -> None:
    record = story.record()
    start = data.draw(instants(story.zero))
    share = data.draw(st.floats(0, 1, allow_nan=False))
    for at, assessment in reviews(record, start, most=25):
        review = assessment.next_review_at
        end = review if review is not None else at + timedelta(days=4000)
        for between in (at + INSTANT, at + (end - at) * share, end - INSTANT):
            if at < between < end:
                again = assess_here(record, between)
                assert answer(again) == answer(assessment), f"{between} is not {at}"
                assert again.next_review_at == review


@law
@given(stories(), st.data())
def test_a_review_is_never_late(story: Story, data: st.DataObject) -> None:
    """Where two instants give different answers, a review lies between them; here without walking the reviews."""
    record = story.record()
    earlier, later = sorted((data.draw(instants(story.zero)), data.draw(instants(story.zero))))
    before = assess_here(record, earlier)
    if answer(before) != answer(assess_here(record, later)):
        assert before.next_review_at is not None and before.next_review_at <= later


@law
@given(stories(), st.data())
def test_reviews_only_move_forward_and_come_to_an_end(story: Story, data: st.DataObject) -> None:
    walked = list(reviews(story.record(), data.draw(instants(story.zero)), most=400))
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(walked))
    assert walked[-1][1].next_review_at is None, "a patient of whom nobody speaks is reviewed without end"


@law
@given(stories(), st.data())
def test_the_review_of_a_later_moment_is_never_earlier(story: Story, data: st.DataObject) -> None:
    record = story.record()
    earlier, later = sorted((data.draw(instants(story.zero)), data.draw(instants(story.zero))))
    first, second = assess_here(record, earlier).next_review_at, assess_here(record, later).next_review_at
    assert second is None or (first is not None and first <= second)


# --- every record has an answer ----------------------------------------------------------------------------------


@settings(law, max_examples=200)
@given(stories(most_wild_facts=14), st.data())
def test_every_record_has_an_assessment_at_every_instant(story: Story, data: st.DataObject) -> None:
    assess_here(story.record(), data.draw(instants(story.zero)))


@law
@given(stories(), st.data())
def test_the_ids_of_alerts_are_unique(story: Story, data: st.DataObject) -> None:
    ids = [alert.alert_id for alert in assess_here(story.record(), data.draw(instants(story.zero))).alerts]
    assert len(ids) == len(set(ids))


@law
@given(stories(), st.data())
def test_every_alert_names_facts_that_stand_in_the_record(story: Story, data: st.DataObject) -> None:
    record = story.record()
    standing = {known.fact.fact_id for known in record if not isinstance(known.fact, Withdrawal)}
    for alert in assess_here(record, data.draw(instants(story.zero))).alerts:
        assert {evidence.fact_id for evidence in alert.evidence} <= standing


@law
@given(stories(), st.data())
def test_a_reason_does_not_change_while_the_facts_and_the_severity_stay(story: Story, data: st.DataObject) -> None:
    """Reasons hold dates, never ages: else an alert that nobody touches would be updated by every review."""
    record = story.record()
    earlier, later = sorted((data.draw(instants(story.zero)), data.draw(instants(story.zero))))
    first, second = assess_here(record, earlier), assess_here(record, later)
    before, after = first.derived.case, second.derived.case
    assume(before.zone is after.zone)  # a plan of another ward tells the days of its clocks
    assume(before.is_under_age == after.is_under_age)  # with a birthday another thing is missing
    old = {alert.alert_id: alert for alert in first.alerts}
    for alert in second.alerts:
        known = old.get(alert.alert_id)
        same = ("severity", "kind", "evidence", "phase")  # a finding that ends a loading gives the dose another window
        if known is not None and all(getattr(known, name) == getattr(alert, name) for name in same):
            assert known.reason == alert.reason
