"""What is not about one concern: calendar, facts, phases, alerts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from domain.judgement import Severity
from domain.policies.base import Section, Zone, number

SeverityWord = Literal["low", "medium", "high", "critical"]


class CalendarPolicy(Section):
    time_zone: Zone = Field(
        default="Europe/London",
        description="time zone in which days and months are counted where a ward has none of its own",
        json_schema_extra={"source": "section 2"},
    )
    ward_time_zones: dict[str, Zone] = Field(
        default_factory=dict,
        description="time zone of a ward, by the name that plans give it",
        json_schema_extra={"source": "section 2"},
    )


class FactsPolicy(Section):
    full_years: int = number(
        2,
        "design: prune-safe",
        "assessments look at the present calendar year and at so many before it; of older facts only at those that "
        "tell how treatments began, at the last doses and the newest results",
        least=2,
        most=10,
    )
    not_enrolled_days: int = number(
        365,
        "design: Data flow",
        "facts about a patient without a plan are kept for so many days, as baseline values",
        least=180,
        most=1000,
    )
    clock_tolerance_minutes: int = number(
        5, "design: Time", "a fact that is ahead of the partition's time by no more counts at once", least=0, most=60
    )


class PhasesPolicy(Section):
    lifelong_after_months: int = number(
        12, "section 8.2", "maintenance becomes lifelong so many months after the first dose", least=3, most=36
    )


class AlertsPolicy(Section):
    closed_kept_days: int = number(
        7, "design: Data flow", "a closed alert leaves the topic of present alerts after so many days", least=1, most=90
    )


class TimePolicy(Section):
    blind_after_hours: int = number(
        24,
        "design: The history is a function of one log",
        "when the sources have not been complete for so long, time goes on without them, and what is raised says so",
        least=1,
        most=168,
    )


class SeveritiesPolicy(Section):
    overrides: dict[str, dict[SeverityWord, SeverityWord]] = Field(
        default_factory=dict,
        description="classes that a hospital changes: the id of a rule, and for each class that it gives the one "
        "wanted; a note (info) stays a note, and nothing becomes one",
        json_schema_extra={"source": "section 6.2"},
    )

    def of(self, rule_id: str, severity: Severity) -> Severity:
        """The class that the hospital wants where the rule gives `severity`."""
        for given, wanted in self.overrides.get(rule_id, {}).items():
            if given == severity.word:
                return Severity[wanted.upper()]
        return severity
