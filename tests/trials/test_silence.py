"""Sources that say nothing: a week of ticks alone over the night of the clocks, and an intake that is down for a day.

Seen to fail: the week, where reviews that are due within one tick are done at the tick's time and not at their own
(`Timeline.advance`); the day, where the time goes on to a blind tick although the policy allows a longer silence
(`BlindTicker._look_at`), and where nobody is judged again when the sources are back (`Timeline._follow_sources`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from domain.facts import Fact
from domain.policy import Policy
from tests.kit import LONDON, POLICY, day, injection, midnight, on, plan
from tests.real_kafka import RealKafka
from tests.trials.stage import TrialWorker
from tests.workers import live
from tests.workers.live import (
    now,
    sources_of,
    topics_of_our_own,
    until,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import (
    assert_same_history,
    assert_stores_hold_what_the_log_says,
    published,
    recorded,
    replayed,
)
from tests.workers.partition import OVERDUE
from tests.workers.toy import read_all
from topics.codecs.clinical_event import TickEvent, decode_event, encode_activation, encode_fact, encode_tick
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS
from workers.clock import system_clock
from workers.connection import Connection
from workers.ticks import LONG_AGO, EventLog

pytestmark = pytest.mark.kafka

PARTITIONS = range(2)


@asynccontextmanager
async def event_log(bootstrap: str) -> AsyncIterator[EventLog]:
    """What plays intake: appends ticks that say what they like."""
    log = EventLog(Connection(bootstrap), system_clock)
    await log.start()
    try:
        yield log
    finally:
        await log.stop()


async def append_facts(bootstrap: str, told: Iterable[tuple[str, Fact]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as intake:
        for patient, fact in told:
            await intake.send_and_wait(CLINICAL_EVENTS.name, encode_fact(patient, fact), patient.encode())


def activation(policy: Policy, sources: list[str]) -> bytes:
    return encode_activation(policy.as_data(), policy.version, {}, sources)


async def overdue(bootstrap: str) -> list[dict[str, Any]]:
    found = (await published(bootstrap, [ALERT_CHANGES.name]))[ALERT_CHANGES.name].values()
    return [said for records in found for said in records if said["rule"] == OVERDUE]


async def assert_all_is_as_the_log_says(bootstrap: str, folder: Path) -> None:
    walked, _ = replayed(await recorded(bootstrap, folder))
    assert_same_history(await published(bootstrap), walked)
    await assert_stores_hold_what_the_log_says(bootstrap)


async def read_and_ended(bootstrap: str, log: Path) -> None:
    with worker(log, "treatment", "--bootstrap", bootstrap) as treatment:
        await treatment.has_taken_over(len(PARTITIONS))
        await wait_until_treatment_read_all(bootstrap)
        assert await asyncio.to_thread(treatment.stop) == 0


async def test_in_a_week_without_any_event_each_overdue_dose_is_said_at_its_own_instant(
    real_kafka: RealKafka, tmp_path: Path
) -> None:
    """Saturday to Saturday over 29 March 2026, the night in which London's clocks go forward; a restart in between."""
    first_saturday = on(2026, 3, 28)
    given_on = {f"patient-{n}": first_saturday - 4 + n for n in range(6)}  # overdue four days later, at midnight
    async with topics_of_our_own(real_kafka, partitions=len(PARTITIONS)) as bootstrap, event_log(bootstrap) as log:
        sources = await log.source_partitions()
        await log.append(activation(POLICY, sources), PARTITIONS)
        facts = [(patient, f) for patient, n in given_on.items() for f in (plan(n), injection(n))]
        await log.append(encode_tick(day(first_saturday - 5), sources), PARTITIONS)
        for patient, fact in facts:
            await append_facts(bootstrap, [(patient, fact)])
        for n in range(7):
            await log.append(encode_tick(day(first_saturday + n, 12), sources), PARTITIONS)
            if n in (2, 6):
                await read_and_ended(bootstrap, tmp_path / f"treatment-{n}.log")
        raised = {
            said["patient_id"]: datetime.fromisoformat(said["at"])
            for said in await overdue(bootstrap)
            if said["change"] == "raised"
        }
        assert raised == {patient: midnight(n + 4) for patient, n in given_on.items()}
        assert {at.astimezone(UTC).hour for at in raised.values()} == {0, 23}, "winter time, and summer time"
        await assert_all_is_as_the_log_says(bootstrap, tmp_path)


async def test_injections_that_lie_unread_raise_no_false_alert_in_time_and_take_back_one_that_was_blind(
    real_kafka: RealKafka, tmp_path: Path
) -> None:
    """Intake is down since before midnight, when the next doses would be overdue; all but one have been reported."""
    today = now().astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    down_since = today - timedelta(hours=1)
    patients = [f"patient-{n}" for n in range(4)]
    first = today - timedelta(days=4) + timedelta(hours=9)
    async with topics_of_our_own(real_kafka, partitions=len(PARTITIONS)) as bootstrap, event_log(bootstrap) as log:
        sources = await log.source_partitions()
        await log.append(activation(blind_after(now() - down_since + timedelta(hours=2)), sources), PARTITIONS)
        await log.append(encode_tick(first, sources), PARTITIONS)
        await append_facts(bootstrap, [(p, f) for p in patients for f in (plan(first), injection(first))])
        await log.append(encode_tick(down_since, sources), PARTITIONS)
        async with sources_of(bootstrap) as hospital:
            given = (today - timedelta(days=2) + timedelta(hours=9)).isoformat()
            await hospital.say(*(live.injection(patient, "second", given) for patient in patients[1:]))
        treatment = TrialWorker(tmp_path / "treatment", "treatment", "--bootstrap", bootstrap)
        (treatment.folder / "look").write_text("0.5")
        try:
            treatment.start()
            await until("treatment has looked for silent sources", lambda: has_looked(bootstrap, 4))
            assert await overdue(bootstrap) == []

            await log.append(activation(blind_after(now() - down_since - timedelta(hours=1)), sources), PARTITIONS)

            async def all_are_raised_blind() -> bool:
                found = await overdue(bootstrap)
                return len(found) == len(patients) and all(said["blind_since"] for said in found)

            await until("the overdue doses are said, blind", all_are_raised_blind)
            intake = worker(tmp_path / "intake.log", "intake", "--bootstrap", bootstrap, "--tick-seconds", 0.3)
            with intake as back:
                await wait_until_time_has_passed_all(bootstrap)
                assert await asyncio.to_thread(back.stop) == 0
            await wait_until_treatment_read_all(bootstrap)
            assert await asyncio.to_thread(treatment.stop) == 0
        finally:
            treatment.kill()
        newest = {said["patient_id"]: said for said in await overdue(bootstrap)}
        assert {patient: said["change"] for patient, said in newest.items()} == {
            patients[0]: "updated",
            **dict.fromkeys(patients[1:], "withdrawn"),
        }
        assert newest[patients[0]]["blind_since"] is None
        assert newest[patients[0]]["reason"].startswith("confirmed, no reports are missing any more: ")
        await assert_all_is_as_the_log_says(bootstrap, tmp_path)


def blind_after(silence: timedelta) -> Policy:
    hours = max(1, int(silence / timedelta(hours=1)))
    return POLICY.model_validate({**POLICY.as_data(), "time": {**POLICY.as_data()["time"], "blind_after_hours": hours}})


async def has_looked(bootstrap: str, times: int) -> bool:
    """Whether treatment asked each partition for the log's time so often, by a record that claims nothing."""
    events = await read_all(bootstrap, CLINICAL_EVENTS.name)
    asked = [
        sum(isinstance(e, TickEvent) and e.complete_to == LONG_AGO for e in (decode_event(r.value) for r in records))
        for records in events.values()
    ]
    return min(asked) >= times
