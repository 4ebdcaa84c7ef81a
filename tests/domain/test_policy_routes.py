"""The numbers of treatment by mouth, of operations and of charts: those of the reference, and none against another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from domain.policy import Policy
from workers.policy_file import policy_keys

DEFAULTS = {
    "oral.first_check_months": 1,
    "oral.second_check_months": 3,
    "oral.check_early_days": 14,
    "oral.first_sign_days": 7,
    "oral.supply_grace_days": 7,
    "surgery.ileum_above_cm": 20,
    "charting.told_days": 28,
    "charting.without_plan_hours": 72,
    "charting.b12_holds_days": 99,
    "charting.antidote_mg_at_least": 1000,
    "charting.double_within_hours": 12,
    "charting.conflict_share": 0.1,
}


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items(), ids=DEFAULTS.keys())
def test_the_default_is_the_number_of_the_clinical_reference(name: str, value: float) -> None:
    section, key = name.split(".")
    assert getattr(getattr(Policy(), section), key) == value


def test_every_number_of_these_sections_is_held_here() -> None:
    held = {key.dotted for key in policy_keys() if key.section in ("oral", "surgery", "charting")}
    assert held == DEFAULTS.keys()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"first_check_months": 2, "second_check_months": 2}, "first_check_months must be below second_check_months"),
        ({"check_early_days": 28}, "less than or equal to 27"),
    ],
)
def test_numbers_of_treatment_by_mouth_that_contradict_each_other_are_refused(
    changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        Policy.model_validate({"oral": changes})


def test_the_second_check_may_be_one_month_after_the_first() -> None:
    Policy.model_validate({"oral": {"first_check_months": 1, "second_check_months": 2}})
    Policy.model_validate({"oral": {"check_early_days": 27}})
