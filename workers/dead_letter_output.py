"""A dead letter as a record to be written, and what it says about a patient."""

from __future__ import annotations

from importlib.metadata import version

from topics.codecs.clinical_event import Unread
from topics.dead_letters import dead_letter_headers
from topics.decoded import DeadLetter, Origin, dead_letter
from topics.definitions import DEAD_LETTERS
from topics.problems import Whose
from topics.schemas.wire_types import LAST_INSTANT, LONGEST_WORD, MOST_CHARACTERS
from workers.records import InputRecord, Output

APP_VERSION = version("b12watch")
EVENT_STAGE = "treatment"
"""The stage of a record of clinical-events that treatment could not read."""


def origin_of(record: InputRecord) -> Origin:
    """Where a record was read, as its dead letter tells it."""
    return Origin(topic=record.topic, partition=record.partition, offset=record.offset, timestamp=record.timestamp)


def dead_letter_output(dead: DeadLetter, record: InputRecord) -> Output:
    """Key and bytes as they came in the record; where, what and what was done in the headers."""
    return Output(
        topic=DEAD_LETTERS.name,
        key=dead.key,
        value=dead.raw,
        headers=dead_letter_headers(dead, app_version=APP_VERSION, sent=record.headers),
    )


def dead_event(record: InputRecord, where: str, problem: str) -> DeadLetter:
    """The dead letter for a record of clinical-events; its key is the patient's."""
    return dead_letter(
        record.value,
        origin=origin_of(record),
        key=record.key,
        where=where,
        problem=problem,
        stage=EVENT_STAGE,
        whose=_whose(record.key),
    )


def unread_of(dead: DeadLetter, who: Whose) -> Unread:
    """What the dead letter says about one of those whom it is about."""
    return Unread(
        topic=dead.origin.topic,
        partition=dead.origin.partition,
        offset=dead.origin.offset,
        at=min(dead.origin.timestamp, LAST_INSTANT),
        where=dead.where[:MOST_CHARACTERS],
        problem=dead.problem[:MOST_CHARACTERS],
        fact_id=who.fact_id,
        version=who.version,
    )


def _whose(key: bytes | None) -> tuple[Whose, ...]:
    try:
        patient_id = (key or b"").decode()
    except UnicodeDecodeError:
        return ()
    return (Whose(patient_id),) if 0 < len(patient_id) <= LONGEST_WORD else ()
