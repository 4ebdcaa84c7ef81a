"""All that reading a source message can give: facts, not for us, or a dead letter.  Nothing else, and never nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.facts import Fact

MAX_BYTES: Final = 1_048_576 - 65_536  # key and value; Kafka allows 1 MiB by default, and the headers need room


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


@dataclass(frozen=True, slots=True)
class NotForUs:
    """The message is well, and no rule reads what it says."""

    because: str


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


Decoded = Facts | NotForUs | DeadLetter


def dead_letter(
    raw: bytes | None,
    *,
    origin: Origin,
    key: bytes | None,
    where: str,
    problem: str,
    stage: str = "decode",
    max_bytes: int = MAX_BYTES,
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
        done=f"{done}; nothing was read from it",
        stage=stage,
        raw=raw if fits else None,
        key=kept_key,
        size=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
    )
