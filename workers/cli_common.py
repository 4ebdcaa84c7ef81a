"""What the commands share: how they end, the options that several have, and work on a broker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError

from domain.policy import Policy
from topics.meaning.feeds import Feeds
from workers.connection import Connection, check_servers, why_refused
from workers.kafka_io import StartRefusedError
from workers.policy_file import PolicyProblem, load_policy
from workers.rendering import console
from workers.settings import Settings, SettingsProblem, load_settings

T = TypeVar("T")


def fail(problem: str) -> NoReturn:
    """End with one sentence and exit code 2."""
    console(stderr=True).print(f"b12watch: {problem}", markup=False)
    raise typer.Exit(2)


def _servers(text: str) -> str:
    """The bootstrap servers, or the end with which is none."""
    try:
        return check_servers(text)
    except ValueError as error:
        fail(f"--bootstrap: {error}")


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


def settings_for(bootstrap: str) -> Settings:
    """The settings of the environment with these bootstrap servers, or the end with what is wrong."""
    try:
        return load_settings(bootstrap=bootstrap)
    except SettingsProblem as problem:
        fail(str(problem))


def feeds_in_use() -> Feeds:
    """What the environment says of the hospital's feeds, for a log of source topics; or the end with what is wrong."""
    try:
        return load_settings().feeds
    except SettingsProblem as problem:
        fail(str(problem))


def on_broker(work: Coroutine[Any, Any, T], connection: Connection) -> T:
    """What the work gives, or the end with a sentence."""
    logging.basicConfig(level=logging.CRITICAL)  # what goes wrong is said in the sentence below
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (KafkaError, TimeoutError) as error:
        why = asyncio.run(why_refused(connection)) or str(error) or type(error).__name__
        fail(f"the broker at {connection.bootstrap} does not answer as it should: {why}")
    except StartRefusedError as refusal:
        fail(str(refusal))
    except OSError as error:
        fail(f"{error.filename or connection.bootstrap}: {error.strerror or error}")
