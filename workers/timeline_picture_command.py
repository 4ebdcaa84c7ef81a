"""`b12watch timeline`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from workers.cli_common import fail, feeds_in_use, read_policy, time_of
from workers.explain_command import exit_code, read_log_of
from workers.explain_history import History, history_of
from workers.timeline_picture_story import Story, story_of

_FORMATS = (".svg", ".png")


def timeline(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A recorded log, as for `b12watch replay`.")],
    patient: Annotated[str, typer.Option(metavar="ID", help="The patient to draw.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The picture: FILE.svg or FILE.png.")],
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Draw what was known then (ISO 8601 with offset); a time after the end of the log lets time go on.",
        ),
    ] = None,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Begin there; left out, with the first that is known.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Policy file (TOML), in place of the log's own.")
    ] = None,
) -> None:
    """Draw one patient on one axis of time: doses and their windows, results and limits, phases, alerts.

    Doses, windows, phases and results are drawn as they are known at the end, alerts as they were published. Exit code
    1 says that some lines of the log are no record.
    """
    if output.suffix.lower() not in _FORMATS:
        fail(f"-o: {str(output)!r} is neither a .svg nor a .png")
    if importlib.util.find_spec("matplotlib") is None:
        fail("timeline needs matplotlib, which is not installed; try: pip install matplotlib (the extra `pictures`)")
    end, beginning = (
        None if text is None else time_of(text, option) for text, option in ((until, "--until"), (begins, "--from"))
    )
    given = None if policy is None else read_policy(policy)
    read = read_log_of(log)
    history = history_of(read.records, patient, policy=given, until=end, feeds=feeds_in_use())
    if history is not None and end is not None:
        history = history.known_by(end)
    if history is None or not history.states:
        fail(f"the log says nothing of a patient {patient!r} that could be drawn")
    story = story_of(history, beginning)
    _write(story, output, log)
    typer.echo(f"{output}: {_drawn(story, history)}")
    raise typer.Exit(exit_code(read))


def _write(story: Story, output: Path, log: Path) -> None:
    from workers.timeline_picture import draw  # matplotlib is heavy, and may not be there

    try:
        draw(story, output, output.suffix[1:].lower(), log.name)
    except OSError as error:
        fail(f"{output}: {error.strerror or error}")


def _drawn(story: Story, history: History) -> str:
    results = sum(len(series.points) for series in story.series)
    alerts = len({bar.alert_id for bar in story.alerts})
    return f"{history.patient_id}, {len(story.doses)} doses, {results} results, {alerts} alerts"
