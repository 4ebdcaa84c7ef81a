"""A partition is taken over without a look at its patients' facts, and what is told of them is as if all were known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.policies.general import SilencePolicy
from domain.policy import Policy
from tests.kit import day, haemoglobin, injection, plan, platelets
from tests.workers.logs import activation, event_logs
from tests.workers.merging import merge
from tests.workers.partition import OVERDUE, Partition, said_on, ticked, told
from tests.workers.simulation import CrashPoints, TransactionalLog, run
from topics.codecs.clinical_event import Unread, encode_reading
from topics.codecs.kept import decode_outlook
from topics.definitions import CLINICAL_EVENTS, OPERATIONAL_ALERTS, PATIENT_STATUS, TREATMENT_CHANGELOG
from topics.schemas.changelog import OUTLOOK_PREFIX, outlook_key
from workers.records import InputRecord, Output, Stores
from workers.treatment import Treatment
from workers.treatment_partition import TreatmentPartition

LAW = settings(max_examples=40, deadline=None)


def taken_over(stores: Stores, awake: int = 9) -> TreatmentPartition:
    return Treatment(awake).take_over(CLINICAL_EVENTS.name, 0, stores)


def without_outlooks(stores: Stores) -> Stores:
    """As an older version left them: everybody's facts have to be looked at."""
    changelog = stores[TREATMENT_CHANGELOG.name]
    kept = {key: value for key, value in changelog.items() if not key.startswith(OUTLOOK_PREFIX)}
    return {**stores, TREATMENT_CHANGELOG.name: kept}


def apart_from_outlooks(outputs: list[Output]) -> list[Output]:
    return [output for output in outputs if not (output.key or b"").startswith(OUTLOOK_PREFIX)]


@LAW
@given(event_logs(patients=3), st.integers(1, 40), st.integers(1, 3))
def test_who_is_taken_over_at_rest_is_told_as_who_is_judged_at_once(
    log: list[InputRecord], length: int, awake: int
) -> None:
    kept = TransactionalLog()
    before, after = log[:length], log[length:]
    run(Treatment(), before, kept, CrashPoints(), batch=3)
    stores = kept.stored(Treatment.stores)
    resting, judged = taken_over(stores, awake), taken_over(without_outlooks(stores))
    for record in [None, *after]:
        if record is not None:
            assert apart_from_outlooks(resting.process(record)) == apart_from_outlooks(judged.process(record))
        assert resting.size() == judged.size()
        assert sorted(resting.doubted()) == sorted(judged.doubted())
        assert sorted(resting.keys()) == sorted(judged.keys())
        assert resting.timeline.next_due == judged.timeline.next_due
    assert resting.remembered() == judged.remembered()


@LAW
@given(event_logs(patients=3))
def test_the_store_always_has_the_outlook_of_each_patient_who_was_judged(log: list[InputRecord]) -> None:
    """Of those who have facts or alerts, and of nobody else; the review is the one that is planned."""
    kept = TransactionalLog()
    for record in log:
        run(Treatment(), log[: record.offset + 1], kept, CrashPoints(), batch=1)
        stores = kept.stored(Treatment.stores)
        memory = taken_over(without_outlooks(stores)).remembered()
        changelog = stores[TREATMENT_CHANGELOG.name]
        told = {
            key.removeprefix(OUTLOOK_PREFIX).decode(): decode_outlook(value).review_at
            for key, value in changelog.items()
            if key.startswith(OUTLOOK_PREFIX)
        }
        assert told.keys() == (memory.known.keys() if memory.entry and memory.entry.time else set())
        if not memory.unread and not (memory.entry and memory.entry.heard):
            assert min((at for at in told.values() if at is not None), default=None) == memory.next_due


def ward() -> Partition:
    """Two patients with an injection long overdue, one of them with few platelets, and one who is well."""
    partition = ticked()
    for who in ("overdue", "bleeding", "well"):
        partition.say(plan(0), injection(0), patient=who)
    partition.to(day(4))
    partition.say(platelets(4, 20), patient="bleeding")
    partition.say(injection(4), patient="well")
    partition.to(day(5))
    return partition


@pytest.fixture
def no_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever decodes a fact fails."""

    def fail(_: bytes) -> None:
        raise AssertionError("a fact was decoded")

    monkeypatch.setattr("workers.stored.decode_known", fail)


@pytest.mark.usefixtures("no_facts")
def test_no_fact_is_looked_at_until_somebody_is_asked_for() -> None:
    partition = ward()
    expected = partition.size()
    work = taken_over(partition.stored())
    assert work.size() == expected
    assert (expected.patients, expected.facts, expected.open_alerts[OVERDUE, "high"]) == (3, 8, 2)
    assert sorted(work.keys())[1:] == ["bleeding", "overdue", "well"]
    again = Partition.going_on(work, partition)
    again.to(day(5) + timedelta(minutes=5))
    with pytest.raises(AssertionError, match="a fact was decoded"):
        again.say(injection(5), patient="overdue")


def test_who_is_asked_for_goes_on_from_what_was_published() -> None:
    partition = ward()
    again = Partition.going_on(taken_over(partition.stored()), partition)
    assert said_on(PATIENT_STATUS, again.say(injection(0), patient="overdue")) == [], "that was known"
    assert told(again.say(injection(5), patient="overdue")) == [("resolved", 2)]
    assert told(again.to(day(12))) == [("raised", 1), ("raised", 1)], "those who were not asked for are reviewed"


def test_an_activation_finds_who_rested_as_the_policy_before_left_them() -> None:
    """What an activation changes is told, though it was in force before anybody woke."""
    partition = ward()
    again = Partition.going_on(taken_over(partition.stored()), partition)
    new = activation(Policy(silence=SilencePolicy(hold_page_hours=3)))
    assert said_on(PATIENT_STATUS, again.send(new)) == said_on(PATIENT_STATUS, partition.send(new))


@pytest.mark.usefixtures("no_facts")
def test_a_silent_topic_concerns_all_who_are_treated_and_unpacks_nobody() -> None:
    work = taken_over(ward().stored())
    assert work._patients.concerned("lab-results") == ["bleeding", "overdue", "well"]
    with pytest.raises(AssertionError, match="a fact was decoded"):
        work._patients.concerned("lab-results/laboratory")


def outlooks(partition: Partition) -> set[bytes]:
    return {key for key in partition.stored()[TREATMENT_CHANGELOG.name] if key.startswith(OUTLOOK_PREFIX)}


def test_an_outlook_is_written_where_it_is_another_than_before() -> None:
    partition = ticked()

    def written(outputs: list[Output]) -> list[bytes | None]:
        return [output.value for output in outputs if output.key == outlook_key("patient-1")]

    (planned,) = written(partition.say(plan(0)))
    assert planned is not None
    assert decode_outlook(planned).is_enrolled
    assert len(written(partition.say(injection(0)))) == 1, "the next review is another"
    assert written(partition.say(injection(0))) == [], "it is the same"
    work = taken_over(partition.stored())
    again = Partition.going_on(work, partition)
    assert written(again.say(injection(0))) == [], "nor does a restart make it another"


def test_who_is_or_was_merged_has_no_outlook() -> None:
    partition = ward()
    assert outlooks(partition) == {outlook_key(who) for who in ("overdue", "bleeding", "well")}
    merged = merge("overdue", "well")
    for who in merged.both:
        partition.say(merged, patient=who)
    assert outlooks(partition) == {outlook_key("bleeding")}


def test_of_whom_nothing_is_known_any_more_the_outlook_goes_too() -> None:
    partition = ticked()
    partition.say(haemoglobin(0, 100))
    assert outlooks(partition)
    partition.to(day(4000))
    assert not partition.remembered().known
    assert not outlooks(partition)


def test_a_message_that_could_not_be_read_goes_on_to_be_told_of_who_is_treated() -> None:
    def unread(of: Partition, who: str, offset: int) -> list[Output]:
        mark = Unread(topic="lab-results", partition=0, offset=offset, at=day(0), where="unit", problem="none")
        return of.send(encode_reading(who, mark), who)

    partition = ward()
    unread(partition, "well", 7)
    again = Partition.going_on(taken_over(partition.stored()), partition)
    (alert,) = said_on(OPERATIONAL_ALERTS, unread(again, "overdue", 8))
    assert (alert["change"], alert["messages"], alert["patients"]) == ("updated", 2, 2)
