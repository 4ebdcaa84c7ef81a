"""Good HL7 v2 messages, and words for sending them with a change: fields by their number in the segment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.facts import Fact
from topics.codecs.source_message import SourceReader
from topics.decoded import DeadLetter, Facts, NotForUs, Origin, Outcomes
from topics.meaning.feeds import read_feeds

READ_AT = datetime(2026, 1, 6, tzinfo=UTC)
READER = SourceReader()
PATIENT = "urn:oid:1.2.3.4|4711"
Fields = Mapping[int, str]

MSH = {
    **{3: "LIS", 4: "LAB", 5: "B12", 6: "HOSP", 7: "20260105120000+0100", 9: "ORU^R01^ORU_R01", 10: "M1"},
    **{11: "P", 12: "2.5.1"},
}
PID = {1: "1", 3: "4711^^^HOSP&1.2.3.4&ISO^MR", 5: "DOE^JANE", 7: "19450101", 8: "F"}
ORC = {1: "RE", 2: "P1^WARD", 3: "F1^LIS"}
OBR = {**{1: "1", 2: "P1^WARD", 3: "F1^LIS", 4: "58410-2^CBC^LN"}, **{22: "20260105115900+0100", 25: "F"}}
OBX = {
    **{1: "1", 2: "NM", 3: "718-7^Haemoglobin^LN", 5: "118", 6: "g/L", 7: "120-160", 8: "L", 11: "F"},
    14: "20260105103000+0100",
}
PLATELETS = {3: "777-3^Platelets^LN", 5: "220", 6: "10*9/L", 7: "150-450"}
RXA = {
    **{1: "1", 2: "1", 3: "20260105093000+0100", 4: "20260105093000+0100", 5: "5514^Hydroxocobalamin^RXNORM"},
    **{6: "1", 7: "mg^milligram^UCUM", 20: "CP", 21: "A"},
}
ORDERED = {1: "NW", 2: "P7^WARD", 9: "20260105093000+0100"}
RXE = {2: "4511^Folic acid^RXNORM", 3: "5", 5: "mg"}
RXO = {1: "4511^Folic acid^RXNORM", 2: "5", 4: "mg"}
TQ1 = {1: "1", 7: "20260106", 8: "20260405"}
ASPIRIN = "1191^Aspirin^RXNORM"
RXR = {1: "IM^Intramuscular^HL70162", 2: "LA^Left arm^HL70163"}


def segment(name: str, fields: Fields) -> str:
    """A segment of these fields."""
    if name == "MSH":
        return "|".join(["MSH|^~\\&", *(fields.get(number, "") for number in range(3, max(fields) + 1))])
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def message(*segments: str, end: str = "\r") -> bytes:
    return "".join(f"{one}{end}" for one in segments).encode()


def obx(changes: Fields | None = None) -> str:
    return segment("OBX", {**OBX, **(changes or {})})


def oru(*results: str, msh: Fields | None = None, pid: Fields | None = None, obr: Fields | None = None) -> bytes:
    """An ORU of these segments after the OBR; of one haemoglobin where none are given."""
    return message(
        segment("MSH", {**MSH, **(msh or {})}),
        segment("PID", {**PID, **(pid or {})}),
        segment("OBR", {**OBR, **(obr or {})}),
        *(results or (obx(),)),
    )


def ras(changes: Fields | None = None, *after: str, orc: Fields | None = None, msh: Fields | None = None) -> bytes:
    """A RAS of one RXA with its RXR; `after` stands instead of the RXR."""
    return message(
        segment("MSH", {**MSH, 9: "RAS^O17^RAS_O17", **(msh or {})}),
        segment("PID", PID),
        segment("ORC", {**ORC, **(orc or {})}),
        segment("RXA", {**RXA, **(changes or {})}),
        *(after or (segment("RXR", RXR),)),
    )


def rde(
    rxe: Fields | None = None, *after: str, orc: Fields | None = None, tq1: Fields | None = None, kind: str = "RDE^O11"
) -> bytes:
    """An RDE of one RXE with its RXR, made from an RXO for something else; `after` stands instead of the RXR."""
    return message(
        segment("MSH", {**MSH, 9: kind}),
        segment("PID", PID),
        segment("ORC", {**ORDERED, **(orc or {})}),
        segment("TQ1", {**TQ1, **(tq1 or {})}),
        segment("RXO", {**RXO, 1: ASPIRIN}),
        segment("RXR", {1: "IV"}),
        segment("RXE", {**RXE, **(rxe or {})}),
        *(after or (segment("RXR", {1: "PO"}),)),
    )


def omp(rxo: Fields | None = None, *after: str) -> bytes:
    """An OMP of one RXO."""
    orc, order = segment("ORC", ORDERED), segment("RXO", {**RXO, **(rxo or {})})
    return message(segment("MSH", {**MSH, 9: "OMP^O09"}), segment("PID", PID), orc, order, *after)


def read(raw: bytes, *, feeds: str = "", topic: str = "lab-results", headers: Any = ()) -> Outcomes:
    reader = SourceReader(read_feeds(feeds)) if feeds else READER
    origin = Origin(topic=topic, partition=2, offset=40, timestamp=READ_AT)
    return reader.decode(topic, raw, origin=origin, headers=headers)


def facts_of(raw: bytes, **options: Any) -> list[Fact]:
    """The facts of a message that gives no dead letter."""
    outcomes = read(raw, **options)
    assert not any(isinstance(one, DeadLetter) for one in outcomes), outcomes
    return [fact for one in outcomes if isinstance(one, Facts) for fact in one.facts]


def fact_of(raw: bytes, **options: Any) -> Any:
    (fact,) = facts_of(raw, **options)
    return fact


def result(changes: Fields | None = None, **options: Any) -> Any:
    """The fact of an ORU with one OBX."""
    return fact_of(oru(obx(changes)), **options)


def dose(changes: Fields | None = None, **options: Any) -> Any:
    """The fact of a RAS with one RXA."""
    return fact_of(ras(changes), **options)


def refused(raw: bytes, **options: Any) -> str:
    """Where and what, of a message that gives one dead letter and no facts."""
    outcomes = read(raw, **options)
    assert not any(isinstance(one, Facts) for one in outcomes), outcomes
    (dead,) = (one for one in outcomes if isinstance(one, DeadLetter))
    return f"{dead.where}: {dead.problem}"


def is_not_for_us(raw: bytes, **options: Any) -> bool:
    return all(isinstance(one, NotForUs) for one in read(raw, **options))


def feed(*lines: str) -> str:
    """A file of one feed that all lab-results are of."""
    return "\n".join(["[feeds.lab]", 'topics = ["lab-results"]', *lines])
