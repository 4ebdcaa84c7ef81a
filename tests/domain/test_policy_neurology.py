"""The numbers about neurological involvement and about what a plan leaves unsaid."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from domain.policy import Policy


def test_the_defaults_are_the_numbers_of_the_clinical_reference() -> None:
    assert Policy().neurology.model_dump() == {
        "referral_high_after_hours": 24,
        "review_day": 21,
        "review_holds_days": 7,
        "review_high_day": 42,
        "check_day": 28,
        "improvement_months": 1,
    }
    assert Policy().paperwork.model_dump() == {"opens_after_hours": 24}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"review_day": 31, "review_high_day": 30}, "review_day must not be above review_high_day"),
        ({"check_day": 32}, "check_day must not be after 31 days for each of improvement_months"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(changes: dict[str, int], problem: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        Policy.model_validate({"neurology": changes})


@pytest.mark.parametrize("changes", [{"review_day": 30, "review_high_day": 30}, {"check_day": 31}])
def test_numbers_at_the_limit_of_each_other_are_taken(changes: dict[str, int]) -> None:
    Policy.model_validate({"neurology": changes})
