"""Several partitions of treatment that hand facts on to each other, and steps in any order between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.alerts import PublishedAlert
from domain.calendar import ClinicalTime
from domain.facts import Fact, Identity, Merge
from domain.merges import ALONE, Kin, Link, kin_of, merge_id
from domain.moment import Moment
from domain.policy import Policy
from domain.record import Known
from domain.sight import in_sight
from tests.domain.strategies import WARDS_POLICY
from tests.kit import day
from tests.workers.logs import activation, tick
from tests.workers.stores import stores_of
from topics.codecs.clinical_event import decode_alert_change, decode_status, encode_fact
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, OPERATIONAL_ALERTS, PATIENT_STATUS
from topics.schemas.outputs import PatientStatusV1
from workers.patients import AWAKE
from workers.records import InputRecord, Output
from workers.treatment_partition import TreatmentPartition

PATIENTS = ("ann", "bea", "cyd", "dot")


def merge(gone: str, surviving: str, version: int = 1, *, parted: bool = False) -> Merge:
    return Merge(
        fact_id=merge_id(gone, surviving),
        version=version,
        time=ClinicalTime(day(0)),
        source="mpi",
        gone=gone,
        surviving=surviving,
        parted=parted,
    )


class World:
    """Each patient has a partition of its own, so that what is handed on may be overtaken by anything.

    `written` is what each partition committed; a crash forgets what a batch wrote, and the state is read back.
    """

    def __init__(
        self,
        at: datetime,
        patients: Iterable[str] = PATIENTS,
        policy: Policy = WARDS_POLICY,
        *,
        is_one_partition: bool = False,
        awake: int = AWAKE,
    ) -> None:
        self.at = at
        self.policy = policy
        self.number = {patient: 0 if is_one_partition else n for n, patient in enumerate(patients)}
        self._awake = awake
        self.counts: Counter[str] = Counter()
        self.logs: list[list[InputRecord]] = [[] for _ in {*self.number.values()}]
        self.written: list[list[Output]] = [[] for _ in self.logs]
        self.read = [0 for _ in self.logs]
        self.works = [self._restored(n) for n in range(len(self.logs))]
        for n in range(len(self.logs)):
            self._append(n, None, activation(policy))
            self._append(n, None, tick(at))
        self.settle()

    def say(self, patient: str, *facts: Fact) -> World:
        """The facts are in the log; a merge in those of both."""
        for fact in facts:
            for whom in fact.both if isinstance(fact, Merge) else (patient,):
                self._append(self.number[whom], whom, encode_fact(whom, fact))
        return self

    def merge(self, *merges: Merge) -> World:
        return self.say("", *merges).settle()

    def to(self, at: datetime) -> World:
        """All that was said is read, and time goes on."""
        self.settle()
        self.at = at
        for n in range(len(self.logs)):
            self._append(n, None, tick(at))
        return self.settle()

    def settle(self) -> World:
        while any(self.step(n) for n in range(len(self.logs))):
            pass
        return self

    def step(self, n: int, *, batch: int = 1, crash: bool = False) -> bool:
        """Read a batch of one partition, and commit or crash before it; gives whether there was something."""
        records = self.logs[n][self.read[n] : self.read[n] + batch]
        made = [output for record in records for output in self.works[n].process(record)]
        if crash:
            self.works[n] = self._restored(n)
            return bool(records)
        self.read[n] += len(records)
        self.written[n] += made
        for output in made:
            if output.topic == CLINICAL_EVENTS.name and output.key is not None:
                patient = output.key.decode()
                self._append(self.number[patient], patient, output.value or b"")
        return bool(records)

    # what is to be seen

    def looked_at(self, patient: str) -> dict[str, Known]:
        """The facts that are looked at, without what only tells of merges."""
        record = self._work(patient).remembered().known.get(patient)
        known = record and in_sight(record, self.policy, Moment(self.at))  # what is forgotten at the next step is not
        return {
            id_: one
            for id_, one in (known.known if known else {}).items()
            if not id_.startswith(("merge/", "identity/"))
        }

    def alerts(self, patient: str) -> dict[str, PublishedAlert]:
        """The newest state of each alert, by its id."""
        made = (decode_alert_change(value) for value in self.values(patient, ALERT_CHANGES.name))
        return {change.published.alert.alert_id: change.published for change in made}

    def open(self, patient: str, rule: str = "") -> dict[tuple[str, str], tuple[Any, ...]]:
        """The alerts that stand, by rule and episode: what is said of each, and who has acknowledged it."""
        return {
            (p.alert.rule, p.alert.episode): (
                str(p.alert.reason),
                p.alert.severity,
                p.alert.standing,
                p.alert.acknowledged_by,
            )
            for p in self.alerts(patient).values()
            if p.is_open and p.alert.rule.startswith(rule)
        }

    def status(self, patient: str) -> PatientStatusV1:
        return decode_status(self.values(patient, PATIENT_STATUS.name)[-1])

    def told(self, patient: str) -> Kin:
        """What people are told of merges."""
        if not self.values(patient, PATIENT_STATUS.name):
            return ALONE
        told = self.status(patient)
        return Kin(told.merged_into, told.merged_from, told.merge_held_back)

    def links(self, patient: str) -> list[Link]:
        """What the owner of the patient knows of merges."""
        own = self._work(patient).remembered().apart.get(patient, {}).get("")
        return [] if own is None else [k.fact for k in own if isinstance(k.fact, Merge | Identity)]

    def kin(self, patient: str) -> Kin:
        return kin_of(patient, self.links(patient))

    def operational(self) -> list[bytes]:
        return [o.value or b"" for made in self.written for o in made if o.topic == OPERATIONAL_ALERTS.name]

    def values(self, patient: str, topic: str) -> list[bytes]:
        made = self.written[self.number[patient]]
        return [o.value or b"" for o in made if o.topic == topic and o.key == patient.encode()]

    def remembered(self, patient: str) -> Any:
        return self._work(patient).remembered()

    def restart(self) -> None:
        self.works = [self._restored(n) for n in range(len(self.logs))]

    def _work(self, patient: str) -> TreatmentPartition:
        return self.works[self.number[patient]]

    def _append(self, n: int, patient: str | None, value: bytes) -> None:
        key = None if patient is None else patient.encode()
        self.logs[n].append(InputRecord(CLINICAL_EVENTS.name, n, len(self.logs[n]), self.at, key, value))

    def _restored(self, n: int) -> TreatmentPartition:
        return TreatmentPartition.restored(n, self.counts, stores_of(self.written[n]), self._awake)
