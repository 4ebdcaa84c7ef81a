"""`b12watch replay`: read a log, walk it, print what would have been published."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn

from domain.policy import Policy
from workers.cli_common import feeds_in_use
from workers.log_file import BadLine, read_log
from workers.records import InputRecord, Output
from workers.rendering import DeadLetters, console, counts_text, json_lines, print_plainly, table
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

    Gives the exit code: 1 when some lines of the log are no record, else 0; dead letters do not change it.
    Raises: OSError.
    """
    read = read_file(path)
    dead, bar = DeadLetters(), _bar(MofNCompleteColumn())
    task = bar.add_task("replaying", total=len(read.records))
    replay = Replay(
        policy=policy, patient_id=patient_id, on_record=lambda: bar.advance(task), topics=topics, feeds=feeds_in_use()
    )
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
    for note in _notes(replay, until, patient_id):
        errors.print(note, markup=False)
    counted = counts_text(replay.counts)
    errors.print(f"lines that are no record {len(read.bad)}{', ' if counted else ''}{counted}", markup=False)
    return 1 if read.bad else 0


def _notes(replay: Replay, until: datetime | None, patient_id: str | None) -> Iterator[str]:
    """What a reader may have expected otherwise."""
    if replay.ends_at is None:
        yield "the log has no record that replay reads: none of clinical-events, and none of a source topic"
        return
    if until is not None and until < replay.ends_at:
        yield f"the log goes on to {replay.ends_at:%Y-%m-%dT%H:%M:%SZ}, and so did the replay: --until only lengthens"
    if patient_id is None:
        return
    if not replay.has_patient:
        yield f"no record of {patient_id!r} was read from the log"
    yield "--patient: what was read is counted for the whole log, new facts and alert changes for this patient alone"


def _print(outputs: Iterable[Output], topics: frozenset[str], *, as_json: bool) -> None:
    if as_json:
        for line in json_lines(outputs, topics):
            print(line)
    else:
        print_plainly(table(outputs, topics))
