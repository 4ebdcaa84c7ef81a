"""A dead letter as a record to be written."""

from __future__ import annotations

from importlib.metadata import version

from pydantic import ValidationError

from topics.codecs.clinical_event import Unreadable
from topics.dead_letters import dead_letter_headers
from topics.decoded import DeadLetter, Origin, dead_letter
from topics.definitions import DEAD_LETTERS
from topics.problems import first_problem
from workers.records import InputRecord, Output

APP_VERSION = version("b12watch")


def origin_of(record: InputRecord) -> Origin:
    """Where a record was read, as its dead letter tells it."""
    return Origin(topic=record.topic, partition=record.partition, offset=record.offset, timestamp=record.timestamp)


def unreadable_event(record: InputRecord, error: Unreadable | ValidationError) -> Output:
    """The dead letter for a record of clinical-events that treatment cannot read."""
    where, problem = first_problem(error) if isinstance(error, ValidationError) else (error.where, error.problem)
    return dead_letter_output(
        dead_letter(
            record.value, origin=origin_of(record), key=record.key, where=where, problem=problem, stage="treatment"
        )
    )


def dead_letter_output(dead: DeadLetter) -> Output:
    """Key and bytes as they came; where, what and what was done in the headers."""
    return Output(
        topic=DEAD_LETTERS.name,
        key=dead.key,
        value=dead.raw,
        headers=dead_letter_headers(dead, app_version=APP_VERSION),
    )
