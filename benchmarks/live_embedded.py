"""Treatment on the embedded broker, as the demo runs it: worker, broker and clients in one process, no transactions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.live_latency import event_to_alert, ward_entries
from benchmarks.live_load import Entry, send
from workers.app import Kafka, TreatmentWorker
from workers.clock import system_clock
from workers.connection import Connection
from workers.embedded_broker import EmbeddedBroker


@dataclass(frozen=True, slots=True)
class Embedded:
    """Seconds for the backlog, and of each event until its change was read."""

    backlog: float
    events: list[float]


async def embedded(entries: Sequence[Entry], rate: int, seconds: float) -> Embedded:
    """A backlog (a few thousand records: the broker keeps 5 MB of a partition), then events at a steady rate."""
    with EmbeddedBroker() as broker:
        await send(broker.bootstrap, entries)
        worker = TreatmentWorker(Kafka(connection=Connection(broker.bootstrap), embedded=True, alone=True))
        try:
            began = time.monotonic()
            await worker.loop.start()
            await worker.loop.idle()
            took = time.monotonic() - began
            await send(broker.bootstrap, list(ward_entries(system_clock())))
            await worker.loop.idle()
            return Embedded(took, await event_to_alert(broker.bootstrap, rate, seconds))
        finally:
            await worker.stop()
