"""`b12watch replay`: read a log, walk it, print what would have been published."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn

from domain.policy import Policy
from workers.log_file import BadLine, read_log
from workers.records import InputRecord, Output
from workers.rendering import DeadLetters, console, counts_text, json_lines, table
from workers.replay import Replay

_BAD_LINES_SHOWN = 20


@dataclass(slots=True)
class ReadLog:
    """The records of a log file, and the lines of it that are none."""

    records: list[InputRecord] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


def read_file(path: Path) -> ReadLog:
    """Read the whole log; on a terminal a bar shows how far that is.  Raises: OSError."""
    read = ReadLog()
    bar = _bar(DownloadColumn())
    with path.open("rb") as file, bar:
        task = bar.add_task("reading", total=os.fstat(file.fileno()).st_size)

        def lines() -> Iterator[bytes]:
            for line in file:
                bar.advance(task, len(line))
                yield line

        for entry in read_log(lines()):
            if isinstance(entry, BadLine):
                read.bad.append(entry)
            else:
                read.records.append(entry)
    return read


def _bar(column: ProgressColumn) -> Progress:
    """A progress bar on a terminal, which goes away when it is done; nothing in a pipe."""
    errors = console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        column,
        console=errors,
        disable=not errors.is_terminal,
        transient=True,
    )


def replay_file(
    path: Path,
    *,
    policy: Policy | None,
    patient_id: str | None,
    until: datetime | None,
    topics: frozenset[str],
    as_json: bool,
) -> int:
    """Replay the log at `path` onto standard output, the counts onto standard error.

    Gives the exit code: 1 when some lines of the log could not be read, else 0.  Raises: OSError.
    """
    read = read_file(path)
    dead, bar = DeadLetters(), _bar(MofNCompleteColumn())
    task = bar.add_task("replaying", total=len(read.records))
    replay = Replay(policy=policy, patient_id=patient_id, on_record=lambda: bar.advance(task))
    with bar:
        outputs = dead.watch(replay.run(read.records, until=until))
        _print(outputs, topics, as_json=as_json)
    errors = console(stderr=True)
    for bad in read.bad[:_BAD_LINES_SHOWN]:
        errors.print(f"line {bad.line_number}: {bad.problem}. The line was left out.", markup=False)
    for text in dead.texts:
        errors.print(f"dead letter {text}", markup=False)
    hidden = replay.counts["dead letters"] - len(dead.texts)
    if hidden > 0:
        errors.print(f"and {hidden} more dead letters")
    errors.print(f"lines that could not be read {len(read.bad)}, {counts_text(replay.counts)}", markup=False)
    return 1 if read.bad else 0


def _print(outputs: Iterable[Output], topics: frozenset[str], *, as_json: bool) -> None:
    if as_json:
        for line in json_lines(outputs, topics):
            print(line)
    else:
        console().print(table(outputs, topics))
