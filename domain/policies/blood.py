"""Haemoglobin and platelets."""

from __future__ import annotations

from pydantic import model_validator

from domain.policies.base import Amount, Section, number

_LONGEST_MONTH = 31


class HaemoglobinPolicy(Section):
    check_day: int = number(56, "section 8.5", "day after the start on which a result is wanted", least=28, most=84)
    alert_months: int = number(2, "S18, section 8.5", "calendar months after which the alert opens", least=1, most=6)
    baseline_days: int = number(
        90, "section 8.5", "a result up to so many days before the start is its baseline", least=7, most=365
    )
    reopens_months: int = number(
        6, "section 8.5", "an abnormal result reopens the alert until so many months after the start", least=2, most=24
    )
    male_g_per_l: Amount = number("130", "section 3 (WHO 2024)", "men: anaemia below, g/L", least=100, most=160)
    female_g_per_l: Amount = number("120", "section 3 (WHO 2024)", "women: anaemia below, g/L", least=100, most=150)
    pregnant_g_per_l: Amount = number(
        "110", "section 3 (WHO 2024)", "pregnancy: anaemia below, g/L", least=90, most=130
    )
    pregnant_second_g_per_l: Amount = number(
        "105", "section 3 (WHO 2024)", "second trimester: anaemia below, g/L", least=90, most=130
    )
    pregnancy_days: int = number(
        294,
        "section 8.5 (a pregnancy lasts 42 weeks at most)",
        "a pregnancy may be over in samples of more than so many days after the plan that tells of it was made",
        least=180,
        most=300,
    )
    moderate_below_g_per_l: Amount = number("110", "section 3 (WHO)", "moderate anaemia below, g/L", least=80, most=120)
    pregnant_moderate_below_g_per_l: Amount = number(
        "100", "section 3 (WHO)", "pregnancy: moderate anaemia below, g/L", least=80, most=110
    )
    critical_below_g_per_l: Amount = number("70", "section 8.5", "critical below, g/L", least=40, most=90)
    critical_after_days: int = number(
        7, "section 8.5", "a critical value counts as one from so many days after the start on", least=0, most=28
    )
    lab_limit_within_g_per_l: Amount = number(
        "10",
        "section 8.5",
        "the laboratory's own lower limit is used when it is this close to the band, g/L",
        least=0,
        most=20,
    )
    transfusion_days: int = number(
        90, "section 8.5", "days after a transfusion on which haemoglobin proves nothing", least=0, most=180
    )
    other_cause_fall_g_per_l: Amount = number(
        "10",
        "section 8.5",
        "an accepted other cause no longer quietens the alert after this fall, g/L",
        least=1,
        most=50,
    )
    fall_g_per_l: Amount = number(
        "20", "section 3", "haemoglobin falls: so far below the highest, g/L", least=5, most=50
    )
    highest_from_day: int = number(
        7, "section 3", "the highest is looked for from so many days after the start on", least=1, most=28
    )

    @model_validator(mode="after")
    def _ordered(self) -> HaemoglobinPolicy:
        if self.alert_months > self.reopens_months:
            raise ValueError("alert_months must not be above reopens_months")
        if self.check_day > _LONGEST_MONTH * self.alert_months:
            raise ValueError(f"check_day must not be after {_LONGEST_MONTH} days for each of alert_months")
        if not self.critical_below_g_per_l <= self.moderate_below_g_per_l <= self.female_g_per_l <= self.male_g_per_l:
            raise ValueError(
                "must rise: critical_below_g_per_l <= moderate_below_g_per_l <= female_g_per_l <= male_g_per_l"
            )
        pregnant = (self.pregnant_moderate_below_g_per_l, self.pregnant_second_g_per_l, self.pregnant_g_per_l)
        if [self.critical_below_g_per_l, *pregnant] != sorted([self.critical_below_g_per_l, *pregnant]):
            raise ValueError(
                "must rise: critical_below_g_per_l <= pregnant_moderate_below_g_per_l"
                " <= pregnant_second_g_per_l <= pregnant_g_per_l"
            )
        if self.pregnant_g_per_l > self.female_g_per_l:
            raise ValueError("pregnant_g_per_l must not be above female_g_per_l")
        return self


class PlateletsPolicy(Section):
    limit: Amount = number("50", "S24", "intramuscular injection is safe above, 10*9/L", least=20, most=100)
    critical_below: Amount = number("25", "section 8.4", "critical below, 10*9/L", least=10, most=50)
    opens_days_before: int = number(
        7, "section 8.4", "the question opens so many days before the window of an injection", least=1, most=30
    )
    order_holds_days: int = number(
        90,
        "section 8.4",
        "an ordered intramuscular dose is expected until so many days after its start, unless the order ends before",
        least=7,
        most=180,
    )
    first_count_awaited_days: int = number(
        1,
        "section 8.4 (ours: the usual turn-around of a laboratory)",
        "the counts of a patient who came after loading may still come until so many days after the plan became known",
        least=0,
        most=7,
    )
    low_below: Amount = number(
        "100", "section 8.4", "counts above the limit and below this hold briefly", least=50, most=150
    )
    normal_from: Amount = number("150", "section 8.4", "counts from here on hold without expiry", least=100, most=200)
    at_limit_holds_hours: int = number(
        48, "section 8.4", "a count at or under the limit holds, hours", least=1, most=168
    )
    low_holds_days: int = number(7, "section 8.4", "a count above the limit holds, days", least=1, most=30)
    reduced_holds_days: int = number(90, "section 8.4", "a count from low_below up holds, days", least=7, most=365)

    @model_validator(mode="after")
    def _ordered(self) -> PlateletsPolicy:
        if not self.critical_below <= self.limit <= self.low_below <= self.normal_from:
            raise ValueError("must rise: critical_below <= limit <= low_below <= normal_from")
        return self
