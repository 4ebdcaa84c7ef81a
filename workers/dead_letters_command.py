"""`b12watch dead-letters`: what could not be read, and sending it again once it can be."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from topics.dead_letters import headers_as_sent, read_headers
from topics.definitions import ALL_TOPICS
from workers.cli_common import Bootstrap, fail, on_broker, settings_for, time_of
from workers.dead_letters import Box, Fate, Letter, Replayed, Wanted, one_record, open_box
from workers.dead_letters import replay as send_again
from workers.records import InputRecord
from workers.rendering import print_plainly

dead_letters_app = typer.Typer(
    help="Messages that could not be read: they are kept as they came, and can be sent again.", no_args_is_help=True
)
_PLACE = re.compile(r"\d{1,9}:\d{1,18}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")

Topic = Annotated[str, typer.Option("--topic", metavar="NAME", help="Those of this topic.")]
Stage = Annotated[str, typer.Option("--stage", help="decode: what intake could not read; treatment: our own records.")]
Problem = Annotated[str, typer.Option("--problem", metavar="TEXT", help="Those whose place or problem has this text.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Kept since then (ISO 8601 with offset).")]
Json = Annotated[bool, typer.Option("--json", help="One line of JSON each, for programs.")]


@dead_letters_app.command("list")
def list_letters(
    bootstrap: Bootstrap = "localhost:9092",
    topic: Topic = "",
    stage: Stage = "",
    problem: Problem = "",
    since: Since = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that were sent again, too.")] = False,
    as_json: Json = False,
) -> None:
    """List what could not be read: where it came from, what is wrong where.  No identifiers, nothing of its content."""
    wanted = _wanted((), topic, stage, problem, since)
    connection = settings_for(bootstrap).connection
    box = on_broker(open_box(connection), connection)
    letters = [one for one in box.letters if wanted.has(one) and (everything or not box.is_replayed(one))]
    if as_json:
        for letter in letters:
            typer.echo(json.dumps(_told(letter, box), ensure_ascii=False))
    else:
        print_plainly(_table(letters, box))
        typer.echo(f"{len(letters)} dead letters", err=True)
    if box.strange:
        typer.echo(f"{box.strange} records of the topic are no dead letters", err=True)


@dead_letters_app.command("show")
def show_letter(
    place: Annotated[str, typer.Argument(metavar="PARTITION:OFFSET", help="As `list` gives it.")],
    bootstrap: Bootstrap = "localhost:9092",
    body: Annotated[
        bool,
        typer.Option("--body", help="Also key, headers and bytes of the message. THEY HOLD PATIENT DATA."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show one dead letter.  With --body it shows the message itself, which holds patient data.

    As text, characters that a terminal would obey are shown as \\xNN; with --json the bytes are exact (base64).
    """
    connection = settings_for(bootstrap).connection
    record = on_broker(one_record(connection, _places([place])[0]), connection)
    told = None if record is None else _headers_of(record)
    if record is None or told is None:
        fail(f"there is no dead letter {place}; see: b12watch dead-letters list")
    if as_json:
        typer.echo(json.dumps({**told, **(_exact_body(record) if body else {})}, ensure_ascii=False))
        return
    for name, value in told.items():
        typer.echo(f"{name.replace('_', ' ')}: {value}")
    if body:
        for name, value in headers_as_sent(record.headers):
            typer.echo(f"header {_visible(name.encode())}: {_visible(value)}")
        typer.echo(f"key: {_visible(record.key) if record.key is not None else '(none)'}\n")
        typer.echo(_visible(record.value) if record.value is not None else "(its bytes are not in this letter)")


@dead_letters_app.command("replay")
def replay_letters(
    places: Annotated[
        list[str] | None, typer.Argument(metavar="[PARTITION:OFFSET]...", help="These; all that are wanted without.")
    ] = None,
    bootstrap: Bootstrap = "localhost:9092",
    topic: Topic = "",
    stage: Stage = "",
    problem: Problem = "",
    since: Since = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent again.")] = False,
    as_json: Json = False,
) -> None:
    """Send again what can be read by now, after a code, a unit or a feed was added to B12WATCH_FEEDS_FILE.

    Each message is read first, by the tables and the feeds' file that this command sees (intake must have been
    restarted with the same). What all still is wrong with stays as it is; the others go to their own topic and
    partition, with key, bytes and headers as they came. Twice sends nothing twice. Exit code 1: some are still refused.
    """
    named = _places(places or [])
    wanted = _wanted(named, topic, stage, problem, since)
    settings = settings_for(bootstrap)

    async def all_of_them() -> list[Replayed]:
        return [one async for one in send_again(settings.connection, wanted, settings.feeds, dry_run=dry_run)]

    done = on_broker(all_of_them(), settings.connection)
    if named and not done:
        fail("there is no such dead letter; see: b12watch dead-letters list")
    fates = Counter(one.fate for one in done)
    for one in sorted(done, key=lambda one: (one.letter.partition, one.letter.offset)):
        typer.echo(json.dumps(_fate(one, dry_run=dry_run)) if as_json else _line(one, dry_run=dry_run))
    if not as_json:
        typer.echo(", ".join(f"{fate} {count}" for fate, count in sorted(fates.items())) or "nothing to send", err=True)
    raise typer.Exit(1 if fates.keys() & {Fate.STILL_REFUSED, Fate.WITHOUT_BYTES, Fate.TOO_LARGE} else 0)


def _wanted(places: Iterable[str], topic: str, stage: str, problem: str, since: str | None) -> Wanted:
    if topic and topic not in {one.name for one in ALL_TOPICS}:
        fail(f"--topic: {topic!r} is not a topic of b12watch; see: b12watch topics list")
    return Wanted(frozenset(places), topic, stage, problem, None if since is None else time_of(since, "--since"))


def _places(given: list[str]) -> list[str]:
    for place in given:
        if not _PLACE.fullmatch(place):
            fail(f"{place!r} names no dead letter; it should look like 2:17 (partition and offset)")
    return [":".join(str(int(number)) for number in place.split(":")) for place in given]


def _table(letters: Iterable[Letter], box: Box) -> Table:
    drawn = Table("letter", "kept at (UTC)", "came from", "stage", "where", "problem", "bytes", "", box=None)
    for one in letters:
        said = one.said
        cells = (one.place, f"{one.at:%Y-%m-%d %H:%M:%S}", said.origin.place, said.stage, said.where, said.problem)
        again = "sent again" if box.is_replayed(one) else ""
        drawn.add_row(*map(Text, (*cells, str(said.size), again)))
    return drawn


def _told(letter: Letter, box: Box) -> dict[str, Any]:
    about = {"letter": letter.place, "at": letter.at.isoformat(), "sent_again": box.is_replayed(letter)}
    return {**about, "has_bytes": letter.has_bytes, **letter.said.model_dump(mode="json")}


def _headers_of(record: InputRecord) -> dict[str, Any] | None:
    try:
        said = read_headers(record.headers).model_dump(mode="json")
    except ValueError:
        return None
    return {"letter": f"{record.partition}:{record.offset}", "at": record.timestamp.isoformat(), **said}


def _exact_body(record: InputRecord) -> dict[str, Any]:
    return {
        "key": _base64(record.key),
        "value": _base64(record.value),
        "headers": [[name, _base64(value)] for name, value in headers_as_sent(record.headers)],
    }


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _visible(value: bytes) -> str:
    """As text; a carriage return, which ends a segment of HL7 v2, also ends the line."""
    text = value.decode("utf-8", "backslashreplace")
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}{chr(10) if found[0] == chr(13) else ''}", text)


def _line(one: Replayed, *, dry_run: bool) -> str:
    said = one.letter.said
    fate = f"would be {one.fate}" if dry_run and one.fate is Fate.SENT else str(one.fate)
    still = f"; still: {'; '.join(one.refused)}" if one.refused and one.fate is Fate.SENT else ""
    why = f": {'; '.join(one.refused)}" if one.refused and one.fate is Fate.STILL_REFUSED else ""
    return f"{one.letter.place} ({said.origin.place}): {fate}{why}{still}"


def _fate(one: Replayed, *, dry_run: bool) -> dict[str, Any]:
    origin = one.letter.said.origin.place
    return {
        "letter": one.letter.place,
        "origin": origin,
        "fate": one.fate,
        "dry_run": dry_run,
        "refused": list(one.refused),
    }
