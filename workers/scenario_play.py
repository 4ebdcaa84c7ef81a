"""A scenario played once through intake and treatment, and where what came is not what was expected.

Facts and expectations are met in the order of their times; what is open at one of them is what treatment had published
by then.  The facts as intake understood them are kept, so that coverage can ask the rules again (`scenario_coverage`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from domain.assess import assess
from domain.facts import Fact
from domain.judgement import Quiet
from domain.policy import Policy
from domain.record import Record
from topics.codecs.plain_json import decode
from topics.decoded import DeadLetter, Facts, Origin
from topics.definitions import ALERT_CHANGES, PATIENT_STATUS
from workers.records import InputRecord
from workers.replay import Replay
from workers.scenario import Expected, ExpectedAlert, ExpectedDose, Scenario, ScenarioProblem
from workers.scenario_facts import PATIENT, Message, Teller

_OPEN: Final = ("raised", "updated")
_SILENCE: Final = "silence"

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact, and when it became known."""

    fact: Fact
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood at one expectation: open alerts by rule, alerts closed since the one before, the status if any."""

    expected: Expected
    at: datetime
    alerts: Mapping[str, Data]
    closed: tuple[Data, ...]
    status: Data | None
    heard: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came otherwise than was expected."""

    at: datetime
    expected: str
    came: str


@dataclass(slots=True)
class Played:
    """A scenario that was played; `seen` is in the order of time, `heard` in that of arrival."""

    scenario: Scenario
    policy: Policy
    teller: Teller
    heard: list[Heard] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    refused: list[Difference] = field(default_factory=list)

    def record(self, heard: int) -> Record:
        """The record of the first so many facts."""
        record = Record(PATIENT)
        for known in self.heard[:heard]:
            record = record.add(known.fact, known.at)
        return record


def play(scenario: Scenario) -> Played:
    """The story from its first message to its last expectation.  Raises: ScenarioProblem."""
    return _Player(scenario).play()


class _Player:
    def __init__(self, scenario: Scenario) -> None:
        policy = Policy.model_validate(scenario.policy)
        teller = Teller(scenario, policy.zone_of(""))
        self._played = Played(scenario, policy, teller)
        self._replay = Replay(policy=policy)
        self._open: dict[str, Data] = {}
        self._closed: list[Data] = []
        self._status: Data | None = None

    def play(self) -> Played:
        teller, messages = self._played.teller, self._played.teller.messages()
        expectations = [(teller.instant(e.day, e.hour), e) for e in self._played.scenario.expect]
        for at, expected in sorted(expectations, key=lambda pair: pair[0]):
            while messages and messages[0].arrives <= at:
                self._tell(messages.pop(0))
            self._walk(until=at)
            closed, self._closed = tuple(self._closed), []
            self._played.seen.append(
                Seen(expected, at, dict(self._open), closed, self._status, len(self._played.heard))
            )
        if messages:
            raise ScenarioProblem("the story goes on after its last expectation, and nobody looks at what comes then")
        return self._played

    def _tell(self, message: Message) -> None:
        """Send one message, whose alert (if it is about one) is open by now."""
        content = message.content
        if message.acts_on:
            self._walk(until=message.arrives)
            content = {**content, "alert_id": self._alert_id(message.acts_on)}
        record = InputRecord(
            message.topic, 0, len(self._played.heard), message.arrives, PATIENT.encode(), json.dumps(content).encode()
        )
        self._read(record, message)
        self._walk(record)

    def _alert_id(self, rule: str) -> str:
        if rule not in self._open:
            raise ScenarioProblem(f"no alert of {rule} is open when it is acted on")
        return str(self._open[rule]["alert_id"])

    def _read(self, record: InputRecord, message: Message) -> None:
        """Keep the facts of the message; a refusal that was expected is one."""
        origin = Origin(topic=record.topic, partition=0, offset=record.offset, timestamp=record.timestamp)
        read, wanted = decode(record.topic, record.value, origin=origin), message.told.refused
        match read:
            case Facts(facts=facts):
                self._played.heard += [Heard(fact, record.timestamp) for fact in facts]
                came = "the message was read"
            case DeadLetter(where=where, problem=problem):
                came = f"refused: {where}: {problem}"
            case _:
                came = f"not for us: {read.because}"
        if wanted is None and not isinstance(read, Facts):
            raise ScenarioProblem(f"the fact {message.content['id']} could not be read: {came}")
        if wanted is not None and not (isinstance(read, DeadLetter) and wanted in came):
            self._played.refused.append(Difference(record.timestamp, f"refused: {wanted}", came))

    def _walk(self, *records: InputRecord, until: datetime | None = None) -> None:
        for output in self._replay.run(records, until=until):
            if output.topic == PATIENT_STATUS.name:
                self._status = None if output.value is None else json.loads(output.value)
            elif output.topic == ALERT_CHANGES.name:
                change = json.loads(output.value or b"{}")
                if change["change"] in _OPEN:
                    self._open[change["rule"]] = change
                    continue
                self._closed.append(change)
                if self._open.get(change["rule"], {}).get("alert_id") == change["alert_id"]:
                    del self._open[change["rule"]]


def differences(scenario: Scenario) -> list[Difference]:
    """Every expectation that the story does not meet.  Raises: ScenarioProblem."""
    return differences_of(play(scenario))


def differences_of(played: Played) -> list[Difference]:
    return [*played.refused, *(difference for seen in played.seen for difference in _differences(played, seen))]


def _differences(played: Played, seen: Seen) -> Iterator[Difference]:
    for expected, came in (
        *_alerts(played, seen),
        *_closings(played, seen),
        *status_differences(played, seen.expected, seen.status or {}),
    ):
        yield Difference(seen.at, expected, came)


def _alerts(played: Played, seen: Seen) -> Iterator[tuple[str, str]]:
    wanted = {alert.rule: alert for alert in seen.expected.wanted}
    came = {
        rule: alert
        for rule, alert in seen.alerts.items()
        if played.scenario.compares(rule, alert["severity"], seen.expected)
    }
    for rule in sorted(wanted.keys() | came.keys()):
        alert, data = wanted.get(rule), came.get(rule)
        if alert is None or data is None or not _meets(data, alert):
            text = f"{_SILENCE} of {rule}" if alert is None else str(alert)
            yield text, _quiet_text(played, seen, rule) if data is None else _alert_text(data, alert)


def _meets(data: Data, alert: ExpectedAlert) -> bool:
    told = (data["rule"], data["severity"], data["kind"]) == (alert.rule, alert.severity, alert.kind)
    texts = alert.says in data["alert_reason"] and alert.missing in data["missing"]
    flags = (
        (alert.standing, data["standing"]),
        (alert.acknowledged, bool(data["acknowledged_by"])),
        (alert.snoozed, data["snoozed_until"] is not None),
    )
    agree = all(wanted is None or wanted == came for wanted, came in flags)
    return told and texts and alert.wanted in data["wanted_action"] and agree


def _alert_text(data: Data, alert: ExpectedAlert | None) -> str:
    """The alert that came with its reason, and with whatever else the expectation asks about."""
    asked = alert.model_dump(exclude_defaults=True) if alert else {}
    parts = [
        f"missing: {data['missing']}" if "missing" in asked or data["kind"] == "unknown" else "",
        f"wanted: {data['wanted_action']}" if "wanted" in asked else "",
        f"standing: {data['standing']}".lower() if "standing" in asked else "",
        f"acknowledged by: {data['acknowledged_by'] or 'nobody'}" if "acknowledged" in asked else "",
        f"snoozed until: {data['snoozed_until'] or 'not at all'}" if "snoozed" in asked else "",
    ]
    more = "".join(f" ({part})" for part in parts if part)
    return f"{data['rule']} {data['severity']} {data['kind']} ({data['alert_reason']}){more}"


def _quiet_text(played: Played, seen: Seen, rule: str) -> str:
    """Why there is no alert."""
    if seen.status is None:
        return f"{_SILENCE}: nobody knows this patient"
    judgement = assess(played.record(seen.heard), played.policy, seen.at).judgements[rule]
    because = f": {judgement.because}" if isinstance(judgement, Quiet) else ""
    return f"{_SILENCE} of {rule}{because}"


def _closings(played: Played, seen: Seen) -> Iterator[tuple[str, str]]:
    for name, wanted in (("resolved", seen.expected.resolved), ("withdrawn", seen.expected.withdrawn)):
        if wanted is None:
            continue
        closed = [
            data
            for data in seen.closed
            if data["change"] == name
            and (data["rule"] in wanted or played.scenario.is_about(data["rule"], data["severity"]))
        ]
        if sorted(wanted) != sorted(data["rule"] for data in closed):
            came = "; ".join(f"{data['rule']} ({data['reason']})" for data in closed)
            yield f"{name}: {', '.join(wanted) or 'nothing'}", f"{name}: {came or 'nothing'}"


def status_differences(played: Played, expected: Expected, status: Data) -> Iterator[tuple[str, str]]:
    """Where the status (empty: nobody knows the patient) is not as expected: what was expected, and what came."""
    yield from _phase(played, expected, status)
    if expected.next_dose is not None:
        yield from _next_dose(played, expected.next_dose, status.get("next_dose"))
    for name in ("missing", "coming", "remarks"):
        wanted, shown = getattr(expected, name), status.get(name, [])
        if wanted is None:
            continue
        if (not wanted and shown) or not all(any(text in one for one in shown) for text in wanted):
            yield f"{name}: {'; '.join(wanted) or 'nothing'}", f"{name}: {'; '.join(shown) or 'nothing'}"


def _phase(played: Played, expected: Expected, status: Data) -> Iterator[tuple[str, str]]:
    if expected.phase is not None and expected.phase != status.get("phase"):
        because = f" ({status['phase_because']})" if status else ""
        yield f"phase {expected.phase}", f"phase {status.get('phase', 'none: nobody knows this patient')}{because}"
    if expected.phase_since is not None:
        since = played.teller.day(expected.phase_since).isoformat()
        if since != status.get("phase_since"):
            yield f"phase since {since}", f"phase since {status.get('phase_since') or 'no day that is known'}"


def _next_dose(played: Played, wanted: ExpectedDose | str, came: Data | None) -> Iterator[tuple[str, str]]:
    asked = wanted.model_dump(exclude_none=True) if isinstance(wanted, ExpectedDose) else {}
    days = {name: played.teller.day(day).isoformat() for name, day in asked.items()}
    if (came is None) != (wanted == "none") or any(came is None or came[name] != day for name, day in days.items()):
        texts = [", ".join(f"{name} {day}" for name, day in (window or {}).items()) for window in (days, came)]
        yield f"next dose: {texts[0] or 'none'}", f"next dose: {texts[1] or 'none'}"
