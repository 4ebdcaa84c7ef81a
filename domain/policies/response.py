"""The first days and weeks after the first dose: potassium, and whether reticulocytes rise."""

from __future__ import annotations

from pydantic import model_validator

from domain.policies.base import Amount, Section, number


class PotassiumPolicy(Section):
    low_below_mmol_per_l: Amount = number("3.5", "section 3", "low below, mmol/L", least=3, most=4)
    severe_below_mmol_per_l: Amount = number("3", "section 3", "high below, mmol/L", least=2.5, most=3.5)
    critical_below_mmol_per_l: Amount = number("2.5", "section 3", "critical below, mmol/L", least=2, most=3)
    watch_days: int = number(
        7,
        "section 3 (US labels; height of the red-cell response)",
        "potassium is watched until the end of so many days after the first dose",
        least=2,
        most=28,
    )
    before_hours: int = number(
        48,
        "section 3 (check before and after starting)",
        "a low potassium of so many hours before the first dose counts until a later one is not low",
        least=0,
        most=168,
    )
    known_by_hours: int = number(
        48,
        "section 3 (US labels)",
        "in severe anaemia potassium is to be known so many hours after the first dose",
        least=12,
        most=48,
    )
    severe_anaemia_below_g_per_l: Amount = number(
        "80", "section 3", "severe anaemia at the start: haemoglobin below, g/L", least=60, most=110
    )

    @model_validator(mode="after")
    def _ordered(self) -> PotassiumPolicy:
        if not self.critical_below_mmol_per_l <= self.severe_below_mmol_per_l <= self.low_below_mmol_per_l:
            raise ValueError("must rise: critical_below_mmol_per_l <= severe_below_mmol_per_l <= low_below_mmol_per_l")
        return self


class ReticulocytesPolicy(Section):
    raised_above: Amount = number(
        "85",
        "section 3 (NHS Lothian)",
        "reticulocytes above this show that the treatment is answered, 10*9/L",
        least=50,
        most=150,
    )
    from_day: int = number(
        3, "section 3 (US label)", "reticulocytes rise from so many days after the first dose on", least=1, most=5
    )
    check_day: int = number(
        7, "section 3 (NHS Lothian)", "day after the first dose on which a count is wanted", least=3, most=10
    )
    until_day: int = number(
        10,
        "section 3 (US label)",
        "by the end of so many days after the first dose reticulocytes have risen, or did not",
        least=7,
        most=21,
    )
    haemoglobin_rise_g_per_l: Amount = number(
        "10",
        "section 3 (about 10 g/L a week)",
        "a haemoglobin that has risen by so much shows the response too, g/L",
        least=5,
        most=30,
    )

    @model_validator(mode="after")
    def _ordered(self) -> ReticulocytesPolicy:
        if not self.from_day <= self.check_day <= self.until_day:
            raise ValueError("must rise: from_day <= check_day <= until_day")
        return self
