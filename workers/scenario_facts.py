"""The facts of a scenario as the messages that source systems would have sent.

A word names the kind of a fact (`WORDS`); what it says is written as people write it: `120 ng/L`, `1 mg`, `clumped`.
Where the wire wants a day or a time (`last_dose`, `until`, `starts_at`, ...), a whole number is a day of the story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.calendar import start_of_day
from domain.facts import Action, Analyte, Drug
from topics.definitions import ADMINISTRATIONS, ALERT_ACTIONS, ASSESSMENTS, LAB_RESULTS, TREATMENT_PLANS
from workers.scenario import HOUR, Scenario, ScenarioProblem, Told, hours_of

PATIENT: Final = "patient"
_SOURCE: Final = "scenario"
_AMOUNT: Final = re.compile(r"([<>]=?)? ?(\d+(?:\.\d+)?) (\S+)(?: ([a-z-]+))?")
_NO_VALUE: Final = re.compile(r"no value(?: \((.+)\))?")
_DAYS: Final = re.compile(r"(at|until|\w+_at|last_dose|treatment_started|birth_date|decided_on)")
_ASKED_FOR: Final = {Action.SNOOZED: "until", Action.GIVEN_ELSEWHERE: "given"}

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the story; `acts_on` is the rule whose open alert it is about."""

    topic: str
    arrives: datetime
    content: Fields
    told: Told
    acts_on: str = ""


@dataclass(slots=True)
class Teller:
    """Turns the facts of a story into messages; later facts may speak of earlier ones by their ids."""

    scenario: Scenario
    zone: ZoneInfo
    _told: dict[str, Message] = field(default_factory=dict)
    _plan_id: str = ""

    def messages(self) -> list[Message]:
        """All messages in the order of their arrival.

        Raises: ScenarioProblem where a fact says what no message can say.
        """
        messages = [m for number, told in enumerate(self.scenario.facts) for m in self._messages(told, number)]
        return sorted(messages, key=lambda message: message.arrives)

    def instant(self, day: int, hour: float) -> datetime:
        """`hour` o'clock of the ward's day."""
        midnight = start_of_day(self.day(day), self.zone)
        return (midnight.astimezone(self.zone) + timedelta(hours=hour)).astimezone(UTC)

    def day(self, day: int | date) -> date:
        return day if isinstance(day, date) else self.scenario.start + timedelta(days=day)

    def _messages(self, told: Told, number: int) -> Iterator[Message]:
        for day in told.days:
            own_id = told.id or (f"fact-{number}" if len(told.days) == 1 else f"fact-{number}-day-{day}")
            try:
                message = self._message(told, day, own_id)
            except ScenarioProblem as problem:
                raise ScenarioProblem(f"facts.{number}: {problem}") from None
            self._told[message.content["id"]] = message
            yield message

    def _message(self, told: Told, day: int, own_id: str) -> Message:
        at = self.day(day).isoformat() if told.hour is None else self.instant(day, told.hour).isoformat()
        happened = self.instant(day, HOUR if told.hour is None else told.hour)
        hour = told.told_hour if told.told_hour is not None else HOUR if told.hour is None else told.hour
        arrives = max(happened, self.instant(day if told.told is None else told.told, hour))
        topic, fields, acts_on = self._said(told, at)
        new = {"schema_version": 1, "id": own_id, "version": told.version, "patient_id": PATIENT, "source": _SOURCE}
        content = {**new, **self._dated({**fields, **told.but})}
        if topic == TREATMENT_PLANS.name:
            self._plan_id = content["id"]
        return Message(topic, arrives, content, told, acts_on)

    def _said(self, told: Told, at: str) -> tuple[str, Fields, str]:
        """The topic, what the message says, and the rule that it is about."""
        if told.word in tuple(Action):
            fields, rule = _action(Action(told.word), told.says)
            return ALERT_ACTIONS.name, {**fields, "acted_at": at}, rule
        if told.word in ("amend", "end"):
            changed = told.says if told.word == "amend" else {"end": {"at": at, **_fields(told.says)}}
            return TREATMENT_PLANS.name, {**self._next_version(self._plan_id).content, **_fields(changed)}, ""
        if told.word == "withdraw":
            message = self._next_version(str(told.says))
            in_error = {"status": "entered-in-error"} if "status" in message.content else {"entered_in_error": True}
            return message.topic, {**message.content, **in_error}, ""
        word = WORDS.get(told.word)
        if word is None:
            known = ", ".join([*WORDS, *OF_EARLIER_FACTS, *Action])
            raise ScenarioProblem(f"no fact is called {told.word!r}; known: {known}")
        fields = {word.when: at, **word.said(told.says)}
        if told.word == "plan" and fields[word.when] != at:
            fields = {"made_at": at, **fields}  # made on the fact's day, to start on another
        return word.topic, fields, ""

    def _next_version(self, own_id: str) -> Message:
        """The message that was told of this id, one version on."""
        told = self._told.get(own_id)
        if told is None:
            raise ScenarioProblem(f"no earlier fact has the id {own_id!r}" if own_id else "no plan was told before")
        content = {**told.content, "version": told.content["version"] + 1}
        return Message(told.topic, told.arrives, content, told.told)

    def _dated(self, fields: Mapping[str, Any]) -> Fields:
        """The fields, with dates for the numbers of days of the story."""
        return {name: self._dated_field(name, value) for name, value in fields.items()}

    def _dated_field(self, name: str, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"day", "hour"} and _DAYS.fullmatch(name):
            return self.instant(value["day"], hours_of(value["hour"])).isoformat()
        if isinstance(value, dict):
            return self._dated(value)
        if isinstance(value, date) or (_DAYS.fullmatch(name) and type(value) is int):
            return self.day(value).isoformat()
        return value


def _fields(says: Any) -> Fields:
    if not isinstance(says, dict):
        raise ScenarioProblem(f"{says!r} should be fields and values, as {{regimen: R2}}")
    return says


def _amount(says: Any) -> tuple[str, float | int, str, str]:
    """Comparator, number, unit and a last word, as in `1 mg cyanocobalamin`."""
    form = _AMOUNT.fullmatch(str(says))
    if form is None:
        raise ScenarioProblem(f"{says!r} is not an amount; it should look like: 120 g/L")
    number = float(form[2]) if "." in form[2] else int(form[2])
    return form[1] or "", number, form[3], form[4] or ""


def _result(analyte: Analyte) -> Callable[[Any], Fields]:
    def said(says: Any) -> Fields:
        nothing = _NO_VALUE.fullmatch(str(says))
        if says == "clumped" or nothing is not None:
            reason = {"absent_reason": nothing[1]} if nothing and nothing[1] else {}
            return {"analyte": analyte, "status": "final", "value": None, "clumped": says == "clumped", **reason}
        comparator, number, unit, _ = _amount(says)
        sent = {"comparator": comparator} if comparator else {}
        return {"analyte": analyte, "status": "final", "value": number, "unit": unit, **sent}

    return said


def _dose(drug: Drug, route: str) -> Callable[[Any], Fields]:
    def said(says: Any) -> Fields:
        given = {"drug": drug, "route": route, "status": "completed", "dose": None}
        if says == "dose not stated":
            return given
        _, number, unit, other = _amount(says)
        return {**given, "dose": number, "dose_unit": unit, **({"drug": other} if other else {})}

    return said


def _red_cells(says: Any) -> Fields:
    if says != "given":
        raise ScenarioProblem(f"{says!r}: red cells are given, and no dose of theirs is read")
    return {"drug": Drug.RED_CELLS, "route": "intravenous", "status": "completed", "dose": None}


def _medication(kind: str, status: str) -> Callable[[Any], Fields]:
    """An order or a supply: `dose` may be written as an amount."""

    def said(says: Any) -> Fields:
        fields = {"kind": kind, "status": status, **_fields(says)}
        if "dose" in fields:
            _, fields["dose"], fields["dose_unit"], _ = _amount(fields["dose"])
        return fields

    return said


def _finding(says: Any) -> Fields:
    return {"findings": says if isinstance(says, list) else [says]}


def _condition(says: Any) -> Fields:
    return {"kind": "condition", **(says if isinstance(says, dict) else {"code": says})}


def _action(action: Action, says: Any) -> tuple[Fields, str]:
    """What was done about the open alert of a rule, and the rule."""
    told = {"by": "Sister Bea", **(says if isinstance(says, dict) else {"alert": says})}
    asked = {"alert", "by", _ASKED_FOR.get(action, "by")}
    if set(told) != asked:
        raise ScenarioProblem(f"{action} says {', '.join(sorted(asked))}; here: {', '.join(sorted(told))}")
    fields: Fields = {"action": action, "actor": told["by"]}
    if action is Action.SNOOZED:
        fields["until"] = told["until"]
    if action is Action.GIVEN_ELSEWHERE:
        fields["dose_given_at"] = told["given"]
    return fields, str(told["alert"])


@dataclass(frozen=True, slots=True)
class Word:
    """One kind of fact: the topic it travels on, the field for its time, and what its text becomes."""

    topic: str
    when: str
    said: Callable[[Any], Fields]


WORDS: Final[Mapping[str, Word]] = {
    "plan": Word(TREATMENT_PLANS.name, "starts_at", _fields),
    **{analyte.value: Word(LAB_RESULTS.name, "taken_at", _result(analyte)) for analyte in Analyte},
    "injection": Word(ADMINISTRATIONS.name, "given_at", _dose(Drug.HYDROXOCOBALAMIN, "intramuscular")),
    "oral": Word(ADMINISTRATIONS.name, "given_at", _dose(Drug.CYANOCOBALAMIN, "oral")),
    "folic-acid": Word(ADMINISTRATIONS.name, "given_at", _dose(Drug.FOLIC_ACID, "oral")),
    "red-cells": Word(ADMINISTRATIONS.name, "given_at", _red_cells),
    "order": Word(ADMINISTRATIONS.name, "ordered_at", _medication("medication-order", "active")),
    "supply": Word(ADMINISTRATIONS.name, "handed_over_at", _medication("medication-supply", "completed")),
    "finding": Word(ASSESSMENTS.name, "assessed_at", _finding),
    "condition": Word(ASSESSMENTS.name, "began_at", _condition),
}
OF_EARLIER_FACTS: Final = ("amend", "end", "withdraw")
"""Words for what is said about an earlier fact: the newest plan, or the fact of an id."""
