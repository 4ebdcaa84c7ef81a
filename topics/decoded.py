"""All that reading a source message can give: facts, not for us, or a dead letter.  Nothing else, and never nothing.

A message of many entries gives one `Facts` for each patient, one `DeadLetter` for each entry that could not be read,
and one `NotForUs` for all the others together; `parts` says how many statements stand behind each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from domain.facts import Fact, Merge
from topics.problems import WHOLE_MESSAGE, Refused

MAX_BYTES: Final = 1_048_576 - 65_536  # key and value; Kafka allows 1 MiB by default, and the headers need room
MOST_LETTERS: Final = 100  # of one message: one of many thousand mistakes must not become as many records


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a message was read; `timestamp` is the time that Kafka has for it."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What the message said about one patient."""

    patient_id: str
    facts: tuple[Fact, ...]
    parts: int = 1


@dataclass(frozen=True, slots=True)
class NotForUs:
    """The message is well, and no rule reads what it says."""

    because: str
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that could not be read: where it came from, what is wrong where, what was done, and its bytes.

    `where` is the path of a field, or "(message)".  `where` and `problem` carry no identifiers and no values that
    could be some.  `raw` is None when the message had no value (`size` 0) or too large a one; `size` and `sha256`
    always tell about the value that came.
    """

    origin: Origin
    where: str
    problem: str
    done: str
    stage: str
    raw: bytes | None
    key: bytes | None
    size: int
    sha256: str

    @property
    def parts(self) -> int:
        return 1


def bytes_of(raw: bytes | None, max_bytes: int) -> bytes:
    """The bytes of a message, where there are some and not too many.  Raises: Refused."""
    if not raw:
        raise Refused(WHOLE_MESSAGE, "the message has no value")
    if len(raw) > max_bytes:
        raise Refused(WHOLE_MESSAGE, f"the message is too long: {len(raw)} bytes, at most {max_bytes} are read")
    return raw


Decoded = Facts | NotForUs | DeadLetter
Outcomes = tuple[Decoded, ...]
"""What one message gave; never empty."""


def dead_letter(
    raw: bytes | None,
    *,
    origin: Origin,
    key: bytes | None,
    where: str,
    problem: str,
    stage: str = "decode",
    max_bytes: int = MAX_BYTES,
    outcome: str = "nothing was read from it",
) -> DeadLetter:
    """The dead letter for a message; beyond `max_bytes` of key and value the value is left out, and said so."""
    value = raw or b""
    kept_key = None if key is not None and len(key) > max_bytes else key
    fits = len(value) + len(kept_key or b"") <= max_bytes
    done = "kept as a dead letter" if fits else f"kept as a dead letter without its bytes (more than {max_bytes})"
    if kept_key is not key:
        done = f"{done} and without its key (as long)"
    return DeadLetter(
        origin=origin,
        where=where,
        problem=problem,
        done=f"{done}; {outcome}",
        stage=stage,
        raw=raw if fits else None,
        key=kept_key,
        size=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
    )


def dead_letters(
    raw: bytes | None,
    refusals: Sequence[Refused],
    *,
    origin: Origin,
    key: bytes | None,
    others_read: bool,
    max_bytes: int = MAX_BYTES,
) -> Outcomes:
    """One for each thing of a message that was refused.  The first has the message's bytes; the others say so.

    Of a message in which more than `MOST_LETTERS` things are wrong the last one counts those that have none.
    """
    if not refusals:
        return ()
    outcome = "the rest of the message was read" if others_read or len(refusals) > 1 else "nothing was read from it"
    first = dead_letter(
        raw,
        origin=origin,
        key=key,
        where=refusals[0].where,
        problem=refusals[0].problem,
        max_bytes=max_bytes,
        outcome=outcome,
    )
    told = [(one.where, one.problem) for one in refusals[1:MOST_LETTERS]]
    if len(refusals) > MOST_LETTERS:
        told.append((WHOLE_MESSAGE, f"{len(refusals) - MOST_LETTERS} more things are wrong"))
    done = f"kept with the message's first dead letter ({first.where}); {outcome}"
    return (first, *(replace(first, where=where, problem=problem, raw=None, done=done) for where, problem in told))


@dataclass(slots=True)
class Found:
    """What the statements of one message gave: facts by patient, what is wrong, and why the others are not for us."""

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def merge(self, merges: Iterable[Merge]) -> None:
        """A merge is told to both patients; of a message of which one cannot be read none is."""
        for merge in list(merges):
            for patient_id in merge.both:
                said = self.facts.setdefault(patient_id, [])
                if merge not in said:
                    said.append(merge)

    def outcomes(
        self,
        raw: bytes | None,
        *,
        origin: Origin,
        key: bytes | None,
        max_bytes: int,
        kept: Callable[[Sequence[Fact]], Iterable[Fact]] = tuple,
    ) -> Outcomes:
        """`kept` leaves out what is said twice; the parts count it all the same."""
        facts = [Facts(who, tuple(kept(said)), len(said)) for who, said in self.facts.items()]
        others_read = bool(facts or self.unread)
        dead = dead_letters(raw, self.refused, origin=origin, key=key, others_read=others_read, max_bytes=max_bytes)
        others = (NotForUs(self.unread[0], len(self.unread)),) if self.unread else ()
        return (*facts, *dead, *others) or (NotForUs("the message holds nothing"),)
