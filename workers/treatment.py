"""The treatment worker: clinical-events in; state, alert changes, alerts and patient status out.

It walks, asks and writes; what is medicine is asked of the domain, and what is time of the timeline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from domain.alerts import AlertChange, PublishedAlert
from domain.assess import assess
from domain.facts import Fact, Identity, Merge, rank
from domain.policy import Policy
from domain.record import Known
from domain.rules import RULE_VERSIONS
from topics.cloudevents import alert_change_headers
from topics.codecs.clinical_event import (
    ActivationEvent,
    FactEvent,
    HandedOnEvent,
    OperationalChange,
    RulesEvent,
    TickEvent,
    Unreadable,
    decode_alert,
    decode_event,
    decode_known,
    decode_partition,
    encode_alert,
    encode_alert_change,
    encode_blind_time,
    encode_known,
    encode_partition,
    encode_policy,
    encode_rules,
    encode_status,
)
from topics.definitions import (
    ALERT_CHANGES,
    ALERTS,
    CLINICAL_EVENTS,
    OPERATIONAL_ALERTS,
    PATIENT_STATUS,
    TREATMENT_CHANGELOG,
    TREATMENT_TOPICS,
    TopicDef,
)
from topics.schemas.changelog import PARTITION_KEY, PartitionEntryV1, changelog_key, patient_of
from topics.schemas.outputs import alert_content
from workers.dead_letter_output import unreadable_event
from workers.memory import Memory
from workers.merging import HeldBack, follow
from workers.patient import Outcome, judge
from workers.patients import AWAKE, Patients, Size
from workers.records import Headers, InputRecord, Output, PartitionWork
from workers.timeline import Step, Timeline

ALL_TOPICS: Final = frozenset(topic.name for topic in TREATMENT_TOPICS)  # clinical-events: what merges hand on
Event = Fact | HandedOnEvent


class TreatmentPartition:
    """The patients of one partition of clinical-events, and its time.

    `policy` stands over those in the log (replay); without it the log's newest activation is obeyed.  `writes` are the
    topics that somebody reads (replay): for others nothing is written.  At most `awake` patients are awake.
    """

    def __init__(
        self,
        partition: int,
        counts: Counter[str],
        policy: Policy | None = None,
        writes: Container[str] = ALL_TOPICS,
        awake: int = AWAKE,
    ) -> None:
        self._partition = partition
        self._counts = counts
        self._stores, self._alerts = TREATMENT_CHANGELOG.name in writes, ALERTS.name in writes
        self._operational = OPERATIONAL_ALERTS.name in writes
        self._changes, self._status = ALERT_CHANGES.name in writes, PATIENT_STATUS.name in writes
        self._hands_on = CLINICAL_EVENTS.name in writes
        self._is_policy_given = policy is not None
        self._policy = policy or Policy()
        self._rules = dict(RULE_VERSIONS)
        self._first_time: datetime | None = None
        self._patients = Patients(awake)
        self._held_back = HeldBack(partition, is_told=self._operational)
        self._offset = 0  # of the record in work
        self.timeline: Timeline[Event, Output] = Timeline(self)
        self._entry: PartitionEntryV1 | None = None
        self._policy_json = b""  # of the entry's policy

    @classmethod
    def restored(
        cls, partition: int, counts: Counter[str], stored: Iterable[InputRecord], awake: int = AWAKE
    ) -> TreatmentPartition:
        """The state that the changelog and the topic of present alerts keep; of one key the last record stands.

        Patient by patient: decoded, all of them together would take much more memory than they will.
        """
        work = cls(partition, counts, awake=awake)
        newest = {(record.topic, record.key): record.value for record in stored}
        entry = newest.pop((TREATMENT_CHANGELOG.name, PARTITION_KEY), None)
        known: dict[str, list[bytes]] = {}
        published: dict[str, dict[str, PublishedAlert]] = {}
        for (topic, key), value in newest.items():
            if value is None:
                continue
            if topic == ALERTS.name:
                alert = decode_alert(value)
                published.setdefault(alert.alert.patient_id, {})[alert.alert.alert_id] = alert
            else:
                known.setdefault(patient_of(key or b""), []).append(value)
        if entry is not None:
            work._obey(decode_partition(entry))
        reviews: dict[str, datetime | None] = {}
        for patient_id in known.keys() | published.keys():  # a closed alert may stay when the last fact has gone
            entries = [decode_known(value)[1] for value in known.get(patient_id, ())]
            reviews[patient_id] = work._restore(patient_id, entries, published.get(patient_id, {}))
        if work._entry is not None:
            work.timeline.restore(work._entry.time, work._entry.sources, reviews, work._entry.blind_since)
        work._held_back.restore(work.timeline.time)
        return work

    def _obey(self, entry: PartitionEntryV1) -> None:
        """Take up policy and rules from the stored entry."""
        self._entry = entry
        if entry.policy is not None:
            self._policy = Policy.model_validate(entry.policy)
        self._rules, self._first_time = dict(entry.rules), entry.first_time

    def _restore(
        self, patient_id: str, known: Iterable[Known], published: Mapping[str, PublishedAlert]
    ) -> datetime | None:
        """Take a patient back, and give the next review.

        The reviews are not stored: between two steps an assessment does not change, so judging everybody at the
        partition's time gives the very instants that were planned.
        """
        patient = self._patients[patient_id]
        patient.restore(known, published)
        self._held_back.note(patient)
        if self._entry is None or self._entry.time is None:
            return None
        return patient.take_up(assess(patient.record, self._policy, self._entry.time), self._policy)

    def pass_by(self, record: InputRecord) -> None:
        """A record of somebody who is left out (replay of one patient): it only tells when the partition began."""
        if self._first_time is None:
            self._first_time = record.timestamp

    def process(self, record: InputRecord) -> list[Output]:
        """One record of clinical-events; a record that cannot be read becomes a dead letter, and the walk goes on."""
        self.pass_by(record)
        self._offset = record.offset
        try:
            event = decode_event(record.value or b"")
            if isinstance(event, ActivationEvent):
                policy = Policy.model_validate(dict(event.policy))
        except (Unreadable, ValidationError) as error:
            self._counts["dead letters"] += 1
            return [unreadable_event(record, error)]
        blind_since = self.timeline.blind_since
        match event:
            case FactEvent() | HandedOnEvent():
                outputs = self.timeline.event(event.patient_id, event.said, record.offset)
                if self._entry is not None and not self._held_back.is_news:
                    return outputs  # a fact moves no time: there is nothing new to store about the partition
            case TickEvent(complete_to, sources, is_blind):
                self._counts["ticks"] += 1
                if is_blind:
                    outputs = self.timeline.blind(complete_to, record.offset)
                else:
                    outputs = self.timeline.tick(complete_to, sources, record.offset)
            case ActivationEvent():
                outputs = self.activate(policy, event.rules, event.sources, record.offset)
            case RulesEvent(rules):
                outputs = self.activate(self._policy, rules, self.timeline.sources, record.offset)
        told = [*self._about_blindness(blind_since), *self._held_back.tell(self.timeline.time)]
        return [*told, *outputs, *self._entry_if_changed()]

    def _about_blindness(self, before: datetime | None) -> list[Output]:
        """An operational alert where the time begins to go on without the sources, and where it no longer does."""
        since, time = self.timeline.blind_since, self.timeline.time
        if (before is None) == (since is None) or time is None or not self._operational:
            return []
        kind: OperationalChange = "resolved" if since is None else "raised"
        subject = f"{CLINICAL_EVENTS.name}/{self._partition}"
        value = encode_blind_time(subject, kind, at=time, since=since or before or time, sources=self.timeline.sources)
        return [self._output(OPERATIONAL_ALERTS, subject.encode(), value)]

    def activate(self, policy: Policy, rules: Mapping[str, int], sources: Iterable[str], offset: int) -> list[Output]:
        """From here on this policy and these rules are in force, and all patients are judged anew."""
        self._counts["activations"] += 1
        if not self._is_policy_given:
            self._policy = policy
        self._rules = dict(rules)
        return self.timeline.activate(sources, offset)

    def advance(self, to: datetime, offset: int) -> list[Output]:
        """Let time go on to `to` without a tick: replay does so, for a log that has none and beyond the last record."""
        return self.timeline.advance(to, offset)

    def remembered(self) -> Memory:
        """All that the owner of the partition holds, for comparison with another owner's."""
        return Memory(
            entry=self._entry,
            next_due=self.timeline.next_due,
            known={patient_id: patient.record for patient_id, patient in self._patients.each()},
            apart={
                patient_id: {"": patient.own, **patient.handed}
                for patient_id, patient in self._patients.each()
                if patient.handed or patient.links
            },
            published={
                patient_id: tuple(alert for _, alert in sorted(patient.published.items()))
                for patient_id, patient in self._patients.each()
            },
        )

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy

    @property
    def complete_to(self) -> datetime | None:
        """Up to when the sources are complete; None before they were for the first time."""
        return self.timeline.complete_to

    @property
    def blind_after(self) -> timedelta:
        """For how long the sources may be silent before time goes on without them."""
        return timedelta(hours=self._policy.time.blind_after_hours)

    def size(self) -> Size:
        return self._patients.size()

    def announcement(self) -> bytes | None:
        """Our rules, where one of them is newer than the log knows; else None.

        An older worker beside newer ones, as in a change of versions, announces nothing.  Policy and sources are not
        said: records that are not read yet may bring others into force.
        """
        if self._entry is None or all(v <= self._rules.get(rule, 0) for rule, v in RULE_VERSIONS.items()):
            return None
        rules = {rule: max(version, self._rules.get(rule, 0)) for rule, version in RULE_VERSIONS.items()}
        return encode_rules(rules)

    def keys(self) -> Iterable[str]:
        return self._patients

    def doubted(self) -> Iterable[str]:
        return self._patients.doubted()

    def hold(self, key: str, event: Event) -> list[Output]:
        """Keep a fact that came before the partition had a time: known since its first record."""
        assert self._first_time is not None, "the first record told it"
        return self._add(key, event, self._first_time)

    def step(self, key: str, at: datetime, offset: int, event: Event | None) -> Step[Output]:
        """A fact at the partition's time, or a review (no fact): add, judge, and say what is to be published."""
        outputs = [] if event is None else self._add(key, event, at)
        patient = self._patients[key]
        outcome = judge(patient, self._policy, at, offset, self.timeline.blind_since)
        if patient.is_empty:
            del self._patients[key]  # a store could not tell it from somebody of whom nothing was ever known
        return Step([*outputs, *self._publish(key, at, outcome)], outcome.review_at)

    def _add(self, patient_id: str, event: Event, known_at: datetime) -> list[Output]:
        patient = self._patients[patient_id]
        if isinstance(event, HandedOnEvent):
            taken = patient.take(event.origin, event.known, known_at)
            self._counts["facts taken over"] += len(taken)
            return [output for one in taken for output in self._stored(patient_id, one)]
        before = patient.own.known.get(event.fact_id)
        news = patient.add(event, known_at)
        is_told_by_us = isinstance(event, Identity) or (isinstance(event, Merge) and patient_id not in event.both)
        self._counts["links passed on" if is_told_by_us else _outcome_of(event, before)] += 1
        if news is None:
            return []
        if not patient.links and not isinstance(event, Merge):
            return self._stored(patient_id, news)
        identity, told = follow(patient, news, known_at, self._offset)
        self._held_back.note(patient)
        stored = [*self._stored(patient_id, news), *(self._stored(patient_id, identity) if identity else ())]
        return [*stored, *(self._told(whom, value) for whom, value in told if self._hands_on)]

    def _stored(self, patient_id: str, known: Known) -> list[Output]:
        if not self._stores:
            return []
        origin = known.handed.origin if known.handed else ""
        key = changelog_key(patient_id, known.fact.fact_id, origin)
        return [self._output(TREATMENT_CHANGELOG, key, encode_known(patient_id, known))]

    def _told(self, patient_id: str, value: bytes) -> Output:
        """A record for another patient, on whichever partition that is."""
        return Output(topic=CLINICAL_EVENTS.name, key=patient_id.encode(), value=value)

    def _publish(self, patient_id: str, at: datetime, outcome: Outcome) -> Iterable[Output]:
        key = patient_id.encode()
        for change in outcome.changes:
            self._count_change(change)
            yield from self._publish_change(key, change)
        self._counts["facts forgotten"] += len(outcome.forgotten)
        if self._stores:
            for origin, fact_id in outcome.forgotten:
                yield self._output(TREATMENT_CHANGELOG, changelog_key(patient_id, fact_id, origin), None)
        if self._alerts:
            for alert_id in outcome.left:
                yield self._output(ALERTS, alert_id.encode(), None)
        if self._status and patient_id not in self._patients:
            yield self._output(PATIENT_STATUS, key, None)
        elif self._status and outcome.situation is not None:
            kin = self._patients[patient_id].kin
            yield self._output(PATIENT_STATUS, key, encode_status(patient_id, at, outcome.situation, kin))

    def _publish_change(self, key: bytes, change: AlertChange) -> Iterable[Output]:
        if not (self._changes or self._alerts):
            return
        alert = alert_content(change)  # most of the two is the same text, written once
        if self._changes:
            value = encode_alert_change(change, alert)
            yield self._output(ALERT_CHANGES, key, value, alert_change_headers(change))
        if self._alerts:
            yield self._output(ALERTS, change.published.alert.alert_id.encode(), encode_alert(change, alert))

    def _count_change(self, change: AlertChange) -> None:
        self._counts[f"{change.published.alert.rule} {change.published.change}"] += 1
        self._counts["alert changes"] += 1

    def _output(self, topic: TopicDef, key: bytes, value: bytes | None, headers: Headers = ()) -> Output:
        return Output(topic=topic.name, key=key, value=value, partition=self._partition, headers=headers)

    def _entry_if_changed(self) -> list[Output]:
        if not self._stores:
            return []
        old, policy = self._entry, self._policy  # a policy's version says its content
        if old is None or old.policy is None or old.policy_version != policy.version or not self._policy_json:
            as_data = policy.as_data()
            self._policy_json = encode_policy(as_data)
        else:
            as_data = old.policy
        entry = PartitionEntryV1.model_construct(
            time=self.timeline.time,
            first_time=self._first_time,
            blind_since=self.timeline.blind_since,
            schema_version=1,
            sources=dict(self.timeline.sources),
            policy=as_data,
            policy_version=policy.version,
            rules=self._rules,
        )
        if entry == old:
            return []
        self._entry = entry
        return [self._output(TREATMENT_CHANGELOG, PARTITION_KEY, encode_partition(entry, self._policy_json))]


def _outcome_of(fact: Fact, before: Known | None) -> str:
    if before is None or rank(fact) > rank(before.fact):
        return "new facts"
    return "duplicates" if rank(fact) == rank(before.fact) else "outdated versions"


class Treatment:
    """The handler that the batch loop asks: one `TreatmentPartition` for each partition of clinical-events."""

    group = "b12watch-treatment"
    inputs = (CLINICAL_EVENTS.name,)
    same_partitions = tuple(topic.name for topic in TREATMENT_TOPICS if topic is not CLINICAL_EVENTS)
    stores = (TREATMENT_CHANGELOG.name, ALERTS.name)

    def __init__(self, awake: int = AWAKE) -> None:
        """At most `awake` patients of each partition are awake."""
        self._awake = awake
        self.counts: Counter[str] = Counter()
        self.partitions: dict[int, TreatmentPartition] = {}

    def take_over(self, topic: str, partition: int, stored: Iterable[InputRecord]) -> TreatmentPartition:
        work = TreatmentPartition.restored(partition, self.counts, stored, self._awake)
        self.partitions[partition] = work
        return work

    def take_back(self, topic: str, partition: int, work: PartitionWork) -> None:
        assert isinstance(work, TreatmentPartition), "it is the one that we gave"
        self.partitions[partition] = work

    def give_up(self, topic: str, partition: int) -> None:
        self.partitions.pop(partition, None)

    def announcement(self, partition: int) -> bytes | None:
        """See `TreatmentPartition.announcement`."""
        return self.partitions[partition].announcement()
