"""The numbers about potassium, reticulocytes and a falling haemoglobin: those of section 3, and in their order."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.policy import Policy
from workers.policy_file import policy_keys


def test_the_defaults_are_the_numbers_of_the_clinical_reference() -> None:
    assert Policy().potassium.model_dump() == {
        "low_below_mmol_per_l": Decimal("3.5"),
        "severe_below_mmol_per_l": 3,
        "critical_below_mmol_per_l": Decimal("2.5"),
        "watch_days": 7,
        "before_hours": 48,
        "known_by_hours": 48,
        "severe_anaemia_below_g_per_l": 80,
    }
    assert Policy().reticulocytes.model_dump() == {
        "raised_above": 85,
        "from_day": 3,
        "check_day": 7,
        "until_day": 10,
        "haemoglobin_rise_g_per_l": 10,
    }
    assert (Policy().haemoglobin.fall_g_per_l, Policy().haemoglobin.highest_from_day) == (Decimal(20), 7)


@pytest.mark.parametrize(
    ("section", "changes", "problem"),
    [
        (
            "potassium",
            {"critical_below_mmol_per_l": 2.6, "severe_below_mmol_per_l": 2.5},
            "critical_below_mmol_per_l <=",
        ),
        ("potassium", {"severe_below_mmol_per_l": 3.1, "low_below_mmol_per_l": 3}, "<= low_below_mmol_per_l"),
        ("reticulocytes", {"from_day": 4, "check_day": 3}, "from_day <= check_day"),
        ("reticulocytes", {"check_day": 8, "until_day": 7}, "check_day <= until_day"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(section: str, changes: dict[str, float], problem: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        Policy.model_validate({section: changes})


def test_numbers_at_the_limit_of_each_other_are_taken() -> None:
    same = {"critical_below_mmol_per_l": 3, "severe_below_mmol_per_l": 3, "low_below_mmol_per_l": 3}
    Policy.model_validate({"potassium": same})
    Policy.model_validate({"reticulocytes": {"from_day": 3, "check_day": 3, "until_day": 7}})
    Policy.model_validate({"reticulocytes": {"check_day": 7, "until_day": 7}})


def test_every_number_has_a_unit() -> None:
    units = {key.dotted: key.unit for key in policy_keys() if key.section in ("potassium", "reticulocytes")}
    assert units["reticulocytes.raised_above"] == "10*9/L"
    assert units["potassium.low_below_mmol_per_l"] == "mmol/L"
    assert all(units.values())
