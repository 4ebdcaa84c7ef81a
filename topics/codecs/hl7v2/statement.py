"""One statement of a message, and what is the same for all statements of one message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from domain.calendar import ClinicalTime
from domain.facts import Fact, Withdrawal
from topics.codecs.hl7v2.er7 import Message, Segment
from topics.codecs.hl7v2.fields import Clock, entity
from topics.meaning.feeds import Feed
from topics.problems import WHOLE_MESSAGE, Refused
from topics.schemas.wire_types import show_clinical_time


class Statement(NamedTuple):
    """One OBX or RXA, and whose it is; `said` is None where no rule reads it."""

    pid: Segment | None
    said: Fact | Refused | None


class Context(NamedTuple):
    """One message, the feed that it belongs to, its clock, and when Kafka had it."""

    message: Message
    feed: Feed
    clock: Clock
    read_at: datetime

    def version(self, *candidates: str) -> int:
        """The first of the times that is one, in milliseconds, else that of the message (MSH-7), else 1."""
        for text in (*candidates, self.message.header.text(7)):
            version = self.clock.version(text) if text else None
            if version is not None:
                return version
        return 1

    def sent_at(self) -> ClinicalTime:
        """When the message was made, else when Kafka had it: enough for what is taken back."""
        try:
            return self.clock.at(self.message.header, 7) or ClinicalTime(self.read_at)
        except Refused:
            return ClinicalTime(self.read_at)

    def withdrawal(self, fact_id: str, version: int, time: ClinicalTime | None, reason: str) -> Withdrawal:
        return Withdrawal(
            fact_id=fact_id, version=version, time=time or self.sent_at(), source=self.feed.name, reason=reason
        )


def order_number(*places: tuple[Segment | None, int]) -> str:
    """The first order number that is there."""
    for segment, field in places:
        number = entity(segment, field) if segment is not None else ""
        if number:
            return number
    return ""


def by_time(time: ClinicalTime | None, where: str) -> str:
    """The time as a part of an id, for what has no number.  Raises: Refused where it is not known to the minute."""
    if time is None or not isinstance(time.value, datetime):
        raise Refused(where, "no number tells this from others of the same day: a correction could not be told")
    return show_clinical_time(time)


def in_fields(refused: Refused, segment: Segment, fields: Mapping[str, int]) -> Refused:
    """What was refused by the shared tables, with the field of the segment instead of their word for it."""
    field = fields.get(refused.where)
    if field is not None:
        return Refused(segment.where(field), refused.problem)
    return Refused(segment.where(0).removesuffix("-0"), refused.problem) if refused.where == WHOLE_MESSAGE else refused
