"""Vitamin B12 and folate in the laboratory, folic acid before B12, diets."""

from __future__ import annotations

from pydantic import model_validator

from domain.policies.base import Amount, Section, number

_LONGEST_MONTH = 31


class B12Policy(Section):
    deficient_below_ng_per_l: Amount = number(
        "180", "section 3 (NG239)", "total B12: deficient below, ng/L", least=100, most=300
    )
    unlikely_above_ng_per_l: Amount = number(
        "350", "section 3 (NG239)", "total B12: deficiency is unlikely above, ng/L", least=180, most=600
    )
    lab_limit_within_ng_per_l: Amount = number(
        "60",
        "section 3 (cut-offs of laboratories)",
        "the laboratory's own lower limit of total B12 is used when it is this close to ours, ng/L",
        least=0,
        most=100,
    )
    active_deficient_below_pmol_per_l: Amount = number(
        "25", "section 3 (NG239)", "active B12: deficient below, pmol/L", least=10, most=50
    )
    active_unlikely_above_pmol_per_l: Amount = number(
        "70", "section 3 (NG239)", "active B12: deficiency is unlikely above, pmol/L", least=40, most=150
    )
    active_lab_limit_within_pmol_per_l: Amount = number(
        "25",
        "section 3 (cut-offs of laboratories)",
        "the laboratory's own lower limit of active B12 is used when it is this close to ours, pmol/L",
        least=0,
        most=40,
    )
    baseline_days: int = number(
        90, "S9", "B12 or folate sampled up to so many days before the first dose is its baseline", least=7, most=365
    )
    acid_days_before: int = number(
        28,
        "S10",
        "methylmalonic acid or homocysteine up to so many days before an indeterminate B12 answers it",
        least=0,
        most=180,
    )
    acid_awaited_days: int = number(
        7,
        "S10 (ours: the usual turn-around of a laboratory that measures it for others)",
        "methylmalonic acid or homocysteine may still come until so many days after an indeterminate B12 was sampled",
        least=0,
        most=28,
    )
    check_day: int = number(
        56, "section 8.5", "oral treatment: day after the start on which a result is wanted", least=28, most=84
    )
    alert_months: int = number(2, "S18, section 8.5", "calendar months after which the alert opens", least=1, most=6)
    asked_months: int = number(
        6, "section 8.5", "questions about the start are asked for so many months after it", least=2, most=24
    )
    response_days: int = number(
        7,
        "section 8.5",
        "a sample tells of the treatment from so many days after the start on; one before it may be the baseline",
        least=1,
        most=28,
    )

    @model_validator(mode="after")
    def _ordered(self) -> B12Policy:
        if self.deficient_below_ng_per_l + self.lab_limit_within_ng_per_l > self.unlikely_above_ng_per_l:
            raise ValueError(
                "deficient_below_ng_per_l + lab_limit_within_ng_per_l must not be above unlikely_above_ng_per_l"
            )
        most = self.active_deficient_below_pmol_per_l + self.active_lab_limit_within_pmol_per_l
        if most > self.active_unlikely_above_pmol_per_l:
            raise ValueError(
                "active_deficient_below_pmol_per_l + active_lab_limit_within_pmol_per_l"
                " must not be above active_unlikely_above_pmol_per_l"
            )
        if self.alert_months > self.asked_months:
            raise ValueError("alert_months must not be above asked_months")
        if self.check_day > _LONGEST_MONTH * self.alert_months:
            raise ValueError(f"check_day must not be after {_LONGEST_MONTH} days for each of alert_months")
        return self


class FolatePolicy(Section):
    low_below_ug_per_l: Amount = number("3", "section 3", "serum folate: low below, ug/L", least=1, most=6)
    lab_limit_within_ug_per_l: Amount = number(
        "2",
        "section 3 (cut-offs of laboratories)",
        "the laboratory's own lower limit is used when it is this close to ours, ug/L",
        least=0,
        most=4,
    )
    holds_days: int = number(90, "section 8.7", "a low folate is told for so many days", least=7, most=365)


class FolicAcidPolicy(Section):
    look_back_days: int = number(
        28,
        "section 8.7",
        "folic acid is looked at from so many days before the plan or the deficient B12; taken before then already, "
        "it is long-term",
        least=7,
        most=90,
    )
    deficient_days: int = number(
        90, "section 8.7", "a deficient B12 raises the question for so many days, without a plan too", least=7, most=365
    )
    b12_within_hours: int = number(
        24,
        "section 8.7",
        "long-term folic acid becomes high when no B12 was given so many hours after the plan",
        least=1,
        most=168,
    )
    note_days: int = number(
        28,
        "section 8.7",
        "that folic acid came before B12, or that their order is uncertain, is told for so many days after B12",
        least=1,
        most=365,
    )


class DietPolicy(Section):
    b12_holds_days: int = number(
        90, "section 8.8", "B12 that was given, or handed over, counts as treatment for so many days", least=1, most=365
    )
