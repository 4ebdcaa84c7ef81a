"""The command line.  A user's mistake ends with one clear sentence and exit code 2, never with a stack trace."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.table import Table

from domain.policy import Policy
from topics.definitions import ALL_TOPICS, Cleanup
from workers.policy_file import PolicyProblem, load_policy, show_policy
from workers.rendering import REPLAYED_TOPICS, console
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
Bootstrap = Annotated[
    str,
    typer.Option("--bootstrap", envvar="B12WATCH_BOOTSTRAP", metavar="HOST:PORT", help="Kafka bootstrap servers."),
]


def fail(problem: str) -> NoReturn:
    """End with one sentence and exit code 2."""
    console(stderr=True).print(f"b12watch: {problem}", markup=False)
    raise typer.Exit(2)


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
    except OSError as error:
        fail(f"{log}: {error.strerror or error}")
    raise typer.Exit(code)


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--until: {text!r} is not a time; it should look like 2026-05-01T00:00:00+00:00")
    if time.tzinfo is None:
        fail(f"--until: {text!r} has no offset; it should look like 2026-05-01T00:00:00+00:00")
    return time.astimezone(UTC)


def _policy(path: Path) -> Policy:
    try:
        return load_policy(path)
    except PolicyProblem as problem:
        fail(str(problem))


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
