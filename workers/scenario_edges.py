"""Which numbers of the policy the scenarios hold in place.

Every number is made one unit more, and one unit less, and the rules are asked again at every expectation, with the
facts as they became known.  A scenario holds a number from a side where an expectation is then no longer met: another
alert is open, of another class or kind, or the phase, the next dose or another thing that it names differs.  Wordings
do not count: a reason that repeats the number would always change.  So a number that is held from both sides stands
between expectations that lie at most a unit away from it.  What only a live worker uses (how long a closed alert is
kept) no scenario can hold.

A unit is 1 of a whole number; of others 1, 0.1 or 0.01, so that what is allowed has ten to a hundred of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from domain.assess import Assessment, assess
from domain.policy import Policy
from domain.record import Record
from topics.codecs.clinical_event import encode_status
from workers.policy_file import PolicyKey, policy_keys
from workers.scenario_facts import PATIENT
from workers.scenario_play import Played, Seen, status_differences

NUMBERS: Final = tuple(key for key in policy_keys() if key.is_number)


class Side(StrEnum):
    LESS = "less"
    MORE = "more"


@dataclass(slots=True)
class Edge:
    """One number, and how many scenarios hold it from each side; a side is left out where its limits allow no step."""

    key: PolicyKey
    held: dict[Side, int] = field(default_factory=dict)

    @property
    def loose(self) -> list[Side]:
        """The sides from which nothing holds it."""
        return [side for side, scenarios in self.held.items() if not scenarios]


@dataclass(frozen=True, slots=True)
class _Step:
    """A policy in which one number is a unit away."""

    key: PolicyKey
    side: Side
    policy: Policy


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known at one expectation, what it looks at, and the numbers that had a part in the answers."""

    played: Played
    seen: Seen
    record: Record
    outcome: tuple[Any, ...]
    read: frozenset[str]

    def minds(self, step: _Step) -> bool:
        """Whether the expectation would no longer be met."""
        if step.key.dotted not in self.read:
            return False
        return _outcome(self.played, self.seen, assess(self.record, step.policy, self.seen.at)) != self.outcome


def edges_of(stories: Sequence[Played]) -> list[Edge]:
    """How the stories hold each number of the policy."""
    policies = {played.policy.version: played.policy for played in stories}
    steps = {version: list(_steps(policy)) for version, policy in policies.items()}
    watched = {version: WatchedPolicy(policy) for version, policy in policies.items()}
    edges = {key.dotted: Edge(key) for key in NUMBERS}
    for played in stories:
        version = played.policy.version
        asked = list(_asked(played, watched[version]))
        for step in steps[version]:
            held = edges[step.key.dotted].held
            held[step.side] = held.get(step.side, 0) + any(expectation.minds(step) for expectation in asked)
    return list(edges.values())


def _asked(played: Played, watched: WatchedPolicy) -> Iterator[_Asked]:
    """The expectations after the first fact."""
    for seen in played.seen:
        if seen.heard:
            record = played.record(seen.heard)
            assessment, read = watched.assess(record, seen.at)
            yield _Asked(played, seen, record, _outcome(played, seen, assessment), read)


class WatchedPolicy:
    """The same policy, which notes every number that is asked of it: the others can change no answer."""

    def __init__(self, policy: Policy) -> None:
        self._read: set[str] = set()
        sections: dict[str, Any] = {name: self._section(name, getattr(policy, name)) for name in Policy.model_fields}
        self._policy = Policy.model_construct(**sections)
        self._policy.__dict__["version"] = policy.version  # worked out already, so that nothing is asked for it

    def assess(self, record: Record, at: datetime) -> tuple[Assessment, frozenset[str]]:
        """The assessment, and the numbers that were asked for it."""
        self._read.clear()
        return assess(record, self._policy, at), frozenset(self._read)

    def _section(self, name: str, section: BaseModel) -> BaseModel:
        names, read = frozenset(type(section).model_fields), self._read

        class Watched(type(section)):  # type: ignore[misc]
            def __getattribute__(self, asked: str) -> Any:
                if asked in names:
                    read.add(f"{name}.{asked}")
                return super().__getattribute__(asked)

        watched: BaseModel = Watched.model_construct(**section.__dict__)
        return watched


def _outcome(played: Played, seen: Seen, assessment: Assessment) -> tuple[Any, ...]:
    """What the expectation looks at, wordings left out."""
    compares = played.scenario.compares
    alerts = {
        (alert.rule, alert.severity, alert.kind)
        for alert in assessment.alerts
        if compares(alert.rule, alert.severity.word, seen.expected)
    }
    if not seen.expected.looks_at_status:
        return (alerts,)
    status = json.loads(encode_status(PATIENT, seen.at, assessment.situation))
    return alerts, [expected for expected, _ in status_differences(played, seen.expected, status)]


def _steps(policy: Policy) -> Iterator[_Step]:
    """The policies one step away; where the limits allow none, there is none."""
    for key in NUMBERS:
        value = getattr(getattr(policy, key.section), key.name)
        unit = unit_of(key)
        for side, moved in ((Side.LESS, Decimal(str(value)) - unit), (Side.MORE, Decimal(str(value)) + unit)):
            section = {**policy.as_data()[key.section], key.name: type(value)(moved)}
            try:
                yield _Step(key, side, Policy.model_validate({**policy.as_data(), key.section: section}))
            except ValidationError:
                continue


def unit_of(key: PolicyKey) -> Decimal:
    """The step that is one unit of this number."""
    if key.field.annotation is int:
        return Decimal(1)
    least, most = (
        next(getattr(part, name) for part in key.field.metadata if hasattr(part, name)) for name in ("ge", "le")
    )
    width = most - least
    return Decimal("1") if width >= 10 else Decimal("0.1") if width >= 1 else Decimal("0.01")
