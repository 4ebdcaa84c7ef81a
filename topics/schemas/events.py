"""What travels in `clinical-events`: facts (also handed on), ticks, activations, newer rules; see `type`."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from topics.schemas.facts import FactV1
from topics.schemas.wire_types import Instant, Shape, Word


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


class TickV1(Shape):
    """All that the `sources` ("topic/partition") held before `complete_to` has been forwarded.

    `blind`: no such promise could be had in time; time goes on all the same, and what is raised meanwhile says so.
    """

    schema_version: Literal[1]
    type: Literal["tick"]
    complete_to: Instant
    sources: list[Word]
    blind: bool


class ActivationV1(Shape):
    """From here on this policy (the whole of it) and these versions of the rules are in force."""

    schema_version: Literal[1]
    type: Literal["activation"]
    policy: dict[str, Any]
    policy_version: Word
    rules: dict[Word, int]
    sources: list[Word]


class RulesV1(Shape):
    """From here on these versions of the rules are in force; policy and sources stay as they are."""

    schema_version: Literal[1]
    type: Literal["rules"]
    rules: dict[Word, int]


AnyEventV1 = FactEventV1 | HandedOnV1 | TickV1 | ActivationV1 | RulesV1
ClinicalEventV1 = Annotated[AnyEventV1, Field(discriminator="type")]
CLINICAL_EVENT: Final[TypeAdapter[AnyEventV1]] = TypeAdapter(ClinicalEventV1)
