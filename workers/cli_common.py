"""What the commands share: how they end, the options that several have, and work on a broker."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError

from domain.policy import Policy
from workers.policy_file import PolicyProblem, load_policy
from workers.rendering import console

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
T = TypeVar("T")


def fail(problem: str) -> NoReturn:
    """End with one sentence and exit code 2."""
    console(stderr=True).print(f"b12watch: {problem}", markup=False)
    raise typer.Exit(2)


def _servers(text: str) -> str:
    """The bootstrap servers, each a host or host:port; the Kafka client would raise or wait for ever on others."""
    for server in text.split(","):
        if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+)(:[0-9]{1,5})?", server.strip()):
            fail(f"--bootstrap: {server!r} is not a server; it should look like localhost:9092")
    return text


Bootstrap = Annotated[
    str,
    typer.Option(
        "--bootstrap",
        envvar="B12WATCH_BOOTSTRAP",
        metavar="HOST:PORT",
        help="Kafka bootstrap servers, separated by commas.",
        callback=_servers,
    ),
]


def read_policy(path: Path) -> Policy:
    """The policy of the file, or the end with what is wrong."""
    try:
        return load_policy(path)
    except PolicyProblem as problem:
        fail(str(problem))


def time_of(text: str, option: str) -> datetime:
    """A time of the command line; it is never guessed at."""
    try:
        time = datetime.fromisoformat(text)
        in_utc = time.astimezone(UTC)
    except (ValueError, OverflowError):  # the last hours of the year 9999 overflow
        fail(f"{option}: {text!r} is not a time; it should look like 2026-05-01T00:00:00+00:00")
    if time.tzinfo is None:
        fail(f"{option}: {text!r} has no offset; it should look like 2026-05-01T00:00:00+00:00")
    return in_utc


def on_broker(work: Coroutine[Any, Any, T], bootstrap: str) -> T:
    """What the work gives, or the end with a sentence."""
    logging.basicConfig(level=logging.CRITICAL)  # what goes wrong is said in the sentence below
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (KafkaError, TimeoutError) as error:
        fail(f"the broker at {bootstrap} does not answer as it should: {error or type(error).__name__}")
    except OSError as error:
        fail(f"{error.filename or bootstrap}: {error.strerror or error}")
