"""The command line.  A user's mistake ends with one clear sentence and exit code 2, never with a stack trace."""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from domain.policy import Policy
from topics.definitions import ALL_TOPICS, Cleanup
from workers import (
    cli_broker,
    cohort_command,
    explain_command,
    scenario_command,
    standard_output,
    timeline_picture_command,
)
from workers.cli_common import fail, read_policy, time_of
from workers.collector import look_once
from workers.config_command import config_app
from workers.dead_letters_command import dead_letters_app
from workers.demo import Demo, summary
from workers.demo_story import DAYS
from workers.eicu import EicuProblem, import_file
from workers.log_setup import TEXT_FORMAT
from workers.policy_file import sets_something, show_policy
from workers.rendering import REPLAYED_TOPICS, console, print_plainly
from workers.replay_command import replay_file

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
app.add_typer(config_app, name="config")
app.add_typer(dead_letters_app, name="dead-letters")


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Policy file (TOML); the defaults without it.")
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
    logging.basicConfig(level=logging.WARNING, format=TEXT_FORMAT)
    screen = console()
    told = Demo(screen, patients=patients, seed=seed, seconds=seconds)
    screen.print(f"{patients} invented patients, {DAYS} days in about {seconds:g} seconds; times are UTC.")
    try:
        if record_to is not None:
            record_to.open("a").close()  # a log that cannot be written is told before the story; none is emptied yet
        asyncio.run(told.run(record_to=record_to))
    except OSError as error:
        fail(f"{error.filename or 'demo'}: {error.strerror or error}")
    except KeyboardInterrupt:
        screen.print("stopped.")
        raise typer.Exit(130) from None
    screen.print(summary(told), markup=False)


app.command()(cli_broker.worker)
app.command()(cli_broker.record)
app.command()(cli_broker.publish)
app.command()(cli_broker.rebuild)


@app.command()
def replay(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A recorded log: one record a line, as JSON.")],
    output_format: Annotated[
        Format, typer.Option("--format", help="A table, or one line of JSON each.")
    ] = Format.TABLE,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Let time go on until then (ISO 8601 with offset); it never shortens."),
    ] = None,
    topics: Annotated[
        str, typer.Option(help=f"What to print, separated by commas: {', '.join(REPLAYED_TOPICS)}.")
    ] = REPLAYED_TOPICS[0],
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Policy file (TOML), in place of the log's own.")
    ] = None,
    patient: Annotated[str | None, typer.Option(metavar="ID", help="This patient alone.")] = None,
) -> None:
    """Print the alert changes of a recorded log as they would have been published.

    The log's own policy is obeyed; --policy stands in its place. Exit code 1 says that some lines are no record; dead
    letters do not change it.
    """
    wanted = frozenset(topics.split(","))
    unknown = sorted(wanted - set(REPLAYED_TOPICS))
    if unknown:
        fail(f"--topics: {', '.join(unknown)!r} is not printed here; allowed: {', '.join(REPLAYED_TOPICS)}")
    until_time = None if until is None else time_of(until, "--until")
    given = None if policy is None else read_policy(policy)
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


app.command()(explain_command.explain)
app.command()(timeline_picture_command.timeline)
app.command()(cohort_command.cohort)
app.command()(cohort_command.burden)
app.command("test")(scenario_command.test_scenarios)
app.command("catalogue")(scenario_command.print_catalogue)


@policy_app.command("show")
def policy_show(policy: PolicyFile = None) -> None:
    """Print the whole policy, with the meaning, the limits and the source of every number."""
    typer.echo(show_policy(Policy() if policy is None else read_policy(policy)), nl=False)


@policy_app.command("check")
def policy_check(file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy file (TOML).")]) -> None:
    """Check a policy file; say its version, or every problem that it has."""
    policy = read_policy(file)
    nothing_set = "" if sets_something(policy) else "nothing set, all defaults, "
    typer.echo(f"{file}: well formed, {nothing_set}version {policy.version}")


policy_app.command("activate")(cli_broker.policy_activate)


@topics_app.command("list")
def topics_list() -> None:
    """List every topic: key, cleanup, who writes it, and why it is so."""
    drawn = Table("topic", "key", "cleanup", "kept", "written by", "why", box=None, pad_edge=False)
    for topic in ALL_TOPICS:
        kept = "for ever" if topic.retention is None else f"{topic.retention.days} days"
        kept = "newest of each key" if topic.cleanup is Cleanup.COMPACT else kept
        drawn.add_row(topic.name, topic.key, topic.cleanup, kept, topic.writers, topic.why)
    print_plainly(drawn)


topics_app.command("create")(cli_broker.topics_create)
topics_app.command("check")(cli_broker.topics_check)


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
    look_once()
    standard_output.run(app)
