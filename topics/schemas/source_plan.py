"""Canonical JSON of the topic treatment-plans."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator, model_validator

from domain.calendar import ClinicalTime
from domain.facts import (
    Cause,
    DosesGivenBy,
    EndReason,
    EnteredAs,
    IntervalOverride,
    OralReason,
    PlanEnd,
    Pregnancy,
    Sex,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from topics.schemas.source_base import SourceShape
from topics.schemas.wire_types import LAX, Day, Shape, Text, WireTime, Word


class IntervalV1(Shape):
    """An individual interval: `months` or `days`, exactly one of them, by a named person."""

    months: Annotated[int, Field(ge=1, le=60)] | None = None
    days: Annotated[int, Field(ge=1, le=1830)] | None = Field(default=None, validate_default=True)
    author: Word
    reason: Text
    decided_on: Day

    @field_validator("days")
    @classmethod
    def _exactly_one(cls, days: int | None, info: ValidationInfo) -> int | None:
        if "months" in info.data and (days is None) == (info.data["months"] is None):
            raise ValueError("an interval has months or days, exactly one of them")
        return days

    def to_interval(self) -> IntervalOverride:
        return IntervalOverride(**self.__dict__)


class PlanEndV1(Shape):
    """The plan was ended, from `at` on."""

    at: WireTime
    reason: Annotated[EndReason, LAX]
    actor: Word

    def to_end(self) -> PlanEnd:
        return PlanEnd(time=self.at, reason=self.reason, actor=self.actor)


def _utc_day(time: ClinicalTime) -> date:
    return time.day(ZoneInfo("UTC"))


class TreatmentPlanV1(SourceShape):
    """The plan for one patient; `made_at` is when it was made, if that is known to differ from its start."""

    kind: Literal["treatment-plan"] = Field(default="treatment-plan", exclude=True)
    regimen: Word
    neurological_involvement: Annotated[YesNoUnknown, LAX]
    cause: Annotated[Cause, LAX] = Cause.UNKNOWN
    ward: Text = ""
    sex: Annotated[Sex, LAX] = Sex.UNKNOWN
    birth_date: Day | None = None
    pregnancy: Annotated[Pregnancy, LAX] = Pregnancy.UNKNOWN
    interval: IntervalV1 | None = None
    entered_as: Annotated[EnteredAs, LAX] | None = None
    treatment_started: Day | None = None
    last_dose: Day | None = None
    loading_doses_given: Annotated[int, Field(ge=0, le=50)] = 0
    doses_given_by: Annotated[DosesGivenBy, LAX] = DosesGivenBy.WARD
    restarts: bool = False
    starts_at: WireTime
    made_at: WireTime | None = None
    end: PlanEndV1 | None = None
    oral_reason: Annotated[OralReason, LAX] | None = None
    entered_in_error: bool = False

    @model_validator(mode="after")
    def _tells_of_the_past(self) -> Self:
        """What was given before the plan cannot lie after it: a slip of the year would quieten for years."""
        told = max(_utc_day(time) for time in (self.starts_at, self.made_at) if time is not None)
        latest = told + timedelta(days=1)  # the ward's day may be ahead of UTC's
        for name in ("treatment_started", "last_dose"):
            day = getattr(self, name)
            if day is not None and day > latest:
                raise ValueError(f"{name} lies after the day on which the plan was made or starts")
        return self

    def to_fact(self) -> TreatmentPlan | Withdrawal:
        if self.entered_in_error:
            return self.withdrawal(self.made_at or self.starts_at)
        return TreatmentPlan(
            fact_id=self.fact_id,
            version=self.version,
            time=self.made_at or self.starts_at,
            start=self.starts_at if self.made_at else None,
            source=self.source,
            regimen=self.regimen,
            neurological_involvement=self.neurological_involvement,
            cause=self.cause,
            ward=self.ward,
            sex=self.sex,
            birth_date=self.birth_date,
            pregnancy=self.pregnancy,
            interval=self.interval.to_interval() if self.interval else None,
            entered_as=self.entered_as,
            treatment_started=self.treatment_started,
            last_dose=self.last_dose,
            loading_doses_given=self.loading_doses_given,
            doses_given_by=self.doses_given_by,
            restarts=self.restarts,
            end=self.end.to_end() if self.end else None,
            oral_reason=self.oral_reason,
        )
