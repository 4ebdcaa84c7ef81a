"""What people see of a replay: rows of a table or lines of JSON, and the counts at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from topics.dead_letters import read_headers
from topics.definitions import ALERT_CHANGES, DEAD_LETTERS, PATIENT_STATUS
from workers.records import Output

SEVERITY_STYLE = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}
CHANGE_STYLE = {"raised": "bold", "updated": "", "resolved": "green", "withdrawn": "magenta"}
_COLUMNS = ("at (UTC)", "patient", "change", "severity", "rule", "reason")
_COUNTED = (
    "records read",
    "further parts",
    "with facts",
    "not for us",
    "dead letters",
    "other topics",
    "facts forwarded",
    "new facts",
    "duplicates",
    "outdated versions",
    "links passed on",
    "facts taken over",
    "facts forgotten",
    "ticks",
    "activations",
    "alert changes",
)
_ASKING = frozenset({"raised", "updated"})
_NEW = frozenset({"raised"})
_WIDE = 10_000  # a pipe has no width: nothing is wrapped there


def console(*, stderr: bool = False) -> Console:
    """A console that colours and wraps on a terminal, and does neither in a pipe."""
    probe = Console(stderr=stderr, highlight=False)
    return probe if probe.is_terminal else Console(stderr=stderr, highlight=False, width=_WIDE)


def print_plainly(drawn: Table) -> None:
    """Print a table; in a pipe no line ends with the blanks that fill a column."""
    screen = console()
    if screen.is_terminal:
        screen.print(drawn)
        return
    with screen.capture() as captured:
        screen.print(drawn)
    for line in captured.get().splitlines():
        print(line.rstrip())


def json_lines(outputs: Iterable[Output], topics: frozenset[str]) -> Iterator[str]:
    """One line of JSON for each output of the wanted topics, with its topic."""
    for output in outputs:
        if output.topic in topics and output.value is not None:
            yield json.dumps({"topic": output.topic, **json.loads(output.value)}, ensure_ascii=False)


def table(outputs: Iterable[Output], topics: frozenset[str]) -> Table:
    """The wanted outputs, one row each."""
    drawn = Table(*_COLUMNS, box=None, pad_edge=False, header_style="bold")
    for output in outputs:
        if output.topic in topics and output.value is not None:
            drawn.add_row(*_row(output.topic, json.loads(output.value)))
    return drawn


def _row(topic: str, data: Mapping[str, Any]) -> Iterator[Text]:
    """The cells, as `Text`: in a `str` brackets would be read as markup, and patients and plans may have some."""
    at = data["at"][:19].replace("T", " ")
    if topic == PATIENT_STATUS.name:
        return map(Text, (at, data["patient_id"], "status", "", data["phase"], status_text(data)))
    change, severity = data["change"], data["severity"]
    styles = ("", "", CHANGE_STYLE[change], SEVERITY_STYLE[severity], "", "")
    return map(Text, (at, data["patient_id"], change, severity, data["rule"], _reason(data, _ASKING)), styles)


def _reason(data: Mapping[str, Any], asking: frozenset[str]) -> str:
    """Why the change came, and what is wanted where the change is one of those that ask."""
    wanted = data["wanted_action"] if data["change"] in asking else ""
    return f"{data['reason']} → {wanted}" if wanted else data["reason"]


def change_line(data: Mapping[str, Any]) -> Text:
    """One alert change as a line of its own."""
    return Text.assemble(
        f"{_at_text(data)}  {data['patient_id']:<8}  ",
        (f"{data['change']:<9}", CHANGE_STYLE[data["change"]]),
        "  ",
        (f"{data['severity']:<8}", SEVERITY_STYLE[data["severity"]]),
        f"  {data['rule']}: {_reason(data, _NEW)}",
    )


def phase_line(data: Mapping[str, Any]) -> Text:
    """A patient's phase as a line of its own."""
    style = "bold green" if data["phase"] == "lifelong" else "blue"
    return Text.assemble(
        f"{_at_text(data)}  {data['patient_id']:<8}  ",
        ("phase    ", style),
        f"            {data['phase']}: {data['phase_because']}",
    )


def _at_text(data: Mapping[str, Any]) -> str:
    return str(data["at"])[:16].replace("T", " ")


def status_text(data: Mapping[str, Any]) -> str:
    """Why the phase is what it is, the next window, what is missing, and the remarks."""
    dose = data["next_dose"]
    window = "no next dose"
    if dose:
        window = f"next dose from {dose['earliest']}, due {dose['due']}, overdue after {dose['overdue_after']}"
    missing = f"; missing: {', '.join(data['missing'])}" if data["missing"] else ""
    notes = "".join(f"; note: {remark}" for remark in data["remarks"])
    return f"{data['phase_because']}; {window}{missing}{notes}"


def dead_letter_text(output: Output) -> str:
    """Where, what and what was done, without what the message said."""
    said = read_headers(output.headers)
    origin = f"{said.origin_topic}/{said.origin_partition}/{said.origin_offset}"
    return f"{origin}: {said.where}: {said.problem}. {said.done}."


def counts_text(counts: Mapping[str, int]) -> str:
    """The counts, those of what was read first and then those of alert changes; empty where nothing was counted."""
    shown = [f"{name} {counts[name]}" for name in _COUNTED if counts.get(name)]
    rules = sorted(name for name in counts if name not in _COUNTED)
    lines = [", ".join(shown), *(f"{name}: {counts[name]}" for name in rules if counts[name])]
    return "\n".join(line for line in lines if line)


REPLAYED_TOPICS = (ALERT_CHANGES.name, PATIENT_STATUS.name)


class DeadLetters:
    """Looks at outputs as they pass, and keeps the first `most` dead letters in words."""

    def __init__(self, most: int = 20) -> None:
        self.texts: list[str] = []
        self._most = most

    def watch(self, outputs: Iterable[Output]) -> Iterator[Output]:
        for output in outputs:
            if output.topic == DEAD_LETTERS.name and len(self.texts) < self._most:
                self.texts.append(dead_letter_text(output))
            yield output
