"""The ward of the demo: invented patients, and what their systems say about them over some months.

The first six have a story each, so that every alert, its end and a correction are seen; the rest are drawn by the seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from topics.schemas.source import AdministrationV1, AssessmentV1, LabResultV1
from topics.schemas.source_base import SourceShape
from topics.schemas.source_plan import TreatmentPlanV1
from workers.source_messages import Said, kind_of, said

FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 110
_SOURCE = "demo"


class _Chart:
    """Writes the messages of one patient; days count from the start of the story."""

    def __init__(self, patient_id: str) -> None:
        self.patient_id = patient_id
        self.messages: list[Said] = []

    def plan(self, regimen: str, sex: str, born: int) -> None:
        involved = "yes" if regimen == "R1" else "no"
        self._say(
            TreatmentPlanV1,
            0,
            9,
            regimen=regimen,
            neurological_involvement=involved,
            cause="pernicious-anaemia",
            ward="demo ward",
            sex=sex,
            birth_date=f"{born}-03-14",
            starts_at=_time(0, 9),
        )

    def injection(self, *days: int, charted: int | None = None) -> None:
        """One injection on each day; `charted` is the day on which they reach us, where that is later."""
        for day in days:
            self._say(
                AdministrationV1,
                day,
                10,
                told_on=charted,
                drug="hydroxocobalamin",
                dose=1,
                dose_unit="mg",
                route="intramuscular",
                status="completed",
                given_at=_time(day, 10),
            )

    def result(self, analyte: str, value: int, day: int, *, version: int = 1, told_on: int | None = None) -> None:
        unit = "g/L" if analyte == "haemoglobin" else "10*9/L"
        self._say(
            LabResultV1,
            day,
            5,
            told_on=told_on,
            version=version,
            analyte=analyte,
            value=value,
            unit=unit,
            status="final" if version == 1 else "corrected",
            taken_at=_time(day, 5),
        )

    def found(self, finding: str, day: int) -> None:
        self._say(AssessmentV1, day, 11, findings=[finding], assessed_at=_time(day, 11))

    def _say(self, shape: type[SourceShape], day: int, hour: int, told_on: int | None = None, **content: Any) -> None:
        subject = content.get("analyte", kind_of(shape))
        at = FIRST_DAY + timedelta(days=day if told_on is None else told_on, hours=hour)
        own_id = f"{self.patient_id}-{subject}-{day}"
        self.messages.append(said(shape, at, self.patient_id, _SOURCE, own_id, **content))


def _time(day: int, hour: int) -> str:
    return (FIRST_DAY + timedelta(days=day, hours=hour)).isoformat()


def _begin(chart: _Chart, regimen: str, sex: str, *, haemoglobin: int, platelets: int = 240) -> None:
    chart.plan(regimen, sex, born=1958)
    chart.result("haemoglobin", haemoglobin, 0)
    chart.result("platelets", platelets, 0)


def _as_it_should_be(chart: _Chart) -> None:
    _begin(chart, "R2", "female", haemoglobin=84)
    chart.injection(0, 2, 4, 7, 9, 11, 80)
    chart.result("haemoglobin", 128, 50)


def _a_dose_comes_late(chart: _Chart) -> None:
    _begin(chart, "R2", "male", haemoglobin=96)
    chart.injection(0, 2, 9, 11, 14, 16, 84)
    chart.result("haemoglobin", 139, 55)


def _slow_recovery(chart: _Chart) -> None:
    _begin(chart, "R1", "female", haemoglobin=71)
    chart.injection(*range(0, 21, 2), 78)
    chart.found("still-improving", 10)
    chart.found("no-further-improvement", 21)
    chart.result("haemoglobin", 102, 58)
    chart.result("haemoglobin", 126, 75)


def _platelets_low(chart: _Chart) -> None:
    _begin(chart, "R2", "male", haemoglobin=88)
    chart.injection(0, 2, 4, 7, 9, 11, 76)
    chart.result("platelets", 42, 1)
    chart.result("platelets", 160, 5)
    chart.result("haemoglobin", 141, 52)


def _a_wrong_count_is_corrected(chart: _Chart) -> None:
    _begin(chart, "R2", "female", haemoglobin=101)
    chart.injection(0, 2, 4, 7, 9, 11, 79)
    chart.result("platelets", 18, 3)
    chart.result("platelets", 180, 3, version=2, told_on=4)
    chart.result("haemoglobin", 131, 57)


def _a_dose_is_charted_late(chart: _Chart) -> None:
    _begin(chart, "R1", "male", haemoglobin=92)
    chart.injection(0, 2, 4, 9, 11, 13, 15, 17, 19, 21, 78)
    chart.injection(6, charted=8)
    chart.found("no-further-improvement", 22)
    chart.result("haemoglobin", 136, 49)


_STORIES: tuple[Callable[[_Chart], None], ...] = (
    _as_it_should_be,
    _a_dose_comes_late,
    _slow_recovery,
    _platelets_low,
    _a_wrong_count_is_corrected,
    _a_dose_is_charted_late,
)


def _drawn(chart: _Chart, chance: random.Random) -> None:
    """A patient without a script: mostly on time, sometimes a day or two late."""
    sex = chance.choice(["female", "male"])
    _begin(chart, "R2", sex, haemoglobin=chance.randint(72, 110), platelets=chance.randint(155, 380))
    day = 0
    for _ in range(6):
        chart.injection(day)
        day += chance.choice([2, 2, 3, 3, 3, 4])
    chart.result("haemoglobin", chance.randint(118, 146), chance.randint(45, 60))
    chart.injection(chance.randint(76, 100))


def ward(patients: int, seed: int) -> list[Said]:
    """Everything that is said about `patients` patients, in the order in which it is said."""
    chance = random.Random(seed)  # noqa: S311  invented patients need no secrets
    charts = [_Chart(f"demo-{number:02}") for number in range(1, patients + 1)]
    for number, chart in enumerate(charts):
        if number < len(_STORIES):
            _STORIES[number](chart)
        else:
            _drawn(chart, chance)
    return _in_order(message for chart in charts for message in chart.messages)


def _in_order(messages: Iterable[Said]) -> list[Said]:
    return sorted(messages, key=lambda message: (message.at, message.patient_id))
