"""What is not about one concern: calendar, facts, phases, alerts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from domain.judgement import Severity
from domain.policies.base import Section, Zone, no_bool, number

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


_FEED = r"^(lab-results|administrations|treatment-plans|assessments|alert-actions)"
Facility = Annotated[str, Field(pattern=f"{_FEED}/.+$")]
Hours = Annotated[int, BeforeValidator(no_bool), Field(ge=1, le=2000)]


def _rhythm(default: int, feed: str) -> Any:
    text = f"{feed} is silent when no message has come for so long; 0: nobody expects one"
    return number(default, "section 6.3, H1", text, least=0, most=2000)


class SilencePolicy(Section):
    """How long a feed may say nothing.  The defaults allow a long weekend; a hospital sets what it knows of its own."""

    lab_results_hours: int = _rhythm(96, "lab-results")
    administrations_hours: int = _rhythm(96, "administrations")
    treatment_plans_hours: int = _rhythm(0, "treatment-plans")
    assessments_hours: int = _rhythm(0, "assessments")
    alert_actions_hours: int = _rhythm(0, "alert-actions")
    facility_hours: dict[Facility, Hours] = Field(
        default_factory=dict,
        description="the same for one source (a feed's name, or what canonical messages call their source) within a "
        "topic, by topic/source; only what a rule reads counts there",
        json_schema_extra={"source": "section 6.3, H1"},
    )
    hold_page_hours: int = number(
        24,
        "section 8.8",
        "an alert that a silent feed could have faked may hold its page for so long",
        least=0,
        most=24,
    )
    intake_lags_minutes: int = number(
        60,
        "section 6.3, H1",
        "when the log is not complete for so long, those who run b12watch are told that intake lags; longer than "
        "between two ticks",
        least=15,
        most=1440,
    )

    @cached_property
    def rhythms(self) -> Mapping[str, timedelta]:
        """The longest silence that is expected, for each feed of which one is: a topic, or topic/source."""
        topics = {
            "lab-results": self.lab_results_hours,
            "administrations": self.administrations_hours,
            "treatment-plans": self.treatment_plans_hours,
            "assessments": self.assessments_hours,
            "alert-actions": self.alert_actions_hours,
        }
        return {feed: timedelta(hours=hours) for feed, hours in {**topics, **self.facility_hours}.items() if hours}


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
