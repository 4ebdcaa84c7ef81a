"""A message without its unit, from its dead letter to being read after all: real workers, on the embedded broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from domain.policy import Policy
from tests.topics.codecs.fhir.resources import CARE_PLAN, OBSERVATION, changed
from tests.workers.live import until
from tests.workers.toy import read_all
from topics.definitions import OPERATIONAL_ALERTS, PATIENT_STATUS, TopicDef
from topics.meaning.feeds import Feeds, read_feeds
from workers.app import IntakeWorker, Kafka, TreatmentWorker
from workers.connection import Connection
from workers.dead_letters import Fate, Wanted, replay
from workers.embedded_broker import EmbeddedBroker

WITH_UNIT = read_feeds('[feeds.hospital]\ntopics = ["lab-results"]\nunits = { haemoglobin = "g/L" }\n')
PATIENT = "hospital|p-1"


@asynccontextmanager
async def intake_of(kafka: Kafka, feeds: Feeds) -> AsyncIterator[None]:
    """Ticking, as often as it can."""
    intake = IntakeWorker(kafka, Policy(), feeds=feeds)
    await intake.loop.start()

    async def tick() -> None:
        while True:
            await intake.ticker.tick()
            await asyncio.sleep(0.1)

    ticking = asyncio.create_task(tick())
    try:
        yield
    finally:
        ticking.cancel()
        await asyncio.wait([ticking])
        await intake.stop()


async def test_a_dead_letter_about_an_enrolled_patient_is_said_until_it_was_sent_again_and_read() -> None:
    with EmbeddedBroker() as broker:
        connection = Connection(broker.bootstrap)
        kafka = Kafka(connection=connection, embedded=True, alone=True)
        treatment = TreatmentWorker(kafka)
        await treatment.loop.start()
        try:
            async with intake_of(kafka, Feeds()):
                async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as hospital:
                    await hospital.send_and_wait("treatment-plans", json.dumps(CARE_PLAN).encode())
                    bad = changed(OBSERVATION, valueQuantity={"value": 118})
                    await hospital.send_and_wait("lab-results", json.dumps(bad).encode())
                await until("the alert", said(broker, OPERATIONAL_ALERTS, lambda one: one["change"] == "raised"))
                await until("the status", said(broker, PATIENT_STATUS, lambda one: len(one["unread"]) == 1))
            assert await sent_again(connection) == [Fate.SENT]
            async with intake_of(kafka, WITH_UNIT):
                await until("its end", said(broker, OPERATIONAL_ALERTS, lambda one: one["change"] == "resolved"))
                await until("the status", said(broker, PATIENT_STATUS, lambda one: one["unread"] == []))
            assert await sent_again(connection) == [Fate.ALREADY]
        finally:
            await treatment.stop()


async def sent_again(connection: Connection) -> list[Fate]:
    return [one.fate async for one in replay(connection, Wanted(), WITH_UNIT, transactional=False)]


def said(broker: EmbeddedBroker, topic: TopicDef, is_so: Callable[[dict[str, Any]], bool]) -> Callable[[], Any]:
    """Whether the newest record of the topic, about unread messages or the patient, is so."""

    async def asked() -> bool:
        records = [r for found in (await read_all(broker.bootstrap, topic.name)).values() for r in found]
        told = [json.loads(record.value) for record in sorted(records, key=lambda record: record.timestamp)]
        ours = [one for one in told if one.get("kind") == "unread-messages" or one.get("patient_id") == PATIENT]
        return bool(ours) and is_so(ours[-1])

    return asked
