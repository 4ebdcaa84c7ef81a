"""Neurological involvement, and what a plan leaves unsaid."""

from __future__ import annotations

from pydantic import model_validator

from domain.policies.base import Section, number

_LONGEST_MONTH = 31


class NeurologyPolicy(Section):
    referral_high_after_hours: int = number(
        24,
        "S4, section 8.8",
        "a missing referral becomes high so many hours after the plan was made",
        least=0,
        most=168,
    )
    review_day: int = number(
        21,
        "S2, section 8.6",
        "day after the first dose on which open-ended loading is to be reviewed",
        least=7,
        most=42,
    )
    review_holds_days: int = number(
        7, "S2, section 8.6", 'days for which "still improving" answers the review', least=1, most=28
    )
    review_high_day: int = number(
        42, "section 8.6", "day after the first dose from which a review that is due is high", least=7, most=120
    )
    check_day: int = number(
        28, "S19, section 7", "day after the start on which an assessment is wanted", least=14, most=84
    )
    improvement_months: int = number(
        1, "S19", "calendar months after which improvement should have begun", least=1, most=12
    )

    @model_validator(mode="after")
    def _ordered(self) -> NeurologyPolicy:
        if self.review_day > self.review_high_day:
            raise ValueError("review_day must not be above review_high_day")
        if self.check_day > _LONGEST_MONTH * self.improvement_months:
            raise ValueError(f"check_day must not be after {_LONGEST_MONTH} days for each of improvement_months")
        return self


class PaperworkPolicy(Section):
    opens_after_hours: int = number(
        24, "section 8.8", "what the plan leaves unsaid is asked for so many hours after the start", least=0, most=168
    )
