"""Broker faults: restarts, an outage, a full disk, and the connection of one worker of each kind cut or held.

    python -m tests.trials broker --rounds 3 --rate 200

One intake and one treatment reach the broker through a proxy, the others do not: the broker has a listener of its own
that advertises the proxy, else clients would go round it.  A full disk is a limit on the size of the broker's files
(RLIMIT_FSIZE): it meets a write that fails, gives its log directory up and ends, as on a disk that is full.

Seen to fail with keeps-memory of `tests/trials/broken.py`: a batch that was refused is believed to be done.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.real_kafka import RealKafka, free_ports
from tests.trials.broken import WHOLE
from tests.trials.load import load_on
from tests.trials.proxy import Proxy, proxy_between
from tests.trials.stage import SESSION_S, Verdict, at_work, judge, worked_off, workers_of
from tests.workers.live import until

RESTARTED, KILLED, GONE, CUT, HELD, DISK_FULL = "restarted", "killed", "gone", "cut", "held", "disk full"
ALL: Final = (RESTARTED, KILLED, GONE, CUT, HELD, DISK_FULL)


class Ports:
    """Where the proxied workers go, and where the broker listens for them."""

    def __init__(self) -> None:
        self.proxy, self.broker = free_ports(2)

    @property
    def properties(self) -> str:
        protocols = "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT"
        return (
            f"listeners=PLAINTEXT://localhost:{{port}},PROXIED://localhost:{self.broker},"
            "CONTROLLER://localhost:{controller_port}\n"
            f"advertised.listeners=PLAINTEXT://localhost:{{port}},PROXIED://localhost:{self.proxy}\n"
            f"listener.security.protocol.map={protocols}\ninter.broker.listener.name=PLAINTEXT\n"
        )


async def broker_trial(
    kafka: RealKafka,
    ports: Ports,
    folder: Path,
    faults: Sequence[str],
    *,
    seed: int,
    rate: float,
    gone_s: float,
    partitions: int = 4,
    session_s: float = SESSION_S,
    broken: str = WHOLE,
) -> Verdict:
    """AssertionError unless after each fault all get on again, and at the end all is as the log says."""
    chance = random.Random(seed)
    proxied = f"localhost:{ports.proxy}"
    async with proxy_between(ports.proxy, ports.broker) as proxy:
        with workers_of(kafka.bootstrap, folder, second=proxied, session_s=session_s, broken=broken) as workers:
            async with load_on(kafka.bootstrap, seed, rate=rate) as load:
                await at_work(kafka.bootstrap, partitions)
                for fault in faults:
                    await asyncio.sleep(chance.uniform(0.5, 2))
                    passed = proxy.passed
                    await _one_fault(fault, kafka, proxy, gone_s=gone_s, past_session_s=session_s + 2)
                    await at_work(kafka.bootstrap, partitions)
                    assert proxy.passed > passed, "the workers behind the proxy went round it"
                    print(f"  {fault}: got over, {load.sent} messages are sent", flush=True)
            await worked_off(kafka.bootstrap, workers)
            return await judge(kafka.bootstrap, folder, load.sent, workers)


async def _one_fault(fault: str, kafka: RealKafka, proxy: Proxy, *, gone_s: float, past_session_s: float) -> None:
    match fault:
        case "restarted":
            await asyncio.to_thread(kafka.restart)
        case "killed":
            await asyncio.to_thread(kafka.restart, gently=False)
        case "gone":
            kafka.kill()
            await asyncio.sleep(gone_s)
            await asyncio.to_thread(kafka.start)
        case "cut":
            await proxy.cut()
            await asyncio.sleep(past_session_s)
            await proxy.mend()
        case "held":
            proxy.hold()
            await asyncio.sleep(past_session_s)
            proxy.let_go()
        case _:
            kafka.fill_disk(50_000)

            async def has_given_up() -> bool:
                return not kafka.is_running()

            await until("the broker meets its full disk", has_given_up)
            await asyncio.to_thread(kafka.restart, gently=False)
