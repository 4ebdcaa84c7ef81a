"""Treatment by mouth, and what operations on the gut ask for."""

from __future__ import annotations

from pydantic import model_validator

from domain.policies.base import Amount, Section, number


class OralPolicy(Section):
    first_check_months: int = number(
        1,
        "S16, section 8.8",
        "calendar months after which the first check of treatment by mouth is due",
        least=1,
        most=2,
    )
    second_check_months: int = number(3, "S16, section 8.8", "the same for the second check", least=2, most=12)
    check_early_days: int = number(
        14,
        "S16 (how close is left open)",
        "a sample of so many days before a check is due answers it, and from then on it is on the due list",
        least=1,
        most=27,
    )
    first_sign_days: int = number(
        7,
        "section 2 (R7)",
        "days after the start by whose end a supply or a dose of what is taken every day is to be known",
        least=1,
        most=28,
    )
    supply_grace_days: int = number(
        7, "section 2 (R7)", "days after the end of a supply on which the next one is still on time", least=0, most=28
    )

    @model_validator(mode="after")
    def _ordered(self) -> OralPolicy:
        if self.first_check_months >= self.second_check_months:
            raise ValueError("first_check_months must be below second_check_months")
        return self


class SurgeryPolicy(Section):
    ileum_above_cm: Amount = number(
        "20",
        "S12",
        "prophylaxis is for life where more than this of the distal ileum was removed, cm",
        least=5,
        most=60,
    )
