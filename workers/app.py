"""The one place that builds the concrete parts of the workers and wires them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import faust
from aiokafka.errors import KafkaError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from mode import Service
from prometheus_client import CollectorRegistry

from domain.policy import Policy
from topics.definitions import CLINICAL_EVENTS
from topics.meaning.feeds import Feeds
from workers.activation import activate_where_empty, announce_rules
from workers.batch_loop import BatchLoop
from workers.blind_ticks import BlindTicker
from workers.clock import Clock, system_clock
from workers.connection import Connection
from workers.health_http import HealthService
from workers.hosting import LoopService, faust_app, host
from workers.intake import Intake
from workers.kafka_io import LoopOptions, TopicPartition
from workers.metrics import Measured, WorkerMetrics, output_seconds
from workers.patients import AWAKE
from workers.ticks import EventLog, Ticker
from workers.topic_settings import check_settings, told_of_missing_rights
from workers.treatment import Treatment
from workers.watch import LOOK_S, Watch

log = logging.getLogger(__name__)

TICK_SECONDS = 5.0
BLIND_LOOK_SECONDS = 10.0
_NEXT = "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """Where the broker is.

    `embedded`: it is the embedded one, which has no append time and only pretends to do transactions.
    `alone`: no other worker can come.  `patients_awake`: of each partition (`workers.patients`).
    """

    connection: Connection
    embedded: bool = False
    alone: bool = False
    loop_options: LoopOptions = field(default_factory=LoopOptions)
    patients_awake: int = AWAKE


async def _check(kafka: Kafka) -> None:
    """Refuse topics that would forget; the embedded broker has no settings.  Raises: WrongTopicSettingsError."""
    if not kafka.embedded:
        await check_settings(kafka.connection)


class IntakeWorker:
    """Intake's loop, its ticker, and the producer with which it ticks and activates."""

    def __init__(
        self,
        kafka: Kafka,
        policy: Policy,
        clock: Clock = system_clock,
        *,
        feeds: Feeds | None = None,
        on_written: Callable[[float], object] | None = None,
    ) -> None:
        self.handler = Intake(clock, feeds)
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
            on_written=on_written,
        )
        self.ticker = Ticker(self.loop, self.event_log, self.handler.listening)

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
    """Treatment's loop, and the producer with which it announces newer rules and lets time go on blind."""

    def __init__(
        self, kafka: Kafka, clock: Clock = system_clock, *, on_written: Callable[[float], object] | None = None
    ) -> None:
        self.handler = Treatment(kafka.patients_awake)
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
            on_written=on_written,
            on_ready=lambda where: announce_rules(self.event_log, self.handler, where.partition),
        )

        self.blind_ticker = BlindTicker(self.loop, self.handler.partitions, self.event_log)

    async def _before_first_poll(self) -> None:
        await _check(self._kafka)
        with told_of_missing_rights():
            await self.event_log.start()

    async def stop(self) -> None:
        await self.loop.stop()
        await self.event_log.stop()


class PeriodicService(Service):
    """Does something every few seconds.  What comes late or fails does no harm: the next time goes on.

    The scheduler goes by the clock on the wall, which may be set.  One run is planned at a time: it would go through
    all that lie in a step forwards.  A timer that knows no clock sees to it that after a step back it does not wait.
    """

    def __init__(self, what: str, do: Callable[[], Awaitable[object]], seconds: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._what, self._do, self._pause = what, do, timedelta(seconds=seconds)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._timer: asyncio.TimerHandle | None = None

    async def on_start(self) -> None:
        self._scheduler.start()
        self._plan()
        self._look_at_the_clock()

    def _plan(self) -> None:
        at = system_clock() + self._pause
        self._scheduler.add_job(
            self._once, "date", run_date=at, id=_NEXT, replace_existing=True, misfire_grace_time=None
        )

    def _look_at_the_clock(self) -> None:
        planned = self._scheduler.get_job(_NEXT)
        if planned is not None and planned.next_run_time - system_clock() > 2 * self._pause:
            self._plan()
        self._timer = asyncio.get_running_loop().call_later(self._pause.total_seconds(), self._look_at_the_clock)

    async def on_stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._scheduler.pause()
        await asyncio.sleep(0)  # one handed out just now begins, and is then ended quietly as any other
        self._scheduler.shutdown(wait=False)

    async def _once(self) -> None:
        try:
            await self._do()
        except asyncio.CancelledError:
            if not self.should_stop:
                raise  # else the scheduler ends the one in hand as it shuts down: nothing went wrong
        except (KafkaError, TimeoutError, OSError) as error:
            log.warning("no %s: %s; time stands still until the next", self._what, type(error).__name__)
        finally:
            if not self.should_stop:
                self._plan()


class CountsService(Service):
    """Says at the end what was counted."""

    def __init__(self, name: str, counts: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name, self._counts = name, counts

    async def on_stop(self) -> None:
        counted = ", ".join(f"{what} {count}" for what, count in sorted(Counter(self._counts).items()))
        log.info("%s counted: %s", self._name, counted or "nothing")


def worker_apps(
    kafka: Kafka,
    kinds: Iterable[str],
    policy: Policy,
    *,
    tick_seconds: float,
    health_port: int | None = None,
    feeds: Feeds | None = None,
) -> list[faust.App]:
    """A Faust app for each kind of worker ("intake", "treatment"), and what is seen of them from outside.

    `policy` comes into force on partitions of clinical-events that are still empty; `feeds` are what intake reads.
    """
    registry = CollectorRegistry()
    seconds = output_seconds(registry)
    measured: list[Measured] = []
    apps: list[faust.App] = []
    for kind in kinds:
        observe = seconds.labels(worker=kind).observe
        if kind == "intake":
            told, services = _intake(kafka, policy, feeds, tick_seconds, observe)
        else:
            told, services = _treatment(kafka, observe)
        measured.append(told)
        apps.append(
            faust_app(f"b12watch-{kind}", kafka.connection.bootstrap, CountsService(kind, told.counts), *services)
        )
    registry.register(WorkerMetrics(measured, system_clock))
    watches = [m.watch for m in measured]
    host(apps[0], *(_look(watch, job) for watch in watches for job in (watch.look, watch.tell)))
    if health_port is not None:
        host(apps[0], HealthService(watches, registry, health_port))
    return apps


def _look(watch: Watch, job: Callable[[], Awaitable[None]]) -> PeriodicService:
    return PeriodicService(f"look at {watch.name}", job, LOOK_S)


_Made = tuple[Measured, list[Service]]


def _intake(
    kafka: Kafka, policy: Policy, feeds: Feeds | None, tick_seconds: float, on_written: Callable[[float], object]
) -> _Made:
    worker = IntakeWorker(kafka, policy, feeds=feeds, on_written=on_written)
    watch = Watch("intake", worker.loop, time.monotonic)
    services = [
        LoopService(worker.loop, worker.event_log.stop),
        PeriodicService("tick", worker.ticker.tick, tick_seconds),
    ]
    return Measured("intake", worker.loop, watch, worker.handler.counts), services


def _treatment(kafka: Kafka, on_written: Callable[[float], object]) -> _Made:
    worker = TreatmentWorker(kafka, on_written=on_written)
    watch = Watch("treatment", worker.loop, time.monotonic)
    measured = Measured("treatment", worker.loop, watch, worker.handler.counts, worker.handler.partitions)
    return measured, [
        LoopService(worker.loop, worker.event_log.stop),
        PeriodicService("look for silent sources", worker.blind_ticker.look, BLIND_LOOK_SECONDS),
    ]
