"""Scenarios: a patient's story with the alerts that it must give, in YAML that a clinician can read and check.

    scenario: a loading dose two days late
    shows: [S5, section 8.3]
    start: 2026-01-05                                  # day 0
    facts:
      - {day: 0, plan: {regimen: R2, neurological_involvement: "no", sex: female}}
      - {day: 0, hour: 10, injection: 1 mg}
      - {day: 4, hour: 10, injection: 1 mg}
    expect:
      - {day: 3, alerts: []}                           # silence
      - {day: 4, alerts: [{rule: injection-overdue, severity: high, says: 7 January}], phase: loading}

A fact becomes known at its own time, or on the day that `told` names; `hour` is 9 unless told.  `expect` names all
alerts that are open at that time, no more and no less.  The story goes through intake and treatment as in a replay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from domain.calendar import start_of_day
from domain.facts import Analyte
from domain.policy import Policy
from topics.definitions import ADMINISTRATIONS, ALERT_CHANGES, ASSESSMENTS, LAB_RESULTS, PATIENT_STATUS, TREATMENT_PLANS
from workers.records import InputRecord
from workers.replay import Replay

PATIENT = "patient"
_SOURCE = "scenario"
_HOUR = 9.0


class ScenarioProblem(Exception):
    """A file that is no scenario; the text says where and what."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _amount(text: object) -> object:
    """`1 mg` as number and unit."""
    if isinstance(text, str):
        number, _, unit = text.partition(" ")
        return {"value": number, "unit": unit}
    return text


class Amount(_Strict):
    value: Annotated[str, Field(pattern=r"^[<>]?=?[0-9]+(\.[0-9]+)?$")]
    unit: str

    @property
    def number(self) -> float | int:
        digits = self.value.lstrip("<>=")
        return float(digits) if "." in digits else int(digits)

    @property
    def comparator(self) -> str | None:
        return self.value.removesuffix(self.value.lstrip("<>=")) or None


Quantity = Annotated[Amount, BeforeValidator(_amount)]


class Told(_Strict):
    """One fact: when it happened, when it became known, and one of the kinds; `but` changes fields of the message."""

    day: int
    hour: float = _HOUR
    told: int | None = None
    id: str | None = None
    version: int = 1
    plan: dict[str, Any] | None = None
    injection: Quantity | None = None
    haemoglobin: Quantity | None = None
    platelets: Quantity | None = None
    finding: str | None = None
    but: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> Told:
        kinds = [name for name in ("plan", "injection", "haemoglobin", "platelets", "finding") if getattr(self, name)]
        if len(kinds) != 1:
            raise ValueError("a fact is one of plan, injection, haemoglobin, platelets, finding")
        return self


class ExpectedAlert(_Strict):
    rule: str
    severity: str
    kind: str = "finding"
    says: str = ""


class Expected(_Strict):
    """The open alerts, all of them, and the phase if it is named."""

    day: int
    hour: float = _HOUR
    alerts: list[ExpectedAlert]
    phase: str | None = None


class Scenario(_Strict):
    scenario: str
    shows: list[str]
    start: date
    facts: list[Told]
    expect: list[Expected]
    policy: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that was not met."""

    at: datetime
    expected: str
    came: str


def load_scenario(path: Path) -> Scenario:
    """Raises: ScenarioProblem, OSError."""
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ScenarioProblem(f"{path}: not YAML: {error}") from None
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}" for e in error.errors())
        raise ScenarioProblem(f"{path}: " + "; ".join(problems)) from None


def differences(scenario: Scenario) -> Iterator[Difference]:
    """Every expectation that the story does not meet."""
    policy = Policy.model_validate(scenario.policy)
    zone = policy.zone_of("")
    log = sorted((_record(scenario, told, n, zone) for n, told in enumerate(scenario.facts)), key=lambda r: r.timestamp)
    for expected in scenario.expect:
        at = _instant(scenario, expected.day, expected.hour, zone)
        alerts, phase = _standing(log, policy, at)
        wanted = sorted(_wanted_text(alert) for alert in expected.alerts)
        came = sorted(_came_text(alert, expected.alerts) for alert in alerts)
        if wanted != came:
            yield Difference(at, "; ".join(wanted) or "silence", "; ".join(came) or "silence")
        if expected.phase is not None and expected.phase != phase:
            yield Difference(at, f"phase {expected.phase}", f"phase {phase}")


def _instant(scenario: Scenario, day: int, hour: float, zone: ZoneInfo) -> datetime:
    """`hour` o'clock of the ward's day."""
    midnight = start_of_day(scenario.start + timedelta(days=day), zone)
    return (midnight.astimezone(zone) + timedelta(hours=hour)).astimezone(UTC)


def _record(scenario: Scenario, told: Told, number: int, zone: ZoneInfo) -> InputRecord:
    """The message of a fact, as its source system would have sent it."""
    at = _instant(scenario, told.day, told.hour, zone)
    topic, said = _said(told, at.isoformat())
    content = {
        "schema_version": 1,
        "id": told.id or f"fact-{number}",
        "version": told.version,
        "patient_id": PATIENT,
        "source": _SOURCE,
        **said,
        **told.but,
    }
    arrives = at if told.told is None else max(at, _instant(scenario, told.told, told.hour, zone))
    value = json.dumps(content, default=date.isoformat).encode()
    return InputRecord(topic, 0, number, arrives, PATIENT.encode(), value)


def _said(told: Told, at: str) -> tuple[str, dict[str, Any]]:
    if told.plan is not None:
        return TREATMENT_PLANS.name, {"starts_at": at, **told.plan}
    if told.finding is not None:
        return ASSESSMENTS.name, {"findings": [told.finding], "assessed_at": at}
    if told.injection is not None:
        return ADMINISTRATIONS.name, {
            "drug": "hydroxocobalamin",
            "route": "intramuscular",
            "status": "completed",
            "dose": told.injection.number,
            "dose_unit": told.injection.unit,
            "given_at": at,
        }
    analyte = Analyte.HAEMOGLOBIN if told.haemoglobin is not None else Analyte.PLATELETS
    amount = told.haemoglobin or told.platelets
    assert amount is not None, "a fact is of one kind"
    return LAB_RESULTS.name, {
        "analyte": analyte,
        "status": "final",
        "value": amount.number,
        "unit": amount.unit,
        "comparator": amount.comparator,
        "taken_at": at,
    }


def _standing(log: list[InputRecord], policy: Policy, at: datetime) -> tuple[list[dict[str, Any]], str]:
    """The alerts that are open at `at`, and the phase, by a replay of what was known until then."""
    known = [record for record in log if record.timestamp <= at]
    replay = Replay(policy=policy)
    open_alerts: dict[str, dict[str, Any]] = {}
    phase = "nobody knows this patient"
    for output in replay.run(known, until=at):
        if output.topic == ALERT_CHANGES.name:
            change = json.loads(output.value or b"{}")
            open_alerts[change["alert_id"]] = change
        elif output.topic == PATIENT_STATUS.name:
            phase = json.loads(output.value or b"{}")["phase"]
    if replay.counts["dead letters"] or replay.counts["not for us"]:
        raise ScenarioProblem("a fact of this scenario could not be read; check its words, units and fields")
    return [alert for alert in open_alerts.values() if alert["change"] in ("raised", "updated")], phase


def _wanted_text(alert: ExpectedAlert) -> str:
    says = f" ({alert.says})" if alert.says else ""
    return f"{alert.rule} {alert.severity} {alert.kind}{says}"


def _came_text(came: dict[str, Any], wanted: list[ExpectedAlert]) -> str:
    """The alert that came, in the words of the expectation that it meets, or else in its own."""
    for alert in wanted:
        same = (alert.rule, alert.severity, alert.kind) == (came["rule"], came["severity"], came["kind"])
        if same and alert.says in came["alert_reason"]:
            return _wanted_text(alert)
    return f"{came['rule']} {came['severity']} {came['kind']} ({came['alert_reason']})"
