"""What intake makes of a folder of messages: python -m tests.topics.sample_table FOLDER [--each]

Each file is one message.  The table has a row for each folder: how many files, statements (`parts` of the outcomes),
facts, not for us and dead letters, these by place and problem.  `--each` names the file of each dead letter.  It is no
test: the samples of other people that it is for lie outside the repository.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from topics.codecs.source_message import SourceReader
from topics.decoded import DeadLetter, Facts, NotForUs, Origin, Outcomes

READ_AT = datetime(2026, 1, 5, tzinfo=UTC)
_NUMBER = re.compile(r"\.[0-9]+(?=\.|$)")


@dataclass
class Row:
    """What one folder of messages gave."""

    files: int = 0
    parts: int = 0
    facts: int = 0
    not_for_us: int = 0
    patients: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    dead_in: list[str] = field(default_factory=list)

    def add(self, name: str, outcomes: Outcomes) -> None:
        self.files += 1
        for outcome in outcomes:
            self.parts += outcome.parts
            match outcome:
                case Facts(patient_id, facts):
                    self.facts += len(facts)
                    self.patients.add(patient_id)
                    self.kinds.update(type(fact).__name__ for fact in facts)
                case NotForUs():
                    self.not_for_us += outcome.parts
                case DeadLetter():
                    self.dead[f"{_NUMBER.sub('.*', outcome.where)}: {outcome.problem}"] += 1
                    self.dead_in.append(f"{name}: {outcome.where}: {outcome.problem}")


def table_of(folder: Path, reader: SourceReader) -> dict[str, Row]:
    """The rows, by folder."""
    rows: dict[str, Row] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        origin = Origin(topic="lab-results", partition=0, offset=0, timestamp=READ_AT)
        row = rows.setdefault(path.parent.relative_to(folder).as_posix(), Row())
        row.add(path.name, reader.decode("lab-results", path.read_bytes(), origin=origin))
    return rows


def main(folder: str, *options: str) -> None:
    print(f"{'folder':28}{'files':>7}{'parts':>7}{'facts':>7}{'not for us':>12}{'dead':>6}{'patients':>10}")
    rows = table_of(Path(folder), SourceReader())
    for name, row in rows.items():
        dead = sum(row.dead.values())
        print(
            f"{name:28}{row.files:7}{row.parts:7}{row.facts:7}{row.not_for_us:12}{dead:6}{len(row.patients):10}"
            f"   {', '.join(f'{kind} {count}' for kind, count in sorted(row.kinds.items()))}"
        )
    for name, row in rows.items():
        for problem, count in row.dead.most_common():
            print(f"{name}: {count} x {problem}")
        for each in row.dead_in if "--each" in options else ():
            print(f"  {name}/{each}")


if __name__ == "__main__":
    main(*sys.argv[1:])
