"""What every trial on a real broker needs: workers that can be hit, how all is worked off, and the verdict."""

from __future__ import annotations

import asyncio
import pickle
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from tests.trials.broken import WHOLE
from tests.workers.live import (
    DEAD,
    FACTS,
    NOT_FOR_US,
    Message,
    WorkerProcess,
    committed_offsets,
    source_records,
    unread,
    until,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
)
from tests.workers.oracle import (
    assert_every_source_record_became_what_it_should,
    assert_same_history,
    assert_stores_hold_what_the_log_says,
    assert_time_never_ran_ahead,
    changes_by_rule,
    published,
    recorded,
    replayed,
)
from tests.workers.toy import read_all
from topics.codecs.plain_json import decode
from topics.decoded import Facts, NotForUs
from topics.definitions import CLINICAL_EVENTS
from workers.dead_letter_output import origin_of
from workers.intake import Intake
from workers.kafka_io import to_input
from workers.memory import Memory
from workers.treatment import Treatment

SESSION_S = 6.0
QUICK_SESSION_S = 2.0
QUICK_TIMERS = "[facts]\nclock_tolerance_minutes = 0\n"
"""What is ahead of the partition's time counts from its own time on: reviews in real seconds, all through the trial."""


class TrialWorker(WorkerProcess):
    """A worker that can be hit at a place, and whose clock can be wrong; see `faulty_worker.py` for its folder."""

    def __init__(
        self, folder: Path, kind: str, *options: object, broken: str = WHOLE, session_s: float = SESSION_S
    ) -> None:
        folder.mkdir()
        if session_s < SESSION_S:
            (folder / "session").write_text(str(round(session_s * 1000)))
        entry = (sys.executable, "-m", "tests.trials.faulty_worker", folder, broken)
        super().__init__(folder / "log", kind, *options, entry=entry)
        self.folder, self.kind = folder, kind
        self._said_before = 0

    def start(self) -> None:
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        super().start()

    def arm(self, number: signal.Signals, place: str) -> None:
        """It does this to itself when it passes that place next."""
        new = self.folder / "new"
        new.write_text(f"{number.name} {place}")
        new.rename(self.folder / "armed")

    async def is_hit(self) -> None:
        """Waits until it came to the place; by then the signal is on its way."""

        async def has_passed() -> bool:
            return not (self.folder / "armed").exists()

        await until(f"{self.folder.name} comes to the place", has_passed)

    def set_clock(self, wrong_by_s: float) -> None:
        (self.folder / "clock").write_text(str(wrong_by_s))

    @property
    def said_since_start(self) -> str:
        return self.log.read_bytes()[self._said_before :].decode()

    def has_handlers(self) -> bool:
        """Whether a signal ends it in order already: before that it is Python's own that ends it."""
        return "_Worker]: Ready" in self.said_since_start

    async def has_begun(self) -> None:
        """Waits until it has taken something over since its last start."""

        async def has_taken_over() -> bool:
            assert self.is_running(), f"it ended by itself:\n{self.said[-2000:]}"
            return " taken over at " in self.said_since_start

        await until(f"{self.folder.name} is at work", has_taken_over)


@contextmanager
def workers_of(
    bootstrap: str,
    folder: Path,
    *,
    intakes: int = 2,
    treatments: int = 2,
    second: str | None = None,
    broken: str = WHOLE,
    session_s: float = SESSION_S,
) -> Iterator[list[TrialWorker]]:
    """So many of each kind, started; killed at the end if they still run.

    The first of each kind reaches the broker at `second`, if that is given.
    """
    policy = folder / "policy.toml"
    policy.write_text(QUICK_TIMERS)
    options = ("--tick-seconds", 0.3, "--log-format", "text")
    places = [second or bootstrap, *[bootstrap] * max(intakes, treatments)]
    more: dict[str, tuple[object, ...]] = {"intake": ("--policy", policy), "treatment": ()}
    made = [
        TrialWorker(
            folder / f"{kind}-{n + 1}",
            kind,
            *("--bootstrap", place, *options, *more[kind]),
            broken=broken,
            session_s=session_s,
        )
        for kind, count in (("intake", intakes), ("treatment", treatments))
        for n, place in enumerate(places[:count])
    ]
    with ExitStack() as stack:
        for process in made:
            stack.callback(process.kill)
            process.start()
        yield made


async def at_work(bootstrap: str, partitions: int = 4) -> None:
    """Waits until treatment gets on with every partition: each has an owner that reads and commits."""
    await gets_on(bootstrap, Treatment.group, CLINICAL_EVENTS.name, partitions)


async def gets_on(bootstrap: str, group: str, topic: str, partitions: int) -> None:
    """Waits until the group commits something on each partition of the topic."""
    before: dict[tuple[str, int], int] = {}

    async def has_got_on() -> bool:
        committed = await committed_offsets(bootstrap, group, [topic])
        if not before:
            before.update(committed)
        return len(committed) == partitions and all(at > before.get(where, 0) for where, at in committed.items())

    await until(f"{group} gets on with every partition of {topic}", has_got_on)


async def worked_off(bootstrap: str, workers: Sequence[TrialWorker], longest_s: float = 60.0) -> None:
    """All that was said is worked off; the workers end in order, and treatment leaves what it holds in memory."""
    await wait_until_time_has_passed_all(bootstrap, longest_s)
    await ended(process for process in workers if process.kind == "intake")
    await wait_until_treatment_read_all(bootstrap)
    treatments = [process for process in workers if process.kind == "treatment"]
    await until("the partitions stay with whom they are", lambda: _is_at_rest(bootstrap))
    for process in treatments:
        (process.folder / "asked").touch()
    await ended(treatments)


async def _is_at_rest(bootstrap: str) -> bool:
    """Whether no rebalance is under way, nor was a second before: who takes over when told to end leaves no memory."""
    states: list[str] = []
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        for _ in range(2):
            (described,) = await admin.describe_consumer_groups([Treatment.group])
            states += [state for _, _, state, *_ in described.groups]
            await asyncio.sleep(1)
    finally:
        await admin.close()
    return set(states) == {"Stable"}


async def ended(workers: Iterable[TrialWorker]) -> None:
    """SIGTERM to all that still run, at once: each ends with exit code 0.  One that only just started is waited for."""
    running = [process for process in workers if process.is_running()]

    async def can_end_in_order() -> bool:
        return all(process.has_handlers() or not process.is_running() for process in running)

    await until("the workers can end in order", can_end_in_order)
    codes = await asyncio.gather(*(asyncio.to_thread(process.stop) for process in running))
    assert codes == [0] * len(running), f"exit codes {codes}:\n{running[0].said[-2000:]}"


@asynccontextmanager
async def pauses(bootstrap: str, partitions: int) -> AsyncIterator[list[float]]:
    """From when treatment is at work: the longest time for which it committed nothing on any partition."""
    await at_work(bootstrap, partitions)
    longest = [0.0]

    async def look() -> None:
        before, since = 0, time.monotonic()
        while True:
            now_at = sum((await committed_offsets(bootstrap, Treatment.group, Treatment.inputs)).values())
            longest[0] = max(longest[0], time.monotonic() - since)
            if now_at != before:
                before, since = now_at, time.monotonic()
            await asyncio.sleep(0.5)

    task = asyncio.create_task(look())
    try:
        yield longest
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All is as the log says; how much of it there was."""

    sources: int
    alert_changes: int
    standing_facts: int
    refused: int

    def __str__(self) -> str:
        return (
            f"all is as the log says: {self.sources} source records, {self.alert_changes} alert changes, "
            f"{self.standing_facts} standing facts; {self.refused} batches were refused and done anew"
        )


async def judge(bootstrap: str, folder: Path, sent: int, workers: Sequence[TrialWorker]) -> Verdict:
    """The oracle.  Raises AssertionError with the first thing that is not as the log says."""
    sources = await source_records(bootstrap)
    assert len(sources) == sent, f"{sent} messages were acknowledged, {len(sources)} are there"
    assert unread(sources, await committed_offsets(bootstrap, Intake.group, Intake.inputs)) == 0
    became = {f"{r.topic}/{r.partition}/{r.offset}": Message(r.topic, r.key, r.value, becomes(r)) for r in sources}
    await assert_every_source_record_became_what_it_should(bootstrap, became)
    events = await read_all(bootstrap, CLINICAL_EVENTS.name)
    everything = [record for found in events.values() for record in found]
    assert unread(everything, await committed_offsets(bootstrap, Treatment.group, Treatment.inputs)) == 0
    live, (walked, _) = await published(bootstrap), replayed(await recorded(bootstrap, folder))
    assert_same_history(live, walked)
    await assert_time_never_ran_ahead(bootstrap)
    owners = _memories(workers)
    assert {partition for partition, _ in owners} == events.keys(), "each partition had an owner to the end"
    standing = await assert_stores_hold_what_the_log_says(bootstrap, owners)
    refused = sum(len(re.findall(r"a batch was refused", process.said)) for process in workers)
    return Verdict(sent, changes_by_rule(live).total(), standing, refused)


def becomes(record: Any) -> str:
    """What intake must make of it."""
    match decode(record.topic, record.value, origin=origin_of(to_input(record)), key=record.key):
        case Facts():
            return FACTS
        case NotForUs():
            return NOT_FOR_US
        case _:
            return DEAD


def _memories(workers: Sequence[TrialWorker]) -> list[tuple[int, Memory]]:
    """What those who owned the partitions to the end held, which nobody has read from a store since."""
    left = [path for process in workers for path in process.folder.glob("memory-*")]
    return [(int(path.name.removeprefix("memory-")), pickle.loads(path.read_bytes())) for path in left]
