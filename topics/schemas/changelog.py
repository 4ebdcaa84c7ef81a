"""The changelog of treatment: entries for known facts, unread messages and outlooks, and one for the partition."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, Literal

from pydantic import Field

from domain.record import Handed, Known
from topics.schemas.facts import FactV1
from topics.schemas.wire_types import ComputedInstant, Instant, JsonObject, Shape, Word

PARTITION_KEY: Final = b"\x00partition"  # no "/": every patient's key ends in one and a digest
UNREAD_PREFIX: Final = b"\x00unread/"  # no patient id has such a character
OUTLOOK_PREFIX: Final = b"\x00outlook/"


def changelog_key(patient_id: str, fact_id: str, origin: str = "") -> bytes:
    """The key of one known fact: the patient, and a digest of the fact id, which may be long.

    What the patient `origin` handed on is kept beside what came under the patient's own id.
    """
    name = f"{origin}\x00{fact_id}" if origin else fact_id
    digest = blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{patient_id}/{digest}".encode()


def patient_of(key: bytes) -> bytes:
    """The id of the patient, in UTF-8, whose fact has this key."""
    return key.rpartition(b"/")[0]


def tells_a_fact(key: bytes | None) -> bool:
    """Whether a record of this key is that of a known fact."""
    return key is not None and not key.startswith(b"\x00")


def unread_key(patient_id: str, name: str) -> bytes:
    """The key of a message that could not be read, by origin and place; its value is the event (`UnreadV1`)."""
    return UNREAD_PREFIX + changelog_key(patient_id, name)


def outlook_key(patient_id: str) -> bytes:
    return OUTLOOK_PREFIX + patient_id.encode()


class OutlookV1(Shape):
    """Of one patient: when the next review is (null: never), and whether the patient is treated by now.

    It is that of the patient's newest step, always: who takes a partition over plans by it, and looks at the facts when
    the patient is asked for.  Who is or was merged has none.
    """

    schema_version: Literal[1]
    review_at: ComputedInstant | None
    is_enrolled: bool


class KnownFactV1(Shape):
    """A fact, when this version of it became known (`since`), and when any version did (`first`).

    `handed_on_by`, `handed_on_at`: it came by a merge, from this patient, then.
    """

    schema_version: Literal[1]
    patient_id: Word
    fact: FactV1
    since: Instant
    first: Instant
    handed_on_by: Word | None = None
    handed_on_at: Instant | None = None

    def to_known(self) -> Known:
        by, at = self.handed_on_by, self.handed_on_at
        handed = Handed(at, by) if by is not None and at is not None else None
        return Known(self.fact.to_fact(), self.since, self.first, handed)


class PartitionEntryV1(Shape):
    """How far a partition has come, and the policy and rules in force on it.

    `sources` gives, for each source partition that the activation lists, up to when it is complete (null: no tick yet);
    `time` is the least of them, or later where time goes on blind since `blind_since`.  `log_time` is the highest
    append time read, `first_time` the first time that there was.  `heard` is when each feed that has a rhythm last
    spoke (null: nobody listens), and `silent` since when each silent one is.  `read_to`: all of clinical-events below
    this offset was read when the entry changed; what was read since are facts and the like, which may come again.
    """

    schema_version: Literal[1]
    time: Instant | None = None
    log_time: Instant | None = None
    first_time: Instant | None = None
    blind_since: Instant | None = None
    heard: dict[str, Instant] | None = None
    silent: dict[str, Instant] = Field(default_factory=dict)
    read_to: int | None = None
    sources: dict[Word, Instant | None]
    policy: JsonObject | None = None
    policy_version: str = ""
    rules: dict[Word, int]
