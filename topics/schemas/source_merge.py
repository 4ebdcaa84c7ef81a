"""Canonical JSON that says of two patient ids that they are one person, or no longer."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from domain.facts import Merge
from domain.merges import merge_of
from topics.schemas.source_base import SourceShape
from topics.schemas.wire_types import Identifier, WireTime


class PatientMergeV1(SourceShape):
    """`patient_id` goes on under `into`, or with `parted` no longer.

    Sources of every format speak of one pair: what was said last stands, by `said_at`; `id` and `version` do not count.
    """

    kind: Literal["patient-merge"]
    into: Identifier
    parted: bool = False
    said_at: WireTime

    @model_validator(mode="after")
    def _are_two(self) -> PatientMergeV1:
        if self.into == self.patient_id:
            raise ValueError("a patient is merged into another one")
        return self

    def to_fact(self) -> Merge:
        return merge_of(self.patient_id, self.into, time=self.said_at, source=self.source, parted=self.parted)
