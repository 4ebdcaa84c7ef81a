"""What `/metrics` tells, read from the workers when it is asked for; no label ever names a patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from domain.rules import RULES
from workers.batch_loop import BatchLoop
from workers.clock import Clock
from workers.treatment_partition import TreatmentPartition
from workers.watch import Watch

_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.15, 0.3, 0.6, 1, 2, 5, 10, 30, 60, 300)


@dataclass(frozen=True, slots=True)
class Measured:
    """A worker with what is told of it; `partitions` are those of treatment, by number."""

    name: str
    loop: BatchLoop
    watch: Watch
    counts: Mapping[str, int]
    partitions: Mapping[int, TreatmentPartition] = field(default_factory=dict)


def output_seconds(registry: CollectorRegistry) -> Histogram:
    """From the log time of an event to the commit of what it led to; by worker."""
    return Histogram(
        "b12watch_event_to_output_seconds",
        "From the log time of the oldest event of a batch to the commit of the outputs",
        ["worker"],
        buckets=_SECONDS,
        registry=registry,
    )


class WorkerMetrics(Collector):
    """Collects from the workers of this process."""

    def __init__(self, measured: Iterable[Measured], clock: Clock) -> None:
        self._measured = tuple(measured)
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        yield from self._loops()
        yield from self._treatment()

    def _loops(self) -> Iterator[Metric]:
        events = CounterMetricFamily("b12watch_events", "What was counted, by outcome", labels=["worker", "outcome"])
        changes = CounterMetricFamily("b12watch_alert_changes", "Changes of alerts", labels=["rule", "change"])
        refused = CounterMetricFamily("b12watch_transactions_refused", "Batches refused", labels=["worker"])
        batches = CounterMetricFamily("b12watch_batches_committed", "Batches committed", labels=["worker"])
        taken = SummaryMetricFamily("b12watch_takeover_seconds", "Taking over a partition", labels=["worker"])
        lag = GaugeMetricFamily(
            "b12watch_lag_records", "Records not yet processed", labels=["worker", "topic", "partition"]
        )
        held = GaugeMetricFamily("b12watch_partitions", "Partitions by state", labels=["worker", "state"])
        on = GaugeMetricFamily("b12watch_getting_on", "1 while the worker gets on, as /healthz", labels=["worker"])
        for worker in self._measured:
            counters, loop = worker.loop.counters, worker.loop
            for outcome, count in sorted(worker.counts.items()):
                rule, _, change = outcome.partition(" ")
                if rule in RULES:
                    changes.add_metric([rule, change], count)
                else:
                    events.add_metric([worker.name, outcome], count)
            refused.add_metric([worker.name], counters.transactions_refused)
            batches.add_metric([worker.name], counters.batches_committed)
            taken.add_metric([worker.name], counters.takeovers, counters.takeover_seconds)
            for where, behind in sorted(worker.watch.lags.items()):
                lag.add_metric([worker.name, where.topic, str(where.partition)], behind)
            held.add_metric([worker.name, "ready"], len(loop.assigned()))
            held.add_metric([worker.name, "taking over"], loop.takes_over)
            held.add_metric([worker.name, "stopped"], len(loop.stopped_partitions))
            on.add_metric([worker.name], 0 if worker.watch.problems() else 1)
        yield from (events, changes, refused, batches, taken, lag, held, on)

    def _treatment(self) -> Iterator[Metric]:
        behind = GaugeMetricFamily(
            "b12watch_time_behind_seconds", "How far a partition's time is behind the clock", labels=["partition"]
        )
        alerts = GaugeMetricFamily("b12watch_open_alerts", "Open alerts", labels=["rule", "severity"])
        patients = GaugeMetricFamily("b12watch_patients", "Patients in memory", labels=["partition"])
        facts = GaugeMetricFamily("b12watch_facts", "Facts in memory", labels=["partition"])
        now, open_alerts = self._clock(), Counter[tuple[str, str]]()
        for worker in self._measured:
            for number, partition in sorted(worker.partitions.items()):
                size = partition.size()
                open_alerts += size.open_alerts
                patients.add_metric([str(number)], size.patients)
                facts.add_metric([str(number)], size.facts)
                seconds = _behind(partition.timeline.time, now)
                if seconds is not None:
                    behind.add_metric([str(number)], seconds)
        for (rule, severity), count in sorted(open_alerts.items()):
            alerts.add_metric([rule, severity], count)
        yield from (behind, alerts, patients, facts)


def _behind(time: datetime | None, now: datetime) -> float | None:
    return None if time is None else (now - time).total_seconds()
