"""Faust around the loops: life cycle, signals, exit codes.  It reads and writes nothing itself."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NoReturn

import faust
from faust.app.base import BootStrategy
from mode import Service
from mode.types import ServiceT

from workers.batch_loop import BatchLoop
from workers.kafka_io import StartRefusedError

log = logging.getLogger(__name__)

LONGEST_STOP_S = 9.5
SWITCH_S = 0.0005  # a thread that processes lets the event loop in so soon; by default after 5 ms, at each turn of it


class LoopService(Service):
    """A batch loop as a service.

    What ends the loop crashes the service, and with it the worker: exit code 1.  A start that is refused is no crash:
    the worker ends in order, and `refusal` says why.  `closing`, if given, is awaited when the loop has stopped.
    """

    def __init__(self, loop: BatchLoop, closing: Callable[[], Awaitable[None]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch_loop = loop
        self._closing = closing
        self.refusal: StartRefusedError | None = None

    @Service.task
    async def _run(self) -> None:
        # Not in on_start: a service after this one need not wait until the broker answers.
        try:
            await self.batch_loop.start()
            await self.batch_loop.join()
        except StartRefusedError as refusal:
            self.refusal = refusal
            signal.raise_signal(signal.SIGTERM)  # as an operator would: all services stop in order

    async def on_stop(self) -> None:
        await self.batch_loop.stop()
        if self._closing is not None:
            await self._closing()


class _Worker(faust.Worker):
    """Stops in order at the first signal, and with what it has after some seconds; a second signal ends it at once.

    What is cut off is a batch that is not committed: it is done anew by whoever comes next.
    """

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        if self._signal_stop_time:
            log.error("a second signal: ending at once")
            os._exit(1)
        super()._schedule_shutdown(signal)
        self.loop.call_later(LONGEST_STOP_S, self._end_at_once)

    def _end_at_once(self) -> None:
        """What was asked for is done: the batch in hand is left to the next owner, as after a crash."""
        log.warning("not stopped after %g s: the batch in hand is given up", LONGEST_STOP_S)
        os._exit(0)


class _ServicesOnly(BootStrategy):
    """Faust's own producer would crash the worker when the broker is away at the start; our loops wait for it."""

    enable_kafka = False
    enable_web = False


class _Host(faust.App):
    BootStrategy = _ServicesOnly
    producer_only = True  # otherwise Faust forms a consumer group of its own before any service starts
    hosted: tuple[ServiceT, ...] = ()

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        return [*super().on_init_dependencies(), *self.hosted]

    async def on_start(self) -> None:
        """Faust's own makes its consumer here, with a thread's event loop that nobody closes; ours is not used."""
        self.finalize()

    async def on_first_start(self) -> None:
        """Faust makes a directory for its tables here; we have none."""


def faust_app(name: str, bootstrap: str, *services: ServiceT) -> faust.App:
    """An app that starts the services in order and stops them in reverse."""
    app = _Host(
        name,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        worker_redirect_stdouts=False,
    )
    app.hosted = services
    return app


def host(app: Any, *services: ServiceT) -> None:
    """More services, started first of all: they are there while the others wait for their broker."""
    app.hosted = (*services, *app.hosted)


def run_worker(*apps: faust.App) -> NoReturn:
    """Runs the apps in one event loop until SIGTERM or SIGINT (SystemExit 0); a crash is SystemExit 1.

    Raises: StartRefusedError when a loop would not start on what it found.

    Logging stays as the caller set it up, except that aiokafka may not say everything: its debug log holds the keys
    and values of patients.  Threads take turns more quickly: batches are processed in them, while a transaction is a
    chain of short answers to the broker's.
    """
    aiokafka_log = logging.getLogger("aiokafka")
    aiokafka_log.setLevel(max(aiokafka_log.getEffectiveLevel(), logging.WARNING))
    sys.setswitchinterval(SWITCH_S)
    first, *others = apps
    worker = _Worker(first, *others, override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it writes terminal codes, in a pipe too
    try:
        worker.execute_from_commandline()
    finally:
        hosted = (service for app in apps for service in getattr(app, "hosted", ()))
        for service in (service for service in hosted if isinstance(service, LoopService)):
            if service.refusal is not None:
                raise service.refusal
