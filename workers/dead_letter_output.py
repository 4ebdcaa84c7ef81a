"""A dead letter as a record to be written."""

from __future__ import annotations

from importlib.metadata import version

from topics.dead_letters import dead_letter_headers
from topics.decoded import DeadLetter, Origin
from topics.definitions import DEAD_LETTERS
from workers.records import InputRecord, Output

APP_VERSION = version("b12watch")


def origin_of(record: InputRecord) -> Origin:
    """Where a record was read, as its dead letter tells it."""
    return Origin(topic=record.topic, partition=record.partition, offset=record.offset, timestamp=record.timestamp)


def dead_letter_output(dead: DeadLetter) -> Output:
    """Key and bytes as they came; where, what and what was done in the headers."""
    return Output(
        topic=DEAD_LETTERS.name,
        key=dead.key,
        value=dead.raw,
        headers=dead_letter_headers(dead, app_version=APP_VERSION),
    )
