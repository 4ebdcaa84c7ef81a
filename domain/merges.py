"""Who is one person with whom, by what is said about it: merges, and the identities of those who are merged.

Everybody who takes part knows the same links in the end (`workers.merging` passes them on), and reads them alike: an
answer here is a function of the set of links, whatever order they came in.  A patient who goes is watched under the
last one of the chain.  Where merges contradict each other (a circle, or one patient who goes to two), or where birth
dates or sexes differ, nobody of the whole chain goes: each is watched alone, and that is said, for people to check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from domain.calendar import ClinicalTime
from domain.facts import Identity, Merge, Sex, TreatmentPlan
from domain.record import Record

Link = Merge | Identity

CIRCLE: Final = "the merges of these patients go round in a circle"
TWO_WAYS: Final = "one of these patients was merged into two others"
BIRTH_DATES: Final = "the birth dates of the merged patients differ"
SEXES: Final = "the sexes of the merged patients differ"


@dataclass(frozen=True, slots=True)
class Kin:
    """Whom a patient's facts are looked at with.

    `into`: under whom this patient is watched now ("": under its own id); `origins`: who are watched under this one;
    `held_back`: why merges of this patient are not followed ("": they are, or there are none).
    """

    into: str = ""
    origins: tuple[str, ...] = ()
    held_back: str = ""


ALONE: Final = Kin()


def merge_id(gone: str, surviving: str) -> str:
    """The id of what is said about the merge of these two, in this direction."""
    return f"merge/{blake2b(chr(31).join((gone, surviving)).encode(), digest_size=16).hexdigest()}"


def merge_of(
    gone: str, surviving: str, *, time: ClinicalTime, source: str, version: int | None = None, parted: bool = False
) -> Merge:
    """`version` is the time of the message in milliseconds, so that those of all sources are in their order."""
    return Merge(
        fact_id=merge_id(gone, surviving),
        version=max(1, int(time.utc.timestamp() * 1000)) if version is None else version,
        time=time,
        source=source,
        gone=gone,
        surviving=surviving,
        parted=parted,
    )


def kin_of(patient_id: str, links: Iterable[Link]) -> Kin:
    """The kin of a patient by the links that it knows."""
    known = list(links)
    members = connected(patient_id, known)
    if len(members) == 1:
        return ALONE
    ways = {m: {link.surviving for link in in_force(known) if link.gone == m} for m in members}
    identities = [link for link in known if isinstance(link, Identity) and link.patient_id in members]
    held_back = _contradiction(ways) or _difference(identities)
    if held_back:
        return Kin(held_back=held_back)
    if len(identities) < len(members):
        return ALONE  # nothing goes before both are compared
    (last,) = (member for member, to in ways.items() if not to)
    if patient_id != last:
        return Kin(into=last)
    return Kin(origins=tuple(sorted(members - {last})))


def in_force(links: Iterable[Link]) -> Iterator[Merge]:
    return (link for link in links if isinstance(link, Merge) and not link.parted)


def connected(patient_id: str, links: Iterable[Link]) -> set[str]:
    """The patient, and all who are joined to it by merges in force."""
    merges, members, size = list(in_force(links)), {patient_id}, 0
    while size < len(members):
        size = len(members)
        for merge in merges:
            if not members.isdisjoint(merge.both):
                members.update(merge.both)
    return members


def identity_of(own: Record, version: int, time: ClinicalTime) -> Identity:
    """What the newest plans say that say something; never what was handed on by others."""
    plans = sorted(
        (k.fact for k in own if isinstance(k.fact, TreatmentPlan)), key=lambda plan: (plan.time.utc, plan.fact_id)
    )
    return Identity(
        fact_id=f"identity/{own.patient_id}",
        version=version,
        time=time,
        source="b12watch",
        patient_id=own.patient_id,
        sex=next((plan.sex for plan in reversed(plans) if plan.sex is not Sex.UNKNOWN), Sex.UNKNOWN),
        birth_date=next((plan.birth_date for plan in reversed(plans) if plan.birth_date is not None), None),
    )


def _contradiction(ways: dict[str, set[str]]) -> str:
    left = dict(ways)
    while ends := [member for member, to in left.items() if to.isdisjoint(left)]:
        for member in ends:
            del left[member]
    if left:
        return CIRCLE
    return TWO_WAYS if sum(not to for to in ways.values()) > 1 else ""


def _difference(identities: Iterable[Identity]) -> str:
    told = list(identities)
    if len({one.birth_date for one in told if one.birth_date is not None}) > 1:
        return BIRTH_DATES
    return SEXES if len({one.sex for one in told if one.sex is not Sex.UNKNOWN}) > 1 else ""
