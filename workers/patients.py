"""The patients of a partition: as many as may be are awake, the others rest, packed to a tenth of the memory.

Most of a hospital's patients have one injection every two or three months: between two events nobody asks for their
record.  Awake, a patient of 30 facts takes some 50 KiB, most of it the views that make a step cheap; resting, some
5 KiB: the facts, what is published and the status, pickled and compressed (nothing of it leaves this process).  What is
left out follows from the facts.  Who is touched wakes, and the one who was longest untouched goes to rest: a step costs
more then, and gives the same, which is a law and a test.  Of a partition that is taken over all begin at rest, packed
as the store has them (`workers/taking_over.py`).
"""

from __future__ import annotations

import io
import pickle
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, Protocol

from domain.record import Record
from workers.memory import Size
from workers.patient import Patient
from workers.silence import speaks_of, speaks_of_all

AWAKE: Final = 5_000
_FASTEST: Final = 1  # level of compression: the next ones save a tenth of the bytes and take twice as long


class Resting(NamedTuple):
    """One who rests, what unpacks that one, and what is asked of all patients without waking them."""

    packed: bytes
    unpacking: Unpacking
    facts: int
    open_alerts: tuple[tuple[str, str], ...]
    is_doubted: bool
    is_enrolled: bool


class Unpacking(Protocol):
    """How a patient comes out of what was packed."""

    def wake(self, patient_id: str, resting: Resting) -> Patient:
        """As the patient went to rest."""

    def look(self, patient_id: str, resting: Resting) -> Patient:
        """What is known of the patient, and what is published."""


class Patients:
    """Patients by id, of whom at most `awake` are awake."""

    def __init__(self, awake: int = AWAKE) -> None:
        self._most = awake
        self._awake: dict[str, Patient] = {}  # the one that was touched last is last
        self._resting: dict[str, Resting] = {}
        self._facts_resting = 0
        self._open_resting: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        return len(self._awake) + len(self._resting)

    def __iter__(self) -> Iterator[str]:
        yield from self._awake
        yield from self._resting

    def __contains__(self, patient_id: str) -> bool:
        return patient_id in self._awake or patient_id in self._resting

    def __getitem__(self, patient_id: str) -> Patient:
        """The patient, awake from now on; a new one where nothing is known.

        What was given before may be at rest then: nobody keeps a patient while asking for another.
        """
        patient = self._awake.pop(patient_id, None)
        if patient is None:
            patient = self._wake(patient_id) if patient_id in self._resting else Patient(Record(patient_id))
        self._awake[patient_id] = patient
        while len(self._awake) > max(self._most, 1):
            self._rest(next(iter(self._awake)))
        return patient

    def get(self, patient_id: str) -> Patient | None:
        """The patient, awake from now on; None where nothing is known."""
        if patient_id not in self:
            return None
        return self[patient_id]

    def __delitem__(self, patient_id: str) -> None:
        if self._awake.pop(patient_id, None) is None:
            self._wake(patient_id)

    def each(self) -> Iterator[tuple[str, Patient]]:
        """All of them to look at; who rests goes on resting, so that what is changed is lost."""
        yield from self._awake.items()
        for patient_id, resting in self._resting.items():
            yield patient_id, resting.unpacking.look(patient_id, resting)

    def concerned(self, feed: str) -> list[str]:
        """Those who are treated and of whom the feed speaks; a topic does of all, and nobody is unpacked for it."""
        is_topic = speaks_of_all(feed)
        awake = [who for who, one in self._awake.items() if one.is_enrolled and speaks_of(feed, one)]
        resting = [
            who
            for who, one in self._resting.items()
            if one.is_enrolled and (is_topic or speaks_of(feed, one.unpacking.look(who, one)))
        ]
        return sorted(awake + resting)

    def doubted(self) -> list[str]:
        """Those of whom an alert stands that was said blind."""
        awake = [patient_id for patient_id, patient in self._awake.items() if patient.is_doubted]
        return awake + [patient_id for patient_id, resting in self._resting.items() if resting.is_doubted]

    def size(self) -> Size:
        """How much there is; may be asked from another thread while a batch is in work."""
        awake = list(self._awake.values())
        open_alerts = self._open_resting.copy()
        for patient in awake:
            open_alerts.update(_open_alerts(patient))
        facts = self._facts_resting + sum(patient.size for patient in awake)
        return Size(len(awake) + len(self._resting), facts, +open_alerts)

    def lay(self, patient_id: str, resting: Resting) -> None:
        """Somebody new, who is at rest."""
        self._resting[patient_id] = resting
        self._facts_resting += resting.facts
        self._open_resting.update(resting.open_alerts)

    def _rest(self, patient_id: str) -> None:
        patient = self._awake.pop(patient_id)
        open_alerts = tuple(_open_alerts(patient))
        packed = _packed(patient)
        self.lay(
            patient_id,
            Resting(packed, _PICKLED, patient.size, open_alerts, patient.is_doubted, patient.is_enrolled),
        )

    def _wake(self, patient_id: str) -> Patient:
        resting = self._resting.pop(patient_id)
        self._facts_resting -= resting.facts
        self._open_resting.subtract(resting.open_alerts)
        return resting.unpacking.wake(patient_id, resting)


def _open_alerts(patient: Patient) -> list[tuple[str, str]]:
    return [(p.alert.rule, p.alert.severity.word) for p in list(patient.published.values()) if p.is_open]


def _packed(patient: Patient) -> bytes:
    buffer = io.BytesIO()
    known = tuple(patient.entries())
    _Pickler(buffer, protocol=5).dump(
        (
            known,
            patient.published,
            patient.situation,
            patient.told,
            patient.marks,
            patient.outlook,
            patient.is_compared,
        )
    )
    return zlib.compress(buffer.getvalue(), _FASTEST)


class _Pickled:
    def wake(self, patient_id: str, resting: Resting) -> Patient:
        kept = pickle.loads(zlib.decompress(resting.packed))  # noqa: S301 - our own memory
        known, published, situation, told, marks, outlook, is_compared = kept
        patient = Patient(Record(patient_id))
        patient.restore(known, published)
        patient.situation, patient.told, patient.marks, patient.outlook = situation, told, marks, outlook
        patient.is_compared = is_compared
        return patient

    look = wake


_PICKLED: Final = _Pickled()


class _Pickler(pickle.Pickler):
    """Dataclasses as their values and nothing else: a third of the time that they take by their own `__getstate__`."""

    def reducer_override(self, obj: Any) -> Any:
        kind: Any = type(obj)
        values = _values_of(kind)
        return NotImplemented if values is None else (_made, (kind, values(obj)))


@cache
def _values_of(kind: Any) -> Callable[[object], tuple[Any, ...]] | None:
    """What gives the values of a dataclass with slots; None for other types."""
    if not is_dataclass(kind) or not hasattr(kind, "__slots__"):
        return None
    names = [field.name for field in fields(kind)]
    if len(names) == 1:
        only = attrgetter(names[0])
        return lambda obj: (only(obj),)
    return attrgetter(*names)


@cache
def _setters_of(kind: type) -> tuple[Callable[[object, Any], None], ...]:
    return tuple(getattr(kind, field.name).__set__ for field in fields(kind))


def _made(kind: type, values: tuple[Any, ...]) -> object:
    """The object as it was; it was checked when it was made for the first time."""
    made: object = object.__new__(kind)
    for put, value in zip(_setters_of(kind), values, strict=True):
        put(made, value)
    return made
