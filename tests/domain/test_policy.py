"""Every number a hospital may set: limits that hold, a version that follows the content, messages that name all."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from domain.policy import Policy

DEFAULTS = {
    # the values of sections 2, 3 and 8.1 to 8.5
    "doses.share_of_prescribed_at_least": 0.5,
    "doses.plausible_ug_at_most": 2000,
    "doses.before_plan_days": 28,
    "doses.minimum_age_years": 16,
    "injection.first_dose_grace_days": 3,
    "injection.first_dose_grace_days_neurological": 1,
    "injection.point_grace_share": 0.25,
    "injection.point_grace_days_least": 1,
    "injection.point_grace_days_most": 7,
    "injection.high_after_days": 28,
    "injection.high_after_days_older": 7,
    "injection.older_from_years": 75,
    "haemoglobin.check_day": 56,
    "haemoglobin.alert_months": 2,
    "haemoglobin.reopens_months": 6,
    "haemoglobin.male_g_per_l": 130,
    "haemoglobin.female_g_per_l": 120,
    "haemoglobin.pregnant_g_per_l": 110,
    "haemoglobin.pregnant_second_g_per_l": 105,
    "haemoglobin.moderate_below_g_per_l": 110,
    "haemoglobin.pregnant_moderate_below_g_per_l": 100,
    "haemoglobin.critical_below_g_per_l": 70,
    "haemoglobin.lab_limit_within_g_per_l": 10,
    "haemoglobin.transfusion_days": 90,
    "haemoglobin.other_cause_fall_g_per_l": 10,
    "platelets.limit": 50,
    "platelets.critical_below": 25,
    "platelets.opens_days_before": 7,
    "platelets.low_below": 100,
    "platelets.normal_from": 150,
    "platelets.at_limit_holds_hours": 48,
    "platelets.low_holds_days": 7,
    "platelets.reduced_holds_days": 90,
    "phases.lifelong_after_months": 12,
}

NUMBERS = [
    (section, key)
    for section, held in Policy.model_fields.items()
    if isinstance(held.default, BaseModel)
    for key, value in held.default
    if isinstance(value, int | float | Decimal)
]


def limit(section: str, key: str, side: str) -> float:
    field = type(getattr(Policy(), section)).model_fields[key]
    return next(float(getattr(m, side)) for m in field.metadata if hasattr(m, side))


def with_value(section: str, key: str, value: Any) -> Policy:
    return Policy.model_validate({section: {key: value}})


def said_about(section: str, key: str, value: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as refused:
        with_value(section, key, value)
    return dict(refused.value.errors()[0])


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items(), ids=DEFAULTS.keys())
def test_the_default_is_the_number_of_the_clinical_reference(name: str, value: float) -> None:
    section, key = name.split(".")
    assert getattr(getattr(Policy(), section), key) == value


@pytest.mark.parametrize(("section", "key"), NUMBERS)
@pytest.mark.parametrize(("side", "step"), [("ge", -1), ("le", 1)])
def test_a_number_beyond_its_limit_is_refused_and_the_message_names_key_value_and_limit(
    section: str, key: str, side: str, step: int
) -> None:
    allowed = limit(section, key, side)
    whole = isinstance(getattr(getattr(Policy(), section), key), int)
    beyond: Any = int(allowed) + step if whole else allowed + step
    error = said_about(section, key, beyond)
    assert error["loc"] == (section, key)
    assert error["input"] == beyond
    assert f"{allowed:g}" in error["msg"]


@pytest.mark.parametrize(("section", "key"), NUMBERS)
@pytest.mark.parametrize("value", [True, "many", None, float("nan"), float("inf"), [1]])
def test_what_is_no_number_is_refused(section: str, key: str, value: Any) -> None:
    assert said_about(section, key, value)["loc"] == (section, key)


def test_every_number_has_a_source_a_text_and_two_limits() -> None:
    for section, key in NUMBERS:
        field = type(getattr(Policy(), section)).model_fields[key]
        assert isinstance(field.json_schema_extra, dict) and field.json_schema_extra["source"]
        assert field.description
        assert limit(section, key, "ge") < limit(section, key, "le")


def test_an_unknown_key_is_refused() -> None:
    assert said_about("platelets", "limt", 50)["loc"] == ("platelets", "limt")
    with pytest.raises(ValidationError):
        Policy.model_validate({"platelet": {}})


def test_the_platelet_bands_must_rise() -> None:
    with pytest.raises(ValidationError, match="critical_below <= limit <= low_below <= normal_from"):
        Policy.model_validate({"platelets": {"critical_below": 50, "limit": 49}})
    Policy.model_validate({"platelets": {"critical_below": 50, "limit": 50}})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"alert_months": 3, "reopens_months": 2}, "alert_months must not be above reopens_months"),
        ({"alert_months": 1, "check_day": 32}, "check_day must not be after 31 days for each of alert_months"),
        ({"critical_below_g_per_l": 90, "moderate_below_g_per_l": 80}, "critical_below_g_per_l <= moderate_below"),
        ({"moderate_below_g_per_l": 120, "female_g_per_l": 110}, "moderate_below_g_per_l <= female_g_per_l"),
        ({"female_g_per_l": 140}, "female_g_per_l <= male_g_per_l"),
        ({"critical_below_g_per_l": 90, "pregnant_moderate_below_g_per_l": 80}, "<= pregnant_moderate_below_g_per_l"),
        ({"pregnant_moderate_below_g_per_l": 106}, "pregnant_moderate_below_g_per_l <= pregnant_second_g_per_l"),
        ({"pregnant_second_g_per_l": 111}, "pregnant_second_g_per_l <= pregnant_g_per_l"),
    ],
)
def test_numbers_of_haemoglobin_that_contradict_each_other_are_refused(changes: dict[str, int], problem: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        Policy.model_validate({"haemoglobin": changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"alert_months": 2, "reopens_months": 2},
        {"alert_months": 1, "check_day": 31},
        {"moderate_below_g_per_l": 120, "female_g_per_l": 120, "male_g_per_l": 120},
        {"pregnant_moderate_below_g_per_l": 110, "pregnant_second_g_per_l": 110},
        {"critical_below_g_per_l": 80, "moderate_below_g_per_l": 80, "pregnant_moderate_below_g_per_l": 80},
    ],
)
def test_numbers_of_haemoglobin_may_be_equal(changes: dict[str, int]) -> None:
    Policy.model_validate({"haemoglobin": changes})


def test_the_least_grace_is_not_above_the_most() -> None:
    with pytest.raises(ValidationError, match="point_grace_days_least"):
        Policy.model_validate({"injection": {"point_grace_days_least": 5, "point_grace_days_most": 4}})


def test_a_time_zone_that_does_not_exist_is_refused_by_name() -> None:
    assert "'Europe/Lodnon'" in said_about("calendar", "time_zone", "Europe/Lodnon")["msg"]
    assert said_about("calendar", "ward_time_zones", {"a": "Nowhere"})["loc"][:2] == ("calendar", "ward_time_zones")


def test_a_ward_without_a_zone_of_its_own_has_the_hospitals() -> None:
    policy = Policy.model_validate({"calendar": {"ward_time_zones": {"leste": "America/Sao_Paulo"}}})
    assert policy.zone_of("leste").key == "America/Sao_Paulo"
    assert policy.zone_of("").key == policy.zone_of("other").key == "Europe/London"


@pytest.mark.parametrize("spelling", [50, "50", "50.0", Decimal("5E+1"), 50.0])
def test_one_number_in_any_spelling_is_one_version(spelling: Any) -> None:
    assert with_value("platelets", "limit", spelling).version == Policy().version


@pytest.mark.parametrize(("section", "key"), NUMBERS)
def test_no_number_can_change_without_the_version(section: str, key: str) -> None:
    default = getattr(getattr(Policy(), section), key)
    nearest = 1 if isinstance(default, int) else Decimal("0.5") if isinstance(default, Decimal) else 0.01
    versions = {policy.version for step in (nearest, -nearest) if (policy := accepted(section, key, default + step))}
    assert versions and Policy().version not in versions


def accepted(section: str, key: str, value: Any) -> Policy | None:
    """The policy with this value, where neither its limits nor its neighbours forbid it."""
    try:
        return with_value(section, key, value)
    except ValidationError:
        return None


def test_a_copy_with_another_number_has_another_version() -> None:
    policy = Policy()
    before = policy.version
    changed = policy.model_copy(update={"facts": policy.facts.model_copy(update={"clock_tolerance_minutes": 1})})
    assert changed.version != before
    assert changed.tolerance.total_seconds() == 60


def test_a_policy_survives_the_wire() -> None:
    policy = Policy.model_validate({"platelets": {"limit": "49.5"}, "calendar": {"ward_time_zones": {"a": "UTC"}}})
    again = Policy.model_validate(policy.as_data())
    assert again == policy
    assert again.version == policy.version
