"""What a rule answered at one moment, and how one answer differs from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from domain.alerts import Alert, AlertKind
from domain.assess import Assessment
from domain.judgement import CannotTell, Judgement, Quiet

_SAID = ("reason", "missing", "wanted_action", "source_statement", "evidence", "phase", "regimen")


@dataclass(frozen=True, slots=True)
class Answer:
    """The judgement of one rule, and the alert that it makes (None: it is quiet)."""

    judgement: Judgement
    alert: Alert | None

    @property
    def words(self) -> str:
        """In short: `quiet`, or the severity, and that the rule cannot tell."""
        if self.alert is None:
            return "quiet"
        return f"{self.alert.severity.word}{', cannot tell' if self.alert.kind is AlertKind.UNKNOWN else ''}"

    @property
    def because(self) -> str:
        return str(self.judgement.because)

    @property
    def missing(self) -> str:
        return str(self.judgement.missing) if isinstance(self.judgement, CannotTell) else ""

    @property
    def coming(self) -> str:
        return str(self.judgement.coming) if isinstance(self.judgement, Quiet) else ""


def answers_of(assessment: Assessment) -> Mapping[str, Answer]:
    """The answer of every rule: a rule has one alert at most."""
    alerts = {alert.rule: alert for alert in assessment.alerts}
    return {rule: Answer(judgement, alerts.get(rule)) for rule, judgement in assessment.judgements.items()}


class Weight(IntEnum):
    """What differs: nothing, only words, something that people see of the alert, or whether there is an alert."""

    NONE = 0
    WORDS = 1
    ALERT = 2
    STANDS = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """How an answer differs from another: `what` in short and for people, `because` as the other answer has it."""

    weight: Weight
    what: str = ""
    because: str = ""

    @property
    def sort(self) -> tuple[Weight, str]:
        """Effects of one sort differ in their reasons alone."""
        return self.weight, self.what

    @property
    def matters(self) -> bool:
        return self.weight >= Weight.ALERT


NO_EFFECT = Effect(Weight.NONE)


def effect(before: Answer, after: Answer) -> Effect:
    """What would be instead of `before`."""
    old, new = before.alert, after.alert
    if old is None and new is None:
        is_same = before.judgement == after.judgement
        return NO_EFFECT if is_same else Effect(Weight.WORDS, "quiet for another reason", after.because)
    if new is None:
        return Effect(Weight.STANDS, "no alert", after.because)
    if old is None:
        return Effect(Weight.STANDS, f"an alert: {after.words}", after.because)
    if new.alert_id != old.alert_id:
        return Effect(Weight.STANDS, f"another alert in its place: {after.words}", after.because)
    return _change(old, new, after)


def _change(old: Alert, new: Alert, after: Answer) -> Effect:
    seen = {
        after.words: (old.severity, old.kind) != (new.severity, new.kind),
        "acknowledged" if new.acknowledged_by else "not acknowledged": old.acknowledged_by != new.acknowledged_by,
        "snoozed" if new.snoozed_until else "not snoozed": old.snoozed_until != new.snoozed_until,
        "from before the enrolment" if new.standing else "from after the enrolment": old.standing != new.standing,
    }
    changed = [text for text, is_changed in seen.items() if is_changed]
    if changed:
        return Effect(Weight.ALERT, ", ".join(changed), after.because)
    if all(getattr(old, name) == getattr(new, name) for name in _SAID):
        return NO_EFFECT
    return Effect(Weight.WORDS, "the same alert in other words", after.because)
