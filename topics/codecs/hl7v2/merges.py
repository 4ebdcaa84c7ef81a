"""ADT messages that say that two patient ids are one person, or are no longer: to merges (sections 5 and 5.6, case 8).

A merge has pairs of PID (the patient who stays) and MRG (the one who goes).  A link (A24) and its end (A37) have two
PIDs and no direction: the second goes on under the first, and both directions end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain.facts import Merge
from domain.merges import merge_of
from topics.codecs.hl7v2.er7 import Segment
from topics.codecs.hl7v2.fields import patient_of
from topics.codecs.hl7v2.statement import Context
from topics.problems import Refused

_LINKED: Final = "A24"
_PARTED: Final = "A37"
_OF_PATIENTS: Final = frozenset({"A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"})  # the last: an id is changed
_WITHIN_ONE_PATIENT: Final = frozenset({"A35", "A41", "A42", "A49", "A50", "A51"})  # accounts and visits


def read_merges(event: str, context: Context) -> Iterator[Merge]:
    """The merges that a message tells; none where it is about accounts and visits of one patient.

    Raises: Refused, also for what moves a part of one patient's data to another: nothing says which facts those are.
    """
    if event in (_LINKED, _PARTED):
        first, second = _two_patients(context)
        yield _merge(second, first, context, parted=event == _PARTED)
        if event == _PARTED:
            yield _merge(first, second, context, parted=True)
        return
    if event not in _OF_PATIENTS | _WITHIN_ONE_PATIENT:
        raise Refused("MSH-9", "data move from one patient to another: nothing says which results and doses those are")
    for pid, mrg in _pairs(context):
        gone, surviving = patient_of(mrg, context.feed, 1), patient_of(pid, context.feed)
        if gone != surviving and event in _WITHIN_ONE_PATIENT:
            raise Refused(mrg.where(1), "accounts or visits go to another patient: nothing says which facts those are")
        if gone != surviving:
            yield _merge(gone, surviving, context)


def _two_patients(context: Context) -> tuple[str, str]:
    pids = [segment for segment in context.message.segments if segment.name == "PID"]
    if len(pids) != 2:
        raise Refused("PID", "two PID segments say which patients are linked or parted")
    first, second = (patient_of(pid, context.feed) for pid in pids)
    if first == second:
        raise Refused("PID", "both PID segments name one patient")
    return first, second


def _pairs(context: Context) -> Iterator[tuple[Segment, Segment]]:
    pid: Segment | None = None
    pairs = 0
    for segment in context.message.segments:
        if segment.name == "PID":
            pid = segment
        elif segment.name == "MRG":
            if pid is None:
                raise Refused("MRG", "no PID before it says who stays")
            yield pid, segment
            pairs += 1
    if not pairs:
        raise Refused("MRG", "no MRG segment says who goes")


def _merge(gone: str, surviving: str, context: Context, *, parted: bool = False) -> Merge:
    version = context.clock.version(context.message.header.text(7))
    return merge_of(
        gone,
        surviving,
        time=context.sent_at(),
        version=version or int(context.read_at.timestamp() * 1000),
        source=context.feed.name,
        parted=parted,
    )
