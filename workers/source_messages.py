"""Messages of source systems that we write ourselves: the demo, the import's invented part, the cohort.

Each goes through the shape by which intake reads it, so that none is written that cannot be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from topics.codecs.plain_json import encode
from topics.definitions import SOURCE_TOPICS
from topics.schemas.source_base import SourceShape
from workers.records import InputRecord

_TOPICS: Final[dict[type[SourceShape], str]] = {
    shape: topic.name for topic in SOURCE_TOPICS for shape in topic.shapes if issubclass(shape, SourceShape)
}


@dataclass(frozen=True, slots=True)
class Said:
    """One message to a source topic, and when it is sent (which may be long after what it tells of happened).

    `trouble` names what is out of the ordinary with it.
    """

    topic: str
    at: datetime
    patient_id: str
    value: bytes
    trouble: str = ""


def kind_of(shape: type[SourceShape]) -> str:
    """The kind of message that the shape is for."""
    kind: str = shape.model_fields["kind"].default
    return kind


def said(
    shape: type[SourceShape],
    at: datetime,
    patient_id: str,
    source: str,
    own_id: str,
    *,
    version: int = 1,
    trouble: str = "",
    **content: Any,
) -> Said:
    """A message of this shape; `content` are its further fields.  Raises: ValidationError."""
    message = shape.model_validate(
        {
            "schema_version": 1,
            "id": own_id,
            "version": version,
            "patient_id": patient_id,
            "source": source,
            **content,
        }
    )
    return Said(_TOPICS[shape], at, patient_id, encode(message), trouble)


def records_of(messages: Iterable[Said]) -> Iterator[InputRecord]:
    """The messages, which come in the order of their times, as the records of a log."""
    offsets: Counter[str] = Counter()
    for one in messages:
        yield InputRecord(one.topic, 0, offsets[one.topic], one.at, one.patient_id.encode(), one.value)
        offsets[one.topic] += 1
