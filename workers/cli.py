"""The command line.  A user's mistake ends with one clear sentence and exit code 2, never with a stack trace."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from aiokafka.errors import KafkaError
from rich.table import Table

from domain.policy import Policy
from topics.definitions import ALL_TOPICS, CLINICAL_EVENTS, Cleanup
from workers.app import TICK_SECONDS, Kafka, intake_app, treatment_app
from workers.demo import Demo, summary
from workers.demo_story import DAYS
from workers.eicu import EicuProblem, import_file
from workers.embedded_broker import EmbeddedBroker
from workers.hosting import run_worker
from workers.kafka_io import WrongPartitionsError
from workers.log_file import write_line
from workers.policy_file import PolicyProblem, load_policy, show_policy
from workers.record import create_topics, read_topics
from workers.record import publish as publish_records
from workers.rendering import REPLAYED_TOPICS, console
from workers.replay_command import read_file, replay_file
from workers.scenario import ScenarioProblem, differences, load_scenario
from workers.ticks import NoAppendTimeError

app = typer.Typer(
    name="b12watch",
    help="Watches over people treated for vitamin B12 deficiency. It supports people and decides nothing for them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
topics_app = typer.Typer(help="The topics that b12watch reads and writes.", no_args_is_help=True)
policy_app = typer.Typer(help="The numbers that a hospital may set.", no_args_is_help=True)
import_app = typer.Typer(help="Turn foreign data into a log that can be replayed.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")
app.add_typer(policy_app, name="policy")
app.add_typer(import_app, name="import")


_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


class Kind(StrEnum):
    INTAKE = "intake"
    TREATMENT = "treatment"
    ALL = "all"


PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Policy file (TOML); the defaults without it.")
]


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


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"b12watch {version('b12watch')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Watches over people treated for vitamin B12 deficiency. It supports people and decides nothing for them."""


@app.command()
def demo(
    seconds: Annotated[float, typer.Option(min=0, max=600, help="How long the story should take.")] = 40,
    patients: Annotated[int, typer.Option(min=1, max=60, help="How many invented patients.")] = 8,
    seed: Annotated[int, typer.Option(help="Draws the patients after the first six.")] = 1,
    record_to: Annotated[
        Path | None, typer.Option("--record", metavar="LOG", help="Write a log of it, for `b12watch replay`.")
    ] = None,
) -> None:
    """Show b12watch at work on an invented ward, with a broker in this process; ends by itself."""
    logging.basicConfig(level=logging.WARNING, format=_LOG_FORMAT)
    screen = console()
    told = Demo(screen, patients=patients, seed=seed, seconds=seconds)
    screen.print(f"{patients} invented patients, {DAYS} days in about {seconds:g} seconds; times are UTC.")
    try:
        if record_to is not None:
            record_to.open("w").close()  # a log that cannot be written is told before the story, not after it
        asyncio.run(told.run(record_to=record_to))
    except OSError as error:
        fail(f"{error.filename or 'demo'}: {error.strerror or error}")
    except KeyboardInterrupt:
        screen.print("stopped.")
        raise typer.Exit(130) from None
    screen.print(summary(told), markup=False)


@app.command()
def worker(
    kind: Annotated[Kind, typer.Argument(help="Which worker, or all in one process.")] = Kind.ALL,
    bootstrap: Bootstrap = "localhost:9092",
    policy: PolicyFile = None,
    tick_seconds: Annotated[float, typer.Option(min=0.05, max=600, help="Seconds between ticks.")] = TICK_SECONDS,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Carry a broker in this process (to try things out; it keeps nothing).")
    ] = False,
) -> None:
    """Run intake, treatment or both until SIGTERM or SIGINT.

    The policy comes into force on partitions of clinical-events that are still empty; others obey their log.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the worker's own handler stands there is no batch
    logging.basicConfig(level=logging.INFO, format=_LOG_FORMAT)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    given = Policy() if policy is None else _policy(policy)
    if not embedded:
        _work(Kafka(bootstrap=bootstrap), kind, given, tick_seconds)
    with EmbeddedBroker() as broker:
        typer.echo(f"embedded broker at {broker.bootstrap}")
        _work(Kafka(bootstrap=broker.bootstrap, embedded=True), kind, given, tick_seconds)


def _work(kafka: Kafka, kind: Kind, policy: Policy, tick_seconds: float) -> NoReturn:
    apps = []
    if kind is not Kind.TREATMENT:
        apps.append(intake_app(kafka, policy, tick_seconds=tick_seconds))
    if kind is not Kind.INTAKE:
        apps.append(treatment_app(kafka))
    try:
        run_worker(*apps)
    except (WrongPartitionsError, NoAppendTimeError) as error:
        fail(str(error))


@app.command()
def record(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="LOG", help="The log to write.")],
    bootstrap: Bootstrap = "localhost:9092",
    topics: Annotated[str, typer.Option(help="Topics, separated by commas.")] = CLINICAL_EVENTS.name,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C instead of ending at the end.")] = False,
) -> None:
    """Write what topics hold into a log that `b12watch replay` walks."""
    names = [topic_of(name) for name in topics.split(",")]
    count = 0

    async def write() -> None:
        nonlocal count
        with output.open("w", encoding="utf-8") as file:
            async for entry in read_topics(bootstrap, names, follow=follow):
                file.write(write_line(entry))
                count += 1

    _on_broker(write(), bootstrap)
    typer.echo(f"{output}: {count} records of {', '.join(names)}")


@app.command()
def publish(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A log with records of source topics.")],
    bootstrap: Bootstrap = "localhost:9092",
) -> None:
    """Send the source records of a log to a broker, as the source systems would; exit code 1: some lines were bad."""
    try:
        read = read_file(log)
    except OSError as error:
        fail(f"{log}: {error.strerror or error}")
    sent = _on_broker(publish_records(bootstrap, read.records), bootstrap)
    typer.echo(", ".join(f"{topic} {count}" for topic, count in sorted(sent.items())) or "nothing to send")
    for bad in read.bad:
        typer.echo(f"line {bad.line_number}: {bad.problem}. The line was left out.", err=True)
    raise typer.Exit(1 if read.bad else 0)


def topic_of(name: str) -> str:
    """The name of one of our topics, or the end with a clear sentence."""
    if name not in {topic.name for topic in ALL_TOPICS}:
        fail(f"{name!r} is not a topic of b12watch; see: b12watch topics list")
    return name


T = TypeVar("T")


def _on_broker(work: Coroutine[Any, Any, T], bootstrap: str) -> T:
    logging.basicConfig(level=logging.CRITICAL)  # what goes wrong is said in the sentence below
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (KafkaError, TimeoutError) as error:
        fail(f"the broker at {bootstrap} does not answer as it should: {error or type(error).__name__}")
    except OSError as error:
        fail(f"{error.filename or bootstrap}: {error.strerror or error}")


@app.command()
def replay(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A recorded log: one record a line, as JSON.")],
    output_format: Annotated[
        Format, typer.Option("--format", help="A table, or one line of JSON each.")
    ] = Format.TABLE,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Let time go on until then (ISO 8601 with offset).")
    ] = None,
    topics: Annotated[
        str, typer.Option(help=f"What to print, separated by commas: {', '.join(REPLAYED_TOPICS)}.")
    ] = REPLAYED_TOPICS[0],
    policy: PolicyFile = None,
    patient: Annotated[str | None, typer.Option(metavar="ID", help="This patient alone.")] = None,
) -> None:
    """Print the alert changes of a recorded log as they would have been published.

    The log's own policy is obeyed; --policy stands over it. Exit code 1 says that some lines could not be read.
    """
    wanted = frozenset(topics.split(","))
    unknown = sorted(wanted - set(REPLAYED_TOPICS))
    if unknown:
        fail(f"--topics: {', '.join(unknown)!r} is not printed here; allowed: {', '.join(REPLAYED_TOPICS)}")
    until_time = None if until is None else _time(until)
    given = None if policy is None else _policy(policy)
    try:
        code = replay_file(
            log,
            policy=given,
            patient_id=patient,
            until=until_time,
            topics=wanted,
            as_json=output_format is Format.JSON,
        )
    except BrokenPipeError:
        raise  # whoever read us has seen enough: typer ends quietly
    except OSError as error:
        fail(f"{log}: {error.strerror or error}")
    raise typer.Exit(code)


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        in_utc = time.astimezone(UTC)
    except (ValueError, OverflowError):  # the last hours of the year 9999 overflow
        fail(f"--until: {text!r} is not a time; it should look like 2026-05-01T00:00:00+00:00")
    if time.tzinfo is None:
        fail(f"--until: {text!r} has no offset; it should look like 2026-05-01T00:00:00+00:00")
    return in_utc


def _policy(path: Path) -> Policy:
    try:
        return load_policy(path)
    except PolicyProblem as problem:
        fail(str(problem))


@app.command("test")
def test_scenarios(
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files (YAML).")],
) -> None:
    """Play scenarios, and say where what came is not what was expected; exit code 1: somewhere it was not."""
    failed = 0
    for path in scenarios:
        try:
            scenario = load_scenario(path)
            found = list(differences(scenario))
        except (ScenarioProblem, OSError) as problem:
            fail(str(problem))
        typer.echo(f"{'FAILED' if found else 'ok    '} {path.name}: {scenario.scenario} ({', '.join(scenario.shows)})")
        for difference in found:
            typer.echo(f"  at {difference.at:%Y-%m-%d %H:%M} UTC\n    expected {difference.expected}")
            typer.echo(f"    came     {difference.came}")
        failed += bool(found)
    typer.echo(f"{len(scenarios)} scenarios, {failed} failed")
    raise typer.Exit(1 if failed else 0)


@policy_app.command("show")
def policy_show(policy: PolicyFile = None) -> None:
    """Print the whole policy, with the meaning, the limits and the source of every number."""
    typer.echo(show_policy(Policy() if policy is None else _policy(policy)), nl=False)


@policy_app.command("check")
def policy_check(file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy file (TOML).")]) -> None:
    """Check a policy file; say its version, or every problem that it has."""
    typer.echo(f"{file}: well formed, version {_policy(file).version}")


@topics_app.command("list")
def topics_list() -> None:
    """List every topic: key, cleanup, who writes it, and why it is so."""
    drawn = Table("topic", "key", "cleanup", "kept", "written by", "why", box=None, pad_edge=False)
    for topic in ALL_TOPICS:
        kept = "for ever" if topic.retention is None else f"{topic.retention.days} days"
        kept = "newest of each key" if topic.cleanup is Cleanup.COMPACT else kept
        drawn.add_row(topic.name, topic.key, topic.cleanup, kept, topic.writers, topic.why)
    console().print(drawn)


@topics_app.command("create")
def topics_create(
    bootstrap: Bootstrap = "localhost:9092",
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Partitions of every topic; fixed for ever.")] = 4,
    replication: Annotated[
        int, typer.Option(min=1, max=9, help="Copies of every partition (3 wherever there are three brokers).")
    ] = 1,
) -> None:
    """Create the topics that do not exist yet, with the right settings."""
    created = _on_broker(create_topics(bootstrap, partitions=partitions, replication=replication), bootstrap)
    for name, outcome in created.items():
        typer.echo(f"{name}: {outcome}")


@import_app.command("eicu")
def import_eicu(
    lab_csv: Annotated[Path, typer.Argument(metavar="LAB.CSV", help="lab.csv of the eICU demo.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="LOG", help="The log to write.")],
) -> None:
    """Make a log of real laboratory series (eICU demo), with plans and injections that are plainly invented."""
    try:
        typer.echo(import_file(lab_csv, output))
    except EicuProblem as problem:
        fail(str(problem))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")


def main() -> None:
    app()
