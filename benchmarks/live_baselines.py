"""The same log through a plain Faust agent, and through Quix Streams, with three rules: something to compare with."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.live_load import PARTITIONS
from tests.real_kafka import cache_dir

_QUIX: Final = "quixstreams==3.28.1"  # it wants another pydantic than ours, so it gets an environment of its own
_TREE: Final = Path(__file__).parent.parent
_LONGEST_S: Final = 1800


async def faust_seconds(bootstrap: str, count: int) -> float:
    """Raises: CalledProcessError with what it said."""
    await _create(bootstrap, "bench-alerts-faust")
    return await asyncio.to_thread(_seconds, sys.executable, "faust_three_rules", bootstrap, count, PARTITIONS)


async def quix_seconds(bootstrap: str, count: int, guarantee: str) -> float:
    """`guarantee` as Quix Streams names it.  Raises: CalledProcessError with what it said."""
    python = await asyncio.to_thread(_quix_python)
    return await asyncio.to_thread(_seconds, python, "quix_three_rules", bootstrap, count, guarantee)


def _seconds(python: str, script: str, *arguments: object) -> float:
    """What the script told, which ran in a folder of its own: both frameworks leave files."""
    with tempfile.TemporaryDirectory(prefix="bench-baseline-") as folder:
        done = subprocess.run(  # noqa: S603 - our own script
            [python, "-m", f"benchmarks.baselines.{script}", *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(_TREE)},
            capture_output=True,
            text=True,
            check=True,
            timeout=_LONGEST_S,
        )
    told = re.search(r"seconds: ([0-9.]+)", done.stdout)
    if told is None:
        raise OSError(f"it told no time: {done.stdout[-200:]} {done.stderr[-200:]}")
    return float(told[1])


def _quix_python() -> str:
    """The interpreter of an environment with Quix Streams; made at the first time."""
    home = cache_dir() / _QUIX.replace("==", "-")
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", _QUIX], check=True)  # noqa: S603
        (home / "ready").touch()
    return str(python)


async def _create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    finally:
        await admin.close()
