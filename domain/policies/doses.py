"""Which doses count, and when the next one is late."""

from __future__ import annotations

from pydantic import model_validator

from domain.policies.base import Section, number


class DosesPolicy(Section):
    share_of_prescribed_at_least: float = number(
        0.5, "section 8.3", "share of the prescribed dose from which an injection counts", least=0.1, most=1
    )
    plausible_ug_at_most: int = number(
        2000,
        "section 4.2",
        "a single dose above this is not counted, and the patient's status says so, ug",
        least=1000,
        most=10000,
    )
    before_plan_days: int = number(
        28,
        "section 8.3",
        "doses up to so many days before the plan's start count; older ones are history",
        least=0,
        most=90,
    )
    minimum_age_years: int = number(
        16, "section 0 (NG239: age 16 and over)", "younger patients have no regimen here", least=16, most=21
    )


class InjectionPolicy(Section):
    first_dose_grace_days: int = number(
        3, "section 8.3", "days after the plan's start on which the first dose is still on time", least=0, most=14
    )
    first_dose_grace_days_neurological: int = number(
        1, "section 8.3", "the same where neurological involvement is present or unknown", least=0, most=7
    )
    point_grace_share: float = number(
        0.25, "section 8.3", "grace of a point interval, as a share of the interval", least=0, most=0.5
    )
    point_grace_days_least: int = number(1, "section 8.3", "grace of a point interval, at least", least=0, most=7)
    point_grace_days_most: int = number(7, "section 8.3", "grace of a point interval, at most", least=0, most=28)
    high_after_days: int = number(
        28, "section 8.3", "maintenance overdue becomes high after so many days", least=0, most=90
    )
    high_after_days_older: int = number(7, "section 8.3", "the same for older patients", least=0, most=90)
    older_from_years: int = number(75, "S22", "age from which a patient counts as older", least=60, most=90)

    @model_validator(mode="after")
    def _ordered(self) -> InjectionPolicy:
        if self.point_grace_days_least > self.point_grace_days_most:
            raise ValueError("point_grace_days_least must not be above point_grace_days_most")
        return self
