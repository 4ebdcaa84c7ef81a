"""`b12watch cohort` and `b12watch burden`: an invented cohort as a log, and what a log means for people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from workers.burden import Burden, Line
from workers.cli_common import fail, read_policy, time_of
from workers.cohort import write_cohort
from workers.rendering import print_plainly
from workers.replay import Replay
from workers.replay_command import read_file

_COLUMNS = (
    "rule",
    "class",
    "raised",
    "per 100 patient-months",
    "cannot tell",
    "stood before",
    "acknowledged",
    "withdrawn",
    "still open",
    "median days",
)


def cohort(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="LOG", help="The log to write.")],
    patients: Annotated[int, typer.Option(min=1, max=99_999, help="How many invented patients.")] = 1000,
    years: Annotated[float, typer.Option(min=0.1, max=20, help="How long the log goes on.")] = 2,
    seed: Annotated[int, typer.Option(help="Another seed invents others.")] = 1,
) -> None:
    """Invent a cohort of patients of all regimens, and write what their systems say as a log for `b12watch replay`."""
    try:
        typer.echo(write_cohort(output, patients, years, seed))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")


def burden(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A recorded log: one record a line, as JSON.")],
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Let time go on until then (ISO 8601 with offset).")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Policy file (TOML), in place of the log's own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON for each line of the table.")] = False,
) -> None:
    """Replay a log and count its alerts: how many per patient and month, by rule and class, and what became of them."""
    until_time = None if until is None else time_of(until, "--until")
    replay = Replay(policy=None if policy is None else read_policy(policy))
    try:
        records = read_file(log).records
    except OSError as error:
        fail(f"{log}: {error.strerror or error}")
    if not records:
        fail(f"{log}: there is no record in it")
    newest = max(record.timestamp for record in records)
    counted = Burden()
    counted.watch(replay.run(records, until=until_time), max(newest, until_time or newest))
    lines = list(counted.lines())
    if as_json:
        for line in lines:
            typer.echo(json.dumps(dataclasses.asdict(line)))
        return
    print_plainly(_table(lines))
    typer.echo(_summary(counted, replay.counts["dead letters"]))


def _table(lines: Iterable[Line]) -> Table:
    drawn = Table(*_COLUMNS, box=None, pad_edge=False, header_style="bold")
    for column in drawn.columns[2:]:
        column.justify = "right"
    for line in lines:
        shares = (line.unknown, line.standing, line.acknowledged, line.withdrawn, line.still_open)
        drawn.add_row(
            line.rule,
            line.severity,
            str(line.raised),
            f"{line.per_100_months:.2f}",
            *(f"{share:.0%}" for share in shares),
            f"{line.days:.1f}",
        )
    return drawn


def _summary(counted: Burden, dead_letters: int) -> str:
    months = counted.patient_months
    calls = f"{100 * counted.calls / months:.2f} per 100 patient-months" if months else "none"
    unread = f"; {dead_letters} messages could not be read" if dead_letters else ""
    return (
        f"{counted.patients} patients, {months:.0f} patient-months; of class high or critical and new: {calls}{unread}"
    )
