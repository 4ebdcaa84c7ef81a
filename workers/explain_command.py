"""`b12watch explain`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from workers.cli_common import fail, feeds_in_use, read_policy, time_of
from workers.explain import Explanation, NothingToExplain, explain_alert, explain_patient
from workers.explain_json import explanation_data
from workers.explain_text import print_explanation
from workers.rendering import console
from workers.replay_command import ReadLog, read_file

_BAD_LINES_SHOWN = 5


def explain(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A recorded log, as for `b12watch replay`.")],
    alert: Annotated[
        str | None, typer.Option(metavar="ID", help="Explain this alert; the beginning of its id is enough.")
    ] = None,
    patient: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Explain all that stands for this patient; or look for the alert there alone."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="The moment (ISO 8601 with offset); left out, the alert's newest change or the end of the log.",
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Let time go on until then, as for `b12watch replay`.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Policy file (TOML), in place of the log's own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
) -> None:
    """Say which facts, numbers and versions made an alert, what would have changed it, and what the other rules said.

    What would have changed it is found by trial: the same moment is judged again without each fact, and with each
    number of the policy moved. Exit code 1 says that some lines of the log are no record.
    """
    if alert is None and patient is None:
        fail("explain: say which: --alert ID, or --patient ID with --at TIME")
    moment, end = (
        None if text is None else time_of(text, option) for text, option in ((at, "--at"), (until, "--until"))
    )
    given = None if policy is None else read_policy(policy)
    read, feeds = read_log_of(log), feeds_in_use()
    try:
        if alert is not None:
            told = explain_alert(
                read.records, alert, policy=given, patient_id=patient, at=moment, until=end, feeds=feeds
            )
        else:
            assert patient is not None
            told = explain_patient(read.records, patient, policy=given, at=moment, until=end, feeds=feeds)
    except NothingToExplain as nothing:
        fail(str(nothing))
    _show(told, as_json=as_json)
    raise typer.Exit(exit_code(read))


def _show(told: Explanation, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(explanation_data(told), ensure_ascii=False, indent=2))
    else:
        print_explanation(told)


def read_log_of(path: Path) -> ReadLog:
    """The log, or the end with what is wrong."""
    try:
        return read_file(path)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")


def exit_code(read: ReadLog) -> int:
    """1 when some lines of the log are no record, which is told on standard error; else 0."""
    errors = console(stderr=True)
    for bad in read.bad[:_BAD_LINES_SHOWN]:
        errors.print(f"line {bad.line_number}: {bad.problem}. The line was left out.", markup=False)
    if read.bad:
        errors.print(f"lines that are no record {len(read.bad)}")
    return 1 if read.bad else 0
