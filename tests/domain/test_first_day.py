"""The first day: a hospital brings thousands of patients already treated; nothing about them is news (8.1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.facts import Cause, ConditionCode, EnteredAs, Fact, Sex, YesNoUnknown
from domain.judgement import Severity
from domain.regimens import ALL_REGIMENS
from tests.kit import (
    assess_at,
    condition,
    date_of,
    day,
    folate,
    haemoglobin,
    plan,
    platelets,
    record_of,
    vitamin_b12,
)

CODES = [*(regimen.code for regimen in ALL_REGIMENS), "R6", "R8", "an older one"]
AFTER_LOADING = [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG]
UNSAID = {"cause": Cause.UNKNOWN, "sex": Sex.UNKNOWN, "birth_date": None}
HISTORIES: dict[str, list[Fact]] = {
    "no results": [],
    "normal results long ago": [haemoglobin(-400, 135), platelets(-400, 250), vitamin_b12(-400, 500), folate(-400, 8)],
    "bad results long ago": [haemoglobin(-400, 75), platelets(-400, 40), vitamin_b12(-400, 90), folate(-400, 1)],
    "a resection of unknown length": [condition(-900, ConditionCode.ILEAL_RESECTION)],
}
DATES: dict[str, dict[str, date]] = {
    "nothing told": {},
    "a start": {"treatment_started": date_of(-900)},
    "a last dose": {"last_dose": date_of(-20)},
    "a last dose long ago": {"last_dose": date_of(-400)},
    "both": {"treatment_started": date_of(-900), "last_dose": date_of(-20)},
}


def news(at: datetime, *facts: Fact) -> list[str]:
    """The alerts that would reach somebody as new ones."""
    record = record_of(facts, known_at=day(0))
    alerts = assess_at(record, at).alerts
    return [
        f"{alert.rule}: {alert.reason}" for alert in alerts if alert.severity >= Severity.MEDIUM and not alert.standing
    ]


@pytest.mark.parametrize("hours", [0, 25], ids=["on arrival", "a day later"])
@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("dates", DATES)
@pytest.mark.parametrize("involved", list(YesNoUnknown))
@pytest.mark.parametrize("entered_as", AFTER_LOADING)
def test_nothing_is_news_about_a_patient_who_came_after_loading(
    entered_as: EnteredAs, involved: YesNoUnknown, dates: str, history: str, hours: int
) -> None:
    for code in CODES:
        for said in ({}, UNSAID):
            told: dict[str, Any] = {**said, **DATES[dates]}
            came = plan(0, code, entered_as=entered_as, neurological_involvement=involved, **told)
            assert news(day(0) + timedelta(hours=hours), came, *HISTORIES[history]) == [], (code, said)


def test_what_happens_after_the_first_day_is_news() -> None:
    came = plan(0, "R2", entered_as=EnteredAs.LIFELONG, last_dose=date_of(-20))
    assert [line.split(":")[0] for line in news(day(100), came)] == ["injection-overdue"]
