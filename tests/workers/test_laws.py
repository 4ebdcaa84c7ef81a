"""The laws of the running world: live = replay = after any crash, and nothing is lost.  One test holds one law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workers.logs import event_logs
from tests.workers.simulation import CrashPoints, TransactionalLog, run, run_to_the_end
from topics.definitions import ALERT_CHANGES, OPERATIONAL_ALERTS, PATIENT_STATUS
from workers.records import InputRecord, Output
from workers.replay import Replay
from workers.treatment import Treatment

LAW = settings(max_examples=40, deadline=None)
CRASHES = settings(max_examples=12, deadline=None)  # each example is run once for each of its crash points


def history(outputs: Sequence[Output], topic: str = ALERT_CHANGES.name) -> list[bytes | None]:
    """What was published on a topic, id for id and in order; repeats are not taken out."""
    return [output.value for output in outputs if output.topic == topic]


@LAW
@given(event_logs(), st.integers(1, 9))
def test_a_live_run_publishes_what_a_replay_of_its_log_publishes(log: list[InputRecord], batch: int) -> None:
    live = run_to_the_end(Treatment(), log, batch=batch)
    walked = list(Replay().run(log))
    for topic in (ALERT_CHANGES.name, PATIENT_STATUS.name, OPERATIONAL_ALERTS.name):
        assert history(live.records, topic) == history(walked, topic)


@CRASHES
@given(event_logs(patients=1, most_wild_facts=3), st.integers(1, 5))
def test_a_crash_after_any_write_and_around_any_commit_leaves_no_trace(log: list[InputRecord], batch: int) -> None:
    counting, unbroken = CrashPoints(), TransactionalLog()
    run(Treatment(), log, unbroken, counting, batch=batch)
    for point in range(1, counting.passed + 1):
        crashed = run_to_the_end(Treatment(), log, batch=batch, crash_at=point)
        for topic in Treatment.same_partitions:
            assert history(crashed.records, topic) == history(unbroken.records, topic), f"crash at point {point}"


@LAW
@given(event_logs(), st.integers(1, 30), st.integers(1, 5))
def test_a_group_whose_offset_is_gone_says_nothing_twice(log: list[InputRecord], length: int, batch: int) -> None:
    """It reads again what came since the state's own entry: facts, which it has, and no tick and no policy."""
    kept = TransactionalLog()
    run(Treatment(), log[:length], kept, CrashPoints(), batch=batch)
    run(Treatment(), log, kept, CrashPoints(), batch=batch, is_offset_gone=True)
    walked = list(Replay().run(log))
    for topic in (ALERT_CHANGES.name, PATIENT_STATUS.name):
        assert history(kept.records, topic) == history(walked, topic)


@LAW
@given(event_logs(patients=3), st.integers(1, 2))
def test_who_rested_between_two_steps_is_told_as_who_was_awake(log: list[InputRecord], awake: int) -> None:
    all_awake = Treatment().take_over(log[0].topic, 0, {})
    resting = Treatment(awake).take_over(log[0].topic, 0, {})
    for record in log:
        assert resting.process(record) == all_awake.process(record)
        assert resting.size() == all_awake.size()
        assert sorted(resting.doubted()) == sorted(all_awake.doubted())
    assert resting.remembered() == all_awake.remembered()


@LAW
@given(event_logs(), st.integers(0, 30))
def test_what_a_restart_remembers_is_what_the_owner_remembered(log: list[InputRecord], length: int) -> None:
    kept = TransactionalLog()
    part = log[: max(1, length)]
    run(Treatment(), part, kept, CrashPoints(), batch=3)
    owner = Treatment().take_over(part[0].topic, 0, {})
    for record in part:
        owner.process(record)
    restarted = Treatment(awake=1).take_over(part[0].topic, 0, kept.stored(Treatment.stores))
    assert restarted.remembered() == owner.remembered()


@LAW
@given(event_logs())
def test_every_record_of_the_log_is_counted_as_what_it_was(log: list[InputRecord]) -> None:
    treatment = Treatment()
    run_to_the_end(treatment, log, batch=4)
    kinds = ("new facts", "duplicates", "outdated versions", "ticks", "activations", "dead letters", "about reading")
    assert sum(treatment.counts[kind] for kind in kinds) == len(log)


@LAW
@given(event_logs(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_which_alerts_are_open(log: list[InputRecord], random: object) -> None:
    """All facts between the same ticks: shuffled, they leave the same alerts open."""
    facts = [record for record in log if record.key is not None]
    others = [record for record in log if record.key is None]
    shuffled = list(facts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (_open_alerts(_renumbered([*others[:1], *order, *others[1:]])) for order in (facts, shuffled))
    assert first == second


def _renumbered(log: Sequence[InputRecord]) -> list[InputRecord]:
    return [InputRecord(r.topic, r.partition, offset, log[0].timestamp, r.key, r.value) for offset, r in enumerate(log)]


def _open_alerts(log: list[InputRecord]) -> Counter[str]:
    work = Treatment().take_over(log[0].topic, 0, {})
    for record in log:
        work.process(record)
    return Counter(
        f"{alert.alert}" for published in work.remembered().published.values() for alert in published if alert.is_open
    )
