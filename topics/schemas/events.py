"""What travels in `clinical-events`: facts (also handed on), what could not be read, ticks, activations; see `type`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from topics.schemas.facts import FactV1
from topics.schemas.wire_types import Instant, JsonObject, Shape, Text, Word


class FactEventV1(Shape):
    """A fact, or what a person did about an alert, of one patient."""

    schema_version: Literal[1]
    type: Literal["fact"]
    patient_id: Word
    fact: FactV1


class HandedFactV1(Shape):
    """A fact, and when it became known under the patient's own id (see `KnownFactV1`)."""

    fact: FactV1
    since: Instant
    first: Instant


class HandedOnV1(Shape):
    """Facts of the patient `origin`, who was merged into `patient_id`: written by the owner of `origin`."""

    schema_version: Literal[1]
    type: Literal["handed-on"]
    patient_id: Word
    origin: Word
    facts: list[HandedFactV1]


class UnreadV1(Shape):
    """A message about this patient could not be read at `where`; it is a dead letter.

    `topic`, `partition`, `offset` and `at` are its origin and log time; `fact_id` and `version` the fact that it would
    have been ("" and 0: nobody knows).
    """

    schema_version: Literal[1]
    type: Literal["unread"]
    patient_id: Word
    topic: Word
    partition: int
    offset: int
    at: Instant
    where: Text
    problem: Text
    fact_id: str
    version: int


class MendedV1(Shape):
    """The message of this origin ("topic/partition/offset"), which had not been readable, was sent again and read."""

    schema_version: Literal[1]
    type: Literal["mended"]
    patient_id: Word
    place: Word


class HeardV1(Shape):
    """How many messages came since the last tick, and the log time of the newest."""

    at: Instant
    messages: int


class TickV1(Shape):
    """All that the `sources` ("topic/partition") held before `complete_to` has been forwarded.

    `blind`: no such promise could be had in time; time goes on all the same, and what is raised meanwhile says so.
    `heard`: what came of each feed, "topic" or "topic/source"; null where whoever ticks does not listen.
    """

    schema_version: Literal[1]
    type: Literal["tick"]
    complete_to: Instant
    sources: list[Word]
    blind: bool
    heard: dict[str, HeardV1] | None = None


class ActivationV1(Shape):
    """From here on this policy (the whole of it) and these versions of the rules are in force."""

    schema_version: Literal[1]
    type: Literal["activation"]
    policy: JsonObject
    policy_version: Word
    rules: dict[Word, int]
    sources: list[Word]


class RulesV1(Shape):
    """From here on these versions of the rules are in force; policy and sources stay as they are."""

    schema_version: Literal[1]
    type: Literal["rules"]
    rules: dict[Word, int]


AnyEventV1 = FactEventV1 | HandedOnV1 | UnreadV1 | MendedV1 | TickV1 | ActivationV1 | RulesV1
ClinicalEventV1 = Annotated[AnyEventV1, Field(discriminator="type")]
CLINICAL_EVENT: Final[TypeAdapter[AnyEventV1]] = TypeAdapter(ClinicalEventV1)
