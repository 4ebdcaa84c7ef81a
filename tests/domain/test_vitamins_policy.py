"""The numbers of vitamin B12, folate, folic acid and diets: those of sections 3 and 8.7, and none against another."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from domain.policy import Policy
from workers.policy_file import policy_keys

DEFAULTS = {
    "b12.deficient_below_ng_per_l": 180,
    "b12.unlikely_above_ng_per_l": 350,
    "b12.lab_limit_within_ng_per_l": 60,
    "b12.active_deficient_below_pmol_per_l": 25,
    "b12.active_unlikely_above_pmol_per_l": 70,
    "b12.active_lab_limit_within_pmol_per_l": 25,
    "b12.baseline_days": 90,
    "b12.acid_days_before": 28,
    "b12.check_day": 56,
    "b12.alert_months": 2,
    "b12.asked_months": 6,
    "b12.response_days": 7,
    "folate.low_below_ug_per_l": 3,
    "folate.lab_limit_within_ug_per_l": 2,
    "folate.holds_days": 90,
    "folic_acid.look_back_days": 28,
    "folic_acid.deficient_days": 90,
    "folic_acid.b12_within_hours": 24,
    "folic_acid.note_days": 28,
    "diet.b12_holds_days": 90,
}


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items(), ids=DEFAULTS.keys())
def test_the_default_is_the_number_of_the_clinical_reference(name: str, value: float) -> None:
    section, key = name.split(".")
    assert getattr(getattr(Policy(), section), key) == value


@pytest.mark.parametrize(
    ("b12", "said"),
    [
        ({"deficient_below_ng_per_l": 291}, "must not be above unlikely_above_ng_per_l"),
        ({"active_unlikely_above_pmol_per_l": 49}, "must not be above active_unlikely_above_pmol_per_l"),
        ({"alert_months": 3, "asked_months": 2}, "alert_months must not be above asked_months"),
        ({"alert_months": 1}, "check_day must not be after 31 days"),
    ],
)
def test_limits_that_contradict_each_other_are_refused(b12: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Policy.model_validate({"b12": b12})


@pytest.mark.parametrize(
    "b12",
    [
        {"deficient_below_ng_per_l": 290},
        {"active_unlikely_above_pmol_per_l": 50},
        {"asked_months": 2},
        {"alert_months": 1, "check_day": 31},
    ],
)
def test_limits_that_just_agree_are_accepted(b12: dict[str, Any]) -> None:
    Policy.model_validate({"b12": b12})


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("b12.deficient_below_ng_per_l", "ng/L"),
        ("b12.active_unlikely_above_pmol_per_l", "pmol/L"),
        ("folate.low_below_ug_per_l", "ug/L"),
        ("folic_acid.b12_within_hours", "hours"),
        ("b12.check_day", "days"),
    ],
)
def test_the_policy_file_says_the_unit_of_each_key(name: str, unit: str) -> None:
    assert {key.dotted: key.unit for key in policy_keys()}[name] == unit
