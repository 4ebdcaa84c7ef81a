"""One partition of treatment: clinical-events in; state, alert changes, alerts and patient status out.

It walks, asks and writes; what is medicine is asked of the domain, and what is time of the timeline.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from domain.alerts import AlertChange
from domain.facts import Fact, Identity, Merge
from domain.policy import Policy
from domain.record import Known
from domain.rules import RULE_VERSIONS
from topics.codecs.clinical_event import (
    ActivationEvent,
    FactEvent,
    HandedOnEvent,
    Mended,
    ReadingEvent,
    RulesEvent,
    TickEvent,
    Unread,
    Unreadable,
    decode_event,
    encode_rules,
    encode_status,
)
from topics.definitions import (
    ALERTS,
    CLINICAL_EVENTS,
    OPERATIONAL_ALERTS,
    PATIENT_STATUS,
    TREATMENT_CHANGELOG,
    TREATMENT_TOPICS,
    TopicDef,
)
from topics.problems import first_problem
from topics.schemas.changelog import PartitionEntryV1
from workers.dead_letter_output import dead_event, dead_letter_output, unread_of
from workers.memory import Memory, Size
from workers.merging import HeldBack, follow
from workers.operational import about_blindness
from workers.patient import Marks, Outcome, Patient, judge, outcome_of
from workers.patients import AWAKE, Patients
from workers.publishing import change_outputs
from workers.records import InputRecord, Output, Stores
from workers.silence import FEEDS_KEY, FeedEvent, Listened, Silence, doubt_of
from workers.stored import EntryWriter, Kept, Stored, fact_output, forgotten_output, outlook_output
from workers.taking_over import TakeOver
from workers.timeline import Step, Timeline
from workers.unread import UnreadMessages

Said = Fact | HandedOnEvent | Unread | Mended
"""What is said of a patient, or of the reading of the patient's messages."""
ALL_TOPICS: Final = frozenset(topic.name for topic in TREATMENT_TOPICS)  # clinical-events: what merges hand on


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
        self._status, self._writes = PATIENT_STATUS.name in writes, writes
        self._hands_on = CLINICAL_EVENTS.name in writes
        self._is_policy_given = policy is not None
        self._policy = policy or Policy()
        self._rules = dict(RULE_VERSIONS)
        self._first_time: datetime | None = None
        self._patients = Patients(awake)
        self._held_back = HeldBack(partition, is_told=self._operational)
        self._unread = UnreadMessages(partition, writes)
        self._silence = Silence(partition, self._patients.concerned, writes)
        self.timeline: Timeline[Said | FeedEvent, Output] = Timeline(weakref.proxy(self))  # no cycle: it goes at once
        self._entry: PartitionEntryV1 | None = None
        self._entries = EntryWriter(partition)
        self._offset = 0  # of the record in work

    @classmethod
    def restored(cls, partition: int, counts: Counter[str], stores: Stores, awake: int = AWAKE) -> TreatmentPartition:
        """The state that the changelog and the topic of present alerts keep."""
        work, stored = cls(partition, counts, awake=awake), Stored.of(stores)
        entry = stored.entry
        for value in stored.unread:
            work._unread.restore(value)
        if entry is not None:
            work._obey(entry)
        then = TakeOver(work._policy, entry.time if entry else None, work._silence.silent)
        reviews = {patient_id: work._restore(patient_id, kept, then) for patient_id, kept in stored.patients()}
        if entry is not None:
            work._go_on(entry, reviews)
        return work

    def _obey(self, entry: PartitionEntryV1) -> None:
        """Take up policy, rules and what was heard from the stored entry."""
        self._entry = entry
        if entry.policy is not None:
            self._policy = Policy.model_validate(entry.policy)
        self._rules, self._first_time = dict(entry.rules), entry.first_time
        self._silence.restore(entry.heard, entry.silent)

    def _restore(self, patient_id: str, kept: Kept, then: TakeOver) -> datetime | None:
        """Take a patient back, and give the next review."""
        outlook, unread = then.outlook_of(kept), self._unread.of(patient_id)
        if outlook is not None and not unread:
            self._patients.lay(patient_id, then.at_rest(kept, outlook))
            return outlook.review_at
        patient = self._patients[patient_id]
        kept.give_to(patient)
        self._held_back.note(patient)
        review_at = then.take_up(patient, unread)
        self._unread.look(patient_id, is_enrolled=patient.is_enrolled)
        return review_at

    def _go_on(self, entry: PartitionEntryV1, reviews: dict[str, datetime | None]) -> None:
        """Take up the time; what operators were told stands."""
        if entry.time is not None:
            reviews[FEEDS_KEY] = self._silence.review_at(self._policy.silence, entry.time)
            for patient_id in self._unread.patients:
                reviews[patient_id] = self._with_expiry(patient_id, reviews.get(patient_id))
        self._unread.restored()
        self._held_back.restore(entry.time)
        self.timeline.restore(entry.time, entry.sources, reviews, entry.blind_since)

    def pass_by(self, record: InputRecord) -> None:
        """A record of somebody who is left out (replay of one patient): it only tells when the partition began."""
        if self._first_time is None:
            self._first_time = record.timestamp

    def process(self, record: InputRecord) -> list[Output]:
        """One record of clinical-events; a record that cannot be read becomes a dead letter, and the walk goes on."""
        self.pass_by(record)
        self._offset = record.offset
        blind_since = self.timeline.blind_since
        try:
            event = decode_event(record.value or b"")
            if isinstance(event, ActivationEvent):
                policy = Policy.model_validate(dict(event.policy))
        except (Unreadable, ValidationError) as error:
            return [*self._dead_letter(record, error), *self._said_of_us(blind_since)]
        match event:
            case FactEvent() | HandedOnEvent() | ReadingEvent():
                if isinstance(event, ReadingEvent):
                    self._counts["about reading"] += 1
                outputs = self.timeline.event(event.patient_id, event.said, record.offset)
                if self._entry is not None:  # a fact moves no time: there is nothing new to store about the partition
                    return [*self._said_of_us(blind_since), *outputs]
            case TickEvent():
                outputs = self._tick(event, record)
            case ActivationEvent():
                outputs = self.activate(policy, event.rules, event.sources, record.offset)
            case RulesEvent(rules):
                outputs = self.activate(self._policy, rules, self.timeline.sources, record.offset)
        return [*self._said_of_us(blind_since), *outputs, *self._entry_if_changed()]

    def _tick(self, tick: TickEvent, record: InputRecord) -> list[Output]:
        """What came before it is heard first: the time may then go past the instant at which it would be missed."""
        self._counts["ticks"] += 1
        outputs: list[Output] = []
        if tick.heard is not None:
            outputs += self.timeline.event(FEEDS_KEY, Listened(tick.heard, record.timestamp), record.offset)
        if tick.blind:
            outputs += self.timeline.blind(tick.complete_to, record.offset)
        else:
            outputs += self.timeline.tick(tick.complete_to, tick.sources, record.offset)
        begun = self.timeline.complete_to or self._first_time or record.timestamp
        lag = self._silence.lag(record.timestamp, begun, self._policy.silence)
        return outputs if lag is None else outputs + self.timeline.event(FEEDS_KEY, lag, record.offset)

    def _said_of_us(self, blind_since: datetime | None) -> Iterable[Output]:
        if self._operational:
            yield from about_blindness(self._partition, self.timeline, blind_since)
            yield from self._unread.alerts(self.timeline.time)
        yield from self._held_back.tell(self.timeline.time)

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
        patients = dict(self._patients.each())
        return Memory(
            entry=self._entry,
            next_due=self.timeline.next_due,
            known={who: one.record for who, one in patients.items()},
            apart={who: one.by_origin for who, one in patients.items() if one.handed or one.links},
            published={
                who: tuple(alert for _, alert in sorted(one.published.items())) for who, one in patients.items()
            },
            unread={patient_id: dict(marks) for patient_id, marks in self._unread.kept.items()},
        )

    @property
    def read_to(self) -> int | None:
        return self._entry.read_to if self._entry is not None else None

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
        return {FEEDS_KEY, *self._patients, *self._unread.patients}

    def doubted(self) -> Iterable[str]:
        return [FEEDS_KEY, *self._patients.doubted()]

    def hold(self, key: str, event: Said | FeedEvent) -> list[Output]:
        """Keep what came before the partition had a time: known since its first record."""
        assert self._first_time is not None, "the first record told it"
        if isinstance(event, FeedEvent):
            return self._silence.hold(event, self._policy.silence)
        return self._take(key, event, self._first_time)

    def step(self, key: str, at: datetime, offset: int, event: Said | FeedEvent | None) -> Step[Output]:
        """What is said at the partition's time, or a review (nothing): take it in, judge, say what is published."""
        if key == FEEDS_KEY or isinstance(event, FeedEvent):
            return self._step_feeds(at, event if isinstance(event, FeedEvent) else None)
        outputs = [] if event is None else self._take(key, event, at)
        outputs += self._unread.expire(key, at)
        patient = self._patients.get(key)
        if patient is None:  # of whom nothing is known but that something could not be read
            return Step(outputs, self._unread.expires_at(key))
        doubt = doubt_of(self._silence.about(patient), self._policy.silence, self.timeline.blind_since)
        outcome = judge(patient, self._policy, at, offset, doubt)
        if patient.is_empty:
            del self._patients[key]  # a store could not tell it from somebody of whom nothing was ever known
        self._unread.look(key, is_enrolled=patient.is_enrolled)
        outputs += [*self._outlook(patient, outcome.review_at), *self._publish(key, at, outcome)]
        return Step(outputs, self._with_expiry(key, outcome.review_at))

    def _step_feeds(self, at: datetime, event: FeedEvent | None) -> Step[Output]:
        policy, is_blind = self._policy.silence, self.timeline.blind_since is not None
        outputs, concerned = self._silence.step(event, policy, at, is_blind=is_blind)
        return Step(outputs, self._silence.review_at(policy, at), concerned)

    def _marks(self, patient_id: str, patient: Patient) -> Marks:
        return Marks(self._unread.of(patient_id), self._silence.about(patient))

    def _with_expiry(self, key: str, review_at: datetime | None) -> datetime | None:
        return min(filter(None, (review_at, self._unread.expires_at(key))), default=None)

    def _take(self, key: str, event: Said, at: datetime) -> list[Output]:
        if isinstance(event, Unread | Mended):
            patient = self._patients.get(key)
            known = patient.record.known.values() if patient is not None else ()
            return self._unread.take(key, event, (k.fact for k in known))
        if isinstance(event, HandedOnEvent):
            taken = self._patients[key].take(event.origin, event.known, at)
            self._counts["facts taken over"] += len(taken)
            return [output for one in taken for output in self._stored(key, one)]
        return [*self._add(key, event, at), *self._unread.told(key, event)]

    def _add(self, patient_id: str, event: Fact, known_at: datetime) -> list[Output]:
        patient = self._patients[patient_id]
        before = patient.own.known.get(event.fact_id)
        news = patient.add(event, known_at)
        is_told_by_us = isinstance(event, Identity) or (isinstance(event, Merge) and patient_id not in event.both)
        self._counts["links passed on" if is_told_by_us else outcome_of(event, before)] += 1
        if news is None:
            return []
        if not patient.links and not isinstance(event, Merge):
            return self._stored(patient_id, news)
        identity, told = follow(patient, news, known_at, self._offset)
        self._held_back.note(patient)
        stored = [*self._stored(patient_id, news), *(self._stored(patient_id, identity) if identity else ())]
        return [*stored, *(self._told(whom, value) for whom, value in told if self._hands_on)]

    def _outlook(self, patient: Patient, review_at: datetime | None) -> list[Output]:
        """What whoever takes the partition over has to know; it is written where it is another than before."""
        outlook = patient.outlook_for(review_at)
        if not self._stores or outlook == patient.outlook:
            return []
        patient.outlook = outlook
        return [outlook_output(self._partition, patient.record.patient_id, outlook)]

    def _stored(self, patient_id: str, known: Known) -> list[Output]:
        return [fact_output(self._partition, patient_id, known)] if self._stores else []

    def _told(self, patient_id: str, value: bytes) -> Output:
        """A record for another patient, on whichever partition that is."""
        return Output(topic=CLINICAL_EVENTS.name, key=patient_id.encode(), value=value)

    def _publish(self, patient_id: str, at: datetime, outcome: Outcome) -> Iterable[Output]:
        key = patient_id.encode()
        for change in outcome.changes:
            self._count_change(change)
            yield from change_outputs(change, key, self._partition, self._writes)
        self._counts["facts forgotten"] += len(outcome.forgotten)
        if self._stores:
            for origin, fact_id in outcome.forgotten:
                yield forgotten_output(self._partition, patient_id, origin, fact_id)
        if self._alerts:
            for alert_id in outcome.left:
                yield self._output(ALERTS, alert_id.encode(), None)
        if self._status and patient_id not in self._patients:
            yield self._output(PATIENT_STATUS, key, None)
        elif self._status:
            yield from self._publish_status(patient_id, at, outcome)

    def _publish_status(self, patient_id: str, at: datetime, outcome: Outcome) -> Iterable[Output]:
        patient = self._patients[patient_id]
        marks = self._marks(patient_id, patient)
        is_news, patient.marks = outcome.situation is not None or marks != patient.marks, marks
        if is_news and patient.situation is not None:
            value = encode_status(patient_id, at, patient.situation, *marks, patient.kin)
            yield self._output(PATIENT_STATUS, patient_id.encode(), value)

    def _count_change(self, change: AlertChange) -> None:
        self._counts[f"{change.published.alert.rule} {change.published.change}"] += 1
        self._counts["alert changes"] += 1

    def _output(self, topic: TopicDef, key: bytes, value: bytes | None) -> Output:
        return Output(topic=topic.name, key=key, value=value, partition=self._partition)

    def _entry_if_changed(self) -> list[Output]:
        if not self._stores:
            return []
        old, policy = self._entry, self._policy  # a policy's version says its content
        entry = PartitionEntryV1.model_construct(
            time=self.timeline.time,
            first_time=self._first_time,
            blind_since=self.timeline.blind_since,
            heard=self._silence.heard,
            silent=self._silence.silent,
            schema_version=1,
            sources=dict(self.timeline.sources),
            policy=old.policy if old is not None and old.policy_version == policy.version else policy.as_data(),
            policy_version=policy.version,
            rules=self._rules,
            read_to=old.read_to if old is not None else None,
        )
        if entry == old:
            return []
        self._entry = entry.model_copy(update={"read_to": self._offset + 1})
        return [self._entries.output(self._entry)]

    def _dead_letter(self, record: InputRecord, error: Unreadable | ValidationError) -> list[Output]:
        self._counts["dead letters"] += 1
        where, problem = first_problem(error) if isinstance(error, ValidationError) else (error.where, error.problem)
        dead = dead_event(record, where, problem)
        marks = [self.timeline.event(who.patient_id, unread_of(dead, who), record.offset) for who in dead.whose]
        return [dead_letter_output(dead, record), *(output for written in marks for output in written)]
