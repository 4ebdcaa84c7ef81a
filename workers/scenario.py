"""Scenarios: a patient's story with the alerts that it must give, in YAML that a clinician can read and check.

    scenario: a loading dose two days late
    shows: [S5, section 8.3]
    only: [injection-overdue]
    start: 2026-01-05                                  # day 0
    facts:
      - {day: 0, plan: {regimen: R2, neurological_involvement: no, sex: female}}
      - {days: [0, 5], hour: 10, injection: 1 mg}
    expect:
      - {day: 3, alerts: []}                           # silence
      - {day: 4, alerts: [injection-overdue high], phase: loading}

A fact becomes known at its own time, or on the day that `told` names; `hour` is 9 unless told.  What a fact can say
stands in `scenario_facts`, and for those who write stories in tests/scenarios/README.md.

What an expectation compares, so that silence means silence and still nobody has to list every note:

* With `only` the story is about these rules: all their open alerts are compared, of every class; those of other rules
  are not looked at.
* Without it the story is about all rules: all open alerts of class medium and above are compared, no more and no less,
  findings and "cannot tell" alike.  Alerts of class low and info are notes: they are compared where `alerts` names
  their rule, and all of them where `notes` is given.
* `phase`, `phase_since`, `next_dose`, `missing`, `coming`, `remarks`, `resolved` and `withdrawn` are compared where
  they are given.

The story goes through intake and treatment as in a replay (`scenario_play`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from domain.phase import Phase
from domain.policy import Policy
from domain.rules import RULE_VERSIONS
from workers.scenario_yaml import read_yaml

HOUR = 9.0
_COMMON = ("day", "days", "hour", "told", "told_hour", "id", "version", "refused", "but")
_SHOWN = r"^(S([1-9]|1\d|2[0-4])|H([1-9]|1\d|2[0-5])|section [0-8](\.\d)?)$"
_CLASSES = ("info", "low", "medium", "high", "critical")


class ScenarioProblem(Exception):
    """What keeps a file from being a scenario."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def hours_of(value: Any) -> Any:
    """The number of hours that a number, a time as 9:30, or `unknown` (None) says.  Raises: ValueError."""
    if not isinstance(value, str) or ":" not in value:
        return None if value == "unknown" else value
    hours, _, minutes = value.partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(minutes) < 60):
        raise ValueError("an hour is a number, a time as 9:30, or unknown")
    return int(hours) + int(minutes) / 60


Hours = Annotated[float, Field(ge=0, lt=24)]
Hour = Annotated[Hours | None, BeforeValidator(hours_of)]
StoryDay = int | date
"""The number of a day of the story, or a date."""


class Told(_Strict):
    """One fact: when it happened, when it became known, the `word` for its kind, and what it `says`.

    `but` sets fields of the message as the wire has them.  `refused` says that intake must refuse the message, and
    what its reason must hold.  `hour` is None where only the day is known.
    """

    days: tuple[int, ...]
    hour: Hour = HOUR
    told: int | None = None
    told_hour: Hour = None
    id: str | None = None
    version: int = Field(default=1, ge=1)
    refused: str | None = None
    but: dict[str, Any] = Field(default_factory=dict)
    word: str
    says: Any

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, content: object) -> object:
        if not isinstance(content, dict):
            raise ValueError("a fact is written {day: 0, ...}")
        words = [word for word in content if word not in _COMMON]
        if len(words) != 1:
            named = f": {', '.join(map(str, words))}" if words else ""
            raise ValueError(f"a fact says one thing, beside {', '.join(_COMMON)}; here are {len(words)}{named}")
        if ("day" in content) == ("days" in content):
            raise ValueError("a fact has a day, or a list of days")
        told = {name: content[name] for name in _COMMON if name in content and name not in ("day", "days")}
        days = content["days"] if "days" in content else [content["day"]]
        return {**told, "days": days, "word": str(words[0]), "says": content[words[0]]}

    @model_validator(mode="after")
    def _id_is_of_one(self) -> Told:
        if self.id is not None and len(self.days) != 1:
            raise ValueError("several days cannot have one id")
        return self


def _alert(value: object) -> object:
    """`injection-overdue high`, and `injection-overdue high unknown` where the rule cannot tell."""
    if not isinstance(value, str):
        return value
    parts = value.split()
    if len(parts) not in (2, 3) or parts[2:] not in ([], ["unknown"], ["finding"]):
        raise ValueError(f"{value!r} is not an alert; it should look like: injection-overdue high")
    return {"rule": parts[0], "severity": parts[1], "kind": parts[2] if len(parts) == 3 else "finding"}


class ExpectedAlert(_Strict):
    """An alert; the texts must be part of what it says, and what is None is not compared."""

    rule: str
    severity: Literal["info", "low", "medium", "high", "critical"]
    kind: Literal["finding", "unknown"] = "finding"
    says: str = ""
    missing: str = ""
    wanted: str = ""
    standing: bool | None = None
    acknowledged: bool | None = None
    snoozed: bool | None = None

    def __str__(self) -> str:
        told = self.model_dump(exclude={"rule", "severity", "kind", "says"}, exclude_defaults=True)
        more = [self.says, *(f"{name}: {value}".lower() for name, value in told.items())]
        return f"{self.rule} {self.severity} {self.kind}" + "".join(f" ({text})" for text in more if text)


Alerts = list[Annotated[ExpectedAlert, BeforeValidator(_alert)]]


class ExpectedDose(_Strict):
    """The window of the next dose; days that are left out are not compared."""

    earliest: StoryDay | None = None
    due: StoryDay | None = None
    overdue_after: StoryDay | None = None


class Expected(_Strict):
    """What must stand at one time; what is None is not compared.

    `missing`, `coming` and `remarks` hold texts of which each must be part of one that the status shows; an empty list
    says that the status shows none.  `resolved` and `withdrawn` name the rules whose alerts were so closed since the
    expectation before.
    """

    day: int
    hour: Annotated[Hours, BeforeValidator(hours_of)] = HOUR
    alerts: Alerts | None = None
    notes: Alerts | None = None
    phase: Phase | None = None
    phase_since: StoryDay | None = None
    next_dose: ExpectedDose | Literal["none"] | None = None
    missing: list[str] | None = None
    coming: list[str] | None = None
    remarks: list[str] | None = None
    resolved: list[str] | None = None
    withdrawn: list[str] | None = None

    @property
    def wanted(self) -> list[ExpectedAlert]:
        return [*(self.alerts or ()), *(self.notes or ())]

    @property
    def looks_at_status(self) -> bool:
        asked = (self.phase, self.phase_since, self.next_dose, self.missing, self.coming, self.remarks)
        return any(wanted is not None for wanted in asked)

    @model_validator(mode="after")
    def _expects_something(self) -> Expected:
        if len(self.model_fields_set - {"day", "hour"}) == 0:
            raise ValueError("an expectation names alerts, or something else to compare")
        if self.notes is not None and self.alerts is None:
            raise ValueError("where notes are given, alerts are given too")
        rules = [alert.rule for alert in self.wanted]
        if len(rules) != len(set(rules)):
            raise ValueError("a rule has one alert at a time; one is named twice")
        return self


class Scenario(_Strict):
    """A whole file; `shows` names the statements, sections and hazards of the clinical reference."""

    scenario: str
    shows: list[Annotated[str, Field(pattern=_SHOWN)]] = Field(min_length=1)
    only: list[str] | None = None
    start: date
    policy: dict[str, Any] = Field(default_factory=dict)
    facts: list[Told]
    expect: list[Expected] = Field(min_length=1)

    @field_validator("policy")
    @classmethod
    def _is_a_policy(cls, policy: dict[str, Any]) -> dict[str, Any]:
        Policy.model_validate(policy)
        return policy

    @model_validator(mode="after")
    def _rules_are_ours(self) -> Scenario:
        named = {*(self.only or ()), *(rule for expected in self.expect for rule in _rules_in(expected))}
        unknown = sorted(named - set(RULE_VERSIONS))
        if unknown:
            raise ValueError(f"there is no rule {', '.join(unknown)}")
        beside = sorted(named - set(self.only)) if self.only is not None else []
        if beside:
            raise ValueError(f"the story is not about {', '.join(beside)}, as `only` says")
        return self

    def is_about(self, rule: str, severity: str) -> bool:
        """Whether alerts of this rule and class concern the story; notes do not, unless `only` names their rule."""
        if self.only is not None:
            return rule in self.only
        return _CLASSES.index(severity) >= _CLASSES.index("medium")

    def compares(self, rule: str, severity: str, expected: Expected) -> bool:
        """Whether an open alert of this rule and class is compared with what is expected."""
        if expected.alerts is None:
            return False
        wants_notes = expected.notes is not None and self.only is None
        return self.is_about(rule, severity) or wants_notes or rule in {alert.rule for alert in expected.wanted}


def _rules_in(expected: Expected) -> Iterator[str]:
    yield from (alert.rule for alert in expected.wanted)
    yield from (*(expected.resolved or ()), *(expected.withdrawn or ()))


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file.

    Raises: ScenarioProblem, with everything that is wrong with its form; OSError.
    """
    try:
        return Scenario.model_validate(read_yaml(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioProblem(f"not YAML: {error}") from None
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}" for e in error.errors())
        raise ScenarioProblem("; ".join(problems)) from None
