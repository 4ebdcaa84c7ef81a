"""An HL7 v2 message, or a batch of them: ORU to lab results, RAS to administrations, some ADT to merges.

The others are not for us: demographics (ADT^A08) belong to the plan, so no fact is made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.facts import Fact
from topics.codecs.hl7v2.administrations import read_administrations
from topics.codecs.hl7v2.early import EarlyLook
from topics.codecs.hl7v2.er7 import BadMessage, Message, Segment, messages_of
from topics.codecs.hl7v2.fields import clock_of, patient_of
from topics.codecs.hl7v2.kinds import Kind, kind_of
from topics.codecs.hl7v2.merges import read_merges
from topics.codecs.hl7v2.results import read_results
from topics.codecs.hl7v2.statement import Context, Statement
from topics.decoded import MAX_BYTES, Found, NotForUs, Origin, Outcomes, bytes_of, dead_letters
from topics.meaning.feeds import Feed, Feeds
from topics.problems import WHOLE_MESSAGE, Refused

_NO_CODE_OF_OURS: Final = NotForUs("it names no code that a rule reads")


class Hl7Reader:
    """Reads the HL7 v2 messages of all feeds of a hospital."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._early = EarlyLook(feeds)

    def decode(
        self,
        topic: str,
        raw: bytes | None,
        *,
        origin: Origin,
        key: bytes | None = None,
        feed: Feed | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Outcomes:
        """What a message says; no bytes make it raise.  `feed` is the one that its header names."""
        kind = self._early.look(raw) if raw and len(raw) <= max_bytes else None
        if kind is not None:
            return (_NO_CODE_OF_OURS if kind.holds_facts else _not_for_us(kind),)
        return self.decode_in_full(topic, raw, origin=origin, key=key, feed=feed, max_bytes=max_bytes)

    def decode_in_full(
        self,
        topic: str,
        raw: bytes | None,
        *,
        origin: Origin,
        key: bytes | None = None,
        feed: Feed | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Outcomes:
        """The same without the early look: it gives the same, only later."""
        found = Found()
        try:
            messages = list(messages_of(bytes_of(raw, max_bytes)))
        except Refused as refused:
            return dead_letters(raw, [refused], origin=origin, key=key, others_read=False, max_bytes=max_bytes)
        for number, message in enumerate(messages, 1):
            part = Found()
            try:
                self._read(message, topic, feed, origin, part)
            except Refused as refused:
                part.refused.append(refused)
            _add(found, part, f"MSH[{number}]." if len(messages) > 1 else "")
        return found.outcomes(raw, origin=origin, key=key, max_bytes=max_bytes)

    def _read(self, message: Message | BadMessage, topic: str, feed: Feed | None, origin: Origin, found: Found) -> None:
        if isinstance(message, BadMessage):
            raise message.refused
        header = message.header
        kind = kind_of(header.text(9), header.text(9, 2))
        if kind is None:
            raise Refused("MSH-9", "the kind of message is missing, or is none")
        if not kind.holds_facts and not kind.is_merge:
            found.unread.append(_not_for_us(kind).because)
            return
        own = feed or self._feeds.by_sender(_sender(header)) or self._feeds.of(topic)
        context = Context(message, own, clock_of(header, own), origin.timestamp)
        if kind.is_merge:
            _check(message)
            found.merge(read_merges(kind.event, context))
            if not found.facts:
                found.unread.append("accounts or visits of one patient are merged")
            return
        read = read_results if kind.holds_results else read_administrations
        _tell(list(read(context)), context, found)


def _sender(header: Segment) -> str:
    """Application and facility (MSH-3, MSH-4), as a feed's file names them: `LIS^LAB`."""
    return f"{header.text(3)}^{header.text(4)}"


def _not_for_us(kind: Kind) -> NotForUs:
    if kind.message == "ADT":
        return NotForUs(f"no fact is made of {kind}: what rules read about a person stands in the plan")
    return NotForUs(f"{kind} holds neither results nor administrations")


def _tell(statements: Sequence[Statement], context: Context, found: Found) -> None:
    """Sorts the statements of one message by what they are; whose they are is only asked of those that are for us."""
    ours = [one for one in statements if one.said is not None]
    if ours:
        _check(context.message)
    found.unread += [_NO_CODE_OF_OURS.because] * (len(statements) - len(ours))
    patients: dict[Segment | None, str | None] = {}
    for one in ours:
        if isinstance(one.said, Refused):
            found.refused.append(one.said)
        elif one.said is not None and (patient_id := _patient(one.pid, context.feed, patients, found)) is not None:
            found.facts.setdefault(patient_id, []).append(one.said)
    for patient_id, facts in found.facts.items():
        found.facts[patient_id] = _without_rivals(facts, found)
    found.facts = {patient_id: facts for patient_id, facts in found.facts.items() if facts}


def _check(message: Message) -> None:
    """Raises: Refused for a message of which nothing may be believed."""
    if message.broken:
        raise Refused(WHOLE_MESSAGE, message.broken)
    version = message.header.text(12)
    if version and version.split(".")[0] != "2":
        raise Refused("MSH-12", "this version of HL7 is not known; known: 2 and its parts, as 2.5.1")


def _patient(pid: Segment | None, feed: Feed, patients: dict[Segment | None, str | None], found: Found) -> str | None:
    """The patient of a PID; one that names nobody is refused once, and not for each of its results."""
    if pid not in patients:
        patients[pid] = None
        try:
            if pid is None:
                raise Refused("PID", "no segment says whose this is")
            patients[pid] = patient_of(pid, feed)
        except Refused as refused:
            found.refused.append(refused)
    return patients[pid]


def _without_rivals(facts: Sequence[Fact], found: Found) -> list[Fact]:
    """What is said twice, once.  Two that differ under one number are not believed, unless one corrects the other."""
    by_id: dict[str, list[Fact]] = {}
    for fact in facts:
        same = by_id.setdefault(fact.fact_id, [])
        if fact not in same:
            same.append(fact)
    kept: list[Fact] = []
    for same in by_id.values():
        if len({getattr(fact, "status", None) for fact in same}) == len(same):
            kept += same
        else:
            found.refused.append(
                Refused(WHOLE_MESSAGE, "two statements have one number and differ: OBX-4 or RXA-2 must tell them apart")
            )
    return kept


def _add(found: Found, part: Found, place: str) -> None:
    """What one message of a batch gave, to what the others did."""
    for who, facts in part.facts.items():
        found.facts.setdefault(who, []).extend(facts)
    found.refused += [Refused(f"{place}{one.where}", one.problem) for one in part.refused]
    found.unread += part.unread
