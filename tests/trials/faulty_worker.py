"""`b12watch worker ...` that a trial can let die or fall asleep at one exact place.

    python -m tests.trials.faulty_worker FOLDER BROKEN worker treatment --bootstrap ...

Everything is patched from here; the engine knows nothing of it.  FOLDER belongs to this worker alone:

`session`   milliseconds of the session, shorter than a hospital may set: a short trial has no time to wait
`look`      seconds between looks for silent sources, where ten are too many
`armed`     "SIGKILL between send and commit": who passes that place next sends itself that signal
`clock`     by how many seconds this process's clock is wrong; read at each look, so that it can be stepped
`asked`     when it is there, treatment leaves the memory of each partition that it gives up as `memory-N`

BROKEN is the name of a fault in the engine (`tests/trials/broken.py`), or "whole".
"""

from __future__ import annotations

import contextlib
import datetime as datetime_module
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import apscheduler.schedulers.base
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.trials.broken import break_engine
from tests.trials.places import AFTER_COMMIT, AFTER_FENCE, BEFORE_COMMIT, BEFORE_SEND
from workers import clock, kafka_io
from workers.partition_writer import PartitionWriter
from workers.treatment import Treatment


def main() -> None:
    folder, broken = Path(sys.argv[1]), sys.argv[2]
    _follow_a_wrong_clock(folder / "clock")  # before anybody takes the right one by its name
    break_engine(broken)
    _pass_places(folder / "armed")
    _leave_memory(folder)
    _shorten_sessions(folder / "session")
    from workers import app, cli

    if (folder / "look").exists():
        app.BLIND_LOOK_SECONDS = float((folder / "look").read_text())
    sys.argv = ["b12watch", *sys.argv[3:]]
    cli.main()


def _pass_places(armed: Path) -> None:
    def at(place: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            number, _, wanted = armed.read_text().partition(" ")
            if wanted == place:
                armed.unlink()
                os.kill(os.getpid(), signal.Signals[number])

    _wrap(AIOKafkaProducer, "begin_transaction", before=lambda: at(BEFORE_SEND))
    _wrap(AIOKafkaProducer, "commit_transaction", before=lambda: at(BEFORE_COMMIT), after=lambda: at(AFTER_COMMIT))
    _wrap(PartitionWriter, "start", after=lambda: at(AFTER_FENCE))


def _nothing() -> None:
    """The other side of a place."""


def _wrap(
    owner: type, method: str, *, before: Callable[[], None] = _nothing, after: Callable[[], None] = _nothing
) -> None:
    original = getattr(owner, method)

    async def wrapped(self: Any) -> None:
        before()
        await original(self)
        after()

    setattr(owner, method, wrapped)


def _shorten_sessions(said: Path) -> None:
    if said.exists():
        session_ms = int(said.read_text())
        original = AIOKafkaConsumer

        def shorter(*topics: str, **options: Any) -> Any:
            quick = {"session_timeout_ms": session_ms, "heartbeat_interval_ms": session_ms // 4}
            return original(*topics, **(options | quick if "group_id" in options else options))

        setattr(kafka_io, "AIOKafkaConsumer", shorter)  # noqa: B010 - it is imported there, not exported


def _leave_memory(folder: Path) -> None:
    give_up = Treatment.give_up

    def leave(self: Treatment, topic: str, partition: int) -> None:
        held = self.partitions.get(partition)
        if held is not None and (folder / "asked").exists():
            (folder / f"memory-{partition}").write_bytes(pickle.dumps(held.remembered()))
        give_up(self, topic, partition)

    Treatment.give_up = leave  # type: ignore[method-assign]


def _follow_a_wrong_clock(said: Path) -> None:
    """What reads the wall clock: our own clock, the scheduler of what is periodic, and aiokafka."""
    right, right_seconds = clock.system_clock, time.time

    def wrong_by() -> float:
        try:
            return float(said.read_text() or 0)
        except FileNotFoundError:
            return 0.0

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime_module.datetime.now(tz) + timedelta(seconds=wrong_by())

    clock.system_clock = lambda: right() + timedelta(seconds=wrong_by())
    time.time = lambda: right_seconds() + wrong_by()
    apscheduler.schedulers.base.datetime = Wrong


if __name__ == "__main__":
    main()
