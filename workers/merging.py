"""What the owner of a patient tells the owners of others because patients are merged: records of `clinical-events`.

Two things travel, both keyed by whom they are for.  *Links* (merges, and what is known of a person's birth date and
sex) go from each patient to its neighbours, and from there on, until all of a chain know the same; nobody goes before
that.  *Facts* go from a patient who is watched under another id straight to that one: all that there are when it goes,
and each later one.  Who gets them keeps them apart by origin, and looks at them for as long as the links say so: to
part two patients nothing has to be taken back.

All of it depends on the log alone, and is written in one transaction with what else the record gave.  In a log of
clinical-events it is there already: a replay of one ignores what is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from domain.calendar import ClinicalTime
from domain.facts import Identity, Merge
from domain.merges import Kin, Link, connected, identity_of, in_force
from domain.record import Known
from topics.codecs.clinical_event import encode_fact, encode_handed_on, encode_held_back_merges
from topics.definitions import CLINICAL_EVENTS, OPERATIONAL_ALERTS
from workers.patient import Patient
from workers.records import Output

Told = tuple[str, bytes]
"""For whom, and the value of the record."""


def follow(patient: Patient, news: Known, at: datetime, offset: int) -> tuple[Known | None, list[Told]]:
    """What a fact that came under this patient's own id gives others to know.

    Also what the patient itself has to keep beside it: its identity, where that is told for the first time or anew.
    """
    before, kin = patient.links, patient.kin
    links = {**before, news.fact.fact_id: news.fact} if isinstance(news.fact, Merge | Identity) else dict(before)
    patient_id = patient.record.patient_id
    identity = _own_identity(patient, links, at, offset)
    if identity is not None and isinstance(identity.fact, Identity):
        links[identity.fact.fact_id] = identity.fact
    if links != before:
        patient.follow(links)
    told = [*_links_told(patient_id, before, links), *_handed_on(patient, kin, news)]
    return identity, told


def _own_identity(patient: Patient, links: Mapping[str, Link], at: datetime, offset: int) -> Known | None:
    """The patient's identity, where it is wanted and is not what was told; the offset is its version."""
    patient_id = patient.record.patient_id
    if len(connected(patient_id, links.values())) == 1:
        return None
    identity = identity_of(patient.own, offset + 1, ClinicalTime(at))
    told = links.get(identity.fact_id)
    if isinstance(told, Identity) and (told.sex, told.birth_date) == (identity.sex, identity.birth_date):
        return None
    return patient.add(identity, at)


def _links_told(patient_id: str, before: Mapping[str, Link], links: Mapping[str, Link]) -> Iterator[Told]:
    """To a new neighbour all that concerns the chain; to the others what concerns it now and was not told them yet."""
    if links == before:
        return
    chain, known = _of_chain(patient_id, links), _of_chain(patient_id, before)
    news = [link for link in chain if link not in known]
    old = _neighbours(patient_id, before.values())
    for neighbour in sorted(_neighbours(patient_id, links.values())):
        for link in news if neighbour in old else chain:
            if neighbour not in _about(link):  # intake tells both whom it merges, and everybody knows who he is
                yield neighbour, encode_fact(neighbour, link)


def _of_chain(patient_id: str, links: Mapping[str, Link]) -> list[Link]:
    members = connected(patient_id, links.values())
    return [link for link in links.values() if not members.isdisjoint(_about(link))]


def _neighbours(patient_id: str, links: Iterable[Link]) -> set[str]:
    return {other for merge in in_force(links) if patient_id in merge.both for other in merge.both} - {patient_id}


def _about(link: Link) -> tuple[str, ...]:
    return link.both if isinstance(link, Merge) else (link.patient_id,)


def _handed_on(patient: Patient, before: Kin, news: Known) -> Iterator[Told]:
    into = patient.kin.into
    if not into:
        return
    known: Iterable[Known] = patient.own if into != before.into else (news,)
    facts = [one for one in known if not isinstance(one.fact, Merge | Identity)]
    for value in encode_handed_on(into, patient.record.patient_id, facts):
        yield into, value


class HeldBack:
    """The patients of a partition with merges that are not followed; operators are told how many there are."""

    def __init__(self, partition: int, *, is_told: bool) -> None:
        self._partition = partition
        self._is_told = is_told
        self._patients: set[str] = set()
        self._told = 0

    @property
    def is_news(self) -> bool:
        """Whether there are others than operators were told."""
        return len(self._patients) != self._told

    def restore(self, time: datetime | None) -> None:
        """Go on from a stored state, in which operators were told of all that were noted."""
        self._told = 0 if time is None else len(self._patients)

    def note(self, patient: Patient) -> None:
        change = self._patients.add if patient.kin.held_back else self._patients.discard
        change(patient.record.patient_id)

    def tell(self, time: datetime | None) -> list[Output]:
        """An operational alert where that is news; it names nobody.  Without a time nobody could be told since when."""
        if not self.is_news or time is None:
            return []
        self._told = len(self._patients)
        if not self._is_told:
            return []
        subject = f"{CLINICAL_EVENTS.name}/{self._partition}/merges"
        value = encode_held_back_merges(subject, self._told, at=time)
        return [Output(OPERATIONAL_ALERTS.name, subject.encode(), value, partition=self._partition)]
