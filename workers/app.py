"""The one place that builds the concrete parts of the workers and wires them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import faust
from aiokafka.errors import KafkaError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from mode import Service

from domain.policy import Policy
from topics.definitions import CLINICAL_EVENTS
from workers.activation import activate_where_empty, announce_rules
from workers.batch_loop import BatchLoop
from workers.clock import Clock, system_clock
from workers.connection import Connection
from workers.hosting import LoopService, faust_app
from workers.intake import Intake
from workers.kafka_io import LoopOptions, TopicPartition
from workers.ticks import EventLog, Ticker
from workers.topic_settings import check_settings, told_of_missing_rights
from workers.treatment import Treatment

log = logging.getLogger(__name__)

TICK_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """Where the broker is.

    `embedded`: it is the embedded one, which has no append time and only pretends to do transactions.
    `alone`: no other worker can come.
    """

    connection: Connection
    embedded: bool = False
    alone: bool = False
    loop_options: LoopOptions = field(default_factory=LoopOptions)


async def _check(kafka: Kafka) -> None:
    """Refuse topics that would forget; the embedded broker has no settings.  Raises: WrongTopicSettingsError."""
    if not kafka.embedded:
        await check_settings(kafka.connection)


class IntakeWorker:
    """Intake's loop, its ticker, and the producer with which it ticks and activates."""

    def __init__(self, kafka: Kafka, policy: Policy, clock: Clock = system_clock) -> None:
        self.handler = Intake(clock)
        self.event_log = EventLog(kafka.connection, clock, append_time=not kafka.embedded)
        self._policy = policy
        self._kafka = kafka
        self.loop = BatchLoop(
            self.handler,
            connection=kafka.connection,
            clock=clock,
            transactional=not kafka.embedded,
            alone=kafka.alone,
            **kafka.loop_options,
            client_id="b12watch-intake",
            before_first_poll=self._before_first_poll,
        )
        self.ticker = Ticker(self.loop, self.event_log)

    async def _before_first_poll(self) -> None:
        await _check(self._kafka)
        with told_of_missing_rights():
            await self.event_log.start()
            numbers = await self.event_log.partitions(CLINICAL_EVENTS.name)
            places = frozenset(TopicPartition(CLINICAL_EVENTS.name, number) for number in numbers)
            ends = {where.partition: end for where, end in (await self.loop.end_offsets(places)).items()}
            await activate_where_empty(self.event_log, self._policy, ends)
            await self.ticker.begin()

    async def stop(self) -> None:
        await self.loop.stop()
        await self.event_log.stop()


class TreatmentWorker:
    """Treatment's loop, and the producer with which it announces newer rules."""

    def __init__(self, kafka: Kafka, clock: Clock = system_clock) -> None:
        self.handler = Treatment()
        self.event_log = EventLog(kafka.connection, clock, append_time=not kafka.embedded)
        self._kafka = kafka
        self.loop = BatchLoop(
            self.handler,
            connection=kafka.connection,
            clock=clock,
            transactional=not kafka.embedded,
            alone=kafka.alone,
            **kafka.loop_options,
            client_id="b12watch-treatment",
            before_first_poll=self._before_first_poll,
            on_ready=lambda where: announce_rules(self.event_log, self.handler, where.partition),
        )

    async def _before_first_poll(self) -> None:
        await _check(self._kafka)
        with told_of_missing_rights():
            await self.event_log.start()

    async def stop(self) -> None:
        await self.loop.stop()
        await self.event_log.stop()


class TickService(Service):
    """Ticks every few seconds.  A tick that comes late or fails does no harm: time stands still until the next."""

    def __init__(self, worker: IntakeWorker, seconds: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._worker = worker
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(self._tick, "interval", seconds=seconds, coalesce=True, max_instances=1)

    async def on_start(self) -> None:
        # one tick waits for another while the broker is away: that is no news every few seconds
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.start()

    async def on_stop(self) -> None:
        self._scheduler.pause()
        await asyncio.sleep(0)  # a tick handed out just now begins, and is then ended quietly as any other
        self._scheduler.shutdown(wait=False)
        await self._worker.event_log.stop()

    async def _tick(self) -> None:
        try:
            await self._worker.ticker.tick()
        except asyncio.CancelledError:
            if not self.should_stop:
                raise  # else the scheduler ends the tick in hand as it shuts down: nothing went wrong
        except (KafkaError, TimeoutError, OSError) as error:
            log.warning("no tick: %s; time stands still until the next", type(error).__name__)


class CountsService(Service):
    """Says at the end what was counted."""

    def __init__(self, name: str, counts: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name, self._counts = name, counts

    async def on_stop(self) -> None:
        counted = ", ".join(f"{what} {count}" for what, count in sorted(Counter(self._counts).items()))
        log.info("%s counted: %s", self._name, counted or "nothing")


def intake_app(kafka: Kafka, policy: Policy, *, tick_seconds: float = TICK_SECONDS) -> faust.App:
    """The Faust app of intake; `policy` comes into force on partitions of clinical-events that are still empty."""
    worker = IntakeWorker(kafka, policy)
    return faust_app(
        "b12watch-intake",
        kafka.connection.bootstrap,
        CountsService("intake", worker.handler.counts),
        LoopService(worker.loop),
        TickService(worker, tick_seconds),
    )


def treatment_app(kafka: Kafka) -> faust.App:
    """The Faust app of treatment."""
    worker = TreatmentWorker(kafka)
    return faust_app(
        "b12watch-treatment",
        kafka.connection.bootstrap,
        CountsService("treatment", worker.handler.counts),
        LoopService(worker.loop, worker.event_log.stop),
    )
