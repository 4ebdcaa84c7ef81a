"""What was known of one patient at each step of a log, and every change of the patient's alerts.

The log is replayed, and at each step the memory of the patient's partition is looked at: what is explained is what
treatment itself held, not a second reading of the log.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.alerts import AlertChange
from domain.facts import rank
from domain.policy import Policy
from domain.record import Known, Record
from topics.codecs.clinical_event import decode_alert_change, decode_known
from topics.definitions import ALERT_CHANGES, TREATMENT_CHANGELOG
from topics.meaning.feeds import Feeds
from topics.schemas.changelog import PARTITION_KEY
from workers.memory import Memory
from workers.records import InputRecord, Output
from workers.replay import Replay


@dataclass(frozen=True, slots=True)
class State:
    """What was known of the patient, and the policy in force, at an instant."""

    at: datetime
    record: Record
    policy: Policy


@dataclass(frozen=True, slots=True)
class Published:
    """One change of an alert, and the state in which it came.

    `came_with` is the fact that the step took in; None: the time alone, or another policy, changed the alert.
    """

    change: AlertChange
    state: State
    came_with: Known | None


@dataclass(slots=True)
class History:
    """All that a log tells of one patient.  `ends_at` is the time to which the log goes, or was let go on."""

    patient_id: str
    ends_at: datetime
    states: list[State] = field(default_factory=list)
    changes: list[Published] = field(default_factory=list)

    def state_at(self, at: datetime) -> State | None:
        """What was known at `at`; None before the first fact."""
        place = bisect_right(self.states, at, key=lambda state: state.at)
        return replace(self.states[place - 1], at=at) if place else None

    def known_by(self, at: datetime) -> History:
        """The history as it was known at `at`; the whole of it where it ends before."""
        return History(
            self.patient_id,
            min(self.ends_at, at),
            [state for state in self.states if state.at <= at],
            [published for published in self.changes if published.state.at <= at],
        )

    def versions_before(self, state: State) -> dict[str, Known]:
        """Of each fact that is known in another version than before, the version before."""
        earlier: dict[str, Known] = {}
        for past in self.states:
            if past.at > state.at:
                break
            for fact_id, known in past.record.known.items():
                now = state.record.known.get(fact_id)
                if now is not None and now is not known and rank(known.fact) < rank(now.fact):
                    earlier[fact_id] = known
        return earlier

    def of_alert(self, alert_id: str) -> list[Published]:
        return [published for published in self.changes if published.change.published.alert.alert_id == alert_id]

    @property
    def alert_ids(self) -> list[str]:
        """The ids of all alerts that there were, in the order in which they were first raised."""
        return list(dict.fromkeys(published.change.published.alert.alert_id for published in self.changes))


def alerts_of(
    log: Sequence[InputRecord], *, policy: Policy | None, until: datetime | None, feeds: Feeds | None = None
) -> dict[str, str]:
    """The ids of all alerts that a log gives, each with its patient, in the order in which they were raised."""
    outputs = Replay(policy=policy, feeds=feeds).run(log, until=until)
    changes = (decode_alert_change(o.value or b"").published for o in outputs if o.topic == ALERT_CHANGES.name)
    return {change.alert.alert_id: change.alert.patient_id for change in changes}


def history_of(
    log: Sequence[InputRecord],
    patient_id: str,
    *,
    policy: Policy | None,
    until: datetime | None,
    feeds: Feeds | None = None,
) -> History | None:
    """The history of one patient; `policy` stands over those of the log, `until` lets time go on; see `Replay`.

    None where the log says nothing of the patient, or tells no time at which anything could be judged.
    """
    replay = Replay(policy=policy, patient_id=patient_id, with_changelog=True, feeds=feeds)
    reader = _Reader(patient_id, policy or Policy())
    for output in replay.run(log, until=until):
        reader.read(output, replay.memory_of(patient_id))
    ends_at = _ends_at(replay, reader.memory, until)
    if ends_at is None or not reader.states:
        return None
    return History(patient_id, ends_at, reader.states, reader.changes)


def _ends_at(replay: Replay, memory: Memory | None, until: datetime | None) -> datetime | None:
    """The partition's time: what its ticks told, or where it has none the newest log time."""
    entry = memory.entry if memory else None
    told = entry.time if entry is not None and any(entry.sources.values()) else replay.ends_at
    return max(filter(None, (told, until)), default=None)


class _Reader:
    """Takes in what a replay gives, with the memory as it stands after the step."""

    def __init__(self, patient_id: str, default: Policy) -> None:
        self.memory: Memory | None = None
        self.states: list[State] = []
        self.changes: list[Published] = []
        self._patient_id = patient_id
        self._policy = default
        self._partition: int | None = None
        self._newest: tuple[Known, Policy] | None = None

    def read(self, output: Output, memory: Memory | None) -> None:
        if memory is None:
            return
        self.memory = memory
        at = self._instant_of(output, memory)
        if at is None:
            return
        state = self._state(at, memory)
        if not self.states or self.states[-1].record is not state.record or self.states[-1].policy is not state.policy:
            self.states.append(state)
        if output.topic == ALERT_CHANGES.name:
            self.changes.append(Published(decode_alert_change(output.value or b""), state, self._came_with(at)))
        elif output.key != PARTITION_KEY:
            self._newest = decode_known(output.value or b"")[1], state.policy

    def _instant_of(self, output: Output, memory: Memory) -> datetime | None:
        """The instant of the step that gave an output; None where it does not tell of this patient's."""
        if output.topic == ALERT_CHANGES.name:
            return decode_alert_change(output.value or b"").published.changed_at
        if output.topic != TREATMENT_CHANGELOG.name or output.value is None:
            return None
        if output.key != PARTITION_KEY:
            self._partition = output.partition
            return _came_at(decode_known(output.value)[1])
        return memory.entry.time if memory.entry and output.partition == self._partition else None

    def _came_with(self, at: datetime) -> Known | None:
        """The fact of this step: a review comes later than every fact, an activation brings another policy."""
        newest, policy = self._newest or (None, None)
        return newest if newest is not None and _came_at(newest) == at and policy is self._policy else None

    def _state(self, at: datetime, memory: Memory) -> State:
        """The state at an instant; several steps may come at one, and the time never goes back."""
        if self.states:
            at = max(at, self.states[-1].at)
        entry = memory.entry
        if entry is not None and entry.policy is not None and entry.policy_version != self._policy.version:
            self._policy = Policy.model_validate(entry.policy)
        return State(at, memory.known[self._patient_id], self._policy)


def _came_at(known: Known) -> datetime:
    """When it came to this patient: what another handed on keeps the time at which it became known there."""
    return known.handed.taken_at if known.handed else known.since
