"""The commands that need a broker: worker, record, publish, and the creation of topics."""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from domain.policy import Policy
from topics.definitions import ALL_TOPICS, CLINICAL_EVENTS, SOURCE_TOPICS, TREATMENT_TOPICS
from workers.activation import activate_everywhere
from workers.app import TICK_SECONDS, Kafka, worker_apps
from workers.cli_common import Bootstrap, fail, on_broker, read_policy, settings_for
from workers.clock import system_clock
from workers.connection import Connection
from workers.embedded_broker import EmbeddedBroker
from workers.hosting import run_worker
from workers.kafka_io import StartRefusedError
from workers.log_setup import LogFormat
from workers.log_setup import set_up as set_up_logs
from workers.rebuild import Rebuilt
from workers.rebuild import rebuild as state_anew
from workers.record import publish as publish_records
from workers.record import read_topics, write_log
from workers.replay_command import read_file
from workers.topic_settings import check_settings, check_there, compare_topics, create_topics, wrong_settings


class Kind(StrEnum):
    INTAKE = "intake"
    TREATMENT = "treatment"
    ALL = "all"


def worker(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="Which worker, or all in one process.")] = Kind.ALL,
    bootstrap: Bootstrap = "localhost:9092",
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="Policy file (TOML) of intake; the defaults without it."),
    ] = None,
    tick_seconds: Annotated[float, typer.Option(min=0.05, max=600, help="Seconds between ticks.")] = TICK_SECONDS,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Carry a broker in this process (to try things out; it keeps nothing).")
    ] = False,
    health_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Answer /healthz, /readyz and /metrics on this port."),
    ] = None,
    log_format: Annotated[
        LogFormat | None, typer.Option(help="auto: text on a terminal, JSON elsewhere; auto without it.")
    ] = None,
) -> None:
    """Run intake, treatment or both until SIGTERM or SIGINT.

    The policy comes into force on partitions of clinical-events that are still empty; others obey their log.
    """
    if policy is not None and kind is Kind.TREATMENT:
        fail("--policy belongs to intake; treatment obeys the policy of its log")
    if embedded and kind is not Kind.ALL:
        fail(f"--embedded is for all workers in one process; leave out {kind.value!r}")
    source = context.get_parameter_source("bootstrap")
    if embedded and source is not None and source.name == "COMMANDLINE":
        fail("--embedded brings a broker of its own; leave out --bootstrap")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the worker's own handler stands there is no batch
    settings = settings_for(bootstrap)
    set_up_logs(log_format or settings.log_format)
    given = Policy() if policy is None else read_policy(policy)
    kinds = ["intake", "treatment"] if kind is Kind.ALL else [kind.value]
    port, feeds = health_port or settings.health_port, settings.feeds

    def work(kafka: Kafka) -> NoReturn:
        try:
            run_worker(*worker_apps(kafka, kinds, given, tick_seconds=tick_seconds, health_port=port, feeds=feeds))
        except StartRefusedError as error:
            fail(str(error))

    if not embedded:
        work(
            Kafka(
                connection=settings.connection,
                loop_options=settings.loop_options,
                patients_awake=settings.patients_awake,
            )
        )
    with EmbeddedBroker() as broker:
        typer.echo(f"embedded broker at {broker.bootstrap}")
        work(Kafka(connection=Connection(broker.bootstrap), embedded=True))


def record(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="LOG", help="The log to write.")],
    bootstrap: Bootstrap = "localhost:9092",
    topics: Annotated[str, typer.Option(help="Topics, separated by commas.")] = CLINICAL_EVENTS.name,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C instead of ending at the end.")] = False,
) -> None:
    """Write what topics hold into a log that `b12watch replay` walks.

    A log that is there already is replaced when the broker has answered, and not before.
    """
    names = [_topic_of(name) for name in topics.split(",")]
    connection = settings_for(bootstrap).connection
    count = on_broker(write_log(output, read_topics(connection, names, follow=follow)), connection)
    typer.echo(f"{output}: {count} records of {', '.join(names)}")


def publish(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A log with records of source topics.")],
    bootstrap: Bootstrap = "localhost:9092",
) -> None:
    """Send the source records of a log to a broker, as the source systems would.

    Exit code 1 says that some lines are no record, or that some messages could not be sent; all others were.
    """
    try:
        read = read_file(log)
    except OSError as error:
        fail(f"{log}: {error.strerror or error}")
    connection = settings_for(bootstrap).connection
    published = on_broker(publish_records(connection, read.records), connection)
    counts = dict(sorted(published.sent.items()))
    if published.refused:
        counts["could not be sent"] = len(published.refused)
    typer.echo(", ".join(f"{topic} {count}" for topic, count in counts.items()) or "nothing to send")
    for bad in read.bad:
        typer.echo(f"line {bad.line_number}: {bad.problem}. The line was left out.", err=True)
    for refused in published.refused:
        typer.echo(f"{refused}. The message was left out.", err=True)
    raise typer.Exit(1 if read.bad or published.refused else 0)


def _topic_of(name: str) -> str:
    """The name of one of our topics, or the end with a clear sentence."""
    if name not in {topic.name for topic in ALL_TOPICS}:
        fail(f"{name!r} is not a topic of b12watch; see: b12watch topics list")
    return name


def topics_create(
    bootstrap: Bootstrap = "localhost:9092",
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Partitions of every topic; fixed for ever.")] = 4,
    replication: Annotated[
        int, typer.Option(min=1, max=9, help="Copies of every partition (3 wherever there are three brokers).")
    ] = 1,
) -> None:
    """Create the topics that do not exist yet, with the right settings.

    Exit code 1: a topic that was there already has settings on which no worker starts.
    """
    connection = settings_for(bootstrap).connection
    created = on_broker(create_topics(connection, partitions=partitions, replication=replication), connection)
    for name, outcome in created.items():
        typer.echo(f"{name}: {outcome}")
    wrong = on_broker(wrong_settings(connection), connection)
    for sentence in wrong:
        typer.echo(sentence, err=True)
    raise typer.Exit(1 if wrong else 0)


def topics_check(bootstrap: Bootstrap = "localhost:9092") -> None:
    """Compare the topics of a cluster with what they must be: exit code 1 and a sentence for each difference."""
    connection = settings_for(bootstrap).connection
    differences = on_broker(compare_topics(connection), connection)
    for sentence in differences:
        typer.echo(sentence, err=True)
    if differences:
        raise typer.Exit(1)
    typer.echo(f"{len(ALL_TOPICS)} topics are as they must be")


def rebuild(
    bootstrap: Bootstrap = "localhost:9092",
    check: Annotated[bool, typer.Option("--check", help="Only compare: exit code 1 where the state differs.")] = False,
) -> None:
    """Make the state of treatment anew from clinical-events, while no treatment worker runs.

    Whoever doubts a changelog, lost it, or wants to know whether it says what the log says, uses this. The history of
    alerts stays as it is.
    """
    connection = settings_for(bootstrap).connection

    async def walk() -> list[Rebuilt]:
        done = []
        async for part in state_anew(connection, only_compare=check):
            verb = "differ" if check else "written"
            typer.echo(
                f"{CLINICAL_EVENTS.name}-{part.partition}: {part.events} events, {part.right} keys right, "
                f"{part.written} {verb}, {part.removed} too many"
            )
            done.append(part)
        return done

    done = on_broker(walk(), connection)
    raise typer.Exit(1 if check and not all(part.is_right for part in done) else 0)


def policy_activate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy file (TOML).")],
    bootstrap: Bootstrap = "localhost:9092",
) -> None:
    """Bring the whole policy into force: every patient is judged anew by it, and so are all that come.

    It is written into clinical-events; the workers obey that log, and not their files. A number that the file does not
    set has its default, whatever was in force before.
    """
    policy = read_policy(file)
    connection = settings_for(bootstrap).connection

    async def activate() -> int:
        await check_there(connection, SOURCE_TOPICS + TREATMENT_TOPICS)
        await check_settings(connection)
        return await activate_everywhere(connection, policy, system_clock)

    partitions = on_broker(activate(), connection)
    typer.echo(f"policy {policy.version} in force from here on, on {partitions} partitions of {CLINICAL_EVENTS.name}")
