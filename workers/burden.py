"""The alert burden of a replay: how many alerts people get, by rule and class, and what became of them.

An alert is counted each time it is raised, in the highest class that it had until it closed.  A patient is watched from
the first that is known of them until their treatment is recorded as ended, or until the replay ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final

from domain.alerts import AlertKind, Change
from domain.judgement import Severity
from domain.phase import Phase
from topics.definitions import ALERT_CHANGES, PATIENT_STATUS
from topics.schemas.wire_types import parse_instant
from workers.records import Output

_MONTH: Final = timedelta(days=365.25 / 12)
_CLASSES: Final = {severity.word: severity for severity in Severity}
_CALLS: Final = Severity.HIGH  # from this class on somebody is called, unless the concern stood before


@dataclass(slots=True)
class Raised:
    """One alert from its raising to its end; `closed` is None while it stands."""

    rule: str
    severity: Severity
    since: datetime
    was_unknown: bool
    was_standing: bool
    was_acknowledged: bool = False
    until: datetime | None = None
    closed: Change | None = None

    @property
    def calls(self) -> bool:
        return self.severity >= _CALLS and not self.was_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Alerts of one rule and class (or of all): how many per 100 patient-months, and the shares of what became of them.

    `days` is the median of how long they stood, those that still stand counted to the end.
    """

    rule: str
    severity: str
    raised: int
    per_100_months: float
    unknown: float
    standing: float
    acknowledged: float
    withdrawn: float
    still_open: float
    days: float


class Burden:
    """Takes the outputs of a replay, and says what they were for people."""

    def __init__(self) -> None:
        self.raised: list[Raised] = []
        self._open: dict[str, Raised] = {}
        self._watched_since: dict[str, datetime] = {}
        self._watched = timedelta(0)
        self._patients: set[str] = set()
        self._ends_at: datetime | None = None

    @property
    def patients(self) -> int:
        return len(self._patients)

    @property
    def patient_months(self) -> float:
        """The time for which all patients together were watched."""
        return self._watched / _MONTH

    @property
    def calls(self) -> int:
        """Alerts of class high or critical whose concern did not stand before the patient came."""
        return sum(alert.calls for alert in self.raised)

    def watch(self, outputs: Iterable[Output], ends_at: datetime) -> None:
        """Take all outputs of a replay that goes on to `ends_at`; once."""
        assert self._ends_at is None, "a burden is of one replay"
        for output in outputs:
            if output.topic == ALERT_CHANGES.name:
                self._alert_changed(json.loads(output.value or b""))
            elif (
                output.topic == PATIENT_STATUS.name and output.value is not None
            ):  # else nothing is kept of the patient
                self._status_changed(json.loads(output.value))
        self._ends_at = ends_at
        self._watched += sum((ends_at - since for since in self._watched_since.values()), timedelta(0))

    def _alert_changed(self, change: Mapping[str, Any]) -> None:
        at, alert_id, word = parse_instant(change["at"]), change["alert_id"], Change(change["change"])
        severity = _CLASSES[change["severity"]]
        if word is Change.RAISED:
            is_unknown = change["kind"] == AlertKind.UNKNOWN
            alert = Raised(change["rule"], severity, at, is_unknown, change["standing"])
            self._open[alert_id] = alert
            self.raised.append(alert)
        alert = self._open[alert_id]
        alert.severity = max(alert.severity, severity)
        alert.was_acknowledged |= bool(change["acknowledged_by"])
        if word in (Change.RESOLVED, Change.WITHDRAWN):
            alert.closed, alert.until = word, at
            del self._open[alert_id]

    def _status_changed(self, status: Mapping[str, Any]) -> None:
        patient_id, at = status["patient_id"], parse_instant(status["at"])
        self._patients.add(patient_id)
        since = self._watched_since.pop(patient_id, None)
        if since is not None:
            self._watched += at - since
        if status["phase"] != Phase.ENDED:
            self._watched_since[patient_id] = at

    def lines(self) -> Iterator[Line]:
        """By rule and class, the gravest class of a rule first; then the classes of all rules, and all."""
        groups: dict[tuple[str, Severity], list[Raised]] = {}
        for alert in self.raised:
            groups.setdefault((alert.rule, alert.severity), []).append(alert)
        for rule, severity in sorted(groups, key=lambda group: (group[0], -group[1])):
            yield self._line(rule, severity.word, groups[rule, severity])
        for severity in sorted(Severity, reverse=True):
            of_class = [alert for alert in self.raised if alert.severity is severity]
            if of_class:
                yield self._line("all rules", severity.word, of_class)
        if self.raised:
            yield self._line("all rules", "all classes", self.raised)

    def _line(self, rule: str, severity: str, alerts: list[Raised]) -> Line:
        def share(of: Iterable[object]) -> float:
            return sum(map(bool, of)) / len(alerts)

        assert self._ends_at is not None, "watch first"
        stood = [((alert.until or self._ends_at) - alert.since) / timedelta(days=1) for alert in alerts]
        return Line(
            rule=rule,
            severity=severity,
            raised=len(alerts),
            per_100_months=100 * len(alerts) / self.patient_months if self.patient_months else 0.0,
            unknown=share(alert.was_unknown for alert in alerts),
            standing=share(alert.was_standing for alert in alerts),
            acknowledged=share(alert.was_acknowledged for alert in alerts),
            withdrawn=share(alert.closed is Change.WITHDRAWN for alert in alerts),
            still_open=share(alert.closed is None for alert in alerts),
            days=median(stood),
        )
