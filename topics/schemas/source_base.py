"""What all messages of the source topics have, and how they name their facts."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from domain.facts import Fact, Withdrawal
from topics.schemas.wire_types import Identifier, Shape, Version, WireTime

IN_ERROR: Final = "entered-in-error"


def fact_id_of(kind: str, source: str, own_id: str) -> str:
    """The id of a fact: kind, source and the source's own id; a "/" in the source is escaped, so none collide."""
    return f"{kind}/{source.replace('%', '%25').replace('/', '%2F')}/{own_id}"


class SourceShape(Shape):
    """What all source messages have; `version` counts the source's own corrections of one `id`."""

    kind: ClassVar[str]

    schema_version: Literal[1]
    id: Identifier
    version: Version = 1
    patient_id: Identifier
    source: Identifier

    @property
    def fact_id(self) -> str:
        return fact_id_of(self.kind, self.source, self.id)

    def withdrawal(self, time: WireTime) -> Withdrawal:
        return Withdrawal(
            fact_id=self.fact_id, version=self.version, time=time, source=self.source, reason="entered in error"
        )

    def to_fact(self) -> Fact:
        raise NotImplementedError
